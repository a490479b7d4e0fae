//! Keys from files.

use super::KeyFile;
use crate::key_file;
use rustpython_pickle::snapshot::{ReadOptions, VerifyingKey};
use std::path::Path;

/// Options with these keys, or what is wrong with one of them.
pub(super) fn options(files: &[KeyFile]) -> Result<ReadOptions, String> {
    let mut options = ReadOptions::new();
    for file in files {
        options = options.key(key(file)?);
    }
    Ok(options)
}

fn key(file: &KeyFile) -> Result<VerifyingKey, String> {
    let (KeyFile::HmacSha256(path) | KeyFile::Ed25519(path)) = file;
    let bytes =
        key_file::read(Path::new(path)).map_err(|error| format!("{}: {error}", path.display()))?;
    let key = match file {
        KeyFile::HmacSha256(_) => VerifyingKey::hmac_sha256(&bytes),
        KeyFile::Ed25519(_) => {
            let public = match <[u8; 32]>::try_from(&*bytes) {
                Ok(bytes) => Some(bytes),
                Err(_) => unhex(bytes.trim_ascii()),
            };
            let public = public.ok_or_else(|| {
                let path = path.display();
                format!("{path}: neither 32 bytes nor 64 hexadecimal digits")
            })?;
            VerifyingKey::ed25519(&public)
        }
    };
    key.map_err(|error| format!("{}: {error}", path.display()))
}

fn unhex(digits: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = char::from(*digit).to_digit(16)?;
            *byte = *byte << 4 | u8::try_from(value).ok()?;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal() {
        let mut expected = [0xab; 32];
        expected[31] = 0x01;
        let digits = format!("{}01", "aB".repeat(31));
        assert_eq!(unhex(digits.as_bytes()), Some(expected));
        for bad in ["", "ab", &"ab".repeat(33), &"+1".repeat(32)] {
            assert_eq!(unhex(bad.as_bytes()), None);
        }
    }
}
