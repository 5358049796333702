//! The waiting line after a restart, clean or by a crash.

use onsale_line::{DialChanges, NumberState, RUN_OUT_GRACE};
use onsale_storage::store::StoreOptions;
use onsale_storage::writer::WriteError;

use crate::admission::{NOBODY, dials};
use crate::support::commands::{MICROSECOND, hold, holder, leave, member, pay, seconds, start};
use crate::support::fixture::{StoreFixture, options};
use crate::support::sale::Sale;

pub(crate) async fn after_a_clean_restart_there_are_no_ghosts(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(3)).await;
    let (alice, bob) = (sale.joins_and_enters("alice").await, sale.joins_and_enters("bob").await);
    let sale = sale.reopen_with(dials(3)).await;
    let inside = NumberState::Inside { until: start() + seconds(600) };
    assert_eq!((sale.state(alice).await, sale.state(bob).await), (inside, inside));
    let view = sale.line.tick().await.unwrap().view;
    assert_eq!((view.tallies().waiting, view.tallies().tail, view.tallies().head), (0, 2, 2));
    // No ghost stands between the last number and the next.
    let (_, carols) = sale.join(holder("carol").user).await;
    assert_eq!((carols.number, carols.called), (3, vec![3]));
}

pub(crate) async fn a_closed_line_gives_out_no_number(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    sale.joins("alice").await;
    sale.line.close().await.unwrap();
    // The last number is recorded: one more would be given out again after the restart.
    let late = sale.line.join(holder("bob").user).await;
    assert_eq!(late.map(|joined| joined.number), Err(WriteError::Busy));
    let sale = sale.reopen().await;
    assert_eq!(sale.joins("bob").await.pass.number, 2);
}

pub(crate) async fn after_a_crash_no_number_is_given_out_twice(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(0)).await;
    for number in 1..=70 {
        sale.join(member(number).user).await;
    }
    let sale = sale.crash_with(dials(0)).await;
    let next = sale.join(member(71).user).await.1.number;
    assert!(next > 70, "{next} was given out before");
    // Also when the second epoch ends before it has given out all that it allocated.
    let sale = sale.crash_with(dials(0)).await;
    let after = sale.join(member(72).user).await.1.number;
    assert!(after > next, "{after} was given out before");
}

pub(crate) async fn after_a_crash_everybody_keeps_their_place(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(1)).await;
    let alice = sale.joins_and_enters("alice").await;
    let (bob, carol) = (sale.joins("bob").await, sale.joins("carol").await);
    let sale = sale.crash_with(dials(1)).await;
    let waiting = (NumberState::Waiting, NumberState::Waiting);
    assert_eq!((sale.state(bob).await, sale.state(carol).await), waiting);
    // Their tickets show the line who they are.
    sale.sign(carol, 60).await;
    sale.sign(bob, 60).await;
    assert_eq!((sale.joins("alice").await, sale.joins("bob").await), (alice, bob));
    assert_eq!(sale.joins("carol").await, carol);
    let (dave, daves) = sale.join(holder("dave").user).await;
    assert!(dave.pass.number > carol.pass.number && daves.called.is_empty(), "{daves:?}");
    sale.ok(leave(alice)).await;
    assert_eq!(sale.tick().await, [bob.pass.number]);
    sale.ok(leave(bob)).await;
    assert_eq!(sale.tick().await, [carol.pass.number]);
}

pub(crate) async fn inside_and_ended_come_from_the_passes(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let alice = sale.joins_and_enters("alice").await;
    let bob = sale.joins("bob").await;
    sale.enter(sale.rich_outside(bob).await).await;
    sale.ok(hold(bob, &[1])).await;
    sale.ok(pay(bob, &[1])).await;
    let carol = sale.joins("carol").await;
    sale.ok(leave(carol)).await;
    let dave = sale.joins_and_enters("dave").await;
    sale.fixture.advance(seconds(300));
    sale.ok(hold(alice, &[2])).await;
    sale.fixture.advance(seconds(299));
    sale.ok(hold(alice, &[3])).await;
    sale.fixture.advance(seconds(1));

    let mut sale = sale;
    for restart in ["crash", "close"] {
        sale = if restart == "crash" { sale.crash().await } else { sale.reopen().await };
        // Alice's hold keeps her pass alive; dave's pass ran out just now.
        assert_eq!(
            sale.state(alice).await,
            NumberState::Inside { until: start() + seconds(899) },
            "{restart}"
        );
        for by in [bob, carol, dave] {
            sale.sign(by, 60).await;
            assert_eq!(sale.state(by).await, NumberState::Ended, "{restart}: {by:?}");
            assert_eq!(sale.line.claim(by.pass.number).await.unwrap(), None);
        }
        sale.fixture.advance(RUN_OUT_GRACE.try_into().unwrap());
        assert_eq!(sale.line.tick().await.unwrap().view.tallies().inside, 1, "{restart}");
    }
}

pub(crate) async fn an_unclaimed_call_is_made_again(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(1)).await;
    let (alice, bob) = (sale.joins("alice").await, sale.joins("bob").await);
    let sale = sale.reopen_with(dials(1)).await;
    // Alice was called when the line closed. She polls as if nothing had happened, and so does bob.
    sale.sign(bob, 60).await;
    sale.sign(alice, 60).await;
    assert_eq!(sale.state(bob).await, NumberState::Waiting);
    // A line that outlives the instance still has her call.
    if !matches!(sale.state(alice).await, NumberState::Called { .. }) {
        assert_eq!(sale.state(alice).await, NumberState::Late);
        assert_eq!(sale.tick().await, [alice.pass.number]);
    }
    sale.enter(alice).await;
    assert_eq!(sale.tick().await, NOBODY);
}

pub(crate) async fn numbers_stay_unique_over_many_restarts(fixture: impl StoreFixture) {
    let mut sale = Sale::open_with(fixture, dials(0)).await;
    let mut last = 0;
    for life in 0..12 {
        for visitor in 0..30 {
            let number = sale.join(member(1_000 + life * 100 + visitor).user).await.1.number;
            assert!(number > last, "life {life}: {number} after {last}");
            last = number;
        }
        let crashes = life % 3 == 0;
        sale = if crashes { sale.crash_with(dials(0)).await } else { sale.reopen_with(dials(0)).await };
    }
}

pub(crate) async fn dials_survive_and_settings_fill_the_rest(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(7)).await;
    let changes = DialChanges { rate_per_minute: Some(30), ..DialChanges::default() };
    sale.line.set_dials(changes, None, None).await.unwrap();
    let mut settings = dials(9);
    settings.dials.rate_per_minute = 99;
    let sale = sale.reopen_with(settings.clone()).await;
    let now = sale.line.tick().await.unwrap().view.dials();
    assert_eq!((now.capacity.get(), now.rate_per_minute, now.paused), (9, 30, false));

    let changes = DialChanges { paused: Some(true), ..DialChanges::default() };
    let answered = sale.line.set_dials(changes, None, None).await.unwrap();
    let sale = sale.crash_with(settings).await;
    let now = sale.line.tick().await.unwrap().view.dials();
    assert_eq!((now.capacity.get(), now.rate_per_minute, now.paused), (9, 30, true));
    assert_eq!(now, answered);
    let (_, alices) = sale.join(holder("alice").user).await;
    assert_eq!((alices.called, alices.lookup.state), (vec![], NumberState::Waiting));
}

pub(crate) async fn the_rate_holds_across_a_restart(fixture: impl StoreFixture) {
    let mut three = options();
    three.dials.rate_per_minute = 3;
    let three: StoreOptions = three;
    let mut sale = Sale::open_with(fixture, three.clone()).await;
    for name in ["alice", "bob", "carol"] {
        sale.joins_and_enters(name).await;
    }
    sale.fixture.advance(seconds(5));
    let (dave, daves) = sale.join(holder("dave").user).await;
    assert_eq!(daves.called, NOBODY);
    sale = sale.reopen_with(three.clone()).await;
    sale.sign(dave, 1_000).await;
    assert_eq!(sale.tick().await, NOBODY, "three were let in 5 s ago");
    // To the last microsecond of the minute, and across one more restart at its very end.
    sale.fixture.advance(seconds(55));
    assert_eq!(sale.tick().await, NOBODY);
    sale = sale.reopen_with(three).await;
    sale.sign(dave, 1_000).await;
    assert_eq!(sale.tick().await, NOBODY);
    sale.fixture.advance(MICROSECOND);
    assert_eq!(sale.tick().await, [dave.pass.number]);
}

pub(crate) async fn a_place_is_found_again_after_a_restart(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(1)).await;
    let (alice, bob) = (sale.joins_and_enters("alice").await, sale.joins("bob").await);
    let sale = sale.crash_with(dials(1)).await;
    let line = &sale.line;
    let (number, lookup) = line.state_of_user(alice.user).await.unwrap().unwrap();
    assert_eq!((number, lookup.state), (alice.pass.number, sale.state(alice).await));
    // People who wait are known by their ticket, unless what keeps the line still knows them.
    sale.sign(bob, 60).await;
    let (number, lookup) = line.state_of_user(bob.user).await.unwrap().unwrap();
    assert_eq!((number, lookup.state), (bob.pass.number, NumberState::Waiting));
}
