//! What changed between two snapshots. Nothing is executed.

mod compare;
mod state;

use core::fmt;
use std::collections::{HashMap, VecDeque};

use serde::Serialize;

use super::container::{Limit, STATE};
use super::error::{SnapshotError, SnapshotErrorKind};
use super::metadata::{GlobalReport, Metadata, ModuleReport, Outcome};
use super::progress::{Observer, Phase, Progress};
use super::{Container, Limits};
use crate::inspect::graph::Id;
use crate::inspect::show::line;
use compare::{Comparison, Stop};
use state::State;

/// How many characters of a value are shown.
const SHOWN: usize = 72;

/// What changed between two snapshots.
///
/// The pickles are read into a graph of plain nodes, and nothing is executed or imported. A global is the same if it
/// has the same value, down to the last part, and shares with other globals what it shared before; where in the file an
/// object stands, or in which global's pickle, makes no difference.
///
/// ```
/// use std::time::SystemTime;
/// use rustpython_pickle::snapshot::container::{STATE, Writer};
/// use rustpython_pickle::snapshot::{
///     Change, Container, Diff, GlobalReport, Limits, Metadata, ModuleReport, Observer, Outcome, ReadOptions, Report,
///     SnapshotError, WriteOptions,
/// };
///
/// let quiet = &mut Observer::none();
/// let mut snapshot = |pickle: &[u8]| {
///     let mut module = ModuleReport::new("__main__");
///     let global = GlobalReport::new("x", "int", Outcome::Saved).at(0, pickle.len() as u64);
///     module.globals.push(global);
///     let mut report = Report::default();
///     report.modules.push(module);
///     let mut metadata = Metadata::new(SystemTime::now());
///     metadata.set_report(report);
///     let mut writer = Writer::new(WriteOptions::new());
///     writer.section(STATE, pickle, quiet)?;
///     let bytes = writer.to_bytes(&metadata, quiet)?;
///     Container::from_bytes(bytes, &ReadOptions::new(), quiet)
/// };
/// let old = snapshot(b"\x80\x05K\x01.")?;
/// let new = snapshot(b"\x80\x05K\x02.")?;
/// let diff = Diff::new(&old, &new, &Limits::default(), &mut Observer::none())?;
/// let x = &diff.modules[0].globals[0];
/// assert_eq!((x.name.as_str(), x.change), ("x", Change::Changed));
/// assert_eq!(x.old.as_ref().unwrap().value.as_deref(), Some("1"));
/// assert_eq!(x.new.as_ref().unwrap().value.as_deref(), Some("2"));
/// # Ok::<(), SnapshotError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diff {
    /// What else of the metadata differs; not the time.
    pub metadata: Vec<FieldDiff>,
    /// Each module of either snapshot.
    pub modules: Vec<ModuleDiff>,
    /// Each section of either snapshot whose content is added, removed or changed; without the state, whose globals are
    /// in [`modules`](Self::modules).
    pub sections: Vec<SectionDiff>,
}

/// Whether something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is in the new snapshot only.
    Added,
    /// It is in the old snapshot only.
    Removed,
    /// It is another one.
    Changed,
    /// It is the same.
    Same,
}

/// A field of the metadata that is another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldDiff {
    /// Its name.
    pub name: &'static str,
    /// Its old value.
    pub old: String,
    /// Its new value.
    pub new: String,
}

/// A section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SectionDiff {
    /// Its name.
    pub name: String,
    /// What changed.
    pub change: Change,
}

/// A module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ModuleDiff {
    /// Its name.
    pub name: String,
    /// Whether it is in both snapshots.
    pub change: Change,
    /// Its globals: those of the old snapshot in their order, and then those that are added.
    pub globals: Vec<GlobalDiff>,
}

/// A global.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GlobalDiff {
    /// Its name.
    pub name: String,
    /// Whether it changed.
    pub change: Change,
    /// What it was.
    pub old: Option<Side>,
    /// What it is.
    pub new: Option<Side>,
}

/// A global in one of the snapshots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Side {
    /// The name of its class.
    #[serde(rename = "type")]
    pub type_name: String,
    /// What became of it when it was saved.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The length of its pickle in bytes.
    pub size: u64,
    /// The beginning of its value, much as `repr` shows it; `None` if it is not inside.
    pub value: Option<String>,
}

impl Diff {
    /// Compares two snapshots. Of the limits, [`Limits::objects`] and [`Limits::memory`] are used.
    ///
    /// # Errors
    /// When a state is no sequence of pickles or does not fit the metadata, there are too many objects or
    /// they take too much memory, or the observer cancels.
    pub fn new(
        old: &Container,
        new: &Container,
        limits: &Limits,
        observer: &mut Observer<'_>,
    ) -> Result<Self, SnapshotError> {
        let old_state = State::read(old, limits, observer)?;
        let new_state = State::read(new, limits, observer)?;
        let mut globals = Globals {
            comparison: Comparison::new(&old_state.graph, &new_state.graph, limits.memory),
            old: &old_state,
            new: &new_state,
            limits,
            observer,
        };
        let modules = matched(
            &old.metadata().report.modules,
            &new.metadata().report.modules,
            |module| &module.name,
        )
        .into_iter()
        .map(|pair| globals.module(&pair))
        .collect::<Result<_, _>>()?;
        Ok(Self {
            metadata: fields(old.metadata(), new.metadata()),
            modules,
            sections: sections(old, new, observer)?,
        })
    }

    /// Whether nothing changed but the time.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let mut globals = self.modules.iter().flat_map(|module| &module.globals);
        self.metadata.is_empty()
            && self.sections.is_empty()
            && self
                .modules
                .iter()
                .all(|module| module.change == Change::Same)
            && globals.all(|global| global.change == Change::Same)
    }
}

/// What compares globals.
struct Globals<'a, 'o, 'c> {
    comparison: Comparison<'a>,
    old: &'a State,
    new: &'a State,
    limits: &'a Limits,
    observer: &'o mut Observer<'c>,
}

impl Globals<'_, '_, '_> {
    fn module(&mut self, pair: &Pair<'_, ModuleReport>) -> Result<ModuleDiff, SnapshotError> {
        let globals = |module: Option<&'_ ModuleReport>| -> Vec<GlobalReport> {
            module
                .map(|module| module.globals.clone())
                .unwrap_or_default()
        };
        let (old, new) = (globals(pair.old), globals(pair.new));
        let globals = matched(&old, &new, |global| &global.name)
            .into_iter()
            .map(|pair| self.global(&pair))
            .collect::<Result<_, _>>()?;
        Ok(ModuleDiff {
            name: pair.name.to_owned(),
            change: pair.presence(),
            globals,
        })
    }

    fn global(&mut self, pair: &Pair<'_, GlobalReport>) -> Result<GlobalDiff, SnapshotError> {
        let mut change = pair.presence();
        if let (Some(old), Some(new)) = (pair.old, pair.new)
            && !self.same(old, new)?
        {
            change = Change::Changed;
        }
        let side = |state: &State, global: Option<&GlobalReport>| {
            global.map(|global| Side {
                type_name: global.type_name.clone(),
                outcome: global.outcome.clone(),
                size: global.size,
                value: state.root(global).map(|id| line(&state.graph, id, SHOWN)),
            })
        };
        Ok(GlobalDiff {
            name: pair.name.to_owned(),
            change,
            old: side(self.old, pair.old),
            new: side(self.new, pair.new),
        })
    }

    fn same(&mut self, old: &GlobalReport, new: &GlobalReport) -> Result<bool, SnapshotError> {
        if old.type_name != new.type_name || old.outcome != new.outcome {
            return Ok(false);
        }
        match (self.old.root(old), self.new.root(new)) {
            (Some(old), Some(new)) => self.compare(old, new),
            (None, None) => Ok(true),
            _ => Ok(false),
        }
    }

    fn compare(&mut self, old: Id, new: Id) -> Result<bool, SnapshotError> {
        let observer = &mut *self.observer;
        let mut ask = || observer.tell(&Progress::new(Phase::Compare, None));
        self.comparison
            .same(old, new, &mut ask)
            .map_err(|stop| match stop {
                Stop::Cancelled(error) => error,
                Stop::OutOfRoom(needed) => {
                    SnapshotError::limit(Limit::Memory, needed, self.limits.memory)
                }
                Stop::TooMany => {
                    let kind = SnapshotErrorKind::LimitExceeded {
                        which: Limit::Objects,
                        limit: self.limits.objects,
                    };
                    SnapshotError::new(
                        kind,
                        "limit exceeded: too many globals differ in what they share",
                    )
                }
            })
    }
}

/// What has the same name in both snapshots, or is in one only.
struct Pair<'a, T> {
    name: &'a str,
    old: Option<&'a T>,
    new: Option<&'a T>,
}

impl<T> Pair<'_, T> {
    fn presence(&self) -> Change {
        match (self.old, self.new) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            _ => Change::Same,
        }
    }
}

/// Those of the old list in their order, and then those that are added.
fn matched<'a, T>(old: &'a [T], new: &'a [T], name: impl Fn(&T) -> &str) -> Vec<Pair<'a, T>> {
    let mut pairs: Vec<Pair<'a, T>> = Vec::new();
    // Of several with one name, the first is the first, the second the second, and so on.
    let mut places: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for item in old {
        places.entry(name(item)).or_default().push_back(pairs.len());
        pairs.push(Pair {
            name: name(item),
            old: Some(item),
            new: None,
        });
    }
    for item in new {
        let place = places
            .get_mut(name(item))
            .and_then(VecDeque::pop_front)
            .and_then(|place| pairs.get_mut(place));
        match place {
            Some(pair) => pair.new = Some(item),
            None => pairs.push(Pair {
                name: name(item),
                old: None,
                new: Some(item),
            }),
        }
    }
    pairs
}

fn fields(old: &Metadata, new: &Metadata) -> Vec<FieldDiff> {
    let list = |items: &[String]| items.join(", ");
    let values = |metadata: &Metadata| {
        [
            ("rustpython_pickle", metadata.rustpython_pickle.clone()),
            ("rustpython", metadata.rustpython.clone()),
            ("python", metadata.python.clone()),
            ("bytecode_magic", metadata.bytecode_magic.to_string()),
            ("features", list(&metadata.features)),
            ("libraries", list(&metadata.report.libraries)),
            ("settings", list(&metadata.report.settings)),
        ]
    };
    values(old)
        .into_iter()
        .zip(values(new))
        .filter(|((_, old), (_, new))| old != new)
        .map(|((name, old), (_, new))| FieldDiff { name, old, new })
        .collect()
}

/// The content counts, not how it is stored.
fn sections(
    old: &Container,
    new: &Container,
    observer: &mut Observer<'_>,
) -> Result<Vec<SectionDiff>, SnapshotError> {
    let (olds, news): (Vec<_>, Vec<_>) = (old.sections().collect(), new.sections().collect());
    let mut diffs = Vec::new();
    for pair in matched(&olds, &news, |section| section.name) {
        let mut change = pair.presence();
        if pair.name == STATE {
            continue;
        }
        if let (Some(a), Some(b)) = (pair.old, pair.new)
            && (a.flags, a.digest) != (b.flags, b.digest)
            && old.section(pair.name, observer)? != new.section(pair.name, observer)?
        {
            change = Change::Changed;
        }
        if change != Change::Same {
            diffs.push(SectionDiff {
                name: pair.name.to_owned(),
                change,
            });
        }
    }
    Ok(diffs)
}

impl Change {
    /// The character that stands before a line of a diff.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Added => '+',
            Self::Removed => '-',
            Self::Changed => '~',
            Self::Same => ' ',
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Same => "same",
        })
    }
}
