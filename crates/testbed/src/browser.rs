//! A real browser without a window: Chromium, driven through Debian's chromedriver.
//!
//! A [`Browser`] is the driver's process; each [`Session`] that it opens is a Chromium of its own with a
//! profile of its own, so two sessions are two people who share nothing.

mod accessibility;
mod conditions;
mod evidence;
mod page;
mod screen;
mod session;
mod tabs;
mod waiting;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::{Value, json};
use thirtyfour::error::WebDriverResult;
use thirtyfour::{
    ChromeCapabilities, ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver,
};

pub use self::accessibility::Violation;
pub use self::evidence::{Complaint, Cookie};
pub use self::page::Key;
pub use self::screen::{ColorScheme, Motion, Preferences, Viewport};
pub use self::session::Session;
use crate::folder::Folder;
use crate::http::is_ok;
use crate::owner::Owner;
use crate::port;
use crate::process::{Process, log_tail};
use crate::programs::find_program;
use crate::wait::{PATIENCE, until};

/// What every Chromium is started with: nothing that talks to the world, and nothing that asks for a person.
const FLAGS: [&str; 11] = [
    "--headless",
    // Tests run as root and in containers, where Chromium cannot put itself into a sandbox.
    "--no-sandbox",
    // Containers give little shared memory.
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

/// The browser that the tests of this process share, as long as one of them has it.
static SHARED: Mutex<Weak<Browser>> = Mutex::new(Weak::new());

/// A chromedriver with a folder of its own, on a loopback port. It goes on drop, and every Chromium with it.
#[derive(Debug)]
pub struct Browser {
    // Before the folder, which goes after it.
    process: Process,
    folder: Folder,
    chromium: PathBuf,
    port: u16,
    profiles: AtomicU32,
}

impl Browser {
    /// Starts a driver and waits until it answers. No Chromium runs yet.
    ///
    /// # Errors
    /// When a program is missing or does not come up; its last words are part of the message.
    pub fn start() -> Result<Self, String> {
        let chromium = find_program("chromium")?;
        let driver = find_program("chromedriver")?;
        let folder = Folder::new("browser", &Owner::Myself)?;
        let port = port::free()?;
        let mut command = Command::new(driver);
        command.arg(format!("--port={port}"));
        // All that Chromium writes beside its profile goes with the folder as well.
        for name in ["HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
            command.env(name, folder.path());
        }
        let mut process = Process::start(command, folder.path())?;
        let is_ready = || is_ok(port::local(port), "/status");
        if !until(PATIENCE, || process.has_ended() || is_ready()) || process.has_ended() {
            return Err(format!("chromedriver does not start:\n{}", log_tail(folder.path())));
        }
        Ok(Self { process, folder, chromium, port, profiles: AtomicU32::new(0) })
    }

    /// The one that others in this process use at the moment, else a new one. The last to let go of it stops
    /// it.
    ///
    /// # Errors
    /// As [`Browser::start`].
    pub fn shared() -> Result<Arc<Self>, String> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(browser) = shared.upgrade() {
            return Ok(browser);
        }
        let browser = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&browser);
        Ok(browser)
    }

    /// The driver's process id.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        port::local(self.port)
    }

    /// Opens a Chromium for somebody new: no cookies, a desktop, light colours, English. Paths that it goes
    /// to are below `base`, as in `http://127.0.0.1:3000`.
    ///
    /// # Errors
    /// When Chromium does not come up.
    pub async fn open(self: &Arc<Self>, base: &str) -> Result<Session, String> {
        self.open_with(base, json!({})).await
    }

    /// The same for somebody whose browser refuses all cookies.
    ///
    /// # Errors
    /// As [`Browser::open`].
    pub async fn open_without_cookies(self: &Arc<Self>, base: &str) -> Result<Session, String> {
        // 2 is what its settings write for "blocked".
        self.open_with(base, json!({"profile.default_content_setting_values.cookies": 2})).await
    }

    async fn open_with(self: &Arc<Self>, base: &str, preferences: Value) -> Result<Session, String> {
        let number = self.profiles.fetch_add(1, Ordering::Relaxed);
        let profile = self.folder.path().join(format!("profile-{number}"));
        let wanted = self.capabilities(&profile, preferences).map_err(|error| error.to_string())?;
        let opened = WebDriver::new(format!("http://{}", self.address()), wanted).await;
        let driver = opened
            .map_err(|error| format!("Chromium does not start: {error}\n{}", log_tail(self.folder.path())))?;
        let session = Session::new(driver, base, profile, Arc::clone(self));
        session.begin().await?;
        Ok(session)
    }

    fn capabilities(&self, profile: &Path, preferences: Value) -> WebDriverResult<ChromeCapabilities> {
        let mut wanted = DesiredCapabilities::chrome();
        for flag in FLAGS {
            wanted.add_arg(flag)?;
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.display()))?;
        wanted.set_binary(&self.chromium.to_string_lossy())?;
        wanted.add_experimental_option("prefs", preferences)?;
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        Ok(wanted)
    }
}
