//! A restore takes place as a whole, or not at all.

use std::collections::{BTreeSet, HashSet};

use rustpython_vm::{
    AsObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyDictRef, PyModule},
};

use super::RestoreOptions;
use super::contents::Contents;
use super::modules::{self, Division, text};
use super::settings::{FIRST, LAST, Scene, Setting, Undo};
use crate::by_value::handlers::Deferral;

/// What has been put in place, and how to put back what was there.
pub(super) struct Transaction<'o> {
    options: &'o RestoreOptions,
    modules: PyDictRef,
    /// `sys.modules` as it was, in its order.
    before: Vec<(PyObjectRef, PyObjectRef)>,
    scene: Scene,
    undo: Vec<Undo>,
    /// What handlers put off until it is clear how this ends.
    deferral: Deferral,
}

impl<'o> Transaction<'o> {
    pub(super) fn begin(options: &'o RestoreOptions, vm: &VirtualMachine) -> PyResult<Self> {
        let before = options.modules.divide(vm)?;
        let modules = modules::sys_modules(vm)?;
        let settings = FIRST.iter().chain(&LAST);
        let undo = settings.map(|setting| (setting.undo)(vm));
        Ok(Self {
            options,
            before: modules.items_vec(),
            modules,
            scene: Scene {
                before,
                now: Division::default(),
            },
            undo: undo.collect::<PyResult<_>>()?,
            deferral: Deferral::begin(),
        })
    }

    /// Puts new modules in the place of the session's.
    pub(super) fn place(
        &mut self,
        made: &[(String, PyRef<PyModule>)],
        contents: &Contents,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        for name in self.scene.before.entries() {
            if self.modules.contains_key(name.as_str(), vm) {
                self.modules.del_item(name.as_str(), vm)?;
            }
        }
        for (name, module) in made {
            self.modules
                .set_item(name.as_str(), module.clone().into(), vm)?;
        }
        for (name, number) in &contents.aliases {
            if let Some((_, module)) = made.get(*number) {
                self.modules
                    .set_item(name.as_str(), module.clone().into(), vm)?;
            }
        }
        Ok(())
    }

    /// The modules of the library have been imported.
    pub(super) fn imported(&mut self, vm: &VirtualMachine) -> PyResult<()> {
        self.scene.now = self.options.modules.divide(vm)?;
        Ok(())
    }

    pub(super) fn set(
        &self,
        setting: &Setting,
        values: &[PyObjectRef],
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        (setting.apply)(values, &self.scene, vm)
    }

    /// What comes last: files, finalizers and the like become the new session's.
    pub(super) fn commit(&mut self, vm: &VirtualMachine) -> PyResult<()> {
        self.deferral.commit(vm)
    }

    /// Library modules that were imported meanwhile stay imported: other modules hold them.
    pub(super) fn roll_back(mut self, vm: &VirtualMachine) -> PyResult<()> {
        let mut result = self.deferral.roll_back(vm);
        for undo in core::mem::take(&mut self.undo).into_iter().rev() {
            result = result.and(undo(vm));
        }
        self.put_modules_back(vm).and(result)
    }

    fn put_modules_back(&self, vm: &VirtualMachine) -> PyResult<()> {
        let known: HashSet<usize> = self.before.iter().map(|(name, _)| name.get_id()).collect();
        let old: BTreeSet<String> = self
            .before
            .iter()
            .filter_map(|(name, _)| text(Some(name.clone())))
            .collect();
        let mut imported = Vec::new();
        for (name, entry) in self.modules.items_vec() {
            let is_new = match text(Some(name.clone())) {
                Some(name) if old.contains(&name) => continue,
                Some(name) => self.options.modules.is_user(&name, &entry, vm)?,
                None if known.contains(&name.get_id()) => continue,
                None => true,
            };
            match is_new {
                true => self.modules.del_item(&*name, vm)?,
                false => imported.push((name, entry)),
            }
        }
        // Never are they all away: other threads may be importing. Only what is behind the first that is out of its
        // place is moved, one by one.
        let now = self.modules.items_vec();
        let mut in_place = self.before.iter().zip(now);
        let kept = in_place
            .position(|((a, old), (b, new))| !a.is(&b) || !old.is(&new))
            .unwrap_or(self.before.len());
        let before = self.before.get(kept..).unwrap_or_default();
        for (name, entry) in before.iter().chain(&imported) {
            if self.modules.contains_key(&**name, vm) {
                self.modules.del_item(&**name, vm)?;
            }
            self.modules.set_item(&**name, entry.clone(), vm)?;
        }
        Ok(())
    }
}
