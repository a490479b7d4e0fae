//! Wakes the editor when a signal comes that ends the process.
//!
//! The editor reads on when a signal has interrupted it, except at SIGINT. Python writes the number of each signal to
//! a descriptor of its choice (`signal.set_wakeup_fd`); a thread reads it, and passes on what the editor would miss.

use rustpython_vm::{PyObjectRef, VirtualMachine};

/// A thread, and the descriptor that it reads from.
#[cfg(unix)]
pub(super) struct Wake {
    writer: std::os::unix::net::UnixStream,
}

#[cfg(unix)]
impl Wake {
    /// Nothing, if there is no thread or descriptor to be had: then the next key is what ends the wait.
    pub(super) fn new() -> Option<Self> {
        use rustpython_vm::host_env::signal::{SIGHUP, SIGTERM, send_sigint_to_self};
        use std::io::Read as _;
        use std::os::unix::net::UnixStream;

        let (mut reader, writer) = UnixStream::pair().ok()?;
        writer.set_nonblocking(true).ok()?;
        let watch = move || {
            let mut signal = [0];
            while reader.read_exact(&mut signal).is_ok() {
                if [SIGHUP, SIGTERM].contains(&signal[0].into()) {
                    let _ = send_sigint_to_self();
                }
            }
        };
        std::thread::Builder::new().spawn(watch).ok()?;
        Some(Self { writer })
    }

    /// Does something that it is to be woken from.
    pub(super) fn during<R>(&self, vm: &VirtualMachine, wait: impl FnOnce() -> R) -> R {
        use std::os::fd::AsRawFd as _;

        let before = set(vm.new_pyobj(self.writer.as_raw_fd()), vm);
        let result = wait();
        // The program may have one of its own.
        if let Some(before) = before {
            set(before, vm);
        }
        result
    }
}

/// The descriptor that was set before.
#[cfg(unix)]
fn set(descriptor: PyObjectRef, vm: &VirtualMachine) -> Option<PyObjectRef> {
    let signals = vm.import("_signal", 0).ok()?;
    vm.call_method(&signals, "set_wakeup_fd", (descriptor,))
        .ok()
}

#[cfg(not(unix))]
pub(super) struct Wake;

#[cfg(not(unix))]
impl Wake {
    pub(super) fn new() -> Option<Self> {
        None
    }

    pub(super) fn during<R>(&self, _vm: &VirtualMachine, wait: impl FnOnce() -> R) -> R {
        wait()
    }
}
