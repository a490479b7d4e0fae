//! Files: opened again where they were.
//!
//! What `open` returns has up to three layers: a text wrapper over a buffer over a raw file. Each
//! is an object of its own and is saved as such, so that it does not matter by which of them a
//! program holds on to the file.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyDictRef, PyInt, PyWeak},
    pymodule,
};

use super::answer::{Answer, refuse};
use super::deferral;
use super::settings::{Files, Settings};
use super::standard_streams::standard_stream;
use crate::by_value::constructor;

/// `io.FileIO`.
pub(super) fn raw(object: &PyObject, settings: &Settings, vm: &VirtualMachine) -> PyResult<Answer> {
    if let Some(answer) = standard_stream(object, vm)? {
        return Ok(answer);
    }
    let (name, mode) = (object.get_attr("name", vm)?, object.get_attr("mode", vm)?);
    if is_closed(object, vm)? {
        return Answer::ours("_closed_file", vec![name, mode], vm);
    }
    if settings.files == Files::Refuse {
        return refuse(object, "files are not saved", vm);
    }
    let closes = object.get_attr("closefd", vm)?.try_to_bool(vm)?;
    if !closes || name.downcastable::<PyInt>() {
        return refuse(object, "it has no name to be opened by", vm);
    }
    let path = path_of(object, &name, vm)?;
    let position = position(object, vm)?;
    let shown = path.str(vm)?;
    let args = vec![name, path, mode, position];
    let answer = Answer::ours("_open_file", args, vm)?;
    Ok(answer.with_note(format!("opened again: {}", shown.to_string_lossy())))
}

/// The absolute path under which the file that is open can be found.
fn path_of(object: &PyObject, name: &PyObject, vm: &VirtualMachine) -> PyResult {
    let os = vm.import("os", 0)?;
    let path = os.get_attr("path", vm)?;
    let descriptor = vm.call_method(object, "fileno", ())?;
    let open = vm.call_method(&os, "fstat", (descriptor.clone(),))?;
    let stat = vm.import("stat", 0)?;
    let mode = open.get_attr("st_mode", vm)?;
    let mut reopens = false;
    // Opening others, such as pipes, may wait for ever.
    for kind in ["S_ISREG", "S_ISCHR"] {
        reopens |= vm
            .call_method(&stat, kind, (mode.clone(),))?
            .try_to_bool(vm)?;
    }
    if !reopens {
        return refuse(object, "it is no regular file", vm);
    }
    let absolute = vm.call_method(&path, "abspath", (name.to_owned(),));
    let absolute = or_no_file(absolute, vm)?;
    // It may have been moved, or another folder may be the current one now. Where it is says Linux.
    let descriptor = descriptor.str(vm)?;
    let link = format!("/proc/self/fd/{}", descriptor.to_string_lossy());
    let moved = or_no_file(vm.call_method(&os, "readlink", (link,)), vm)?;
    for candidate in [absolute, moved].into_iter().flatten() {
        let found = vm.call_method(&os, "stat", (candidate.clone(),));
        let Some(found) = or_no_file(found, vm)? else {
            continue;
        };
        let same = vm.call_method(&path, "samestat", (open.clone(), found))?;
        if same.try_to_bool(vm)? {
            return Ok(candidate);
        }
    }
    refuse(object, "the file is not there under its name any more", vm)
}

/// `None` in the place of an OSError.
fn or_no_file(found: PyResult, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.os_error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where a stream is; None if it can't be sought in.
fn position(object: &PyObject, vm: &VirtualMachine) -> PyResult {
    match vm.call_method(object, "seekable", ())?.try_to_bool(vm)? {
        true => vm.call_method(object, "tell", ()),
        false => Ok(vm.ctx.none()),
    }
}

/// `io.BufferedReader`, `io.BufferedWriter` and `io.BufferedRandom`.
pub(super) fn buffered(
    object: &PyObject,
    settings: &Settings,
    vm: &VirtualMachine,
) -> PyResult<Answer> {
    if let Some(answer) = standard_stream(object, vm)? {
        return Ok(answer);
    }
    let raw = object.get_attr("raw", vm)?;
    if vm.is_none(&raw) {
        return refuse(object, "it has been detached from its file", vm);
    }
    let closed = is_closed(&raw, vm)?;
    if !closed && settings.files == Files::Refuse && is_raw_file(&raw) {
        return refuse(object, "files are not saved", vm);
    }
    let position = match closed {
        true => vm.ctx.none(),
        false => {
            flush(object, vm)?;
            position(object, vm)?
        }
    };
    let class = object.class().to_owned().into();
    let answer = Answer::ours("_buffered_file", vec![class, raw, position], vm)?;
    Ok(answer.with_state(super::itertools::attributes(object)))
}

/// Writes out what has been written to a stream; what is saved goes on from there.
pub(super) fn flush(object: &PyObject, vm: &VirtualMachine) -> PyResult<()> {
    if vm.call_method(object, "writable", ())?.try_to_bool(vm)? {
        vm.call_method(object, "flush", ())?;
    }
    Ok(())
}

pub(super) fn is_closed(object: &PyObject, vm: &VirtualMachine) -> PyResult<bool> {
    object.get_attr("closed", vm)?.try_to_bool(vm)
}

fn is_raw_file(object: &PyObject) -> bool {
    &*object.class().slot_name() == "_io.FileIO"
}

/// The named temporary file of tempfile: a file that is removed in the end.
pub(super) fn temporary(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let closer = object.get_attr("_closer", vm)?;
    let removed = closer.get_attr("cleanup_called", vm)?.try_to_bool(vm)?;
    let delete = match removed {
        true => vm.ctx.new_bool(false).into(),
        false => closer.get_attr("delete", vm)?,
    };
    let name = object.get_attr("name", vm)?;
    note_owner(&name, &closer, vm)?;
    let args = vec![
        object.class().to_owned().into(),
        object.get_attr("file", vm)?,
        name,
        delete,
        closer.get_attr("delete_on_close", vm)?,
    ];
    Answer::ours("_temporary_file", args, vm)
}

/// By the names of temporary files: weak references to what removes them, as far as they have been saved or restored.
fn owners(vm: &VirtualMachine) -> PyResult<PyDictRef> {
    let owners = constructor("_temporary_files", vm)?.downcast::<PyDict>();
    owners.map_err(|_| vm.new_runtime_error("rustpython_pickle has lost its temporary files"))
}

fn note_owner(name: &PyObject, closer: &PyObject, vm: &VirtualMachine) -> PyResult<()> {
    let owners = owners(vm)?;
    for (name, owner) in owners.items_vec() {
        if let Some(owner) = owner.downcast_ref::<PyWeak>()
            && owner.upgrade().is_none()
        {
            owners.del_item(&*name, vm)?;
        }
    }
    let weak = closer.downgrade(None, vm)?;
    owners.set_item(name, weak.into(), vm)
}

/// Lets a temporary file that has been made again be removed in the end: by the new object, and not by the one whose
/// copy that is.
fn own_later(file: &PyObject, delete: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
    let closer = file.get_attr("_closer", vm)?;
    let name = closer.get_attr("name", vm)?;
    let own = move |vm: &VirtualMachine| {
        let owner = owners(vm)?.get_item_opt(&*name, vm)?;
        let owner = owner.and_then(|owner| owner.downcast_ref::<PyWeak>()?.upgrade());
        let owner = owner.filter(|owner| !owner.is(&closer));
        if let Some(owner) = owner.filter(|_| deferral::is_open()) {
            let before = owner.get_attr("delete", vm)?;
            owner.set_attr("delete", vm.ctx.new_bool(false), vm)?;
            deferral::when_rolled_back(move |vm| owner.set_attr("delete", before, vm));
        }
        closer.set_attr("delete", delete, vm)?;
        note_owner(&name, &closer, vm)?;
        deferral::when_rolled_back(move |vm| closer.set_attr("delete", vm.ctx.new_bool(false), vm));
        Ok(())
    };
    deferral::when_committed(own, vm)
}

/// Does something with a stream over a raw file, for which that must not be closed. Returns what
/// `make` does, closed again.
pub(super) fn with_closed_file(
    raw: &PyObject,
    make: impl FnOnce() -> PyResult,
    vm: &VirtualMachine,
) -> PyResult {
    if !is_raw_file(raw) {
        return Err(vm.new_value_error("I/O operation on closed file"));
    }
    let (name, mode) = (raw.get_attr("name", vm)?, raw.get_attr("mode", vm)?);
    filing::open_nothing(raw, mode, vm)?;
    let made = make().and_then(|made| {
        vm.call_method(&made, "close", ())?;
        Ok(made)
    });
    if made.is_err() {
        vm.call_method(raw, "close", ())?;
    }
    raw.set_attr("name", name, vm)?;
    made
}

#[pymodule(sub)]
pub(crate) mod filing {
    use rustpython_vm::{
        AsObject as _, PyObject, PyObjectRef, PyResult, VirtualMachine,
        builtins::{PyDictRef, PyTypeRef},
        function::{FuncArgs, KwArgs},
    };

    use super::super::settings::{MissingFiles, missing_files};
    use super::{is_closed, own_later, with_closed_file};
    use crate::by_value::constructor;

    #[pyattr]
    fn _temporary_files(vm: &VirtualMachine) -> PyDictRef {
        vm.ctx.new_dict()
    }

    /// Make a temporary file of an open one.
    #[pyfunction]
    fn _temporary_file(
        class: PyObjectRef,
        file: PyObjectRef,
        name: PyObjectRef,
        delete: PyObjectRef,
        delete_on_close: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        let nothing = vm.ctx.new_bool(false);
        let file = class.call((file, name, nothing, delete_on_close), vm)?;
        own_later(&file, delete, vm)?;
        Ok(file)
    }

    /// Open a file for reading or writing that is there, with the flags that open() would use but
    /// leaving its content as it is. This is an opener.
    #[pyfunction]
    fn _open_existing(path: PyObjectRef, flags: i64, vm: &VirtualMachine) -> PyResult {
        let os = vm.import("os", 0)?;
        let mut flags = flags;
        for name in ["O_CREAT", "O_EXCL", "O_TRUNC"] {
            let flag: i64 = os.get_attr(name, vm)?.try_into_value(vm)?;
            flags &= !flag;
        }
        vm.call_method(&os, "open", (path, flags))
    }

    fn open(
        callable: &PyObject,
        path: PyObjectRef,
        mode: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        let opener = constructor("_open_existing", vm)?;
        let keywords = [("opener".to_owned(), opener)].into_iter();
        let keywords: KwArgs = keywords.collect();
        callable.call(FuncArgs::new(vec![path, mode], keywords), vm)
    }

    fn raw_class(vm: &VirtualMachine) -> PyResult {
        vm.import("_io", 0)?.get_attr("FileIO", vm)
    }

    /// Makes a closed raw file an open one that is always empty.
    pub(super) fn open_nothing(
        raw: &PyObject,
        mode: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        let nothing = vm.import("os", 0)?.get_attr("devnull", vm)?;
        let init = raw.get_attr("__init__", vm)?;
        open(&init, nothing, mode, vm).map(drop)
    }

    /// Make a raw file that has been closed.
    #[pyfunction]
    fn _closed_file(name: PyObjectRef, mode: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        let nothing = vm.import("os", 0)?.get_attr("devnull", vm)?;
        let class = raw_class(vm)?;
        let file = open(&class, nothing, mode, vm)?;
        vm.call_method(&file, "close", ())?;
        file.set_attr("name", name, vm)?;
        Ok(file)
    }

    /// Open a raw file that is there, at a position.
    #[pyfunction]
    fn _open_file(
        name: PyObjectRef,
        path: PyObjectRef,
        mode: PyObjectRef,
        position: Option<i64>,
        vm: &VirtualMachine,
    ) -> PyResult {
        let class = raw_class(vm)?;
        let file = match open(&class, path.clone(), mode.clone(), vm) {
            Ok(file) => file,
            Err(error)
                if missing_files() == MissingFiles::Closed
                    && error.fast_isinstance(vm.ctx.exceptions.file_not_found_error) =>
            {
                return _closed_file(name, mode, vm);
            }
            Err(error) => return Err(error),
        };
        file.set_attr("name", name, vm)?;
        if let Some(position) = position {
            // Writing beyond the end would fill the gap with zeros.
            let size: i64 = vm.call_method(&file, "seek", (0, 2))?.try_into_value(vm)?;
            let writes = vm.call_method(&file, "writable", ())?.try_to_bool(vm)?;
            if writes && position > size {
                let path = path.repr(vm)?;
                return Err(vm.new_value_error(format!(
                    "the file {path} was saved at position {position} and has {size} bytes now"
                )));
            }
            vm.call_method(&file, "seek", (position,))?;
        }
        Ok(file)
    }

    /// Make a buffered file over a raw one.
    #[pyfunction]
    fn _buffered_file(
        class: PyTypeRef,
        raw: PyObjectRef,
        position: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult {
        let make = || class.as_object().call((raw.clone(),), vm);
        if is_closed(&raw, vm)? {
            return with_closed_file(&raw, make, vm);
        }
        let file = make()?;
        if !vm.is_none(&position) {
            vm.call_method(&file, "seek", (position,))?;
        }
        Ok(file)
    }
}
