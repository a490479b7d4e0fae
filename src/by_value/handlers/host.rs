//! Handlers that a host program has for its own types.

use rustpython_vm::{
    AsObject, Context, Py, PyObject, PyObjectRef, PyPayload, PyRef, PyResult, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyType, PyTypeRef},
    common::{lock::PyMutex, rc::PyRc},
    object::PyThreadingConstraint,
    pyclass, pymodule,
};

use super::answer::Answer;
use crate::module::class::class_of;

/// How objects of a type that is written in Rust are saved and restored.
///
/// What is saved is any Python object that can be pickled itself. Objects of the type that it
/// contains are saved by the same handler in turn.
///
/// A method that fails fails the dump or the load; a note on its exception names the handler. A
/// panic is not caught.
///
/// ```
/// use rustpython_pickle::{DumpOptions, Handler, InterpreterBuilderExt as _, register_handler};
/// use rustpython_vm::{Interpreter, VirtualMachine, builtins::PyTypeRef};
/// # use rustpython_vm::{PyObject, PyObjectRef, PyResult};
///
/// /// A socket of the same kind, which is not connected.
/// struct Sockets;
///
/// impl Handler for Sockets {
///     fn save(&self, object: &PyObject, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
///         let (family, kind) = (object.get_attr("family", vm)?, object.get_attr("type", vm)?);
///         Ok(vm.ctx.new_tuple(vec![family, kind]).into())
///     }
///
///     fn restore(&self, state: PyObjectRef, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
///         let (family, kind): (PyObjectRef, PyObjectRef) =
///             (state.get_item(&0, vm)?, state.get_item(&1, vm)?);
///         vm.import("socket", 0)?.get_attr("socket", vm)?.call((family, kind), vm)
///     }
/// }
///
/// fn register(vm: &VirtualMachine) -> PyResult<PyTypeRef> {
///     let class = vm.import("socket", 0)?.get_attr("socket", vm)?;
///     let class: PyTypeRef = class.try_into_value(vm)?;
///     register_handler("host.socket", &class, Sockets, vm)?;
///     Ok(class)
/// }
///
/// let interpreter = || Interpreter::builder(Default::default()).install_stdlib().install_pickle().build();
/// let pickle = interpreter().enter(|vm| {
///     let class: PyObjectRef = register(vm)?.into();
///     let socket = class.call((), vm)?;
///     let pickle = DumpOptions::new().by_value(true).dumps(&socket, vm);
///     pickle.map_err(|error| error.into_exception(vm))
/// });
/// # let pickle = pickle.unwrap_or_else(|error| panic!("{error:?}"));
/// interpreter().enter(|vm| {
///     let class = register(vm).unwrap();
///     let socket = rustpython_pickle::loads(&pickle, vm)?;
///     assert!(socket.fast_isinstance(&class));
///     # Ok::<(), rustpython_pickle::Error>(())
/// })
/// # .unwrap();
/// # use rustpython_vm::AsObject as _;
/// ```
pub trait Handler: PyThreadingConstraint + 'static {
    /// What an object is restored from. It must not lead back to the object.
    ///
    /// # Errors
    /// When the object can't be saved. A TypeError counts as
    /// [`Unpicklable`](crate::ErrorKind::Unpicklable).
    fn save(&self, object: &PyObject, vm: &VirtualMachine) -> PyResult<PyObjectRef>;

    /// Makes an object from what was saved.
    ///
    /// # Errors
    /// When that is not what [`save`](Self::save) returns, or the object can't be made.
    fn restore(&self, state: PyObjectRef, vm: &VirtualMachine) -> PyResult<PyObjectRef>;

    /// What else is saved with an object; this may lead back to it. Nothing, unless overridden.
    ///
    /// # Errors
    /// When the object can't be saved.
    fn save_links(&self, object: &PyObject, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
        let _ = (object, vm);
        Ok(None)
    }

    /// Gives an object that [`restore`](Self::restore) has made what
    /// [`save_links`](Self::save_links) has returned.
    ///
    /// # Errors
    /// TypeError unless overridden.
    fn restore_links(
        &self,
        object: &PyObject,
        links: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let _ = (object, links);
        Err(vm.new_type_error("the handler takes no links"))
    }
}

/// Makes an interpreter save and restore the objects of exactly this class by a handler, when it
/// pickles by value.
///
/// The name stands in the pickles; an interpreter that loads them needs a handler of that name. One
/// that is there already is replaced. Reducers that Python code has registered with `copyreg` come
/// before handlers.
///
/// For an example see [`Handler`].
///
/// # Errors
/// When [`install_pickle`](crate::InterpreterBuilderExt::install_pickle) has not been called.
pub fn register_handler(
    name: impl Into<String>,
    class: &Py<PyType>,
    handler: impl Handler,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let new = PyRc::new(Registered {
        name: name.into(),
        class: class.to_owned(),
        handler: Box::new(handler),
    });
    let registry = registry(vm)?;
    let replaced = {
        let mut all = registry.all.lock();
        let replaced = all
            .extract_if(.., |old| old.name == new.name || old.class.is(&new.class))
            .collect::<Vec<_>>();
        all.push(new);
        replaced
    };
    drop(replaced);
    Ok(())
}

struct Registered {
    name: String,
    class: PyTypeRef,
    handler: Box<dyn Handler>,
}

impl Registered {
    /// Notes on an exception which handler has raised it.
    fn blame(&self, error: PyBaseExceptionRef, vm: &VirtualMachine) -> PyBaseExceptionRef {
        let note = format!("raised by the handler '{}'", self.name);
        match error.add_note(vm.ctx.new_str(note), vm) {
            // The exception counts, not the note.
            Ok(()) | Err(_) => error,
        }
    }
}

/// The handlers of an interpreter. The Python module keeps it.
#[pyclass(module = "rustpython_pickle", name = "_Handlers")]
#[derive(Default)]
pub(super) struct Registry {
    all: PyMutex<Vec<PyRc<Registered>>>,
}

impl core::fmt::Debug for Registry {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

impl PyPayload for Registry {
    #[inline]
    fn class(_ctx: &Context) -> &'static Py<PyType> {
        class_of::<Self>()
    }
}

#[pyclass(flags(IMMUTABLETYPE, DISALLOW_INSTANTIATION))]
impl Registry {}

/// Where the Python module keeps them.
const ATTRIBUTE: &str = "_handlers";

fn registry(vm: &VirtualMachine) -> PyResult<PyRef<Registry>> {
    let registry = vm.import("rustpython_pickle", 0)?.get_attr(ATTRIBUTE, vm)?;
    registry
        .downcast()
        .map_err(|_| vm.new_runtime_error("rustpython_pickle has lost its handlers"))
}

fn find(name: &str, vm: &VirtualMachine) -> PyResult<PyRc<Registered>> {
    let registry = registry(vm)?;
    let found = registry
        .all
        .lock()
        .iter()
        .find(|one| one.name == name)
        .cloned();
    found.ok_or_else(|| vm.new_lookup_error(format!("no handler '{name}' is registered")))
}

/// The handlers of an interpreter as they are when a dump begins.
#[derive(Default)]
pub(super) struct HostHandlers(Option<Vec<PyRc<Registered>>>);

impl core::fmt::Debug for HostHandlers {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let names = self.0.iter().flatten().map(|one| &one.name);
        f.debug_list().entries(names).finish()
    }
}

impl HostHandlers {
    /// Asks the handler for the class of an object, if there is one.
    pub(super) fn reduce(
        &mut self,
        object: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<Option<Answer>> {
        let all = match &self.0 {
            Some(all) => all,
            None => self.0.insert(registry(vm)?.all.lock().clone()),
        };
        let Some(found) = all.iter().find(|one| one.class.is(object.class())) else {
            return Ok(None);
        };
        let answer = found.reduce(object, vm);
        answer.map(Some).map_err(|error| found.blame(error, vm))
    }
}

impl Registered {
    fn reduce(&self, object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
        let state = self.handler.save(object, vm)?;
        let name = PyObjectRef::from(vm.ctx.new_str(self.name.as_str()));
        let answer = Answer::ours("_restore", vec![name.clone(), state], vm)?;
        let answer = answer.with_note(format!("handler '{}'", self.name));
        match self.handler.save_links(object, vm)? {
            None => Ok(answer),
            Some(links) => {
                let links = vm.ctx.new_tuple(vec![name, links]);
                answer.with_setter("_restore_links", links.into(), vm)
            }
        }
    }
}

#[pymodule(sub)]
pub(crate) mod hosted {
    use rustpython_vm::{
        PyObjectRef, PyPayload as _, PyResult, VirtualMachine,
        builtins::{PyStrRef, PyTupleRef},
    };

    use super::{Registry, find};

    /// The handlers that the host has registered.
    #[pyattr(name = "_handlers")]
    fn handlers(vm: &VirtualMachine) -> PyObjectRef {
        Registry::default().into_ref(&vm.ctx).into()
    }

    /// Make an object by a handler that the host has registered.
    #[pyfunction]
    fn _restore(name: PyStrRef, state: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        let handler = find(&name.to_string_lossy(), vm)?;
        let object = handler.handler.restore(state, vm);
        object.map_err(|error| handler.blame(error, vm))
    }

    /// Give an object what its handler has saved beside it.
    #[pyfunction]
    fn _restore_links(object: PyObjectRef, state: PyTupleRef, vm: &VirtualMachine) -> PyResult<()> {
        let [name, links] = state.as_slice() else {
            return Err(vm.new_value_error("a handler's name and its links are needed"));
        };
        let handler = find(&name.str(vm)?.to_string_lossy(), vm)?;
        let result = handler.handler.restore_links(&object, links.clone(), vm);
        result.map_err(|error| handler.blame(error, vm))
    }
}
