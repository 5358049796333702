//! Two tabs of one browser, and holds that end one after the other.

use std::time::Duration;

use onsale_booking::seat::SeatStatus;
use serde_json::json;

use crate::fans::{PAY, fields_of};
use crate::site::Site;

const PAY_FORM: &str = "form[action='/checkout/pay']";

#[tokio::test]
async fn paying_in_an_old_tab_loses_no_seat() {
    let (site, concert) = Site::selling(20, &[]).await;
    let fan = site.fan().await;
    site.charge(&fan, 1_000_000).await;
    site.hold(&fan, concert, &[3]).await;
    let tab = site.visit_as(&fan).await;
    tab.go("/checkout").await;
    tab.wait_for(PAY).await;
    // In another tab.
    site.hold(&fan, concert, &[4, 5]).await;
    tab.click(PAY).await;
    tab.wait_for_text_in(".notice-bad", "You hold other seats now than that page showed").await;
    assert_eq!(tab.texts_of(".lines strong").await, ["Seat 3", "Seat 4", "Seat 5"]);
    assert_eq!(site.bought(fan.user).await, [0; 0]);
    assert_eq!(tab.accessibility().await, []);
    tab.reload().await;
    assert_eq!(tab.count("[data-notice]").await, 0, "a reload repeats nothing");
    tab.click(PAY).await;
    tab.wait_for_text("Paid. The seats are yours").await;
    assert_eq!(site.bought(fan.user).await, [3, 4, 5]);
    // As if the browser had kept the page and showed it again.
    let restore = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))";
    tab.script(restore, &[]).await;
    assert_eq!(tab.count("[data-notice]").await, 0);
    tab.end().await;
    site.end().await;
}

/// Holds seat 3, and a little later seat 5. Both deadlines are some seconds away.
async fn two_holds(site: &Site, concert: uuid::Uuid, fan: &crate::fans::Buyer) {
    site.charge(fan, 50_000).await;
    site.hold(fan, concert, &[3]).await;
    // The deadlines must differ by some seconds, and only time makes them.
    tokio::time::sleep(Duration::from_secs(7)).await;
    site.hold(fan, concert, &[5]).await;
}

#[tokio::test]
async fn when_one_hold_ends_the_others_can_be_paid() {
    for with_scripts in [true, false] {
        let (site, concert) = Site::selling(20, &[("hold_seconds", "15")]).await;
        let fan = site.fan().await;
        let tab = site.visit_as(&fan).await;
        two_holds(&site, concert, &fan).await;
        if !with_scripts {
            tab.turn_scripts_off().await;
        }
        tab.go("/checkout").await;
        tab.wait_for_text("Time left for the first of your seats").await;
        assert_eq!(tab.texts_of(".lines strong").await, ["Seat 3", "Seat 5"]);
        assert!(!tab.is_shown("[data-opens]").await);
        tab.wait_for_text("Your time for seat 3 is up, and it was not paid").await;
        assert_eq!(tab.texts_of(".lines strong").await, ["Seat 5"]);
        assert!(!tab.text().await.contains("these seats is up"), "one of them is still held");
        assert!(tab.is_focused("[role=alert]").await, "the focus is at {}", tab.focused().await);
        let fields = fields_of(&tab, PAY_FORM).await;
        let seats: Vec<_> = fields.iter().filter(|(name, _)| name == "seat").map(|(_, seat)| seat).collect();
        assert_eq!(json!(seats), json!(["5"]));
        assert_eq!(site.seat_status(concert, 3), SeatStatus::Available);
        tab.click(PAY).await;
        tab.wait_for_text("Paid. The seats are yours").await;
        assert_eq!((site.bought(fan.user).await, site.balance(fan.user).await), (vec![5], 0));
        if !with_scripts {
            tab.turn_scripts_on().await;
        }
        tab.end().await;
        site.end().await;
    }
}
