//! What a network does to bytes: delivers them at once, later, not now, or never.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Whether bytes pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    /// They do.
    Open,
    /// They wait.
    Stalled,
    /// Only those of clients do; answers are lost.
    Muted,
    /// They are lost, and so is the connection.
    Cut,
}

/// What becomes of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Passed,
    Dropped,
    /// With the connection.
    Lost,
}

/// All connections of a proxy pass the same gate.
#[derive(Debug)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    passage: Passage,
    delay: Duration,
    /// How often it was cut: what was on its way before is lost, though the gate may be open again.
    cuts: u64,
}

impl Gate {
    pub(crate) fn new() -> Self {
        let state = State { passage: Passage::Open, delay: Duration::ZERO, cuts: 0 };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(crate) fn set_passage(&self, passage: Passage) {
        let mut state = self.lock();
        state.passage = passage;
        state.cuts += u64::from(passage == Passage::Cut);
        self.changed.notify_all();
    }

    pub(crate) fn set_delay(&self, delay: Duration) {
        self.lock().delay = delay;
    }

    /// When bytes that arrive now may go on.
    pub(crate) fn due(&self) -> Instant {
        Instant::now() + self.lock().delay
    }

    pub(crate) fn cuts(&self) -> u64 {
        self.lock().cuts
    }

    /// Waits until bytes that are due then may go on. They are lost if it was cut since `cuts`.
    pub(crate) fn pass(&self, due: Instant, cuts: u64, is_answer: bool) -> Fate {
        let mut state = self.lock();
        loop {
            if state.cuts != cuts {
                return Fate::Lost;
            }
            let early = due.saturating_duration_since(Instant::now());
            state = match (state.passage, early) {
                (Passage::Muted, _) if is_answer => return Fate::Dropped,
                (Passage::Open | Passage::Muted, Duration::ZERO) => return Fate::Passed,
                (Passage::Open | Passage::Muted, early) => {
                    self.changed.wait_timeout(state, early).unwrap_or_else(PoisonError::into_inner).0
                }
                _ => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
