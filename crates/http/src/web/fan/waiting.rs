//! The page of somebody who waits: in the lobby of a sale, or in line.

use std::sync::LazyLock;
use std::time::Duration;

use askama::Template;
use onsale_app::tokens::Ticket;
use onsale_booking::sale::{Draw, Opening};
use onsale_line::{Estimate, Outlook, Phase};

use super::super::format::{Times, countdown, fill, minutes};
use super::super::language::Language;
use super::super::layout::PageLayout;
use super::super::sale_address::query_of;
use super::super::visitor::Ahead;
use super::super::words::{SaleWords, Words};
use super::here::{FairnessLink, Here};
use super::titles;
use crate::numbers::number;
use crate::problem::whole_seconds;
use crate::site::Shared;

/// The longest time between reloads of a page without a script; each reload is a sign of life.
const RELOAD_EVERY_MAX: Duration = Duration::from_secs(30);
/// The shortest time between reloads.
const RELOAD_EVERY_MIN: Duration = Duration::from_secs(3);
/// A clock counts the last day before an opening; before that the time left is in words.
const CLOCK_SECONDS_MAX: u64 = 24 * 3_600;

#[derive(Template)]
#[template(path = "fan/line_waiting.html")]
pub(super) struct WaitingPage<'a> {
    f: PageLayout<'a>,
    title: String,
    /// What follows in the title, whatever the script writes before it.
    title_end: String,
    sale_name: Option<String>,
    path: &'a str,
    leave_path: String,
    fairness: Option<FairnessLink>,
    /// Whether a draw still needs a public value, for which it waits at the opening.
    needs_beacon: bool,
    /// The query by which the script asks about this sale.
    query: String,
    number: u64,
    number_text: String,
    /// Where a drawn number has come; empty by arrival.
    place_text: String,
    /// What is shown before the opening.
    lobby: Option<Lobby>,
    ahead: Option<Ahead>,
    /// The name of the cookie that keeps `ahead`.
    ahead_cookie: String,
    ahead_text: String,
    /// Whether nobody is ahead.
    is_next: bool,
    ahead_word: &'static str,
    /// Where the progress bar ends.
    first: u64,
    progress: u64,
    moved_text: String,
    phase: &'static str,
    wait_text: String,
    outlook_text: &'static str,
    poll_ms: u128,
    /// The script's sentences, as attributes.
    script_words: &'static str,
    reload_seconds: u64,
    reload_text: String,
}

/// What a page in a lobby waits for.
struct Lobby {
    opens_at: jiff::Timestamp,
    /// The time left until the opening; `None` while a draw awaits its beacon, which nobody can time.
    left: Option<Left>,
    text: String,
    order_text: &'static str,
}

/// The time left until the opening.
struct Left {
    seconds: u64,
    /// Whether it is short enough for a clock.
    has_clock: bool,
    text: String,
}

/// What the line says of somebody who waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait {
    /// How many people come before them; `None` in the lobby of a draw.
    pub(super) ahead: Option<u64>,
    /// Where their number has come; `None` in the lobby of a draw.
    pub(super) place: Option<u64>,
    pub(super) phase: Phase,
    pub(super) estimate: Option<Estimate>,
    pub(super) outlook: Option<Outlook>,
    pub(super) poll_after: Duration,
}

/// The sentences that the script of the waiting page shows. They are longer than the rest of the page, so
/// each language is rendered once.
#[derive(Template)]
#[template(path = "fan/line_words.html")]
struct ScriptWords {
    w: &'static Words,
    s: &'static SaleWords,
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
        Self { w: language.words(), s: language.sale_words() }.render().unwrap_or_default()
    }
}

impl<'a> WaitingPage<'a> {
    /// `before` is what the browser keeps of the progress so far.
    pub(super) fn new(
        site: &Shared,
        f: PageLayout<'a>,
        here: &'a Here,
        ticket: &Ticket,
        before: Option<Ahead>,
        wait: Wait,
    ) -> Self {
        let (w, phase) = (f.w, wait.phase);
        let lobby = (phase == Phase::Lobby).then(|| Lobby::of(site, &f, here, ticket)).flatten();
        let ahead = wait.ahead.filter(|_| lobby.is_none());
        let ahead = ahead.map(|ahead| Ahead::updated(before, ticket.number, ahead));
        let (first, lowest) = ahead.map_or((0, 0), |ahead| (ahead.first, ahead.lowest));
        let (progress, lowest_text) = (first - lowest, number(lowest));
        let reload_seconds = reload_seconds(wait.poll_after, lobby.as_ref());
        Self {
            title: match (lowest, &lobby) {
                (_, Some(_)) => f.s.lobby_title.to_owned(),
                (0, _) => w.line_title_zero.to_owned(),
                _ => fill(w.line_title, &[("n", &lowest_text)]),
            },
            title_end: titles::end(site, here),
            sale_name: here.name(),
            path: &here.path,
            leave_path: here.leave_path(),
            fairness: here.fairness_link(f.s),
            needs_beacon: here.sale.draw().is_some_and(Draw::awaits_beacon),
            query: query_of(site, ticket.sale),
            number: ticket.number,
            number_text: number(ticket.number),
            place_text: match wait.place.filter(|_| here.sale.draw().is_some() && lobby.is_none()) {
                Some(place) => fill(f.s.drawn_place, &[("n", &number(place))]),
                None => String::new(),
            },
            ahead_word: match lowest {
                0 => w.ahead_zero,
                1 => w.ahead_one,
                _ => w.ahead,
            },
            ahead_text: lowest_text,
            is_next: ahead.is_some() && lowest == 0,
            ahead_cookie: Ahead::cookie_name(site, ticket.sale),
            first: first.max(1),
            progress: if first == 0 { 1 } else { progress },
            moved_text: match progress {
                // Nobody was ahead, so nothing can move.
                0 if first == 0 => String::new(),
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
                Phase::Lobby | Phase::Open | Phase::Over => wait_text(w, wait.estimate),
                Phase::Paused => w.line_paused.to_owned(),
            },
            outlook_text: outlook_text(f.s, wait.outlook),
            poll_ms: wait.poll_after.as_millis(),
            script_words: ScriptWords::of(f.language),
            reload_seconds,
            reload_text: fill(w.reloads_itself, &[("n", &reload_seconds)]),
            ahead,
            lobby,
            f,
        }
    }

    /// The cookie that keeps the progress; none in a lobby.
    pub(super) fn cookie(&self) -> Option<String> {
        self.ahead.map(|ahead| ahead.cookie(&self.ahead_cookie, self.path))
    }
}

impl Lobby {
    fn of(site: &Shared, f: &PageLayout<'_>, here: &Here, ticket: &Ticket) -> Option<Self> {
        let (times, now) = (Times::of(site, f.language), site.app.now());
        let opens_at = here.sale.times.opens_at?;
        if let Opening::TailFixed { lobby_tail, .. } = here.sale.opening {
            let takes_part = ticket.number <= lobby_tail;
            return Some(Self {
                opens_at,
                left: None,
                text: f.s.beacon_awaited.to_owned(),
                order_text: if takes_part { f.s.beacon_drawn_text } else { f.s.beacon_behind_text },
            });
        }
        let seconds =
            whole_seconds(opens_at.duration_since(now).max(jiff::SignedDuration::ZERO).unsigned_abs());
        let has_clock = seconds < CLOCK_SECONDS_MAX;
        Some(Self {
            opens_at,
            left: Some(Left {
                seconds,
                has_clock,
                text: if has_clock { countdown(seconds.cast_signed()) } else { times.wait(seconds) },
            }),
            text: fill(f.s.opens_at, &[("time", &times.moment(opens_at))]),
            order_text: if here.sale.draw().is_some() { f.s.lobby_draw_text } else { f.s.lobby_arrival_text },
        })
    }
}

/// When a page without a script loads again: when the next poll is due, and soon after the opening.
fn reload_seconds(poll_after: Duration, lobby: Option<&Lobby>) -> u64 {
    let next = match lobby.map(|lobby| &lobby.left) {
        None => poll_after,
        Some(None) => RELOAD_EVERY_MAX,
        Some(Some(left)) => Duration::from_secs(left.seconds + 1),
    };
    next.clamp(RELOAD_EVERY_MIN, RELOAD_EVERY_MAX).as_secs()
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

/// Whether seats will be left. The page's script uses the same sentences.
fn outlook_text(s: &'static SaleWords, outlook: Option<Outlook>) -> &'static str {
    match outlook {
        None => "",
        Some(Outlook::Likely) => s.outlook_likely,
        Some(Outlook::Uncertain) => s.outlook_uncertain,
        Some(Outlook::Unlikely) => s.outlook_unlikely,
        Some(Outlook::SoldOut) => s.outlook_sold_out,
    }
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
