//! Pickles that do something when they are loaded.

mod callables;
mod collector;
mod confusing;
mod extensions;
mod hooks;
mod later;
mod listed;
mod listed_values;
mod made;
mod memo;
mod names;
mod objects;
mod python2;
mod routes;
mod unlisted;
mod wrapped;

use collector::Collector;
use std::fmt;
use std::path::{Path, PathBuf};

/// What an attack is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Class {
    /// The opcodes that can call something.
    Route,
    /// A callable of the standard library that starts a program.
    Program,
    /// A callable that runs Python code given as text, bytes, file or code object.
    Code,
    /// A callable that reads, writes or removes files.
    Files,
    /// A callable that uses the network.
    Network,
    /// A callable that calls another one, or finds one by name.
    Indirect,
    /// A callable that changes or ends the process.
    Process,
    /// Names with dots, names re-exported by other modules, and odd spellings of names.
    Name,
    /// The extension registry.
    Extension,
    /// `BUILD`, `SETITEM`, `APPEND` or `ADDITEMS` on what the load did not create.
    Object,
    /// Names made through the memo, escapes and computed strings.
    Memo,
    /// Names of Python 2.
    Python2,
    /// Persistent ids.
    PersistentId,
    /// Callables that an allow list of data types may hold, with harmful arguments.
    Listed,
    /// Streams that a scanner reads otherwise than the loader, or gives up on.
    Confusing,
    /// Pickles in archives, compressed, or in other formats.
    Wrapped,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Route,
        Self::Program,
        Self::Code,
        Self::Files,
        Self::Network,
        Self::Indirect,
        Self::Process,
        Self::Name,
        Self::Extension,
        Self::Object,
        Self::Memo,
        Self::Python2,
        Self::PersistentId,
        Self::Listed,
        Self::Confusing,
        Self::Wrapped,
    ];
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Route => "opcode routes to a callable",
            Self::Program => "programs",
            Self::Code => "Python code",
            Self::Files => "files",
            Self::Network => "network",
            Self::Indirect => "indirect calls",
            Self::Process => "the process",
            Self::Name => "dotted names, re-exports, spellings",
            Self::Extension => "extension registry",
            Self::Object => "changes to existing objects",
            Self::Memo => "memo and escapes",
            Self::Python2 => "names of Python 2",
            Self::PersistentId => "persistent ids",
            Self::Listed => "listed callables, harmful arguments",
            Self::Confusing => "streams that confuse scanners",
            Self::Wrapped => "archives and compression",
        })
    }
}

/// How an application would load the file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Load {
    /// `pickle.load`.
    Pickle,
    /// `pickle.load` again and again, up to the end of the file.
    Each,
    /// An `Unpickler` whose `persistent_load` finds objects by `module:name` and calls what comes
    /// with arguments, as some applications do.
    Persistent,
    /// `pickle.load` of a member of a zip archive, as its raw bytes: no CRC is checked, and flags
    /// are ignored, as torch does it.
    ZipMember(String),
    /// `pickle.load` after decompression by this module: gzip, bz2, lzma or zlib.
    Compressed(&'static str),
    /// `pickle.load` behind the header of an `.npy` file.
    Npy,
    /// `pickle.load` of the base64 text that the file is.
    Base64,
}

/// What shows that the attack worked, in the process that loaded it or around it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Harm {
    /// The marker is there.
    Marker,
    /// The victim is not there any more.
    Removed,
    /// This Python expression is true after the load; `loaded` is what came out of it.
    State(String),
    /// The load ends with this exception, which what it called has raised.
    Raises(&'static str),
    /// The process ends before the load does.
    Ends,
}

/// What a Python must have for the attack to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Needs {
    /// This module.
    Module(&'static str),
    /// Version 3.this or later.
    Since(u8),
    /// An earlier version than 3.this.
    Before(u8),
    /// Something that no Python at hand has; why.
    Other(&'static str),
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module(name) => write!(f, "needs the module {name}"),
            Self::Since(minor) => write!(f, "needs Python 3.{minor} or later"),
            Self::Before(minor) => write!(f, "needs a Python before 3.{minor}"),
            Self::Other(why) => f.write_str(why),
        }
    }
}

/// A pickle that does something when it is loaded.
#[derive(Clone, Debug)]
pub struct Attack {
    /// A unique name of `a-z`, `A-Z`, `0-9`, `.`, `_` and `-`.
    pub name: String,
    /// What it is about.
    pub class: Class,
    /// What it would do, in a few words.
    pub does: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
    /// What the file would be called, for what goes by extensions.
    pub file_name: String,
    /// The file that it makes.
    pub marker: PathBuf,
    /// A file or folder that it may read or remove; [`prepare`](Self::prepare) makes it.
    pub victim: PathBuf,
    /// Other files that must be there.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// How the file is loaded.
    pub load: Load,
    /// What shows that it worked.
    pub harm: Harm,
    /// Where it works; everywhere if empty.
    pub needs: Vec<Needs>,
}

/// What a victim holds.
pub const VICTIM: &[u8] = b"a victim's secret";

impl Attack {
    /// Makes the victim, and what else the attack needs to show that it works.
    ///
    /// # Errors
    /// Those of creating folders and writing files.
    pub fn prepare(&self) -> std::io::Result<()> {
        let victim = (&self.victim, VICTIM);
        let others = self.files.iter().map(|(path, bytes)| (path, &bytes[..]));
        for (path, bytes) in std::iter::once(victim).chain(others) {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(path, bytes)?;
        }
        Ok(())
    }
}

/// Whether a folder's path can go into shell commands and Python code as it is: letters, digits,
/// `/`, `.`, `_` and `-` alone.
#[must_use]
pub fn is_plain(folder: &Path) -> bool {
    let plain = |unit: char| unit.is_ascii_alphanumeric() || "/._-".contains(unit);
    folder.to_str().is_some_and(|path| path.chars().all(plain))
}

/// All attacks, with markers and victims in this folder.
///
/// Nothing is written: [`Attack::prepare`] does that, for those who let attacks work.
///
/// # Panics
/// If the folder's path is not [plain](is_plain).
#[must_use]
pub fn attacks(folder: &Path) -> Vec<Attack> {
    assert!(is_plain(folder), "a plain path: {}", folder.display());
    let path = folder.to_string_lossy();
    let mut all = Collector::new(&path);
    routes::collect(&mut all);
    callables::collect(&mut all);
    names::collect(&mut all);
    memo::collect(&mut all);
    extensions::collect(&mut all);
    objects::collect(&mut all);
    python2::collect(&mut all);
    listed::collect(&mut all);
    confusing::collect(&mut all);
    wrapped::collect(&mut all);
    unlisted::collect(&mut all);
    all.attacks
}
