//! What a policy has refused.

use core::fmt;

use super::list::NameFault;

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The policy allows no globals at all.
    DataOnly,
    /// The list does not have it.
    NotListed,
    /// Its names are such that no policy allows them.
    Names(NameFault),
    /// The list has it, and it is not there in this interpreter.
    Missing,
    /// A closure has refused it.
    Denied,
    /// More globals are named than a load may name.
    TooMany,
    /// It may be a value, and may not be called.
    NotCallable,
    /// What the pickle calls is not one of the listed globals.
    UnknownCallable,
    /// It has no class to make an instance of.
    NotAClass,
    /// Its arguments are not those that the list allows: what they should be.
    Arguments(String),
    /// The object takes no state from a pickle.
    State(String),
    /// The object takes no items from a pickle.
    Items(String),
    /// An extension code is not registered with two names.
    Extension(i32),
    /// There is nobody to resolve persistent ids.
    PersistentId,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DataOnly => f.write_str("only plain data may be loaded"),
            Self::NotListed => f.write_str("it is not listed"),
            Self::Names(fault) => fault.fmt(f),
            Self::Missing => f.write_str("it is listed, and not there"),
            Self::Denied => f.write_str("it was refused"),
            Self::TooMany => f.write_str("too many globals are named"),
            Self::NotCallable => f.write_str("it may not be called"),
            Self::UnknownCallable => f.write_str("what is called is no listed global"),
            Self::NotAClass => f.write_str("it is no class"),
            Self::Arguments(rule) => f.write_str(rule),
            Self::State(reason) | Self::Items(reason) => f.write_str(reason),
            Self::Extension(code) => write!(f, "the extension code {code} names nothing"),
            Self::PersistentId => f.write_str("nobody resolves persistent ids"),
        }
    }
}

/// So many characters of a name are told: a pickle chooses how long its names are, and a refusal is shown and kept.
const TOLD: usize = 200;

/// The beginning of a text that is too long to be told.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(TOLD) {
        Some((end, _)) => format!("{}\u{2026}", &text[..end]),
        None => text.to_owned(),
    }
}

/// The same of text that is not decoded yet.
#[cfg(feature = "vm")]
pub(crate) fn cut_bytes(text: &[u8]) -> String {
    // A character has at most four bytes.
    let beginning = text.len().min(4 * (TOLD + 1));
    cut(&String::from_utf8_lossy(&text[..beginning]))
}

/// Something that a pickle asked for and a policy refused. Nothing was imported or called for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forbidden {
    /// The module of the global in question, where there is one: its first 200 characters, and `…` if there are more.
    pub module: Option<String>,
    /// Its name, likewise.
    pub name: Option<String>,
    /// Why it was refused.
    pub refusal: Refusal,
}

#[cfg(feature = "vm")]
impl Forbidden {
    pub(crate) fn new(refusal: Refusal) -> Self {
        Self {
            module: None,
            name: None,
            refusal,
        }
    }

    pub(crate) fn global(module: &str, name: &str, refusal: Refusal) -> Self {
        Self {
            module: Some(cut(module)),
            name: Some(cut(name)),
            refusal,
        }
    }
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("forbidden: ")?;
        if let (Some(module), Some(name)) = (&self.module, &self.name) {
            // The names are the pickle's: quoted, so that they can't pass for anything else.
            write!(f, "{module:?} {name:?}: ")?;
        }
        self.refusal.fmt(f)
    }
}

impl core::error::Error for Forbidden {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_between_characters() {
        let name = "\u{e9}".repeat(TOLD);
        assert_eq!(cut(&name), name);
        let longer = name.clone() + "x";
        assert_eq!(cut(&longer), name + "\u{2026}");
    }

    #[cfg(feature = "vm")]
    #[test]
    fn only_the_beginning_of_bytes_is_decoded() {
        assert_eq!(cut_bytes(b"os"), "os");
        let told = |text: &[u8]| cut_bytes(text).chars().count();
        assert_eq!(told(&[0xff; 10_000]), TOLD + 1);
        assert_eq!(told("\u{1f600}".repeat(10_000).as_bytes()), TOLD + 1);
        assert_eq!(told(&[b'x'; TOLD]), TOLD);
    }
}
