//! The dict that is a class's namespace: annotations are evaluated in it, through a cell that the
//! functions for them share. A class that is made again has its own, and in the cell there is a view of
//! it, `__dict__`: what writes to the dict itself goes past the interpreter's caches of attributes.

use std::collections::HashMap;

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyCode, PyDict, PyFunction, PyTuple, PyType, PyTypeRef},
};

use super::{abc::all_classes, constructor, reduction};
use crate::by_value::ByValue;

/// The name of the variable that the cell is for.
const VARIABLE: &[u8] = b"__classdict__";

/// Which classes dicts belong to, by the identity of the dict, which is kept alive; `None` for
/// dicts that only look so.
#[derive(Debug, Default)]
pub(super) struct Owners(HashMap<usize, (PyObjectRef, Option<PyTypeRef>)>);

impl Owners {
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        for (dict, class) in self.0.values() {
            visit(dict);
            class.iter().for_each(|class| visit(class.as_object()));
        }
    }

    /// Notes that a dict is none that a class has its attributes in.
    pub(super) fn add_data(&mut self, dict: PyObjectRef) {
        self.0.insert(dict.get_id(), (dict, None));
    }

    /// Notes what belongs to a class.
    pub(super) fn add(&mut self, class: &Py<PyType>, vm: &VirtualMachine) -> PyResult<()> {
        let own = class.attributes.as_dict();
        let own = own.map(|dict| dict.as_object().to_owned());
        for dict in own.into_iter().chain(dict_of_annotations(class, vm)?) {
            let owner = Some(class.to_owned());
            self.0.insert(dict.get_id(), (dict, owner));
        }
        Ok(())
    }
}

/// Reduces a dict that is a class's namespace; `None` if it is data.
pub(in crate::by_value) fn reduce(
    by_value: &mut ByValue,
    dict: &Py<PyDict>,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    let known = by_value.classes.owners.0.get(&dict.get_id());
    let owner = match known {
        Some((_, owner)) => owner.clone(),
        // The compiler puts it there.
        None if dict.contains_key("__static_attributes__", vm) => find_owner(dict, vm)?,
        None => None,
    };
    let Some(owner) = owner else {
        return Ok(None);
    };
    let get = constructor("_class_dict", vm)?;
    Ok(Some(reduction(get, vec![owner.into()], None, vm)))
}

/// The class whose annotations are evaluated in a dict.
///
/// A decorator may have made another class in place of the one whose namespace it is, as
/// `dataclass(slots=True)` does. The new one is taken: the old one may or may not be there still.
fn find_owner(dict: &Py<PyDict>, vm: &VirtualMachine) -> PyResult<Option<PyTypeRef>> {
    let mut owner = None;
    for class in all_classes(vm) {
        let own = class.attributes.as_dict();
        if own.is_some_and(|own| own.is(dict)) {
            owner.get_or_insert(class);
        } else if dict_of_annotations(&class, vm)?.is_some_and(|found| found.is(dict)) {
            owner = Some(class);
        }
    }
    Ok(owner)
}

/// The dict in which a class's own annotations are evaluated.
fn dict_of_annotations(class: &Py<PyType>, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    let name = vm.ctx.intern_str("__annotate_func__");
    let annotate = class.attributes.get(name);
    let Some(annotate) = annotate
        .as_ref()
        .and_then(|found| found.downcast_ref::<PyFunction>())
    else {
        return Ok(None);
    };
    let annotate = annotate.as_object();
    let qualname = annotate.get_attr("__qualname__", vm)?.str(vm)?;
    let own = class.payload().__qualname__(vm).str(vm)?;
    if qualname.as_bytes().strip_suffix(b".__annotate__") != Some(own.as_bytes()) {
        return Ok(None);
    }
    let code = annotate.get_attr("__code__", vm)?;
    let closure = annotate.get_attr("__closure__", vm)?;
    let (Some(code), Some(cells)) = (
        code.downcast_ref::<PyCode>(),
        closure.downcast_ref::<PyTuple>(),
    ) else {
        return Ok(None);
    };
    let mut found = code.freevars.iter().zip(cells.as_slice());
    let Some((_, cell)) = found.find(|(name, _)| name.as_bytes() == VARIABLE) else {
        return Ok(None);
    };
    match cell.get_attr("cell_contents", vm) {
        Ok(dict) => Ok(Some(dict).filter(|dict| dict.class().is(vm.ctx.types.dict_type))),
        // It is empty.
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.value_error) => Ok(None),
        Err(error) => Err(error),
    }
}
