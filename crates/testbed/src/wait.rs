//! Waiting for something outside this process: look, pause, look again, give up in the end.

use std::time::{Duration, Instant};

/// Far above what anything here takes, so that a busy machine fails nothing and a hang fails in the end.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(5);

/// Whether `is_done` came true in time.
pub(crate) fn until(patience: Duration, mut is_done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if is_done() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        // Between two looks at a condition.
        std::thread::sleep(LOOK_AGAIN_AFTER);
    }
}
