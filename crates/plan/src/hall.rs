//! A plan as the rules need it.

use onsale_booking::hall::Hall;
use onsale_booking::hall::layout::{Layout, Point};
use onsale_booking::hall::wish::CategoryNo;

use crate::plan::Plan;

impl Plan {
    /// The hall of concerts on this plan whose best seats are near `focus`, or near [`Plan::focus`].
    pub fn hall(&self, focus: Option<Point>) -> Hall {
        let place = |at: crate::Point| Point::of(at.x, at.y);
        let focus = focus.unwrap_or_else(|| place(self.focus().at));
        let rows = self.rows().map(|rows| rows.map(|seats| seats.map(place)));
        // A plan has at most 100 categories.
        let category = |index: usize| CategoryNo::try_from(index).unwrap_or(CategoryNo::MAX);
        let seats = self.seats().map(|it| (it.label(), category(it.seat.category)));
        let names = self.categories.iter().map(|it| it.name.clone()).collect();
        Hall::new(Layout::new(rows, focus), names, seats)
    }
}
