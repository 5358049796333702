//! A server for one story: a fresh home, a free port, and a clock that only the story moves.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use onsale::settings::{self, Settings};
use onsale::start;
use onsale_app::app::App;
use onsale_app::tokens::{Role, UserToken};
use onsale_http::connection::{self, Limits};
use onsale_http::router;
use onsale_http::site::{Shared, SiteConfig};
use onsale_storage::clock::Clock;
use onsale_testbed::secret::random;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::actors::{Actor, Client, Operator};
use crate::answer::Answer;
use crate::home::Home;

/// When every story begins.
pub(crate) const START: &str = "2026-03-01T09:00:00Z";
/// The date of the concert that every stage opens.
pub(crate) const DATE: &str = "2026-03-20";
/// What its seats cost.
pub(crate) const PRICE: i64 = 50_000;
/// The smallest step of time.
pub(crate) const MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

/// The token secret of every stage.
pub(crate) static SECRET: LazyLock<String> = LazyLock::new(|| random().expect("the system has randomness"));

pub(crate) fn secs(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// See the module. It must be ended: that is when the store is audited.
pub(crate) struct Stage {
    pub(crate) app: Arc<App>,
    pub(crate) site: Shared,
    pub(crate) client: Arc<Client>,
    pub(crate) concert: Uuid,
    pub(crate) clock: Clock,
    pub(crate) settings: Settings,
    limits: Limits,
    pub(crate) home: Arc<Home>,
    shutdown: CancellationToken,
    serving: Option<JoinHandle<()>>,
    is_over: bool,
}

impl Stage {
    /// With the default settings and one concert on sale.
    pub(crate) async fn open() -> Self {
        Self::with(&[]).await
    }

    /// With these settings, by their keys.
    pub(crate) async fn with(flags: &[(&'static str, &str)]) -> Self {
        Self::limited(flags, Limits::default()).await
    }

    /// With these settings, and these limits for clients.
    pub(crate) async fn limited(flags: &[(&'static str, &str)], limits: Limits) -> Self {
        let secret = [("token_secret", SECRET.as_str())];
        let all = secret.iter().chain(flags);
        let flags: BTreeMap<_, _> = all.map(|(key, value)| (*key, (*value).to_owned())).collect();
        let settings = settings::read(&flags, [], None).expect("the story's settings are allowed");
        let clock = Clock::manual(START.parse().expect("a time"));
        let mut stage = Self::at(Arc::new(Home::fresh().await), clock, settings, limits).await;
        stage.concert = stage.open_concert(&concert()).await;
        stage
    }

    /// On the data at this home.
    pub(crate) async fn at(home: Arc<Home>, clock: Clock, settings: Settings, limits: Limits) -> Self {
        let site = open_site(&home, &clock, &settings, limits).await;
        let shutdown = CancellationToken::new();
        let (base, serving) = serve(&site, &shutdown).await;
        Self {
            app: Arc::clone(&site.app),
            site,
            client: Arc::new(Client::new(base)),
            concert: Uuid::nil(),
            clock,
            settings,
            limits,
            home,
            shutdown,
            serving: Some(serving),
            is_over: false,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock, then runs one tick, which a real server does ten times a second.
    pub(crate) async fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
        self.site.tick().await;
    }

    pub(crate) async fn tick(&self) {
        self.site.tick().await;
    }

    /// Somebody new who signed up with a name.
    pub(crate) async fn fan(&self, name: &str) -> Actor {
        let call = self.client.call(Method::POST, "/v1/users").json(&json!({"name": name}));
        let user = call.send().await.ok();
        let id = user["id"].as_str().and_then(|id| id.parse().ok()).expect("a user has an id");
        let token = user["token"].as_str().expect("a user has a token").to_owned();
        Actor::new(Arc::clone(&self.client), id, token, self.concert)
    }

    /// Somebody new without a name, whose token an identity provider of the organisation signed.
    pub(crate) fn newcomer(&self) -> Actor {
        let id = Uuid::now_v7();
        let token = self.app.keys.sign_user(id, Role::User, self.now());
        Actor::new(Arc::clone(&self.client), id, token, self.concert)
    }

    pub(crate) fn crowd(&self, count: usize) -> Vec<Actor> {
        (0..count).map(|_| self.newcomer()).collect()
    }

    /// Somebody who is inside.
    pub(crate) async fn insider(&self) -> Actor {
        let fan = self.newcomer();
        fan.enter().await;
        fan
    }

    /// Somebody who is inside and has money.
    pub(crate) async fn buyer(&self, amount: i64) -> Actor {
        let fan = self.insider().await;
        fan.charge(amount).await.ok();
        fan
    }

    pub(crate) fn operator(&self) -> Operator {
        let token = self.app.keys.sign_user(Uuid::now_v7(), Role::Operator, self.now());
        Operator { client: Arc::clone(&self.client), token }
    }

    /// The metrics, as Prometheus reads them.
    pub(crate) async fn metrics(&self) -> Answer {
        self.operator().call(Method::GET, "/metrics").send().await
    }

    /// Puts a concert on sale.
    pub(crate) async fn open_concert(&self, concert: &Value) -> Uuid {
        let opened = self.operator().open_concert(concert).await.ok();
        opened["id"].as_str().and_then(|id| id.parse().ok()).expect("a concert has an id")
    }

    /// Makes a sale with these fields besides its name.
    pub(crate) async fn make_sale(&self, fields: Value) -> Uuid {
        let mut sale = fields;
        sale["name"] = json!("Presale");
        let made = self.operator().make_sale(&sale).await.ok();
        made["id"].as_str().and_then(|id| id.parse().ok()).expect("a sale has an id")
    }

    /// Somebody new whose token names these groups.
    pub(crate) fn member(&self, groups: &[&str]) -> Actor {
        let groups = groups.iter().map(|name| (*name).to_owned()).collect();
        let token = UserToken { user: Uuid::now_v7(), role: Role::User, groups };
        let text = self.app.keys.sign_user_token(&token, self.now());
        Actor::new(Arc::clone(&self.client), token.user, text, self.concert)
    }

    /// Stops the server and starts it again at the same home, with the same clock.
    pub(crate) async fn restart(&mut self) {
        self.close().await;
        self.site = open_site(&self.home, &self.clock, &self.settings, self.limits).await;
        self.app = Arc::clone(&self.site.app);
        self.shutdown = CancellationToken::new();
        let (base, serving) = serve(&self.site, &self.shutdown).await;
        self.client.move_to(base);
        self.serving = Some(serving);
    }

    /// Audits the store, which must be free of breaches.
    pub(crate) async fn audit(&self) {
        let (breaches, rows) = self.app.audit().await.expect("the store can be read");
        assert!(breaches.is_empty() && rows > 0, "{breaches:?} in {rows} rows");
    }

    /// Stops the server, audits the store, and sees that nothing is left over.
    pub(crate) async fn end(mut self) {
        self.close().await;
        self.is_over = true;
    }

    async fn close(&mut self) {
        self.app.stopping.cancel();
        self.shutdown.cancel();
        if let Some(serving) = self.serving.take() {
            serving.await.expect("serving does not panic");
        }
        assert_eq!(Arc::strong_count(&self.site), 1, "a request or a stream outlived the server");
        assert_eq!(Arc::strong_count(&self.app), 2, "a request or a stream outlived the server");
        self.audit().await;
        self.app.close().await;
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        assert!(self.is_over || std::thread::panicking(), "a stage must be ended: stage.end().await");
    }
}

async fn open_site(home: &Home, clock: &Clock, settings: &Settings, limits: Limits) -> Shared {
    let keys = start::keys(settings).expect("the stories set a secret");
    let opened = App::open(home.store_config(), clock.clone(), start::config(settings), keys).await;
    let app = opened.expect("the store opens, and its lock is free");
    let config = start::site_config(settings);
    // Those that are settings come from there.
    let limits = Limits {
        answer_bytes_max: config.limits.answer_bytes_max,
        requests_per_ticket: config.limits.requests_per_ticket,
        streams_per_ticket: config.limits.streams_per_ticket,
        ..limits
    };
    Arc::new(router::site(Arc::new(app), SiteConfig { limits, ..config }))
}

/// Serves on a free port. Serving stops apart from `app.stopping`, so that a story can see the answers of a
/// server that is about to stop.
async fn serve(site: &Shared, shutdown: &CancellationToken) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("a bound port"));
    let answers = router::answers(site);
    (base, tokio::spawn(connection::serve(listener, answers, site.limits, shutdown.clone())))
}

/// The concert that every stage opens.
pub(crate) fn concert() -> Value {
    json!({"name": "Spring Night", "capacity": 50, "price": PRICE, "openingAt": "2026-03-01T08:00:00Z",
        "closingAt": "2026-03-20T09:00:00Z", "eventDate": "2026-03-20T19:00:00Z"})
}

/// The same with another value for some fields.
pub(crate) fn concert_with(changes: &Value) -> Value {
    let mut concert = concert();
    for (name, value) in changes.as_object().expect("changes are an object") {
        concert[name] = value.clone();
    }
    concert
}

/// Sends all requests at the same time. The answers are in the order of the requests.
pub(crate) async fn at_once(asks: impl IntoIterator<Item = impl Future<Output = Answer>>) -> Vec<Answer> {
    join_all(asks).await
}

/// Buys a seat from hold to payment; the fan is inside.
pub(crate) async fn buy(fan: &Actor, seat_no: u32) {
    fan.hold(seat_no).await.ok();
    fan.charge(PRICE).await.ok();
    fan.pay(seat_no).await.ok();
}
