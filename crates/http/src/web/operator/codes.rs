//! Access codes of a sale: they are made here and shown once, because only their hashes are kept.

use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use onsale_app::error::AppError;
use onsale_app::tokens::Purpose;
use onsale_app::visits::FORM_AGE_MAX;
use onsale_booking::Refusal;
use onsale_booking::policy::{CODES_PER_COMMAND_MAX, USES_PER_CODE_MAX};
use serde::Deserialize;

use super::super::form::Form;
use super::super::layout::PageLayout;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::SignedIn;
use super::fields::{Field, with_most};
use super::steered::Steered;
use crate::numbers::read_whole;
use crate::site::Shared;

#[derive(Template)]
#[template(path = "operator/codes.html")]
struct CodesPage<'a> {
    f: PageLayout<'a>,
    name: String,
    base: &'a str,
    /// The stamp of this copy of the form: sent twice, it makes the same codes once.
    stamp: String,
    count: Field,
    uses: Field,
    /// Why none were made, if no field is wrong.
    alert: Option<&'static str>,
    /// The codes that were just made, one a line.
    codes: Option<String>,
}

/// How many codes to make, for how many people each, and whether as a file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CodesForm {
    form: String,
    count: String,
    uses: String,
    to: String,
}

/// The form.
pub(super) async fn form(State(site): State<Shared>, signed_in: SignedIn, steered: Steered) -> Response {
    let address = format!("{}/codes", steered.base);
    let (count, uses) = (Field::of("100"), Field::of("1"));
    let f = PageLayout::for_operators(&site, signed_in.language, &address);
    let (name, stamp) = (steered.sale.name.clone(), site.new_stamp(Purpose::CodesForm));
    let page = CodesPage { f, name, base: &steered.base, stamp, count, uses, alert: None, codes: None };
    Page(page).into_response()
}

/// Makes codes, and shows them or sends them as a file.
pub(super) async fn make(
    State(site): State<Shared>,
    signed_in: SignedIn,
    steered: Steered,
    Form(form): Form<CodesForm>,
) -> Result<Response, PageError> {
    let address = format!("{}/codes", steered.base);
    let mut f = PageLayout::for_operators(&site, signed_in.language, &address);
    let (mut count, mut uses) = (Field::of(form.count.as_str()), Field::of(form.uses.as_str()));
    // What cannot be read is 0, which the rule refuses.
    let numbers = [&form.count, &form.uses].map(|text| read_whole(text).unwrap_or(0));
    let stamp = site.app.keys.read_stamp(Purpose::CodesForm, &form.form);
    let stamp = stamp.filter(|stamp| stamp.is_younger_than(FORM_AGE_MAX, site.app.now()));
    let (mut alert, mut codes) = (None, None);
    let made = match &stamp {
        Some(stamp) => {
            let by = signed_in.user;
            site.app.add_codes(steered.sale.id, numbers[0], numbers[1], Some(stamp), by).await.map(Some)
        }
        None => Ok(None),
    };
    match made {
        Ok(Some(made)) => codes = Some(made.join("\n")),
        Ok(None) => alert = Some(f.o.form_incomplete),
        Err(AppError::Unavailable) => alert = Some(f.o.notice_unavailable),
        Err(AppError::Refused(Refusal::IdempotencyKeyReused)) => alert = Some(f.s.codes_exist),
        Err(AppError::Refused(Refusal::Invalid { field, .. })) => match field {
            "count" => count.error = with_most(f.s.bad_count, CODES_PER_COMMAND_MAX),
            "uses" => uses.error = with_most(f.s.bad_uses, USES_PER_CODE_MAX),
            _ => alert = Some(f.s.codes_not_asked),
        },
        Err(error) => return Err(error.into()),
    }
    if let Some(codes) = codes.as_ref().filter(|_| form.to == "file") {
        let headers = [
            (CONTENT_TYPE, "text/plain; charset=utf-8"),
            (CONTENT_DISPOSITION, "attachment; filename=\"codes.txt\""),
        ];
        return Ok((headers, format!("{codes}\n")).into_response());
    }
    // Codes cannot be shown again.
    f.offers_language = codes.is_none();
    let (name, stamp) = (steered.sale.name.clone(), site.new_stamp(Purpose::CodesForm));
    let page = CodesPage { f, name, base: &steered.base, stamp, count, uses, alert, codes };
    Ok(Page(page).into_response())
}
