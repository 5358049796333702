//! Who one is, and in which language.

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use jiff::SignedDuration;
use serde::Deserialize;

use super::super::form::{Form, LenientQuery};
use super::super::language::Language;
use super::super::layout::PageLayout;
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::super::visitor::Visitor;
use crate::cookies;
use crate::site::Shared;
use onsale_app::tokens::USER_TOKEN_SECONDS;

/// A choice of language lasts a year.
const CHOICE_LASTS: SignedDuration = SignedDuration::from_hours(365 * 24);

#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    lang: String,
    back: String,
}

/// Takes the choice down and goes back to where it was made.
pub(super) async fn choose_language(Form(choice): Form<Choice>) -> Response {
    let language = Language::named(&choice.lang).unwrap_or_default();
    let cookie = cookies::set(cookies::LANGUAGE, language.tag().to_owned(), "/", CHOICE_LASTS);
    let cookie = AppendHeaders([(SET_COOKIE, cookie.to_string())]);
    (cookie, see_other(own_path(&choice.back))).into_response()
}

/// A path of this site, or the first page: nobody is to be sent elsewhere by a form.
pub(super) fn own_path(path: &str) -> &str {
    let is_own = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_own { path } else { "/" }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Invitation {
    #[serde(default)]
    token: String,
}

#[derive(Template)]
#[template(path = "fan/enter.html")]
struct EnterPage<'a> {
    f: PageLayout<'a>,
    token: &'a str,
}

/// Where a personal link leads: who opens it must still press the button, so that no picture or prefetch
/// signs anybody in.
pub(super) async fn invitation(
    State(site): State<Shared>,
    visitor: Visitor,
    LenientQuery(Invitation { token }): LenientQuery<Invitation>,
) -> Response {
    if site.app.keys.read_user(&token, site.app.now()).is_err() {
        return see_other("/line?said=token");
    }
    Page(EnterPage { f: PageLayout::of(&site, visitor.language, "/enter"), token: &token }).into_response()
}

/// Becomes whoever a user token stands for.
pub(super) async fn enter(
    State(site): State<Shared>,
    Form(Invitation { token }): Form<Invitation>,
) -> Result<Response, PageError> {
    let token = token.trim();
    if site.app.keys.read_user(token, site.app.now()).is_err() {
        return Ok(see_other("/line?said=token"));
    }
    let lasts = SignedDuration::from_secs(USER_TOKEN_SECONDS);
    let cookies =
        [cookies::set(cookies::USER, token.to_owned(), "/", lasts), cookies::expire(cookies::TICKET, "/")];
    let cookies = cookies.map(|cookie| (SET_COOKIE, cookie.to_string()));
    Ok((AppendHeaders(cookies), see_other("/line")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_sends_nobody_elsewhere() {
        assert_eq!(own_path("/sale/7?block=2"), "/sale/7?block=2");
        for path in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "javascript:x",
            "/a b",
            "/\r\nx",
        ] {
            assert_eq!(own_path(path), "/", "{path}");
        }
    }
}
