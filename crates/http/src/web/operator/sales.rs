//! All sales at a glance.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::super::layout::PageLayout;
use super::super::notice::PendingNotice;
use super::super::page::Page;
use super::super::page_error::PageError;
use super::super::sale::times_of;
use super::SignedIn;
use super::sale_facts::name_of;
use super::sale_phase::ShownPhase;
use super::steered::home_of;
use crate::numbers::number;
use crate::site::Shared;

#[derive(Template)]
#[template(path = "operator/sales.html")]
struct SalesPage<'a> {
    f: PageLayout<'a>,
    rows: Vec<Row>,
}

/// One sale.
struct Row {
    cockpit: String,
    name: String,
    class: &'static str,
    phase: &'static str,
    times: Vec<(&'static str, String)>,
    counts: [(&'static str, String); 3],
}

/// The page at `/operator/sales`.
pub(super) async fn page(
    State(site): State<Shared>,
    signed_in: SignedIn,
    notice: PendingNotice,
) -> Result<Response, PageError> {
    let f = PageLayout::for_operators(&site, signed_in.language, "/operator/sales");
    let f = f.with_notice(notice.for_operators(signed_in.language));
    let open = site.app.open_lines();
    let inside =
        |sale| open.iter().find(|(known, _)| *known == sale).map_or(0, |(_, line)| line.tallies().inside);
    let row = |view: &onsale_app::sales::SaleView| {
        let sale = view.sale.as_ref();
        let phase = ShownPhase::of(&site, sale);
        Row {
            cockpit: home_of(sale),
            name: name_of(f.s, sale),
            class: phase.class(),
            phase: phase.word(f.s),
            times: times_of(&site, &f, sale),
            counts: [
                (f.o.waiting, number(view.waiting)),
                (f.o.inside, number(inside(sale.id))),
                (f.s.seats_left, number(site.app.seats_of(sale.id).free as u64)),
            ],
        }
    };
    let rows = site.app.all_sales().await?.iter().map(row).collect();
    Ok(Page(SalesPage { f, rows }).into_response())
}
