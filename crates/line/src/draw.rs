//! The draw of a lobby: an order that nobody can choose, and anybody can compute.

use sha2::{Digest, Sha256};

type Hash = [u8; 32];

/// The hash by which a number is ordered.
pub(crate) fn hash_of(seed: &[u8; 32], beacon: &[u8]) -> impl Fn(u32) -> Hash {
    // Seed and beacon are the same for every number: they are hashed once.
    let prefix = Sha256::new().chain_update(seed).chain_update(beacon);
    move |number| prefix.clone().chain_update(u64::from(number).to_be_bytes()).finalize().into()
}

/// The numbers 1 to `last` in ascending order of `hash`, ties by number.
pub(crate) fn drawn(last: u32, hash: impl Fn(u32) -> Hash) -> Box<[u32]> {
    // Eight bytes of each hash are kept, not all 32: 16 MB for a million. Hashes that begin alike, if there
    // are any, are computed again.
    let mut entries: Vec<_> = (1..=last).map(|number| (beginning(&hash(number)), number)).collect();
    entries.sort_unstable_by(|one, other| {
        let rest = || hash(one.1).cmp(&hash(other.1)).then(one.1.cmp(&other.1));
        one.0.cmp(&other.0).then_with(rest)
    });
    entries.into_iter().map(|(_, number)| number).collect::<Vec<_>>().into_boxed_slice()
}

fn beginning(hash: &Hash) -> u64 {
    hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting_up() -> [u8; 32] {
        std::array::from_fn(|index| u8::try_from(index).unwrap())
    }

    #[track_caller]
    fn assert_drawn(seed: [u8; 32], beacon: &[u8], expected: &[u32]) {
        let last = u32::try_from(expected.len()).unwrap();
        assert_eq!(*drawn(last, hash_of(&seed, beacon)), *expected);
    }

    // The three vectors of docs/draw.md, which were made with sha256sum and sort.
    #[test]
    fn the_order_is_the_one_that_sha256sum_gives() {
        assert_drawn(counting_up(), b"", &[6, 10, 3, 1, 2, 4, 5, 8, 9, 7]);
        assert_drawn(counting_up(), b"round 4242", &[6, 8, 1, 10, 7, 2, 5, 4, 3, 9]);
        assert_drawn([0xff; 32], b"", &[1, 2, 3]);
    }

    #[test]
    fn hashes_that_begin_alike_are_compared_to_the_last_byte() {
        let hash = |number: u32| {
            let mut hash = [5; 32];
            hash[31] = u8::try_from(10 - number).unwrap();
            hash
        };
        assert_eq!(*drawn(4, hash), [4, 3, 2, 1]);
    }

    #[test]
    fn equal_hashes_go_by_number() {
        assert_eq!(*drawn(50, |_| [0; 32]), *(1..=50).collect::<Vec<_>>());
        // Enough of them that a sort which does not look at the numbers mixes them.
        let by_rest = |number: u32| [u8::try_from(number % 3).unwrap(); 32];
        let expected: Vec<_> = (0..3).flat_map(|rest| (1..=2_000).filter(move |n| n % 3 == rest)).collect();
        assert_eq!(*drawn(2_000, by_rest), *expected);
    }

    #[test]
    fn the_beginning_of_a_hash_orders_like_its_bytes() {
        let hash = |bytes: [u8; 2]| std::array::from_fn(|index| bytes.get(index).copied().unwrap_or(0));
        assert!(beginning(&hash([1, 0])) > beginning(&hash([0, 255])));
    }
}
