//! Sales as a fan without scripts sees them.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::openings::opening_in;
use super::visitor::{Page, Visitor};
use crate::stage::{PRICE, Stage, concert_with, secs};

/// The cookie of a sale's place.
fn cookie(sale: Uuid) -> String {
    format!("onsale_ticket_{}", sale.simple())
}

/// A sale with these fields, and a concert that only it sells.
async fn sale_with_concert(stage: &Stage, fields: Value) -> (Uuid, Uuid) {
    let sale = stage.make_sale(fields).await;
    let concert = concert_with(&json!({"name": "Presold", "saleIds": [sale]}));
    (sale, stage.open_concert(&concert).await)
}

/// Sends the form of a sale's page for joining.
async fn join(visitor: &mut Visitor, sale: Uuid, fields: &[(&str, &str)]) -> Page {
    let path = format!("/sales/{sale}");
    let page = visitor.get(&path).await;
    visitor.fill(&page, &path, fields).await
}

#[tokio::test]
async fn a_listed_sale_is_joined_from_the_first_page_and_its_seats_are_bought() {
    for (language, sale_title, turn_title) in
        [("en", "What opens when", "It is your turn"), ("ko", "예매 일정", "입장 차례입니다")]
    {
        let stage = Stage::open().await;
        let (sale, concert) = sale_with_concert(&stage, json!({"seatsPerPerson": 2})).await;
        let mut mina = Visitor::new(&stage.client, language);
        let first = mina.get("/").await;
        let path = format!("/sales/{sale}");
        assert!(first.shows(sale_title) && first.shows(&format!("href=\"{path}\"")), "{}", first.html);
        let page = mina.get(&path).await;
        assert!(
            page.shows("Presale") && page.shows("Presold") && !page.shows("Spring Night"),
            "{}",
            page.html
        );
        let turn = join(&mut mina, sale, &[("name", "Mina")]).await;
        assert!(turn.shows(turn_title) && turn.shows("Presale"), "{}", turn.html);
        assert!(mina.cookies.contains_key(&cookie(sale)) && !mina.cookies.contains_key("onsale_ticket"));
        assert!(mina.get("/line").await.shows("action=\"/line\""), "she is not in the main sale");
        let seats = format!("/sale/{concert}");
        assert!(mina.get("/").await.shows(&format!("href=\"{seats}\"")));
        assert_eq!(mina.get(&format!("/sale/{}", stage.concert)).await.location(), "/line");
        let map = mina.get(&seats).await;
        assert!(map.shows(&format!("saleId={sale}")), "its scripts ask about this sale");
        let checkout = mina.fill(&map, &format!("{seats}/hold"), &[("seat", "7"), ("seat", "8")]).await;
        assert!(checkout.shows("Presale"), "{}", checkout.html);
        let paid = mina.fill(&checkout, "/wallet/charge", &[("amount", "100000")]).await;
        let receipt = mina.fill(&paid, "/checkout/pay", &[]).await;
        assert!(receipt.shows("Presold") && receipt.shows("₩100,000"), "{}", receipt.html);
        let over = mina.get(&path).await;
        assert!(over.shows(&format!("action=\"{path}\"")), "she may join again: {}", over.html);
        stage.end().await;
    }
}

#[tokio::test]
async fn somebody_stands_in_two_sales_and_pays_one_without_losing_the_other() {
    let stage = Stage::open().await;
    let (sale, presold) = sale_with_concert(&stage, json!({})).await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    join(&mut mina, sale, &[]).await;
    mina.submit(&format!("/sale/{}/hold", stage.concert), &[("seat", "3")]).await;
    let map = mina.get(&format!("/sale/{presold}")).await;
    let checkout = mina.fill(&map, &format!("/sale/{presold}/hold"), &[("seat", "5")]).await;
    assert_eq!(checkout.html.matches("<section class=\"side card").count(), 2, "{}", checkout.html);
    assert!(!checkout.shows("Seats you hold for other concerts"), "another pass goes on");
    let charged = mina.fill(&checkout, "/wallet/charge", &[("amount", "100000")]).await;
    // The main sale's seats come first, and its form acts with its pass.
    let receipt = mina.fill(&charged, "/checkout/pay", &[]).await;
    assert!(receipt.shows("Spring Night"), "{}", receipt.html);
    let rest = mina.get("/checkout").await;
    assert!(rest.shows("Presold") && !rest.shows("Spring Night"), "{}", rest.html);
    assert!(mina.get(&format!("/sales/{sale}")).await.shows("data-status=\"admitted\""));
    let receipt = mina.fill(&rest, "/checkout/pay", &[]).await;
    assert!(receipt.shows("Presold"), "{}", receipt.html);
    // A form without its sale acts with the main sale's pass, which cannot pay for the other's seats.
    let mut eve = Visitor::new(&stage.client, "en");
    join(&mut eve, sale, &[("name", "Eve")]).await;
    eve.submit("/line", &[]).await;
    let map = eve.get(&format!("/sale/{presold}")).await;
    let checkout = eve.fill(&map, &format!("/sale/{presold}/hold"), &[("seat", "9")]).await;
    let fields = checkout.fields_of("/checkout/release");
    let fields: Vec<_> = fields.iter().filter(|(name, _)| name != "sale").collect();
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let refused = eve.submit("/checkout/release", &[&fields[..], &[("seat", "9")]].concat()).await;
    assert!(refused.shows("belongs to another of your sales"), "{}", refused.html);
    stage.end().await;
}

#[tokio::test]
async fn a_wrong_access_code_is_shown_again_and_a_right_one_is_asked_for_once() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"access": "code", "capacity": 0})).await;
    let made = stage.operator().make_codes(sale, &json!({"count": 1, "uses": 1})).await.ok();
    let code = made["codes"][0].as_str().expect("a code");
    let mut mina = Visitor::new(&stage.client, "en");
    let path = format!("/sales/{sale}");
    let page = mina.get(&path).await;
    assert!(page.shows("With an access code") && page.shows("id=\"access-code\""), "{}", page.html);
    let fields: Vec<_> =
        page.fields_of(&path).into_iter().chain([("name".to_owned(), "Mina".to_owned())]).collect();
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let wrong = mina.post_as_it_is(&path, &[&fields[..], &[("code", "7K3F-9Q2M")]].concat()).await;
    assert_eq!(wrong.status, 200);
    assert!(wrong.shows("This access code is not valid for this sale"), "{}", wrong.html);
    assert!(wrong.shows("value=\"7K3F-9Q2M\"") && !wrong.shows("name=\"name\""), "{}", wrong.html);
    let waiting = join(&mut mina, sale, &[("code", &code.to_lowercase())]).await;
    assert!(waiting.shows("data-number=\"1\""), "{}", waiting.html);
    let left = mina.fill(&waiting, &format!("{path}/leave"), &[]).await;
    assert!(left.shows("You have left the line") && !mina.cookies.contains_key(&cookie(sale)));
    let again = mina.get(&path).await;
    assert!(!again.shows("id=\"access-code\""), "{}", again.html);
    assert!(join(&mut mina, sale, &[]).await.shows("data-number=\"2\""));
    let mut eve = Visitor::new(&stage.client, "ko");
    let page = eve.get(&path).await;
    let fields = page.fields_of(&path);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let used = eve.post_as_it_is(&path, &[&fields[..], &[("name", "Eve"), ("code", code)]].concat()).await;
    assert!(used.shows("사용 횟수를 모두 채운 참여 코드입니다"), "{}", used.html);
    stage.end().await;
}

#[tokio::test]
async fn a_sale_for_a_group_says_so_and_takes_its_members() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"access": "group:fan club"})).await;
    let path = format!("/sales/{sale}");
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let page = mina.get(&path).await;
    assert!(page.shows("Only for members of \u{2068}fan club\u{2069}"), "{}", page.html);
    assert!(!page.shows(&format!("action=\"{path}\"")), "{}", page.html);
    let refused = mina.submit(&path, &[]).await;
    assert!(refused.shows("only for members, and you are not signed in as one"), "{}", refused.html);
    let member = stage.member(&["fan club"]);
    mina.cookies.insert("onsale_user".to_owned(), member.token.clone());
    assert!(join(&mut mina, sale, &[]).await.shows("data-status=\"admitted\""));
    stage.end().await;
}

#[tokio::test]
async fn the_limit_of_a_sale_is_explained() {
    let stage = Stage::open().await;
    let (sale, concert) = sale_with_concert(&stage, json!({"seatsPerPerson": 1})).await;
    let mut mina = Visitor::new(&stage.client, "en");
    join(&mut mina, sale, &[("name", "Mina")]).await;
    let map = mina.get(&format!("/sale/{concert}")).await;
    assert!(map.shows("data-limit=\"1\"") && map.shows("You may choose up to 1<"), "{}", map.html);
    let refused = mina.fill(&map, &format!("/sale/{concert}/hold"), &[("seat", "7"), ("seat", "8")]).await;
    let why = "One person may have one seat in this sale, and you have 0. No longer selected: 8";
    assert!(refused.shows(why), "{}", refused.html);
    assert_eq!(refused.html.matches(" checked").count(), 1, "what can be had is kept");
    stage.end().await;
}

#[tokio::test]
async fn a_browser_keeps_six_places_and_sign_out_forgets_all() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let mut sales = Vec::new();
    for _ in 0..7 {
        sales.push(stage.make_sale(json!({"capacity": 0})).await);
        join(&mut mina, sales[sales.len() - 1], &[]).await;
    }
    let has = |mina: &Visitor, sale| mina.cookies.contains_key(&cookie(sale));
    assert!(
        !has(&mina, sales[0]) && sales[1..].iter().all(|sale| has(&mina, *sale)),
        "{:?}",
        mina.cookies.keys()
    );
    // The line knows her all the same.
    assert!(mina.get(&format!("/sales/{}", sales[0])).await.shows("data-number=\"1\""));
    assert!(has(&mina, sales[0]) && !has(&mina, sales[1]));
    let asking = mina.get("/sign-out").await;
    mina.fill(&asking, "/sign-out", &[]).await;
    let left: Vec<_> =
        mina.cookies.keys().filter(|name| name.contains("ticket") || name.contains("ahead")).collect();
    assert!(left.is_empty(), "{left:?}");
    stage.end().await;
}

#[tokio::test]
async fn a_form_acts_with_the_live_place_although_the_browser_keeps_an_ended_one() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let old = mina.copy();
    stage.advance(secs(3_600)).await;
    mina.submit("/line", &[]).await;
    let mut tab = old;
    let held = tab.post(&format!("/sale/{}/hold", stage.concert), &[("seat", "7")]).await;
    assert_eq!(held.location(), "/checkout");
    stage.end().await;
}

#[tokio::test]
async fn anybody_can_read_how_an_order_is_decided_and_what_is_free_says_so() {
    let stage = Stage::open().await;
    let sale = stage.make_sale(json!({"listed": false})).await;
    let free = json!({"name": "Open Air", "price": 0, "saleIds": [sale]});
    stage.open_concert(&concert_with(&free)).await;
    let mut mina = Visitor::new(&stage.client, "en");
    assert!(!mina.get("/").await.shows("Open Air"), "an unlisted sale is not on the first page");
    let page = mina.get(&format!("/sales/{sale}")).await;
    assert!(page.shows("<span>Free</span>") && page.shows("First come, first served"), "{}", page.html);
    let fairness = mina.get(&format!("/sales/{sale}/fairness")).await;
    assert!(fairness.shows("There is no draw") && !fairness.shows("verify-draw"), "{}", fairness.html);
    let main = stage.app.main_sale();
    assert_eq!(mina.get(&format!("/sales/{main}")).await.location(), "/line");
    assert!(mina.get(&format!("/sales/{main}/fairness")).await.shows("There is no draw"));
    assert_eq!(mina.get(&format!("/sales/{}", Uuid::now_v7())).await.status, 404);
    for method in [Method::GET, Method::HEAD] {
        let request = mina.request(method, &format!("/sales/{sale}/leave"));
        assert_eq!(mina.send(request).await.location(), format!("/sales/{sale}"));
    }
    let price = PRICE;
    assert!(price > 0 && mina.get("/").await.shows("₩50,000 per seat"));
    stage.end().await;
}

#[tokio::test]
async fn the_lobby_counts_down_and_a_draw_gives_the_number_its_place() {
    let stage = Stage::open().await;
    let sale = opening_in(&stage, 100, json!({"order": "draw", "capacity": 0})).await;
    let (path, check) = (format!("/sales/{sale}"), format!("/sales/{sale}/fairness"));
    let mut mina = Visitor::new(&stage.client, "en");
    let page = mina.get(&path).await;
    assert!(page.shows("It does not matter when you join before the opening"), "{}", page.html);
    let lobby = join(&mut mina, sale, &[("name", "Mina")]).await;
    for part in ["data-phase=\"lobby\"", "data-opens-in=\"100\"", ">1:40</p>", "Time until the opening"] {
        assert!(lobby.shows(part), "{part}: {}", lobby.html);
    }
    assert!(!lobby.shows("data-ahead=") && !mina.cookies.keys().any(|name| name.contains("ahead")));
    assert!(lobby.shows("http-equiv=\"refresh\" content=\"30\""), "it reloads without a script");
    let promised = mina.get(&check).await;
    assert!(promised.shows("The operator can know the seed in advance."), "{}", promised.html);
    assert!(!promised.shows("verify-draw") && !promised.shows("came to place"), "{}", promised.html);
    stage.advance(secs(95)).await;
    assert!(mina.get(&path).await.shows("content=\"6\""), "and soon after the opening");
    stage.advance(secs(6)).await;
    stage.tick().await;
    let drawn = mina.get(&path).await;
    assert!(drawn.shows("data-phase=\"open\"") && drawn.shows("Drawn to place 1"), "{}", drawn.html);
    let checked = mina.get(&check).await;
    assert!(
        checked.shows("Your number 1 came to place 1.") && checked.shows("--number 1"),
        "{}",
        checked.html
    );
    let lobby_at = (stage.now() + secs(3_600)).to_string();
    let early = opening_in(&stage, 7_200, json!({ "lobbyAt": lobby_at })).await;
    let page = mina.get(&format!("/sales/{early}")).await;
    assert!(page.shows("You cannot join now") && page.shows("You can join from"), "{}", page.html);
    let refused = mina.submit(&format!("/sales/{early}"), &[]).await;
    assert!(refused.shows("You cannot join this sale yet"), "{}", refused.html);
    stage.end().await;
}

#[tokio::test]
async fn my_place_shows_the_places_in_other_sales_first() {
    let stage = Stage::open().await;
    for (language, places, nowhere, number) in [
        ("en", "Your places in line", "You are not in line", "You are in line: number 1"),
        ("ko", "나의 대기 현황", "아직 예매 대기 전입니다", "대기 순번 1번으로 대기 중"),
    ] {
        let sale = stage.make_sale(json!({"capacity": 0})).await;
        let path = format!("/sales/{sale}");
        let mut mina = Visitor::new(&stage.client, language);
        let stranger = mina.get("/line").await;
        assert!(
            stranger.shows(nowhere) && stranger.shows("<p><bdi>Main sale</bdi></p>"),
            "{}",
            stranger.html
        );
        assert!(mina.get("/").await.shows("<p><bdi>Main sale</bdi></p>"), "the card says what it joins");
        join(&mut mina, sale, &[("name", "Mina")]).await;
        let page = mina.get("/line").await;
        assert!(page.shows(&format!("<h1>{places}</h1>")) && !page.shows(nowhere), "{}", page.html);
        let (link, form) = (page.html.find(&format!("href=\"{path}\"")), page.html.find("action=\"/line\""));
        assert!(page.shows(number) && link.is_some() && link < form, "{}", page.html);
    }
    stage.end().await;
}

#[tokio::test]
async fn a_card_does_not_name_the_only_sale() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    for path in ["/", "/line"] {
        assert!(!mina.get(path).await.shows("Main sale"), "{path}");
    }
    stage.end().await;
}

#[tokio::test]
async fn a_sale_that_is_left_or_paused_says_so_on_its_page() {
    let stage = Stage::open().await;
    for (language, left, paused) in [
        ("en", "You have left the line", "Paused: nobody is let in right now"),
        ("ko", "대기를 취소했습니다", "현재 입장이 일시 중지되었습니다. 지금"),
    ] {
        let sale = stage.make_sale(json!({"capacity": 0})).await;
        let path = format!("/sales/{sale}");
        let (mut mina, mut eve) =
            (Visitor::new(&stage.client, language), Visitor::new(&stage.client, language));
        let waiting = join(&mut mina, sale, &[("name", "Mina")]).await;
        join(&mut eve, sale, &[("name", "Eve")]).await;
        let page = mina.fill(&waiting, &format!("{path}/leave"), &[]).await;
        assert!(page.shows(left) && page.shows(&format!("action=\"{path}\"")), "{}", page.html);
        assert!(!page.shows(paused), "{}", page.html);
        let line = format!("/v1/sales/{sale}/line");
        let operator = stage.operator();
        operator.call(Method::PATCH, &line).json(&json!({"paused": true})).send().await.ok();
        stage.advance(secs(1)).await;
        let page = mina.get(&path).await;
        assert!(page.shows(paused), "{}", page.html);
    }
    stage.end().await;
}
