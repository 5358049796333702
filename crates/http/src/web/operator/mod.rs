//! The operators' pages. Operators sign in with an operator token, and every page checks it.

mod beacon;
mod bills;
mod chart;
mod cockpit;
mod codes;
mod concerts;
mod fields;
mod log;
mod people;
mod place_card;
mod sale_facts;
mod sale_fields;
mod sale_form;
mod sale_phase;
mod sales;
mod sample_event;
mod shown_sale;
mod steered;
mod tiles;

use askama::Template;
use axum::extract::{Extension, FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use cookie::SameSite;
use jiff::SignedDuration;
use onsale_booking::ids::UserId;
use serde::Deserialize;

use super::form::Form;
use super::language::Language;
use super::layout::PageLayout;
use super::middleware::accepts_html;
use super::notice::{NoticeCode, PendingNotice, see_other_with};
use super::page::{Page, see_other};
use super::page_error::PageError;
use crate::cookies;
use crate::forwarding::Arrival;
use crate::site::Shared;
use onsale_app::tokens::{Role, USER_TOKEN_SECONDS};

/// The path of the cockpit. Browsers send the operators' cookie to paths below it only.
const HOME: &str = "/operator";

pub(super) fn routes() -> Vec<(&'static str, MethodRouter<Shared>)> {
    vec![
        (HOME, get(cockpit::page)),
        ("/operator/sign-in", get(sign_in_page).post(sign_in)),
        ("/operator/sign-out", post(sign_out)),
        ("/operator/events", get(cockpit::follow)),
        ("/operator/charts", get(cockpit::charts)),
        ("/operator/state", get(cockpit::state)),
        ("/operator/effect", get(cockpit::effect)),
        ("/operator/dials", post(cockpit::set_dials)),
        ("/operator/sales", get(sales::page)),
        ("/operator/sales/new", get(sale_form::empty).post(sale_form::create)),
        ("/operator/sales/{id}", get(cockpit::page)),
        ("/operator/sales/{id}/events", get(cockpit::follow)),
        ("/operator/sales/{id}/charts", get(cockpit::charts)),
        ("/operator/sales/{id}/state", get(cockpit::state)),
        ("/operator/sales/{id}/effect", get(cockpit::effect)),
        ("/operator/sales/{id}/dials", post(cockpit::set_dials)),
        ("/operator/sales/{id}/change", get(sale_form::filled).post(sale_form::change)),
        ("/operator/sales/{id}/codes", get(codes::form).post(codes::make)),
        ("/operator/sales/{id}/beacon", get(beacon::form).post(beacon::enter)),
        ("/operator/concerts", get(concerts::page)),
        ("/operator/concerts/new", get(concerts::form).post(concerts::open)),
        ("/operator/people", get(people::page)),
        ("/operator/people/{user}", get(people::person)),
        ("/operator/bills", get(bills::page)),
        ("/operator/bills.csv", get(bills::csv)),
        ("/operator/log", get(log::page)),
    ]
}

/// The operator who is signed in. Anybody else is redirected to the sign-in page; a page's script gets 401.
pub(super) struct SignedIn {
    user: UserId,
    language: Language,
}

impl FromRequestParts<Shared> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, Response> {
        let is_https = parts.extensions.get().is_some_and(Arrival::is_https);
        let token = cookies::find(&parts.headers, is_https, cookies::OPERATOR);
        let token = token.map_err(|doubled| PageError::from(doubled).into_response())?;
        let token = token.and_then(|token| site.app.keys.read_user(token, site.app.now()).ok());
        if let Some(token) = token.filter(|token| token.role == Role::Operator) {
            let language = parts.extensions.get().copied().unwrap_or_default();
            return Ok(Self { user: UserId(token.user), language });
        }
        let is_page = accepts_html(&parts.headers);
        Err(if is_page { see_other("/operator/sign-in") } else { StatusCode::UNAUTHORIZED.into_response() })
    }
}

#[derive(Template)]
#[template(path = "operator/sign_in.html")]
struct SignInPage<'a> {
    f: PageLayout<'a>,
}

async fn sign_in_page(
    State(site): State<Shared>,
    Extension(language): Extension<Language>,
    notice: PendingNotice,
) -> Response {
    let f = PageLayout::for_sign_in(&site, language, "/operator/sign-in");
    let f = f.with_notice(notice.for_operators(language));
    Page(SignInPage { f }).into_response()
}

#[derive(Debug, Deserialize)]
struct SignInForm {
    #[serde(default)]
    token: String,
}

async fn sign_in(
    State(site): State<Shared>,
    Extension(arrival): Extension<Arrival>,
    Form(form): Form<SignInForm>,
) -> Result<Response, PageError> {
    let (token, client) = (form.token.trim(), arrival.client.map(tracing::field::display));
    let is_operator =
        site.app.keys.read_user(token, site.app.now()).is_ok_and(|token| token.role == Role::Operator);
    if !is_operator {
        tracing::warn!(client, "refused an operator's sign-in");
        return Ok(see_other_with("/operator/sign-in", &NoticeCode::new("token")));
    }
    tracing::info!(client, "an operator signed in");
    let max_age = SignedDuration::from_secs(USER_TOKEN_SECONDS);
    // Links from other sites do not send this cookie.
    let cookie = cookies::set(cookies::OPERATOR, token.to_owned(), HOME, max_age).same_site(SameSite::Strict);
    Ok((AppendHeaders([(SET_COOKIE, cookie.to_string())]), see_other(HOME)).into_response())
}

async fn sign_out() -> Response {
    let cookie = cookies::expire(cookies::OPERATOR, HOME).to_string();
    (AppendHeaders([(SET_COOKIE, cookie)]), see_other("/operator/sign-in")).into_response()
}
