//! Interrupting Python code from another thread.

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use rustpython_vm::signal::UserSignalSender;

/// Interrupts what a [`Runtime`](super::Runtime) runs, from any thread.
///
/// Python code that runs gets a `KeyboardInterrupt`, which it may catch; otherwise the call fails
/// with an error of kind [`Interrupt`](super::ErrorKind::Interrupt) and the runtime goes on as
/// before. A native function that waits, as `time.sleep` does, is not cut short.
///
/// ```
/// use std::{thread, time::Duration};
/// use rustpython_pickle::runtime::{ErrorKind, Runtime};
///
/// let runtime = Runtime::new()?;
/// let handle = runtime.interrupt_handle();
/// let watch = thread::spawn(move || while !handle.interrupt() {
///     thread::sleep(Duration::from_millis(10));
/// });
/// let error = runtime.exec("while True: pass").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Interrupt);
/// # watch.join().unwrap();
/// # Ok::<(), rustpython_pickle::runtime::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct InterruptHandle {
    running: Arc<Running>,
    sender: UserSignalSender,
}

/// What a runtime is doing, as other threads see it.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// Which call is running, counted from 1; 0 if none is.
    call: AtomicU64,
    /// Which call is to be interrupted; 0 if none is.
    interrupted: AtomicU64,
    /// Whether a thread makes sure that the interrupt gets through.
    nudged: AtomicBool,
}

impl Running {
    pub(super) fn begin(&self, call: u64) {
        self.call.store(call, Ordering::SeqCst);
    }

    pub(super) fn end(&self) {
        self.call.store(0, Ordering::SeqCst);
        self.interrupted.store(0, Ordering::SeqCst);
    }

    /// The call that is running and to be interrupted.
    fn pending(&self) -> Option<u64> {
        let call = self.call.load(Ordering::SeqCst);
        (call != 0 && call == self.interrupted.load(Ordering::SeqCst)).then_some(call)
    }

    /// Takes the interrupt, if it is for the call that is running.
    fn take(&self) -> bool {
        let Some(call) = self.pending() else {
            return false;
        };
        let taken = self
            .interrupted
            .compare_exchange(call, 0, Ordering::SeqCst, Ordering::SeqCst);
        taken.is_ok()
    }
}

impl InterruptHandle {
    pub(super) fn new(running: Arc<Running>, sender: UserSignalSender) -> Self {
        Self { running, sender }
    }

    /// Interrupts the call to the runtime that is running now.
    ///
    /// Returns whether there is one; a later one is not interrupted.
    pub fn interrupt(&self) -> bool {
        let call = self.running.call.load(Ordering::SeqCst);
        if call == 0 {
            return false;
        }
        self.running.interrupted.store(call, Ordering::SeqCst);
        if !self.signal() {
            return false;
        }
        self.make_sure();
        true
    }

    /// Makes the runtime look whether it is interrupted.
    fn signal(&self) -> bool {
        let running = Arc::clone(&self.running);
        let signal = self.sender.send(Box::new(move |vm| {
            if running.take() {
                let class = vm.ctx.exceptions.keyboard_interrupt.to_owned();
                return Err(vm.new_exception_empty(class));
            }
            Ok(())
        }));
        signal.is_ok()
    }

    /// Signals again until the interrupt has been taken.
    ///
    /// RustPython has one flag for all the interpreters of a process that a signal has come, and
    /// whichever sees it first takes it down, for whomever the signal was.
    fn make_sure(&self) {
        if self.running.nudged.swap(true, Ordering::SeqCst) {
            return;
        }
        let this = self.clone();
        let nudge = move || {
            loop {
                this.nudge();
                this.running.nudged.store(false, Ordering::SeqCst);
                // An interrupt that came before that has found the thread still there.
                let missed = this.running.pending().is_some();
                if !missed || this.running.nudged.swap(true, Ordering::SeqCst) {
                    break;
                }
            }
        };
        // Without the thread the first signal has most likely been enough.
        if thread::Builder::new().spawn(nudge).is_err() {
            self.running.nudged.store(false, Ordering::SeqCst);
        }
    }

    fn nudge(&self) {
        let mut pause = Duration::from_millis(1);
        while self.running.pending().is_some() {
            thread::sleep(pause);
            if self.running.pending().is_some() && !self.signal() {
                // The runtime is gone.
                self.running.end();
            }
            pause = (pause * 2).min(Duration::from_millis(100));
        }
    }
}
