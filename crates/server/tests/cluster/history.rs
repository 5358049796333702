//! What was asked and what was told, as an outsider sees it.

use serde_json::Value;

/// Microseconds since 1970 by this machine's clock, which is PostgreSQL's clock here.
pub(crate) type Micros = i64;

pub(crate) const SECOND: Micros = 1_000_000;

pub(crate) fn now() -> Micros {
    jiff::Timestamp::now().as_microsecond()
}

/// A time as the API spells it.
pub(crate) fn time(value: &Value) -> Micros {
    let told: jiff::Timestamp = text(value).parse().unwrap_or_else(|_| panic!("{value} is no time"));
    told.as_microsecond()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

pub(crate) fn money(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no amount"))
}

/// What somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Join,
    Poll,
    Charge(i64),
    Hold(u32),
    Release(u32),
    Pay(u32),
    Leave,
    Balance,
    Map,
}

impl Deed {
    /// Without what differs from one to the next.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Poll => "poll",
            Self::Charge(_) => "charge",
            Self::Hold(_) => "hold",
            Self::Release(_) => "release",
            Self::Pay(_) => "pay",
            Self::Leave => "leave",
            Self::Balance => "balance",
            Self::Map => "map",
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    /// Done.
    Yes(Value),
    /// Not done, for certain, and for a reason.
    No(u16, String),
    /// Not done, for certain: it cannot be taken now.
    Away,
    /// Nobody can say.
    Unknown(String),
    /// Nobody listens there; it was not even sent.
    NotSent,
}

impl Told {
    /// Whether the server could not do what it was there for.
    pub(crate) fn is_trouble(&self) -> bool {
        matches!(self, Self::Away | Self::Unknown(_))
    }
}

/// One request with its answer.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) who: usize,
    /// Which instance was asked.
    pub(crate) door: usize,
    /// The ticket that was shown, if one was.
    pub(crate) number: Option<u64>,
    pub(crate) deed: Deed,
    pub(crate) key: Option<String>,
    pub(crate) sent: Micros,
    pub(crate) answered: Micros,
    pub(crate) told: Told,
}

/// What the store shows of one fan in the end.
#[derive(Debug, Clone, Default)]
pub(crate) struct End {
    pub(crate) balance: i64,
    pub(crate) owned: Vec<u32>,
    /// Seat and deadline.
    pub(crate) held: Vec<(u32, Micros)>,
    /// When that was asked for.
    pub(crate) at: Micros,
}
