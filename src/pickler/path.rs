//! The way from the root to the object that could not be dumped, for error messages.

use rustpython_vm::{
    PyObject, VirtualMachine,
    builtins::{PyBool, PyBytes, PyFloat, PyInt, PyStr},
};

use super::frame::{Frame, Place};
use crate::by_value::class;

/// How many steps of a long way are shown at either end.
const ENDS: usize = 20;

/// How many characters of a key are shown.
const KEY_LENGTH: usize = 80;

/// For example `root['users'][3].socket`.
///
/// No Python code runs here: keys of types whose repr it could be are shown by their type.
pub(super) fn describe(frames: &[Frame], vm: &VirtualMachine) -> String {
    let mut path = String::from("root");
    let mut state = State::Outside;
    let frames = without_stages(frames);
    let mut named = false;
    for (depth, frame) in frames.iter().enumerate() {
        let place = frame.place();
        let before = state;
        let part = class_part(frame, frames.get(depth + 1));
        // The arguments that the part before is one of.
        if core::mem::replace(&mut named, part.is_some()) {
            continue;
        }
        state = match (&place, before) {
            (Place::State, _) => State::Whole,
            // The state of an instance with slots is a pair: its dict and its slots.
            (Place::Index(_), State::Whole) => State::Part,
            _ => State::Outside,
        };
        if depth >= ENDS && depth + ENDS < frames.len() {
            if depth == ENDS {
                path.push_str(" ... ");
            }
            continue;
        }
        match place {
            Place::Nowhere | Place::Itself => {}
            Place::State if names_attribute(&frames[depth + 1..]) => {}
            Place::State => path.push_str(".__getstate__()"),
            Place::Index(_) if state == State::Part && names_attribute(&frames[depth + 1..]) => {}
            Place::Index(index) => path.push_str(&format!("[{index}]")),
            Place::Key(key) => path.push_str(&format!(".keys()[{}]", show(&key, vm))),
            Place::Value(key) => match identifier(&key).filter(|_| before != State::Outside) {
                Some(name) => path.push_str(&format!(".{name}")),
                None => path.push_str(&format!("[{}]", show(&key, vm))),
            },
            Place::Element => path.push_str("{...}"),
            Place::Reduced(index) => match part {
                Some(name) => path.push_str(&format!(".{name}")),
                None => path.push_str(&format!(".__reduce_ex__()[{index}]")),
            },
        }
    }
    path
}

/// The attributes of a class come in stages, which are no part of the way.
fn without_stages(frames: &[Frame]) -> Vec<&Frame> {
    let is_stage = |depth: usize| frames.get(depth).is_some_and(Frame::is_stage);
    let kept = frames.iter().enumerate();
    let kept = kept.filter(|(depth, _)| !is_stage(*depth) && !is_stage(depth + 1));
    kept.map(|(_, frame)| frame).collect()
}

/// The attribute of a class that one of the arguments is with which it is made again.
fn class_part(frame: &Frame, args: Option<&&Frame>) -> Option<&'static str> {
    match (frame.place(), args?.place()) {
        (Place::Reduced(1), Place::Index(index)) if frame.is_class() => class::part(index),
        _ => None,
    }
}

/// Where in an instance's state a step is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Outside,
    Whole,
    Part,
}

/// Whether what is next on the way is an attribute with a name.
fn names_attribute(inner: &[&Frame]) -> bool {
    match inner {
        [frame, rest @ ..] => match frame.place() {
            Place::Value(key) => identifier(&key).is_some(),
            Place::Index(_) => matches!(
                rest.first().map(|frame| frame.place()),
                Some(Place::Value(key)) if identifier(&key).is_some()
            ),
            _ => false,
        },
        [] => false,
    }
}

fn identifier(key: &PyObject) -> Option<String> {
    let name = key.downcast_ref::<PyStr>()?.to_str()?;
    let mut chars = name.chars();
    let first = chars.next()?;
    let valid = (first.is_alphabetic() || first == '_')
        && chars.all(|char| char.is_alphanumeric() || char == '_');
    (valid && name.len() <= KEY_LENGTH).then(|| name.to_owned())
}

fn show(key: &PyObject, vm: &VirtualMachine) -> String {
    let plain = key.downcast_ref_if_exact::<PyStr>(vm).is_some()
        || key.downcast_ref_if_exact::<PyInt>(vm).is_some()
        || key.downcast_ref_if_exact::<PyBool>(vm).is_some()
        || key.downcast_ref_if_exact::<PyFloat>(vm).is_some()
        || key.downcast_ref_if_exact::<PyBytes>(vm).is_some()
        || vm.is_none(key);
    let repr = match plain.then(|| key.repr(vm)) {
        Some(Ok(repr)) => repr.to_string_lossy().into_owned(),
        _ => return format!("<{}>", key.class().name()),
    };
    match repr.char_indices().nth(KEY_LENGTH) {
        Some((end, _)) => format!("{}...", &repr[..end]),
        None => repr,
    }
}
