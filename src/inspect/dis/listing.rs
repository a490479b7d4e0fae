//! A listing that says what each opcode works on.

use core::fmt;
use std::collections::HashMap;

use crate::inspect::graph::Id;
use crate::inspect::read::Pickle;
use crate::inspect::show;
use crate::inspect::text::{self, Quotes};
use crate::wire::{Argument, ArgumentKind, Instruction, Instructions, Opcode, StackItem};

/// How many bytes of an argument are shown, and about how many characters of a value.
const SHOWN: usize = 80;

/// Lines are indented for so many marks at most.
const MARKS: usize = 24;

/// An opcode of a pickle, with what is known at that place.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Line {
    /// The offset in bytes of the opcode.
    pub offset: u64,
    /// The opcode.
    pub opcode: Opcode,
    /// Its argument as text, of a long one the beginning; empty if it has none.
    pub argument: String,
    /// The number of marks that are open.
    pub marks: usize,
    /// The number of objects and marks on the stack afterwards.
    pub depth: usize,
    /// The index of the memo that it reads or writes.
    pub memo: Option<usize>,
    /// The object that it makes or finds, or that is the result, as an expression; where there is more to it than the argument.
    pub value: Option<String>,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = " ".repeat(2 * self.marks.min(MARKS));
        text.push_str(self.opcode.info().name);
        if !self.argument.is_empty() {
            text.push(' ');
            text.push_str(&self.argument);
        }
        write!(f, "{:>8} {:>5}  ", self.offset, self.depth)?;
        let writes = matches!(
            self.opcode,
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize
        );
        match (&self.value, self.memo) {
            (None, None) => f.write_str(&text),
            (None, Some(index)) if writes => write!(f, "{text:<32} memo[{index}] = it"),
            (None, Some(index)) => write!(f, "{text:<32} memo[{index}]"),
            (Some(value), Some(index)) => write!(f, "{text:<32} memo[{index}] = {value}"),
            (Some(value), None) => write!(f, "{text:<32} = {value}"),
        }
    }
}

/// The opcodes of a pickle, one line for each, up to its end or to the opcode at which it is malformed.
///
/// ```
/// use rustpython_pickle::inspect::{Limits, Pickle};
/// use rustpython_pickle::inspect::dis::lines;
///
/// let data = b"\x80\x04\x8c\x02os\x8c\x06getcwd\x93)R\x94.";
/// let pickle = Pickle::read(data, &Limits::default());
/// let text: Vec<_> = lines(data, &pickle).map(|line| line.to_string()).collect();
/// assert_eq!(text[3], "      14     1  STACK_GLOBAL                     = os.getcwd");
/// assert_eq!(text[5], "      16     1  REDUCE                           = os.getcwd()");
/// assert_eq!(text[6], "      17     1  MEMOIZE                          memo[0] = it");
/// ```
///
/// A value is shown as it is in the end, with items that only later opcodes add.
pub fn lines<'a>(data: &'a [u8], pickle: &'a Pickle) -> Lines<'a> {
    let start = usize::try_from(pickle.start()).unwrap_or(usize::MAX);
    Lines {
        base: pickle.start(),
        instructions: crate::wire::instructions_unframed(data.get(start..).unwrap_or_default()),
        pickle,
        node: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        done: false,
    }
}

/// The iterator that [`lines`] returns.
#[derive(Debug)]
pub struct Lines<'a> {
    base: u64,
    instructions: Instructions<'a>,
    pickle: &'a Pickle,
    /// The first node that no opcode so far has made.
    node: Id,
    /// Which objects are on the stack, marks aside.
    stack: Vec<Option<Id>>,
    /// The heights of the stack at which marks stand.
    marks: Vec<usize>,
    memo: HashMap<i128, Option<Id>>,
    done: bool,
}

impl Lines<'_> {
    /// The object that the opcode at an offset leaves.
    fn made(&mut self, offset: u64) -> Option<Id> {
        let mut made = None;
        while let Some(node) = self.pickle.graph().get(self.node)
            && node.offset() <= offset
        {
            made = (node.offset() == offset).then_some(self.node);
            self.node += 1;
        }
        made
    }

    /// What the opcode does to the stack; `false` if it can't, which ends the pickle.
    fn execute(&mut self, instruction: &Instruction<'_>, made: Option<Id>) -> Option<Effect> {
        let opcode = instruction.opcode;
        let info = opcode.info();
        let top = self.stack.last().copied();
        let mut effect = Effect {
            object: made,
            index: None,
        };
        match opcode {
            Opcode::Mark => {
                self.marks.push(self.stack.len());
                return Some(effect);
            }
            Opcode::Pop if self.marks.last() == Some(&self.stack.len()) => {
                self.marks.pop();
                return Some(effect);
            }
            Opcode::Dup => effect.object = top?,
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Memoize => {
                let index = match opcode {
                    Opcode::Memoize => self.memo.len() as i128,
                    _ => index(instruction.argument)?,
                };
                self.memo.insert(index, top?);
                effect.index = usize::try_from(index).ok();
                return Some(effect);
            }
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => {
                let index = index(instruction.argument)?;
                effect.index = usize::try_from(index).ok();
                effect.object = *self.memo.get(&index)?;
            }
            _ => {}
        }
        let mut below = info.pops;
        if let Some(mark) = below.iter().position(|item| *item == StackItem::Mark) {
            self.stack.truncate(self.marks.pop()?);
            below = below.get(..mark)?;
        }
        let left = self.stack.len().checked_sub(below.len())?;
        let target = self.stack.get(left).copied().flatten();
        self.stack.truncate(left);
        for _ in info.pushes {
            // What only changes an object leaves that one.
            self.stack.push(effect.object.or(target));
        }
        if opcode == Opcode::Stop {
            effect.object = target;
        }
        Some(effect)
    }

    fn line(&mut self, instruction: &Instruction<'_>) -> Line {
        let offset = self.base + instruction.offset as u64;
        let opcode = instruction.opcode;
        let marks = match opcode {
            Opcode::Pop => self.marks.len(),
            _ if opcode.info().pops.contains(&StackItem::Mark) => {
                self.marks.len().saturating_sub(1)
            }
            _ => self.marks.len(),
        };
        let made = self.made(offset);
        let effect = self.execute(instruction, made);
        self.done = effect.is_none();
        let effect = effect.unwrap_or_default();
        let graph = self.pickle.graph();
        let found = matches!(
            opcode,
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet | Opcode::Dup | Opcode::Stop
        );
        let says_more = |id: &Id| {
            let of_constant = graph.get(*id).is_some_and(|node| node.kind().is_constant());
            let empty =
                opcode.info().pops.is_empty() && opcode.info().argument == ArgumentKind::None;
            found || !of_constant && !empty && opcode != Opcode::Global
        };
        Line {
            offset,
            opcode,
            argument: argument(instruction, self.base),
            marks,
            depth: self.stack.len() + self.marks.len(),
            memo: effect.index,
            value: effect
                .object
                .filter(says_more)
                .map(|id| show::line(graph, id, SHOWN)),
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Effect {
    /// What it makes or finds.
    object: Option<Id>,
    /// An index of the memo.
    index: Option<usize>,
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        if self.done {
            return None;
        }
        let instruction = self.instructions.next()?.ok();
        let instruction = instruction.filter(|instruction| {
            let offset = self.base + instruction.offset as u64;
            // What is at the place of an error is still shown if it can be decoded.
            offset < self.pickle.end()
        })?;
        Some(self.line(&instruction))
    }
}

fn index(argument: Argument<'_>) -> Option<i128> {
    match argument {
        Argument::Integer(index) => Some(index),
        Argument::Line(line) => core::str::from_utf8(line).ok()?.trim().parse().ok(),
        _ => None,
    }
}

/// An argument as text.
fn argument(instruction: &Instruction<'_>, base: u64) -> String {
    let opcode = instruction.opcode;
    match instruction.argument {
        Argument::Integer(length) if opcode == Opcode::Frame => {
            let end = i128::from(base) + instruction.offset as i128 + 9 + length;
            format!("{length} (to {end})")
        }
        Argument::Integer(value) => value.to_string(),
        Argument::Float(value) => text::float(value),
        Argument::Line(line) => match opcode.info().argument {
            ArgumentKind::UnicodeStringNl => match text::raw_unicode_escape(line) {
                Ok(text) => shown(&text, line.len(), text_repr),
                Err(_) => shown(line, line.len(), text_repr),
            },
            ArgumentKind::StringNlNoEscape => shown(line, line.len(), text_repr),
            // Numbers and quoted strings, as they stand there.
            _ => shown(line, line.len(), |line, out| {
                out.push_str(&line.escape_ascii().to_string());
            }),
        },
        Argument::Lines(module, name) => {
            let [module, name] = [module, name].map(|line| shown(line, line.len(), text_repr));
            format!("{module} {name}")
        }
        Argument::Bytes(payload) => match opcode.info().argument {
            ArgumentKind::Long1 | ArgumentKind::Long4 => match text::integer(payload) {
                Some(text) if text.len() <= SHOWN => text,
                _ => format!("an int of {} bytes", payload.len()),
            },
            ArgumentKind::UnicodeString1
            | ArgumentKind::UnicodeString4
            | ArgumentKind::UnicodeString8 => shown(payload, payload.len(), text_repr),
            _ => shown(payload, payload.len(), |bytes, out| {
                // Writing to a string does not fail.
                let _ = text::bytes(bytes, out);
            }),
        },
        _ => String::new(),
    }
}

fn text_repr(text: &[u8], out: &mut String) {
    let _ = text::str(text, Quotes::Printable, out);
}

/// The beginning of a text, and how long it was if there is more.
fn shown(text: &[u8], length: usize, write: impl Fn(&[u8], &mut String)) -> String {
    let mut out = String::new();
    let mut end = text.len().min(SHOWN);
    // Not in the middle of a character.
    while end < text.len() && end > 0 && text.get(end).is_some_and(|byte| *byte & 0xc0 == 0x80) {
        end -= 1;
    }
    write(text.get(..end).unwrap_or_default(), &mut out);
    if end < text.len() {
        out.push_str(&format!("… ({length} bytes)"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::Limits;

    fn listed(data: &[u8]) -> Vec<String> {
        let pickle = Pickle::read(data, &Limits::default());
        lines(data, &pickle)
            .map(|line| line.to_string().trim_start().to_owned())
            .collect()
    }

    #[test]
    fn memo_entries_are_resolved() {
        let text = listed(
            b"\x80\x04\x95\x14\0\0\0\0\0\0\0]\x94(\x8c\x02hi\x94K\x01\x86\x94h\x01h\x020(eh\0N1.",
        );
        assert_eq!(
            text[..11],
            [
                "0     0  PROTO 4",
                "2     0  FRAME 20 (to 31)",
                "11     1  EMPTY_LIST",
                "12     1  MEMOIZE                          memo[0] = it",
                "13     2  MARK",
                "14     3    SHORT_BINUNICODE 'hi'",
                "18     3    MEMOIZE                        memo[1] = it",
                "19     4    BININT1 1",
                "21     3    TUPLE2                         = ('hi', 1)",
                "22     3    MEMOIZE                        memo[2] = it",
                "23     4    BINGET 1                       memo[1] = 'hi'",
            ]
        );
    }

    #[test]
    fn globals_and_calls_are_named() {
        let text = listed(b"(S'echo'\nios\nsystem\np0\n0cbuiltins\nlist\n(g0\nIq\ntR.");
        assert_eq!(
            text[2],
            "9     1  INST 'os' 'system'               = os.system('echo')"
        );
        assert_eq!(text[5], "24     1  GLOBAL 'builtins' 'list'");
        assert_eq!(
            text[7],
            "40     3    GET 0                          memo[0] = os.system('echo')"
        );
        assert_eq!(text[8], "43     4    INT q");
        assert_eq!(
            text[10],
            "47     1  REDUCE                           = builtins.list(os.system('echo'), 0)"
        );
        assert_eq!(
            text[11],
            "48     0  STOP                             = builtins.list(os.system('echo'), 0)"
        );
    }

    #[test]
    fn it_ends_where_the_pickle_does() {
        assert_eq!(listed(b"NR."), ["0     1  NONE", "1     1  REDUCE"]);
        assert_eq!(listed(b"N\xff").len(), 1);
        assert_eq!(listed(b"NK").len(), 1);
        assert_eq!(listed(b"").len(), 0);
        let deep = [&b"]".repeat(100_000)[..], &b"a".repeat(99_999), b"."].concat();
        assert_eq!(listed(&deep).len(), 200_000);
    }

    #[test]
    fn long_and_hostile_arguments_are_short_and_quiet() {
        let text = [
            b"X\xe8\x03\0\0".to_vec(),
            b"\x1b".repeat(1000),
            b".".to_vec(),
        ]
        .concat();
        let line = &listed(&text)[0];
        assert!(line.ends_with("' … (1000 bytes)") || line.ends_with("'… (1000 bytes)"));
        assert!(line.len() < 400 && !line.contains('\x1b'));
        assert!(!listed(b"c\x1b[m\nx\x9b\n0N.")[0].contains('\x1b'));
    }
}
