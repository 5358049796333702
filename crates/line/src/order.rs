//! Who comes after whom: where each number came.

use std::fmt;
use std::sync::Arc;

use crate::draw;
use crate::number::{NUMBER_MAX, Number};

/// Where a number came: 1 is called first, then 2, 3 ... among those present.
pub type Place = u64;

/// The order in which a line calls its numbers: each number has one place, and each place one number.
///
/// By arrival, place and number are equal. After a draw, the numbers of the lobby, 1 to
/// [`lobby_tail`](Self::lobby_tail), have its places in another order; those who joined later come behind
/// them, in order of joining. Cloning is cheap.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Order(Option<Arc<Permutation>>);

/// Both directions of a draw, 4 bytes a number each. Index 0 is number, or place, 1.
#[derive(PartialEq, Eq)]
struct Permutation {
    places: Box<[u32]>,
    numbers: Box<[u32]>,
}

impl Order {
    /// First come, first called.
    pub const fn arrival() -> Self {
        Self(None)
    }

    /// The order that a draw gives the numbers 1 to `lobby_tail`: by SHA-256(`seed` || `beacon` || number as
    /// 8 bytes, big-endian), ascending, ties by number. Anybody can compute the same from the published seed.
    ///
    /// A million takes a good part of a second: do not compute it while others wait for a lock. A
    /// `lobby_tail` above [`NUMBER_MAX`] counts as that.
    pub fn draw(seed: &[u8; 32], beacon: &[u8], lobby_tail: Number) -> Self {
        let last = u32::try_from(lobby_tail.min(NUMBER_MAX)).unwrap_or(u32::MAX);
        Self::of_numbers(draw::drawn(last, draw::hash_of(seed, beacon)))
    }

    /// The order in which `numbers`, which must hold 1 to its length once each, come first.
    fn of_numbers(numbers: Box<[u32]>) -> Self {
        let mut places = vec![0; numbers.len()].into_boxed_slice();
        for (place, number) in (1..).zip(&numbers) {
            places[*number as usize - 1] = place;
        }
        Self(Some(Arc::new(Permutation { places, numbers })))
    }

    /// Where a number comes.
    pub fn place(&self, number: Number) -> Place {
        self.0.as_ref().map_or(number, |permutation| entry(&permutation.places, number))
    }

    /// Which number comes at a place.
    pub fn number(&self, place: Place) -> Number {
        self.0.as_ref().map_or(place, |permutation| entry(&permutation.numbers, place))
    }

    /// The last number that took part in the draw; 0 by arrival. Numbers above it are their own places.
    pub fn lobby_tail(&self) -> Number {
        self.0.as_ref().map_or(0, |permutation| permutation.places.len() as Number)
    }
}

/// The entry at `index`, which counts from 1; whatever lies outside stays as it is.
fn entry(entries: &[u32], index: u64) -> u64 {
    let offset = index.checked_sub(1).and_then(|offset| usize::try_from(offset).ok());
    offset.and_then(|offset| entries.get(offset)).map_or(index, |entry| u64::from(*entry))
}

impl fmt::Debug for Order {
    /// A million places help nobody in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lobby_tail() {
            0 => f.write_str("by arrival"),
            tail => write!(f, "a draw of {tail}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_arrival_a_number_is_its_own_place() {
        let order = Order::arrival();
        assert_eq!(order, Order::default());
        for number in [0, 1, 77, NUMBER_MAX, Number::MAX] {
            assert_eq!((order.place(number), order.number(number)), (number, number));
        }
        assert_eq!(order.lobby_tail(), 0);
    }

    #[test]
    fn those_who_join_after_the_lobby_come_behind_it_in_order_of_joining() {
        let order = Order::draw(&[7; 32], &[], 5);
        for number in [0, 6, 7, NUMBER_MAX, Number::MAX] {
            assert_eq!((order.place(number), order.number(number)), (number, number));
        }
        assert_eq!(order.lobby_tail(), 5);
    }

    #[test]
    fn a_draw_of_an_empty_lobby_changes_nothing() {
        let order = Order::draw(&[7; 32], &[], 0);
        assert_eq!((order.place(1), order.number(1), order.lobby_tail()), (1, 1, 0));
    }

    #[test]
    fn the_log_shows_no_places() {
        assert_eq!(
            format!("{:?} {:?}", Order::arrival(), Order::draw(&[7; 32], &[], 9)),
            "by arrival a draw of 9"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_draw_gives_every_place_once(
            seed in proptest::array::uniform32(0_u8..),
            beacon in proptest::collection::vec(0_u8.., 0..40),
            lobby_tail in 0_u64..400,
        ) {
            let order = Order::draw(&seed, &beacon, lobby_tail);
            let mut places: Vec<_> = (1..=lobby_tail).map(|number| order.place(number)).collect();
            for (number, place) in (1..).zip(&places) {
                prop_assert_eq!(order.number(*place), number);
            }
            places.sort_unstable();
            prop_assert!(places.into_iter().eq(1..=lobby_tail));
        }
    }
}
