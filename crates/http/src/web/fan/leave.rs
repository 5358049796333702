//! Leaving the line.

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use onsale_app::app::App;
use onsale_app::error::AppError;
use onsale_app::line_status::LineStatus;
use onsale_app::tokens::Ticket;
use onsale_booking::Refusal;
use onsale_booking::pass::{PassEnd, PassState};
use onsale_booking::seen::SeenPlace;
use serde::Deserialize;

use super::super::form::Form;
use super::super::held;
use super::super::layout::PageLayout;
use super::super::notice::{NoticeCode, see_other_with};
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::super::visitor::Visitor;
use super::line::INSIDE;
use super::place::{self, Place};
use super::refused;
use crate::cookies;
use crate::site::Shared;

/// Asks before a place is given up. The waiting page reloads without a script, too often to read the question
/// there.
#[derive(Template)]
#[template(path = "fan/line_leave.html")]
struct LeavePage<'a> {
    f: PageLayout<'a>,
    number: u64,
}

/// The page at `/line/leave`, for those who wait.
pub(super) async fn page(State(site): State<Shared>, visitor: Visitor) -> Result<Response, PageError> {
    let Some(place) = place::find(&site, &visitor).await? else { return Ok(see_other("/line")) };
    let cookie = AppendHeaders(place.cookie(&site));
    let Place { ticket, status: LineStatus::Waiting { .. }, .. } = place else {
        return Ok(see_other("/line"));
    };
    let page = LeavePage { f: PageLayout::of(&site, &visitor, "/line/leave"), number: ticket.number };
    Ok((cookie, Page(page)).into_response())
}

/// The form for leaving: the place and the holds that its page showed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LeaveForm {
    number: String,
    place: String,
    held: Vec<String>,
}

/// Leaves the place that the page showed.
pub(super) async fn leave(
    State(site): State<Shared>,
    visitor: Visitor,
    Form(form): Form<LeaveForm>,
) -> Result<Response, PageError> {
    if let Some(ticket) = place::ticket(&site, &visitor).await? {
        if form.number.parse() != Ok(ticket.number) {
            return Ok(see_other_with("/line", &NoticeCode::new("place_changed")));
        }
        let seen = SeenPlace { is_inside: form.place == INSIDE, holds: held::read_all(&form.held) };
        match site.app.leave(&ticket, Some(seen)).await {
            Ok(_) | Err(AppError::UnknownTicket) => {}
            // The form was sent twice.
            Err(AppError::Refused(Refusal::PassEnded)) if has_left(&site.app, &ticket).await => {}
            Err(error) => return refused("/line", error),
        }
    }
    let cookie = cookies::expire(cookies::TICKET, "/").to_string();
    let left = see_other_with("/", &NoticeCode::new("left"));
    Ok((AppendHeaders([(SET_COOKIE, cookie), (SET_COOKIE, held::forget_holds())]), left).into_response())
}

/// Whether a place ended because its holder left.
async fn has_left(app: &App, ticket: &Ticket) -> bool {
    let pass = app.pass_of(ticket).await.unwrap_or_default();
    pass.is_some_and(|pass| matches!(pass.state, PassState::Ended { cause: PassEnd::Left, .. }))
}
