//! All scenarios by name.

use crate::{embedded, pages, sales, servers};

/// Their names, in the order in which they run.
const NAMES: [&str; 18] = [
    "polls",
    "reservations",
    "payments",
    "journeys",
    "pages",
    "streams",
    "million",
    "waiting-joins",
    "drawn-polls",
    "draw",
    "idle-sales",
    "neighbour",
    "shared-reservations",
    "shared-payments",
    "shared-journeys",
    "shared-joins",
    "shared-burst",
    "hot-seat",
];

/// Runs the named scenarios, or all of them.
///
/// # Panics
/// When there is no scenario of such a name.
#[expect(clippy::print_stdout, reason = "the report")]
pub(crate) async fn run(names: &[String]) {
    for name in names {
        assert!(NAMES.contains(&name.as_str()), "no scenario is named {name:?}; there are {NAMES:?}");
    }
    let wants = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    println!("onsale bench: ratios of one run; see docs/benchmarks.md");
    if wants("polls") {
        embedded::polls_and_refusals().await;
    }
    if wants("reservations") {
        embedded::reservations().await;
    }
    if wants("payments") {
        embedded::payments().await;
    }
    if wants("journeys") {
        embedded::journeys();
    }
    if wants("pages") {
        pages::costs().await;
    }
    if wants("streams") {
        pages::streams().await;
    }
    if wants("million") {
        embedded::million().await;
    }
    if wants("waiting-joins") {
        sales::waiting_joins().await;
    }
    if wants("drawn-polls") {
        sales::drawn_polls().await;
    }
    if wants("draw") {
        sales::draw().await;
    }
    if wants("idle-sales") {
        sales::idle_sales().await;
    }
    if wants("neighbour") {
        sales::neighbour().await;
    }
    if wants("shared-reservations") {
        servers::reservations().await;
    }
    if wants("shared-payments") {
        servers::payments().await;
    }
    if wants("shared-journeys") {
        servers::journeys();
    }
    if wants("shared-joins") {
        servers::joins().await;
    }
    if wants("shared-burst") {
        servers::join_burst().await;
    }
    if wants("hot-seat") {
        servers::hot_seat().await;
    }
}
