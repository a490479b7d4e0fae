//! Signals of a process whose session is kept.
//!
//! Python has its handlers in a table of the interpreter, and the process knows one handler only, which notes that a
//! signal has come; so everything here goes through `signal.signal`.

use rustpython_vm::builtins::PyBaseExceptionRef;
use rustpython_vm::signal::{SignalNum, set_interrupt_ex};
use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

/// The signals that end a process, besides the interrupt: from `kill`, and from a terminal that is closed.
const TERMINATIONS: [&str; 2] = ["SIGTERM", "SIGHUP"];
const INTERRUPT: &str = "SIGINT";

/// As the shell has it: the exit code of a process that a signal has ended, less its number.
const SIGNALLED: i32 = 128;

/// The process whose session it is; a child that it forks is another.
static PROCESS: OnceLock<u32> = OnceLock::new();
/// How many signals have been held off, and the last of them.
static HELD: AtomicUsize = AtomicUsize::new(0);
static LAST_HELD: AtomicI32 = AtomicI32::new(0);
/// The signal that is to end this process; 0 if none has come.
static TERMINATION: AtomicI32 = AtomicI32::new(0);

/// Lets the signals that end a process raise `SystemExit`, where they are not handled or ignored.
pub(crate) fn exit_on_termination(vm: &VirtualMachine) -> PyResult<()> {
    PROCESS.get_or_init(process::id);
    for name in TERMINATIONS {
        let Some(number) = number(name, vm)? else {
            continue;
        };
        if is_default(&handler(number, vm)?, vm) {
            let exit = vm.new_function("exit_on_termination", on_termination);
            set_handler(number, exit.into(), vm)?;
        }
    }
    Ok(())
}

/// Whether a signal is to end this process.
pub(crate) fn is_terminated() -> bool {
    TERMINATION.load(Ordering::SeqCst) != 0
}

/// The exit of this process, if a signal is to end it. Whatever ran when it came may have kept the exception for itself.
pub(crate) fn termination(vm: &VirtualMachine) -> Option<PyBaseExceptionRef> {
    is_terminated().then(|| exit(TERMINATION.load(Ordering::SeqCst), vm))
}

fn on_termination(number: i32, _frame: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
    if PROCESS.get() != Some(&process::id()) {
        // A forked child ends as it would have.
        let default = vm.import("_signal", 0)?.get_attr("SIG_DFL", vm)?;
        set_handler(number, default, vm)?;
        let os = vm.import("os", 0)?;
        return vm
            .call_method(&os, "kill", (process::id(), number))
            .map(drop);
    }
    TERMINATION.store(number, Ordering::SeqCst);
    Err(exit(number, vm))
}

fn exit(number: i32, vm: &VirtualMachine) -> PyBaseExceptionRef {
    vm.new_system_exit(vec![vm.new_pyobj(SIGNALLED + number)].into())
}

/// Has signals looked at that RustPython has lost sight of: when the handler of one raises, those after it wait for the
/// next that comes.
pub(crate) fn look_again() {
    // No program can have a handler for this one.
    const UNHANDLED: i32 = 9;
    if let Ok(number) = SignalNum::try_from(UNHANDLED) {
        // It never fails: see its source.
        let _ = set_interrupt_ex(number);
    }
}

/// While this lives, signals that would interrupt or end the program are counted, and nothing else.
pub(crate) struct Held<'vm> {
    vm: &'vm VirtualMachine,
    before: Vec<(i32, PyObjectRef)>,
}

impl<'vm> Held<'vm> {
    pub(crate) fn begin(vm: &'vm VirtualMachine) -> PyResult<Self> {
        HELD.store(0, Ordering::SeqCst);
        let mut this = Self {
            vm,
            before: Vec::new(),
        };
        for name in TERMINATIONS.into_iter().chain([INTERRUPT]) {
            let Some(number) = number(name, vm)? else {
                continue;
            };
            let before = handler(number, vm)?;
            // One that is not Python's could not be put back, and one that is ignored is so for a reason.
            if vm.is_none(&before) || is_ignored(&before, vm) {
                continue;
            }
            let count = vm.new_function("hold_signal", hold);
            set_handler(number, count.into(), vm)?;
            this.before.push((number, before));
        }
        // What has come until now asks for an end, however often, and that this is one has perhaps been seen already.
        let earlier = this.count().min(1);
        HELD.store(if is_terminated() { 0 } else { earlier }, Ordering::SeqCst);
        Ok(this)
    }

    /// How many have come.
    pub(crate) fn count(&self) -> usize {
        // The handlers run here, and raise nothing; what else is pending belongs to the program.
        let _ = self.vm.check_signals();
        HELD.load(Ordering::SeqCst)
    }

    /// What the last of them would have raised, if one has come.
    pub(crate) fn into_exception(self) -> Option<PyBaseExceptionRef> {
        if self.count() == 0 {
            return None;
        }
        let vm = self.vm;
        let number = LAST_HELD.load(Ordering::SeqCst);
        let interrupt = self::number(INTERRUPT, vm).ok().flatten();
        if interrupt == Some(number) {
            let class = vm.ctx.exceptions.keyboard_interrupt.to_owned();
            return Some(vm.new_exception_empty(class));
        }
        Some(exit(number, vm))
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let _ = self.count();
        for (number, before) in self.before.drain(..) {
            // It was set before, so that it can be set again.
            let _ = set_handler(number, before, self.vm);
        }
    }
}

fn hold(number: i32, _frame: PyObjectRef) {
    LAST_HELD.store(number, Ordering::SeqCst);
    HELD.fetch_add(1, Ordering::SeqCst);
}

/// The number of a signal, where the system has it.
fn number(name: &'static str, vm: &VirtualMachine) -> PyResult<Option<i32>> {
    let signals = vm.import("_signal", 0)?;
    let number = vm.get_attribute_opt(&signals, name)?;
    number.map(|number| number.try_into_value(vm)).transpose()
}

/// What Python does on a signal: a function, SIG_DFL or SIG_IGN; None if something else than Python handles it.
fn handler(number: i32, vm: &VirtualMachine) -> PyResult {
    let signals = vm.import("_signal", 0)?;
    vm.call_method(&signals, "getsignal", (number,))
}

fn set_handler(number: i32, handler: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
    let signals = vm.import("_signal", 0)?;
    vm.call_method(&signals, "signal", (number, handler))
        .map(drop)
}

fn is_default(handler: &PyObjectRef, vm: &VirtualMachine) -> bool {
    is_constant(handler, "SIG_DFL", vm)
}

fn is_ignored(handler: &PyObjectRef, vm: &VirtualMachine) -> bool {
    is_constant(handler, "SIG_IGN", vm)
}

fn is_constant(handler: &PyObjectRef, name: &'static str, vm: &VirtualMachine) -> bool {
    let equal = || -> PyResult<bool> {
        let constant = vm.import("_signal", 0)?.get_attr(name, vm)?;
        vm.bool_eq(handler, &constant)
    };
    equal().unwrap_or(false)
}
