//! Nobody gets an older status than they have had.

use insta::assert_snapshot;

use crate::stage::Stage;
use crate::stories::events::Events;
use crate::stories::visitor::Visitor;

/// A stage with somebody inside. Its view has numbers that were not given out yet, as those of people who
/// wait.
async fn with_a_view(flags: &[(&'static str, &str)]) -> Stage {
    let stage = Stage::with(flags).await;
    stage.insider().await;
    stage.tick().await;
    stage
}

#[tokio::test]
async fn an_admitted_person_is_never_sent_back_to_waiting() {
    let stage = with_a_view(&[("line_capacity", "2")]).await;
    let (alice, bob) = (stage.newcomer(), stage.newcomer());
    assert_snapshot!(alice.join().await.line(), @"200 admitted");
    for _ in 0..5 {
        assert_eq!(alice.poll().await.line(), "200 admitted", "no tick has shown it to anybody yet");
    }
    assert_eq!(Events::of(&alice).await.status().await, "admitted");
    assert_snapshot!(bob.join().await.line(), @"200 waiting");
    assert_snapshot!(bob.leave().await.line(), @"200 ended");
    assert_snapshot!(bob.poll().await.line(), @"200 ended");
    stage.end().await;
}

#[tokio::test]
async fn the_first_page_of_an_empty_line_is_that_of_the_turn() {
    let stage = with_a_view(&[("line_capacity", "5")]).await;
    for _ in 0..3 {
        let mut visitor = Visitor::new(&stage.client, "en");
        let page = visitor.submit("/line", &[("name", "Alice")]).await;
        assert!(page.html.contains("data-status=\"admitted\""), "{}", page.html);
    }
    stage.end().await;
}
