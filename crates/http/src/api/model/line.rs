//! The line, as the API sends it.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use onsale_app::app::App;
use onsale_app::line_reading::LineReading;
use onsale_app::line_status::LineStatus;
use onsale_app::tokens::Ticket;
use onsale_line::{Capacity, DialChanges, Estimate, Outlook, Phase};
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
    /// What the line does: `lobby` before the sale opens, `open`, `paused`, or `over`.
    pub phase: PhaseName,
    /// When the sale opens or has opened; null if it has no opening.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opens_at: Option<Timestamp>,
    /// The number: the order in which joins were accepted, from 1. Never reused.
    pub number: u64,
    /// Where the number comes in the order of calls. By arrival it is the number; null before a draw.
    pub place: Option<u64>,
    /// How many people present are ahead. It may rise when somebody comes back. Null before a draw.
    pub ahead: Option<u64>,
    /// `ahead` + 1 while waiting, 0 once admitted. Null before a draw.
    pub position: Option<u64>,
    /// The estimated wait; null before the sale opens, and if it cannot be estimated yet.
    pub estimated_wait: Option<EstimatedWait>,
    /// How likely it is that seats are left at your turn; null if that is not known.
    pub outlook: Option<OutlookName>,
    /// How long to wait before the next poll, in milliseconds; null once ended.
    pub poll_after_ms: Option<u64>,
    /// Whether a poll may wait for a change with `Prefer: wait`: for people who may be called within 30 s.
    pub wait_supported: bool,
    /// When the pass ends; null unless admitted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub admitted_until: Option<Timestamp>,
}

impl QueueStatus {
    /// The status of a ticket, as it is now.
    pub(in crate::api) fn new(app: &App, ticket: &Ticket, status: LineStatus) -> Self {
        let poll_after = status.poll_after(app.now());
        let (name, phase, place) = match status {
            LineStatus::Waiting { phase, place, .. } => (StatusName::Waiting, phase, place),
            LineStatus::Admitted { .. } => {
                // Somebody is inside, so it has opened, even if this instance does not know that yet.
                let phase = Some(app.phase(ticket.sale)).filter(|phase| *phase != Phase::Lobby);
                (StatusName::Admitted, phase.unwrap_or(Phase::Open), app.place(ticket))
            }
            LineStatus::Ended => (StatusName::Ended, app.phase(ticket.sale), app.place(ticket)),
        };
        let (ahead, estimate, outlook) = match status {
            LineStatus::Waiting { ahead, estimate, outlook, .. } => (ahead, estimate, outlook),
            LineStatus::Admitted { .. } | LineStatus::Ended => (Some(0), None, None),
        };
        let position = match status {
            LineStatus::Waiting { .. } => ahead.map(|ahead| ahead + 1),
            LineStatus::Admitted { .. } | LineStatus::Ended => Some(0),
        };
        let admitted_until = match status {
            LineStatus::Admitted { until } => Some(until),
            LineStatus::Waiting { .. } | LineStatus::Ended => None,
        };
        Self {
            status: name,
            sale_id: ticket.sale.0,
            phase: phase.into(),
            opens_at: app.opens_at(ticket.sale),
            number: ticket.number,
            place,
            ahead,
            position,
            estimated_wait: estimate.map(EstimatedWait::from),
            outlook: outlook.map(OutlookName::from),
            poll_after_ms: poll_after.map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
            wait_supported: matches!(status, LineStatus::Waiting { is_near_turn: true, .. })
                && app.holds_polls(),
            admitted_until,
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

impl Joined {
    /// The JSON that serialising gives. It writes the fields of the status in place, where `flatten` collects
    /// them first: in a rush, joins are most of all answers.
    fn to_json(&self) -> Vec<u8> {
        let mut json = Vec::with_capacity(1_024);
        json.extend_from_slice(br#"{"token":""#);
        // A token is base64 with dots, which needs no escaping.
        json.extend_from_slice(self.token.as_bytes());
        json.push(b'"');
        let opening_brace = json.len();
        // Writing to memory cannot fail, and neither can a status be unfit for JSON.
        let _ = serde_json::to_writer(&mut json, &self.status);
        json[opening_brace] = b',';
        json
    }
}

impl IntoResponse for Joined {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "application/json")], self.to_json()).into_response()
    }
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

impl From<Outlook> for OutlookName {
    fn from(outlook: Outlook) -> Self {
        match outlook {
            Outlook::Likely => Self::Likely,
            Outlook::Uncertain => Self::Uncertain,
            Outlook::Unlikely => Self::Unlikely,
            Outlook::SoldOut => Self::SoldOut,
        }
    }
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

impl PhaseName {
    /// The phase of this name, as a client repeats it.
    pub(in crate::api) fn phase_of(name: &str) -> Option<Phase> {
        [Phase::Lobby, Phase::Open, Phase::Paused, Phase::Over]
            .into_iter()
            .find(|phase| serde_json::to_value(Self::from(*phase)).is_ok_and(|known| known == name))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_join_is_written_as_serde_would_write_it() {
        let estimated_wait = Some(EstimatedWait { p10: 170, p50: 186, p90: 204 });
        let status = QueueStatus {
            status: StatusName::Waiting,
            sale_id: Uuid::from_u128(7),
            phase: PhaseName::Open,
            opens_at: Some(Timestamp::UNIX_EPOCH),
            number: 1_284,
            place: Some(9),
            ahead: None,
            position: Some(4),
            estimated_wait,
            outlook: Some(OutlookName::Likely),
            poll_after_ms: Some(21_400),
            wait_supported: true,
            admitted_until: None,
        };
        let joined = Joined { token: "eyJ0.eyJz.c2ln".to_owned(), status };
        assert_eq!(String::from_utf8(joined.to_json()).unwrap(), serde_json::to_string(&joined).unwrap());
    }
}
