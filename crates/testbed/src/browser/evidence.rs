//! What a browser can testify: its console, its cookies, a picture.

use serde_json::json;
use thirtyfour::SameSite;
use thirtyfour::support::base64_decode;

use super::Session;
use super::waiting::Failure;

/// The level at which the console keeps errors: uncaught exceptions, broken policies, answers of 400 and
/// above.
const ERROR: &str = "SEVERE";

/// An error in the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// What complains: `javascript` (an uncaught exception), `security` (the content security policy),
    /// `network` (an answer of 400 and above, or none), `console-api` (`console.error`), and others.
    pub source: String,
    /// Where, and what.
    pub message: String,
}

/// A cookie, with what tells who may read and send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where it is sent.
    pub path: String,
    /// Whether scripts cannot see it.
    pub is_http_only: bool,
    /// Whether it goes over HTTPS only.
    pub is_secure: bool,
    /// `Strict`, `Lax` or `None`.
    pub same_site: String,
}

impl Session {
    /// The console's errors since this was last asked. Those that were asked for do not fail the session's
    /// end.
    #[track_caller]
    pub fn complaints(&self) -> impl Future<Output = Vec<Complaint>> {
        self.step("read the console", async {
            let log = self.driver.browser_log().await?;
            let errors = log.into_iter().filter(|entry| entry.level == ERROR);
            let complaint = |entry: thirtyfour::BrowserLogEntry| Complaint {
                source: entry.source.unwrap_or_default(),
                message: entry.message,
            };
            Ok(errors.map(complaint).collect())
        })
    }

    /// The cookies that would be sent to the page.
    #[track_caller]
    pub fn cookies(&self) -> impl Future<Output = Vec<Cookie>> {
        self.step("read cookies", async {
            Ok(self.driver.get_all_cookies().await?.into_iter().map(Cookie::from).collect())
        })
    }

    /// Gives it a cookie of the page's host, as if the server had; it must be at one of the server's pages.
    #[track_caller]
    pub fn set_cookie(&self, name: &str, value: &str) -> impl Future<Output = ()> {
        let cookie = thirtyfour::Cookie::new(name, value);
        self.step(format!("set the cookie {name}"), async move { Ok(self.driver.add_cookie(cookie).await?) })
    }

    /// Forgets the cookies of the page's host.
    #[track_caller]
    pub fn forget_cookies(&self) -> impl Future<Output = ()> {
        self.step("forget cookies", async { Ok(self.driver.delete_all_cookies().await?) })
    }

    /// The whole page, also what would have to be scrolled to, as a PNG.
    #[track_caller]
    pub fn screenshot(&self) -> impl Future<Output = Vec<u8>> {
        self.step("take a screenshot", async {
            let layout = self.ask("Page.getLayoutMetrics", json!({})).await?;
            let mut clip = layout["cssContentSize"].clone();
            clip["scale"] = json!(1);
            let wanted = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
            let taken = self.ask("Page.captureScreenshot", wanted).await?;
            let encoded = taken["data"].as_str().ok_or_else(|| Failure::Final("no picture".to_owned()))?;
            Ok(base64_decode(encoded)?)
        })
    }
}

impl From<thirtyfour::Cookie> for Cookie {
    fn from(cookie: thirtyfour::Cookie) -> Self {
        let same_site = match cookie.same_site {
            Some(SameSite::Strict) => "Strict",
            Some(SameSite::None) => "None",
            // What browsers take it for when nobody says.
            Some(SameSite::Lax | SameSite::Default) | None => "Lax",
        };
        Self {
            name: cookie.name,
            value: cookie.value,
            path: cookie.path.unwrap_or_default(),
            is_http_only: cookie.http_only.unwrap_or(false),
            is_secure: cookie.secure.unwrap_or(false),
            same_site: same_site.to_owned(),
        }
    }
}
