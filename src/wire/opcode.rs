//! The opcode table: every pickle opcode as data.
//!
//! Reader, writer, machine, and every tool that looks at a pickle take names,
//! bytes, argument forms, stack effects and protocol numbers from here.
//! Names and semantics are those of CPython's `pickletools.opcodes`
//! ([PEP 307], [PEP 3154], [PEP 574]).
//!
//! [PEP 307]: https://peps.python.org/pep-0307/
//! [PEP 3154]: https://peps.python.org/pep-3154/
//! [PEP 574]: https://peps.python.org/pep-0574/

use core::fmt;

/// The highest protocol number that this crate reads and writes.
pub const HIGHEST_PROTOCOL: u8 = 5;

/// The protocol that is written when none is asked for, as in CPython 3.14.
pub const DEFAULT_PROTOCOL: u8 = 5;

/// The form of the argument that follows an opcode's byte.
///
/// The variants carry the names of `pickletools`' argument descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ArgumentKind {
    /// No argument.
    None,
    /// One byte, unsigned.
    Uint1,
    /// Two bytes, little-endian, unsigned.
    Uint2,
    /// Four bytes, little-endian, signed.
    Int4,
    /// Four bytes, little-endian, unsigned.
    Uint4,
    /// Eight bytes, little-endian, unsigned.
    Uint8,
    /// A decimal integer and a newline; `00` and `01` stand for booleans.
    DecimalNlShort,
    /// A decimal integer, an optional `L`, and a newline.
    DecimalNlLong,
    /// A float's repr and a newline.
    FloatNl,
    /// Eight bytes, big-endian IEEE 754.
    Float8,
    /// A quoted, backslash-escaped Python 2 string and a newline.
    StringNl,
    /// Text up to a newline, taken as it stands.
    StringNlNoEscape,
    /// Two lines, each taken as it stands: module and name.
    StringNlNoEscapePair,
    /// A signed four-byte length and that many bytes of a Python 2 string.
    String4,
    /// A one-byte length and that many bytes of a Python 2 string.
    String1,
    /// A one-byte length and that many bytes.
    Bytes1,
    /// A four-byte length and that many bytes.
    Bytes4,
    /// An eight-byte length and that many bytes.
    Bytes8,
    /// An eight-byte length and that many bytes of a bytearray.
    ByteArray8,
    /// raw-unicode-escape text and a newline.
    UnicodeStringNl,
    /// A one-byte length and that many bytes of UTF-8.
    UnicodeString1,
    /// A four-byte length and that many bytes of UTF-8.
    UnicodeString4,
    /// An eight-byte length and that many bytes of UTF-8.
    UnicodeString8,
    /// A one-byte length and that many bytes of a little-endian two's complement integer.
    Long1,
    /// A signed four-byte length and that many bytes of a little-endian two's complement integer.
    Long4,
}

/// What an opcode takes from the stack, or leaves on it.
///
/// [`Mark`](Self::Mark) and [`Slice`](Self::Slice) together stand for "the topmost
/// mark and everything above it".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StackItem {
    /// Any object.
    Any,
    /// The mark that `MARK` leaves.
    Mark,
    /// Any number of objects above the topmost mark.
    Slice,
    /// `None`.
    None,
    /// An integer.
    Int,
    /// A boolean.
    Bool,
    /// An integer or a boolean.
    IntOrBool,
    /// A float.
    Float,
    /// A bytes object.
    Bytes,
    /// Bytes or str: what a Python 2 string becomes.
    BytesOrStr,
    /// A bytearray.
    ByteArray,
    /// A str.
    Str,
    /// A tuple.
    Tuple,
    /// A list.
    List,
    /// A dict.
    Dict,
    /// A set.
    Set,
    /// A frozenset.
    FrozenSet,
    /// An object with the buffer protocol.
    Buffer,
}

/// One row of the opcode table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpcodeInfo {
    /// The opcode that this row describes.
    pub opcode: Opcode,
    /// Its name, as in `pickle.py` (for example `BINUNICODE`).
    pub name: &'static str,
    /// The form of its argument.
    pub argument: ArgumentKind,
    /// What it takes from the stack, bottom first.
    pub pops: &'static [StackItem],
    /// What it leaves on the stack, bottom first.
    pub pushes: &'static [StackItem],
    /// The protocol that introduced it.
    pub protocol: u8,
    /// What it does, in one line.
    pub doc: &'static str,
}

macro_rules! opcodes {
    ($(
        $variant:ident = $byte:literal, $name:literal, $argument:ident,
        [$($pop:ident)*] -> [$($push:ident)*], $protocol:literal, $doc:literal;
    )*) => {
        /// A pickle opcode; its discriminant is its byte.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Opcode {
            $(#[doc = $doc] $variant = $byte,)*
        }

        /// All opcodes, in the order of `pickletools.opcodes`' groups.
        pub const OPCODES: &[OpcodeInfo] = &[
            $(OpcodeInfo {
                opcode: Opcode::$variant,
                name: $name,
                argument: ArgumentKind::$argument,
                pops: &[$(StackItem::$pop),*],
                pushes: &[$(StackItem::$push),*],
                protocol: $protocol,
                doc: $doc,
            },)*
        ];
    };
}

opcodes! {
    Int = b'I', "INT", DecimalNlShort, [] -> [IntOrBool], 0, "Pushes an integer or a boolean from decimal text.";
    BinInt = b'J', "BININT", Int4, [] -> [Int], 1, "Pushes a four-byte signed integer.";
    BinInt1 = b'K', "BININT1", Uint1, [] -> [Int], 1, "Pushes a one-byte unsigned integer.";
    BinInt2 = b'M', "BININT2", Uint2, [] -> [Int], 1, "Pushes a two-byte unsigned integer.";
    Long = b'L', "LONG", DecimalNlLong, [] -> [Int], 0, "Pushes an integer of any size from decimal text.";
    Long1 = 0x8a, "LONG1", Long1, [] -> [Int], 2, "Pushes an integer of fewer than 256 bytes.";
    Long4 = 0x8b, "LONG4", Long4, [] -> [Int], 2, "Pushes an integer of up to 2 GiB.";
    String = b'S', "STRING", StringNl, [] -> [BytesOrStr], 0, "Pushes a Python 2 string from quoted text.";
    BinString = b'T', "BINSTRING", String4, [] -> [BytesOrStr], 1, "Pushes a Python 2 string with a four-byte length.";
    ShortBinString = b'U', "SHORT_BINSTRING", String1, [] -> [BytesOrStr], 1, "Pushes a Python 2 string with a one-byte length.";
    BinBytes = b'B', "BINBYTES", Bytes4, [] -> [Bytes], 3, "Pushes bytes with a four-byte length.";
    ShortBinBytes = b'C', "SHORT_BINBYTES", Bytes1, [] -> [Bytes], 3, "Pushes bytes with a one-byte length.";
    BinBytes8 = 0x8e, "BINBYTES8", Bytes8, [] -> [Bytes], 4, "Pushes bytes with an eight-byte length.";
    ByteArray8 = 0x96, "BYTEARRAY8", ByteArray8, [] -> [ByteArray], 5, "Pushes a bytearray with an eight-byte length.";
    NextBuffer = 0x97, "NEXT_BUFFER", None, [] -> [Buffer], 5, "Pushes the next out-of-band buffer.";
    ReadonlyBuffer = 0x98, "READONLY_BUFFER", None, [Buffer] -> [Buffer], 5, "Makes the topmost buffer read-only.";
    None = b'N', "NONE", None, [] -> [None], 0, "Pushes None.";
    NewTrue = 0x88, "NEWTRUE", None, [] -> [Bool], 2, "Pushes True.";
    NewFalse = 0x89, "NEWFALSE", None, [] -> [Bool], 2, "Pushes False.";
    Unicode = b'V', "UNICODE", UnicodeStringNl, [] -> [Str], 0, "Pushes a str from raw-unicode-escape text.";
    ShortBinUnicode = 0x8c, "SHORT_BINUNICODE", UnicodeString1, [] -> [Str], 4, "Pushes a str with a one-byte UTF-8 length.";
    BinUnicode = b'X', "BINUNICODE", UnicodeString4, [] -> [Str], 1, "Pushes a str with a four-byte UTF-8 length.";
    BinUnicode8 = 0x8d, "BINUNICODE8", UnicodeString8, [] -> [Str], 4, "Pushes a str with an eight-byte UTF-8 length.";
    Float = b'F', "FLOAT", FloatNl, [] -> [Float], 0, "Pushes a float from decimal text.";
    BinFloat = b'G', "BINFLOAT", Float8, [] -> [Float], 1, "Pushes a float from eight big-endian bytes.";
    EmptyList = b']', "EMPTY_LIST", None, [] -> [List], 1, "Pushes an empty list.";
    Append = b'a', "APPEND", None, [List Any] -> [List], 0, "Appends the topmost object to the list below it.";
    Appends = b'e', "APPENDS", None, [List Mark Slice] -> [List], 1, "Extends a list by everything above the mark.";
    List = b'l', "LIST", None, [Mark Slice] -> [List], 0, "Builds a list from everything above the mark.";
    EmptyTuple = b')', "EMPTY_TUPLE", None, [] -> [Tuple], 1, "Pushes an empty tuple.";
    Tuple = b't', "TUPLE", None, [Mark Slice] -> [Tuple], 0, "Builds a tuple from everything above the mark.";
    Tuple1 = 0x85, "TUPLE1", None, [Any] -> [Tuple], 2, "Builds a tuple of one item.";
    Tuple2 = 0x86, "TUPLE2", None, [Any Any] -> [Tuple], 2, "Builds a tuple of two items.";
    Tuple3 = 0x87, "TUPLE3", None, [Any Any Any] -> [Tuple], 2, "Builds a tuple of three items.";
    EmptyDict = b'}', "EMPTY_DICT", None, [] -> [Dict], 1, "Pushes an empty dict.";
    Dict = b'd', "DICT", None, [Mark Slice] -> [Dict], 0, "Builds a dict from the keys and values above the mark.";
    SetItem = b's', "SETITEM", None, [Dict Any Any] -> [Dict], 0, "Adds one key and value to a dict.";
    SetItems = b'u', "SETITEMS", None, [Dict Mark Slice] -> [Dict], 1, "Adds the keys and values above the mark to a dict.";
    EmptySet = 0x8f, "EMPTY_SET", None, [] -> [Set], 4, "Pushes an empty set.";
    AddItems = 0x90, "ADDITEMS", None, [Set Mark Slice] -> [Set], 4, "Adds everything above the mark to a set.";
    FrozenSet = 0x91, "FROZENSET", None, [Mark Slice] -> [FrozenSet], 4, "Builds a frozenset from everything above the mark.";
    Pop = b'0', "POP", None, [Any] -> [], 0, "Drops the topmost object, or the mark if that is topmost.";
    Dup = b'2', "DUP", None, [Any] -> [Any Any], 0, "Pushes the topmost object once more.";
    Mark = b'(', "MARK", None, [] -> [Mark], 0, "Pushes a mark.";
    PopMark = b'1', "POP_MARK", None, [Mark Slice] -> [], 1, "Drops everything down to and including the mark.";
    Get = b'g', "GET", DecimalNlShort, [] -> [Any], 0, "Pushes a memo entry; its index is decimal text.";
    BinGet = b'h', "BINGET", Uint1, [] -> [Any], 1, "Pushes a memo entry; its index is one byte.";
    LongBinGet = b'j', "LONG_BINGET", Uint4, [] -> [Any], 1, "Pushes a memo entry; its index is four bytes.";
    Put = b'p', "PUT", DecimalNlShort, [Any] -> [Any], 0, "Stores the topmost object in the memo; the index is decimal text.";
    BinPut = b'q', "BINPUT", Uint1, [Any] -> [Any], 1, "Stores the topmost object in the memo; the index is one byte.";
    LongBinPut = b'r', "LONG_BINPUT", Uint4, [Any] -> [Any], 1, "Stores the topmost object in the memo; the index is four bytes.";
    Memoize = 0x94, "MEMOIZE", None, [Any] -> [Any], 4, "Stores the topmost object in the memo, at the number of its entries.";
    Ext1 = 0x82, "EXT1", Uint1, [] -> [Any], 2, "Pushes a registered extension; its code is one byte.";
    Ext2 = 0x83, "EXT2", Uint2, [] -> [Any], 2, "Pushes a registered extension; its code is two bytes.";
    Ext4 = 0x84, "EXT4", Int4, [] -> [Any], 2, "Pushes a registered extension; its code is four bytes.";
    Global = b'c', "GLOBAL", StringNlNoEscapePair, [] -> [Any], 0, "Pushes a global; module and name are text.";
    StackGlobal = 0x93, "STACK_GLOBAL", None, [Str Str] -> [Any], 4, "Replaces a module and a name by that global.";
    Reduce = b'R', "REDUCE", None, [Any Tuple] -> [Any], 0, "Calls a callable with a tuple of arguments.";
    Build = b'b', "BUILD", None, [Any Any] -> [Any], 0, "Gives the topmost object its state.";
    Inst = b'i', "INST", StringNlNoEscapePair, [Mark Slice] -> [Any], 0, "Makes an instance of a class named by text.";
    Obj = b'o', "OBJ", None, [Mark Any Slice] -> [Any], 1, "Makes an instance of the class above the mark.";
    NewObj = 0x81, "NEWOBJ", None, [Any Tuple] -> [Any], 2, "Makes an instance with `cls.__new__(cls, *args)`.";
    NewObjEx = 0x92, "NEWOBJ_EX", None, [Any Tuple Dict] -> [Any], 4, "Makes an instance with `cls.__new__(cls, *args, **kwargs)`.";
    Proto = 0x80, "PROTO", Uint1, [] -> [], 2, "Names the protocol.";
    Stop = b'.', "STOP", None, [Any] -> [], 0, "Ends the pickle; the topmost object is the result.";
    Frame = 0x95, "FRAME", Uint8, [] -> [], 4, "Begins a frame of that many bytes.";
    PersId = b'P', "PERSID", StringNlNoEscape, [] -> [Any], 0, "Pushes the object of a persistent id given as text.";
    BinPersId = b'Q', "BINPERSID", None, [Any] -> [Any], 1, "Replaces a persistent id by its object.";
}

const NO_ROW: u8 = u8::MAX;

/// The row in [`OPCODES`] of each byte.
static ROWS: [u8; 256] = {
    let mut rows = [NO_ROW; 256];
    let mut row = 0;
    while row < OPCODES.len() {
        rows[OPCODES[row].opcode as usize] = row as u8;
        row += 1;
    }
    rows
};

/// The opcode of each byte.
static BY_BYTE: [Option<Opcode>; 256] = {
    let mut opcodes = [None; 256];
    let mut row = 0;
    while row < OPCODES.len() {
        opcodes[OPCODES[row].opcode as usize] = Some(OPCODES[row].opcode);
        row += 1;
    }
    opcodes
};

impl Opcode {
    /// The opcode of a byte, if there is one.
    ///
    /// ```
    /// use rustpython_pickle::wire::Opcode;
    ///
    /// assert_eq!(Opcode::from_byte(b'.'), Some(Opcode::Stop));
    /// assert_eq!(Opcode::from_byte(0xff), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        BY_BYTE[usize::from(byte)]
    }

    /// The byte that stands for this opcode.
    #[inline]
    #[must_use]
    pub const fn byte(self) -> u8 {
        self as u8
    }

    /// This opcode's row in the table.
    ///
    /// ```
    /// use rustpython_pickle::wire::Opcode;
    ///
    /// assert_eq!(Opcode::Memoize.info().protocol, 4);
    /// ```
    #[must_use]
    pub fn info(self) -> &'static OpcodeInfo {
        &OPCODES[usize::from(ROWS[usize::from(self.byte())])]
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_at_most_one_row_and_names_are_unique() {
        assert_eq!(OPCODES.len(), 68);
        for byte in 0..=u8::MAX {
            let rows = OPCODES.iter().filter(|i| i.opcode.byte() == byte).count();
            assert!(rows <= 1, "byte {byte:#x}");
            assert_eq!(Opcode::from_byte(byte).is_some(), rows == 1);
        }
        let mut names: Vec<_> = OPCODES.iter().map(|i| i.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), OPCODES.len());
    }

    #[test]
    fn info_is_the_opcodes_own_row() {
        for info in OPCODES {
            assert_eq!(info.opcode.info(), info);
            assert!(info.protocol <= HIGHEST_PROTOCOL);
        }
    }

    #[test]
    fn a_slice_always_has_its_mark() {
        for info in OPCODES {
            let mark = info.pops.contains(&StackItem::Mark);
            let slice = info.pops.contains(&StackItem::Slice);
            assert_eq!(mark, slice, "{}", info.name);
        }
    }
}
