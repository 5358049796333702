//! What a crowd does at the moment, as far as a trial waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onsale_rehearsal::crowd::{LINGERS_EVERY, Observer};
use onsale_rehearsal::history::{Code, Event, Micros, Outcome};

/// Shared with the crowd. Clones see the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Live(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    paid: u32,
    /// Of those who stay for long: who is inside.
    lingering: BTreeSet<u32>,
    /// When the last request of a kind was sent that succeeded.
    worked: BTreeMap<&'static str, Micros>,
}

impl Live {
    pub(crate) fn observer(&self) -> Observer {
        let live = self.clone();
        Box::new(move |fan, event| live.state().take_in(fan, event))
    }

    pub(crate) fn paid(&self) -> u32 {
        self.state().paid
    }

    pub(crate) fn lingering(&self) -> usize {
        self.state().lingering.len()
    }

    /// Whether all of these have succeeded since.
    pub(crate) fn has_tried(&self, kinds: &[&str], since: Micros) -> bool {
        let state = self.state();
        kinds.iter().all(|kind| state.worked.get(kind).is_some_and(|sent| *sent > since))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_in(&mut self, fan: u32, event: &Event) {
        if event.succeeded() {
            let sent = self.worked.entry(event.act.kind()).or_default();
            *sent = event.sent.max(*sent);
        }
        match &event.outcome {
            Outcome::Admitted { .. } if fan.is_multiple_of(LINGERS_EVERY) => _ = self.lingering.insert(fan),
            Outcome::Paid(..) => {
                self.paid += 1;
                self.lingering.remove(&fan);
            }
            Outcome::Waiting(_) | Outcome::Ended { .. } | Outcome::Refused(_, Code::PassEnded) => {
                _ = self.lingering.remove(&fan);
            }
            _ => (),
        }
    }
}
