//! The end of the section `state`: which modules there are, and where each pickle's object goes.
//!
//! It is plain data, and is read as such: as a graph of nodes, before and without making any object.

use std::collections::BTreeMap;

use rustpython_vm::{AsObject, PyObjectRef, PyResult, VirtualMachine, common::wtf8::Wtf8Buf};

use super::reader::Reader;
use super::{Limits, SnapshotError};
use crate::inspect::graph::{Content, Graph, Id, Kind, Role};

/// The length of the pickle stands behind it, in the last bytes of the section.
const LENGTH_SIZE: usize = 8;

/// What is needed to make an empty module like a saved one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Description {
    /// `__name__`, `__doc__`, `__package__` and `__file__`, as far as they are strings.
    pub(super) texts: BTreeMap<String, Wtf8Buf>,
    /// `__path__`, of a package.
    pub(super) path: Option<Vec<Wtf8Buf>>,
    /// Whether there is a `__spec__`.
    pub(super) spec: bool,
}

/// A place that a pickle's object goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Global {
        /// The number of the module.
        module: usize,
        name: Wtf8Buf,
        /// Its place among the globals of the module. Pickles stand in another order: what needs others while it
        /// is made comes behind them.
        position: usize,
    },
    Setting {
        name: String,
        label: String,
    },
}

/// What a state holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Contents {
    /// The modules of the session, by their names in `sys.modules`.
    pub(super) modules: Vec<(String, Description)>,
    /// Further names in `sys.modules`, each with the number of its module.
    pub(super) aliases: Vec<(String, usize)>,
    /// The modules of the library that were imported.
    pub(super) library: Vec<String>,
    /// Where the objects of the pickles go, in the order of these.
    pub(super) places: Vec<Place>,
}

/// A state without its end, and what the end says.
pub(super) fn split(state: &[u8]) -> Result<(&[u8], Contents), SnapshotError> {
    let malformed = SnapshotError::malformed_state;
    let (rest, length) = state
        .split_last_chunk::<LENGTH_SIZE>()
        .ok_or_else(malformed)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| malformed())?;
    let start = rest.len().checked_sub(length).ok_or_else(malformed)?;
    let (pickles, end) = rest.split_at(start);
    let limits = Limits::default();
    let mut reader = Reader::new(end, usize::MAX, &limits);
    let root = reader.pickle(&mut |_| Ok(()))?;
    if reader.position != end.len() as u64 {
        return Err(malformed());
    }
    // Each reference to an object takes a byte at least.
    let mut reading = Reading {
        graph: &reader.graph,
        left: end.len(),
    };
    let contents = reading.contents(root).ok_or_else(malformed)?;
    Ok((pickles, contents))
}

impl Contents {
    /// Appends the end of a state.
    pub(super) fn write_to(&self, state: &mut Vec<u8>, vm: &VirtualMachine) -> PyResult<()> {
        let ctx = &vm.ctx;
        let text = |text: &str| -> PyObjectRef { ctx.new_str(text).into() };
        let int = |number: usize| -> PyObjectRef { ctx.new_int(number).into() };
        let tuple = |parts: Vec<PyObjectRef>| -> PyObjectRef { ctx.new_tuple(parts).into() };
        let mut modules = Vec::new();
        for (name, description) in &self.modules {
            modules.push(tuple(vec![text(name), description.to_dict(vm)?]));
        }
        let aliases = self.aliases.iter();
        let aliases = aliases.map(|(name, number)| tuple(vec![text(name), int(*number)]));
        let library = self.library.iter().map(|name| text(name));
        let places = self.places.iter().map(|place| match place {
            Place::Global {
                module,
                name,
                position,
            } => {
                let name = ctx.new_str(name.clone()).into();
                tuple(vec![int(*module), name, int(*position)])
            }
            Place::Setting { name, label } => tuple(vec![text(name), text(label)]),
        });
        let parts = vec![
            ctx.new_list(modules).into(),
            ctx.new_list(aliases.collect()).into(),
            ctx.new_list(library.collect()).into(),
            ctx.new_list(places.collect()).into(),
        ];
        let pickle = crate::dumps(ctx.new_tuple(parts).as_object(), vm)
            .map_err(|error| error.into_exception(vm))?;
        state.extend(&pickle);
        state.extend((pickle.len() as u64).to_le_bytes());
        Ok(())
    }
}

const PATH: &str = "__path__";
const SPEC: &str = "__spec__";

impl Description {
    fn to_dict(&self, vm: &VirtualMachine) -> PyResult {
        let dict = vm.ctx.new_dict();
        for (name, text) in &self.texts {
            dict.set_item(name.as_str(), vm.ctx.new_str(text.clone()).into(), vm)?;
        }
        if let Some(path) = &self.path {
            let path = path.iter().cloned();
            let path = path.map(|folder| vm.ctx.new_str(folder).into());
            dict.set_item(PATH, vm.ctx.new_list(path.collect()).into(), vm)?;
        }
        if self.spec {
            dict.set_item(SPEC, vm.ctx.new_bool(true).into(), vm)?;
        }
        Ok(dict.into())
    }
}

/// Takes a graph for contents; `None` is "it is none".
struct Reading<'g> {
    graph: &'g Graph,
    /// How many more objects may be looked at: one that is shared counts each time.
    left: usize,
}

impl<'g> Reading<'g> {
    fn parts(&mut self, id: Id, kind: Kind) -> Option<Vec<Id>> {
        let node = self.graph.get(id).filter(|node| node.kind() == kind)?;
        let role = match kind {
            Kind::Tuple => Role::Made,
            Kind::Dict => Role::Pair,
            _ => Role::Item,
        };
        self.left = self.left.checked_sub(node.parts().len())?;
        let parts = node.parts().iter();
        let parts = parts.map(|(found, part)| (*found == role).then_some(*part));
        parts.collect()
    }

    fn content(&self, id: Id, kind: Kind) -> Option<&'g Content> {
        let node = self.graph.get(id).filter(|node| node.kind() == kind)?;
        Some(node.content())
    }

    fn wtf8(&self, id: Id) -> Option<Wtf8Buf> {
        Wtf8Buf::from_bytes(self.content(id, Kind::Str)?.bytes().to_vec()).ok()
    }

    fn text(&self, id: Id) -> Option<String> {
        String::from_utf8(self.content(id, Kind::Str)?.bytes().to_vec()).ok()
    }

    fn number(&self, id: Id) -> Option<usize> {
        usize::try_from(self.content(id, Kind::Int)?.unsigned()?).ok()
    }

    fn list<T>(&mut self, id: Id, read: impl Fn(&mut Self, Id) -> Option<T>) -> Option<Vec<T>> {
        let items = self.parts(id, Kind::List)?.into_iter();
        items.map(|item| read(self, item)).collect()
    }

    fn contents(&mut self, root: Id) -> Option<Contents> {
        let [modules, aliases, library, places] = self.parts(root, Kind::Tuple)?[..] else {
            return None;
        };
        let modules = self.list(modules, |this, module| {
            let [name, description] = this.parts(module, Kind::Tuple)?[..] else {
                return None;
            };
            Some((this.text(name)?, this.description(description)?))
        })?;
        let count = modules.len();
        let contents = Contents {
            modules,
            aliases: self.list(aliases, |this, alias| {
                let [name, number] = this.parts(alias, Kind::Tuple)?[..] else {
                    return None;
                };
                let number = this.number(number).filter(|number| *number < count)?;
                Some((this.text(name)?, number))
            })?,
            library: self.list(library, |this, name| this.text(name))?,
            places: self.list(places, |this, place| this.place(place, count))?,
        };
        Some(contents)
    }

    fn description(&mut self, id: Id) -> Option<Description> {
        let mut description = Description::default();
        let pairs = self.parts(id, Kind::Dict)?;
        for pair in pairs.chunks_exact(2) {
            let [key, value] = *pair else { return None };
            match self.text(key)?.as_str() {
                PATH => description.path = Some(self.list(value, |this, item| this.wtf8(item))?),
                SPEC => description.spec = true,
                name => {
                    let text = self.wtf8(value)?;
                    description.texts.insert(name.to_owned(), text);
                }
            }
        }
        Some(description)
    }

    fn place(&mut self, id: Id, modules: usize) -> Option<Place> {
        match self.parts(id, Kind::Tuple)?[..] {
            [module, name, position] => Some(Place::Global {
                module: self.number(module).filter(|number| *number < modules)?,
                name: self.wtf8(name)?,
                position: self.number(position)?,
            }),
            [name, label] => Some(Place::Setting {
                name: self.text(name)?,
                label: self.text(label)?,
            }),
            _ => None,
        }
    }
}
