//! Waiting.

use onsale_testbed::browser::Session;
use serde_json::json;

use crate::fans::JOIN;
use crate::site::Site;

const AHEAD: &str = "[data-show='ahead']";
const AHEAD_WORD: &str = "[data-show='ahead-word']";

async fn join(site: &Site, name: &str) -> Session {
    let fan = site.visitor().await;
    fan.go("/line").await;
    fan.fill("#name", name).await;
    fan.click(JOIN).await;
    fan.wait_for("#place").await;
    fan
}

#[tokio::test]
async fn a_reload_keeps_the_number_and_the_wait_never_grows() {
    let (site, _) = Site::selling(10, &[("line_capacity", "0")]).await;
    let (first, second) = (site.fan().await, site.fan().await);
    let polling = site.keep_polling(&[&first, &second]);
    let fan = join(&site, "Mina").await;
    let number = fan.text_of("#number").await;
    assert_eq!((number.as_str(), fan.text_of(AHEAD).await.as_str()), ("3", "2"));
    assert_eq!(fan.title().await, "2 ahead · onsale");
    fan.reload().await;
    assert_eq!(fan.text_of("#number").await, number);
    // People who do not poll are not counted.
    polling.abort();
    fan.wait_for_text_in(AHEAD_WORD, "You are next").await;
    assert!(!fan.is_shown(AHEAD).await, "no 0 beside it");
    assert_eq!(fan.title().await, "You are next · onsale");
    fan.wait_for_text("2 fewer than when you joined").await;
    site.poll(&first).await;
    site.poll(&second).await;
    let streamed =
        "return new Promise(done => new EventSource('/v1/enqueues/events').addEventListener('status',
        it => { const { ahead } = JSON.parse(it.data); if (ahead > 0) { it.target.close(); done(ahead) } }))";
    assert_eq!(fan.script(streamed, &[]).await, json!(2), "they are back, and still ahead of her");
    assert_eq!(fan.text_of(AHEAD_WORD).await, "You are next");
    fan.reload().await;
    assert_eq!(
        (fan.text_of("#number").await, fan.text_of(AHEAD_WORD).await),
        (number, "You are next".to_owned())
    );
    // Joining again elsewhere in the browser finds the same place.
    fan.go("/").await;
    fan.wait_for_text("You are in line").await;
    fan.click("summary, a[href='/line'].button").await;
    fan.click("summary").await;
    fan.click("form[action='/line/leave'] button").await;
    fan.wait_for_text("You have left the line").await;
    fan.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_lost_connection_is_shown_and_the_turn_comes_by_itself() {
    let (site, _) = Site::selling(10, &[("line_capacity", "0")]).await;
    let mut way = site.way();
    let fan = site.visitor_by(&way).await;
    fan.go("/line").await;
    fan.fill("#name", "Jun").await;
    fan.click(JOIN).await;
    fan.wait_for("#place").await;
    way.cut();
    fan.wait_for_text("Connection lost. Your place is kept").await;
    way.heal().expect("its port is still free");
    fan.wait_until_gone("#lost:not(:empty)").await;
    assert_eq!(fan.text_of("#number").await, "1");
    // The test cut the network, so the console may complain about that.
    let complaints = fan.complaints().await;
    let is_of_the_network = complaints.iter().all(|it| it.message.contains("net::ERR_"));
    assert!(is_of_the_network, "{complaints:#?}");
    // The title changes before the page moves on, for people who are on another tab.
    let heard = "globalThis.titles = [document.title];
        new MutationObserver(() => titles.push(document.title)).observe(document.querySelector('title'), { childList: true });
        addEventListener('pagehide', () => sessionStorage.setItem('titles', JSON.stringify([...titles, document.getElementById('turn').textContent])))";
    fan.script(heard, &[]).await;
    site.let_in(1).await;
    fan.wait_for_text("Time left to choose and pay").await;
    assert_eq!(fan.title().await, "Your turn! · onsale");
    let heard = fan.script("return sessionStorage.getItem('titles')", &[]).await.to_string();
    assert!(heard.contains("Your turn!") && heard.contains("It is your turn. Letting you in"), "{heard}");
    assert_eq!(fan.text_of(".clock").await.len(), "9:59".len());
    fan.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_browser_without_event_streams_polls() {
    let (site, _) = Site::selling(10, &[("line_capacity", "0")]).await;
    let fan = site.visitor().await;
    fan.do_without("EventSource").await;
    // The earliest poll that the page can choose is not too early: a 429 would be a complaint of the page.
    fan.fix_random(0.0).await;
    fan.go("/line").await;
    fan.fill("#name", "Sora").await;
    fan.click(JOIN).await;
    fan.wait_for_text("You are in line").await;
    site.let_in(1).await;
    fan.wait_for_text("Time left to choose and pay").await;
    fan.end().await;
    site.end().await;
}

#[tokio::test]
async fn an_expired_turn_is_shown() {
    let (site, _) = Site::selling(10, &[("pass_seconds", "3")]).await;
    let fan = site.visitor().await;
    fan.go("/line").await;
    fan.fill("#name", "Hana").await;
    fan.click(JOIN).await;
    // Without a click, even if the turn is over soon after the page was loaded.
    fan.wait_for_text("Your turn is over").await;
    assert_eq!(fan.count(JOIN).await, 1, "they may join again");
    fan.end().await;
    site.end().await;
}
