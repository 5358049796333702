//! The visitor's places in line: at most one in each sale.
//!
//! A browser keeps its tickets in cookies. The line itself knows people, so a user whose browser has no
//! ticket, or only that of a place that has ended, gets the ticket of the live place that they have: they
//! may have joined in another browser. This follows from the user token alone; a stranger's visit leads to
//! no place.

use axum::http::HeaderName;
use axum::response::Response;
use jiff::Timestamp;
use onsale_app::error::AppError;
use onsale_app::line_status::LineStatus;
use onsale_app::tokens::Ticket;
use onsale_booking::ids::{ConcertId, SaleId};

use super::super::held;
use super::super::notice::{NoticeCode, see_other_with};
use super::super::sale_address::path_of;
use super::super::visitor::Visitor;
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
    /// The cookies for a browser that did not have this ticket.
    pub(super) fn cookies(&self, site: &Shared, visitor: &Visitor) -> Vec<(HeaderName, String)> {
        if self.is_regained { visitor.ticket_cookies(site, &self.ticket) } else { Vec::new() }
    }
}

/// What is left of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// Whether they may still choose seats. Held seats make a turn longer, for paying only, and the end of
    /// the sale leaves only that, too.
    pub(super) may_choose: bool,
    /// Until when they may choose, or else pay for the first of their seats; `None` if they hold none.
    pub(super) until: Option<Timestamp>,
}

impl Turn {
    /// The turn of somebody who is inside until `lasts_until`. While the store does not answer, they may
    /// choose. After that only holds count: a pass may last longer than its sale.
    pub(super) async fn of(site: &Shared, ticket: &Ticket, lasts_until: Timestamp) -> Self {
        let (pass, now) = (site.app.pass_of(ticket).await.unwrap_or_default(), site.app.now());
        let session = pass.and_then(|pass| pass.session(now).ok());
        let admitted_until = session.map_or(lasts_until, |session| session.admitted_until);
        let closes_at = site.app.known(ticket.sale).and_then(|sale| sale.times.closes_at);
        let choose_until = closes_at.map_or(admitted_until, |closes_at| closes_at.min(admitted_until));
        let may_choose = choose_until > now;
        Self { may_choose, until: if may_choose { Some(choose_until) } else { first_deadline(site, ticket) } }
    }

    /// Whether they may do nothing any more: neither choose nor pay.
    pub(super) fn is_over(&self) -> bool {
        self.until.is_none()
    }
}

/// The first deadline of what somebody holds by this place, as far as the seat maps show it.
fn first_deadline(site: &Shared, ticket: &Ticket) -> Option<Timestamp> {
    let (pass, now) = (ticket.key(), site.app.now());
    let holds =
        site.app.concerts().into_iter().flat_map(|map| held::by_pass(map.snapshot().seats(), pass, now));
    holds.map(|(_, deadline)| deadline).min()
}

/// The ticket with which the visitor's forms act in a sale; `None` if they have no place there. One whose
/// pass has ended counts only if they have no live place.
pub(super) async fn ticket(
    site: &Shared,
    visitor: &Visitor,
    sale: SaleId,
) -> Result<Option<Ticket>, AppError> {
    let Some(kept) = kept_ticket(site, visitor, sale).await? else {
        return live_ticket(site, visitor, sale).await;
    };
    let pass = site.app.pass_of(&kept).await.unwrap_or_default();
    if pass.is_none_or(|pass| pass.session(site.app.now()).is_ok()) {
        return Ok(Some(kept));
    }
    match live_ticket(site, visitor, sale).await {
        Err(AppError::Unavailable) => Ok(Some(kept)),
        live => Ok(live?.or(Some(kept))),
    }
}

/// The visitor's place in a sale, if they have one. It counts as a poll; if that is too early, the status is
/// looked up. A place that has ended is found only by a browser that has its ticket.
pub(super) async fn find(site: &Shared, visitor: &Visitor, sale: SaleId) -> Result<Option<Place>, AppError> {
    let kept = match kept_ticket(site, visitor, sale).await? {
        Some(ticket) => place(site, ticket, false).await?,
        None => None,
    };
    if kept.as_ref().is_some_and(|kept| kept.status != LineStatus::Ended) {
        return Ok(kept);
    }
    let live = match live_ticket(site, visitor, sale).await {
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

/// The visitor's places in other sales than the main one, of which their browser has a ticket.
pub(super) async fn elsewhere(site: &Shared, visitor: &Visitor) -> Vec<Place> {
    let mut places = Vec::new();
    for ticket in visitor.other_tickets(site) {
        // A line that does not answer hides no other.
        places.extend(place(site, ticket, false).await.unwrap_or_default());
    }
    places
}

/// Where somebody may choose a concert's seats.
pub(super) enum Entrance {
    /// By this place, whose holder is inside, if they may still choose.
    Open(Place, Turn),
    /// Not yet, or not any more; the page of this sale says why.
    Shut(SaleId),
}

/// The place by which the visitor may choose seats of a concert: in the main sale if that sells it and they
/// may choose there, else in another sale that does. If they may choose by none, one that lets them pay.
pub(super) async fn entrance(
    site: &Shared,
    visitor: &Visitor,
    concert: ConcertId,
) -> Result<Entrance, AppError> {
    let main = site.app.main_sale();
    let sellers = site.app.sellers_of(concert);
    let has_ticket = |sale| visitor.ticket(site, sale).is_some();
    let (mut paying, mut waiting, mut over) = (None, None, None);
    // Of sales that the browser has no ticket of, only the main one is asked: there may be many.
    for sale in sellers.iter().map(|sale| sale.id).filter(|sale| *sale == main || has_ticket(*sale)) {
        let Some(place) = find(site, visitor, sale).await? else { continue };
        match place.status {
            LineStatus::Admitted { until } => {
                let turn = Turn::of(site, &place.ticket, until).await;
                if turn.may_choose {
                    return Ok(Entrance::Open(place, turn));
                }
                if turn.is_over() {
                    over = over.or(Some(sale));
                } else {
                    paying = paying.or(Some((place, turn)));
                }
            }
            LineStatus::Waiting { .. } => waiting = waiting.or(Some(sale)),
            LineStatus::Ended => {}
        }
    }
    if let Some((place, turn)) = paying {
        return Ok(Entrance::Open(place, turn));
    }
    // A stranger is led to no sale that is not public.
    let public = sellers.iter().find(|sale| sale.listed || has_ticket(sale.id));
    Ok(Entrance::Shut(waiting.or(over).or(public.map(|sale| sale.id)).unwrap_or(main)))
}

/// What answers a form of somebody who has no place: the page of the line, which says that nothing was done.
pub(super) fn missing(site: &Shared, visitor: &Visitor, sale: SaleId) -> Response {
    let code = if visitor.user(site).is_some() { "no_place" } else { "no_user" };
    see_other_with(&path_of(site, sale), &NoticeCode::new(code))
}

/// The ticket that the browser keeps, if it belongs to this line; a ticket of another line counts as none.
async fn kept_ticket(site: &Shared, visitor: &Visitor, sale: SaleId) -> Result<Option<Ticket>, AppError> {
    let Some(ticket) = visitor.ticket(site, sale) else { return Ok(None) };
    known(site.app.check_ticket(&ticket).await.map(|()| ticket))
}

/// The ticket of the live place of the browser's user.
async fn live_ticket(site: &Shared, visitor: &Visitor, sale: SaleId) -> Result<Option<Ticket>, AppError> {
    match visitor.user(site) {
        Some(user) => site.app.live_ticket(sale, user).await,
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
