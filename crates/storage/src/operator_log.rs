//! The operator log's actions as every store keeps them: a word for the action, and its detail as JSON.

use onsale_booking::ids::ConcertId;
use onsale_line::{Capacity, DialChanges, Dials};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::port::LogAction;

const CONCERT_OPENED: &str = "concert_opened";
const DIALS_SET: &str = "dials_set";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConcertOpened {
    concert: ConcertId,
    name: String,
    capacity: u32,
    price: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DialsSet {
    before: AllDials,
    changes: SomeDials,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AllDials {
    capacity: u32,
    rate_per_minute: u32,
    paused: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SomeDials {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    capacity: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate_per_minute: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paused: Option<bool>,
}

/// The word and the detail of an action.
///
/// # Errors
/// [`StoreError::RolledBack`] if it cannot be written as JSON.
pub(crate) fn written(action: &LogAction) -> Result<(&'static str, String), StoreError> {
    match action {
        LogAction::ConcertOpened { concert, name, capacity, price } => {
            let detail =
                ConcertOpened { concert: *concert, name: name.clone(), capacity: *capacity, price: *price };
            Ok((CONCERT_OPENED, json(&detail)?))
        }
        LogAction::DialsSet { before, changes } => {
            let Dials { capacity, rate_per_minute, paused } = *before;
            let before = AllDials { capacity: capacity.get(), rate_per_minute, paused };
            let DialChanges { capacity, rate_per_minute, paused } = *changes;
            let changes = SomeDials { capacity: capacity.map(Capacity::get), rate_per_minute, paused };
            Ok((DIALS_SET, json(&DialsSet { before, changes })?))
        }
    }
}

/// The action of a word and its detail; `None` if they have no meaning.
pub(crate) fn read(action: &str, detail: &str) -> Option<LogAction> {
    match action {
        CONCERT_OPENED => {
            let ConcertOpened { concert, name, capacity, price } = serde_json::from_str(detail).ok()?;
            Some(LogAction::ConcertOpened { concert, name, capacity, price })
        }
        DIALS_SET => {
            let DialsSet { before, changes } = serde_json::from_str(detail).ok()?;
            let AllDials { capacity, rate_per_minute, paused } = before;
            let before = Dials { capacity: Capacity::new(capacity)?, rate_per_minute, paused };
            let SomeDials { capacity, rate_per_minute, paused } = changes;
            let capacity = match capacity {
                Some(people) => Some(Capacity::new(people)?),
                None => None,
            };
            let changes = DialChanges { capacity, rate_per_minute, paused };
            Some(LogAction::DialsSet { before, changes })
        }
        _ => None,
    }
}

fn json(detail: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(detail)
        .map_err(|error| StoreError::RolledBack(format!("operator log: cannot write the entry: {error}")))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// What is in a store stays there: this text may grow, but not change.
    #[test]
    fn an_action_is_stored_as_this_text() {
        let opened = LogAction::ConcertOpened {
            concert: ConcertId(Uuid::from_u128(0xC0)),
            name: "하루 \"one\"".to_owned(),
            capacity: 50,
            price: 1_000_000_000,
        };
        let changes = LogAction::DialsSet {
            before: Dials { capacity: Capacity::new(100).unwrap(), rate_per_minute: 0, paused: false },
            changes: DialChanges { capacity: None, rate_per_minute: Some(60), paused: Some(true) },
        };
        for (action, word, detail) in [
            (
                opened,
                "concert_opened",
                r#"{"concert":"00000000-0000-0000-0000-0000000000c0","name":"하루 \"one\"","capacity":50,"price":1000000000}"#,
            ),
            (
                changes,
                "dials_set",
                r#"{"before":{"capacity":100,"ratePerMinute":0,"paused":false},"changes":{"ratePerMinute":60,"paused":true}}"#,
            ),
        ] {
            assert_eq!(written(&action).unwrap(), (word, detail.to_owned()));
            assert_eq!(read(word, detail), Some(action));
        }
        assert_eq!(read("dials_set", "{}"), None);
        let impossible = r#"{"before":{"capacity":1000001,"ratePerMinute":0,"paused":false},"changes":{}}"#;
        assert_eq!(read("dials_set", impossible), None);
        assert!(read("dials_set", &impossible.replace("1000001", "1000000")).is_some());
        assert_eq!(read("concert_burnt", "{}"), None);
    }
}
