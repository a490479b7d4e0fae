//! The names as the interpreter has them: the dicts of `_compat_pickle`.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyStr, PyTuple},
};

/// Which names are to become which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// When loading.
    ToPython3,
    /// When dumping.
    ToPython2,
}

impl Direction {
    fn tables(self) -> (&'static str, &'static str) {
        match self {
            Self::ToPython3 => ("NAME_MAPPING", "IMPORT_MAPPING"),
            Self::ToPython2 => ("REVERSE_NAME_MAPPING", "REVERSE_IMPORT_MAPPING"),
        }
    }
}

/// The names under which the other Python knows a global.
///
/// The errors are CPython's, for tables that somebody has tampered with
/// (`_pickle_Unpickler_find_class_impl`, `fix_imports`).
pub(crate) fn rename(
    direction: Direction,
    module: PyRef<PyStr>,
    name: PyRef<PyStr>,
    vm: &VirtualMachine,
) -> PyResult<(PyRef<PyStr>, PyRef<PyStr>)> {
    let (names, imports) = direction.tables();
    let complain = |table: &str, expected: &str, got: &str| {
        vm.new_runtime_error(format!(
            "_compat_pickle.{table} values should be {expected}, not {got}"
        ))
    };
    let compat = vm.import("_compat_pickle", 0)?;
    let key = vm
        .ctx
        .new_tuple(vec![module.clone().into(), name.clone().into()]);
    if let Some(pair) = mapped(&compat, names, key.as_object(), vm)? {
        let Some([module, name]) = pair.downcast_ref::<PyTuple>().map(|pair| pair.as_slice())
        else {
            return Err(complain(names, "2-tuples", &pair.class().name()));
        };
        return match (module.clone().downcast(), name.clone().downcast()) {
            (Ok(module), Ok(name)) => Ok((module, name)),
            _ => {
                let got = format!("({}, {})", module.class().name(), name.class().name());
                Err(complain(names, "pairs of str", &got))
            }
        };
    }
    let Some(renamed) = mapped(&compat, imports, module.as_object(), vm)? else {
        return Ok((module, name));
    };
    match renamed.downcast() {
        Ok(module) => Ok((module, name)),
        Err(renamed) => Err(complain(imports, "strings", &renamed.class().name())),
    }
}

fn mapped(
    compat: &PyObject,
    table: &'static str,
    key: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    match compat.get_attr(table, vm)?.downcast_ref::<PyDict>() {
        Some(table) => table.get_item_opt(key, vm),
        None => Err(vm.new_runtime_error(format!("_compat_pickle.{table} should be a dict"))),
    }
}

#[cfg(all(test, feature = "stdlib"))]
mod tests {
    use rustpython_vm::Interpreter;

    use super::super::{GLOBALS, MODULES};
    use super::*;
    use crate::InterpreterBuilderExt as _;

    fn text(object: &PyObject) -> String {
        object
            .downcast_ref::<PyStr>()
            .expect("a str")
            .to_string_lossy()
            .into_owned()
    }

    fn pair(object: &PyObject) -> [String; 2] {
        let pair = object.downcast_ref::<PyTuple>().expect("a tuple");
        [text(&pair.as_slice()[0]), text(&pair.as_slice()[1])]
    }

    /// What inspection takes for a name is what a load takes for it.
    #[test]
    fn the_table_is_the_interpreters() {
        let builder = Interpreter::builder(Default::default());
        let interpreter = builder.install_stdlib().install_pickle().build();
        interpreter.enter(|vm| {
            let compat = vm.import("_compat_pickle", 0).expect("it is there");
            let items = |table: &'static str| {
                let table = compat.get_attr(table, vm).expect("it is there");
                table.downcast_ref::<PyDict>().expect("a dict").items_vec()
            };
            let modules = items("IMPORT_MAPPING");
            let mut modules: Vec<_> = modules
                .iter()
                .map(|(old, new)| [text(old), text(new)])
                .collect();
            modules.sort_unstable();
            let table = MODULES.iter();
            let table: Vec<_> = table.map(|names| [names.0, names.1]).collect();
            assert_eq!(modules, table);
            let globals = items("NAME_MAPPING");
            let mut globals: Vec<_> = globals
                .iter()
                .map(|(old, new)| [pair(old), pair(new)])
                .collect();
            globals.sort_unstable();
            let table = GLOBALS.iter();
            let table: Vec<_> = table
                .map(|(old, new)| [[old.0, old.1], [new.0, new.1]])
                .collect();
            assert_eq!(globals, table);
        });
    }
}
