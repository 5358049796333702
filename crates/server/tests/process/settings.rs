//! Settings as a whole process reads them: flag, else environment, else file, else default; a wrong one stops
//! the start.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::api::{Api, text};
use crate::program::{Finished, Folder, Process, Server, serve_args};

const FILE: &str = "onsale.toml";

/// A start that must fail: flags, environment, file, and what the message must name.
struct Wrong {
    flags: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
    file: &'static str,
    named: &'static [&'static str],
}

const RIGHT: Wrong = Wrong { flags: &[], environment: &[], file: "", named: &[] };

fn start(wrong: &Wrong) -> Finished {
    let folder = Folder::new();
    if !wrong.file.is_empty() {
        std::fs::write(folder.path().join(FILE), wrong.file).expect("a file");
    }
    let mut command = folder.onsale(&serve_args(wrong.flags));
    command.envs(wrong.environment.iter().copied());
    let finished = Process::start(command).finish();
    assert!(!folder.data().exists(), "a start that fails leaves nothing behind: {finished:?}");
    finished
}

fn assert_stopped(wrong: &Wrong) {
    let finished = start(wrong);
    let (named, stderr) = (wrong.named, &finished.stderr);
    assert_eq!(finished.code, Some(1), "{named:?}: {stderr}");
    for name in named {
        assert!(stderr.contains(name), "{named:?}: {stderr}");
    }
    assert!(!stderr.contains("hunter2"), "{named:?}: a value may be a secret: {stderr}");
}

#[tokio::test]
async fn a_flag_beats_the_environment_beats_the_file_beats_the_default() {
    let folder = Folder::new();
    let file = "line_capacity = 11\nline_rate_per_minute = 12\nhold_seconds = 13\n";
    std::fs::write(folder.path().join(FILE), file).unwrap();
    let mut command = folder.onsale(&serve_args(&["--line-capacity", "31"]));
    command.env("ONSALE_LINE_CAPACITY", "21").env("ONSALE_LINE_RATE_PER_MINUTE", "22");
    let server = Server::start(command);
    let api = Api::new(&server.base);
    let operator = folder.print(&["token", "--operator"]);
    let line = api.get("/v1/line", &operator).await;
    assert_eq!(line["capacity"], 31, "the flag's");
    assert_eq!(line["ratePerMinute"], 22, "the environment's");

    let concert = api.open_concert(&operator, 1, 100).await;
    let user = api.sign_up("alice").await;
    let joined = api.ask("POST", "/v1/enqueues").token(&user).send().await.yes();
    let path = format!("/v1/concerts/{concert}/seats/1/reservations");
    let hold = api.ask("POST", &path).token(&text(&joined["token"])).send().await.yes();
    let time = |value| text(value).parse::<Timestamp>().unwrap();
    let lasts = time(&hold["deadline"]).duration_since(time(&hold["reservedAt"]));
    assert_eq!(lasts, SignedDuration::from_secs(13), "the file's");
    let left = time(&joined["admittedUntil"]).duration_since(time(&hold["reservedAt"]));
    assert!(
        (SignedDuration::from_secs(540)..=SignedDuration::from_secs(600)).contains(&left),
        "the default's: {left:?}"
    );
}

#[tokio::test]
async fn a_file_can_be_named_and_sign_up_closed() {
    let folder = Folder::new();
    std::fs::write(folder.path().join("other.toml"), "open_signup = false\nlisten = \"127.0.0.1:0\"\n")
        .unwrap();
    for (flags, environment) in [(&["--config", "other.toml"][..], ""), (&[], "other.toml")] {
        let mut command = folder.onsale(&[&["serve"], flags].concat());
        if !environment.is_empty() {
            command.env("ONSALE_CONFIG", environment);
        }
        let server = Server::start(command);
        let stderr =
            Api::new(&server.base).ask("POST", "/v1/users").json(&json!({ "name": "alice" })).send().await;
        assert!(matches!(stderr, crate::api::Outcome::No(..)), "{stderr:?}");
        server.stop();
    }
    let missing = folder.run(&serve_args(&["--config", "missing.toml"]));
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("missing.toml"), "{}", missing.stderr);
}

#[test]
fn a_name_that_is_no_setting_stops_the_start() {
    assert_stopped(&Wrong {
        file: "hold_second = 5",
        named: &["hold_second", FILE, "hold_seconds"],
        ..RIGHT
    });
    assert_stopped(&Wrong { file: "[line]\ncapacity = 5", named: &["line", FILE], ..RIGHT });
    assert_stopped(&Wrong {
        environment: &[("ONSALE_HOLD_SECOND", "5")],
        named: &["ONSALE_HOLD_SECOND", "environment"],
        ..RIGHT
    });
}

#[test]
fn a_bad_value_stops_the_start() {
    for (flag, key, value) in [
        ("--listen", "listen", "hunter2"),
        ("--store", "store", "hunter2:"),
        ("--line", "line", "hunter2"),
        ("--token-secret", "token_secret", "hunter2, which is too short"),
        ("--hold-seconds", "hold_seconds", "0"),
        ("--hold-seconds", "hold_seconds", "+5"),
        ("--holds-per-user", "holds_per_user", "101"),
        ("--line-capacity", "line_capacity", "many"),
        ("--line-rate-per-minute", "line_rate_per_minute", "1.5"),
        ("--pass-seconds", "pass_seconds", "86401"),
        ("--open-signup", "open_signup", "yes"),
        ("--time-zone", "time_zone", "Nowhere/Hunter"),
        ("--log", "log", "onsale=hunter2"),
    ] {
        // A wrong setting stops the start before anything listens, on the default port or elsewhere.
        let finished = Folder::new().run(&["serve", &format!("{flag}={value}")]);
        assert_eq!(finished.code, Some(1), "{flag}: {finished:?}");
        let stderr = finished.stderr;
        assert!(stderr.contains(&format!("setting {key}, from flag {flag}")), "{flag}: {stderr}");
        assert!(!stderr.contains("hunter2"), "{flag}: a value may be a secret: {stderr}");
    }
    assert_stopped(&Wrong { file: "hold_seconds = \"hunter2\"", named: &["hold_seconds", FILE], ..RIGHT });
    assert_stopped(&Wrong {
        file: "token_secret = \"hunter2\"\nhold_seconds = = 5",
        named: &["line 2", FILE],
        ..RIGHT
    });
    assert_stopped(&Wrong {
        environment: &[("ONSALE_PASS_SECONDS", "hunter2")],
        named: &["pass_seconds", "environment ONSALE_PASS_SECONDS"],
        ..RIGHT
    });
}

#[test]
fn a_value_that_is_overridden_is_still_checked() {
    assert_stopped(&Wrong {
        flags: &["--hold-seconds", "5"],
        environment: &[("ONSALE_HOLD_SECONDS", "hunter2")],
        named: &["hold_seconds", "environment ONSALE_HOLD_SECONDS"],
        ..RIGHT
    });
}

#[test]
fn a_secret_that_is_too_short_stops_the_start() {
    assert_stopped(&Wrong {
        environment: &[("ONSALE_TOKEN_SECRET", "hunter2-hunter2-hunter2-hunter2")],
        named: &["token_secret", "environment ONSALE_TOKEN_SECRET", "32 bytes"],
        ..RIGHT
    });
}

#[test]
fn a_secret_that_everybody_knows_stops_every_command() {
    let published = "for-trying-out-only-and-known-to-everybody";
    assert_stopped(&Wrong {
        environment: &[("ONSALE_TOKEN_SECRET", "for-trying-out-only-and-known-to-everybody")],
        named: &["token_secret", "environment ONSALE_TOKEN_SECRET", "everybody knows it", "openssl rand"],
        ..RIGHT
    });
    assert_stopped(&Wrong {
        flags: &["--token-secret", "hunter2-hunter2-hunter2-hunter2-"],
        named: &["token_secret", "flag --token-secret", "random"],
        ..RIGHT
    });
    let folder = Folder::new();
    let mut command = folder.onsale(&["token", "--operator"]);
    command.env("ONSALE_TOKEN_SECRET", published);
    let finished = Process::start(command).finish();
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""), "{finished:?}");
    assert!(!finished.stderr.contains(published), "{finished:?}");

    // One that somebody wrote into the data folder.
    std::fs::create_dir(folder.data()).unwrap();
    std::fs::write(folder.data().join("token-secret"), published).unwrap();
    let finished = folder.run(&serve_args(&[]));
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert!(finished.stderr.contains("token-secret: must be a secret of your own"), "{finished:?}");
}

#[test]
fn what_does_not_go_together_stops_the_start() {
    assert_stopped(&Wrong {
        environment: &[("ONSALE_STORE", "postgres://onsale:hunter2@127.0.0.1/onsale")],
        named: &["token_secret"],
        ..RIGHT
    });
    assert_stopped(&Wrong {
        flags: &["--line", "redis://:hunter2@127.0.0.1"],
        named: &["line", "flag --line", "SQLite"],
        ..RIGHT
    });
}
