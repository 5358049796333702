//! The visitor's identity and language.

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use jiff::SignedDuration;
use serde::Deserialize;

use super::super::form::{Form, LenientQuery};
use super::super::language::Language;
use super::super::layout::PageLayout;
use super::super::notice::{NoticeCode, see_other_with};
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::super::visitor::Visitor;
use crate::cookies;
use crate::site::Shared;
use onsale_app::tokens::USER_TOKEN_SECONDS;

/// How long the language cookie is kept: a year.
const LANGUAGE_MAX_AGE: SignedDuration = SignedDuration::from_hours(365 * 24);

/// The form that changes the language.
#[derive(Debug, Deserialize)]
pub(super) struct LanguageForm {
    lang: String,
    back: String,
}

/// Stores the chosen language and returns to the page of the form.
pub(super) async fn choose_language(Form(form): Form<LanguageForm>) -> Response {
    let language = Language::from_tag(&form.lang).unwrap_or_default();
    let cookie = cookies::set(cookies::LANGUAGE, language.tag().to_owned(), "/", LANGUAGE_MAX_AGE);
    let cookie = AppendHeaders([(SET_COOKIE, cookie.to_string())]);
    (cookie, see_other(local_path(&form.back))).into_response()
}

/// The path if it is on this site, else that of the first page, so that no form redirects to another site.
fn local_path(path: &str) -> &str {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_local { path } else { "/" }
}

/// The user token of a personal link.
#[derive(Debug, Default, Deserialize)]
pub(super) struct EnterForm {
    #[serde(default)]
    token: String,
}

#[derive(Template)]
#[template(path = "fan/enter.html")]
struct EnterPage<'a> {
    f: PageLayout<'a>,
    token: &'a str,
}

/// The page of a personal link. Its button sends the token, so that an image or a prefetch cannot sign
/// anybody in.
pub(super) async fn enter_page(
    State(site): State<Shared>,
    visitor: Visitor,
    LenientQuery(EnterForm { token }): LenientQuery<EnterForm>,
) -> Response {
    if site.app.keys.read_user(&token, site.app.now()).is_err() {
        return see_other_with("/line", &NoticeCode::new("token"));
    }
    Page(EnterPage { f: PageLayout::of(&site, visitor.language, "/enter"), token: &token }).into_response()
}

/// Signs the visitor in as the user of a token.
pub(super) async fn enter(
    State(site): State<Shared>,
    Form(EnterForm { token }): Form<EnterForm>,
) -> Result<Response, PageError> {
    let token = token.trim();
    if site.app.keys.read_user(token, site.app.now()).is_err() {
        return Ok(see_other_with("/line", &NoticeCode::new("token")));
    }
    let max_age = SignedDuration::from_secs(USER_TOKEN_SECONDS);
    let cookies =
        [cookies::set(cookies::USER, token.to_owned(), "/", max_age), cookies::expire(cookies::TICKET, "/")];
    let cookies = cookies.map(|cookie| (SET_COOKIE, cookie.to_string()));
    Ok((AppendHeaders(cookies), see_other("/line")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_never_redirects_to_another_site() {
        assert_eq!(local_path("/sale/7?block=2"), "/sale/7?block=2");
        for path in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "javascript:x",
            "/a b",
            "/\r\nx",
        ] {
            assert_eq!(local_path(path), "/", "{path}");
        }
    }
}
