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

    /// Makes a sale with these fields besides its name; returns its id.
    pub(crate) async fn sale(&self, server: &Server, name: &str, mut fields: Value) -> String {
        fields["name"] = json!(name);
        let new = request("POST", "/v1/sales", &self.operator(), Some(&fields.to_string()));
        let answers = ask(server.address, 1, vec![new]).await;
        let sale = json(&answers[0]);
        sale["id"].as_str().unwrap_or_else(|| panic!("no sale: {sale}")).to_owned()
    }

    /// Lets `count` people join the main sale.
    pub(crate) async fn join(&self, server: &Server, count: usize) -> Vec<Tokens> {
        self.join_sale(server, None, count).await
    }

    /// Joins of `count` strangers, ready to send.
    pub(crate) fn joins(&self, sale: Option<&str>, count: usize) -> Arc<Vec<Request>> {
        Arc::new((0..count).map(|_| join_request(&self.stranger(), sale)).collect())
    }

    /// Lets `count` people join a sale.
    pub(crate) async fn join_sale(&self, server: &Server, sale: Option<&str>, count: usize) -> Vec<Tokens> {
        let users: Vec<String> = (0..count).map(|_| self.stranger()).collect();
        let joins = users.iter().map(|user| join_request(user, sale)).collect();
        let answers = ask(server.address, CONNECTIONS, joins).await;
        let queue = answers.iter().map(|answer| json(answer)["token"].as_str().expect("a place").to_owned());
        users.into_iter().zip(queue).map(|(user, queue)| Tokens { user, queue }).collect()
    }
}

/// A join of a sale; by default of the main one.
fn join_request(user: &str, sale: Option<&str>) -> Request {
    let body = sale.map(|sale| json!({ "saleId": sale }).to_string());
    request("POST", "/v1/enqueues", user, body.as_deref())
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

/// The body of an answer.
pub(crate) fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}
