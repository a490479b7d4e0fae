//! Restoring: everything is built first, and only then takes the place of what was there.

use std::collections::{BTreeMap, BTreeSet};

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyDictRef, PyInt, PyModule, PyStr, PyTuple},
};

use super::bytecode::{self, Recompiled};
use super::capture::ids;
use super::modules::{self, text};
use super::python::describe;
use super::settings::{SETTINGS, Setting, Undo};
use super::watch::{Watch, Watched};
use super::{
    GlobalReport, ModuleReport, Outcome, RestoreOptions, RestoreReport, SaveReport, SnapshotError,
};
use crate::by_value::{loaded_module, source};
use crate::machine::Machine;
use crate::unpickler::{Live, LoadSettings, PersistentLoad, exception};
use crate::wire::{SliceSource, Source as _};

/// The length of the index stands in the last bytes of the section.
pub(super) const INDEX_LENGTH_SIZE: usize = 8;

/// A place that a pickle's object goes to.
#[derive(Clone, Debug)]
enum Place {
    Global { module: usize, name: PyRef<PyStr> },
    Setting { name: String, label: String },
}

/// What has been restored, for the report.
#[derive(Debug, Default)]
pub(super) struct Restored {
    /// Library modules that the saved session had imported and that can't be imported here, and why.
    pub(super) not_imported: Vec<(String, String)>,
    /// Functions whose code was compiled again.
    recompiled: Recompiled,
}

pub(super) fn restore(
    state: &[u8],
    sources: &BTreeMap<String, String>,
    bytecode: u32,
    options: &RestoreOptions,
    watch: &Watch<'_, '_>,
    vm: &VirtualMachine,
) -> Result<Restored, SnapshotError> {
    let malformed = || SnapshotError::malformed_state();
    let python = |error: PyBaseExceptionRef| SnapshotError::python(&error, vm);

    let (state, length) = state
        .split_last_chunk::<INDEX_LENGTH_SIZE>()
        .ok_or_else(malformed)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| malformed())?;
    let start = state.len().checked_sub(length).ok_or_else(malformed)?;
    let (state, index) = state.split_at(start);
    let index = crate::loads(index, vm).map_err(|error| python(error.into_exception(vm)))?;
    let places = places(&index, vm).map_err(python)?.ok_or_else(malformed)?;

    let mut source = SliceSource::new(state);
    let mut machine = Machine::new(Live::new(LoadSettings::default(), vm));
    let header = machine
        .load(&mut source)
        .map_err(|error| SnapshotError::python(&exception(error.open(), vm), vm))?;
    let header = Header::read(&header, vm)
        .map_err(python)?
        .ok_or_else(malformed)?;

    let mut restored = Restored {
        recompiled: bytecode::check(state, sources, bytecode, vm)?,
        ..Restored::default()
    };
    let mut transaction = Transaction::begin(options, vm).map_err(python)?;
    let provided = source::provide(sources, vm).map_err(python)?;
    let result = build(
        &state[header_end(&source)..],
        &header,
        &places,
        &mut transaction,
        &mut restored,
        watch,
        vm,
    );
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

fn header_end(source: &SliceSource<'_>) -> usize {
    usize::try_from(source.offset()).unwrap_or(usize::MAX)
}

/// Which modules the saved session had.
struct Header {
    users: Vec<(String, PyObjectRef)>,
    library: Vec<String>,
}

impl Header {
    fn read(header: &PyObject, vm: &VirtualMachine) -> PyResult<Option<Self>> {
        let Some([users, library]) = tuple(header) else {
            return Ok(None);
        };
        let mut this = Self {
            users: Vec::new(),
            library: Vec::new(),
        };
        for user in users.try_to_value::<Vec<PyObjectRef>>(vm)? {
            let Some([name, description]) = tuple(&user) else {
                return Ok(None);
            };
            let Some(name) = text(Some(name.clone())) else {
                return Ok(None);
            };
            this.users.push((name, description.clone()));
        }
        for name in library.try_to_value::<Vec<PyObjectRef>>(vm)? {
            this.library.extend(text(Some(name)));
        }
        Ok(Some(this))
    }
}

fn tuple(object: &PyObject) -> Option<&[PyObjectRef]> {
    Some(object.downcast_ref::<PyTuple>()?.as_slice())
}

fn places(index: &PyObject, vm: &VirtualMachine) -> PyResult<Option<Vec<Place>>> {
    let mut places = Vec::new();
    for entry in index.try_to_value::<Vec<PyObjectRef>>(vm)? {
        let Some([first, second]) = tuple(&entry) else {
            return Ok(None);
        };
        let Ok(second) = second.clone().downcast::<PyStr>() else {
            return Ok(None);
        };
        let place = if first.downcastable::<PyInt>() {
            Place::Global {
                module: first.try_to_value(vm)?,
                name: second,
            }
        } else if let Some(name) = text(Some(first.clone())) {
            Place::Setting {
                name,
                label: second.to_string_lossy().into_owned(),
            }
        } else {
            return Ok(None);
        };
        places.push(place);
    }
    Ok(Some(places))
}

fn build(
    state: &[u8],
    header: &Header,
    places: &[Place],
    transaction: &mut Transaction<'_>,
    restored: &mut Restored,
    watch: &Watch<'_, '_>,
    vm: &VirtualMachine,
) -> Result<(), SnapshotError> {
    let python = |error: PyBaseExceptionRef| SnapshotError::python(&error, vm);
    let mut made: Vec<(String, PyRef<PyModule>)> = Vec::new();
    for (name, description) in &header.users {
        let module = modules::make(name, description, vm).map_err(python)?;
        made.push((name.clone(), module));
    }
    transaction.place(&made, vm).map_err(python)?;
    for name in &header.library {
        if let Some(why) = import(name, vm).map_err(python)? {
            restored.not_imported.push((name.clone(), why));
        }
    }

    let mut persistent = |id: &PyObject, vm: &VirtualMachine| named(id, &made, vm);
    let settings = LoadSettings {
        persistent_load: PersistentLoad::Rust(&mut persistent),
        ..LoadSettings::default()
    };
    let mut machine = Machine::new(Live::new(settings, vm));
    let mut source = Watched::new(SliceSource::new(state), watch);
    let mut values: BTreeMap<&str, Vec<PyObjectRef>> = BTreeMap::new();
    let mut load = |what: &dyn Fn() -> String, source: &mut Watched<'_, '_, '_, '_>| {
        machine.load(source).map_err(|error| {
            if let Err(cancelled) = watch.check() {
                return cancelled;
            }
            let exception = exception(error.open(), vm);
            SnapshotError::not_restored(&what(), &exception, vm)
        })
    };
    load(&|| "the names of the modules".to_owned(), &mut source)?;
    for (number, place) in places.iter().enumerate() {
        source.set_objects(number as u64);
        if !watch.tell(number as u64, source.offset()) {
            watch.check()?;
        }
        match place {
            Place::Global { module, name } => {
                let (module_name, module) = made
                    .get(*module)
                    .ok_or_else(SnapshotError::malformed_state)?;
                let what = || format!("{module_name}.{}", name.to_string_lossy());
                let value = load(&what, &mut source)?;
                module.dict().set_item(&**name, value, vm).map_err(python)?;
            }
            Place::Setting { name, label } => {
                let value = load(&|| label.clone(), &mut source)?;
                values.entry(name).or_default().push(value);
            }
        }
    }
    if source.offset() != state.len() as u64 {
        return Err(SnapshotError::malformed_state());
    }
    for setting in SETTINGS {
        if let Some(values) = values.get(setting.name) {
            transaction.set(&setting, values, vm).map_err(python)?;
        }
    }
    Ok(())
}

/// What the first pickle names: a module, its dict, or what every interpreter has one of.
fn named(
    id: &PyObject,
    made: &[(String, PyRef<PyModule>)],
    vm: &VirtualMachine,
) -> PyResult<PyObjectRef> {
    let id = text(Some(id.to_owned())).unwrap_or_default();
    let find = |name: &str| made.iter().find(|(made, _)| made == name);
    let found = if let Some(name) = id.strip_prefix(ids::MODULE) {
        find(name).map(|(_, module)| module.clone().into())
    } else if let Some(name) = id.strip_prefix(ids::DICT) {
        find(name).map(|(_, module)| module.dict().into())
    } else if let Some((module, attribute)) = id
        .strip_prefix(ids::SINGLETON)
        .and_then(|rest| rest.rsplit_once(':'))
    {
        import(module, vm)?;
        let module = modules::sys_modules(vm)?.get_item(module, vm)?;
        let attribute = vm.ctx.new_str(attribute);
        Some(module.get_attr(&*attribute, vm)?)
    } else {
        None
    };
    found.ok_or_else(|| vm.new_lookup_error(format!("the snapshot names an unknown object: {id}")))
}

/// Imports a module of the library; why, if it can't be.
fn import(name: &str, vm: &VirtualMachine) -> PyResult<Option<String>> {
    if loaded_module(name, vm)?.is_some() {
        return Ok(None);
    }
    let name = vm.ctx.new_str(name);
    match vm.import(&name, 0) {
        Ok(_) => Ok(None),
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.exception_type) => {
            Ok(Some(describe(&error, vm)))
        }
        Err(error) => Err(error),
    }
}

/// What has been put in place, and how to put back what was there.
struct Transaction<'o> {
    options: &'o RestoreOptions,
    modules: PyDictRef,
    /// `sys.modules` as it was, in its order.
    before: Vec<(PyObjectRef, PyObjectRef)>,
    /// The session's modules that are to go.
    old: BTreeSet<String>,
    undo: Vec<Undo>,
}

impl<'o> Transaction<'o> {
    fn begin(options: &'o RestoreOptions, vm: &VirtualMachine) -> PyResult<Self> {
        let old = options.modules.divide(vm)?.users;
        let modules = modules::sys_modules(vm)?;
        Ok(Self {
            options,
            before: modules.items_vec(),
            modules,
            old: old.into_iter().map(|user| user.name).collect(),
            undo: Vec::new(),
        })
    }

    /// Puts new modules in the place of the session's.
    fn place(&mut self, made: &[(String, PyRef<PyModule>)], vm: &VirtualMachine) -> PyResult<()> {
        for name in &self.old {
            self.modules.del_item(name.as_str(), vm)?;
        }
        for (name, module) in made {
            self.modules
                .set_item(name.as_str(), module.clone().into(), vm)?;
        }
        Ok(())
    }

    fn set(
        &mut self,
        setting: &Setting,
        values: &[PyObjectRef],
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        self.undo.push((setting.undo)(vm)?);
        (setting.apply)(values, vm)
    }

    /// Library modules that were imported meanwhile stay imported: other modules hold them.
    fn roll_back(self, vm: &VirtualMachine) -> PyResult<()> {
        let mut result = Ok(());
        for undo in self.undo.into_iter().rev() {
            result = result.and(undo(vm));
        }
        let imported = self.modules.items_vec();
        self.modules.clear();
        for (name, module) in &self.before {
            self.modules.set_item(&**name, module.clone(), vm)?;
        }
        for (name, module) in imported {
            let library = match (text(Some(name.clone())), module.downcast_ref::<PyModule>()) {
                (Some(name), Some(module)) => !self.options.modules.is_user(&name, module, vm)?,
                _ => false,
            };
            if library && !self.modules.contains_key(&*name, vm) {
                self.modules.set_item(&*name, module, vm)?;
            }
        }
        result
    }
}

/// Under which name reports have the libraries that can't be imported, among the modules.
const LIBRARIES_NAME: &str = "<libraries>";

impl Restored {
    /// What became of each global, from what became of it when it was saved.
    pub(super) fn into_report(self, saved: &SaveReport) -> RestoreReport {
        let mut report = saved.clone();
        report
            .libraries
            .retain(|name| self.not_imported.iter().all(|(missing, _)| missing != name));
        let modules = report.modules.iter_mut();
        for global in modules.flat_map(|module| &mut module.globals) {
            if global.outcome == Outcome::Saved
                && let Some(offset) = global.offset
                && let Some(source) = self.recompiled.get(&offset)
            {
                let source = source.clone();
                global.outcome = Outcome::Recompiled { source };
            }
        }
        if !self.not_imported.is_empty() {
            let mut libraries = ModuleReport::new(LIBRARIES_NAME);
            for (name, why) in self.not_imported {
                let path = name.clone();
                let outcome = Outcome::LeftOut { why, path };
                libraries
                    .globals
                    .push(GlobalReport::new(name, "module", outcome));
            }
            report.modules.push(libraries);
        }
        report
    }
}
