//! Held polls of one instance with one slot, and room for two held polls.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

#[path = "support/instance.rs"]
mod instance;
#[path = "support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use onsale_app::error::AppError;
use onsale_app::held_polls::{HeldAnswer, WAIT_MAX};
use onsale_app::joining::JoinRequest;
use onsale_app::line_status::LineStatus;
use onsale_app::tokens::Ticket;
use onsale_line::{DialChanges, Phase};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use instance::Instance;
use support::somebody;

/// Long enough for a slow machine, far shorter than the wait that an event must cut short.
const SOON: Duration = Duration::from_secs(8);

type Answer = Result<HeldAnswer, AppError>;

/// A ticket of somebody who has just joined.
async fn joined(instance: &Instance) -> Ticket {
    instance.app.join(JoinRequest::to_main(somebody())).await.unwrap().0
}

/// Begins a poll that is held for so long, and waits until it is.
async fn held(instance: &Instance, ticket: Ticket, wait: Duration) -> JoinHandle<Answer> {
    let app = Arc::clone(&instance.app);
    let before = app.held_polls();
    let poll = tokio::spawn(async move { app.poll_held(&ticket, wait, None).await });
    eventually("the poll is held", || instance.app.held_polls() > before).await;
    poll
}

async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + SOON;
    while !is_so() {
        assert!(Instant::now() < until, "not in time: {what}");
        // Nothing else shows it.
        sleep(Duration::from_millis(2)).await;
    }
}

async fn answer(poll: JoinHandle<Answer>) -> HeldAnswer {
    timeout(SOON, poll).await.expect("it is answered long before its time").unwrap().unwrap()
}

fn is_waiting(answer: HeldAnswer) -> bool {
    matches!(answer.status, LineStatus::Waiting { .. })
}

/// The people who wait, as of a tick after so many seconds.
async fn waiting_after(instance: &Instance, seconds: i64) -> u64 {
    instance.home.advance(seconds);
    instance.ticked().await.waiting
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_poll_is_answered_by_the_tick_that_calls() {
    let instance = Instance::open(1).await;
    let (alice, bob) = (joined(&instance).await, joined(&instance).await);
    let poll = held(&instance, bob, WAIT_MAX).await;
    instance.ticked().await;
    assert!(!poll.is_finished(), "nothing has changed");
    instance.app.leave(&alice, None).await.unwrap();
    instance.ticked().await;
    let answer = answer(poll).await;
    assert!(matches!(answer.status, LineStatus::Admitted { .. }), "{answer:?}");
    assert!(answer.held_for.is_some());
    assert_eq!(instance.app.held_polls(), 0);
    let again = instance.app.poll_held(&bob, WAIT_MAX, None).await.unwrap();
    assert!(matches!(again.status, LineStatus::Admitted { .. }) && again.held_for.is_none(), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_poll_is_answered_when_somebody_joins_and_that_calls_them() {
    let instance = Instance::open(1).await;
    let (alice, bob) = (joined(&instance).await, joined(&instance).await);
    let poll = held(&instance, bob, WAIT_MAX).await;
    instance.app.leave(&alice, None).await.unwrap();
    joined(&instance).await;
    assert!(matches!(answer(poll).await.status, LineStatus::Admitted { .. }), "without a tick");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_just_before_a_poll_is_held_is_not_missed() {
    let instance = Instance::open(1).await;
    let (alice, bob) = (joined(&instance).await, joined(&instance).await);
    instance.ticked().await;
    instance.app.leave(&alice, None).await.unwrap();
    // This calls bob, and the view does not know it.
    joined(&instance).await;
    let answer = timeout(SOON, instance.app.poll_held(&bob, WAIT_MAX, None)).await.expect("at once").unwrap();
    assert!(matches!(answer.status, LineStatus::Admitted { .. }) && answer.held_for.is_none(), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_is_up_without_a_change() {
    let instance = Instance::open(1).await;
    let (_alice, bob) = (joined(&instance).await, joined(&instance).await);
    for _ in 0..2 {
        let begun = Instant::now();
        let answer = instance.app.poll_held(&bob, Duration::from_millis(300), None).await.unwrap();
        assert!(is_waiting(answer) && answer.held_for.is_some(), "{answer:?}");
        assert!(begun.elapsed() >= Duration::from_millis(300));
    }
    assert!(
        matches!(instance.app.poll(&bob).await, Err(AppError::TooEarly { .. })),
        "a plain poll is, as before"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_are_not_near_their_turn_are_answered_at_once() {
    let instance = Instance::open(1).await;
    let (_alice, _bob, carol) = (joined(&instance).await, joined(&instance).await, joined(&instance).await);
    instance.home.advance(1);
    instance.ticked().await;
    let answer =
        timeout(SOON, instance.app.poll_held(&carol, WAIT_MAX, None)).await.expect("at once").unwrap();
    assert!(
        matches!(answer.status, LineStatus::Waiting { is_near_turn: false, ahead: Some(1), .. }),
        "{answer:?}"
    );
    assert_eq!(answer.held_for, None);
    let again = instance.app.poll_held(&carol, WAIT_MAX, None).await;
    assert!(matches!(again, Err(AppError::TooEarly { .. })), "the throttle is for them as ever: {again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_poll_ends_the_older_and_both_leave_the_person_present() {
    let instance = Instance::open(1).await;
    let (_alice, bob) = (joined(&instance).await, joined(&instance).await);
    let older = held(&instance, bob, WAIT_MAX).await;
    let app = Arc::clone(&instance.app);
    let newer = tokio::spawn(async move { app.poll_held(&bob, WAIT_MAX, None).await });
    let ended = answer(older).await;
    assert!(is_waiting(ended) && ended.held_for.is_some(), "{ended:?}");
    assert_eq!((instance.app.held_polls(), newer.is_finished()), (1, false));
    // The older one's answer promised a few seconds only. The newer one's next sign comes in real time.
    sleep(Duration::from_millis(2_300)).await;
    instance.ticked().await;
    assert_eq!(waiting_after(&instance, 15).await, 1);
    newer.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn over_the_limit_a_poll_is_answered_at_once_and_never_too_early() {
    let instance = Instance::open(3).await;
    let mut tickets = Vec::new();
    for _ in 0..6 {
        tickets.push(joined(&instance).await);
    }
    let first = held(&instance, tickets[3], WAIT_MAX).await;
    let _second = held(&instance, tickets[4], WAIT_MAX).await;
    for _ in 0..3 {
        let poll = instance.app.poll_held(&tickets[5], WAIT_MAX, None);
        let answer = timeout(SOON, poll).await.expect("at once").unwrap();
        assert!(is_waiting(answer) && answer.held_for.is_none(), "{answer:?}");
    }
    first.abort();
    eventually("a client that goes away makes room", || instance.app.held_polls() == 1).await;
    let third = held(&instance, tickets[5], WAIT_MAX).await;
    assert!(!third.is_finished());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_poll_is_a_sign_of_life_for_as_long_as_it_may_last() {
    let instance = Instance::open(1).await;
    let (_alice, bob, _carol) = (joined(&instance).await, joined(&instance).await, joined(&instance).await);
    let _poll = held(&instance, bob, WAIT_MAX).await;
    // The first sign comes with the lookup that the poll begins with.
    assert_eq!(instance.ticked().await.waiting, 2);
    assert_eq!(waiting_after(&instance, 25).await, 1, "bob is here, and carol has not been heard of");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_is_expected_back_soon_or_counts_as_gone() {
    let instance = Instance::open(1).await;
    let (_alice, bob) = (joined(&instance).await, joined(&instance).await);
    let poll = held(&instance, bob, WAIT_MAX).await;
    instance.ticked().await;
    poll.abort();
    assert!(poll.await.is_err());
    assert_eq!(instance.app.held_polls(), 0);
    instance.ticked().await;
    assert_eq!(waiting_after(&instance, 5).await, 1, "a broken connection is no absence yet");
    assert_eq!(waiting_after(&instance, 3).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_and_a_resume_answer_all() {
    let instance = Instance::open(1).await;
    let (_alice, bob) = (joined(&instance).await, joined(&instance).await);
    for paused in [true, false] {
        let poll = held(&instance, bob, WAIT_MAX).await;
        let changes = DialChanges { paused: Some(paused), ..DialChanges::default() };
        instance.app.set_dials(instance.app.main_sale(), changes, None, somebody()).await.unwrap();
        let answer = answer(poll).await;
        assert!(is_waiting(answer) && answer.held_for.is_some(), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phase_that_its_holder_does_not_know_is_answered_at_once() {
    let instance = Instance::open(1).await;
    let (_alice, bob) = (joined(&instance).await, joined(&instance).await);
    for paused in [true, false] {
        let known = if paused { Phase::Open } else { Phase::Paused };
        let changes = DialChanges { paused: Some(paused), ..DialChanges::default() };
        instance.app.set_dials(instance.app.main_sale(), changes, None, somebody()).await.unwrap();
        let poll = instance.app.poll_held(&bob, WAIT_MAX, Some(known));
        let answer = timeout(SOON, poll).await.expect("at once").unwrap();
        assert!(is_waiting(answer) && answer.held_for.is_none(), "{answer:?}");
        let poll = instance.app.poll_held(&bob, Duration::from_millis(300), Some(opposite(known)));
        assert!(poll.await.unwrap().held_for.is_some(), "a phase that is known is");
    }
}

fn opposite(phase: Phase) -> Phase {
    if phase == Phase::Open { Phase::Paused } else { Phase::Open }
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_elsewhere_and_a_stop_of_the_server_answer_at_once() {
    let instance = Instance::open(3).await;
    let mut tickets = Vec::new();
    for _ in 0..5 {
        tickets.push(joined(&instance).await);
    }
    let (bob, carol) = (tickets[3], tickets[4]);
    let (bobs, carols) = (held(&instance, bob, WAIT_MAX).await, held(&instance, carol, WAIT_MAX).await);
    instance.app.leave(&bob, None).await.unwrap();
    assert_eq!(answer(bobs).await.status, LineStatus::Ended);
    assert!(!carols.is_finished());
    instance.app.stopping.cancel();
    let stopped = answer(carols).await;
    assert!(is_waiting(stopped) && stopped.held_for.is_some(), "{stopped:?}");
}
