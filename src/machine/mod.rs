//! The unpickling machine: one interpreter of pickle opcodes for every kind of object.
//!
//! [`Machine`] owns the stack, the marks and the memo, reads opcodes from a
//! [`Source`], and asks a [`Model`] for the objects. It is compiled once for each
//! model. The rules and the messages are those of CPython 3.14's `_pickle.c`.

mod ahead;
mod error;
mod memo;
mod meter;
mod model;
mod text;

pub use error::{Error, ErrorKind};
pub use memo::Memo;
pub use meter::{Meter, Progress, Unlimited};
pub use model::Model;

use std::borrow::Cow;

use ahead::Fetched;

pub(crate) use text::invalid_int;
use text::{c_integer, c_string, float, memo_index, small_decimal, until_nul};

use crate::wire::{FRAME_SIZE_TARGET, HIGHEST_PROTOCOL, InputError, Opcode, Source};

/// What fails, by the source's error.
type Fault<S, M, L> = ErrorKind<S, <M as Model>::Error, <L as Meter>::Exceeded>;
/// What fails, by the source.
type Failure<S, M, L> = Fault<<S as Source>::Error, M, L>;
/// What a load comes to.
type Loaded<S, M, L> = Result<
    <M as Model>::Object,
    Error<<S as Source>::Error, <M as Model>::Error, <L as Meter>::Exceeded>,
>;

/// An unpickling machine over a [`Model`]. See the [module](self) documentation.
#[derive(Debug)]
pub struct Machine<M: Model, L: Meter = Unlimited> {
    model: M,
    stack: Vec<M::Object>,
    /// The heights of the stack at which marks stand.
    marks: Vec<usize>,
    /// The height of the topmost mark: what lies below it can't be reached.
    fence: usize,
    memo: Memo<M::Object>,
    ahead: Ahead,
    meter: L,
}

/// What is known of the rest of a pickle.
#[derive(Debug)]
enum Ahead {
    /// Nothing: what comes later may fetch any entry.
    Unknown,
    /// Nothing yet, and nobody asks for the memo after this pickle.
    Last,
    /// Which entries it fetches.
    Known(Fetched),
}

/// So many entries a memo has before it pays to look ahead.
const ENOUGH: usize = 16;

impl<M: Model> Machine<M> {
    /// A machine with an empty memo.
    pub fn new(model: M) -> Self {
        Self::with_memo(model, Memo::new())
    }

    /// A machine that goes on with the memo of an earlier load.
    pub fn with_memo(model: M, memo: Memo<M::Object>) -> Self {
        Self::metered(model, memo, Unlimited)
    }
}

impl<M: Model, L: Meter> Machine<M, L> {
    /// A machine whose loads a meter watches; with the memo of an earlier load, or an empty one.
    pub fn metered(model: M, memo: Memo<M::Object>, meter: L) -> Self {
        Self {
            model,
            stack: Vec::new(),
            marks: Vec::new(),
            fence: 0,
            memo,
            ahead: Ahead::Unknown,
            meter,
        }
    }

    /// Reads one pickle as [`load`](Self::load) does, where nobody asks for the memo afterwards: what the pickle does not fetch is
    /// not kept in it.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_last<S: Source>(&mut self, source: &mut S) -> Loaded<S, M, L> {
        self.ahead = Ahead::Last;
        let loaded = self.load(source);
        self.ahead = Ahead::Unknown;
        loaded
    }

    /// The model and the memo.
    pub fn into_parts(self) -> (M, Memo<M::Object>) {
        (self.model, self.memo)
    }

    /// Reads one pickle, up to and including STOP.
    ///
    /// # Errors
    /// When the pickle is malformed, or the source or the model fails; the error
    /// names the offset of the opcode.
    pub fn load<S: Source>(&mut self, source: &mut S) -> Loaded<S, M, L> {
        let mut offset = source.offset();
        let mut opcode = None;
        let result = self.run(source, &mut offset, &mut opcode);
        // The objects that a failed load leaves are dropped where foreign code may run.
        self.marks.clear();
        self.fence = 0;
        self.truncate(0);
        result.map_err(|kind| Error {
            offset,
            opcode,
            kind,
        })
    }

    fn run<S: Source>(
        &mut self,
        source: &mut S,
        offset: &mut u64,
        current: &mut Option<Opcode>,
    ) -> Result<M::Object, Failure<S, M, L>> {
        loop {
            *offset = source.offset();
            *current = None;
            let byte = source.read_byte().map_err(|error| match error {
                InputError::Truncated => ErrorKind::Eof,
                error => ErrorKind::Input(error),
            })?;
            let opcode = Opcode::from_byte(byte).ok_or(ErrorKind::UnknownOpcode(byte))?;
            *current = Some(opcode);
            let progress = || Progress {
                offset: *offset,
                stack: self.stack.len(),
                marks: self.marks.len(),
                memo: self.memo.len(),
                held: self.model.held(),
            };
            let allowed = self.meter.step(opcode, progress);
            allowed.map_err(ErrorKind::Limit)?;
            self.model.at(*offset, opcode);
            if opcode == Opcode::Stop {
                source.finish().map_err(ErrorKind::Input)?;
                let object = self.pop()?;
                if let Err(error) = self.model.finished(&object) {
                    // So that it is dropped like all that a failed load leaves.
                    self.push(object);
                    return Err(ErrorKind::Model(error));
                }
                return Ok(object);
            }
            self.step(opcode, source)?;
        }
    }

    #[inline(always)]
    fn step<S: Source>(&mut self, opcode: Opcode, source: &mut S) -> Result<(), Failure<S, M, L>> {
        match opcode {
            Opcode::None => {
                let object = self.model.none();
                self.push(object);
            }
            Opcode::NewTrue => self.push_bool(true),
            Opcode::NewFalse => self.push_bool(false),
            Opcode::BinInt1 => {
                let [byte] = read_array(source)?;
                self.push_int(byte.into());
            }
            Opcode::BinInt2 => {
                let bytes = read_array(source)?;
                self.push_int(u16::from_le_bytes(bytes).into());
            }
            Opcode::BinInt => {
                let bytes = read_array(source)?;
                self.push_int(i32::from_le_bytes(bytes).into());
            }
            Opcode::Int => self.int(source, opcode)?,
            Opcode::Long => self.long(source, opcode)?,
            Opcode::Long1 => {
                let [length] = read_array(source)?;
                self.counted_long(source, opcode, length.into())?;
            }
            Opcode::Long4 => {
                let length = signed_length(source, opcode)?;
                self.counted_long(source, opcode, length)?;
            }
            Opcode::BinFloat => {
                let bytes = read_array(source)?;
                let object = self.model.float(f64::from_be_bytes(bytes));
                self.push(object);
            }
            Opcode::Float => {
                let line = self.full_line(source, opcode)?;
                let object = self.model.float(float(line)?);
                self.push(object);
            }

            Opcode::ShortBinUnicode => {
                let [length] = read_array(source)?;
                self.str(source, opcode, length.into())?;
            }
            Opcode::BinUnicode | Opcode::BinUnicode8 => {
                let length = length(source, opcode)?;
                self.str(source, opcode, length)?;
            }
            Opcode::Unicode => {
                let text = self.line(source, opcode)?;
                let object = self.model.str_escaped(text).map_err(ErrorKind::Model)?;
                self.push(object);
            }
            Opcode::ShortBinString => {
                let [length] = read_array(source)?;
                self.string(source, opcode, length.into())?;
            }
            Opcode::BinString => {
                let length = signed_length(source, opcode)?;
                self.string(source, opcode, length)?;
            }
            Opcode::String => {
                let ([b'\'', text @ .., b'\''] | [b'"', text @ .., b'"']) =
                    self.line(source, opcode)?
                else {
                    return Err(ErrorKind::Unquoted);
                };
                let object = self.model.string_escaped(text).map_err(ErrorKind::Model)?;
                self.push(object);
            }
            Opcode::ShortBinBytes => {
                let [length] = read_array(source)?;
                self.bytes(source, opcode, length.into())?;
            }
            Opcode::BinBytes | Opcode::BinBytes8 => {
                let length = length(source, opcode)?;
                self.bytes(source, opcode, length)?;
            }
            Opcode::ByteArray8 => {
                let length = length(source, opcode)?;
                self.payload(source, opcode, length)?;
                let bytes = source.read_vec(length).map_err(ErrorKind::Input)?;
                let object = self.model.bytearray(bytes);
                self.push(object);
            }
            Opcode::NextBuffer => {
                let object = self.foreign(M::next_buffer)?;
                self.push(object);
            }
            Opcode::ReadonlyBuffer => {
                let buffer = self.pop()?;
                let object = self.foreign(|model| model.readonly_buffer(buffer))?;
                self.push(object);
            }

            Opcode::EmptyTuple => self.tuple(opcode, 0)?,
            Opcode::Tuple1 => self.tuple(opcode, 1)?,
            Opcode::Tuple2 => self.tuple(opcode, 2)?,
            Opcode::Tuple3 => self.tuple(opcode, 3)?,
            Opcode::Tuple => {
                let start = self.marker()?;
                self.tuple(opcode, self.stack.len() - start)?;
            }
            Opcode::EmptyList => {
                let items = self.stack.drain(self.stack.len()..);
                let object = self.model.list(items).map_err(ErrorKind::Model)?;
                self.push(object);
            }
            Opcode::List => {
                let start = self.marker()?;
                self.items(opcode, start)?;
                let items = self.stack.drain(start..);
                let object = self.model.list(items).map_err(ErrorKind::Model)?;
                self.push(object);
            }
            Opcode::EmptyDict => {
                let start = self.stack.len();
                self.dict(start)?;
            }
            Opcode::Dict => {
                let start = self.marker()?;
                if !(self.stack.len() - start).is_multiple_of(2) {
                    return Err(ErrorKind::OddItems(opcode));
                }
                self.items(opcode, start)?;
                self.dict(start)?;
            }
            Opcode::EmptySet => {
                let object = self.model.set();
                self.push(object);
            }
            Opcode::FrozenSet => {
                let start = self.marker()?;
                self.items(opcode, start)?;
                let object = self.foreign_items(start, |model, items| model.frozenset(items))?;
                self.push(object);
            }

            Opcode::Append => {
                self.items(opcode, self.stack.len().saturating_sub(1))?;
                let item = self.pop()?;
                let target = self.top()?.clone();
                self.foreign(|model| model.append(&target, item))?;
            }
            Opcode::Appends => {
                let start = self.marker()?;
                self.batch(opcode, start, |model, target, items| {
                    model.extend(target, items)
                })?;
            }
            Opcode::SetItem => {
                let Some(start) = self.stack.len().checked_sub(2) else {
                    return Err(self.underflow());
                };
                self.set_items(opcode, start, source)?;
            }
            Opcode::SetItems => {
                let start = self.marker()?;
                self.set_items(opcode, start, source)?;
            }
            Opcode::AddItems => {
                let start = self.marker()?;
                self.batch(opcode, start, |model, target, items| {
                    model.add_items(target, items)
                })?;
            }

            Opcode::Mark => {
                self.fence = self.stack.len();
                self.marks.push(self.fence);
            }
            Opcode::Pop => {
                if self.marks.last() == Some(&self.stack.len()) {
                    self.marker()?;
                } else if self.stack.len() <= self.fence {
                    return Err(self.underflow());
                } else {
                    self.truncate(self.stack.len() - 1);
                }
            }
            Opcode::PopMark => {
                let start = self.marker()?;
                self.truncate(start);
            }
            Opcode::Dup => {
                let object = self.top()?.clone();
                self.model.shared(&object);
                self.push(object);
            }

            Opcode::Memoize => self.put(self.memo.len(), source)?,
            Opcode::BinPut => {
                let [index] = read_array(source)?;
                self.put(index.into(), source)?;
            }
            Opcode::LongBinPut => {
                let index = u32::from_le_bytes(read_array(source)?);
                self.put(index as usize, source)?;
            }
            Opcode::Put => {
                let index = memo_index(self.full_line(source, opcode)?);
                self.top()?;
                let index = usize::try_from(index?).map_err(|_| ErrorKind::NegativePut)?;
                self.put(index, source)?;
            }
            Opcode::BinGet => {
                let [index] = read_array(source)?;
                self.get(index.into())?;
            }
            Opcode::LongBinGet => {
                let index = u32::from_le_bytes(read_array(source)?);
                self.get(index.into())?;
            }
            Opcode::Get => {
                let index = memo_index(self.full_line(source, opcode)?)?;
                self.get(index)?;
            }

            Opcode::Global => {
                let object = self.global_text(source, opcode)?;
                self.push(object);
            }
            Opcode::StackGlobal => {
                let name = self.pop()?;
                let module = self.pop()?;
                let object = self.foreign(|model| model.global(module, name))?;
                self.push(object);
            }
            Opcode::Ext1 => {
                let [code] = read_array(source)?;
                self.extension(code.into())?;
            }
            Opcode::Ext2 => {
                let code = u16::from_le_bytes(read_array(source)?);
                self.extension(code.into())?;
            }
            Opcode::Ext4 => {
                let code = i32::from_le_bytes(read_array(source)?);
                self.extension(code)?;
            }
            Opcode::Reduce => {
                let args = self.pop()?;
                let callable = self.pop()?;
                let object = self.foreign(|model| model.reduce(callable, args))?;
                self.push(object);
            }
            Opcode::NewObj => {
                let args = self.pop()?;
                let class = self.pop()?;
                let object = self.foreign(|model| model.new_object(class, args, None))?;
                self.push(object);
            }
            Opcode::NewObjEx => {
                let kwargs = self.pop()?;
                let args = self.pop()?;
                let class = self.pop()?;
                let object = self.foreign(|model| model.new_object(class, args, Some(kwargs)))?;
                self.push(object);
            }
            Opcode::Obj => {
                let start = self.marker()?;
                if self.stack.len() <= start {
                    return Err(self.underflow());
                }
                self.items(opcode, start + 1)?;
                let class = self.stack[start].clone();
                let object =
                    self.foreign_items(start + 1, |model, args| model.instance(class, args))?;
                // The class itself is still on the stack.
                self.stack[start] = object;
            }
            Opcode::Inst => {
                let start = self.marker()?;
                self.items(opcode, start)?;
                let class = self.global_text(source, opcode)?;
                let object =
                    self.foreign_items(start, |model, args| model.instance(class, args))?;
                self.push(object);
            }
            Opcode::Build => {
                let state = self.pop()?;
                let object = self.top()?.clone();
                self.foreign(|model| model.build(&object, state))?;
            }
            Opcode::PersId => {
                let id = self.line(source, opcode)?;
                self.model.lend(&mut self.memo);
                let object = self.model.persistent_text(id);
                self.model.reclaim(&mut self.memo);
                self.push(object.map_err(ErrorKind::Model)?);
            }
            Opcode::BinPersId => {
                let id = self.pop()?;
                let object = self.foreign(|model| model.persistent(id))?;
                self.push(object);
            }

            Opcode::Proto => {
                let [protocol] = read_array(source)?;
                if protocol > HIGHEST_PROTOCOL {
                    return Err(ErrorKind::UnsupportedProtocol(protocol));
                }
                self.model.protocol(protocol);
            }
            Opcode::Frame => {
                match length(source, opcode) {
                    Ok(length) => source.begin_frame(length).map_err(ErrorKind::Input)?,
                    // That it begins inside another one is the first thing that is wrong.
                    Err(error @ ErrorKind::LengthOverflow(_)) => {
                        return Err(match source.begin_frame(0) {
                            Err(nested @ InputError::NestedFrame) => ErrorKind::Input(nested),
                            _ => error,
                        });
                    }
                    Err(error) => return Err(error),
                }
            }
            Opcode::Stop => {}
        }
        Ok(())
    }

    /// Asks the meter about a payload that comes next.
    #[inline]
    fn payload<S: Source>(
        &mut self,
        source: &S,
        opcode: Opcode,
        length: usize,
    ) -> Result<(), Failure<S, M, L>> {
        let allowed = self.meter.payload(opcode, source.offset(), length);
        allowed.map_err(ErrorKind::Limit)
    }

    /// Asks the meter about the objects from `start` on, which an opcode moves.
    #[inline]
    fn items<S>(&mut self, opcode: Opcode, start: usize) -> Result<(), Fault<S, M, L>> {
        let count = self.stack.len().saturating_sub(start);
        self.meter.items(opcode, count).map_err(ErrorKind::Limit)
    }

    fn line<'s, S: Source>(
        &mut self,
        source: &'s mut S,
        opcode: Opcode,
    ) -> Result<&'s [u8], Failure<S, M, L>> {
        let offset = source.offset();
        let line = source.read_line().map_err(ErrorKind::Input)?;
        let allowed = self.meter.payload(opcode, offset, line.len());
        allowed.map_err(ErrorKind::Limit)?;
        Ok(line)
    }

    /// A line that must not be empty.
    fn full_line<'s, S: Source>(
        &mut self,
        source: &'s mut S,
        opcode: Opcode,
    ) -> Result<&'s [u8], Failure<S, M, L>> {
        match self.line(source, opcode)? {
            b"" => Err(ErrorKind::EmptyLine),
            line => Ok(line),
        }
    }

    #[inline]
    fn push(&mut self, object: M::Object) {
        self.stack.push(object);
    }

    #[inline]
    fn pop<S>(&mut self) -> Result<M::Object, Fault<S, M, L>> {
        if self.stack.len() > self.fence
            && let Some(object) = self.stack.pop()
        {
            return Ok(object);
        }
        Err(self.underflow())
    }

    #[inline]
    fn top<S>(&self) -> Result<&M::Object, Fault<S, M, L>> {
        match self.stack.last() {
            Some(object) if self.stack.len() > self.fence => Ok(object),
            _ => Err(self.underflow()),
        }
    }

    #[cold]
    fn underflow<S>(&self) -> Fault<S, M, L> {
        if self.marks.is_empty() {
            ErrorKind::StackUnderflow
        } else {
            ErrorKind::UnexpectedMark
        }
    }

    /// Takes the topmost mark away; returns the height at which it stood.
    fn marker<S>(&mut self) -> Result<usize, Fault<S, M, L>> {
        let mark = self.marks.pop().ok_or(ErrorKind::NoMark)?;
        self.fence = self.marks.last().copied().unwrap_or(0);
        Ok(mark)
    }

    fn truncate(&mut self, height: usize) {
        if height < self.stack.len() {
            self.model.lend(&mut self.memo);
            self.model.discard(self.stack.drain(height..));
            self.model.reclaim(&mut self.memo);
        }
    }

    /// Asks the model for something that may run foreign code.
    #[inline]
    fn foreign<R, S>(
        &mut self,
        ask: impl FnOnce(&mut M) -> Result<R, M::Error>,
    ) -> Result<R, Fault<S, M, L>> {
        self.model.lend(&mut self.memo);
        let result = ask(&mut self.model);
        self.model.reclaim(&mut self.memo);
        result.map_err(ErrorKind::Model)
    }

    /// As [`foreign`](Self::foreign), with the objects from `start` on.
    #[inline]
    fn foreign_items<R, S>(
        &mut self,
        start: usize,
        ask: impl FnOnce(&mut M, std::vec::Drain<'_, M::Object>) -> Result<R, M::Error>,
    ) -> Result<R, Fault<S, M, L>> {
        self.model.lend(&mut self.memo);
        let result = ask(&mut self.model, self.stack.drain(start..));
        self.model.reclaim(&mut self.memo);
        result.map_err(ErrorKind::Model)
    }

    /// Gives the objects from `start` on to the object below them.
    fn batch<S>(
        &mut self,
        opcode: Opcode,
        start: usize,
        ask: impl FnOnce(&mut M, &M::Object, std::vec::Drain<'_, M::Object>) -> Result<(), M::Error>,
    ) -> Result<(), Fault<S, M, L>> {
        if start <= self.fence {
            return Err(self.underflow());
        }
        if start == self.stack.len() {
            // Nothing to add: CPython does not look at the target either.
            return Ok(());
        }
        self.items(opcode, start)?;
        let target = self.stack[start - 1].clone();
        self.foreign_items(start, |model, items| ask(model, &target, items))
    }

    fn set_items<S: Source>(
        &mut self,
        opcode: Opcode,
        start: usize,
        source: &S,
    ) -> Result<(), Failure<S, M, L>> {
        if start > self.fence && !(self.stack.len() - start).is_multiple_of(2) {
            return Err(ErrorKind::OddItems(Opcode::SetItems));
        }
        let next = source.ahead().and_then(<[u8]>::first);
        if next == Some(&Opcode::Build.byte()) {
            return self.batch(opcode, start, |model, target, items| {
                model.set_state_items(target, items)
            });
        }
        self.batch(opcode, start, |model, target, items| {
            model.set_items(target, items)
        })
    }

    fn push_bool(&mut self, value: bool) {
        let object = self.model.bool(value);
        self.push(object);
    }

    #[inline]
    fn push_int(&mut self, value: i64) {
        let object = self.model.int(value);
        self.push(object);
    }

    fn int<S: Source>(&mut self, source: &mut S, opcode: Opcode) -> Result<(), Failure<S, M, L>> {
        let line = self.full_line(source, opcode)?;
        match c_integer(line) {
            // How booleans were written before they had opcodes: "00" and "01".
            Some(value @ (0 | 1)) if line.len() == 2 => self.push_bool(value == 1),
            Some(value) => self.push_int(value),
            None => {
                let object = self.model.int_text(&c_string(line), opcode);
                self.push(object.map_err(ErrorKind::Model)?);
            }
        }
        Ok(())
    }

    fn long<S: Source>(&mut self, source: &mut S, opcode: Opcode) -> Result<(), Failure<S, M, L>> {
        let line = self.full_line(source, opcode)?;
        let digits = line.strip_suffix(b"L").unwrap_or(line);
        match small_decimal(until_nul(digits)) {
            Some(value) => self.push_int(value),
            None => {
                // C puts a NUL over the L, and so ends the text there.
                let text = match digits.len() < line.len() {
                    true => Cow::Borrowed(until_nul(digits)),
                    false => c_string(line),
                };
                let object = self.model.int_text(&text, opcode);
                self.push(object.map_err(ErrorKind::Model)?);
            }
        }
        Ok(())
    }

    fn counted_long<S: Source>(
        &mut self,
        source: &mut S,
        opcode: Opcode,
        length: usize,
    ) -> Result<(), Failure<S, M, L>> {
        self.payload(source, opcode, length)?;
        let bytes = source.read(length).map_err(ErrorKind::Input)?;
        let object = match small_long(bytes) {
            Some(value) => self.model.int(value),
            None => self.model.long(bytes).map_err(ErrorKind::Model)?,
        };
        self.push(object);
        Ok(())
    }

    #[inline]
    fn str<S: Source>(
        &mut self,
        source: &mut S,
        opcode: Opcode,
        length: usize,
    ) -> Result<(), Failure<S, M, L>> {
        self.payload(source, opcode, length)?;
        let object = match length < FRAME_SIZE_TARGET {
            true => self
                .model
                .str(source.read(length).map_err(ErrorKind::Input)?),
            false => {
                let utf8 = source.read_vec(length).map_err(ErrorKind::Input)?;
                self.model.large_str(utf8)
            }
        };
        self.push(object.map_err(ErrorKind::Model)?);
        Ok(())
    }

    fn string<S: Source>(
        &mut self,
        source: &mut S,
        opcode: Opcode,
        length: usize,
    ) -> Result<(), Failure<S, M, L>> {
        self.payload(source, opcode, length)?;
        let bytes = source.read(length).map_err(ErrorKind::Input)?;
        let object = self.model.string(bytes).map_err(ErrorKind::Model)?;
        self.push(object);
        Ok(())
    }

    fn bytes<S: Source>(
        &mut self,
        source: &mut S,
        opcode: Opcode,
        length: usize,
    ) -> Result<(), Failure<S, M, L>> {
        self.payload(source, opcode, length)?;
        let bytes = source.read_vec(length).map_err(ErrorKind::Input)?;
        let object = self.model.bytes(bytes);
        self.push(object);
        Ok(())
    }

    fn tuple<S>(&mut self, opcode: Opcode, length: usize) -> Result<(), Fault<S, M, L>> {
        match self.stack.len().checked_sub(length) {
            Some(start) if start >= self.fence => {
                self.items(opcode, start)?;
                let items = self.stack.drain(start..);
                let object = self.model.tuple(items).map_err(ErrorKind::Model)?;
                self.push(object);
                Ok(())
            }
            _ => Err(self.underflow()),
        }
    }

    fn dict<S>(&mut self, start: usize) -> Result<(), Fault<S, M, L>> {
        let object = self.foreign_items(start, |model, items| model.dict(items))?;
        self.push(object);
        Ok(())
    }

    #[inline]
    fn put<S: Source>(&mut self, index: usize, source: &S) -> Result<(), Failure<S, M, L>> {
        if index == self.memo.len() {
            match &self.ahead {
                Ahead::Known(fetched) if !fetched.contains(index) => {
                    let object = self.top()?;
                    if self.model.is_data(object) {
                        self.memo.pass();
                        return Ok(());
                    }
                }
                Ahead::Last if index >= ENOUGH => self.look_ahead(source),
                _ => {}
            }
        }
        let object = self.top()?.clone();
        self.keep(index, object)
    }

    #[cold]
    fn look_ahead(&mut self, source: &impl Source) {
        // The entry that is about to be made is kept.
        let first = self.memo.len() + 1;
        let fetched = match source.ahead() {
            Some(rest) if self.memo.is_in_order() => Fetched::look(rest, first),
            _ => None,
        };
        self.ahead = fetched.map_or(Ahead::Unknown, Ahead::Known);
    }

    #[inline]
    fn keep<S>(&mut self, index: usize, object: M::Object) -> Result<(), Fault<S, M, L>> {
        if self.memo.is_far(index) {
            self.meter.far().map_err(ErrorKind::Limit)?;
        }
        if let Some(old) = self.memo.put(index, object) {
            // Dropping it may run foreign code that looks at the memo.
            self.foreign(|_| {
                drop(old);
                Ok(())
            })?;
        }
        Ok(())
    }

    fn get<S>(&mut self, index: i64) -> Result<(), Fault<S, M, L>> {
        let object = usize::try_from(index)
            .ok()
            .and_then(|index| self.memo.get(index))
            .ok_or(ErrorKind::MemoMissing(index))?
            .clone();
        self.model.shared(&object);
        self.push(object);
        Ok(())
    }

    fn extension<S>(&mut self, code: i32) -> Result<(), Fault<S, M, L>> {
        if code <= 0 {
            return Err(ErrorKind::ExtensionCode);
        }
        let object = self.foreign(|model| model.extension(code))?;
        self.push(object);
        Ok(())
    }

    fn global_text<S: Source>(
        &mut self,
        source: &mut S,
        opcode: Opcode,
    ) -> Result<M::Object, Failure<S, M, L>> {
        let module = self.full_line(source, opcode)?.to_vec();
        // CPython decodes each line as it is read: what is wrong with the first comes first.
        self.model
            .module_text(&module, opcode)
            .map_err(ErrorKind::Model)?;
        let name = self.full_line(source, opcode)?;
        self.model.lend(&mut self.memo);
        let object = self.model.global_text(&module, name, opcode);
        self.model.reclaim(&mut self.memo);
        object.map_err(ErrorKind::Model)
    }
}

#[inline]
fn read_array<const N: usize, S: Source, E, L>(
    source: &mut S,
) -> Result<[u8; N], ErrorKind<S::Error, E, L>> {
    source.read_array().map_err(ErrorKind::Input)
}

/// The length before a payload, or of a frame: four or eight bytes, unsigned.
fn length<S: Source, E, L>(
    source: &mut S,
    opcode: Opcode,
) -> Result<usize, ErrorKind<S::Error, E, L>> {
    let length = match opcode {
        Opcode::BinUnicode | Opcode::BinBytes => u32::from_le_bytes(read_array(source)?).into(),
        _ => u64::from_le_bytes(read_array(source)?),
    };
    match isize::try_from(length) {
        Ok(length) => Ok(length.unsigned_abs()),
        Err(_) => Err(ErrorKind::LengthOverflow(opcode)),
    }
}

fn signed_length<S: Source, E, L>(
    source: &mut S,
    opcode: Opcode,
) -> Result<usize, ErrorKind<S::Error, E, L>> {
    let length = i32::from_le_bytes(read_array(source)?);
    usize::try_from(length).map_err(|_| ErrorKind::NegativeLength(opcode))
}

/// The value of a little-endian two's complement integer of up to eight bytes.
pub(crate) fn small_long(bytes: &[u8]) -> Option<i64> {
    if bytes.len() > 8 {
        return None;
    }
    let negative = bytes.last().is_some_and(|byte| *byte >= 0x80);
    let mut wide = [if negative { 0xff } else { 0 }; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    Some(i64::from_le_bytes(wide))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_longs() {
        assert_eq!(small_long(b""), Some(0));
        assert_eq!(small_long(b"\xff"), Some(-1));
        assert_eq!(small_long(b"\xff\x00"), Some(255));
        assert_eq!(small_long(&[0; 9]), None);
    }
}
