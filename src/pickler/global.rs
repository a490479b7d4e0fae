//! Saving by reference: a module and a name (CPython: `save_global`, `whichmodule`).

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyInt, PyStr, PyType},
};

use num_traits::ToPrimitive;

use super::dump::Dump;
use super::frame::{Descent, Frame, Work};
use crate::error::chained;
use crate::module::new_pickling_error;
use crate::python2_names::{Direction, rename};
use crate::unpickler::{get_item_opt, import_module, resolve};
use crate::wire::Opcode;

/// One step of writing a global.
#[derive(Debug)]
enum Piece {
    /// Save an object: the module's name, an attribute's, `getattr`.
    Object(PyObjectRef),
    /// Write an opcode.
    Opcode(Opcode),
    /// Write GLOBAL with its two lines.
    Global(Vec<u8>),
}

/// A global being written.
#[derive(Debug)]
pub(super) struct GlobalWork {
    pieces: std::vec::IntoIter<Piece>,
}

impl GlobalWork {
    pub(super) fn step(
        &mut self,
        object: &PyObject,
        dump: &mut Dump<'_, '_>,
    ) -> PyResult<Option<Descent>> {
        for piece in self.pieces.by_ref() {
            match piece {
                Piece::Object(object) => {
                    if let Some(frame) = dump.save(&object)? {
                        return Ok(Some(frame));
                    }
                }
                Piece::Opcode(opcode) => dump.opcode(opcode),
                Piece::Global(lines) => dump.write(&lines),
            }
        }
        dump.memoize(object)?;
        Ok(None)
    }
}

impl Dump<'_, '_> {
    /// Saves an object by reference, under the name given or its own.
    pub(super) fn save_global(
        &mut self,
        object: &PyObject,
        name: Option<PyRef<PyStr>>,
    ) -> PyResult<Option<Descent>> {
        let vm = self.vm;
        let (module, name, code) = self.foreign(|dump| {
            let name = match name {
                Some(name) => name,
                None => own_name(object, vm)?,
            };
            let module = which_module(object, &name, vm)?;
            let module = dump.module_name_of(object, module);
            let code = if dump.settings.protocol >= 2 {
                dump.extension_code(&module, &name)?
            } else {
                None
            };
            Ok((module, name, code))
        })?;
        if let Some(code) = code {
            self.write_extension(code);
            return Ok(None);
        }
        let pieces = self.foreign(|dump| dump.global_pieces(module, name))?;
        let work = GlobalWork {
            pieces: pieces.into_iter(),
        };
        let work = Work::Global(Box::new(work));
        self.enter(Frame::new(object.to_owned(), work))
    }

    /// The str object that CPython would write as the name of an object's module.
    ///
    /// It is interned for static types and for what is written in Python. Each other type of
    /// C's has one of its own, and so has each module for its built-in functions.
    fn module_name_of(&mut self, object: &PyObject, module: PyRef<PyStr>) -> PyRef<PyStr> {
        let vm = self.vm;
        let function = vm.ctx.types.builtin_function_or_method_type;
        if object.class().is(function) {
            let names = &mut self.function_modules;
            let name = names.entry(module.as_bytes().to_vec());
            return name
                .or_insert_with(|| vm.ctx.new_str(module.as_wtf8().to_owned()))
                .clone();
        }
        let class = object.downcast_ref::<PyType>();
        let own = class.is_some_and(|class| has_own_module_name(class, &module));
        match vm.ctx.interned_str(&*module).filter(|_| !own) {
            Some(interned) => interned.to_owned(),
            None if own => vm.ctx.new_str(module.as_wtf8().to_owned()),
            None => module,
        }
    }

    fn global_pieces(&self, module: PyRef<PyStr>, name: PyRef<PyStr>) -> PyResult<Vec<Piece>> {
        let vm = self.vm;
        let protocol = self.settings.protocol;
        if protocol >= 4 {
            return Ok(vec![
                Piece::Object(module.into()),
                Piece::Object(name.into()),
                Piece::Opcode(Opcode::StackGlobal),
            ]);
        }
        // Before protocol 4 a dotted name is a nest of getattr() calls.
        let parts = split_dotted(&name, vm);
        let Some((first, attributes)) = parts.split_first() else {
            return Ok(vec![]);
        };
        let getattr = vm.builtins.get_attr("getattr", vm)?;
        let mut pieces = Vec::new();
        for _ in attributes {
            pieces.push(Piece::Object(getattr.clone()));
            if protocol < 2 {
                pieces.push(Piece::Opcode(Opcode::Mark));
            }
        }
        pieces.push(Piece::Global(self.global_lines(&module, first)?));
        for attribute in attributes {
            pieces.push(Piece::Object(attribute.clone().into()));
            pieces.push(Piece::Opcode(if protocol < 2 {
                Opcode::Tuple
            } else {
                Opcode::Tuple2
            }));
            pieces.push(Piece::Opcode(Opcode::Reduce));
        }
        Ok(pieces)
    }

    /// GLOBAL with its lines: ASCII before protocol 3, Python 2's names if asked for.
    fn global_lines(&self, module: &PyRef<PyStr>, name: &PyRef<PyStr>) -> PyResult<Vec<u8>> {
        let vm = self.vm;
        let protocol = self.settings.protocol;
        let (module, name) = if self.settings.fix_imports {
            rename(Direction::ToPython2, module.clone(), name.clone(), vm)?
        } else {
            (module.clone(), name.clone())
        };
        let encoding = if protocol >= 3 { "utf-8" } else { "ascii" };
        let mut lines = vec![Opcode::Global.byte()];
        for (text, what) in [(module, "module"), (name, "global")] {
            let encoded = vm
                .state
                .codec_registry
                .encode_text(text.clone(), encoding, None, vm);
            match encoded {
                Ok(encoded) => lines.extend_from_slice(encoded.as_bytes()),
                Err(error) if error.fast_isinstance(vm.ctx.exceptions.unicode_encode_error) => {
                    let message = format!(
                        "can't pickle {what} identifier {} using pickle protocol {protocol}",
                        text.as_object().repr(vm)?
                    );
                    return Err(chained(new_pickling_error(vm, message), error));
                }
                Err(error) => return Err(error),
            }
            lines.push(b'\n');
        }
        Ok(lines)
    }

    fn extension_code(&self, module: &PyRef<PyStr>, name: &PyRef<PyStr>) -> PyResult<Option<u32>> {
        let vm = self.vm;
        let registry = self.copyreg("_extension_registry")?;
        let key = vm
            .ctx
            .new_tuple(vec![module.clone().into(), name.clone().into()]);
        let Some(code) = get_item_opt(&registry, key.as_object(), vm)? else {
            return Ok(None);
        };
        let Some(int) = code.downcast_ref::<PyInt>() else {
            let class = code.class().slot_name().to_string();
            let message = format!("'{class}' object cannot be interpreted as an integer");
            return Err(vm.new_type_error(message));
        };
        match int.as_bigint().to_i64() {
            Some(code @ 1..=0x7fff_ffff) => Ok(u32::try_from(code).ok()),
            Some(code) => {
                Err(vm.new_runtime_error(format!("extension code {code} is out of range")))
            }
            None => Err(vm.new_overflow_error("Python int too large to convert to C long")),
        }
    }

    fn write_extension(&mut self, code: u32) {
        let [a, b, c, d] = code.to_le_bytes();
        match [b, c, d] {
            [0, 0, 0] => self.write(&[Opcode::Ext1.byte(), a]),
            [_, 0, 0] => self.write(&[Opcode::Ext2.byte(), a, b]),
            _ => self.write(&[Opcode::Ext4.byte(), a, b, c, d]),
        }
    }
}

/// Whether CPython makes a native type at run time (`PyType_FromSpec`).
fn has_own_module_name(class: &Py<PyType>, module: &Py<PyStr>) -> bool {
    if class.heaptype_ext.is_some() {
        // Of those that are neither static nor written in Python, builtins has one.
        return module.as_bytes() == b"builtins";
    }
    // The modules that share a str after all, or whose types are static.
    let name = class.slot_name();
    name.rsplit_once('.').is_some_and(|(module, name)| {
        !matches!(
            module,
            "ast" | "datetime" | "string.templatelib" | "types" | "weakref"
        ) && name != "OrderedDict"
    })
}

/// The name under which an object says it is found.
pub(crate) fn own_name(object: &PyObject, vm: &VirtualMachine) -> PyResult<PyRef<PyStr>> {
    let name = match vm.get_attribute_opt(object, "__qualname__")? {
        Some(name) => name,
        None => object.get_attr("__name__", vm)?,
    };
    name.downcast().map_err(|name| {
        let message = format!("global name must be a string, not {}", name.class().name());
        vm.new_type_error(message)
    })
}

/// A dotted name's parts; lone surrogates in it are kept.
fn split_dotted(name: &PyRef<PyStr>, vm: &VirtualMachine) -> Vec<PyRef<PyStr>> {
    match name.to_str() {
        Some(text) => text.split('.').map(|part| vm.ctx.new_str(part)).collect(),
        None => vec![name.clone()],
    }
}

/// The name of the module in which `object` is found under `name`: it must be the same object.
pub(crate) fn which_module(
    object: &PyObject,
    name: &PyRef<PyStr>,
    vm: &VirtualMachine,
) -> PyResult<PyRef<PyStr>> {
    if name
        .as_bytes()
        .split(|byte| *byte == b'.')
        .any(|part| part == b"<locals>")
    {
        let message = format!("Can't pickle local object {}", object.repr(vm)?);
        return Err(new_pickling_error(vm, message));
    }
    let own = vm.get_attribute_opt(object, "__module__")?;
    let module = match own.filter(|module| !vm.is_none(module)) {
        Some(module) => module
            .downcast::<PyStr>()
            .map_err(|_| vm.new_type_error("module name must be a string"))?,
        None => match search_modules(object, name, vm)? {
            Some(module) => return Ok(module),
            None => vm.ctx.new_str("__main__"),
        },
    };
    let found = match import_module(&module, vm) {
        Ok(found) => found,
        Err(error) if is_import_failure(&error, vm) => {
            let message = format!(
                "Can't pickle {}: {}",
                object.repr(vm)?,
                error.as_object().str(vm)?
            );
            return Err(chained(new_pickling_error(vm, message), error));
        }
        Err(error) => return Err(error),
    };
    let complain = |what: &str| -> PyResult<_> {
        let object = object.repr(vm)?;
        let message = format!(
            "Can't pickle {object}: it's not {what} {}.{}",
            module.to_string_lossy(),
            name.to_string_lossy()
        );
        Ok(new_pickling_error(vm, message))
    };
    match resolve(found, name, vm) {
        Ok(found) if found.is(object) => Ok(module),
        Ok(_) => Err(complain("the same object as")?),
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.attribute_error) => {
            Err(chained(complain("found as")?, error))
        }
        Err(error) => Err(error),
    }
}

fn is_import_failure(
    error: &rustpython_vm::builtins::PyBaseExceptionRef,
    vm: &VirtualMachine,
) -> bool {
    let exceptions = &vm.ctx.exceptions;
    [
        exceptions.import_error,
        exceptions.value_error,
        exceptions.key_error,
    ]
    .into_iter()
    .any(|class| error.fast_isinstance(class))
}

/// Looks through `sys.modules` for an object that does not say where it is from.
fn search_modules(
    object: &PyObject,
    name: &PyRef<PyStr>,
    vm: &VirtualMachine,
) -> PyResult<Option<PyRef<PyStr>>> {
    let modules = vm.sys_module.get_attr("modules", vm)?;
    // Looking attributes up may import modules: walk over a copy.
    let modules = match modules.downcast_ref::<PyDict>() {
        Some(modules) => modules.items_vec(),
        None => {
            let copy = vm.ctx.new_dict();
            copy.merge_object(modules, vm)?;
            copy.items_vec()
        }
    };
    for (key, module) in modules {
        let Ok(key) = key.downcast::<PyStr>() else {
            continue;
        };
        let main = [&b"__main__"[..], b"__mp_main__"].contains(&key.as_bytes());
        if main || vm.is_none(&module) {
            continue;
        }
        match resolve(module, name, vm) {
            Ok(found) if found.is(object) => return Ok(Some(key)),
            Ok(_) => {}
            Err(error) if error.fast_isinstance(vm.ctx.exceptions.attribute_error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
