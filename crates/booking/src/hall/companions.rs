//! A companion seat is only sold with the wheelchair place that it belongs to.

use super::layout::Layout;
use crate::ids::SeatNo;
use crate::seat::SeatKind;

/// Which of the seats that a person would then have are companion seats without their wheelchair place: no
/// such place among them that neighbouring companion seats, all among them too, connect to. In order.
pub fn unaccompanied(
    layout: &Layout,
    seats: impl IntoIterator<Item = (SeatNo, Option<SeatKind>)>,
) -> Vec<SeatNo> {
    let is_either =
        |kind: &Option<SeatKind>| matches!(kind, Some(SeatKind::Wheelchair | SeatKind::Companion));
    let mut seats: Vec<_> = seats.into_iter().filter(|(_, kind)| is_either(kind)).collect();
    seats.sort_unstable();
    seats.dedup();
    let chains = seats.chunk_by(|(one, _), (next, _)| layout.are_neighbours(*one, *next));
    let alone = chains.filter(|chain| chain.iter().all(|(_, kind)| *kind == Some(SeatKind::Companion)));
    alone.flatten().map(|(seat, _)| *seat).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hall::testing::Hall;

    const NONE: [SeatNo; 0] = [];

    /// Of these seats, those that lack their wheelchair place.
    fn alone(hall: &str, seats: impl IntoIterator<Item = SeatNo>) -> Vec<SeatNo> {
        let hall = Hall::of(hall);
        unaccompanied(&hall.layout, seats.into_iter().map(|seat| (seat, hall.terms(seat).kind)))
    }

    #[test]
    fn a_companion_seat_needs_its_wheelchair_place() {
        assert_eq!(alone("WCCA", [2]), [2]);
        assert_eq!(alone("WCCA", [2, 1]), NONE);
        assert_eq!(alone("CWCA", [1, 2, 3]), NONE);
    }

    #[test]
    fn companion_seats_connect_only_through_each_other() {
        assert_eq!(alone("WCCA", [1, 3]), [3]);
        assert_eq!(alone("WACA", [1, 2, 3]), [3]);
        assert_eq!(alone("WCaC", [1, 2, 3, 4]), [4]);
        assert_eq!(alone("WCCA", [3, 2, 1, 2]), NONE);
    }

    #[test]
    fn neither_an_aisle_nor_another_row_connects() {
        assert_eq!(alone("AAW_CC", [3, 4, 5]), [4, 5]);
        assert_eq!(alone("AAW / CAA", [3, 4]), [4]);
    }

    #[test]
    fn ordinary_seats_and_wheelchair_places_need_nothing() {
        assert_eq!(alone("WCAa", [1, 3, 4]), NONE);
        assert_eq!(alone("WCAa", []), NONE);
    }
}
