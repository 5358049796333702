//! Who bought which seat and when, and that bills never change.

use std::collections::HashMap;

use uuid::Uuid;

use crate::history::{Bill, Outcome, PromiseId};

use super::findings::Book;
use super::reading::Reading;

/// One bill in an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sold {
    /// Whose story.
    pub(super) story: usize,
    /// The bill as the first answer showed it.
    pub(super) bill: Bill,
    /// The event that showed it first.
    pub(super) event: usize,
}

/// Reads every bill, and checks that it never changes.
pub(super) fn read(reading: &Reading<'_>, book: &mut Book) -> Vec<Sold> {
    let mut sold = Vec::new();
    for (index, story) in reading.history.stories.iter().enumerate() {
        let mut known: HashMap<Uuid, Bill> = HashMap::new();
        let mut billed: HashMap<u32, Uuid> = HashMap::new();
        for (at, event) in story.events.iter().enumerate() {
            let (Outcome::Paid(bills, ..) | Outcome::Bills(bills)) = &event.outcome else { continue };
            for bill in bills {
                if *billed.entry(bill.seat).or_insert(bill.id) != bill.id && !known.contains_key(&bill.id) {
                    let text = format!("seat {}: fan {} has two bills for it", bill.seat, story.fan);
                    book.broken(PromiseId::WholePayments, event.answered, text);
                }
                let first = *known.entry(bill.id).or_insert_with(|| {
                    sold.push(Sold { story: index, bill: *bill, event: at });
                    *bill
                });
                if first != *bill {
                    let text = format!("seat {}: the bill of fan {} has changed", bill.seat, story.fan);
                    book.broken(PromiseId::WholePayments, event.answered, text);
                }
            }
        }
    }
    sold
}
