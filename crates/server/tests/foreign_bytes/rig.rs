//! A server without a socket, and arbitrary bytes for its requests.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Request, StatusCode, header};
use onsale_testbed::secret::random;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use uuid::Uuid;

use crate::readers::tokens::Role;
use crate::readers::{App, Clock, Shared, StoreConfig, router, settings, start};

/// The token secret of every server here.
pub(crate) static SECRET: LazyLock<String> = LazyLock::new(|| random().expect("the system has randomness"));
/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// See the module.
pub(crate) struct Rig {
    pub(crate) runtime: Runtime,
    pub(crate) app: Arc<App>,
    pub(crate) site: Shared,
    router: axum::Router,
    _folder: TempDir,
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
    pub(crate) text: String,
}

impl Rig {
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let flags = BTreeMap::from([("token_secret", SECRET.clone())]);
        let settings = settings::read(&flags, [], None).expect("the settings are allowed");
        let clock = Clock::manual("2026-03-01T09:00:00Z".parse().expect("a time"));
        let keys = start::keys(&settings).expect("a secret is set");
        let runtime = Runtime::new().expect("a runtime starts");
        let config = StoreConfig::Embedded(folder.path().to_owned());
        let opened = runtime.block_on(App::open(config, clock, start::config(&settings), keys));
        let app = Arc::new(opened.expect("the store opens"));
        let site = Arc::new(router::site(Arc::clone(&app), start::site_config(&settings)));
        let router = router::router(Arc::clone(&site));
        Self { runtime, app, site, router, _folder: folder }
    }

    /// A token of somebody new.
    pub(crate) fn user(&self) -> String {
        self.app.keys.sign_user(Uuid::now_v7(), Role::User, self.app.now())
    }

    pub(crate) fn send(&self, mut request: Request<Body>) -> Reply {
        request.headers_mut().entry(header::HOST).or_insert(HeaderValue::from_static("tickets.example"));
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await.expect("a router never fails");
            let location =
                answer.headers().get(header::LOCATION).map(|it| it.to_str().expect("text").to_owned());
            let status = answer.status();
            let bytes = to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await.expect("the answer ends");
            Reply { status, location, text: String::from_utf8_lossy(&bytes).into_owned() }
        })
    }

    /// Closes the store, so that nothing outlives the test.
    pub(crate) fn end(self) {
        self.runtime.block_on(self.app.close());
    }
}

/// Runs a property, and saves failures in no file.
pub(crate) fn check<S: Strategy>(
    cases: u32,
    strategy: &S,
    property: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    if let Err(failure) = TestRunner::new(config).run(strategy, property) {
        panic!("{failure}");
    }
}

/// Bytes that a header may contain.
pub(crate) fn header_value() -> impl Strategy<Value = HeaderValue> {
    proptest::collection::vec(any::<u8>(), 0..60)
        .prop_filter_map("a header has no control characters", |bytes| HeaderValue::from_bytes(&bytes).ok())
}

/// Text for a header that is close to a valid one.
pub(crate) fn header_text(pattern: &'static str) -> impl Strategy<Value = HeaderValue> {
    pattern.prop_filter_map("a header has no control characters", |text| HeaderValue::from_str(&text).ok())
}
