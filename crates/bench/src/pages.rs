//! Pages compared with JSON answers of the same content, and many waiting pages open at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::crowd::{Office, Tokens, all_succeed, charge};
use crate::load::{Request, burst, request};
use crate::report::{figure, median, note, report};
use crate::requests::SECRET;
use crate::server::Server;

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 5;
/// Requests in a round of one side.
const ASKED: usize = 6_000;
const STREAMS: usize = 10_000;
/// How long the streams stay open before the server is measured.
const OPEN_FOR: Duration = Duration::from_secs(40);

/// A request for a page, as a browser sends it.
fn page(path: &str, fan: &Tokens) -> Request {
    let cookies = format!("onsale_user={}; onsale_ticket={}", fan.user, fan.queue);
    let head = "Accept: text/html\r\nAccept-Language: ko-KR,ko;q=0.9,en;q=0.8";
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{head}\r\nCookie: {cookies}\r\n\r\n")
        .into_bytes()
        .into()
}

/// The processor time of each page, relative to the JSON answers with the same content.
pub(crate) async fn costs() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::onsale(folder.path(), &SECRET, &["--line-capacity", "3", "--pass-seconds", "3600"]);
    let office = Office::new(&SECRET);
    let concert = office.concert(&server, 50, 1).await;
    office.concert(&server, 50, 1).await;
    let inside = office.join(&server, 3).await;
    charge(&server, &inside, 10).await;
    let path = format!("/v1/concerts/{concert}/seats/7");
    let hold = request("POST", &format!("{path}/reservations"), &inside[0].queue, None);
    all_succeed(&server, &Arc::new(vec![hold])).await;
    let (buyer, fan) = (&inside[1], &inside[0]);
    for what in ["reservations", "payments"] {
        let path = format!("/v1/concerts/{concert}/seats/8/{what}");
        all_succeed(&server, &Arc::new(vec![request("POST", &path, &buyer.queue, None)])).await;
    }
    let waiting = office.join(&server, ASKED).await;
    let seats = format!("/v1/concerts/{concert}/seats");
    let same = |request: Request| Arc::new(vec![request; ASKED]);
    let all = |ask: &dyn Fn(&Tokens) -> Request| Arc::new(waiting.iter().map(ask).collect::<Vec<_>>());
    let get = |path: &str, token: &str| request("GET", path, token, None);
    let pairs = [
        ("waiting", all(&|fan| page("/line", fan)), vec![all(&|fan| get("/v1/enqueues", &fan.queue))]),
        ("dates", same(page("/", fan)), vec![same(get("/v1/concerts", &fan.queue))]),
        ("seats", same(page(&format!("/sale/{concert}"), fan)), vec![same(get(&seats, &fan.queue))]),
        (
            "checkout",
            same(page("/checkout", fan)),
            vec![same(get("/v1/reservations", &fan.user)), same(get("/v1/charges", &fan.user))],
        ),
        ("wallet", same(page("/wallet", buyer)), vec![same(get("/v1/charges", &buyer.user))]),
        ("tickets", same(page("/tickets", buyer)), vec![same(get("/v1/bills", &buyer.user))]),
    ];
    for (name, pages, answers) in &pairs {
        let mut ratios = Vec::new();
        for _ in 0..ROUNDS {
            let mut of_answers = 0.0;
            for requests in answers {
                of_answers += cost(&server, requests).await;
            }
            ratios.push(cost(&server, pages).await / of_answers);
        }
        figure(&format!("{name} page / its JSON, in processor time"), median(ratios), "at most 2");
    }
}

/// Processor time of a round, in ticks.
#[expect(clippy::cast_precision_loss, reason = "ticks of some seconds")]
async fn cost(server: &Server, requests: &Arc<Vec<Request>>) -> f64 {
    // Polls before `pollAfterMs` would be answered with 429.
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    let before = server.cpu_ticks();
    let burst = burst(server.address, CONNECTIONS, requests, 200).await;
    if burst.unexpected > 0 {
        report("UNEXPECTED", &burst);
    }
    (server.cpu_ticks() - before) as f64
}

/// Memory and processor time with ten thousand waiting pages open.
#[expect(clippy::cast_precision_loss, reason = "these numbers are far below 2^53")]
pub(crate) async fn streams() {
    let limit = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(0);
    note(&format!("{limit} open files are allowed"));
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::onsale(folder.path(), &SECRET, &["--line-capacity", "0"]);
    let waiting = Office::new(&SECRET).join(&server, STREAMS).await;
    let before = server.memory_mib();
    let mut open = Vec::new();
    for fan in &waiting {
        let mut stream = TcpStream::connect(server.address).await.expect("the server takes connections");
        let cookies = format!("onsale_user={}; onsale_ticket={}", fan.user, fan.queue);
        let head = format!(
            "GET /v1/enqueues/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nCookie: {cookies}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("the server reads");
        open.push(tokio::spawn(async move {
            let (mut events, mut buffer) = (0_usize, [0; 1_024]);
            while let Ok(count) = stream.read(&mut buffer).await {
                events += buffer[..count].windows(7).filter(|window| window == b"event: ").count();
                if count == 0 {
                    break;
                }
                if events >= 2 {
                    // Two events prove that the stream works; from now on it only stays open.
                    std::future::pending::<()>().await;
                }
            }
            events
        }));
    }
    let ticks = server.cpu_ticks();
    // Measures what open streams cost over time.
    tokio::time::sleep(OPEN_FOR).await;
    let busy = (server.cpu_ticks() - ticks) as f64 / OPEN_FOR.as_secs_f64();
    let dead = open.iter().filter(|stream| stream.is_finished()).count();
    note(&format!("{before} MiB before; {dead} streams ended; {busy:.0} % of a core meanwhile"));
    figure("memory in MiB with 10,000 waiting pages open", server.memory_mib() as f64, "under 400");
    open.iter().for_each(tokio::task::JoinHandle::abort);
}
