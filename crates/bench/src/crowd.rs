//! People with tokens. They are signed in this process, because signing is not measured.

use std::sync::Arc;

use jiff::Timestamp;
use onsale_app::tokens::{Role, Secret, TokenKeys};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::load::{Answer, Request, ask, request};
use crate::server::Server;

/// How many connections prepare a scenario.
const CONNECTIONS: usize = 128;

/// Signs everybody's tokens.
pub(crate) struct Office {
    keys: TokenKeys,
}

/// One person's tokens.
#[derive(Clone)]
pub(crate) struct Tokens {
    /// For the wallet and the line.
    pub(crate) user: String,
    /// For the place in line, seats and payments.
    pub(crate) queue: String,
}

impl Office {
    /// An office that signs with `secret`.
    pub(crate) fn new(secret: &str) -> Self {
        Self { keys: TokenKeys::new(&Secret::new(secret.as_bytes()).expect("a strong secret")) }
    }

    /// An operator's token.
    pub(crate) fn operator(&self) -> String {
        self.keys.sign_user(Uuid::now_v7(), Role::Operator, Timestamp::now())
    }

    /// A token for somebody new.
    pub(crate) fn stranger(&self) -> String {
        self.keys.sign_user(Uuid::now_v7(), Role::User, Timestamp::now())
    }

    /// Opens a concert that is on sale at once; returns its id.
    pub(crate) async fn concert(&self, server: &Server, capacity: u32, price: u32) -> String {
        let body = json!({"name": "Bench", "capacity": capacity, "price": price,
            "openingAt": "2020-01-01T00:00:00Z", "closingAt": "2099-01-01T00:00:00Z",
            "eventDate": "2099-01-01T00:00:00Z"});
        let new = request("POST", "/v1/concerts", &self.operator(), Some(&body.to_string()));
        let answers = ask(server.address, 1, vec![new]).await;
        json(&answers[0])["id"].as_str().expect("a concert").to_owned()
    }

    /// Lets `count` people join.
    pub(crate) async fn join(&self, server: &Server, count: usize) -> Vec<Tokens> {
        let users: Vec<String> = (0..count).map(|_| self.stranger()).collect();
        let joins = users.iter().map(|user| request("POST", "/v1/enqueues", user, None)).collect();
        let answers = ask(server.address, CONNECTIONS, joins).await;
        let queue = answers.iter().map(|answer| json(answer)["token"].as_str().expect("a place").to_owned());
        users.into_iter().zip(queue).map(|(user, queue)| Tokens { user, queue }).collect()
    }
}

/// Charges every fan's wallet.
pub(crate) async fn charge(server: &Server, fans: &[Tokens], amount: u32) {
    let body = json!({ "amount": amount }).to_string();
    let charges = fans.iter().map(|fan| request("PATCH", "/v1/charges", &fan.user, Some(&body))).collect();
    check(&ask(server.address, CONNECTIONS, charges).await);
}

/// Sends all requests, and makes sure that all succeed.
pub(crate) async fn all_succeed(server: &Server, requests: &Arc<Vec<Request>>) {
    check(&ask(server.address, CONNECTIONS, requests.to_vec()).await);
}

fn check(answers: &[Answer]) {
    let wrong = answers.iter().find(|answer| answer.status != 200);
    assert!(
        wrong.is_none(),
        "{}",
        wrong.map(|answer| String::from_utf8_lossy(&answer.body)).unwrap_or_default()
    );
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}
