//! The line, as the API sends it.

use jiff::Timestamp;
use onsale_app::app::App;
use onsale_app::line_reading::LineReading;
use onsale_app::line_status::LineStatus;
use onsale_app::tokens::Ticket;
use onsale_line::{Capacity, DialChanges, Estimate, Phase};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::HttpError;

/// The status of a queue token.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"status": "waiting", "saleId": "0199d6a0-0000-7000-8000-0000000000d0", "phase": "open", "opensAt": null,
    "number": 1284, "place": 1284, "ahead": 310, "position": 311, "estimatedWait": {"p10": 170, "p50": 186, "p90": 204},
    "outlook": null, "pollAfterMs": 21400, "waitSupported": false, "admittedUntil": null}))]
pub struct QueueStatus {
    /// `waiting`, `admitted` or `ended`.
    pub status: StatusName,
    /// The sale in whose line it is.
    pub sale_id: Uuid,
    /// `open`, or `paused` while nobody is called.
    pub phase: PhaseName,
    /// When the sale opens or has opened; null if it has no opening.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opens_at: Option<Timestamp>,
    /// The number: the order in which joins were accepted, from 1. Never reused.
    pub number: u64,
    /// Where the number comes in the order of calls. By arrival it is the number.
    pub place: Option<u64>,
    /// How many people present are ahead. It may rise when somebody comes back.
    pub ahead: u64,
    /// `ahead` + 1 while waiting, 0 once admitted.
    pub position: u64,
    /// The estimated wait; null if it cannot be estimated yet.
    pub estimated_wait: Option<EstimatedWait>,
    /// How likely it is that seats are left at your turn; null if that is not known.
    pub outlook: Option<OutlookName>,
    /// How long to wait before the next poll, in milliseconds; null once ended.
    pub poll_after_ms: Option<u64>,
    /// Whether a poll may wait for a change with `Prefer: wait`.
    pub wait_supported: bool,
    /// When the pass ends; null unless admitted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub admitted_until: Option<Timestamp>,
}

impl QueueStatus {
    /// The status of a ticket, as it is now.
    pub(in crate::api) fn new(app: &App, ticket: &Ticket, status: LineStatus) -> Self {
        let now = app.now();
        let poll_after_ms =
            status.poll_after(now).map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
        let ended = Self {
            status: StatusName::Ended,
            sale_id: ticket.sale.0,
            phase: app.phase(ticket.sale).into(),
            opens_at: app.opens_at(ticket.sale),
            number: ticket.number,
            place: Some(ticket.number),
            ahead: 0,
            position: 0,
            estimated_wait: None,
            outlook: None,
            poll_after_ms,
            wait_supported: false,
            admitted_until: None,
        };
        match status {
            LineStatus::Waiting { ahead, estimate, .. } => Self {
                status: StatusName::Waiting,
                ahead,
                position: ahead + 1,
                estimated_wait: estimate.map(EstimatedWait::from),
                ..ended
            },
            LineStatus::Admitted { until } => {
                Self { status: StatusName::Admitted, admitted_until: Some(until), ..ended }
            }
            LineStatus::Ended => ended,
        }
    }
}

/// A place in line, with its token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl",
    "status": "admitted", "saleId": "0199d6a0-0000-7000-8000-0000000000d0", "phase": "open", "opensAt": null,
    "number": 1, "place": 1, "ahead": 0, "position": 0, "estimatedWait": null, "outlook": null, "pollAfterMs": 30000,
    "waitSupported": false, "admittedUntil": "2026-03-01T09:10:00Z"}))]
pub struct Joined {
    /// The queue token, valid for 24 hours.
    pub token: String,
    /// Its status.
    #[serde(flatten)]
    pub status: QueueStatus,
}

/// Which line to join.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"saleId": "0199d6a0-0000-7000-8000-0000000000d1", "code": "7K3F-9Q2M-X8TD-4WZN"}))]
pub struct JoinBody {
    /// The sale; by default the main sale.
    pub sale_id: Option<Uuid>,
    /// An access code, for a sale with access by code. People who have redeemed one, or have a place, need
    /// none.
    pub code: Option<String>,
}

/// How likely it is that seats are left at somebody's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutlookName {
    /// Likely.
    Likely,
    /// Uncertain.
    Uncertain,
    /// Unlikely.
    Unlikely,
    /// Everything is sold.
    SoldOut,
}

/// The three states of a queue token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum StatusName {
    /// In line.
    Waiting,
    /// Inside: may see seats, hold and pay.
    Admitted,
    /// The person has paid, has left, or has run out of time.
    Ended,
}

/// What the line does with the people in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum PhaseName {
    /// It takes people in and calls nobody before it opens.
    Lobby,
    /// It calls people.
    Open,
    /// It calls nobody until an operator resumes it.
    Paused,
    /// It has closed: nobody joins or is called any more.
    Over,
}

impl From<Phase> for PhaseName {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Lobby => Self::Lobby,
            Phase::Open => Self::Open,
            Phase::Paused => Self::Paused,
            Phase::Over => Self::Over,
        }
    }
}

/// The estimated wait, in seconds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EstimatedWait {
    /// One in ten people waits less.
    pub p10: u64,
    /// Half of the people wait less.
    pub p50: u64,
    /// Nine in ten people wait less.
    pub p90: u64,
}

impl From<Estimate> for EstimatedWait {
    fn from(estimate: Estimate) -> Self {
        Self { p10: estimate.p10, p50: estimate.p50, p90: estimate.p90 }
    }
}

/// Dials to set; a dial that is left out keeps its value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"capacity": 200, "ratePerMinute": 600, "paused": false}))]
pub struct LinePatch {
    /// How many people may be inside at once. Lowering it evicts nobody.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub capacity: Option<u32>,
    /// How many may be called in a rolling minute; 0 means no limit.
    pub rate_per_minute: Option<u32>,
    /// Whether calls are paused.
    pub paused: Option<bool>,
}

impl LinePatch {
    /// The dials to change.
    ///
    /// # Errors
    /// `invalid_request` if the capacity is too large.
    pub(in crate::api) fn changes(self) -> Result<DialChanges, HttpError> {
        let Self { capacity, rate_per_minute, paused } = self;
        let too_large = || HttpError::invalid("capacity", format!("must be 0 to {}", Capacity::MAX));
        let capacity = capacity.map(|people| Capacity::new(people).ok_or_else(too_large)).transpose()?;
        Ok(DialChanges { capacity, rate_per_minute, paused })
    }
}

/// Dials and statistics of the line.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"capacity": 100, "ratePerMinute": 0, "paused": false, "waiting": 1200, "inside": 100,
    "head": 340, "tail": 1540, "epoch": 1}))]
pub struct LineAnswer {
    /// How many people may be inside at once.
    pub capacity: u32,
    /// How many may be called in a rolling minute; 0 means no limit.
    pub rate_per_minute: u32,
    /// Whether calls are paused.
    pub paused: bool,
    /// Waiting people who are present.
    pub waiting: u64,
    /// People inside.
    pub inside: u64,
    /// The last number considered for a call.
    pub head: u64,
    /// The last number given out.
    pub tail: u64,
    /// The epoch of the line; it rises whenever the line is rebuilt.
    pub epoch: u32,
}

impl LineAnswer {
    /// The line as of the last tick.
    pub(in crate::api) fn of(line: &LineReading) -> Self {
        let (dials, tallies) = (line.dials(), line.tallies());
        Self {
            capacity: dials.capacity.get(),
            rate_per_minute: dials.rate_per_minute,
            paused: dials.paused,
            waiting: tallies.waiting,
            inside: tallies.inside,
            head: tallies.head,
            tail: tallies.tail,
            epoch: tallies.epoch,
        }
    }
}
