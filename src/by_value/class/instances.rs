//! Instances of classes that are pickled by value.
//!
//! An instance is made by calling `__new__` of its class otherwise. Where that is written in
//! Python it may not work yet, while the class is being made (a singleton's looks at the class for
//! the instance), or answer with something else. What it did is part of the state: so the
//! `__new__` of the built-in type that the class derives from makes the instance.

use std::collections::HashMap;

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyTuple, PyType, PyTypeRef},
    function::FuncArgs,
};

use super::{constructor, enums, is_by_value, loaded, reduction};
use crate::by_value::{ByValue, handlers};
use crate::unpickler::get_item_opt;

/// How instances of a class are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// By their own reduction.
    Ordinary,
    /// As a member of an enumeration.
    Member,
    /// By the built-in `__new__`, past one that is written in Python.
    PastNew,
}

/// How instances of classes are made, by the identity of the class, which is kept alive.
#[derive(Debug, Default)]
pub(super) struct Kinds(HashMap<usize, (PyTypeRef, Kind)>);

impl Kinds {
    pub(super) fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        self.0
            .values()
            .for_each(|(class, _)| visit(class.as_object()));
    }
}

/// Reduces an instance of a class that goes by value, if its own reduction would not do.
pub(super) fn reduce(
    by_value: &mut ByValue,
    object: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    let class = object.class();
    if class.heaptype_ext().is_none() {
        return Ok(None);
    }
    let kind = match by_value.classes.kinds.0.get(&class.get_id()) {
        Some((_, kind)) => *kind,
        None => {
            let kind = kind_of(by_value, class, vm)?;
            let known = (class.to_owned(), kind);
            by_value.classes.kinds.0.insert(class.get_id(), known);
            kind
        }
    };
    match kind {
        Kind::Ordinary => Ok(None),
        Kind::Member => enums::reduce(object, class, vm),
        Kind::PastNew => reduce_past_new(object, class, vm),
    }
}

fn kind_of(by_value: &mut ByValue, class: &Py<PyType>, vm: &VirtualMachine) -> PyResult<Kind> {
    if enums::is_enumeration(class, vm) {
        return Ok(match is_by_value(by_value, class, vm)? {
            true => Kind::Member,
            false => Kind::Ordinary,
        });
    }
    let object = vm.ctx.types.object_type;
    let is_default = |name: &'static str| {
        let name = vm.ctx.intern_str(name);
        match (class.get_attr(name), object.attributes.get(name)) {
            (Some(own), Some(default)) => own.is(&default),
            _ => false,
        }
    };
    let is_python = |name: &'static str| {
        let owner = owner(class, name, vm);
        owner.is_some_and(|owner| owner.heaptype_ext().is_some())
    };
    if handlers::is_handled(class, vm) {
        // The handler makes it past any `__new__`, and knows what else belongs to it.
        return Ok(Kind::Ordinary);
    }
    let own_way = !is_default("__reduce__")
        || !is_default("__reduce_ex__")
        || is_python("__getnewargs__")
        || is_python("__getnewargs_ex__")
        || is_registered(by_value, class, vm)?;
    let Some(owner) = owner(class, "__new__", vm) else {
        return Ok(Kind::Ordinary);
    };
    Ok(match !own_way && is_by_value(by_value, &owner, vm)? {
        true => Kind::PastNew,
        false => Kind::Ordinary,
    })
}

/// The class that an attribute is found in.
fn owner(class: &Py<PyType>, name: &'static str, vm: &VirtualMachine) -> Option<PyTypeRef> {
    let name = vm.ctx.intern_str(name);
    let mut chain = class.mro_collect().into_iter();
    chain.find(|class| class.attributes.contains(name))
}

/// Whether the dump's own table of reducers has the class, or copyreg's if it has none.
fn is_registered(by_value: &ByValue, class: &Py<PyType>, vm: &VirtualMachine) -> PyResult<bool> {
    let own = by_value.dispatch_table.clone();
    match own.or_else(|| loaded("copyreg", "dispatch_table", vm)) {
        Some(table) => Ok(get_item_opt(&table, class.as_object(), vm)?.is_some()),
        None => Ok(false),
    }
}

fn reduce_past_new(
    object: &PyObject,
    class: &Py<PyType>,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    let default = vm.ctx.types.object_type.as_object();
    let reduce = default.get_attr("__reduce_ex__", vm)?;
    let reduced = match reduce.call((object.to_owned(), 4), vm) {
        Ok(reduced) => reduced,
        // It can't be reduced that way; who is asked next may know another, or says the same.
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.type_error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let parts = reduced
        .downcast_ref::<PyTuple>()
        .map(|parts| parts.as_slice());
    let Some([callable, args, rest @ ..]) = parts else {
        return Ok(None);
    };
    let new = loaded("copyreg", "__newobj__", vm);
    let args = args.downcast_ref::<PyTuple>().map(|args| args.as_slice());
    let Some([first, args @ ..]) = args.filter(|_| new.is_some_and(|new| new.is(callable))) else {
        return Ok(None);
    };
    if !first.is(class) {
        return Ok(None);
    }
    let data = vm.ctx.new_tuple(args.to_vec()).into();
    let data_type = data_type(class, vm).to_owned().into();
    let args = vec![class.to_owned().into(), data_type, data];
    let made = reduction(constructor("_make_instance", vm)?, args, None, vm);
    let made = made.downcast_ref::<PyTuple>().map(|made| made.as_slice());
    let parts = [made.unwrap_or_default(), rest].concat();
    Ok(Some(vm.ctx.new_tuple(parts).into()))
}

/// The built-in type that the instances of a class are instances of.
pub(in crate::by_value) fn data_type<'a>(
    class: &'a Py<PyType>,
    vm: &'a VirtualMachine,
) -> &'a Py<PyType> {
    let chain = class.iter_base_chain();
    let mut chain = chain.filter(|class| class.heaptype_ext().is_none());
    chain.next().unwrap_or(vm.ctx.types.object_type)
}

/// `_make_instance`: by the `__new__` of a built-in type.
pub(super) fn make(
    class: &Py<PyType>,
    data_type: &Py<PyType>,
    data: &Py<PyTuple>,
    vm: &VirtualMachine,
) -> PyResult<PyObjectRef> {
    if data_type.heaptype_ext().is_some() {
        return Err(vm.new_type_error("only a built-in type makes instances of others"));
    }
    let mut args: Vec<PyObjectRef> = vec![class.to_owned().into()];
    args.extend_from_slice(data.as_slice());
    // It checks that the instances of `class` are made by this `__new__`.
    let new = data_type.as_object().get_attr("__new__", vm)?;
    new.call(FuncArgs::from(args), vm)
}
