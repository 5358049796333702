//! The conditions under which a person browses: screen, language, scripts or none, network or none.

use serde_json::{Value, json};

use super::Session;
use super::screen::{ColorScheme, Motion, Preferences, Viewport};
use super::waiting::Failure;

impl Session {
    /// Resizes what the page is seen through. Holds until the next change, as all below does.
    #[track_caller]
    pub fn resize(&self, viewport: Viewport) -> impl Future<Output = ()> {
        self.step("resize", self.set_viewport(viewport))
    }

    /// Has the page know what is preferred.
    #[track_caller]
    pub fn prefer(&self, preferences: Preferences) -> impl Future<Output = ()> {
        self.step("set preferences", self.set_preferences(preferences))
    }

    /// Reads this language before all others, as in `ko` or `en-GB`: `Accept-Language`, `navigator.language`
    /// and how scripts write dates. Requests from here on say so.
    #[track_caller]
    pub fn read_in(&self, language: &str) -> impl Future<Output = ()> {
        self.step(format!("read in {language}"), self.set_language(language))
    }

    /// Pages loaded from here on run no scripts of theirs.
    #[track_caller]
    pub fn turn_scripts_off(&self) -> impl Future<Output = ()> {
        self.step(
            "turn scripts off",
            self.set("Emulation.setScriptExecutionDisabled", json!({"value": true})),
        )
    }

    /// Pages loaded from here on run their scripts.
    #[track_caller]
    pub fn turn_scripts_on(&self) -> impl Future<Output = ()> {
        self.step(
            "turn scripts on",
            self.set("Emulation.setScriptExecutionDisabled", json!({"value": false})),
        )
    }

    /// Pages loaded from here on find no such global, as in a browser that has never heard of it.
    #[track_caller]
    pub fn do_without(&self, global: &str) -> impl Future<Output = ()> {
        let source = format!("delete globalThis[{}]", json!(global));
        self.step(format!("do without {global}"), self.run_before_pages(source))
    }

    /// In pages loaded from here on, each random number is `number`.
    #[track_caller]
    pub fn fix_random(&self, number: f64) -> impl Future<Output = ()> {
        let source = format!("Math.random = () => {number}");
        self.step(format!("fix random numbers at {number}"), self.run_before_pages(source))
    }

    async fn run_before_pages(&self, source: String) -> Result<(), Failure> {
        // Scripts of one's own need the domain; the driver has it on only while it needs it itself.
        self.set("Page.enable", json!({})).await?;
        self.set("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await
    }

    /// Loses the network: what is under way fails, and so does all that follows.
    #[track_caller]
    pub fn lose_network(&self) -> impl Future<Output = ()> {
        self.step("lose the network", self.set_network(false))
    }

    /// Has the network again.
    #[track_caller]
    pub fn regain_network(&self) -> impl Future<Output = ()> {
        self.step("regain the network", self.set_network(true))
    }

    /// Whether the page is wider than the screen.
    #[track_caller]
    pub fn scrolls_sideways(&self) -> impl Future<Output = bool> {
        self.step("measure the page", async {
            let script = "return document.documentElement.scrollWidth > screen.width";
            Ok(self.run(script, &[]).await? == json!(true))
        })
    }

    pub(super) async fn set_viewport(&self, viewport: Viewport) -> Result<(), Failure> {
        let Viewport { width, height, is_mobile } = viewport;
        let metrics = json!({"width": width, "height": height, "screenWidth": width, "screenHeight": height,
            "deviceScaleFactor": 1, "mobile": is_mobile});
        self.set("Emulation.setDeviceMetricsOverride", metrics).await?;
        self.set("Emulation.setTouchEmulationEnabled", json!({"enabled": is_mobile})).await
    }

    pub(super) async fn set_preferences(&self, preferences: Preferences) -> Result<(), Failure> {
        let color_scheme = match preferences.color_scheme {
            ColorScheme::Light => "light",
            ColorScheme::Dark => "dark",
        };
        let motion = match preferences.motion {
            Motion::Full => "no-preference",
            Motion::Reduced => "reduce",
        };
        let features = json!([{"name": "prefers-color-scheme", "value": color_scheme},
            {"name": "prefers-reduced-motion", "value": motion}]);
        self.set("Emulation.setEmulatedMedia", json!({ "features": features })).await
    }

    pub(super) async fn set_language(&self, language: &str) -> Result<(), Failure> {
        let version = self.ask("Browser.getVersion", json!({})).await?;
        let agent = json!({"userAgent": version["userAgent"], "acceptLanguage": language});
        self.set("Emulation.setUserAgentOverride", agent).await?;
        self.set("Emulation.setLocaleOverride", json!({"locale": language.replace('-', "_")})).await
    }

    async fn set_network(&self, is_there: bool) -> Result<(), Failure> {
        // -1 is no limit.
        let network =
            json!({"offline": !is_there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.set("Network.enable", json!({})).await?;
        self.set("Network.emulateNetworkConditions", network).await
    }

    async fn set(&self, command: &str, parameters: Value) -> Result<(), Failure> {
        self.ask(command, parameters).await.map(drop)
    }

    /// A command of the `DevTools` protocol.
    pub(super) async fn ask(&self, command: &str, parameters: Value) -> Result<Value, Failure> {
        Ok(self.driver.cdp().send_raw(command, parameters).await?)
    }
}
