//! The operator log: what was done, and how every store keeps it: a word for the action, and its detail as
//! JSON.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use onsale_booking::ids::{ConcertId, PlanId, SaleId, UserId};
use onsale_booking::sale::Sale;
use onsale_line::{Capacity, DialChanges, Dials};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

/// One entry of the operator log: what was changed, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// The store's clock in the transaction that changed it.
    pub at: Timestamp,
    /// Who did it; `None` if nobody did, as when the demo opens its concerts.
    pub operator: Option<UserId>,
    /// What was done.
    pub action: LogAction,
}

/// What an operator did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogAction {
    /// Put a concert on sale.
    ConcertOpened {
        /// Which.
        concert: ConcertId,
        /// What it is called.
        name: String,
        /// How many seats it has.
        capacity: u32,
        /// What each costs, in minor units.
        price: i64,
        /// The sales that it is a member of; without any the main sale sells it.
        sales: Vec<SaleId>,
    },
    /// Brought a plan.
    PlanAdded {
        /// Which.
        plan: PlanId,
        /// What it is called.
        name: String,
        /// How many seats it has.
        seats: u32,
    },
    /// Set dials of a sale's line, even to the value that they had.
    DialsSet {
        /// The sale.
        sale: SaleId,
        /// The dials in force before.
        before: Dials,
        /// What was set.
        changes: DialChanges,
    },
    /// Made a sale.
    SaleCreated {
        /// Which.
        sale: SaleId,
        /// Its terms.
        terms: SaleTerms,
        /// The concerts that are members of it.
        concerts: Vec<ConcertId>,
    },
    /// Changed a sale.
    SaleChanged {
        /// Which.
        sale: SaleId,
        /// Its terms before.
        before: Box<SaleTerms>,
        /// Its terms since.
        after: Box<SaleTerms>,
        /// The concerts that are members of it since, if they were named.
        concerts: Option<Vec<ConcertId>>,
    },
    /// The lobby of a draw was closed, which waits for its beacon. Nobody does this: its time has come.
    LobbyFixed {
        /// The sale.
        sale: SaleId,
        /// What it is called.
        name: String,
        /// The last number that takes part.
        lobby_tail: u64,
    },
    /// A sale was opened. Nobody does this: its time has come.
    SaleOpened {
        /// Which.
        sale: SaleId,
        /// What it is called.
        name: String,
        /// The last number of the lobby.
        lobby_tail: Option<u64>,
    },
    /// Made access codes.
    CodesMade {
        /// For which sale.
        sale: SaleId,
        /// How many.
        count: u32,
        /// How many people may use each.
        uses: u32,
    },
}

/// What operators decide about a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SaleTerms {
    /// What it is called.
    pub name: String,
    /// Whether the public list shows it.
    pub listed: bool,
    /// Whether its order is a draw.
    pub is_draw: bool,
    /// From when one may join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lobby_at: Option<Timestamp>,
    /// When calls begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<Timestamp>,
    /// When it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<Timestamp>,
    /// The most seats of one person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats_per_person: Option<u32>,
    /// Who may join, as the API spells it.
    pub access: String,
    /// The public value that a draw's beacon will be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beacon_source: Option<String>,
    /// A draw's beacon, in hex; empty without one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub beacon: String,
}

impl From<&Sale> for SaleTerms {
    fn from(sale: &Sale) -> Self {
        let draw = sale.draw();
        let beacon = draw.map(|draw| &*draw.beacon).unwrap_or_default();
        Self {
            name: sale.name.clone(),
            listed: sale.listed,
            is_draw: draw.is_some(),
            lobby_at: sale.times.lobby_at,
            opens_at: sale.times.opens_at,
            closes_at: sale.times.closes_at,
            seats_per_person: sale.seats_per_person,
            access: sale.access.to_string(),
            beacon_source: draw.and_then(|draw| draw.beacon_source.clone()),
            beacon: HEXLOWER.encode(beacon),
        }
    }
}

/// An entry of the operator log as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLogEntry {
    /// Its place in the log: a newer entry has a higher one.
    pub id: u64,
    /// What it says.
    pub entry: LogEntry,
}

const CONCERT_OPENED: &str = "concert_opened";
const PLAN_ADDED: &str = "plan_added";
const DIALS_SET: &str = "dials_set";
const SALE_CREATED: &str = "sale_created";
const SALE_CHANGED: &str = "sale_changed";
const LOBBY_FIXED: &str = "lobby_fixed";
const SALE_OPENED: &str = "sale_opened";
const CODES_MADE: &str = "codes_made";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConcertOpened {
    concert: ConcertId,
    name: String,
    capacity: u32,
    price: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sales: Vec<SaleId>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlanAdded {
    plan: PlanId,
    name: String,
    seats: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DialsSet {
    sale: SaleId,
    before: AllDials,
    changes: SomeDials,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SaleCreated {
    sale: SaleId,
    terms: SaleTerms,
    concerts: Vec<ConcertId>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SaleChanged {
    sale: SaleId,
    before: Box<SaleTerms>,
    after: Box<SaleTerms>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    concerts: Option<Vec<ConcertId>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SaleOpened {
    sale: SaleId,
    name: String,
    lobby_tail: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CodesMade {
    sale: SaleId,
    count: u32,
    uses: u32,
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
    match action.clone() {
        LogAction::ConcertOpened { concert, name, capacity, price, sales } => {
            Ok((CONCERT_OPENED, json(&ConcertOpened { concert, name, capacity, price, sales })?))
        }
        LogAction::PlanAdded { plan, name, seats } => {
            Ok((PLAN_ADDED, json(&PlanAdded { plan, name, seats })?))
        }
        LogAction::SaleCreated { sale, terms, concerts } => {
            Ok((SALE_CREATED, json(&SaleCreated { sale, terms, concerts })?))
        }
        LogAction::SaleChanged { sale, before, after, concerts } => {
            Ok((SALE_CHANGED, json(&SaleChanged { sale, before, after, concerts })?))
        }
        LogAction::LobbyFixed { sale, name, lobby_tail } => {
            Ok((LOBBY_FIXED, json(&SaleOpened { sale, name, lobby_tail: Some(lobby_tail) })?))
        }
        LogAction::SaleOpened { sale, name, lobby_tail } => {
            Ok((SALE_OPENED, json(&SaleOpened { sale, name, lobby_tail })?))
        }
        LogAction::CodesMade { sale, count, uses } => {
            Ok((CODES_MADE, json(&CodesMade { sale, count, uses })?))
        }
        LogAction::DialsSet { sale, before, changes } => {
            let Dials { capacity, rate_per_minute, paused } = before;
            let before = AllDials { capacity: capacity.get(), rate_per_minute, paused };
            let DialChanges { capacity, rate_per_minute, paused } = changes;
            let changes = SomeDials { capacity: capacity.map(Capacity::get), rate_per_minute, paused };
            Ok((DIALS_SET, json(&DialsSet { sale, before, changes })?))
        }
    }
}

/// The action of a word and its detail; `None` if they have no meaning.
pub(crate) fn read(action: &str, detail: &str) -> Option<LogAction> {
    match action {
        CONCERT_OPENED => {
            let ConcertOpened { concert, name, capacity, price, sales } =
                serde_json::from_str(detail).ok()?;
            Some(LogAction::ConcertOpened { concert, name, capacity, price, sales })
        }
        PLAN_ADDED => {
            let PlanAdded { plan, name, seats } = serde_json::from_str(detail).ok()?;
            Some(LogAction::PlanAdded { plan, name, seats })
        }
        SALE_CREATED => {
            let SaleCreated { sale, terms, concerts } = serde_json::from_str(detail).ok()?;
            Some(LogAction::SaleCreated { sale, terms, concerts })
        }
        SALE_CHANGED => {
            let SaleChanged { sale, before, after, concerts } = serde_json::from_str(detail).ok()?;
            Some(LogAction::SaleChanged { sale, before, after, concerts })
        }
        LOBBY_FIXED => {
            let SaleOpened { sale, name, lobby_tail } = serde_json::from_str(detail).ok()?;
            Some(LogAction::LobbyFixed { sale, name, lobby_tail: lobby_tail? })
        }
        SALE_OPENED => {
            let SaleOpened { sale, name, lobby_tail } = serde_json::from_str(detail).ok()?;
            Some(LogAction::SaleOpened { sale, name, lobby_tail })
        }
        CODES_MADE => {
            let CodesMade { sale, count, uses } = serde_json::from_str(detail).ok()?;
            Some(LogAction::CodesMade { sale, count, uses })
        }
        DIALS_SET => {
            let DialsSet { sale, before, changes } = serde_json::from_str(detail).ok()?;
            let AllDials { capacity, rate_per_minute, paused } = before;
            let before = Dials { capacity: Capacity::new(capacity)?, rate_per_minute, paused };
            let SomeDials { capacity, rate_per_minute, paused } = changes;
            let capacity = match capacity {
                Some(people) => Some(Capacity::new(people)?),
                None => None,
            };
            let changes = DialChanges { capacity, rate_per_minute, paused };
            Some(LogAction::DialsSet { sale, before, changes })
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
            sales: vec![],
        };
        let sale = SaleId(Uuid::from_u128(0x5A));
        let changes = LogAction::DialsSet {
            sale,
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
                r#"{"sale":"00000000-0000-0000-0000-00000000005a","before":{"capacity":100,"ratePerMinute":0,"paused":false},"changes":{"ratePerMinute":60,"paused":true}}"#,
            ),
        ] {
            assert_eq!(written(&action).unwrap(), (word, detail.to_owned()));
            assert_eq!(read(word, detail), Some(action));
        }
        assert_eq!(read("dials_set", "{}"), None);
        let impossible = r#"{"sale":"00000000-0000-0000-0000-00000000005a","before":{"capacity":1000001,"ratePerMinute":0,"paused":false},"changes":{}}"#;
        assert_eq!(read("dials_set", impossible), None);
        assert!(read("dials_set", &impossible.replace("1000001", "1000000")).is_some());
        assert_eq!(read("concert_burnt", "{}"), None);
    }
    #[test]
    fn what_is_done_to_sales_is_read_as_it_is_written() {
        let sale = SaleId(Uuid::from_u128(0x5A));
        let plain = SaleTerms::from(&Sale::main(sale, Timestamp::UNIX_EPOCH));
        let full = SaleTerms {
            is_draw: true,
            lobby_at: Some(Timestamp::UNIX_EPOCH),
            opens_at: Some(Timestamp::MAX),
            closes_at: Some(Timestamp::MAX),
            seats_per_person: Some(4),
            beacon_source: Some("round 4242".to_owned()),
            beacon: "00ff".to_owned(),
            ..plain.clone()
        };
        let name = || "Main sale".to_owned();
        let concerts = vec![ConcertId(Uuid::from_u128(0xC0))];
        let (before, after) = (Box::new(plain), Box::new(full.clone()));
        for (action, word) in [
            (LogAction::SaleCreated { sale, terms: full, concerts: concerts.clone() }, "sale_created"),
            (
                LogAction::SaleChanged {
                    sale,
                    before: before.clone(),
                    after: after.clone(),
                    concerts: Some(concerts),
                },
                "sale_changed",
            ),
            (LogAction::SaleChanged { sale, before: after, after: before, concerts: None }, "sale_changed"),
            (LogAction::LobbyFixed { sale, name: name(), lobby_tail: 0 }, "lobby_fixed"),
            (LogAction::SaleOpened { sale, name: name(), lobby_tail: None }, "sale_opened"),
            (LogAction::SaleOpened { sale, name: name(), lobby_tail: Some(7) }, "sale_opened"),
            (LogAction::CodesMade { sale, count: 10_000, uses: 1 }, "codes_made"),
            (LogAction::PlanAdded { plan: PlanId::of(&[7; 32]), name: name(), seats: 300 }, "plan_added"),
        ] {
            let (found, detail) = written(&action).unwrap();
            assert_eq!((found, read(word, &detail)), (word, Some(action)), "{detail}");
            assert_eq!(read(word, "{}"), None);
        }
    }
}
