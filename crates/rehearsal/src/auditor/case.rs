//! A history with everything derived from it. Each part is derived from those before it, and checks read
//! them all.

use crate::disturbance::Disturbance;
use crate::history::History;

use super::findings::Book;
use super::holds::{self, Tenures};
use super::places::{self, Place};
use super::published_order::PublishedOrder;
use super::reading::Reading;
use super::sales::{self, Sold};

/// What is known about a sale.
pub(super) struct Case<'a> {
    /// The history, its clocks and its disturbances.
    pub(super) reading: Reading<'a>,
    /// In which order the sale lets people in.
    pub(super) order: PublishedOrder,
    /// Every place in line that an answer named, story by story.
    pub(super) places: Vec<Place>,
    /// Every hold that an answer named.
    pub(super) tenures: Tenures,
    /// Every bill that an answer named, story by story.
    pub(super) sold: Vec<Sold>,
}

impl<'a> Case<'a> {
    /// Derives everything, and records the breaches found on the way.
    pub(super) fn build(history: &'a History, disturbances: &'a [Disturbance], book: &mut Book) -> Self {
        let reading = Reading::new(history, disturbances);
        let order = PublishedOrder::of(&history.sale);
        let places = places::read(&reading, &order, book);
        let tenures = holds::read(&reading, book);
        let sold = sales::read(&reading, book);
        Self { reading, order, places, tenures, sold }
    }
}
