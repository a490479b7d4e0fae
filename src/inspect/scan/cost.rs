//! What it costs to look into what stands in a file.

use crate::inspect::limits::Limits;

#[cfg(feature = "archives")]
use super::codec::Codec;

/// What of a file was looked into so far, in bytes.
pub(super) struct Cost {
    /// What came out of compressed streams, and what was read for that.
    expanded: u64,
    /// Members that are only stored.
    #[cfg(feature = "archives")]
    stored: u64,
    /// The length of the file.
    #[cfg(feature = "archives")]
    length: u64,
}

impl Cost {
    #[cfg_attr(
        not(feature = "archives"),
        allow(unused_variables, reason = "only archives repeat a file's bytes")
    )]
    pub(super) fn new(file: &[u8]) -> Self {
        Self {
            expanded: 0,
            #[cfg(feature = "archives")]
            stored: 0,
            #[cfg(feature = "archives")]
            length: file.len() as u64,
        }
    }

    /// How much may still come out of compressed streams.
    pub(super) fn left(&self, limits: &Limits) -> u64 {
        limits.expanded.saturating_sub(self.expanded)
    }

    /// Charges what came out of one.
    pub(super) fn add(&mut self, expanded: usize) {
        self.expanded = self.expanded.saturating_add(expanded as u64);
    }

    /// Charges a member of an archive, as long as it is there. Whether it may be looked into.
    ///
    /// Members may share their bytes, all that there are. Those that are compressed are read each time, which counts as if it came
    /// out. What is only stored takes nothing, but is found no more than once in each of the archives that stand in one another,
    /// unless members overlap.
    #[cfg(feature = "archives")]
    pub(super) fn member(&mut self, codec: Codec, length: usize, limits: &Limits) -> bool {
        if codec == Codec::Stored {
            self.stored = self.stored.saturating_add(length as u64);
            let levels = limits.nesting as u64 + 1;
            let all = self.length.saturating_add(self.expanded);
            self.stored <= all.saturating_mul(levels)
        } else {
            self.add(length);
            self.expanded <= limits.expanded
        }
    }
}

#[cfg(all(test, feature = "archives"))]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_members_share_are_charged_for_each() {
        let limits = Limits::default();
        // Streams that overlap are read again and again.
        let mut cost = Cost::new(&[]);
        let most = usize::try_from(limits.expanded).expect("it is small");
        assert!(cost.member(Codec::Deflate, most, &limits));
        assert_eq!(cost.left(&limits), 0);
        assert!(!cost.member(Codec::Deflate, 1, &limits));
        // Once on each level is what archives in archives come to.
        let mut cost = Cost::new(&[0; 10]);
        for _ in 0..=limits.nesting {
            assert!(cost.member(Codec::Stored, 10, &limits));
        }
        assert_eq!(cost.left(&limits), limits.expanded);
        assert!(!cost.member(Codec::Stored, 1, &limits));
    }
}
