//! The page of the line: joining, waiting, the turn, and its end.

use std::sync::LazyLock;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use onsale_app::app::App;
use onsale_app::joining::JoinRequest;
use onsale_app::line_status::LineStatus;
use onsale_app::tokens::Ticket;
use onsale_booking::ids::UserId;
use onsale_booking::pass::{PassEnd, PassState};
use onsale_line::{Estimate, Phase};

use super::super::form::Form;
use super::super::format::{Times, countdown, fill, minutes};
use super::super::held::{self, SeenHold};
use super::super::language::Language;
use super::super::layout::PageLayout;
use super::super::notice::{NoticeCode, PendingNotice, see_other_with};
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::super::visitor::{Ahead, Visitor, ticket_cookie};
use super::super::words::Words;
use super::join_form::{JoinForm, new_stamp, register};
use super::place::{self, Place, Turn};
use super::refused;
use crate::numbers::number;
use crate::site::Shared;

/// The longest time between reloads of a page without a script; each reload is a sign of life.
const RELOAD_EVERY_MAX: Duration = Duration::from_secs(30);
/// The shortest time between reloads.
const RELOAD_EVERY_MIN: Duration = Duration::from_secs(3);

/// What the form for leaving says of somebody inside. Everybody else waits.
pub(super) const INSIDE: &str = "inside";

#[derive(Template)]
#[template(path = "fan/line_join.html")]
struct JoinPage<'a> {
    f: PageLayout<'a>,
    may_join: bool,
    is_stranger: bool,
    form_stamp: String,
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
    phase: &'static str,
    wait_text: String,
    poll_ms: u128,
    /// The script's sentences, as attributes.
    script_words: &'static str,
    reload_seconds: u64,
    reload_text: String,
}

/// The sentences that the script of the waiting page shows. They are longer than the rest of the page, so
/// each language is rendered once.
#[derive(Template)]
#[template(path = "fan/line_words.html")]
struct ScriptWords {
    w: &'static Words,
}

impl ScriptWords {
    fn of(language: Language) -> &'static str {
        static ENGLISH: LazyLock<String> = LazyLock::new(|| ScriptWords::rendered(Language::English));
        static KOREAN: LazyLock<String> = LazyLock::new(|| ScriptWords::rendered(Language::Korean));
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
    /// What the clock counts down to.
    turn: Turn,
    until_text: String,
    seconds: i64,
    countdown: String,
    seats_link: String,
    /// The place that the form for giving it up shows.
    number: u64,
    holds: Vec<ConcertHolds>,
    /// The same holds as the form sends them.
    seen: Vec<String>,
    note: String,
}

/// The seats that a fan holds for one concert.
struct ConcertHolds {
    concert: String,
    seats: String,
}

#[derive(Template)]
#[template(path = "fan/line_over.html")]
struct OverPage<'a> {
    f: PageLayout<'a>,
    title: &'static str,
    text: &'static str,
}

/// Whether the visitor may join, and whether they are a stranger, who has to enter a name.
pub(super) fn may_join(site: &Shared, visitor: &Visitor) -> (bool, bool) {
    let is_stranger = visitor.user(site).is_none();
    (site.app.config.open_signup || !is_stranger, is_stranger)
}

/// The page at `/line`.
pub(super) async fn page(
    State(site): State<Shared>,
    visitor: Visitor,
    notice: PendingNotice,
) -> Result<Response, PageError> {
    let language = visitor.language;
    let f = PageLayout::of(&site, &visitor, "/line").with_notice(notice.for_fans(&site, language));
    let Some(place) = place::find(&site, &visitor).await? else {
        let (may_join, is_stranger) = may_join(&site, &visitor);
        let form_stamp = new_stamp(&site);
        return Ok(Page(JoinPage { f, may_join, is_stranger, form_stamp }).into_response());
    };
    let cookie = AppendHeaders(place.cookie(&site));
    let Place { ticket, status, .. } = place;
    let page = match status {
        LineStatus::Waiting { ahead, estimate, poll_after } => {
            let ahead = Ahead::updated(visitor.ahead, ticket.number, ahead);
            let page = WaitingPage::new(&site, f, &ticket, ahead, estimate, poll_after);
            (AppendHeaders([(SET_COOKIE, ahead.cookie())]), Page(page)).into_response()
        }
        LineStatus::Admitted { until } => {
            let turn = Turn::of(&site, &ticket, until).await;
            Page(TurnPage::new(&site, f, &ticket, turn)).into_response()
        }
        LineStatus::Ended => {
            let (title, text) = end_words(&site.app, &ticket, f.w).await;
            Page(OverPage { f, title, text }).into_response()
        }
    };
    Ok((cookie, page).into_response())
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
        let (progress, phase) = (ahead.first - ahead.lowest, site.app.phase(ticket.sale));
        let reload_seconds = poll_after.clamp(RELOAD_EVERY_MIN, RELOAD_EVERY_MAX).as_secs();
        Self {
            title: match ahead.lowest {
                0 => w.line_title_zero.to_owned(),
                _ => fill(w.line_title, &[("n", &lowest)]),
            },
            number: ticket.number,
            number_text: number(ticket.number),
            ahead,
            ahead_text: lowest,
            ahead_word: match ahead.lowest {
                0 => w.ahead_zero,
                1 => w.ahead_one,
                _ => w.ahead,
            },
            progress: if ahead.first == 0 { 1 } else { progress },
            moved_text: match progress {
                // Nobody was ahead, so nothing can move.
                0 if ahead.first == 0 => String::new(),
                0 => w.moved_none.to_owned(),
                moved => fill(w.moved, &[("n", &number(moved))]),
            },
            phase: match phase {
                Phase::Lobby => "lobby",
                Phase::Open => "open",
                Phase::Paused => "paused",
                Phase::Over => "over",
            },
            wait_text: match phase {
                Phase::Lobby | Phase::Open | Phase::Over => wait_text(w, estimate),
                Phase::Paused => w.line_paused.to_owned(),
            },
            poll_ms: poll_after.as_millis(),
            script_words: ScriptWords::of(f.language),
            reload_seconds,
            reload_text: fill(w.reloads_itself, &[("n", &reload_seconds)]),
            f,
        }
    }
}

/// The expected wait. The page's script uses the same sentences.
fn wait_text(w: &Words, estimate: Option<Estimate>) -> String {
    let Some(estimate) = estimate else { return w.wait_unknown.to_owned() };
    if estimate.p90 < 60 {
        return w.wait_soon.to_owned();
    }
    let [low, n, high] = [estimate.p10, estimate.p50, estimate.p90].map(minutes);
    let sentence = match (low == high, n) {
        (true, 1) => w.wait_flat_one,
        (true, _) => w.wait_flat,
        (false, 1) => w.wait_one,
        (false, _) => w.wait,
    };
    fill(sentence, &[("n", &number(n)), ("low", &number(low)), ("high", &number(high))])
}

impl<'a> TurnPage<'a> {
    fn new(site: &Shared, f: PageLayout<'a>, ticket: &Ticket, turn: Turn) -> Self {
        let (times, now) = (Times::of(site, f.language), site.app.now());
        let seconds = turn.until.duration_since(now).as_secs().max(0);
        let maps = site.app.concerts();
        let (user, hold) = (UserId(ticket.user), site.app.config.policy.hold.as_secs().unsigned_abs());
        let (mut holds, mut seen) = (Vec::new(), Vec::new());
        for map in &maps {
            let snapshot = map.snapshot();
            let mine = snapshot.seats().iter().filter_map(|seat| Some((seat, seat.live_hold_of(user, now)?)));
            let mine: Vec<_> = mine.map(|(seat, hold)| (seat.key(), hold.deadline)).collect();
            seen.extend(mine.iter().map(held::written));
            holds.extend(ConcertHolds::of(&map.concert.name, &mine, f.w));
        }
        Self {
            turn,
            until_text: times.clock(turn.until),
            seconds,
            countdown: countdown(seconds),
            seats_link: match maps.as_slice() {
                [only] => format!("/sale/{}", only.concert.id),
                _ => "/".to_owned(),
            },
            number: ticket.number,
            holds,
            seen,
            note: fill(f.w.turn_note, &[("wait", &times.wait(hold))]),
            f,
        }
    }
}

impl ConcertHolds {
    fn of(concert: &str, holds: &[SeenHold], w: &'static Words) -> Option<Self> {
        let seats: Vec<_> = holds.iter().map(|(key, _)| key.seat_no.to_string()).collect();
        let sentence = if seats.len() == 1 { w.which_one } else { w.which };
        let seats = (!seats.is_empty()).then(|| fill(sentence, &[("seats", &seats.join(", "))]))?;
        Some(Self { concert: concert.to_owned(), seats })
    }
}

/// Title and text for an ended place, by the way in which it ended.
async fn end_words(app: &App, ticket: &Ticket, w: &'static Words) -> (&'static str, &'static str) {
    let pass = app.pass_of(ticket).await.unwrap_or_default();
    match pass.map(|pass| pass.state) {
        Some(PassState::Ended { cause: PassEnd::Paid, .. }) => (w.over_paid, w.over_paid_text),
        Some(PassState::Inside(_)) => (w.over_title, w.over_text),
        Some(PassState::Ended { cause: PassEnd::Left, .. }) | None => (w.over_left, w.over_left_text),
    }
}

/// Joins the line, or finds the visitor's place. A stranger is registered as a user first.
pub(super) async fn join(
    State(site): State<Shared>,
    visitor: Visitor,
    Form(form): Form<JoinForm>,
) -> Result<Response, PageError> {
    let mut cookies = Vec::new();
    let user = match visitor.user(&site) {
        Some(user) => user,
        None if !site.app.config.open_signup => return Ok(see_other("/line")),
        None => match register(&site, &visitor, form).await? {
            Ok(newcomer) => {
                cookies = newcomer.cookies;
                newcomer.user
            }
            Err(response) => return Ok(response),
        },
    };
    match site.app.join(JoinRequest::to_main(user)).await {
        Ok((ticket, _)) => cookies.push((SET_COOKIE, ticket_cookie(&site, &ticket))),
        Err(error) if cookies.is_empty() => return refused("/line", error),
        // The new user's cookie is set, so that the next attempt does not register another user.
        Err(_) => {
            return Ok((AppendHeaders(cookies), see_other_with("/line", &NoticeCode::new("unavailable")))
                .into_response());
        }
    }
    Ok((AppendHeaders(cookies), see_other("/line")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_minute_is_singular() {
        let w = Language::English.words();
        let text = |p10, p50, p90| wait_text(w, Some(Estimate { p10, p50, p90 }));
        assert_eq!(text(20, 60, 120), "about 1 minute (1 to 2)");
        assert_eq!(text(60, 60, 60), "about a minute");
        assert_eq!(text(60, 120, 240), "about 2 minutes (1 to 4)");
        assert_eq!(text(600, 600, 600), "about 10 minutes");
    }
}
