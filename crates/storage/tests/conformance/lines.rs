//! The lines of several sales in one store: they share nothing, and rest when nobody stands in them.

use std::sync::Arc;

use onsale_booking::Command;
use onsale_booking::command::PassHolder;
use onsale_booking::ids::{PassKey, SaleId, UserId};
use onsale_line::{NumberState, Sign, Tallies};
use onsale_storage::line::LinePort;
use onsale_storage::writer::{LineChange, LineTask};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::admission::{NOBODY, dials};
use crate::support::commands::{fresh, holder, leave, member, seconds};
use crate::support::fixture::StoreFixture;
use crate::support::sale::{Caller, Sale};
use crate::support::traces::{Replay, steps};

const CASES: usize = 6;

impl<F: StoreFixture> Sale<F> {
    /// A sale besides the main one.
    async fn another(&self) -> SaleId {
        let sale = SaleId(fresh());
        self.fixture.add_sale(sale).await;
        sale
    }

    async fn line_of(&self, sale: SaleId) -> Arc<dyn LinePort> {
        self.store.lines.open(sale).await.unwrap()
    }

    async fn come_in(&self, line: &Arc<dyn LinePort>, user: UserId) -> PassHolder {
        let by = join(line, user).await;
        let call = line.claim(by.pass.number).await.unwrap().unwrap();
        self.ok(Command::Admit { user, pass: by.pass, call }).await;
        by
    }
}

async fn join(line: &Arc<dyn LinePort>, user: UserId) -> PassHolder {
    let number = line.join(user).await.unwrap().number;
    PassHolder { user, pass: PassKey { sale: line.sale(), number } }
}

async fn state(line: &Arc<dyn LinePort>, by: PassHolder) -> NumberState {
    line.lookup(by.pass.number).await.unwrap().state
}

async fn tallies(line: &Arc<dyn LinePort>) -> Tallies {
    line.tick().await.unwrap().view.tallies()
}

pub(crate) async fn traces_in_two_lines_do_not_mix(fixture: impl StoreFixture) {
    let options = dials(2);
    let settings = options.dials;
    let sale = Arc::new(Sale::open_with(fixture, options).await);
    let mut runner = TestRunner::deterministic();
    for _ in 0..CASES {
        let mut replays = Vec::new();
        for _ in 0..2 {
            let line = sale.line_of(sale.another().await).await;
            let caller = Caller { writer: sale.store.writer.clone(), epoch: line.epoch() };
            let (clock, moved) = (Arc::clone(&sale), Arc::clone(&sale));
            let (now, advance) = (move || clock.store.now(), move |by| moved.fixture.advance(by));
            let steps = steps(40).new_tree(&mut runner).unwrap().current();
            replays.push((Replay::new(vec![line], caller, settings, now, advance), steps));
        }
        // The same people, with the same numbers, step by step in both lines.
        for index in 0..40 {
            for (replay, steps) in &mut replays {
                replay.play(steps.get(index..=index).unwrap_or_default()).await;
            }
        }
    }
}

pub(crate) async fn a_line_at_rest_opens_again_without_ghosts(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(1)).await;
    let other = sale.another().await;
    assert!(sale.store.lines.opened(other).is_none());
    let line = sale.line_of(other).await;
    let alice = sale.come_in(&line, holder("alice").user).await;
    let bob = join(&line, holder("bob").user).await;
    sale.ok(leave(alice)).await;
    sale.ok(leave(bob)).await;
    let epoch = line.epoch();
    assert_eq!(tallies(&line).await.head, 2);
    drop(line);
    sale.store.lines.rest(other).await.unwrap();
    assert!(sale.store.lines.opened(other).is_none());

    let line = sale.line_of(other).await;
    let Tallies { waiting, called, inside, head, tail, .. } = tallies(&line).await;
    assert_eq!((waiting, called, inside, head, tail, line.epoch()), (0, 0, 0, 2, 2, epoch));
    assert_eq!(
        (state(&line, alice).await, state(&line, bob).await),
        (NumberState::Ended, NumberState::Ended)
    );
    let carols = line.join(holder("carol").user).await.unwrap();
    assert_eq!((carols.number, carols.called), (3, vec![3]));
    assert_eq!(join(&line, alice.user).await.pass.number, 4, "an ended number is not given again");
    assert_eq!(sale.store.lines.main_sale(), sale.line.sale(), "the main sale's line went on");
    assert_eq!(sale.joins("alice").await.pass.number, 1);
}

pub(crate) async fn nobody_loses_a_place_while_a_line_rests(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(1)).await;
    let other = sale.another().await;
    let line = sale.line_of(other).await;
    let alice = join(&line, holder("alice").user).await;
    // Alice is called, does not come, and the call lapses.
    sale.fixture.advance(seconds(60));
    line.tick().await.unwrap();
    drop(line);
    sale.store.lines.rest(other).await.unwrap();

    let line = sale.line_of(other).await;
    assert_eq!(state(&line, alice).await, NumberState::Skipped);
    let bob = sale.come_in(&line, holder("bob").user).await;
    let carol = join(&line, holder("carol").user).await;
    let due = u32::try_from((sale.store.now() + seconds(60)).as_second()).unwrap();
    line.signs_of_life(vec![Sign { number: alice.pass.number, user: alice.user.0, due }]).await.unwrap();
    assert_eq!(
        (state(&line, alice).await, state(&line, carol).await),
        (NumberState::Late, NumberState::Waiting)
    );
    assert_eq!(line.tick().await.unwrap().called, NOBODY);
    sale.ok(leave(bob)).await;
    assert_eq!(line.tick().await.unwrap().called, [alice.pass.number], "late people are called first");
}

pub(crate) async fn those_who_come_at_once_share_one_line(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(0)).await;
    let other = sale.another().await;
    for round in 0..3 {
        let joins = (1..=20).map(|person| {
            let lines = Arc::clone(&sale.store.lines);
            let user = member(round * 100 + person).user;
            tokio::spawn(async move { lines.open(other).await.unwrap().join(user).await.unwrap().number })
        });
        let mut numbers = Vec::new();
        for join in joins.collect::<Vec<_>>() {
            numbers.push(join.await.unwrap());
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (round * 20 + 1..=round * 20 + 20).collect::<Vec<_>>(), "round {round}");
        sale.store.lines.rest(other).await.unwrap();
    }
}

pub(crate) async fn a_line_that_opens_late_knows_who_left_meanwhile(fixture: impl StoreFixture) {
    let sale = Sale::open_with(fixture, dials(2)).await;
    let other = sale.another().await;
    let line = sale.line_of(other).await;
    let alice = sale.come_in(&line, holder("alice").user).await;
    let bob = sale.come_in(&line, holder("bob").user).await;
    drop(line);
    // Nobody has come to this sale since the crash, but alice leaves.
    let sale = sale.crash_with(dials(2)).await;
    assert!(sale.store.lines.opened(other).is_none());
    sale.ok(leave(alice)).await;
    let line = sale.line_of(other).await;
    assert_eq!(state(&line, alice).await, NumberState::Ended);
    assert!(matches!(state(&line, bob).await, NumberState::Inside { .. }));
    assert_eq!(tallies(&line).await.inside, 1);
}

pub(crate) async fn lines_at_rest_survive_a_restart_and_a_crash(fixture: impl StoreFixture) {
    let mut sale = Sale::open_with(fixture, dials(9)).await;
    let other = sale.another().await;
    let mut last = 0;
    for end in ["close", "crash", "crash"] {
        let line = sale.line_of(other).await;
        let by = join(&line, holder("alice").user).await;
        assert!(by.pass.number > last, "{} was given out before", by.pass.number);
        last = by.pass.number;
        sale.ok(leave(by)).await;
        tallies(&line).await;
        drop(line);
        sale.store.lines.rest(other).await.unwrap();
        sale =
            if end == "crash" { sale.crash_with(dials(9)).await } else { sale.reopen_with(dials(9)).await };
    }
}

/// Its numbers may be in somebody's hands, so they are not given out again.
pub(crate) async fn a_line_goes_on_behind_the_numbers_of_another_kind_of_line(fixture: impl StoreFixture) {
    let sale = Sale::open(fixture).await;
    let other = sale.another().await;
    let begin = LineChange::BeginEpoch(Some(fresh()));
    sale.writer.submit_line(LineTask { sale: other, epoch: 1, change: begin }).await.unwrap();
    let allocate = LineChange::AllocateNumbers(5_000);
    sale.writer.submit_line(LineTask { sale: other, epoch: 2, change: allocate }).await.unwrap();
    let sale = sale.reopen().await;
    let line = sale.line_of(other).await;
    assert_eq!(join(&line, member(1).user).await.pass.number, 5_001);
}
