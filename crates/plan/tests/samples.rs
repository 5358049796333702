//! The sample plans are what the generator writes, and what they claim to be.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

#[path = "../examples/samples/halls.rs"]
mod halls;

use std::collections::BTreeMap;

use onsale_plan::{Plan, samples};

#[test]
fn the_files_are_what_the_generator_writes() {
    let files = [samples::CLUB, samples::THEATRE, samples::ARENA];
    for ((name, content), file) in halls::all().into_iter().zip(files) {
        let same = content.as_bytes() == file;
        assert!(same, "samples/{name} differs: run `cargo run -p onsale-plan --example samples`");
    }
}

/// Name, seats, seats of each category, zones with seats, the focal point's area.
fn facts(file: &[u8]) -> (String, usize, BTreeMap<String, usize>, usize, Option<String>) {
    let plan = Plan::read(file).unwrap();
    assert_eq!(plan.warnings, [], "{}", plan.name);
    let mut categories = BTreeMap::new();
    for it in plan.seats() {
        *categories.entry(plan.categories[it.seat.category].name.clone()).or_default() += 1;
    }
    let zones = plan.zones.iter().filter(|zone| !zone.rows.is_empty()).count();
    (plan.name.clone(), plan.seat_count(), categories, zones, plan.focus().stage.map(str::to_owned))
}

fn counts(of: &[(&str, usize)]) -> BTreeMap<String, usize> {
    of.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[test]
fn the_halls_have_the_seats_that_their_names_say() {
    let stage = Some("Stage".to_owned());
    let club = counts(&[("A", 120), ("R", 48), ("S", 132)]);
    assert_eq!(facts(samples::CLUB), ("Club 300".to_owned(), 300, club, 4, stage.clone()));
    let theatre = counts(&[("A", 232), ("R", 371), ("S", 502), ("VIP", 95)]);
    assert_eq!(facts(samples::THEATRE), ("Theatre 1200".to_owned(), 1_200, theatre, 3, stage.clone()));
    let arena = counts(&[("A", 1_968), ("B", 3_312), ("R", 2_394), ("S", 3_486), ("VIP", 840)]);
    assert_eq!(facts(samples::ARENA), ("Arena 12000".to_owned(), 12_000, arena, 36, stage));
}

/// Aisles must part what they stand between: neighbours are at most 1.6 median gaps of their row apart.
#[test]
fn aisles_part_seats() {
    let runs = |file: &[u8], zone: &str, row: &str| {
        let plan = Plan::read(file).unwrap();
        let zone = plan.zones.iter().find(|it| it.name == zone).unwrap();
        let row = zone.rows.iter().find(|it| it.label == row).unwrap();
        let gaps =
            row.seats.windows(2).map(|two| (two[0].at.x - two[1].at.x).hypot(two[0].at.y - two[1].at.y));
        let gaps: Vec<f64> = gaps.collect();
        let mut sorted = gaps.clone();
        sorted.sort_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        let (mut runs, mut run) = (Vec::new(), 1);
        for gap in gaps {
            if gap > 1.6 * median {
                runs.push(std::mem::take(&mut run));
            }
            run += 1;
        }
        runs.push(run);
        runs
    };
    assert_eq!(runs(samples::CLUB, "1F", "A"), [8, 8]);
    assert_eq!(runs(samples::THEATRE, "1F", "E"), [9, 16, 9]);
    assert_eq!(runs(samples::THEATRE, "2F", "H"), [12, 23, 12]);
    assert_eq!(runs(samples::ARENA, "107", "18"), [22]);
}

/// What samples/README.md names: wheelchair places with a companion seat beside them.
#[test]
fn the_places_for_wheelchairs_are_there() {
    let page = include_str!("../samples/README.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")).map(|line| line.split(" | "));
    let mut found = 0;
    for mut cells in rows {
        let file = cells.next().unwrap().trim_end_matches('`');
        let plan = Plan::read(match file {
            "club.json" => samples::CLUB,
            "theatre.json" => samples::THEATRE,
            _ => samples::ARENA,
        })
        .unwrap();
        let no_of = |guid: &str| {
            let guid = guid.trim().trim_end_matches(" |").trim_matches('`');
            let seat = plan.seats().find(|it| it.seat.guid == guid);
            seat.unwrap_or_else(|| panic!("{guid} is not in {file}")).seat_no
        };
        let (place, companion) = (no_of(cells.next().unwrap()), no_of(cells.next().unwrap()));
        assert_eq!(place.abs_diff(companion), 1, "{file}");
        found += 1;
    }
    assert_eq!(found, 10);
}
