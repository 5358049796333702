//! From a stranger to a ticket: with a mouse, with a keyboard alone, without scripts.

use onsale_booking::seat::SeatStatus;
use onsale_testbed::browser::{Key, Session, Viewport};
use serde_json::json;

use crate::fans::{CHARGE, HOLD, JOIN, PAY, in_state, seat};
use crate::site::Site;

#[tokio::test]
async fn a_stranger_buys_two_seats() {
    let (site, concert) = Site::selling(20, &[("line_capacity", "1")]).await;
    let inside = site.fan().await;
    let fan = site.visitor().await;
    fan.go("/").await;
    fan.fill("#name", "Mina").await;
    fan.click(JOIN).await;
    fan.wait_for_text("You are in line").await;
    site.leave(&inside).await;
    fan.wait_for_text("Time left to choose and pay").await;
    fan.click(".board .button").await;
    fan.click(&seat(3)).await;
    fan.wait_for_text_in("[data-show='total']", "1 seat: ₩50,000").await;
    fan.click(&seat(4)).await;
    fan.wait_for_text_in("[data-show='total']", "2 seats: ₩100,000").await;
    fan.wait_for_text_in("[data-show='which']", "Seats 3 and 4").await;
    fan.click(HOLD).await;
    fan.wait_for_text("You need ₩100,000 more").await;
    assert_eq!(fan.value_of("#amount-1").await, "100000", "the missing amount is proposed");
    fan.fill("#amount-1", "150000").await;
    fan.click(CHARGE).await;
    fan.wait_for_text("The money is in your wallet. Nothing is paid yet").await;
    assert!(fan.is_focused("#charged").await, "what is beside the next step: {}", fan.focused().await);
    fan.click(PAY).await;
    fan.wait_for_text("Paid. The seats are yours").await;
    let receipt = fan.text_of("article").await;
    for part in ["Spring Night", "Seat 3", "Seat 4", "₩100,000", "Balance now: ₩50,000"] {
        assert!(receipt.contains(part), "no {part} on the receipt: {receipt}");
    }
    fan.click("article a[href='/tickets']").await;
    fan.wait_for(".ticket").await;
    assert_eq!(fan.texts_of(".ticket .figure").await.len(), 2);
    fan.go("/wallet").await;
    assert_eq!(fan.text_of(".amount").await, "₩50,000");
    fan.go("/line").await;
    fan.wait_for_text("Enjoy the show").await;
    let user = site.user_of(&fan).await;
    assert_eq!((site.bought(user).await, site.balance(user).await), (vec![3, 4], 50_000));
    for seat_no in [3, 4] {
        assert_eq!(site.seat_status(concert, seat_no), SeatStatus::Sold);
        assert_eq!(site.seat(concert, seat_no).holder(), Some(user));
    }
    fan.end().await;
    site.end().await;
}

/// On a phone the button to pay would be below the screen; and without a script nothing else can bring it up.
#[tokio::test]
async fn after_adding_money_the_next_step_is_in_view() {
    let (site, concert) = Site::selling(20, &[]).await;
    for (scripts, language) in [(true, "en"), (false, "ko")] {
        let buyer = site.fan().await;
        let fan = site.visit_as(&buyer).await;
        fan.set_cookie("onsale_language", language).await;
        fan.resize(Viewport::PHONE).await;
        if !scripts {
            fan.turn_scripts_off().await;
        }
        let seats = if scripts { [3, 4] } else { [5, 6] };
        site.hold(&buyer, concert, &seats).await;
        fan.go("/checkout").await;
        let (enough, too_little) = match language {
            "en" => ("press the button to pay", "it is not enough yet"),
            _ => ("결제하기를 눌러 주세요", "잔액이 아직 부족합니다"),
        };
        for (amount, words, next) in [("100", too_little, "#amount-1"), ("99900", enough, PAY)] {
            fan.fill("#amount-1", amount).await;
            fan.click(CHARGE).await;
            fan.wait_for_text_in("#charged", words).await;
            assert!(fan.is_focused("#charged").await, "{language}: {}", fan.focused().await);
            let script = "return ['#charged', arguments[0]].every(it => {
                const box = document.querySelector(it).getBoundingClientRect();
                return box.top >= 0 && box.bottom <= innerHeight })";
            assert_eq!(fan.script(script, &[json!(next)]).await, json!(true), "{language} {amount}: in view");
            assert_eq!(site.bought(buyer.user).await, Vec::<u32>::new(), "nothing is paid yet");
        }
        fan.click(PAY).await;
        fan.wait_for("article").await;
        assert_eq!(site.bought(buyer.user).await, seats);
        fan.turn_scripts_on().await;
        fan.end().await;
    }
    site.end().await;
}

/// Browsers have other decimals for the forint, and another sign for the yen on a Korean page.
#[tokio::test]
async fn the_script_writes_amounts_as_the_server_does() {
    for (currency, language, one, two) in [
        ("HUF", "en", "1 seat: HUF 500.00", "2 seats: HUF 1,000.00"),
        ("JPY", "ko", "1석: ¥50,000", "2석: ¥100,000"),
        ("UYW", "en", "1 seat: UYW 5.0000", "2 seats: UYW 10.0000"),
    ] {
        let (site, concert) = Site::selling(20, &[("currency", currency)]).await;
        let (fan, _) = site.visit_seats(concert).await;
        fan.set_cookie("onsale_language", language).await;
        fan.reload().await;
        for (seat_no, total) in [(3, one), (4, two)] {
            fan.click(&seat(seat_no)).await;
            fan.wait_for_text_in("[data-show='total']", total).await;
        }
        fan.click(HOLD).await;
        let (_, total) = two.split_once(": ").expect("a sentence with a total");
        fan.wait_for_text_in(".side .lines", total).await;
        fan.end().await;
        site.end().await;
    }
}

#[tokio::test]
async fn an_amount_with_a_comma_arrives_as_it_was_typed() {
    let (site, _) = Site::selling(20, &[("currency", "EUR")]).await;
    let fan = site.fan().await;
    let browser = site.visit_as(&fan).await;
    browser.go("/wallet").await;
    for (typed, balance) in [("12,50", 1_250), ("1,250.50", 126_300)] {
        browser.fill("#amount", typed).await;
        browser.click("form[action='/wallet/charge'] .button-wide").await;
        browser.wait_for_text("The money is in your wallet").await;
        assert_eq!(site.balance(fan.user).await, balance, "{typed}");
        browser.go("/wallet").await;
    }
    browser.fill("#amount", "1.234").await;
    browser.click("form[action='/wallet/charge'] .button-wide").await;
    browser.wait_for_text_in(".notice-bad", "For example: 12.50").await;
    assert_eq!(site.balance(fan.user).await, 126_300, "nothing was charged");
    browser.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_purchase_needs_no_scripts() {
    let (site, concert) = Site::selling(20, &[("line_capacity", "0")]).await;
    let fan = site.visitor().await;
    fan.turn_scripts_off().await;
    fan.go("/line").await;
    fan.fill("#name", "Hana").await;
    fan.click(JOIN).await;
    fan.wait_for_text("This page reloads every 3 seconds").await;
    assert!(fan.count("meta[http-equiv='refresh']").await == 1);
    site.let_in(1).await;
    fan.wait_for_text("Time left to choose and pay").await;
    fan.click(".board .button").await;
    fan.click(HOLD).await;
    fan.wait_for_text("Choose a seat first").await;
    fan.click(&seat(8)).await;
    fan.click(&seat(9)).await;
    fan.click(HOLD).await;
    fan.click("button[aria-label='Release seat 9']").await;
    fan.wait_for_text("Seat 9 is released and on sale again").await;
    fan.click(CHARGE).await;
    fan.click(PAY).await;
    fan.wait_for_text("Paid. The seats are yours").await;
    assert!(!fan.is_shown("[data-print]").await, "printing by a button needs a script");
    let user = site.user_of(&fan).await;
    assert_eq!((site.bought(user).await, site.balance(user).await), (vec![8], 0));
    assert_eq!(site.seat_status(concert, 9), SeatStatus::Available);
    fan.turn_scripts_on().await;
    fan.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_keyboard_is_enough() {
    let (site, _) = Site::selling(20, &[]).await;
    let fan = site.visitor().await;
    fan.go("/").await;
    step(&fan, Key::Tab).await;
    assert!(fan.is_focused(".skip").await, "{}", fan.focused().await);
    step(&fan, Key::Enter).await;
    assert!(fan.is_focused("#main").await, "the skip link leads to {}", fan.focused().await);
    tab_to(&fan, "#name").await;
    fan.type_text("Jun").await;
    tab_to(&fan, JOIN).await;
    fan.press(Key::Enter).await;
    fan.wait_for_text("Time left to choose and pay").await;
    tab_to(&fan, ".board .button").await;
    fan.press(Key::Enter).await;
    fan.wait_for("#seats").await;
    tab_to(&fan, ".grid input").await;
    for (key, at) in [(Key::Right, 2), (Key::Down, 12), (Key::Left, 11), (Key::Up, 1), (Key::End, 10)] {
        step(&fan, key).await;
        assert!(fan.is_focused(&format!("input[value='{at}']")).await, "{key:?}: {}", fan.focused().await);
    }
    step(&fan, Key::Space).await;
    step(&fan, Key::Home).await;
    step(&fan, Key::Space).await;
    fan.wait_for_text_in("[data-show='which']", "Seats 1 and 10").await;
    step(&fan, Key::Space).await;
    fan.wait_for_text_in("[data-show='which']", "Seat 10").await;
    step(&fan, Key::Tab).await;
    assert!(fan.is_focused(HOLD).await, "the hall is one stop: {}", fan.focused().await);
    fan.press(Key::Enter).await;
    fan.wait_for(CHARGE).await;
    tab_to(&fan, CHARGE).await;
    fan.press(Key::Enter).await;
    fan.wait_for(PAY).await;
    tab_to(&fan, PAY).await;
    fan.press(Key::Space).await;
    fan.wait_for_text("Paid. The seats are yours").await;
    tab_to(&fan, "article a[href='/tickets']").await;
    fan.press(Key::Enter).await;
    fan.wait_for_text_in(".ticket .figure", "10").await;
    fan.end().await;
    site.end().await;
}

/// Somebody else takes the focused seat; later, the fan's own seat turns into a link.
#[tokio::test]
async fn the_focus_is_not_lost_when_its_seat_is_taken() {
    let (site, concert) = Site::selling(20, &[]).await;
    let (fan, me) = site.visit_seats(concert).await;
    let other = site.fan().await;
    tab_to(&fan, ".grid input").await;
    step(&fan, Key::Right).await;
    step(&fan, Key::Right).await;
    site.hold(&other, concert, &[3]).await;
    fan.wait_for(&in_state(3, "held")).await;
    assert!(fan.is_focused("input[value='4']").await, "{}", fan.focused().await);
    site.hold(&other, concert, &[4, 5]).await;
    fan.wait_for(&in_state(5, "held")).await;
    assert!(fan.is_focused("input[value='6']").await, "{}", fan.focused().await);
    step(&fan, Key::Left).await;
    assert!(fan.is_focused("input[value='2']").await, "taken seats are skipped: {}", fan.focused().await);
    site.hold(&me, concert, &[2]).await;
    fan.wait_for(&in_state(2, "mine")).await;
    assert!(fan.is_focused("a[data-seat='2']").await, "{}", fan.focused().await);
    fan.end().await;
    site.end().await;
}

/// Presses Tab until this has the focus.
async fn tab_to(fan: &Session, css: &str) {
    for _ in 0..30 {
        step(fan, Key::Tab).await;
        if fan.is_focused(css).await {
            return;
        }
    }
    panic!("Tab does not lead to {css}, but to {}", fan.focused().await);
}

/// Presses a key that stays on the page, and checks that the focus is visible afterwards.
async fn step(fan: &Session, key: Key) {
    fan.press(key).await;
    let script = "const it = document.activeElement;
        if (it === document.body || it === document.documentElement) return 'nothing has the focus';
        if (it.id === 'main') return null;
        const shown = [it, it.firstElementChild, it.nextElementSibling].filter(Boolean);
        const ringed = shown.some(at => getComputedStyle(at).outlineStyle === 'solid' && parseFloat(getComputedStyle(at).outlineWidth) >= 2);
        const box = it.getBoundingClientRect();
        const seen = box.bottom > 0 && box.top < innerHeight && box.width > 0;
        return ringed && seen ? null : 'the focus cannot be seen at ' + it.outerHTML.slice(0, 200)";
    assert_eq!(fan.script(script, &[]).await, json!(null), "after {key:?}");
}
