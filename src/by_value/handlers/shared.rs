//! Objects that a module that can be imported has, too: by reference. A copy of a context variable
//! or a lock would not be the one that the module's code uses.

use std::collections::HashMap;

use rustpython_vm::{
    AsObject, PyObject, PyResult, VirtualMachine,
    builtins::{PyModule, PyStr},
};

use super::answer::Answer;
use crate::by_value::rule::{Rule, loaded_module, loaded_modules};

/// The kinds for which it matters which object it is.
const KINDS: [&str; 9] = [
    "WeakKeyDictionary",
    "WeakSet",
    "WeakValueDictionary",
    "_contextvars.ContextVar",
    "_queue.SimpleQueue",
    "_thread.RLock",
    "_thread._local",
    "_thread.lock",
    "itertools.count",
];

/// Where such objects are, as far as modules had them when a dump first asked.
#[derive(Debug, Default)]
pub(super) struct Shared(Option<HashMap<usize, Vec<Place>>>);

#[derive(Debug)]
struct Place {
    module: String,
    name: String,
}

impl Shared {
    /// A reference to an object, if a module that can be imported has it.
    pub(super) fn reduce(
        &mut self,
        rule: &mut Rule,
        object: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<Option<Answer>> {
        if !is_of_these(object) {
            return Ok(None);
        }
        let places = match &mut self.0 {
            Some(places) => places,
            none => none.insert(all_places(vm)?),
        };
        for Place { module, name } in places.get(&object.get_id()).into_iter().flatten() {
            let Some(found) = loaded_module(module, vm)? else {
                continue;
            };
            let there = found.downcast_ref::<PyModule>().map(|module| module.dict());
            let there = there.map_or(Ok(None), |dict| dict.get_item_opt(name.as_str(), vm))?;
            if there.is_some_and(|there| there.is(object))
                && !rule.goes_by_value(module)
                && rule.is_module_importable(module, &found, vm)?
            {
                let args = [module, name].map(|name| vm.ctx.new_str(name.as_str()).into());
                let answer = Answer::ours("_of_module", args.into(), vm)?;
                return Ok(Some(answer.with_note(format!("that of {module}"))));
            }
        }
        Ok(None)
    }
}

fn is_of_these(object: &PyObject) -> bool {
    KINDS.contains(&&*object.class().slot_name())
}

fn all_places(vm: &VirtualMachine) -> PyResult<HashMap<usize, Vec<Place>>> {
    let mut places: HashMap<usize, Vec<Place>> = HashMap::new();
    for (module, found) in loaded_modules(vm)? {
        let dict = found.downcast_ref::<PyModule>().map(|module| module.dict());
        let module = module
            .downcast_ref::<PyStr>()
            .and_then(|module| module.to_str());
        let (Some(dict), Some(module)) = (dict, module) else {
            continue;
        };
        for (name, value) in dict
            .items_vec()
            .into_iter()
            .filter(|(_, value)| is_of_these(value))
        {
            if let Some(name) = name.downcast_ref::<PyStr>().and_then(|name| name.to_str()) {
                places.entry(value.get_id()).or_default().push(Place {
                    module: module.to_owned(),
                    name: name.to_owned(),
                });
            }
        }
    }
    Ok(places)
}
