//! When somebody may buy seats of a concert: in its own window and in that of a sale that sells it.

use jiff::Timestamp;

use crate::concert::Concert;
use crate::sale::{Sale, SalePhase};
use crate::window::Window;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnSale {
    /// Not yet.
    Ahead {
        /// From when on. A sale that is late to open makes it past; `None` if no clock knows, because a draw
        /// awaits its beacon.
        from: Option<Timestamp>,
    },
    /// Seats may be held.
    Open {
        /// Until when.
        until: Timestamp,
    },
    /// No more; live holds may still be paid.
    Closed,
}

impl OnSale {
    /// Where a concert stands at `now` in the best of these sales, which sell it.
    pub fn of<'a>(concert: &Concert, sales: impl IntoIterator<Item = &'a Sale>, now: Timestamp) -> Self {
        let each = sales.into_iter().map(|sale| Self::by(concert, sale, now));
        each.fold(Self::Closed, Self::better)
    }

    /// Whether seats may be held.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// When that changes next by time alone; `None` if it does not.
    pub fn changes_at(self) -> Option<Timestamp> {
        match self {
            Self::Ahead { from } => from,
            Self::Open { until } => Some(until),
            Self::Closed => None,
        }
    }

    fn by(concert: &Concert, sale: &Sale, now: Timestamp) -> Self {
        let until = sale.times.closes_at.map_or(concert.closing_at, |at| at.min(concert.closing_at));
        let phase = sale.phase(now);
        let from = match phase {
            SalePhase::Over => return Self::Closed,
            SalePhase::Open => concert.opening_at,
            SalePhase::Lobby => {
                sale.times.opens_at.map_or(concert.opening_at, |at| at.max(concert.opening_at))
            }
        };
        match (concert.window(now), phase) {
            (Window::Closed, _) => Self::Closed,
            (Window::Open, SalePhase::Open) => Self::Open { until },
            _ if from >= until => Self::Closed,
            _ if sale.awaits_beacon() => Self::Ahead { from: None },
            _ => Self::Ahead { from: Some(from) },
        }
    }

    fn better(self, other: Self) -> Self {
        match (self, other) {
            (Self::Open { until: one }, Self::Open { until: other }) => Self::Open { until: one.max(other) },
            (open @ Self::Open { .. }, _) | (_, open @ Self::Open { .. }) => open,
            (Self::Ahead { from: one }, Self::Ahead { from: other }) => {
                Self::Ahead { from: one.into_iter().chain(other).min() }
            }
            (ahead @ Self::Ahead { .. }, Self::Closed) | (Self::Closed, ahead) => ahead,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::new_sale::NewSale;
    use crate::testing::{CONCERT, MAIN_SALE, PRESALE, Stage};

    /// The stage's concert, which is on sale for a day from the start.
    fn concert(stage: &Stage) -> Concert {
        stage.book.concert(CONCERT).unwrap().clone()
    }

    #[test]
    fn a_concert_is_on_sale_while_it_and_its_sale_are() {
        let mut stage = Stage::new();
        let presale = stage.make(Stage::timed_sale()).unwrap();
        let concert = concert(&stage);
        let (opens_at, closes_at) = (Stage::opens_at(), presale.times.closes_at.unwrap());
        let of = |sale: &Sale, now| OnSale::of(&concert, [sale], now);
        assert_eq!(of(&presale, Stage::start()), OnSale::Ahead { from: Some(opens_at) });
        assert_eq!(of(&presale, opens_at), OnSale::Ahead { from: Some(opens_at) }, "it is late to open");
        stage.book.set_now(opens_at);
        let (open, _) = stage.open_sale(1, None).unwrap();
        let until = closes_at.min(concert.closing_at);
        assert_eq!(of(&open, opens_at), OnSale::Open { until });
        assert_eq!(of(&open, until), OnSale::Closed);
        let main = Sale::main(MAIN_SALE, Stage::start());
        assert_eq!(of(&main, Stage::start()), OnSale::Open { until: concert.closing_at });
        let early = Stage::start() - SignedDuration::from_hours(1);
        assert_eq!(of(&main, early), OnSale::Ahead { from: Some(concert.opening_at) });
    }

    #[test]
    fn a_concert_that_opens_after_its_sale_is_ahead_until_then_or_never_on_sale() {
        let mut stage = Stage::new();
        let sale = stage.make(Stage::timed_sale()).unwrap();
        let closes_at = sale.times.closes_at.unwrap();
        let hour = SignedDuration::from_hours(1);
        let late = |opening_at| Concert { opening_at, closing_at: closes_at + hour, ..concert(&stage) };
        let of = |opening_at| OnSale::of(&late(opening_at), [&sale], Stage::start());
        let between = closes_at - SignedDuration::from_secs(1);
        assert_eq!(of(between), OnSale::Ahead { from: Some(between) });
        assert_eq!(of(closes_at), OnSale::Closed, "the sale is over before");
    }

    #[test]
    fn of_several_sales_the_best_one_counts() {
        let (soon, later) = (Stage::start(), Stage::opens_at());
        let ahead = |from| OnSale::Ahead { from };
        let (open, open_longer) = (OnSale::Open { until: soon }, OnSale::Open { until: later });
        for (one, other, best) in [
            (open, open_longer, open_longer),
            (open, ahead(Some(soon)), open),
            (ahead(Some(later)), ahead(Some(soon)), ahead(Some(soon))),
            (ahead(None), ahead(Some(later)), ahead(Some(later))),
            (ahead(None), OnSale::Closed, ahead(None)),
            (OnSale::Closed, OnSale::Closed, OnSale::Closed),
        ] {
            assert_eq!((one.better(other), other.better(one)), (best, best));
        }
    }

    #[test]
    fn while_a_draw_awaits_its_beacon_nobody_knows_the_time() {
        let mut stage = Stage::new();
        let sale =
            stage.make(NewSale { beacon_source: Some("dice".to_owned()), ..Stage::drawn_sale() }).unwrap();
        stage.book.set_now(Stage::opens_at());
        let (fixed, _) = stage.open_sale(1, None).unwrap();
        assert!(fixed.awaits_beacon() && sale.id == PRESALE);
        let on_sale = OnSale::of(&concert(&stage), [&fixed], Stage::opens_at());
        assert_eq!((on_sale, on_sale.changes_at()), (OnSale::Ahead { from: None }, None));
    }
}
