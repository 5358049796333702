//! The line of one process: the state machine itself, with its progress recorded in the store.
//!
//! What must survive is durable before it shows: blocks of numbers, passes, dials. How far calls have come is
//! noted about once a second; after a crash people are at worst considered for a call again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use onsale_booking::command::Call;
use onsale_booking::ids::{SaleId, UserId};
use onsale_booking::pass::{Pass, PassState};
use onsale_line::{DialChanges, Dials, Line, Number, NumberState, Sign};

use super::{Joined, LinePort, Lookup, Ticked};
use crate::clock::Clock;
use crate::error::WriteError;
use crate::port::{LineHistory, LineRow, Pending};
use crate::writer::{LineChange, LineTask, Writer};

/// How often the head is noted.
const HEAD_NOTED_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// A waiting line kept in process.
pub struct EmbeddedLine {
    sale: SaleId,
    epoch: u32,
    state: Mutex<State>,
    /// Held while numbers are allocated: once at a time.
    allocating: tokio::sync::Mutex<()>,
    writer: Writer,
    clock: Clock,
    /// The dials that count where no operator has set any.
    settings: Dials,
}

struct State {
    line: Line,
    /// Once the last number is recorded, no other may be given out.
    is_closed: bool,
    head_noted: Number,
    head_noted_at: Timestamp,
}

impl EmbeddedLine {
    /// The line as `history` left it. `settings` are the dials that count where no operator has set any.
    ///
    /// # Errors
    /// [`WriteError`] when the store cannot record that the line is open.
    pub async fn open(
        history: LineHistory,
        settings: Dials,
        writer: Writer,
        clock: Clock,
    ) -> Result<Self, WriteError> {
        let row = history.row;
        // After a crash somebody may hold any allocated number.
        let recovery = history.recovery(row.closed_tail.unwrap_or(row.allocated), None);
        let now = clock.now();
        let mut line = Line::recover(recovery, row.dials.applied_to(settings), now);
        if row.closed_tail.is_some() {
            writer
                .submit_line(LineTask { sale: row.sale, epoch: row.epoch, change: LineChange::Reopen })
                .await?;
            line.allocate(row.allocated);
        }
        let state = State { line, is_closed: false, head_noted: row.head, head_noted_at: now };
        Ok(Self {
            sale: row.sale,
            epoch: row.epoch,
            state: Mutex::new(state),
            allocating: tokio::sync::Mutex::default(),
            writer,
            clock,
            settings,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the user a number if one is left, and calls them at once if there is room and nobody ahead.
    fn try_join(&self, user: UserId) -> Option<Joined> {
        let now = self.clock.now();
        let state = &mut *self.state();
        if state.is_closed {
            return None;
        }
        let line = &mut state.line;
        let tail = line.tail();
        let number = line.join(user.0, now).ok()?;
        let called = line.tick(now);
        let lookup = Lookup { state: line.state(number, now), head: line.head() };
        Some(Joined { number, is_new: number > tail, lookup, called })
    }

    async fn write(&self, change: LineChange) -> Result<LineRow, WriteError> {
        self.writer.submit_line(LineTask { sale: self.sale, epoch: self.epoch, change }).await
    }

    async fn allocate_numbers(&self) -> Result<(), WriteError> {
        let _one_at_a_time = self.allocating.lock().await;
        let count = {
            let state = self.state();
            if state.is_closed {
                return Err(WriteError::Busy);
            }
            if state.line.numbers_left() > 0 {
                return Ok(());
            }
            state.line.block_size()
        };
        let row = self.write(LineChange::AllocateNumbers(count)).await?;
        self.state().line.allocate(row.allocated);
        Ok(())
    }
}

impl LinePort for EmbeddedLine {
    fn sale(&self) -> SaleId {
        self.sale
    }

    fn epoch(&self) -> u32 {
        self.epoch
    }

    fn view_lifetime(&self) -> Option<Duration> {
        None
    }

    fn join(&self, user: UserId) -> Pending<'_, Result<Joined, WriteError>> {
        Box::pin(async move {
            // Others may use up a block before we try again.
            for _ in 0..100 {
                if let Some(joined) = self.try_join(user) {
                    return Ok(joined);
                }
                self.allocate_numbers().await?;
            }
            Err(WriteError::Busy)
        })
    }

    fn signs_of_life(&self, signs: Vec<Sign>) -> Pending<'_, Result<(), WriteError>> {
        let now = self.clock.now();
        let line = &mut self.state().line;
        for sign in signs {
            line.sign_of_life(sign, now);
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn tick(&self) -> Pending<'_, Result<Ticked, WriteError>> {
        let now = self.clock.now();
        let state = &mut *self.state();
        let called = state.line.tick(now);
        let view = state.line.view(now);
        let head = state.line.head();
        if head > state.head_noted && now.duration_since(state.head_noted_at) >= HEAD_NOTED_EVERY {
            state.head_noted = head;
            state.head_noted_at = now;
            self.writer.note_progress(self.sale, self.epoch, head, state.line.tail());
        }
        Box::pin(std::future::ready(Ok(Ticked { called, ended: Vec::new(), view })))
    }

    fn claim(&self, number: Number) -> Pending<'_, Result<Option<Call>, WriteError>> {
        let now = self.clock.now();
        let line = &mut self.state().line;
        let call = match (line.claim(number, now), line.state(number, now)) {
            (true, NumberState::Called { until }) => Some(Call { epoch: self.epoch, until }),
            _ => None,
        };
        Box::pin(std::future::ready(Ok(call)))
    }

    fn lookup(&self, number: Number) -> Pending<'_, Result<Lookup, WriteError>> {
        let state = self.state();
        let lookup = Lookup { state: state.line.state(number, self.clock.now()), head: state.line.head() };
        Box::pin(std::future::ready(Ok(lookup)))
    }

    fn state_of_user(&self, user: UserId) -> Pending<'_, Result<Option<(Number, Lookup)>, WriteError>> {
        let line = &self.state().line;
        let found = line.state_of_user(user.0, self.clock.now());
        let found = found.map(|(number, state)| (number, Lookup { state, head: line.head() }));
        Box::pin(std::future::ready(Ok(found)))
    }

    fn passes_changed(&self, passes: &[Pass]) {
        if passes.is_empty() {
            return;
        }
        let line = &mut self.state().line;
        for pass in passes {
            match pass.state {
                PassState::Inside(session) => line.enter(pass.key.number, pass.user.0, session.lasts_until),
                PassState::Ended { .. } => line.end(pass.key.number, pass.user.0),
            }
        }
    }

    fn set_dials(
        &self,
        changes: DialChanges,
        seen: Option<Dials>,
        by: Option<UserId>,
    ) -> Pending<'_, Result<Dials, WriteError>> {
        Box::pin(async move {
            self.write(LineChange::SetDials { changes, seen, settings: self.settings, by }).await?;
            let line = &mut self.state().line;
            let dials = changes.applied_to(line.dials());
            line.set_dials(dials);
            Ok(dials)
        })
    }

    fn close(&self) -> Pending<'_, Result<(), WriteError>> {
        Box::pin(async move {
            let (head, tail) = {
                let mut state = self.state();
                state.is_closed = true;
                (state.line.head(), state.line.tail())
            };
            self.write(LineChange::Close { head, tail }).await.map(|_| ())
        })
    }
}
