//! The cockpit updates by itself, and shows the effect of a dial before it is set.

use std::time::Duration;

use onsale_testbed::browser::{Key, Session};
use reqwest::Method;
use serde_json::json;

use crate::operator_support::{operator, sign_in, until};
use crate::site::{Site, concert};

/// Waits until the statistics have these values.
async fn statistics(cockpit: &Session, values: &[(&str, &str)]) {
    for (name, value) in values {
        let is_so = format!(
            "return document.querySelector('.tile [data-show={name}], section > .key [data-show={name}]').textContent \
             === '{value}'"
        );
        until(cockpit, &is_so).await;
    }
}

#[tokio::test]
async fn the_cockpit_follows_the_sale() {
    let site = Site::open(&[("line_capacity", "3")]).await;
    let spring = site.open_concert(&concert("Spring Night", 20)).await;
    let cockpit = operator(&site).await;
    statistics(&cockpit, &[("waiting", "0"), ("inside", "0"), ("capacity", "3"), ("free", "20")]).await;
    let mina = site.fan_named("Mina").await;
    for _ in 0..4 {
        site.join().await;
    }
    site.hold(&mina, spring, &[7]).await;
    site.hold(&mina, spring, &[8]).await;
    statistics(&cockpit, &[("inside", "3"), ("waiting", "2"), ("admissionsPerMinute", "3")]).await;
    statistics(&cockpit, &[("free", "18"), ("held", "2"), ("sold", "0")]).await;
    site.charge(&mina, 50_000).await;
    site.pay(&mina, spring, &[7]).await;
    statistics(&cockpit, &[("sold", "1"), ("held", "0"), ("free", "19"), ("inside", "2"), ("called", "1")])
        .await;

    let drawn = "const points = document.querySelector('.charts [data-show=inside]').closest('figure').querySelector('.chart .line')
            .getAttribute('points');
        const all = points.trim().split(' ').map(point => point.split(',').map(Number));
        const [x, y] = all.at(-1);
        return all.length >= 3 && x === 600 && y > 20 && y < 120 && all.every(([x, y]) => x >= 0 && y >= 4 && y <= 156)";
    until(&cockpit, drawn).await;
    let width = cockpit.attribute_of(".stacked .part-sold", "width").await;
    assert_eq!(width.as_deref(), Some("30"), "a twentieth of 600");
    assert_eq!(cockpit.complaints().await, []);

    cockpit.end().await;
    site.end().await;
}

#[tokio::test]
async fn statistics_that_stand_still_are_marked() {
    let site = Site::demo(&[]).await;
    let mut network = site.way();
    let cockpit = site.visitor_by(&network).await;
    sign_in(&cockpit, &site.operator_token()).await;
    statistics(&cockpit, &[("capacity", "100")]).await;
    assert!(!cockpit.is_shown("#lost:not(:empty)").await);
    network.stall().expect("it was not cut");
    cockpit.wait_for_text_in("#lost", "Connection lost").await;
    assert_eq!(cockpit.accessibility().await, []);
    cockpit.fill("#capacity", "55").await;
    site.call(Method::PATCH, "/v1/line", &site.operator_token(), &json!({"capacity": 60})).await;
    network.cut();
    network.heal().expect("its port is free");
    cockpit.wait_until_gone("#lost:not(:empty)").await;
    statistics(&cockpit, &[("capacity", "60")]).await;
    assert_eq!(cockpit.value_of("#capacity").await, "55", "a dial that is being changed keeps its value");
    let complaints = cockpit.complaints().await;
    assert!(complaints.iter().all(|complaint| complaint.source == "network"), "{complaints:?}");
    cockpit.end().await;
    site.end().await;
}

#[tokio::test]
async fn the_line_is_paused_and_resumed_while_a_fan_waits() {
    let site = Site::demo(&[("line_capacity", "1")]).await;
    let first = site.fan_named("Mina").await;
    let fan = site.visitor().await;
    fan.go("/line").await;
    fan.fill("#name", "Jun").await;
    fan.click("form .button").await;
    fan.wait_for("#place[data-status=waiting]").await;

    let cockpit = operator(&site).await;
    assert!(!cockpit.is_shown(".paused").await);
    cockpit.click("button[data-when=running]").await;
    cockpit.wait_for_text_in("#effect .to", "nobody is let in").await;
    assert!(!site.app.main_line().dials().paused, "a preview changes nothing");
    cockpit.click("#effect button").await;
    cockpit.wait_for_text_in(".paused", "The line is paused").await;
    assert!(site.app.main_line().dials().paused);

    site.leave(&first).await;
    statistics(&cockpit, &[("inside", "0"), ("waiting", "1")]).await;
    // Nothing may happen now, for long enough that the line would have called the next person and shown it.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    statistics(&cockpit, &[("inside", "0"), ("called", "0"), ("waiting", "1")]).await;
    fan.reload().await;
    fan.wait_for_text("The line is paused").await;
    assert!(fan.is_shown("#place[data-status=waiting]").await, "there is room, and yet nobody is called");

    cockpit.click("button[data-when=paused]").await;
    cockpit.wait_for_text_in("#effect button", "Resume the line").await;
    cockpit.click("#effect button").await;
    cockpit.wait_for_text_in(".notice-good", "Done").await;
    assert!(!cockpit.is_shown(".paused").await);
    fan.wait_for("#place[data-status=admitted]").await;
    statistics(&cockpit, &[("inside", "1"), ("waiting", "0")]).await;
    fan.end().await;
    cockpit.end().await;
    site.end().await;
}

#[tokio::test]
async fn every_operator_sees_what_another_one_sets() {
    let site = Site::demo(&[]).await;
    let cockpit = operator(&site).await;
    for (paused, shown, hidden) in [(true, "paused", "running"), (false, "running", "paused")] {
        site.call(Method::PATCH, "/v1/line", &site.operator_token(), &json!({"paused": paused})).await;
        cockpit.wait_for(&format!("button[data-when={shown}]")).await;
        assert!(!cockpit.is_shown(&format!("button[data-when={hidden}]")).await);
        assert_eq!(cockpit.is_shown(".paused").await, paused);
    }
    let dials = json!({"capacity": 70, "ratePerMinute": 30});
    site.call(Method::PATCH, "/v1/line", &site.operator_token(), &dials).await;
    statistics(&cockpit, &[("capacity", "70")]).await;
    assert_eq!(cockpit.value_of("#capacity").await, "70");
    assert_eq!(
        cockpit.value_of("#rate").await,
        "30",
        "or the next operator who sets a capacity would undo it"
    );
    cockpit.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_dial_shows_its_effect_while_it_is_changed() {
    let site = Site::demo(&[]).await;
    let cockpit = operator(&site).await;
    cockpit.script("document.body.dataset.stays = ''", &[]).await;
    cockpit.fill("#capacity", "40").await;
    cockpit.wait_for_text_in("#effect", "Apply: 40 inside, no limit per minute").await;
    cockpit.fill("#rate", "30").await;
    cockpit.wait_for_text_in("#effect", "Apply: 40 inside, 30 per minute").await;
    cockpit.fill("#capacity", "1000001").await;
    cockpit.wait_for_text_in("#effect", "These values cannot be set").await;
    assert_eq!(cockpit.count("#effect button").await, 0, "what cannot be set cannot be applied");
    cockpit.fill("#capacity", "45").await;
    cockpit.wait_for_text_in("#effect", "Apply: 45 inside, 30 per minute").await;
    assert_eq!(cockpit.path().await, "/operator");
    assert_eq!(cockpit.count("body[data-stays]").await, 1, "the page was not loaded again");
    assert_eq!(site.app.main_line().dials().capacity.get(), 100, "a preview changes nothing");

    cockpit.click("#effect button").await;
    cockpit.wait_for_text_in(".notice-good", "Done").await;
    let dials = site.app.main_line().dials();
    assert_eq!((dials.capacity.get(), dials.rate_per_minute, dials.paused), (45, 30, false));
    assert_eq!(cockpit.value_of("#capacity").await, "45");
    statistics(&cockpit, &[("capacity", "45")]).await;
    cockpit.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_dial_is_set_without_scripts() {
    let site = Site::demo(&[]).await;
    let cockpit = operator(&site).await;
    cockpit.turn_scripts_off().await;
    cockpit.go("/operator").await;
    cockpit.fill("#capacity", "25").await;
    cockpit.click("[data-without-js]").await;
    cockpit.wait_for_path("/operator?capacity=25&ratePerMinute=0").await;
    assert!(cockpit.text_of("#effect").await.contains("Apply: 25 inside, no limit per minute"));
    assert_eq!(cockpit.value_of("#capacity").await, "25", "the dial stands where it was put");
    assert_eq!(site.app.main_line().dials().capacity.get(), 100, "a preview changes nothing");
    cockpit.click("#effect button").await;
    cockpit.wait_for_text_in(".notice-good", "Done").await;
    assert_eq!(site.app.main_line().dials().capacity.get(), 25);

    cockpit.fill("#capacity", "30").await;
    cockpit.click("button[data-when=running]").await;
    cockpit.wait_for_path("/operator?capacity=30&ratePerMinute=0&paused=true").await;
    assert!(cockpit.is_focused("#effect button").await, "{}", cockpit.focused().await);
    cockpit.click("#effect button").await;
    cockpit.wait_for_text_in(".paused", "Nobody is called until").await;
    let dials = site.app.main_line().dials();
    assert_eq!((dials.capacity.get(), dials.paused), (25, true), "what was typed is not set");
    assert_eq!(cockpit.value_of("#capacity").await, "30");
    cockpit.go("/operator?capacity=many").await;
    cockpit.wait_for_text_in("#effect", "Change a dial").await;
    cockpit.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_pause_keeps_a_typed_dial_and_moves_the_focus_to_what_applies_it() {
    let site = Site::demo(&[]).await;
    let cockpit = operator(&site).await;
    cockpit.fill("#capacity", "40").await;
    cockpit.wait_for_text_in("#effect", "Apply: 40 inside").await;
    assert!(cockpit.is_focused("#capacity").await, "a preview leaves the focus to who types");
    cockpit.click("button[data-when=running]").await;
    cockpit.wait_for_text_in("#effect button", "Pause the line").await;
    until(&cockpit, "return document.activeElement.matches('#effect button')").await;
    assert_eq!(cockpit.value_of("#capacity").await, "40");
    cockpit.press(Key::Enter).await;
    cockpit.wait_for_text_in(".notice-good", "Done").await;
    let dials = site.app.main_line().dials();
    assert_eq!((dials.capacity.get(), dials.paused), (100, true), "what was typed is not set");
    assert_eq!(cockpit.value_of("#capacity").await, "40");
    statistics(&cockpit, &[("capacity", "100")]).await;
    assert_eq!(cockpit.value_of("#capacity").await, "40", "a sample does not take it away");
    cockpit.wait_for_text_in("#effect button", "Apply: 40 inside").await;

    // A dial that cannot be set does not hold up the line's way back.
    cockpit.fill("#capacity", "1000001").await;
    cockpit.click("button[data-when=paused]").await;
    cockpit.wait_for_text_in("#effect button", "Resume the line").await;
    cockpit.click("#effect button").await;
    cockpit.wait_for_text_in(".notice-good", "Done").await;
    assert!(!site.app.main_line().dials().paused);
    assert_eq!(cockpit.value_of("#capacity").await, "1000001");

    // Another operator pauses the line, and the button that had the focus is gone.
    cockpit.script("document.querySelector('button[data-when=running]').focus()", &[]).await;
    site.call(Method::PATCH, "/v1/line", &site.operator_token(), &json!({"paused": true})).await;
    cockpit.wait_for("button[data-when=paused]").await;
    assert!(cockpit.is_focused("button[data-when=paused]").await, "{}", cockpit.focused().await);
    cockpit.end().await;
    site.end().await;
}
