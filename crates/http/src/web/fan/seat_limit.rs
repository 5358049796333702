//! What becomes of a choice of more seats than the visitor may have: another tab, or another concert of the
//! sale, may have used up what was left.

use jiff::Timestamp;
use onsale_app::selling::SeatLimit;
use onsale_booking::ids::SeatNo;
use onsale_booking::seat::{Seat, SeatStatus};

use super::super::format::fill;
use super::super::notice::{Notice, Tone};
use super::super::words::Words;
use super::parts::{bounded, joined};

/// The seats that the visitor has chosen, as far as they may have them.
pub(super) struct Choice<'a> {
    pub(super) seats: Vec<&'a Seat>,
    /// How many seats they may choose.
    pub(super) left: usize,
    /// Free seats that were chosen, too, and are more than that.
    dropped: Vec<SeatNo>,
    limit: SeatLimit,
    held: usize,
}

impl<'a> Choice<'a> {
    /// Of the seats that an address `names`, by somebody who holds so many seats here.
    pub(super) fn of(
        names: Vec<SeatNo>,
        hall: &'a [Seat],
        limit: SeatLimit,
        held: usize,
        now: Timestamp,
    ) -> Self {
        // Twice as many as anybody may hold, so that those that are too many have a name.
        let chosen = bounded(names, limit.holds.saturating_mul(2));
        let mut seats: Vec<_> =
            chosen.iter().filter_map(|no| hall.get((*no as usize).checked_sub(1)?)).collect();
        let left = (limit.here() as usize).saturating_sub(held);
        let free = seats.iter().filter(|seat| seat.status(now) == SeatStatus::Available);
        let dropped: Vec<_> = free.skip(left).map(|seat| seat.seat_no).collect();
        seats.retain(|seat| !dropped.contains(&seat.seat_no));
        Self { seats, left, dropped, limit, held }
    }

    /// Names the seats that are not chosen any more, and says why: the limit, and how much of it is used. The
    /// seat map's script uses the same sentences.
    pub(super) fn notice(&self, w: &Words) -> Option<Notice> {
        if self.dropped.is_empty() {
            return None;
        }
        let (most, had, one, several) = match self.limit.deciding_of_sale() {
            Some(most) => (most, self.limit.besides as usize + self.held, w.over_limit_one, w.over_limit),
            None => (self.limit.holds, self.held, w.over_holds_one, w.over_holds),
        };
        let sentence = if most == 1 { one } else { several };
        let seats = joined(&self.dropped, ", ");
        Some(Notice {
            tone: Tone::Bad,
            text: fill(sentence, &[("n", &most), ("had", &had), ("seats", &seats)]),
        })
    }
}
