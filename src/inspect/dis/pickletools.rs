//! The same text as CPython's `pickletools.dis`.

use core::fmt::{self, Write};
use std::collections::HashMap;

use super::annotations::annotation;
use super::argument::{Argument, Reader, value};
use crate::wire::{Opcode, StackItem};

/// Why `pickletools.dis` ends early.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PickletoolsError {
    /// It raises an exception.
    Raised {
        /// The name of its class.
        exception: &'static str,
        /// Its message.
        message: String,
    },
    /// There is more text than was allowed, or the writer failed.
    Limit,
}

impl fmt::Display for PickletoolsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raised { exception, message } => write!(f, "{exception}: {message}"),
            Self::Limit => f.write_str("there is more text than may be written"),
        }
    }
}

impl core::error::Error for PickletoolsError {}

/// How text is laid out, with the arguments of `pickletools.dis`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Layout {
    /// The column at which annotations begin, about; zero for none.
    pub annotate: usize,
    /// Spaces for each mark.
    pub indent: usize,
    /// Bytes of the whole text. A pickle of *n* marks takes more than *n*² of them.
    pub text: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            annotate: 0,
            indent: 4,
            text: 1 << 30,
        }
    }
}

/// Writes what CPython 3.14's `pickletools.dis` prints of the pickle at the beginning of `data`.
///
/// What is refused there is refused here, in the same words and after the same lines: that is not always what an unpickler
/// refuses. Characters younger than Unicode 16 may be shown where CPython 3.14 escapes them.
///
/// ```
/// use rustpython_pickle::inspect::dis::{Layout, pickletools};
///
/// let mut text = String::new();
/// pickletools(b"\x80\x02K\x01.", &Layout::default(), &mut text)?;
/// assert_eq!(text, "    0: \\x80 PROTO      2
///     2: K    BININT1    1
///     4: .    STOP
/// highest protocol among opcodes = 2
/// ");
/// # Ok::<(), rustpython_pickle::inspect::dis::PickletoolsError>(())
/// ```
///
/// # Errors
/// What `pickletools.dis` raises. A text that is longer than [`Layout::text`], and an error of the writer, end it as well.
pub fn pickletools(
    data: &[u8],
    layout: &Layout,
    out: &mut impl Write,
) -> Result<(), PickletoolsError> {
    let out = &mut Counted {
        out,
        left: layout.text,
    };
    let mut listing = Listing {
        layout,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        protocol: -1,
        column: layout.annotate,
    };
    let mut reader = Reader::new(data);
    loop {
        let position = reader.position;
        let opcode = reader.opcode()?;
        let argument = reader.argument(opcode)?;
        listing.instruction(position, opcode, &argument, out)?;
        if opcode == Opcode::Stop {
            break;
        }
    }
    writeln!(out, "highest protocol among opcodes = {}", listing.protocol)?;
    if !listing.stack.is_empty() {
        let mut left = Line::new(layout.text);
        let names = listing.stack.iter().map(|item| name(*item));
        for (index, name) in names.enumerate() {
            left.write_str(if index > 0 { ", " } else { "" })?;
            left.write_str(name)?;
        }
        let message = format!("stack not empty after STOP: [{}]", left.text);
        return Err(value(message));
    }
    Ok(())
}

impl From<fmt::Error> for PickletoolsError {
    fn from(_: fmt::Error) -> Self {
        Self::Limit
    }
}

/// What `pickletools` knows between two opcodes.
struct Listing<'a> {
    layout: &'a Layout,
    stack: Vec<StackItem>,
    /// Where the marks were pushed.
    marks: Vec<usize>,
    memo: HashMap<Vec<u8>, StackItem>,
    protocol: i32,
    column: usize,
}

impl Listing<'_> {
    fn instruction(
        &mut self,
        position: usize,
        opcode: Opcode,
        argument: &Argument<'_>,
        out: &mut impl Write,
    ) -> Result<(), PickletoolsError> {
        write!(out, "{position:5}: ")?;
        let info = opcode.info();
        let mut line = Line::new(self.layout.text);
        let byte = match opcode.byte() {
            byte @ b' '..=b'~' => char::from(byte).to_string(),
            byte => format!("\\x{byte:02x}"),
        };
        write!(line, "{byte:<4} ")?;
        line.pad(self.layout.indent.saturating_mul(self.marks.len()))?;
        line.write_str(info.name)?;
        self.protocol = self.protocol.max(info.protocol.into());

        let mut complaint = None;
        let mut note = None;
        // Its table has no effect for these.
        let put = matches!(opcode, Opcode::Put | Opcode::BinPut | Opcode::LongBinPut);
        let mut pops = if put { 0 } else { info.pops.len() };
        let mut pushed = None;
        let takes_mark = info.pops.contains(&StackItem::Mark)
            || opcode == Opcode::Pop && self.stack.last() == Some(&StackItem::Mark);
        if takes_mark {
            match self.marks.pop() {
                Some(mark) => {
                    note = Some(format!("(MARK at {mark})"));
                    while self.stack.pop().ok_or_else(index_error)? != StackItem::Mark {}
                    let below = info.pops.iter().position(|item| *item == StackItem::Mark);
                    pops = below.unwrap_or(0);
                }
                None => complaint = Some("no MARK exists on stack".to_owned()),
            }
        }
        match opcode {
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize => {
                let key = if opcode == Opcode::Memoize {
                    let index = self.memo.len();
                    note = Some(format!("(as {index})"));
                    number(index)
                } else {
                    key(argument)
                };
                match self.stack.last() {
                    None => {
                        complaint = Some("stack is empty -- can't store into memo".to_owned());
                    }
                    Some(StackItem::Mark) => {
                        complaint = Some("can't store markobject in the memo".to_owned());
                    }
                    Some(item) => {
                        self.memo.insert(key, *item);
                    }
                }
            }
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => {
                match self.memo.get(&key(argument)) {
                    Some(item) => pushed = Some([*item]),
                    None => {
                        let mut index = String::new();
                        argument.write(opcode, &mut index)?;
                        let message = format!("memo key {index} has never been stored into");
                        complaint = Some(message);
                    }
                }
            }
            _ => {}
        }

        if *argument != Argument::None || note.is_some() {
            let gap = 10usize.saturating_sub(info.name.len());
            line.pad(gap)?;
            if *argument != Argument::None {
                line.write_char(' ')?;
                argument.write(opcode, &mut line)?;
            }
            if let Some(note) = note {
                write!(line, " {note}")?;
            }
        }
        if self.layout.annotate > 0 {
            let gap = self.column.saturating_sub(line.length());
            line.pad(gap)?;
            self.column = line.length();
            if self.column > 50 {
                self.column = self.layout.annotate;
            }
            write!(line, " {}", annotation(opcode))?;
        }
        writeln!(out, "{}", line.text)?;
        if let Some(complaint) = complaint {
            return Err(value(complaint));
        }

        let height = self.stack.len();
        let Some(left) = height.checked_sub(pops) else {
            let message = format!("tries to pop {pops} items from stack with only {height} items");
            return Err(value(message));
        };
        self.stack.truncate(left);
        let pushes: &[StackItem] = match &pushed {
            Some(item) => item,
            None if put => &[],
            None => info.pushes,
        };
        if pushes.contains(&StackItem::Mark) {
            self.marks.push(position);
        }
        self.stack.extend(pushes);
        Ok(())
    }
}

/// A writer that takes so much and no more.
struct Counted<'a, W> {
    out: &'a mut W,
    left: usize,
}

impl<W: Write> Write for Counted<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.left = self.left.checked_sub(text.len()).ok_or(fmt::Error)?;
        self.out.write_str(text)
    }
}

/// A line of bounded length.
struct Line {
    text: String,
    limit: usize,
}

impl Line {
    fn new(limit: usize) -> Self {
        Self {
            text: String::new(),
            limit,
        }
    }

    fn pad(&mut self, spaces: usize) -> fmt::Result {
        if spaces > self.limit.saturating_sub(self.text.len()) {
            return Err(fmt::Error);
        }
        self.text.extend(core::iter::repeat_n(' ', spaces));
        Ok(())
    }

    /// In characters, as Python counts.
    fn length(&self) -> usize {
        self.text.chars().count()
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.text.len() + text.len() > self.limit {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// A mark that an opcode took which takes no marks is missing later.
fn index_error() -> PickletoolsError {
    PickletoolsError::Raised {
        exception: "IndexError",
        message: "list index out of range".to_owned(),
    }
}

/// Equal numbers are equal keys, and booleans are numbers.
fn key(argument: &Argument<'_>) -> Vec<u8> {
    match argument {
        Argument::Bool(value) => number((*value).into()),
        Argument::Int(bytes) => crate::inspect::text::shortest(bytes).to_vec(),
        _ => Vec::new(),
    }
}

fn number(value: usize) -> Vec<u8> {
    crate::inspect::text::shortest(&(value as u128).to_le_bytes()).to_vec()
}

/// The names of `pickletools`' stack objects.
fn name(item: StackItem) -> &'static str {
    match item {
        StackItem::Any => "any",
        StackItem::Mark => "mark",
        StackItem::Slice => "stackslice",
        StackItem::None => "None",
        StackItem::Int => "int",
        StackItem::Bool => "bool",
        StackItem::IntOrBool => "int_or_bool",
        StackItem::Float => "float",
        StackItem::Bytes => "bytes",
        StackItem::BytesOrStr => "bytes_or_str",
        StackItem::ByteArray => "bytearray",
        StackItem::Str => "str",
        StackItem::Tuple => "tuple",
        StackItem::List => "list",
        StackItem::Dict => "dict",
        StackItem::Set => "set",
        StackItem::FrozenSet => "frozenset",
        StackItem::Buffer => "buffer",
    }
}
