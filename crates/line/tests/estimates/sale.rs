//! One sale in virtual time.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use onsale_line::{
    Capacity, Dials, Estimate, Line, Number, NumberState, Outlook, Outlooks, Sign, Supply, View,
};
use uuid::Uuid;

use crate::dice::Dice;
use crate::measure::{Measure, Prospects};
use crate::pace::{Pace, PaceSample};
use crate::preset::{Preset, Turn};

const TICK_SECONDS: f64 = 0.1;
/// From asking to the answer.
const LATENCY_SECONDS: f64 = 0.05;
/// A sale that takes longer than this has gone wrong.
const LONGEST_SECONDS: f64 = 4.0 * 3_600.0;
/// Polls of the first minute are not asked to carry an estimate.
const POLLS_COUNT_FROM: f64 = 60.0;

/// What a sale showed to those who waited.
#[derive(Debug, Default)]
pub(crate) struct Played {
    pub(crate) before: Measure,
    pub(crate) now: Measure,
    pub(crate) prospects: Prospects,
}

/// What one answer said.
#[derive(Debug, Clone, Copy)]
struct Answer {
    at: f64,
    before: Option<Estimate>,
    now: Option<Estimate>,
    outlook: Option<Outlook>,
}

#[derive(Debug)]
struct Person {
    number: Number,
    gives_up_at: f64,
    /// Whether they say so when they give up.
    says_so: bool,
    /// From when on they do not poll for a while, and for how long.
    silence: Option<(f64, f64)>,
    answers: Vec<Answer>,
    held: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Event {
    Join,
    Poll,
    /// Somebody inside looks for seats.
    Choose,
    /// Somebody inside goes.
    Go,
    /// The seats that somebody held and has not paid are free again.
    Lapse,
}

struct Sale<'a> {
    preset: &'a Preset,
    line: Line,
    dice: Dice,
    /// Seconds since the beginning.
    now: f64,
    people: Vec<Person>,
    /// When, in ticks, who, what.
    events: BTreeSet<(u32, usize, u8)>,
    free: u32,
    held: u32,
    outlooks: Outlooks,
    pace: Pace,
    calls: u64,
    joins: u64,
    played: Played,
}

/// Plays a sale to its end.
pub(crate) fn play(preset: &Preset, seed: u64) -> Played {
    let mut sale = Sale::new(preset, seed);
    while !sale.events.is_empty() && sale.now < LONGEST_SECONDS {
        sale.step();
    }
    assert!(sale.now < LONGEST_SECONDS, "{}: the line does not move", preset.name);
    sale.played
}

impl<'a> Sale<'a> {
    fn new(preset: &'a Preset, seed: u64) -> Self {
        let mut line = Line::new(1, dials(preset.capacity, preset.rate, false), at(0.0));
        line.allocate(u64::from(preset.people));
        let mut sale = Self {
            preset,
            line,
            dice: Dice::new(seed),
            now: 0.0,
            people: Vec::new(),
            events: BTreeSet::new(),
            free: preset.seats,
            held: 0,
            outlooks: Outlooks::default(),
            pace: Pace::new(at(0.0)),
            calls: 0,
            joins: 0,
            played: Played::default(),
        };
        for person in 0..preset.people as usize {
            let joins_at = sale.dice.share() * preset.joins_over;
            sale.people.push(Person::new(preset, joins_at, &mut sale.dice));
            sale.plan(joins_at, person, Event::Join);
        }
        sale
    }

    fn plan(&mut self, at: f64, person: usize, event: Event) {
        self.events.insert((ticks(at.max(self.now)) + 1, person, event as u8));
    }

    fn step(&mut self) {
        self.now += TICK_SECONDS;
        self.turn();
        let view = self.outlooks.heeded_by(self.line.view(at(self.now)));
        let tick = ticks(self.now);
        while self.events.first().is_some_and(|(due, ..)| *due <= tick) {
            let Some((_, person, event)) = self.events.pop_first() else { return };
            match event {
                event if event == Event::Join as u8 => self.join(person, &view),
                event if event == Event::Poll as u8 => self.poll(person, &view),
                event if event == Event::Choose as u8 => self.choose(person),
                event if event == Event::Go as u8 => self.go(person),
                _ => self.let_go_of_seats(person),
            }
        }
        self.calls += self.line.tick(at(self.now)).len() as u64;
        if self.pace.is_due(at(self.now)) {
            let calls = std::mem::take(&mut self.calls);
            let joins = std::mem::take(&mut self.joins);
            let (waiting, paused) = (view.tallies().waiting, view.dials().paused);
            self.pace.sample(PaceSample { calls, joins, waiting, paused }, at(self.now));
            let sold = self.preset.seats - self.free - self.held;
            let [free, held, sold] = [self.free, self.held, sold].map(u64::from);
            self.outlooks.observe(Some(Supply { free, held, sold }), &view);
        }
    }

    /// The operator's turn, if it is time.
    fn turn(&mut self) {
        let is_now = |moment: f64| (self.now - moment).abs() < TICK_SECONDS / 2.0;
        match self.preset.turn {
            Turn::Dials { at, capacity, rate } if is_now(at) => {
                self.line.set_dials(dials(capacity, rate, false));
            }
            Turn::Pause { from, to } if is_now(from) || is_now(to) => {
                self.line.set_dials(dials(self.preset.capacity, self.preset.rate, is_now(from)));
            }
            _ => {}
        }
    }

    fn join(&mut self, person: usize, view: &View) {
        self.people[person].number = self.line.join(user(person), at(self.now)).unwrap();
        self.joins += 1;
        self.poll(person, view);
    }

    fn poll(&mut self, person: usize, view: &View) {
        let (number, now) = (self.people[person].number, at(self.now));
        if self.people[person].gives_up_at <= self.now || (self.is_sold_out() && self.dice.happens(0.8)) {
            if self.people[person].says_so {
                self.line.end(number, user(person));
            }
            if self.people[person].gives_up_at > self.now {
                self.note_prospects(person, false);
            }
            return;
        }
        if let NumberState::Called { .. } = self.line.state(number, now)
            && self.line.claim(number, now)
        {
            self.enter(person);
            return;
        }
        let ahead = view.ahead(number, self.line.head());
        let interval = view.poll_interval(ahead, now, 2.0 * self.dice.share() - 1.0);
        let due = view.due_after(now, interval);
        self.line.sign_of_life(Sign { number, user: user(person), due }, now);
        self.answer(person, view, ahead.unwrap());
        let mut next = self.now + interval.as_secs_f64() + LATENCY_SECONDS;
        if let Some((_, long)) = self.people[person].silence.take_if(|(from, _)| *from <= next) {
            next += long;
        }
        self.plan(next.min(self.people[person].gives_up_at), person, Event::Poll);
    }

    fn answer(&mut self, person: usize, view: &View, ahead: u64) {
        let before = if view.dials().calls_nobody() { None } else { self.pace.estimate(ahead) };
        let answer = Answer {
            at: self.now,
            before,
            now: view.estimate(ahead),
            outlook: self.outlooks.outlook(view, ahead),
        };
        self.people[person].answers.push(answer);
        let is_paused =
            matches!(self.preset.turn, Turn::Pause { from, to } if (from..=to).contains(&self.now));
        if self.now >= POLLS_COUNT_FROM && !is_paused {
            self.played.before.poll(answer.before);
            self.played.now.poll(answer.now);
        }
    }

    fn enter(&mut self, person: usize) {
        self.note_prospects(person, self.free > 0);
        for answer in std::mem::take(&mut self.people[person].answers) {
            if answer.at < self.preset.turn.counts_from() {
                continue;
            }
            let real = self.now - answer.at;
            answer.before.into_iter().for_each(|estimate| self.played.before.estimate(estimate, real));
            answer.now.into_iter().for_each(|estimate| self.played.now.estimate(estimate, real));
        }
        let pass_seconds = (4.0 * self.preset.stay).clamp(60.0, 600.0);
        let number = self.people[person].number;
        self.line.enter(number, user(person), at(self.now + pass_seconds));
        let looks = self.dice.steps(2, self.preset.stay / 2.0);
        self.plan(self.now + looks, person, Event::Choose);
    }

    /// What became of somebody who waited: whether they came in while there were seats.
    fn note_prospects(&mut self, person: usize, is_in_time: bool) {
        let answers = &self.people[person].answers;
        let Some(first) = answers.first() else { return };
        let halfway = f64::midpoint(first.at, self.now);
        let at_half =
            answers.iter().rev().find(|answer| answer.at <= halfway).and_then(|answer| answer.outlook);
        self.played.prospects.person(at_half == Some(Outlook::Likely), is_in_time);
        for answer in answers {
            self.played.prospects.answer(answer.outlook, is_in_time);
        }
    }

    /// Two thirds of those who find seats pay; some just close the window, and their pass runs out.
    fn choose(&mut self, person: usize) {
        if self.free == 0 {
            // They look around once more.
            let rest = self.dice.exponential(self.preset.stay * self.preset.look_around);
            self.plan(self.now + rest, person, Event::Go);
            return;
        }
        let wanted = self.dice.one_to(4).min(self.free);
        self.free -= wanted;
        self.held += wanted;
        self.people[person].held = wanted;
        if self.dice.happens(0.04) {
            self.plan(self.now + 120.0, person, Event::Lapse);
        } else {
            let pays_after = self.dice.steps(2, self.preset.stay / 2.0);
            self.plan(self.now + pays_after, person, Event::Go);
        }
    }

    fn go(&mut self, person: usize) {
        if self.dice.happens(0.75) {
            self.held -= std::mem::take(&mut self.people[person].held);
        } else {
            self.let_go_of_seats(person);
        }
        self.line.end(self.people[person].number, user(person));
    }

    fn let_go_of_seats(&mut self, person: usize) {
        let seats = std::mem::take(&mut self.people[person].held);
        self.held -= seats;
        self.free += seats;
    }

    fn is_sold_out(&self) -> bool {
        self.free == 0 && self.held == 0
    }
}

impl Person {
    fn new(preset: &Preset, joins_at: f64, dice: &mut Dice) -> Self {
        let gives_up = dice.happens(preset.leave);
        let patience = dice.exponential(preset.patience);
        let is_silent = dice.happens(0.02);
        let silence = (joins_at + dice.share() * 600.0, 30.0 + dice.exponential(60.0));
        Self {
            number: 0,
            gives_up_at: if gives_up { joins_at + patience } else { f64::INFINITY },
            says_so: dice.happens(0.5),
            silence: is_silent.then_some(silence),
            answers: Vec::new(),
            held: 0,
        }
    }
}

fn dials(capacity: u32, rate_per_minute: u32, paused: bool) -> Dials {
    Dials { capacity: Capacity::new(capacity).unwrap(), rate_per_minute, paused }
}

fn user(person: usize) -> Uuid {
    Uuid::from_u128(person as u128 + 1)
}

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap() + SignedDuration::from_secs_f64(seconds)
}

/// Ticks since the beginning: times here are some hours at most.
fn ticks(seconds: f64) -> u32 {
    let ticks = SignedDuration::from_secs_f64(seconds.min(1e6) / TICK_SECONDS).as_secs();
    u32::try_from(ticks).unwrap()
}
