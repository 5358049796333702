//! Makes a sale with its concert and access codes, and sets its opening at the last moment.

use std::time::Duration;

use hyper::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{call, name_of, open_concert_in, succeed};
use crate::answers::{self, Codes, OperatorSale};
use crate::client::Client;
use crate::history::sale::SaleFacts;
use crate::history::{Concert, Micros, SECOND};
use crate::options::scene::{Made, Scene};
use crate::stage::micros;

/// The most codes that one request makes.
const CODES_MAX: u32 = 10_000;
/// How many people each code lets in.
const USES: u32 = 1;
/// A new sale opens so late that nothing is fixed yet when its opening is set.
const NOT_YET: Micros = 24 * 3_600 * SECOND;

/// A sale that was made for the rehearsal.
#[derive(Debug)]
pub(crate) struct MadeSale {
    pub(crate) facts: SaleFacts,
    pub(crate) concert: Concert,
    /// None if nobody needs a code.
    pub(crate) codes: Option<Box<[Box<str>]>>,
}

/// Makes the sale with this index, with a code for each of its fans.
pub(crate) async fn make(
    client: &Client,
    scene: &Scene,
    made: &Made,
    (index, fans): (u32, u32),
    now: Micros,
) -> Result<MadeSale, String> {
    let token = operator(scene)?;
    let name = match made.sales {
        1 => name_of(now),
        _ => format!("{}, {} of {}", name_of(now), index + 1, made.sales),
    };
    let mut sale = json!({
        "name": name, "order": made.order.name(), "access": if made.codes { "code" } else { "everyone" },
        "seatsPerPerson": made.limit, "capacity": scene.capacity, "ratePerMinute": scene.rate,
    });
    if made.opening.is_some() {
        sale["opensAt"] = time(now + NOT_YET);
    }
    let body = succeed(client, call(Method::POST, "/v1/sales", token, &sale)).await?;
    let facts = SaleFacts { code_uses: made.codes.then_some(USES), ..facts(&body)? };
    let sales: Vec<Uuid> = facts.id.into_iter().collect();
    let concert = open_concert_in(client, token, (scene.seats, scene.price), (&name, &sales)).await?;
    let codes = if made.codes { Some(codes(client, token, &facts, fans).await?) } else { None };
    Ok(MadeSale { facts, concert, codes })
}

/// Opens the lobby at once, and the sale so long after `beginning`.
pub(crate) async fn set_opening(
    client: &Client,
    scene: &Scene,
    sale: &mut MadeSale,
    (beginning, opening): (Micros, Duration),
) -> Result<(), String> {
    let (token, path) = (operator(scene)?, path(&sale.facts, ""));
    let lobby_at = beginning - SECOND;
    let changes = json!({ "lobbyAt": time(lobby_at), "opensAt": time(beginning + micros(opening)) });
    let body = succeed(client, call(Method::PATCH, &path, token, &changes)).await?;
    let code_uses = sale.facts.code_uses;
    sale.facts = SaleFacts { code_uses, ..facts(&body)? };
    Ok(())
}

async fn codes(
    client: &Client,
    token: &str,
    facts: &SaleFacts,
    fans: u32,
) -> Result<Box<[Box<str>]>, String> {
    let (path, mut all) = (path(facts, "/codes"), Vec::new());
    let mut missing = fans;
    while missing > 0 {
        let count = missing.min(CODES_MAX);
        let wanted = json!({ "count": count, "uses": USES });
        let body = succeed(client, call(Method::POST, &path, token, &wanted)).await?;
        let made: Codes = answers::read(&body).map_err(|wrong| format!("{wrong:?}"))?;
        all.extend(made.codes);
        missing -= count;
    }
    Ok(all.into())
}

fn operator(scene: &Scene) -> Result<&str, String> {
    scene.operator_token.as_deref().ok_or_else(|| "--setup needs --operator-token".to_owned())
}

fn path(facts: &SaleFacts, what: &str) -> String {
    format!("/v1/sales/{}{what}", facts.id.unwrap_or_default())
}

fn time(at: Micros) -> Value {
    Timestamp::from_microsecond(at).unwrap_or_default().to_string().into()
}

fn facts(body: &[u8]) -> Result<SaleFacts, String> {
    let sale: OperatorSale = answers::read(body).map_err(|wrong| format!("{wrong:?}"))?;
    Ok(SaleFacts {
        id: Some(sale.id),
        name: sale.name,
        order: sale.order,
        lobby_at: sale.lobby_at.map(Timestamp::as_microsecond),
        opens_at: sale.opens_at.map(Timestamp::as_microsecond),
        closes_at: sale.closes_at.map(Timestamp::as_microsecond),
        limit: sale.seats_per_person,
        code_uses: None,
        commitment: sale.commitment,
        fairness: Vec::new(),
    })
}
