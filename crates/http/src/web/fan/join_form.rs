//! The form that joins the line, and what a stranger who sends it becomes.

use axum::http::HeaderName;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use onsale_app::tokens::{Purpose, Role};
use onsale_app::visits::{FORM_AGE_MAX, Registration};
use onsale_booking::ids::UserId;
use serde::Deserialize;
use uuid::Uuid;

use super::super::notice::{NoticeCode, see_other_with};
use super::super::page_error::PageError;
use super::super::recognition::user_cookie;
use super::super::visitor::Visitor;
use super::refused;
use crate::cookies;
use crate::error::HttpError;
use crate::site::{Shared, Site};

/// Where a form that is no longer taken leads: to a new one.
fn form_is_over() -> Response {
    see_other_with("/line", &NoticeCode::new("form_over"))
}

/// The form for joining; a stranger enters a name.
#[derive(Debug, Deserialize)]
pub(super) struct JoinForm {
    #[serde(default)]
    pub(super) name: String,
    /// The stamp of this copy of the form.
    #[serde(default)]
    form: String,
}

/// The stamp of a new copy of the form. Only the browser that gets the page knows it.
pub(super) fn new_stamp(site: &Site) -> String {
    site.app.keys.stamp(Purpose::JoinForm, Uuid::new_v4(), site.app.now())
}

/// A user who was registered, with the cookies that make the browser theirs.
pub(super) struct Newcomer {
    pub(super) user: UserId,
    pub(super) cookies: Vec<(HeaderName, String)>,
}

/// Registers a stranger, or says why not.
pub(super) async fn register(
    site: &Shared,
    visitor: &Visitor,
    form: JoinForm,
) -> Result<Result<Newcomer, Response>, PageError> {
    let sent = site.app.keys.read_stamp(Purpose::JoinForm, &form.form);
    let is_open = sent.is_some_and(|sent| sent.is_younger_than(FORM_AGE_MAX, site.app.now()));
    let (visit, sent) = match (visitor.visit(site), sent) {
        (Some(visit), Some(sent)) => (visit, sent),
        // The page of this form set the cookie.
        (None, Some(_)) if is_open => return Err(HttpError::CookiesRefused.into()),
        _ => return Ok(Err(form_is_over())),
    };
    let end_visit = (SET_COOKIE, cookies::expire(cookies::VISIT, "/").to_string());
    match site.app.register_visitor(&visit, &sent, form.name.trim().to_owned()).await {
        Ok(Registration::User(user)) => {
            let token = site.app.keys.sign_user(user.0, Role::User, site.app.now());
            Ok(Ok(Newcomer { user, cookies: vec![(SET_COOKIE, user_cookie(token)), end_visit] }))
        }
        Ok(Registration::Over) => Ok(Err((AppendHeaders([end_visit]), form_is_over()).into_response())),
        Err(error) => Ok(Err(refused("/line", error)?)),
    }
}
