//! `--state FILE`: a session that outlives the process.

use crate::progress::observed;
use crate::usage::stderr;
use rustpython_pickle::snapshot::{
    Observer, ReadOptions, RestoreOptions, SaveOptions, SigningKey, Snapshot, SnapshotError,
    Unpicklable, WriteOptions,
};
use rustpython_vm::builtins::{PyBaseExceptionRef, PyModule};
use rustpython_vm::scope::Scope;
use rustpython_vm::{AsObject, PyResult, VirtualMachine};
use std::path::PathBuf;
use std::{fs, io};

/// Where a session is kept, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// `--state`
    pub(crate) file: PathBuf,
    /// `--key-file`: it is signed with HMAC-SHA256.
    pub(crate) key: Option<PathBuf>,
    /// `--strict`: what can't be saved is an error.
    pub(crate) strict: bool,
}

impl State {
    /// Whether the session is to be kept.
    pub(crate) fn is_given(&self) -> bool {
        !self.file.as_os_str().is_empty()
    }

    /// Restores the session, if the file is there, and gives the scope of `__main__`.
    pub(crate) fn restore(&self, vm: &VirtualMachine) -> PyResult<Scope> {
        if let Err(error) = observed(|observer| self.try_restore(observer, vm)) {
            stderr(&format!("rustpython-pickle: {error}\n"));
            return Err(failure(vm));
        }
        main_scope(vm)
    }

    fn try_restore(
        &self,
        observer: &mut Observer<'_>,
        vm: &VirtualMachine,
    ) -> Result<(), SnapshotError> {
        let mut options = ReadOptions::new();
        // A key that can't be used is found out now, and not when there is something to save.
        if let Some(key) = self.key()? {
            options = options.key(key.verifying_key());
        }
        let file = &self.file;
        let there = file.try_exists().map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", file.display()))
        })?;
        if there {
            let snapshot = Snapshot::open(file, &options, observer)?;
            snapshot.restore(&RestoreOptions::new(), observer, vm)?;
        }
        Ok(())
    }

    /// Saves the session, and tells of what is not in it.
    pub(crate) fn save(&self, vm: &VirtualMachine) -> PyResult<()> {
        match observed(|observer| self.try_save(observer, vm)) {
            Ok(snapshot) => {
                for (module, global) in snapshot.report().left_out() {
                    let (module, name) = (&module.name, &global.name);
                    stderr(&format!("not saved: {module}.{name}: {}\n", global.outcome));
                }
                Ok(())
            }
            Err(error) => {
                stderr(&format!("rustpython-pickle: not saved: {error}\n"));
                Err(failure(vm))
            }
        }
    }

    fn try_save(
        &self,
        observer: &mut Observer<'_>,
        vm: &VirtualMachine,
    ) -> Result<Snapshot, SnapshotError> {
        let policy = match self.strict {
            true => Unpicklable::Fail,
            false => Unpicklable::LeaveOut,
        };
        let options = SaveOptions::new().unpicklable(policy);
        let snapshot = Snapshot::capture(&options, observer, vm)?;
        let mut options = WriteOptions::new();
        if let Some(key) = self.key()? {
            options = options.key(key);
        }
        snapshot.save(&self.file, options, observer)?;
        Ok(snapshot)
    }

    fn key(&self) -> Result<Option<SigningKey>, SnapshotError> {
        let Some(file) = &self.key else {
            return Ok(None);
        };
        match fs::read(file) {
            Ok(key) => SigningKey::hmac_sha256(&key).map(Some),
            Err(error) => {
                Err(io::Error::new(error.kind(), format!("{}: {error}", file.display())).into())
            }
        }
    }

    /// Runs a program in a session: restored before it, and saved when it ends by itself, by `sys.exit()` or by an
    /// interrupt. A session that another exception has ended is not saved: the file stays as it was.
    pub(crate) fn run(
        &self,
        vm: &VirtualMachine,
        program: impl FnOnce(Scope) -> PyResult<()>,
    ) -> PyResult<()> {
        let result = program(self.restore(vm)?);
        let exceptions = &vm.ctx.exceptions;
        let ended = result.as_ref().is_err_and(|error| {
            error.fast_isinstance(exceptions.system_exit)
                || error.fast_isinstance(exceptions.keyboard_interrupt)
        });
        if result.is_ok() || ended {
            self.save(vm)?;
        }
        result
    }
}

/// An exit code that says that something was wrong; what it was has been told.
fn failure(vm: &VirtualMachine) -> PyBaseExceptionRef {
    vm.new_system_exit(vec![vm.new_pyobj(1)].into())
}

/// The scope of the module that is `__main__` now.
pub(crate) fn main_scope(vm: &VirtualMachine) -> PyResult<Scope> {
    let main = vm.import("__main__", 0)?;
    match main.downcast_ref::<PyModule>() {
        Some(main) => Ok(Scope::with_builtins(None, main.dict(), vm)),
        None => {
            let class = main.class().name().to_string();
            Err(vm.new_type_error(format!("__main__ is no module but a {class}")))
        }
    }
}
