//! A draw opens by itself, and nothing that the server logs says its seed before that.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp, Unit};
use serde_json::{Value, json};

use crate::api::Api;
use crate::program::{Folder, PATIENCE};

#[tokio::test]
async fn a_draw_opens_by_itself_and_no_log_holds_its_seed() {
    let folder = Folder::new();
    let server = folder.serve(&["--log", "trace"]);
    let api = Api::new(&server.base);
    let operator = folder.print(&["token", "--operator"]);
    let now = Timestamp::now().round(Unit::Second).expect("a time of today");
    let soon = now + SignedDuration::from_secs(3);
    let new =
        json!({"name": "Draw", "order": "draw", "lobbyAt": now.to_string(), "opensAt": soon.to_string()});
    let sale = api.ask("POST", "/v1/sales").token(&operator).json(&new).send().await.yes();
    let path = format!("/v1/sales/{}/fairness", sale["id"].as_str().expect("an id"));
    let deadline = Instant::now() + PATIENCE;
    // Nobody joins: the calendar opens it.
    let published: Value = loop {
        let fairness = api.ask("GET", &path).send().await.yes();
        if !fairness["seed"].is_null() {
            break fairness;
        }
        assert!(Instant::now() < deadline, "it does not open");
        // Between two looks at a condition.
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let seed = published["seed"].as_str().expect("hexadecimal").to_owned();
    let log = server.process.stderr_so_far();
    assert!(log.contains("a lobby is closed"), "{log}");
    let byte = |start| u8::from_str_radix(&seed[start..start + 2], 16).expect("hexadecimal");
    let listed: Vec<String> = (0..16).step_by(2).map(|start| byte(start).to_string()).collect();
    for secret in [seed.clone(), seed.to_uppercase(), listed.join(", ")] {
        assert!(!log.contains(&secret), "the log holds the seed");
    }
    server.stop();
}
