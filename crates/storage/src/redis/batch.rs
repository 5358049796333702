//! One batch: everything that is waiting, as one pipeline, and what came back.

use onsale_booking::command::Call;
use onsale_booking::ids::UserId;
use onsale_line::{Dials, JoinRefused, Number, Sign};
use redis::{FromRedisValue, Pipeline, Value};
use tokio::sync::oneshot;

use super::RedisFailure;
use super::context::Context;
use super::mirror::{LineStatus, PassUpdate};
use super::pass_check::PassCheck;
use super::schedules::DatedSchedule;
use super::scripts;
use crate::error::WriteError;
use crate::line::{FixedLobby, Joined, Lookup, Ticked};

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
    /// Fix the lobby's last number, if it is time to open.
    FixLobby(Answer<Option<FixedLobby>>),
    /// Let the lobby go on.
    UnfixLobby(Answer<()>),
    /// What the store says of times, opening and order.
    Schedule(DatedSchedule, Answer<()>),
    /// Passes as the store has decided.
    Passes(Vec<PassUpdate>),
    /// The store's answer about numbers that seemed to be over, and the requests that wait for it.
    PassCheck(PassCheck, Vec<Request>),
    /// Numbers are allocated up to here, or `None` if that failed.
    Allocated(Option<Number>),
    /// The line's epoch as the store has it.
    Epoch(u32),
    /// What the store said when this instance asked for it, or `None` if it did not answer.
    Learned(Option<DatedSchedule>),
    /// The store, or a draw, takes too long for anybody to wait.
    LearningIsLate,
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
    pub(super) fixes: Vec<Answer<Option<FixedLobby>>>,
    pub(super) unfixes: Vec<Answer<()>>,
    pub(super) schedules: Vec<DatedSchedule>,
    pub(super) scheduled: Vec<Answer<()>>,
    pub(super) learning: LearningStep,
    pub(super) passes: Vec<PassUpdate>,
    pub(super) skips: Vec<Number>,
    /// 0 if it was not read.
    pub(super) epoch_in_store: u32,
    pub(super) allocated: Option<Number>,
    /// Whether an allocation has finished, well or not.
    pub(super) is_allocation_over: bool,
}

/// How far this instance has come in a batch with learning what the store says of the sale.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum LearningStep {
    /// No further.
    #[default]
    None,
    /// It takes too long for anybody to wait.
    IsLate,
    /// The store does not answer.
    HasFailed,
    /// It is over.
    IsOver,
}

/// What the script said about a join; see `join.lua`.
#[derive(Clone, Copy)]
pub(super) enum JoinedNumber {
    Given { number: i64, is_new: bool },
    Refused(JoinRefused),
}

/// Redis' answers to a batch.
pub(super) struct BatchAnswers {
    pub(super) numbers: Vec<JoinedNumber>,
    pub(super) untils: Vec<i64>,
    /// The lobby's last number, if that was to be fixed; negative in a line that is not due to open.
    pub(super) lobby_tail: i64,
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
            Request::FixLobby(answer) => self.fixes.push(answer),
            Request::UnfixLobby(answer) => self.unfixes.push(answer),
            Request::Schedule(dated, answer) => {
                self.schedules.push(dated);
                self.scheduled.push(answer);
            }
            Request::Learned(dated) => {
                self.learning = if dated.is_some() { LearningStep::IsOver } else { LearningStep::HasFailed };
                self.schedules.extend(dated);
            }
            Request::LearningIsLate => {
                if self.learning == LearningStep::None {
                    self.learning = LearningStep::IsLate;
                }
            }
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
            Request::Epoch(epoch) => self.epoch_in_store = self.epoch_in_store.max(epoch),
            Request::Allocated(allocated) => {
                self.is_allocation_over = true;
                self.allocated = self.allocated.max(allocated);
            }
        }
    }

    pub(super) fn add_all(&mut self, requests: impl IntoIterator<Item = Request>) {
        requests.into_iter().for_each(|request| self.add(request));
    }

    /// Takes out the requests whose answers depend on the order of the line.
    pub(super) fn take_ordered(&mut self) -> Vec<Request> {
        let joins = self.joins.drain(..).map(|(user, answer)| Request::Join(user, answer));
        let lookups = self.lookups.drain(..).map(|(number, answer)| Request::Lookup(number, answer));
        let claims = self.claims.drain(..).map(|(number, answer)| Request::Claim(number, answer));
        let places = self.places.drain(..).map(|(user, answer)| Request::PlaceOf(user, answer));
        let ticks = self.ticks.drain(..).chain(self.checked_ticks.drain(..)).map(Request::Tick);
        joins.chain(lookups).chain(claims).chain(places).chain(ticks).collect()
    }

    /// Answers everybody that it failed.
    pub(super) fn reject(self) {
        let no = WriteError::Busy;
        self.joins.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.lookups.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.claims.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.places.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.dial_changes.into_iter().for_each(|(_, answer)| drop(answer.send(Err(no.clone()))));
        self.fixes.into_iter().for_each(|answer| drop(answer.send(Err(no.clone()))));
        let done = self.signed.into_iter().chain(self.unfixes).chain(self.scheduled);
        done.for_each(|answer| drop(answer.send(Err(no.clone()))));
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
        if !self.unfixes.is_empty() {
            pipe.add_command(context.lobby(false)).ignore();
        }
        if !self.fixes.is_empty() {
            pipe.add_command(context.lobby(true));
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
        for some in self.joins.chunks(JOINS_PER_SCRIPT) {
            let mut joined = list(next())?.into_iter();
            let tail = joined.next().unwrap_or(i64::MAX);
            match tail {
                -1 => numbers.extend(some.iter().map(|_| JoinedNumber::Refused(JoinRefused::NotYet))),
                -2 => numbers.extend(some.iter().map(|_| JoinedNumber::Refused(JoinRefused::Over))),
                _ => {
                    let given = |number| JoinedNumber::Given { number, is_new: number > tail };
                    numbers.extend(joined.map(given));
                }
            }
        }
        let untils = if self.claims.is_empty() { Vec::new() } else { list(next())? };
        let mut found = Vec::with_capacity(self.places.len());
        for _ in self.places.chunks(JOINS_PER_SCRIPT) {
            found.extend(list(next())?.into_iter().map(i64::unsigned_abs));
        }
        let fixed = if self.fixes.is_empty() { Ok(-1) } else { i64::from_redis_value(next()) };
        let lobby_tail = fixed.map_err(redis::RedisError::from)?;
        let (status, updates) = LineStatus::parse(next())?;
        let mut dues = Vec::with_capacity(sweep.len());
        for (chunk, numbers) in sweep {
            let bytes = Vec::<u8>::from_redis_value(next()).map_err(redis::RedisError::from)?;
            dues.push((chunk, numbers.start, bytes));
        }
        Ok(BatchAnswers { numbers, untils, lobby_tail, found, status, updates, dues })
    }
}
