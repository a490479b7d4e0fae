//! The `PYTHON*` environment variables.

use std::ffi::OsString;

/// The environment, unless it is to be ignored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Environment {
    /// `-E`
    pub(crate) ignored: bool,
}

impl Environment {
    /// A variable that is set to something, and not to nothing.
    pub(crate) fn get_os(self, name: &str) -> Option<OsString> {
        if self.ignored {
            return None;
        }
        std::env::var_os(name).filter(|value| !value.is_empty())
    }

    /// The same as text.
    pub(crate) fn get(self, name: &str) -> Option<String> {
        self.get_os(name)
            .map(|value| value.to_string_lossy().into_owned())
    }

    /// Whether a variable is set to something.
    pub(crate) fn has(self, name: &str) -> bool {
        self.get_os(name).is_some()
    }

    /// A variable that says how often an option is given: a number, or
    /// anything else for once.
    pub(crate) fn count(self, name: &str) -> u8 {
        match self.get(name) {
            None => 0,
            Some(value) => match value.parse::<i32>() {
                Ok(number @ 0..) => u8::try_from(number).unwrap_or(u8::MAX),
                _ => 1,
            },
        }
    }
}
