//! Lines from a pipe or a file.

use super::input::{Line, after_signal};
#[cfg(unix)]
use super::wake::Wake;
use rustpython_vm::{PyResult, VirtualMachine};
use std::io::{self, ErrorKind};

/// How much is read at once.
const SIZE: usize = 8 << 10;

/// What reading on gives: bytes, or what a signal asks for.
enum More {
    Read(io::Result<usize>),
    Signal(Line),
}

/// Standard input, and what has been read of it and not been asked for.
pub(super) struct Pipe {
    read: Vec<u8>,
    #[cfg(unix)]
    file: std::fs::File,
    #[cfg(unix)]
    wake: Wake,
}

impl Pipe {
    #[cfg(unix)]
    pub(super) fn new() -> io::Result<Self> {
        use std::os::fd::AsFd as _;
        Ok(Self {
            read: Vec::new(),
            // A descriptor of its own: `std` reads ahead, and does not say what it has.
            file: io::stdin().as_fd().try_clone_to_owned()?.into(),
            wake: Wake::new()?,
        })
    }

    #[cfg(not(unix))]
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { read: Vec::new() })
    }

    pub(super) fn line(&mut self, vm: &VirtualMachine) -> PyResult<Line> {
        loop {
            if let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let rest = self.read.split_off(end + 1);
                return Ok(self.take(rest));
            }
            let read = match self.more(vm)? {
                More::Signal(line) => return Ok(line),
                More::Read(read) => read,
            };
            match read {
                Ok(0) if self.read.is_empty() => return Ok(Line::End),
                Ok(0) => return Ok(self.take(Vec::new())),
                Ok(_) => {}
                // Which signal that was is seen before the next wait.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // There is nothing more to be had from it.
                Err(_) => return Ok(Line::End),
            }
        }
    }

    fn take(&mut self, rest: Vec<u8>) -> Line {
        let line = std::mem::replace(&mut self.read, rest);
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // What is no UTF-8 is seen as such, and is no reason to end a session.
        Line::Text(String::from_utf8_lossy(line).into_owned())
    }

    /// Reads on; how much.
    fn more(&mut self, vm: &VirtualMachine) -> PyResult<More> {
        let mut bytes = vec![0; SIZE];
        let more = self.read_some(&mut bytes, vm)?;
        if let More::Read(Ok(length)) = &more {
            self.read.extend_from_slice(&bytes[..*length]);
        }
        Ok(more)
    }

    #[cfg(unix)]
    fn read_some(&mut self, bytes: &mut [u8], vm: &VirtualMachine) -> PyResult<More> {
        use std::io::Read as _;
        let Self { file, wake, .. } = self;
        wake.during(vm, || {
            // One that comes after this ends the wait.
            if let Some(line) = after_signal(vm)? {
                return Ok(More::Signal(line));
            }
            let read = || {
                wake.wait_for(file)?;
                file.read(bytes)
            };
            Ok(More::Read(vm.allow_threads(read)))
        })
    }

    #[cfg(not(unix))]
    fn read_some(&mut self, bytes: &mut [u8], vm: &VirtualMachine) -> PyResult<More> {
        use std::io::Read as _;
        if let Some(line) = after_signal(vm)? {
            return Ok(More::Signal(line));
        }
        let read = || io::stdin().lock().read(bytes);
        Ok(More::Read(vm.allow_threads(read)))
    }
}
