//! Whole journeys: fans of the rehearsal who join, see seats, hold, charge and pay without a pause.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::crowd::Office;
use crate::report::note;
use crate::server::beside_me;

/// Enough for a round to take seconds, and few enough for a seat map of usual size.
const FANS: &str = "2000";
/// More seats than fans, so that they rarely compete.
const SEATS: &str = "3000";
/// Everybody comes at once, over this many connections.
const CONNECTIONS: &str = "256";

/// Plays one round against a server; returns the journeys per second.
pub(crate) fn round(address: SocketAddr, office: &Office, folder: &Path) -> f64 {
    let report = folder.join("journeys.json");
    let mut rehearsal = Command::new(beside_me("onsale"));
    rehearsal
        .args(["rehearse", "--setup", "--plain", "--url", &format!("http://{address}")])
        .args(["--fans", FANS, "--seats", SEATS, "--connections", CONNECTIONS, "--arrivals", "burst:0.1"])
        .args(["--think", "0", "--leave", "0", "--silent", "0", "--abandon", "0", "--mischief", "0"])
        .args(["--party", "1", "--price", "1", "--json", &report.display().to_string()])
        .env("ONSALE_OPERATOR_TOKEN", office.operator())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = rehearsal.status().expect("the rehearsal starts");
    assert!(status.success(), "a promise was broken");
    let text = std::fs::read_to_string(&report).expect("a report");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    let total = |name: &str| report["totals"][name].as_f64().unwrap_or_default();
    let p99 = |operation: &str| {
        let all = report["latencies"].as_array().into_iter().flatten();
        all.filter(|it| it["operation"] == operation).find_map(|it| it["p99_ms"].as_f64()).unwrap_or_default()
    };
    note(&format!(
        "whole journeys: {:.0}/s, {:.0} of {FANS} paid, {:.0} answers/s; p99 of a join {:.0} ms, a hold {:.0} ms, a payment {:.0} ms",
        total("journeys_per_s"),
        total("paid"),
        total("answers_per_s"),
        p99("join"),
        p99("hold"),
        p99("pay"),
    ));
    total("journeys_per_s")
}
