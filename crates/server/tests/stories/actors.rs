//! The actors: fans, operators, and clients without a token.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;

/// An HTTP client that knows the server's address, which a restart changes.
pub(crate) struct Client {
    http: reqwest::Client,
    base: RwLock<String>,
}

impl Client {
    pub(crate) fn new(base: String) -> Self {
        Self { http: reqwest::Client::new(), base: RwLock::new(base) }
    }

    pub(crate) fn move_to(&self, base: String) {
        *self.base.write().unwrap_or_else(PoisonError::into_inner) = base;
    }

    pub(crate) fn base(&self) -> String {
        self.base.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A request without a token: a stranger's.
    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        Call(self.http.request(method, format!("{}{path}", self.base())))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path).send().await
    }
}

/// A request in the making.
pub(crate) struct Call(RequestBuilder);

impl Call {
    pub(crate) fn bearer(self, token: &str) -> Self {
        Self(self.0.bearer_auth(token))
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        Self(self.0.json(body))
    }

    pub(crate) fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self(self.0.body(body))
    }

    pub(crate) async fn open(self) -> reqwest::Response {
        self.0.send().await.expect("the server must answer")
    }

    pub(crate) async fn send(self) -> Answer {
        Answer::of(self.open().await).await
    }
}

/// Somebody who wants a ticket.
pub(crate) struct Actor {
    client: Arc<Client>,
    pub(crate) id: Uuid,
    pub(crate) token: String,
    pub(crate) concert: Uuid,
    ticket: Mutex<Option<String>>,
}

impl Actor {
    pub(crate) fn new(client: Arc<Client>, id: Uuid, token: String, concert: Uuid) -> Self {
        Self { client, id, token, concert, ticket: Mutex::default() }
    }

    /// A request with the user token.
    pub(crate) fn user(&self, method: Method, path: &str) -> Call {
        self.client.call(method, path).bearer(&self.token)
    }

    /// A request with the queue token.
    pub(crate) fn queue(&self, method: Method, path: &str) -> Call {
        self.client.call(method, path).bearer(&self.ticket())
    }

    pub(crate) fn ticket(&self) -> String {
        let ticket = self.ticket.lock().unwrap_or_else(PoisonError::into_inner);
        ticket.clone().expect("this fan has joined")
    }

    /// Uses another queue token from now on.
    pub(crate) fn take_ticket(&self, ticket: String) {
        *self.ticket.lock().unwrap_or_else(PoisonError::into_inner) = Some(ticket);
    }

    pub(crate) async fn join(&self) -> Answer {
        let answer = self.user(Method::POST, "/v1/enqueues").send().await;
        if answer.status == 200 {
            let token = answer.json()["token"].as_str().expect("joining gives a token").to_owned();
            self.take_ticket(token);
        }
        answer
    }

    /// Joins the line of a sale, or whatever else the body says.
    pub(crate) async fn join_with(&self, body: &Value) -> Answer {
        let answer = self.user(Method::POST, "/v1/enqueues").json(body).send().await;
        if answer.status == 200 {
            let token = answer.json()["token"].as_str().expect("joining gives a token").to_owned();
            self.take_ticket(token);
        }
        answer
    }

    /// The same person in another tab, without a place yet.
    pub(crate) fn in_another_tab(&self) -> Self {
        Self::new(Arc::clone(&self.client), self.id, self.token.clone(), self.concert)
    }

    /// Joins and is let in at once.
    pub(crate) async fn enter(&self) {
        assert_eq!(self.join().await.line(), "200 admitted");
    }

    pub(crate) async fn poll(&self) -> Answer {
        self.queue(Method::GET, "/v1/enqueues").send().await
    }

    pub(crate) async fn leave(&self) -> Answer {
        self.queue(Method::DELETE, "/v1/enqueues").send().await
    }

    pub(crate) async fn dates(&self) -> Answer {
        self.queue(Method::GET, "/v1/dates").send().await
    }

    pub(crate) async fn seats_on(&self, date: &str) -> Answer {
        self.queue(Method::GET, &format!("/v1/dates/{date}/seats")).send().await
    }

    pub(crate) async fn concerts(&self) -> Answer {
        self.queue(Method::GET, "/v1/concerts").send().await
    }

    pub(crate) async fn seats(&self) -> Answer {
        self.queue(Method::GET, &format!("/v1/concerts/{}/seats", self.concert)).send().await
    }

    /// One seat of the map, as this fan sees it.
    pub(crate) async fn seat(&self, seat_no: usize) -> Value {
        self.seats().await.ok()["seats"][seat_no - 1].clone()
    }

    pub(crate) fn seat_path(&self, seat_no: u32, what: &str) -> String {
        format!("/v1/concerts/{}/seats/{seat_no}/{what}", self.concert)
    }

    pub(crate) async fn hold(&self, seat_no: u32) -> Answer {
        self.queue(Method::POST, &self.seat_path(seat_no, "reservations")).send().await
    }

    pub(crate) async fn hold_keyed(&self, seat_no: u32, key: &str) -> Answer {
        self.queue(Method::POST, &self.seat_path(seat_no, "reservations")).key(key).send().await
    }

    pub(crate) async fn hold_all(&self, seat_nos: &[u32]) -> Answer {
        let path = format!("/v1/concerts/{}/reservations", self.concert);
        self.queue(Method::POST, &path).json(&json!({"seatNos": seat_nos})).send().await
    }

    pub(crate) async fn release(&self, seat_no: u32) -> Answer {
        self.queue(Method::DELETE, &self.seat_path(seat_no, "reservations")).send().await
    }

    pub(crate) async fn pay(&self, seat_no: u32) -> Answer {
        self.queue(Method::POST, &self.seat_path(seat_no, "payments")).send().await
    }

    pub(crate) async fn pay_keyed(&self, seat_no: u32, key: &str) -> Answer {
        self.queue(Method::POST, &self.seat_path(seat_no, "payments")).key(key).send().await
    }

    pub(crate) async fn pay_all(&self, seat_nos: &[u32]) -> Answer {
        let path = format!("/v1/concerts/{}/payments", self.concert);
        self.queue(Method::POST, &path).json(&json!({"seatNos": seat_nos})).send().await
    }

    pub(crate) async fn charge(&self, amount: i64) -> Answer {
        self.user(Method::PATCH, "/v1/charges").json(&json!({"amount": amount})).send().await
    }

    pub(crate) async fn charge_keyed(&self, amount: i64, key: &str) -> Answer {
        let call = self.user(Method::PATCH, "/v1/charges").key(key);
        call.json(&json!({"amount": amount})).send().await
    }

    pub(crate) async fn balance(&self) -> i64 {
        let wallet = self.user(Method::GET, "/v1/charges").send().await.ok();
        wallet["amount"].as_i64().expect("a balance is an integer")
    }

    pub(crate) async fn bills(&self) -> Value {
        self.user(Method::GET, "/v1/bills").send().await.ok()["items"].clone()
    }

    pub(crate) async fn reservations(&self) -> Value {
        self.user(Method::GET, "/v1/reservations").send().await.ok()["items"].clone()
    }
}

/// Somebody who runs the sale.
pub(crate) struct Operator {
    pub(crate) client: Arc<Client>,
    pub(crate) token: String,
}

impl Operator {
    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        self.client.call(method, path).bearer(&self.token)
    }

    pub(crate) async fn open_concert(&self, concert: &Value) -> Answer {
        self.call(Method::POST, "/v1/concerts").json(concert).send().await
    }

    /// Makes a sale.
    pub(crate) async fn make_sale(&self, sale: &Value) -> Answer {
        self.call(Method::POST, "/v1/sales").json(sale).send().await
    }

    /// Changes a sale.
    pub(crate) async fn change_sale(&self, sale: Uuid, changes: &Value) -> Answer {
        self.call(Method::PATCH, &format!("/v1/sales/{sale}")).json(changes).send().await
    }

    /// Makes access codes for a sale.
    pub(crate) async fn make_codes(&self, sale: Uuid, codes: &Value) -> Answer {
        self.call(Method::POST, &format!("/v1/sales/{sale}/codes")).json(codes).send().await
    }

    pub(crate) async fn line(&self) -> Value {
        self.call(Method::GET, "/v1/line").send().await.ok()
    }

    pub(crate) async fn steer(&self, dials: Value) -> Answer {
        self.call(Method::PATCH, "/v1/line").json(&dials).send().await
    }
}
