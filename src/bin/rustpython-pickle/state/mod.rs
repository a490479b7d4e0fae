//! `--state FILE`: a session that outlives the process.

mod edited;
mod front;
mod home;
mod lock;
mod main_module;

pub(crate) use main_module::main_scope;

use crate::clean::{clean, clean_lines};
use crate::key_file;
use crate::progress::observed_until;
use crate::signals::{self, Held};
use crate::usage::stderr;
use edited::Edited;
use front::Front;
use home::Home;
use rustpython_pickle::snapshot::{
    Observer, Outcome, ReadOptions, Report, RestoreOptions, SaveOptions, SigningKey, Snapshot,
    SnapshotError, Unpicklable, WriteOptions, read_file,
};
use rustpython_pickle::{MissingFiles, run_exit_functions};
use rustpython_vm::builtins::PyBaseExceptionRef;
use rustpython_vm::{AsObject, PyResult, VirtualMachine};
use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::process;

/// Where a session is kept, and how: what the command line says. The paths are absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// `--state`
    pub(crate) file: Option<PathBuf>,
    /// `--key-file`: it is signed with HMAC-SHA256.
    pub(crate) key: Option<PathBuf>,
    /// `--strict`: what can't be saved is an error.
    pub(crate) strict: bool,
    /// `--missing-files`
    pub(crate) missing_files: MissingFiles,
    /// `--reload`: modules that have been edited are loaded again.
    pub(crate) reload: bool,
}

/// A session, kept in a file or not.
pub(crate) struct Session {
    home: Option<Home>,
    key: Option<SigningKey>,
    strict: bool,
    missing_files: MissingFiles,
    reload: bool,
    front: Front,
    /// The modules that are to be loaded again.
    edited: RefCell<Vec<Edited>>,
    /// A forked child has another one, and its session is not the one that is kept.
    process: u32,
}

/// Something was not saved, which has been told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotSaved;

impl Session {
    /// Takes the file for this process. The program has not begun yet: a key that can't be read, or a place
    /// that can't be written, is found out now and not when there is something to save.
    pub(crate) fn open(state: &State) -> Result<Self, String> {
        let key = match &state.key {
            Some(file) => Some(signing_key(file)?),
            None => None,
        };
        Ok(Self {
            home: state.file.as_deref().map(Home::open).transpose()?,
            key,
            strict: state.strict,
            missing_files: state.missing_files,
            reload: state.reload,
            front: Front::default(),
            edited: RefCell::default(),
            process: process::id(),
        })
    }

    /// Where it is kept.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.home.as_ref().map(|home| home.file.as_path())
    }

    /// Puts the program's own place in front of `sys.path`.
    pub(crate) fn insert_path(&self, folder: &str, vm: &VirtualMachine) -> PyResult<()> {
        self.front.insert(folder, vm)
    }

    /// Restores the session, if the file is there. An interrupt meanwhile leaves everything as it was.
    pub(crate) fn restore(&self, vm: &VirtualMachine) -> PyResult<()> {
        let Some(home) = &self.home else {
            return Ok(());
        };
        signals::exit_on_termination(vm)?;
        let held = Held::begin(vm)?;
        let result = observed_until(
            || held.count() > 0,
            |observer| self.try_restore(home, observer, vm),
        );
        if let Some(exception) = held.into_exception() {
            return Err(exception);
        }
        let edited = result.map_err(|message| {
            complain(&message);
            failure(vm)
        })?;
        if self.reload {
            self.edited.replace(edited);
        } else {
            for Edited { module, file } in edited {
                complain(&format!(
                    "{file} has been edited since the session was saved, and module {module} is as it was then; \
                     --reload loads it again"
                ));
            }
        }
        main_module::describe_anew(vm)
    }

    /// Loads the modules again that have been edited, if that is wanted. They may import what is in the program's own
    /// place, which must be on `sys.path` by then.
    pub(crate) fn reload_edited(&self, vm: &VirtualMachine) -> PyResult<()> {
        let edited = self.edited.take();
        edited
            .iter()
            .try_for_each(|edited| edited::reload(edited, vm))
    }

    fn try_restore(
        &self,
        home: &Home,
        observer: &mut Observer<'_>,
        vm: &VirtualMachine,
    ) -> Result<Vec<Edited>, String> {
        let file = &home.file;
        let told = |error: SnapshotError| match error.path() {
            Some(_) => error.to_string(),
            None => format!("{}: {error}", file.display()),
        };
        match file.try_exists() {
            Ok(true) => {}
            Ok(false) => return Ok(Vec::new()),
            Err(error) => return Err(format!("{}: {error}", file.display())),
        }
        let mut options = ReadOptions::new();
        if let Some(key) = &self.key {
            options = options.key(key.verifying_key());
        }
        let container = read_file(file, &options, observer).map_err(told)?;
        if container.is_signed() && self.key.is_none() {
            // It would be saved without a signature.
            let file = file.display();
            return Err(format!("{file}: it is signed: say --key-file"));
        }
        let snapshot = Snapshot::from_container(&container, observer).map_err(told)?;
        drop(container);
        let edited = edited::edited(&snapshot);
        let options = RestoreOptions::new().missing_files(self.missing_files);
        let report = snapshot.restore(&options, observer, vm).map_err(|error| {
            let mut message = told(error);
            if message.contains("FileNotFoundError") {
                message.push_str("\n--missing-files=closed restores such a file as a closed one");
            }
            message
        })?;
        tell_not_restored(&report);
        Ok(edited)
    }

    /// Saves the session in its file, if it has one, and tells of what is not in it.
    pub(crate) fn save(&self, vm: &VirtualMachine) -> Result<(), NotSaved> {
        match &self.home {
            Some(home) if self.process == process::id() => self.save_to(&home.file, vm),
            _ => Ok(()),
        }
    }

    /// Saves it in another file. An interrupt meanwhile waits until it is saved, and a second one gives it up.
    pub(crate) fn save_to(&self, file: &Path, vm: &VirtualMachine) -> Result<(), NotSaved> {
        let held = Held::begin(vm).map_err(|error| {
            vm.print_exception(&error);
            NotSaved
        })?;
        let told = Cell::new(false);
        let is_enough = || {
            let count = held.count();
            if count > 0 && !told.replace(true) {
                stderr("saving the session; to give it up, interrupt again\n");
            }
            count > 1
        };
        let saved = observed_until(is_enough, |observer| {
            self.front.without(|| self.try_save(file, observer, vm), vm)
        });
        match saved {
            Ok(snapshot) => {
                for (module, global) in snapshot.report().left_out() {
                    let (module, name) = (clean(&module.name), clean(&global.name));
                    let outcome = clean(&global.outcome.to_string());
                    stderr(&format!("not saved: {module}.{name}: {outcome}\n"));
                }
                Ok(())
            }
            Err(error) => {
                complain(&format!("not saved: {error}"));
                Err(NotSaved)
            }
        }
    }

    fn try_save(
        &self,
        file: &Path,
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
        if let Some(key) = &self.key {
            options = options.key(key.clone());
        }
        snapshot.save(file, options, observer)?;
        Ok(snapshot)
    }

    /// What a program does at its end, and then saves the session.
    pub(crate) fn finish(&self, vm: &VirtualMachine) -> Result<(), NotSaved> {
        // A child that was forked ends as without a session.
        if self.home.is_none() || self.process != process::id() {
            return Ok(());
        }
        run_exit_functions(vm);
        self.save(vm)
    }

    /// Ends a program. The session is saved when the program has ended by itself, by `sys.exit()`, by an interrupt or
    /// by a signal to end. After another exception it is not: the file stays as it was.
    pub(crate) fn end(&self, result: PyResult<()>, vm: &VirtualMachine) -> PyResult<()> {
        let exceptions = &vm.ctx.exceptions;
        let is_end = result.as_ref().err().is_none_or(|error| {
            error.fast_isinstance(exceptions.system_exit)
                || error.fast_isinstance(exceptions.keyboard_interrupt)
        });
        if !is_end {
            return result;
        }
        let saved = self.finish(vm);
        with_failure(result, saved, vm)
    }
}

/// How a program has ended, of which 0 becomes 1 when something was not saved.
pub(crate) fn with_failure(
    result: PyResult<()>,
    saved: Result<(), NotSaved>,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let success = match &result {
        Ok(()) => true,
        Err(error) => is_success(error, vm),
    };
    match saved {
        Err(NotSaved) if success => Err(failure(vm)),
        _ => result,
    }
}

/// Whether an exception is `sys.exit()` or `sys.exit(0)`.
fn is_success(error: &PyBaseExceptionRef, vm: &VirtualMachine) -> bool {
    if !error.fast_isinstance(vm.ctx.exceptions.system_exit) {
        return false;
    }
    match error.as_object().get_attr("code", vm) {
        Ok(code) => vm.is_none(&code) || code.try_to_value::<i64>(vm).is_ok_and(|code| code == 0),
        Err(_) => false,
    }
}

/// What a report has of restoring, beside what it has of saving.
fn tell_not_restored(report: &Report) {
    for (module, global) in report.left_out() {
        // What was left out has a module of the session's, and was told when it was saved.
        if matches!(module.name.as_str(), "<libraries>" | "<files>")
            && let Outcome::LeftOut { why, .. } = &global.outcome
        {
            let name = clean(&global.name);
            stderr(&format!("not restored: {name}: {}\n", clean(why)));
        }
    }
}

fn signing_key(file: &Path) -> Result<SigningKey, String> {
    let named = |error: &dyn std::error::Error| format!("{}: {error}", file.display());
    let key = key_file::read(file).map_err(|error| named(&error))?;
    SigningKey::hmac_sha256(&key).map_err(|error| named(&error))
}

/// Errors name what sessions hold, and what these hold can come from anywhere.
pub(crate) fn complain(message: &str) {
    stderr(&format!("rustpython-pickle: {}\n", clean_lines(message)));
}

/// An exit code that says that something was wrong; what it was has been told.
fn failure(vm: &VirtualMachine) -> PyBaseExceptionRef {
    vm.new_system_exit(vec![vm.new_pyobj(1)].into())
}
