//! In which order a sale lets people in, computed again from what was published.

use crate::history::sale::{Order, SaleFacts};

/// Where each number comes.
#[derive(Debug)]
pub(super) enum PublishedOrder {
    /// By arrival every number comes at its own place.
    Arrival,
    /// The places of the numbers 1, 2, 3 ... of the lobby. Later numbers come at their own place.
    Drawn(Vec<u64>),
    /// A draw that was not published, or does not fit its commitment: only the answers say who comes where.
    Unknown,
}

impl PublishedOrder {
    /// The order of a sale. Of a draw, the first lobby tail counts.
    pub(super) fn of(sale: &SaleFacts) -> Self {
        if sale.order == Order::Arrival {
            return Self::Arrival;
        }
        let documents = || sale.fairness.iter().map(|reading| &reading.document);
        let Some(lobby_tail) = documents().find_map(|document| document.lobby_tail) else {
            return Self::Unknown;
        };
        let mut published = documents().filter_map(|document| document.published().ok());
        match published.next() {
            Some(published) if published.is_committed() && published.lobby_tail == lobby_tail => {
                Self::Drawn(places(&published.order()))
            }
            _ => Self::Unknown,
        }
    }

    /// Where a number comes; none if that cannot be computed.
    pub(super) fn place(&self, number: u64) -> Option<u64> {
        match self {
            Self::Arrival => Some(number),
            Self::Drawn(places) => {
                let index = usize::try_from(number).ok()?.checked_sub(1)?;
                Some(places.get(index).copied().unwrap_or(number))
            }
            Self::Unknown => None,
        }
    }
}

/// The place of each number, from the number at each place.
fn places(order: &[u64]) -> Vec<u64> {
    let mut places = vec![0; order.len()];
    for (place, number) in (1..).zip(order) {
        if let Some(it) = usize::try_from(*number).ok().and_then(|number| places.get_mut(number - 1)) {
            *it = place;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::sale::{Fairness, FairnessReading};

    /// The second example of docs/draw.md.
    fn drawn() -> SaleFacts {
        let document = Fairness {
            order: "draw".to_owned(),
            commitment: Some("630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd".to_owned()),
            beacon: Some("726f756e642034323432".to_owned()),
            lobby_tail: Some(10),
            seed: Some("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f".to_owned()),
            ..Fairness::default()
        };
        let fairness = vec![FairnessReading { sent: 0, answered: 1, document }];
        SaleFacts { order: Order::Draw, fairness, ..SaleFacts::default() }
    }

    #[test]
    fn the_example_has_these_places() {
        let order = PublishedOrder::of(&drawn());
        let places: Vec<_> = (1..=12).filter_map(|number| order.place(number)).collect();
        assert_eq!(places, [3, 6, 9, 8, 7, 1, 5, 2, 10, 4, 11, 12]);
        assert_eq!(order.place(0), None);
    }

    #[test]
    fn a_draw_that_does_not_fit_says_nothing() {
        let mut sale = drawn();
        sale.fairness[0].document.commitment = sale.fairness[0].document.seed.clone();
        assert_eq!(PublishedOrder::of(&sale).place(1), None);
        let sale = SaleFacts { fairness: Vec::new(), ..drawn() };
        assert_eq!(PublishedOrder::of(&sale).place(1), None);
        assert_eq!(PublishedOrder::of(&SaleFacts::default()).place(7), Some(7));
    }
}
