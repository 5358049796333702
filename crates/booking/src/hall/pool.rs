//! Which rows to lock for wishes: a guess from what a map shows, made before anything is locked.

use super::choose::choose;
use super::free_seats::FreeSeats;
use super::layout::Layout;
use super::wish::{TermsOf, Wish};
use crate::ids::SeatNo;

/// How much of the hall to lock for a wish. Each is wider than the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breadth {
    /// The rows that the wishes, and a margin of others like them, would take by the map.
    Near,
    /// The same with a margin that is [`WIDER`] times as large.
    Wide,
    /// The rows of these seats, which were seen to be free after the request came.
    Found(Vec<SeatNo>),
    /// Every seat that is free.
    All,
}

/// By how much [`Breadth::Wide`] is wider.
pub const WIDER: u32 = 8;

/// For how many more people than ask a pool has seats, because others take some of them meanwhile. It follows
/// what locking has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Margin(pub u32);

impl Margin {
    /// No pool has to be larger.
    const MOST: u32 = 50_000;

    /// After a load: twice as much when a command found no group in its pool, else less by an eighth. At
    /// least 1.
    pub fn after(self, has_failed: bool) -> Self {
        let next = if has_failed { self.0.saturating_mul(2) } else { self.0 - self.0.div_ceil(8) };
        Self(next.clamp(1, Self::MOST))
    }
}

/// The seats to lock for these wishes, in order: all free seats of the rows that a choice takes, and of those
/// within two rows, as far as the choice looks for another one.
pub fn pool(free: &FreeSeats, asked: &[(Wish, Breadth)], margin: Margin, terms: TermsOf<'_>) -> Vec<SeatNo> {
    let layout = free.layout();
    if asked.iter().any(|(_, breadth)| *breadth == Breadth::All) {
        return free.seats().collect();
    }
    let mut rows = vec![false; layout.row_count() as usize];
    let mut left = free.clone();
    let mut take = |wish: &Wish, rows: &mut Vec<bool>| {
        let Ok(seats) = choose(&left, wish, terms) else { return false };
        for seat in seats {
            mark_around(layout, seat, rows);
            left.take(seat);
        }
        true
    };
    let mut more = 0;
    let mut guessed = Vec::new();
    for (wish, breadth) in asked {
        match breadth {
            Breadth::Found(seats) => seats.iter().for_each(|seat| mark_around(layout, *seat, &mut rows)),
            Breadth::Near | Breadth::Wide | Breadth::All => {
                more = more.max(if *breadth == Breadth::Wide {
                    margin.0.saturating_mul(WIDER)
                } else {
                    margin.0
                });
                take(wish, &mut rows);
                guessed.push(*wish);
            }
        }
    }
    // People who ask for the same, until the margin is used up or nobody of them finds a seat.
    while more > 0 {
        let people = guessed.iter().take(more as usize);
        let found = people.filter(|wish| take(wish, &mut rows)).count();
        if found == 0 {
            break;
        }
        more -= u32::try_from(found).unwrap_or(more).min(more);
    }
    free.seats().filter(|seat| rows[layout.row_of(seat - 1) as usize]).collect()
}

fn mark_around(layout: &Layout, seat: SeatNo, rows: &mut [bool]) {
    if (1..=layout.capacity()).contains(&seat) {
        layout.rows_around(layout.row_of(seat - 1)).for_each(|row| rows[row as usize] = true);
    }
}
