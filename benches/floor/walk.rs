//! Looking at each object once.

use core::hash::{BuildHasherDefault, Hasher};
use std::collections::HashSet;
use std::hint::black_box;

use rustpython_vm::{
    AsObject as _, Py, PyObject, PyResult, VirtualMachine,
    builtins::{PyBytes, PyDict, PyFloat, PyInt, PyList, PySet, PyStr, PyTuple, PyType},
    object::Traverse as _,
};

use super::class::{Classes, Kind};

/// Looks at an object and all that it refers to; returns how many references there are.
pub(super) fn walk(value: &PyObject, classes: &Classes, vm: &VirtualMachine) -> PyResult<usize> {
    let mut walk = Walk {
        classes,
        seen: HashSet::default(),
        objects: 0,
        vm,
    };
    walk.visit(value)?;
    Ok(walk.objects)
}

struct Walk<'a> {
    classes: &'a Classes,
    /// The containers and instances that were looked at and that others refer to.
    seen: HashSet<usize, BuildHasherDefault<AddressHasher>>,
    objects: usize,
    vm: &'a VirtualMachine,
}

impl Walk<'_> {
    fn visit(&mut self, object: &PyObject) -> PyResult<()> {
        let vm = self.vm;
        self.objects += 1;
        if let Some(text) = object.downcast_ref_if_exact::<PyStr>(vm) {
            black_box(text.as_bytes().len());
        } else if let Some(int) = object.downcast_ref_if_exact::<PyInt>(vm) {
            black_box(int.as_bigint());
        } else if let Some(float) = object.downcast_ref_if_exact::<PyFloat>(vm) {
            black_box(float.to_f64());
        } else if vm.is_none(object) || object.class().is(vm.ctx.types.bool_type) {
            black_box(object);
        } else if let Some(bytes) = object.downcast_ref_if_exact::<PyBytes>(vm) {
            black_box(bytes.as_bytes().len());
        } else if object.strong_count() == 1 || self.seen.insert(object.get_id()) {
            return self.visit_parts(object);
        }
        Ok(())
    }

    fn visit_parts(&mut self, object: &PyObject) -> PyResult<()> {
        let vm = self.vm;
        if let Some(tuple) = object.downcast_ref_if_exact::<PyTuple>(vm) {
            return tuple
                .as_slice()
                .iter()
                .try_for_each(|item| self.visit(item));
        }
        if let Some(list) = object.downcast_ref_if_exact::<PyList>(vm) {
            let items = list.borrow_vec();
            return items.iter().try_for_each(|item| self.visit(item));
        }
        let mut result = Ok(());
        let mut visit = |part: &PyObject| {
            if result.is_ok() {
                result = self.visit(part);
            }
        };
        if let Some(dict) = object.downcast_ref_if_exact::<PyDict>(vm) {
            dict.payload().traverse(&mut visit);
        } else if let Some(set) = object.downcast_ref_if_exact::<PySet>(vm) {
            set.traverse(&mut visit);
        } else {
            return self.visit_instance(object);
        }
        result
    }

    fn visit_instance(&mut self, object: &PyObject) -> PyResult<()> {
        let class: &Py<PyType> = object.class();
        match self.classes.kind(class) {
            Some(Kind::Default) => {
                let mut result = Ok(());
                // Its class, its dict, its slots.
                object.traverse(&mut |part| {
                    if result.is_ok() && !part.is(class) {
                        result = self.visit(part);
                    }
                });
                result
            }
            Some(Kind::Method(reduce)) => {
                let reduced = reduce.call((object.to_owned(), 5), self.vm)?;
                match reduced
                    .downcast_ref::<PyTuple>()
                    .map(|parts| parts.as_slice())
                {
                    Some([_, args, ..]) => self.visit(args),
                    _ => Ok(()),
                }
            }
            Some(Kind::Opaque) | None => Ok(()),
        }
    }
}

/// Spreads addresses, which are multiples of a power of two.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("only addresses are hashed");
    }

    fn write_usize(&mut self, address: usize) {
        self.0 = (address as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(26);
    }
}
