//! The visitor's language.

use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use jiff::SignedDuration;
use serde::Deserialize;

use super::super::form::Form;
use super::super::language::Language;
use super::super::page::see_other;
use crate::cookies;

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
    (cookie, see_other(&form.back)).into_response()
}
