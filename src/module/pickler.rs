//! `Pickler`, `dump` and `dumps`.

use core::sync::atomic::{AtomicI32, Ordering};

use rustpython_vm::{
    AsObject, Context, Py, PyObject, PyObjectRef, PyPayload, PyRef, PyResult, VirtualMachine,
    builtins::{PyBytesRef, PyStr, PyType},
    function::{FuncArgs, PySetterValue},
    object::{Traverse, TraverseFn},
    pyclass,
    types::{Constructor, GetAttr, Initializer, SetAttr},
};

use super::{
    args::{DumpArgs, DumpsArgs, PicklerArgs, PicklerDumpArgs, WriteArgs},
    class::class_of,
    held::{Held, References},
    hook::may_be_overridden,
    memo_proxy::{PicklerMemoProxy, pickler_memo},
    new_pickling_error,
    usage::Usage,
};
use crate::by_value::{ByValue, registry::registered_modules};
use crate::pickler::{BufferCallback, Dump, DumpSettings, Hook, Memo, MemoOwner, Sink};

/// Writer of pickles to a binary file.
///
/// The file is an object with a method write() that takes bytes.
///
/// The protocol is 0 to 5; a negative number stands for the highest. The
/// higher the protocol, the newer the Python that is needed to read the pickle.
///
/// With fix_imports, protocols below 3 have the names that modules and objects
/// had in Python 2.
///
/// The buffer_callback is called with each buffer that may be pickled out of
/// band. If it returns a false value, the buffer is left out of the pickle.
/// It needs protocol 5.
#[pyclass(module = "_pickle", name = "Pickler", traverse = "manual")]
#[derive(Debug, Default)]
pub(super) struct PyPickler {
    state: Held<State>,
    usage: Usage,
    /// Whether the pickle has binary opcodes where the protocol leaves the choice.
    #[pymember(writable)]
    bin: AtomicI32,
    /// Whether objects are pickled without a memo.
    #[pymember(writable)]
    fast: AtomicI32,
}

#[derive(Debug, Default)]
struct State {
    /// The file's method; `None` until `__init__` has succeeded.
    write: Option<PyObjectRef>,
    protocol: u8,
    fix_imports: bool,
    buffer_callback: Option<PyObjectRef>,
    dispatch_table: Option<PyObjectRef>,
    /// What has been set on the instance.
    persistent_id: Option<PyObjectRef>,
    memo: Memo,
    /// What a pickler by value remembers as long as the memo.
    by_value: Option<Box<ByValue>>,
}

impl References for State {
    fn visit(&self, visit: &mut dyn FnMut(&PyObject)) {
        let hooks = [
            &self.write,
            &self.buffer_callback,
            &self.dispatch_table,
            &self.persistent_id,
        ];
        for object in hooks.into_iter().flatten() {
            visit(object);
        }
        for (_, object) in self.memo.iter() {
            visit(object);
        }
        if let Some(by_value) = &self.by_value {
            by_value.visit(visit);
        }
    }
}

// SAFETY: see `Held`, which owns all the references.
unsafe impl Traverse for PyPickler {
    fn traverse(&self, visit: &mut TraverseFn<'_>) {
        self.state.traverse(visit);
    }

    fn clear(&mut self, out: &mut Vec<PyObjectRef>) {
        self.state.clear(out);
    }
}

impl PyPayload for PyPickler {
    #[inline]
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

impl Constructor for PyPickler {
    type Args = FuncArgs;

    fn py_new(_class: &Py<PyType>, _args: FuncArgs, _vm: &VirtualMachine) -> PyResult<Self> {
        Ok(Self::default())
    }
}

impl Initializer for PyPickler {
    type Args = PicklerArgs;

    fn init(zelf: &Py<Self>, args: PicklerArgs, vm: &VirtualMachine) -> PyResult<()> {
        let _in_use = zelf.usage.begin("Pickler", vm)?;
        // A second time begins anew; the first keeps what a subclass has set before.
        let old = zelf.state.with(|state| match state.write {
            Some(_) => core::mem::take(state),
            None => State::default(),
        });
        drop(old);
        let protocol = args.write.protocol(vm)?;
        let fix_imports = args.write.fix_imports;
        let write = write_method(&args.file, vm)?;
        let buffer_callback = args.write.buffer_callback(protocol, vm)?;
        zelf.bin.store((protocol > 0).into(), Ordering::Relaxed);
        zelf.fast.store(0, Ordering::Relaxed);
        let (old, has_table) = zelf.state.with(|state| {
            state.protocol = protocol;
            state.fix_imports = fix_imports;
            let old = (
                state.write.replace(write),
                core::mem::replace(&mut state.buffer_callback, buffer_callback),
            );
            (old, state.dispatch_table.is_some())
        });
        drop(old);
        if has_table {
            return Ok(());
        }
        // A subclass may have one for all its instances.
        let dispatch_table = vm.get_attribute_opt(zelf.as_object(), "dispatch_table")?;
        let old = zelf
            .state
            .with(|state| core::mem::replace(&mut state.dispatch_table, dispatch_table));
        drop(old);
        Ok(())
    }
}

#[pyclass(
    with(Constructor, Initializer, GetAttr, SetAttr),
    flags(BASETYPE, IMMUTABLETYPE)
)]
impl PyPickler {
    /// Write the pickle of an object to the file.
    #[pymethod(name = "dump")]
    fn py_dump(zelf: &Py<Self>, args: PicklerDumpArgs, vm: &VirtualMachine) -> PyResult<()> {
        let _in_use = zelf.usage.begin("Pickler", vm)?;
        let (write, protocol, fix_imports) = zelf
            .state
            .with(|state| (state.write.clone(), state.protocol, state.fix_imports));
        let Some(write) = write else {
            return Err(new_pickling_error(
                vm,
                format!(
                    "Pickler.__init__() was not called by {}.__init__()",
                    zelf.class().slot_name()
                ),
            ));
        };
        let mut settings = DumpSettings::new(protocol, fix_imports);
        settings.bin = zelf.bin.load(Ordering::Relaxed) != 0;
        settings.fast = zelf.fast.load(Ordering::Relaxed) != 0;
        settings.reducer_override = hook(Self::reducer_override(zelf, vm)?);
        settings.persistent_id = hook(Self::find_persistent_id(zelf, vm)?);
        settings.memo_owner = Some(&**zelf);
        let is_by_value = zelf.class().fast_issubclass(by_value_pickler());
        let registered = is_by_value.then(|| registered_modules(vm)).transpose()?;
        let (buffer_callback, dispatch_table, memo, by_value) = zelf.state.with(|state| {
            let hooks = (state.buffer_callback.clone(), state.dispatch_table.clone());
            let by_value = state.by_value.take();
            (hooks.0, hooks.1, core::mem::take(&mut state.memo), by_value)
        });
        settings.by_value = registered.map(|registered| {
            let mut by_value = by_value.unwrap_or_default();
            by_value.rule.registered = registered.into_iter().collect();
            by_value
        });
        settings.buffer_callback = callback(buffer_callback);
        settings.dispatch_table = dispatch_table;

        let PicklerDumpArgs { object } = args;
        let mut dump = Dump::new(settings, memo, Sink::Python(write), vm);
        let result = dump.dump(&object);
        let by_value = dump.take_by_value();
        let (memo, _) = dump.into_parts();
        let old = zelf.state.with(|state| {
            state.by_value = by_value;
            core::mem::replace(&mut state.memo, memo)
        });
        drop(old);
        result.map_err(|failure| failure.exception)
    }

    /// Forget which objects have been pickled.
    ///
    /// An object that is pickled again after that is written in full, not as
    /// a reference to where it stands in an earlier pickle.
    #[pymethod]
    fn clear_memo(zelf: &Py<Self>) {
        drop(zelf.take_memo());
    }

    /// Return the persistent id of an object, or None; subclasses override it.
    #[pymethod]
    fn persistent_id(_zelf: &Py<Self>, _obj: PyObjectRef) {}

    /// Return the size in memory, in bytes.
    #[pymethod]
    fn __sizeof__(zelf: &Py<Self>) -> usize {
        size_of::<Self>() + zelf.state.with(|state| state.memo.size_of())
    }

    /// The objects that have been pickled.
    #[pygetset]
    fn memo(zelf: PyRef<Self>) -> PicklerMemoProxy {
        PicklerMemoProxy::new(zelf)
    }

    #[pygetset(setter)]
    fn set_memo(zelf: &Py<Self>, value: PySetterValue, vm: &VirtualMachine) -> PyResult<()> {
        let memo = pickler_memo(value, vm)?;
        drop(
            zelf.state
                .with(|state| core::mem::replace(&mut state.memo, memo)),
        );
        Ok(())
    }

    /// Reducers by type, in place of those in copyreg.
    #[pygetset]
    fn dispatch_table(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult {
        let table = zelf.state.with(|state| state.dispatch_table.clone());
        table.ok_or_else(|| {
            vm.new_attribute_error(format!(
                "'{}' object has no attribute 'dispatch_table'",
                zelf.class().slot_name()
            ))
        })
    }

    #[pygetset(setter)]
    fn set_dispatch_table(
        zelf: &Py<Self>,
        value: PySetterValue,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let (table, deletion) = match value {
            PySetterValue::Assign(table) => (Some(table), false),
            PySetterValue::Delete => (None, true),
        };
        let old = zelf
            .state
            .with(|state| core::mem::replace(&mut state.dispatch_table, table));
        if deletion && old.is_none() {
            return Err(vm.new_attribute_error("dispatch_table"));
        }
        Ok(())
    }
}

impl PyPickler {
    pub(super) fn take_memo(&self) -> Memo {
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

    fn reducer_override(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
        if zelf.class().is(PyPickler::class(&vm.ctx)) {
            return Ok(None);
        }
        vm.get_attribute_opt(zelf.as_object(), "reducer_override")
    }

    fn find_persistent_id(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
        let of_instance = zelf.state.with(|state| state.persistent_id.clone());
        let zelf = zelf.as_object();
        if of_instance.is_some()
            || may_be_overridden(zelf, PyPickler::class(&vm.ctx), "persistent_id", vm)
        {
            return vm.get_attribute_opt(zelf, "persistent_id");
        }
        Ok(None)
    }
}

// An instance's `persistent_id` is no entry of its `__dict__`: plain Picklers have none, and
// `super().persistent_id` is not to find it.
impl GetAttr for PyPickler {
    fn getattro(zelf: &Py<Self>, name: &Py<PyStr>, vm: &VirtualMachine) -> PyResult {
        if name.as_bytes() == b"persistent_id"
            && let Some(persistent_id) = zelf.state.with(|state| state.persistent_id.clone())
        {
            return Ok(persistent_id);
        }
        zelf.as_object().generic_getattr(name, vm)
    }
}

impl SetAttr for PyPickler {
    fn setattro(
        zelf: &Py<Self>,
        name: &Py<PyStr>,
        value: PySetterValue,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        if name.as_bytes() != b"persistent_id" {
            return zelf.as_object().generic_setattr(name, value, vm);
        }
        let value = match value {
            PySetterValue::Assign(value) => Some(value),
            PySetterValue::Delete => None,
        };
        drop(
            zelf.state
                .with(|state| core::mem::replace(&mut state.persistent_id, value)),
        );
        Ok(())
    }
}

impl MemoOwner for PyPickler {
    fn swap_memo(&self, memo: &mut Memo) {
        self.state
            .with(|state| core::mem::swap(&mut state.memo, memo));
    }
}

/// Writer of pickles to a binary file, with functions, classes and modules by value.
///
/// What can't be imported elsewhere goes by value: what lives in __main__, in a
/// module made at run time, or in a module registered for by-value. Objects such
/// as locks and open files are made anew by handlers. Everything else is as with
/// pickle.Pickler, which has the same arguments and attributes.
#[pyclass(module = "rustpython_pickle", name = "Pickler", base = PyPickler)]
#[derive(Debug)]
#[repr(transparent)]
pub(super) struct PyByValuePickler(PyPickler);

#[pyclass(flags(BASETYPE, IMMUTABLETYPE))]
impl PyByValuePickler {}

/// The class of picklers by value, made when it is first asked for.
pub(super) fn by_value_pickler() -> &'static Py<PyType> {
    class_of::<PyPickler>();
    class_of::<PyByValuePickler>()
}

fn hook<'a>(callable: Option<PyObjectRef>) -> Hook<'a> {
    callable.map_or(Hook::None, Hook::Python)
}

fn callback<'a>(callable: Option<PyObjectRef>) -> BufferCallback<'a> {
    callable.map_or(BufferCallback::None, BufferCallback::Python)
}

/// A file's method (CPython: `_Pickler_SetOutputStream`).
fn write_method(file: &PyObject, vm: &VirtualMachine) -> PyResult {
    match vm.get_attribute_opt(file, "write")? {
        Some(write) => Ok(write),
        None => Err(vm.new_type_error("file must have a 'write' attribute")),
    }
}

/// A module's `dump`: that of `_pickle`, or of `rustpython_pickle`, by value.
pub(super) fn dump(args: DumpArgs, by_value: bool, vm: &VirtualMachine) -> PyResult<()> {
    let protocol = args.write.protocol(vm)?;
    let sink = Sink::Python(write_method(&args.file, vm)?);
    pickle(&args.object, protocol, args.write, sink, by_value, vm).map(drop)
}

/// A module's `dumps`.
pub(super) fn dumps(args: DumpsArgs, by_value: bool, vm: &VirtualMachine) -> PyResult<PyBytesRef> {
    let protocol = args.write.protocol(vm)?;
    let sink = Sink::Memory;
    let pickle = pickle(&args.object, protocol, args.write, sink, by_value, vm)?;
    Ok(vm.ctx.new_bytes(pickle))
}

/// Writes a pickle, and returns what the sink did not take.
fn pickle(
    object: &PyObject,
    protocol: u8,
    args: WriteArgs,
    sink: Sink<'_>,
    by_value: bool,
    vm: &VirtualMachine,
) -> PyResult<Vec<u8>> {
    let mut settings = DumpSettings::new(protocol, args.fix_imports);
    if by_value {
        settings.by_value = Some(Box::new(ByValue::new(vm)?));
    }
    settings.buffer_callback = callback(args.buffer_callback(protocol, vm)?);
    let mut dump = Dump::new(settings, Memo::default(), sink, vm);
    match dump.dump(object) {
        Ok(()) => Ok(dump.into_parts().1),
        Err(failure) => Err(failure.exception),
    }
}
