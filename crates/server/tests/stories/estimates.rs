//! The estimate of a wait, from the first poll to the last, in a line whose passes run out quickly.

use serde_json::Value;

use super::visitor::Visitor;
use crate::actors::Actor;
use crate::stage::{Stage, secs};

/// How long a pass lasts, in seconds.
const PASS: i64 = 10;
/// So many must have left before anything is estimated, and by so many everybody has an estimate.
const LEFT: [usize; 2] = [8, 12];

/// Somebody in line.
struct Fan {
    actor: Actor,
    /// When they poll next, in seconds.
    poll_at: i64,
    admitted_at: Option<i64>,
    /// When they got their first estimate, and its median.
    first: Option<(i64, i64)>,
}

fn seconds(status: &Value, field: &str) -> i64 {
    status["estimatedWait"][field].as_i64().expect("whole seconds")
}

impl Fan {
    /// Polls if it is time to, when so many have left the line.
    async fn poll(&mut self, now: i64, left: usize) {
        if self.admitted_at.is_some() || now < self.poll_at {
            return;
        }
        let status = self.actor.poll().await.ok();
        self.poll_at = now + (status["pollAfterMs"].as_i64().expect("milliseconds") + 999) / 1_000;
        if status["status"] == "admitted" {
            self.admitted_at = Some(now);
            return;
        }
        let is_known = !status["estimatedWait"].is_null();
        assert!(!is_known || left >= LEFT[0], "{left} have left: {status}");
        assert!(is_known || left < LEFT[1], "{left} have left: {status}");
        if is_known {
            let [p10, p50, p90] = ["p10", "p50", "p90"].map(|field| seconds(&status, field));
            assert!(0 <= p10 && p10 <= p50 && p50 <= p90, "{status}");
            self.first.get_or_insert((now, p50));
        }
    }

    fn has_left(&self, now: i64) -> bool {
        self.admitted_at.is_some_and(|at| at + PASS <= now)
    }
}

#[tokio::test]
async fn a_wait_is_estimated_once_enough_have_left_and_always_in_order() {
    let stage = Stage::with(&[("line_capacity", "3"), ("pass_seconds", "10")]).await;
    // A new line measures its pace only once everybody from an earlier epoch must have polled again.
    stage.advance(secs(60)).await;
    let mut fans = Vec::new();
    for actor in stage.crowd(45) {
        let joined = actor.join().await.ok();
        assert_eq!(joined["estimatedWait"], Value::Null, "nobody has left");
        let admitted_at = (joined["status"] == "admitted").then_some(0);
        fans.push(Fan { actor, poll_at: 1, admitted_at, first: None });
    }
    let mut visitors = [Visitor::new(&stage.client, "en"), Visitor::new(&stage.client, "ko")];
    for (visitor, unknown) in
        visitors.iter_mut().zip(["The wait is not known yet", "예상 대기 시간을 아직 알 수 없습니다"])
    {
        let page = visitor.submit("/line", &[("name", "Mina")]).await;
        assert_eq!(page.between("data-show=\"wait\">", "<"), unknown);
    }
    for now in 1..=300 {
        stage.advance(secs(1)).await;
        let left = fans.iter().filter(|fan| fan.has_left(now)).count();
        for fan in &mut fans {
            fan.poll(now, left).await;
        }
        if now % 5 != 0 || fans.iter().all(|fan| fan.admitted_at.is_some()) {
            continue;
        }
        for (visitor, [about, soon]) in
            visitors.iter_mut().zip([["about ", "less than a minute"], ["약 ", "1분 이내"]])
        {
            let wait = visitor.get("/line").await.between("data-show=\"wait\">", "<");
            let is_known = wait.starts_with(about) || wait == soon;
            assert!(is_known || left < LEFT[1], "{left} have left: {wait}");
            assert!(!is_known || left >= LEFT[0], "{left} have left: {wait}");
        }
    }
    for fan in &fans {
        let admitted_at = fan.admitted_at.expect("everybody has had their turn");
        if let Some((at, median)) = fan.first {
            let real = admitted_at - at;
            assert!((real - median).abs() <= 5 + real / 3, "{median} s were expected and {real} s it took");
        }
    }
    let known = fans.iter().filter(|fan| fan.first.is_some()).count();
    assert!(known >= 25, "{known} of 45 had an estimate");
    stage.end().await;
}
