//! The form that joins the line, and what a stranger who sends it becomes.

use axum::http::HeaderName;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use onsale_app::tokens::{Purpose, Role};
use onsale_app::visits::{FORM_AGE_MAX, Registration};
use onsale_booking::Refusal;
use onsale_booking::access::Access;
use onsale_booking::ids::UserId;
use onsale_booking::sale::Opening;
use serde::Deserialize;

use super::super::layout::PageLayout;
use super::super::notice::{NoticeCode, see_other_with};
use super::super::page_error::PageError;
use super::super::recognition::user_cookie;
use super::super::sale::{SaleCard, access_text, is_alone};
use super::super::visitor::Visitor;
use super::here::Here;
use super::refused;
use crate::cookies;
use crate::error::HttpError;
use crate::site::Shared;

/// Where a form that is no longer taken leads: to a new one.
fn form_is_over(page: &str) -> Response {
    see_other_with(page, &NoticeCode::new("form_over"))
}

/// The form for joining; a stranger enters a name, and some sales ask for an access code.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct JoinForm {
    name: String,
    /// The access code.
    pub(super) code: String,
    /// The stamp of this copy of the form.
    form: String,
}

/// The card with this form, or what to do instead of sending it.
pub(super) struct JoinCard {
    /// Where the form is sent to.
    pub(super) path: String,
    /// The main sale's name, if there are others to mistake it for. Pages of other sales name them.
    pub(super) main_name: Option<String>,
    pub(super) is_stranger: bool,
    pub(super) form_stamp: String,
    /// Whether the sale asks for an access code, which this person has not redeemed.
    pub(super) asks_code: bool,
    /// What was typed before.
    pub(super) code: String,
    /// In which order people are let in.
    pub(super) text: &'static str,
    /// Where the sale stands, for somebody who cannot join for that reason.
    pub(super) time_text: String,
    /// Why there is no form, if there is none.
    pub(super) barrier: Option<Barrier>,
}

/// Why somebody cannot join.
pub(super) enum Barrier {
    /// They first have to be somebody: sign-up is closed.
    Invitation,
    /// They are not a member of the group that this says.
    Group(String),
    /// The sale takes nobody now.
    Time,
}

impl JoinCard {
    /// For `user`, who may be known for a moment only; `None` is a stranger.
    pub(super) async fn of(
        site: &Shared,
        f: &PageLayout<'_>,
        visitor: &Visitor,
        user: Option<UserId>,
        here: &Here,
        typed: JoinForm,
    ) -> Self {
        let (sale, now) = (&here.sale, site.app.now());
        let barrier = match sale.check_join(&visitor.groups(site), now) {
            Err(Refusal::GroupRequired { .. }) => access_text(sale, f.s).map(Barrier::Group),
            Err(_) => Some(Barrier::Time),
            Ok(()) if user.is_none() && !site.app.config.open_signup => Some(Barrier::Invitation),
            Ok(()) => None,
        };
        let has_redeemed = match user.filter(|_| sale.access == Access::Code) {
            Some(user) => site.app.has_redeemed(sale.id, user).await.unwrap_or_default(),
            None => false,
        };
        Self {
            path: here.path.clone(),
            main_name: (sale.is_main && !is_alone(site, sale)).then(|| sale.name.clone()),
            is_stranger: user.is_none(),
            form_stamp: site.new_stamp(Purpose::JoinForm),
            asks_code: sale.access == Access::Code && !has_redeemed,
            code: typed.code,
            text: match (sale.draw(), &sale.opening) {
                (None, _) => f.w.join_text,
                (Some(_), Opening::Ahead) => f.s.join_draw_text,
                (Some(_), Opening::TailFixed { .. }) => f.s.join_late_text,
                (Some(_), Opening::Open { .. }) => f.s.join_behind_text,
            },
            time_text: match barrier {
                Some(Barrier::Time) => SaleCard::new(site, f, sale).state_text,
                _ => String::new(),
            },
            barrier,
        }
    }
}

/// A user who was registered, with the cookies that make the browser theirs.
pub(super) struct Newcomer {
    pub(super) user: UserId,
    pub(super) cookies: Vec<(HeaderName, String)>,
}

/// Registers a stranger who has sent the form of `page`, or says why not.
pub(super) async fn register(
    site: &Shared,
    visitor: &Visitor,
    page: &str,
    form: &JoinForm,
) -> Result<Result<Newcomer, Response>, PageError> {
    let sent = site.app.keys.read_stamp(Purpose::JoinForm, &form.form);
    let is_open = sent.is_some_and(|sent| sent.is_younger_than(FORM_AGE_MAX, site.app.now()));
    let (visit, sent) = match (visitor.visit(site), sent) {
        (Some(visit), Some(sent)) => (visit, sent),
        // The page of this form set the cookie.
        (None, Some(_)) if is_open => return Err(HttpError::CookiesRefused.into()),
        _ => return Ok(Err(form_is_over(page))),
    };
    let end_visit = (SET_COOKIE, cookies::expire(cookies::VISIT, "/").to_string());
    match site.app.register_visitor(&visit, &sent, form.name.trim().to_owned()).await {
        Ok(Registration::User(user)) => {
            let token = site.app.keys.sign_user(user.0, Role::User, site.app.now());
            Ok(Ok(Newcomer { user, cookies: vec![(SET_COOKIE, user_cookie(token)), end_visit] }))
        }
        Ok(Registration::Over) => Ok(Err((AppendHeaders([end_visit]), form_is_over(page)).into_response())),
        Err(error) => Ok(Err(refused(page, error)?)),
    }
}
