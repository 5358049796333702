//! A witness, who knows from the answers alone what must be true.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use onsale_booking::bill::Bill;
use onsale_booking::command::PassHolder;
use onsale_booking::ids::{ConcertId, PassKey, SaleId, SeatKey, SeatNo, UserId};
use onsale_booking::money::Money;
use onsale_booking::request::RequestKey;
use onsale_booking::seat::Seat;
use onsale_booking::seen::SeenHolds;
use onsale_booking::{Command, Outcome, Policy, Refusal};

use crate::play::{LIMITS, MAIN, PRESALE, USES, closes_at, opens_at};
use crate::store::EPOCH;

#[derive(Default)]
pub(crate) struct Witness {
    /// Seat to the pass that holds it, and until when.
    holds: HashMap<SeatKey, (PassHolder, Timestamp)>,
    owners: HashMap<SeatKey, UserId>,
    balances: HashMap<UserId, i64>,
    ended: HashSet<PassKey>,
    answers: HashMap<(UserId, RequestKey), (String, Outcome)>,
    /// What each sale sells, as operators have set it.
    memberships: BTreeSet<(SaleId, ConcertId)>,
    /// Whether the presale has been opened, and with which tail.
    opened: Option<u64>,
    redeemed: HashMap<UserId, u8>,
}

impl Witness {
    pub(crate) fn sees(&mut self, command: &Command, result: &Result<Outcome, Refusal>, now: Timestamp) {
        let outcome = match result {
            Ok(outcome) => outcome,
            Err(refusal) => return self.refused(command, refusal, now),
        };
        if let Some((user, key)) = command.request() {
            let seen = self.answers.insert((user, key.clone()), (command.content(), outcome.clone()));
            if let Some(seen) = seen {
                assert_eq!(seen, (command.content(), outcome.clone()), "one key, two answers");
                return;
            }
        }
        match (command, outcome) {
            (Command::Hold { by, .. }, Outcome::Held(seats)) => self.held(*by, seats, now),
            (Command::Release { by, seat, .. }, Outcome::Released(_)) => {
                let (holder, until) = self.holds.remove(seat).expect("released without a hold");
                assert!(holder == *by && now < until, "another pass's hold was released, or a past one");
            }
            (Command::Pay { by, concert, seen, .. }, Outcome::Paid { bills, balance }) => {
                self.paid(*by, *concert, bills, *balance, seen.as_ref(), now);
            }
            (Command::Charge { user, amount, .. }, Outcome::Charged { balance, .. }) => {
                let own = self.balances.entry(*user).or_default();
                *own += amount.0;
                assert_eq!(balance.0, *own, "a charge was lost or made up");
            }
            (Command::Leave { user, pass, seen }, _) => {
                assert!(self.ended.insert(*pass), "a pass ended twice");
                let by = PassHolder { user: *user, pass: *pass };
                self.ends_holds_of(by, seen.as_ref().map(|seen| &seen.holds), now);
            }
            (Command::Admit { pass, .. }, _) => {
                assert!(!self.ended.contains(pass), "an ended pass came back");
            }
            _ => self.sees_sale(command, outcome, now),
        }
    }

    fn sees_sale(&mut self, command: &Command, outcome: &Outcome, now: Timestamp) {
        match (command, outcome) {
            (Command::CreateSale(new), _) => {
                self.memberships.extend(new.concerts.iter().map(|concert| (new.id, *concert)));
            }
            (Command::ChangeSale { sale, changes, .. }, _) => {
                self.memberships.retain(|(id, _)| id != sale);
                let concerts = changes.concerts.iter().flatten();
                self.memberships.extend(concerts.map(|concert| (*sale, *concert)));
            }
            (Command::OpenSale { epoch, lobby_tail, .. }, Outcome::SaleOpened { is_changed, .. }) => {
                assert_eq!(*is_changed, self.opened.is_none(), "opened twice");
                if *is_changed {
                    assert!(now >= opens_at() && now < closes_at() && *epoch == EPOCH, "opened out of turn");
                    self.opened = Some(*lobby_tail);
                }
            }
            (Command::RedeemCode { user, code, .. }, _) => {
                self.redeemed.entry(*user).or_insert(code.0[0]);
                for used in self.redeemed.values() {
                    let people = self.redeemed.values().filter(|code| *code == used).count();
                    assert!(*used == 1 && people <= USES as usize, "a code let too many people in");
                }
            }
            _ => {}
        }
    }

    /// What is refused because of sales is refused with reason.
    fn refused(&self, command: &Command, refusal: &Refusal, now: Timestamp) {
        match (command, refusal) {
            (Command::Hold { by, concert, .. }, Refusal::OtherSale) => {
                assert!(!self.sells(by.pass.sale, *concert), "the sale sells it");
            }
            (Command::Pay { by, concert, seats, .. }, Refusal::OtherSale) => {
                let seat_nos: Vec<SeatNo> = seats.iter().map(|(seat_no, _)| *seat_no).collect();
                self.refused_elsewhere(*by, *concert, &seat_nos, now);
            }
            (Command::Release { by, seat, .. }, Refusal::OtherSale) => {
                self.refused_elsewhere(*by, seat.concert, &[seat.seat_no], now);
            }
            (Command::Hold { by, concert, seat_nos, .. }, Refusal::SeatLimit { limit }) => {
                let keys = seat_nos.iter().map(|&seat_no| SeatKey { concert: *concert, seat_no });
                let fresh = keys.filter(|key| self.live_hold(key, by.user, now).is_none()).count();
                assert!(
                    self.seats_in(by.pass.sale, by.user, now) + fresh > *limit as usize,
                    "below the limit"
                );
            }
            (Command::Admit { pass, .. }, Refusal::SaleNotOpen { .. }) => {
                assert!(pass.sale == PRESALE && self.opened.is_none(), "it is open");
            }
            (Command::RedeemCode { user, .. }, Refusal::CodeUsedUp) => {
                assert!(self.redeemed.len() >= USES as usize && !self.redeemed.contains_key(user));
            }
            (Command::RedeemCode { code, .. }, Refusal::CodeInvalid) => {
                assert!(code.0[0] != 1, "there is such a code");
            }
            (Command::OpenSale { epoch, .. }, _) => {
                let was_due = now >= opens_at() && now < closes_at() && *epoch == EPOCH;
                assert!(self.opened.is_none() && !was_due, "its time had come: {refusal}");
            }
            (_, Refusal::NotFound(what)) => panic!("there is such a {what}"),
            (Command::ChangeSale { .. }, refusal) => panic!("a concert could not be moved: {refusal}"),
            _ => {}
        }
    }

    fn refused_elsewhere(&self, by: PassHolder, concert: ConcertId, seat_nos: &[SeatNo], now: Timestamp) {
        let holds =
            seat_nos.iter().map(|&seat_no| self.live_hold(&SeatKey { concert, seat_no }, by.user, now));
        let is_elsewhere = holds.clone().flatten().any(|holder| holder.pass != by.pass);
        let is_all_held = holds.clone().all(|holder| holder.is_some());
        assert!(is_elsewhere || !(is_all_held || self.sells(by.pass.sale, concert)), "it was theirs to pay");
    }

    fn sells(&self, sale: SaleId, concert: ConcertId) -> bool {
        let names_none = !self.memberships.iter().any(|(_, id)| *id == concert);
        self.memberships.contains(&(sale, concert)) || (sale == MAIN && names_none)
    }

    fn live_hold(&self, key: &SeatKey, user: UserId, now: Timestamp) -> Option<PassHolder> {
        let (holder, until) = self.holds.get(key)?;
        (holder.user == user && now < *until).then_some(*holder)
    }

    /// How many seats `user` holds and owns in what `sale` sells.
    fn seats_in(&self, sale: SaleId, user: UserId, now: Timestamp) -> usize {
        let held = self.holds.keys().filter(|key| self.live_hold(key, user, now).is_some());
        let owned = self.owners.iter().filter(|(_, owner)| **owner == user).map(|(key, _)| key);
        held.chain(owned).filter(|key| self.sells(sale, key.concert)).count()
    }

    fn held(&mut self, by: PassHolder, seats: &[Seat], now: Timestamp) {
        let mut is_fresh = false;
        for seat in seats {
            let key = seat.key();
            let hold = seat.live_hold(now).expect("a hold that is answered is live");
            assert!(!self.owners.contains_key(&key), "a sold seat was held");
            match self.holds.get(&key) {
                Some((holder, until)) if now < *until => {
                    let known = (holder.user, holder.pass, *until);
                    assert_eq!(known, (by.user, hold.pass, hold.deadline), "two people on one seat");
                }
                _ => {
                    is_fresh = true;
                    assert_eq!(hold.pass, by.pass, "a hold of another pass");
                    assert!(!self.ended.contains(&by.pass), "a new hold by an ended pass");
                    assert!(self.sells(by.pass.sale, key.concert), "held where the sale does not sell");
                    assert_eq!(hold.deadline.duration_since(now), Policy::default().hold);
                }
            }
            let holder = PassHolder { user: by.user, pass: hold.pass };
            self.holds.insert(key, (holder, hold.deadline));
        }
        if is_fresh {
            let limit = LIMITS[usize::from(by.pass.sale == PRESALE)];
            let seats = self.seats_in(by.pass.sale, by.user, now);
            assert!(seats <= limit as usize, "{seats} seats of at most {limit}");
            let is_open = self.opened.is_some() && now < closes_at();
            assert!(by.pass.sale == MAIN || is_open, "a hold outside the sale's window");
        }
    }

    /// Every live hold of the pass ends. A page must have shown them, if there was one.
    fn ends_holds_of(&mut self, by: PassHolder, seen: Option<&SeenHolds>, now: Timestamp) {
        for (key, (holder, until)) in &self.holds {
            let is_seen = seen.is_none_or(|seen| seen.0.contains(&(*key, *until)));
            assert!(*holder != by || now >= *until || is_seen, "a hold ended that the page did not show");
        }
        self.holds.retain(|_, (holder, _)| *holder != by);
    }

    fn paid(
        &mut self,
        by: PassHolder,
        concert: ConcertId,
        bills: &[Bill],
        balance: Money,
        seen: Option<&SeenHolds>,
        now: Timestamp,
    ) {
        let mut own = self.balances.get(&by.user).copied().unwrap_or_default();
        let key_of = |bill: &Bill| SeatKey { concert, seat_no: bill.seat_no };
        let repeated = bills.iter().all(|bill| self.owners.get(&key_of(bill)) == Some(&by.user));
        if !repeated {
            for bill in bills {
                let (holder, until) = self.holds.remove(&key_of(bill)).expect("paid without a hold");
                assert!(holder == by && now < until, "paid on another pass's hold, or too late");
                assert!(self.owners.insert(key_of(bill), by.user).is_none(), "sold twice");
                own -= bill.amount.0;
            }
            assert!(self.ended.insert(by.pass), "paid with an ended pass");
            self.ends_holds_of(by, seen, now);
        }
        assert_eq!(balance.0, own);
        assert!(own >= 0, "spent what was not there");
        self.balances.insert(by.user, own);
    }

    /// Whatever the witness knows to be held is shown as held.
    pub(crate) fn agrees_with(&self, page_of: impl Fn(UserId) -> SeenHolds, now: Timestamp) {
        for (key, (holder, until)) in self.holds.iter().filter(|(_, (_, until))| now < *until) {
            assert!(page_of(holder.user).0.contains(&(*key, *until)), "a live hold is gone");
        }
    }
}
