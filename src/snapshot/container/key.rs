//! Keys and signatures.

use core::fmt;
use core::hint::black_box;

use ed25519_dalek::Signer as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::snapshot::SnapshotError;

/// What every signed message begins with, so that no signature means anything elsewhere.
const CONTEXT: &[u8; 32] = b"rustpython-pickle snapshot v1   ";

/// The shortest key of HMAC, in bytes.
const SHORTEST: usize = 16;

/// How a snapshot is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256: who can check can sign as well.
    HmacSha256,
    /// Ed25519: checked with the public key.
    Ed25519,
}

impl Algorithm {
    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::HmacSha256),
            2 => Some(Self::Ed25519),
            _ => None,
        }
    }

    pub(super) fn byte(self) -> u8 {
        match self {
            Self::HmacSha256 => 1,
            Self::Ed25519 => 2,
        }
    }

    /// The length of a signature in bytes.
    pub(super) fn size(self) -> usize {
        match self {
            Self::HmacSha256 => 32,
            Self::Ed25519 => 64,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HmacSha256 => "HMAC-SHA256",
            Self::Ed25519 => "Ed25519",
        })
    }
}

/// A key that signs snapshots.
///
/// It is never shown by `Debug`, and its bytes are overwritten when it is dropped.
///
/// ```
/// use rustpython_pickle::snapshot::SigningKey;
///
/// let key = SigningKey::ed25519(&[7; 32]);
/// assert_eq!(format!("{key:?}"), "SigningKey(Ed25519)");
/// assert!(SigningKey::hmac_sha256(b"short").is_err());
/// ```
#[derive(Clone)]
pub struct SigningKey(Signing);

#[derive(Clone)]
enum Signing {
    HmacSha256(Secret),
    // It overwrites itself.
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

/// A key that checks signatures.
///
/// That of HMAC is the signing key itself, and just as secret.
#[derive(Clone)]
pub struct VerifyingKey(Verifying);

#[derive(Clone)]
enum Verifying {
    HmacSha256(Secret),
    Ed25519(Box<ed25519_dalek::VerifyingKey>),
}

#[derive(Clone)]
struct Secret(Vec<u8>);

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.fill(0);
        // Without it, writing what nobody reads could be left out.
        black_box(&mut self.0);
    }
}

impl Secret {
    fn new(key: &[u8]) -> Result<Self, SnapshotError> {
        if key.len() < SHORTEST {
            let message = format!(
                "a key of HMAC has to have {SHORTEST} bytes or more, not {}",
                key.len()
            );
            return Err(SnapshotError::options(message));
        }
        Ok(Self(key.to_vec()))
    }

    fn mac(&self, digest: &blake3::Hash) -> Result<Hmac<Sha256>, SnapshotError> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0);
        let mac = mac.map_err(|error| SnapshotError::options(error.to_string()))?;
        Ok(mac.chain_update(message(digest)))
    }
}

fn message(digest: &blake3::Hash) -> [u8; 64] {
    let mut message = [0; 64];
    let (context, rest) = message.split_at_mut(CONTEXT.len());
    context.copy_from_slice(CONTEXT);
    rest.copy_from_slice(digest.as_bytes());
    message
}

impl SigningKey {
    /// A key of HMAC-SHA256: 16 random bytes or more, better 32.
    ///
    /// # Errors
    /// [`Options`](crate::snapshot::SnapshotErrorKind::Options) when it is shorter.
    pub fn hmac_sha256(key: &[u8]) -> Result<Self, SnapshotError> {
        Secret::new(key).map(Signing::HmacSha256).map(Self)
    }

    /// A key of Ed25519: 32 random bytes, the secret key of RFC 8032.
    #[must_use]
    pub fn ed25519(secret: &[u8; 32]) -> Self {
        Self(Signing::Ed25519(Box::new(
            ed25519_dalek::SigningKey::from_bytes(secret),
        )))
    }

    /// Which algorithm it is for.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Signing::HmacSha256(_) => Algorithm::HmacSha256,
            Signing::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// The key that checks what this one signs.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(match &self.0 {
            Signing::HmacSha256(secret) => Verifying::HmacSha256(secret.clone()),
            Signing::Ed25519(key) => Verifying::Ed25519(Box::new(key.verifying_key())),
        })
    }

    pub(super) fn sign(&self, digest: &blake3::Hash) -> Result<Vec<u8>, SnapshotError> {
        Ok(match &self.0 {
            Signing::HmacSha256(secret) => secret.mac(digest)?.finalize().into_bytes().to_vec(),
            Signing::Ed25519(key) => key.sign(&message(digest)).to_bytes().to_vec(),
        })
    }
}

impl VerifyingKey {
    /// A key of HMAC-SHA256, the same that signs.
    ///
    /// # Errors
    /// As [`SigningKey::hmac_sha256`].
    pub fn hmac_sha256(key: &[u8]) -> Result<Self, SnapshotError> {
        Secret::new(key).map(Verifying::HmacSha256).map(Self)
    }

    /// A public key of Ed25519, as RFC 8032 encodes it.
    ///
    /// # Errors
    /// [`Options`](crate::snapshot::SnapshotErrorKind::Options) when the bytes are no such key.
    pub fn ed25519(public: &[u8; 32]) -> Result<Self, SnapshotError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(public)
            .ok()
            // Anybody can sign for a weak one.
            .filter(|key| !key.is_weak());
        match key {
            Some(key) => Ok(Self(Verifying::Ed25519(Box::new(key)))),
            None => Err(SnapshotError::options("no public key of Ed25519")),
        }
    }

    /// The public key of Ed25519, to be given away; `None` for a key of HMAC.
    #[must_use]
    pub fn public_bytes(&self) -> Option<[u8; 32]> {
        match &self.0 {
            Verifying::HmacSha256(_) => None,
            Verifying::Ed25519(key) => Some(key.to_bytes()),
        }
    }

    /// Which algorithm it is for.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Verifying::HmacSha256(_) => Algorithm::HmacSha256,
            Verifying::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// In constant time as to the secret.
    pub(super) fn verifies(
        &self,
        algorithm: Option<Algorithm>,
        digest: &blake3::Hash,
        signature: &[u8],
    ) -> Result<bool, SnapshotError> {
        if algorithm != Some(self.algorithm()) {
            return Ok(false);
        }
        Ok(match &self.0 {
            Verifying::HmacSha256(secret) => secret.mac(digest)?.verify_slice(signature).is_ok(),
            Verifying::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(&message(digest), &signature).is_ok()),
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.algorithm())
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.algorithm())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_is_not_taken_for_another() {
        let digest = blake3::hash(b"content");
        let hmac = SigningKey::hmac_sha256(&[7; 32]).unwrap();
        let ed25519 = SigningKey::ed25519(&[7; 32]);
        for (signing, other) in [(&hmac, &ed25519), (&ed25519, &hmac)] {
            let signature = signing.sign(&digest).unwrap();
            assert_eq!(signature.len(), signing.algorithm().size());
            let check = |key: &SigningKey, algorithm| {
                let key = key.verifying_key();
                key.verifies(algorithm, &digest, &signature).unwrap()
            };
            assert!(check(signing, Some(signing.algorithm())));
            assert!(!check(signing, Some(other.algorithm())));
            assert!(!check(signing, None));
            assert!(!check(other, Some(signing.algorithm())));
            assert!(!check(other, Some(other.algorithm())));
        }
    }

    /// The point of order 1, for which many signatures fit any message.
    #[test]
    fn weak_public_keys_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert!(VerifyingKey::ed25519(&identity).is_err());
    }

    #[test]
    fn keys_are_not_shown() {
        let key = SigningKey::hmac_sha256(&[0x41; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey(HMAC-SHA256)");
        assert_eq!(
            format!("{:?}", key.verifying_key()),
            "VerifyingKey(HMAC-SHA256)"
        );
    }
}
