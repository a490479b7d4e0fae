//! The scanners of regular expressions, which `finditer` goes over.
//!
//! No method tells the text that one scans, but its `Debug` output does.

use rustpython_vm::{
    PyObject, PyObjectRef, PyPayload, PyResult, VirtualMachine,
    builtins::PyByteArray,
    common::wtf8::{CodePoint, Wtf8Buf},
    pymodule,
};

use super::answer::{Answer, refuse};
use super::shown::{Shown, read_shown_with};

#[derive(PartialEq)]
struct State {
    text: Text,
    start: usize,
    end: usize,
    /// Whether the last match was empty, so that the next one may not be so at the same place.
    must_advance: bool,
}

#[derive(PartialEq)]
enum Text {
    Str(Wtf8Buf),
    Bytes(Vec<u8>),
    ByteArray(Vec<u8>),
}

/// `_sre.SRE_Scanner`. What it scans becomes a text of its own.
pub(super) fn scanner(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let pattern = object.get_attr("pattern", vm)?;
    let state = read(object, &pattern, vm)?;
    let text: PyObjectRef = match &state.text {
        Text::Str(text) => vm.ctx.new_str(text.clone()).into(),
        Text::Bytes(bytes) => vm.ctx.new_bytes(bytes.clone()).into(),
        Text::ByteArray(bytes) => PyByteArray::from(bytes.clone()).into_ref(&vm.ctx).into(),
    };
    let int = |number: usize| PyObjectRef::from(vm.ctx.new_int(number));
    let must_advance = vm.ctx.new_bool(state.must_advance).into();
    let args = vec![
        pattern.clone(),
        text,
        int(state.start),
        int(state.end),
        must_advance,
    ];
    let answer = Answer::ours("_scanner", args.clone(), vm)?;
    // A scanner whose last search has failed can't be led there again.
    let again = super::super::constructor("_scanner", vm)?.call(args, vm)?;
    match read(&again, &pattern, vm)? == state {
        true => Ok(answer),
        false => refuse(object, "its search has failed", vm),
    }
}

fn read(object: &PyObject, pattern: &PyObject, vm: &VirtualMachine) -> PyResult<State> {
    read_shown_with(object, vec![pattern.to_owned()], vm, |shown| {
        shown.text("SreScanner { pattern: ")?;
        shown.typed_object()?;
        shown.text(", string: [PyObject ")?;
        let text = text(shown)?;
        shown.text("], start: ")?;
        let start = shown.in_cell(Shown::number)?;
        let end = shown.between(", end: ", Shown::number, ", must_advance: ")?;
        let must_advance = shown.in_cell(Shown::bool)?;
        shown.text(" }")?;
        Some(State {
            text,
            start,
            end,
            must_advance,
        })
    })
}

fn text(shown: &mut Shown<'_>) -> Option<Text> {
    if shown.text("PyStr { value: \"").is_some() {
        let mut text = Wtf8Buf::new();
        while let Some(point) = escaped(shown)? {
            text.push(point);
        }
        shown.text(", kind: ")?;
        shown.until(", hash: ")?;
        // Without threads it is in a cell.
        if shown.text("Cell { value: ").is_some() {
            shown.until(" }")?;
        }
        shown.until(" }")?;
        return Some(Text::Str(text));
    }
    if shown.text("PyBytes { inner: ").is_some() {
        let bytes = bytes(shown)?;
        return shown.text(" }").map(|()| Text::Bytes(bytes));
    }
    shown.text("PyByteArray { inner: ")?;
    let bytes = shown.in_lock(bytes)?;
    let exports = shown.between(", exports: ", Shown::number, " }");
    exports.map(|_| Text::ByteArray(bytes))
}

fn bytes(shown: &mut Shown<'_>) -> Option<Vec<u8>> {
    shown.text("PyBytesInner { elements: ")?;
    let bytes = shown.list(|shown| u8::try_from(shown.number()?).ok())?;
    shown.text(" }")?;
    Some(bytes)
}

/// The next character of a text in quotes; `None` inside at its end.
fn escaped(shown: &mut Shown<'_>) -> Option<Option<CodePoint>> {
    let point = match shown.char()? {
        '"' => return Some(None),
        '\\' => match shown.char()? {
            'n' => '\n'.into(),
            'r' => '\r'.into(),
            't' => '\t'.into(),
            '0' => '\0'.into(),
            'u' => {
                shown.text("{")?;
                CodePoint::from_u32(u32::from_str_radix(shown.until("}")?, 16).ok()?)?
            }
            char @ ('"' | '\'' | '\\') => char.into(),
            _ => return None,
        },
        char => char.into(),
    };
    Some(Some(point))
}

#[pymodule(sub)]
pub(crate) mod scanning {
    use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine};

    /// Make the scanner of a text by a pattern.
    #[pyfunction]
    fn _scanner(
        pattern: PyObjectRef,
        text: PyObjectRef,
        start: usize,
        end: usize,
        must_advance: bool,
        vm: &VirtualMachine,
    ) -> PyResult {
        let scanner = vm.call_method(&pattern, "scanner", (text, start, end))?;
        if must_advance {
            // It has found an empty match just here, and finds that once more.
            vm.call_method(&scanner, "search", ())?;
        }
        Ok(scanner)
    }
}
