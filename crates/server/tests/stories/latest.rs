//! Nobody gets an older status than they have had.

use insta::assert_snapshot;

use crate::stage::Stage;
use crate::stories::events::Events;
use crate::stories::visitor::Visitor;

#[tokio::test]
async fn an_admitted_person_is_never_sent_back_to_waiting() {
    let stage = Stage::with(&[("line_capacity", "1")]).await;
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
    let stage = Stage::with(&[("line_capacity", "5")]).await;
    for _ in 0..3 {
        let mut visitor = Visitor::new(&stage.client, "en");
        visitor.submit("/line", &[("name", "Alice")]).await;
        let page = visitor.get("/line").await;
        assert!(page.shows("It is your turn"), "{}", page.html);
    }
    stage.end().await;
}
