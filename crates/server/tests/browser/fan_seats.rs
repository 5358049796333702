//! The seat map: what it offers, what it keeps, and how the end of a turn looks on it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, Unit};
use onsale_booking::seat::SeatStatus;
use onsale_testbed::browser::{Key, Session, Viewport};
use serde_json::{Value, json};

use crate::fans::{Buyer, HOLD, JOIN, in_state, seat, ticked};
use crate::site::{Site, concert};

const FREE: &str = ".grid label:has(input:enabled)";
const PAUSED: &str = "The line is paused. Nobody is being called right now.";

/// Whether an element is inside the screen and nothing covers its middle.
async fn can_be_touched(visitor: &Session, css: &str) -> bool {
    let script = "const box = document.querySelector(arguments[0]).getBoundingClientRect();
        const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return box.top >= 0 && box.bottom <= innerHeight && !!top?.closest(arguments[0])";
    visitor.script(script, &[json!(css)]).await == json!(true)
}

/// Somebody inside, with scripts or without.
async fn visit(site: &Site, has_scripts: bool) -> (Session, Buyer) {
    let fan = site.fan().await;
    let visitor = site.visit_as(&fan).await;
    if !has_scripts {
        visitor.turn_scripts_off().await;
    }
    (visitor, fan)
}

async fn chosen(visitor: &Session) -> Value {
    let script = "return [...document.querySelectorAll('input[name=seat]:checked')].map(it => +it.value)";
    visitor.script(script, &[]).await
}

#[tokio::test]
async fn seats_can_be_chosen_from_the_moment_the_sale_opens_until_none_is_free() {
    let site = Site::open(&[]).await;
    let [later, soon] = [80, 12].map(|seconds| {
        let opening = Timestamp::now().round(Unit::Second).expect("near today");
        let mut hall = concert("Spring Night", 2);
        hall["openingAt"] = json!((opening + SignedDuration::from_secs(seconds)).to_string());
        hall
    });
    let later = site.open_concert(&later).await;
    let (visitor, _) = site.visit_seats(later).await;
    assert_eq!((visitor.count(FREE).await, visitor.count(&format!("{HOLD}:disabled")).await), (0, 1));
    let wait = visitor.text_of(".notice-info").await;
    assert!(wait.contains("second"), "{wait}");
    let ticks = "return new Promise(done => new MutationObserver(() => done(true))
        .observe(document.querySelector('.notice-info'), { childList: true }))";
    assert_eq!(visitor.script(ticks, &[]).await, json!(true));
    let hall = site.open_concert(&soon).await;
    visitor.go(&format!("/sale/{hall}")).await;
    // The page loads itself again when the sale opens, but not while a form is on its way.
    let send = "document.querySelector('.hall').setAttribute('aria-busy', 'true'); globalThis.isSame = true";
    visitor.script(send, &[]).await;
    let is_open = "return fetch(location).then(it => it.text()).then(it => !it.includes('data-closed'))";
    while visitor.script(is_open, &[]).await != json!(true) {
        // Until the server says that the sale has opened.
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    // Longer than any page waits.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(visitor.script("return globalThis.isSame", &[]).await, json!(true));
    visitor.script("document.querySelector('.hall').removeAttribute('aria-busy')", &[]).await;
    visitor.wait_for(FREE).await;
    visitor.click(&seat(1)).await;
    visitor.wait_for(&format!("{HOLD}:enabled")).await;
    let other = site.fan().await;
    site.hold(&other, hall, &[1, 2]).await;
    visitor.wait_for_text("None available right now").await;
    visitor.wait_for(&format!("{HOLD}:disabled")).await;
    visitor.reload().await;
    visitor.wait_for_text("No seat chosen yet").await;
    assert_eq!(visitor.count(&format!("{HOLD}:disabled")).await, 1, "sold out from the start");
    visitor.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_fan_with_as_many_holds_as_they_may_have_is_offered_no_more() {
    let (site, concert) = Site::selling(20, &[("holds_per_user", "2"), ("hold_seconds", "6")]).await;
    let (visitor, fan) = site.visit_seats(concert).await;
    site.hold(&fan, concert, &[3, 4]).await;
    visitor.wait_for_text("You have as many seats as you may").await;
    visitor.wait_for_text("You are holding seats 3 and 4.").await;
    visitor.wait_for(&format!("{HOLD}:disabled")).await;
    // Without a reload, the page learns that the holds have run out.
    visitor.wait_for(&in_state(3, "free")).await;
    visitor.wait_for_text("You may choose up to 2").await;
    assert!(!visitor.is_shown("[data-holds]").await);
    visitor.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_choice_is_kept_while_the_part_of_the_hall_and_the_language_change() {
    let (site, hall) = Site::selling(450, &[]).await;
    for has_scripts in [true, false] {
        let (visitor, fan) = visit(&site, has_scripts).await;
        visitor.go(&format!("/sale/{hall}")).await;
        visitor.click(&seat(7)).await;
        visitor.click(".parts button:nth-child(2)").await;
        visitor.wait_for("[data-seat='201']").await;
        visitor.click(&seat(201)).await;
        visitor.click(".parts button:nth-child(3)").await;
        visitor.wait_for("[data-seat='401']").await;
        assert_eq!(chosen_without_script(&visitor).await, ["7", "201"]);
        if has_scripts {
            visitor.click(&seat(402)).await;
            visitor.wait_for_text_in("[data-show='which']", "402").await;
        }
        visitor.click("button[lang='ko']").await;
        visitor.wait_for("html[lang='ko']").await;
        visitor.click("button[lang='en']").await;
        visitor.wait_for("html[lang='en']").await;
        assert_eq!(chosen_without_script(&visitor).await, ["7", "201"]);
        if has_scripts {
            assert_eq!(ticked(&visitor).await, json!([402]), "chosen since the page was loaded");
            visitor.click(&seat(402)).await;
        }
        visitor.click(".elsewhere input[value='7']").await;
        visitor.click(HOLD).await;
        visitor.wait_for_path("/checkout").await;
        assert_eq!(visitor.texts_of(".lines strong").await, ["Seat 201"]);
        site.leave(&fan).await;
        visitor.end().await;
    }
    site.end().await;
}

/// The seats chosen in other parts of the hall, as the markup names them.
async fn chosen_without_script(visitor: &Session) -> Vec<String> {
    visitor.texts_of(".elsewhere label").await
}

#[tokio::test]
async fn what_happens_in_other_parts_of_the_hall_is_shown() {
    let (site, hall) = Site::selling(450, &[]).await;
    let (visitor, _) = site.visit_seats(hall).await;
    visitor.wait_for_text_in(".parts button:nth-child(2)", "200 available").await;
    visitor.click(".parts button:nth-child(2)").await;
    visitor.wait_for("[data-seat='201']").await;
    visitor.click(&seat(201)).await;
    visitor.click(".parts button:nth-child(1)").await;
    visitor.wait_for("[data-seat='1']").await;
    let other = site.fan().await;
    site.hold(&other, hall, &[201, 202]).await;
    visitor.wait_for_text_in(".parts button:nth-child(2)", "198 available").await;
    visitor.wait_for_text_in("[data-show='free']", "448 available").await;
    visitor.wait_for_text_in("#taken", "Someone else has just taken seat 201").await;
    assert_eq!(chosen(&visitor).await, json!([]));
    visitor.end().await;
    site.end().await;
}

#[tokio::test]
async fn the_end_of_a_turn_is_named_and_the_choice_is_kept_for_the_next() {
    let (site, concert) = Site::selling(20, &[("pass_seconds", "15")]).await;
    let (visitor, fan) = site.visit_seats(concert).await;
    visitor.click(&seat(4)).await;
    visitor.click(&seat(5)).await;
    assert!(visitor.text_of("#turn").await.starts_with("0:"), "a clock of the turn");
    visitor.wait_for_text("Your turn has ended. We keep the seats you chose").await;
    assert!(!visitor.text_of(".bar").await.contains("Ten seconds left"), "that is over");
    assert_eq!(visitor.text_of("#lost").await, "", "the connection is not lost");
    assert_eq!((visitor.count(FREE).await, visitor.is_shown(HOLD).await), (0, false));
    visitor.click(".rejoin").await;
    visitor.wait_for_text("Your time ran out").await;
    site.join_again(&fan).await;
    visitor.click(JOIN).await;
    visitor.wait_for_text("Time left to choose and pay").await;
    visitor.go(&format!("/sale/{concert}")).await;
    visitor.wait_for("label:has(input[value='5']:checked)").await;
    assert_eq!(ticked(&visitor).await, json!([4, 5]));
    assert_eq!(site.seat_status(concert, 4), SeatStatus::Available);
    visitor.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_turn_that_ends_elsewhere_ends_on_the_map_at_once() {
    let (site, concert) = Site::selling(20, &[]).await;
    let (visitor, fan) = site.visit_seats(concert).await;
    // A change that the page shows: from here on it follows the map. A stream for a turn that has ended
    // already would be refused, and the browser would complain.
    site.hold(&site.fan().await, concert, &[9]).await;
    visitor.wait_for(&in_state(9, "held")).await;
    site.leave(&fan).await;
    visitor.wait_for_text("Your turn has ended.").await;
    assert_eq!(visitor.text_of("#lost").await, "", "the connection is not lost");
    // A clock that goes on would show another time within a second.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(visitor.text_of("#turn").await, "0:00");
    visitor.click(".rejoin").await;
    visitor.wait_for_text("You have left").await;
    visitor.end().await;
    site.end().await;
}

#[tokio::test]
async fn the_first_screen_has_seats_that_can_be_touched() {
    let (site, hall) = Site::selling(2_000, &[]).await;
    let (visitor, _) = site.visit_seats(hall).await;
    for (width, height, is_mobile) in [(360, 640, true), (640, 400, false), (1280, 800, false)] {
        visitor.resize(Viewport { width, height, is_mobile }).await;
        for language in ["ko", "en"] {
            visitor.click(&format!("button[lang='{language}'], html[lang='{language}'] .brand + *")).await;
            visitor.go(&format!("/sale/{hall}")).await;
            visitor.wait_for("[data-turn]:not([hidden])").await;
            let name = format!("{width} x {height}, {language}");
            assert!(can_be_touched(&visitor, &seat(1)).await, "{name}: {}", place(&visitor).await);
            assert!(!visitor.scrolls_sideways().await, "{name}");
        }
    }
    visitor.end().await;
    site.end().await;
}

/// Where the first seat and the bar are.
async fn place(visitor: &Session) -> Value {
    let script = "return ['.grid .seat', '.bar'].map(css => {
        const { top, bottom } = document.querySelector(css).getBoundingClientRect();
        return [css, top, bottom] })";
    visitor.script(script, &[]).await
}

#[tokio::test]
async fn a_taken_seat_is_said_where_one_looks() {
    let (site, hall) = Site::selling(200, &[]).await;
    let (visitor, _) = site.visit_seats(hall).await;
    visitor.resize(Viewport { width: 360, height: 640, is_mobile: true }).await;
    visitor
        .script("document.querySelector('[data-seat=\"120\"]').scrollIntoView({ block: 'center' })", &[])
        .await;
    visitor.click(&seat(120)).await;
    let other = site.fan().await;
    site.hold(&other, hall, &[120]).await;
    visitor.wait_for_text_in("#taken", "Someone else has just taken seat 120").await;
    assert!(can_be_touched(&visitor, "#taken").await);
    visitor.end().await;
    site.end().await;
}

#[tokio::test]
async fn enter_on_a_seat_sends_nothing_and_space_chooses_it() {
    let (site, hall) = Site::selling(450, &[]).await;
    for has_scripts in [true, false] {
        let (visitor, _) = visit(&site, has_scripts).await;
        visitor.go(&format!("/sale/{hall}?part=2")).await;
        visitor.click(&seat(203)).await;
        visitor.press(Key::Enter).await;
        visitor.click(&seat(204)).await;
        assert_eq!(visitor.count(".grid input:checked").await, 2, "scripts: {has_scripts}");
        assert_eq!(site.seat_status(hall, 203), SeatStatus::Available);
        visitor.end().await;
    }
    site.end().await;
}

#[tokio::test]
async fn a_stopped_form_can_be_sent_again() {
    let (site, concert) = Site::selling(20, &[]).await;
    let (visitor, _) = site.visit_seats(concert).await;
    visitor.click(&seat(3)).await;
    // A browser that stops loading says nothing to the page: the form's answer just never comes.
    let stop = "document.querySelector('.hall').addEventListener('submit', () => setTimeout(() => stop()), { once: true })";
    visitor.script(stop, &[]).await;
    visitor.click(HOLD).await;
    visitor.press(Key::Escape).await;
    visitor.wait_for(&format!("{HOLD}:enabled")).await;
    visitor.click(HOLD).await;
    visitor.wait_for_path("/checkout").await;
    visitor.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_pause_and_a_resume_are_shown_at_once() {
    let (site, _) = Site::selling(20, &[("line_capacity", "1")]).await;
    let inside = site.fan().await;
    for has_streams in [true, false] {
        let visitor = site.visitor().await;
        if !has_streams {
            visitor.do_without("EventSource").await;
        }
        visitor.go("/line").await;
        visitor.fill("#name", "Mina").await;
        visitor.click(JOIN).await;
        visitor.wait_for_text("The wait is not known yet").await;
        site.pause(true).await;
        visitor.wait_for_text(PAUSED).await;
        site.pause(false).await;
        visitor.wait_for_text("The wait is not known yet").await;
        visitor.end().await;
    }
    site.leave(&inside).await;
    site.end().await;
}
