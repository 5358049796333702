//! Seats and money.

use uuid::Uuid;

use super::{PRICE, STORE_AHEAD, World, live, refused};
use crate::history::{Bill, Code, Digest, Held, Micros, Outcome, SECOND};

const HOLD_LASTS: Micros = 30 * SECOND;

impl World {
    pub(super) fn hold(&mut self, fan: usize, seats: &[u32], now: Micros) -> Outcome {
        let from = now + STORE_AHEAD;
        let mut all = Vec::new();
        for seat in seats {
            let it = self.seats[*seat as usize];
            if it.owner.is_some() {
                return refused(Code::SeatSold);
            }
            all.push(match it.hold.filter(|_| live(&it, now)) {
                Some((holder, held)) if holder == fan => held,
                Some(_) => return refused(Code::SeatHeld),
                None => Held { seat: *seat, from, deadline: from + HOLD_LASTS },
            });
        }
        let fresh = all.iter().filter(|held| held.from == from).count();
        let has = self.live_holds(fan, now).count() + self.bills[fan].len();
        if self.rules.limit.is_some_and(|limit| fresh > 0 && has + fresh > limit) {
            return refused(Code::SeatLimit);
        }
        for held in &all {
            self.seats[held.seat as usize].hold = Some((fan, *held));
        }
        let digest = digest(all[0].seat, all[0].from);
        Outcome::Held(all.into(), digest)
    }

    pub(super) fn pay(&mut self, fan: usize, seats: &[u32], now: Micros) -> Outcome {
        let holds: Vec<u32> = self.live_holds(fan, now).map(|held| held.seat).collect();
        if !seats.iter().all(|seat| holds.contains(seat)) {
            return refused(Code::HoldExpired);
        }
        let cost = PRICE * i64::try_from(seats.len()).expect("small");
        if self.wallets[fan] < cost {
            return refused(Code::InsufficientBalance);
        }
        self.wallets[fan] -= cost;
        for seat in seats {
            self.seats[*seat as usize].owner = Some(fan);
            let id = Uuid::from_u64_pair(u64::from(*seat), fan as u64);
            self.bills[fan].push(Bill { id, seat: *seat, amount: PRICE, created: now + STORE_AHEAD });
        }
        self.end(fan);
        self.receipt(fan, seats)
    }

    pub(super) fn owns(&self, fan: usize, seats: &[u32]) -> bool {
        seats.iter().all(|seat| self.seats[*seat as usize].owner == Some(fan))
    }

    pub(super) fn receipt(&self, fan: usize, seats: &[u32]) -> Outcome {
        let bills: Vec<Bill> =
            self.bills[fan].iter().filter(|bill| seats.contains(&bill.seat)).copied().collect();
        Outcome::Paid(bills.into(), self.wallets[fan], digest(seats[0], self.wallets[fan]))
    }

    pub(super) fn money(&self, fan: usize) -> Outcome {
        Outcome::Money(self.wallets[fan], digest(0, self.wallets[fan]))
    }

    pub(super) fn live_holds(&self, fan: usize, now: Micros) -> impl Iterator<Item = Held> {
        self.seats.iter().filter(move |seat| live(seat, now) && seat.owner.is_none()).filter_map(
            move |seat| {
                let (holder, held) = seat.hold?;
                (holder == fan).then_some(held)
            },
        )
    }
}

fn digest(seat: u32, what: i64) -> Digest {
    u64::from(seat).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ what.unsigned_abs()
}
