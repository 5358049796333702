//! The line of one process: the state machine itself, with its progress recorded in the store.
//!
//! What must survive is durable before it shows: blocks of numbers, passes, dials, the opening. How far calls
//! have come is noted about once a second, and in a lobby which numbers are given out; after a crash people
//! are at worst considered for a call again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use onsale_booking::command::Call;
use onsale_booking::ids::{SaleId, UserId};
use onsale_booking::pass::{Pass, PassState};
use onsale_booking::sale::Sale;
use onsale_line::{DialChanges, Dials, Line, Number, NumberState, Place, Sign};

use super::{FixedLobby, Joined, LinePort, Lookup, Ticked, refusal_of, schedule_of};
use crate::clock::Clock;
use crate::error::WriteError;
use crate::port::{LineHistory, LineRow, Pending};
use crate::writer::{LineChange, LineTask, Writer};

/// How often progress is noted.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// A waiting line kept in process.
pub struct EmbeddedLine {
    sale: SaleId,
    epoch: u32,
    state: Mutex<State>,
    /// Held while numbers are allocated: once at a time.
    allocating: tokio::sync::Mutex<()>,
    /// Held while a change of the sale is taken over, so that a draw is computed once.
    changing: tokio::sync::Mutex<()>,
    writer: Writer,
    clock: Clock,
    /// The dials that count where no operator has set any.
    settings: Dials,
}

struct State {
    line: Line,
    /// The revision of the sale that the line goes by.
    sale_revision: u64,
    /// Once the last number is recorded, no other may be given out.
    is_closed: bool,
    noted: Progress,
    noted_at: Timestamp,
}

/// How far the line has come.
#[derive(Clone, Copy)]
struct Progress {
    head: Place,
    /// The last number that is known to be given out. In a lobby that decides after a crash who counts as
    /// present, so that numbers which nobody has take no slot at the opening.
    given: Number,
}

impl State {
    /// What has to be noted at `now`, about once a second.
    fn progress(&mut self, now: Timestamp) -> Option<Progress> {
        let (head, given) = (self.line.head(), self.line.tail());
        let is_lobby = self.line.schedule().is_lobby();
        let is_further = head > self.noted.head || (is_lobby && given > self.noted.given);
        if !is_further || now.duration_since(self.noted_at) < NOTED_EVERY {
            return None;
        }
        (self.noted, self.noted_at) = (Progress { head, given }, now);
        Some(self.noted)
    }
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
        let (row, sale_revision) = (history.row, history.sale.revision);
        // After a crash somebody may hold any allocated number; in a lobby, those that were noted.
        let given = (row.closed_tail.is_none() && !history.sale.is_opened()).then_some(row.given);
        let schedule = schedule_of(&history.sale).await;
        let recovery = history.recovery(schedule, row.closed_tail.unwrap_or(row.allocated), given);
        let now = clock.now();
        let mut line = Line::recover(recovery, row.dials.applied_to(settings), now);
        if row.closed_tail.is_some() {
            writer
                .submit_line(LineTask { sale: row.sale, epoch: row.epoch, change: LineChange::Reopen })
                .await?;
            line.allocate(row.allocated);
        }
        // Numbers that are only allocated must not be noted as given out.
        let noted = Progress { head: row.head, given: line.tail() };
        let state = State { line, sale_revision, is_closed: false, noted, noted_at: now };
        Ok(Self {
            sale: row.sale,
            epoch: row.epoch,
            state: Mutex::new(state),
            allocating: tokio::sync::Mutex::default(),
            changing: tokio::sync::Mutex::default(),
            writer,
            clock,
            settings,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the user a number, and calls them at once if there is room and nobody ahead. `None` if no number
    /// is left.
    fn try_join(&self, user: UserId) -> Result<Option<Joined>, WriteError> {
        let now = self.clock.now();
        let state = &mut *self.state();
        if state.is_closed {
            return Err(WriteError::Busy);
        }
        let line = &mut state.line;
        let tail = line.tail();
        let number = match line.join(user.0, now) {
            Ok(number) => number,
            Err(refused) => match refusal_of(refused, &line.schedule().window) {
                Some(refusal) => return Err(refusal.into()),
                None => return Ok(None),
            },
        };
        let called = line.tick(now);
        let lookup = Lookup { state: line.state(number, now), head: line.head() };
        Ok(Some(Joined { number, is_new: number > tail, lookup, called }))
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
                if let Some(joined) = self.try_join(user)? {
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
        if let Some(Progress { head, given }) = state.progress(now) {
            self.writer.note_progress(self.sale, self.epoch, head, given);
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

    fn fix_lobby(&self) -> Pending<'_, Result<Option<FixedLobby>, WriteError>> {
        let tail = self.state().line.fix_lobby(self.clock.now());
        let fixed = tail.map(|tail| FixedLobby { epoch: self.epoch, tail });
        Box::pin(std::future::ready(Ok(fixed)))
    }

    fn unfix_lobby(&self) -> Pending<'_, Result<(), WriteError>> {
        self.state().line.unfix_lobby();
        Box::pin(std::future::ready(Ok(())))
    }

    fn sale_changed(&self, sale: Arc<Sale>) -> Pending<'_, Result<(), WriteError>> {
        Box::pin(async move {
            let _one_at_a_time = self.changing.lock().await;
            if sale.revision > self.state().sale_revision {
                let schedule = schedule_of(&sale).await;
                let mut state = self.state();
                state.sale_revision = sale.revision;
                state.line.set_schedule(schedule);
            }
            Ok(())
        })
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
