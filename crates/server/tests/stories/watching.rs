//! What monitoring sees of the server.

use insta::assert_snapshot;
use reqwest::Method;

use crate::actors::Actor;
use crate::stage::{PRICE, Stage, at_once, secs};

async fn metrics(stage: &Stage) -> String {
    let answer = stage.metrics().await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/plain; version=0.0.4"));
    answer.text
}

/// The value of one series, by its whole name.
pub(crate) fn value(metrics: &str, series: &str) -> u64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in\n{metrics}")).parse().expect("a count")
}

#[tokio::test]
async fn a_stopping_server_is_alive_but_not_ready() {
    let stage = Stage::open().await;
    for path in ["/livez", "/readyz"] {
        let answer = stage.client.get(path).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "ok"), "{path}");
    }
    stage.app.stopping.cancel();
    assert_snapshot!(stage.client.get("/livez").await.status, @"200");
    assert_snapshot!(stage.client.get("/readyz").await.line(), @"503 unavailable");
    stage.end().await;
}

#[tokio::test]
async fn metrics_need_the_token_of_prometheus_or_of_an_operator() {
    const TOKEN: &str = "prometheus-reads-this";
    let stage = Stage::with(&[("metrics_token", TOKEN)]).await;
    let alice = stage.fan("Alice").await;
    alice.enter().await;
    assert_eq!(stage.metrics().await.status, 200);
    let read = |token: &str| stage.client.call(Method::GET, "/metrics").bearer(token).send();
    let answer = read(TOKEN).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/plain; version=0.0.4"));
    assert_eq!(stage.client.get("/metrics").await.line(), "401 token_missing");
    assert_eq!(read(&TOKEN[1..]).await.line(), "401 token_invalid");
    assert_eq!(read(&alice.token).await.line(), "403 operator_only");
    assert_eq!(read(&alice.ticket()).await.line(), "401 token_kind");
    stage.end().await;
    let closed = Stage::open().await;
    let answer = closed.client.call(Method::GET, "/metrics").bearer(TOKEN).send().await;
    assert_eq!(answer.line(), "401 token_invalid", "no token is set");
    closed.end().await;
}

#[tokio::test]
async fn two_hundred_reads_at_once_get_the_same_answer() {
    let stage = Stage::open().await;
    let alice = stage.insider().await;
    let answers = at_once((0..200).map(|_| stage.client.get("/readyz"))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let answers = at_once((0..200).map(|_| alice.seats())).await;
    assert!(answers.iter().all(|answer| answer.text == answers[0].text));
    stage.end().await;
}

#[tokio::test]
async fn the_line_requests_and_refusals_are_counted() {
    let stage = Stage::with(&[("line_capacity", "2")]).await;
    let fans = stage.crowd(5);
    for fan in &fans {
        fan.join().await.ok();
    }
    fans[0].hold(7).await.ok();
    fans[1].hold(7).await;
    fans[1].charge(0).await;
    stage.client.get("/wp-admin").await;
    stage.tick().await;
    let text = metrics(&stage).await;
    for (series, expected) in [
        ("onsale_line_waiting", 3),
        ("onsale_line_inside", 2),
        ("onsale_line_called", 0),
        ("onsale_line_head", 2),
        ("onsale_line_tail", 5),
        ("onsale_writer_queue_depth", 0),
        ("onsale_http_requests_total{route=\"/v1/enqueues\",status=\"200\"}", 5),
        ("onsale_http_requests_total{route=\"unmatched\",status=\"404\"}", 1),
        ("onsale_refusals_total{code=\"seat_held\"}", 1),
        ("onsale_refusals_total{code=\"invalid_request\"}", 1),
        ("onsale_refusals_total{code=\"not_found\"}", 1),
        ("onsale_refusals_total{code=\"other\"}", 0),
    ] {
        assert_eq!(value(&text, series), expected, "{series}");
    }
    let route = "/v1/concerts/{id}/seats/{seatNo}/reservations";
    for (status, expected) in [(200, 1), (400, 1)] {
        let series = format!("onsale_http_requests_total{{route=\"{route}\",status=\"{status}\"}}");
        assert_eq!(value(&text, &series), expected, "{series}");
    }
    assert!(text.contains(&format!("onsale_http_request_seconds_count{{route=\"{route}\"}} 2")), "{text}");
    stage.end().await;
}

#[tokio::test]
async fn waits_are_measured_from_join_to_admission() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let (alice, bob) = (stage.insider().await, stage.newcomer());
    bob.join().await.ok();
    alice.leave().await.ok();
    stage.advance(secs(3)).await;
    bob.poll().await.ok();
    stage.tick().await;
    let text = metrics(&stage).await;
    assert_eq!(value(&text, "onsale_wait_seconds_count"), 1, "alice did not wait");
    assert_eq!(value(&text, "onsale_wait_seconds_sum"), 3);
    stage.end().await;
}

#[tokio::test]
async fn no_token_name_or_identity_reaches_the_metrics() {
    let stage = Stage::open().await;
    let alice = stage.fan("Alice Liddell").await;
    alice.enter().await;
    alice.charge_keyed(PRICE, "a-key-of-hers").await.ok();
    alice.hold(7).await.ok();
    // Tokens where they do not belong: in paths, in queries, and in place of the other kind.
    for token in [alice.token.clone(), alice.ticket()] {
        stage.client.get(&format!("/{token}")).await;
        stage.client.get(&format!("/v1/concerts/{token}/seats")).await;
        stage.client.get(&format!("/v1/bills?after={token}")).await;
        alice.user(Method::GET, &format!("/v1/bills?after={token}")).send().await;
        alice.queue(Method::POST, &format!("/v1/concerts/{token}/seats/{token}/payments")).send().await;
    }
    alice.pay(7).await.ok();
    let text = metrics(&stage).await;
    let concert = stage.concert.to_string();
    for secret in
        ["eyJ", &alice.id.to_string(), &concert, "Liddell", "a-key-of-hers", &Actor::ticket(&alice)[..20]]
    {
        assert!(!text.contains(secret), "{secret}");
    }
    stage.end().await;
}
