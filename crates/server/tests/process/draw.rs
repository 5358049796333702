//! `onsale verify-draw`, and the scripts of docs/draw.md that do the same by hand.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use serde_json::{Value, json};

use crate::program::{Finished, Folder, Process};

const SEED: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const COMMITMENT: &str = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd";
/// The text "round 4242".
const BEACON: &str = "726f756e642034323432";
const ORDER: [u64; 10] = [6, 8, 1, 10, 7, 2, 5, 4, 3, 9];

fn document(seed: &Value) -> String {
    json!({
        "order": "draw", "commitment": COMMITMENT, "beacon": BEACON, "lobbyTail": 10, "seed": seed, "head": 0,
        "tail": 12
    })
    .to_string()
}

/// Verifies the draw in a file with this content.
fn verify(content: &str, args: &[&str]) -> Finished {
    let folder = Folder::new();
    std::fs::write(folder.path().join("fairness.json"), content).expect("the file is written");
    folder.run(&[&["verify-draw", "fairness.json"], args].concat())
}

#[test]
fn a_draw_that_fits_exits_with_0() {
    let verified = verify(&document(&SEED.into()), &["--number", "7"]);
    assert_eq!((verified.code, verified.stderr.as_str()), (Some(0), ""), "{verified:?}");
    for line in [
        "The commitment holds",
        "Numbers drawn: 10.",
        "The first: 6 8 1 10 7 2 5 4 3 9",
        "Number 7 came to place 5.",
    ] {
        assert!(verified.stdout.contains(line), "{verified:?}");
    }
}

#[test]
fn another_seed_exits_with_1() {
    let verified = verify(&document(&"ff".repeat(32).into()), &[]);
    assert_eq!(verified.code, Some(1), "{verified:?}");
    assert!(verified.stdout.contains("THE COMMITMENT DOES NOT HOLD"), "{verified:?}");
}

#[test]
fn nothing_to_check_exits_with_2() {
    for (content, reason) in [
        (document(&Value::Null), "the draw has not been published yet"),
        ("<html>".to_owned(), "not a fairness document"),
        (String::new(), "not a fairness document"),
    ] {
        let verified = verify(&content, &[]);
        assert_eq!((verified.code, verified.stdout.as_str()), (Some(2), ""), "{verified:?}");
        assert!(verified.stderr.contains(reason), "{verified:?}");
    }
    let folder = Folder::new();
    let missing = folder.run(&["verify-draw", "nowhere.json"]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
    assert!(missing.stderr.contains("nowhere.json: No such file"), "{missing:?}");
    assert_eq!(folder.run(&["verify-draw", "nowhere.json", "--number", "0"]).code, Some(2));
}

/// A site that answers one request, and returns the request's first line.
fn site(status: &'static str, body: String) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let answering = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            client.read_exact(&mut byte).expect("a whole request");
            request.push(byte[0]);
        }
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
        client.write_all(format!("{head}{body}").as_bytes()).expect("the answer is taken");
        String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned()
    });
    (address, answering)
}

#[test]
fn the_address_of_a_sale_will_do() {
    let (address, answering) = site("200 OK", document(&SEED.into()));
    let verified = Folder::new().run(&["verify-draw", &format!("{address}/v1/sales/7")]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert_eq!(answering.join().expect("an answer"), "GET /v1/sales/7/fairness HTTP/1.1");

    let (address, answering) = site("404 Not Found", "{}".to_owned());
    let verified = Folder::new().run(&["verify-draw", &format!("{address}/v1/sales/8")]);
    assert_eq!(verified.code, Some(2), "{verified:?}");
    assert!(verified.stderr.contains("/v1/sales/8/fairness answered 404"), "{verified:?}");
    answering.join().expect("an answer");

    let nobody = Folder::new().run(&["verify-draw", &format!("{address}/v1/sales/8")]);
    assert_eq!(nobody.code, Some(2), "{nobody:?}");
}

/// The first block of docs/draw.md in this language.
fn script(language: &str) -> &'static str {
    let page = include_str!("../../../../docs/draw.md");
    let (_, rest) = page.split_once(&format!("```{language}\n")).expect("a block in this language");
    rest.split_once("```").expect("the end of the block").0
}

fn spaced(order: &[u64]) -> String {
    order.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_pages_shell_functions_give_the_same() {
    let folder = Folder::new();
    let all = format!(
        "{}commitment {SEED}; draw {SEED} {BEACON} 10 | xargs; draw {SEED} '' 3 | xargs",
        script("bash")
    );
    let finished = Process::start(folder.command("bash", &["-c", &all])).finish();
    let expected = format!("{COMMITMENT}\n{}\n3 1 2", spaced(&ORDER));
    assert_eq!((finished.code, finished.stdout), (Some(0), expected));
}

#[test]
fn the_pages_python_gives_the_same() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("fairness.json"), document(&SEED.into())).expect("the file is written");
    std::fs::write(folder.path().join("draw.py"), script("python")).expect("the script is written");
    let finished = Process::start(folder.command("sh", &["-c", "python3 draw.py < fairness.json"])).finish();
    let expected = format!("commitment True\n{}", spaced(&ORDER));
    assert_eq!((finished.code, finished.stdout), (Some(0), expected));
}
