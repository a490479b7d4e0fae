//! Depth costs heap, not native stack.
#![cfg(feature = "stdlib")]

mod common;

use std::thread;

use common::{exec, global, interpreter, traceback};
use rustpython_pickle::{DumpOptions, dumps, loads};
use rustpython_vm::builtins::{PyDict, PyFrozenSet, PyList, PySet, PyTuple};
use rustpython_vm::{PyObjectRef, PyPayload as _, VirtualMachine};

const DEEP: usize = 1_000_000;
const ORDINARY: usize = 100_000;

/// One level around an object, and back to what is inside of it.
struct Shape {
    name: &'static str,
    wrap: fn(PyObjectRef, &PyObjectRef, &VirtualMachine) -> PyObjectRef,
    unwrap: fn(&PyObjectRef, &VirtualMachine) -> Option<PyObjectRef>,
}

const SHAPES: [Shape; 7] = [
    Shape {
        name: "list",
        wrap: |inner, _, vm| vm.ctx.new_list(vec![inner]).into(),
        unwrap: |outer, _| {
            outer
                .downcast_ref::<PyList>()?
                .borrow_vec()
                .first()
                .cloned()
        },
    },
    Shape {
        name: "tuple",
        wrap: |inner, _, vm| vm.ctx.new_tuple(vec![inner]).into(),
        unwrap: |outer, _| outer.downcast_ref::<PyTuple>()?.as_slice().first().cloned(),
    },
    Shape {
        name: "dict",
        wrap: |inner, _, vm| {
            let dict = vm.ctx.new_dict();
            ok(dict.set_item("k", inner, vm), vm);
            dict.into()
        },
        unwrap: |outer, vm| {
            let dict = outer.downcast_ref::<PyDict>()?;
            ok(dict.get_item_opt("k", vm), vm)
        },
    },
    Shape {
        name: "reduced object",
        wrap: |inner, reduced, vm| ok(reduced.call((inner,), vm), vm),
        unwrap: |outer, vm| ok(vm.get_attribute_opt(outer, "inner"), vm),
    },
    Shape {
        name: "instance with a state",
        wrap: |inner, reduced, vm| {
            let class = ok(reduced.get_attr("plain", vm), vm);
            let instance = ok(class.call((), vm), vm);
            ok(instance.set_attr("inner", inner, vm), vm);
            instance
        },
        unwrap: |outer, vm| ok(vm.get_attribute_opt(outer, "inner"), vm),
    },
    Shape {
        name: "set",
        wrap: |inner, reduced, vm| {
            let set = PySet::default().into_ref(&vm.ctx);
            ok(set.add(ok(reduced.call((inner,), vm), vm), vm), vm);
            set.into()
        },
        unwrap: |outer, vm| {
            let element = outer.downcast_ref::<PySet>()?.elements().pop()?;
            ok(vm.get_attribute_opt(&element, "inner"), vm)
        },
    },
    // Dropping it whole is RustPython's own affair, which recurses.
    Shape {
        name: "frozenset",
        wrap: |inner, _, vm| {
            let set = ok(PyFrozenSet::from_iter(vm, [inner]), vm);
            set.into_ref(&vm.ctx).into()
        },
        unwrap: |outer, _| outer.downcast_ref::<PyFrozenSet>()?.elements().pop(),
    },
];

const CLASSES: &str = "
class Reduced:
    __slots__ = ('inner',)
    def __init__(self, inner):
        self.inner = inner
    def __reduce__(self):
        return Reduced, (self.inner,)
class Plain:
    pass
Reduced.plain = Plain
";

fn ok<T>(result: rustpython_vm::PyResult<T>, vm: &VirtualMachine) -> T {
    result.unwrap_or_else(|error| panic!("{}", traceback(&error, vm)))
}

fn build(shape: &Shape, depth: usize, reduced: &PyObjectRef, vm: &VirtualMachine) -> PyObjectRef {
    let mut object = vm.ctx.none();
    for _ in 0..depth {
        object = (shape.wrap)(object, reduced, vm);
    }
    object
}

/// Counts the levels of a graph and drops it from the outside in, one level at a time.
fn take_apart(shape: &Shape, object: PyObjectRef, vm: &VirtualMachine) -> usize {
    let mut levels = vec![object];
    while let Some(inner) = levels.last().and_then(|outer| (shape.unwrap)(outer, vm)) {
        if vm.is_none(&inner) {
            break;
        }
        levels.push(inner);
    }
    let depth = levels.len();
    levels.into_iter().for_each(drop);
    depth
}

fn on_a_small_stack(kib: usize, run: impl FnOnce(&VirtualMachine, &PyObjectRef) + Send + 'static) {
    let thread = thread::Builder::new().stack_size(kib << 10).spawn(|| {
        interpreter().enter(|vm| {
            let scope = exec(CLASSES, vm);
            run(vm, &global(&scope, "Reduced", vm));
        });
    });
    thread.unwrap().join().unwrap();
}

fn there_and_back(shape: &'static Shape, protocol: u8) {
    on_a_small_stack(512, move |vm, reduced| {
        let object = build(shape, DEEP, reduced, vm);
        let pickle = DumpOptions::new().protocol(protocol).dumps(&object, vm);
        let pickle = pickle.unwrap_or_else(|error| panic!("{}: {error}", shape.name));
        assert_eq!(take_apart(shape, object, vm), DEEP);
        let object = loads(&pickle, vm).unwrap_or_else(|error| panic!("{}: {error}", shape.name));
        assert_eq!(take_apart(shape, object, vm), DEEP, "{}", shape.name);
    });
}

#[test]
fn a_million_lists() {
    there_and_back(&SHAPES[0], 5);
}

#[test]
fn a_million_tuples() {
    there_and_back(&SHAPES[1], 5);
    there_and_back(&SHAPES[1], 0);
}

#[test]
fn a_million_dicts() {
    there_and_back(&SHAPES[2], 5);
}

#[test]
fn a_million_reduced_objects() {
    there_and_back(&SHAPES[3], 5);
}

#[test]
fn a_million_instances() {
    there_and_back(&SHAPES[4], 5);
}

#[test]
fn a_million_sets() {
    there_and_back(&SHAPES[5], 5);
}

#[test]
fn a_million_frozensets() {
    there_and_back(&SHAPES[6], 5);
}

#[test]
fn a_hundred_thousand_of_each_dropped_and_all() {
    on_a_small_stack(2048, |vm, reduced| {
        for shape in &SHAPES[..6] {
            let object = build(shape, ORDINARY, reduced, vm);
            let pickle =
                dumps(&object, vm).unwrap_or_else(|error| panic!("{}: {error}", shape.name));
            drop(object);
            let object =
                loads(&pickle, vm).unwrap_or_else(|error| panic!("{}: {error}", shape.name));
            let again =
                dumps(&object, vm).unwrap_or_else(|error| panic!("{}: {error}", shape.name));
            assert_eq!(pickle, again, "{}", shape.name);
            drop(object);
        }
    });
}
