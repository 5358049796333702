//! Where a number stands in line.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use onsale_line::{Estimate, Outlook, Phase, Place};

/// How often an admitted person should poll to learn that the pass has ended.
const INSIDE_POLL: Duration = Duration::from_secs(30);

/// Where a number stands in line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LineStatus {
    /// In line.
    Waiting {
        /// How many people present will be called before this number; `None` in a draw's lobby.
        ahead: Option<u64>,
        /// Where this number comes in the order of calls; `None` in a draw's lobby.
        place: Option<Place>,
        /// What the line does.
        phase: Phase,
        /// The rest of the wait; `None` if it cannot be estimated yet.
        estimate: Option<Estimate>,
        /// Whether seats will be left at their turn; `None` if that is not known.
        outlook: Option<Outlook>,
        /// How long to wait before the next poll.
        poll_after: Duration,
        /// Whether they may be called within 30 s, so that a poll may be held.
        is_near_turn: bool,
    },
    /// Inside.
    Admitted {
        /// When the pass ends.
        until: Timestamp,
    },
    /// Over for good.
    Ended,
}

impl LineStatus {
    /// How long to wait before the next poll; `None` once the place has ended.
    pub fn poll_after(&self, now: Timestamp) -> Option<Duration> {
        match *self {
            Self::Waiting { poll_after, .. } => Some(poll_after),
            Self::Admitted { until } => {
                let left = until.duration_since(now).max(SignedDuration::ZERO).unsigned_abs();
                Some(left.min(INSIDE_POLL))
            }
            Self::Ended => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admitted_person_polls_at_the_end_of_the_pass_or_every_30_s() {
        let now: Timestamp = "2026-03-20T19:00:00Z".parse().unwrap();
        let admitted = |seconds| LineStatus::Admitted { until: now + SignedDuration::from_secs(seconds) };
        assert_eq!(admitted(600).poll_after(now), Some(INSIDE_POLL));
        assert_eq!(admitted(12).poll_after(now), Some(Duration::from_secs(12)));
        assert_eq!(admitted(-1).poll_after(now), Some(Duration::ZERO));
        assert_eq!(LineStatus::Ended.poll_after(now), None);
    }
}
