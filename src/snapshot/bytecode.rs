//! Code of another bytecode version: whether all of it can be compiled again from its source.

use core::ops::Range;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rustpython_vm::{
    PyResult, VirtualMachine, builtins::PyBaseExceptionRef, version::PYC_MAGIC_NUMBER,
};

use super::container::Limit;
use super::reader::Reader;
use super::watch::Watch;
use super::{Limits, SnapshotError, SnapshotErrorKind};
use crate::by_value::source::{Finder, Place};
use crate::inspect::graph::{Graph, Id, Kind, Node};

/// The version that runs here.
pub(super) const VERSION: u32 = PYC_MAGIC_NUMBER as u32;

/// The longest path that Linux has, and more than a qualified name needs.
const LONGEST_NAME: usize = 4096;

/// What a state has of code of another version: the files that it comes from, by the offsets of the pickles that have
/// it. Those of classes have it in their methods.
pub(super) type Recompiled = HashMap<u64, String>;

/// Looks through a state, without its end, for code of another version. Nothing is executed.
///
/// # Errors
/// When code is lost. The message names all of it.
pub(super) fn check(
    state: &[u8],
    sources: &BTreeMap<String, String>,
    found: u32,
    watch: &Watch<'_, '_>,
    vm: &VirtualMachine,
) -> Result<Recompiled, SnapshotError> {
    if found == VERSION {
        return Ok(Recompiled::new());
    }
    // A state that is malformed or too large is for the restore itself to tell of.
    let (graph, pickles) = match read(state, watch) {
        Ok(read) => read,
        Err(error) if *error.kind() == SnapshotErrorKind::Cancelled => return Err(error),
        Err(_) => return Ok(Recompiled::new()),
    };
    let python = |error: PyBaseExceptionRef| SnapshotError::python(&error, vm);
    let lost = lost(&graph, sources, vm).map_err(python)?;
    if lost.is_empty() {
        return Ok(recompiled(&graph, &pickles));
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

/// Where a pickle begins, the objects that it has made, and which of all it is.
type Pickle = (u64, Range<Id>, Id);

fn read(state: &[u8], watch: &Watch<'_, '_>) -> Result<(Graph, Vec<Pickle>), SnapshotError> {
    let limits = Limits::default();
    let mut reader = Reader::new(state, LONGEST_NAME, &limits);
    let mut pickles = Vec::new();
    // The bytes are counted when they are read for good.
    let mut observe = |_| match watch.tell(0, 0) {
        true => Ok(()),
        false => watch.check(),
    };
    while reader.position < state.len() as u64 {
        if pickles.len() as u64 >= limits.objects {
            let found = limits.objects.saturating_add(1);
            return Err(SnapshotError::limit(Limit::Objects, found, limits.objects));
        }
        let (offset, first) = (reader.position, ids(&reader.graph));
        let root = reader.pickle(&mut observe)?;
        pickles.push((offset, first..ids(&reader.graph), root));
    }
    Ok((reader.graph, pickles))
}

/// The number of the next object.
fn ids(graph: &Graph) -> Id {
    Id::try_from(graph.len()).unwrap_or(Id::MAX)
}

/// Code that can't be compiled again, each in a few words: name, file, line, and why.
fn lost(
    graph: &Graph,
    sources: &BTreeMap<String, String>,
    vm: &VirtualMachine,
) -> PyResult<Vec<String>> {
    let mut finder = Finder::new(sources);
    let mut lost = Vec::new();
    for id in 0..ids(graph) {
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

fn recompiled(graph: &Graph, pickles: &[Pickle]) -> Recompiled {
    let all: Vec<BTreeSet<String>> = pickles
        .iter()
        .map(|(_, made, _)| {
            let codes = made.clone().filter_map(|id| other_code(graph, id));
            codes.map(|place| place.filename).collect()
        })
        .collect();
    let mut recompiled = Recompiled::new();
    for ((offset, made, root), own) in pickles.iter().zip(&all) {
        let mut files: Vec<String> = own.iter().cloned().collect();
        if let Some([code, ..]) = call(graph, *root, "_make_function").as_deref() {
            // It may have come with a function that it stands in.
            files.extend(other_code(graph, *code).map(|place| place.filename));
        } else if !made.contains(root)
            && graph.get(*root).is_some_and(|node| !node.kind().is_atom())
        {
            // The object itself has come with an earlier one.
            let maker = pickles.partition_point(|(_, made, _)| made.end <= *root);
            files.extend(all.get(maker).into_iter().flatten().cloned());
        }
        files.sort_unstable();
        files.dedup();
        if !files.is_empty() {
            recompiled.insert(*offset, files.join(", "));
        }
    }
    recompiled
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
    let [(_, callable), (_, args), ..] = node.parts()[..] else {
        return None;
    };
    if graph.global_name(callable)? != (&b"rustpython_pickle"[..], constructor.as_bytes()) {
        return None;
    }
    tuple(graph, args)
}

fn tuple(graph: &Graph, id: Id) -> Option<Vec<Id>> {
    let node = of_kind(graph, id, Kind::Tuple)?;
    Some(node.parts().iter().map(|(_, part)| *part).collect())
}

fn text(graph: &Graph, id: Id) -> Option<String> {
    let content = of_kind(graph, id, Kind::Str)?.content();
    Some(String::from_utf8_lossy(content.bytes()).into_owned())
}

fn int(graph: &Graph, id: Id) -> Option<u32> {
    u32::try_from(of_kind(graph, id, Kind::Int)?.content().unsigned()?).ok()
}

fn of_kind(graph: &Graph, id: Id, kind: Kind) -> Option<&Node> {
    graph.get(id).filter(|node| node.kind() == kind)
}
