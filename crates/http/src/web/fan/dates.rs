//! The first page: dates and concerts.

use askama::Template;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use onsale_app::line_status::LineStatus;
use onsale_booking::ids::SaleId;

use super::super::concert::ConcertCard;
use super::super::format::{Times, fill};
use super::super::layout::PageLayout;
use super::super::notice::PendingNotice;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sale_address::path_of;
use super::super::visitor::Visitor;
use super::here::Here;
use super::join_form::{Barrier, JoinCard, JoinForm};
use super::place::{self, Turn};
use super::sales::{self, SaleRow};
use crate::numbers::number;
use crate::site::Shared;

#[derive(Template)]
#[template(path = "fan/dates.html")]
pub(in crate::web) struct DatesPage<'a> {
    f: PageLayout<'a>,
    lede: String,
    place: Place,
    /// How to join, for somebody who has no place.
    join: Option<JoinCard>,
    /// The sales besides the main one.
    sales: Vec<SaleRow>,
    days: Vec<Day>,
}

/// The visitor's place, shown beside the dates.
enum Place {
    /// Not in line: how to join.
    Nowhere,
    /// Waiting: their number.
    Waiting { number: String },
    /// Inside: until when, and whether they may only pay.
    Inside { text: String, may_pay: bool },
}

/// A date with concerts.
struct Day {
    date: String,
    /// The figure, and what stands below it.
    figure: String,
    below: String,
    concerts: Vec<ConcertRow>,
}

/// A concert on its date.
struct ConcertRow {
    card: ConcertCard,
    /// Whether the visitor may choose seats of it.
    may_choose: bool,
    /// The pages and names of the sales besides the main one that sell it.
    sold_in: Vec<(String, String)>,
}

/// The page at `/`. As in the API, only people inside see how many seats are free.
pub(super) async fn page(
    State(site): State<Shared>,
    visitor: Visitor,
    notice: PendingNotice,
) -> Result<Response, PageError> {
    let language = visitor.language;
    let f = PageLayout::of(&site, &visitor, "/").with_notice(notice.for_fans(&site, language));
    let times = Times::of(&site, language);
    let here = Here::main(&site).await?;
    let found = place::find(&site, &visitor, here.sale.id).await?;
    let cookies = AppendHeaders(found.as_ref().map_or(Vec::new(), |found| found.cookies(&site, &visitor)));
    let elsewhere = place::elsewhere(&site, &visitor).await;
    let inside = inside(&site, found.iter().chain(&elsewhere)).await;
    let place = match found.map(|found| (found.ticket, found.status)) {
        Some((ticket, LineStatus::Waiting { .. })) => Place::Waiting { number: number(ticket.number) },
        Some((ticket, LineStatus::Admitted { until })) => {
            let Turn { may_choose, until } = Turn::of(&site, &ticket, until).await;
            let text = match (may_choose, until) {
                (true, Some(until)) => fill(f.w.choose_any, &[("time", &times.clock(until))]),
                (_, Some(_)) => f.w.choosing_over.to_owned(),
                (_, None) => f.w.over_nothing_held.to_owned(),
            };
            Place::Inside { text, may_pay: !may_choose && until.is_some() }
        }
        Some((_, LineStatus::Ended)) | None => Place::Nowhere,
    };
    let sales = sales::rows(&site, &f, &elsewhere);
    let days = days(&site, &f, &inside, &elsewhere);
    let hold = site.app.config.policy.hold.as_secs().unsigned_abs();
    let limit = site.app.config.policy.holds_per_user;
    let lede = if limit == 1 { f.w.dates_lede_one } else { f.w.dates_lede };
    let lede = fill(lede, &[("n", &limit), ("wait", &times.wait(hold))]);
    let join = match place {
        Place::Nowhere => {
            Some(JoinCard::of(&site, &f, &visitor, visitor.user(&site), &here, JoinForm::default()).await)
        }
        Place::Waiting { .. } | Place::Inside { .. } => None,
    };
    Ok((cookies, Page(DatesPage { f, lede, place, join, sales, days })).into_response())
}

/// A sale in which the visitor is inside.
struct Inside {
    sale: SaleId,
    may_choose: bool,
}

async fn inside(site: &Shared, places: impl Iterator<Item = &place::Place>) -> Vec<Inside> {
    let mut inside = Vec::new();
    for place in places {
        if let LineStatus::Admitted { until } = place.status {
            let may_choose = Turn::of(site, &place.ticket, until).await.may_choose;
            inside.push(Inside { sale: place.ticket.sale, may_choose });
        }
    }
    inside
}

/// The concerts of listed sales, and those of sales in which the visitor has a place.
fn days(site: &Shared, f: &PageLayout<'_>, inside: &[Inside], elsewhere: &[place::Place]) -> Vec<Day> {
    let (times, now) = (Times::of(site, f.language), site.app.now());
    let mut days = Vec::<Day>::new();
    for map in site.app.concerts() {
        let mut sellers = site.app.sellers_of(map.concert.id);
        let is_mine = |sale: SaleId| elsewhere.iter().any(|place| place.ticket.sale == sale);
        sellers.retain(|sale| sale.listed || is_mine(sale.id));
        if sellers.is_empty() {
            continue;
        }
        let on = times.on(map.concert.event_date);
        let date = times.date(on);
        let sells = |inside: &&Inside| sellers.iter().any(|sale| sale.id == inside.sale);
        let free = inside.iter().any(|inside| sells(&inside)).then(|| map.snapshot().available(now));
        let others = sellers.iter().filter(|sale| !sale.is_main);
        let row = ConcertRow {
            card: ConcertCard::sold_by(site, f, &map.concert, &sellers, free),
            may_choose: inside.iter().filter(sells).any(|inside| inside.may_choose),
            sold_in: others.map(|sale| (path_of(site, sale.id), sale.name.clone())).collect(),
        };
        match days.last_mut().filter(|day| day.date == date) {
            Some(day) => day.concerts.push(row),
            None => days.push(Day {
                figure: times.day(on),
                below: times.below_day(on),
                date,
                concerts: vec![row],
            }),
        }
    }
    days
}
