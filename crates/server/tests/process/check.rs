//! `onsale check`: 0 and a summary for a sound store, 1 and the breach's address for a damaged one.

use serde_json::json;

use crate::api::Api;
use crate::program::{Finished, Folder};

/// A store in which alice has paid for seat 1 and bob holds seat 2, without a server.
async fn sold() -> Folder {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    let api = Api::new(&server.base);
    let concert = api.open_concert(&folder.print(&["token", "--operator"]), 3, 100).await;
    for (name, seat) in [("alice", 1), ("bob", 2)] {
        let user = api.sign_up(name).await;
        let (ticket, _) = api.enter(&user).await;
        api.ask("PATCH", "/v1/charges").token(&user).json(&json!({ "amount": 250 })).send().await.yes();
        let path = format!("/v1/concerts/{concert}/seats/{seat}");
        api.ask("POST", &format!("{path}/reservations")).token(&ticket).send().await.yes();
        if seat == 1 {
            api.ask("POST", &format!("{path}/payments")).token(&ticket).send().await.yes();
        }
    }
    server.stop();
    folder
}

async fn check_after(damage: &str) -> Finished {
    let folder = sold().await;
    folder.database().execute_batch(damage).expect("the damage is done");
    folder.run(&["check"])
}

#[tokio::test]
async fn a_sound_store_passes() {
    let folder = sold().await;
    let checked = folder.run(&["check"]);
    assert_eq!((checked.code, checked.stderr.as_str()), (Some(0), ""), "{checked:?}");
    assert!(
        checked.stdout.contains("rows audited in") && checked.stdout.contains(": 0 breaches"),
        "{checked:?}"
    );
    assert_eq!(checked.stdout.lines().count(), 1);
}

#[tokio::test]
async fn damage_is_reported_with_its_address() {
    for (damage, breach) in [
        ("UPDATE charges SET amount = amount + 1 WHERE amount = 150", "BREACH wallet of "),
        ("DELETE FROM bills", "is sold without a bill"),
        ("UPDATE bills SET amount = 99", "its bill says 99"),
        ("UPDATE bills SET holder_id = (SELECT id FROM users WHERE name = 'bob')", "billed to"),
        ("DELETE FROM passes WHERE ended_at IS NULL", "without a pass that lasts as long"),
        (
            "INSERT INTO ledger_entries (movement_id, account, amount, created_at)
                VALUES (zeroblob(16), 'funding', 7, 0)",
            "BREACH movement 00000000-0000-0000-0000-000000000000: entries sum to 7",
        ),
        (
            "DROP TRIGGER sold_stays_sold; UPDATE seats SET paid_at = NULL WHERE seat_no = 1",
            "has a bill but is not sold",
        ),
    ] {
        let checked = check_after(damage).await;
        assert_eq!(checked.code, Some(1), "{damage}: {checked:?}");
        let outcome = checked.stdout.lines().any(|line| line.starts_with("BREACH ") && line.contains(breach));
        assert!(outcome, "{damage}: {checked:?}");
        assert!(!checked.stdout.contains(": 0 breaches"), "{damage}: {checked:?}");
    }
}

/// A draw without its seed is known before its opening, from the command and on the operators' page.
#[tokio::test]
async fn a_seed_that_cannot_open_its_draw_is_reported() {
    let folder = Folder::new();
    let server = folder.serve(&[]);
    let operator = folder.print(&["token", "--operator"]);
    let sale = json!({"name": "Gala", "order": "draw", "opensAt": "2099-06-01T20:00:00Z"});
    let api = Api::new(&server.base);
    let sale = api.ask("POST", "/v1/sales").token(&operator).json(&sale).send().await.yes();
    let id = sale["id"].as_str().expect("a sale has an id");
    server.stop();
    assert!(folder.print(&["check"]).ends_with(": 0 breaches"));
    for (damage, breach, alert) in [
        ("sealed_seed = zeroblob(80)", "its seed cannot be read: it is damaged", "cannot be read"),
        ("sealed_seed = x'00'", "its seed cannot be read: it is damaged", "cannot be read"),
        ("commitment = zeroblob(32)", "not the one that it was committed to", "does not fit the published"),
    ] {
        let database = folder.database();
        let column = damage.split(' ').next().expect("a column");
        let whole: Vec<u8> = database
            .query_row(&format!("SELECT {column} FROM sales WHERE \"order\" = 'draw'"), [], |row| row.get(0))
            .expect("a draw");
        database
            .execute_batch(&format!("UPDATE sales SET {damage} WHERE \"order\" = 'draw'"))
            .expect("the damage is done");
        let checked = folder.run(&["check"]);
        assert_eq!(checked.code, Some(1), "{checked:?}");
        let line = checked.stdout.lines().find(|line| line.starts_with(&format!("BREACH sale {id}: ")));
        assert!(line.is_some_and(|line| line.contains(breach)), "{damage}: {checked:?}");
        let server = folder.serve(&[]);
        let page = page(&format!("{}/operator/sales/{id}", server.base), &operator).await;
        assert!(page.contains("This sale cannot open") && page.contains(alert), "{damage}: {page}");
        server.stop();
        database
            .execute(&format!("UPDATE sales SET {column} = ?1 WHERE \"order\" = 'draw'"), [whole])
            .expect("the damage is mended");
    }
    std::fs::remove_file(folder.data().join("token-secret")).expect("there is a secret");
    let checked = folder.run(&["check"]);
    assert!(checked.code == Some(1) && checked.stdout.contains("its seed cannot be read"), "{checked:?}");
    assert!(!folder.data().join("token-secret").exists(), "an audit makes nothing");
}

/// A page as a signed-in operator sees it.
async fn page(address: &str, operator: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = client.get(address).header("cookie", format!("onsale_operator={operator}"));
    let answer = request.header("accept-language", "en").send().await.expect("an answer");
    answer.text().await.expect("a page")
}

#[tokio::test]
async fn an_impossible_row_is_an_error_with_its_address() {
    let damage = "PRAGMA ignore_check_constraints = ON; UPDATE seats SET deadline = NULL WHERE seat_no = 2";
    let checked = check_after(damage).await;
    assert_eq!((checked.code, checked.stdout.as_str()), (Some(1), ""), "{checked:?}");
    assert!(checked.stderr.contains("impossible row: seats "), "{}", checked.stderr);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let folder = sold().await;
    for entry in std::fs::read_dir(folder.data()).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().contains("onsale.sqlite") {
            std::fs::write(
                path,
                "not a database, but long enough to look like a file of some kind ".repeat(99),
            )
            .unwrap();
        }
    }
    for args in [&["check"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let finished = folder.run(args);
        assert_eq!(finished.code, Some(1), "{args:?}: {finished:?}");
        assert!(finished.stderr.contains("onsale.sqlite"), "{args:?}: {}", finished.stderr);
        assert!(!finished.stderr.contains("panicked"), "{args:?}: {}", finished.stderr);
    }
}

#[test]
fn a_folder_without_a_store_is_named_and_left_alone() {
    let folder = Folder::new();
    let checked = folder.run(&["check"]);
    assert_eq!((checked.code, checked.stdout.as_str()), (Some(1), ""), "{checked:?}");
    assert!(checked.stderr.contains("cannot open ./onsale-data/onsale.sqlite"), "{}", checked.stderr);
    assert!(!folder.data().exists(), "an audit makes nothing");
    std::fs::create_dir(folder.data()).unwrap();
    assert_eq!(folder.run(&["check"]).code, Some(1));
    assert_eq!(std::fs::read_dir(folder.data()).unwrap().count(), 0, "an audit makes nothing");
}
