//! What loads are held to, and what an interpreter's loads are held to unless told otherwise.

use std::sync::atomic::{AtomicUsize, Ordering};

use rustpython_vm::{
    VirtualMachine,
    common::{lock::PyMutex, rc::PyRc, static_cell},
};

use super::Policy;
use crate::limits::Limits;

/// A policy and limits.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    pub(crate) policy: Policy,
    pub(crate) limits: Limits,
}

impl Guard {
    /// All that CPython allows, at any cost.
    pub(crate) fn open() -> Self {
        Self {
            policy: Policy::trusted(),
            limits: Limits::unlimited(),
        }
    }

    /// Whether nothing is refused.
    pub(crate) fn is_open(&self) -> bool {
        self.policy.is_trusted() && self.limits.is_unlimited()
    }
}

/// An interpreter's guard.
struct Default {
    interpreter: InterpreterId,
    guard: Guard,
}

static_cell! {
    static DEFAULTS: PyMutex<Vec<Default>>;
}

/// How many defaults there are: as long as there are none, nobody has to look.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Which interpreter it is, for as long as it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InterpreterId(usize);

impl InterpreterId {
    pub(crate) fn of(vm: &VirtualMachine) -> Self {
        Self(PyRc::as_ptr(&vm.state).addr())
    }
}

/// Holds all loads of an interpreter to a policy and limits that do not name their own: those of
/// [`loads`](crate::loads()) and [`LoadOptions`](crate::LoadOptions), and those of its scripts, whose
/// `pickle.loads` and `Unpickler` obey them.
///
/// Restoring a [snapshot](crate::snapshot) is not a load in this sense: a session holds code. The pure-Python
/// unpickler of `pickle.py` (`pickle._Unpickler`) knows no policies.
///
/// The defaults last until they are set again: a host that drops the interpreter calls
/// [`clear_default_policy`] first. A [`Runtime`](crate::Runtime) does that by itself; it is given them when it is built
/// (`Builder::pickle_policy`, `Builder::pickle_limits`).
///
/// ```
/// # use rustpython_pickle::InterpreterBuilderExt as _;
/// use rustpython_pickle::limits::Limits;
/// use rustpython_pickle::policy::{Policy, clear_default_policy, set_default_policy};
/// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
/// set_default_policy(Policy::data_only(), Limits::untrusted(), vm);
/// let scope = vm.new_scope_with_builtins();
/// let script = "import pickle\ntry:\n    pickle.loads(b'cos\\nsystem\\n.')\nexcept pickle.UnpicklingError as error:\n    said = str(error)\n";
/// vm.run_block_expr(scope.clone(), script).unwrap();
/// let said = scope.globals.get_item("said", vm).unwrap();
/// assert_eq!(
///     said.str(vm).unwrap().to_str(),
///     Some(r#"forbidden: "os" "system": only plain data may be loaded (GLOBAL) at offset 0"#)
/// );
/// clear_default_policy(vm);
/// # });
/// ```
pub fn set_default_policy(policy: Policy, limits: Limits, vm: &VirtualMachine) {
    let guard = Guard { policy, limits };
    drop(put(Some(guard), InterpreterId::of(vm)));
}

/// Lets all loads of an interpreter do what CPython allows again.
pub fn clear_default_policy(vm: &VirtualMachine) {
    forget_default_policy(InterpreterId::of(vm));
}

/// The same for an interpreter that may be gone already.
pub(crate) fn forget_default_policy(interpreter: InterpreterId) {
    if COUNT.load(Ordering::Acquire) != 0 {
        drop(put(None, interpreter));
    }
}

/// Replaces an interpreter's guard; dropping the old one may run Python code, without the lock.
fn put(guard: Option<Guard>, interpreter: InterpreterId) -> Option<Default> {
    let mut all = DEFAULTS.get_or_init(PyMutex::default).lock();
    let place = all
        .iter()
        .position(|default| default.interpreter == interpreter);
    let old = place.map(|place| all.swap_remove(place));
    all.extend(guard.map(|guard| Default { interpreter, guard }));
    COUNT.store(all.len(), Ordering::Release);
    old
}

/// What an interpreter's loads are held to.
pub(crate) fn default_guard(vm: &VirtualMachine) -> Guard {
    if COUNT.load(Ordering::Acquire) == 0 {
        return Guard::open();
    }
    let interpreter = InterpreterId::of(vm);
    let all = DEFAULTS.get_or_init(PyMutex::default).lock();
    let default = all
        .iter()
        .find(|default| default.interpreter == interpreter);
    default.map_or_else(Guard::open, |default| default.guard.clone())
}
