//! One person's browser.

use std::panic::Location;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use thirtyfour::WebDriver;

use super::Browser;
use super::screen::{Preferences, Viewport};
use super::waiting::Failure;
use crate::http;

/// How much of a page is worth showing when something failed.
const SHOWN_CHARS: usize = 800;

/// A Chromium of one's own. It must be ended: that is when its console is looked at.
///
/// What a step needs it waits for. A step that fails panics, and says who took it, what was wrong and what
/// the page showed instead.
#[derive(Debug)]
pub struct Session {
    pub(super) driver: WebDriver,
    base: String,
    profile: PathBuf,
    is_over: bool,
    browser: Arc<Browser>,
}

impl Session {
    pub(super) fn new(driver: WebDriver, base: &str, profile: PathBuf, browser: Arc<Browser>) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        Self { driver, base, profile, is_over: false, browser }
    }

    /// The same for everybody, whatever machine this is.
    pub(super) async fn begin(&self) -> Result<(), String> {
        self.prepare().await.map_err(Failure::into_message)
    }

    /// Sets screen, preferences and language of the tab that is looked at.
    pub(super) async fn prepare(&self) -> Result<(), Failure> {
        self.set_viewport(Viewport::DESKTOP).await?;
        self.set_preferences(Preferences::default()).await?;
        self.set_language("en").await
    }

    /// Chromium's process id, as the driver tells it.
    pub fn process_id(&self) -> Option<u32> {
        self.driver.capabilities().get("goog:processID")?.as_u64()?.try_into().ok()
    }

    /// Goes to a path, as in `/docs?q=1`, and waits until the page is loaded.
    #[track_caller]
    pub fn go(&self, path: &str) -> impl Future<Output = ()> {
        let url = format!("{}{path}", self.base);
        self.step(format!("go to {path}"), async move { Ok(self.driver.goto(url).await?) })
    }

    /// Loads the page again.
    #[track_caller]
    pub fn reload(&self) -> impl Future<Output = ()> {
        self.step("reload", async { Ok(self.driver.refresh().await?) })
    }

    /// Goes back, as by the browser's own button.
    #[track_caller]
    pub fn back(&self) -> impl Future<Output = ()> {
        self.step("go back", async { Ok(self.driver.back().await?) })
    }

    /// The path and query of where it is.
    #[track_caller]
    pub fn path(&self) -> impl Future<Output = String> {
        self.step("say where it is", self.current_path())
    }

    pub(super) async fn current_path(&self) -> Result<String, Failure> {
        let url = self.driver.current_url().await?;
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Ok(format!("{}{query}", url.path()))
    }

    /// The page's title.
    #[track_caller]
    pub fn title(&self) -> impl Future<Output = String> {
        self.step("read the title", async { Ok(self.driver.title().await?) })
    }

    /// What a function with this body returns in the page, `arguments[0]` being the first of `arguments`. A
    /// promise is waited for.
    #[track_caller]
    pub fn script(&self, body: &str, arguments: &[Value]) -> impl Future<Output = Value> {
        self.step("run a script", self.run(body, arguments))
    }

    pub(super) async fn run(&self, body: &str, arguments: &[Value]) -> Result<Value, Failure> {
        Ok(self.driver.execute(body, arguments.to_vec()).await?.json().clone())
    }

    /// Closes it.
    ///
    /// # Panics
    /// When a page has complained and nobody has asked for that (see [`Session::complaints`]).
    pub async fn end(mut self) {
        let complaints = self.complaints().await;
        assert!(complaints.is_empty(), "pages complained: {complaints:#?}");
        self.step("close", async { Ok(self.driver.clone().quit().await?) }).await;
        self.is_over = true;
        let _ = std::fs::remove_dir_all(&self.profile);
    }

    /// What `doing` returns; a failure is reported at the caller.
    #[track_caller]
    pub(super) fn step<T>(
        &self,
        what: impl Into<String>,
        doing: impl Future<Output = Result<T, Failure>>,
    ) -> impl Future<Output = T> {
        let caller = Location::caller();
        let what = what.into();
        async move {
            match doing.await {
                Ok(value) => value,
                Err(failure) => {
                    let (problem, shown) = (failure.into_message(), self.shown().await);
                    panic!("{caller}: could not {what}: {problem}\n{shown}")
                }
            }
        }
    }

    /// What the page shows, to explain a failure.
    async fn shown(&self) -> String {
        let address = self.driver.current_url().await.map(|url| url.to_string()).unwrap_or_default();
        let title = self.driver.title().await.unwrap_or_default();
        let text = self.visible_text().await.unwrap_or_default();
        let start: String = text.chars().take(SHOWN_CHARS).collect();
        let rest = if start.len() < text.len() { " ..." } else { "" };
        format!("the page is {address}, \"{title}\", and shows:\n{start}{rest}")
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        // Left to itself the client would say goodbye on a connection that nobody serves while this thread
        // waits for it.
        let path = format!("/session/{}", self.driver.session_id());
        let _ = self.driver.clone().leak();
        http::delete(self.browser.address(), &path);
        assert!(std::thread::panicking(), "a session must be ended: session.end().await");
    }
}
