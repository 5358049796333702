//! What is worth knowing of each sale that was made for the rehearsal.

use crate::history::sale::SaleFacts;
use crate::history::{History, Micros, Outcome, Story};
use crate::report::SaleReport;
use crate::report::numbers::{count, seconds};

/// One for each sale but the main one. `zero` is when the first fan was due to arrive.
pub(crate) fn sales(histories: &[History], zero: Micros) -> Vec<SaleReport> {
    histories.iter().filter_map(|history| sale(history, zero)).collect()
}

fn sale(history: &History, zero: Micros) -> Option<SaleReport> {
    let SaleFacts { id, name, order, opens_at, limit, code_uses, commitment, .. } = &history.sale;
    let published = history.sale.fairness.iter().rev().map(|reading| &reading.document);
    let mut published = published.filter(|document| document.lobby_tail.is_some());
    let document = published.next();
    let events = || history.stories.iter().flat_map(|story| &story.events);
    let admitted = |outcome: &Outcome| matches!(outcome, Outcome::Admitted { .. });
    let first = events().filter(|event| admitted(&event.outcome)).map(|event| event.answered).min();
    let got_in = |story: &&Story| story.events.iter().any(|event| admitted(&event.outcome));
    Some(SaleReport {
        id: (*id)?,
        name: name.clone(),
        order: *order,
        opens_at_s: opens_at.map(|at| seconds(at - zero)),
        first_admitted_s: first.map(|at| seconds(at - zero)),
        limit: *limit,
        code_uses: *code_uses,
        fans: count(history.stories.iter().filter(|story| !story.events.is_empty()).count()),
        admitted: count(history.stories.iter().filter(got_in).count()),
        lobby_tail: document.and_then(|document| document.lobby_tail),
        commitment: commitment.clone(),
        seed: document.and_then(|document| document.seed.clone()),
        beacon: document.and_then(|document| document.beacon.clone()),
    })
}
