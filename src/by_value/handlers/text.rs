//! Text files: how they decode and where they are.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine, builtins::PyBaseExceptionRef,
    pymodule,
};

use super::answer::{Answer, refuse};
use super::files::{flush, is_closed};
use super::itertools::attributes;
use super::settings::{Files, Settings};
use super::shown::show;
use super::standard_streams::standard_stream;

/// `io.TextIOWrapper`.
pub(super) fn text(
    object: &PyObject,
    settings: &Settings,
    vm: &VirtualMachine,
) -> PyResult<Answer> {
    if let Some(answer) = standard_stream(object, vm)? {
        return Ok(answer);
    }
    let buffer = object.get_attr("buffer", vm)?;
    if vm.is_none(&buffer) {
        return refuse(object, "it has been detached from its buffer", vm);
    }
    let closed = is_closed(&buffer, vm)?;
    if !closed && settings.files == Files::Refuse {
        let raw = vm.get_attribute_opt(&buffer, "raw")?;
        if raw.is_some_and(|raw| raw.class().slot_name().starts_with("_io.FileIO")) {
            return refuse(object, "files are not saved", vm);
        }
    }
    let encoding = object.get_attr("encoding", vm)?;
    let errors = object.get_attr("errors", vm)?;
    let Some(newline) = newline(object, &buffer, &encoding) else {
        return refuse(object, "how it translates newlines can't be read", vm);
    };
    let newline = newline.map_or_else(|| vm.ctx.none(), |text| vm.ctx.new_str(text).into());
    let mut args = vec![buffer, encoding, errors, newline];
    for name in ["line_buffering", "write_through"] {
        args.push(object.get_attr(name, vm)?);
    }
    args.push(match closed {
        true => vm.ctx.none(),
        false => position(object, &args, vm)?,
    });
    let answer = Answer::ours("_text_file", args, vm)?;
    Ok(answer.with_state(attributes(object)))
}

/// The argument `newline` that the wrapper was made with.
fn newline(
    object: &PyObject,
    buffer: &PyObject,
    encoding: &PyObject,
) -> Option<Option<&'static str>> {
    let shown = show(object)?;
    let rest = shown.strip_prefix(
        "[PyObject TextIOWrapper { _base: _TextIOBase(_IOBase), buffer: PyAtomicRef(Some(",
    )?;
    let rest = rest.strip_prefix(show(buffer)?.as_str())?;
    let rest = rest.strip_prefix(")), encoding: PyAtomicRef(Some(")?;
    let rest = rest.strip_prefix(show(encoding)?.as_str())?;
    // The encoder and the decoder come next, which show no text.
    let (_, rest) = rest.split_once(", newline: ")?;
    let (name, _) = rest.split_once(", chunk_size: ")?;
    match name {
        "Universal" => Some(None),
        "Passthrough" => Some(Some("")),
        "Lf" => Some(Some("\n")),
        "Cr" => Some(Some("\r")),
        "Crlf" => Some(Some("\r\n")),
        _ => None,
    }
}

/// Where it is, as `tell` says it; None if it can't be sought in. The other arguments of the
/// constructor come with it.
fn position(object: &PyObject, args: &[PyObjectRef], vm: &VirtualMachine) -> PyResult {
    if !vm.call_method(object, "seekable", ())?.try_to_bool(vm)? {
        flush(object, vm)?;
        return Ok(vm.ctx.none());
    }
    // Once lines have been taken by next(), tell() refuses until the end of the file; a flush
    // would make it give wrong answers.
    let told = vm.call_method(object, "tell", ());
    match told {
        Ok(position) => Ok(position),
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.os_error) => {
            position_between_lines(object, args, error, vm)
        }
        Err(error) => Err(error),
    }
}

/// Where a file is whose lines are being gone over: what has been read of it, without what is left
/// of the text that was decoded from that.
fn position_between_lines(
    object: &PyObject,
    args: &[PyObjectRef],
    refusal: PyBaseExceptionRef,
    vm: &VirtualMachine,
) -> PyResult {
    let Some(ahead) = show(object).and_then(|shown| characters_ahead(&shown)) else {
        return Err(refusal);
    };
    let [buffer, encoding, errors, newline, ..] = args else {
        return Err(refusal);
    };
    let read = vm.call_method(buffer, "tell", ())?;
    vm.call_method(buffer, "seek", (0,))?;
    let bytes = vm.call_method(buffer, "read", (read.clone(),));
    vm.call_method(buffer, "seek", (read,))?;
    // The same bytes again: as far as they were decoded, and then as far as that was used.
    let io = vm.import("io", 0)?;
    let bytes = vm.call_method(&io, "BytesIO", (bytes?,))?;
    let wrapper = io.get_attr("TextIOWrapper", vm)?;
    let again = |bytes: PyObjectRef| {
        let args = (bytes, encoding.clone(), errors.clone(), newline.clone());
        wrapper.call(args, vm)
    };
    let decoded = decode(&bytes, args, vm)?;
    let Some(used) = decoded.checked_sub(ahead) else {
        return Err(refusal);
    };
    let again = again(bytes)?;
    vm.call_method(&again, "read", (used,))?;
    vm.call_method(&again, "tell", ())
}

/// How many characters an incremental decoder makes of bytes that may end in the midst of one.
fn decode(bytes: &PyObject, args: &[PyObjectRef], vm: &VirtualMachine) -> PyResult<usize> {
    let [_, encoding, errors, newline, ..] = args else {
        return Ok(0);
    };
    let codecs = vm.import("codecs", 0)?;
    let decoder = vm.call_method(&codecs, "getincrementaldecoder", (encoding.clone(),))?;
    let mut decoder = decoder.call((errors.clone(),), vm)?;
    let universal = vm.is_none(newline);
    if universal || newline.length(vm)? == 0 {
        let io = vm.import("io", 0)?;
        let translating = io.get_attr("IncrementalNewlineDecoder", vm)?;
        decoder = translating.call((decoder, universal), vm)?;
    }
    let bytes = vm.call_method(bytes, "getvalue", ())?;
    vm.call_method(&decoder, "decode", (bytes,))?.length(vm)
}

/// How many characters a text wrapper, as it is shown, has decoded and not given out yet.
fn characters_ahead(shown: &str) -> Option<usize> {
    // What is shown before this has no text of the file in it.
    let nothing_pending = ", pending: PendingWrites { num_bytes: 0, data: None }, telling: false";
    let (_, rest) = shown.split_once(nothing_pending)?;
    let (_, rest) = rest.split_once(", decoded_chars: ")?;
    let (rest, end) = rest.rsplit_once(", decoded_chars_used: Utf8size { bytes: ")?;
    let (_, used) = end.split_once(", chars: ")?;
    let (used, _) = used.split_once(' ')?;
    let decoded = match rest {
        "None" => 0,
        text => characters(text.strip_prefix("Some(PyStr { value: \"")?)?,
    };
    decoded.checked_sub(used.parse().ok()?)
}

/// The length of a text that is shown with escapes, up to the quote behind it.
fn characters(shown: &str) -> Option<usize> {
    let mut count = 0;
    let mut chars = shown.chars();
    loop {
        match chars.next()? {
            '"' => return Some(count),
            '\\' if chars.next()? == 'u' => while chars.next()? != '}' {},
            _ => {}
        }
        count += 1;
    }
}

#[pymodule(sub)]
pub(crate) mod texts {
    use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine, function::PosArgs};

    use super::super::files::{is_closed, with_closed_file};

    /// Make a text file over a buffered one.
    #[pyfunction]
    fn _text_file(args: PosArgs, vm: &VirtualMachine) -> PyResult {
        let mut args = args.into_vec();
        let position = args.pop().unwrap_or_else(|| vm.ctx.none());
        let Some(buffer) = args.first().cloned() else {
            return Err(vm.new_type_error("a text file is made over a buffer"));
        };
        let class = vm.import("_io", 0)?.get_attr("TextIOWrapper", vm)?;
        let make = || class.call(args, vm);
        if is_closed(&buffer, vm)? {
            let raw: PyObjectRef = buffer.get_attr("raw", vm)?;
            return with_closed_file(&raw, make, vm);
        }
        let file = make()?;
        if !vm.is_none(&position) {
            vm.call_method(&file, "seek", (position,))?;
        }
        Ok(file)
    }
}
