//! The wallet.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use onsale_booking::ids::UserId;
use onsale_booking::money::Money;
use onsale_booking::policy::CHARGE_MAX;
use onsale_booking::request::RequestKey;
use serde::Deserialize;
use uuid::Uuid;

use super::super::form::Form;
use super::super::format::fill;
use super::super::layout::PageLayout;
use super::super::notice::{NoticeCode, PendingNotice, see_other_with};
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::visitor::Visitor;
use super::place::missing;
use super::refused;
use crate::site::Shared;

#[derive(Template)]
#[template(path = "fan/wallet.html")]
struct WalletPage<'a> {
    f: PageLayout<'a>,
    balance: String,
    user: Option<UserId>,
    /// The balance that the form's page shows. The form charges no wallet with another one.
    seen: Money,
    /// The form's idempotency key: however often it is sent, it charges once.
    key: Uuid,
    /// Suggested amounts: the value for the field, and the text for people.
    quick: Vec<(String, String)>,
    hint: String,
}

/// The page at `/wallet`.
pub(super) async fn page(
    State(site): State<Shared>,
    visitor: Visitor,
    notice: PendingNotice,
) -> Result<Response, PageError> {
    let language = visitor.language;
    let f = PageLayout::of(&site, &visitor, "/wallet").with_notice(notice.for_fans(&site, language));
    let user = visitor.user(&site);
    let balance = match user {
        Some(user) => site.app.balance(user).await?,
        None => Money(0),
    };
    let currency = site.currency;
    let (least, most) = (currency.amount(1), currency.amount(CHARGE_MAX.0));
    let page = WalletPage {
        balance: currency.amount(balance.0),
        user,
        seen: balance,
        key: Uuid::now_v7(),
        quick: currency.round_amounts().map(|minor| (currency.plain(minor), currency.amount(minor))).into(),
        hint: fill(f.w.amount_hint, &[("least", &least), ("most", &most)]),
        f,
    };
    Ok(Page(page).into_response())
}

/// The form that charges the wallet.
#[derive(Debug, Deserialize)]
pub(super) struct ChargeForm {
    amount: String,
    key: String,
    back: String,
    /// Whose wallet the page showed, and its balance.
    #[serde(default)]
    user: String,
    #[serde(default)]
    seen: String,
}

/// Charges the wallet that the page showed. A form that is sent twice charges once.
pub(super) async fn charge(
    State(site): State<Shared>,
    visitor: Visitor,
    Form(form): Form<ChargeForm>,
) -> Result<Response, PageError> {
    let Some(user) = visitor.user(&site) else { return Ok(missing(&site, &visitor, site.app.main_sale())) };
    let back = if form.back == "/checkout" { "/checkout" } else { "/wallet" };
    if form.user != user.to_string() {
        return Ok(see_other_with(back, &NoticeCode::new("user_changed")));
    }
    let Ok(seen) = form.seen.parse().map(Money) else {
        return Ok(see_other_with(back, &NoticeCode::new("balance_changed")));
    };
    let (Some(amount), Some(key)) = (site.currency.read(&form.amount), RequestKey::new(&form.key)) else {
        return Ok(see_other_with(back, &NoticeCode::new("amount")));
    };
    match site.app.charge(user, Money(amount), Some(key), Some(seen)).await {
        Ok(_) => Ok(see_other_with(back, &NoticeCode::new("charged"))),
        Err(error) => refused(back, error),
    }
}
