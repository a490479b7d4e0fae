//! An assembler for pickles: one method for each opcode, and nothing is checked.
//!
//! The bytes are those of CPython's `pickletools.opcodes` (PEP 307, 3154 and 574). It is written
//! anew here, not taken from `rustpython-pickle`, so that an error in that crate's table shows up
//! in tests instead of cancelling out.
//!
//! ```
//! use hostile::asm::Asm;
//!
//! let pickle = Asm::new().proto(2).global("os", "getcwd").empty_tuple().reduce().stop();
//! assert_eq!(pickle, b"\x80\x02cos\ngetcwd\n)R.");
//! ```

/// A pickle in the making. Each method appends one opcode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asm {
    bytes: Vec<u8>,
}

/// Methods of opcodes without an argument.
macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident = $byte:literal;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(self) -> Self {
                self.raw(&[$byte])
            }
        )*
    };
}

/// Methods of opcodes followed by a little-endian number.
macro_rules! number {
    ($($(#[$doc:meta])* $name:ident($of:ty) = $byte:literal;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(self, value: $of) -> Self {
                self.raw(&[$byte]).raw(&value.to_le_bytes())
            }
        )*
    };
}

/// Methods of opcodes followed by text and a newline, which is taken as it stands.
macro_rules! line {
    ($($(#[$doc:meta])* $name:ident = $byte:literal;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(self, text: impl AsRef<[u8]>) -> Self {
                self.raw(&[$byte]).raw(text.as_ref()).raw(b"\n")
            }
        )*
    };
}

/// Methods of opcodes followed by a length and that many bytes.
///
/// The length is cut to the opcode's width: one that lies is made with [`Asm::raw`].
macro_rules! counted {
    ($($(#[$doc:meta])* $name:ident($of:ty) = $byte:literal;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(self, data: impl AsRef<[u8]>) -> Self {
                let data = data.as_ref();
                self.raw(&[$byte]).raw(&(data.len() as $of).to_le_bytes()).raw(data)
            }
        )*
    };
}

impl Asm {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was assembled so far, without a `STOP`.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// `STOP`, and all the bytes.
    #[must_use]
    pub fn stop(self) -> Vec<u8> {
        self.raw(b".").bytes
    }

    /// Any bytes.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Another piece of assembly.
    #[must_use]
    pub fn then(self, more: &Self) -> Self {
        self.raw(&more.bytes)
    }

    /// A piece of assembly so many times.
    #[must_use]
    pub fn times(mut self, count: usize, piece: &Self) -> Self {
        self.bytes.reserve(count * piece.bytes.len());
        for _ in 0..count {
            self.bytes.extend_from_slice(&piece.bytes);
        }
        self
    }

    /// `FRAME` around a piece of assembly, of its exact length.
    #[must_use]
    pub fn framed(self, piece: &Self) -> Self {
        self.frame(piece.bytes.len() as u64).then(piece)
    }

    plain! {
        /// `NONE`.
        none = b'N';
        /// `NEWTRUE`.
        newtrue = 0x88;
        /// `NEWFALSE`.
        newfalse = 0x89;
        /// `EMPTY_LIST`.
        empty_list = b']';
        /// `APPEND`.
        append = b'a';
        /// `APPENDS`.
        appends = b'e';
        /// `LIST`.
        list = b'l';
        /// `EMPTY_TUPLE`.
        empty_tuple = b')';
        /// `TUPLE`.
        tuple = b't';
        /// `TUPLE1`.
        tuple1 = 0x85;
        /// `TUPLE2`.
        tuple2 = 0x86;
        /// `TUPLE3`.
        tuple3 = 0x87;
        /// `EMPTY_DICT`.
        empty_dict = b'}';
        /// `DICT`.
        dict = b'd';
        /// `SETITEM`.
        setitem = b's';
        /// `SETITEMS`.
        setitems = b'u';
        /// `EMPTY_SET`.
        empty_set = 0x8f;
        /// `ADDITEMS`.
        additems = 0x90;
        /// `FROZENSET`.
        frozenset = 0x91;
        /// `POP`.
        pop = b'0';
        /// `DUP`.
        dup = b'2';
        /// `MARK`.
        mark = b'(';
        /// `POP_MARK`.
        pop_mark = b'1';
        /// `MEMOIZE`.
        memoize = 0x94;
        /// `STACK_GLOBAL`.
        stack_global = 0x93;
        /// `REDUCE`.
        reduce = b'R';
        /// `BUILD`.
        build = b'b';
        /// `OBJ`.
        obj = b'o';
        /// `NEWOBJ`.
        newobj = 0x81;
        /// `NEWOBJ_EX`.
        newobj_ex = 0x92;
        /// `BINPERSID`.
        binpersid = b'Q';
        /// `NEXT_BUFFER`.
        next_buffer = 0x97;
        /// `READONLY_BUFFER`.
        readonly_buffer = 0x98;
    }

    number! {
        /// `BININT`.
        binint(i32) = b'J';
        /// `BININT1`.
        binint1(u8) = b'K';
        /// `BININT2`.
        binint2(u16) = b'M';
        /// `BINGET`.
        binget(u8) = b'h';
        /// `LONG_BINGET`.
        long_binget(u32) = b'j';
        /// `BINPUT`.
        binput(u8) = b'q';
        /// `LONG_BINPUT`.
        long_binput(u32) = b'r';
        /// `EXT1`.
        ext1(u8) = 0x82;
        /// `EXT2`.
        ext2(u16) = 0x83;
        /// `EXT4`.
        ext4(i32) = 0x84;
        /// `PROTO`.
        proto(u8) = 0x80;
        /// `FRAME`.
        frame(u64) = 0x95;
    }

    line! {
        /// `INT`: decimal text, or `00` and `01` for booleans.
        int_text = b'I';
        /// `LONG`: decimal text; an `L` at the end is the caller's.
        long_text = b'L';
        /// `FLOAT`: a float's repr.
        float_text = b'F';
        /// `STRING`: quotes and escapes are the caller's.
        string_text = b'S';
        /// `UNICODE`: raw-unicode-escape; escapes are the caller's.
        unicode_text = b'V';
        /// `GET`.
        get = b'g';
        /// `PUT`.
        put = b'p';
        /// `PERSID`.
        persid = b'P';
    }

    counted! {
        /// `SHORT_BINUNICODE`.
        short_binunicode(u8) = 0x8c;
        /// `BINUNICODE`.
        binunicode(u32) = b'X';
        /// `BINUNICODE8`.
        binunicode8(u64) = 0x8d;
        /// `SHORT_BINSTRING`.
        short_binstring(u8) = b'U';
        /// `BINSTRING`.
        binstring(u32) = b'T';
        /// `SHORT_BINBYTES`.
        short_binbytes(u8) = b'C';
        /// `BINBYTES`.
        binbytes(u32) = b'B';
        /// `BINBYTES8`.
        binbytes8(u64) = 0x8e;
        /// `BYTEARRAY8`.
        bytearray8(u64) = 0x96;
        /// `LONG1`: a little-endian integer in two's complement.
        long1(u8) = 0x8a;
        /// `LONG4`: the same.
        long4(u32) = 0x8b;
    }

    /// `BINFLOAT`.
    #[must_use]
    pub fn binfloat(self, value: f64) -> Self {
        self.raw(b"G").raw(&value.to_be_bytes())
    }

    /// `GLOBAL`; both texts are taken as they stand.
    #[must_use]
    pub fn global(self, module: impl AsRef<[u8]>, name: impl AsRef<[u8]>) -> Self {
        self.pair(b"c", module.as_ref(), name.as_ref())
    }

    /// `INST`; both texts are taken as they stand.
    #[must_use]
    pub fn inst(self, module: impl AsRef<[u8]>, name: impl AsRef<[u8]>) -> Self {
        self.pair(b"i", module.as_ref(), name.as_ref())
    }

    fn pair(self, opcode: &[u8], module: &[u8], name: &[u8]) -> Self {
        self.raw(opcode).raw(module).raw(b"\n").raw(name).raw(b"\n")
    }

    /// Two strings and `STACK_GLOBAL`.
    #[must_use]
    pub fn named(self, module: &str, name: &str) -> Self {
        self.text(module).text(name).stack_global()
    }

    /// A str: `SHORT_BINUNICODE` if it is short enough, else `BINUNICODE`.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        if text.len() < 256 {
            self.short_binunicode(text)
        } else {
            self.binunicode(text)
        }
    }

    /// An int in the shortest of the binary forms.
    #[must_use]
    pub fn int(self, value: i64) -> Self {
        if let Ok(small) = u8::try_from(value) {
            self.binint1(small)
        } else if let Ok(small) = u16::try_from(value) {
            self.binint2(small)
        } else if let Ok(medium) = i32::try_from(value) {
            self.binint(medium)
        } else {
            self.long1(value.to_le_bytes())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All opcodes that have a method, with the least argument.
    fn every_opcode() -> Vec<Asm> {
        let a = Asm::new;
        vec![
            a().none(),
            a().newtrue(),
            a().newfalse(),
            a().empty_list(),
            a().append(),
            a().appends(),
            a().list(),
            a().empty_tuple(),
            a().tuple(),
            a().tuple1(),
            a().tuple2(),
            a().tuple3(),
            a().empty_dict(),
            a().dict(),
            a().setitem(),
            a().setitems(),
            a().empty_set(),
            a().additems(),
            a().frozenset(),
            a().pop(),
            a().dup(),
            a().mark(),
            a().pop_mark(),
            a().memoize(),
            a().stack_global(),
            a().reduce(),
            a().build(),
            a().obj(),
            a().newobj(),
            a().newobj_ex(),
            a().binpersid(),
            a().next_buffer(),
            a().readonly_buffer(),
            a().binint(1),
            a().binint1(1),
            a().binint2(1),
            a().binget(1),
            a().long_binget(1),
            a().binput(1),
            a().long_binput(1),
            a().ext1(1),
            a().ext2(1),
            a().ext4(1),
            a().proto(1),
            a().frame(1),
            a().int_text("1"),
            a().long_text("1L"),
            a().float_text("1"),
            a().string_text("'1'"),
            a().unicode_text("1"),
            a().get("1"),
            a().put("1"),
            a().persid("1"),
            a().short_binunicode("1"),
            a().binunicode("1"),
            a().binunicode8("1"),
            a().short_binstring("1"),
            a().binstring("1"),
            a().short_binbytes("1"),
            a().binbytes("1"),
            a().binbytes8("1"),
            a().bytearray8("1"),
            a().long1([1]),
            a().long4([1]),
            a().binfloat(1.0),
            a().global("m", "n"),
            a().inst("m", "n"),
            Asm { bytes: a().stop() },
        ]
    }

    #[test]
    fn the_68_opcodes_are_all_different() {
        let mut bytes: Vec<_> = every_opcode().iter().map(|asm| asm.bytes[0]).collect();
        bytes.sort_unstable();
        bytes.dedup();
        assert_eq!(bytes.len(), 68);
    }

    #[test]
    fn arguments() {
        assert_eq!(Asm::new().binint(-2).stop(), b"J\xfe\xff\xff\xff.");
        assert_eq!(Asm::new().binfloat(1.0).stop(), b"G\x3f\xf0\0\0\0\0\0\0.");
        assert_eq!(Asm::new().binunicode("ab").stop(), b"X\x02\0\0\0ab.");
        assert_eq!(Asm::new().inst("a", "b").stop(), b"ia\nb\n.");
        assert_eq!(
            Asm::new().int(300).int(-1).stop(),
            b"M\x2c\x01J\xff\xff\xff\xff."
        );
        let framed = Asm::new().framed(&Asm::new().none());
        assert_eq!(framed.stop(), b"\x95\x01\0\0\0\0\0\0\0N.");
    }
}
