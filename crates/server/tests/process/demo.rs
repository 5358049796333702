//! `onsale serve --demo`: three concerts to try, and a walk that works when it is pasted into a shell.

use serde_json::Value;

use crate::api::Api;
use crate::program::{Folder, Process, Server};

/// The commands of the printed walk, in the order in which one would paste them.
fn walk(server: &mut Server) -> String {
    // The last command of the walk has been printed when this has.
    server.process.wait_for_line(&["/v1/bills"]);
    let printed = server.process.stderr_so_far();
    let pasted = printed.lines().skip_while(|line| !line.contains("Paste this")).skip(1);
    let commands: Vec<&str> = pasted.filter_map(|line| line.strip_prefix("    ")).collect();
    assert!(commands.len() > 6, "{printed}");
    commands.join("\n")
}

/// Pastes the walk into a shell and gives what each command printed.
fn paste(folder: &Folder, commands: &str) -> Vec<Value> {
    let curl = std::process::Command::new("curl").arg("--version").output();
    assert!(curl.is_ok_and(|curl| curl.status.success()), "this test needs curl: the walk is made of it");
    let finished = Process::start(folder.command("bash", &["-c", commands])).finish();
    assert_eq!(finished.code, Some(0), "{commands}\n{finished:?}");
    let lines = finished.stdout.lines();
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn assert_sold(answers: &[Value]) {
    let bills = answers.last().and_then(|last| last["items"].as_array()).expect("a list of bills");
    assert_eq!(bills.len(), 1, "{answers:#?}");
    assert!(answers.iter().all(|answer| answer["code"].is_null()), "{answers:#?}");
    let paid = answers.iter().find(|answer| !answer["balance"].is_null()).expect("a payment's answer");
    assert_eq!(paid["id"], bills[0]["id"]);
}

#[tokio::test]
async fn three_concerts_of_fifty_seats_on_three_dates_however_often_it_starts() {
    let folder = Folder::new();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let mut server = folder.serve(&["--demo"]);
        walk(&mut server);
        let api = Api::new(&server.base);
        let (ticket, _) = api.enter(&api.sign_up("alice").await).await;
        let dates = api.get("/v1/dates", &ticket).await;
        let dates = dates.as_array().unwrap();
        assert_eq!(dates.len(), 3);
        assert!(dates.iter().all(|date| date["concerts"] == 1 && date["available"] == 50), "{dates:?}");
        let concerts = api.get("/v1/concerts", &ticket).await;
        let mut ids: Vec<String> =
            concerts.as_array().unwrap().iter().map(|concert| concert["id"].to_string()).collect();
        ids.sort();
        assert_eq!(ids.len(), 3);
        let sales = api.ask("GET", "/v1/sales").send().await.yes();
        let sales = sales.as_array().unwrap();
        let names: Vec<&str> = sales.iter().filter_map(|sale| sale["name"].as_str()).collect();
        assert_eq!(names, ["Main sale", "Opening in two minutes"], "made once");
        assert_eq!((&sales[1]["order"], &sales[1]["from"]), (&"draw".into(), &40_000.into()));
        ids.push(sales[1].to_string());
        seen.push(ids);
        server.stop();
    }
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn the_printed_walk_works() {
    let folder = Folder::new();
    let mut server = folder.serve(&["--demo"]);
    let commands = walk(&mut server);
    assert_sold(&paste(&folder, &commands));
    // Pasted twice, it ends with the same bill.
    let again = paste(&folder, &commands);
    assert_eq!(again.last().unwrap()["items"].as_array().unwrap().len(), 1, "{again:#?}");
    server.stop();

    // The next start prints a walk of its own, and that works as well.
    let mut server = folder.serve(&["--demo"]);
    let commands = walk(&mut server);
    assert_sold(&paste(&folder, &commands));
    server.stop();
    assert!(folder.print(&["check"]).ends_with(": 0 breaches"));
}
