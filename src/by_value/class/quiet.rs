//! Making a class without the hooks that a `class` statement runs.
//!
//! RustPython, as CPython, makes classes in `type.__new__` alone, which calls `__set_name__` of
//! what is in the namespace and then `super(cls, cls).__init_subclass__()`. A restored class has
//! had both. So the namespace holds nothing yet but a [`Guard`]: its `__set_name__`, which comes
//! last before `__init_subclass__`, puts [`Silence`] in front of the bases in the `__mro__`, where
//! `super` finds an `__init_subclass__` that does nothing. Then both are taken out again. The
//! slots, which depend on the `__mro__`, are set before that.
//!
//! A metaclass with an `mro()` of its own would be called as well: there a subclass of the
//! metaclass stands in, whose `mro()` answers with the order that was saved.

use rustpython_vm::{
    AsObject, Context, Py, PyObject, PyObjectRef, PyPayload, PyResult, Traverse, VirtualMachine,
    builtins::{PyBoundMethod, PyDictRef, PyStrRef, PyTupleRef, PyType, PyTypeRef},
    function::FuncArgs,
    pyclass,
    types::{Callable, Constructor, GetDescriptor},
};

use crate::module::class_of;

/// Under which name the guard is in the namespace; no attribute can have it, nor a slot.
const GUARD_NAME: &str = "<guard>";

/// How a class is made.
#[derive(Debug)]
pub(super) struct Birth {
    pub(super) metaclass: PyTypeRef,
    pub(super) name: PyStrRef,
    pub(super) bases: PyTupleRef,
    /// What `type.__new__` has to know: `__slots__`, `__module__`, `__qualname__`.
    pub(super) namespace: PyDictRef,
    /// The `__mro__`, where the metaclass orders it; `None` stands for the class itself.
    pub(super) lineage: Option<PyTupleRef>,
}

impl Birth {
    /// Makes the class. No code of its bases or its metaclass runs.
    pub(super) fn make(self, vm: &VirtualMachine) -> PyResult<PyTypeRef> {
        check_metaclass(&self.metaclass, &self.bases, vm)?;
        let Some(lineage) = self.lineage.clone() else {
            return self.make_with(self.metaclass.clone(), vm);
        };
        let real = self.metaclass.clone();
        let stand_in = stand_in(&real, lineage, vm)?;
        let class = self.make_with(stand_in.clone(), vm);
        forget_subclass(&real, &stand_in);
        let class = class?;
        class.as_object().set_class(real, vm);
        class.modified();
        Ok(class)
    }

    fn make_with(&self, metaclass: PyTypeRef, vm: &VirtualMachine) -> PyResult<PyTypeRef> {
        let guard: PyObjectRef = Guard {}.into_ref(&vm.ctx).into();
        self.namespace.set_item(GUARD_NAME, guard, vm)?;
        let args: Vec<PyObjectRef> = vec![
            self.name.clone().into(),
            self.bases.clone().into(),
            self.namespace.clone().into(),
        ];
        let class = PyType::slot_new(metaclass, FuncArgs::from(args), vm)?;
        let class = class
            .downcast::<PyType>()
            .map_err(|_| vm.new_type_error("type.__new__() returned no class"))?;
        let silence = class_of::<Silence>();
        class.mro.write().retain(|class| !class.is(silence));
        class.modified();
        class.attributes.remove(vm.ctx.intern_str(GUARD_NAME));
        Ok(class)
    }
}

/// `type.__new__` would pass the work on to the `__new__` of a base's metaclass.
fn check_metaclass(
    metaclass: &Py<PyType>,
    bases: &PyTupleRef,
    vm: &VirtualMachine,
) -> PyResult<()> {
    if !metaclass.fast_issubclass(vm.ctx.types.type_type) {
        let message = format!("metaclass '{}' is not a subclass of type", metaclass.name());
        return Err(vm.new_type_error(message));
    }
    for base in bases.as_slice() {
        if !base.downcastable::<PyType>() {
            return Err(vm.new_type_error("bases must be types"));
        }
        if !metaclass.fast_issubclass(base.class()) {
            return Err(vm.new_type_error(format!(
                "metaclass conflict: '{}' is not a subclass of '{}'",
                metaclass.name(),
                base.class().name()
            )));
        }
    }
    Ok(())
}

/// A subclass of a metaclass, with an `mro()` that answers with a saved order.
fn stand_in(
    metaclass: &Py<PyType>,
    lineage: PyTupleRef,
    vm: &VirtualMachine,
) -> PyResult<PyTypeRef> {
    let namespace = vm.ctx.new_dict();
    let answer: PyObjectRef = Lineage { order: lineage }.into_ref(&vm.ctx).into();
    namespace.set_item("mro", answer, vm)?;
    // The metaclass of a metaclass may order as well, where it comes to that.
    let lineage = has_own_order(metaclass.class(), vm).then(|| {
        let order = metaclass.mro_collect().into_iter().map(Into::into);
        let order: Vec<PyObjectRef> = core::iter::once(vm.ctx.none()).chain(order).collect();
        vm.ctx.new_tuple(order)
    });
    let birth = Birth {
        metaclass: metaclass.class().to_owned(),
        name: vm.ctx.new_str(metaclass.name().to_string()),
        bases: vm.ctx.new_tuple(vec![metaclass.to_owned().into()]),
        namespace,
        lineage,
    };
    birth.make(vm)
}

/// Whether the classes of a metaclass have their `__mro__` from it, and not from `type`.
pub(super) fn has_own_order(metaclass: &Py<PyType>, vm: &VirtualMachine) -> bool {
    if metaclass.is(vm.ctx.types.type_type) {
        return false;
    }
    let name = vm.ctx.intern_str("mro");
    match (
        metaclass.get_attr(name),
        vm.ctx.types.type_type.get_attr(name),
    ) {
        (Some(own), Some(default)) => !own.is(&default),
        (own, default) => own.is_some() != default.is_some(),
    }
}

/// `__subclasses__()` must not show a class that only stood in.
fn forget_subclass(class: &Py<PyType>, subclass: &Py<PyType>) {
    // Dropped outside of the lock.
    let mut forgotten = Vec::new();
    let mut subclasses = class.subclasses.write();
    let mut index = 0;
    while index < subclasses.len() {
        let found = subclasses[index].upgrade();
        if found.as_ref().is_some_and(|found| found.is(subclass)) {
            forgotten.push(subclasses.remove(index));
        } else {
            index += 1;
        }
    }
    drop(subclasses);
    drop(forgotten);
}

/// Steps between a class that is being made and `__init_subclass__`.
#[pyclass(module = "rustpython_pickle", name = "Guard")]
#[derive(Debug)]
struct Guard {}

impl PyPayload for Guard {
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

#[pyclass(flags(IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
impl Guard {
    #[pymethod]
    fn __set_name__(_zelf: &Py<Self>, owner: PyTypeRef, _name: PyObjectRef) {
        let silence = class_of::<Silence>().to_owned();
        let mut mro = owner.mro.write();
        let place = mro.iter().position(|class| class.is(&owner));
        mro.insert(place.map_or(0, |place| place + 1), silence);
        drop(mro);
        owner.modified();
    }
}

/// A class whose `__init_subclass__` does nothing.
#[pyclass(module = "rustpython_pickle", name = "Silence")]
#[derive(Debug)]
struct Silence {}

impl PyPayload for Silence {
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

#[pyclass(flags(IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
impl Silence {
    #[pyclassmethod]
    fn __init_subclass__(_class: PyTypeRef) {}
}

/// The `mro` method of a metaclass that stands in.
#[pyclass(module = "rustpython_pickle", name = "Lineage", traverse)]
#[derive(Debug)]
struct Lineage {
    order: PyTupleRef,
}

impl PyPayload for Lineage {
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

#[pyclass(
    with(Callable, GetDescriptor),
    flags(IMMUTABLETYPE, DISALLOW_INSTANTIATION)
)]
impl Lineage {}

impl GetDescriptor for Lineage {
    fn descr_get(
        zelf: &PyObject,
        object: Option<&PyObject>,
        _class: Option<&PyObject>,
        vm: &VirtualMachine,
    ) -> PyResult {
        let Some(object) = object else {
            return Ok(zelf.to_owned());
        };
        let bound = PyBoundMethod::new(object.to_owned(), zelf.to_owned());
        Ok(bound.into_ref(&vm.ctx).into())
    }
}

impl Callable for Lineage {
    type Args = (PyTypeRef,);

    fn call(zelf: &Py<Self>, (class,): Self::Args, vm: &VirtualMachine) -> PyResult {
        let order = zelf.order.as_slice().iter().map(|item| {
            if vm.is_none(item) {
                class.clone().into()
            } else {
                item.clone()
            }
        });
        Ok(vm.ctx.new_list(order.collect()).into())
    }
}
