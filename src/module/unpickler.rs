//! `Unpickler`, `load` and `loads`.

use std::borrow::Cow;

use rustpython_vm::{
    AsObject, Context, Py, PyObject, PyObjectRef, PyPayload, PyRef, PyResult, VirtualMachine,
    builtins::{PyBytes, PyStr, PyType},
    function::{FuncArgs, PySetterValue},
    object::{Traverse, TraverseFn},
    protocol::{BufferFlags, PyBuffer, PyIter},
    pyclass,
    types::{Constructor, GetAttr, Initializer, SetAttr},
};

use super::{
    args::{FindClassArgs, LoadArgs, LoadsArgs, ReadArgs, UnpicklerArgs},
    class::class_of,
    held::{Held, References},
    hook::may_be_overridden,
    memo_proxy::{UnpicklerMemoProxy, unpickler_memo},
    new_unpickling_error,
    usage::Usage,
};
use crate::{
    machine::Memo,
    policy::default_guard,
    unpickler::{
        FileMethods, FindClass, LoadSettings, Owner, PersistentLoad, PyStream, exception,
        find_class, no_persistent_load, run, run_stream,
    },
    wire::SliceSource,
};

/// Reader of pickles from a binary file.
///
/// A pickle can make any code run: load only what you trust.
///
/// The file is an object with the methods read(), which takes a number of
/// bytes, and readline(); it may have readinto() and peek() as well.
///
/// With fix_imports, the names that modules and objects had in Python 2 are
/// understood. The encoding and errors say how to decode Python 2's strings;
/// the encoding 'bytes' makes them bytes.
///
/// The buffers are those that were left out of the pickle, in their order.
#[pyclass(module = "_pickle", name = "Unpickler", traverse = "manual")]
#[derive(Debug, Default)]
pub(super) struct PyUnpickler {
    state: Held<State>,
    usage: Usage,
}

#[derive(Debug, Default)]
struct State {
    /// `None` until `__init__` has succeeded.
    input: Option<Input>,
    /// What has been set on the instance.
    persistent_load: Option<PyObjectRef>,
    /// The protocol that the last pickle has named.
    protocol: u8,
    memo: Memo<PyObjectRef>,
    /// What the file has handed out beyond what was asked for.
    rest: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Input {
    file: FileMethods,
    fix_imports: bool,
    encoding: Cow<'static, str>,
    errors: Cow<'static, str>,
    buffers: Option<PyIter>,
}

impl References for State {
    fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        if let Some(input) = &self.input {
            for method in input.file.objects() {
                visit(method);
            }
            if let Some(buffers) = &input.buffers {
                visit(buffers.as_object());
            }
        }
        if let Some(persistent_load) = &self.persistent_load {
            visit(persistent_load);
        }
        for (_, object) in self.memo.iter() {
            visit(object);
        }
    }
}

// SAFETY: see `Held`, which owns all the references.
unsafe impl Traverse for PyUnpickler {
    fn traverse(&self, visit: &mut TraverseFn<'_>) {
        self.state.traverse(visit);
    }

    fn clear(&mut self, out: &mut Vec<PyObjectRef>) {
        self.state.clear(out);
    }
}

impl PyPayload for PyUnpickler {
    #[inline]
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

impl Constructor for PyUnpickler {
    type Args = FuncArgs;

    fn py_new(_class: &Py<PyType>, _args: FuncArgs, _vm: &VirtualMachine) -> PyResult<Self> {
        Ok(Self::default())
    }
}

impl Initializer for PyUnpickler {
    type Args = UnpicklerArgs;

    fn init(zelf: &Py<Self>, args: UnpicklerArgs, vm: &VirtualMachine) -> PyResult<()> {
        let _in_use = zelf.usage.begin("Unpickler", vm)?;
        drop(zelf.state.with(core::mem::take));
        let input = Input::new(&args.file, args.read, vm)?;
        let old = zelf.state.with(|state| {
            let new = State {
                input: Some(input),
                ..State::default()
            };
            core::mem::replace(state, new)
        });
        drop(old);
        Ok(())
    }
}

impl Input {
    fn new(file: &PyObject, args: ReadArgs, vm: &VirtualMachine) -> PyResult<Self> {
        let file = FileMethods::of(file, vm)?;
        let buffers = args.buffers(vm)?;
        Ok(Self {
            file,
            fix_imports: args.fix_imports,
            encoding: args.encoding,
            errors: args.errors,
            buffers,
        })
    }
}

#[pyclass(
    with(Constructor, Initializer, GetAttr, SetAttr),
    flags(BASETYPE, IMMUTABLETYPE)
)]
impl PyUnpickler {
    /// Read a pickle from the file and return its object.
    #[pymethod(name = "load")]
    fn py_load(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult {
        let _in_use = zelf.usage.begin("Unpickler", vm)?;
        let Some(input) = zelf.state.with(|state| state.input.clone()) else {
            return Err(new_unpickling_error(
                vm,
                format!(
                    "Unpickler.__init__() was not called by {}.__init__()",
                    zelf.class().slot_name()
                ),
            ));
        };
        let class = PyUnpickler::class(&vm.ctx);
        let find_class = if may_be_overridden(zelf.as_object(), class, "find_class", vm) {
            FindClass::Method(zelf.as_object().get_attr("find_class", vm)?)
        } else {
            FindClass::Default
        };
        let settings = LoadSettings {
            fix_imports: input.fix_imports,
            encoding: input.encoding,
            errors: input.errors,
            buffers: input.buffers,
            find_class,
            persistent_load: Self::find_persistent_load(zelf, vm)?,
            owner: Some(&**zelf),
        };
        let (memo, rest) = zelf.state.with(|state| {
            state.protocol = 0;
            (
                core::mem::take(&mut state.memo),
                core::mem::take(&mut state.rest),
            )
        });
        let stream = PyStream::new(input.file, vm);
        let loaded = run_stream(stream, rest, settings, &default_guard(vm), memo, vm);
        let old = zelf.state.with(|state| {
            state.rest = loaded.rest;
            core::mem::replace(&mut state.memo, loaded.memo)
        });
        drop((old, loaded.stream));
        loaded.result.map_err(|error| exception(error, vm))
    }

    /// Import a module and return the object that has a name in it.
    ///
    /// It is called for each class and each function that a pickle names;
    /// override it to restrict what a pickle can get hold of.
    #[pymethod]
    fn find_class(zelf: &Py<Self>, args: FindClassArgs, vm: &VirtualMachine) -> PyResult {
        let FindClassArgs {
            module_name,
            global_name,
        } = args;
        let (protocol, fix_imports) = zelf.state.with(|state| {
            let fix_imports = state.input.as_ref().is_some_and(|input| input.fix_imports);
            (state.protocol, fix_imports)
        });
        find_class(&module_name, &global_name, protocol, fix_imports, vm)
    }

    /// Return the object of a persistent id; subclasses override it.
    #[pymethod]
    fn persistent_load(_zelf: &Py<Self>, _pid: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        Err(no_persistent_load(vm))
    }

    /// Return the size in memory, in bytes.
    #[pymethod]
    fn __sizeof__(zelf: &Py<Self>) -> usize {
        size_of::<Self>()
            + zelf.state.with(|state| {
                let input = state.input.as_ref();
                state.memo.size_of()
                    + input.map_or(0, |input| input.encoding.len() + input.errors.len())
            })
    }

    /// The objects that the pickles so far have made.
    #[pygetset]
    fn memo(zelf: PyRef<Self>) -> UnpicklerMemoProxy {
        UnpicklerMemoProxy::new(zelf)
    }

    #[pygetset(setter)]
    fn set_memo(zelf: &Py<Self>, value: PySetterValue, vm: &VirtualMachine) -> PyResult<()> {
        let memo = unpickler_memo(value, vm)?;
        drop(
            zelf.state
                .with(|state| core::mem::replace(&mut state.memo, memo)),
        );
        Ok(())
    }
}

impl PyUnpickler {
    pub(super) fn take_memo(&self) -> Memo<PyObjectRef> {
        self.state.with(|state| core::mem::take(&mut state.memo))
    }

    /// The memo's entries in the order of their indexes.
    pub(super) fn memo_entries(&self) -> Vec<(usize, PyObjectRef)> {
        let mut entries: Vec<_> = self.state.with(|state| {
            let entries = state.memo.iter();
            entries
                .map(|(index, object)| (index, object.clone()))
                .collect()
        });
        entries.sort_unstable_by_key(|(index, _)| *index);
        entries
    }

    fn find_persistent_load<'a>(
        zelf: &Py<Self>,
        vm: &VirtualMachine,
    ) -> PyResult<PersistentLoad<'a>> {
        let of_instance = zelf.state.with(|state| state.persistent_load.clone());
        let zelf = zelf.as_object();
        if of_instance.is_some()
            || may_be_overridden(zelf, PyUnpickler::class(&vm.ctx), "persistent_load", vm)
        {
            let load = vm.get_attribute_opt(zelf, "persistent_load")?;
            return Ok(load.map_or(PersistentLoad::None, PersistentLoad::Python));
        }
        Ok(PersistentLoad::None)
    }
}

// As with Pickler's `persistent_id`, this attribute of an instance is not in its `__dict__`.
impl GetAttr for PyUnpickler {
    fn getattro(zelf: &Py<Self>, name: &Py<PyStr>, vm: &VirtualMachine) -> PyResult {
        if name.as_bytes() == b"persistent_load"
            && let Some(load) = zelf.state.with(|state| state.persistent_load.clone())
        {
            return Ok(load);
        }
        zelf.as_object().generic_getattr(name, vm)
    }
}

impl SetAttr for PyUnpickler {
    fn setattro(
        zelf: &Py<Self>,
        name: &Py<PyStr>,
        value: PySetterValue,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        if name.as_bytes() != b"persistent_load" {
            return zelf.as_object().generic_setattr(name, value, vm);
        }
        let value = match value {
            PySetterValue::Assign(value) => Some(value),
            PySetterValue::Delete => None,
        };
        drop(
            zelf.state
                .with(|state| core::mem::replace(&mut state.persistent_load, value)),
        );
        Ok(())
    }
}

impl Owner for PyUnpickler {
    fn swap_memo(&self, memo: &mut Memo<PyObjectRef>) {
        self.state
            .with(|state| core::mem::swap(&mut state.memo, memo));
    }

    fn set_protocol(&self, protocol: u8) {
        self.state.with(|state| state.protocol = protocol);
    }
}

/// The module's `load`.
pub(super) fn load(args: LoadArgs, vm: &VirtualMachine) -> PyResult {
    let file = FileMethods::of(&args.file, vm)?;
    let (stream, guard) = (PyStream::new(file, vm), default_guard(vm));
    let settings = settings(args.read, vm)?;
    let loaded = run_stream(stream, Vec::new(), settings, &guard, Memo::new(), vm);
    loaded.result.map_err(|error| exception(error, vm))
}

/// The module's `loads`.
pub(super) fn loads(args: LoadsArgs, vm: &VirtualMachine) -> PyResult {
    if let Some(bytes) = args.data.downcast_ref_if_exact::<PyBytes>(vm) {
        return unpickle(bytes.as_bytes(), args.read, vm);
    }
    // The pickle may run code that changes the buffer, so it is copied; and it stays exported, so
    // that such code sees what it sees in CPython.
    let buffer = PyBuffer::from_object(vm, &args.data, BufferFlags::CONTIG_RO)?;
    let data = buffer.contiguous_or_collect(<[u8]>::to_vec);
    unpickle(&data, args.read, vm)
}

fn unpickle(pickle: &[u8], args: ReadArgs, vm: &VirtualMachine) -> PyResult {
    let settings = settings(args, vm)?;
    let mut source = SliceSource::new(pickle);
    let (result, _) = run(&mut source, settings, &default_guard(vm), Memo::new(), vm);
    result.map_err(|error| exception(error, vm))
}

fn settings<'a>(args: ReadArgs, vm: &VirtualMachine) -> PyResult<LoadSettings<'a>> {
    Ok(LoadSettings {
        fix_imports: args.fix_imports,
        buffers: args.buffers(vm)?,
        encoding: args.encoding,
        errors: args.errors,
        ..LoadSettings::default()
    })
}
