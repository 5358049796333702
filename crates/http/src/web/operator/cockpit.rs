//! The cockpit: live statistics, and the dials with the effect that a change will have.

use std::convert::Infallible;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use onsale_app::error::AppError;
use onsale_app::statistics::Sample;
use onsale_booking::Refusal;
use onsale_line::{Capacity, DialChanges, Dials, Tallies};
use serde::Deserialize;

use super::super::address::address_of;
use super::super::form::{Form, LenientQuery};
use super::super::format::{Times, fill};
use super::super::language::Language;
use super::super::layout::PageLayout;
use super::super::notice::{Notice, NoticeCode, PendingNotice, see_other_with};
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::words::OperatorWords;
use super::SignedIn;
use super::chart::{self, Chart};
use super::sale_facts::{SaleFacts, state_of};
use super::sample_event::SampleEvent;
use super::steered::Steered;
use super::tiles;
use crate::event_stream::{self, EventStream};
use crate::numbers::number;
use crate::site::{Shared, Site};

/// The width of the bar of seats, in tenths of the SVG's unit.
const BAR: usize = 6_000;

#[derive(Template)]
#[template(path = "operator/cockpit.html")]
struct CockpitPage<'a> {
    f: PageLayout<'a>,
    /// Where the cockpit is; what belongs to it is below.
    base: &'a str,
    /// What the page says of the sale.
    sale: SaleFacts,
    date: String,
    now: Sample,
    tiles: Vec<tiles::Tile>,
    capacity_now: String,
    parts: Vec<Part>,
    /// The values of the dials' fields.
    capacity_max: Capacity,
    capacity: String,
    rate_per_minute: String,
    effect: Option<Effect>,
    /// Why the fields' values have no effect to show.
    dials_refused: String,
    charts: Vec<Chart>,
    o: &'static OperatorWords,
}

#[derive(Template)]
#[template(path = "operator/charts.html")]
struct ChartsFragment {
    charts: Vec<Chart>,
    o: &'static OperatorWords,
}

#[derive(Template)]
#[template(path = "operator/sale_head.html")]
struct StateFragment<'a> {
    f: PageLayout<'a>,
    sale: SaleFacts,
    date: String,
}

/// A part of the bar of seats, with position and width in the SVG's unit.
struct Part {
    key: &'static str,
    name: &'static str,
    count: String,
    x: String,
    width: String,
}

/// The effect of a change to the dials, with a form that applies exactly this change.
struct Effect {
    now: String,
    to: String,
    note: Option<String>,
    /// Where the form is sent to.
    action: String,
    fields: Vec<(&'static str, String)>,
    apply: String,
    /// Whether the button that applies it gets the focus when the page is loaded.
    is_focused: bool,
}

#[derive(Template)]
#[template(path = "operator/effect.html")]
struct EffectFragment {
    effect: Effect,
}

/// Dials as a form sends them; a dial that is left out keeps its value. A form that sets them also says which
/// dials its page showed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DialForm {
    capacity: Option<u32>,
    rate_per_minute: Option<u32>,
    paused: Option<bool>,
    /// What is typed into the fields and not to be set now. The cockpit shows it again.
    typed_capacity: Option<String>,
    typed_rate_per_minute: Option<String>,
    seen_capacity: Option<u32>,
    seen_rate_per_minute: Option<u32>,
    seen_paused: Option<bool>,
}

impl DialForm {
    /// The dials that the form's page showed; `None` if it does not say.
    fn seen(&self) -> Option<Dials> {
        let capacity = Capacity::new(self.seen_capacity?)?;
        Some(Dials { capacity, rate_per_minute: self.seen_rate_per_minute?, paused: self.seen_paused? })
    }

    /// The changes; `None` for a capacity that is not allowed.
    fn changes(&self) -> Option<DialChanges> {
        let Self { capacity, rate_per_minute, paused, .. } = *self;
        let capacity = match capacity {
            Some(people) => Some(Capacity::new(people)?),
            None => None,
        };
        Some(DialChanges { capacity, rate_per_minute, paused })
    }

    /// The cockpit with this notice, with what was typed, and with the effect of a change.
    fn answer(&self, base: &str, code: &str, change: DialChanges) -> Response {
        let typed = [
            ("capacity", self.typed_capacity.clone()),
            ("ratePerMinute", self.typed_rate_per_minute.clone()),
        ];
        let typed = typed.into_iter().filter_map(|(name, text)| Some((name, text?)));
        let query: Vec<_> = change_fields(change).into_iter().chain(typed).collect();
        let query = serde_html_form::to_string(query).unwrap_or_default();
        let page = if query.is_empty() { base.to_owned() } else { format!("{base}?{query}") };
        see_other_with(&page, &NoticeCode::new(code))
    }
}

/// What the fields of the dials say, and whether the line is to be paused or resumed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DialQuery {
    capacity: Option<String>,
    rate_per_minute: Option<String>,
    paused: Option<bool>,
}

impl DialQuery {
    /// The changes whose effect is to be shown; `None` if a field has no value that is allowed. A pause does
    /// not wait for the fields: they keep what is typed, and it is not part of the change.
    fn changes(&self) -> Option<DialChanges> {
        if self.paused.is_some() {
            return Some(DialChanges { paused: self.paused, ..DialChanges::default() });
        }
        let number = |text: &Option<String>| text.as_ref().map(|text| text.trim().parse::<u32>()).transpose();
        let form = DialForm {
            capacity: number(&self.capacity).ok()?,
            rate_per_minute: number(&self.rate_per_minute).ok()?,
            ..DialForm::default()
        };
        form.changes()
    }

    /// Fields that carry what is typed and not part of the change.
    fn typed(&self, dials: Dials) -> impl Iterator<Item = (&'static str, String)> {
        let is_apart = self.paused.is_some();
        let fields = [
            ("typedCapacity", &self.capacity, dials.capacity.get()),
            ("typedRatePerMinute", &self.rate_per_minute, dials.rate_per_minute),
        ];
        let differs = move |(name, text, now): (_, &Option<String>, u32)| {
            let text = text.clone().filter(|text| is_apart && *text != now.to_string())?;
            Some((name, text))
        };
        fields.into_iter().filter_map(differs)
    }
}

/// The cockpit of a sale. With dials in its query, it shows their effect.
pub(super) async fn page(
    State(site): State<Shared>,
    signed_in: SignedIn,
    steered: Steered,
    notice: PendingNotice,
    LenientQuery(query): LenientQuery<DialQuery>,
    uri: Uri,
) -> Result<Response, PageError> {
    let language = signed_in.language;
    let changes = query.changes();
    let answer = notice.for_operators(language);
    let is_answer = answer.is_some();
    let refused = || Notice::for_operators("dials_refused", language).filter(|_| changes.is_none());
    let notice = answer.or_else(refused);
    let changes = changes.unwrap_or_default();
    let f = PageLayout::for_operators(&site, language, address_of(&uri)).with_notice(notice);
    let sale = steered.sale.id;
    // An operator who has just set a dial must see the new value.
    let (now, past) = (site.app.sample_of(sale).await?, site.app.past_of(sale));
    let (o, times) = (f.o, Times::of(&site, language));
    let effect = if changes.is_empty() {
        None
    } else {
        Some(Effect::of(&site, &steered, changes, &query, language).await?)
    };
    let page = CockpitPage {
        base: &steered.base,
        sale: SaleFacts::of(&site, &f, &steered.sale),
        date: times.date(times.on(site.app.now())),
        tiles: tiles::all(&now, !past.is_empty(), o),
        capacity_now: number(now.dials.capacity.get()),
        parts: parts(&now, &f),
        capacity_max: Capacity::MAX,
        capacity: query.capacity.unwrap_or_else(|| now.dials.capacity.to_string()),
        rate_per_minute: query.rate_per_minute.unwrap_or_else(|| now.dials.rate_per_minute.to_string()),
        effect: effect.map(|effect| Effect { is_focused: !is_answer, ..effect }),
        dials_refused: Notice::for_operators("dials_refused", language)
            .map_or_else(String::new, |it| it.text),
        charts: chart::all(&past, o),
        o,
        now,
        f,
    };
    Ok(Page(page).into_response())
}

fn parts(now: &Sample, f: &PageLayout<'_>) -> Vec<Part> {
    let all = (now.seats.free + now.seats.held + now.seats.sold).max(1);
    let mut x = 0;
    let counts = [
        ("free", f.o.free, now.seats.free),
        ("held", f.o.held, now.seats.held),
        ("sold", f.o.sold, now.seats.sold),
    ];
    let part = |(key, name, count): (&'static str, &'static str, usize)| {
        let (from, width) = (x, count * BAR / all);
        x += width;
        let tenths = |value: usize| format!("{}.{}", value / 10, value % 10);
        Part { key, name, count: number(count as u64), x: tenths(from), width: tenths(width) }
    };
    counts.map(part).into()
}

impl Effect {
    async fn of(
        site: &Site,
        steered: &Steered,
        changes: DialChanges,
        query: &DialQuery,
        language: Language,
    ) -> Result<Self, PageError> {
        let (o, times) = (language.operator_words(), Times::of(site, language));
        let line = site.app.line(steered.sale.id).await?;
        let before = line.dials();
        let after = changes.applied_to(before);
        let now = match line.forecast(before) {
            _ if before.paused => o.effect_now_paused.to_owned(),
            _ if before.calls_nobody() => o.effect_now_nobody.to_owned(),
            Some(wait) => fill(o.effect_now, &[("wait", &times.wait(wait.p50))]),
            None => o.effect_now_unknown.to_owned(),
        };
        let forecast = line.forecast(after);
        let to = match forecast {
            _ if after.calls_nobody() => o.effect_to_nobody.to_owned(),
            Some(wait) => fill(o.effect_to, &[("wait", &times.wait(wait.p50))]),
            None => o.effect_to_unknown.to_owned(),
        };
        let note = note(before, after, line.tallies(), forecast.is_some(), o);
        let rate = number(after.rate_per_minute);
        let apply = match (changes.paused, after.rate_per_minute) {
            (Some(true), _) => o.apply_pause.to_owned(),
            (Some(false), _) => o.apply_resume.to_owned(),
            (None, 0) => fill(o.apply_unlimited, &[("capacity", &number(after.capacity.get()))]),
            (None, _) => fill(o.apply_dials, &[("capacity", &number(after.capacity.get())), ("rate", &rate)]),
        };
        let mut fields = change_fields(changes);
        fields.extend([
            ("seenCapacity", before.capacity.to_string()),
            ("seenRatePerMinute", before.rate_per_minute.to_string()),
            ("seenPaused", before.paused.to_string()),
        ]);
        fields.extend(query.typed(before));
        let action = format!("{}/dials", steered.base);
        Ok(Self { now, to, note, action, fields, apply, is_focused: false })
    }
}

/// The fields of a form or a query with these changes.
fn change_fields(changes: DialChanges) -> Vec<(&'static str, String)> {
    let fields = [
        ("capacity", changes.capacity.map(|capacity| capacity.to_string())),
        ("ratePerMinute", changes.rate_per_minute.map(|rate| rate.to_string())),
        ("paused", changes.paused.map(|paused| paused.to_string())),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// What to know beside the wait. Only where a wait is shown is it called an estimate.
fn note(before: Dials, after: Dials, now: Tallies, is_estimated: bool, o: &OperatorWords) -> Option<String> {
    let (capacity, inside) = (u64::from(after.capacity.get()), now.inside);
    // Those above the old capacity are inside already.
    let more = capacity.saturating_sub(inside.max(before.capacity.get().into())).min(now.waiting);
    let at_once = match more {
        _ if after.paused => return None,
        _ if capacity < inside => return Some(o.effect_evicts_nobody.to_owned()),
        _ if after.rate_per_minute > 0 => None,
        0 => None,
        1 => Some(o.effect_more_one.to_owned()),
        _ => Some(fill(o.effect_more, &[("n", &number(more))])),
    };
    let estimate = is_estimated.then(|| o.effect_estimate.to_owned());
    let sentences: Vec<_> = at_once.into_iter().chain(estimate).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// The effect of a change as an HTML fragment, for the page's script.
pub(super) async fn effect(
    State(site): State<Shared>,
    signed_in: SignedIn,
    steered: Steered,
    LenientQuery(query): LenientQuery<DialQuery>,
) -> Result<Response, PageError> {
    let Some(changes) = query.changes().filter(|changes| !changes.is_empty()) else {
        return Ok(StatusCode::BAD_REQUEST.into_response());
    };
    let effect = Effect::of(&site, &steered, changes, &query, signed_in.language).await?;
    Ok(Page(EffectFragment { effect }).into_response())
}

/// The charts as an HTML fragment. The page's script reloads them every few seconds.
pub(super) async fn charts(State(site): State<Shared>, signed_in: SignedIn, steered: Steered) -> Response {
    let o = signed_in.language.operator_words();
    let charts = chart::all(&site.app.past_of(steered.sale.id), o);
    Page(ChartsFragment { charts, o }).into_response()
}

/// What the cockpit says of its sale, as an HTML fragment. The page's script reloads it when the sale has
/// changed.
pub(super) async fn state(State(site): State<Shared>, signed_in: SignedIn, steered: Steered) -> Response {
    let f = PageLayout::for_operators(&site, signed_in.language, &steered.base);
    let times = Times::of(&site, f.language);
    let (sale, date) = (SaleFacts::of(&site, &f, &steered.sale), times.date(times.on(site.app.now())));
    Page(StateFragment { f, sale, date }).into_response()
}

/// Sets dials, if they are still those that the page showed. If not, the page shows the effect of the same
/// change once more.
pub(super) async fn set_dials(
    State(site): State<Shared>,
    signed_in: SignedIn,
    steered: Steered,
    form: Result<Form<DialForm>, PageError>,
) -> Result<Response, PageError> {
    let form = form.ok().map(|Form(form)| form).unwrap_or_default();
    let (base, nothing) = (steered.base.as_str(), DialChanges::default());
    let Some(changes) = form.changes().filter(|changes| !changes.is_empty()) else {
        return Ok(form.answer(base, "dials_refused", nothing));
    };
    let set = match form.seen() {
        Some(seen) => site.app.set_dials(steered.sale.id, changes, Some(seen), signed_in.user).await,
        None => Err(Refusal::DialsChanged.into()),
    };
    match set {
        Err(AppError::Refused(Refusal::DialsChanged)) => Ok(form.answer(base, "dials_changed", changes)),
        Ok(()) => Ok(form.answer(base, "dials_set", nothing)),
        Err(AppError::Unavailable) => Ok(form.answer(base, "unavailable", nothing)),
        Err(error) => Err(error.into()),
    }
}

/// Streams the samples, one event per second.
pub(super) async fn follow(
    State(site): State<Shared>,
    _: SignedIn,
    steered: Steered,
) -> EventStream<impl Stream<Item = Result<Event, Infallible>>> {
    let (samples, sale) = (site.app.statistics.follow(), steered.sale.id);
    let events = unfold((site, samples, sale), async |(site, mut samples, sale)| {
        // All sales are sampled at the same moment.
        tokio::select! {
            changed = samples.changed() => changed.ok()?,
            () = site.app.stopping.cancelled() => return None,
        }
        let newest = samples.borrow_and_update().clone()?;
        let is_main = sale == site.app.main_sale();
        let sample = if is_main { Sample::clone(&newest) } else { site.app.sample_of(sale).await.ok()? };
        let state = site.app.known(sale).map(|sale| state_of(&site, &sale)).unwrap_or_default();
        let event = Event::default().event("sample").json_data(SampleEvent::of(&sample, state)).ok()?;
        Some((event, (site, samples, sale)))
    });
    event_stream::answer(events)
}
