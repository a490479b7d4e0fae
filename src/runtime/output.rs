//! Where the output of a runtime goes.

use core::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A writer of the host's. It is locked only while no thread of the interpreter's waits for it
/// attached.
#[derive(Clone)]
pub(super) struct Output(Arc<Mutex<dyn Write + Send>>);

impl Output {
    pub(super) fn new(writer: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(writer)))
    }

    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        unpoisoned(&self.0).write_all(bytes)
    }

    pub(super) fn flush(&self) -> io::Result<()> {
        unpoisoned(&self.0).flush()
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output")
    }
}

/// A writer that panicked is used again: whether that helps it knows best.
fn unpoisoned<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps what is written to it; clones share it.
///
/// ```
/// use rustpython_pickle::runtime::{Capture, Runtime};
///
/// let output = Capture::new();
/// let runtime = Runtime::builder().stdout(output.clone()).build()?;
/// runtime.exec("print('Hello,')\nprint('world')")?;
/// assert_eq!(output.take(), "Hello,\nworld\n");
/// assert_eq!(output.take(), "");
/// # Ok::<(), rustpython_pickle::runtime::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Capture(Arc<Mutex<Vec<u8>>>);

impl Capture {
    /// Empty.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What has been written since the last time, which is then forgotten. Bytes that are no UTF-8
    /// become U+FFFD.
    #[must_use]
    pub fn take(&self) -> String {
        let bytes = core::mem::take(&mut *unpoisoned(&self.0));
        String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

impl Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        unpoisoned(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Capture({} bytes)", unpoisoned(&self.0).len())
    }
}
