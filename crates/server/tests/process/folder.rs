//! The data folder: one server at a time, a secret of its own, and clear words when it cannot be used.

use std::os::unix::fs::PermissionsExt;

use onsale_testbed::secret::random;
use serde_json::json;

use crate::api::{Api, Outcome};
use crate::program::{Folder, Process, serve_args};

const ALICE: &str = "0199d6a0-0000-7000-8000-00000000a11c";

#[tokio::test]
async fn a_second_server_says_so_and_stops() {
    let folder = Folder::new();
    let first = folder.serve(&[]);
    // On a port of its own, and on the first one's, as with the default settings.
    let taken = first.base.trim_start_matches("http://");
    for args in [serve_args(&[]), vec!["serve", "--listen", taken]] {
        let second = folder.run(&args);
        assert_eq!(second.code, Some(1));
        assert!(second.stderr.contains("another process is using"), "{}", second.stderr);
        assert!(second.stderr.contains("onsale-data"), "{}", second.stderr);
        assert!(!second.stderr.contains("serving"), "{}", second.stderr);
    }
    // The first has not noticed.
    Api::new(&first.base).sign_up("alice").await;
    first.stop();
    folder.serve(&[]).stop();
}

#[tokio::test]
async fn token_and_check_work_beside_a_live_server() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    let api = Api::new(&server.base);
    let alice = folder.print(&["token", "--user", ALICE]);
    assert_eq!(api.get("/v1/charges", &alice).await["userId"], ALICE);
    let operator = folder.print(&["token", "--operator"]);
    assert_eq!(api.get("/v1/line", &operator).await["capacity"], 100);
    let outcome = api.ask("GET", "/v1/line").token(&alice).send().await;
    assert_eq!(outcome, Outcome::No(403, "operator_only".to_owned()));

    let sale = json!({"name": "Presale", "access": "group:b c"});
    let sale = api.ask("POST", "/v1/sales").token(&operator).json(&sale).send().await.yes();
    let body = json!({"saleId": sale["id"]});
    let member = folder.print(&["token", "--user", ALICE, "--groups", "a,b c"]);
    let joined = api.ask("POST", "/v1/enqueues").token(&member).json(&body).send().await.yes();
    assert_eq!(joined["status"], "admitted");
    let outcome = api.ask("POST", "/v1/enqueues").token(&alice).json(&body).send().await;
    assert_eq!(outcome, Outcome::No(403, "group_required".to_owned()));
    let many = vec!["g"; 101].join(",");
    for args in [
        &["token", "--operator", "--groups", "a"][..],
        &["token", "--groups", "a"],
        &["token", "--user", ALICE, "--groups", ""],
        &["token", "--user", ALICE, "--groups", &many],
        &["token", "--user", ALICE, "--code", "--groups", "a"],
    ] {
        let refused = folder.run(args);
        assert!(
            refused.code != Some(0) && refused.stderr.contains("--groups"),
            "{args:?}: {}",
            refused.stderr
        );
    }

    let summary = folder.print(&["check"]);
    assert!(summary.ends_with(": 0 breaches"), "{summary}");
    api.ask("PATCH", "/v1/charges")
        .token(&alice)
        .json(&serde_json::json!({ "amount": 5 }))
        .send()
        .await
        .yes();
}

#[tokio::test]
async fn the_secret_is_made_once_and_kept_for_its_owner_alone() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    let token = Api::new(&server.base).sign_up("alice").await;
    server.stop();
    let file = folder.data().join("token-secret");
    let made = std::fs::read(&file).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let server = folder.serve(&[]);
    assert_eq!(Api::new(&server.base).get("/v1/charges", &token).await["amount"], 0);
    assert_eq!(std::fs::read(&file).unwrap(), made);
    assert_eq!(files(&folder).iter().filter(|name| name.contains("secret")).count(), 1);
}

#[tokio::test]
async fn the_data_folder_is_for_its_owner_alone() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    Api::new(&server.base).sign_up("alice").await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.data()), 0o700);
    // While the server runs, the log of the database is there as well.
    for name in files(&folder) {
        assert_eq!(mode(&folder.data().join(&name)), 0o600, "{name}");
    }
    server.stop();
}

#[tokio::test]
async fn another_secret_makes_other_tokens() {
    let folder = Folder::new();
    let secret = ["--token-secret", &random().unwrap()];
    let server = folder.serve(&secret);
    let api = Api::new(&server.base);
    let own = folder.print(&[&["token", "--user", ALICE][..], &secret].concat());
    assert_eq!(api.get("/v1/charges", &own).await["userId"], ALICE);
    // Made and kept in the folder, but it is not what this server goes by. That is said once.
    let made = folder.run(&["token", "--user", ALICE]);
    assert!(made.stderr.contains("a new secret was made"), "{made:?}");
    let other = made.stdout.trim_end().to_owned();
    let again = folder.run(&["token", "--operator"]);
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), ""), "{again:?}");
    let outcome = api.ask("GET", "/v1/charges").token(&other).send().await;
    assert_eq!(outcome, Outcome::No(401, "token_invalid".to_owned()));
}

#[tokio::test]
async fn commands_that_race_for_the_secret_agree() {
    for _ in 0..3 {
        let folder = Folder::new();
        let racing: Vec<Process> =
            (0..8).map(|_| Process::start(folder.onsale(&["token", "--user", ALICE]))).collect();
        let tokens = racing.into_iter().map(|process| {
            let finished = process.finish();
            assert_eq!(finished.code, Some(0), "{finished:?}");
            finished.stdout.trim_end().to_owned()
        });
        let tokens: Vec<String> = tokens.collect();
        assert_eq!(files(&folder), ["token-secret"], "no store is opened, no draft left");
        let server = folder.serve(&[]);
        let api = Api::new(&server.base);
        for token in tokens {
            assert_eq!(api.get("/v1/charges", &token).await["userId"], ALICE);
        }
    }
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("taken"), "a file where a folder should be").unwrap();
    // Nobody can create folders in /proc or below a file, not even root.
    for store in ["/proc/onsale-test", "taken", "taken/below"] {
        let url = format!("sqlite:{store}");
        let secret = ["--token-secret", &random().unwrap()];
        for args in [serve_args(&["--store", &url]), serve_args(&[&["--store", &url], &secret[..]].concat())]
        {
            let finished = folder.run(&args);
            assert_eq!(finished.code, Some(1), "{store}: {finished:?}");
            assert!(finished.stderr.contains(store), "{store}: {}", finished.stderr);
            assert!(!finished.stderr.contains("panicked"), "{store}: {}", finished.stderr);
        }
        let finished = folder.run(&["token", "--operator", "--store", &url]);
        assert_eq!(finished.code, Some(1), "{store}: {finished:?}");
        assert!(finished.stderr.contains(store) && finished.stdout.is_empty(), "{store}: {finished:?}");
    }
}

#[test]
fn an_address_that_is_taken_is_named() {
    let (folder, other) = (Folder::new(), Folder::new());
    let server = folder.serve(&[]);
    let finished = other.run(&["serve", "--listen", server.address()]);
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.contains(&format!("cannot listen on {}", server.address())),
        "{}",
        finished.stderr
    );
}

fn files(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.data()).expect("a data folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
