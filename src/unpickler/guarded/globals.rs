//! How names become objects under a policy.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, VirtualMachine, builtins::PyModule, common::rc::PyRc,
};

use super::calls::NO_GRANT;
use super::tag::{Handle, Tag};
use super::{Guarded, Made, Refused, has_hook};
use crate::policy::{Forbidden, Grant, Kind, Refusal, Request, Verdict, check_names, text};
use crate::python2_names::python3_names;
use crate::unpickler::model::extension_names;

impl Guarded<'_, '_> {
    /// Whether any global may be named at all.
    pub(super) fn names_globals(&self) -> bool {
        !matches!(self.policy.kind, Kind::DataOnly)
    }

    /// A global, given the objects that name it.
    pub(super) fn resolve(&mut self, module: &PyObject, name: &PyObject) -> Made {
        let vm = self.vm();
        if self.trusted {
            let object = self.live.find_class(module, name)?;
            return Ok(self.foreign(object));
        }
        let (Some(module_text), Some(name_text)) = (text(module), text(name)) else {
            // Names that no str of a list's equals.
            return Err(Refusal::NotListed.into());
        };
        if !self.names_globals() {
            return Err(Forbidden::global(module_text, name_text, Refusal::DataOnly).into());
        }
        let (mut module_text, mut name_text) = (module_text, name_text);
        if self.live.protocol < 3 && self.live.settings.fix_imports {
            // Of the fixed table: no import, and nothing that a program may have changed.
            let renamed = python3_names(module_text, name_text);
            (module_text, name_text) = renamed.unwrap_or((module_text, name_text));
        }
        let refuse = |refusal| Err(Forbidden::global(module_text, name_text, refusal).into());
        if let Err(fault) = check_names(module_text, name_text) {
            return refuse(Refusal::Names(fault));
        }
        let grant = match &self.policy.kind {
            Kind::Allow(found) => match found.get(module_text, name_text) {
                Some(grant) => grant.clone(),
                None => return refuse(Refusal::NotListed),
            },
            Kind::Custom(decide) => {
                // Asked once for each name of a load, so that the number of grants is that of the names.
                let names = (module_text.into(), name_text.into());
                match self.decided.get(&names) {
                    Some(grant) => grant.clone(),
                    None => {
                        let request = Request {
                            module: module_text,
                            name: name_text,
                        };
                        let grant = match decide.clone().decide(&request, vm)? {
                            Verdict::Deny => return refuse(Refusal::Denied),
                            Verdict::Allow(object, entry) => PyRc::new(Grant {
                                module: module_text.into(),
                                name: name_text.into(),
                                entry: *entry,
                                object: Some(object),
                            }),
                        };
                        self.decided.insert(names, grant.clone());
                        grant
                    }
                }
            }
            Kind::Trusted | Kind::DataOnly => return refuse(Refusal::DataOnly),
        };
        let Some(object) = grant.object.clone() else {
            return refuse(Refusal::Missing);
        };
        let object = self.hooked(module, name, object, vm)?;
        if object.downcastable::<PyModule>() {
            return refuse(Refusal::NotListed);
        }
        let number = self.number(grant)?;
        Ok(Handle {
            object,
            tag: Tag::Global(number),
        })
    }

    /// The object that a program's own `find_class` has for what the policy allows.
    fn hooked(
        &mut self,
        module: &PyObject,
        name: &PyObject,
        object: PyObjectRef,
        vm: &VirtualMachine,
    ) -> Made<PyObjectRef> {
        vm.audit("pickle.find_class", || (module.to_owned(), name.to_owned()))?;
        if !has_hook(&self.live.settings.find_class) {
            return Ok(object);
        }
        Ok(self.live.ask_hook(module, name)?.unwrap_or(object))
    }

    /// The number of a grant in this load's tags.
    pub(super) fn number(&mut self, grant: PyRc<Grant>) -> Result<u16, Refused> {
        let address = PyRc::as_ptr(&grant).addr();
        if let Some(number) = self.known.get(&address) {
            return Ok(*number);
        }
        let number = u16::try_from(self.grants.len()).unwrap_or(NO_GRANT);
        if number == NO_GRANT {
            return Err(Forbidden::global(&grant.module, &grant.name, Refusal::TooMany).into());
        }
        self.known.insert(address, number);
        if let Some(object) = &grant.object {
            self.granted.entry(object.get_id()).or_insert(number);
        }
        self.grants.push(grant);
        Ok(number)
    }

    /// What this load may do with an object, however it has come by it.
    pub(super) fn grant_of(&self, object: &PyObject) -> Option<PyRc<Grant>> {
        if let Kind::Allow(found) = &self.policy.kind {
            return found.of_object(object).cloned();
        }
        let number = self.granted.get(&object.get_id())?;
        self.grants.get(usize::from(*number)).cloned()
    }

    /// The global of an extension code: by its names, through the same door, and without the cache
    /// that all loads of the interpreter share.
    pub(super) fn resolve_extension(&mut self, code: i32) -> Made {
        if self.trusted {
            let object = crate::machine::Model::extension(&mut self.live, code)?;
            return Ok(self.foreign(object));
        }
        if !self.names_globals() {
            return Err(Refusal::DataOnly.into());
        }
        match extension_names(code, self.vm())? {
            Some((module, name)) => self.resolve(&module, &name),
            None => Err(Refusal::Extension(code).into()),
        }
    }
}
