//! What maps show, and that their index says the same as a look at every seat.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use jiff::SignedDuration;
use onsale_booking::ids::{PassKey, SaleId, UserId};
use onsale_booking::money::Money;
use onsale_booking::seat::{Hold, Ownership, SeatStatus};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const OPENED_AT: Timestamp = Timestamp::UNIX_EPOCH;

fn concert() -> Concert {
    let closing_at = OPENED_AT + SignedDuration::from_hours(1);
    Concert {
        id: ConcertId(Uuid::from_u128(7)),
        name: "Extra Night".to_owned(),
        capacity: 3,
        price: Money(100),
        opening_at: OPENED_AT,
        closing_at,
        event_date: closing_at,
        sales: [].into(),
        created_at: OPENED_AT,
        updated_at: OPENED_AT,
    }
}

fn held() -> SeatState {
    let pass = PassKey { sale: SaleId(Uuid::from_u128(1)), number: 1 };
    let deadline = OPENED_AT + SignedDuration::from_secs(300);
    SeatState::Held(Hold { holder: UserId(Uuid::from_u128(2)), pass, reserved_at: OPENED_AT, deadline })
}

/// An ordinary seat's, decided so many seconds after the opening.
fn report(seat_no: SeatNo, state: SeatState, second: i64) -> Report {
    let changed_at = OPENED_AT + SignedDuration::from_secs(second);
    Report { seat_no, price: Money(100), kind: None, state, changed_at }
}

/// The states that are shown of the concert's seats.
fn shown(maps: &SeatMaps) -> Vec<SeatState> {
    maps.get(concert().id).unwrap().snapshot().seats().iter().map(|seat| seat.state).collect()
}

#[test]
fn a_change_that_comes_before_the_opening_is_shown_after_it() {
    let maps = SeatMaps::new(vec![]);
    maps.change(concert().id, [report(2, held(), 1)].into_iter());
    assert!(maps.get(concert().id).is_none());
    maps.open(&[concert()]);
    assert_eq!(shown(&maps), [SeatState::Free, held(), SeatState::Free]);
}

#[test]
fn of_what_came_early_and_what_the_store_says_the_later_counts() {
    let stored = |state, at| {
        let changed_at = OPENED_AT + SignedDuration::from_secs(at);
        let dated = |seat: Seat| DatedSeat { seat: Seat { state, ..seat }, changed_at };
        vec![(concert(), concert().new_seats().map(dated).collect())]
    };
    for (stored_at, second) in [(0, held()), (2, SeatState::Free)] {
        let maps = SeatMaps::new(vec![]);
        maps.change(concert().id, [report(2, held(), 1)].into_iter());
        maps.apply(stored(SeatState::Free, stored_at));
        assert_eq!(shown(&maps), [SeatState::Free, second, SeatState::Free], "{stored_at}");
        maps.open(&[concert()]);
        assert_eq!(shown(&maps), [SeatState::Free, second, SeatState::Free], "{stored_at}");
    }
}

/// A state that a seat may get, and when it is decided, in seconds. Holds last four seconds at most.
fn any_change() -> impl Strategy<Value = Report> {
    (1..=3_u32, 0..12_i64, 0..4_u8, 1..=4_i64).prop_map(|(seat_no, second, kind, lasts)| {
        let at = OPENED_AT + SignedDuration::from_secs(second);
        let deadline = at + SignedDuration::from_secs(lasts);
        let pass = PassKey { sale: SaleId(Uuid::from_u128(1)), number: 1 };
        let (holder, reserved_at) = (UserId(Uuid::from_u128(2)), at);
        let state = match kind {
            0 => SeatState::Free,
            3 => SeatState::Kept,
            1 => SeatState::Held(Hold { holder, pass, reserved_at, deadline }),
            _ => SeatState::Sold(Ownership { holder, pass, reserved_at, deadline, paid_at: at }),
        };
        report(seat_no, state, second)
    })
}

/// What the map says, seat by seat.
struct Scan {
    seats: Vec<Seat>,
    revised: Vec<u64>,
}

impl Scan {
    fn of(map: &SeatMap) -> Self {
        let snapshot = map.snapshot();
        Self { seats: snapshot.seats().to_vec(), revised: snapshot.0.revised.clone() }
    }

    fn counts(&self, now: Timestamp) -> SeatCounts {
        let count = |status| self.seats.iter().filter(|seat| seat.status(now) == status).count();
        SeatCounts {
            free: count(SeatStatus::Available),
            held: count(SeatStatus::Held),
            sold: count(SeatStatus::Sold),
        }
    }

    fn next_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        self.seats.iter().filter_map(|seat| Some(seat.live_hold(now)?.deadline)).min()
    }

    fn has_lapsed(&self, now: Timestamp) -> bool {
        self.seats.iter().any(|seat| matches!(seat.state, SeatState::Held(hold) if !hold.is_live(now)))
    }

    fn changed(&self, revision: u64, since: Timestamp, now: Timestamp) -> Vec<SeatNo> {
        let ran_out = |seat: &Seat| seat.live_hold(since).is_some() && seat.live_hold(now).is_none();
        let seats = self.seats.iter().zip(&self.revised);
        let changed = seats.filter(|(seat, revised)| **revised > revision || ran_out(seat));
        changed.map(|(seat, _)| seat.seat_no).collect()
    }
}

proptest! {
    #[test]
    fn what_the_index_says_equals_a_scan_after_any_changes_and_at_any_time(
        commits in prop::collection::vec(prop::collection::vec(any_change(), 1..4), 0..12),
        times in (0..16_i64, 0..16_i64),
        revision in 0..12_u64,
    ) {
        let maps = SeatMaps::new(vec![]);
        maps.open(&[concert()]);
        let map = maps.get(concert().id).unwrap();
        let at = |seconds| OPENED_AT + SignedDuration::from_secs(seconds);
        let (since, now) = (at(times.0), at(times.1));
        for commit in commits {
            maps.change(concert().id, commit.into_iter());
            let (scan, snapshot) = (Scan::of(&map), map.snapshot());
            prop_assert!(snapshot.0.index.len() <= 2 * scan.seats.len());
            prop_assert_eq!(snapshot.counts(now), scan.counts(now));
            prop_assert_eq!(snapshot.available(now), scan.counts(now).free);
            prop_assert_eq!(snapshot.next_deadline(now), scan.next_deadline(now));
            prop_assert_eq!(snapshot.has_lapsed_holds(now), scan.has_lapsed(now));
            let changed = snapshot.changed_since(revision, since, now).map(|seat| seat.seat_no);
            prop_assert_eq!(changed.collect::<Vec<_>>(), scan.changed(revision, since, now));
        }
    }
}

fn any_report() -> impl Strategy<Value = Report> {
    let kinds = prop::sample::select(vec![None, Some(SeatKind::Wheelchair), Some(SeatKind::Restricted)]);
    let states = prop::sample::select(vec![SeatState::Free, SeatState::Kept, held()]);
    let reports = (1..=3_u32, 0..4_i64, kinds, states);
    let of =
        |(seat_no, price, kind, state)| Report { price: Money(price), kind, ..report(seat_no, state, 0) };
    reports.prop_map(of)
}

proptest! {
    #[test]
    fn reports_in_any_order_end_in_the_same_map(
        (reports, mixed) in prop::collection::vec(any_report(), 0..12).prop_flat_map(|mut reports| {
            // The store gives each decision a time of its own.
            for (second, report) in (1..).zip(&mut reports) {
                report.changed_at = OPENED_AT + SignedDuration::from_secs(second);
            }
            (Just(reports.clone()), Just(reports).prop_shuffle())
        }),
        opened_after in 0..12_usize,
    ) {
        let seen = |reports: &[Report], opened_after: usize| {
            let maps = SeatMaps::new(vec![]);
            for (index, report) in reports.iter().enumerate() {
                if index == opened_after {
                    maps.open(&[concert()]);
                }
                maps.change(concert().id, std::iter::once(*report));
            }
            maps.open(&[concert()]);
            let map = maps.get(concert().id).unwrap();
            let snapshot = map.snapshot();
            (snapshot.seats().to_vec(), snapshot.version())
        };
        let (seats, version) = seen(&mixed, opened_after);
        prop_assert_eq!(&seen(&reports, 0), &(seats.clone(), version));
        for seat in seats {
            let last = reports.iter().rev().find(|report| report.seat_no == seat.seat_no);
            let expected = last.map_or((Money(100), None, SeatState::Free), |it| (it.price, it.kind, it.state));
            prop_assert_eq!((seat.price, seat.kind, seat.state), expected);
        }
    }
}
