//! Whether bytes that end in an error are a pickle all the same.
//!
//! A load does what stands before the error. But raw data happens to begin like a pickle, too: one byte in four is an opcode.

use super::danger::harm;
use super::pickles::Sure;
use crate::inspect::graph::{Action, Id, Kind};
use crate::inspect::read::Pickle;
use crate::inspect::show::is_identifier;
use crate::python2_names::python3_names;

/// Where bytes stand that may be a pickle, and with that, how much it takes to believe it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// They are meant to be one.
    Sure,
    /// Behind a whole pickle: a loader that goes on reads them.
    Behind,
    /// A file, or a member of an archive, of any kind.
    Any,
    /// Raw numbers, of which there are many: tensors, and the content of strings.
    Raw,
}

impl Place {
    pub(super) fn of(data: &[u8], sure: Sure) -> Self {
        match sure {
            Sure::Yes => Self::Sure,
            Sure::IfProtocol if matches!(data, [0x80, 0..=5, ..]) => Self::Sure,
            Sure::IfProtocol => Self::Any,
            Sure::No => Self::Raw,
        }
    }
}

/// What a pickle did that raw data hardly does.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence {
    /// Something was called, or given state or items, that is no plain data.
    called: bool,
    /// A global was named by text that can be the name of a module.
    named: bool,
    /// A global was named by identifiers.
    named_plainly: bool,
    /// A global was named that is known to do harm.
    harmful: bool,
    /// A name was computed, or the loading program was asked for an object.
    asked: bool,
    /// It was asked for one by text.
    asked_by_text: bool,
    steps: usize,
}

impl Evidence {
    pub(super) fn of(pickle: &Pickle) -> Self {
        let graph = pickle.graph();
        let mut found = Self {
            steps: graph.steps().len(),
            ..Self::default()
        };
        let acts = |id: Id| {
            graph.get(id).is_some_and(|node| {
                let kind = node.kind();
                kind.is_global()
                    || kind.is_call()
                    || matches!(kind, Kind::Persistent | Kind::PersistentText)
            })
        };
        for step in graph.steps() {
            let id = match step.action {
                Action::Add { target, .. } => {
                    found.called |= acts(target);
                    continue;
                }
                Action::Make(id) => id,
            };
            let Some(node) = graph.get(id) else { continue };
            match node.kind() {
                Kind::Computed | Kind::Persistent => found.asked = true,
                Kind::PersistentText => found.asked_by_text = true,
                Kind::Global => {
                    if let Some((module, name)) = graph.global_name(id) {
                        found.named |= is_text(module) && is_text(name);
                        found.named_plainly |= is_plain(module, name);
                        found.harmful = found.harmful || does_harm(module, name);
                    }
                }
                kind if kind.is_call() => {
                    found.called |= node.made_of().next().is_some_and(acts);
                }
                _ => {}
            }
        }
        found
    }

    /// Whether it is enough to believe that bytes which end in an error are a pickle.
    pub(super) fn is_enough(self, place: Place) -> bool {
        let acts = match place {
            Place::Sure => true,
            Place::Behind => self.called || self.named || self.asked || self.steps > 1,
            Place::Any => self.called || self.named_plainly,
            Place::Raw => self.called && self.named,
        };
        acts || self.harmful
    }

    /// Whether a whole pickle in a string does something. A code of the extension registry alone is too short for that: bytes
    /// that look random have it.
    pub(super) fn acts(self) -> bool {
        let asked = self.asked || self.asked_by_text;
        self.called || self.named || self.harmful || asked || self.steps > 1
    }
}

/// Whether bytes are text in one line, as names are.
fn is_text(bytes: &[u8]) -> bool {
    let text = core::str::from_utf8(bytes);
    text.is_ok_and(|text| !text.is_empty() && !text.chars().any(char::is_control))
}

/// Whether a global is known to do harm, under one of its names.
fn does_harm(module: &[u8], name: &[u8]) -> bool {
    let [module, name] = [module, name].map(String::from_utf8_lossy);
    let python3 = python3_names(&module, &name);
    python3.is_some_and(|(module, name)| harm(module, name).is_some())
        || harm(&module, &name).is_some()
}

/// Whether names are identifiers, with dots between them.
fn is_plain(module: &[u8], name: &[u8]) -> bool {
    [module, name]
        .into_iter()
        .flat_map(|name| name.split(|byte| *byte == b'.'))
        .all(is_identifier)
}
