//! A runtime on a thread of its own.

use core::fmt;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;
use std::thread::{self, JoinHandle, ThreadId};

use rustpython_vm::vm::thread::try_with_current_vm;

use super::{
    Builder, Error, ErrorKind, FromPython, InterruptHandle, Runtime, ToArguments, ToPython,
};

type Job = Box<dyn FnOnce(&Runtime) + Send>;

/// A [`Runtime`] on a thread of its own, with a stack as large as it needs; any thread may use it.
///
/// Each call waits until the runtime has done all that came before. When this is dropped, the
/// runtime finishes what it was given and ends, and the drop waits for that; what may take for ever
/// is to be [interrupted](Self::interrupt_handle) first.
///
/// Two runtimes must not wait for each other: a job of the first that calls the second, whose job calls the first
/// again, waits for ever, as locks do that are taken in two orders. A job that calls its own runtime gets an error.
///
/// ```
/// use rustpython_pickle::runtime::Runtime;
///
/// let runtime = Runtime::builder().recursion_limit(100_000).spawn()?;
/// runtime.exec("def count(n): return 1 + count(n - 1) if n else 0")?;
/// assert_eq!(runtime.call::<u32>("count", (50_000,))?, 50_000);
///
/// let letters = runtime.run(|runtime| {
///     runtime.set("word", "snapshot")?;
///     runtime.eval::<Vec<char>>("sorted(set(word))")
/// })??;
/// assert_eq!(letters, ['a', 'h', 'n', 'o', 'p', 's', 't']);
/// # Ok::<(), rustpython_pickle::runtime::Error>(())
/// ```
pub struct RuntimeThread {
    /// Always there until this is dropped.
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    id: ThreadId,
    interrupt: InterruptHandle,
}

impl RuntimeThread {
    pub(super) fn start(builder: Builder, stack: usize) -> Result<Self, Error> {
        let (jobs, queue) = mpsc::channel::<Job>();
        let (started, start) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("python".into())
            .stack_size(stack)
            .spawn(move || match builder.build_here() {
                Ok(runtime) => {
                    // Nobody may wait for it any more, and then there are no jobs either.
                    let _ = started.send(Ok(runtime.interrupt_handle()));
                    drop(started);
                    for job in queue {
                        job(&runtime);
                    }
                }
                Err(error) => {
                    let _ = started.send(Err(error));
                }
            });
        let thread =
            thread.map_err(|error| Error::new(ErrorKind::Start, format!("no thread: {error}")))?;
        let interrupt = match detached(|| start.recv()) {
            Ok(Ok(interrupt)) => interrupt,
            Ok(Err(error)) => return Err(error),
            Err(mpsc::RecvError) => {
                return Err(Error::new(
                    ErrorKind::Start,
                    "the interpreter's thread panicked",
                ));
            }
        };
        Ok(Self {
            jobs: Some(jobs),
            id: thread.thread().id(),
            thread: Some(thread),
            interrupt,
        })
    }

    /// Runs a closure on the runtime's thread, and waits for it.
    ///
    /// # Errors
    /// When the thread is gone, or this is called from the runtime's thread itself.
    ///
    /// # Panics
    /// When the closure does; the runtime goes on.
    pub fn run<R: Send + 'static>(
        &self,
        job: impl FnOnce(&Runtime) -> R + Send + 'static,
    ) -> Result<R, Error> {
        if thread::current().id() == self.id {
            let message = "the runtime's own thread would wait for itself";
            return Err(Error::new(ErrorKind::Thread, message));
        }
        let (sender, result) = mpsc::sync_channel::<Result<R, Box<dyn Any + Send>>>(1);
        let job: Job = Box::new(move |runtime| {
            let done = catch_unwind(AssertUnwindSafe(|| job(runtime)));
            // The caller waits for it, unless its thread has ended.
            let _ = sender.send(done);
        });
        let gone = || Error::new(ErrorKind::Thread, "the runtime's thread is gone");
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job).map_err(|_| gone())?;
        match detached(|| result.recv()).map_err(|_| gone())? {
            Ok(value) => Ok(value),
            Err(panic) => resume_unwind(panic),
        }
    }

    /// As [`Runtime::exec`].
    ///
    /// # Errors
    /// As [`Runtime::exec`] and [`run`](Self::run).
    pub fn exec(&self, source: impl Into<String>) -> Result<(), Error> {
        let source = source.into();
        self.run(move |runtime| runtime.exec(&source))?
    }

    /// As [`Runtime::eval`].
    ///
    /// # Errors
    /// As [`Runtime::eval`] and [`run`](Self::run).
    pub fn eval<T: FromPython + Send + 'static>(
        &self,
        expression: impl Into<String>,
    ) -> Result<T, Error> {
        let expression = expression.into();
        self.run(move |runtime| runtime.eval(&expression))?
    }

    /// As [`Runtime::call`].
    ///
    /// # Errors
    /// As [`Runtime::call`] and [`run`](Self::run).
    pub fn call<T: FromPython + Send + 'static>(
        &self,
        name: impl Into<String>,
        args: impl ToArguments + Send + 'static,
    ) -> Result<T, Error> {
        let name = name.into();
        self.run(move |runtime| runtime.call(&name, args))?
    }

    /// As [`Runtime::get`].
    ///
    /// # Errors
    /// As [`Runtime::get`] and [`run`](Self::run).
    pub fn get<T: FromPython + Send + 'static>(&self, name: impl Into<String>) -> Result<T, Error> {
        let name = name.into();
        self.run(move |runtime| runtime.get(&name))?
    }

    /// As [`Runtime::set`].
    ///
    /// # Errors
    /// As [`Runtime::set`] and [`run`](Self::run).
    pub fn set(
        &self,
        name: impl Into<String>,
        value: impl ToPython + Send + 'static,
    ) -> Result<(), Error> {
        let name = name.into();
        self.run(move |runtime| runtime.set(&name, value))?
    }

    /// Interrupts the runtime, also while other threads wait for it.
    #[must_use]
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.interrupt.clone()
    }
}

/// Waits without keeping the interpreter of this thread, if it has one, from collecting garbage.
fn detached<R>(wait: impl FnOnce() -> R) -> R {
    let mut wait = Some(wait);
    let waited = try_with_current_vm(|vm| wait.take().map(|wait| vm.allow_threads(wait)));
    match (waited.flatten(), wait) {
        (Some(result), _) => result,
        (None, Some(wait)) => wait(),
        (None, None) => unreachable!("what was taken has given a result"),
    }
}

impl Drop for RuntimeThread {
    fn drop(&mut self) {
        // The thread's queue ends with it.
        drop(self.jobs.take());
        let Some(thread) = self.thread.take() else {
            return;
        };
        // A job may own its own runtime; it can't wait for itself to end.
        if thread::current().id() != self.id {
            // A panic has been given to whom it belongs, or is RustPython's and printed.
            let _ = detached(|| thread.join());
        }
    }
}

impl fmt::Debug for RuntimeThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeThread")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
