//! The waiting page: joining, waiting, one's turn, and its end.

use std::sync::LazyLock;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use jiff::Timestamp;
use onsale_app::app::App;
use onsale_app::error::AppError;
use onsale_app::line_status::LineStatus;
use onsale_app::tokens::Ticket;
use onsale_booking::ids::UserId;
use onsale_booking::pass::{PassEnd, PassState};
use onsale_line::Estimate;
use serde::Deserialize;

use super::super::form::{Form, LenientQuery};
use super::super::format::{Times, countdown, fill, minutes};
use super::super::language::Language;
use super::super::layout::PageLayout;
use super::super::notice::NoticeQuery;
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::super::visitor::{Ahead, Visitor, ticket_cookie, user_cookie};
use super::super::words::Words;
use super::refused;
use crate::cookies;
use crate::numbers::number;
use crate::site::Shared;

/// A page without a script renews itself at least this often, which is also its sign of life.
const RENEWED_EVERY_MAX: Duration = Duration::from_secs(30);
/// And at most this often.
const RENEWED_EVERY_MIN: Duration = Duration::from_secs(3);

#[derive(Template)]
#[template(path = "fan/line_join.html")]
struct JoinPage<'a> {
    f: PageLayout<'a>,
    may_join: bool,
    is_stranger: bool,
}

#[derive(Template)]
#[template(path = "fan/line_waiting.html")]
struct WaitingPage<'a> {
    f: PageLayout<'a>,
    title: String,
    number: u64,
    number_text: String,
    ahead: Ahead,
    ahead_text: String,
    ahead_word: &'static str,
    progress: u64,
    moved_text: String,
    paused: bool,
    wait_text: String,
    poll_ms: u128,
    /// What the page's script says, as attributes.
    say: &'static str,
    renew_seconds: u64,
    renew_text: String,
}

/// The same for everybody who reads that language, and longer than all else on the page: rendered once.
#[derive(Template)]
#[template(path = "fan/line_say.html")]
struct LineSay {
    w: &'static Words,
}

impl LineSay {
    fn of(language: Language) -> &'static str {
        static ENGLISH: LazyLock<String> = LazyLock::new(|| LineSay::rendered(Language::English));
        static KOREAN: LazyLock<String> = LazyLock::new(|| LineSay::rendered(Language::Korean));
        match language {
            Language::English => &ENGLISH,
            Language::Korean => &KOREAN,
        }
    }

    fn rendered(language: Language) -> String {
        Self { w: language.words() }.render().unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "fan/line_turn.html")]
struct TurnPage<'a> {
    f: PageLayout<'a>,
    until: Timestamp,
    until_text: String,
    seconds: i64,
    countdown: String,
    seats_link: String,
    has_holds: bool,
    note: String,
}

#[derive(Template)]
#[template(path = "fan/line_over.html")]
struct OverPage<'a> {
    f: PageLayout<'a>,
    title: &'static str,
    text: &'static str,
}

/// The visitor's ticket, if it belongs to this line; a ticket of another line counts as none.
pub(super) async fn ticket(site: &Shared, visitor: &Visitor) -> Result<Option<Ticket>, AppError> {
    let Some(ticket) = visitor.ticket(site) else { return Ok(None) };
    match site.app.admission.check_ticket(&ticket).await {
        Ok(()) => Ok(Some(ticket)),
        Err(AppError::UnknownTicket) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where the visitor stands, if they have a place. It counts as a poll; one that is too early becomes a
/// lookup.
pub(super) async fn status(
    site: &Shared,
    visitor: &Visitor,
) -> Result<Option<(Ticket, LineStatus)>, AppError> {
    let Some(ticket) = ticket(site, visitor).await? else { return Ok(None) };
    let found = match site.app.admission.poll(&ticket).await {
        Err(AppError::TooEarly { .. }) => site.app.admission.status(&ticket).await,
        found => found,
    };
    match found {
        Ok(status) => Ok(Some((ticket, status))),
        Err(AppError::UnknownTicket) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the visitor may join as they are, and whether they have to give a name for it.
pub(super) fn may_join(site: &Shared, visitor: &Visitor) -> (bool, bool) {
    let is_stranger = visitor.user(site).is_none();
    (site.app.config.open_signup || !is_stranger, is_stranger)
}

/// The page at `/line`.
pub(super) async fn page(
    State(site): State<Shared>,
    visitor: Visitor,
    LenientQuery(said): LenientQuery<NoticeQuery>,
) -> Result<Response, PageError> {
    let language = visitor.language;
    let f = PageLayout::of(&site, language, "/line").with(said.notice(language));
    match status(&site, &visitor).await? {
        None => {
            let (may_join, is_stranger) = may_join(&site, &visitor);
            Ok(Page(JoinPage { f, may_join, is_stranger }).into_response())
        }
        Some((ticket, LineStatus::Waiting { ahead, estimate, poll_after })) => {
            let ahead = Ahead::seen(visitor.ahead, ticket.number, ahead);
            let page = WaitingPage::new(&site, f, &ticket, ahead, estimate, poll_after);
            Ok((AppendHeaders([(SET_COOKIE, ahead.cookie())]), Page(page)).into_response())
        }
        Some((ticket, LineStatus::Admitted { until })) => {
            Ok(Page(TurnPage::new(&site, f, &ticket, until)).into_response())
        }
        Some((ticket, LineStatus::Ended)) => {
            let (title, text) = how_it_ended(&site.app, &ticket, f.w).await;
            Ok(Page(OverPage { f, title, text }).into_response())
        }
    }
}

impl<'a> WaitingPage<'a> {
    fn new(
        site: &Shared,
        f: PageLayout<'a>,
        ticket: &Ticket,
        ahead: Ahead,
        estimate: Option<Estimate>,
        poll_after: Duration,
    ) -> Self {
        let (w, lowest) = (f.w, number(ahead.lowest));
        let (progress, paused) = (ahead.first - ahead.lowest, site.app.admission.dials().paused);
        let renew_seconds = poll_after.clamp(RENEWED_EVERY_MIN, RENEWED_EVERY_MAX).as_secs();
        Self {
            title: fill(w.line_title, &[("n", &lowest)]),
            number: ticket.number,
            number_text: number(ticket.number),
            ahead,
            ahead_text: lowest,
            ahead_word: if ahead.lowest == 1 { w.ahead_one } else { w.ahead },
            progress: if ahead.first == 0 { 1 } else { progress },
            moved_text: match progress {
                0 => w.moved_none.to_owned(),
                moved => fill(w.moved, &[("n", &number(moved))]),
            },
            paused,
            wait_text: if paused { w.line_paused.to_owned() } else { wait_text(w, estimate) },
            poll_ms: poll_after.as_millis(),
            say: LineSay::of(f.language),
            renew_seconds,
            renew_text: fill(w.renews_itself, &[("n", &renew_seconds)]),
            f,
        }
    }
}

/// The expected wait as the page's script says it, too.
fn wait_text(w: &Words, estimate: Option<Estimate>) -> String {
    let Some(estimate) = estimate else { return w.wait_unknown.to_owned() };
    if estimate.p90 < 60 {
        return w.wait_soon.to_owned();
    }
    let [low, n, high] = [estimate.p10, estimate.p50, estimate.p90].map(minutes);
    let sentence = match (low == high, n) {
        (true, 1) => w.wait_flat_one,
        (true, _) => w.wait_flat,
        (false, _) => w.wait,
    };
    fill(sentence, &[("n", &number(n)), ("low", &number(low)), ("high", &number(high))])
}

impl<'a> TurnPage<'a> {
    fn new(site: &Shared, f: PageLayout<'a>, ticket: &Ticket, until: Timestamp) -> Self {
        let (times, now) = (Times::of(site, f.language), site.app.now());
        let seconds = until.duration_since(now).as_secs().max(0);
        let maps = site.app.concerts();
        let (user, hold) = (UserId(ticket.user), site.app.config.policy.hold.as_secs().unsigned_abs());
        Self {
            until,
            until_text: times.clock(until),
            seconds,
            countdown: countdown(seconds),
            seats_link: match maps.as_slice() {
                [only] => format!("/sale/{}", only.concert.id),
                _ => "/".to_owned(),
            },
            has_holds: maps
                .iter()
                .any(|map| map.snapshot().seats().iter().any(|seat| seat.live_hold_of(user, now).is_some())),
            note: fill(f.w.turn_note, &[("wait", &times.wait(hold))]),
            f,
        }
    }
}

/// A place that ended with a payment gets words of its own.
async fn how_it_ended(app: &App, ticket: &Ticket, w: &'static Words) -> (&'static str, &'static str) {
    let pass = app.admission.pass_of(ticket).await.unwrap_or_default();
    match pass.map(|pass| pass.state) {
        Some(PassState::Ended { cause: PassEnd::Paid, .. }) => (w.over_paid, w.over_paid_text),
        _ => (w.over_title, w.over_text),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Joining {
    #[serde(default)]
    name: String,
}

/// Takes a visitor in at the end of the line, or finds their place. A stranger becomes somebody on this
/// occasion.
pub(super) async fn join(
    State(site): State<Shared>,
    visitor: Visitor,
    Form(joining): Form<Joining>,
) -> Result<Response, PageError> {
    let mut given = Vec::new();
    let user = match visitor.user(&site) {
        Some(user) => user,
        None if !site.app.config.open_signup => return Ok(see_other("/line")),
        None => match site.app.register(joining.name.trim().to_owned()).await {
            Ok(user) => {
                given.push((SET_COOKIE, user_cookie(&site, user.id.0)));
                user.id
            }
            Err(error) => return refused("/line", "", error),
        },
    };
    match site.app.admission.join(user).await {
        Ok((ticket, _)) => given.push((SET_COOKIE, ticket_cookie(&site, &ticket))),
        // Who they are is kept: the next try is not another stranger.
        Err(error) if given.is_empty() => return refused("/line", "", error),
        Err(_) => return Ok((AppendHeaders(given), see_other("/line?said=unavailable")).into_response()),
    }
    Ok((AppendHeaders(given), see_other("/line")).into_response())
}

/// Gives the place up.
pub(super) async fn leave(State(site): State<Shared>, visitor: Visitor) -> Result<Response, PageError> {
    if let Some(ticket) = ticket(&site, &visitor).await? {
        match site.app.admission.leave(&ticket).await {
            Ok(_) | Err(AppError::UnknownTicket | AppError::Refused(_)) => {}
            Err(error) => return refused("/line", "", error),
        }
    }
    let cookie = cookies::expire(cookies::TICKET, "/").to_string();
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), see_other("/?said=left")).into_response())
}
