//! The cockpit: the sale as it moves, and the dials, each with what it will do.

use std::convert::Infallible;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use onsale_line::{Capacity, Dials, Tallies};
use serde::Deserialize;

use super::super::door::{Page, Sorry};
use super::super::form::{Asked, Form};
use super::super::format::{Times, fill, minutes, number};
use super::super::frame::Frame;
use super::super::language::Language;
use super::super::see_other;
use super::super::words::OperatorWords;
use super::chart::{self, Chart, tidy};
use super::{HOME, Said, SignedIn};
use crate::api::error::ApiError;
use crate::api::line::turn_dials;
use crate::api::model::line::LinePatch;
use crate::api::stream;
use crate::app::{App, Shared};
use crate::pulse::Figures;

/// How wide the bar of seats is.
const BAR: usize = 6_000;

#[derive(Template)]
#[template(path = "operator/cockpit.html")]
struct CockpitPage<'a> {
    f: Frame<'a>,
    date: String,
    now: Figures,
    tiles: Vec<Tile>,
    capacity_now: String,
    parts: Vec<Part>,
    /// What the fields of the dials hold.
    capacity: u32,
    rate_per_minute: u32,
    effect: Option<Effect>,
    charts: Vec<Chart>,
}

/// One figure, with its name as the events spell it.
struct Tile {
    key: &'static str,
    name: &'static str,
    value: String,
    unit: Option<&'static str>,
}

/// A part of the bar of seats, in tenths of the picture's unit.
struct Part {
    key: &'static str,
    name: &'static str,
    count: String,
    x: String,
    width: String,
}

/// What turning dials would do, and the form that turns them: what is applied is what was shown.
struct Effect {
    now: String,
    to: String,
    note: Option<String>,
    fields: Vec<(&'static str, String)>,
    apply: String,
}

#[derive(Template)]
#[template(path = "operator/effect.html")]
struct EffectFragment {
    effect: Effect,
}

/// Dials as a form sends them; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Turned {
    capacity: Option<u32>,
    rate_per_minute: Option<u32>,
    paused: Option<bool>,
}

impl Turned {
    fn is_empty(&self) -> bool {
        self.capacity.is_none() && self.rate_per_minute.is_none() && self.paused.is_none()
    }

    fn on(&self, dials: Dials) -> Dials {
        Dials {
            capacity: self.capacity.and_then(Capacity::new).unwrap_or(dials.capacity),
            rate_per_minute: self.rate_per_minute.unwrap_or(dials.rate_per_minute),
            paused: self.paused.unwrap_or(dials.paused),
        }
    }
}

/// The page at `/operator`; with dials in its address, it shows what they would do.
pub(super) async fn page(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Asked(said): Asked<Said>,
    Asked(turned): Asked<Turned>,
) -> Response {
    let language = signed_in.language;
    let f = Frame::for_operators(&app, language, HOME).with(said.notice(language));
    let past = app.pulse.past();
    // Before the first beat there is nothing to show but the present.
    let beat = past.last().map_or_else(|| Figures::of(&app), |beat| Figures::clone(beat));
    // Whoever has just turned a dial sees it turned, and not as it stood at the last beat.
    let set = app.desk.dials();
    let now = Figures {
        capacity: set.capacity.get(),
        rate_per_minute: set.rate_per_minute,
        paused: set.paused,
        ..beat
    };
    let (o, times) = (f.o, Times::of(&app, language));
    let dials = turned.on(set);
    let page = CockpitPage {
        date: times.date(times.on(app.now())),
        tiles: tiles(&now, o),
        capacity_now: number(now.capacity),
        parts: parts(&now, &f),
        capacity: dials.capacity.get(),
        rate_per_minute: dials.rate_per_minute,
        effect: (!turned.is_empty()).then(|| Effect::of(&app, &turned, language)),
        charts: chart::all(&past, o),
        now,
        f,
    };
    Page(page).into_response()
}

fn tiles(now: &Figures, o: &'static OperatorWords) -> Vec<Tile> {
    let wait = match &now.wait {
        Some(wait) => fill(o.wait_minutes, &[("n", &number(minutes(wait.p50)))]),
        None => o.wait_unknown.to_owned(),
    };
    let tile = |key, name, value, unit| Tile { key, name, value, unit };
    vec![
        tile("waiting", o.waiting, number(now.waiting), None),
        tile("inside", o.inside, number(now.inside), Some(o.of)),
        tile("called", o.called, number(now.called), None),
        tile("admissionsPerMinute", o.admissions, number(now.admissions_per_minute), None),
        tile("wait", o.wait_now, wait, None),
        tile("answersPerSecond", o.answers, number(now.answers_per_second), None),
        tile("p99Ms", o.p99, tidy(now.p99_ms), Some("ms")),
        tile("errorsPerMinute", o.errors, number(now.errors_per_minute), None),
    ]
}

fn parts(now: &Figures, f: &Frame<'_>) -> Vec<Part> {
    let all = (now.free + now.held + now.sold).max(1);
    let mut x = 0;
    let counts = [("free", f.o.free, now.free), ("held", f.o.held, now.held), ("sold", f.o.sold, now.sold)];
    let part = |(key, name, count): (&'static str, &'static str, usize)| {
        let (from, width) = (x, count * BAR / all);
        x += width;
        let tenths = |value: usize| format!("{}.{}", value / 10, value % 10);
        Part { key, name, count: number(count as u64), x: tenths(from), width: tenths(width) }
    };
    counts.map(part).into()
}

impl Effect {
    fn of(app: &App, turned: &Turned, language: Language) -> Self {
        let (o, times) = (language.operator_words(), Times::of(app, language));
        let before = app.desk.dials();
        let after = turned.on(before);
        let now = match app.desk.forecast(before) {
            _ if before.paused => o.effect_now_paused.to_owned(),
            Some(wait) => fill(o.effect_now, &[("wait", &times.wait(wait.p50))]),
            None => o.effect_now_unknown.to_owned(),
        };
        let forecast = app.desk.forecast(after);
        let to = match forecast {
            _ if after.paused || after.capacity.get() == 0 => o.effect_to_nobody.to_owned(),
            Some(wait) => fill(o.effect_to, &[("wait", &times.wait(wait.p50))]),
            None => o.effect_to_unknown.to_owned(),
        };
        let Tallies { inside, waiting, .. } = app.desk.tallies();
        let more = u64::from(after.capacity.get().saturating_sub(before.capacity.get())).min(waiting);
        let note = match () {
            () if after.paused => None,
            () if u64::from(after.capacity.get()) < inside => Some(o.effect_evicts_nobody.to_owned()),
            () if more > 0 && after.rate_per_minute == 0 => {
                Some(fill(o.effect_more, &[("n", &number(more))]))
            }
            () => forecast.map(|_| o.effect_estimate.to_owned()),
        };
        let rate = number(after.rate_per_minute);
        let apply = match (turned.paused, after.rate_per_minute) {
            (Some(true), _) => o.apply_pause.to_owned(),
            (Some(false), _) => o.apply_resume.to_owned(),
            (None, 0) => fill(o.apply_unlimited, &[("capacity", &number(after.capacity.get()))]),
            (None, _) => fill(o.apply_dials, &[("capacity", &number(after.capacity.get())), ("rate", &rate)]),
        };
        let fields = [
            ("capacity", turned.capacity.map(|capacity| capacity.to_string())),
            ("ratePerMinute", turned.rate_per_minute.map(|rate| rate.to_string())),
            ("paused", turned.paused.map(|paused| paused.to_string())),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        Self { now, to, note, fields, apply }
    }
}

/// What dials would do, alone, for the page's script.
pub(super) async fn effect(
    State(app): State<Shared>,
    signed_in: SignedIn,
    Asked(turned): Asked<Turned>,
) -> Response {
    if turned.is_empty() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    Page(EffectFragment { effect: Effect::of(&app, &turned, signed_in.language) }).into_response()
}

/// Turns dials.
pub(super) async fn turn(
    State(app): State<Shared>,
    signed_in: SignedIn,
    turned: Result<Form<Turned>, Sorry>,
) -> Result<Response, Sorry> {
    let Ok(Form(turned)) = turned else { return Ok(see_other("/operator?said=dials_refused")) };
    let patch = LinePatch {
        capacity: turned.capacity,
        rate_per_minute: turned.rate_per_minute,
        paused: turned.paused,
    };
    match turn_dials(&app, patch, signed_in.user).await {
        Ok(_) => Ok(see_other("/operator?said=dials_turned")),
        Err(ApiError::Invalid { .. }) => Ok(see_other("/operator?said=dials_refused")),
        Err(ApiError::Unavailable) => Ok(see_other("/operator?said=unavailable")),
        Err(error) => Err(error.into()),
    }
}

/// Each second's figures, as events.
pub(super) async fn follow(
    State(app): State<Shared>,
    _: SignedIn,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let news = app.pulse.follow();
    let events = unfold((app, news), async |(app, mut news)| {
        tokio::select! {
            changed = news.changed() => changed.ok()?,
            () = app.stopping.cancelled() => return None,
        }
        let figures = news.borrow_and_update().clone()?;
        let event = Event::default().event("figures").json_data(&*figures).ok()?;
        Some((Ok(event), (app, news)))
    });
    stream::answer(events)
}
