//! Sales, as the API sends them.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use onsale_app::app::App;
use onsale_app::sales::{Fairness, OrderChoice, SaleView};
use onsale_booking::access::Access;
use onsale_booking::ids::{ConcertId, SaleId, UserId};
use onsale_booking::new_sale::{NewDials, NewOrder, NewSale, SaleChanges};
use onsale_booking::sale::{Sale, SaleOrder};
use onsale_line::Capacity;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::line::PhaseName;
use super::read::{nullable, nullable_time, present, time, whole};
use crate::error::HttpError;

/// A sale as everybody sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "0199d6a0-0000-7000-8000-0000000000d1", "name": "Members' presale", "lobbyAt": null,
    "opensAt": null, "closesAt": null, "order": "arrival", "access": "group:members", "from": 50000, "waiting": 1200}))]
pub struct SaleAnswer {
    /// Its id. Join its line with it.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// From when one may join its line; null for at once.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lobby_at: Option<Timestamp>,
    /// When it begins to let people in; null if it has no opening.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opens_at: Option<Timestamp>,
    /// When it ends; null for never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closes_at: Option<Timestamp>,
    /// In which order people are let in.
    pub order: OrderName,
    /// Who may join: `everyone`, `code` (people with an access code) or `group:NAME` (people whose token
    /// names that group).
    pub access: String,
    /// The lowest price of a seat, in minor units; null if it sells nothing.
    pub from: Option<i64>,
    /// How many people wait in its line.
    pub waiting: u64,
}

/// A sale as operators see it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"id": "0199d6a0-0000-7000-8000-0000000000d1", "name": "Members' presale", "lobbyAt": null,
    "opensAt": null, "closesAt": null, "order": "arrival", "access": "group:members", "from": 50000, "waiting": 1200,
    "listed": true, "seatsPerPerson": 4, "concertIds": ["0199d6a0-0000-7000-8000-0000000000c1"], "phase": "open",
    "commitment": null, "beaconSource": null}))]
pub struct OperatorSaleAnswer {
    /// What everybody sees.
    #[serde(flatten)]
    pub sale: SaleAnswer,
    /// Whether `GET /v1/sales` shows it.
    pub listed: bool,
    /// The most seats that one person may hold and own in all of its concerts; null for no such limit.
    pub seats_per_person: Option<u32>,
    /// The concerts that name it. The main sale also sells every concert that names no sale.
    pub concert_ids: Vec<Uuid>,
    /// What its line does with the people in it.
    pub phase: PhaseName,
    /// Of a draw: the SHA-256 of its seed, in hexadecimal.
    pub commitment: Option<String>,
    /// Of a draw: the public value that its beacon will be.
    pub beacon_source: Option<String>,
}

/// The orders in which people are let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum OrderName {
    /// In the order of joining.
    Arrival,
    /// Those who joined before the opening in an order that is drawn.
    Draw,
}

impl SaleAnswer {
    /// The sale.
    pub(in crate::api) fn of(view: &SaleView) -> Self {
        let Sale { id, name, order, times, access, .. } = view.sale.as_ref();
        Self {
            id: id.0,
            name: name.clone(),
            lobby_at: times.lobby_at,
            opens_at: times.opens_at,
            closes_at: times.closes_at,
            order: OrderName::of(order),
            access: access.to_string(),
            from: view.from.map(|price| price.0),
            waiting: view.waiting,
        }
    }
}

impl OperatorSaleAnswer {
    /// The sale, as it is now.
    pub(in crate::api) fn of(app: &App, view: &SaleView) -> Self {
        let (sale, draw) = (&view.sale, view.sale.draw());
        Self {
            sale: SaleAnswer::of(view),
            listed: sale.listed,
            seats_per_person: sale.seats_per_person,
            concert_ids: view.concerts.iter().map(|concert| concert.0).collect(),
            phase: app.phase(sale.id).into(),
            commitment: draw.map(|draw| HEXLOWER.encode(&draw.commitment)),
            beacon_source: draw.and_then(|draw| draw.beacon_source.clone()),
        }
    }
}

impl OrderName {
    fn of(order: &SaleOrder) -> Self {
        match order {
            SaleOrder::Arrival => Self::Arrival,
            SaleOrder::Draw(_) => Self::Draw,
        }
    }

    /// What an operator has chosen.
    pub(in crate::api) fn choice(self) -> OrderChoice {
        match self {
            Self::Arrival => OrderChoice::Arrival,
            Self::Draw => OrderChoice::Draw,
        }
    }
}

/// A new sale. What is left out or null has its default.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Members' presale", "access": "group:members", "seatsPerPerson": 4,
    "concertIds": ["0199d6a0-0000-7000-8000-0000000000c1"]}))]
pub struct NewSaleBody {
    /// 1 to 200 characters, as a concert's name.
    #[schema(min_length = 1, max_length = 200, format = "display-name")]
    pub name: String,
    /// Whether `GET /v1/sales` shows it; by default it does.
    pub listed: Option<bool>,
    /// From when one may join its line; by default half an hour before `opensAt`.
    #[serde(default, deserialize_with = "time")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lobby_at: Option<Timestamp>,
    /// When it begins to let people in, in the future; by default at once.
    #[serde(default, deserialize_with = "time")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opens_at: Option<Timestamp>,
    /// When it ends, in the future; by default never.
    #[serde(default, deserialize_with = "time")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closes_at: Option<Timestamp>,
    /// In which order people are let in; by default by arrival.
    pub order: Option<OrderName>,
    /// The public value that a draw's beacon will be.
    #[schema(min_length = 1, max_length = 200, format = "display-name")]
    pub beacon_source: Option<String>,
    /// How many people may be inside at once; by default as in the settings.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub capacity: Option<i64>,
    /// How many may be called in a rolling minute, 0 for no limit; by default as in the settings.
    #[schema(minimum = 0, maximum = 4_294_967_295_u32)]
    pub rate_per_minute: Option<i64>,
    /// Whether calls are paused; by default they are not.
    pub paused: Option<bool>,
    /// The most seats that one person may hold and own in all of its concerts, whichever sale sold them; by
    /// default there is no such limit.
    #[schema(minimum = 1, maximum = 50_000)]
    pub seats_per_person: Option<i64>,
    /// Who may join: `everyone` (the default), `code` or `group:NAME`.
    #[schema(pattern = "^(everyone|code|group:.{1,100})$")]
    pub access: Option<String>,
    /// What it sells: at most 1,000 concerts, none twice. Each leaves the main sale, unless it names that,
    /// too.
    #[schema(max_items = 1_000)]
    pub concert_ids: Option<Vec<Uuid>>,
}

impl NewSaleBody {
    /// The new sale, made by this operator, and its order.
    ///
    /// # Errors
    /// `invalid_request` for a field that no rule can read.
    pub(in crate::api) fn for_operator(self, operator: UserId) -> Result<(NewSale, OrderChoice), HttpError> {
        let capacity =
            self.capacity.map(|people| whole("capacity", people, Capacity::MAX.get())).transpose()?;
        let rate_per_minute =
            self.rate_per_minute.map(|rate| whole("ratePerMinute", rate, u32::MAX)).transpose()?;
        let new = NewSale {
            id: SaleId(Uuid::now_v7()),
            name: self.name,
            listed: self.listed.unwrap_or(true),
            order: NewOrder::Arrival,
            beacon_source: self.beacon_source,
            lobby_at: self.lobby_at,
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            seats_per_person: self.seats_per_person.map(from_one),
            access: self.access.map_or(Ok(Access::Everyone), |text| access(&text))?,
            concerts: concerts(self.concert_ids.unwrap_or_default()),
            dials: NewDials { capacity, rate_per_minute, paused: self.paused },
            created_by: Some(operator),
        };
        Ok((new, self.order.unwrap_or(OrderName::Arrival).choice()))
    }
}

/// Changes to a sale. What is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Presale", "seatsPerPerson": null, "concertIds": []}))]
pub struct SalePatch {
    /// 1 to 200 characters, as a concert's name.
    #[serde(deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 200, format = "display-name", nullable = false)]
    pub name: Option<String>,
    /// Whether `GET /v1/sales` shows it.
    #[serde(deserialize_with = "present")]
    #[schema(nullable = false)]
    pub listed: Option<bool>,
    /// From when one may join its line; null for half an hour before `opensAt`.
    #[serde(deserialize_with = "nullable_time")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lobby_at: Option<Option<Timestamp>>,
    /// When it begins to let people in; null for at once. Once the lobby is open it may only be moved later.
    #[serde(deserialize_with = "nullable_time")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opens_at: Option<Option<Timestamp>>,
    /// When it ends; null for never.
    #[serde(deserialize_with = "nullable_time")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closes_at: Option<Option<Timestamp>>,
    /// In which order people are let in, until the lobby is open.
    #[serde(deserialize_with = "present")]
    #[schema(nullable = false)]
    pub order: Option<OrderName>,
    /// The public value that a draw's beacon will be, until the lobby is open; null for no beacon.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, format = "display-name")]
    pub beacon_source: Option<Option<String>>,
    /// A draw's beacon: 1 to 4,096 bytes of UTF-8, once it is settled who takes part.
    #[serde(deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 4_096, nullable = false)]
    pub beacon: Option<String>,
    /// The most seats of one person; null for no such limit.
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 50_000)]
    pub seats_per_person: Option<Option<i64>>,
    /// Who may join.
    #[serde(deserialize_with = "present")]
    #[schema(pattern = "^(everyone|code|group:.{1,100})$", nullable = false)]
    pub access: Option<String>,
    /// What it sells, all of it: at most 1,000 concerts, none twice. A concert that no sale names any more is
    /// the main sale's again.
    #[serde(deserialize_with = "present")]
    #[schema(max_items = 1_000, nullable = false)]
    pub concert_ids: Option<Vec<Uuid>>,
    /// A dial; it is here only so that its refusal says where it is set.
    #[serde(deserialize_with = "present")]
    #[schema(ignore)]
    capacity: Option<IgnoredAny>,
    /// As `capacity`.
    #[serde(deserialize_with = "present")]
    #[schema(ignore)]
    rate_per_minute: Option<IgnoredAny>,
    /// As `capacity`.
    #[serde(deserialize_with = "present")]
    #[schema(ignore)]
    paused: Option<IgnoredAny>,
}

impl SalePatch {
    /// The changes, and the order if that changes.
    ///
    /// # Errors
    /// `invalid_request` for a dial, or for a field that no rule can read.
    pub(in crate::api) fn changes(self) -> Result<(SaleChanges, Option<OrderChoice>), HttpError> {
        let dials =
            [("capacity", self.capacity), ("ratePerMinute", self.rate_per_minute), ("paused", self.paused)];
        if let Some((field, _)) = dials.iter().find(|(_, value)| value.is_some()) {
            return Err(HttpError::invalid(*field, "is a dial: set it at /v1/sales/{id}/line"));
        }
        let changes = SaleChanges {
            name: self.name,
            listed: self.listed,
            order: None,
            beacon_source: self.beacon_source,
            lobby_at: self.lobby_at,
            opens_at: self.opens_at,
            closes_at: self.closes_at,
            seats_per_person: self.seats_per_person.map(|seats| seats.map(from_one)),
            access: self.access.map(|text| access(&text)).transpose()?,
            concerts: self.concert_ids.map(concerts),
            beacon: self.beacon.map(String::into_bytes),
        };
        Ok((changes, self.order.map(OrderName::choice)))
    }
}

fn concerts(ids: Vec<Uuid>) -> Vec<ConcertId> {
    ids.into_iter().map(ConcertId).collect()
}

/// A number from 1. The rule refuses 0, so what does not fit becomes 0.
fn from_one(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

fn access(text: &str) -> Result<Access, HttpError> {
    let detail = "must be everyone, code or group:NAME; the name has 1 to 100 characters, none of them a comma or \
                  a control character";
    Access::parse(text).ok_or_else(|| HttpError::invalid("access", detail))
}

/// Access codes to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"count": 2, "uses": 1}))]
pub struct NewCodes {
    /// How many: 1 to 10,000.
    #[schema(minimum = 1, maximum = 10_000)]
    pub count: i64,
    /// How many people may use each: 1 to 1,000,000.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub uses: i64,
}

impl NewCodes {
    /// How many codes, and how many people may use each.
    pub(in crate::api) fn numbers(&self) -> (u32, u32) {
        (from_one(self.count), from_one(self.uses))
    }
}

/// New access codes. Nobody can read them again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"codes": ["7K3F-9Q2M-X8TD-4WZN", "0B5C-6H1J-R2SE-8VYP"]}))]
pub struct CodesAnswer {
    /// The codes. When one is typed, case, blanks and hyphens do not matter, O is 0, and I and L are 1.
    pub codes: Vec<String>,
}

/// What anybody needs to check the order of a sale.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"order": "arrival", "commitment": null, "beaconSource": null, "beacon": null,
    "lobbyTail": null, "seed": null, "head": 340, "tail": 1540}))]
pub struct FairnessAnswer {
    /// In which order people are let in.
    pub order: OrderName,
    /// Of a draw: the SHA-256 of its seed, in hexadecimal.
    pub commitment: Option<String>,
    /// Of a draw: the public value that its beacon will be.
    pub beacon_source: Option<String>,
    /// Of a draw: its beacon, in hexadecimal, once an operator has entered it.
    pub beacon: Option<String>,
    /// The last number given out before the opening; null until it is settled, and without an opening.
    pub lobby_tail: Option<u64>,
    /// Of a draw: its seed, in hexadecimal, once it is open.
    pub seed: Option<String>,
    /// The last place that was considered for a call.
    pub head: u64,
    /// The last number given out.
    pub tail: u64,
}

impl FairnessAnswer {
    /// What is public of a sale's order now.
    pub(in crate::api) fn of(fairness: &Fairness) -> Self {
        let (sale, draw) = (&fairness.sale, fairness.sale.draw());
        Self {
            order: OrderName::of(&sale.order),
            commitment: draw.map(|draw| HEXLOWER.encode(&draw.commitment)),
            beacon_source: draw.and_then(|draw| draw.beacon_source.clone()),
            beacon: draw.filter(|draw| !draw.beacon.is_empty()).map(|draw| HEXLOWER.encode(&draw.beacon)),
            lobby_tail: sale.opening.lobby_tail(),
            seed: sale.opening.seed().map(|seed| HEXLOWER.encode(seed.bytes())),
            head: fairness.head,
            tail: fairness.tail,
        }
    }
}
