//! What operators steer: they sign in with an operator's token, and every page of theirs asks for it again.

mod bills;
mod chart;
mod cockpit;
mod concerts;
mod log;
mod people;
mod sample_event;

use askama::Template;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use cookie::SameSite;
use jiff::SignedDuration;
use onsale_booking::ids::UserId;
use serde::Deserialize;

use super::form::{Form, LenientQuery};
use super::language::Language;
use super::layout::PageLayout;
use super::notice::{Notice, Tone};
use super::page::{Page, see_other};
use super::page_error::PageError;
use crate::cookies;
use crate::site::Shared;
use onsale_app::tokens::{Role, USER_TOKEN_SECONDS};

/// Where operators are, and all that their cookie is sent to.
const HOME: &str = "/operator";

pub(super) fn routes() -> Vec<(&'static str, MethodRouter<Shared>)> {
    vec![
        (HOME, get(cockpit::page)),
        ("/operator/sign-in", get(sign_in_page).post(sign_in)),
        ("/operator/sign-out", post(sign_out)),
        ("/operator/events", get(cockpit::follow)),
        ("/operator/charts", get(cockpit::charts)),
        ("/operator/effect", get(cockpit::effect)),
        ("/operator/dials", post(cockpit::set)),
        ("/operator/concerts", get(concerts::page)),
        ("/operator/concerts/new", get(concerts::form).post(concerts::open)),
        ("/operator/people", get(people::page)),
        ("/operator/people/{user}", get(people::person)),
        ("/operator/bills", get(bills::page)),
        ("/operator/bills.csv", get(bills::csv)),
        ("/operator/log", get(log::page)),
    ]
}

/// Whoever is signed in as an operator. Anybody else is sent to sign in, or told 401 if it is a page's script
/// that asks.
pub(super) struct SignedIn {
    user: UserId,
    language: Language,
}

impl FromRequestParts<Shared> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, Response> {
        let token = cookies::find(&parts.headers, cookies::OPERATOR);
        let token = token.and_then(|token| site.app.keys.read_user(token, site.app.now()).ok());
        if let Some(token) = token.filter(|token| token.role == Role::Operator) {
            return Ok(Self { user: UserId(token.user), language: Language::of(&parts.headers) });
        }
        let accepts = parts.headers.get(ACCEPT).and_then(|accepts| accepts.to_str().ok()).unwrap_or_default();
        let is_page = accepts.contains("text/html");
        Err(if is_page { see_other("/operator/sign-in") } else { StatusCode::UNAUTHORIZED.into_response() })
    }
}

/// In a page's address, as for fans.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NoticeQuery {
    said: Option<String>,
}

impl NoticeQuery {
    fn notice(&self, language: Language) -> Option<Notice> {
        let o = language.operator_words();
        let (tone, text) = match self.said.as_deref()? {
            "dials_set" => (Tone::Good, o.said_dials_set),
            "opened" => (Tone::Good, o.said_opened),
            "dials_refused" => (Tone::Bad, o.said_dials_refused),
            "unavailable" => (Tone::Bad, o.said_unavailable),
            "token" => (Tone::Bad, o.said_token),
            _ => return None,
        };
        Some(Notice { tone, text: text.to_owned() })
    }
}

#[derive(Template)]
#[template(path = "operator/sign_in.html")]
struct SignInPage<'a> {
    f: PageLayout<'a>,
}

async fn sign_in_page(
    State(site): State<Shared>,
    headers: axum::http::HeaderMap,
    LenientQuery(said): LenientQuery<NoticeQuery>,
) -> Response {
    let language = Language::of(&headers);
    let f = PageLayout::for_nobody_yet(&site, language, "/operator/sign-in").with(said.notice(language));
    Page(SignInPage { f }).into_response()
}

#[derive(Debug, Deserialize)]
struct Credentials {
    #[serde(default)]
    token: String,
}

async fn sign_in(State(site): State<Shared>, Form(given): Form<Credentials>) -> Result<Response, PageError> {
    let token = given.token.trim();
    let is_operator =
        site.app.keys.read_user(token, site.app.now()).is_ok_and(|token| token.role == Role::Operator);
    if !is_operator {
        return Ok(see_other("/operator/sign-in?said=token"));
    }
    let lasts = SignedDuration::from_secs(USER_TOKEN_SECONDS);
    // No link from anywhere else brings an operator in signed in.
    let cookie = cookies::set(cookies::OPERATOR, token.to_owned(), HOME, lasts).same_site(SameSite::Strict);
    Ok((AppendHeaders([(SET_COOKIE, cookie.to_string())]), see_other(HOME)).into_response())
}

async fn sign_out() -> Response {
    let cookie = cookies::expire(cookies::OPERATOR, HOME).to_string();
    (AppendHeaders([(SET_COOKIE, cookie)]), see_other("/operator/sign-in")).into_response()
}
