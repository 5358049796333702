//! English and Korean.

use onsale_testbed::browser::Session;
use serde_json::json;

use crate::fans::{HOLD, PAY, in_state, seat};
use crate::site::Site;

/// Finds Latin words on a Korean page: in its text, in labels for screen readers, and in sentences that its
/// modules may show later. Names are allowed.
const LATIN: &str = "const whole = document.body.cloneNode(true);
    whole.querySelectorAll('code, script, noscript').forEach(it => it.remove());
    const said = [...document.querySelectorAll('*')].flatMap(it => [...it.attributes]
        .filter(({ name }) => name === 'aria-label' || name.startsWith('data-say-')).map(({ value }) => value.replace(/\\{\\w+\\}/g, '')));
    const words = [document.title, whole.textContent, ...said].join(' ').match(/[A-Za-z]{2,}/g) ?? [];
    const known = ['onsale', 'English', 'API', 'UTC', 'Spring', 'Night'];
    return [...new Set(words)].filter(word => !known.includes(word))";

async fn is_korean(reader: &Session, shows: &str) {
    reader.wait_for_text(shows).await;
    assert_eq!(reader.attribute_of("html", "lang").await.as_deref(), Some("ko"), "{shows}");
    assert_eq!(reader.script(LATIN, &[]).await, json!([]), "{shows}");
}

#[tokio::test]
async fn a_sale_in_korean_shows_no_english() {
    let (site, concert) = Site::selling(20, &[]).await;
    let other = site.fan().await;
    site.hold(&other, concert, &[2]).await;
    let reader = site.visitor().await;
    reader.read_in("ko").await;
    for (path, shows) in [
        ("/", "예매 대기하기"),
        ("/tickets", "예매 내역이 없습니다"),
        ("/wallet", "예매 대기를 시작하면 지갑이 만들어집니다"),
    ] {
        reader.go(path).await;
        is_korean(&reader, shows).await;
    }
    site.let_in(1).await;
    reader.go("/line").await;
    is_korean(&reader, "아직 예매 대기 전입니다").await;
    reader.fill("#name", "민아").await;
    reader.click("main form button").await;
    is_korean(&reader, "다음 차례입니다").await;
    reader.wait_for_text("예상 대기 시간을 아직 알 수 없습니다").await;
    site.let_in(2).await;
    is_korean(&reader, "좌석 선택 및 결제 남은 시간").await;
    reader.click(".board .button").await;
    reader.click(&seat(4)).await;
    reader.wait_for_text_in("[data-show='total']", "1석: ₩50,000").await;
    site.hold(&other, concert, &[4]).await;
    reader.wait_for_text("4번 좌석은 방금 다른 고객님이 선점했습니다").await;
    reader.wait_for(&in_state(4, "held")).await;
    is_korean(&reader, "좌석 선택 완료").await;
    reader.click(&seat(7)).await;
    reader.click(HOLD).await;
    is_korean(&reader, "잔액이 ₩50,000 부족합니다").await;
    reader.click("form[action='/wallet/charge'] .button-wide").await;
    is_korean(&reader, "충전이 완료되었습니다").await;
    reader.click(PAY).await;
    is_korean(&reader, "결제가 완료되었습니다").await;
    for (path, shows) in [("/tickets", "결제 번호"), ("/wallet", "잔액"), ("/line", "즐거운 관람 되세요")]
    {
        reader.go(path).await;
        is_korean(&reader, shows).await;
    }
    reader.end().await;
    site.end().await;
}

#[tokio::test]
async fn the_language_switch_outranks_the_browser_and_is_remembered() {
    let (site, concert) = Site::selling(450, &[]).await;
    let (reader, _) = site.visit_seats(concert).await;
    let page = format!("/sale/{concert}?part=2");
    reader.go(&page).await;
    reader.click("button[lang='ko']").await;
    is_korean(&reader, "좌석 선택 완료").await;
    assert_eq!(reader.path().await, page, "the switch stays on the page");
    reader.go("/wallet").await;
    is_korean(&reader, "잔액").await;
    reader.read_in("ko").await;
    reader.click("button[lang='en']").await;
    reader.wait_for_text("Balance").await;
    assert_eq!(reader.attribute_of("html", "lang").await.as_deref(), Some("en"));
    reader.end().await;
    site.end().await;
}
