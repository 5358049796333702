//! Asking a server over HTTP, with an honest account of what is known when no answer comes.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::program::PATIENCE;

/// A server to ask. Clones share connections.
#[derive(Clone)]
pub(crate) struct Api {
    http: Client,
    base: String,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// Done.
    Yes(Value),
    /// Not done, for certain: this status, with this code.
    No(u16, String),
    /// Nobody can say: no answer, or one that says so.
    Unknown(String),
}

impl Outcome {
    pub(crate) fn yes(self) -> Value {
        match self {
            Self::Yes(value) => value,
            other => panic!("{other:?}"),
        }
    }
}

impl Api {
    pub(crate) fn new(base: &str) -> Self {
        let http = Client::builder().timeout(PATIENCE).no_proxy().build().expect("a client");
        Self { http, base: base.to_owned() }
    }

    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        Ask(self.http.request(method, format!("{}{path}", self.base)))
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Value {
        self.ask("GET", path).token(token).send().await.yes()
    }

    pub(crate) async fn sign_up(&self, name: &str) -> String {
        text(&self.ask("POST", "/v1/users").json(&json!({ "name": name })).send().await.yes()["token"])
    }

    /// Joins and waits to be let in. Gives the queue token and the number.
    pub(crate) async fn enter(&self, user_token: &str) -> (String, u64) {
        let joined = self.ask("POST", "/v1/enqueues").token(user_token).send().await.yes();
        let ticket = text(&joined["token"]);
        if joined["status"] == "waiting" {
            // A poll before this is answered with 429.
            tokio::time::sleep(Duration::from_millis(number(&joined["pollAfterMs"]))).await;
            let status = self.wait_in_line(&ticket).await;
            assert_eq!(status["status"], "admitted", "{status}");
        }
        (ticket, number(&joined["number"]))
    }

    /// Polls when `pollAfterMs` says, until the ticket no longer waits.
    pub(crate) async fn wait_in_line(&self, ticket: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let poll_after_ms = match self.ask("GET", "/v1/enqueues").token(ticket).send().await {
                Outcome::Yes(status) if status["status"] == "waiting" => number(&status["pollAfterMs"]),
                // Asked before its turn.
                Outcome::No(429, _) => 100,
                other => return other.yes(),
            };
            assert!(Instant::now() < deadline, "still waiting");
            // A poll before this is answered with 429.
            tokio::time::sleep(Duration::from_millis(poll_after_ms)).await;
        }
    }

    /// Opens a concert whose sale is on. Gives its id.
    pub(crate) async fn open_concert(&self, operator: &str, capacity: u32, price: i64) -> String {
        let concert = json!({
            "name": "Night of the Test", "capacity": capacity, "price": price,
            "openingAt": "2020-01-01T00:00:00Z", "closingAt": "2120-01-01T00:00:00Z",
            "eventDate": "2120-01-01T19:00:00Z",
        });
        text(&self.ask("POST", "/v1/concerts").token(operator).json(&concert).send().await.yes()["id"])
    }
}

/// A request in the making.
pub(crate) struct Ask(RequestBuilder);

impl Ask {
    pub(crate) fn token(self, token: &str) -> Self {
        Self(self.0.bearer_auth(token))
    }

    pub(crate) fn key(self, key: Option<&str>) -> Self {
        match key {
            Some(key) => Self(self.0.header("idempotency-key", key)),
            None => self,
        }
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        Self(self.0.json(body))
    }

    pub(crate) async fn send(self) -> Outcome {
        match self.0.send().await {
            Ok(response) => hear(response).await,
            // Nothing was sent where nobody listens.
            Err(error) if error.is_connect() => Outcome::No(0, "not_sent".to_owned()),
            Err(error) => Outcome::Unknown(error.to_string()),
        }
    }
}

async fn hear(response: Response) -> Outcome {
    let status = response.status().as_u16();
    let body: Value = match response.json().await {
        Ok(body) => body,
        Err(error) => return Outcome::Unknown(format!("{status}, then {error}")),
    };
    match status {
        200 => Outcome::Yes(body),
        // The server answers for this sentence: such a request counts as never carried out.
        503 if text(&body["detail"]).contains("nothing was changed") => Outcome::No(503, text(&body["code"])),
        503 => Outcome::Unknown(text(&body["detail"])),
        _ => Outcome::No(status, text(&body["code"])),
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}
