//! The first page: dates and concerts.

use askama::Template;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use onsale_app::line_status::LineStatus;

use super::super::concert::ConcertCard;
use super::super::format::{Times, fill};
use super::super::layout::PageLayout;
use super::super::notice::PendingNotice;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::visitor::Visitor;
use super::place::{self, Turn};
use super::{join_form, line};
use crate::numbers::number;
use crate::site::Shared;

#[derive(Template)]
#[template(path = "fan/dates.html")]
pub(in crate::web) struct DatesPage<'a> {
    f: PageLayout<'a>,
    lede: String,
    place: Place,
    may_choose: bool,
    may_join: bool,
    is_stranger: bool,
    form_stamp: String,
    days: Vec<Day>,
}

/// The visitor's place, shown beside the dates.
enum Place {
    /// Not in line: how to join.
    Nowhere,
    /// Waiting: their number.
    Waiting { number: String },
    /// Inside: until when, and whether they may still choose.
    Inside { text: String, may_choose: bool },
}

/// A date with concerts.
struct Day {
    date: String,
    /// The figure, and what stands below it.
    figure: String,
    below: String,
    concerts: Vec<ConcertCard>,
}

/// The page at `/`. As in the API, only people inside see how many seats are free.
pub(super) async fn page(
    State(site): State<Shared>,
    visitor: Visitor,
    notice: PendingNotice,
) -> Result<Response, PageError> {
    let language = visitor.language;
    let f = PageLayout::of(&site, &visitor, "/").with_notice(notice.for_fans(&site, language));
    let (times, now) = (Times::of(&site, language), site.app.now());
    let found = place::find(&site, &visitor).await?;
    let cookie = AppendHeaders(found.as_ref().and_then(|found| found.cookie(&site)));
    let place = match found.map(|found| (found.ticket, found.status)) {
        Some((ticket, LineStatus::Waiting { .. })) => Place::Waiting { number: number(ticket.number) },
        Some((ticket, LineStatus::Admitted { until })) => {
            let Turn { may_choose, until } = Turn::of(&site, &ticket, until).await;
            let text = if may_choose { f.w.choose_any } else { f.w.choosing_over };
            Place::Inside { text: fill(text, &[("time", &times.clock(until))]), may_choose }
        }
        Some((_, LineStatus::Ended)) | None => Place::Nowhere,
    };
    let is_inside = matches!(place, Place::Inside { .. });
    let may_choose = matches!(place, Place::Inside { may_choose: true, .. });
    let mut days = Vec::<Day>::new();
    for map in site.app.concerts() {
        let on = times.on(map.concert.event_date);
        let date = times.date(on);
        let free = is_inside.then(|| map.snapshot().available(now));
        let card = ConcertCard::new(&site, &f, &map.concert, free);
        match days.last_mut().filter(|day| day.date == date) {
            Some(day) => day.concerts.push(card),
            None => days.push(Day {
                figure: times.day(on),
                below: times.below_day(on),
                date,
                concerts: vec![card],
            }),
        }
    }
    let hold = site.app.config.policy.hold.as_secs().unsigned_abs();
    let limit = site.app.config.policy.holds_per_user;
    let lede = if limit == 1 { f.w.dates_lede_one } else { f.w.dates_lede };
    let lede = fill(lede, &[("n", &limit), ("wait", &times.wait(hold))]);
    let is_nowhere = matches!(place, Place::Nowhere);
    let (may_join, is_stranger) = if is_nowhere { line::may_join(&site, &visitor) } else { (true, false) };
    let form_stamp = join_form::new_stamp(&site);
    let page = DatesPage { f, lede, place, may_choose, may_join, is_stranger, form_stamp, days };
    Ok((cookie, Page(page)).into_response())
}
