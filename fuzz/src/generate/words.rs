//! What generated pickles name and say.

/// The names and texts that a generator has to choose from.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Globals as module and name.
    pub globals: &'static [(&'static str, &'static str)],
    /// Calls that succeed.
    pub recipes: &'static [Recipe],
}

/// A call that succeeds: a global, and the opcodes that push its tuple of arguments.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// The module.
    pub module: &'static str,
    /// The name.
    pub name: &'static str,
    /// Opcodes of the arguments.
    pub args: &'static [u8],
}

const fn recipe(module: &'static str, name: &'static str, args: &'static [u8]) -> Recipe {
    Recipe { module, name, args }
}

impl Words {
    /// Everything: data types, what does harm, and what is there by no name at all. For targets that call nothing,
    /// or under a policy.
    pub const ALL: Self = Self {
        globals: GLOBALS,
        recipes: RECIPES,
    };

    /// Only what a load may name and call without harm, whatever the arguments are; `kinds` is the module of
    /// `compat/mutants`.
    pub const HARMLESS: Self = Self {
        globals: HARMLESS,
        recipes: HARMLESS_RECIPES,
    };
}

/// None of these takes arguments otherwise in RustPython than in CPython, which decimal, datetime, defaultdict and `_codecs.encode` do.
const HARMLESS: &[(&str, &str)] = &[
    ("builtins", "object"),
    ("builtins", "list"),
    ("builtins", "set"),
    ("builtins", "frozenset"),
    ("builtins", "complex"),
    ("builtins", "slice"),
    ("builtins", "Ellipsis"),
    ("builtins", "NotImplemented"),
    ("builtins", "len"),
    ("builtins", "absent"),
    ("__builtin__", "unicode"),
    ("__builtin__", "set"),
    ("collections", "OrderedDict"),
    ("collections", "Counter"),
    ("collections", "deque"),
    ("copyreg", "_reconstructor"),
    ("copy_reg", "_reconstructor"),
    ("copyreg", "__newobj__"),
    ("fractions", "Fraction"),
    ("uuid", "UUID"),
    ("no_such_module", "x"),
    ("kinds", "Plain"),
    ("kinds", "Registered"),
    ("kinds", "Slots"),
    ("kinds", "Stateful"),
    ("kinds", "Args"),
    ("kinds", "Items"),
    ("kinds", "Pairs"),
];

const GLOBALS: &[(&str, &str)] = &[
    ("builtins", "object"),
    ("builtins", "list"),
    ("builtins", "set"),
    ("builtins", "frozenset"),
    ("builtins", "bytearray"),
    ("builtins", "complex"),
    ("builtins", "range"),
    ("builtins", "slice"),
    ("builtins", "getattr"),
    ("builtins", "eval"),
    ("builtins", "type"),
    ("builtins", "Ellipsis"),
    ("builtins", "object.__class__"),
    ("__builtin__", "unicode"),
    ("__builtin__", "eval"),
    ("__builtin__", "xrange"),
    ("collections", "OrderedDict"),
    ("collections", "Counter"),
    ("collections", "deque"),
    ("collections", "defaultdict"),
    ("collections.abc", "Mapping"),
    ("copyreg", "_reconstructor"),
    ("copy_reg", "_reconstructor"),
    ("copyreg", "__newobj_ex__"),
    ("_codecs", "encode"),
    ("codecs", "decode"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("decimal", "Decimal"),
    ("fractions", "Fraction"),
    ("uuid", "UUID"),
    ("pathlib", "PurePosixPath"),
    ("ipaddress", "IPv4Address"),
    ("array", "_array_reconstructor"),
    ("types", "SimpleNamespace"),
    ("functools", "partial"),
    ("operator", "attrgetter"),
    ("os", "system"),
    ("posix", "system"),
    ("subprocess", "Popen"),
    ("importlib", "import_module"),
    ("sys", "modules"),
    ("pickle", "loads"),
    ("_pickle", "loads"),
    ("torch", "FloatStorage"),
    ("torch._utils", "_rebuild_tensor_v2"),
    ("torch", "float32"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "dtype"),
    ("__main__", "Plain"),
    ("no_such_module", "x"),
    ("", ""),
    ("a\0b", "c"),
    ("os.path", "join.__globals__"),
    ("m\u{f6}dul", "na\u{ef}ve"),
];

/// With a number that is no recipe's, the others could take all memory.
const HARMLESS_RECIPES: &[Recipe] = RECIPES.split_at(RECIPES.len() - 2).0;

const RECIPES: &[Recipe] = &[
    recipe("datetime", "date", b"C\x04\x07\xe8\x05\x11\x85"),
    recipe("datetime", "timedelta", b"K\x05K\x06K\x07\x87"),
    recipe(
        "datetime",
        "datetime",
        b"C\x0a\x07\xe8\x02\x1d\x01\x02\x03\0\0\0\x85",
    ),
    recipe("decimal", "Decimal", b"X\x05\0\0\0-1.25\x85"),
    recipe("fractions", "Fraction", b"K\x03K\x04\x86"),
    recipe(
        "builtins",
        "complex",
        b"G\x3f\xf0\0\0\0\0\0\0G\0\0\0\0\0\0\0\0\x86",
    ),
    recipe("builtins", "set", b"](K\x01K\x02X\x01\0\0\0xe\x85"),
    recipe("__builtin__", "set", b"](I1\nI2\ne\x85"),
    recipe("builtins", "frozenset", b"](K\x01NX\x01\0\0\0xe\x85"),
    recipe("builtins", "slice", b"NK\x05K\x01\x87"),
    recipe("builtins", "object", b")"),
    recipe("collections", "OrderedDict", b")"),
    recipe("collections", "Counter", b"}(X\x01\0\0\0aK\x02u\x85"),
    recipe("collections", "deque", b"](K\x01K\x02eK\x05\x86"),
    recipe(
        "_codecs",
        "encode",
        b"X\x02\0\0\0\xc3\xa9X\x06\0\0\0latin1\x86",
    ),
    recipe(
        "copyreg",
        "_reconstructor",
        b"cbuiltins\nobject\ncbuiltins\nobject\nN\x87",
    ),
    recipe("builtins", "range", b"K\x01J\xff\xff\xff\x7fK\x03\x87"),
    recipe("builtins", "bytearray", b"C\x03abc\x85"),
];

/// Texts: identifiers, numbers, and what is odd to write or to show.
pub(super) const TEXTS: &[&[u8]] = &[
    b"",
    b"a",
    b"x",
    b"key",
    b"name",
    b"__dict__",
    b"__class__",
    b"__reduce__",
    b"latin1",
    b"1.5",
    b"-12",
    b"two words",
    b"quote ' and \"",
    b"back\\slash",
    b"new\nline",
    b"\0",
    b"\x1b[2J",
    "é".as_bytes(),
    "€".as_bytes(),
    "\u{1f600}".as_bytes(),
    "\u{202e}abc".as_bytes(),
    "\u{85}".as_bytes(),
    "\u{e000}".as_bytes(),
    // A surrogate, which Python lets stand, and bytes that are no text.
    b"\xed\xa0\x80",
    b"\xff",
    b"\xc3",
    b"\xf4\x90\x80\x80",
];

/// Lines that hold a number, or should.
pub(super) const NUMBERS: &[&[u8]] = &[
    b"0",
    b"1",
    b"00",
    b"01",
    b"-1",
    b"-0",
    b"+1",
    b"255",
    b"2147483648",
    b"-9223372036854775809",
    b"123456789012345678901234567890",
    b"12L",
    b"1_000",
    b"0x10",
    b" 7 ",
    b"7\0",
    b"",
    b"L",
    b"1e5",
    b"\xd9\xa3",
];

/// Lines that hold a float, or should.
pub(super) const FLOATS: &[&[u8]] = &[
    b"0.0",
    b"-0.0",
    b"1.5",
    b"1e308",
    b"1e309",
    b"-1e-400",
    b"inf",
    b"-nan",
    b"infinity",
    b"1.",
    b".5",
    b"1_0.5",
    b"0x1p3",
    b"1.5x",
    b" 1.5",
    b"",
    b"5e-324",
];

/// Python 2's strings and raw-unicode-escape text.
pub(super) const ESCAPED: &[&[u8]] = &[
    b"a",
    b"",
    b"\\n",
    b"\\x41",
    b"\\x4",
    b"\\u20ac",
    b"\\u20",
    b"\\U0001f600",
    b"\\U00110000",
    b"\\ud800",
    b"\\",
    b"\\\\",
    b"\\777",
    b"\\'",
    b"\xe9",
];
