//! What the rules need of a plan.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

use onsale_booking::hall::Hall;
use onsale_booking::hall::layout::Point;
use onsale_booking::ids::SeatNo;
use onsale_plan::{Plan, samples};

fn hall(file: &[u8]) -> Hall {
    Plan::read(file).unwrap().hall(None)
}

/// Section, row, seat and category.
fn seat(hall: &Hall, seat_no: SeatNo) -> [&str; 4] {
    let label = hall.label(seat_no).unwrap();
    [label.section, label.row, label.seat, hall.category_name_of(seat_no).unwrap()]
}

#[test]
fn a_hall_knows_each_seat_as_its_plan_does() {
    for file in [samples::CLUB, samples::THEATRE, samples::ARENA] {
        let plan = Plan::read(file).unwrap();
        let hall = plan.hall(None);
        assert_eq!(hall.layout().capacity() as usize, plan.seat_count());
        for it in plan.seats() {
            assert_eq!(hall.label(it.seat_no), Some(it.label()));
            assert_eq!(usize::from(hall.category_of(it.seat_no)), it.seat.category);
        }
    }
}

#[test]
fn the_theatres_seats_have_names_and_neighbours() {
    let hall = hall(samples::THEATRE);
    assert_eq!(seat(&hall, 1), ["1F", "A", "1", "R"]);
    assert_eq!(seat(&hall, 1_200), ["2F", "H", "47", "A"]);
    assert_eq!(hall.categories(), ["VIP", "R", "S", "A"]);
    assert_eq!((hall.category("S"), hall.category("s"), hall.category("")), (Some(2), None, None));
    assert!(hall.layout().are_neighbours(1, 2) && !hall.layout().are_neighbours(830, 831));
    for missing in [0, 1_201] {
        assert_eq!((hall.label(missing), hall.category_name_of(missing)), (None, None));
    }
}

#[test]
fn an_operator_may_name_another_focal_point() {
    let plan = Plan::read(samples::CLUB).unwrap();
    let stage = plan.focus().at;
    assert_eq!(plan.hall(Some(Point::of(stage.x, stage.y))), plan.hall(None));
    assert_ne!(plan.hall(Some(Point { x: 0, y: 0 })), plan.hall(None));
}

#[test]
fn a_stored_plan_has_the_same_hall_and_id() {
    let plan = Plan::read(samples::CLUB).unwrap();
    let kept = plan.to_keep(None);
    let read = Plan::from_kept(&kept.content).unwrap();
    assert_eq!(read.hall(None), plan.hall(None));
    assert_eq!((kept.name.as_str(), kept.seats), ("Club 300", 300));
    assert_eq!(kept.id().to_string(), "834f790e-c23c-5da9-a294-bc22c68a4768");
    assert_eq!(read.to_keep(None), kept);
    assert_ne!(kept.id(), Plan::read(samples::ARENA).unwrap().to_keep(None).id());
    for broken in [&b""[..], b"plan", &kept.content[..100]] {
        assert!(Plan::from_kept(broken).is_err());
    }
}

#[test]
fn a_hall_without_a_plan_has_neither_labels_nor_categories() {
    let hall = Hall::grid(23);
    assert_eq!((hall.layout().capacity(), hall.label(1), hall.categories().len()), (23, None, 0));
    assert_eq!((hall.category_of(1), hall.category_name_of(1)), (0, None));
}
