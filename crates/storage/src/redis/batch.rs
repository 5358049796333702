//! One batch: everything that is waiting, as one pipeline, and what came back.

use std::sync::Arc;

use onsale_booking::command::Call;
use onsale_booking::ids::UserId;
use onsale_line::{Dials, Number, NumberSet, Sign};
use redis::{Cmd, FromRedisValue, Pipeline, Value};
use tokio::sync::oneshot;

use super::RedisFailure;
use super::mirror::{LineStatus, Mirror, PassUpdate};
use super::pass_check::PassCheck;
use super::reconnect::{pass_bytes, short};
use super::scripts::{self, call};
use crate::error::WriteError;
use crate::line::{Joined, Lookup, Ticked};

/// The most one script gets, so that none holds Redis up for long.
const JOINS_PER_SCRIPT: usize = 500;
const SIGNS_PER_SCRIPT: usize = 1_000;

pub(super) type Answer<T> = oneshot::Sender<Result<T, WriteError>>;

/// A user's number and its lookup, if the user has a place.
pub(super) type PlaceOf = Option<(Number, Lookup)>;

/// A request to the line sync.
pub(super) enum Request {
    Join(UserId, Answer<Joined>),
    Lookup(Number, Answer<Lookup>),
    Claim(Number, Answer<Option<Call>>),
    PlaceOf(UserId, Answer<PlaceOf>),
    Signs(Vec<Sign>, Answer<()>),
    Tick(Answer<Ticked>),
    SetDials(Dials, Answer<()>),
    /// Passes as the store has decided.
    Passes(Vec<PassUpdate>),
    /// The store's answer about numbers that seemed to be over, and the requests that wait for it.
    PassCheck(PassCheck, Vec<Request>),
    /// Numbers are allocated up to here, or `None` if that failed.
    Allocated(Option<Number>),
}

/// The requests of one batch, by kind.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) joins: Vec<(UserId, Answer<Joined>)>,
    pub(super) lookups: Vec<(Number, Answer<Lookup>)>,
    pub(super) claims: Vec<(Number, Answer<Option<Call>>)>,
    pub(super) places: Vec<(UserId, Answer<PlaceOf>)>,
    pub(super) signs: Vec<Sign>,
    pub(super) signed: Vec<Answer<()>>,
    pub(super) ticks: Vec<Answer<Ticked>>,
    /// Ticks that have already waited for the store.
    pub(super) checked_ticks: Vec<Answer<Ticked>>,
    pub(super) dial_changes: Vec<(Dials, Answer<()>)>,
    pub(super) passes: Vec<PassUpdate>,
    pub(super) skips: Vec<Number>,
    pub(super) allocated: Option<Number>,
    /// Whether an allocation has finished, well or not.
    pub(super) is_allocation_over: bool,
}

/// What the script said about a join; see `join.lua`.
#[derive(Clone, Copy)]
pub(super) struct JoinedNumber {
    pub(super) number: i64,
    pub(super) is_new: bool,
}

/// Redis' answers to a batch.
pub(super) struct BatchAnswers {
    pub(super) numbers: Vec<JoinedNumber>,
    pub(super) untils: Vec<i64>,
    /// The numbers of the users whose place was requested.
    pub(super) found: Vec<Number>,
    pub(super) status: LineStatus,
    /// `None` if the mirror has missed too much.
    pub(super) updates: Option<Vec<u8>>,
    pub(super) dues: Vec<(usize, usize, Vec<u8>)>,
}

impl Batch {
    pub(super) fn add(&mut self, request: Request) {
        match request {
            Request::Join(user, answer) => self.joins.push((user, answer)),
            Request::Lookup(number, answer) => self.lookups.push((number, answer)),
            Request::Claim(number, answer) => self.claims.push((number, answer)),
            Request::PlaceOf(user, answer) => self.places.push((user, answer)),
            Request::Signs(signs, answer) => {
                self.signs.extend(signs);
                self.signed.push(answer);
            }
            Request::Tick(answer) => self.ticks.push(answer),
            Request::SetDials(dials, answer) => self.dial_changes.push((dials, answer)),
            Request::Passes(passes) => self.passes.extend(passes),
            Request::PassCheck(PassCheck { passes, without }, requests) => {
                self.passes.extend(passes);
                self.skips.extend(without);
                for request in requests {
                    match request {
                        Request::Tick(answer) => self.checked_ticks.push(answer),
                        other => self.add(other),
                    }
                }
            }
            Request::Allocated(allocated) => {
                self.is_allocation_over = true;
                self.allocated = self.allocated.max(allocated);
            }
        }
    }

    pub(super) fn add_all(&mut self, requests: impl IntoIterator<Item = Request>) {
        requests.into_iter().for_each(|request| self.add(request));
    }

    /// Answers everybody that it failed.
    pub(super) fn reject(self) {
        let no = WriteError::Busy;
        self.joins.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.lookups.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.claims.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.places.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.dial_changes.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.signed.into_iter().for_each(|answer| drop(answer.send(Err(no.clone()))));
        let ticks = self.ticks.into_iter().chain(self.checked_ticks);
        ticks.for_each(|answer| drop(answer.send(Err(no.clone()))));
    }

    /// What to send. Passes go first, so that a slot they free is given away by this very batch.
    pub(super) fn pipeline(
        &self,
        context: &Context<'_>,
        sweep: &[(usize, std::ops::Range<usize>)],
    ) -> Pipeline {
        let mut pipe = redis::pipe();
        if !self.passes.is_empty() {
            pipe.add_command(context.passes(&self.passes)).ignore();
        }
        if !self.skips.is_empty() {
            let mut skip = context.script(&scripts::SKIP);
            skip.arg(&self.skips);
            pipe.add_command(skip).ignore();
        }
        if let Some(allocated) = self.allocated {
            let mut set = context.script(&scripts::SET);
            set.arg(allocated).arg(-1).arg(-1).arg(-1);
            pipe.add_command(set).ignore();
        }
        for (dials, _) in &self.dial_changes {
            pipe.add_command(context.set_dials(*dials)).ignore();
        }
        for some in self.signs.chunks(SIGNS_PER_SCRIPT) {
            pipe.add_command(context.signs(some)).ignore();
        }
        for some in self.joins.chunks(JOINS_PER_SCRIPT) {
            let mut joins = context.script(&scripts::JOIN);
            for (user, _) in some {
                joins.arg(user.0.as_bytes());
            }
            pipe.add_command(joins);
        }
        if !self.claims.is_empty() {
            let mut claims = context.script(&scripts::CLAIM);
            for (number, _) in &self.claims {
                claims.arg(*number);
            }
            pipe.add_command(claims);
        }
        for some in self.places.chunks(JOINS_PER_SCRIPT) {
            let mut places = context.script(&scripts::PLACES);
            for (user, _) in some {
                places.arg(user.0.as_bytes());
            }
            pipe.add_command(places);
        }
        let is_tick = !self.ticks.is_empty();
        pipe.add_command(context.sync(is_tick));
        for (chunk, numbers) in sweep {
            pipe.add_command(context.dues(*chunk, numbers));
        }
        pipe
    }

    /// Splits the answers, in the order of the requests.
    pub(super) fn parse(
        &self,
        mut answers: impl Iterator<Item = Value>,
        sweep: Vec<(usize, std::ops::Range<usize>)>,
    ) -> Result<BatchAnswers, RedisFailure> {
        let mut next = || answers.next().unwrap_or(Value::Nil);
        let list = |value| Vec::<i64>::from_redis_value(value).map_err(redis::RedisError::from);
        let mut numbers = Vec::with_capacity(self.joins.len());
        for _ in self.joins.chunks(JOINS_PER_SCRIPT) {
            let mut joined = list(next())?.into_iter();
            let tail = joined.next().unwrap_or(i64::MAX);
            numbers.extend(joined.map(|number| JoinedNumber { number, is_new: number > tail }));
        }
        let untils = if self.claims.is_empty() { Vec::new() } else { list(next())? };
        let mut found = Vec::with_capacity(self.places.len());
        for _ in self.places.chunks(JOINS_PER_SCRIPT) {
            found.extend(list(next())?.into_iter().map(i64::unsigned_abs));
        }
        let (status, updates) = LineStatus::parse(next())?;
        let mut dues = Vec::with_capacity(sweep.len());
        for (chunk, numbers) in sweep {
            let bytes = Vec::<u8>::from_redis_value(next()).map_err(redis::RedisError::from)?;
            dues.push((chunk, numbers.start, bytes));
        }
        Ok(BatchAnswers { numbers, untils, found, status, updates, dues })
    }
}

/// What every command to Redis needs.
pub(super) struct Context<'a> {
    /// The key of the line.
    pub(super) key: &'a Arc<str>,
    /// The time that a test sets, or 0.
    pub(super) at: i64,
    /// The numbers whose users are known to be registered in this epoch.
    pub(super) known: &'a NumberSet,
    /// The last number known here.
    pub(super) tail: u64,
    /// The version of the updates known here.
    pub(super) version: i64,
    /// How old the last tick must be, in microseconds.
    pub(super) tick_every: i64,
    /// The store's time as this instance knows it, in microseconds.
    pub(super) store_now: i64,
}

impl Context<'_> {
    pub(super) fn script(&self, script: &redis::Script) -> Cmd {
        call(script, self.key, self.at, self.tail)
    }

    pub(super) fn sync(&self, is_tick: bool) -> Cmd {
        let mut sync = self.script(&scripts::SYNC);
        sync.arg(self.version).arg(if is_tick { self.tick_every } else { -1 }).arg(self.store_now);
        sync
    }

    fn signs(&self, some: &[Sign]) -> Cmd {
        let (known, others): (Vec<&Sign>, Vec<&Sign>) =
            some.iter().partition(|sign| self.known.contains(sign.number));
        let bytes = |sign: &Sign| [short(sign.number), sign.due.to_le_bytes()].concat();
        let mut signs = self.script(&scripts::SIGNS);
        signs.arg(known.into_iter().flat_map(bytes).collect::<Vec<u8>>());
        for sign in others {
            signs.arg([&bytes(sign)[..], sign.user.as_bytes()].concat());
        }
        signs
    }

    pub(super) fn passes(&self, all: &[PassUpdate]) -> Cmd {
        let mut passes = self.script(&scripts::PASSES);
        for pass in all {
            let until = pass.until.map_or(-1, jiff::Timestamp::as_microsecond);
            passes.arg(pass_bytes(pass.number, pass.user.0, until));
        }
        passes
    }

    pub(super) fn set_dials(&self, dials: Dials) -> Cmd {
        let mut set = self.script(&scripts::SET);
        set.arg(0).arg(dials.capacity.get()).arg(dials.rate_per_minute).arg(i64::from(dials.paused));
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
        let now = mirror.status.now;
        let mut call = self.script(&scripts::CALL);
        call.arg(mirror.status.tick).arg(walk.head).arg(walk.called.len());
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
