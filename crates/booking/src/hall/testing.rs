//! Halls for tests: from text, and at random.

use std::sync::Arc;

use proptest::prelude::*;

use super::choose::choose;
use super::free_seats::FreeSeats;
use super::layout::{Layout, Point};
use super::wish::{CategoryNo, NoFit, Terms, Wish};
use crate::ids::SeatNo;
use crate::money::Money;
use crate::seat::SeatKind;

/// A hall with what is free in it and what it costs.
#[derive(Debug, Clone)]
pub(super) struct Hall {
    pub(super) layout: Arc<Layout>,
    pub(super) free: FreeSeats,
    pub(super) terms: Vec<Terms>,
}

/// What a seat of category 0, 1 or 2 costs.
const PRICES: [i64; 3] = [90, 60, 30];

impl Hall {
    /// A seat is a letter: `A`, `B` and `D` are free seats of the categories 0, 1 and 2, `a`, `b` and `d` the
    /// same with a restricted view; `W` is a wheelchair place and `C` a companion seat of category 0, `w` and
    /// `c` of category 1. `.` is one of category 0 that is not free, `_` an aisle, `/` the next row and `|`
    /// the next zone. The stage is in the middle of the hall's top.
    pub(super) fn of(text: &str) -> Self {
        let columns = |row: &str| row.trim().chars().count();
        let widest = text.split(['/', '|']).map(columns).max().unwrap_or_default();
        Self::at(text, Point { x: i64::try_from(widest - 1).unwrap() * 500, y: 0 })
    }

    /// The same with the focal point at a place: a thousand for each column and row, the second zone's rows
    /// below the first one's.
    pub(super) fn at(text: &str, focus: Point) -> Self {
        let (mut terms, mut free, mut zones, mut y) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for zone in text.split('|') {
            let mut rows = Vec::new();
            for row in zone.split('/') {
                let mut seats = Vec::new();
                for (x, letter) in (0..).zip(row.trim().chars()).filter(|(_, letter)| *letter != '_') {
                    seats.push(Point { x: x * 1_000, y });
                    terms.push(terms_of(letter));
                    free.extend((letter != '.').then_some(u32::try_from(terms.len()).unwrap()));
                }
                rows.push(seats);
                y += 1_000;
            }
            zones.push(rows);
        }
        let layout = Arc::new(Layout::new(zones, focus));
        Self { free: FreeSeats::of(layout.clone(), free), layout, terms }
    }

    pub(super) fn terms(&self, seat: SeatNo) -> Terms {
        self.terms[seat as usize - 1]
    }

    pub(super) fn choose(&self, wish: &Wish) -> Result<Vec<SeatNo>, NoFit> {
        choose(&self.free, wish, &|seat| self.terms(seat))
    }

    /// Chooses and takes.
    pub(super) fn sell(&mut self, wish: &Wish) -> Result<Vec<SeatNo>, NoFit> {
        let seats = self.choose(wish)?;
        for seat in &seats {
            assert!(self.free.take(*seat), "{seat} is not free");
        }
        Ok(seats)
    }
}

fn terms_of(letter: char) -> Terms {
    let category: CategoryNo = match letter.to_ascii_uppercase() {
        'B' => 1,
        'D' => 2,
        'W' | 'C' => u8::from(letter.is_ascii_lowercase()),
        _ => 0,
    };
    let kind = match letter {
        'W' | 'w' => Some(SeatKind::Wheelchair),
        'C' | 'c' => Some(SeatKind::Companion),
        'a' | 'b' | 'd' => Some(SeatKind::Restricted),
        _ => None,
    };
    Terms { category, price: Money(PRICES[usize::from(category)]), kind }
}

/// So many seats of any category, together or not.
pub(super) fn seats(quantity: u32) -> Wish {
    Wish { quantity, category: None, max_price: None, together: false, kind: None }
}

/// So many seats side by side.
pub(super) fn together(quantity: u32) -> Wish {
    Wish { together: true, ..seats(quantity) }
}

/// A wheelchair place, and companion seats up to so many in all.
pub(super) fn wheelchair(quantity: u32) -> Wish {
    Wish { kind: Some(SeatKind::Wheelchair), ..seats(quantity) }
}

/// Up to 40 seats in up to three zones. Whole steps, so that many seats are equally far away.
pub(super) fn any_layout() -> impl Strategy<Value = Layout> {
    any_layout_of(3, 4, 7)
}

/// At most so many zones, rows in each and seats in each of those.
pub(super) fn any_layout_of(zones: usize, rows: usize, seats: usize) -> impl Strategy<Value = Layout> {
    let gap = prop_oneof![6 => Just(1_i64), 1 => Just(2_i64), 1 => Just(0_i64)];
    let row = (0..3_i64, prop::collection::vec(gap, 0..=seats));
    let zone = prop::collection::vec(row, 0..=rows);
    let focus = (-1..8_i64, -1..5_i64).prop_map(|(x, y)| Point { x: x * 500, y: y * 500 });
    (prop::collection::vec(zone, 1..=zones), focus).prop_map(|(zones, focus)| {
        let mut y = 0;
        let place = |(left, gaps): (i64, Vec<i64>)| {
            y += 1_000;
            let mut x = left * 1_000;
            let step = move |gap: i64| {
                x += gap * 1_000;
                Point { x, y }
            };
            gaps.into_iter().map(step).collect::<Vec<_>>()
        };
        let mut place = place;
        let zones: Vec<Vec<Vec<Point>>> =
            zones.into_iter().map(|rows| rows.into_iter().map(&mut place).collect()).collect();
        Layout::new(zones, focus)
    })
}

/// A small hall: at most 14 seats, a part of them free, in two categories and with all kinds.
pub(super) fn any_hall() -> impl Strategy<Value = Hall> {
    let letters = prop::sample::select("AAAABBBa.....bWCC".chars().collect::<Vec<_>>());
    let plain = prop::sample::select("AAAB...".chars().collect::<Vec<_>>());
    let letters = prop_oneof![prop::collection::vec(letters, 84), prop::collection::vec(plain, 84)];
    let layout = prop_oneof![any_layout_of(2, 5, 3), any_layout_of(2, 3, 6), any_layout_of(1, 2, 12)];
    (layout, letters).prop_filter_map("at most 14 seats", |(layout, letters)| {
        let capacity = layout.capacity();
        let letters: Vec<char> = letters.into_iter().take(capacity as usize).collect();
        let free = (1..).zip(&letters).filter(|(_, letter)| **letter != '.').map(|(seat, _)| seat);
        let layout = Arc::new(layout);
        let free = FreeSeats::of(layout.clone(), free);
        let terms = letters.into_iter().map(terms_of).collect();
        (free.count() <= 14).then_some(Hall { layout, free, terms })
    })
}

/// What somebody may ask for in such a hall.
pub(super) fn any_wish() -> impl Strategy<Value = Wish> {
    let category = prop_oneof![4 => Just(None), 1 => (0..2_u8).prop_map(Some)];
    let most = prop_oneof![4 => Just(None), 1 => prop_oneof![Just(59), Just(60), Just(90)].prop_map(Some)];
    let kind = prop_oneof![
        9 => Just(None),
        3 => Just(Some(SeatKind::Wheelchair)),
        1 => Just(Some(SeatKind::Restricted)),
        1 => Just(Some(SeatKind::Companion)),
    ];
    let together = prop::bool::weighted(0.3);
    (1..=5_u32, category, most, together, kind).prop_map(|(quantity, category, most, together, kind)| Wish {
        quantity,
        category,
        max_price: most.map(Money),
        together,
        kind,
    })
}
