//! Requests that several scenarios send.

use std::sync::{Arc, LazyLock};

use onsale_testbed::secret::random;

use crate::crowd::{Office, Tokens, all_succeed, charge};
use crate::load::{Request, request};
use crate::server::Server;

/// What every server of a run signs its tokens with.
pub(crate) static SECRET: LazyLock<String> = LazyLock::new(|| random().expect("the system has randomness"));
/// Twice the largest batch: while the disk writes one, the next arrives.
pub(crate) const WRITERS: usize = 512;
/// Writes in a round of one side.
pub(crate) const WRITES: usize = 20_000;

pub(crate) fn poll_requests(fans: &[Tokens]) -> Arc<Vec<Request>> {
    Arc::new(fans.iter().map(|fan| request("GET", "/v1/enqueues", &fan.queue, None)).collect())
}

/// A hold on a seat of a new concert for each of `count` people, who join and are admitted first.
pub(crate) async fn hold_requests(office: &Office, server: &Server, count: usize) -> Arc<Vec<Request>> {
    let fans = office.join(server, count).await;
    let concert = office.concert(server, u32::try_from(count).expect("few seats"), 1).await;
    let path = |seat: usize| format!("/v1/concerts/{concert}/seats/{seat}/reservations");
    let holds = fans.iter().zip(1..).map(|(fan, seat)| request("POST", &path(seat), &fan.queue, None));
    Arc::new(holds.collect())
}

pub(crate) async fn payment_requests(office: &Office, server: &Server, count: usize) -> Arc<Vec<Request>> {
    let fans = office.join(server, count).await;
    charge(server, &fans, 10).await;
    let concert = office.concert(server, u32::try_from(count).expect("few seats"), 1).await;
    let act = |(seat, fan): (usize, &Tokens), what: &str| {
        request("POST", &format!("/v1/concerts/{concert}/seats/{}/{what}", seat + 1), &fan.queue, None)
    };
    let holds = fans.iter().enumerate().map(|fan| act(fan, "reservations")).collect();
    all_succeed(server, &Arc::new(holds)).await;
    Arc::new(fans.iter().enumerate().map(|fan| act(fan, "payments")).collect())
}
