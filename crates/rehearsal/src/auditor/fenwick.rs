//! Sums and maxima over prefixes, in logarithmic time.

/// A value that can be combined over a prefix.
pub(super) trait Gather: Copy {
    /// The value of an empty prefix.
    const NONE: Self;
    /// Combines two values.
    fn and(self, other: Self) -> Self;
}

impl Gather for usize {
    const NONE: Self = 0;

    fn and(self, other: Self) -> Self {
        self + other
    }
}

/// The largest of `(value, who)`.
impl Gather for Option<(i64, usize)> {
    const NONE: Self = None;

    fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

/// A Fenwick tree with a fixed number of positions, counted from 0.
pub(super) struct Fenwick<T>(Vec<T>);

impl<T: Gather> Fenwick<T> {
    /// An empty tree.
    pub(super) fn new(length: usize) -> Self {
        Self(vec![T::NONE; length + 1])
    }

    /// Adds a value at a position.
    pub(super) fn add(&mut self, place: usize, what: T) {
        let mut at = place + 1;
        while at < self.0.len() {
            self.0[at] = self.0[at].and(what);
            at += at & at.wrapping_neg();
        }
    }

    /// The combined values before a position.
    pub(super) fn before(&self, place: usize) -> T {
        let mut at = place.min(self.0.len() - 1);
        let mut all = T::NONE;
        while at > 0 {
            all = all.and(self.0[at]);
            at -= at & at.wrapping_neg();
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_maxima_are_over_prefixes() {
        let mut sums = Fenwick::<usize>::new(5);
        sums.add(0, 1);
        sums.add(3, 2);
        assert_eq!([0, 1, 3, 4, 5].map(|place| sums.before(place)), [0, 1, 1, 3, 3]);
        let mut maxima = Fenwick::<Option<(i64, usize)>>::new(3);
        maxima.add(1, Some((7, 1)));
        maxima.add(2, Some((5, 2)));
        assert_eq!([1, 2, 3].map(|place| maxima.before(place)), [None, Some((7, 1)), Some((7, 1))]);
    }
}
