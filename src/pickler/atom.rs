//! Objects without parts: numbers, strings, bytes, buffers; and the choice of
//! how every other object is saved.

use malachite_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;
use rustpython_vm::{
    AsObject, PyObject, PyResult, VirtualMachine,
    builtins::{PyByteArray, PyBytes, PyFloat, PyInt, PyStr},
    protocol::{BufferFlags, PyBuffer},
};

use super::{
    dump::{BufferCallback, Dump, Hook},
    frame::{Descent, Frame},
};
use crate::module::{PyPickleBuffer, new_pickling_error};
use crate::wire::{FRAME_SIZE_TARGET, Opcode};

impl Dump<'_, '_> {
    /// Saves an object, or returns the frame that will.
    #[inline]
    pub(super) fn save(&mut self, object: &PyObject) -> PyResult<Option<Descent>> {
        self.boundary()?;
        if !matches!(self.settings.persistent_id, Hook::None) {
            let vm = self.vm;
            let id = self.foreign(|dump| dump.settings.persistent_id.ask(object, vm))?;
            if let Some(id) = id.filter(|id| !vm.is_none(id)) {
                return self.save_persistent(id);
            }
        }
        self.save_plain(object)
    }

    fn save_persistent(&mut self, id: rustpython_vm::PyObjectRef) -> PyResult<Option<Descent>> {
        let vm = self.vm;
        if self.settings.bin {
            return self.enter(Frame::persistent(id));
        }
        let text = self.foreign(|_| id.str(vm))?;
        let text = text.as_bytes();
        if !text.is_ascii() {
            return Err(new_pickling_error(
                vm,
                "persistent IDs in protocol 0 must be ASCII strings",
            ));
        }
        self.write(&[&[Opcode::PersId.byte()], text, b"\n"].concat());
        Ok(None)
    }

    /// As [`save`](Self::save), without asking for a persistent id (CPython: `save`).
    pub(super) fn save_plain(&mut self, object: &PyObject) -> PyResult<Option<Descent>> {
        let vm = self.vm;
        let types = &vm.ctx.types;
        let class = object.class();
        if class.is(types.none_type) {
            self.opcode(Opcode::None);
        } else if class.is(types.bool_type) {
            self.save_bool(object.is(&vm.ctx.true_value));
        } else if let Some(int) = object.downcast_ref_if_exact::<PyInt>(vm) {
            self.save_int(int)?;
        } else if let Some(float) = object.downcast_ref_if_exact::<PyFloat>(vm) {
            self.save_float(float)?;
        } else if let Some(index) = self.memo.get(object) {
            self.write_get(index)?;
            return self.save_rest(object);
        } else if let Some(text) = object.downcast_ref_if_exact::<PyStr>(vm) {
            match self.index_of_equal(text)? {
                Some(index) => self.write_get(index)?,
                None => self.save_str(text)?,
            }
        } else if let Some(bytes) = object.downcast_ref_if_exact::<PyBytes>(vm) {
            return self.save_bytes(bytes);
        } else if let Some(bytes) = object.downcast_ref_if_exact::<PyByteArray>(vm) {
            return self.save_bytearray(bytes);
        } else if let Some(buffer) = object.downcast_ref_if_exact::<PyPickleBuffer>(vm) {
            self.save_buffer(buffer)?;
        } else if let Some(frame) = self.save_container(object)? {
            return Ok(frame);
        } else {
            return self.save_by_reduction(object);
        }
        Ok(None)
    }

    /// The memo's index of an equal string, in a dump that writes each only once.
    fn index_of_equal(&mut self, text: &rustpython_vm::Py<PyStr>) -> PyResult<Option<usize>> {
        let Some(by_value) = &mut self.settings.by_value else {
            return Ok(None);
        };
        let before = by_value.texts.before(text, self.vm)?;
        Ok(before.and_then(|before| self.memo.get(before.as_object())))
    }

    fn save_bool(&mut self, value: bool) {
        match (self.settings.protocol, value) {
            (2.., true) => self.opcode(Opcode::NewTrue),
            (2.., false) => self.opcode(Opcode::NewFalse),
            (_, true) => self.write(b"I01\n"),
            (_, false) => self.write(b"I00\n"),
        }
    }

    fn save_int(&mut self, int: &rustpython_vm::Py<PyInt>) -> PyResult<()> {
        let value = int.as_bigint();
        if let Some(value) = value.to_i32() {
            if self.settings.bin {
                self.write_int(value);
            } else {
                self.write(format!("I{value}\n").as_bytes());
            }
            return Ok(());
        }
        if self.settings.protocol < 2 {
            let text = int.as_object().repr(self.vm)?;
            self.write(&[b"L", text.as_bytes(), b"L\n"].concat());
            return Ok(());
        }
        let bytes = signed_bytes(value);
        if let Ok(length) = u8::try_from(bytes.len()) {
            self.write(&[Opcode::Long1.byte(), length]);
        } else if let Ok(length) = i32::try_from(bytes.len()) {
            let [a, b, c, d] = length.to_le_bytes();
            self.write(&[Opcode::Long4.byte(), a, b, c, d]);
        } else {
            return Err(self.vm.new_overflow_error("int too large to pickle"));
        }
        self.write(&bytes);
        Ok(())
    }

    /// An int as the opcode that takes least.
    #[inline]
    pub(super) fn write_int(&mut self, value: i32) {
        let [a, b, c, d] = value.to_le_bytes();
        match [b, c, d] {
            [0, 0, 0] => self.write(&[Opcode::BinInt1.byte(), a]),
            [_, 0, 0] => self.write(&[Opcode::BinInt2.byte(), a, b]),
            _ => self.write(&[Opcode::BinInt.byte(), a, b, c, d]),
        }
    }

    #[inline]
    pub(super) fn save_float(&mut self, float: &rustpython_vm::Py<PyFloat>) -> PyResult<()> {
        if self.settings.bin {
            let [a, b, c, d, e, f, g, h] = float.to_f64().to_be_bytes();
            self.write(&[Opcode::BinFloat.byte(), a, b, c, d, e, f, g, h]);
        } else {
            let text = float.as_object().repr(self.vm)?;
            self.write(&[b"F", text.as_bytes(), b"\n"].concat());
        }
        Ok(())
    }

    pub(super) fn save_str(&mut self, text: &rustpython_vm::Py<PyStr>) -> PyResult<()> {
        if self.settings.bin {
            // RustPython's own encoding is UTF-8 with surrogates passed.
            self.write_str(text.as_bytes())?;
        } else {
            let mut line = vec![Opcode::Unicode.byte()];
            raw_unicode_escape(text, &mut line);
            line.push(b'\n');
            self.write(&line);
        }
        self.memoize(text.as_object())
    }

    /// A text as an opcode that counts its bytes.
    #[inline]
    pub(super) fn write_str(&mut self, utf8: &[u8]) -> PyResult<()> {
        if utf8.len() <= usize::from(u8::MAX) && self.settings.protocol >= 4 {
            self.output.write_short(Opcode::ShortBinUnicode, utf8);
            return Ok(());
        }
        self.write_long_str(utf8)
    }

    fn write_long_str(&mut self, utf8: &[u8]) -> PyResult<()> {
        let mut header = [0; 9];
        let header = self.counted_header(
            &mut header,
            utf8.len(),
            (self.settings.protocol >= 4).then_some(Opcode::ShortBinUnicode),
            Opcode::BinUnicode,
            Opcode::BinUnicode8,
            "string",
        )?;
        if utf8.len() < FRAME_SIZE_TARGET {
            self.write(header);
            self.write(utf8);
            return Ok(());
        }
        let vm = self.vm;
        self.foreign(|dump| dump.sink.write_large(&mut dump.output, header, utf8, vm))
    }

    /// Bytes of a protocol that has an opcode for them, few enough for a frame.
    pub(super) fn save_short_bytes(&mut self, bytes: &rustpython_vm::Py<PyBytes>) -> PyResult<()> {
        let payload = bytes.as_bytes();
        self.write_bytes(bytes.as_object(), payload.len(), &|write| write(payload))
    }

    fn save_bytes(&mut self, bytes: &rustpython_vm::Py<PyBytes>) -> PyResult<Option<Descent>> {
        let vm = self.vm;
        let object = bytes.as_object();
        if self.settings.protocol >= 3 {
            self.write_bytes(object, bytes.as_bytes().len(), &|write| {
                write(bytes.as_bytes())
            })?;
            return Ok(None);
        }
        // Python 2 reads what codecs.encode(text, "latin1") returns as its own str.
        let (callable, args) = if bytes.as_bytes().is_empty() {
            (vm.ctx.types.bytes_type.to_owned().into(), vec![])
        } else {
            let text: String = bytes
                .as_bytes()
                .iter()
                .map(|byte| char::from(*byte))
                .collect();
            let encode = vm.import("codecs", 0)?.get_attr("encode", vm)?;
            let latin1 = vm.ctx.intern_str("latin1").to_owned();
            (encode, vec![vm.ctx.new_str(text).into(), latin1.into()])
        };
        self.save_call(object, callable, args)
    }

    fn save_bytearray(
        &mut self,
        bytes: &rustpython_vm::Py<PyByteArray>,
    ) -> PyResult<Option<Descent>> {
        let vm = self.vm;
        let object = bytes.as_object();
        if self.settings.protocol >= 5 {
            let length = bytes.borrow_buf().len();
            self.write_bytearray(object, length, &|write| {
                // Other threads may have changed it since its length was asked for.
                let bytes = bytes.borrow_buf();
                if bytes.len() == length {
                    return write(&bytes);
                }
                Err(vm.new_runtime_error("bytearray changed size while it was pickled"))
            })?;
            return Ok(None);
        }
        let content = bytes.borrow_buf().to_vec();
        let args = if content.is_empty() {
            vec![]
        } else {
            vec![vm.ctx.new_bytes(content).into()]
        };
        self.save_call(object, vm.ctx.types.bytearray_type.to_owned().into(), args)
    }

    fn save_buffer(&mut self, buffer: &rustpython_vm::Py<PyPickleBuffer>) -> PyResult<()> {
        let vm = self.vm;
        if self.settings.protocol < 5 {
            return Err(new_pickling_error(
                vm,
                "PickleBuffer can only be pickled with protocol >= 5",
            ));
        }
        let object = buffer.as_object();
        let view = PyBuffer::from_object(vm, object, BufferFlags::FULL_RO)?;
        let contiguous = view.desc.is_contiguous() || view.desc.is_fortran_contiguous();
        if view.desc.has_suboffsets() || !contiguous {
            return Err(new_pickling_error(
                vm,
                "PickleBuffer can not be pickled when pointing to a non-contiguous buffer",
            ));
        }
        let in_band = self.foreign(|dump| dump.settings.buffer_callback.offer(object, vm))?;
        if !in_band {
            self.opcode(Opcode::NextBuffer);
            if view.desc.readonly {
                self.opcode(Opcode::ReadonlyBuffer);
            }
            return Ok(());
        }
        let length = view.desc.len;
        let with_bytes = |write: &mut dyn FnMut(&[u8]) -> PyResult<()>| {
            write(&view.obj_bytes()[view.desc.contiguous_range()])
        };
        if view.desc.readonly {
            self.write_bytes(object, length, &with_bytes)
        } else {
            self.write_bytearray(object, length, &with_bytes)
        }
    }

    fn write_bytes(
        &mut self,
        object: &PyObject,
        length: usize,
        with_bytes: WithBytes<'_>,
    ) -> PyResult<()> {
        let mut header = [0; 9];
        let header = self.counted_header(
            &mut header,
            length,
            Some(Opcode::ShortBinBytes),
            Opcode::BinBytes,
            Opcode::BinBytes8,
            "bytes object",
        )?;
        self.write_counted(header, object, length, with_bytes)
    }

    fn write_bytearray(
        &mut self,
        object: &PyObject,
        length: usize,
        with_bytes: WithBytes<'_>,
    ) -> PyResult<()> {
        let mut header = [Opcode::ByteArray8.byte(); 9];
        header[1..].copy_from_slice(&(length as u64).to_le_bytes());
        self.write_counted(&header, object, length, with_bytes)
    }

    fn write_counted(
        &mut self,
        header: &[u8],
        object: &PyObject,
        length: usize,
        with_bytes: WithBytes<'_>,
    ) -> PyResult<()> {
        let vm = self.vm;
        if length < FRAME_SIZE_TARGET {
            with_bytes(&mut |bytes| {
                self.write(header);
                self.write(bytes);
                Ok(())
            })?;
        } else {
            self.foreign(|dump| {
                let Dump { sink, output, .. } = dump;
                sink.write_large_object(output, header, object, with_bytes, vm)
            })?;
        }
        self.memoize(object)
    }

    /// An opcode with a payload's length: one, four or eight bytes of it.
    fn counted_header<'h>(
        &self,
        header: &'h mut [u8; 9],
        length: usize,
        short: Option<Opcode>,
        medium: Opcode,
        long: Opcode,
        what: &str,
    ) -> PyResult<&'h [u8]> {
        if let (Ok(length), Some(short)) = (u8::try_from(length), short) {
            header[..2].copy_from_slice(&[short.byte(), length]);
            return Ok(&header[..2]);
        }
        if let Ok(length) = u32::try_from(length) {
            header[0] = medium.byte();
            header[1..5].copy_from_slice(&length.to_le_bytes());
            return Ok(&header[..5]);
        }
        if self.settings.protocol < 4 {
            return Err(self.vm.new_overflow_error(format!(
                "serializing a {what} larger than 4 GiB requires pickle protocol 4 or higher"
            )));
        }
        header[0] = long.byte();
        header[1..].copy_from_slice(&(length as u64).to_le_bytes());
        Ok(header)
    }
}

/// An integer as the shortest little-endian two's complement.
fn signed_bytes(value: &BigInt) -> Vec<u8> {
    let negative = value.sign() == Sign::Minus;
    let digits = value.iter_u64_digits();
    let mut bytes = Vec::with_capacity(digits.len() * 8 + 1);
    // The complement of a magnitude is that of its digits, plus one.
    let mut carry = negative;
    for digit in digits {
        let digit = match negative {
            true => {
                let (digit, more) = (!digit).overflowing_add(carry.into());
                carry = more;
                digit
            }
            false => digit,
        };
        bytes.extend_from_slice(&digit.to_le_bytes());
    }
    let (sign, sign_bit) = match negative {
        true => (0xff, 0x80),
        false => (0, 0),
    };
    bytes.push(sign);
    while let [.., before, last] = bytes[..]
        && last == sign
        && before & 0x80 == sign_bit
    {
        bytes.pop();
    }
    bytes
}

/// Calls back with the bytes of an object, under its lock if it has one: the
/// callback must not run Python code.
type WithBytes<'w> = &'w dyn Fn(&mut dyn FnMut(&[u8]) -> PyResult<()>) -> PyResult<()>;

impl Hook<'_> {
    pub(super) fn ask(
        &mut self,
        object: &PyObject,
        vm: &VirtualMachine,
    ) -> PyResult<Option<rustpython_vm::PyObjectRef>> {
        match self {
            Self::None => Ok(None),
            Self::Python(callable) => callable.call((object.to_owned(),), vm).map(Some),
            Self::Rust(function) => function(object, vm),
        }
    }
}

impl BufferCallback<'_> {
    /// Offers a buffer; `true` if it stays in band.
    fn offer(&mut self, buffer: &PyObject, vm: &VirtualMachine) -> PyResult<bool> {
        match self {
            Self::None => Ok(true),
            Self::Python(callback) => callback.call((buffer.to_owned(),), vm)?.try_to_bool(vm),
            Self::Rust(callback) => callback(buffer, vm),
        }
    }
}

/// raw-unicode-escape, with the escapes that a line of a pickle needs
/// (CPython: `raw_unicode_escape`).
fn raw_unicode_escape(text: &rustpython_vm::Py<PyStr>, line: &mut Vec<u8>) {
    for point in text.as_wtf8().code_points() {
        match point.to_u32() {
            code @ 0x10000.. => line.extend_from_slice(format!("\\U{code:08x}").as_bytes()),
            code @ (0 | 0x0a | 0x0d | 0x1a | 0x5c | 0x100..) => {
                line.extend_from_slice(format!("\\u{code:04x}").as_bytes());
            }
            code => line.push(code as u8),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_written_as_shortly_as_can_be() {
        let mut value = BigInt::from(4);
        for _ in 0..300 {
            for near in -2..=2 {
                let near = &value + near;
                assert_eq!(signed_bytes(&near), near.to_signed_bytes_le(), "{near}");
                let opposite = -near;
                assert_eq!(
                    signed_bytes(&opposite),
                    opposite.to_signed_bytes_le(),
                    "{opposite}"
                );
            }
            value *= 2;
        }
    }
}
