//! `onsale plan check`.

use serde_json::json;

use crate::program::{Finished, Folder};

const CLUB: &str = include_str!("../../../plan/samples/club.json");

/// Checks a plan in a file with this content.
fn check(folder: &Folder, content: &str, args: &[&str]) -> Finished {
    std::fs::write(folder.path().join("plan.json"), content).expect("the file is written");
    folder.run(&[&["plan", "check", "plan.json"], args].concat())
}

#[test]
fn a_plan_is_described_and_drawn() {
    let folder = Folder::new();
    let checked = check(&folder, CLUB, &["--svg", "club.svg"]);
    assert_eq!((checked.code, checked.stderr.as_str()), (Some(0), ""), "{checked:?}");
    for line in [
        "Club 300",
        "300 seats",
        "     132  #1d4ed8  S",
        "     128  1F: 8 rows; R 48, S 80",
        "     120  Table: 20 rows; A 120",
        "The best seats are those nearest to 500.0, 120.0: \"Stage\".",
        "Warnings: 0",
    ] {
        assert!(checked.stdout.lines().any(|it| it == line), "{line}: {}", checked.stdout);
    }
    let drawn = std::fs::read_to_string(folder.path().join("club.svg")).expect("a drawing");
    assert!(drawn.starts_with("<svg ") && drawn.contains(">1F / A / 1<"), "{drawn}");
    assert!(!folder.data().exists(), "a plan needs no store");
}

#[test]
fn warnings_do_not_fail_it() {
    let seats = json!([{"seat_guid": "a", "seat_number": "1"}, {"seat_guid": "b", "seat_number": "1"}]);
    let plan = json!({"name": "Small", "zones": [{"rows": [{"row_number": "A", "seats": seats}]}]});
    let checked = check(&Folder::new(), &plan.to_string(), &[]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    for line in [
        "       2  #1f77b4  (no category)",
        "       2  (no name): 1 rows; (no category) 2",
        "Warnings: 4",
        "  zones[0].rows[0].seats[1]: the seat lies on zones[0].rows[0].seats[0]",
    ] {
        assert!(checked.stdout.lines().any(|it| it == line), "{line}: {}", checked.stdout);
    }
}

#[test]
fn a_refusal_names_place_and_reason_and_exits_with_1() {
    let folder = Folder::new();
    let spoilt = CLUB.replacen("\"category\":\"R\"", "\"category\":\"Q\"", 1);
    let checked = check(&folder, &spoilt, &["--svg", "club.svg"]);
    assert_eq!((checked.code, checked.stderr.as_str()), (Some(1), ""), "{checked:?}");
    let reason = "there is no category \"Q\"; there are \"R\", \"S\", \"A\"";
    assert_eq!(checked.stdout.trim_end(), format!("REFUSED zones[0].rows[0].seats[0].category: {reason}"));
    assert!(!folder.path().join("club.svg").exists());
    for (content, reason) in [
        ("<html>", "REFUSED not JSON: expected value at line 1, column 1"),
        (&CLUB[..1_000], "REFUSED not a whole JSON document: it ends at line "),
        (&" ".repeat(16 * 1024 * 1024 + 5), "REFUSED the file has 16,777,217 bytes; the limit is 16,777,216"),
    ] {
        let checked = check(&folder, content, &[]);
        assert_eq!(checked.code, Some(1), "{checked:?}");
        assert!(checked.stdout.starts_with(reason), "{checked:?}");
    }
}

#[test]
fn nothing_to_check_exits_with_2() {
    let folder = Folder::new();
    let missing = folder.run(&["plan", "check", "nowhere.json"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""), "{missing:?}");
    assert!(missing.stderr.contains("nowhere.json: No such file"), "{missing:?}");
    let unwritten = check(&folder, CLUB, &["--svg", "no/such/folder.svg"]);
    assert_eq!((unwritten.code, unwritten.stdout.as_str()), (Some(2), ""), "{unwritten:?}");
    assert!(unwritten.stderr.contains("no/such/folder.svg: No such file"), "{unwritten:?}");
    assert_eq!(folder.run(&["plan", "check"]).code, Some(2));
    assert_eq!(folder.run(&["plan"]).code, Some(2));
}
