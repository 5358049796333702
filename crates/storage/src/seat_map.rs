//! Seat maps for reading: one per concert, refreshed by every commit before its callers are answered, and by the
//! news of other instances' commits. News may come twice, late or in another order: of two reports about one seat
//! the later decision holds.
//!
//! They never grant anything. The one decision they may take away from the store is to refuse early what
//! can never succeed: a reservation of a seat that is sold to somebody else.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use jiff::Timestamp;
use onsale_booking::Changes;
use onsale_booking::concert::Concert;
use onsale_booking::ids::{ConcertId, SeatNo, UserId};
use onsale_booking::seat::{Seat, SeatState, SeatStatus};
use tokio::sync::watch;

use crate::port::{ConcertSeats, DatedSeat};

/// Every concert's map.
#[derive(Debug)]
pub struct SeatMaps {
    maps: RwLock<BTreeMap<ConcertId, Arc<SeatMap>>>,
}

/// One concert's map.
#[derive(Debug)]
pub struct SeatMap {
    /// The concert.
    pub concert: Concert,
    state: RwLock<State>,
    /// Wakes whoever follows the map; carries the revision.
    changes: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    seats: Vec<Seat>,
    /// When each seat's state was decided.
    changed_at: Vec<Timestamp>,
    /// The sum of what each seat's state amounts to.
    version: u64,
    /// How many times the map was changed here, and as of which of them each seat is as it is.
    revision: u64,
    revised: Vec<u64>,
}

/// A look at one map, during which it does not change.
pub struct SeatView<'a>(RwLockReadGuard<'a, State>);

impl SeatMaps {
    /// Maps of everything that is on sale.
    pub fn new(concerts: Vec<ConcertSeats>) -> Self {
        let maps = concerts.into_iter().map(|(concert, seats)| (concert.id, SeatMap::new(concert, seats)));
        Self { maps: RwLock::new(maps.collect()) }
    }

    /// One concert's map.
    pub fn get(&self, concert: ConcertId) -> Option<Arc<SeatMap>> {
        self.maps.read().unwrap_or_else(PoisonError::into_inner).get(&concert).cloned()
    }

    /// Every map, in order of the concerts' dates.
    pub fn all(&self) -> Vec<Arc<SeatMap>> {
        let maps = self.maps.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = maps.values().cloned().collect();
        all.sort_by_key(|map| (map.concert.event_date, map.concert.id));
        all
    }

    /// Takes up what a commit changed that was decided at `now`.
    pub fn refresh(&self, changes: &Changes, now: Timestamp) {
        self.open(&changes.concerts);
        for seats in changes.seats.chunk_by(|one, next| one.concert == next.concert) {
            if let Some(map) = seats.first().and_then(|seat| self.get(seat.concert)) {
                map.refresh(seats.iter().map(|seat| (seat.seat_no, seat.state, now)));
            }
        }
    }

    /// Makes maps for concerts that are new here, all seats free.
    pub(crate) fn open(&self, concerts: &[Concert]) {
        if concerts.is_empty() {
            return;
        }
        let mut maps = self.maps.write().unwrap_or_else(PoisonError::into_inner);
        for concert in concerts {
            let free = |seat| DatedSeat { seat, changed_at: concert.created_at };
            let new = || SeatMap::new(concert.clone(), concert.new_seats().map(free).collect());
            maps.entry(concert.id).or_insert_with(new);
        }
    }

    /// Takes up what was read from the store, wherever that is newer than what is known.
    pub fn take_up(&self, concerts: Vec<ConcertSeats>) {
        for (concert, seats) in concerts {
            if let Some(map) = self.get(concert.id) {
                map.refresh(
                    seats.iter().map(|dated| (dated.seat.seat_no, dated.seat.state, dated.changed_at)),
                );
            } else {
                let mut maps = self.maps.write().unwrap_or_else(PoisonError::into_inner);
                maps.entry(concert.id).or_insert_with(|| SeatMap::new(concert, seats));
            }
        }
    }
}

impl SeatMap {
    fn new(concert: Concert, seats: Vec<DatedSeat>) -> Arc<Self> {
        let (seats, changed_at): (Vec<_>, Vec<_>) =
            seats.into_iter().map(|dated| (dated.seat, dated.changed_at)).unzip();
        let amounts = seats.iter().zip(&changed_at).map(|(seat, at)| amount(seat, *at));
        let version = amounts.fold(0, u64::wrapping_add);
        let revised = vec![0; seats.len()];
        let state = State { seats, changed_at, version, revision: 0, revised };
        Arc::new(Self { concert, state: RwLock::new(state), changes: watch::Sender::new(0) })
    }

    /// Tells whenever the map changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Looks at the map. Keep the look short: commits wait for it.
    pub fn view(&self) -> SeatView<'_> {
        SeatView(self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes up what became of seats, and when that was decided, wherever it is newer than what is known.
    pub(crate) fn refresh(&self, changed: impl Iterator<Item = (SeatNo, SeatState, Timestamp)>) {
        let state = &mut *self.state.write().unwrap_or_else(PoisonError::into_inner);
        let revision = state.revision + 1;
        for (seat_no, is, changed_at) in changed {
            let Some(index) = (seat_no as usize).checked_sub(1) else { continue };
            let known = state.seats.get_mut(index).zip(state.changed_at.get_mut(index));
            let Some((seat, known_at)) = known.filter(|(_, known_at)| **known_at <= changed_at) else {
                continue;
            };
            let before = amount(seat, *known_at);
            (seat.state, *known_at) = (is, changed_at);
            state.version = state.version.wrapping_add(amount(seat, changed_at).wrapping_sub(before));
            state.revised[index] = revision;
            state.revision = revision;
        }
        if state.revision == revision {
            self.changes.send_replace(revision);
        }
    }
}

/// What one seat adds to its map's version: something else for every state.
fn amount(seat: &Seat, changed_at: Timestamp) -> u64 {
    let is = match seat.state {
        SeatState::Free => 0,
        SeatState::Held(_) => 1,
        SeatState::Sold(_) => 2,
    };
    let mut hasher = DefaultHasher::new();
    (seat.seat_no, is, seat.holder().map(|holder| holder.0), changed_at.as_microsecond()).hash(&mut hasher);
    hasher.finish()
}

impl SeatView<'_> {
    /// Every seat, by number.
    pub fn seats(&self) -> &[Seat] {
        &self.0.seats
    }

    /// Another one whenever a seat changes, and the same on every instance that shows the same.
    pub fn version(&self) -> u64 {
        self.0.version
    }

    /// How many times the map was changed on this instance; another one counts otherwise.
    pub fn revision(&self) -> u64 {
        self.0.revision
    }

    /// The seats that somebody who saw the map at `revision` and at the time `since` saw otherwise than they are at
    /// `now`: by a commit, or because a hold ran out since.
    pub fn changed_since(
        &self,
        revision: u64,
        since: Timestamp,
        now: Timestamp,
    ) -> impl Iterator<Item = &Seat> {
        let ran_out = move |seat: &Seat| match seat.state {
            SeatState::Held(hold) => hold.is_live(since) && !hold.is_live(now),
            _ => false,
        };
        let seats = self.seats().iter().zip(&self.0.revised);
        seats.filter(move |(seat, revised)| **revised > revision || ran_out(seat)).map(|(seat, _)| seat)
    }

    /// When the next live hold runs out, which changes the map without a commit.
    pub fn next_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        self.seats().iter().filter_map(|seat| seat.live_hold(now)).map(|hold| hold.deadline).min()
    }

    /// Whether a hold that is over is still written down: then the map looks otherwise at one version than it did.
    pub fn has_lapsed_holds(&self, now: Timestamp) -> bool {
        let is_lapsed = |seat: &Seat| matches!(seat.state, SeatState::Held(hold) if !hold.is_live(now));
        self.seats().iter().any(is_lapsed)
    }

    /// How many seats can be held at `now`.
    pub fn available(&self, now: Timestamp) -> usize {
        self.seats().iter().filter(|seat| seat.status(now) == SeatStatus::Available).count()
    }

    /// Whether the seat is sold, and not to `user`.
    pub fn is_sold_to_another(&self, seat_no: SeatNo, user: UserId) -> bool {
        let seat = (seat_no as usize).checked_sub(1).and_then(|index| self.seats().get(index));
        seat.is_some_and(|seat| seat.is_sold() && !seat.is_sold_to(user))
    }
}
