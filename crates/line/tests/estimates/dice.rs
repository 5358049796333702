//! Chance that is the same every time.

/// `SplitMix64`.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// From 0 up to 1, never 1.
    pub(crate) fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let high = u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap();
        f64::from(high) / (f64::from(u32::MAX) + 1.0)
    }

    pub(crate) fn happens(&mut self, chance: f64) -> bool {
        self.share() < chance
    }

    /// Often short, sometimes very long.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.share()).ln()
    }

    /// Several steps one after the other, each of which takes as long as it takes.
    pub(crate) fn steps(&mut self, count: u32, mean: f64) -> f64 {
        (0..count).map(|_| self.exponential(mean / f64::from(count))).sum()
    }

    /// 1 to `most`, all alike.
    pub(crate) fn one_to(&mut self, most: u32) -> u32 {
        (1..=most).find(|count| self.happens(1.0 / f64::from(most - count + 1))).unwrap_or(most)
    }
}
