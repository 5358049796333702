//! The sales of a rehearsal in words.

use super::SaleReport;
use super::words::{clock, counted, duration, grouped};
use crate::history::sale::Order;

/// How a sale went, in a sentence.
pub(super) fn course(sale: &SaleReport) -> String {
    let mut parts = vec![match (sale.order, sale.opens_at_s) {
        (Order::Draw, Some(at)) => format!("drawn at its opening at {}", clock(at)),
        (Order::Draw, None) => "drawn".to_owned(),
        (Order::Arrival, Some(at)) => format!("by arrival, opened at {}", clock(at)),
        (Order::Arrival, None) => "by arrival, open from the beginning".to_owned(),
    }];
    if let (Some(opens), Some(first)) = (sale.opens_at_s, sale.first_admitted_s) {
        parts.push(format!("the first was let in {} after it", duration((first - opens).max(0.0))));
    }
    let (fans, admitted) = (counted(sale.fans, "fan", "fans"), grouped(sale.admitted));
    parts.push(format!("{admitted} of {fans} were admitted"));
    parts.extend(sale.limit.map(|limit| format!("{} a person", counted(limit.into(), "seat", "seats"))));
    parts.extend(
        sale.code_uses
            .map(|uses| format!("access codes for {} each", counted(uses.into(), "person", "people"))),
    );
    parts.join("; ")
}

/// What anybody needs to check its draw; none by arrival.
pub(super) fn draw(sale: &SaleReport) -> Option<String> {
    if sale.order != Order::Draw {
        return None;
    }
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "never published".to_owned());
    let lobby = sale.lobby_tail.map_or_else(|| "never published".to_owned(), grouped);
    Some(format!(
        "lobby tail {lobby}, commitment {}, seed {}, beacon {}",
        known(&sale.commitment),
        known(&sale.seed),
        sale.beacon.clone().unwrap_or_else(|| "none".to_owned())
    ))
}
