//! Making what a state holds: modules, their globals, settings.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyModule, PyStr},
};

use super::report::Restored;
use crate::by_value::{hosted, loaded_module};
use crate::machine::{ErrorKind, Machine};
use crate::snapshot::SnapshotError;
use crate::snapshot::capture::{SINGLETONS, ids};
use crate::snapshot::container::STATE;
use crate::snapshot::contents::{Contents, Place};
use crate::snapshot::modules::{self, DESCRIPTION, text};
use crate::snapshot::python::describe;
use crate::snapshot::settings::{self, FIRST, LAST, Setting};
use crate::snapshot::told::Told;
use crate::snapshot::transaction::Transaction;
use crate::snapshot::watch::Watch;
use crate::unpickler::{Live, LoadSettings, PersistentLoad, Raised};
use crate::wire::{SliceSource, Source as _};

/// The values of settings, by the setting.
pub(super) type Values = BTreeMap<String, Vec<PyObjectRef>>;

/// Makes what a state holds.
pub(super) struct Build<'a, 't, 'w, 'o, 'vm> {
    pub(super) contents: &'a Contents,
    /// The modules, and their names.
    pub(super) made: Vec<(String, PyRef<PyModule>)>,
    pub(super) transaction: &'a mut Transaction<'t>,
    pub(super) restored: &'a mut Restored,
    /// Which of the globals and settings could not be made.
    pub(super) reached: &'a Cell<Option<usize>>,
    pub(super) watch: &'a Watch<'w, 'o>,
    pub(super) vm: &'vm VirtualMachine,
}

impl Build<'_, '_, '_, '_, '_> {
    pub(super) fn run(&mut self, pickles: &[u8]) -> Result<(), SnapshotError> {
        let values = self.make(pickles)?;
        for setting in LAST {
            let values = values.get(setting.name).map(Vec::as_slice);
            self.set(&setting, values.unwrap_or_default())?;
        }
        let vm = self.vm;
        let python = |error: PyBaseExceptionRef| SnapshotError::python(&error, vm);
        if let Some((_, main)) = self.made.iter().find(|(name, _)| name == "__main__") {
            hosted::put_back(&main.dict(), vm).map_err(python)?;
        }
        self.transaction.commit(vm).map_err(python)
    }

    /// Makes the modules and their globals, and gives the values of settings, by the setting.
    pub(super) fn make(&mut self, pickles: &[u8]) -> Result<Values, SnapshotError> {
        let vm = self.vm;
        let python = |error: PyBaseExceptionRef| SnapshotError::python(&error, vm);
        for (name, description) in &self.contents.modules {
            let module = modules::make(name, description, vm).map_err(python)?;
            self.made.push((name.clone(), module));
        }
        self.transaction
            .place(&self.made, self.contents, vm)
            .map_err(python)?;

        let made = self.made.clone();
        let unknown = RefCell::new(None);
        let mut persistent = |id: &PyObject, vm: &VirtualMachine| {
            let id = text(Some(id.to_owned())).unwrap_or_default();
            named(&id, &made, vm)?.ok_or_else(|| {
                let message = format!("it names an unknown object: {id}");
                unknown.replace(Some(message.clone()));
                vm.new_lookup_error(message)
            })
        };
        let settings = LoadSettings {
            persistent_load: PersistentLoad::Rust(&mut persistent),
            ..LoadSettings::default()
        };
        let mut machine = Machine::new(Live::new(settings, vm));
        let watch = self.watch;
        let objects = Cell::new(0);
        let reached = self.reached;
        let mut tell = |bytes| watch.tell(objects.get(), bytes);
        let mut source = Told::new(SliceSource::new(pickles), &mut tell);
        let mut load = |what: &dyn Fn() -> String, source: &mut Told<'_, '_>| {
            machine.load(source).map_err(|error| {
                if let Err(cancelled) = watch.check() {
                    return cancelled;
                }
                if let Some(message) = unknown.take() {
                    return SnapshotError::corrupt(STATE, message);
                }
                match error.kind {
                    ErrorKind::Model(Raised(exception)) => {
                        // Not an interrupt: that says nothing about what was to be restored.
                        let kind = vm.ctx.exceptions.exception_type;
                        let number = usize::try_from(objects.get()).ok();
                        reached.set(number.filter(|_| exception.fast_isinstance(kind)));
                        SnapshotError::not_restored(&what(), &exception, vm)
                    }
                    // No such pickle has been written.
                    kind => {
                        let message = format!("at byte {} of it: {kind}", error.offset);
                        SnapshotError::corrupt(STATE, message)
                    }
                }
            })
        };
        load(&|| "the names of the modules".to_owned(), &mut source)?;
        let mut values = Values::new();
        let mut imported = false;
        for (number, place) in self.contents.places.iter().enumerate() {
            objects.set(number as u64);
            if !watch.tell(number as u64, source.offset()) {
                watch.check()?;
            }
            let offset = source.offset();
            match place {
                Place::Global { module, name, .. } => {
                    if !core::mem::replace(&mut imported, true) {
                        self.import_library().map_err(python)?;
                    }
                    let (module_name, module) = made
                        .get(*module)
                        .ok_or_else(SnapshotError::malformed_state)?;
                    let what = || format!("{module_name}.{}", name.to_string_lossy());
                    let value = load(&what, &mut source)?;
                    let name = vm.ctx.new_str(name.clone());
                    module.dict().set_item(&*name, value, vm).map_err(python)?;
                }
                Place::Setting { name, label } => {
                    let value = load(&|| label.clone(), &mut source)?;
                    match FIRST.iter().find(|setting| setting.name == name) {
                        Some(setting) => self.set(setting, &[value])?,
                        None if settings::is_known(name) => {
                            values.entry(name.clone()).or_default().push(value);
                        }
                        None => self.restored.unknown.push(offset),
                    }
                }
            }
        }
        if source.offset() != pickles.len() as u64 {
            return Err(SnapshotError::malformed_state());
        }
        if !imported {
            self.import_library().map_err(python)?;
        }
        self.put_in_order().map_err(python)?;
        Ok(values)
    }

    fn set(&mut self, setting: &Setting, values: &[PyObjectRef]) -> Result<(), SnapshotError> {
        let vm = self.vm;
        self.transaction
            .set(setting, values, vm)
            .map_err(|error| SnapshotError::not_restored(setting.name, &error, vm))
    }

    /// Imports the modules of the library. One may need others to be there, and not import them.
    fn import_library(&mut self) -> PyResult<()> {
        let vm = self.vm;
        for name in &self.contents.library {
            import(name, vm)?;
        }
        for name in &self.contents.library {
            if let Some(why) = import(name, vm)? {
                self.restored.not_imported.push((name.clone(), why));
            }
        }
        self.transaction.imported(vm)
    }

    /// Gives the globals of each module the order that they had; what has been set meanwhile comes behind them.
    fn put_in_order(&self) -> PyResult<()> {
        let vm = self.vm;
        let mut positions: Vec<HashMap<&[u8], usize>> = vec![HashMap::new(); self.made.len()];
        for place in &self.contents.places {
            if let Place::Global {
                module,
                name,
                position,
            } = place
                && let Some(positions) = positions.get_mut(*module)
            {
                positions.insert(name.as_bytes(), *position);
            }
        }
        for ((_, module), positions) in self.made.iter().zip(positions) {
            let dict = module.dict();
            let mut items = dict.items_vec();
            let place = |(name, _): &(PyObjectRef, PyObjectRef)| {
                let name = name.downcast_ref::<PyStr>()?.as_bytes();
                let description = DESCRIPTION.iter().any(|known| known.as_bytes() == name);
                match positions.get(name) {
                    Some(position) => Some((1, *position)),
                    None => Some((if description { 0 } else { 2 }, 0)),
                }
            };
            let place = |item: &_| place(item).unwrap_or((2, 0));
            if items.is_sorted_by_key(place) {
                continue;
            }
            items.sort_by_key(place);
            dict.clear();
            for (name, value) in items {
                dict.set_item(&*name, value, vm)?;
            }
        }
        Ok(())
    }
}

/// What the first pickle names: a module, its dict, or what every interpreter has one of.
fn named(
    id: &str,
    made: &[(String, PyRef<PyModule>)],
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    let find = |name: &str| made.iter().find(|(made, _)| made == name);
    if let Some(name) = id.strip_prefix(ids::MODULE) {
        return Ok(find(name).map(|(_, module)| module.clone().into()));
    }
    if let Some(name) = id.strip_prefix(ids::DICT) {
        return Ok(find(name).map(|(_, module)| module.dict().into()));
    }
    let singleton = id.strip_prefix(ids::SINGLETON);
    let Some((module, attribute)) = singleton.and_then(|rest| rest.rsplit_once(':')) else {
        return Ok(None);
    };
    if !SINGLETONS.contains(&(module, attribute)) {
        return Ok(None);
    }
    import(module, vm)?;
    let module = modules::sys_modules(vm)?.get_item(module, vm)?;
    let attribute = vm.ctx.new_str(attribute);
    module.get_attr(&*attribute, vm).map(Some)
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
