//! A form from an old page does no more than that page said: if something else is true now, nothing is done,
//! and the page is shown again with what is true.

use serde_json::json;

use super::visitor::{Page, Visitor};
use crate::stage::{PRICE, Stage, secs};

const HOLDS_CHANGED: &str = "You hold other seats now than that page showed";
const PLACE_CHANGED: &str = "Your place has changed since that page was opened";

/// Somebody inside with money in the wallet, on the page of their turn.
async fn insider(stage: &Stage) -> Visitor {
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let wallet = mina.get("/wallet").await;
    mina.fill(&wallet, "/wallet/charge", &[("amount", "1,000,000")]).await;
    mina
}

/// Holds seats, and returns the checkout.
async fn hold(stage: &Stage, mina: &mut Visitor, seats: &[&str]) -> Page {
    let seats: Vec<_> = seats.iter().map(|seat| ("seat", *seat)).collect();
    mina.submit(&format!("/sale/{}/hold", stage.concert), &seats).await
}

/// The seats in the checkout's form for paying.
fn to_pay(checkout: &Page) -> Vec<String> {
    let fields = checkout.fields_of("/checkout/pay");
    fields.into_iter().filter(|(name, _)| name == "seat").map(|(_, seat)| seat).collect()
}

#[tokio::test]
async fn paying_from_an_old_tab_loses_no_seat() {
    let stage = Stage::open().await;
    let mut mina = insider(&stage).await;
    let old = hold(&stage, &mut mina, &["3"]).await;
    hold(&stage, &mut mina, &["4", "5"]).await;
    let now = mina.fill(&old, "/checkout/pay", &[]).await;
    assert!(now.shows(HOLDS_CHANGED), "{}", now.html);
    assert_eq!(to_pay(&now), ["3", "4", "5"]);
    assert!(now.shows("Pay ₩150,000"), "{}", now.html);
    assert!(mina.get("/line").await.shows("data-status=\"admitted\""), "her turn goes on");
    let receipt = mina.fill(&now, "/checkout/pay", &[]).await;
    assert!(receipt.shows("Paid. The seats are yours") && receipt.shows("Seat 5"), "{}", receipt.html);
    stage.end().await;
}

#[tokio::test]
async fn a_form_that_does_not_say_what_its_page_showed_does_nothing() {
    let stage = Stage::open().await;
    let mut mina = insider(&stage).await;
    let checkout = hold(&stage, &mut mina, &["3"]).await;
    let concert = stage.concert.to_string();
    let seat = [("concert", concert.as_str()), ("seat", "3")];
    for path in ["/checkout/pay", "/checkout/release"] {
        assert!(mina.submit(path, &seat).await.shows(HOLDS_CHANGED), "{path}");
        let nonsense = [seat[0], seat[1], ("held", "nonsense")];
        assert!(mina.submit(path, &nonsense).await.shows(HOLDS_CHANGED), "{path}");
    }
    assert!(mina.submit("/line/leave", &[]).await.shows(PLACE_CHANGED));
    let charge: Vec<_> = checkout.fields_of("/checkout/pay");
    assert_eq!(charge.iter().filter(|(name, _)| name == "held").count(), 1);
    for fields in [
        &[("amount", "5"), ("key", "k"), ("back", "/wallet")][..],
        &[("amount", "5"), ("key", "k"), ("back", "/")],
    ] {
        let refused = mina.submit("/wallet/charge", fields).await;
        assert!(refused.shows("no money was added") && refused.shows("₩1,000,000"), "{}", refused.html);
    }
    assert_eq!(to_pay(&mina.get("/checkout").await), ["3"], "nothing was done");
    stage.end().await;
}

#[tokio::test]
async fn a_hold_that_was_made_again_is_not_released_by_an_old_page() {
    let stage = Stage::with(&[("hold_seconds", "20")]).await;
    let mut mina = insider(&stage).await;
    let old = hold(&stage, &mut mina, &["3"]).await;
    stage.advance(secs(20)).await;
    hold(&stage, &mut mina, &["3"]).await;
    let now = mina.fill(&old, "/checkout/release", &[("seat", "3")]).await;
    assert!(now.shows(HOLDS_CHANGED) && to_pay(&now) == ["3"], "{}", now.html);
    // A seat that is held besides is not touched, so it does not matter.
    hold(&stage, &mut mina, &["4"]).await;
    let released = mina.fill(&now, "/checkout/release", &[("seat", "3")]).await;
    assert!(released.shows("Seat 3 is released") && to_pay(&released) == ["4"], "{}", released.html);
    stage.end().await;
}

#[tokio::test]
async fn leaving_gives_up_only_what_the_page_showed() {
    let stage = Stage::open().await;
    stage.operator().steer(json!({"paused": true})).await.ok();
    let mut mina = Visitor::new(&stage.client, "en");
    let waiting = mina.submit("/line", &[("name", "Mina")]).await;
    assert!(waiting.shows("data-status=\"waiting\""), "{}", waiting.html);
    stage.operator().steer(json!({"paused": false})).await.ok();
    let turn = mina.get("/line").await;
    assert!(turn.shows("data-status=\"admitted\""), "{}", turn.html);
    // The tab where she waited.
    let now = mina.fill(&waiting, "/line/leave", &[]).await;
    assert!(now.shows(PLACE_CHANGED) && now.shows("data-status=\"admitted\""), "{}", now.html);
    // The tab where she held nothing.
    hold(&stage, &mut mina, &["3", "4"]).await;
    let now = mina.fill(&turn, "/line/leave", &[]).await;
    assert!(now.shows(HOLDS_CHANGED) && now.shows("<bdi>Spring Night</bdi>: Seats 3, 4"), "{}", now.html);
    let left = mina.fill(&now, "/line/leave", &[]).await;
    assert!(left.shows("You have left the line"), "{}", left.html);
    // Pages of the number that she left do not give up her next one.
    let next = mina.submit("/line", &[]).await;
    assert!(next.shows("data-status=\"admitted\""), "{}", next.html);
    for old in [&waiting, &turn, &now] {
        assert!(mina.fill(old, "/line/leave", &[]).await.shows(PLACE_CHANGED));
    }
    stage.end().await;
}

#[tokio::test]
async fn who_has_paid_has_not_left() {
    let stage = Stage::open().await;
    let mut mina = insider(&stage).await;
    let turn = mina.get("/line").await;
    let checkout = hold(&stage, &mut mina, &["3"]).await;
    mina.fill(&checkout, "/checkout/pay", &[]).await;
    let over = mina.fill(&turn, "/line/leave", &[]).await;
    assert!(over.shows("Your turn has ended") && over.shows("Enjoy the show"), "{}", over.html);
    let next = mina.submit("/line", &[]).await;
    let ticket = mina.cookies["onsale_ticket"].clone();
    for _ in 0..2 {
        // Pressed twice, before the browser has the answer.
        mina.cookies.insert("onsale_ticket".to_owned(), ticket.clone());
        assert!(mina.fill(&next, "/line/leave", &[]).await.shows("You have left the line"));
    }
    stage.end().await;
}

#[tokio::test]
async fn a_wallet_is_charged_as_its_page_showed_it() {
    let stage = Stage::open().await;
    let mut mina = insider(&stage).await;
    let (old, same) = (mina.get("/wallet").await, mina.get("/wallet").await);
    let charged = mina.fill(&old, "/wallet/charge", &[("amount", "5,000")]).await;
    assert!(charged.shows("₩1,005,000"), "{}", charged.html);
    let refused = mina.fill(&same, "/wallet/charge", &[("amount", "5,000")]).await;
    assert!(refused.shows("Your balance has changed") && refused.shows("₩1,005,000"), "{}", refused.html);
    let repeated = mina.fill(&old, "/wallet/charge", &[("amount", "5,000")]).await;
    assert!(repeated.shows("The money is in your wallet") && repeated.shows("₩1,005,000"), "charged once");
    // Another person in the same browser.
    let mut jun = Visitor::new(&stage.client, "en");
    jun.submit("/line", &[("name", "Jun")]).await;
    let refused = jun.fill(&charged, "/wallet/charge", &[("amount", "5,000")]).await;
    assert!(refused.shows("used by somebody else now") && refused.shows(">₩0<"), "{}", refused.html);
    stage.end().await;
}

#[tokio::test]
async fn an_operator_does_not_overwrite_what_another_one_has_set() {
    let stage = Stage::open().await;
    let token = stage.operator().token;
    let mut one = Visitor::new(&stage.client, "en");
    one.submit("/operator/sign-in", &[("token", &token)]).await;
    let shown = one.get("/operator?capacity=250&ratePerMinute=0").await;
    let pause = one.get("/operator/effect?paused=true").await;
    stage.operator().steer(json!({"capacity": 40, "ratePerMinute": 30})).await.ok();
    let now = one.fill(&shown, "/operator/dials", &[]).await;
    assert!(now.shows("The dials have been set since that page was opened"), "{}", now.html);
    let effect = now.between("id=\"effect\"", "</form>");
    assert!(effect.contains("name=\"capacity\" value=\"250\""), "the change is offered again: {effect}");
    assert!(now.shows("<span data-show=\"capacity\">40</span>"), "with what is true: {}", now.html);
    let still = one.fill(&pause, "/operator/dials", &[]).await;
    assert!(still.shows("The dials have been set since"), "{}", still.html);
    let unseen = one.submit("/operator/dials", &[("paused", "true")]).await;
    assert!(unseen.shows("The dials have been set since"), "{}", unseen.html);
    let dials = stage.app.main_line().dials();
    assert_eq!((dials.capacity.get(), dials.rate_per_minute, dials.paused), (40, 30, false));
    for _ in 0..2 {
        assert!(one.fill(&now, "/operator/dials", &[]).await.shows("It takes effect at once"), "even twice");
    }
    assert_eq!(stage.app.main_line().dials().capacity.get(), 250);
    stage.end().await;
}

#[tokio::test]
async fn a_form_opens_one_concert() {
    let stage = Stage::open().await;
    let token = stage.operator().token;
    let mut one = Visitor::new(&stage.client, "en");
    one.submit("/operator/sign-in", &[("token", &token)]).await;
    let form = one.get("/operator/concerts/new").await;
    let id = form.hidden("id");
    let fields = |name, id| {
        [
            ("id", id),
            ("name", name),
            ("capacity", "12"),
            ("price", "45,000"),
            ("openingAt", "2026-03-01T18:00"),
            ("closingAt", "2026-03-14T20:00"),
            ("eventDate", "2026-03-14T22:30"),
        ]
    };
    for _ in 0..2 {
        let list = one.submit("/operator/concerts/new", &fields("Late Set", &id)).await;
        assert!(list.shows("Its sale has not opened yet") && list.html.matches("Late Set").count() == 1);
    }
    // Back, another name, and once more.
    let used = one.post("/operator/concerts/new", &fields("Later Set", &id)).await;
    assert!(used.shows("This form has already put a concert on sale"), "{}", used.html);
    assert!(used.shows("value=\"Later Set\""), "nothing typed is lost");
    for wrong in ["", "nonsense", "00000000-0000-0000-0000-000000000000"] {
        let refused = one.post("/operator/concerts/new", &fields("Later Set", wrong)).await;
        assert!(refused.shows("did not arrive complete") && refused.shows("Later Set"), "{}", refused.html);
    }
    assert_eq!(stage.app.concerts().len(), 2, "with the one of every stage");
    let fresh = used.hidden("id");
    assert_ne!(fresh, id);
    assert!(one.submit("/operator/concerts/new", &fields("Later Set", &fresh)).await.shows("Later Set"));
    assert_eq!(stage.app.concerts().len(), 3);
    stage.end().await;
}

#[tokio::test]
async fn each_hold_ends_by_itself() {
    let stage = Stage::with(&[("hold_seconds", "20")]).await;
    let mut mina = insider(&stage).await;
    let rival = stage.insider().await;
    hold(&stage, &mut mina, &["3"]).await;
    stage.advance(secs(8)).await;
    let both = hold(&stage, &mut mina, &["5"]).await;
    assert_eq!(to_pay(&both), ["3", "5"]);
    assert!(both.shows("Time left for the first of your seats"), "{}", both.html);
    assert!(both.shows("data-seconds=\"12.000\" data-up=\"reload\""), "{}", both.html);
    assert!(both.shows("<noscript><meta http-equiv=\"refresh\" content=\"13\">"), "{}", both.html);
    stage.advance(secs(12)).await;
    // Somebody else takes the seat at once, so that its row forgets her.
    rival.hold(3).await.ok();
    let late = mina.fill(&both, "/checkout/pay", &[]).await;
    assert!(!late.shows("The seats are yours") && to_pay(&late) == ["5"], "{}", late.html);
    for _ in 0..2 {
        let rest = mina.get("/checkout").await;
        assert!(rest.shows("Your time for seat 3 is up, and it was not paid"), "{}", rest.html);
        assert!(to_pay(&rest) == ["5"] && rest.shows("Pay ₩50,000"), "{}", rest.html);
        assert!(rest.shows("Time left to pay") && rest.shows("data-up=\"close\""), "{}", rest.html);
    }
    stage.advance(secs(8)).await;
    let none = mina.get("/checkout").await;
    assert!(none.shows("Your time for seats 3, 5 is up") && none.shows("You are not holding any seats"));
    assert!(!none.shows("http-equiv"), "nothing is left to wait for: {}", none.html);
    stage.advance(secs(60)).await;
    assert!(!mina.get("/checkout").await.shows("is up"), "that is long ago");
    stage.end().await;
}

#[tokio::test]
async fn only_what_ran_out_is_called_expired() {
    let stage = Stage::with(&[("hold_seconds", "20")]).await;
    let mut mina = insider(&stage).await;
    let other = stage.open_concert(&crate::stage::concert_with(&json!({"name": "Late Set"}))).await;
    mina.submit(&format!("/sale/{other}/hold"), &[("seat", "9")]).await;
    let checkout = hold(&stage, &mut mina, &["3", "4", "5"]).await;
    mina.fill(&checkout, "/checkout/release", &[("seat", "4")]).await;
    stage.advance(secs(20)).await;
    hold(&stage, &mut mina, &["5"]).await;
    let rest = mina.get("/checkout").await;
    assert!(
        rest.shows("<strong><bdi>Spring Night</bdi></strong> Your time for seat 3 is up"),
        "{}",
        rest.html
    );
    assert!(rest.shows("<strong><bdi>Late Set</bdi></strong> Your time for seat 9 is up"), "{}", rest.html);
    // Another person in this browser has lost nothing.
    let jun = stage.insider().await;
    let (user, ticket) = (mina.cookies["onsale_user"].clone(), mina.cookies["onsale_ticket"].clone());
    mina.cookies.insert("onsale_user".to_owned(), jun.token.clone());
    assert!(!mina.get("/checkout").await.shows("is up"));
    mina.cookies.extend([("onsale_user".to_owned(), user), ("onsale_ticket".to_owned(), ticket)]);
    let checkout = mina.get("/checkout").await;
    let receipt = mina.fill(&checkout, "/checkout/pay", &[]).await;
    assert!(receipt.shows("Seat 5") && receipt.shows("₩50,000"), "{}", receipt.html);
    assert_eq!(PRICE, 50_000);
    stage.advance(secs(20)).await;
    let none = mina.get("/checkout").await;
    assert!(!none.shows("is up"), "a payment ends all holds, and none of them ran out: {}", none.html);
    stage.end().await;
}

#[tokio::test]
async fn what_was_released_or_given_up_is_not_called_expired() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let hold = format!("/sale/{}/hold", stage.concert);
    let checkout = mina.submit(&hold, &[("seat", "3")]).await;
    let empty = mina.fill(&checkout, "/checkout/release", &[("seat", "3")]).await;
    assert!(empty.shows("You are not holding any seats"), "{}", empty.html);
    stage.advance(secs(305)).await;
    assert!(!mina.get("/checkout").await.shows("is up"));
    mina.submit(&hold, &[("seat", "4")]).await;
    let turn = mina.get("/line").await;
    mina.fill(&turn, "/line/leave", &[]).await;
    stage.advance(secs(305)).await;
    assert!(!mina.get("/checkout").await.shows("is up"));
    stage.end().await;
}
