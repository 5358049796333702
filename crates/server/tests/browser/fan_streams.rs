//! A browser opens only six connections to a server, and every event stream takes one.

use std::time::Duration;

use crate::fans::in_state;
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
