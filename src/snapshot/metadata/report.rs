//! What became of each global, as plain data.

mod json;

use core::fmt;

use serde::{Deserialize, Serialize};

/// What became of each global when a session was saved.
pub type SaveReport = Report;

/// What became of each global when a session was restored.
pub type RestoreReport = Report;

/// What became of each global of each module.
///
/// ```
/// use rustpython_pickle::snapshot::{GlobalReport, ModuleReport, Outcome, Report};
///
/// let mut module = ModuleReport::new("__main__");
/// module.globals.push(GlobalReport::new("users", "list", Outcome::Saved));
/// module.globals.push(GlobalReport::new("sock", "socket", Outcome::LeftOut {
///     why: "cannot pickle 'socket' object".to_owned(),
///     path: "sock".to_owned(),
/// }));
/// let mut report = Report::default();
/// report.modules.push(module);
/// assert_eq!(report.totals().saved.globals, 1);
/// assert!(report.to_string().contains("left out: cannot pickle 'socket' object (sock)"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Report {
    /// The modules whose globals are saved, in the order in which they are restored.
    pub modules: Vec<ModuleReport>,
    /// The modules that are imported again by name.
    pub libraries: Vec<String>,
    /// What else of the interpreter is saved, for example `random`.
    pub settings: Vec<String>,
}

/// One module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModuleReport {
    /// Its name in `sys.modules`.
    pub name: String,
    /// The file or the host's name that its source came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Its globals, in the order of its dict.
    #[serde(default)]
    pub globals: Vec<GlobalReport>,
}

/// One global.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "json::Global")]
#[non_exhaustive]
pub struct GlobalReport {
    /// Its name.
    pub name: String,
    /// The name of its class, with the module if that is not `builtins`.
    #[serde(rename = "type", default)]
    pub type_name: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Where its pickle begins in the section `state`, in bytes; `None` without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The length of its pickle in bytes; 0 for what is left out, which has none. What a global that stands before
    /// it in the section has written already is not counted again.
    #[serde(default)]
    pub size: u64,
}

/// What became of a global.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It is inside.
    Saved,
    /// It is imported again.
    ByReference {
        /// From where, for example `os.path.join`.
        target: String,
    },
    /// A handler made something of it that can be saved.
    Handled {
        /// What, for example `a new lock`.
        how: String,
    },
    /// It is inside as code of another bytecode version, and was compiled again.
    Recompiled {
        /// From which source.
        source: String,
    },
    /// It is not inside, or could not be restored.
    LeftOut {
        /// Why.
        why: String,
        /// The way to the culprit, for example `app.clients[2].sock`.
        path: String,
    },
    /// Something that only a later version of this crate knows.
    Unknown,
}

/// Counts of the [`Outcome`]s of a [`Report`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// [`Outcome::Saved`]
    pub saved: Tally,
    /// [`Outcome::ByReference`]
    pub by_reference: Tally,
    /// [`Outcome::Handled`]
    pub handled: Tally,
    /// [`Outcome::Recompiled`]
    pub recompiled: Tally,
    /// [`Outcome::LeftOut`]
    pub left_out: Tally,
    /// [`Outcome::Unknown`]
    pub unknown: Tally,
}

/// How many globals, and how many bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Their number.
    pub globals: u64,
    /// The sum of their sizes.
    pub bytes: u64,
}

impl Report {
    /// How many globals there are of each outcome.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for (_, global) in self.globals() {
            let tally = match &global.outcome {
                Outcome::Saved => &mut totals.saved,
                Outcome::ByReference { .. } => &mut totals.by_reference,
                Outcome::Handled { .. } => &mut totals.handled,
                Outcome::Recompiled { .. } => &mut totals.recompiled,
                Outcome::LeftOut { .. } => &mut totals.left_out,
                Outcome::Unknown => &mut totals.unknown,
            };
            tally.globals += 1;
            // A report can come from anywhere.
            tally.bytes = tally.bytes.saturating_add(global.size);
        }
        totals
    }

    /// Every global with its module, in order.
    pub fn globals(&self) -> impl Iterator<Item = (&ModuleReport, &GlobalReport)> {
        self.modules
            .iter()
            .flat_map(|module| module.globals.iter().map(move |global| (module, global)))
    }

    /// The globals that were left out.
    pub fn left_out(&self) -> impl Iterator<Item = (&ModuleReport, &GlobalReport)> {
        self.globals()
            .filter(|(_, global)| matches!(global.outcome, Outcome::LeftOut { .. }))
    }
}

impl ModuleReport {
    /// A module without globals.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            source: None,
            globals: Vec::new(),
        }
    }
}

impl GlobalReport {
    /// A global without a pickle.
    #[must_use]
    pub fn new(name: impl Into<String>, type_name: impl Into<String>, outcome: Outcome) -> Self {
        Self {
            name: name.into(),
            type_name: type_name.into(),
            outcome,
            offset: None,
            size: 0,
        }
    }

    /// The same with a pickle of `size` bytes at `offset` in the section `state`.
    #[must_use]
    pub fn at(mut self, offset: u64, size: u64) -> Self {
        self.offset = Some(offset);
        self.size = size;
        self
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Saved => f.write_str("saved"),
            Self::ByReference { target } => write!(f, "by reference: {target}"),
            Self::Handled { how } => write!(f, "handled: {how}"),
            Self::Recompiled { source } => write!(f, "recompiled: {source}"),
            Self::LeftOut { why, path } => write!(f, "left out: {why} ({path})"),
            Self::Unknown => f.write_str("unknown to this version"),
        }
    }
}

/// A line for each global: name, type, size in bytes, outcome.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&GlobalReport) -> &str| {
            let widths = self
                .globals()
                .map(|(_, global)| text(global).chars().count());
            // A single long name does not push everything else off the screen.
            widths.max().unwrap_or(0).min(32)
        };
        let name = width(|global| &global.name);
        let type_name = width(|global| &global.type_name);
        for module in &self.modules {
            match &module.source {
                Some(source) => writeln!(f, "{} ({source})", module.name)?,
                None => writeln!(f, "{}", module.name)?,
            }
            for global in &module.globals {
                writeln!(
                    f,
                    "  {:name$}  {:type_name$}  {:>10}  {}",
                    global.name, global.type_name, global.size, global.outcome
                )?;
            }
        }
        if !self.libraries.is_empty() {
            writeln!(f, "imported again: {}", self.libraries.join(", "))?;
        }
        if !self.settings.is_empty() {
            writeln!(f, "settings: {}", self.settings.join(", "))?;
        }
        Ok(())
    }
}
