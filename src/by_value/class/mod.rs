//! Classes, and what they are made of, by value.
//!
//! A class is written as a skeleton ([`skeleton`]: metaclass, bases, names, slots) and then its
//! attributes ([`state`]), which may lead back to it. Neither runs the hooks of a `class`
//! statement: `__prepare__`, `__new__` and `__init__` of the metaclass, `__set_name__`,
//! `__init_subclass__` ([`quiet`]). What they did the first time is among the attributes.
//!
//! Each load makes classes of its own: two pickles of one class, or one pickle that is loaded
//! twice, give two classes. What is to share a class goes into one pickle or snapshot.

mod abc;
mod built_in;
mod descriptors;
mod enums;
mod importable;
mod instances;
mod namespace;
mod quiet;
mod skeleton;
mod state;
mod type_alias;
mod typing;

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyResult, VirtualMachine, builtins::PyType, pymodule,
};

pub(super) use instances::data_type;
pub(super) use namespace::reduce as reduce_namespace;

use super::{ByValue, constructor, rule::loaded_module};
use crate::module::new_pickling_error;
use importable::is_importable;
use skeleton::Skeleton;
use state::Stage;

/// What a dump remembers of classes.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    registrations: abc::Registrations,
    sentinels: built_in::Sentinels,
    owners: namespace::Owners,
    kinds: instances::Kinds,
}

impl Classes {
    /// A dump begins: classes may have changed since the last one.
    pub(super) fn begin(&mut self) {
        self.kinds = instances::Kinds::default();
    }

    pub(super) fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        self.registrations.visit(visit);
        self.sentinels.visit(visit);
        self.owners.visit(visit);
        self.kinds.visit(visit);
    }
}

/// Whether an object is one of the stages in which the attributes of a class are saved.
pub(crate) fn is_stage(object: &PyObject) -> bool {
    object.downcastable::<Stage>()
}

pub(crate) use skeleton::part;

pub(super) fn reduce(
    by_value: &mut ByValue,
    object: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    if let Some(class) = object.downcast_ref::<PyType>() {
        return reduce_class(by_value, class, vm);
    }
    if let Some(stage) = object.downcast_ref::<Stage>() {
        return stage.reduce(vm).map(Some);
    }
    if abc::is_data(object, vm) {
        let class = object.class().to_owned().into();
        return Ok(Some(reduction(class, vec![], None, vm)));
    }
    if let Some(reduced) = descriptors::reduce(object, vm)? {
        return Ok(Some(reduced));
    }
    if let Some(reduced) = instances::reduce(by_value, object, vm)? {
        return Ok(Some(reduced));
    }
    if let Some(reduced) = typing::reduce(by_value, object, vm)? {
        return Ok(Some(reduced));
    }
    built_in::reduce_sentinel(by_value, object, vm)
}

fn reduce_class(
    by_value: &mut ByValue,
    class: &Py<PyType>,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    if !is_by_value(by_value, class, vm)? {
        return built_in::reduce_type(by_value, class, vm);
    }
    let Some(skeleton) = Skeleton::of(class, vm) else {
        return Ok(None);
    };
    if class
        .heaptype_ext()
        .is_some_and(|ext| ext.type_data.read().is_some())
    {
        // As the classes of `ctypes`, whose layout is there.
        let metaclass = class.as_object().class().name().to_string();
        let class = class.name().to_string();
        let message =
            format!("can't pickle class {class}: {metaclass} keeps data of its own with it");
        return Err(new_pickling_error(vm, message));
    }
    by_value.classes.owners.add(class, vm)?;
    let make = constructor("_make_class", vm)?;
    let set = constructor("_set_class", vm)?;
    let state = state::save(by_value, class, vm)?;
    let args = skeleton.into_args(vm);
    Ok(Some(reduction(make, args, Some((state, set)), vm)))
}

/// Whether a class is pickled by value: it is written in Python, and nobody can import it.
fn is_by_value(by_value: &mut ByValue, class: &Py<PyType>, vm: &VirtualMachine) -> PyResult<bool> {
    Ok(class.heaptype_ext().is_some() && !is_importable(by_value, class.as_object(), vm)?)
}

/// What `__reduce_ex__` would return.
fn reduction(
    constructor: PyObjectRef,
    args: Vec<PyObjectRef>,
    state: Option<(PyObjectRef, PyObjectRef)>,
    vm: &VirtualMachine,
) -> PyObjectRef {
    let args: PyObjectRef = vm.ctx.new_tuple(args).into();
    let parts = match state {
        None => vec![constructor, args],
        Some((state, setter)) => {
            let none = vm.ctx.none();
            vec![constructor, args, state, none.clone(), none, setter]
        }
    };
    vm.ctx.new_tuple(parts).into()
}

/// An attribute of a module, if that has been imported: before, nothing is made of it.
fn loaded(module: &'static str, name: &'static str, vm: &VirtualMachine) -> Option<PyObjectRef> {
    let module = loaded_module(module, vm).ok()??;
    module.dict()?.get_item_opt(name, vm).ok().flatten()
}

#[pymodule(sub)]
pub(crate) mod classes {
    use rustpython_vm::{
        PyObjectRef, PyResult, VirtualMachine,
        builtins::{PyDictRef, PyStrRef, PyTupleRef, PyTypeRef},
        function::OptionalArg,
    };

    use super::{
        built_in, descriptors, enums, instances, skeleton::Skeleton, state, type_alias, typing,
    };

    /// Return a new class without attributes, made without running hooks.
    #[pyfunction]
    fn _make_class(skeleton: Skeleton, vm: &VirtualMachine) -> PyResult<PyTypeRef> {
        skeleton.make(vm)
    }

    /// Set attributes of a class, past its metaclass.
    #[pyfunction]
    fn _set_attributes(
        class: PyTypeRef,
        attributes: PyDictRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        state::set_attributes(&class, &attributes, vm)
    }

    /// Give a new class its attributes, and no others.
    #[pyfunction]
    fn _set_class(class: PyTypeRef, state: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
        state::restore(&class, &state, vm)
    }

    /// Return a new instance of a class, made by the built-in type that it derives from.
    #[pyfunction]
    fn _make_instance(
        class: PyTypeRef,
        data_type: PyTypeRef,
        data: PyTupleRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        instances::make(&class, &data_type, &data, vm)
    }

    /// Give a member of an enumeration its attributes.
    #[pyfunction]
    fn _set_enum_member(
        member: PyObjectRef,
        state: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        enums::set(&member, &state, vm)
    }

    /// Return a new class method, static method or property that refers to nothing.
    #[pyfunction]
    fn _make_descriptor(class: PyTypeRef, vm: &VirtualMachine) -> PyResult {
        descriptors::make(&class, vm)
    }

    /// Say what a new class method, static method or property refers to.
    #[pyfunction]
    fn _set_descriptor(
        object: PyObjectRef,
        state: PyTupleRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        descriptors::set(&object, &state, vm)
    }

    /// Return what a class itself has under a name, unbound.
    #[pyfunction]
    fn _get_class_item(class: PyTypeRef, name: PyStrRef, vm: &VirtualMachine) -> PyResult {
        descriptors::get_item(&class, &name, vm)
    }

    /// Return a new instance without attributes.
    #[pyfunction]
    fn _make_object(class: PyTypeRef, vm: &VirtualMachine) -> PyResult {
        typing::make_object(&class, vm)
    }

    /// Give an object these attributes, and no others.
    #[pyfunction]
    fn _set_dict(object: PyObjectRef, attributes: PyDictRef, vm: &VirtualMachine) -> PyResult<()> {
        descriptors::set_dict(&object, Some(&attributes), vm)
    }

    /// Return a new TypeVar, ParamSpec or TypeVarTuple.
    #[pyfunction]
    fn _make_type_parameter(
        kind: PyStrRef,
        name: PyObjectRef,
        options: OptionalArg<PyDictRef>,
        vm: &VirtualMachine,
    ) -> PyResult {
        typing::make_parameter(&kind, name, options.as_deref().into_option(), vm)
    }

    /// Return a new type alias, whose value is evaluated later.
    #[pyfunction]
    fn _make_type_alias(
        name: PyStrRef,
        parameters: PyTupleRef,
        evaluate: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        type_alias::make_lazy(name, parameters, evaluate, vm)
    }

    /// Return a new type alias of a value.
    #[pyfunction]
    fn _make_type_alias_of(
        name: PyStrRef,
        parameters: PyTupleRef,
        value: PyObjectRef,
        module: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        type_alias::make_eager(name, parameters, value, module, vm)
    }

    /// Return the built-in type of a name, whether or not a module has it.
    #[pyfunction]
    fn _get_built_in_type(name: PyStrRef, vm: &VirtualMachine) -> PyResult<PyTypeRef> {
        built_in::get_type(&name.to_string_lossy(), vm)
    }

    /// Return an object that a module knows by its identity.
    #[pyfunction]
    fn _get_sentinel(module: PyStrRef, name: PyStrRef, vm: &VirtualMachine) -> PyResult {
        built_in::get_sentinel(&module, &name, vm)
    }
}
