//! Benign pickles: what people store, which a scanner must not cry out about.
//!
//! They are files in `benign/files`, made by `benign/make.py`, which also writes the manifest.

use std::fmt;
use std::path::{Path, PathBuf};

/// The least allow list that loads a benign pickle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fits {
    /// No globals at all.
    DataOnly,
    /// Data types of the standard library.
    Standard,
    /// What PyTorch's state dicts need.
    Torch,
    /// None of these: classes of an application, of numpy, pandas or scikit-learn.
    None,
}

impl fmt::Display for Fits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DataOnly => "data only",
            Self::Standard => "standard",
            Self::Torch => "torch",
            Self::None => "none",
        })
    }
}

/// A benign pickle, or an archive or compressed file around one.
#[derive(Clone, Debug)]
pub struct Benign {
    /// The name of its file, which is unique.
    pub name: &'static str,
    /// The least allow list that loads it.
    pub fits: Fits,
    /// What is inside.
    pub what: &'static str,
}

impl Benign {
    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("benign/files")
            .join(self.name)
    }

    /// What the file holds.
    ///
    /// # Errors
    /// Those of reading a file.
    pub fn bytes(&self) -> std::io::Result<Vec<u8>> {
        std::fs::read(self.path())
    }
}

/// All benign pickles.
///
/// # Panics
/// If the manifest is not as `make.py` writes it.
#[must_use]
pub fn benign() -> Vec<Benign> {
    let manifest = include_str!("../benign/manifest.tsv");
    let line = |line: &'static str| -> Option<Benign> {
        let (name, rest) = line.split_once('\t')?;
        let (fits, what) = rest.split_once('\t')?;
        let fits = match fits {
            "data only" => Fits::DataOnly,
            "standard" => Fits::Standard,
            "torch" => Fits::Torch,
            "none" => Fits::None,
            _ => return None,
        };
        Some(Benign { name, fits, what })
    };
    let all: Option<Vec<_>> = manifest.lines().map(line).collect();
    all.expect("a name, a list and a text in each line")
}
