//! Signing out: the browser forgets who it is. Nothing of theirs is given up, and a code brings it back.

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use onsale_booking::ids::UserId;
use serde::Deserialize;

use super::super::form::Form;
use super::super::held;
use super::super::layout::PageLayout;
use super::super::notice::{NoticeCode, see_other_with};
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::super::visitor::Visitor;
use super::identity::facts;
use crate::cookies;
use crate::site::Shared;

/// The page that every page links to beside the visitor's name.
const PATH: &str = "/sign-out";

#[derive(Template)]
#[template(path = "fan/sign_out.html")]
struct SignOutPage<'a> {
    f: PageLayout<'a>,
    user: UserId,
    facts: Vec<String>,
}

/// The form: who its page said the browser is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SignOutForm {
    user: String,
}

/// The page at `/sign-out`, which asks.
pub(super) async fn page(State(site): State<Shared>, visitor: Visitor) -> Result<Response, PageError> {
    let Some(user) = visitor.user(&site) else { return Ok(see_other("/")) };
    // Signing out must work while the store does not answer: then nothing is said of what is theirs.
    let facts = facts(&site, visitor.language, user).await.unwrap_or_default();
    Ok(Page(SignOutPage { f: PageLayout::of(&site, &visitor, PATH), user, facts }).into_response())
}

/// Forgets the person whom the page named. If the browser is somebody else's by now, they are asked first.
pub(super) async fn sign_out(
    State(site): State<Shared>,
    visitor: Visitor,
    Form(form): Form<SignOutForm>,
) -> Response {
    if visitor.user(&site).is_some_and(|user| form.user != user.to_string()) {
        return see_other(PATH);
    }
    let forgotten = [cookies::expire(cookies::USER, "/").to_string(), held::forget_holds()];
    let forgotten = forgotten.into_iter().map(|cookie| (SET_COOKIE, cookie));
    let forgotten = AppendHeaders(forgotten.chain(visitor.forget_places(&site)));
    (forgotten, see_other_with("/", &NoticeCode::new("signed_out"))).into_response()
}
