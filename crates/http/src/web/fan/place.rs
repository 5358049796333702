//! The visitor's place in line.
//!
//! A browser keeps its ticket in a cookie. The line itself knows people, so a user whose browser has no
//! ticket, or only that of a place that has ended, gets the ticket of the live place that they have: they
//! may have joined in another browser. This follows from the user token alone; a stranger's visit leads to
//! no place.

use axum::http::HeaderName;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use jiff::Timestamp;
use onsale_app::error::AppError;
use onsale_app::line_status::LineStatus;
use onsale_app::tokens::Ticket;

use super::super::notice::{NoticeCode, see_other_with};
use super::super::visitor::{Visitor, ticket_cookie};
use crate::site::Shared;

/// Where a visitor stands in line.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) ticket: Ticket,
    pub(super) status: LineStatus,
    /// Whether the browser did not have this ticket.
    is_regained: bool,
}

impl Place {
    /// The cookie for a browser that did not have this ticket.
    pub(super) fn cookie(&self, site: &Shared) -> Option<(HeaderName, String)> {
        self.is_regained.then(|| (SET_COOKIE, ticket_cookie(site, &self.ticket)))
    }
}

/// What is left of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// Whether they may still choose seats. Held seats make a turn longer, for paying only.
    pub(super) may_choose: bool,
    /// Until when they may choose, or only pay.
    pub(super) until: Timestamp,
}

impl Turn {
    /// The turn of somebody who is inside until `lasts_until`. While the store does not answer, they may
    /// choose.
    pub(super) async fn of(site: &Shared, ticket: &Ticket, lasts_until: Timestamp) -> Self {
        let (pass, now) = (site.app.pass_of(ticket).await.unwrap_or_default(), site.app.now());
        let choose_until = pass.and_then(|pass| pass.session(now).ok()).map(|it| it.admitted_until);
        match choose_until {
            Some(until) if until > now => Self { may_choose: true, until },
            Some(_) => Self { may_choose: false, until: lasts_until },
            None => Self { may_choose: true, until: lasts_until },
        }
    }
}

/// The ticket with which the visitor's forms act; `None` if they have no place.
pub(super) async fn ticket(site: &Shared, visitor: &Visitor) -> Result<Option<Ticket>, AppError> {
    match kept_ticket(site, visitor).await? {
        Some(ticket) => Ok(Some(ticket)),
        None => live_ticket(site, visitor).await,
    }
}

/// The visitor's place, if they have one. It counts as a poll; if that is too early, the status is looked up.
/// A place that has ended is found only by a browser that has its ticket.
pub(super) async fn find(site: &Shared, visitor: &Visitor) -> Result<Option<Place>, AppError> {
    let kept = match kept_ticket(site, visitor).await? {
        Some(ticket) => place(site, ticket, false).await?,
        None => None,
    };
    if kept.as_ref().is_some_and(|kept| kept.status != LineStatus::Ended) {
        return Ok(kept);
    }
    let live = match live_ticket(site, visitor).await {
        // What the browser's own ticket says needs no line.
        Err(AppError::Unavailable) if kept.is_some() => return Ok(kept),
        live => live?,
    };
    let is_another = |live: &Ticket| kept.as_ref().is_none_or(|kept| kept.ticket.key() != live.key());
    let regained = match live.filter(is_another) {
        Some(ticket) => place(site, ticket, true).await?,
        None => None,
    };
    Ok(regained.or(kept))
}

/// What answers a form of somebody who has no place: the page of the line, which says that nothing was done.
pub(super) fn missing(site: &Shared, visitor: &Visitor) -> Response {
    let code = if visitor.user(site).is_some() { "no_place" } else { "no_user" };
    see_other_with("/line", &NoticeCode::new(code))
}

/// The ticket that the browser keeps, if it belongs to this line; a ticket of another line counts as none.
async fn kept_ticket(site: &Shared, visitor: &Visitor) -> Result<Option<Ticket>, AppError> {
    let Some(ticket) = visitor.ticket(site) else { return Ok(None) };
    known(site.app.check_ticket(&ticket).await.map(|()| ticket))
}

/// The ticket of the live place of the browser's user.
async fn live_ticket(site: &Shared, visitor: &Visitor) -> Result<Option<Ticket>, AppError> {
    match visitor.user(site) {
        Some(user) => site.app.live_ticket(site.app.main_sale(), user).await,
        None => Ok(None),
    }
}

async fn place(site: &Shared, ticket: Ticket, is_regained: bool) -> Result<Option<Place>, AppError> {
    let status = match site.app.poll(&ticket).await {
        Err(AppError::TooEarly { .. }) => site.app.status(&ticket).await,
        status => status,
    };
    let with = |status| {
        // So that no instance answers this ticket from an older view.
        let admitted = ticket.admitted || matches!(status, LineStatus::Admitted { .. });
        Place { ticket: Ticket { admitted, ..ticket }, status, is_regained }
    };
    known(status.map(with))
}

/// `None` for a ticket that the line does not know.
fn known<T>(found: Result<T, AppError>) -> Result<Option<T>, AppError> {
    match found {
        Err(AppError::UnknownTicket) => Ok(None),
        found => found.map(Some),
    }
}
