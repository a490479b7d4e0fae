//! What a handler answers.

use rustpython_vm::{AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine};

use crate::by_value::constructor;
use crate::pickler::type_name;

/// How an object is made again, as `__reduce_ex__` would say it, and what is not as it was.
#[derive(Debug)]
pub(super) struct Answer {
    reduced: Reduced,
    /// For the report: what becomes of the object, if it does not come back as it was.
    note: Option<String>,
    /// Whether it is one of the objects that handlers have saved.
    recorded: bool,
}

#[derive(Debug)]
enum Reduced {
    Call {
        callable: PyObjectRef,
        args: Vec<PyObjectRef>,
        state: Option<PyObjectRef>,
        /// An iterator over pairs of keys and values.
        items: Option<PyObjectRef>,
        setter: Option<PyObjectRef>,
    },
    Given(PyObjectRef),
}

impl Answer {
    /// A call of anything that can be pickled by reference.
    pub(super) fn call(callable: impl Into<PyObjectRef>, args: Vec<PyObjectRef>) -> Self {
        Self {
            reduced: Reduced::Call {
                callable: callable.into(),
                args,
                state: None,
                items: None,
                setter: None,
            },
            note: None,
            recorded: true,
        }
    }

    /// A call of one of the functions of the Python module.
    pub(super) fn ours(
        name: &'static str,
        args: Vec<PyObjectRef>,
        vm: &VirtualMachine,
    ) -> PyResult<Self> {
        Ok(Self::call(constructor(name, vm)?, args))
    }

    /// A call of the object's own class.
    pub(super) fn of_class(object: &PyObject, args: Vec<PyObjectRef>) -> Self {
        Self::call(object.class().to_owned(), args)
    }

    /// What another `__reduce_ex__` has returned.
    pub(super) fn given(reduced: PyObjectRef) -> Self {
        Self {
            reduced: Reduced::Given(reduced),
            note: None,
            recorded: true,
        }
    }

    /// One more argument of the call.
    pub(super) fn with_argument(mut self, argument: PyObjectRef) -> Self {
        if let Reduced::Call { args, .. } = &mut self.reduced {
            args.push(argument);
        }
        self
    }

    pub(super) fn with_state(mut self, new: Option<PyObjectRef>) -> Self {
        if let Reduced::Call { state, .. } = &mut self.reduced {
            *state = new.or(state.take());
        }
        self
    }

    /// A state that one of the functions of the Python module gives the object.
    pub(super) fn with_setter(
        mut self,
        name: &'static str,
        new: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<Self> {
        if let Reduced::Call { state, setter, .. } = &mut self.reduced {
            *state = Some(new);
            *setter = Some(constructor(name, vm)?);
        }
        Ok(self)
    }

    /// Items that are set once the object is there.
    pub(super) fn with_items(
        mut self,
        pairs: Vec<PyObjectRef>,
        vm: &VirtualMachine,
    ) -> PyResult<Self> {
        if let Reduced::Call { items, .. } = &mut self.reduced {
            let list = PyObjectRef::from(vm.ctx.new_list(pairs));
            *items = Some(list.get_iter(vm)?.into());
        }
        Ok(self)
    }

    /// The same for an instance of a subclass: `make` stands for the class wherever that is called,
    /// and the state is that of the instance.
    pub(super) fn of_subclass(
        mut self,
        object: &PyObject,
        make: PyObjectRef,
        new: Option<PyObjectRef>,
        vm: &VirtualMachine,
    ) -> PyResult<Self> {
        let Reduced::Call {
            callable,
            args,
            state,
            setter,
            ..
        } = &mut self.reduced
        else {
            return refuse(object, "it can't be made as an instance of its class", vm);
        };
        let class = object.class();
        let method_of_class = vm.get_attribute_opt(callable, "__self__")?;
        let called = [Some(&mut *callable), args.first_mut()]
            .into_iter()
            .flatten();
        let mut found = method_of_class.is_some_and(|owner| owner.is(class));
        for place in called.filter(|place| place.is(class)) {
            *place = make.clone();
            found = true;
        }
        if !found {
            return refuse(object, "it can't be made as an instance of its class", vm);
        }
        match (&*setter, new) {
            (None, new) => *state = new.or(state.take()),
            (Some(_), None) => {}
            // The setter's part and the attributes.
            (Some(own), Some(new)) => {
                let given = state.take().unwrap_or_else(|| vm.ctx.none());
                let both = vec![own.clone(), given, new];
                *state = Some(vm.ctx.new_tuple(both).into());
                *setter = Some(constructor("_set_with_attributes", vm)?);
            }
        }
        Ok(self)
    }

    pub(super) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// An object that has turned out to need no handler.
    pub(super) fn unrecorded(mut self) -> Self {
        self.recorded = false;
        self
    }

    /// What `__reduce_ex__` would return, and the note.
    pub(super) fn into_reduced(self, vm: &VirtualMachine) -> (PyObjectRef, Option<String>) {
        let reduced = match self.reduced {
            Reduced::Given(reduced) => reduced,
            Reduced::Call {
                callable,
                args,
                state,
                items,
                setter,
            } => {
                let args = vm.ctx.new_tuple(args).into();
                let none = || vm.ctx.none();
                let mut parts = vec![callable, args];
                if state.is_some() || items.is_some() {
                    parts.push(state.unwrap_or_else(none));
                }
                if items.is_some() || setter.is_some() {
                    parts.push(none());
                    parts.push(items.unwrap_or_else(none));
                }
                parts.extend(setter);
                vm.ctx.new_tuple(parts).into()
            }
        };
        let note = self.note.unwrap_or_default();
        (reduced, self.recorded.then_some(note))
    }
}

/// That an object can't be pickled, and why.
pub(super) fn refuse<T>(object: &PyObject, why: &str, vm: &VirtualMachine) -> PyResult<T> {
    let name = type_name(object, vm);
    Err(vm.new_type_error(format!("cannot pickle '{name}' object: {why}")))
}
