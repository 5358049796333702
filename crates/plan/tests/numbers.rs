//! Seat numbers, labels and categories of the samples never change: what is sold hangs on them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

use data_encoding::HEXLOWER;
use onsale_plan::{Numbered, Plan, samples};
use sha2::{Digest, Sha256};

/// Number, guid, section, row, seat and category.
fn line(plan: &Plan, it: &Numbered<'_>) -> String {
    let (label, category) = (it.label(), &plan.categories[it.seat.category].name);
    let (section, row, seat) = (label.section, label.row, label.seat);
    format!("{} {} = {section} / {row} / {seat}, {category}", it.seat_no, it.seat.guid)
}

/// Every seat's line, the first of each of these sections and the very last to read, all of them as a digest.
fn check(file: &[u8], sections: &[&str], first_and_last: &[&str], digest: &str) {
    let plan = Plan::read(file).unwrap();
    let seats: Vec<Numbered<'_>> = plan.seats().collect();
    let firsts = seats.chunk_by(|one, next| std::ptr::eq(one.zone, next.zone)).map(|zone| zone[0]);
    let named = firsts.filter(|it| sections.contains(&it.zone.name.as_str())).chain(seats.last().copied());
    assert_eq!(named.map(|it| line(&plan, &it)).collect::<Vec<_>>(), first_and_last);
    let all: String = seats.iter().map(|it| line(&plan, it) + "\n").collect();
    assert_eq!(HEXLOWER.encode(&Sha256::digest(all)), digest, "{}", plan.name);
}

#[test]
fn the_club_keeps_its_numbers() {
    check(
        samples::CLUB,
        &["1F", "Table", "2F-L", "2F-R"],
        &[
            "1 1F-A-1 = 1F / A / 1, R",
            "129 Table-1-1 = Table / 1 / 1, A",
            "249 2F-L-1-1 = 2F-L / 1 / 1, S",
            "275 2F-R-1-1 = 2F-R / 1 / 1, S",
            "300 2F-R-2-13 = 2F-R / 2 / 13, S",
        ],
        "61269f20ade2a206c08c2dff6b5ad05e590d232a0b526ff341b806ff565b8aaf",
    );
}

#[test]
fn the_theatre_keeps_its_numbers() {
    check(
        samples::THEATRE,
        &["1F", "Box", "2F"],
        &[
            "1 1F-A-1 = 1F / A / 1, R",
            "791 Box-1-1 = Box / 1 / 1, R",
            "831 2F-A-1 = 2F / A / 1, S",
            "1200 2F-H-47 = 2F / H / 47, A",
        ],
        "5b76e15816af7cf3f3da486b7be9363aa5816077a9fa9f6e56f801e1b7950ed1",
    );
}

#[test]
fn the_arena_keeps_its_numbers() {
    check(
        samples::ARENA,
        &["F1", "101", "201", "216"],
        &[
            "1 F1-1-1 = F1 / 1 / 1, VIP",
            "1681 101-1-1 = 101 / 1 / 1, R",
            "6721 201-1-1 = 201 / 1 / 1, A",
            "11671 216-1-1 = 216 / 1 / 1, A",
            "12000 216-15-24 = 216 / 15 / 24, B",
        ],
        "48ea10517781d6a2b6b0e757ca3424df351b2126b4acee50d65b1540937789cb",
    );
}
