//! What the stories of operators' pages share: an operator who is signed in.

use std::time::{Duration, Instant};

use onsale_testbed::browser::Session;
use serde_json::json;

use crate::site::Site;

/// As long as a step of a session waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// Signs in with this token, which may be refused.
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

/// Waits until this script returns true.
#[track_caller]
pub(crate) fn until(session: &Session, script: &str) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let deadline = Instant::now() + PATIENCE;
        while session.script(script, &[]).await != json!(true) {
            assert!(Instant::now() < deadline, "{caller}: never: {script}\n{}", session.text().await);
            // WebDriver cannot wait for a script's result to change, so the script runs again.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Sets a field as a date picker does, and leaves it.
pub(crate) async fn pick(session: &Session, field: &str, value: &str) {
    let script = "const field = document.querySelector(arguments[0]);
        field.focus();
        field.value = arguments[1];
        field.dispatchEvent(new Event('input', { bubbles: true }));
        field.blur();";
    session.script(script, &[json!(field), json!(value)]).await;
}
