//! How to read and to write.

use super::{Limits, SigningKey, VerifyingKey};
use crate::snapshot::SnapshotError;

/// How to check a snapshot that is read.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    pub(super) limits: Limits,
    pub(super) keys: Vec<VerifyingKey>,
}

impl ReadOptions {
    /// The default limits, and no key: signatures are not checked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How large the snapshot may be.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Refuses what is not signed with this key. With several keys, one of them has to fit:
    /// a new key can come into use while old snapshots are about.
    #[must_use]
    pub fn key(mut self, key: VerifyingKey) -> Self {
        self.keys.push(key);
        self
    }
}

/// How to write a snapshot.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    pub(super) limits: Limits,
    pub(super) level: i32,
    pub(super) key: Option<SigningKey>,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            level: zstd::DEFAULT_COMPRESSION_LEVEL,
            key: None,
        }
    }
}

impl WriteOptions {
    /// The default limits, zstd's default level (3), and no signature.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How large the snapshot may become.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The level of zstd: 1 is fast, 19 is small.
    ///
    /// # Errors
    /// [`Options`](crate::snapshot::SnapshotErrorKind::Options) for any other level; those above 19 need a larger window
    /// than readers allow.
    pub fn level(mut self, level: i32) -> Result<Self, SnapshotError> {
        if !(1..=19).contains(&level) {
            let message = format!("the level of zstd has to be 1 to 19, not {level}");
            return Err(SnapshotError::options(message));
        }
        self.level = level;
        Ok(self)
    }

    /// Signs the snapshot.
    #[must_use]
    pub fn key(mut self, key: SigningKey) -> Self {
        self.key = Some(key);
        self
    }
}
