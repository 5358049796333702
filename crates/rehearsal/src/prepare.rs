//! Before the sale: opens a concert, sets the dials, and signs people up.

pub(crate) mod sale;

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use hyper::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answers::{self, ConcertTitle, FullConcert, User, place};
use crate::client::{Answer, Call, Client, Reply};
use crate::fan::Identity;
use crate::history::{Code, Concert, Micros, Outcome};
use crate::options::CrowdOptions;
use crate::options::scene::Scene;

/// The day of a concert that is only rehearsed.
pub(crate) const EVENT_DAY: &str = "2120-01-02";
/// How many people sign up at the same time.
const SIGN_UPS: usize = 64;
const TRIES: u32 = 30;
const LINE: &str = "/v1/enqueues";
/// How long other instances may take to learn that somebody has left.
const FORGOTTEN_AFTER: Duration = Duration::from_millis(1_500);

/// Sends a request until the answer is not 503.
async fn insist(client: &Client, call: Call<'_>) -> Result<Answer, String> {
    let mut trouble = String::new();
    for _ in 0..TRIES {
        match client.send(call.clone(), || {}).await {
            Reply::Answer(answer) if answer.status != 503 => return Ok(answer),
            Reply::Answer(answer) => trouble = format!("{}", answer.status),
            Reply::Lost(lost) => trouble = format!("no answer ({lost:?})"),
            Reply::NotSent(error) => return Err(format!("nothing answers there: {error}")),
        }
        // Before the next try.
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    Err(format!("{} {}: {trouble}", call.method, call.path))
}

async fn succeed(client: &Client, call: Call<'_>) -> Result<Bytes, String> {
    let what = format!("{} {}", call.method, call.path);
    let answer = insist(client, call).await?;
    if answer.status == 200 {
        Ok(answer.body)
    } else {
        Err(format!("{what}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)))
    }
}

fn call<'a>(method: Method, path: &'a str, token: &'a str, body: &Value) -> Call<'a> {
    Call { method, path, token: Some(token), key: None, body: Some(body.to_string().into()) }
}

/// Sets the dials that the options name.
pub(crate) async fn dials(client: &Client, scene: &Scene) -> Result<(), String> {
    let mut dials = serde_json::Map::new();
    dials.extend(scene.capacity.map(|capacity| ("capacity".to_owned(), capacity.into())));
    dials.extend(scene.rate.map(|rate| ("ratePerMinute".to_owned(), rate.into())));
    if dials.is_empty() {
        return Ok(());
    }
    let token = scene.operator_token.as_deref().ok_or("setting dials needs --operator-token")?;
    succeed(client, call(Method::PATCH, "/v1/line", token, &Value::Object(dials))).await?;
    Ok(())
}

/// A name for what is made now.
fn name_of(now: Micros) -> String {
    let now = jiff::Timestamp::from_microsecond(now).unwrap_or_default();
    format!("Sale of {}", now.strftime("%Y-%m-%d %H:%M:%S"))
}

/// Opens a concert, about which everything is then known. The main sale sells it.
pub(crate) async fn open_concert(
    client: &Client,
    token: &str,
    seats_and_price: (u32, i64),
    now: Micros,
) -> Result<Concert, String> {
    open_concert_in(client, token, seats_and_price, (&name_of(now), &[])).await
}

/// Opens a concert that these sales sell; the main sale if none is named.
async fn open_concert_in(
    client: &Client,
    token: &str,
    (seats, price): (u32, i64),
    (name, sales): (&str, &[Uuid]),
) -> Result<Concert, String> {
    let mut concert = json!({
        "name": name, "capacity": seats, "price": price,
        "openingAt": "2020-01-01T00:00:00Z", "closingAt": "2120-01-01T00:00:00Z",
        "eventDate": format!("{EVENT_DAY}T12:00:00Z"),
    });
    if !sales.is_empty() {
        concert["saleIds"] = json!(sales);
    }
    let body = succeed(client, call(Method::POST, "/v1/concerts", token, &concert)).await?;
    let opened: FullConcert = answers::read(&body).map_err(|wrong| format!("{wrong:?}"))?;
    Ok(Concert { id: opened.id, name: opened.name, seats: opened.capacity, price: opened.price })
}

/// Finds the wanted concert among those that the main sale sells, or the first. Only a place in its line
/// shows which those are, so somebody joins and leaves again. Outside the line only names are known.
pub(crate) async fn find_concert(
    client: &Client,
    wanted: Option<Uuid>,
    somebody: &Identity,
) -> Result<Concert, String> {
    let join = Call { method: Method::POST, path: LINE, token: Some(&somebody.token), key: None, body: None };
    let joined = place::place(&succeed(client, join).await?).map_err(|wrong| format!("{wrong:?}"))?;
    let token = joined.token.ok_or("joining the main sale gave no queue token")?;
    let concerts = succeed(client, Call::get("/v1/concerts", &token)).await;
    leave(client, &token).await?;
    let titles: Vec<ConcertTitle> = answers::read(&concerts?).map_err(|wrong| format!("{wrong:?}"))?;
    choose(titles, wanted)
}

/// Leaves the line, so that this person gets a new number in the rehearsal.
async fn leave(client: &Client, token: &str) -> Result<(), String> {
    let call = Call { method: Method::DELETE, path: LINE, token: Some(token), key: None, body: None };
    let answer = insist(client, call).await?;
    let is_gone =
        answer.status == 200 || matches!(answers::refusal(&answer).0, Outcome::Refused(_, Code::PassEnded));
    if !is_gone {
        return Err(format!("DELETE {LINE}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
    }
    // Until all instances know of it: somebody seen in line before the rehearsal spoils its checks.
    tokio::time::sleep(FORGOTTEN_AFTER).await;
    Ok(())
}

/// The wanted concert, or the first, of those that the main sale sells.
fn choose(sold: Vec<ConcertTitle>, wanted: Option<Uuid>) -> Result<Concert, String> {
    let found = sold.into_iter().find(|title| wanted.is_none_or(|wanted| wanted == title.id));
    match (found, wanted) {
        (Some(title), _) => Ok(Concert { id: title.id, name: title.name, seats: 0, price: 0 }),
        (None, Some(wanted)) => {
            Err(format!("the main sale, whose line the fans join, does not sell concert {wanted}"))
        }
        (None, None) => {
            Err("the main sale, whose line the fans join, sells no concert; --setup opens one".to_owned())
        }
    }
}

/// Everybody's identity: from a file, or by signing up. Calls `on_one` for each.
pub(crate) async fn identities(
    client: &Client,
    crowd: &CrowdOptions,
    on_one: impl Fn(),
) -> Result<Vec<Identity>, String> {
    if let Some(file) = &crowd.tokens {
        return from_file(file, crowd.fans);
    }
    stream::iter(0..crowd.fans)
        .map(|fan| sign_up(client, fan))
        .buffer_unordered(SIGN_UPS)
        .inspect_ok(|_| on_one())
        .try_collect()
        .await
}

async fn sign_up(client: &Client, fan: u32) -> Result<Identity, String> {
    let body = json!({ "name": format!("Fan {fan}") }).to_string();
    let call =
        Call { method: Method::POST, path: "/v1/users", token: None, key: None, body: Some(body.into()) };
    let answer = insist(client, call).await?;
    match answer.status {
        200 => {
            let user: User = answers::read(&answer.body).map_err(|wrong| format!("{wrong:?}"))?;
            Ok(Identity { user: user.id, token: user.token.into() })
        }
        403 | 404 => Err("open sign-up is off: give user tokens with --tokens FILE".to_owned()),
        status => Err(format!("signing up: {status} {}", String::from_utf8_lossy(&answer.body))),
    }
}

fn from_file(file: &Path, fans: u32) -> Result<Vec<Identity>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let identities: Vec<Identity> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(usize::try_from(fans).unwrap_or(usize::MAX))
        .enumerate()
        .map(|(place, token)| {
            let user = subject(token)
                .ok_or_else(|| format!("{}: line {} is not a token", file.display(), place + 1))?;
            Ok(Identity { user, token: token.into() })
        })
        .collect::<Result<_, String>>()?;
    if identities.len() < usize::try_from(fans).unwrap_or(usize::MAX) {
        return Err(format!("{}: {} tokens for {fans} fans", file.display(), identities.len()));
    }
    Ok(identities)
}

/// The user of a token: anybody can read the claims of a JWT.
fn subject(token: &str) -> Option<Uuid> {
    use base64::Engine;
    let claims = token.split('.').nth(1)?;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).ok()?;
    serde_json::from_slice::<Value>(&claims).ok()?["sub"].as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_main_sale_sells_is_chosen() {
        let sold = || {
            let title = |id: u128| ConcertTitle { id: Uuid::from_u128(id), name: format!("Concert {id}") };
            vec![title(3), title(5)]
        };
        let chosen = |wanted: Option<u128>| choose(sold(), wanted.map(Uuid::from_u128)).map(|it| it.name);
        assert_eq!(chosen(None).as_deref(), Ok("Concert 3"));
        assert_eq!(chosen(Some(5)).as_deref(), Ok("Concert 5"));
        let other = chosen(Some(4)).expect_err("another sale sells it");
        assert!(other.contains("does not sell concert 00000000-0000-0000-0000-000000000004"), "{other}");
        let nothing = choose(Vec::new(), None).expect_err("nothing is sold");
        assert!(nothing.contains("--setup opens one"), "{nothing}");
    }

    #[test]
    fn a_token_names_its_user() {
        // {"sub":"00000000-0000-0000-0000-000000000005"}
        let token = "h.eyJzdWIiOiIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDUifQ.s";
        assert_eq!(subject(token), Some(Uuid::from_u128(5)));
        for wrong in ["", "a.b", "a.b.c", "only"] {
            assert_eq!(subject(wrong), None, "{wrong}");
        }
    }
}
