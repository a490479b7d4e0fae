//! Code of another bytecode version: whether all of it can be compiled again from its source.

use std::collections::{BTreeMap, HashMap};

use rustpython_vm::{
    PyResult, VirtualMachine, builtins::PyBaseExceptionRef, version::PYC_MAGIC_NUMBER,
};

use super::diff::state::{Reader, graph};
use super::{Limits, SnapshotError, SnapshotErrorKind};
use crate::by_value::source::{Finder, Place};
use crate::inspect::graph::{Graph, Id, Kind, Node};

/// The version that runs here.
pub(super) const VERSION: u32 = PYC_MAGIC_NUMBER as u32;

/// The longest path that Linux has, and more than a qualified name needs.
const LONGEST_NAME: usize = 4096;

/// What a state has of code of another version: the files of the globals that are such functions, by the offsets of
/// their pickles.
pub(super) type Recompiled = HashMap<u64, String>;

/// Looks through a state, without its index, for code of another version. Nothing is executed.
///
/// # Errors
/// When code is lost. The message names all of it.
pub(super) fn check(
    state: &[u8],
    sources: &BTreeMap<String, String>,
    found: u32,
    vm: &VirtualMachine,
) -> Result<Recompiled, SnapshotError> {
    if found == VERSION {
        return Ok(Recompiled::new());
    }
    // A state that is malformed or too large is for the restore itself to tell of.
    let Ok((graph, roots)) = read(state) else {
        return Ok(Recompiled::new());
    };
    let python = |error: PyBaseExceptionRef| SnapshotError::python(&error, vm);
    let lost = lost(&graph, sources, vm).map_err(python)?;
    if lost.is_empty() {
        return Ok(recompiled(&graph, roots));
    }
    let expected = VERSION;
    let message = format!(
        "other bytecode: the snapshot has version {found}, this interpreter runs version {expected}, and of {} \
         function{} no source can be compiled again: {}",
        lost.len(),
        if lost.len() == 1 { "" } else { "s" },
        lost.join("; ")
    );
    let kind = SnapshotErrorKind::OtherBytecode { found, expected };
    Err(SnapshotError::new(kind, message))
}

/// The objects, and which of them the pickles make, by offset.
fn read(state: &[u8]) -> Result<(Graph, Vec<(u64, Id)>), SnapshotError> {
    let limits = Limits::default();
    let graph = graph(&limits, LONGEST_NAME);
    let mut reader = Reader::new(state, graph, &limits);
    // The header has a memo of its own.
    reader.pickle()?;
    reader.forget();
    let mut roots = Vec::new();
    while reader.position < state.len() as u64 {
        roots.push((reader.position, reader.pickle()?));
    }
    Ok((reader.graph, roots))
}

/// Code that can't be compiled again, each in a few words: name, file, line, and why.
fn lost(
    graph: &Graph,
    sources: &BTreeMap<String, String>,
    vm: &VirtualMachine,
) -> PyResult<Vec<String>> {
    let mut finder = Finder::new(sources);
    let mut lost = Vec::new();
    for id in 0..Id::try_from(graph.len()).unwrap_or(Id::MAX) {
        let Some(place) = other_code(graph, id) else {
            continue;
        };
        if let Some(why) = finder.lost(&place, vm)? {
            let Place {
                qualname,
                filename,
                line,
                ..
            } = place;
            lost.push(format!("{qualname} ({filename}, line {line}: {why})"));
        }
    }
    Ok(lost)
}

fn recompiled(graph: &Graph, roots: Vec<(u64, Id)>) -> Recompiled {
    let functions = roots.into_iter().filter_map(|(offset, root)| {
        let code = *call(graph, root, "_make_function")?.first()?;
        Some((offset, other_code(graph, code)?.filename))
    });
    functions.collect()
}

/// Where code stands in its source, if an object is code of another version.
fn other_code(graph: &Graph, id: Id) -> Option<Place> {
    let [version, place, ..] = call(graph, id, "_make_code")?[..] else {
        return None;
    };
    if int(graph, version)? == VERSION {
        return None;
    }
    let [filename, name, qualname, line, column] = tuple(graph, place)?[..] else {
        return None;
    };
    Some(Place {
        filename: text(graph, filename)?,
        name: text(graph, name)?,
        qualname: text(graph, qualname)?,
        line: int(graph, line)?,
        column: int(graph, column)?,
    })
}

/// The arguments, if an object is made by a constructor of ours.
fn call(graph: &Graph, id: Id, constructor: &str) -> Option<Vec<Id>> {
    let node = of_kind(graph, id, Kind::Call)?;
    let [(_, callable), (_, args), ..] = node.parts[..] else {
        return None;
    };
    if graph.global_name(callable)? != (b"rustpython_pickle", constructor.as_bytes()) {
        return None;
    }
    tuple(graph, args)
}

fn tuple(graph: &Graph, id: Id) -> Option<Vec<Id>> {
    let node = of_kind(graph, id, Kind::Tuple)?;
    Some(node.parts.iter().map(|(_, part)| *part).collect())
}

fn text(graph: &Graph, id: Id) -> Option<String> {
    let content = of_kind(graph, id, Kind::Str)?.content.bytes();
    Some(String::from_utf8_lossy(content).into_owned())
}

/// A number that is not negative: little-endian, without the zeros at its end but for one below a high bit.
fn int(graph: &Graph, id: Id) -> Option<u32> {
    let content = of_kind(graph, id, Kind::Int)?.content.bytes();
    if content.last().is_some_and(|last| *last >= 0x80) {
        return None;
    }
    let mut bytes = [0; 8];
    bytes.get_mut(..content.len())?.copy_from_slice(content);
    u32::try_from(u64::from_le_bytes(bytes)).ok()
}

fn of_kind(graph: &Graph, id: Id, kind: Kind) -> Option<&Node> {
    graph.get(id).filter(|node| node.kind == kind)
}
