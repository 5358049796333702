//! The sale as a fan without scripts sees it, page by page, in both languages.

use reqwest::Method;
use serde_json::json;

use super::visitor::{PAGE_BYTES_MAX, Page, Visitor};
use crate::stage::{PRICE, Stage, concert_with, secs};

/// In English and Korean.
const LANGUAGES: [&str; 2] = ["en-GB,en;q=0.9", "ko-KR,ko;q=0.9,en;q=0.8"];

#[tokio::test]
async fn a_stranger_joins_holds_charges_and_pays_without_scripts() {
    for language in LANGUAGES {
        let stage = Stage::open().await;
        let mut mina = Visitor::new(&stage.client, language);
        let sale = format!("/sale/{}", stage.concert);

        let dates = mina.get("/").await;
        assert!(dates.shows("Spring Night") && dates.shows("name=\"name\""), "{}", dates.html);
        assert!(!dates.shows(&sale), "seats are for those inside");
        let turn = mina.submit("/line", &[("name", "Mina <b>&")]).await;
        assert!(turn.shows("data-status=\"admitted\""), "{}", turn.html);
        assert!(mina.get("/").await.shows(&sale));

        let seats = mina.get(&sale).await;
        assert_eq!(
            seats.html.matches("data-state=\"free\" ").count()
                + seats.html.matches("data-state=free>").count(),
            51
        );
        let checkout =
            mina.submit(&format!("{sale}/hold"), &[("part", "1"), ("seat", "7"), ("seat", "8")]).await;
        for _ in 0..2 {
            let charged = mina.fill(&checkout, "/wallet/charge", &[("amount", "100,000")]).await;
            assert!(charged.shows("action=\"/checkout/pay\""), "{}", charged.html);
        }
        assert!(mina.get("/wallet").await.shows("₩100,000"), "charged once");
        let after = mina.fill(&checkout, "/checkout/release", &[("seat", "8")]).await;
        assert!(after.shows("notice-good") && !after.shows("name=\"seat\" value=\"8\""), "{}", after.html);

        let receipt = mina.fill(&after, "/checkout/pay", &[]).await;
        assert!(receipt.shows("₩50,000") && receipt.shows("Spring Night"), "{}", receipt.html);
        let again = mina.fill(&after, "/checkout/pay", &[]).await;
        assert_eq!(again.between("<code>", "</code>"), receipt.between("<code>", "</code>"), "one bill");
        let tickets = mina.get("/tickets").await;
        assert_eq!(tickets.html.matches("class=\"ticket\"").count(), 1);
        let over = mina.get("/line").await;
        assert!(!over.shows("data-status") && over.shows("action=\"/line\""), "{}", over.html);
        assert!(mina.get("/checkout").await.shows("href=\"/\""));
        stage.end().await;
    }
}

#[tokio::test]
async fn the_waiting_page_never_shows_a_growing_wait() {
    let stage = Stage::with(&[("line_capacity", "0")]).await;
    let crowd = stage.crowd(5);
    for fan in &crowd {
        fan.join().await.ok();
    }
    let mut mina = Visitor::new(&stage.client, "en");
    let waiting = mina.submit("/line", &[("name", "Mina")]).await;
    assert!(waiting.shows("data-number=\"6\" data-ahead=\"5\" data-first=\"5\""), "{}", waiting.html);
    assert!(waiting.shows("The wait is not known yet") && waiting.shows("http-equiv=\"refresh\""));
    for fan in &crowd[..2] {
        fan.queue(Method::DELETE, "/v1/enqueues").send().await.ok();
    }
    stage.tick().await;
    assert!(mina.get("/line").await.shows("data-ahead=\"3\" data-first=\"5\""));
    assert_eq!(mina.cookies["onsale_ahead"], "6.5.3");
    // Somebody came back after an absence: the true count rises, the shown one does not.
    mina.cookies.insert("onsale_ahead".to_owned(), "6.5.1".to_owned());
    assert!(mina.get("/line").await.shows("data-ahead=\"1\" data-first=\"5\""));
    let asked_often = mina.get("/line").await;
    assert_eq!(asked_often.status, 200, "a reload is never refused");
    stage.operator().steer(json!({"paused": true})).await.ok();
    let paused = mina.get("/line").await;
    assert!(paused.shows("The line is paused"));
    let left = mina.fill(&paused, "/line/leave", &[]).await;
    assert!(left.shows("You have left the line") && !mina.cookies.contains_key("onsale_ticket"));
    stage.end().await;
}

#[tokio::test]
async fn a_seat_that_somebody_else_took_is_named_and_the_rest_stays_selected() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    stage.insider().await.hold(8).await.ok();
    let hold = format!("/sale/{}/hold", stage.concert);
    let chosen = [("part", "1"), ("seat", "7"), ("seat", "8"), ("seat", "9")];
    let seats = mina.submit(&hold, &chosen).await;
    assert!(seats.shows("Someone else has just taken seat 8"), "{}", seats.html);
    let ticked: Vec<_> = seats.html.lines().filter(|line| line.contains(" checked")).collect();
    assert_eq!(ticked.len(), 2, "{ticked:?}");
    assert!(ticked[0].contains("value=7 ") && ticked[1].contains("value=9 "), "{ticked:?}");
    let none = mina.submit(&hold, &[("part", "1")]).await;
    assert!(none.shows("Choose a seat first."));
    let all: Vec<_> = (1..=5).map(|seat| ("seat", ["1", "2", "3", "4", "5"][seat - 1])).collect();
    let few = mina.submit(&hold, &all).await;
    assert!(
        few.shows("You may hold up to 4 seats of this concert at a time, and you hold 0."),
        "{}",
        few.html
    );
    assert!(few.shows("No longer selected: 5"), "{}", few.html);
    stage.end().await;
}

#[tokio::test]
async fn an_expired_hold_is_explained() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let wallet = mina.get("/wallet").await;
    mina.fill(&wallet, "/wallet/charge", &[("amount", "50,000")]).await;
    let checkout = mina.submit(&format!("/sale/{}/hold", stage.concert), &[("seat", "7")]).await;
    stage.advance(secs(300)).await;
    let late = mina.fill(&checkout, "/checkout/pay", &[]).await;
    assert!(
        late.shows("Your time for seat 7 is up") && late.shows("You are not holding any seats"),
        "{}",
        late.html
    );
    stage.advance(secs(300)).await;
    let over = mina.get("/line").await;
    assert!(over.shows("Your turn is over"), "{}", over.html);
    assert_eq!(mina.get(&format!("/sale/{}", stage.concert)).await.location(), "/line");
    stage.end().await;
}

#[tokio::test]
async fn with_sign_up_closed_a_personal_link_signs_in() {
    let stage = Stage::with(&[("open_signup", "false")]).await;
    let mut mina = Visitor::new(&stage.client, "en");
    let closed = mina.get("/").await;
    assert!(
        closed.shows("By invitation")
            && closed.shows("action=\"/enter\"")
            && !closed.shows("action=\"/line\"")
    );
    assert_eq!(mina.post("/line", &[("name", "Mina")]).await.location(), "/line");
    assert!(!mina.cookies.contains_key("onsale_user"));
    let token = stage.newcomer().token;
    let line = mina.submit("/enter", &[("code", &token)]).await;
    assert!(line.shows("Join the line") && !line.shows("name=\"name\""), "{}", line.html);
    assert!(mina.submit("/line", &[]).await.shows("data-status=\"admitted\""));
    let nonsense = mina.submit("/enter", &[("code", "nonsense")]).await;
    assert!(nonsense.shows("This code is not valid here"), "{}", nonsense.html);
    assert!(nonsense.shows("name=\"code\""), "one can type it again");
    stage.end().await;
}

#[tokio::test]
async fn a_large_hall_is_shown_in_parts() {
    let stage = Stage::open().await;
    let hall = stage.open_concert(&concert_with(&json!({"name": "Arena", "capacity": 1201}))).await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let first = mina.get(&format!("/sale/{hall}")).await;
    assert_eq!(first.html.matches("type=\"checkbox\"").count(), 200);
    let last = mina.get(&format!("/sale/{hall}?part=7")).await;
    assert_eq!(last.html.matches("type=\"checkbox\"").count(), 1);
    assert!(last.shows("1201–1201") && last.shows("from=1201&amp;to=1201"), "{}", last.html);
    stage.end().await;
}

#[tokio::test]
async fn every_page_with_its_style_and_modules_is_small() {
    let stage = Stage::open().await;
    let hall = stage.open_concert(&concert_with(&json!({"name": "Arena", "capacity": 50_000}))).await;
    let mut mina = Visitor::new(&stage.client, "ko");
    mina.submit("/line", &[("name", "민아")]).await;
    for path in [
        "/",
        "/line",
        "/wallet",
        "/tickets",
        &format!("/sale/{}", stage.concert),
        &format!("/sale/{hall}?part=250"),
    ] {
        let page = mina.get(path).await;
        let mut bytes = page.html.len();
        let mut wanted: Vec<String> = page
            .html
            .split("/assets/")
            .skip(1)
            .map(|rest| rest[..rest.find('"').unwrap()].to_owned())
            .collect();
        let mut place = 0;
        while let Some(asset) = wanted.get(place).cloned() {
            let loaded = mina.get(&format!("/assets/{asset}")).await;
            assert_eq!(loaded.status, 200, "{asset}");
            assert!(loaded.header("cache-control").contains("immutable"));
            bytes += loaded.html.len();
            let folder = asset.split('/').next().unwrap();
            for import in loaded.html.split("from './").skip(1) {
                let import = format!("{folder}/{}", import.split('\'').next().unwrap());
                if !wanted.contains(&import) {
                    wanted.push(import);
                }
            }
            place += 1;
        }
        assert!(bytes < PAGE_BYTES_MAX, "{path}: {bytes} bytes with {wanted:?}");
    }
    stage.end().await;
}

#[tokio::test]
async fn a_name_is_shown_literally_and_never_as_markup() {
    let stage = Stage::open().await;
    let name = "<script>alert(1)</script> \"Best\" & 'of'";
    stage.open_concert(&concert_with(&json!({"name": name}))).await;
    let mut mina = Visitor::new(&stage.client, "en");
    let dates = mina.get("/").await;
    assert!(!dates.shows("<script>") && dates.shows("&#60;script&#62;"), "{}", dates.html);
    stage.end().await;
}

#[tokio::test]
async fn money_is_shown_in_the_configured_currency() {
    let stage = Stage::with(&[("currency", "EUR"), ("time_zone", "Asia/Seoul")]).await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    assert_eq!(PRICE, 50_000);
    assert!(mina.get("/").await.shows("€500.00"));
    let wallet = mina.get("/wallet").await;
    let charged = mina.fill(&wallet, "/wallet/charge", &[("amount", "12.5")]).await;
    assert!(charged.shows("€12.50") && charged.shows("Asia/Seoul"), "{}", charged.html);
    let wrong = mina.fill(&charged, "/wallet/charge", &[("amount", "1.234")]).await;
    assert!(wrong.shows("Please enter an amount"));
    assert!(
        wrong.shows("For example: 12.50") && wrong.shows("€12.50"),
        "nothing was charged: {}",
        wrong.html
    );
    stage.end().await;
}

#[tokio::test]
async fn an_amount_is_charged_as_it_was_meant() {
    let stage = Stage::with(&[("currency", "EUR")]).await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let wallet = mina.get("/wallet").await;
    assert!(!wallet.shows("type=\"number\""), "such a field drops a comma before it is sent");
    for (amount, balance) in
        [("12,50", "€12.50"), ("1.250,50", "€1,263.00"), ("1,250", "€2,513.00"), ("€ 7", "€2,520.00")]
    {
        let wallet = mina.get("/wallet").await;
        let charged = mina.fill(&wallet, "/wallet/charge", &[("amount", amount)]).await;
        assert!(charged.shows(balance), "{amount}: {}", charged.html);
    }
    stage.end().await;
}

#[tokio::test]
async fn the_server_says_how_amounts_are_written() {
    for (currency, text, decimals, format) in [
        ("RSD", "RSD 1,500.00", 2, "RSD {amount}"),
        ("JPY", "¥150,000", 0, "¥{amount}"),
        ("CLF", "CLF 15.0000", 4, "CLF {amount}"),
    ] {
        let stage = Stage::with(&[("currency", currency)]).await;
        let concert = stage.open_concert(&concert_with(&json!({"price": 150_000}))).await;
        let mut mina = Visitor::new(&stage.client, "ko");
        mina.submit("/line", &[("name", "민아")]).await;
        let seats = mina.get(&format!("/sale/{concert}")).await;
        assert!(seats.shows(text), "{currency}: {}", seats.html);
        assert!(seats.shows(&format!("data-decimals=\"{decimals}\"")), "{currency}: {}", seats.html);
        assert_eq!(seats.between("data-say-money=\"", "\""), format);
        stage.end().await;
    }
}

#[tokio::test]
async fn a_countdown_of_hours_is_written_as_one() {
    let stage = Stage::with(&[("pass_seconds", "7200")]).await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    stage.advance(secs(1)).await;
    let turn = mina.get("/line").await;
    let clock = turn.between("class=\"clock\"", "</p>");
    assert!(clock.contains("data-seconds=\"7199\"") && clock.ends_with(">1:59:59"), "{clock}");
    stage.end().await;
}

#[tokio::test]
async fn nobody_ahead_and_one_of_a_thing_have_sentences_of_their_own() {
    let flags = [("line_capacity", "0"), ("holds_per_user", "1")];
    for (language, next, lede, seats) in [
        ("en", "You are next", "choose one seat and pay", "1 seat"),
        ("ko", "다음 차례입니다", "좌석을 1석 선택할", "총 1석"),
    ] {
        let stage = Stage::with(&flags).await;
        stage.open_concert(&concert_with(&json!({"name": "For One", "capacity": 1}))).await;
        let mut mina = Visitor::new(&stage.client, language);
        let waiting = mina.submit("/line", &[("name", "Mina")]).await;
        assert_eq!(waiting.between("data-show=\"ahead-word\">", "<"), next);
        assert!(waiting.shows("data-show=\"ahead\" hidden>"), "no 0 beside it: {}", waiting.html);
        assert_eq!(waiting.between("<title>", "<"), format!("{next} · onsale"));
        let dates = mina.get("/").await;
        assert!(dates.shows(lede), "{}", dates.html);
        assert!(dates.shows(&format!("<span>{seats}</span>")), "{}", dates.html);
        stage.end().await;
    }
}

#[tokio::test]
async fn seats_are_offered_only_while_they_can_be_held() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let offers = |page: &Page| {
        let boxes = page.html.split("type=\"checkbox\"").skip(1).map(|it| it.split('>').next().unwrap());
        let button = page.html.split("class=\"button hold\"").nth(1).unwrap().split('>').next().unwrap();
        (boxes.filter(|it| !it.contains("disabled")).count(), !button.contains("disabled"))
    };
    for (concert, offered) in [
        (json!({"name": "Now", "capacity": 3}), (3, true)),
        (json!({"name": "Soon", "capacity": 3, "openingAt": "2026-03-01T10:00:00Z"}), (0, false)),
        (
            json!({"name": "Over", "capacity": 3, "openingAt": "2026-02-01T10:00:00Z",
            "closingAt": "2026-02-02T10:00:00Z"}),
            (0, false),
        ),
    ] {
        let hall = stage.open_concert(&concert_with(&concert)).await;
        let page = mina.get(&format!("/sale/{hall}")).await;
        assert_eq!(offers(&page), offered, "{concert}");
    }
    let hall = stage.open_concert(&concert_with(&json!({"name": "Small", "capacity": 2}))).await;
    let bo = stage.insider().await;
    let holds = bo.queue(Method::POST, &format!("/v1/concerts/{hall}/reservations"));
    holds.json(&json!({"seatNos": [1, 2]})).send().await.ok();
    let page = mina.get(&format!("/sale/{hall}")).await;
    assert_eq!(offers(&page), (0, false));
    assert!(page.shows("None available right now"), "{}", page.html);
    stage.end().await;
}

#[tokio::test]
async fn a_seat_number_is_a_name_and_not_an_amount() {
    let stage = Stage::open().await;
    let hall = stage.open_concert(&concert_with(&json!({"name": "Arena", "capacity": 1201}))).await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    mina.submit(&format!("/sale/{hall}/hold"), &[("seat", "1107"), ("seat", "1108")]).await;
    for path in ["/checkout", &format!("/sale/{hall}?part=6"), &format!("/sale/{hall}")] {
        let page = mina.get(path).await;
        assert!(page.shows("1107") && page.shows("1108") && !page.shows("1,107"), "{}", page.html);
    }
    assert!(mina.get(&format!("/sale/{hall}")).await.shows("You are holding seats 1107, 1108."));
    stage.end().await;
}

#[tokio::test]
async fn seats_chosen_in_other_parts_stay_chosen_without_a_script() {
    let stage = Stage::open().await;
    let hall = stage.open_concert(&concert_with(&json!({"name": "Arena", "capacity": 1201}))).await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let page = mina.get(&format!("/sale/{hall}?part=2&seat=7&seat=205")).await;
    assert_eq!(page.html.matches(" checked").count(), 2, "{}", page.html);
    let bo = stage.insider().await;
    let holds = bo.queue(Method::POST, &format!("/v1/concerts/{hall}/reservations"));
    holds.json(&json!({"seatNos": [7]})).send().await.ok();
    let page = mina.get(&format!("/sale/{hall}?part=2&seat=7&seat=205")).await;
    assert_eq!(page.html.matches(" checked").count(), 1, "{}", page.html);
    assert!(page.shows("Someone else has just taken seat 7. Your other seats are still selected"));
    stage.end().await;
}

#[tokio::test]
async fn a_turn_that_a_hold_makes_longer_is_for_paying_only() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let (sale, hold) = (format!("/sale/{}", stage.concert), format!("/sale/{}/hold", stage.concert));
    stage.advance(secs(590)).await;
    mina.submit(&hold, &[("seat", "7")]).await;
    assert!(mina.get(&sale).await.shows("data-seconds=\"10\""), "the clock ends with the time to choose");
    stage.advance(secs(60)).await;
    let page = mina.get(&sale).await;
    assert!(page.shows("Your time to choose seats has ended. You can still pay"), "{}", page.html);
    let offered = page.html.split("type=\"checkbox\"").skip(1);
    assert!(offered.map(|it| it.split('>').next().unwrap()).all(|it| it.contains("disabled")));
    assert!(
        page.html
            .split("class=\"button hold\"")
            .nth(1)
            .unwrap()
            .split('>')
            .next()
            .unwrap()
            .contains("disabled")
    );
    assert_eq!(mina.post(&hold, &[("seat", "8")]).await.location(), sale, "not that the turn is over");
    assert!(mina.get("/checkout").await.shows("Seat 7"));
    stage.end().await;
}
