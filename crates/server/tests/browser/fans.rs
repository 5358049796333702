//! People who have done something before a story begins, and what the store knows of them.

use std::time::Duration;

use onsale_booking::ids::{ConcertId, SeatNo, UserId};
use onsale_booking::seat::{Seat, SeatStatus};
use onsale_testbed::browser::Session;
use onsale_testbed::proxy::Proxy;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::site::{Site, concert};

/// Somebody with an account who has joined the line, and is inside where there was room.
#[derive(Debug, Clone)]
pub(crate) struct Buyer {
    pub(crate) user: UserId,
    user_token: String,
    ticket: String,
}

impl Site {
    /// With one concert on sale, with this many seats.
    pub(crate) async fn selling(seats: u32, flags: &[(&'static str, &str)]) -> (Self, Uuid) {
        let site = Self::open(flags).await;
        let concert = site.open_concert(&concert("Spring Night", seats)).await;
        (site, concert)
    }

    /// Somebody joins, without a browser.
    pub(crate) async fn fan(&self) -> Buyer {
        self.joined(self.user_token()).await
    }

    /// Somebody signs up with a name, and joins.
    pub(crate) async fn fan_named(&self, name: &str) -> Buyer {
        self.joined(self.sign_up(name).await).await
    }

    /// Somebody signs up with a name. Returns their token.
    pub(crate) async fn sign_up(&self, name: &str) -> String {
        let user = self.call(Method::POST, "/v1/users", &self.user_token(), &json!({ "name": name })).await;
        user["token"].as_str().expect("a user has a token").to_owned()
    }

    /// Somebody whose turn is over joins once more.
    pub(crate) async fn join_again(&self, fan: &Buyer) -> Buyer {
        self.joined(fan.user_token.clone()).await
    }

    async fn joined(&self, user_token: String) -> Buyer {
        let joined = self.call(Method::POST, "/v1/enqueues", &user_token, &json!({})).await;
        let user = self.app.keys.read_user(&user_token, self.app.now()).expect("it was signed here").user;
        let ticket = joined["token"].as_str().expect("joining gives a token").to_owned();
        Buyer { user: UserId(user), user_token, ticket }
    }

    /// Opens a browser that is signed in as this fan.
    pub(crate) async fn visit_as(&self, fan: &Buyer) -> Session {
        let session = self.visitor().await;
        // A cookie needs a page of its host.
        session.go("/wallet").await;
        self.become_fan(&session, fan).await;
        session
    }

    /// Signs a browser in as this fan.
    pub(crate) async fn become_fan(&self, session: &Session, fan: &Buyer) {
        session.forget_cookies().await;
        session.set_cookie("onsale_user", &fan.user_token).await;
        session.set_cookie("onsale_ticket", &fan.ticket).await;
    }

    /// Somebody inside, on the page with the seats of a concert.
    pub(crate) async fn visit_seats(&self, concert: Uuid) -> (Session, Buyer) {
        let fan = self.fan().await;
        let session = self.visit_as(&fan).await;
        session.go(&format!("/sale/{concert}")).await;
        session.wait_for("#seats").await;
        (session, fan)
    }

    /// Polls once, which is a sign of life.
    pub(crate) async fn poll(&self, fan: &Buyer) -> Value {
        self.call(Method::GET, "/v1/enqueues", &fan.ticket, &json!({})).await
    }

    /// Polls again and again until the task is aborted, so that the fans count as present.
    pub(crate) fn keep_polling(&self, fans: &[&Buyer]) -> JoinHandle<()> {
        let url = format!("{}/v1/enqueues", self.base);
        let tickets: Vec<_> = fans.iter().map(|fan| fan.ticket.clone()).collect();
        tokio::spawn(async move {
            let client = reqwest::Client::new();
            loop {
                for ticket in &tickets {
                    client.get(&url).bearer_auth(ticket).send().await.expect("the server answers");
                }
                // Fans pause between polls; the server refuses polls that come much too early.
                tokio::time::sleep(Duration::from_millis(1_200)).await;
            }
        })
    }

    /// A connection to the site that can be cut.
    pub(crate) fn way(&self) -> Proxy {
        let address = self.base.strip_prefix("http://").and_then(|it| it.parse().ok());
        Proxy::start(address.expect("an address")).expect("a free port")
    }

    pub(crate) async fn leave(&self, fan: &Buyer) {
        self.call(Method::DELETE, "/v1/enqueues", &fan.ticket, &json!({})).await;
    }

    /// Lets this many in at once.
    pub(crate) async fn let_in(&self, capacity: u32) {
        let dials = json!({ "capacity": capacity });
        self.call(Method::PATCH, "/v1/line", &self.operator_token(), &dials).await;
    }

    pub(crate) async fn pause(&self, paused: bool) {
        let dials = json!({ "paused": paused });
        self.call(Method::PATCH, "/v1/line", &self.operator_token(), &dials).await;
    }

    pub(crate) async fn hold(&self, fan: &Buyer, concert: Uuid, seats: &[SeatNo]) {
        let path = format!("/v1/concerts/{concert}/reservations");
        self.call(Method::POST, &path, &fan.ticket, &json!({ "seatNos": seats })).await;
    }

    pub(crate) async fn charge(&self, fan: &Buyer, amount: i64) {
        self.call(Method::PATCH, "/v1/charges", &fan.user_token, &json!({ "amount": amount })).await;
    }

    /// Holds and pays, which ends their turn.
    pub(crate) async fn buy(&self, fan: &Buyer, concert: Uuid, seats: &[SeatNo]) {
        self.charge(fan, 1_000_000).await;
        self.hold(fan, concert, seats).await;
        self.pay(fan, concert, seats).await;
    }

    pub(crate) async fn pay(&self, fan: &Buyer, concert: Uuid, seats: &[SeatNo]) {
        let path = format!("/v1/concerts/{concert}/payments");
        self.call(Method::POST, &path, &fan.ticket, &json!({ "seatNos": seats })).await;
    }

    /// The user that a browser is signed in as, by its cookie.
    pub(crate) async fn user_of(&self, session: &Session) -> UserId {
        let cookies = session.cookies().await;
        let token = cookies.iter().find(|cookie| cookie.name == "onsale_user").expect("they are somebody");
        UserId(self.app.keys.read_user(&token.value, self.app.now()).expect("it was signed here").user)
    }

    pub(crate) async fn balance(&self, user: UserId) -> i64 {
        self.app.balance(user).await.expect("the store can be read").0
    }

    /// The seats that somebody has paid for.
    pub(crate) async fn bought(&self, user: UserId) -> Vec<SeatNo> {
        let bills = self.app.bills(user, None).await.expect("the store can be read").items;
        let mut seats: Vec<_> = bills.iter().map(|bill| bill.seat_no).collect();
        seats.sort_unstable();
        seats
    }

    pub(crate) fn seat(&self, concert: Uuid, seat_no: SeatNo) -> Seat {
        let map = self.app.concert(ConcertId(concert)).expect("there is such a concert");
        map.snapshot().seats()[seat_no as usize - 1].clone()
    }

    pub(crate) fn seat_status(&self, concert: Uuid, seat_no: SeatNo) -> SeatStatus {
        self.seat(concert, seat_no).status(self.app.now())
    }

    /// Sends a form's fields once more, as this browser would. Returns where the answer redirects to.
    pub(crate) async fn send_again(
        &self,
        session: &Session,
        path: &str,
        fields: &[(String, String)],
    ) -> String {
        let cookies = session.cookies().await;
        let cookies: Vec<_> =
            cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let request = client.build().expect("a client").post(format!("{}{path}", self.base));
        let request = request.header("cookie", cookies.join("; ")).header("origin", &self.base);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let body = serde_html_form::to_string(fields).expect("fields are text");
        let answer = request.body(body).send().await.expect("the server answers");
        assert_eq!(answer.status(), 303, "{path}");
        answer.headers()["location"].to_str().expect("a path").to_owned()
    }
}

/// What a form would send, in order.
pub(crate) async fn fields_of(session: &Session, form: &str) -> Vec<(String, String)> {
    let script = "return [...new FormData(document.querySelector(arguments[0]))]";
    let fields = session.script(script, &[json!(form)]).await;
    serde_json::from_value(fields).expect("fields are text")
}

/// A free or chosen seat that can be clicked.
pub(crate) fn seat(seat_no: SeatNo) -> String {
    format!("label[data-seat='{seat_no}']")
}

pub(crate) fn in_state(seat_no: SeatNo, state: &str) -> String {
    format!("[data-seat='{seat_no}'][data-state='{state}']")
}

/// The seats that are ticked at this moment.
pub(crate) async fn ticked(session: &Session) -> Value {
    session
        .script("return [...document.querySelectorAll('.grid input:checked')].map(it => +it.value)", &[])
        .await
}

pub(crate) const HOLD: &str = ".hall .hold";
pub(crate) const PAY: &str = "form[action='/checkout/pay'] button";
pub(crate) const CHARGE: &str = "form[action='/wallet/charge'] .button-wide";
pub(crate) const JOIN: &str = "main form[action='/line'] button";
