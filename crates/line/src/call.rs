//! How long a call stands.

use std::time::Duration;

use jiff::Timestamp;

use crate::time::{plus, timestamp_of};

/// The shortest time a call stands, whatever the called person promised.
pub const CALL_MIN: Duration = Duration::from_secs(10);

/// The shortest time a claimed call stands, while the store writes the pass.
pub const CLAIM_MIN: Duration = Duration::from_secs(30);

/// When a call lapses that is made at `now` to somebody due by `due`: after [`CALL_MIN`], or later if
/// that person polls later.
pub fn call_until(now: Timestamp, due: u32) -> Timestamp {
    timestamp_of(due).max(plus(now, CALL_MIN))
}

/// When a call lapses that stands until `until` and is claimed at `now`. A claim never shortens it.
pub(crate) fn claimed_until(now: Timestamp, until: Timestamp) -> Timestamp {
    until.max(plus(now, CLAIM_MIN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;
    use crate::time::second_of;

    #[test]
    fn a_call_stands_until_the_promised_poll_and_for_10_s_at_least() {
        assert_eq!(call_until(at(0.0), second_of(at(3.0))), at(10.0));
        assert_eq!(call_until(at(0.0), second_of(at(33.0))), at(33.0));
    }

    #[test]
    fn a_claim_keeps_a_call_open_for_30_s_and_never_shortens_it() {
        assert_eq!(claimed_until(at(5.0), at(10.0)), at(35.0));
        assert_eq!(claimed_until(at(5.0), at(50.0)), at(50.0));
    }
}
