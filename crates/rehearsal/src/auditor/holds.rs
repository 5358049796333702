//! Who held which seat and when, and that no hold ends early.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use crate::history::{Act, Code, Event, Held, Micros, Outcome, PromiseId};

use super::facts::{MARGIN, Seconds, has_effect, is_certain, may_end_pass, status};
use super::findings::Book;
use super::reading::Reading;

/// One hold in an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tenure {
    /// Whose story.
    pub(super) story: usize,
    /// The hold as the answer showed it.
    pub(super) held: Held,
    /// The earliest time, by the rehearsal's clock, at which its holder may have ended it.
    pub(super) may_end: Option<Micros>,
    /// Whether an earlier request may still have ended it at any time.
    pub(super) is_doubtful: bool,
}

impl Tenure {
    /// Until when it certainly lasts, by the store's clock.
    pub(super) fn until(&self, reading: &Reading<'_>) -> Micros {
        if self.is_doubtful {
            return self.held.from;
        }
        let end = self.may_end.map_or(Micros::MAX, |end| reading.clock.earliest(end));
        self.held.deadline.min(end)
    }
}

/// All holds, story by story.
#[derive(Debug, Default)]
pub(super) struct Tenures {
    /// Every hold.
    pub(super) all: Vec<Tenure>,
    /// Which holds belong to which story.
    of_story: Vec<Range<usize>>,
    /// How long a hold lasts; none if nobody held anything.
    pub(super) lasts: Option<Micros>,
}

impl Tenures {
    /// The holds of one story, in the order in which answers showed them.
    pub(super) fn of(&self, story: usize) -> &[Tenure] {
        &self.all[self.of_story[story].clone()]
    }
}

/// Reads every hold, and checks that none ended early.
pub(super) fn read(reading: &Reading<'_>, book: &mut Book) -> Tenures {
    let mut tenures = Tenures::default();
    for (index, story) in reading.history.stories.iter().enumerate() {
        let first = tenures.all.len();
        let mut walk = Walk::new(reading, index, &mut tenures.all);
        for event in &story.events {
            walk.step(event, book);
        }
        tenures.of_story.push(first..tenures.all.len());
    }
    tenures.lasts = lengths(reading, &tenures.all, book);
    tenures
}

/// Checks that all holds last equally long.
fn lengths(reading: &Reading<'_>, tenures: &[Tenure], book: &mut Book) -> Option<Micros> {
    let mut lengths: BTreeMap<Micros, usize> = BTreeMap::new();
    for tenure in tenures {
        *lengths.entry(tenure.held.deadline - tenure.held.from).or_default() += 1;
    }
    let usual = lengths.iter().max_by_key(|(_, count)| **count).map(|(length, _)| *length)?;
    for tenure in tenures {
        let Held { seat, from, deadline } = tenure.held;
        if deadline - from != usual {
            let (fan, length) = (reading.fan(tenure.story), Seconds(deadline - from));
            let text =
                format!("seat {seat}: the hold of fan {fan} lasts {length}, others {}", Seconds(usual));
            book.broken(PromiseId::HoldsLast, reading.clock.here(from), text);
        }
    }
    book.note(PromiseId::HoldsLast, format!("every hold lasts {}", Seconds(usual)));
    Some(usual)
}

struct Walk<'a, 'h> {
    reading: &'a Reading<'h>,
    story: usize,
    tenures: &'a mut Vec<Tenure>,
    /// Holds that nothing can have ended.
    open: Vec<usize>,
    /// Seats and start times so far.
    known: HashSet<(u32, Micros)>,
    /// Certainly released.
    released: HashSet<(u32, Micros)>,
    /// For each key with an unknown outcome: how many requests that end holds had been sent before it.
    lost_keys: HashMap<u32, usize>,
    /// Certainly bought.
    sold: HashSet<u32>,
    /// How many requests were sent that may end a hold.
    ends: usize,
    /// Seats that a request in flight may release.
    uncertain: HashSet<u32>,
    /// Whether a request in flight may end every hold.
    uncertain_all: bool,
    number: Option<u64>,
}

impl<'a, 'h> Walk<'a, 'h> {
    fn new(reading: &'a Reading<'h>, story: usize, tenures: &'a mut Vec<Tenure>) -> Self {
        Self {
            reading,
            story,
            tenures,
            open: Vec::new(),
            known: HashSet::new(),
            released: HashSet::new(),
            lost_keys: HashMap::new(),
            sold: HashSet::new(),
            ends: 0,
            uncertain: HashSet::new(),
            uncertain_all: false,
            number: None,
        }
    }

    fn step(&mut self, event: &Event, book: &mut Book) {
        self.follow_number(event);
        match (&event.act, &event.outcome) {
            (Act::Hold(_), Outcome::Held(held, _)) => {
                book.checked(PromiseId::HoldsLast, held.len());
                for one in held {
                    self.held(event, *one, book);
                }
            }
            (Act::Hold(seats), Outcome::Refused(_, Code::SeatHeld | Code::SeatSold | Code::NotHolder))
            | (
                Act::Pay(seats),
                Outcome::Refused(
                    _,
                    Code::HoldExpired | Code::SeatNotHeld | Code::SeatHeld | Code::SeatSold | Code::NotHolder,
                ),
            ) => self.refused(event, seats, book),
            (
                Act::Release(seat),
                Outcome::Refused(_, Code::HoldExpired | Code::SeatNotHeld | Code::SeatHeld | Code::NotHolder),
            ) => self.refused(event, &[*seat], book),
            (Act::Mine, Outcome::Mine(held, owned)) => self.mine(event, held, owned, book),
            (Act::Bills, Outcome::Bills(bills)) => {
                let seats: Vec<u32> = bills.iter().map(|bill| bill.seat).collect();
                self.owns(event, &seats, book);
            }
            (Act::Hold(_), Outcome::Unknown(_)) if event.key != 0 => {
                self.lost_keys.entry(event.key).or_insert(self.ends);
            }
            _ => (),
        }
        self.end(event);
    }

    /// A request with an older ticket cannot end a hold made with a new one.
    fn follow_number(&mut self, event: &Event) {
        if let Some((number, _)) = status(&event.outcome)
            && self.number != Some(number)
        {
            self.number = Some(number);
            self.uncertain_all = false;
            self.uncertain.clear();
        }
    }

    fn held(&mut self, event: &Event, held: Held, book: &mut Book) {
        let open = self.open_on(held.seat).map(|index| self.tenures[index]);
        if let Some(older) = open.filter(|older| older.held.from == held.from) {
            if older.held.deadline != held.deadline {
                self.complain(event, held.seat, "saw two deadlines for one hold", book);
            }
            return;
        }
        if !self.known.insert((held.seat, held.from)) {
            return;
        }
        if open.is_some_and(|older| self.is_live(&older, event)) {
            self.complain(event, held.seat, "held it, and was given a second hold on it", book);
        }
        // The stored answer of a key may show a hold that has ended since.
        let kept = self.lost_keys.get(&event.key).is_some_and(|ends| *ends < self.ends);
        let is_doubtful = kept || self.uncertain_all || self.uncertain.contains(&held.seat);
        self.tenures.push(Tenure { story: self.story, held, may_end: None, is_doubtful });
        if !is_doubtful {
            let now = self.reading.clock.earliest(event.sent);
            self.open.retain(|index| {
                let other = self.tenures[*index].held;
                other.seat != held.seat && other.deadline > now
            });
            self.open.push(self.tenures.len() - 1);
        }
    }

    fn open_on(&self, seat: u32) -> Option<usize> {
        self.open.iter().copied().find(|index| self.tenures[*index].held.seat == seat)
    }

    /// Whether a hold that nothing can have ended was still before its deadline when this answer arrived.
    fn is_live(&self, tenure: &Tenure, event: &Event) -> bool {
        self.reading.clock.latest(event.answered) + MARGIN < tenure.held.deadline
    }

    fn holds(&self, event: &Event, seat: u32) -> bool {
        self.open_on(seat).is_some_and(|index| self.is_live(&self.tenures[index], event))
    }

    fn refused(&self, event: &Event, seats: &[u32], book: &mut Book) {
        if !seats.is_empty() && seats.iter().all(|seat| self.holds(event, *seat)) {
            book.checked(PromiseId::HoldsLast, 1);
            let Outcome::Refused(_, code) = event.outcome else { return };
            self.complain(event, seats[0], &format!("held it, and was refused with {code:?}"), book);
        }
    }

    fn mine(&mut self, event: &Event, held: &[Held], owned: &[u32], book: &mut Book) {
        for index in self.open.clone() {
            let tenure = self.tenures[index];
            if !self.is_live(&tenure, event) {
                continue;
            }
            book.checked(PromiseId::HoldsLast, 1);
            if !held.contains(&tenure.held) {
                let what = format!("held it until {}, but it is not among their holds", {
                    self.reading.store_at(tenure.held.deadline)
                });
                self.complain(event, tenure.held.seat, &what, book);
            }
        }
        for one in held {
            if self.released.contains(&(one.seat, one.from)) {
                self.complain(event, one.seat, "released it, but it is among their holds", book);
            }
            self.held(event, *one, book);
        }
        self.owns(event, owned, book);
    }

    /// Checks that sold seats stay sold.
    fn owns(&self, event: &Event, owned: &[u32], book: &mut Book) {
        book.checked(PromiseId::HoldsLast, self.sold.len());
        let owned: HashSet<u32> = owned.iter().copied().collect();
        for seat in self.sold.difference(&owned) {
            self.complain(event, *seat, "paid for it, but it is not among their seats", book);
        }
    }

    fn complain(&self, event: &Event, seat: u32, what: &str, book: &mut Book) {
        let (fan, at) = (self.reading.fan(self.story), self.reading.at(event.answered));
        book.broken(PromiseId::HoldsLast, event.answered, format!("seat {seat}: fan {fan} {what}, at {at}"));
    }

    /// Notes holds that this request may have ended.
    fn end(&mut self, event: &Event) {
        if let Outcome::Paid(bills, _, _) = &event.outcome {
            self.sold.extend(bills.iter().map(|bill| bill.seat));
        }
        let certain = is_certain(&event.outcome);
        if may_end_pass(event) {
            self.ends += 1;
            self.uncertain_all |= !certain;
            for index in std::mem::take(&mut self.open) {
                self.tenures[index].may_end = Some(event.sent);
            }
        } else if let Act::Release(seat) = event.act
            && has_effect(&event.outcome)
        {
            self.ends += 1;
            if !certain {
                self.uncertain.insert(seat);
            }
            if let Some(index) = self.open_on(seat) {
                self.open.retain(|other| *other != index);
                self.tenures[index].may_end = Some(event.sent);
                if certain {
                    self.released.insert((seat, self.tenures[index].held.from));
                }
            }
        }
    }
}
