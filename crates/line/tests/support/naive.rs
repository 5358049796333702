//! The line as one would write it without caring for cost: a map of people with explicit states, searched
//! through on every question. It shares no code with the crate; where the two differ, one of them is wrong.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// Milliseconds since the story's start. The start is a whole second.
pub(crate) type Millis = u64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Ahead of the head; present until the end of second `due`.
    Waiting {
        due: u64,
    },
    /// At or behind the head, not called; back if `due` says so.
    Behind {
        due: u64,
    },
    Called {
        until: Millis,
    },
    Inside {
        until: Millis,
    },
    Ended,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    /// None for a ghost: a number that was allocated, maybe given out, and never heard of.
    pub(crate) user: Option<u8>,
    pub(crate) state: State,
}

/// A line that does not open before a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lobby {
    pub(crate) is_draw: bool,
    pub(crate) joins_at: Millis,
    pub(crate) opens_at: Millis,
    /// The last number that takes part, once that is fixed.
    pub(crate) tail: Option<u64>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Naive {
    /// None once the line is open.
    pub(crate) lobby: Option<Lobby>,
    pub(crate) closes_at: Option<Millis>,
    /// What a draw has changed: number and place.
    pub(crate) drawn: BTreeMap<u64, u64>,
    pub(crate) capacity: usize,
    pub(crate) rate: usize,
    pub(crate) paused: bool,
    pub(crate) allocated: u64,
    /// The last place considered for a call.
    pub(crate) head: u64,
    pub(crate) people: BTreeMap<u64, Person>,
    /// Which number each user is known by; lost in a restart.
    pub(crate) known: BTreeMap<u8, u64>,
    /// Every call ever made: when, and who.
    pub(crate) calls: Vec<(Millis, u64)>,
}

fn second_after(millis: Millis) -> u64 {
    millis.div_ceil(1_000)
}

impl Naive {
    pub(crate) fn tail(&self) -> u64 {
        self.people.keys().max().copied().unwrap_or(0)
    }

    fn state(&self, number: u64) -> State {
        self.people[&number].state
    }

    fn set(&mut self, number: u64, state: State) {
        self.people.get_mut(&number).unwrap().state = state;
    }

    fn forget(&mut self, number: u64) {
        self.known.retain(|_, known| *known != number);
    }

    pub(crate) fn place(&self, number: u64) -> u64 {
        self.drawn.get(&number).copied().unwrap_or(number)
    }

    pub(crate) fn is_over(&self, now: Millis) -> bool {
        self.closes_at.is_some_and(|closes_at| closes_at <= now)
    }

    /// Whether a number has no place any more, though nobody has noted it yet.
    fn is_dead(&self, number: u64, now: Millis) -> bool {
        match self.state(number) {
            State::Inside { until } => until <= now,
            State::Ended => true,
            _ => self.is_over(now),
        }
    }

    /// The last number of the lobby, once the line is to open.
    pub(crate) fn fix(&mut self, now: Millis) -> Option<u64> {
        let (tail, is_over) = (self.tail(), self.is_over(now));
        let lobby = self.lobby.as_mut().filter(|lobby| lobby.opens_at <= now && !is_over)?;
        if lobby.tail.is_none() {
            lobby.tail = Some(tail);
        }
        lobby.tail
    }

    /// Opens the line with numbers up to `tail` in the draw, if it is one.
    pub(crate) fn open(&mut self, tail: u64, seed: &[u8], beacon: &[u8]) {
        if self.lobby.take().is_some_and(|lobby| lobby.is_draw) {
            let mut hashes = Vec::new();
            for number in 1..=tail {
                let text = [seed, beacon, &number.to_be_bytes()[..]].concat();
                hashes.push((Sha256::digest(text).to_vec(), number));
            }
            hashes.sort();
            self.drawn = (1..).zip(hashes).map(|(place, (_, number))| (number, place)).collect();
        }
    }

    pub(crate) fn is_present(&self, number: u64, now: Millis) -> bool {
        match self.state(number) {
            _ if self.is_over(now) => false,
            State::Waiting { due } | State::Behind { due } => due >= now / 1_000,
            _ => false,
        }
    }

    /// Those present, in the order in which they are called.
    pub(crate) fn present(&self, now: Millis) -> Vec<u64> {
        let mut present: Vec<_> =
            self.people.keys().copied().filter(|number| self.is_present(*number, now)).collect();
        present.sort_by_key(|number| self.place(*number));
        present
    }

    pub(crate) fn occupied(&self) -> usize {
        let takes_a_slot = |state| matches!(state, State::Called { .. } | State::Inside { .. });
        self.people.values().filter(|person| takes_a_slot(person.state)).count()
    }

    pub(crate) fn calls_in_minute(&self, now: Millis) -> usize {
        self.calls.iter().filter(|(at, _)| now - at <= 60_000).count()
    }

    fn has_run_out(&self, number: u64, now: Millis) -> bool {
        matches!(self.state(number), State::Inside { until } if until <= now)
    }

    /// The number a user is known by, if its place lives.
    fn live(&mut self, user: u8, now: Millis) -> Option<u64> {
        let number = *self.known.get(&user)?;
        if self.has_run_out(number, now) {
            self.set(number, State::Ended);
            self.forget(number);
            return None;
        }
        Some(number)
    }

    /// None: no number left, or it is too early or too late.
    pub(crate) fn join(&mut self, user: u8, now: Millis) -> Option<u64> {
        if self.is_over(now) || self.lobby.is_some_and(|lobby| now < lobby.joins_at) {
            return None;
        }
        let soon = second_after(now + if self.lobby.is_some() { 15_000 } else { 10_000 });
        if let Some(number) = self.live(user, now) {
            match self.state(number) {
                State::Waiting { due } => self.set(number, State::Waiting { due: due.max(soon) }),
                State::Behind { due } => self.set(number, State::Behind { due: due.max(soon) }),
                State::Called { until } => self.set(number, State::Called { until: until.max(soon * 1_000) }),
                State::Inside { .. } | State::Ended => {}
            }
            return Some(number);
        }
        let number = self.tail() + 1;
        if number > self.allocated {
            return None;
        }
        self.people.insert(number, Person { user: Some(user), state: State::Waiting { due: soon } });
        self.known.insert(user, number);
        Some(number)
    }

    fn weight(&self, number: u64) -> u8 {
        match self.state(number) {
            State::Inside { .. } => 0,
            State::Called { .. } => 1,
            _ => 2,
        }
    }

    pub(crate) fn sign(&mut self, number: u64, user: u8, due: u64, now: Millis) -> Option<u64> {
        if !self.people.contains_key(&number) || self.is_dead(number, now) {
            return None;
        }
        self.people.get_mut(&number).unwrap().user = Some(user);
        let mut ended = None;
        if let Some(other) = self.live(user, now).filter(|other| *other != number) {
            let mut two = [number, other];
            two.sort_by_key(|number| (self.weight(*number), *number));
            let [kept, dropped] = two;
            if self.weight(dropped) == 2 {
                self.set(dropped, State::Ended);
                ended = Some(dropped);
            }
            self.known.insert(user, kept);
        } else {
            self.known.insert(user, number);
        }
        match self.state(number) {
            State::Waiting { .. } => self.set(number, State::Waiting { due }),
            State::Behind { .. } => self.set(number, State::Behind { due }),
            State::Called { until } => self.set(number, State::Called { until: until.max(due * 1_000) }),
            State::Inside { .. } | State::Ended => {}
        }
        ended
    }

    pub(crate) fn claim(&mut self, number: u64, now: Millis) -> bool {
        match self.people.get(&number).map(|person| person.state) {
            Some(State::Called { until }) if until > now && !self.is_over(now) => {
                self.set(number, State::Called { until: until.max(now + 30_000) });
                true
            }
            _ => false,
        }
    }

    pub(crate) fn enter(&mut self, number: u64, user: u8, until: Millis) {
        if self.state(number) == State::Ended {
            return;
        }
        self.set(number, State::Inside { until });
        if let Some(other) = self.known.insert(user, number)
            && other != number
            && self.weight(other) == 2
        {
            self.set(other, State::Ended);
        }
    }

    pub(crate) fn end(&mut self, number: u64) {
        self.set(number, State::Ended);
        self.forget(number);
    }

    pub(crate) fn tick(&mut self, now: Millis) -> Vec<u64> {
        for number in self.people.keys().copied().collect::<Vec<_>>() {
            match self.state(number) {
                State::Called { until } if until <= now => self.set(number, State::Behind { due: 0 }),
                // One second of grace: an extension of the pass may still be on its way.
                State::Inside { until } if until + 1_000 <= now => self.end(number),
                _ => {}
            }
        }
        let mut budget = self.capacity.saturating_sub(self.occupied()).min(500);
        if self.rate > 0 {
            budget = budget.min(self.rate.saturating_sub(self.calls_in_minute(now)));
        }
        if self.paused || budget == 0 || self.lobby.is_some() || self.is_over(now) {
            return Vec::new();
        }
        let mut called = self.present(now);
        let everybody = called.len() < budget;
        called.truncate(budget);
        let last = called.last().map_or(0, |number| self.place(*number));
        self.head = if everybody { self.tail() } else { self.head.max(last) };
        for number in self.people.keys().copied().collect::<Vec<_>>() {
            let is_behind = self.place(number) <= self.head;
            match self.state(number) {
                State::Waiting { due } | State::Behind { due } if called.contains(&number) => {
                    let until = (due * 1_000).max(now + 10_000);
                    self.set(number, State::Called { until });
                    self.calls.push((now, number));
                }
                State::Waiting { .. } if is_behind => self.set(number, State::Behind { due: 0 }),
                _ => {}
            }
        }
        called
    }

    /// The last second in which somebody may poll who got the time of that poll before `now`.
    fn grace(&self, now: Millis) -> u64 {
        let Some(Lobby { opens_at, .. }) = self.lobby else { return second_after(now + 47_000) };
        let promised = match now + 34_500 {
            seldom if now + 10_000 >= opens_at => seldom.max(opens_at + 10_000),
            seldom if seldom + 10_000 >= opens_at => seldom.max(opens_at),
            seldom => seldom,
        };
        second_after(promised + 15_000)
    }

    /// What is left after a restart with an old head. Numbers above `given` are known to be nobody's, or were
    /// given out so late that nobody noted them: they wait, absent.
    pub(crate) fn restart(&mut self, head: u64, given: u64, now: Millis) {
        self.head = head;
        self.known.clear();
        let grace = self.grace(now);
        if let Some(lobby) = &mut self.lobby {
            lobby.tail = None;
        }
        for number in 1..=self.allocated {
            let ghost = Person { user: None, state: State::Ended };
            let is_new = !self.people.contains_key(&number);
            let person = self.people.entry(number).or_insert(ghost);
            let stays = matches!(person.state, State::Inside { .. } | State::Ended) && !is_new;
            if !stays {
                let is_ahead = self.drawn.get(&number).copied().unwrap_or(number) > head;
                let due = if number <= given { grace } else { 0 };
                person.state = if is_ahead { State::Waiting { due } } else { State::Behind { due: 0 } };
            }
        }
        for number in 1..=self.allocated {
            if self.has_run_out(number, now) {
                self.set(number, State::Ended);
            } else if let Person { user: Some(user), state: State::Inside { .. } } = self.people[&number] {
                self.known.insert(user, number);
            }
        }
    }

    /// How many are called before `number` if the head stands at `head`, a place.
    pub(crate) fn ahead(&self, number: u64, head: u64, now: Millis) -> u64 {
        let counts = |other: &u64| {
            let is_late = matches!(self.state(*other), State::Behind { .. });
            let place = self.place(*other);
            place < self.place(number) && (is_late || place > head) && self.is_present(*other, now)
        };
        self.people.keys().filter(|other| counts(other)).count() as u64
    }
}
