//! Finding objects by the names that a host gives.

use rustpython_vm::{
    AsObject as _, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyDictRef},
};

use super::{Error, ErrorKind};

/// The module of this name, itself and not the package that it is in.
pub(super) fn import(name: &str, vm: &VirtualMachine) -> PyResult {
    vm.import(&vm.ctx.new_str(name), 0)?;
    let modules = vm.sys_module.get_attr("modules", vm)?;
    modules.get_item(name, vm)
}

/// The object of a dotted name: the first part is a global, a built-in or a module, each further
/// one an attribute or a submodule.
pub(super) fn resolve(
    name: &str,
    globals: &PyDictRef,
    vm: &VirtualMachine,
) -> Result<PyObjectRef, Error> {
    let raised = |error: PyBaseExceptionRef| Error::from_exception(&error, vm);
    if name.split('.').any(|part| !is_identifier(part)) {
        return Err(Error::new(
            ErrorKind::Name,
            format!("{name:?} is no dotted name"),
        ));
    }
    let (first, mut rest) = name.split_once('.').unwrap_or((name, ""));
    let mut object = match globals.get_item_opt(first, vm).map_err(raised)? {
        Some(object) => object,
        None => match vm.builtins.dict().get_item_opt(first, vm).map_err(raised)? {
            Some(object) => object,
            None if rest.is_empty() => return Err(unknown(name)),
            None => {
                let (module, attributes) = import_longest(name, vm)?;
                rest = attributes;
                module
            }
        },
    };
    for part in rest.split('.').filter(|part| !part.is_empty()) {
        let attribute = vm.ctx.new_str(part);
        object = object.get_attr(&attribute, vm).map_err(raised)?;
    }
    Ok(object)
}

/// The module with the longest name that `name` begins with, and the rest of the name.
fn import_longest<'a>(name: &'a str, vm: &VirtualMachine) -> Result<(PyObjectRef, &'a str), Error> {
    let dots = name.match_indices('.').map(|(at, _)| at);
    let mut found = None;
    for end in dots {
        let (module, rest) = (&name[..end], &name[end + 1..]);
        match import(module, vm) {
            Ok(module) => found = Some((module, rest)),
            Err(error) if error.fast_isinstance(vm.ctx.exceptions.module_not_found_error) => break,
            Err(error) => return Err(Error::from_exception(&error, vm)),
        }
    }
    found.ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Error {
    Error::new(ErrorKind::Name, format!("there is no {name:?}"))
}

/// Whether Python takes it for a name; what begins as one is looked at by Python in any case.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| first == '_' || first.is_alphabetic())
        && chars.all(|char| char == '_' || char.is_alphanumeric())
}
