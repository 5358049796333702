//! SIGTERM: what was accepted is finished and answered, then the program ends with 0.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::api::{Api, number};
use crate::program::{Folder, PATIENCE, Server};
use crate::sale::Sale;

/// Far less than the 20 s that requests in flight are given.
const PROMPTLY: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_whatever_was_done_was_also_answered() {
    let (mut sale, server) = Sale::open(32).await;
    sale.rush();
    sale.wait_for_payments(100).await;
    let begun = Instant::now();
    let finished = server.stop();
    assert!(begun.elapsed() < PROMPTLY, "{}", finished.stderr);
    sale.go_home().await;
    assert!(!finished.stderr.contains("\"level\":\"ERROR\""), "{}", finished.stderr);
    sale.assert_check_passes();

    let server = sale.serve();
    // The line was closed in order: nobody's number is lost, and no crash's ghosts are ahead.
    let api = Api::new(&server.base);
    let user = api.sign_up("newcomer").await;
    let joined = api.ask("POST", "/v1/enqueues").token(&user).send().await.yes();
    assert_eq!((number(&joined["number"]), &joined["status"]), (sale.number_max() + 1, &"admitted".into()));

    assert_eq!(sale.read_final_states(&server).await, Vec::<String>::new());
    let fates = sale.fates();
    assert!(fates.done.is_empty(), "done, but not answered: {fates:?}");
}

#[tokio::test]
async fn a_request_in_flight_is_answered() {
    let folder = Folder::new();
    let mut server = folder.serve(&[]);
    let user = Api::new(&server.base).sign_up("alice").await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let body = r#"{"amount":700}"#;
    // The server asks for the body as soon as it works on the request: from then on it is in flight.
    let head = format!(
        "PATCH /v1/charges HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {user}\r\nexpect: 100-continue\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    read_until(&mut stream, "100 Continue\r\n\r\n").await;
    server.process.signal("TERM");
    server.process.wait_for_line(&["stopping"]);
    stream.write_all(body.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(r#""amount":700"#), "{answer}");
    drop(stream);
    assert_eq!(server.process.finish().code, Some(0));

    let server = folder.serve(&[]);
    assert_eq!(Api::new(&server.base).get("/v1/charges", &user).await["amount"], 700);
}

#[tokio::test]
async fn streams_end_at_once() {
    let folder = Folder::new();
    let server = folder.serve(&["--line-capacity", "1"]);
    let api = Api::new(&server.base);
    let mut streams = Vec::new();
    // One inside, one waiting.
    for name in ["alice", "bob"] {
        let user = api.sign_up(name).await;
        let joined = api.ask("POST", "/v1/enqueues").token(&user).send().await.yes();
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let ticket = joined["token"].as_str().unwrap();
        let head = format!(
            "GET /v1/enqueues/events HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {ticket}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        read_until(&mut stream, joined["status"].as_str().unwrap()).await;
        streams.push(stream);
    }
    let begun = Instant::now();
    let stopping = tokio::task::spawn_blocking(|| server.stop());
    for mut stream in streams {
        let rest = read_to_end(&mut stream).await;
        assert!(rest.ends_with("0\r\n\r\n"), "cut off: {rest:?}");
    }
    stopping.await.unwrap();
    assert!(begun.elapsed() < PROMPTLY);
}

#[tokio::test]
async fn an_idle_connection_holds_nothing_up() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    read_until(&mut stream, "HTTP/1.1 200").await;
    let begun = Instant::now();
    server.stop();
    assert!(begun.elapsed() < PROMPTLY);
}

#[test]
fn a_signal_is_heeded_from_the_start() {
    for signal in ["TERM", "INT", "TERM", "INT"] {
        let folder = Folder::new();
        // The demo's concerts are opened after the log says where the server listens.
        let Server { process, .. } = folder.serve(&["--demo"]);
        process.signal(signal);
        let finished = process.finish();
        assert_eq!(finished.code, Some(0), "SIG{signal}: {}", finished.stderr);
        assert!(finished.stderr.contains("\"message\":\"stopped\""), "{}", finished.stderr);
    }
}

async fn read_until(stream: &mut TcpStream, words: &str) -> String {
    let mut heard = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&heard).contains(words) {
            let read = stream.read_buf(&mut heard).await.expect("the connection holds");
            assert!(read > 0, "closed after {:?}", String::from_utf8_lossy(&heard));
        }
    };
    timeout(PATIENCE, reading).await.expect("an answer in time");
    String::from_utf8_lossy(&heard).into_owned()
}

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut heard)).await;
    ended.expect("an end in time").expect("an end in order");
    String::from_utf8_lossy(&heard).into_owned()
}
