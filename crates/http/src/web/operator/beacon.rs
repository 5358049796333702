//! Entering the beacon of a draw. It is shown as it will be published before it is, because then it is final.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use onsale_app::error::AppError;
use onsale_booking::Refusal;
use onsale_booking::beacon::BeaconRefusal;
use onsale_booking::new_sale::SaleChanges;
use onsale_booking::policy::BEACON_BYTES_MAX;
use onsale_booking::sale::Sale;
use serde::Deserialize;

use super::super::form::Form;
use super::super::format::fill;
use super::super::layout::PageLayout;
use super::super::notice::{NoticeCode, see_other_with};
use super::super::page::Page;
use super::super::page_error::PageError;
use super::SignedIn;
use super::fields::Field;
use super::sale_facts::{SaleFacts, name_of};
use super::steered::Steered;
use crate::numbers::number;
use crate::site::Shared;

#[derive(Template)]
#[template(path = "operator/beacon.html")]
struct BeaconPage<'a> {
    f: PageLayout<'a>,
    base: &'a str,
    name: String,
    /// Why it was not published, if what was typed is not the reason.
    alert: Option<&'static str>,
    /// What will be published.
    shown: Option<Shown>,
    beacon: Field,
    /// What the beacon is to be, if it is to be entered now.
    hint: Option<String>,
}

/// A beacon that can be published.
struct Shown {
    text: String,
    hex: String,
}

/// The beacon as an operator enters it, and whether they have seen it as it will be published.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct BeaconForm {
    beacon: String,
    confirmed: String,
}

/// The form.
pub(super) async fn form(
    State(site): State<Shared>,
    signed_in: SignedIn,
    steered: Steered,
) -> Result<Response, PageError> {
    let sale = site.app.current_sale(steered.sale.id).await?;
    Ok(form_page(&site, &signed_in, &steered, &sale, (Field::default(), None, None)))
}

/// Shows what will be published, or publishes what has been shown, which opens the sale.
pub(super) async fn enter(
    State(site): State<Shared>,
    signed_in: SignedIn,
    steered: Steered,
    Form(form): Form<BeaconForm>,
) -> Result<Response, PageError> {
    let (o, id, text) = (signed_in.language.operator_words(), steered.sale.id, form.beacon.trim());
    let mut sale = site.app.current_sale(id).await?;
    let mut alert = None;
    if !form.confirmed.is_empty() && sale.check_beacon(text.as_bytes(), site.app.now()).is_ok() {
        let changes = SaleChanges { beacon: Some(text.into()), ..SaleChanges::default() };
        match site.app.change_sale(id, changes, None, None, signed_in.user).await {
            Ok(_) => return Ok(see_other_with(&steered.base, &NoticeCode::new("beacon_set"))),
            // Somebody else was faster. The sale says why.
            Err(AppError::Refused(Refusal::Invalid { .. })) => sale = site.app.current_sale(id).await?,
            Err(AppError::Unavailable) => alert = Some(o.notice_unavailable),
            Err(error) => return Err(error.into()),
        }
    }
    let s = signed_in.language.sale_words();
    let mut beacon = Field::of(form.beacon.as_str());
    let mut shown = None;
    match sale.check_beacon(text.as_bytes(), site.app.now()) {
        Ok(()) => shown = Some(Shown { text: text.to_owned(), hex: HEXLOWER.encode(text.as_bytes()) }),
        Err(BeaconRefusal::Length) => {
            beacon.error = fill(s.bad_beacon, &[("most", &number(BEACON_BYTES_MAX as u64))]);
        }
        Err(BeaconRefusal::NoDraw | BeaconRefusal::NoSource) => alert = Some(s.beacon_not_asked),
        Err(BeaconRefusal::Entered) => alert = Some(s.beacon_entered),
        Err(BeaconRefusal::TooEarly) => alert = Some(s.beacon_early),
        Err(BeaconRefusal::Over) => alert = Some(s.beacon_over),
    }
    Ok(form_page(&site, &signed_in, &steered, &sale, (beacon, shown, alert)))
}

fn form_page(
    site: &Shared,
    signed_in: &SignedIn,
    steered: &Steered,
    sale: &Sale,
    (beacon, shown, alert): (Field, Option<Shown>, Option<&'static str>),
) -> Response {
    let address = format!("{}/beacon", steered.base);
    let f = PageLayout::for_operators(site, signed_in.language, &address);
    let (name, hint) = (name_of(f.s, sale), SaleFacts::of(site, &f, sale).awaited_beacon);
    Page(BeaconPage { f, base: &steered.base, name, alert, shown, beacon, hint }).into_response()
}
