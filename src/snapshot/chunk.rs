//! Code that comes from no file: where its source is kept.

use rustpython_vm::{PyResult, VirtualMachine};

use crate::by_value::source;

/// Remembers the source text of code that comes from no file, under the file name that it is compiled with.
///
/// Tracebacks and `inspect.getsource` show it, and snapshots take it along, so that a runtime with another bytecode
/// can compile the code again. A `Runtime` does it for what it runs; a host with an interpreter of its own does it
/// here. See [`unused_filename`] for a name.
///
/// # Errors
/// When a program has broken `linecache` or `rustpython_pickle`.
///
/// ```
/// # use rustpython_pickle::InterpreterBuilderExt as _;
/// use rustpython_pickle::snapshot::{register_source, unused_filename};
/// use rustpython_vm::compiler::Mode;
/// # rustpython_vm::Interpreter::builder(Default::default()).install_stdlib().install_pickle().build().enter(|vm| {
/// let source = "def f(): return 1";
/// let filename = unused_filename("cell", vm)?;
/// assert_eq!(filename, "<cell 1>");
/// register_source(&filename, source, vm)?;
/// let code = vm.compile(source, Mode::Exec, &filename).unwrap();
/// assert_eq!(unused_filename("cell", vm)?, "<cell 2>");
/// # drop(code);
/// # Ok::<(), rustpython_vm::builtins::PyBaseExceptionRef>(())
/// # }).unwrap();
/// ```
pub fn register_source(filename: &str, text: &str, vm: &VirtualMachine) -> PyResult<()> {
    source::register(filename, text, vm)
}

/// A file name that no source is registered under, be it one of a session that was restored: `<kind 1>`, `<kind 2>`
/// and so on.
///
/// # Errors
/// When a program has broken `rustpython_pickle`.
pub fn unused_filename(kind: &str, vm: &VirtualMachine) -> PyResult<String> {
    let (_, filename) = source::unused_filename(kind, 0, vm)?;
    Ok(filename)
}
