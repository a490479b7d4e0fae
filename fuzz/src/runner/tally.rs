//! Counts.

use std::collections::BTreeMap;

/// How many runs there were, and how they ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The runs.
    pub runs: u64,
    /// How many ended in each class.
    pub classes: BTreeMap<String, u64>,
    /// The most bytes that a run has allocated.
    pub peak: u64,
}

impl Tally {
    /// Counts one run.
    pub fn count(&mut self, class: &str) {
        self.runs += 1;
        match self.classes.get_mut(class) {
            Some(count) => *count += 1,
            None => drop(self.classes.insert(class.to_owned(), 1)),
        }
    }

    /// All of them together.
    #[must_use]
    pub fn sum<'t>(tallies: impl IntoIterator<Item = &'t Self>) -> Self {
        let mut sum = Self::default();
        for tally in tallies {
            sum.runs += tally.runs;
            sum.peak = sum.peak.max(tally.peak);
            for (class, count) in &tally.classes {
                *sum.classes.entry(class.clone()).or_default() += count;
            }
        }
        sum
    }
}
