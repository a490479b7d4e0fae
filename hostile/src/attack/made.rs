//! Classes and objects that a stream makes, with `type` alone.

use super::collector::Spot;
use crate::args;
use crate::value::{Value, call, g, list, tuple};

/// A dict of one item.
pub(super) fn attribute(name: &str, value: Value) -> Value {
    Value::Dict(vec![(name.into(), value)])
}

/// A class with these attributes.
///
/// Those that are callable, but no functions of Python, are called without `self`.
pub(super) fn class(attributes: Value) -> Value {
    call(
        g("builtins", "type"),
        args!["Made", tuple(vec![]), attributes],
    )
}

/// A class with this base.
pub(super) fn subclass(base: Value, attributes: Value) -> Value {
    call(
        g("builtins", "type"),
        args!["Made", tuple(vec![base]), attributes],
    )
}

/// An instance of a class with these attributes.
pub(super) fn instance(attributes: Value) -> Value {
    call(class(attributes), vec![])
}

/// What runs the shell command when it is called without arguments, and returns 0.
pub(super) fn lazy(spot: &Spot) -> Value {
    // No partial: from 3.14 on, a class's attribute of that type gets `self`.
    let map = call(
        g("builtins", "map"),
        args![g("os", "system"), list(args![&spot.sh])],
    );
    call(g("builtins", "getattr"), args![map, "__next__"])
}

/// What returns 1 when it is called without arguments.
pub(super) fn one() -> Value {
    call(g("builtins", "getattr"), args!["a", "__len__"])
}

/// What calls a function of Python with any argument, which runs the Python expression.
pub(super) fn asked(spot: &Spot) -> Value {
    call(
        g("builtins", "eval"),
        args![format!("lambda *any: {}", spot.py)],
    )
}
