//! What the stories of operators' pages share: an operator who is signed in, and fans who have names.

use std::time::{Duration, Instant};

use onsale_testbed::browser::Session;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::site::Site;

/// As long as a step of a session waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// Signs in with this token, wherever that leads.
pub(crate) async fn sign_in(operator: &Session, token: &str) {
    operator.go("/operator/sign-in").await;
    operator.fill("#token", token).await;
    operator.click("main form .button").await;
}

/// An operator in the cockpit.
pub(crate) async fn operator(site: &Site) -> Session {
    let operator = site.visitor().await;
    sign_in(&operator, &site.operator_token()).await;
    operator.wait_for("#cockpit").await;
    operator
}

/// Waits until the page says yes.
#[track_caller]
pub(crate) fn until(session: &Session, script: &str) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let deadline = Instant::now() + PATIENCE;
        while session.script(script, &[]).await != json!(true) {
            assert!(Instant::now() < deadline, "{caller}: never: {script}\n{}", session.text().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Sets a field as a date picker does, and goes on to the next.
pub(crate) async fn pick(session: &Session, field: &str, value: &str) {
    let script = "const field = document.querySelector(arguments[0]);
        field.focus();
        field.value = arguments[1];
        field.dispatchEvent(new Event('input', { bubbles: true }));
        field.blur();";
    session.script(script, &[json!(field), json!(value)]).await;
}

/// Somebody who signed up.
pub(crate) struct Fan<'s> {
    site: &'s Site,
    pub(crate) id: Uuid,
    user: String,
    ticket: String,
}

impl<'s> Fan<'s> {
    pub(crate) async fn new(site: &'s Site, name: &str) -> Self {
        let user = site.call(Method::POST, "/v1/users", &site.user_token(), &json!({"name": name})).await;
        let id = user["id"].as_str().and_then(|id| id.parse().ok()).expect("a user has an id");
        let token = user["token"].as_str().expect("a user has a token").to_owned();
        Self { site, id, user: token, ticket: String::new() }
    }

    /// The same, in line or inside.
    pub(crate) async fn joined(site: &'s Site, name: &str) -> Self {
        let mut fan = Self::new(site, name).await;
        let joined = site.call(Method::POST, "/v1/enqueues", &fan.user, &json!({})).await;
        joined["token"].as_str().expect("joining gives a token").clone_into(&mut fan.ticket);
        fan
    }

    pub(crate) async fn hold(&self, concert: Uuid, seat: u32) {
        self.act(&format!("/v1/concerts/{concert}/seats/{seat}/reservations")).await;
    }

    pub(crate) async fn pay(&self, concert: Uuid, seat: u32) {
        self.act(&format!("/v1/concerts/{concert}/seats/{seat}/payments")).await;
    }

    pub(crate) async fn charge(&self, amount: i64) {
        self.site.call(Method::PATCH, "/v1/charges", &self.user, &json!({"amount": amount})).await;
    }

    pub(crate) async fn leave(&self) {
        self.site.call(Method::DELETE, "/v1/enqueues", &self.ticket, &Value::Null).await;
    }

    async fn act(&self, path: &str) {
        self.site.call(Method::POST, path, &self.ticket, &json!({})).await;
    }
}
