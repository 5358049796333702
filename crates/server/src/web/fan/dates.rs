//! Dates and concerts.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::concert::ConcertCard;
use super::super::door::{Page, Sorry};
use super::super::form::Asked;
use super::super::format::{Times, fill, number};
use super::super::frame::Frame;
use super::super::notice::Said;
use super::super::visitor::Visitor;
use super::line;
use crate::app::Shared;
use crate::desk;

#[derive(Template)]
#[template(path = "fan/dates.html")]
pub(in crate::web) struct DatesPage<'a> {
    f: Frame<'a>,
    lede: String,
    standing: Standing,
    may_join: bool,
    is_stranger: bool,
    days: Vec<Day>,
}

/// What the visitor is told beside the dates.
enum Standing {
    /// How to join.
    Nowhere,
    /// Their number.
    Waiting { number: String },
    /// That they are inside.
    Inside { text: String },
}

/// A date with something on.
struct Day {
    date: String,
    of_month: i8,
    month: String,
    concerts: Vec<ConcertCard>,
}

/// What is on, day by day. How many seats are free is told to those inside: so it is in the API.
pub(super) async fn page(
    State(app): State<Shared>,
    visitor: Visitor,
    Asked(said): Asked<Said>,
) -> Result<Response, Sorry> {
    let language = visitor.language;
    let f = Frame::of(&app, language, "/").with(said.notice(language));
    let (times, now) = (Times::of(&app, language), app.now());
    let standing = match line::standing(&app, &visitor).await? {
        Some((ticket, desk::Standing::Waiting { .. })) => Standing::Waiting { number: number(ticket.number) },
        Some((_, desk::Standing::Admitted { until })) => {
            Standing::Inside { text: fill(f.w.choose_any, &[("time", &times.clock(until))]) }
        }
        Some((_, desk::Standing::Ended)) | None => Standing::Nowhere,
    };
    let is_inside = matches!(standing, Standing::Inside { .. });
    let mut days = Vec::<Day>::new();
    for map in app.store.maps.all() {
        let on = times.on(map.concert.event_date);
        let date = times.date(on);
        let free = is_inside.then(|| map.view().available(now));
        let card = ConcertCard::new(&app, &f, &map.concert, free);
        match days.last_mut().filter(|day| day.date == date) {
            Some(day) => day.concerts.push(card),
            None => days.push(Day { of_month: on.day(), month: times.month(on), date, concerts: vec![card] }),
        }
    }
    let hold = app.policy.hold.as_secs().unsigned_abs();
    let lede = fill(f.w.dates_lede, &[("n", &app.policy.holds_per_user), ("wait", &times.wait(hold))]);
    let is_nowhere = matches!(standing, Standing::Nowhere);
    let (may_join, is_stranger) = if is_nowhere { line::may_join(&app, &visitor) } else { (true, false) };
    Ok(Page(DatesPage { f, lede, standing, may_join, is_stranger, days }).into_response())
}
