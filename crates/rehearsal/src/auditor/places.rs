//! Places in line: who had which number from when to when; and that nobody loses theirs.

use std::collections::HashSet;
use std::ops::Range;

use uuid::Uuid;

use crate::history::{Act, Code, Event, Micros, Outcome, PromiseId};

use super::facts::{STILL_DONE, Status, UPDATE_LAG, has_effect, is_certain, may_end_pass, status};
use super::findings::Book;
use super::reading::Reading;

/// One number, and what became of it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Whose story.
    pub(super) story: usize,
    /// The number.
    pub(super) number: u64,
    /// The earliest at which the number may have been given.
    pub(super) first_sent: Micros,
    /// When it had been given for certain.
    pub(super) given: Micros,
    /// What its owner did with it.
    pub(super) events: Range<usize>,
    /// When its owner sent the last request, before being let in, that was answered with waiting.
    pub(super) last_waiting: Option<Micros>,
    /// The first answer that let its owner in.
    pub(super) admitted: Option<Admitted>,
    /// The earliest at which its owner may have ended it.
    pub(super) may_end: Option<Micros>,
    /// When it was over for certain.
    pub(super) over: Option<Over>,
}

/// An answer let somebody in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Admitted {
    /// When they asked.
    pub(super) sent: Micros,
    /// When the answer came.
    pub(super) answered: Micros,
    /// The earliest end of the pass in any answer, by the store's clock.
    pub(super) until: Micros,
    /// The latest.
    pub(super) until_max: Micros,
}

/// A place was over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Over {
    /// What of its owner's doing it was that showed it.
    pub(super) event: usize,
    /// When that was answered.
    pub(super) answered: Micros,
}

impl Place {
    /// From when to when its owner may have been let in.
    pub(super) fn call(&self) -> Option<(Micros, Micros)> {
        self.admitted.map(|admitted| (self.last_waiting.unwrap_or(self.first_sent), admitted.answered))
    }

    /// Whether its owner is certainly inside, with a pass that nothing has ended by then.
    pub(super) fn is_inside(&self, reading: &Reading<'_>, event: &Event) -> bool {
        self.may_end.is_none_or(|end| event.answered < end)
            && self.admitted.is_some_and(|admitted| {
                admitted.answered <= event.sent
                    && reading.clock.latest(event.answered) + UPDATE_LAG < admitted.until
            })
    }
}

/// Every place, story by story and oldest first.
pub(super) fn read(reading: &Reading<'_>, book: &mut Book) -> Vec<Place> {
    let mut places = Vec::new();
    for (index, story) in reading.history.stories.iter().enumerate() {
        let mut walk = Walk::new(reading, index);
        for (at, event) in story.events.iter().enumerate() {
            places.extend(walk.step(at, event, book));
        }
        places.extend(walk.close(story.events.len()));
    }
    places
}

struct Walk<'a, 'h> {
    reading: &'a Reading<'h>,
    story: usize,
    current: Option<Place>,
    /// When the first of the joins in a row was sent.
    row: Option<Micros>,
    /// A join whose outcome is unknown, and which has not led to a number.
    lost_join: Option<(Micros, Micros)>,
    /// Whether something may have claimed a pass that no answer showed.
    may_claim: bool,
    /// Bills so far, and seats whose payment may have been made with an older pass.
    bills: HashSet<Uuid>,
    lost_pays: HashSet<u32>,
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

    /// Takes in one event; answers the place that it closed.
    fn step(&mut self, at: usize, event: &Event, book: &mut Book) -> Option<Place> {
        if event.act == Act::Join {
            self.row = self.row.or(Some(event.sent));
        }
        let mut closed = None;
        match (status(&event.outcome), &event.act) {
            (Some((number, status)), Act::Join | Act::Poll | Act::Hear) => {
                book.held(PromiseId::Places, 1);
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
            // A stream of an older place may not have been closed yet.
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
                format!("fan {} got number {number} again after it was over", self.reading.fan(self.story));
            book.broken(PromiseId::Order, event.answered, text);
        }
        if !known && self.lives(event) {
            self.complain(book, event, &format!("joined again and got number {number}"));
        }
        let closed = if known { None } else { self.open(at, event, number) };
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

    /// Whether the present place certainly lives while this is asked.
    fn lives(&self, event: &Event) -> bool {
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
        let asked = self.row.unwrap_or(event.sent);
        let first_sent = lost.map_or(asked, |(sent, _)| sent.min(asked));
        self.may_claim = false;
        self.older_pays.extend(self.lost_pays.drain());
        let place = Place {
            story: self.story,
            number,
            // A number that nobody was seen to ask for may be as old as the line.
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

    /// Whether an answer about the present place can be true.
    fn judge(&self, event: &Event, status: Status, book: &mut Book) {
        let Some(place) = &self.current else { return };
        self.judge_after_end(event, status, place, book);
        match (status, place.admitted) {
            (Status::Waiting, Some(admitted)) => {
                // A message may have been on its way for a while.
                let lag = if event.act == Act::Hear { UPDATE_LAG } else { 0 };
                if event.sent >= admitted.answered + lag {
                    let when = self.reading.at(admitted.answered);
                    self.complain(
                        book,
                        event,
                        &format!("had been let in at {when}, and was answered with waiting"),
                    );
                }
            }
            (Status::Ended, None) if place.over.is_none() && place.may_end.is_none() && !self.may_claim => {
                self.complain(book, event, "waited, and was answered that the place is over");
            }
            (Status::Ended, Some(_)) if self.lives(event) => {
                self.complain(book, event, "was answered that the place is over before the pass ran out");
            }
            _ => (),
        }
    }

    /// A place that is over stays over. Whether a pass has run out is for the store's clock to say, so that
    /// only an end by its owner counts against an answer that lets them in.
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
            let text = format!("knew at {when} that the place was over, and was answered with {answer}");
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
            // A pass that only a hold keeps alive gives no new ones, and is not over.
            (Act::Hold(_), Outcome::Refused(..)) => false,
            (_, Outcome::Refused(_, Code::PassEnded)) => true,
            (_, Outcome::Paid(bills, ..)) => {
                // The repeated answer to a payment made with an older pass says nothing of this one.
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
