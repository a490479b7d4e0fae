//! Saving: one object graph, one memo, one pickle for each global.

use std::collections::BTreeMap;

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyModule, PyStr, PyType},
};

use super::contents::{Contents, Place};
use super::modules::{self, DESCRIPTION, Division, UserModule};
use super::needs::{self, Global};
use super::python::describe;
use super::settings::{FIRST, LAST, Part, SETTINGS_NAME, Setting};
use super::watch::Watch;
use super::{
    GlobalReport, ModuleReport, Outcome, SaveOptions, SaveReport, SnapshotError, SnapshotErrorKind,
    Unpicklable,
};
use crate::by_value::ByValue;
use crate::by_value::handlers::Handled;
use crate::pickler::{Dump, DumpFailure, DumpSettings, Memo, Sink};
use crate::wire::{HIGHEST_PROTOCOL, Opcode, Output};

/// What a capture gives: the two sections, and what is to be said of it.
pub(super) struct Captured {
    /// A sequence of pickles that share one memo; see [the module](super).
    pub(super) state: Vec<u8>,
    /// The text of the source files that the code came from.
    pub(super) sources: BTreeMap<String, String>,
    pub(super) report: SaveReport,
}

/// What every interpreter has one of, and neither the rule nor a handler knows: it is named, not saved.
/// By module and attribute.
pub(super) const SINGLETONS: [(&str, &str); 6] = [
    ("sys", "modules"),
    ("sys", "path"),
    ("sys", "argv"),
    ("warnings", "filters"),
    ("copyreg", "dispatch_table"),
    ("decimal", "_current_context_var"),
];

/// How often an object is tried that other threads change meanwhile.
const ATTEMPTS: usize = 10;

/// The ids under which the first pickle names what exists already.
pub(super) mod ids {
    pub(in crate::snapshot) const MODULE: &str = "module:";
    pub(in crate::snapshot) const DICT: &str = "dict:";
    pub(in crate::snapshot) const SINGLETON: &str = "object:";
}

/// What is left out because it was found that it can't be restored, by module and name; and why.
pub(super) type Excluded = BTreeMap<(String, String), String>;

pub(super) fn capture(
    options: &SaveOptions,
    excluded: &Excluded,
    watch: &Watch<'_, '_>,
    vm: &VirtualMachine,
) -> Result<Captured, SnapshotError> {
    Capture::new(options, excluded, watch, vm)?.run()
}

struct Capture<'a, 'w, 'o, 'vm> {
    vm: &'vm VirtualMachine,
    options: &'a SaveOptions,
    excluded: &'a Excluded,
    watch: &'a Watch<'w, 'o>,
    modules: Division,
    state: Vec<u8>,
    places: Vec<Place>,
    report: SaveReport,
}

impl<'a, 'w, 'o, 'vm> Capture<'a, 'w, 'o, 'vm> {
    fn new(
        options: &'a SaveOptions,
        excluded: &'a Excluded,
        watch: &'a Watch<'w, 'o>,
        vm: &'vm VirtualMachine,
    ) -> Result<Self, SnapshotError> {
        // Whatever is pickled, it is imported for. It has to be there when a session is saved first, as it is later.
        let modules = vm
            .import("copyreg", 0)
            .and_then(|_| options.modules.divide(vm));
        let modules = modules.map_err(|error| SnapshotError::python(&error, vm))?;
        if modules.others.iter().any(|(name, _)| name == "__main__") {
            let path = "sys.modules['__main__']".to_owned();
            let message = format!("can't save {path}: it is no module");
            let kind = SnapshotErrorKind::Unpicklable { path };
            return Err(SnapshotError::new(kind, message));
        }
        Ok(Self {
            vm,
            options,
            excluded,
            watch,
            modules,
            state: Vec::new(),
            places: Vec::new(),
            report: SaveReport::default(),
        })
    }

    fn run(mut self) -> Result<Captured, SnapshotError> {
        let vm = self.vm;
        let python = |error: PyBaseExceptionRef| SnapshotError::python(&error, vm);
        let (names, memo) = self.names().map_err(python)?;
        self.state = names;

        let mut settings = DumpSettings::new(HIGHEST_PROTOCOL, false);
        settings.by_value = Some(Box::new(self.by_value().map_err(python)?));
        let watch = self.watch;
        let tell = |objects: usize, bytes: usize| watch.tell(objects as u64, bytes as u64);
        settings.watch = Some(&tell);
        let mut dump = Dump::new(settings, memo, Sink::Memory, vm);
        let mut of_settings = ModuleReport::new(SETTINGS_NAME);
        self.settings(&FIRST, &mut of_settings, &mut dump)?;
        self.globals(&mut dump)?;
        self.settings(&LAST, &mut of_settings, &mut dump)?;
        self.report.modules.push(of_settings);
        self.contents()
            .and_then(|contents| contents.write_to(&mut self.state, vm))
            .map_err(python)?;
        let sources = match dump.by_value() {
            Some(by_value) => by_value.sources(),
            _ => BTreeMap::new(),
        };
        Ok(Captured {
            state: self.state,
            sources,
            report: self.report,
        })
    }

    fn by_value(&self) -> PyResult<ByValue> {
        let mut by_value = ByValue::new(self.vm)?;
        if self.options.sources {
            by_value = by_value.with_sources();
        }
        by_value.handlers.settings.files = self.options.files;
        for (name, number) in self.modules.names() {
            let module = self.modules.users[number].module.clone();
            by_value.rule.add_session_module(&name, module.into());
        }
        Ok(by_value)
    }

    /// What is said at the end.
    fn contents(&mut self) -> PyResult<Contents> {
        let vm = self.vm;
        // Saving may have imported some of the library; when it is saved again, they will be there.
        let library = self.options.modules.divide(vm)?.library;
        self.report.libraries.clone_from(&library);
        let mut modules = Vec::new();
        for user in &self.modules.users {
            modules.push((user.name.clone(), modules::describe(user, vm)?));
        }
        Ok(Contents {
            modules,
            aliases: self.modules.aliases.clone(),
            library,
            places: core::mem::take(&mut self.places),
        })
    }

    /// The pickle that puts what exists already into the memo: the modules, their dicts, and what
    /// every interpreter has one of.
    fn names(&self) -> PyResult<(Vec<u8>, Memo)> {
        let vm = self.vm;
        let mut named: Vec<(String, PyObjectRef)> = Vec::new();
        for UserModule { name, module } in &self.modules.users {
            named.push((format!("{}{name}", ids::MODULE), module.clone().into()));
            named.push((format!("{}{name}", ids::DICT), module.dict().into()));
        }
        for (module, attribute) in SINGLETONS {
            let Some(found) = self.modules.loaded(module, vm)? else {
                continue;
            };
            let Some(object) = vm.get_attribute_opt(&found, attribute)? else {
                continue;
            };
            if !vm.is_none(&object) {
                named.push((format!("{}{module}:{attribute}", ids::SINGLETON), object));
            }
        }
        let mut output = Output::new();
        let mut memo = Memo::default();
        output.write(&[Opcode::Proto.byte(), HIGHEST_PROTOCOL]);
        for (id, object) in named {
            // Each object once: the memo counts objects, and the pickle counts how often it says MEMOIZE.
            if memo.get(&object).is_some() {
                continue;
            }
            // Names of modules can be longer than a byte counts.
            output.opcode(Opcode::BinUnicode);
            let length = u32::try_from(id.len())
                .map_err(|_| vm.new_overflow_error("a module's name is too long"))?;
            output.write(&length.to_le_bytes());
            output.write(id.as_bytes());
            output.opcode(Opcode::BinPersId);
            output.opcode(Opcode::Memoize);
            output.opcode(Opcode::Pop);
            memo.insert(memo.len(), object);
        }
        output.opcode(Opcode::None);
        output.opcode(Opcode::Stop);
        Ok((output.take(), memo))
    }

    /// Saves the globals of all modules: those that others need first.
    fn globals(&mut self, dump: &mut Dump<'_, '_>) -> Result<(), SnapshotError> {
        let vm = self.vm;
        let mut globals = Vec::new();
        // In the order of the modules' dicts.
        let mut saved: Vec<Vec<Option<GlobalReport>>> = Vec::new();
        for (module, user) in self.modules.users.iter().enumerate() {
            let mut position = 0;
            for (name, value) in user.module.dict().items_vec() {
                let Some(text) = name.downcast_ref::<PyStr>() else {
                    continue;
                };
                if text
                    .to_str()
                    .is_some_and(|name| DESCRIPTION.contains(&name))
                {
                    continue;
                }
                globals.push(Global {
                    module,
                    position,
                    name: text.as_wtf8().to_owned(),
                    value,
                });
                position += 1;
            }
            saved.push(vec![None; position]);
        }
        for global in needs::sort(globals, &self.modules, self.watch, vm)? {
            let Global {
                module,
                position,
                name,
                value,
            } = global;
            let shown = name.to_string_lossy().into_owned();
            let root = match self.modules.users[module].name.as_str() {
                "__main__" => shown.clone(),
                module => format!("{module}.{shown}"),
            };
            let name_of_module = self.modules.users[module].name.clone();
            let report = self.save(&name_of_module, &root, shown, &value, dump)?;
            if report.offset.is_some() {
                self.places.push(Place::Global {
                    module,
                    name,
                    position,
                });
            }
            saved[module][position] = Some(report);
        }
        for (user, saved) in self.modules.users.iter().zip(saved) {
            let mut report = ModuleReport::new(user.name.as_str());
            let file = user.module.dict().get_item_opt("__file__", vm);
            report.source = modules::text(file.ok().flatten());
            report.globals = saved.into_iter().flatten().collect();
            self.report.modules.push(report);
        }
        Ok(())
    }

    fn settings(
        &mut self,
        settings: &[Setting],
        report: &mut ModuleReport,
        dump: &mut Dump<'_, '_>,
    ) -> Result<(), SnapshotError> {
        let vm = self.vm;
        for setting in settings {
            let parts = (setting.capture)(&self.modules, vm)
                .map_err(|error| SnapshotError::python(&error, vm))?;
            if !parts.is_empty() {
                self.report.settings.push(setting.name.to_owned());
            }
            for Part { label, value } in parts {
                let saved = self.save(SETTINGS_NAME, &label, label.clone(), &value, dump)?;
                if saved.offset.is_some() {
                    let name = setting.name.to_owned();
                    self.places.push(Place::Setting { name, label });
                }
                report.globals.push(saved);
            }
        }
        Ok(())
    }

    /// Saves one global; what can't be saved leaves no trace, and is left out if that is the policy.
    fn save(
        &mut self,
        module: &str,
        root: &str,
        name: String,
        value: &PyObject,
        dump: &mut Dump<'_, '_>,
    ) -> Result<GlobalReport, SnapshotError> {
        let vm = self.vm;
        let python = |error: PyBaseExceptionRef| SnapshotError::python(&error, vm);
        let type_name = value.class().fully_qualified_name(vm).map_err(python)?;
        let type_name = type_name.trim_start_matches("builtins.");
        if let Some(why) = self.excluded.get(&(module.to_owned(), name.clone())) {
            let outcome = Outcome::LeftOut {
                why: why.clone(),
                path: root.to_owned(),
            };
            return Ok(GlobalReport::new(name, type_name, outcome));
        }
        let target = match dump.by_value() {
            Some(by_value) => reference(by_value, value, vm).map_err(python)?,
            None => None,
        };
        let offset = self.state.len() as u64;
        let mut result = self.dump(dump, value)?;
        for _ in 1..ATTEMPTS {
            match &result {
                Err(failure) if changed_meanwhile(&failure.exception, vm) => {
                    result = self.dump(dump, value)?;
                }
                _ => break,
            }
        }
        let handled = dump
            .by_value()
            .map(|by_value| by_value.handlers.take_handled());
        let handled = describe_handled(handled.unwrap_or_default());
        let failure = match result {
            Ok(pickle) => {
                self.state.extend(&pickle);
                let outcome = match target {
                    Some(target) => Outcome::ByReference { target },
                    None if handled.is_empty() => Outcome::Saved,
                    None => Outcome::Handled { how: handled },
                };
                let report = GlobalReport::new(name, type_name, outcome);
                return Ok(report.at(offset, pickle.len() as u64));
            }
            Err(failure) => failure,
        };
        let DumpFailure { exception, path } = failure;
        let path = match path.strip_prefix("root") {
            Some(rest) => format!("{root}{rest}"),
            None => path,
        };
        let exceptions = &vm.ctx.exceptions;
        let ordinary = exception.fast_isinstance(exceptions.exception_type);
        if changed_meanwhile(&exception, vm) {
            // It can be saved, and so must not be lost because of when it was tried.
            let message = format!("can't save {path}: other threads keep changing it");
            return Err(SnapshotError::new(
                SnapshotErrorKind::Changed { path },
                message,
            ));
        }
        if self.options.unpicklable == Unpicklable::LeaveOut && ordinary {
            let why = describe(&exception, vm);
            let outcome = Outcome::LeftOut { why, path };
            return Ok(GlobalReport::new(name, type_name, outcome));
        }
        let message = format!("can't save {path}: {}", describe(&exception, vm));
        let kind = if exception.fast_isinstance(exceptions.keyboard_interrupt) {
            SnapshotErrorKind::Interrupted
        } else if ordinary {
            SnapshotErrorKind::Unpicklable { path }
        } else {
            // An exit, or a panic of the host's: nothing that is wrong with the object.
            SnapshotErrorKind::Python
        };
        Err(SnapshotError::new(kind, message))
    }

    fn dump(
        &mut self,
        dump: &mut Dump<'_, '_>,
        value: &PyObject,
    ) -> Result<Result<Vec<u8>, DumpFailure>, SnapshotError> {
        self.watch.set_base(self.state.len() as u64);
        if !self.watch.tell(dump.memo_len() as u64, 0) {
            self.watch.check()?;
        }
        let result = dump.dump(value);
        self.watch.check()?;
        Ok(result.map(|()| dump.take_output()))
    }
}

/// What an object is imported as, if it goes by reference.
fn reference(
    by_value: &mut ByValue,
    object: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<String>> {
    let by_name = object.downcastable::<PyType>()
        || object.class().is(vm.ctx.types.function_type)
        || object
            .class()
            .is(vm.ctx.types.builtin_function_or_method_type);
    if object.downcastable::<PyModule>() {
        return by_value.rule.importable_name(object, vm);
    }
    if !by_name || !by_value.rule.is_importable(object, vm)? {
        return Ok(None);
    }
    let part = |name: &'static str| Ok(modules::text(vm.get_attribute_opt(object, name)?));
    Ok(match (part("__module__")?, part("__qualname__")?) {
        (Some(module), Some(name)) => Some(format!("{module}.{name}")),
        (None, Some(name)) => Some(name),
        _ => None,
    })
}

/// Whether saving an object failed because another thread has changed it.
///
/// Only the text tells: Python raises a RuntimeError when what it iterates over changes, whoever iterates. Without
/// other threads it is the object's own `__getstate__` or the like that does so, and would do so again.
fn changed_meanwhile(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> bool {
    exception.fast_isinstance(vm.ctx.exceptions.runtime_error)
        && describe(exception, vm).ends_with("during iteration")
        && has_threads(vm)
}

/// Whether Python threads run besides the first.
fn has_threads(vm: &VirtualMachine) -> bool {
    let count = || -> PyResult<usize> {
        let threads = vm.import("_thread", 0)?;
        vm.call_method(&threads, "_count", ())?.try_into_value(vm)
    };
    count().is_ok_and(|count| count > 0)
}

/// What handlers have done with something of note: `2 threading.Condition, _thread.lock (fresh)`.
fn describe_handled(handled: Vec<Handled>) -> String {
    let described = handled.into_iter().map(|handled| {
        let Handled {
            type_name,
            note,
            count,
        } = handled;
        let note = match note.as_str() {
            "" => String::new(),
            note => format!(" ({note})"),
        };
        match count {
            1 => format!("{type_name}{note}"),
            count => format!("{count} {type_name}{note}"),
        }
    });
    described.collect::<Vec<_>>().join(", ")
}
