//! One round: everything that is waiting, as one pipeline, and what came back.

use std::sync::Arc;

use onsale_booking::command::Call;
use onsale_booking::ids::UserId;
use onsale_line::{Dials, Number, NumberSet, Sign};
use redis::{Cmd, FromRedisValue, Pipeline, Value};
use tokio::sync::oneshot;

use super::RedisFailure;
use super::attach::{pass_bytes, short};
use super::mirror::{Figures, Mirror, PassNews};
use super::scripts::{self, ask};
use super::settle::Settled;
use crate::error::WriteError;
use crate::line::{Joined, Look, Ticked};

/// How much one script is given at most, so that none holds Redis up for long.
const JOINS_A_SCRIPT: usize = 500;
const SIGNS_A_SCRIPT: usize = 1_000;

pub(super) type Answer<T> = oneshot::Sender<Result<T, WriteError>>;

/// Somebody's number and a look at it, if they have a place.
pub(super) type PlaceOf = Option<(Number, Look)>;

/// What the keeper is asked.
pub(super) enum Ask {
    Join(UserId, Answer<Joined>),
    Look(Number, Answer<Look>),
    Claim(Number, Answer<Option<Call>>),
    PlaceOf(UserId, Answer<PlaceOf>),
    Signs(Vec<Sign>, Answer<()>),
    Tick(Answer<Ticked>),
    Turn(Dials, Answer<()>),
    /// What the store has decided about passes.
    Passes(Vec<PassNews>),
    /// What the store says of numbers that seemed to be over, and what waits for that.
    Settled(Settled, Vec<Ask>),
    /// Numbers are reserved up to here, or could not be.
    Reserved(Option<Number>),
}

/// The questions of one round, by kind.
#[derive(Default)]
pub(super) struct Round {
    pub(super) joins: Vec<(UserId, Answer<Joined>)>,
    pub(super) looks: Vec<(Number, Answer<Look>)>,
    pub(super) claims: Vec<(Number, Answer<Option<Call>>)>,
    pub(super) places: Vec<(UserId, Answer<PlaceOf>)>,
    pub(super) signs: Vec<Sign>,
    pub(super) signed: Vec<Answer<()>>,
    pub(super) ticks: Vec<Answer<Ticked>>,
    /// Ticks that have waited for the store already, and go on.
    pub(super) settled_ticks: Vec<Answer<Ticked>>,
    pub(super) turns: Vec<(Dials, Answer<()>)>,
    pub(super) passes: Vec<PassNews>,
    pub(super) skips: Vec<Number>,
    pub(super) reserved: Option<Number>,
    /// Whether a reservation has come to its end, well or not.
    pub(super) is_reservation_over: bool,
}

/// What Redis answered to a round.
pub(super) struct Answered {
    pub(super) numbers: Vec<i64>,
    pub(super) untils: Vec<i64>,
    /// The numbers of those whose place is asked for.
    pub(super) found: Vec<Number>,
    pub(super) figures: Figures,
    /// `None` if too much was missed.
    pub(super) news: Option<Vec<u8>>,
    pub(super) dues: Vec<(usize, usize, Vec<u8>)>,
}

impl Round {
    pub(super) fn add(&mut self, ask: Ask) {
        match ask {
            Ask::Join(user, answer) => self.joins.push((user, answer)),
            Ask::Look(number, answer) => self.looks.push((number, answer)),
            Ask::Claim(number, answer) => self.claims.push((number, answer)),
            Ask::PlaceOf(user, answer) => self.places.push((user, answer)),
            Ask::Signs(signs, answer) => {
                self.signs.extend(signs);
                self.signed.push(answer);
            }
            Ask::Tick(answer) => self.ticks.push(answer),
            Ask::Turn(dials, answer) => self.turns.push((dials, answer)),
            Ask::Passes(passes) => self.passes.extend(passes),
            Ask::Settled(Settled { passes, without }, asks) => {
                self.passes.extend(passes);
                self.skips.extend(without);
                for ask in asks {
                    match ask {
                        Ask::Tick(answer) => self.settled_ticks.push(answer),
                        other => self.add(other),
                    }
                }
            }
            Ask::Reserved(reserved) => {
                self.is_reservation_over = true;
                self.reserved = self.reserved.max(reserved);
            }
        }
    }

    pub(super) fn add_all(&mut self, asks: impl IntoIterator<Item = Ask>) {
        asks.into_iter().for_each(|ask| self.add(ask));
    }

    /// Tells everybody that it did not work.
    pub(super) fn reject(self) {
        let no = WriteError::Busy;
        self.joins.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.looks.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.claims.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.places.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.turns.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.signed.into_iter().for_each(|answer| drop(answer.send(Err(no.clone()))));
        let ticks = self.ticks.into_iter().chain(self.settled_ticks);
        ticks.for_each(|answer| drop(answer.send(Err(no.clone()))));
    }

    /// What to send. Passes go first: whoever's slot is free now is called by this very round.
    pub(super) fn pipeline(
        &self,
        asking: &Asking<'_>,
        sweep: &[(usize, std::ops::Range<usize>)],
    ) -> Pipeline {
        let mut pipe = redis::pipe();
        if !self.passes.is_empty() {
            pipe.add_command(asking.passes(&self.passes)).ignore();
        }
        if !self.skips.is_empty() {
            let mut skip = asking.ask(&scripts::SKIP);
            skip.arg(&self.skips);
            pipe.add_command(skip).ignore();
        }
        if let Some(reserved) = self.reserved {
            let mut set = asking.ask(&scripts::SET);
            set.arg(reserved).arg(-1).arg(-1).arg(-1);
            pipe.add_command(set).ignore();
        }
        for (dials, _) in &self.turns {
            pipe.add_command(asking.turn(*dials)).ignore();
        }
        for some in self.signs.chunks(SIGNS_A_SCRIPT) {
            pipe.add_command(asking.signs(some)).ignore();
        }
        for some in self.joins.chunks(JOINS_A_SCRIPT) {
            let mut joins = asking.ask(&scripts::JOIN);
            for (user, _) in some {
                joins.arg(user.0.as_bytes());
            }
            pipe.add_command(joins);
        }
        if !self.claims.is_empty() {
            let mut claims = asking.ask(&scripts::CLAIM);
            for (number, _) in &self.claims {
                claims.arg(*number);
            }
            pipe.add_command(claims);
        }
        for some in self.places.chunks(JOINS_A_SCRIPT) {
            let mut places = asking.ask(&scripts::PLACES);
            for (user, _) in some {
                places.arg(user.0.as_bytes());
            }
            pipe.add_command(places);
        }
        let is_tick = !self.ticks.is_empty();
        pipe.add_command(asking.sync(is_tick));
        for (chunk, numbers) in sweep {
            pipe.add_command(asking.dues(*chunk, numbers));
        }
        pipe
    }

    /// Takes the answers apart, in the order in which they were asked for.
    pub(super) fn parse(
        &self,
        mut answers: impl Iterator<Item = Value>,
        sweep: Vec<(usize, std::ops::Range<usize>)>,
    ) -> Result<Answered, RedisFailure> {
        let mut next = || answers.next().unwrap_or(Value::Nil);
        let list = |value| Vec::<i64>::from_redis_value(value).map_err(redis::RedisError::from);
        let mut numbers = Vec::with_capacity(self.joins.len());
        for _ in self.joins.chunks(JOINS_A_SCRIPT) {
            numbers.extend(list(next())?);
        }
        let untils = if self.claims.is_empty() { Vec::new() } else { list(next())? };
        let mut found = Vec::with_capacity(self.places.len());
        for _ in self.places.chunks(JOINS_A_SCRIPT) {
            found.extend(list(next())?.into_iter().map(i64::unsigned_abs));
        }
        let (figures, news) = Figures::parse(next())?;
        let mut dues = Vec::with_capacity(sweep.len());
        for (chunk, numbers) in sweep {
            let bytes = Vec::<u8>::from_redis_value(next()).map_err(redis::RedisError::from)?;
            dues.push((chunk, numbers.start, bytes));
        }
        Ok(Answered { numbers, untils, found, figures, news, dues })
    }
}

/// What every question to Redis says.
pub(super) struct Asking<'a> {
    /// The key of the line.
    pub(super) key: &'a Arc<str>,
    /// The time that a test dictates, or 0.
    pub(super) at: i64,
    /// The numbers whose users are known to be registered in this epoch.
    pub(super) known: &'a NumberSet,
    /// The last number that is known here.
    pub(super) tail: u64,
    /// The news that are known.
    pub(super) version: i64,
    /// How long ago the last tick must be, in microseconds.
    pub(super) tick_every: i64,
    /// The store's time as this instance knows it, in microseconds.
    pub(super) store_now: i64,
}

impl Asking<'_> {
    pub(super) fn ask(&self, script: &redis::Script) -> Cmd {
        ask(script, self.key, self.at, self.tail)
    }

    pub(super) fn sync(&self, is_tick: bool) -> Cmd {
        let mut sync = self.ask(&scripts::SYNC);
        sync.arg(self.version).arg(if is_tick { self.tick_every } else { -1 }).arg(self.store_now);
        sync
    }

    fn signs(&self, some: &[Sign]) -> Cmd {
        let (known, others): (Vec<&Sign>, Vec<&Sign>) =
            some.iter().partition(|sign| self.known.contains(sign.number));
        let bytes = |sign: &Sign| [short(sign.number), sign.due.to_le_bytes()].concat();
        let mut signs = self.ask(&scripts::SIGNS);
        signs.arg(known.into_iter().flat_map(bytes).collect::<Vec<u8>>());
        for sign in others {
            signs.arg([&bytes(sign)[..], sign.user.as_bytes()].concat());
        }
        signs
    }

    pub(super) fn passes(&self, all: &[PassNews]) -> Cmd {
        let mut passes = self.ask(&scripts::PASSES);
        for pass in all {
            let until = pass.until.map_or(-1, jiff::Timestamp::as_microsecond);
            passes.arg(pass_bytes(pass.number, pass.user.0, until));
        }
        passes
    }

    pub(super) fn turn(&self, dials: Dials) -> Cmd {
        let mut set = self.ask(&scripts::SET);
        set.arg(0).arg(dials.capacity).arg(dials.rate_per_minute).arg(i64::from(dials.paused));
        set
    }

    pub(super) fn dues(&self, chunk: usize, numbers: &std::ops::Range<usize>) -> Cmd {
        let mut dues = redis::cmd("GETRANGE");
        dues.arg(format!("{}:due:{chunk}", self.key));
        dues.arg(numbers.start * 4).arg((numbers.end * 4).saturating_sub(1));
        dues
    }

    /// Applies what a walk over `mirror` decided.
    pub(super) fn call(&self, mirror: &Mirror, walk: &onsale_line::Walk) -> Cmd {
        let now = mirror.figures.now;
        let mut call = self.ask(&scripts::CALL);
        call.arg(mirror.figures.tick).arg(walk.head).arg(walk.called.len());
        let mut pair = |number: Number, value: i64| {
            call.arg([&short(number)[..], &value.to_le_bytes()].concat());
        };
        for (number, due) in &walk.called {
            pair(*number, onsale_line::call_until(now, *due).as_microsecond());
        }
        for number in &walk.gone {
            pair(*number, i64::from(mirror.late_due(*number)));
        }
        call
    }
}
