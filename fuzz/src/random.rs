//! Numbers that are the same in every run.

/// SplitMix64 (Steele, Lea and Flood: "Fast splittable pseudorandom number generators", 2014).
///
/// ```
/// use pickle_fuzz::Random;
///
/// assert_eq!(Random::new(1, 2).next(), Random::new(1, 2).next());
/// assert_ne!(Random::new(1, 2).next(), Random::new(1, 3).next());
/// ```
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of one run under a seed.
    #[must_use]
    pub fn new(seed: u64, run: u64) -> Self {
        let mut random = Self(seed);
        let mixed = random.next() ^ run.wrapping_mul(0xd6e8_feb8_6659_fd93);
        Self(mixed)
    }

    /// The next number.
    #[allow(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `n`, which is above zero.
    pub fn below(&mut self, n: usize) -> usize {
        // The upper bits of a product: as good as a remainder, and faster.
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[7]
    }

    /// One of some things, of which there is at least one.
    pub fn pick<'t, T>(&mut self, things: &'t [T]) -> &'t T {
        &things[self.below(things.len())]
    }
}
