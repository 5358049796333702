//! `cargo xtask bench`: speed as ratios, each measured in one run together with its yardstick.
//!
//! Machines are noisy, so rounds of both sides alternate, and medians are compared. Nothing here is a test:
//! each ratio is printed beside its aim.

mod crowd;
mod embedded;
mod journeys;
mod load;
mod pages;
mod report;
mod requests;
mod sales;
mod scenarios;
mod server;
mod servers;
mod yardstick;

use std::net::SocketAddr;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    if let [command, body] = args.as_slice()
        && command == "bare-axum"
    {
        runtime.block_on(yardstick::serve_bare_axum(SocketAddr::from(([127, 0, 0, 1], 0)), body.clone()));
        return;
    }
    runtime.block_on(scenarios::run(&args));
}
