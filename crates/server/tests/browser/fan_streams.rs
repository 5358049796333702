//! A browser opens only six connections to a server, and every event stream takes one.

use std::time::Duration;

use serde_json::json;

use crate::fans::{JOIN, in_state};
use crate::site::Site;

#[tokio::test]
async fn a_page_that_is_left_closes_its_stream_and_opens_it_again_when_it_is_back() {
    let (site, concert) = Site::selling(20, &[]).await;
    let (tab, _) = site.visit_seats(concert).await;
    let fan = site.fan().await;
    site.hold(&fan, concert, &[4]).await;
    tab.wait_for(&in_state(4, "held")).await;
    // What the browser says to a page that goes into its back/forward cache.
    let leave = "dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));";
    tab.script(leave, &[]).await;
    site.hold(&fan, concert, &[5]).await;
    // Updates come within a fifth of a second.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(tab.is_shown(&in_state(5, "free")).await, "the stream is closed");
    tab.script("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));", &[]).await;
    tab.wait_for(&in_state(5, "held")).await;
    site.hold(&fan, concert, &[6]).await;
    tab.wait_for(&in_state(6, "held")).await;
    tab.end().await;
    site.end().await;
}

#[tokio::test]
async fn seven_tabs_of_the_line_all_load_and_all_hear_of_the_turn() {
    let (site, _) = Site::selling(10, &[("line_capacity", "0")]).await;
    let fan = site.visitor().await;
    fan.go("/line").await;
    fan.fill("#name", "Mina").await;
    fan.click(JOIN).await;
    fan.wait_for_text("You are in line").await;
    for _ in 1..7 {
        fan.open_tab().await;
        fan.go("/line").await;
        fan.wait_for_text("You are in line").await;
    }
    // A request of any kind finds a connection.
    let answer = "return fetch('/livez', { signal: AbortSignal.timeout(5000) }).then(it => it.status)";
    assert_eq!(fan.script(answer, &[]).await, json!(200));
    site.let_in(1).await;
    for tab in [6, 0, 3] {
        fan.look_at_tab(tab).await;
        fan.wait_for_text("Time left to choose and pay").await;
    }
    fan.end().await;
    site.end().await;
}

#[tokio::test]
async fn the_tab_that_is_looked_at_has_the_stream() {
    look_at_seats_in_seven_tabs(&[]).await;
}

/// Browsers have locks over https and on localhost only.
#[tokio::test]
async fn without_locks_tabs_that_cannot_be_seen_have_no_stream() {
    look_at_seats_in_seven_tabs(&["LockManager"]).await;
}

async fn look_at_seats_in_seven_tabs(missing: &[&str]) {
    let (site, concert) = Site::selling(20, &[]).await;
    let fan = site.fan().await;
    let session = site.visit_as(&fan).await;
    for tab in 0..7 {
        if tab > 0 {
            session.open_tab().await;
        }
        for global in missing {
            session.do_without(global).await;
        }
        session.go(&format!("/sale/{concert}")).await;
        session.wait_for("#seats").await;
    }
    let other = site.fan().await;
    for (tab, seat) in [(6, 4), (0, 5), (3, 6)] {
        session.look_at_tab(tab).await;
        site.hold(&other, concert, &[seat]).await;
        for taken in 4..=seat {
            session.wait_for(&in_state(taken, "held")).await;
        }
    }
    session.end().await;
    site.end().await;
}
