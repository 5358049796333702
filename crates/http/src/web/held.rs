//! Holds as a page showed them. Its forms send them back, so that they act on nothing else; and a cookie
//! keeps what the checkout showed, so that the next checkout can name what has expired since.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use onsale_booking::ids::{ConcertId, PassKey, SeatKey, UserId};
use onsale_booking::seat::Seat;
use onsale_booking::seen::SeenHolds;
use uuid::Uuid;

use crate::cookies;

/// How long an expired hold is named.
const EXPIRED_SHOWN: SignedDuration = SignedDuration::from_secs(60);
/// The most holds that the cookie keeps: browsers take 4 KiB.
const KEPT_MAX: usize = 32;

/// One hold: a seat and its deadline.
pub(super) type SeenHold = (SeatKey, Timestamp);

/// A hold as a form's field has it.
pub(super) fn written((key, deadline): &SeenHold) -> String {
    format!("{}.{}.{}", key.concert.0.simple(), key.seat_no, deadline.as_microsecond())
}

/// A pass's live holds of these seats.
pub(super) fn by_pass(seats: &[Seat], pass: PassKey, now: Timestamp) -> Vec<SeenHold> {
    let live = seats.iter().filter_map(|seat| Some((seat.key(), seat.live_hold(now)?)));
    live.filter(|(_, hold)| hold.pass == pass).map(|(key, hold)| (key, hold.deadline)).collect()
}

fn read(text: &str) -> Option<SeenHold> {
    let mut parts = text.split('.');
    let (concert, seat_no, deadline) = (parts.next()?, parts.next()?, parts.next()?);
    let key = SeatKey { concert: ConcertId(Uuid::parse_str(concert).ok()?), seat_no: seat_no.parse().ok()? };
    let deadline = Timestamp::from_microsecond(deadline.parse().ok()?).ok()?;
    parts.next().is_none().then_some((key, deadline))
}

/// The holds in a form's fields. What cannot be read was not seen.
pub(super) fn read_all(fields: &[String]) -> SeenHolds {
    SeenHolds(fields.iter().filter_map(|field| read(field)).collect())
}

/// What a user's last checkouts showed, and what has expired of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShownHolds {
    user: UserId,
    /// What expired a moment ago, by concert and seat.
    pub(super) expired: BTreeSet<SeenHold>,
}

impl ShownHolds {
    /// From the cookie, at `now`. `is_over` says whether a hold has not been renewed or paid.
    pub(super) fn read(
        cookie: Option<&str>,
        user: UserId,
        now: Timestamp,
        is_over: impl Fn(SeatKey) -> bool,
    ) -> Self {
        let mut fields = cookie.unwrap_or_default().split('~');
        let is_theirs = fields.next().and_then(|id| Uuid::parse_str(id).ok()) == Some(user.0);
        let shown = fields.filter(|_| is_theirs).take(KEPT_MAX).filter_map(read);
        let is_recent = |deadline: Timestamp| deadline <= now && now.duration_since(deadline) < EXPIRED_SHOWN;
        let expired = shown.filter(|(key, deadline)| is_recent(*deadline) && is_over(*key)).collect();
        Self { user, expired }
    }

    /// The cookie for the next checkout: it names what it already has and what this one shows. `None` if
    /// there is nothing to keep.
    pub(super) fn cookie(&self, live: &SeenHolds, now: Timestamp) -> Option<String> {
        let mut holds: Vec<SeenHold> = self.expired.iter().chain(&live.0).copied().collect();
        holds.sort_by_key(|(_, deadline)| *deadline);
        holds.truncate(KEPT_MAX);
        let (_, last) = holds.last()?;
        let max_age = last.duration_since(now) + EXPIRED_SHOWN;
        let mut value = self.user.0.simple().to_string();
        for hold in &holds {
            value.push('~');
            value.push_str(&written(hold));
        }
        Some(cookies::set(cookies::HELD, value, "/checkout", max_age).to_string())
    }
}

/// Forgets what a checkout has shown: it is paid, or was given up.
pub(super) fn forget_holds() -> String {
    cookies::expire(cookies::HELD, "/checkout").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(seat_no: u32, seconds: i64) -> SeenHold {
        (SeatKey { concert: ConcertId(Uuid::from_u128(0xC0)), seat_no }, at(seconds))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_microsecond(1_800_000_000_123_457 + seconds * 1_000_000).unwrap()
    }

    #[test]
    fn a_form_sends_back_what_it_showed() {
        let shown = [hold(3, 0), hold(50_000, 7)];
        let fields = shown.iter().map(written).collect::<Vec<_>>();
        assert_eq!(read_all(&fields), SeenHolds(shown.into()));
        let nonsense = ["", "x", "c0.1", "c0.1.2", &format!("{}.9", fields[0]), "..", "-1.-1.-1"];
        assert_eq!(read_all(&nonsense.map(str::to_owned)), SeenHolds::default());
    }

    #[test]
    fn a_checkout_names_what_has_just_expired_of_what_was_shown() {
        let user = UserId(Uuid::from_u128(7));
        let first = ShownHolds::read(None, user, at(0), |_| true);
        assert_eq!(first.expired, BTreeSet::new());
        assert_eq!(first.cookie(&SeenHolds::default(), at(0)), None);
        let live = SeenHolds([hold(3, 10), hold(5, 20)].into());
        let cookie = first.cookie(&live, at(0)).unwrap();
        assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Path=/checkout; Max-Age=80"), "{cookie}");
        let value = cookie.split(['=', ';']).nth(1).unwrap();
        let expired = |now, is_over: &dyn Fn(SeatKey) -> bool| {
            ShownHolds::read(Some(value), user, now, is_over)
                .expired
                .iter()
                .map(|hold| hold.0.seat_no)
                .collect::<Vec<_>>()
        };
        let nothing: Vec<u32> = Vec::new();
        assert_eq!(expired(at(9), &|_| true), nothing);
        assert_eq!(expired(at(10), &|_| true), [3]);
        assert_eq!(expired(at(25), &|_| true), [3, 5]);
        assert_eq!(expired(at(25), &|key| key.seat_no != 5), [3], "paid or held again");
        assert_eq!(expired(at(70), &|_| true), [5]);
        let other = ShownHolds::read(Some(value), UserId(Uuid::from_u128(8)), at(10), |_| true);
        assert_eq!(other.expired, BTreeSet::new(), "another user in the same browser");
        // A hold that is released while it is live is not kept.
        let later = ShownHolds::read(Some(value), user, at(10), |_| true);
        let cookie = later.cookie(&SeenHolds::default(), at(10)).unwrap();
        assert_eq!(cookie.matches('~').count(), 1, "{cookie}");
    }
}
