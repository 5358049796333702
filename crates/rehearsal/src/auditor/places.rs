//! Places in line: who had which number and when, and that nobody loses theirs.

use std::collections::HashSet;
use std::ops::Range;

use uuid::Uuid;

use crate::history::{Act, Code, Event, Micros, Outcome, PromiseId};

use super::facts::{
    STILL_DONE, Status, UPDATE_LAG, has_effect, is_certain, may_end_pass, shown_place, status,
};
use super::findings::Book;
use super::published_order::PublishedOrder;
use super::reading::Reading;

/// One number and its fate.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Whose story.
    pub(super) story: usize,
    /// The number.
    pub(super) number: u64,
    /// Where it comes in the order of calls: as published, or else as the first answer showed it.
    pub(super) comes_at: Option<u64>,
    /// The earliest time at which the number may have been given out.
    pub(super) first_sent: Micros,
    /// When it had certainly been given out.
    pub(super) given: Micros,
    /// Its owner's events with it.
    pub(super) events: Range<usize>,
    /// When its owner sent the last request before admission that was answered with waiting.
    pub(super) last_waiting: Option<Micros>,
    /// The owner's admission, if there was one.
    pub(super) admitted: Option<Admitted>,
    /// The earliest time at which its owner may have ended it.
    pub(super) may_end: Option<Micros>,
    /// When it had certainly ended.
    pub(super) over: Option<Over>,
}

/// An answer that admitted somebody.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admitted {
    /// When the request was sent.
    pub(super) sent: Micros,
    /// When the answer arrived.
    pub(super) answered: Micros,
    /// The earliest end of the pass in any answer, by the store's clock.
    pub(super) until: Micros,
    /// The latest.
    pub(super) until_max: Micros,
}

/// The end of a place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Over {
    /// The owner's event that showed it.
    pub(super) event: usize,
    /// When that was answered.
    pub(super) answered: Micros,
}

impl Place {
    /// The time within which its owner was called and admitted.
    pub(super) fn call(&self) -> Option<(Micros, Micros)> {
        self.admitted.map(|admitted| (self.last_waiting.unwrap_or(self.first_sent), admitted.answered))
    }

    /// Whether its owner is certainly inside during an event, with a pass that nothing has ended.
    pub(super) fn is_inside(&self, reading: &Reading<'_>, event: &Event) -> bool {
        self.may_end.is_none_or(|end| event.answered < end)
            && self.admitted.is_some_and(|admitted| {
                admitted.answered <= event.sent
                    && reading.clock.latest(event.answered) + UPDATE_LAG < admitted.until
            })
    }
}

/// Reads every place, story by story and oldest first, and checks that nobody loses one.
pub(super) fn read(reading: &Reading<'_>, order: &PublishedOrder, book: &mut Book) -> Vec<Place> {
    let mut places = Vec::new();
    for (index, story) in reading.history.stories.iter().enumerate() {
        let mut walk = Walk::new(reading, index);
        for (at, event) in story.events.iter().enumerate() {
            places.extend(walk.step(at, event, book));
        }
        places.extend(walk.close(story.events.len()));
    }
    for place in &mut places {
        place.comes_at = order.place(place.number).or(place.comes_at);
    }
    places
}

struct Walk<'a, 'h> {
    reading: &'a Reading<'h>,
    story: usize,
    current: Option<Place>,
    /// When the first of several joins in a row was sent.
    row: Option<Micros>,
    /// When a join with an unknown outcome was sent and given up, if it has not led to a number.
    lost_join: Option<(Micros, Micros)>,
    /// Whether a request may have claimed a pass that no answer showed.
    may_claim: bool,
    /// Bills so far.
    bills: HashSet<Uuid>,
    lost_pays: HashSet<u32>,
    /// Seats whose payment may have been made with an older pass.
    older_pays: HashSet<u32>,
}

impl<'a, 'h> Walk<'a, 'h> {
    fn new(reading: &'a Reading<'h>, story: usize) -> Self {
        Self {
            reading,
            story,
            current: None,
            row: None,
            lost_join: None,
            may_claim: false,
            bills: HashSet::new(),
            lost_pays: HashSet::new(),
            older_pays: HashSet::new(),
        }
    }

    /// Applies an event; returns the place that it closed.
    fn step(&mut self, at: usize, event: &Event, book: &mut Book) -> Option<Place> {
        if event.act == Act::Join {
            self.row = self.row.or(Some(event.sent));
        }
        let mut closed = None;
        match (status(&event.outcome), &event.act) {
            (Some((number, status)), Act::Join | Act::Poll | Act::Hear) => {
                book.checked(PromiseId::Places, 1);
                closed = self.status(at, event, number, status, book);
            }
            (Some(_), Act::Leave) => self.over(at, event),
            _ => self.other(at, event),
        }
        if event.act != Act::Join || closed.is_some() || is_certain(&event.outcome) {
            self.row = None;
        }
        closed
    }

    fn status(
        &mut self,
        at: usize,
        event: &Event,
        number: u64,
        status: Status,
        book: &mut Book,
    ) -> Option<Place> {
        let known = self.current.as_ref().is_some_and(|place| place.number == number);
        let joined = event.act == Act::Join;
        if event.act == Act::Hear && self.current.as_ref().is_some_and(|place| number < place.number) {
            // The stream of an older place may not be closed yet.
            return None;
        }
        if !known && !joined && self.current.is_some() {
            self.complain(book, event, &format!("got an answer about number {number}, which is not theirs"));
            return None;
        }
        if known
            && joined
            && status != Status::Ended
            && self.current.as_ref().is_some_and(|it| it.over.is_some())
        {
            let text =
                format!("fan {} got number {number} again after it had ended", self.reading.fan(self.story));
            book.broken(PromiseId::Order, event.answered, text);
        }
        if !known && self.is_valid(event) {
            self.complain(book, event, &format!("joined again and got number {number}"));
        }
        let closed = if known { None } else { self.open(at, event, number) };
        if let Some(place) = &mut self.current {
            place.comes_at = place.comes_at.or(shown_place(&event.outcome));
        }
        self.judge(event, status, book);
        self.note(at, event, status);
        closed
    }

    fn complain(&self, book: &mut Book, event: &Event, what: &str) {
        let number = self.current.as_ref().map_or(0, |place| place.number);
        let (fan, at) = (self.reading.fan(self.story), self.reading.at(event.answered));
        book.broken(
            PromiseId::Places,
            event.answered,
            format!("fan {fan} with number {number} {what}, at {at}"),
        );
    }

    /// Whether the current place is certainly valid during this event.
    fn is_valid(&self, event: &Event) -> bool {
        self.current.as_ref().is_some_and(|place| {
            place.over.is_none()
                && place.may_end.is_none()
                && match place.admitted {
                    None => !self.may_claim,
                    Some(_) => place.is_inside(self.reading, event),
                }
        })
    }

    fn open(&mut self, at: usize, event: &Event, number: u64) -> Option<Place> {
        let lost =
            self.lost_join.take().filter(|(_, answered)| answered + STILL_DONE >= self.row.unwrap_or(0));
        let joined = self.row.unwrap_or(event.sent);
        let first_sent = lost.map_or(joined, |(sent, _)| sent.min(joined));
        self.may_claim = false;
        self.older_pays.extend(self.lost_pays.drain());
        let place = Place {
            story: self.story,
            number,
            comes_at: None,
            // A number without a recorded join may be as old as the line.
            first_sent: if event.act == Act::Join { first_sent } else { Micros::MIN / 4 },
            given: event.answered,
            events: at..at,
            last_waiting: None,
            admitted: None,
            may_end: None,
            over: None,
        };
        self.current.replace(place).map(|closed| end_at(closed, at))
    }

    fn close(&mut self, at: usize) -> Option<Place> {
        self.current.take().map(|closed| end_at(closed, at))
    }

    /// Checks whether an answer about the current place can be true.
    fn judge(&self, event: &Event, status: Status, book: &mut Book) {
        let Some(place) = &self.current else { return };
        self.judge_after_end(event, status, place, book);
        match (status, place.admitted) {
            (Status::Waiting, Some(admitted)) => {
                // A message may have been in flight for a while.
                let lag = if event.act == Act::Hear { UPDATE_LAG } else { 0 };
                if event.sent >= admitted.answered + lag {
                    let when = self.reading.at(admitted.answered);
                    self.complain(
                        book,
                        event,
                        &format!("had been admitted at {when}, but was answered with waiting"),
                    );
                }
            }
            (Status::Ended, None) if place.over.is_none() && place.may_end.is_none() && !self.may_claim => {
                self.complain(book, event, "waited, but was answered that the place had ended");
            }
            (Status::Ended, Some(_)) if self.is_valid(event) => {
                self.complain(book, event, "was answered that the place had ended before the pass ran out");
            }
            _ => (),
        }
    }

    /// Checks that an ended place stays ended. The store's clock decides whether a pass has run out, so an
    /// answer that admits the owner is wrong only if the owner ended the place.
    fn judge_after_end(&self, event: &Event, status: Status, place: &Place, book: &mut Book) {
        let Some(over) = place.over else { return };
        let lag = if event.act == Act::Hear { UPDATE_LAG } else { 0 };
        let end = &self.reading.story(self.story).events[over.event];
        let is_own = end.act == Act::Leave || matches!(end.outcome, Outcome::Paid(..));
        let is_older = match status {
            Status::Waiting => true,
            Status::Admitted(_) => is_own,
            Status::Ended => false,
        };
        if is_older && event.sent >= over.answered + lag {
            let when = self.reading.at(over.answered);
            let answer = if matches!(status, Status::Waiting) { "waiting" } else { "being inside" };
            let text = format!("knew at {when} that the place had ended, but was answered with {answer}");
            self.complain(book, event, &text);
        }
    }

    fn note(&mut self, at: usize, event: &Event, status: Status) {
        let Some(place) = &mut self.current else { return };
        match status {
            Status::Waiting => {
                if place.admitted.is_none() {
                    place.last_waiting = Some(event.sent);
                }
                self.may_claim = event.act == Act::Hear;
            }
            Status::Admitted(until) => {
                let now = Admitted { sent: event.sent, answered: event.answered, until, until_max: until };
                let admitted = place.admitted.get_or_insert(now);
                admitted.until = admitted.until.min(until);
                admitted.until_max = admitted.until_max.max(until);
            }
            Status::Ended => self.over(at, event),
        }
    }

    fn over(&mut self, at: usize, event: &Event) {
        if let Some(place) = &mut self.current {
            if event.act == Act::Leave {
                place.may_end = place.may_end.or(Some(event.sent));
            }
            place.over = place.over.or(Some(Over { event: at, answered: event.answered }));
        }
    }

    fn other(&mut self, at: usize, event: &Event) {
        if matches!(event.act, Act::Join | Act::Poll | Act::Hear) && has_effect(&event.outcome) {
            self.may_claim = true;
            if event.act == Act::Join {
                self.lost_join = self.lost_join.or(Some((event.sent, event.answered)));
            }
        }
        if may_end_pass(event)
            && let Some(place) = &mut self.current
        {
            place.may_end = place.may_end.or(Some(event.sent));
        }
        let ended = match (&event.act, &event.outcome) {
            // A pass that only a hold extends allows no new holds, but has not ended.
            (Act::Hold(_) | Act::Stray, Outcome::Refused(..)) => false,
            (_, Outcome::Refused(_, Code::PassEnded)) => true,
            (_, Outcome::Paid(bills, ..)) => {
                // The repeated answer to a payment with an older pass says nothing about this one.
                bills.iter().all(|bill| self.bills.insert(bill.id) && !self.older_pays.contains(&bill.seat))
            }
            (Act::Pay(seats), Outcome::Unknown(_)) => {
                self.lost_pays.extend(seats.iter());
                false
            }
            _ => false,
        };
        if ended {
            self.over(at, event);
        }
    }
}

fn end_at(mut place: Place, at: usize) -> Place {
    place.events.end = at;
    place
}
