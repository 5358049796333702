//! The page of a sale for one person: joining, waiting, the turn, and its end.

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use onsale_app::app::App;
use onsale_app::error::AppError;
use onsale_app::joining::JoinRequest;
use onsale_app::line_status::LineStatus;
use onsale_app::tokens::Ticket;
use onsale_booking::Refusal;
use onsale_booking::ids::UserId;
use onsale_booking::pass::{PassEnd, PassState};
use onsale_booking::sale::SalePhase;

use super::super::form::Form;
use super::super::format::Times;
use super::super::layout::PageLayout;
use super::super::notice::{Notice, NoticeCode, PendingNotice, see_other_with};
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::super::visitor::Visitor;
use super::here::Here;
use super::join_form::{Barrier, JoinCard, JoinForm, register};
use super::place::{self, Place, Turn};
use super::refused;
use super::sales::{self, SalePage, SaleRow};
use super::titles;
use super::turn::TurnPage;
use super::waiting::{Wait, WaitingPage};
use crate::site::Shared;

#[derive(Template)]
#[template(path = "fan/line_join.html")]
struct JoinPage<'a> {
    f: PageLayout<'a>,
    title_end: String,
    /// The sales in which the visitor has a place.
    places: Vec<SaleRow>,
    join: JoinCard,
}

#[derive(Template)]
#[template(path = "fan/line_over.html")]
struct OverPage<'a> {
    f: PageLayout<'a>,
    title_end: String,
    sale_name: Option<String>,
    title: &'static str,
    text: &'static str,
    /// Where one may join again; `None` once the sale is over.
    join_path: Option<&'a str>,
}

/// The page at `/line`, about the main sale.
pub(super) async fn page(
    State(site): State<Shared>,
    visitor: Visitor,
    notice: PendingNotice,
) -> Result<Response, PageError> {
    show(&site, &visitor, &notice, &Here::main(&site).await?).await
}

/// The page at `/sales/{id}`.
pub(super) async fn page_of_sale(
    State(site): State<Shared>,
    here: Here,
    visitor: Visitor,
    notice: PendingNotice,
) -> Result<Response, PageError> {
    show(&site, &visitor, &notice, &here).await
}

async fn show(
    site: &Shared,
    visitor: &Visitor,
    notice: &PendingNotice,
    here: &Here,
) -> Result<Response, PageError> {
    let f = PageLayout::of(site, visitor, &here.path).with_notice(notice.for_fans(site, visitor.language));
    let sale = here.sale.id;
    let Some(place) = place::find(site, visitor, sale).await? else {
        return Ok(join_page(site, visitor, visitor.user(site), f, here, JoinForm::default()).await);
    };
    let cookies = AppendHeaders(place.cookies(site, visitor));
    let Place { ticket, status, .. } = place;
    let page = match status {
        LineStatus::Waiting { ahead, place, phase, estimate, outlook, poll_after, .. } => {
            let wait = Wait { ahead, place, phase, estimate, outlook, poll_after };
            let page = WaitingPage::new(site, f, here, &ticket, visitor.ahead(site, sale), wait);
            let ahead = page.cookie().map(|cookie| (SET_COOKIE, cookie));
            (AppendHeaders(ahead), Page(page)).into_response()
        }
        LineStatus::Admitted { until } => {
            let turn = Turn::of(site, &ticket, until).await;
            Page(TurnPage::new(site, f, here, &ticket, turn)).into_response()
        }
        LineStatus::Ended => {
            let is_over = here.sale.phase(site.app.now()) == SalePhase::Over;
            let (title, text) = end_words(&site.app, &ticket, &f, is_over).await;
            let join_path = (!is_over).then_some(here.path.as_str());
            let title_end = titles::end(site, here);
            Page(OverPage { f, title_end, sale_name: here.name(), title, text, join_path }).into_response()
        }
    };
    Ok((cookies, page).into_response())
}

/// The page of somebody who has no place, with what they have typed into its form.
async fn join_page(
    site: &Shared,
    visitor: &Visitor,
    user: Option<UserId>,
    f: PageLayout<'_>,
    here: &Here,
    typed: JoinForm,
) -> Response {
    let join = JoinCard::of(site, &f, visitor, user, here, typed).await;
    if here.sale.is_main {
        let mut places = sales::rows(site, &f, &place::elsewhere(site, visitor).await);
        places.retain(|row| row.place.is_some());
        let title_end = titles::end(site, here);
        return Page(JoinPage { f, title_end, places, join }).into_response();
    }
    let title = titles::of_sale(site, here, f.s, &Times::of(site, f.language));
    Page(SalePage::new(site, f, here, title, join)).into_response()
}

/// Title and text for an ended place, by the way in which it ended.
async fn end_words(
    app: &App,
    ticket: &Ticket,
    f: &PageLayout<'_>,
    is_over: bool,
) -> (&'static str, &'static str) {
    let (w, pass) = (f.w, app.pass_of(ticket).await.unwrap_or_default());
    match pass.map(|pass| pass.state) {
        Some(PassState::Ended { cause: PassEnd::Paid, .. }) => (w.over_paid, w.over_paid_text),
        Some(PassState::Inside(_)) => (w.over_title, w.over_text),
        None if is_over => (f.s.over_waiting, f.s.over_waiting_text),
        Some(PassState::Ended { cause: PassEnd::Left, .. }) | None => (w.over_left, w.over_left_text),
    }
}

/// Joins the main sale's line, or finds the visitor's place there.
pub(super) async fn join(
    State(site): State<Shared>,
    visitor: Visitor,
    Form(form): Form<JoinForm>,
) -> Result<Response, PageError> {
    join_line(&site, &visitor, &Here::main(&site).await?, form).await
}

/// Joins a sale's line, or finds the visitor's place there.
pub(super) async fn join_sale(
    State(site): State<Shared>,
    here: Here,
    visitor: Visitor,
    Form(form): Form<JoinForm>,
) -> Result<Response, PageError> {
    join_line(&site, &visitor, &here, form).await
}

/// Joins a line. A stranger is registered as a user first.
async fn join_line(
    site: &Shared,
    visitor: &Visitor,
    here: &Here,
    form: JoinForm,
) -> Result<Response, PageError> {
    let mut cookies = Vec::new();
    let user = match visitor.user(site) {
        Some(user) => user,
        None if !site.app.config.open_signup => return Ok(see_other(&here.path)),
        None => match register(site, visitor, &here.path, &form).await? {
            Ok(newcomer) => {
                cookies = newcomer.cookies;
                newcomer.user
            }
            Err(response) => return Ok(response),
        },
    };
    let groups = visitor.groups(site);
    let code = Some(form.code.as_str()).filter(|code| !code.is_empty());
    let request = JoinRequest { user, groups: &groups, sale: Some(here.sale.id), code };
    let response = match site.app.join(request).await {
        Ok((ticket, _)) => {
            cookies.extend(visitor.ticket_cookies(site, &ticket));
            see_other(&here.path)
        }
        // A code is easily mistyped, so the form is shown again with it.
        Err(AppError::Refused(refusal @ (Refusal::CodeInvalid | Refusal::CodeUsedUp))) => {
            let mut f = PageLayout::of(site, visitor, &here.path);
            f.known_as = Some(site.names.of(&site.app, user).await);
            let notice = Notice::for_fans(refusal.code(), visitor.language);
            join_page(site, visitor, Some(user), f.with_notice(notice), here, form).await
        }
        Err(error) => refused_join(&here.path, error, !cookies.is_empty())?,
    };
    Ok((AppendHeaders(cookies), response).into_response())
}

/// What answers a join that was refused. A newcomer is registered by now, and their cookie must arrive.
fn refused_join(path: &str, error: AppError, is_newcomer: bool) -> Result<Response, PageError> {
    match error {
        AppError::Refused(Refusal::SaleNotOpen { .. }) => {
            Ok(see_other_with(path, &NoticeCode::new("join_early")))
        }
        AppError::Refused(Refusal::SaleClosed { .. }) => {
            Ok(see_other_with(path, &NoticeCode::new("join_over")))
        }
        error if is_newcomer => {
            let notice = NoticeCode::of(&error).unwrap_or(NoticeCode::new("unavailable"));
            Ok(see_other_with(path, &notice))
        }
        error => refused(path, error),
    }
}
