//! What an atom consists of: bytes, of which long ones are kept in part.

use core::fmt;

#[cfg(all(feature = "snapshot", feature = "vm"))]
use crate::machine::small_long;

/// Bytes that fit beside their length in the space of the other forms.
const SMALL: usize = 14;

/// The bytes of a constant or a name; of long ones the beginning only.
///
/// Two contents are equal if their bytes are. Of bytes that are not kept the length is compared, and their digest, if the
/// graph was made with one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Content(Form);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Form {
    Small(u8, [u8; SMALL]),
    Whole(Box<[u8]>),
    Cut(Box<Cut>),
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Cut {
    beginning: Box<[u8]>,
    length: u64,
    digest: Option<[u8; 32]>,
}

impl Content {
    pub(super) fn new(bytes: &[u8], kept: usize, digest: Option<super::Digest>) -> Self {
        match bytes.get(..kept) {
            Some(beginning) if bytes.len() > kept => Self(Form::Cut(Box::new(Cut {
                beginning: beginning.into(),
                length: bytes.len() as u64,
                digest: digest.map(|digest| digest(bytes)),
            }))),
            _ => {
                let mut small = [0; SMALL];
                match (small.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
                    (Some(place), Ok(length)) => {
                        place.copy_from_slice(bytes);
                        Self(Form::Small(length, small))
                    }
                    _ => Self(Form::Whole(bytes.into())),
                }
            }
        }
    }

    /// The bytes that are kept: all of them, unless [`is_whole`](Self::is_whole) says otherwise.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Form::Small(length, bytes) => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Form::Whole(bytes) => bytes,
            Form::Cut(cut) => &cut.beginning,
        }
    }

    /// How many bytes there were.
    #[must_use]
    pub fn length(&self) -> u64 {
        match &self.0 {
            Form::Cut(cut) => cut.length,
            _ => self.bytes().len() as u64,
        }
    }

    /// The number that it is as an [`Int`](super::Kind::Int), if that is not negative and below 2⁶³.
    #[cfg(all(feature = "snapshot", feature = "vm"))]
    pub(crate) fn unsigned(&self) -> Option<u64> {
        let number = small_long(self.bytes()).filter(|_| self.is_whole())?;
        u64::try_from(number).ok()
    }

    /// How many bytes of memory it takes outside of itself.
    pub(super) fn heap(&self) -> u64 {
        match &self.0 {
            Form::Small(..) => 0,
            Form::Whole(bytes) => bytes.len() as u64,
            Form::Cut(cut) => (size_of::<Cut>() + cut.beginning.len()) as u64,
        }
    }

    /// Whether all bytes are kept.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !matches!(self.0, Form::Cut(_))
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.bytes().escape_ascii())?;
        if !self.is_whole() {
            write!(f, "... {} bytes", self.length())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_kept_as_it_is_or_cut() {
        let bytes: Vec<u8> = (0..40).collect();
        for length in 0..40 {
            let content = Content::new(&bytes[..length], 30, None);
            assert_eq!(content.bytes(), &bytes[..length.min(30)]);
            assert_eq!(content.length(), length as u64);
            assert_eq!(content.is_whole(), length <= 30);
        }
        assert!(size_of::<Content>() <= 24);
    }

    #[test]
    fn what_is_not_kept_is_compared_by_its_digest() {
        let digest: super::super::Digest = |bytes| [bytes[5]; 32];
        let cut = |bytes: &[u8], digest| Content::new(bytes, 3, digest);
        assert_ne!(cut(b"abcdef", Some(digest)), cut(b"abcdeg", Some(digest)));
        assert_eq!(cut(b"abcdef", Some(digest)), cut(b"abcdef", Some(digest)));
        assert_ne!(cut(b"abcd", None), cut(b"abcde", None));
    }
}
