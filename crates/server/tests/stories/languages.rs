//! Changing the language on any page leads back to the same page: the same address, query included.

use super::visitor::{Page, Visitor};
use crate::stage::Stage;

/// Presses the page's language button, and returns the address that it leads to.
async fn switched(visitor: &mut Visitor, page: &Page) -> String {
    let back = page.hidden("back").replace("&#38;", "&").replace("&amp;", "&");
    let sent = visitor.post("/language", &[("lang", "ko"), ("back", &back)]).await;
    assert_eq!(sent.status, 303);
    sent.location()
}

async fn stays_at(visitor: &mut Visitor, address: &str) -> Page {
    visitor.cookies.remove("onsale_language");
    let page = visitor.get(address).await;
    assert!(page.shows("<html lang=\"en\">"), "{address}: {}", page.html);
    assert_eq!(switched(visitor, &page).await, address);
    let korean = visitor.get(address).await;
    assert!(korean.shows("<html lang=\"ko\">"), "{address}");
    korean
}

#[tokio::test]
async fn the_language_switch_keeps_an_operator_s_search() {
    let stage = Stage::open().await;
    stage.fan("Kim Mina").await;
    let mut operator = Visitor::new(&stage.client, "en");
    operator.submit("/operator/sign-in", &[("token", &stage.operator().token)]).await;
    let found = stays_at(&mut operator, "/operator/people?find=kim&x=%22%26%EA%B9%80").await;
    assert!(found.shows("Kim Mina") && found.shows("value=\"kim\""), "{}", found.html);
    assert!(found.shows("href=\"/operator/people\" aria-current=\"page\""), "{}", found.html);
    let dials = stays_at(&mut operator, "/operator?capacity=250&ratePerMinute=60").await;
    assert!(dials.shows("name=\"capacity\" value=\"250\""), "{}", dials.html);
    for address in ["/operator/log?after=1", "/operator/people/nobody?find=kim", "/operator/nowhere?page=2"] {
        stays_at(&mut operator, address).await;
    }
    stage.end().await;
}

#[tokio::test]
async fn the_language_switch_keeps_where_a_fan_is() {
    let stage = Stage::open().await;
    let mut mina = Visitor::new(&stage.client, "en");
    mina.submit("/line", &[("name", "Mina")]).await;
    let sale = format!("/sale/{}?part=1&seat=7", stage.concert);
    let seats = stays_at(&mut mina, &sale).await;
    let chosen: Vec<_> = seats.html.lines().filter(|line| line.contains(" checked")).collect();
    assert!(chosen.len() == 1 && chosen[0].contains("value=7 "), "{chosen:?}");
    let older = "/tickets?after=1767225600000000-0199d6a0000070008000000000000001";
    for address in [older, "/nowhere?page=2"] {
        stays_at(&mut mina, address).await;
    }
    stage.end().await;
}
