//! Objects on a connection.

use rustpython_pickle::{dump, load};
use rustpython_vm::{PyObject, PyObjectRef, PyResult, VirtualMachine};
use std::io::{self, BufRead, ErrorKind};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::thread;
use std::time::Duration;

/// Sends an object; pickles need nothing between them.
pub(crate) fn send(object: &PyObject, stream: &TcpStream, vm: &VirtualMachine) -> PyResult<()> {
    dump(object, stream, vm).map_err(|error| error.into_exception(vm))
}

/// The next object, if the other side has not closed the connection.
///
/// A pickle can run any code: connect only to peers that are trusted.
pub(crate) fn receive(
    mut input: impl BufRead,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    let waiting = input
        .fill_buf()
        .map_err(|error| vm.new_os_error(error.to_string()))?;
    if waiting.is_empty() {
        return Ok(None);
    }
    load(input, vm)
        .map(Some)
        .map_err(|error| error.into_exception(vm))
}

/// The connection of a child process, which may end before it makes one.
pub(crate) fn accept(listener: &TcpListener, child: &mut Child) -> io::Result<TcpStream> {
    listener.set_nonblocking(true)?;
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                return Ok(stream);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        if let Some(status) = child.try_wait()? {
            return Err(io::Error::other(format!("the other process: {status}")));
        }
        thread::sleep(Duration::from_millis(10));
    }
}
