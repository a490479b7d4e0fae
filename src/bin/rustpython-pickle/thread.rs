//! The thread that the interpreter runs on.

use crate::usage;
use std::process::ExitCode;
use std::thread;

/// RustPython's Python calls use the native stack. So much of it that the limit
/// of Python's recursion is what a program meets first, even one that sets that
/// limit to some tens of thousands; only what is used takes memory.
const STACK: usize = 256 << 20;

/// Runs the interpreter, and ends the process with its exit code.
pub(crate) fn run(main: impl FnOnce() -> u32 + Send + 'static) -> ExitCode {
    // The exit is the thread's, because after `os.fork()` the child has no other.
    let spawned = thread::Builder::new()
        .name("main".into())
        .stack_size(STACK)
        .spawn(move || std::process::exit(main().cast_signed()));
    match spawned {
        Ok(thread) => {
            leave_signals_to_others();
            // It comes back only from a panic, which has printed its message.
            let _ = thread.join();
            ExitCode::from(101)
        }
        Err(error) => {
            usage::stderr(&format!(
                "rustpython-pickle: no thread for the interpreter: {error}\n"
            ));
            ExitCode::from(1)
        }
    }
}

/// A signal has to reach the interpreter's thread, or it would not interrupt
/// the system call that a program waits in.
#[cfg(unix)]
fn leave_signals_to_others() {
    use rustpython_vm::host_env::signal;
    // Errors leave the mask as it is: the signal is then seen later.
    if let Ok(mut set) = signal::sigemptyset() {
        for number in 1..=i32::from(u8::MAX) {
            let _ = signal::sigaddset(&mut set, number);
        }
        let _ = signal::pthread_sigmask(signal::SIG_BLOCK, &set);
    }
}

#[cfg(not(unix))]
fn leave_signals_to_others() {}
