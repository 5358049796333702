//! The waiting line while it works.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use onsale_booking::Refusal;
use onsale_booking::ids::UserId;
use onsale_line::{DialChanges, Dials, NumberState, RUN_OUT_GRACE};
use onsale_storage::port::{LogAction, LogEntry};
use onsale_storage::writer::{LineChange, LineTask, WriteError};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::admission::{NOBODY, dials};
use crate::support::commands::{
    MAIN_SALE, by_number, hold, holder, leave, member, pay, room, seconds, start,
};
use crate::support::fixture::StoreFixture;
use crate::support::sale::Sale;

pub(crate) async fn numbers_are_the_order_of_joining(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    assert_eq!(sale.line.sale(), MAIN_SALE);
    assert!(sale.line.epoch() >= 1);
    for number in 1..=150 {
        assert_eq!(sale.join(member(number).user).await.1.number, number);
    }
}

pub(crate) async fn joining_again_finds_the_same_place(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(1)).await;
    let (alice, bob) = (sale.joins("alice").await, sale.joins("bob").await);
    assert_eq!((alice.pass.number, bob.pass.number), (1, 2));
    // A line that only one instance answers for has no limit; a view is never too old from the start.
    assert!(sale.line.view_lifetime().is_none_or(|lifetime| !lifetime.is_zero()));
    sale.enter(alice).await;
    assert_eq!((sale.joins("alice").await, sale.joins("bob").await), (alice, bob));
    let (_, again) = sale.join(alice.user).await;
    let (_, carols) = sale.join(holder("carol").user).await;
    assert_eq!((again.is_new, carols.is_new, carols.number), (false, true, 3));
    sale.ok(leave(bob)).await;
    assert_eq!(sale.joins("bob").await.pass.number, 4, "a place that was left is gone for good");
}

pub(crate) async fn with_room_and_nobody_ahead_one_is_called_at_once(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(1)).await;
    let (alice, joined) = sale.join(holder("alice").user).await;
    assert_eq!(joined.called, [1]);
    assert!(matches!(joined.lookup.state, NumberState::Called { .. }), "{joined:?}");
    assert_eq!((joined.lookup.head, sale.state(alice).await), (1, joined.lookup.state));

    let (_, joined) = sale.join(holder("bob").user).await;
    assert_eq!((joined.called, joined.lookup.state), (vec![], NumberState::Waiting), "no room is left");
}

pub(crate) async fn nobody_overtakes_somebody_who_waits(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(1)).await;
    let alice = sale.joins_and_enters("alice").await;
    let bob = sale.joins("bob").await;
    sale.ok(leave(alice)).await;
    let (_, carols) = sale.join(holder("carol").user).await;
    assert_eq!((carols.called, carols.lookup.state), (vec![bob.pass.number], NumberState::Waiting));
}

pub(crate) async fn a_pass_makes_a_called_person_inside(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.joins("alice").await;
    assert_eq!(sale.refused(hold(alice, &[1])).await, Refusal::NotAdmitted, "called is not inside");
    sale.enter(alice).await;
    assert_eq!(sale.state(alice).await, NumberState::Inside { until: start() + seconds(600) });
    // A hold that outlasts the pass extends it, for the line as for the store.
    sale.fixture.advance(seconds(599));
    sale.ok(hold(alice, &[1])).await;
    assert_eq!(sale.state(alice).await, NumberState::Inside { until: start() + seconds(899) });
    let view = sale.line.tick().await.unwrap().view;
    assert_eq!((view.tallies().inside, view.tallies().called, view.tallies().tail), (1, 0, 1));
}

pub(crate) async fn payment_and_leaving_free_the_slot_at_once(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(1)).await;
    let alice = sale.joins("alice").await;
    let (bob, carol) = (sale.joins("bob").await, sale.joins("carol").await);
    sale.enter(sale.rich_outside(alice).await).await;
    assert_eq!(sale.tick().await, NOBODY);
    sale.ok(hold(alice, &[1])).await;
    sale.ok(pay(alice, &[1])).await;
    assert_eq!((sale.state(alice).await, sale.tick().await), (NumberState::Ended, vec![bob.pass.number]));
    sale.enter(bob).await;
    assert_eq!(sale.tick().await, NOBODY);
    sale.ok(leave(bob)).await;
    assert_eq!((sale.state(bob).await, sale.tick().await), (NumberState::Ended, vec![carol.pass.number]));
}

pub(crate) async fn a_pass_that_runs_out_frees_its_slot(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(1)).await;
    let alice = sale.joins_and_enters("alice").await;
    let bob = sale.joins("bob").await;
    sale.sign(bob, 1_000).await;
    sale.fixture.advance(seconds(599));
    assert_eq!(sale.tick().await, NOBODY);
    sale.fixture.advance(seconds(1));
    // It is over for alice at once. Her slot waits a moment, in case a hold has extended her pass.
    assert_eq!((sale.state(alice).await, sale.tick().await), (NumberState::Ended, vec![]));
    sale.fixture.advance(RUN_OUT_GRACE.try_into().unwrap());
    assert_eq!(sale.tick().await, [bob.pass.number]);
}

pub(crate) async fn only_a_called_number_can_claim(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(1)).await;
    let (alice, bob) = (sale.joins("alice").await, sale.joins("bob").await);
    let line = &sale.line;
    for number in [0, bob.pass.number, 3, u64::MAX] {
        assert_eq!(line.claim(number).await.unwrap(), None, "{number}");
    }
    let call = line.claim(alice.pass.number).await.unwrap();
    assert!(call.is_some());
    assert_eq!(line.claim(alice.pass.number).await.unwrap(), call, "claiming again is fine");
    assert_eq!(sale.state(by_number(bob.user, 77)).await, NumberState::Unknown);
}

pub(crate) async fn an_unclaimed_call_goes_to_the_next(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(1)).await;
    let (alice, bob) = (sale.joins("alice").await, sale.joins("bob").await);
    sale.sign(bob, 60).await;
    sale.fixture.advance(seconds(11));
    assert_eq!((sale.tick().await, sale.state(alice).await), (vec![bob.pass.number], NumberState::Skipped));
    // Alice is back: late, without a right to the slot that is bob's now.
    sale.sign(alice, 60).await;
    assert_eq!(sale.state(alice).await, NumberState::Late);
    assert_eq!(sale.line.claim(alice.pass.number).await.unwrap(), None);
    sale.ok(leave(bob)).await;
    assert_eq!(sale.tick().await, [alice.pass.number]);
}

pub(crate) async fn the_cap_holds_in_a_crowd(fixture: impl StoreFixture) {
    const CAP: u32 = 5;
    let sale = Arc::new(Sale::open_with(fixture, dials(CAP)).await);
    let (inside, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let mut crowd = JoinSet::new();
    for number in 1..=80 {
        let (sale, inside, most) = (Arc::clone(&sale), Arc::clone(&inside), Arc::clone(&most));
        crowd.spawn(async move {
            let by = sale.join(member(number).user).await.0;
            while !matches!(sale.state(by).await, NumberState::Called { .. }) {
                sale.tick().await;
                tokio::task::yield_now().await;
            }
            sale.enter(by).await;
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            // Counted out before the slot can be anybody else's.
            inside.fetch_sub(1, Ordering::SeqCst);
            sale.ok(leave(by)).await;
        });
    }
    crowd.join_all().await;
    let most = most.load(Ordering::SeqCst);
    assert!((2..=CAP).contains(&most), "{most} inside at once");
    let view = sale.line.tick().await.unwrap().view;
    assert_eq!((view.tallies().inside, view.tallies().called, view.tallies().head), (0, 0, 80));
    sale.assert_clean().await;
}

pub(crate) async fn many_joins_at_once_get_every_number_once(fixture: impl StoreFixture) {
    let sale = Arc::new(Sale::open(fixture).await);
    let mut crowd = JoinSet::new();
    for number in 1..=300 {
        let sale = Arc::clone(&sale);
        crowd.spawn(async move { sale.join(member(number).user).await.1.number });
    }
    let mut numbers = crowd.join_all().await;
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(1..=300), "{numbers:?}");
    let allocated = sale.store.reads.line(MAIN_SALE).await.unwrap().unwrap().row.allocated;
    assert!(allocated >= 300, "{allocated} allocated, 300 given out");
}

pub(crate) async fn new_dials_count_at_once(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(1)).await;
    let (_, bob) = (sale.joins("alice").await, sale.joins("bob").await);
    assert_eq!(sale.tick().await, NOBODY);
    let set = |changes| sale.line.set_dials(changes, None, None);
    let dials = set(DialChanges { capacity: Some(room(3)), ..DialChanges::default() }).await.unwrap();
    assert_eq!((dials.capacity.get(), dials.rate_per_minute, dials.paused), (3, 0, false));
    assert_eq!(sale.tick().await, [bob.pass.number]);

    let dials = set(DialChanges { paused: Some(true), ..DialChanges::default() }).await.unwrap();
    assert_eq!((dials.capacity.get(), dials.paused), (3, true));
    let carol = sale.joins("carol").await;
    assert_eq!((sale.tick().await, sale.state(carol).await), (vec![], NumberState::Waiting));
    set(DialChanges { paused: Some(false), ..DialChanges::default() }).await.unwrap();
    let ticked = sale.line.tick().await.unwrap();
    assert_eq!((ticked.called, ticked.view.dials().capacity.get()), (vec![carol.pass.number], 3));
}

pub(crate) async fn new_dials_are_logged_with_who_and_what_was_before(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(7)).await;
    let olga = Some(UserId(Uuid::from_u128(0x01A6)));
    let line = &sale.line;
    let faster = DialChanges { rate_per_minute: Some(30), ..DialChanges::default() };
    let smaller = DialChanges { capacity: Some(room(3)), paused: Some(true), ..DialChanges::default() };
    sale.fixture.advance(seconds(2));
    line.set_dials(faster, None, olga).await.unwrap();
    line.set_dials(smaller, None, None).await.unwrap();
    // To the value that it has.
    sale.fixture.advance(seconds(1));
    line.set_dials(faster, None, olga).await.unwrap();
    // The owner of an epoch that is over sets nothing.
    let change = LineChange::SetDials { changes: smaller, seen: None, settings: dials(7).dials, by: olga };
    let superseded =
        sale.writer.submit_line(LineTask { sale: MAIN_SALE, epoch: line.epoch() + 1, change }).await;
    assert_eq!(superseded, Err(WriteError::Superseded));
    let set = |after, operator, (capacity, rate_per_minute, paused), changes| {
        let before = Dials { capacity: room(capacity), rate_per_minute, paused };
        LogEntry {
            at: start() + seconds(after),
            operator,
            action: LogAction::DialsSet { sale: MAIN_SALE, before, changes },
        }
    };
    let log = sale.store.reads.operator_log(None, 10).await.unwrap();
    let entries: Vec<LogEntry> = log.iter().map(|kept| kept.entry.clone()).take(3).collect();
    let expected = [
        set(3, olga, (3, 30, true), faster),
        set(2, None, (7, 30, false), smaller),
        set(2, olga, (7, 0, false), faster),
    ];
    assert_eq!(entries, expected);
    assert_eq!(log.len(), 4, "and the concert that was opened");
}

pub(crate) async fn dials_are_not_set_over_others_than_were_seen(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(7)).await;
    let line = &sale.line;
    let capacity = |people| DialChanges { capacity: Some(room(people)), ..DialChanges::default() };
    let paused = DialChanges { paused: Some(true), ..DialChanges::default() };
    let first = dials(7).dials;
    let changed = Err(WriteError::Refused(Refusal::DialsChanged));

    // Two operators at once, who saw the same dials.
    let both = tokio::join!(
        line.set_dials(capacity(3), Some(first), None),
        line.set_dials(capacity(4), Some(first), None)
    );
    let set = match both {
        (Ok(set), refused) | (refused, Ok(set)) => {
            assert_eq!(refused, changed);
            set
        }
        neither => panic!("{neither:?}"),
    };
    assert_eq!(line.set_dials(paused, Some(first), None).await, changed, "whatever they would set");
    assert_eq!(line.tick().await.unwrap().view.dials(), set);
    let now = line.set_dials(paused, Some(set), None).await.unwrap();
    assert_eq!(now, Dials { paused: true, ..set });
    let again = line.set_dials(paused, Some(set), None).await;
    assert_eq!(again, Ok(now), "the same form once more changes nothing");
    // Only what operators set counts: settings may differ between instances.
    let other_settings = Dials { rate_per_minute: 99, ..now };
    line.set_dials(capacity(5), Some(other_settings), None).await.unwrap();
    line.set_dials(capacity(6), None, None).await.expect("a program saw nothing");
    let log = sale.store.reads.operator_log(None, 10).await.unwrap();
    assert_eq!(log.len(), 6, "what was set, and the concert that was opened");
}

pub(crate) async fn a_place_is_looked_up_without_giving_one(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(1)).await;
    let state_of_user = async |name: &str| {
        let found = sale.line.state_of_user(holder(name).user).await.unwrap();
        found.map(|(number, lookup)| (number, lookup.state, lookup.head))
    };
    assert_eq!(state_of_user("alice").await, None);
    let (alice, bob) = (sale.joins("alice").await, sale.joins("bob").await);
    assert_eq!((alice.pass.number, bob.pass.number), (1, 2), "asking took no number");
    let (number, place, head) = state_of_user("alice").await.unwrap();
    assert_eq!((number, place, head), (1, sale.state(alice).await, 1));
    assert!(matches!(place, NumberState::Called { .. }), "{place:?}");
    assert_eq!(state_of_user("bob").await, Some((2, NumberState::Waiting, 1)));
    sale.enter(alice).await;
    assert_eq!(
        state_of_user("alice").await,
        Some((1, NumberState::Inside { until: start() + seconds(600) }, 1))
    );

    // Bob gives no sign in time, however often his place is looked up.
    sale.fixture.advance(seconds(12));
    assert_eq!(state_of_user("bob").await, Some((2, NumberState::Waiting, 1)));
    sale.ok(leave(alice)).await;
    assert_eq!(
        (state_of_user("alice").await, sale.tick().await),
        (None, vec![]),
        "a place that was left is none"
    );
    assert_eq!(state_of_user("bob").await, Some((2, NumberState::Skipped, 2)));
    sale.sign(bob, 60).await;
    assert_eq!((state_of_user("bob").await, sale.tick().await), (Some((2, NumberState::Late, 2)), vec![2]));
    sale.enter(bob).await;
    sale.fixture.advance(seconds(600));
    assert_eq!(state_of_user("bob").await, None, "nor is one whose pass has run out");
}

pub(crate) async fn the_head_is_noted(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    for name in ["alice", "bob", "carol"] {
        sale.joins(name).await;
    }
    sale.fixture.advance(seconds(1));
    sale.tick().await;
    // The note has no answer of its own, but the next request is answered after it.
    let row = sale
        .writer
        .submit_line(LineTask {
            sale: MAIN_SALE,
            epoch: sale.line.epoch(),
            change: LineChange::NoteProgress { head: 0, given: 0 },
        })
        .await
        .unwrap();
    assert_eq!(row.head, 3);
    assert_eq!(sale.store.reads.line(MAIN_SALE).await.unwrap().unwrap().row, row);
}
