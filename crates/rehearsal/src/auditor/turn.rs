//! Only people whose turn it is get past the line.

use std::collections::HashSet;

use uuid::Uuid;

use crate::history::{Act, Code, Event, Held, Micros, Outcome, PromiseId, SECOND};

use super::case::Case;
use super::facts::{UPDATE_LAG, asks_status, has_effect, is_certain};
use super::findings::Book;
use super::places::Place;

/// How long after it ran out a pass may still work.
const RUNS_OUT: Micros = SECOND;

/// Checks everything that was done past the line.
pub(super) fn check(case: &Case<'_>, book: &mut Book) {
    let mut places = case.places.chunk_by(|one, next| one.story == next.story).peekable();
    for (index, story) in case.reading.history.stories.iter().enumerate() {
        let own = places.next_if(|places| places[0].story == index).unwrap_or_default();
        let mut walk = Walk { case, places: own, ..Walk::new(case, index) };
        for (at, event) in story.events.iter().enumerate() {
            walk.step(at, event, book);
        }
    }
}

/// One story, and the answers in it that may repeat older ones.
struct Walk<'a, 'h> {
    case: &'a Case<'h>,
    story: usize,
    places: &'a [Place],
    joined: bool,
    /// Whether the last answer was to wait, and nothing since can have been a claim.
    is_waiting: bool,
    /// Whether the fan may have got a new place after the last one ended.
    may_be_back: bool,
    known: HashSet<(u32, Micros)>,
    bills: HashSet<Uuid>,
    lost_holds: HashSet<u32>,
    lost_pays: HashSet<u32>,
    /// The latest deadline in any answer.
    deadline: Micros,
}

impl<'a, 'h> Walk<'a, 'h> {
    fn new(case: &'a Case<'h>, story: usize) -> Self {
        Self {
            case,
            story,
            places: &[],
            joined: false,
            is_waiting: false,
            may_be_back: false,
            known: HashSet::new(),
            bills: HashSet::new(),
            lost_holds: HashSet::new(),
            lost_pays: HashSet::new(),
            deadline: Micros::MIN,
        }
    }

    fn step(&mut self, at: usize, event: &Event, book: &mut Book) {
        let is_work =
            matches!(event.act, Act::Dates | Act::Map | Act::Hold(_) | Act::Release(_) | Act::Pay(_));
        if event.act == Act::Stray {
            self.stray(event, book);
        }
        if is_work && is_certain(&event.outcome) {
            book.checked(PromiseId::Turn, 1);
            if let Some(what) = self.wrong(at, event) {
                let (fan, at) = (self.case.reading.fan(self.story), self.case.reading.at(event.answered));
                let text = format!("fan {fan} did {:?} at {at}: {what}", event.act);
                book.broken(PromiseId::Turn, event.answered, text);
            }
        }
        self.note(event);
    }

    /// Checks that nobody gets past their own sale: neither a hold nor a word about the seat.
    fn stray(&self, event: &Event, book: &mut Book) {
        book.checked(PromiseId::Turn, 1);
        let what = match event.outcome {
            Outcome::Refused(
                _,
                Code::OtherSale | Code::NotAdmitted | Code::PassEnded | Code::TokenExpired,
            )
            | Outcome::Busy
            | Outcome::Unknown(_)
            | Outcome::NotSent => return,
            Outcome::Refused(status, code) => format!("was refused with {status} {code:?} for"),
            _ => "held".to_owned(),
        };
        let (fan, at) = (self.case.reading.fan(self.story), self.case.reading.at(event.answered));
        let text = format!("fan {fan} {what} a seat that only another sale sells, at {at}");
        book.broken(PromiseId::Turn, event.answered, text);
    }

    /// Why it was not this fan's turn.
    fn wrong(&self, at: usize, event: &Event) -> Option<String> {
        if !self.is_new(event) {
            return None;
        }
        let Some(place) = self.places.iter().rev().find(|place| place.events.contains(&at)) else {
            return (!self.joined).then(|| "they had never joined".to_owned());
        };
        let number = place.number;
        if self.is_waiting && place.admitted.is_none_or(|admitted| admitted.answered > event.sent) {
            return Some(format!("number {number} had not been admitted"));
        }
        if self.may_be_back {
            return None;
        }
        let reads = matches!(event.act, Act::Dates | Act::Map);
        if let Some(over) = place.over.filter(|over| over.event < at)
            && event.sent >= over.answered + if reads { UPDATE_LAG } else { 0 }
        {
            return Some(format!("number {number} had ended at {}", self.case.reading.at(over.answered)));
        }
        let until = place.admitted?.until_max.max(self.deadline) + RUNS_OUT;
        let after = match &event.outcome {
            Outcome::Held(held, _) => self.fresh(held).map(|held| held.from).max()? > until,
            _ if reads => self.case.reading.clock.earliest(event.sent) > until + UPDATE_LAG,
            _ => false,
        };
        (after && self.lost_holds.is_empty()).then(|| {
            format!(
                "the pass of number {number} had run out at {}",
                self.case.reading.store_at(until - RUNS_OUT)
            )
        })
    }

    fn fresh<'e>(&self, held: &'e [Held]) -> impl Iterator<Item = &'e Held> {
        held.iter().filter(|held| {
            !self.known.contains(&(held.seat, held.from)) && !self.lost_holds.contains(&held.seat)
        })
    }

    /// Whether this is not an older success repeated: those are returned even after the pass has ended.
    fn is_new(&self, event: &Event) -> bool {
        match &event.outcome {
            Outcome::Held(held, _) => self.fresh(held).next().is_some(),
            Outcome::Paid(bills, ..) => bills
                .iter()
                .any(|bill| !self.bills.contains(&bill.id) && !self.lost_pays.contains(&bill.seat)),
            _ => true,
        }
    }

    fn note(&mut self, event: &Event) {
        if asks_status(&event.act) && has_effect(&event.outcome) {
            self.joined |= event.act == Act::Join;
            self.is_waiting = matches!(event.outcome, Outcome::Waiting(_)) && event.act != Act::Hear;
            if event.act == Act::Join {
                self.may_be_back = !is_certain(&event.outcome);
            }
        }
        match (&event.act, &event.outcome) {
            (_, Outcome::Held(held, _) | Outcome::Mine(held, _)) => {
                self.known.extend(held.iter().map(|held| (held.seat, held.from)));
                self.deadline = held.iter().map(|held| held.deadline).fold(self.deadline, Micros::max);
            }
            (_, Outcome::Paid(bills, ..) | Outcome::Bills(bills)) => {
                self.bills.extend(bills.iter().map(|bill| bill.id));
            }
            (Act::Hold(seats), Outcome::Unknown(_)) => self.lost_holds.extend(seats.iter()),
            (Act::Pay(seats), Outcome::Unknown(_)) => self.lost_pays.extend(seats.iter()),
            _ => (),
        }
    }
}
