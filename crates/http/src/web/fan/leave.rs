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
use super::super::visitor::{Visitor, forget_place};
use super::here::Here;
use super::place::{self, Place};
use super::refused;
use super::titles;
use super::turn::INSIDE;
use crate::site::Shared;

/// Asks before a place is given up. The waiting page reloads without a script, too often to read the question
/// there.
#[derive(Template)]
#[template(path = "fan/line_leave.html")]
struct LeavePage<'a> {
    f: PageLayout<'a>,
    title_end: String,
    path: &'a str,
    leave_path: &'a str,
    number: u64,
}

/// The page at `/line/leave`, for those who wait.
pub(super) async fn page(State(site): State<Shared>, visitor: Visitor) -> Result<Response, PageError> {
    ask(&site, &visitor, &Here::main(&site).await?).await
}

/// The page at `/sales/{id}/leave`.
pub(super) async fn page_of_sale(
    State(site): State<Shared>,
    here: Here,
    visitor: Visitor,
) -> Result<Response, PageError> {
    ask(&site, &visitor, &here).await
}

async fn ask(site: &Shared, visitor: &Visitor, here: &Here) -> Result<Response, PageError> {
    let Some(place) = place::find(site, visitor, here.sale.id).await? else {
        return Ok(see_other(&here.path));
    };
    let cookies = AppendHeaders(place.cookies(site, visitor));
    let Place { ticket, status: LineStatus::Waiting { .. }, .. } = place else {
        return Ok(see_other(&here.path));
    };
    let leave_path = here.leave_path();
    let f = PageLayout::of(site, visitor, &leave_path);
    let (title_end, number) = (titles::end(site, here), ticket.number);
    let page = LeavePage { f, title_end, path: &here.path, leave_path: &leave_path, number };
    Ok((cookies, Page(page)).into_response())
}

/// The form for leaving: the place and the holds that its page showed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LeaveForm {
    number: String,
    place: String,
    held: Vec<String>,
}

/// Leaves the place in the main sale that the page showed.
pub(super) async fn leave(
    State(site): State<Shared>,
    visitor: Visitor,
    Form(form): Form<LeaveForm>,
) -> Result<Response, PageError> {
    leave_line(&site, &visitor, &Here::main(&site).await?, &form).await
}

/// Leaves the place in a sale that the page showed.
pub(super) async fn leave_sale(
    State(site): State<Shared>,
    here: Here,
    visitor: Visitor,
    Form(form): Form<LeaveForm>,
) -> Result<Response, PageError> {
    leave_line(&site, &visitor, &here, &form).await
}

async fn leave_line(
    site: &Shared,
    visitor: &Visitor,
    here: &Here,
    form: &LeaveForm,
) -> Result<Response, PageError> {
    if let Some(ticket) = place::ticket(site, visitor, here.sale.id).await? {
        if form.number.parse() != Ok(ticket.number) {
            return Ok(see_other_with(&here.path, &NoticeCode::new("place_changed")));
        }
        let seen = SeenPlace { is_inside: form.place == INSIDE, holds: held::read_all(&form.held) };
        match site.app.leave(&ticket, Some(seen)).await {
            Ok(_) | Err(AppError::UnknownTicket) => {}
            // The form was sent twice.
            Err(AppError::Refused(Refusal::PassEnded)) if has_left(&site.app, &ticket).await => {}
            Err(error) => return refused(&here.path, error),
        }
    }
    let forgotten = forget_place(site, here.sale.id).into_iter().chain([(SET_COOKIE, held::forget_holds())]);
    // The first page is about the main sale.
    let page = if here.sale.is_main { "/" } else { here.path.as_str() };
    let left = see_other_with(page, &NoticeCode::new("left"));
    Ok((AppendHeaders(forgotten), left).into_response())
}

/// Whether a place ended because its holder left.
async fn has_left(app: &App, ticket: &Ticket) -> bool {
    let pass = app.pass_of(ticket).await.unwrap_or_default();
    pass.is_some_and(|pass| matches!(pass.state, PassState::Ended { cause: PassEnd::Left, .. }))
}
