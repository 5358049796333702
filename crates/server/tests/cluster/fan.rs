//! Somebody who joins, waits, charges, holds and pays for as long as the test lasts, and writes everything down.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::history::{Deed, End, Event, Micros, Told, money, now, number, text, time};

pub(crate) const PRICE: i64 = 300;
pub(crate) const SEATS: u32 = 2_000;
/// Everybody wants one of so many seats, so that they meet.
const WANTED: u32 = 24;
const ANSWERS_WITHIN: Duration = Duration::from_secs(15);
/// How many requests everybody sends again in the end.
const REPEATED: usize = 5;
/// How long an open request is sent again until somebody knows.
const TRIES_MAX: u32 = 60;

/// What everybody at the sale shares.
#[derive(Default)]
pub(crate) struct Stage {
    pub(crate) concert: String,
    pub(crate) doors: Vec<String>,
    /// Passes and holds run out within the test.
    pub(crate) is_hasty: bool,
    /// Whoever lingers inside shows that a purchase still works: charge, hold, pay.
    pub(crate) must_show: AtomicBool,
    /// Who lingers inside now.
    pub(crate) lingering: Mutex<BTreeSet<usize>>,
    pub(crate) is_fault_over: AtomicBool,
    pub(crate) is_over: AtomicBool,
    pub(crate) paid: AtomicU32,
    pub(crate) history: Mutex<Vec<Event>>,
    pub(crate) complaints: Mutex<Vec<String>>,
    /// What became of requests whose outcome nobody told: done, and not done.
    pub(crate) done: AtomicU32,
    pub(crate) not_done: AtomicU32,
}

impl Stage {
    pub(crate) fn someone_lingers(&self) -> bool {
        !self.lingering.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn complain(&self, words: String) {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).push(words);
    }
}

#[derive(Debug, Clone)]
struct Ticket {
    token: String,
    number: u64,
    is_inside: bool,
}

pub(crate) struct Fan {
    who: usize,
    user: String,
    door: usize,
    http: Client,
    stage: Arc<Stage>,
    dice: StdRng,
    keys: u32,
    /// Whether they have charged since they must show what works.
    has_shown_charge: bool,
    ticket: Option<Ticket>,
    balance: i64,
    /// Seat and deadline.
    holds: BTreeMap<u32, Micros>,
    /// The one request whose outcome nobody told.
    open: Option<(Deed, Option<String>)>,
    /// Requests with a key that succeeded, and the ticket that they were made with.
    repeatable: Vec<(Deed, String, Option<Ticket>)>,
}

impl Fan {
    /// Signs up.
    pub(crate) async fn new(who: usize, stage: &Arc<Stage>) -> Self {
        let http = Client::builder().timeout(ANSWERS_WITHIN).no_proxy().build().expect("a client");
        let door = who % stage.doors.len();
        let url = format!("{}/v1/users", stage.doors[door]);
        let signed_up = http.post(url).json(&json!({ "name": format!("fan {who}") })).send().await;
        let signed_up: Value = signed_up.expect("an answer").json().await.expect("JSON");
        Self {
            who,
            user: text(&signed_up["token"]),
            door,
            http,
            stage: Arc::clone(stage),
            dice: StdRng::seed_from_u64(who as u64),
            keys: 0,
            has_shown_charge: false,
            ticket: None,
            balance: 0,
            holds: BTreeMap::new(),
            open: None,
            repeatable: Vec::new(),
        }
    }

    pub(crate) async fn play(mut self) -> Self {
        while !self.stage.is_over.load(Ordering::Relaxed) {
            self.step().await;
            self.tell_if_lingering();
            let rest = self.dice.random_range(5..25);
            pause(rest).await;
        }
        self
    }

    /// Some take their time, so that there is somebody inside while nobody can come in.
    fn lingers(&self) -> bool {
        self.who.is_multiple_of(5)
    }

    fn tell_if_lingering(&self) {
        if self.lingers() {
            let is_inside = self.ticket.as_ref().is_some_and(|ticket| ticket.is_inside);
            let mut lingering = self.stage.lingering.lock().unwrap_or_else(PoisonError::into_inner);
            if is_inside {
                lingering.insert(self.who)
            } else {
                lingering.remove(&self.who)
            };
        }
    }

    async fn step(&mut self) {
        match (self.open.clone(), self.ticket.clone()) {
            (Some((deed, key)), _) if self.stage.is_fault_over.load(Ordering::Relaxed) => {
                self.find_out(deed, key).await;
            }
            (Some(_), _) => {
                self.ask(Deed::Balance, None).await;
                pause(100).await;
            }
            (None, None) => self.join().await,
            (None, Some(ticket)) if !ticket.is_inside => self.poll().await,
            (None, Some(_)) => {
                let (deed, key) = self.next_deed();
                self.act(deed, key).await;
            }
        }
    }

    async fn join(&mut self) {
        match self.ask(Deed::Join, None).await {
            Told::Yes(joined) => {
                let is_inside = joined["status"] == "admitted";
                self.ticket = Some(Ticket {
                    token: text(&joined["token"]),
                    number: number(&joined["number"]),
                    is_inside,
                });
                if !is_inside {
                    pause(number(&joined["pollAfterMs"])).await;
                }
            }
            told => self.unexpected(Deed::Join, &told).await,
        }
    }

    async fn poll(&mut self) {
        match self.ask(Deed::Poll, None).await {
            Told::Yes(status) if status["status"] == "waiting" => pause(number(&status["pollAfterMs"])).await,
            Told::Yes(status) if status["status"] == "admitted" => {
                self.ticket.as_mut().expect("a ticket").is_inside = true;
            }
            // Whether it may be over is looked into when all is told.
            Told::Yes(_) => self.go(),
            Told::No(429, _) => pause(200).await,
            told => self.unexpected(Deed::Poll, &told).await,
        }
    }

    async fn act(&mut self, deed: Deed, key: Option<String>) {
        let told = self.ask(deed, key.as_deref()).await;
        match &told {
            Told::Yes(answer) => {
                self.repeatable.extend(key.map(|key| (deed, key, self.ticket.clone())));
                self.learn(deed, answer);
            }
            Told::Unknown(_) if !matches!(deed, Deed::Balance | Deed::Map | Deed::Join | Deed::Poll) => {
                self.open = Some((deed, key));
            }
            _ => self.unexpected(deed, &told).await,
        }
    }

    fn learn(&mut self, deed: Deed, answer: &Value) {
        match deed {
            Deed::Charge(amount) => self.balance += amount,
            Deed::Hold(seat) => _ = self.holds.insert(seat, time(&answer["deadline"])),
            Deed::Release(seat) => _ = self.holds.remove(&seat),
            Deed::Pay(_) => {
                self.balance -= PRICE;
                self.stage.paid.fetch_add(1, Ordering::Relaxed);
                self.go();
            }
            Deed::Leave => self.go(),
            Deed::Balance | Deed::Map | Deed::Join | Deed::Poll => {}
        }
    }

    /// The ticket is over, and all holds with it.
    fn go(&mut self) {
        self.holds.clear();
        self.ticket = None;
    }

    /// Neither a success nor an open end: a fair refusal, trouble, or a complaint.
    async fn unexpected(&mut self, deed: Deed, told: &Told) {
        match told {
            Told::NotSent => {
                self.door = (self.door + 1) % self.stage.doors.len();
                pause(20).await;
            }
            Told::Unknown(_) | Told::Away => {
                if self.stage.doors.len() > 1 && matches!(told, Told::Unknown(why) if why.starts_with("lost"))
                {
                    self.door = (self.door + 1) % self.stage.doors.len();
                }
                let rest = self.dice.random_range(50..150);
                pause(rest).await;
            }
            Told::No(400, code) if matches!(deed, Deed::Hold(_)) => {
                if !matches!(code.as_str(), "seat_held" | "seat_sold" | "hold_limit") {
                    self.stage.complain(format!("fan {}: {deed:?}: {code}", self.who));
                }
            }
            Told::No(400, code) if self.stage.is_hasty && is_about_time(code) => {
                if let Deed::Release(seat) | Deed::Pay(seat) = deed {
                    self.holds.remove(&seat);
                }
            }
            Told::No(403, code) if self.stage.is_hasty && code == "not_holder" => {
                if let Deed::Release(seat) | Deed::Pay(seat) = deed {
                    self.holds.remove(&seat);
                }
            }
            Told::No(401, code) if self.stage.is_hasty && code == "pass_ended" => self.go(),
            told => {
                let by = self.ticket.as_ref().map(|ticket| (ticket.number, ticket.is_inside));
                self.stage.complain(format!("fan {} by {by:?}: {deed:?}: {told:?}", self.who));
                pause(100).await;
            }
        }
    }

    fn next_deed(&mut self) -> (Deed, Option<String>) {
        let held = self.holds.keys().next().copied();
        let lingers = self.lingers();
        let must_show = lingers && self.stage.must_show.load(Ordering::Relaxed);
        let deed = match (self.dice.random_range(0..24), held) {
            _ if must_show && !std::mem::replace(&mut self.has_shown_charge, true) => Deed::Charge(2 * PRICE),
            (10.., Some(seat)) if must_show => Deed::Pay(seat),
            (9, _) if must_show => Deed::Balance,
            _ if self.balance < 2 * PRICE => Deed::Charge(self.dice.random_range(600..3_000)),
            (0..=3, _) => Deed::Charge(self.dice.random_range(1..1_000)),
            (4..=6, Some(seat)) => Deed::Release(seat),
            (7..=8, Some(seat)) if !lingers || self.dice.random_range(0..6) == 0 => Deed::Pay(seat),
            (9, _) if !lingers && self.dice.random_range(0..4) == 0 => Deed::Leave,
            (10..=11, _) => Deed::Map,
            (12..=13, _) => Deed::Balance,
            (14, _) => Deed::Join,
            _ => {
                let sold = self.stage.paid.load(Ordering::Relaxed);
                Deed::Hold((sold + self.dice.random_range(1..=WANTED)).min(SEATS))
            }
        };
        let may_have_key = matches!(deed, Deed::Charge(_) | Deed::Hold(_) | Deed::Pay(_));
        self.keys += 1;
        (deed, may_have_key.then(|| format!("fan-{}-{}", self.who, self.keys)))
    }

    /// What has become of an open request is looked up; then it is sent again, which must agree.
    async fn find_out(&mut self, deed: Deed, key: Option<String>) {
        let Some(end) = self.look().await else { return };
        let Some(is_done) = self.is_done(deed, &end).await else { return };
        let fate = if is_done { &self.stage.done } else { &self.stage.not_done };
        fate.fetch_add(1, Ordering::Relaxed);
        if let Some(key) = key {
            for _ in 0..TRIES_MAX {
                match self.ask(deed, Some(&key)).await {
                    Told::Yes(answer) => {
                        self.repeatable.push((deed, key, self.ticket.clone()));
                        self.learn(deed, &answer);
                        break;
                    }
                    Told::Away | Told::Unknown(_) | Told::NotSent => pause(100).await,
                    told @ Told::No(..) if is_done => {
                        self.stage.complain(format!("fan {}: {deed:?} was done; again: {told:?}", self.who));
                        break;
                    }
                    told @ Told::No(..) => {
                        self.unexpected(deed, &told).await;
                        break;
                    }
                }
            }
        } else if is_done {
            self.learn(deed, &Value::Null);
        }
        self.open = None;
    }

    async fn is_done(&mut self, deed: Deed, end: &End) -> Option<bool> {
        match deed {
            Deed::Charge(amount) => Some(end.balance == self.balance + amount),
            Deed::Hold(seat) => Some(end.held.iter().any(|(held, _)| *held == seat)),
            Deed::Release(seat) => Some(end.held.iter().all(|(held, _)| *held != seat)),
            Deed::Pay(seat) => Some(end.owned.contains(&seat)),
            Deed::Leave => match self.ask(Deed::Poll, None).await {
                Told::Yes(status) => Some(status["status"] == "ended"),
                _ => None,
            },
            _ => Some(false),
        }
    }

    /// Finds out what is open, sends some of what succeeded again, and looks at what there is in the end.
    pub(crate) async fn settle(mut self) -> (usize, End) {
        for _ in 0..TRIES_MAX {
            let Some((deed, key)) = self.open.clone() else { break };
            self.find_out(deed, key).await;
            pause(50).await;
        }
        if let Some((deed, _)) = &self.open {
            self.stage.complain(format!("fan {}: nobody can say what became of {deed:?}", self.who));
        }
        let ticket = self.ticket.clone();
        for (deed, key, ticket) in self.repeatable.split_off(self.repeatable.len().saturating_sub(REPEATED)) {
            self.ticket = ticket;
            self.ask(deed, Some(&key)).await;
        }
        self.ticket = ticket;
        if self.ticket.is_some() {
            self.ask(Deed::Join, None).await;
        }
        for _ in 0..TRIES_MAX {
            if let Some(end) = self.look().await {
                return (self.who, end);
            }
            pause(100).await;
        }
        self.stage.complain(format!("fan {}: the store does not answer", self.who));
        (self.who, End::default())
    }

    async fn look(&mut self) -> Option<End> {
        let at = now();
        let Told::Yes(balance) = self.ask(Deed::Balance, None).await else { return None };
        let owned = self.list("/v1/bills").await?;
        let held = self.list("/v1/reservations").await?;
        let seat = |item: &Value| u32::try_from(number(&item["seatNo"])).expect("a seat number");
        let held = held.iter().filter(|item| item["status"] == "held");
        Some(End {
            balance: money(&balance["amount"]),
            owned: owned.iter().map(seat).collect(),
            held: held.map(|item| (seat(item), time(&item["deadline"]))).collect(),
            at,
        })
    }

    async fn list(&self, path: &str) -> Option<Vec<Value>> {
        let mut items = Vec::new();
        let mut from = path.to_owned();
        loop {
            let url = format!("{}{from}", self.stage.doors[self.door]);
            let answer = self.http.get(url).bearer_auth(&self.user).send().await.ok()?;
            let mut page: Value = answer.error_for_status().ok()?.json().await.ok()?;
            items.append(page["items"].as_array_mut()?);
            let Some(next) = page["next"].as_str() else { return Some(items) };
            from = format!("{path}?after={next}");
        }
    }

    /// Sends a request and writes it down.
    async fn ask(&mut self, deed: Deed, key: Option<&str>) -> Told {
        let concert = format!("/v1/concerts/{}/seats", self.stage.concert);
        let (method, path) = match deed {
            Deed::Join => (Method::POST, "/v1/enqueues".to_owned()),
            Deed::Poll => (Method::GET, "/v1/enqueues".to_owned()),
            Deed::Leave => (Method::DELETE, "/v1/enqueues".to_owned()),
            Deed::Charge(_) => (Method::PATCH, "/v1/charges".to_owned()),
            Deed::Balance => (Method::GET, "/v1/charges".to_owned()),
            Deed::Map => (Method::GET, concert),
            Deed::Hold(seat) => (Method::POST, format!("{concert}/{seat}/reservations")),
            Deed::Release(seat) => (Method::DELETE, format!("{concert}/{seat}/reservations")),
            Deed::Pay(seat) => (Method::POST, format!("{concert}/{seat}/payments")),
        };
        let needs_user = matches!(deed, Deed::Join | Deed::Charge(_) | Deed::Balance);
        let ticket = self.ticket.as_ref();
        let token = if needs_user { &self.user } else { ticket.map_or(&self.user, |ticket| &ticket.token) };
        let mut request = self.http.request(method, format!("{}{path}", self.stage.doors[self.door]));
        request = request.bearer_auth(token);
        if let Deed::Charge(amount) = deed {
            request = request.json(&json!({ "amount": amount }));
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let sent = now();
        let told = match request.send().await {
            Ok(response) => self.hear(response).await,
            Err(error) if error.is_connect() => Told::NotSent,
            Err(error) if error.is_timeout() => Told::Unknown("no answer".to_owned()),
            Err(error) => Told::Unknown(format!("lost: {error}")),
        };
        let event = Event {
            who: self.who,
            door: self.door,
            number: ticket.map(|ticket| ticket.number),
            deed,
            key: key.map(str::to_owned),
            sent,
            answered: now(),
            told: told.clone(),
        };
        self.stage.history.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        told
    }

    async fn hear(&self, response: Response) -> Told {
        let status = response.status().as_u16();
        if status == 503 && !response.headers().contains_key("retry-after") {
            self.stage.complain(format!("fan {}: a 503 without Retry-After", self.who));
        }
        let body: Value = match response.json().await {
            Ok(body) => body,
            Err(error) => return Told::Unknown(format!("lost: {status}, then {error}")),
        };
        match status {
            200 => Told::Yes(body),
            503 if text(&body["detail"]).contains("nothing was changed") => Told::Away,
            503 => Told::Unknown(text(&body["detail"])),
            _ => Told::No(status, text(&body["code"])),
        }
    }
}

fn is_about_time(code: &str) -> bool {
    matches!(code, "hold_expired" | "seat_not_held" | "seat_held" | "seat_sold")
}

async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
