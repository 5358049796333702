//! A server in this process, for browsers to visit.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::{SignedDuration, Timestamp, Unit};
use onsale::{demo, settings, start};
use onsale_app::app::App;
use onsale_app::tokens::Role;
use onsale_http::{connection, router};
use onsale_storage::clock::Clock;
use onsale_storage::store::StoreConfig;
use onsale_testbed::browser::{Browser, Session};
use onsale_testbed::proxy::Proxy;
use onsale_testbed::secret::random;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// The token secret of every site.
static SECRET: LazyLock<String> = LazyLock::new(|| random().expect("the system has randomness"));

/// See the module. It must be ended, after its visits: that is when the store is audited.
pub(crate) struct Site {
    pub(crate) app: Arc<App>,
    pub(crate) base: String,
    browser: Arc<Browser>,
    http: reqwest::Client,
    tasks: Vec<JoinHandle<()>>,
    is_over: bool,
    _home: TempDir,
}

impl Site {
    /// With these settings, by their keys, and no concert.
    pub(crate) async fn open(flags: &[(&'static str, &str)]) -> Self {
        let browser = Browser::shared().expect("a browser starts");
        let home = tempfile::tempdir().expect("a folder can be made");
        let secret = [("token_secret", SECRET.as_str())];
        let all = secret.iter().chain(flags);
        let flags: BTreeMap<_, _> = all.map(|(key, value)| (*key, (*value).to_owned())).collect();
        let settings = settings::read(&flags, [], None).expect("the settings are allowed");
        let keys = start::keys(&settings).expect("a secret is set");
        let config = StoreConfig::Embedded(home.path().to_owned());
        let app = App::open(config, Clock::system(), start::config(&settings), keys)
            .await
            .expect("the store opens");
        let app = Arc::new(app);
        let site = Arc::new(router::site(Arc::clone(&app), start::site_config(&settings)));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("a bound port"));
        let answers = router::answers(&site);
        let serving = connection::serve(listener, answers, site.limits, app.stopping.clone());
        let tasks = vec![tokio::spawn(site.run()), tokio::spawn(serving)];
        Self { app, base, browser, http: reqwest::Client::new(), tasks, is_over: false, _home: home }
    }

    /// As `serve --demo` opens it: three concerts on three dates.
    pub(crate) async fn demo(flags: &[(&'static str, &str)]) -> Self {
        let site = Self::open(flags).await;
        demo::open(&site.app).await.expect("the demo's concerts open");
        site
    }

    /// Somebody new with a browser of their own.
    pub(crate) async fn visitor(&self) -> Session {
        self.browser.open(&self.base).await.expect("Chromium starts")
    }

    /// Somebody new whose browser refuses cookies.
    pub(crate) async fn visitor_without_cookies(&self) -> Session {
        self.browser.open_without_cookies(&self.base).await.expect("Chromium starts")
    }

    /// Somebody new who connects through this proxy.
    pub(crate) async fn visitor_by(&self, way: &Proxy) -> Session {
        self.browser.open(&format!("http://{}", way.addr())).await.expect("Chromium starts")
    }

    /// A token of somebody new, as an identity provider of the organisation signs it.
    pub(crate) fn user_token(&self) -> String {
        self.app.keys.sign_user(Uuid::now_v7(), Role::User, self.app.now())
    }

    /// A token of somebody who runs the sale.
    pub(crate) fn operator_token(&self) -> String {
        self.app.keys.sign_user(Uuid::now_v7(), Role::Operator, self.app.now())
    }

    /// What the API answers to somebody with this token; it must be a success.
    pub(crate) async fn call(&self, method: Method, path: &str, token: &str, body: &Value) -> Value {
        let request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(token).json(body);
        let answer = request.send().await.expect("the server answers");
        let (status, text) = (answer.status(), answer.text().await.expect("a whole answer"));
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Puts a concert on sale; see [`concert`].
    pub(crate) async fn open_concert(&self, concert: &Value) -> Uuid {
        let opened = self.call(Method::POST, "/v1/concerts", &self.operator_token(), concert).await;
        opened["id"].as_str().and_then(|id| id.parse().ok()).expect("a concert has an id")
    }

    /// Somebody new joins the line, and is inside at once where there is room. Returns the queue token.
    pub(crate) async fn join(&self) -> String {
        let joined = self.call(Method::POST, "/v1/enqueues", &self.user_token(), &json!({})).await;
        joined["token"].as_str().expect("joining gives a token").to_owned()
    }

    /// Stops the server, audits the store, and sees that nothing is left over.
    pub(crate) async fn end(mut self) {
        self.app.stopping.cancel();
        for task in self.tasks.drain(..) {
            task.await.expect("serving does not panic");
        }
        assert_eq!(Arc::strong_count(&self.app), 1, "a request or a stream outlived the server");
        let (breaches, _) = self.app.audit().await.expect("the store can be read");
        assert!(breaches.is_empty(), "{breaches:?}");
        self.app.close().await;
        self.is_over = true;
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        assert!(self.is_over || std::thread::panicking(), "a site must be ended: site.end().await");
    }
}

/// A concert in a week whose sale has just begun.
pub(crate) fn concert(name: &str, capacity: u32) -> Value {
    let now = Timestamp::now().round(Unit::Second).expect("far from the end of time");
    let after = |hours: i64| (now + SignedDuration::from_hours(hours)).to_string();
    json!({"name": name, "capacity": capacity, "price": 50_000, "openingAt": after(-1), "closingAt": after(7 * 24 - 1),
        "eventDate": after(7 * 24)})
}
