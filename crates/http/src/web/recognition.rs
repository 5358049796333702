//! How pages recognise a browser again: they give a new one a visit, renew the cookie of a known fan, and
//! notice a browser that refuses cookies.

use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use jiff::SignedDuration;
use onsale_app::tokens::{Purpose, USER_TOKEN_SECONDS};
use onsale_app::visits::{FORM_AGE_MAX, VISIT_AGE_MAX};
use uuid::Uuid;

use super::page::HTML;
use crate::cookies;
use crate::site::Site;

/// How long a browser keeps the cookie of a visit: longer than the visit counts, so that somebody who sends
/// a form that was open for days is not taken for a browser that refuses cookies.
const VISIT_MAX_AGE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Adds to a page the cookie by which its browser is recognised next time. Only pages get one: assets may be
/// cached, and event streams are no visit.
///
/// Somebody who comes back within 30 days never loses their tickets, because their cookie is renewed. Queue
/// tokens are not: the line itself knows the person, so anybody who joins again finds their place.
pub(super) fn remember(site: &Site, asked: &HeaderMap, is_https: bool, response: &mut Response) {
    let is_page = response.headers().get(CONTENT_TYPE).is_some_and(|content_type| content_type == HTML);
    let cookie = if is_page { cookie(site, asked, is_https) } else { None };
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::try_from(cookie).ok()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

fn cookie(site: &Site, asked: &HeaderMap, is_https: bool) -> Option<String> {
    // A page refuses doubled cookies; a new one would not help.
    let user = cookies::find(asked, is_https, cookies::USER).ok()?;
    let (keys, now) = (&site.app.keys, site.app.now());
    if let Some(token) = user.filter(|token| keys.read_user(token, now).is_ok()) {
        return Some(user_cookie(keys.renew_user(token, now)?));
    }
    let visit = cookies::find(asked, is_https, cookies::VISIT).ok()?;
    let visit = visit.and_then(|text| keys.read_stamp(Purpose::Visit, text));
    // A form of this page outlives the visit that the page came with, unless that is renewed in time.
    let lasts = visit.is_some_and(|visit| visit.is_younger_than(VISIT_AGE_MAX - FORM_AGE_MAX, now));
    let stamp = (!lasts).then(|| keys.stamp(Purpose::Visit, Uuid::new_v4(), now))?;
    Some(cookies::set(cookies::VISIT, stamp, "/", VISIT_MAX_AGE).to_string())
}

/// The cookie that holds a user token.
pub(super) fn user_cookie(token: String) -> String {
    cookies::set(cookies::USER, token, "/", SignedDuration::from_secs(USER_TOKEN_SECONDS)).to_string()
}
