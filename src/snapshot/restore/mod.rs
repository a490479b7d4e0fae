//! Restoring: everything is built first, and only then takes the place of what was there.

mod build;
mod report;

use std::cell::Cell;
use std::collections::BTreeMap;

use rustpython_vm::{VirtualMachine, builtins::PyBaseExceptionRef};

use super::contents::{self, Place};
use super::settings::SETTINGS_NAME;
use super::transaction::Transaction;
use super::watch::Watch;
use super::{RestoreOptions, SnapshotError, bytecode};
use crate::by_value::handlers::MissingFilesScope;
use crate::by_value::source;
use build::Build;
use report::Restored;

/// What of a snapshot can't be restored.
#[derive(Debug)]
pub(super) struct Unrestorable {
    /// The module, or [`SETTINGS_NAME`](super::settings::SETTINGS_NAME).
    pub(super) module: String,
    pub(super) name: String,
    pub(super) why: String,
}

/// Makes everything that a snapshot has, and lets it go again. Nothing is put in place for good: it
/// is a restore that is rolled back before it is committed.
pub(super) fn rehearse(
    state: &[u8],
    options: &RestoreOptions,
    watch: &Watch<'_, '_>,
    vm: &VirtualMachine,
) -> Result<Option<Unrestorable>, SnapshotError> {
    let python = |error: PyBaseExceptionRef| SnapshotError::python(&error, vm);
    let (pickles, contents) = contents::split(state)?;
    let _missing_files = MissingFilesScope::enter(options.missing_files);
    let mut transaction = Transaction::begin(options, vm).map_err(python)?;
    let mut restored = Restored::default();
    let reached = Cell::new(None);
    let mut build = Build {
        contents: &contents,
        made: Vec::new(),
        transaction: &mut transaction,
        restored: &mut restored,
        reached: &reached,
        watch,
        vm,
    };
    let result = build.make(pickles);
    drop(build);
    let back = transaction.roll_back(vm);
    let error = match (result, back) {
        (Ok(values), Ok(())) => {
            drop(values);
            return Ok(None);
        }
        (Err(error), Ok(())) => error,
        (Ok(_), Err(second)) => return Err(python(second)),
        (Err(error), Err(second)) => return Err(error.and_not_rolled_back(&second, vm)),
    };
    watch.check()?;
    let Some(place) = reached.get().and_then(|number| contents.places.get(number)) else {
        return Err(error);
    };
    let (module, name) = match place {
        Place::Global { module, name, .. } => {
            let user = contents.modules.get(*module);
            let (module, _) = user.ok_or_else(SnapshotError::malformed_state)?;
            (module.clone(), name.to_string_lossy().into_owned())
        }
        Place::Setting { label, .. } => (SETTINGS_NAME.to_owned(), label.clone()),
    };
    let why = error.to_string();
    Ok(Some(Unrestorable { module, name, why }))
}

pub(super) fn restore(
    state: &[u8],
    sources: &BTreeMap<String, String>,
    bytecode: u32,
    options: &RestoreOptions,
    watch: &Watch<'_, '_>,
    vm: &VirtualMachine,
) -> Result<Restored, SnapshotError> {
    let python = |error: PyBaseExceptionRef| SnapshotError::python(&error, vm);
    let (pickles, contents) = contents::split(state)?;
    let mut restored = Restored {
        recompiled: bytecode::check(pickles, sources, bytecode, watch, vm)?,
        ..Restored::default()
    };
    let files = MissingFilesScope::enter(options.missing_files);
    let provided = source::provide(sources, vm).map_err(python)?;
    let mut transaction = match Transaction::begin(options, vm) {
        Ok(transaction) => transaction,
        Err(error) => {
            return Err(python(
                source::take_back(provided, vm).err().unwrap_or(error),
            ));
        }
    };
    let mut build = Build {
        contents: &contents,
        made: Vec::new(),
        transaction: &mut transaction,
        restored: &mut restored,
        reached: &Cell::default(),
        watch,
        vm,
    };
    let result = build.run(pickles);
    restored.closed = files.take_closed();
    match result {
        Ok(()) => Ok(restored),
        Err(error) => {
            // What can't be put back is a second error; the first is the one to tell of.
            match transaction
                .roll_back(vm)
                .and(source::take_back(provided, vm))
            {
                Ok(()) => Err(error),
                Err(second) => Err(error.and_not_rolled_back(&second, vm)),
            }
        }
    }
}
