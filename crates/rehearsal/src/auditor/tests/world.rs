//! A model of an honest server, in memory and on two clocks.

mod seats;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::lobby::Lobby;
use crate::history::sale::{FairnessReading, Order, Phase};
use crate::history::{Act, Bill, Code, Held, LineReading, Micros, Outcome, SECOND, Waiting};

/// How far the store's clock is ahead of the rehearsal's.
pub(super) const STORE_AHEAD: Micros = 7_654_321;

/// The price of each seat.
pub(super) const PRICE: i64 = 2_500;

const PASS_LASTS: Micros = 20 * SECOND;
const MINUTE: Micros = 60 * SECOND;

/// How the line is run.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) capacity: usize,
    pub(super) rate_per_minute: usize,
    pub(super) seats: u32,
    /// When no calls are made, which nobody should notice in an honest sale.
    pub(super) asleep: (Micros, Micros),
    /// When the sale opens; none for at once.
    pub(super) opens_at: Option<Micros>,
    pub(super) order: Order,
    /// The most seats of one person.
    pub(super) limit: Option<usize>,
    /// How many people each access code lets in; none if nobody needs one.
    pub(super) code_uses: Option<usize>,
    /// How long before the opening calls begin: not at all in an honest sale.
    pub(super) calls_early: Micros,
    /// Whether people are called by number after a draw, too: not in an honest sale.
    pub(super) calls_by_number: bool,
}

#[derive(Clone, Copy)]
struct Waiter {
    due: Micros,
}

#[derive(Default, Clone, Copy)]
struct Seat {
    hold: Option<(usize, Held)>,
    owner: Option<usize>,
}

pub(super) struct World {
    rules: Rules,
    lobby: Lobby,
    /// Every fan's access code.
    codes: Vec<Option<u32>>,
    /// Who has redeemed which code.
    redeemed: HashMap<u32, HashSet<usize>>,
    tail: u64,
    waiting: BTreeMap<u64, Waiter>,
    /// Until when each call stays open.
    called: BTreeMap<u64, (Waiter, Micros)>,
    /// When each pass ends.
    inside: BTreeMap<u64, (usize, Micros)>,
    /// Calls of the last minute.
    calls: VecDeque<Micros>,
    /// Every fan's number.
    numbers: Vec<u64>,
    seats: Vec<Seat>,
    wallets: Vec<i64>,
    bills: Vec<Vec<Bill>>,
    keys: HashMap<(usize, u32), (Act, Outcome)>,
    /// How many people wait with each number, as a Fenwick tree.
    ranks: Vec<i64>,
}

impl World {
    pub(super) fn new(rules: Rules, codes: Vec<Option<u32>>) -> Self {
        let fans = codes.len();
        Self {
            rules,
            lobby: Lobby::new(rules.opens_at, rules.order),
            codes,
            redeemed: HashMap::new(),
            tail: 0,
            waiting: BTreeMap::new(),
            called: BTreeMap::new(),
            inside: BTreeMap::new(),
            calls: VecDeque::new(),
            numbers: vec![0; fans],
            seats: vec![Seat::default(); rules.seats as usize + 1],
            wallets: vec![0; fans],
            bills: vec![Vec::new(); fans],
            keys: HashMap::new(),
            ranks: vec![0; 4 * fans + 2],
        }
    }

    pub(super) fn reading(&self, sent: Micros, answered: Micros) -> LineReading {
        LineReading {
            sent,
            answered,
            capacity: u32::try_from(self.rules.capacity).expect("small"),
            rate_per_minute: u32::try_from(self.rules.rate_per_minute).expect("small"),
            paused: false,
            waiting: self.waiting.len() as u64,
            inside: self.inside.len() as u64,
            tail: self.tail,
            epoch: 1,
        }
    }

    pub(super) fn fairness(&self, sent: Micros, answered: Micros) -> FairnessReading {
        self.lobby.fairness((sent, answered), self.tail)
    }

    /// Opens the sale when it is due, ends passes and calls that ran out, and calls people to free slots.
    pub(super) fn tick(&mut self, now: Micros) {
        self.lobby.tick(now, self.tail);
        let over: Vec<u64> =
            self.inside.iter().filter(|(_, pass)| pass.1 <= now).map(|(number, _)| *number).collect();
        for number in over {
            let fan = self.inside[&number].0;
            if let Some(deadline) = self.live_holds(fan, now).map(|held| held.deadline - STORE_AHEAD).max() {
                self.inside.insert(number, (fan, deadline));
            } else {
                self.end(fan);
            }
        }
        let missed: Vec<u64> =
            self.called.iter().filter(|(_, call)| call.1 <= now).map(|(number, _)| *number).collect();
        for number in missed {
            if let Some((waiter, _)) = self.called.remove(&number) {
                self.wait(number, waiter);
            }
        }
        while self.calls.front().is_some_and(|call| *call <= now - MINUTE) {
            self.calls.pop_front();
        }
        self.call(now);
    }

    fn call(&mut self, now: Micros) {
        let is_early = self.lobby.opens_in(now).is_some_and(|left| left > self.rules.calls_early);
        if is_early || (self.rules.asleep.0..self.rules.asleep.1).contains(&now) {
            return;
        }
        while self.inside.len() + self.called.len() < self.rules.capacity
            && (self.rules.rate_per_minute == 0 || self.calls.len() < self.rules.rate_per_minute)
        {
            let mut present = self.waiting.iter().filter(|(_, waiter)| waiter.due >= now);
            let first = if self.lobby.is_drawn() && !self.rules.calls_by_number {
                present.min_by_key(|(number, _)| self.lobby.place(**number))
            } else {
                present.next()
            };
            let Some((number, waiter)) = first.map(|(number, waiter)| (*number, *waiter)) else { return };
            self.unwait(number);
            self.called.insert(number, (waiter, waiter.due.max(now + 10 * SECOND)));
            self.calls.push_back(now);
        }
    }

    fn is_in_line(&self, fan: usize) -> bool {
        self.waiting.contains_key(&self.numbers[fan]) || self.is_called(fan)
    }

    pub(super) fn is_called(&self, fan: usize) -> bool {
        self.called.contains_key(&self.numbers[fan])
    }

    /// Carries out a request at one instant, or repeats the answer of its key.
    pub(super) fn ask(&mut self, fan: usize, act: &Act, key: u32, now: Micros) -> Outcome {
        self.tick(now);
        if key != 0
            && let Some((done, outcome)) = self.keys.get(&(fan, key))
        {
            return if done == act { outcome.clone() } else { refused(Code::IdempotencyKeyReused) };
        }
        let outcome = self.carry_out(fan, act, now);
        if key != 0 && !matches!(outcome, Outcome::Refused(..)) {
            self.keys.insert((fan, key), (act.clone(), outcome.clone()));
        }
        outcome
    }

    fn carry_out(&mut self, fan: usize, act: &Act, now: Micros) -> Outcome {
        let is_in = self.inside.contains_key(&self.numbers[fan]);
        match act {
            Act::Join => self.join(fan, now),
            Act::Poll | Act::Hear => self.poll(fan, now),
            Act::Leave => {
                self.end(fan);
                Outcome::Ended { number: self.numbers[fan] }
            }
            Act::Charge(amount) => {
                self.wallets[fan] += amount;
                self.money(fan)
            }
            Act::Balance => self.money(fan),
            Act::Bills => Outcome::Bills(self.bills[fan].clone().into()),
            Act::Mine => {
                let owned = self.bills[fan].iter().map(|bill| bill.seat).collect();
                Outcome::Mine(self.live_holds(fan, now).collect(), owned)
            }
            _ if !is_in && self.is_in_line(fan) => refused(Code::NotAdmitted),
            Act::Pay(seats) if self.owns(fan, seats) => self.receipt(fan, seats),
            _ if !is_in => refused(Code::PassEnded),
            Act::Dates | Act::Map => {
                let taken = self.seats[1..].iter().filter(|seat| seat.owner.is_some() || live(seat, now));
                Outcome::Seen { available: self.rules.seats - u32::try_from(taken.count()).expect("small") }
            }
            Act::Hold(seats) => self.hold(fan, seats, now),
            Act::Release(seat) => match self.seats[*seat as usize].hold {
                Some((holder, held)) if holder == fan && held.deadline > now + STORE_AHEAD => {
                    self.seats[*seat as usize].hold = None;
                    Outcome::Released
                }
                _ => refused(Code::SeatNotHeld),
            },
            Act::Pay(seats) => self.pay(fan, seats, now),
            Act::Stray => refused(Code::OtherSale),
        }
    }

    fn join(&mut self, fan: usize, now: Micros) -> Outcome {
        let number = self.numbers[fan];
        if !(self.waiting.contains_key(&number)
            || self.called.contains_key(&number)
            || self.inside.contains_key(&number))
        {
            if let Err(code) = self.redeem(fan) {
                return refused(code);
            }
            self.tail += 1;
            self.numbers[fan] = self.tail;
            self.wait(self.tail, Waiter { due: now + 3 * SECOND });
            self.call(now);
        }
        self.poll(fan, now)
    }

    /// Binds a use of the fan's code to them.
    fn redeem(&mut self, fan: usize) -> Result<(), Code> {
        let Some(allowed) = self.rules.code_uses else { return Ok(()) };
        let used = self.redeemed.entry(self.codes[fan].ok_or(Code::CodeInvalid)?).or_default();
        if used.len() >= allowed && !used.contains(&fan) {
            return Err(Code::CodeUsedUp);
        }
        used.insert(fan);
        Ok(())
    }

    fn poll(&mut self, fan: usize, now: Micros) -> Outcome {
        let number = self.numbers[fan];
        if self.called.remove(&number).is_some() {
            self.inside.insert(number, (fan, now + PASS_LASTS));
        }
        let place = self.lobby.place(number);
        if let Some((_, until)) = self.inside.get(&number) {
            return Outcome::Admitted { number, until: until + STORE_AHEAD, place };
        }
        if !self.waiting.contains_key(&number) {
            return Outcome::Ended { number };
        }
        let ahead = place.map(|place| self.ahead(number, place));
        let (poll_after_ms, lasts) = if let Some(left) = self.lobby.opens_in(now) {
            let spread = u32::try_from(fan % 7 * 100).expect("small");
            let poll_after_ms = u32::try_from(left / 2_000).expect("small").clamp(500, 10_000) + spread;
            (poll_after_ms, Micros::from(poll_after_ms) * 1_000 + 15 * SECOND)
        } else {
            let poll_after_ms = (ahead.unwrap_or(0) * 2).clamp(1_000, 10_000);
            (poll_after_ms, Micros::from(poll_after_ms) * 1_500 + 2 * SECOND)
        };
        self.waiting.insert(number, Waiter { due: now + lasts });
        self.call(now);
        if self.called.contains_key(&number) {
            return self.poll(fan, now);
        }
        let phase = self.lobby.phase();
        let estimate = ahead.filter(|_| phase == Phase::Open).map(|ahead| [ahead / 2, ahead, ahead * 2]);
        Outcome::Waiting(Waiting { number, phase, place, ahead, poll_after_ms, estimate })
    }

    /// How many people wait at an earlier place.
    fn ahead(&self, number: u64, place: u64) -> u32 {
        if !self.lobby.is_drawn() {
            return u32::try_from(self.rank(number - 1)).expect("small");
        }
        let earlier = self.waiting.keys().filter(|other| self.lobby.place(**other) < Some(place));
        u32::try_from(earlier.count()).expect("small")
    }

    /// Ends a place, and frees its slot and holds.
    fn end(&mut self, fan: usize) {
        let number = self.numbers[fan];
        self.unwait(number);
        self.called.remove(&number);
        self.inside.remove(&number);
        for seat in &mut self.seats {
            if seat.hold.is_some_and(|(holder, _)| holder == fan) {
                seat.hold = None;
            }
        }
    }

    fn wait(&mut self, number: u64, waiter: Waiter) {
        self.waiting.insert(number, waiter);
        self.count(number, 1);
    }

    fn unwait(&mut self, number: u64) {
        if self.waiting.remove(&number).is_some() {
            self.count(number, -1);
        }
    }

    fn count(&mut self, number: u64, by: i64) {
        let mut at = usize::try_from(number).expect("small");
        while at < self.ranks.len() {
            self.ranks[at] += by;
            at += at & at.wrapping_neg();
        }
    }

    /// How many people wait with this number or a lower one.
    fn rank(&self, number: u64) -> i64 {
        let mut at = usize::try_from(number).expect("small");
        let mut sum = 0;
        while at > 0 {
            sum += self.ranks[at];
            at -= at & at.wrapping_neg();
        }
        sum
    }
}

fn live(seat: &Seat, now: Micros) -> bool {
    seat.hold.is_some_and(|(_, held)| held.deadline > now + STORE_AHEAD)
}

fn refused(code: Code) -> Outcome {
    let status = match code {
        Code::PassEnded => 401,
        Code::NotAdmitted => 403,
        _ => 400,
    };
    Outcome::Refused(status, code)
}
