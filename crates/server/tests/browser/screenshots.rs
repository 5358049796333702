//! `cargo xtask screenshots`: pictures of every page, for the documentation and for work on the design.

use std::path::{Path, PathBuf};

use jiff::{Timestamp, ToSpan, Unit};
use onsale_testbed::browser::{ColorScheme, Motion, Preferences, Session, Viewport};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::fan_sales;
use crate::operator_support::operator;
use crate::site::Site;

/// Where the pictures go, as `cargo xtask screenshots` says it.
const FOLDER: &str = "ONSALE_SCREENSHOTS";

/// Who looks at a page. The function `visitor` prepares each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Visitor {
    /// Somebody who has never been here.
    Stranger,
    /// Waiting, with people ahead, some of whom were let in since.
    Waiting,
    /// Inside, with two seats chosen.
    Choosing,
    /// Inside, with two seats held and enough to pay for them.
    Paying,
    /// With tickets.
    Owner,
    /// In the lobby of a sale that opens in half an hour.
    InLobby,
    /// An operator.
    Operator,
}

/// A page to take: the name of its files, its path, who sees it, and what is there once it is complete.
/// `{concert}` is the one on sale first, `{bill}` the last that the visitor paid, `{sale}` one with a draw.
struct Page {
    name: &'static str,
    path: &'static str,
    visitor: Visitor,
    shows: &'static str,
}

const fn page(name: &'static str, path: &'static str, visitor: Visitor, shows: &'static str) -> Page {
    Page { name, path, visitor, shows }
}

const PAGES: [Page; 19] = [
    page("dates", "/", Visitor::Stranger, "#name"),
    page("seats", "/sale/{concert}?seat=34&seat=35", Visitor::Choosing, "input:checked + span"),
    page("checkout", "/checkout", Visitor::Paying, "form[action='/checkout/pay']"),
    page("turn", "/line", Visitor::Choosing, ".clock"),
    page("tickets", "/tickets", Visitor::Owner, ".ticket"),
    page("receipt", "/tickets/{bill}", Visitor::Owner, "article"),
    page("wallet", "/wallet", Visitor::Owner, "[data-fill]"),
    page("waiting", "/line", Visitor::Waiting, "progress"),
    page("sale", "/sales/{sale}", Visitor::Stranger, "#name"),
    page("lobby", "/sales/{sale}", Visitor::InLobby, "[data-opens-in]"),
    page("fairness", "/sales/{sale}/fairness", Visitor::InLobby, "#check"),
    page("operator-sales", "/operator/sales", Visitor::Operator, "table"),
    page("operator-sale", "/operator/sales/{sale}/change", Visitor::Operator, "#opensAt"),
    page("operator-concerts", "/operator/concerts", Visitor::Operator, "table"),
    page("operator-new-concert", "/operator/concerts/new", Visitor::Operator, "#eventDate"),
    page("operator-people", "/operator/people?find=kim", Visitor::Operator, "table"),
    page("operator-bills", "/operator/bills", Visitor::Operator, "select"),
    page("operator-log", "/operator/log", Visitor::Operator, "ins"),
    page("operator-cockpit", "/operator?capacity=60&ratePerMinute=0", Visitor::Operator, "#effect form"),
];

const SIZES: [(&str, Viewport); 2] = [("1280", Viewport::DESKTOP), ("360", Viewport::PHONE)];
const SCHEMES: [(&str, ColorScheme); 2] = [("light", ColorScheme::Light), ("dark", ColorScheme::Dark)];

#[tokio::test]
#[ignore = "writes files: cargo xtask screenshots"]
async fn take_all() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("cargo xtask screenshots says where to"));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let site = Site::demo(&[("line_capacity", "40")]).await;
    let concerts: Vec<_> = site.app.concerts().iter().map(|map| map.concert.id.0).collect();
    sell_some(&site, &concerts).await;
    let opens = Timestamp::now().round(Unit::Minute).expect("far from the end of time") + 30.minutes();
    let (sale, _) = fan_sales::sale(&site, json!({"opensAt": opens.to_string(), "order": "draw"})).await;
    for page in &PAGES {
        let (visitor, path, polling) = visitor(&site, &concerts, sale, page).await;
        take(&visitor, page, &path, &folder).await;
        if let Some(polling) = polling {
            polling.abort();
        }
        visitor.end().await;
    }
    site.end().await;
}

/// A sale that has been on for a while.
async fn sell_some(site: &Site, concerts: &[Uuid]) {
    for (concert, seats) in [(0, [12, 13, 14]), (0, [22, 23, 24]), (0, [16, 17, 18]), (1, [3, 4, 5])] {
        site.buy(&site.fan().await, concerts[concert], &seats).await;
    }
    for seats in [[26, 27], [36, 37], [7, 8]] {
        site.hold(&site.fan().await, concerts[0], &seats).await;
    }
}

/// Somebody who has come as far as the page needs, its path for them, and the task that polls for others
/// meanwhile.
async fn visitor(
    site: &Site,
    concerts: &[Uuid],
    sale: Uuid,
    page: &Page,
) -> (Session, String, Option<JoinHandle<()>>) {
    let path = page.path.replace("{concert}", &concerts[0].to_string());
    let mut path = path.replace("{sale}", &sale.to_string());
    if page.visitor == Visitor::Stranger {
        return (site.visitor().await, path, None);
    }
    if page.visitor == Visitor::InLobby {
        let session = site.visitor().await;
        session.go(&format!("/sales/{sale}")).await;
        session.fill("#name", "Mina").await;
        session.click(fan_sales::JOIN).await;
        session.wait_for("[data-opens-in]").await;
        return (session, path, None);
    }
    if page.visitor == Visitor::Waiting {
        site.let_in(0).await;
        let mut ahead = Vec::new();
        for _ in 0..37 {
            ahead.push(site.fan().await);
        }
        let polling = site.keep_polling(&ahead.iter().collect::<Vec<_>>());
        let session = site.visit_as(&site.fan().await).await;
        session.go("/line").await;
        let line = site.call(Method::GET, "/v1/line", &site.operator_token(), &json!({})).await;
        let inside = line["inside"].as_u64().and_then(|inside| u32::try_from(inside).ok());
        site.let_in(inside.expect("a count") + 14).await;
        session.wait_for_text("14 fewer").await;
        return (session, path, Some(polling));
    }
    if page.visitor == Visitor::Operator {
        if page.name == "operator-people" {
            for name in ["Kim Mina", "Joakim Berg", "Kim Hyunwoo"] {
                site.fan_named(name).await;
            }
        }
        return (operator(site).await, path, None);
    }
    let fan = site.fan().await;
    match page.visitor {
        Visitor::Paying => {
            site.charge(&fan, 150_000).await;
            site.hold(&fan, concerts[0], &[34, 35]).await;
        }
        Visitor::Owner => {
            let first = if page.name == "tickets" {
                41
            } else if page.name == "receipt" {
                43
            } else {
                45
            };
            site.buy(&fan, concerts[0], &[first, first + 1]).await;
            if page.name == "tickets" {
                site.buy(&site.join_again(&fan).await, concerts[1], &[21]).await;
            }
            let bills = site.app.bills(fan.user, None).await.expect("the store can be read").items;
            path = path.replace("{bill}", &bills[0].id.0.to_string());
        }
        Visitor::Stranger | Visitor::Waiting | Visitor::Choosing | Visitor::InLobby | Visitor::Operator => {}
    }
    (site.visit_as(&fan).await, path, None)
}

async fn take(visitor: &Session, page: &Page, path: &str, folder: &Path) {
    for (width, viewport) in SIZES {
        for (scheme, color_scheme) in SCHEMES {
            visitor.resize(viewport).await;
            visitor.prefer(Preferences { color_scheme, motion: Motion::Reduced }).await;
            visitor.go(path).await;
            visitor.wait_for(page.shows).await;
            // As high as the page, so that what sticks to the end of the screen is at the end of the page.
            let long = visitor.script("return document.documentElement.scrollHeight", &[]).await;
            let height = long.as_u64().and_then(|long| u32::try_from(long).ok()).expect("a length");
            visitor.resize(Viewport { height, ..viewport }).await;
            let file = folder.join(format!("{}-{width}-{scheme}.png", page.name));
            std::fs::write(&file, visitor.screenshot().await).expect("the picture can be written");
            eprintln!("{}", file.display());
        }
    }
}
