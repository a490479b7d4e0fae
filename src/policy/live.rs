//! Policies over live objects: lists whose globals have been found.

use core::fmt;
use std::collections::HashMap;

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyModule, PyStr, PyType},
    common::rc::PyRc,
    object::PyThreadingConstraint,
};

use super::list::{AllowList, Entry, Right};
use super::stand_in::StandIn;
use crate::by_address::ByAddress;
use crate::error::Error;
use crate::unpickler::import_module;

/// What a pickle may name and call; see the [module](super).
///
/// A policy belongs to the interpreter that it was made in. Cloning it is cheap.
///
/// ```
/// # use rustpython_pickle::InterpreterBuilderExt as _;
/// use rustpython_pickle::policy::{AllowList, Policy};
/// use rustpython_pickle::{ErrorKind, LoadOptions};
/// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
/// let policy = Policy::allow(&AllowList::standard(), vm)?;
/// let mut options = LoadOptions::untrusted(policy);
/// let day = options.loads(b"cdatetime\ndate\n(C\x04\x07\xe5\x01\x02tR.", vm)?;
/// assert_eq!(day.str(vm).unwrap().to_str(), Some("2021-01-02"));
///
/// let error = options.loads(b"cos\nsystem\n(Vecho hello\ntR.", vm).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Forbidden);
/// assert_eq!(error.to_string(), r#"forbidden: "os" "system": it is not listed (GLOBAL) at offset 0"#);
/// # Ok::<(), rustpython_pickle::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Policy {
    pub(crate) kind: Kind,
    pub(crate) persistent_stand_ins: bool,
}

#[derive(Clone)]
pub(crate) enum Kind {
    Trusted,
    DataOnly,
    Allow(PyRc<Found>),
    Custom(PyRc<dyn Decide>),
}

/// What a closure of [`Policy::custom`] is.
pub(crate) trait Decide: PyThreadingConstraint {
    fn decide(&self, request: &Request<'_>, vm: &VirtualMachine) -> PyResult<Verdict>;
}

impl<F> Decide for F
where
    F: Fn(&Request<'_>, &VirtualMachine) -> PyResult<Verdict> + PyThreadingConstraint,
{
    fn decide(&self, request: &Request<'_>, vm: &VirtualMachine) -> PyResult<Verdict> {
        self(request, vm)
    }
}

/// A global that a pickle names, after Python 2's names were replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request<'a> {
    /// The module's name.
    pub module: &'a str,
    /// The global's name; no dots are in it.
    pub name: &'a str,
}

/// What a closure decides about a [`Request`].
#[derive(Clone, Debug)]
pub enum Verdict {
    /// No.
    Deny,
    /// The global is this object, and this is what may be done with it.
    Allow(PyObjectRef, Box<Entry>),
}

impl Policy {
    /// All that CPython allows. **A pickle can make any code run.**
    #[must_use]
    pub fn trusted() -> Self {
        Self::of(Kind::Trusted)
    }

    /// No globals, no calls, no extension codes: numbers, strings, bytes, None, and lists, tuples,
    /// dicts and sets of them. The interpreter is not asked about what is refused.
    #[must_use]
    pub fn data_only() -> Self {
        Self::of(Kind::DataOnly)
    }

    /// What a list names. All of it is imported now, so that no pickle imports anything.
    ///
    /// # Errors
    /// When a global is not there that is not [optional](Entry::optional), or is a module; or
    /// importing a module fails.
    pub fn allow(list: &AllowList, vm: &VirtualMachine) -> Result<Self, Error> {
        let found = Found::new(list, vm)?;
        Ok(Self::of(Kind::Allow(PyRc::new(found))))
    }

    /// What a closure allows. It is asked about each global before anything is imported, once for each name in a
    /// load, and may import what it trusts.
    ///
    /// Names with a dot, empty parts or control characters are refused without asking.
    ///
    /// ```
    /// # use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_pickle::policy::{Arguments, Entry, Policy, Verdict};
    /// use rustpython_pickle::LoadOptions;
    /// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
    /// let policy = Policy::custom(|request, vm| match (request.module, request.name) {
    ///     ("builtins", "len") => {
    ///         let len = vm.builtins.get_attr("len", vm)?;
    ///         Ok(Verdict::Allow(len, Box::new(Entry::call(Arguments::any()))))
    ///     }
    ///     _ => Ok(Verdict::Deny),
    /// });
    /// let three = LoadOptions::untrusted(policy).loads(b"cbuiltins\nlen\n(Vabc\ntR.", vm)?;
    /// assert_eq!(three.repr(vm).unwrap().to_str(), Some("3"));
    /// # Ok::<(), rustpython_pickle::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn custom(
        decide: impl Fn(&Request<'_>, &VirtualMachine) -> PyResult<Verdict>
        + PyThreadingConstraint
        + 'static,
    ) -> Self {
        Self::of(Kind::Custom(PyRc::new(decide)))
    }

    /// That persistent ids which nobody resolves become stand-ins that say what they are, in place of an
    /// error. PyTorch's storages are persistent ids.
    #[must_use]
    pub fn persistent_stand_ins(mut self, stand_ins: bool) -> Self {
        self.persistent_stand_ins = stand_ins;
        self
    }

    fn of(kind: Kind) -> Self {
        Self {
            kind,
            persistent_stand_ins: false,
        }
    }

    pub(crate) fn is_trusted(&self) -> bool {
        matches!(self.kind, Kind::Trusted)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::trusted()
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Trusted => "trusted",
            Kind::DataOnly => "data only",
            Kind::Allow(found) => &found.name,
            Kind::Custom(_) => "custom",
        };
        f.debug_tuple("Policy").field(&kind).finish()
    }
}

/// A global with what may be done with it.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) module: Box<str>,
    pub(crate) name: Box<str>,
    pub(crate) entry: Entry,
    /// `None` if it is listed and not there.
    pub(crate) object: Option<PyObjectRef>,
}

/// A list whose globals have been found.
pub(crate) struct Found {
    name: String,
    modules: HashMap<Box<str>, HashMap<Box<str>, PyRc<Grant>>>,
    /// By the address of the object, which the grant keeps alive.
    objects: ByAddress<PyRc<Grant>>,
}

impl Found {
    fn new(list: &AllowList, vm: &VirtualMachine) -> Result<Self, Error> {
        let mut found = Self {
            name: list.name().to_owned(),
            modules: HashMap::new(),
            objects: ByAddress::default(),
        };
        for (module, name, entry) in list.iter() {
            let object = match entry.is_stand_in() {
                true => Some(StandIn::global(module, name, vm)),
                false => {
                    let (at, as_name) = entry.found_at().unwrap_or((module, name));
                    find(at, as_name, entry.is_optional(), vm)?
                }
            };
            let grant = PyRc::new(Grant {
                module: module.into(),
                name: name.into(),
                entry: entry.clone(),
                object,
            });
            if let Some(object) = &grant.object {
                // Of several names for one object, the one that allows most is asked.
                let known = found.objects.entry(object.get_id());
                let known = known.or_insert_with(|| grant.clone());
                if known.entry.right() < grant.entry.right() {
                    *known = grant.clone();
                }
            }
            let names = found.modules.entry(module.into()).or_default();
            names.insert(name.into(), grant);
        }
        Ok(found)
    }

    pub(crate) fn get(&self, module: &str, name: &str) -> Option<&PyRc<Grant>> {
        self.modules.get(module)?.get(name)
    }

    /// What may be done with an object, however the pickle has come by it.
    pub(crate) fn of_object(&self, object: &PyObject) -> Option<&PyRc<Grant>> {
        self.objects.get(&object.get_id())
    }
}

/// A global of a list; `None` if it is not there and need not be.
fn find(
    module: &str,
    name: &str,
    optional: bool,
    vm: &VirtualMachine,
) -> Result<Option<PyObjectRef>, Error> {
    let exceptions = &vm.ctx.exceptions;
    let found = import_module(&vm.ctx.new_str(module), vm)
        .and_then(|found| found.get_attr(&vm.ctx.new_str(name), vm));
    match found {
        Ok(object) if object.downcastable::<PyModule>() => Err(Error::options(format!(
            "{module:?} {name:?} is a module, which no pickle may have"
        ))),
        Ok(object) => Ok(Some(object)),
        Err(error)
            if optional
                && (error.fast_isinstance(exceptions.import_error)
                    || error.fast_isinstance(exceptions.attribute_error)) =>
        {
            Ok(None)
        }
        Err(error) => Err(Error::python(error, vm)),
    }
}

/// Whether an object is a class that a grant lets a pickle call.
pub(crate) fn is_callable_class(grant: &Grant) -> bool {
    let object = grant.object.as_ref();
    grant.entry.right() == Right::Call
        && object.is_some_and(|object| object.downcastable::<PyType>())
}

/// The text of a name, unless there are surrogates in it.
pub(crate) fn text(name: &PyObject) -> Option<&str> {
    name.downcast_ref::<PyStr>()?.to_str()
}
