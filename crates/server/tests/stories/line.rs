//! Who is let in, and when.

use futures_util::future::join_all;
use insta::assert_snapshot;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::actors::Actor;
use crate::answer::Answer;
use crate::stage::{Stage, at_once, buy, secs};

fn poll_after_ms(answer: &Answer) -> i64 {
    answer.ok()["pollAfterMs"].as_i64().expect("a waiting person gets a time to poll again")
}

/// Joins one after the other and returns number, ahead and position of each.
async fn join_in_order(fans: &[Actor]) -> Vec<(u64, u64, u64)> {
    let mut places = Vec::new();
    for fan in fans {
        let joined = fan.join().await.ok();
        let field = |name: &str| joined[name].as_u64().expect("a number");
        places.push((field("number"), field("ahead"), field("position")));
    }
    places
}

#[tokio::test]
async fn numbers_follow_the_order_of_joining() {
    let stage = Stage::with(&[("line_capacity", "2")]).await;
    let fans = stage.crowd(5);
    let places = join_in_order(&fans).await;
    assert_eq!(places, [(1, 0, 0), (2, 0, 0), (3, 0, 1), (4, 1, 2), (5, 2, 3)]);
    stage.advance(secs(2)).await;
    let ahead = async |fan: &Actor| fan.poll().await.ok()["ahead"].clone();
    assert_eq!(ahead(&fans[4]).await, 2);
    fans[2].leave().await.ok();
    stage.advance(secs(1)).await;
    assert_eq!(ahead(&fans[4]).await, 1, "a person who has left is ahead of nobody");
    stage.end().await;
}

#[tokio::test]
async fn a_slot_goes_to_the_next_when_somebody_leaves_or_pays() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let fans = stage.crowd(4);
    join_in_order(&fans).await;
    let [alice, bob, carol, dave] = &fans[..] else { unreachable!() };
    alice.leave().await.ok();
    stage.advance(secs(2)).await;
    assert_snapshot!(bob.poll().await.line(), @"200 admitted");
    assert_snapshot!(carol.poll().await.line(), @"200 waiting");
    assert_snapshot!(dave.poll().await.line(), @"200 waiting");
    buy(bob, 1).await;
    stage.advance(secs(2)).await;
    assert_snapshot!(carol.poll().await.line(), @"200 admitted");
    assert_snapshot!(dave.poll().await.line(), @"200 waiting");
    stage.end().await;
}

#[tokio::test]
async fn a_slot_goes_to_the_next_when_a_pass_expires() {
    let stage = Stage::with(&[("line_capacity", "1"), ("pass_seconds", "10")]).await;
    let (alice, bob) = (stage.insider().await, stage.newcomer());
    bob.join().await.ok();
    for _ in 0..5 {
        stage.advance(secs(2)).await;
        assert_eq!(bob.poll().await.line(), "200 waiting");
    }
    assert_snapshot!(alice.poll().await.line(), @"200 ended");
    stage.advance(secs(2)).await;
    assert_snapshot!(bob.poll().await.line(), @"200 admitted");
    stage.end().await;
}

#[tokio::test]
async fn an_absent_person_is_skipped_and_called_first_when_back() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let fans = stage.crowd(4);
    join_in_order(&fans).await;
    let [alice, bob, carol, dave] = &fans[..] else { unreachable!() };
    stage.advance(secs(15)).await;
    at_once([carol.poll(), dave.poll()]).await;
    stage.tick().await;
    assert_eq!(dave.poll().await.code(), "too_many_requests", "dave polled a moment ago");
    alice.leave().await.ok();
    stage.advance(secs(2)).await;
    assert_snapshot!(carol.poll().await.line(), @"200 admitted");
    assert_eq!(dave.poll().await.ok()["ahead"], 0);

    assert_eq!(bob.poll().await.ok()["number"], 2, "being absent never costs the number");
    stage.advance(secs(2)).await;
    assert_eq!(dave.poll().await.ok()["ahead"], 1, "bob is back, and ahead");
    carol.leave().await.ok();
    stage.advance(secs(1)).await;
    assert_snapshot!(bob.poll().await.line(), @"200 admitted");
    stage.end().await;
}

#[tokio::test]
async fn an_unclaimed_call_goes_to_the_next_person() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let fans = stage.crowd(3);
    join_in_order(&fans).await;
    let [alice, bob, carol] = &fans[..] else { unreachable!() };
    alice.leave().await.ok();
    stage.tick().await;
    for _ in 0..4 {
        stage.advance(secs(2)).await;
        assert_eq!(carol.poll().await.line(), "200 waiting");
    }
    stage.advance(secs(2)).await;
    assert_snapshot!(carol.poll().await.line(), @"200 admitted");
    assert_snapshot!(bob.poll().await.line(), @"200 waiting");
    stage.end().await;
}

#[tokio::test]
async fn polling_much_too_early_is_refused_and_on_time_never() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let (alice, bob) = (stage.insider().await, stage.newcomer());
    let mut answer = bob.join().await;
    stage.tick().await;
    for _ in 0..20 {
        let after_ms = poll_after_ms(&answer);
        assert!((850..=3_000).contains(&after_ms), "near the turn: {after_ms} ms");
        let early = bob.poll().await;
        assert_eq!((early.line().as_str(), early.retry_after_seconds()), ("429 too_many_requests", 1));
        stage.advance(SignedDuration::from_millis(after_ms / 2 - 1)).await;
        assert_eq!(bob.poll().await.status, 429, "just under half of the interval");
        stage.advance(SignedDuration::from_millis(1)).await;
        answer = bob.poll().await;
        assert_eq!(answer.line(), "200 waiting");
        let whole_seconds = u64::try_from(poll_after_ms(&answer)).unwrap().div_ceil(1_000);
        assert_eq!(answer.retry_after_seconds(), whole_seconds);
    }
    for _ in 0..3 {
        let inside = alice.poll().await;
        assert_eq!((inside.line().as_str(), inside.retry_after_seconds()), ("200 admitted", 30));
    }
    stage.end().await;
}

/// Everybody whose poll is due polls; returns the places of those who were let in.
async fn poll_who_is_due(fans: &mut Vec<(usize, Actor, i64)>, now_ms: i64) -> Vec<usize> {
    let asks =
        fans.iter().map(async |(_, fan, at)| if *at <= now_ms { Some(fan.poll().await) } else { None });
    let answers = join_all(asks);
    let mut admitted = Vec::new();
    for (answer, (place, _, at)) in answers.await.into_iter().zip(fans.iter_mut()) {
        match answer.map(|answer| (answer.line(), answer)) {
            Some((line, _)) if line == "200 admitted" => admitted.push(*place),
            Some((line, answer)) => {
                assert_eq!(line, "200 waiting", "polled on time");
                *at = now_ms + poll_after_ms(&answer);
            }
            None => {}
        }
    }
    fans.retain(|(place, _, _)| !admitted.contains(place));
    admitted
}

#[tokio::test]
async fn two_hundred_at_once_take_over_a_minute_at_a_hundred_a_minute() {
    let stage = Stage::with(&[("line_capacity", "1000"), ("line_rate_per_minute", "100")]).await;
    let fans = stage.crowd(200);
    let joined = at_once(fans.iter().map(Actor::join)).await;
    assert_snapshot!(crate::answer::tally(&joined), @"100 x 200 admitted, 100 x 200 waiting");
    let mut numbers: Vec<_> = joined.iter().map(|answer| answer.ok()["number"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());

    let places = fans.into_iter().enumerate().zip(&joined);
    let waiting = places.filter(|(_, answer)| answer.line() == "200 waiting");
    let mut waiting: Vec<_> =
        waiting.map(|((place, fan), answer)| (place, fan, poll_after_ms(answer))).collect();
    for second in 1..=60 {
        stage.advance(secs(1)).await;
        let admitted = poll_who_is_due(&mut waiting, second * 1_000).await;
        assert!(admitted.is_empty(), "{} let in after {second} s", admitted.len());
    }
    let mut second = 60;
    while !waiting.is_empty() {
        second += 1;
        stage.advance(secs(1)).await;
        poll_who_is_due(&mut waiting, second * 1_000).await;
        assert!(second < 70, "{} still wait", waiting.len());
    }
    stage.tick().await;
    assert_eq!(stage.operator().line().await["inside"], 200);
    stage.end().await;
}

/// What is left of a line that let one person in every two seconds for a while.
pub(crate) struct SlowLine {
    pub(crate) waiting: Vec<Actor>,
    last_status: Value,
}

/// One leaves and the next comes in, every two seconds, while 55 others wait and poll on time.
pub(crate) async fn play_a_slow_line(stage: &Stage) -> SlowLine {
    let mut inside = stage.insider().await;
    // A new line measures its pace only once everybody from an earlier epoch must have polled again.
    stage.advance(secs(60)).await;
    let mut fans: Vec<_> = stage.crowd(90).into_iter().map(|fan| (fan, 0)).collect();
    for (fan, at) in &mut fans {
        let joined = fan.join().await;
        assert_eq!(joined.ok()["estimatedWait"], json!(null), "nothing is measured yet");
        *at = poll_after_ms(&joined);
    }
    let mut last_status = json!(null);
    for round in 1..=35_i64 {
        let now_ms = round * 2_000;
        inside.leave().await.ok();
        stage.advance(secs(2)).await;
        let (next, _) = fans.remove(0);
        assert_eq!(next.poll().await.line(), "200 admitted", "round {round}");
        inside = next;
        for (fan, at) in fans.iter_mut().filter(|(_, at)| *at <= now_ms) {
            let polled = fan.poll().await;
            *at = now_ms + poll_after_ms(&polled);
            last_status = polled.ok();
        }
    }
    SlowLine { waiting: fans.into_iter().map(|(fan, _)| fan).collect(), last_status }
}

#[tokio::test]
async fn a_wait_is_estimated_as_a_range_once_the_pace_is_known() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
    let status = play_a_slow_line(&stage).await.last_status;
    let wait = |name: &str| status["estimatedWait"][name].as_i64().expect("a wait is known");
    let (p10, p50, p90) = (wait("p10"), wait("p50"), wait("p90"));
    assert!(p10 <= p50 && p50 <= p90, "{status}");
    let ahead = status["ahead"].as_i64().unwrap();
    // Two seconds each; but the first one stayed for a minute, and others might.
    assert!((ahead * 3 / 2..=ahead * 3).contains(&p50), "two seconds each: {status}");
    let after_ms = status["pollAfterMs"].as_i64().unwrap();
    assert!((3_001..=34_500).contains(&after_ms), "an eighth of the wait: {status}");
    stage.end().await;
}
