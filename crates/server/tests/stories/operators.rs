//! What operators see and steer, page by page, in both languages.

use reqwest::Method;
use reqwest::header::ACCEPT;

use super::visitor::{Page, Visitor};
use crate::stage::{PRICE, Stage, buy};

async fn signed_in(stage: &Stage, language: &'static str) -> Visitor {
    let mut operator = Visitor::new(&stage.client, language);
    let token = stage.operator().token;
    let cockpit = operator.submit("/operator/sign-in", &[("token", &token)]).await;
    assert!(cockpit.shows("id=\"cockpit\""), "{}", cockpit.html);
    operator
}

#[tokio::test]
async fn only_operators_get_in() {
    let stage = Stage::open().await;
    let mut eve = Visitor::new(&stage.client, "en");
    let pages = [
        "/operator",
        "/operator/concerts",
        "/operator/concerts/new",
        "/operator/people",
        "/operator/bills",
        "/operator/bills.csv",
        "/operator/log",
        "/operator/people/0199d6a0-0000-7000-8000-000000000001",
    ];
    for page in pages {
        assert_eq!(eve.get(page).await.location(), "/operator/sign-in", "{page}");
    }
    for script in ["/operator/events", "/operator/effect?paused=true"] {
        let request = eve.request(Method::GET, script).header(ACCEPT, "*/*");
        let request = request.build().expect("a request");
        let mut request = request;
        request.headers_mut().insert(ACCEPT, "*/*".parse().unwrap());
        let answer = reqwest::Client::new().execute(request).await.expect("an answer");
        assert_eq!(answer.status(), 401, "{script}");
    }
    let fan = stage.newcomer().token;
    let refused = eve.submit("/operator/sign-in", &[("token", &fan)]).await;
    assert!(refused.shows("This is not an operator"), "{}", refused.html);
    eve.cookies.insert("onsale_operator".to_owned(), fan);
    assert_eq!(eve.get("/operator").await.location(), "/operator/sign-in");
    assert_eq!(eve.post("/operator/dials", &[("paused", "true")]).await.location(), "/operator/sign-in");
    assert!(!stage.app.main_line().dials().paused);
    stage.end().await;
}

#[tokio::test]
async fn a_dial_is_set_after_its_effect_is_shown_and_the_change_is_logged() {
    for language in ["en", "ko"] {
        let stage = Stage::open().await;
        let mut operator = signed_in(&stage, language).await;
        let shown = operator.get("/operator?capacity=250&ratePerMinute=60").await;
        let effect = shown.between("id=\"effect\"", "</form>");
        assert!(effect.contains("name=\"capacity\" value=\"250\"") && effect.contains("250"), "{effect}");
        assert_eq!(stage.app.main_line().dials().capacity.get(), 100, "a preview changes nothing");
        assert!(operator.fill(&shown, "/operator/dials", &[]).await.shows("notice-good"));
        let dials = stage.app.main_line().dials();
        assert_eq!((dials.capacity.get(), dials.rate_per_minute, dials.paused), (250, 60, false));
        let pause = operator.get("/operator/effect?paused=true").await;
        assert!(pause.shows("name=\"paused\" value=\"true\"") && !pause.shows("<html"), "{}", pause.html);
        let paused = operator.fill(&pause, "/operator/dials", &[]).await;
        assert!(!paused.shows("class=\"paused\" role=\"status\" hidden"));
        for wrong in [[("capacity", "1000001")], [("capacity", "-1")], [("capacity", "many")]] {
            operator.post("/operator/dials", &wrong).await;
        }
        assert_eq!(stage.app.main_line().dials().capacity.get(), 250);
        let log = operator.get("/operator/log").await;
        let rows = |page: &Page| page.html.matches("<tr><td>").count();
        assert_eq!(rows(&log), 4, "two dials, a pause, and the concert: {}", log.html);
        // The form sends every dial; one that stays as it is, is no change.
        let shown = operator.get("/operator?capacity=300&ratePerMinute=60").await;
        operator.fill(&shown, "/operator/dials", &[]).await;
        let log = operator.get("/operator/log").await;
        assert_eq!(rows(&log), 5, "{}", log.html);
        assert!(log.shows("<del>250</del> → <ins>300</ins>"), "{}", log.html);
        assert!(log.shows("<del>100</del> → <ins>250</ins>") && log.shows("Spring Night"), "{}", log.html);
        stage.end().await;
    }
}

#[tokio::test]
async fn a_concert_is_put_on_sale_and_mistakes_are_shown_beside_their_fields() {
    for language in ["en", "ko"] {
        let stage = Stage::with(&[("time_zone", "Asia/Seoul")]).await;
        let mut operator = signed_in(&stage, language).await;
        let form = operator.get("/operator/concerts/new").await;
        assert!(form.shows("value=\"50\""));
        let id = form.hidden("id");
        let good = [
            ("id", id.as_str()),
            ("name", "Late <Set>"),
            ("capacity", "120"),
            ("price", "45,000"),
            ("openingAt", "2026-03-01T18:00"),
            ("closingAt", "2026-03-14T20:00"),
            ("eventDate", "2026-03-14T22:30"),
        ];
        for (field, value) in [
            ("name", " "),
            ("capacity", "0"),
            ("capacity", "50001"),
            ("capacity", "ten"),
            ("capacity", "1,5"),
            ("price", "-1"),
            ("price", "45,00"),
            ("price", "1000000001"),
            ("openingAt", "soon"),
            ("openingAt", "2026-03-01"),
            ("closingAt", "2026-03-01T18:00"),
            ("eventDate", "2026-03-14T19:59"),
        ] {
            let wrong = good.map(|(name, right)| (name, if name == field { value } else { right }));
            let shown = operator.post("/operator/concerts/new", &wrong).await;
            assert_eq!(shown.status, 200, "{field}: {value}");
            let errors = shown.html.matches("aria-invalid=\"true\"").count();
            assert_eq!(errors, 1, "{field}: {value}: {}", shown.html);
            assert!(shown.between(&format!("id=\"{field}-error\">"), "<").len() > 5, "{field}: {value}");
            assert!(shown.shows("Late &#60;Set&#62;") || field == "name", "nothing typed is lost");
        }
        let concerts = operator.submit("/operator/concerts/new", &good).await;
        assert!(concerts.shows("Late &#60;Set&#62;") && concerts.shows("notice-good"), "{}", concerts.html);
        let opened = stage
            .app
            .concerts()
            .iter()
            .find(|map| map.concert.capacity == 120)
            .expect("the concert was opened")
            .concert
            .clone();
        assert_eq!(opened.opening_at.to_string(), "2026-03-01T09:00:00Z", "in the sale's zone");
        assert_eq!(opened.price.0, 45_000);
        stage.end().await;
    }
}

#[tokio::test]
async fn a_sale_that_is_over_is_listed_only_after_a_question() {
    for (language, question, answer, over) in [
        ("en", "This sale would be over already", "Its sale is closed", "Closed: opened 27 February 2026"),
        ("ko", "예매 기간이 이미 지났습니다", "예매는 이미 종료되었습니다", "예매 종료: 2026년 2월 27일"),
    ] {
        let stage = Stage::open().await;
        let mut operator = signed_in(&stage, language).await;
        let id = operator.get("/operator/concerts/new").await.hidden("id");
        let past = [
            ("id", id.as_str()),
            ("name", "Early Set"),
            ("capacity", "120"),
            ("price", "45000"),
            ("openingAt", "2026-02-27T18:00"),
            ("closingAt", "2026-02-28T20:00"),
            ("eventDate", "2026-03-14T22:30"),
        ];
        let asked = operator.post("/operator/concerts/new", &past).await;
        assert!(asked.status == 200 && asked.shows(question), "{}", asked.html);
        let facts = asked.between("id=\"question\"", "</p>");
        assert!(facts.contains("18:00") && facts.contains("20:00") && facts.contains("09:00"), "{facts}");
        assert!(asked.shows("value=\"Early Set\""), "nothing typed is lost");
        assert_eq!(stage.app.concerts().len(), 1, "a question has no effect");
        let confirmed = asked.between("name=\"confirmed\" value=\"", "\"");
        let with = |closing: &'static str| {
            let changed = past.map(|(name, value)| (name, if name == "closingAt" { closing } else { value }));
            let mut fields = changed.to_vec();
            fields.push(("confirmed", &confirmed));
            fields
        };
        let again = operator.post("/operator/concerts/new", &with("2026-02-28T21:00")).await;
        assert!(again.shows(question), "a yes is about one time: {}", again.html);
        let wrong = operator.post("/operator/concerts/new", &with("2026-02-27T17:00")).await;
        assert!(!wrong.shows("id=\"question\"") && wrong.shows("aria-invalid"), "{}", wrong.html);
        let listed = operator.submit("/operator/concerts/new", &with("2026-02-28T20:00")).await;
        assert!(listed.shows(answer) && listed.shows(over), "{}", listed.html);
        assert_eq!(stage.app.concerts().len(), 2);
        stage.end().await;
    }
}

#[tokio::test]
async fn the_list_says_where_each_sale_stands_and_when_it_changes() {
    for (language, ahead, open, opened_ahead) in [
        (
            "en",
            "Not yet on sale: opens 2 March 2026, 18:00, closes 3 March 2026, 20:00",
            "On sale: opened 1 March 2026, 08:00, closes 20 March 2026, 09:00",
            "Its sale has not opened yet",
        ),
        (
            "ko",
            "예매 예정: 2026년 3월 2일 18:00 시작, 2026년 3월 3일 20:00 종료",
            "예매 중: 2026년 3월 1일 08:00 시작, 2026년 3월 20일 09:00 종료",
            "아직 예매 시작 전입니다",
        ),
    ] {
        let stage = Stage::open().await;
        let mut operator = signed_in(&stage, language).await;
        let id = operator.get("/operator/concerts/new").await.hidden("id");
        let future = [
            ("id", id.as_str()),
            ("name", "Late Set"),
            ("capacity", "120"),
            ("price", "45000"),
            ("openingAt", "2026-03-02T18:00"),
            ("closingAt", "2026-03-03T20:00"),
            ("eventDate", "2026-03-14T22:30"),
        ];
        let listed = operator.submit("/operator/concerts/new", &future).await;
        assert!(listed.shows(opened_ahead) && !listed.shows("The concert is on sale"), "{}", listed.html);
        assert!(listed.shows(ahead) && listed.shows(open), "{}", listed.html);
        stage.end().await;
    }
}

#[tokio::test]
async fn what_an_operator_types_is_read_as_it_was_meant() {
    let stage = Stage::with(&[("currency", "EUR")]).await;
    let mut operator = signed_in(&stage, "en").await;
    let form = operator.get("/operator/concerts/new").await;
    assert!(!form.shows("type=\"number\""), "such a field drops a comma before it is sent");
    let id = form.hidden("id");
    let typed = [
        ("id", id.as_str()),
        ("name", "Late Set"),
        ("capacity", "1,200"),
        ("price", "45,00"),
        ("openingAt", "2026-03-01T20:00+09:00"),
        ("closingAt", "2026-03-14 20:00"),
        ("eventDate", "2026-03-14T22:30[Asia/Seoul]"),
    ];
    let shown = operator.post("/operator/concerts/new", &typed).await;
    assert!(shown.shows("The concert must not begin before the sale closes"), "{}", shown.html);
    assert!(shown.shows("value=\"2026-03-01T11:00\""), "as it was read: {}", shown.html);
    let date = typed.map(|(name, value)| (name, if name == "eventDate" { "2027-06-01" } else { value }));
    let shown = operator.post("/operator/concerts/new", &date).await;
    assert!(shown.shows("Enter a date and a time. For example: 2027-06-01T20:00"), "{}", shown.html);
    let good =
        typed.map(|(name, value)| (name, if name == "eventDate" { "2027-06-01T20:00+09:00" } else { value }));
    operator.submit("/operator/concerts/new", &good).await;
    let opened = stage.app.concerts().last().expect("the concert was opened").concert.clone();
    assert_eq!((opened.capacity, opened.price.0), (1_200, 4_500));
    assert_eq!(opened.opening_at.to_string(), "2026-03-01T11:00:00Z");
    assert_eq!(opened.event_date.to_string(), "2027-06-01T11:00:00Z");
    stage.end().await;
}

#[tokio::test]
async fn a_person_is_found_by_name_id_or_number_with_everything_they_have() {
    let stage = Stage::open().await;
    let mut operator = signed_in(&stage, "en").await;
    let mina = stage.fan("Kim Mina").await;
    stage.fan("Joakim Berg").await;
    mina.enter().await;
    mina.hold(7).await.ok();
    mina.charge(130_000).await.ok();
    let found = operator.get("/operator/people?find=kim").await;
    assert!(
        found.shows("Kim Mina") && found.shows("Joakim Berg") && found.shows("2 found"),
        "{}",
        found.html
    );
    assert!(operator.get("/operator/people?find=%25").await.shows("Nobody found"), "no wildcard");
    for find in [mina.id.to_string(), "1".to_owned()] {
        assert!(operator.get(&format!("/operator/people?find={find}")).await.shows("Kim Mina"), "{find}");
    }
    for number in [1 << 32, 1 << 63, u64::MAX] {
        let page = operator.get(&format!("/operator/people?find={number}")).await;
        assert!(page.status == 200 && page.shows("Nobody found"), "{number}: {}", page.html);
    }
    let person = operator.get(&format!("/operator/people/{}", mina.id)).await;
    for text in ["Kim Mina", "₩130,000", "Inside", "Spring Night", "2026-03-01 09:05:00"] {
        assert!(person.shows(text), "{text}: {}", person.html);
    }
    mina.pay(7).await.ok();
    let person = operator.get(&format!("/operator/people/{}", mina.id)).await;
    for text in ["Over: paid", "₩80,000", "Holds no seats", "₩50,000"] {
        assert!(person.shows(text), "{text}: {}", person.html);
    }
    stage.end().await;
}

#[tokio::test]
async fn bills_are_exported_line_by_line() {
    let stage = Stage::open().await;
    let mut operator = signed_in(&stage, "en").await;
    assert!(operator.get("/operator/bills").await.shows("Spring Night"));
    let empty = operator.get("/operator/bills.csv").await;
    assert_eq!(empty.html.lines().count(), 1, "only the head: {}", empty.html);
    for seat in [9, 7] {
        buy(&stage.insider().await, seat).await;
    }
    let csv = operator.get(&format!("/operator/bills.csv?concert={}", stage.concert)).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.header("content-disposition").contains("bills.csv"));
    let raw = operator.request(Method::GET, "/operator/bills.csv").send().await.expect("the server answers");
    let raw = raw.bytes().await.expect("a whole answer");
    assert!(raw.starts_with(b"\xef\xbb\xbfbill_id,"), "spreadsheets need a byte order mark");
    let lines: Vec<Vec<&str>> = csv.html.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), 3, "{}", csv.html);
    assert_eq!((lines[0][5], lines[1][5], lines[2][5]), ("seat_no", "7", "9"));
    assert_eq!((lines[1][3], lines[1][7]), ("\"Spring Night\"", PRICE.to_string().as_str()));
    assert_eq!(operator.get("/operator/bills.csv?concert=nonsense").await.status, 404);
    let left = operator.submit("/operator/sign-out", &[]).await;
    assert!(left.shows("onsale token --operator") && !operator.cookies.contains_key("onsale_operator"));
    stage.end().await;
}
