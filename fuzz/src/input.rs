//! The input of each run.

use crate::Random;
use crate::corpus;
use crate::generate::{self, Words};
use crate::mutate::{bytes, mutate};
use crate::snapshots;
use crate::targets::{Input, Target};

/// Makes inputs: the same ones under the same seed.
///
/// ```
/// use pickle_fuzz::{Inputs, Target};
///
/// let inputs = Inputs::of(Target::named("machine").unwrap(), 1);
/// assert_eq!(inputs.get(5), inputs.get(5));
/// assert_ne!(inputs.get(5), inputs.get(6));
/// ```
#[derive(Clone, Debug)]
pub struct Inputs {
    seed: u64,
    input: Input,
    corpus: Vec<Vec<u8>>,
}

impl Inputs {
    /// The inputs of a target under a seed.
    #[must_use]
    pub fn of(target: &Target, seed: u64) -> Self {
        Self {
            seed,
            input: target.input,
            corpus: match target.input {
                Input::Snapshots => corpus::starting(Input::Snapshot),
                input => corpus::starting(input),
            },
        }
    }

    /// The input of a run.
    #[must_use]
    pub fn get(&self, run: u64) -> Vec<u8> {
        let random = &mut Random::new(self.seed, run);
        match self.input {
            Input::Pickle => self.pickle(random),
            Input::File => self.file(random),
            Input::Snapshot => snapshots::file(&self.corpus, random),
            Input::Snapshots if random.below(4) > 0 => snapshots::sound_pair(random),
            Input::Snapshots => {
                let old = snapshots::file(&self.corpus, random);
                let new = snapshots::file(&self.corpus, random);
                snapshots::pair(&old, &new)
            }
        }
    }

    /// Bytes of a file are changed, without a look at what they mean; some are pickles.
    fn file(&self, random: &mut Random) -> Vec<u8> {
        let mut file = random.pick(&self.corpus).clone();
        let other = random.pick(&self.corpus);
        for _ in 0..random.below(6) {
            bytes(&mut file, other, random);
        }
        file
    }

    /// Two of three are generated, the others are mutations of those, or of the corpus.
    fn pickle(&self, random: &mut Random) -> Vec<u8> {
        let words = &Words::ALL;
        let kind = random.below(6);
        if kind < 3 {
            return generate::stream(random, words);
        }
        let mut stream = match kind {
            3 => generate::stream(random, words),
            _ => random.pick(&self.corpus).clone(),
        };
        let other = random.pick(&self.corpus);
        mutate(&mut stream, other, random, words);
        stream
    }
}
