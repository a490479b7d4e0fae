//! What the options of the command line say.

use crate::state::State;
use rustpython_vm::vm::CheckHashPycsMode;

/// The options, before the environment is asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// `-b`, how often.
    pub(crate) bytes_warning: u8,
    /// `-B`
    pub(crate) no_bytecode: bool,
    /// `-d`, how often.
    pub(crate) debug: u8,
    /// `-E`
    pub(crate) ignore_environment: bool,
    /// `-I`
    pub(crate) isolated: bool,
    /// `-O`, how often.
    pub(crate) optimize: u8,
    /// `-P`
    pub(crate) safe_path: bool,
    /// `-q`
    pub(crate) quiet: bool,
    /// `-s`
    pub(crate) no_user_site: bool,
    /// `-S`
    pub(crate) no_site: bool,
    /// `-u`
    pub(crate) unbuffered: bool,
    /// `-v`, how often.
    pub(crate) verbose: u8,
    /// `-W`, each.
    pub(crate) warnings: Vec<String>,
    /// `-X`, each: a name and perhaps a value.
    pub(crate) implementation: Vec<(String, Option<String>)>,
    /// `--check-hash-based-pycs`
    pub(crate) check_hash_pycs: CheckHashPycsMode,
    /// Where the session is kept.
    pub(crate) state: State,
    /// `sys.argv`
    pub(crate) argv: Vec<String>,
}

impl Options {
    /// The last `-X` of a name: `None` when it was not given.
    pub(crate) fn implementation(&self, name: &str) -> Option<Option<&str>> {
        self.implementation
            .iter()
            .rev()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_deref())
    }

    /// Whether an `-X` that takes no value was given.
    pub(crate) fn has_implementation(&self, name: &str) -> bool {
        self.implementation(name).is_some()
    }
}
