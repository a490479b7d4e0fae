//! Ends a wait for input when a signal comes.
//!
//! Python writes the number of each signal to a descriptor of its choice (`signal.set_wakeup_fd`): the pipe that a
//! signal's handler writes to, so that one which comes just before the wait ends it too.

use rustpython_vm::host_env::signal::send_sigint_to_self;
use rustpython_vm::{AsObject as _, PyObjectRef, PyResult, VirtualMachine};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// When the editor is told once more.
const AGAIN: Duration = Duration::from_millis(50);

/// A descriptor for Python to write to, and where to read from it.
pub(super) struct Wake {
    reader: UnixStream,
    writer: UnixStream,
    waiting: Arc<Mutex<bool>>,
}

impl Wake {
    pub(super) fn new() -> io::Result<Self> {
        let (reader, writer) = UnixStream::pair()?;
        // Python wants it so.
        writer.set_nonblocking(true)?;
        Ok(Self {
            reader,
            writer,
            waiting: Arc::default(),
        })
    }

    /// Passes on to the editor what it would miss: a signal has it read on, except SIGINT.
    pub(super) fn watch(&self) -> io::Result<()> {
        use rustpython_vm::host_env::signal::{SIGHUP, SIGTERM};
        use std::io::Read as _;

        let mut reader = self.reader.try_clone()?;
        let waiting = Arc::clone(&self.waiting);
        let watch = move || {
            let mut signal = [0];
            while reader.read_exact(&mut signal).is_ok() {
                if ![SIGHUP, SIGTERM].contains(&signal[0].into()) {
                    continue;
                }
                // The editor may not have begun to look for it.
                while interrupted(&waiting) {
                    thread::sleep(AGAIN);
                }
            }
        };
        thread::Builder::new().spawn(watch).map(drop)
    }

    /// Waits until a descriptor can be read, or a signal comes.
    pub(super) fn wait_for(&self, input: &File) -> io::Result<()> {
        use rustpython_vm::host_env::select::{POLLIN, platform::pollfd, poll_fds};

        let readable = |fd| pollfd {
            fd,
            events: POLLIN,
            revents: 0,
        };
        let mut fds = [
            readable(input.as_raw_fd()),
            readable(self.reader.as_raw_fd()),
        ];
        poll_fds(&mut fds, -1)?;
        if fds[1].revents != 0 {
            use std::io::Read as _;
            // One byte for each signal; whatever is left ends the next wait.
            let mut signals = [0; 64];
            let _ = (&self.reader).read(&mut signals)?;
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(())
    }

    /// Does something that signals are to end; what Python's handlers raise on the way is an error.
    pub(super) fn during<R>(
        &self,
        vm: &VirtualMachine,
        wait: impl FnOnce() -> PyResult<R>,
    ) -> PyResult<R> {
        // First, so that a signal which comes as soon as it is written down is not taken for one that nobody waits for.
        *lock(&self.waiting) = true;
        let before = set(vm.new_pyobj(self.writer.as_raw_fd()), vm);
        let result = before.and_then(|before| {
            let result = wait();
            *lock(&self.waiting) = false;
            // The program may have one of its own.
            if let Some(before) = before {
                set(before, vm)?;
            }
            result
        });
        *lock(&self.waiting) = false;
        result
    }
}

fn lock(waiting: &Mutex<bool>) -> MutexGuard<'_, bool> {
    // Nobody panics that has it.
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Interrupts whoever waits; whether somebody does. Under the lock, so that nobody is who has ceased to.
fn interrupted(waiting: &Mutex<bool>) -> bool {
    let waiting = lock(waiting);
    if *waiting {
        let _ = send_sigint_to_self();
    }
    *waiting
}

/// The descriptor that was set before; none if Python can't set any here.
fn set(descriptor: PyObjectRef, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    // Both run Python code, so that handlers of signals may raise here.
    let signals = vm.import("_signal", 0)?;
    match vm.call_method(&signals, "set_wakeup_fd", (descriptor,)) {
        Ok(before) => Ok(Some(before)),
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.value_error) => Ok(None),
        Err(error) => Err(error),
    }
}
