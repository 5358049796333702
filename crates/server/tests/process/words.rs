//! What the program says about itself: the OpenAPI document and the help.

use std::collections::BTreeSet;

use onsale::settings::TABLE;
use serde_json::Value;

use crate::program::Folder;

/// Every operation that clients are promised.
const OPERATIONS: [&str; 24] = [
    "POST /v1/users",
    "POST /v1/enqueues",
    "GET /v1/enqueues",
    "GET /v1/enqueues/events",
    "DELETE /v1/enqueues",
    "GET /v1/dates",
    "GET /v1/dates/{date}/seats",
    "GET /v1/concerts",
    "GET /v1/concerts/{id}/seats",
    "POST /v1/concerts/{id}/seats/{seatNo}/reservations",
    "DELETE /v1/concerts/{id}/seats/{seatNo}/reservations",
    "POST /v1/concerts/{id}/reservations",
    "POST /v1/concerts/{id}/seats/{seatNo}/payments",
    "POST /v1/concerts/{id}/payments",
    "GET /v1/charges",
    "PATCH /v1/charges",
    "GET /v1/reservations",
    "GET /v1/bills",
    "POST /v1/concerts",
    "GET /v1/line",
    "PATCH /v1/line",
    "GET /livez",
    "GET /readyz",
    "GET /metrics",
];

const SETTINGS: [(&str, &str, &str); 11] = [
    ("--listen", "ONSALE_LISTEN", "127.0.0.1:3000"),
    ("--store", "ONSALE_STORE", "sqlite:./onsale-data"),
    ("--line", "ONSALE_LINE", "embedded"),
    ("--token-secret", "ONSALE_TOKEN_SECRET", ""),
    ("--hold-seconds", "ONSALE_HOLD_SECONDS", "300"),
    ("--holds-per-user", "ONSALE_HOLDS_PER_USER", "4"),
    ("--line-capacity", "ONSALE_LINE_CAPACITY", "100"),
    ("--line-rate-per-minute", "ONSALE_LINE_RATE_PER_MINUTE", "0"),
    ("--pass-seconds", "ONSALE_PASS_SECONDS", "600"),
    ("--open-signup", "ONSALE_OPEN_SIGNUP", "true"),
    ("--time-zone", "ONSALE_TIME_ZONE", "UTC"),
];

#[test]
fn the_document_has_every_operation() {
    let folder = Folder::new();
    let document: Value = serde_json::from_str(&folder.print(&["openapi"])).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."), "{}", document["openapi"]);
    let mut found = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            found.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let missing: Vec<_> = OPERATIONS.iter().filter(|operation| !found.contains(**operation)).collect();
    assert!(missing.is_empty(), "{missing:?} not in {found:#?}");
    // Printing it needs no store and makes none.
    assert!(!folder.data().exists());
}

#[tokio::test]
async fn the_document_that_is_served_is_the_one_that_is_printed() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    let from_server: Value =
        reqwest::get(format!("{}/openapi.json", server.base)).await.unwrap().json().await.unwrap();
    let printed: Value = serde_json::from_str(&folder.print(&["openapi"])).unwrap();
    assert_eq!(from_server, printed);
}

#[test]
fn the_help_lists_every_command() {
    let help = Folder::new().print(&["--help"]);
    for command in ["serve", "token", "check", "plan", "rehearse", "verify-draw", "openapi"] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command}: {help}");
    }
    assert!(Folder::new().print(&["--version"]).starts_with("onsale "));
}

#[test]
fn the_help_of_serve_lists_every_setting_with_its_default() {
    let folder = Folder::new();
    let help = folder.print(&["serve", "--help"]);
    assert!(help.contains("--demo") && help.contains("--config"), "{help}");
    let table = TABLE.iter().map(|setting| {
        (format!("--{}", setting.flag), setting.environment, setting.default.unwrap_or_default())
    });
    let promised =
        SETTINGS.iter().map(|&(flag, environment, default)| (flag.to_owned(), environment, default));
    for (flag, environment, default) in table.chain(promised) {
        // The help wraps lines; what belongs to a flag reaches to the next.
        let (_, after) = help.split_once(&format!("{flag} <")).unwrap_or_else(|| panic!("{flag}: {help}"));
        let entry = after.split("\n      --").next().unwrap_or_default();
        assert!(entry.contains(&format!("[env: {environment}]")), "{flag}: {entry}");
        assert!(default.is_empty() || entry.contains(&format!("[default: {default}]")), "{flag}: {entry}");
    }
}

#[test]
fn what_is_not_understood_is_refused_with_usage() {
    for args in [&[][..], &["sell"], &["serve", "--speed", "9"], &["token"], &["token", "--user", "alice"]] {
        let finished = Folder::new().run(args);
        assert_eq!(finished.code, Some(2), "{args:?}: {finished:?}");
        assert!(finished.stdout.is_empty() && !finished.stderr.is_empty(), "{args:?}: {finished:?}");
    }
}
