//! A history with all that is derived from it. Each part is derived from those before it, and checks read all
//! of them.

use crate::disturbance::Disturbance;
use crate::history::History;

use super::findings::Book;
use super::holds::{self, Tenures};
use super::places::{self, Place};
use super::reading::Reading;
use super::sales::{self, Sold};

/// What is known of a sale.
pub(super) struct Case<'a> {
    /// What happened, and when.
    pub(super) reading: Reading<'a>,
    /// Every place in line that an answer named, story by story.
    pub(super) places: Vec<Place>,
    /// Every hold that an answer named.
    pub(super) tenures: Tenures,
    /// Every bill that an answer named, story by story.
    pub(super) sold: Vec<Sold>,
}

impl<'a> Case<'a> {
    /// Derives everything; what cannot be true is noted on the way.
    pub(super) fn build(history: &'a History, disturbances: &'a [Disturbance], book: &mut Book) -> Self {
        let reading = Reading::new(history, disturbances);
        let places = places::read(&reading, book);
        let tenures = holds::read(&reading, book);
        let sold = sales::read(&reading, book);
        Self { reading, places, tenures, sold }
    }
}
