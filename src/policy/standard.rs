//! The list of the standard library's data types, argued entry by entry.
//!
//! What is listed makes one value of plain data, runs nothing that the pickle chooses, reads no file,
//! and takes time and memory in proportion to its arguments, or else has arguments that are bounded: the strings from which
//! numbers are read have at most Python's own limit of digits, whose square reading them takes, and the parts of a path
//! are few, since they are put together one by one. To hash items is counted beforehand. What is written in Python takes longer
//! than it does in CPython, so that some calls count as several.
//!
//! `decimal.Decimal` sets flags in the thread's decimal context, as it does whenever a program calls it: `InvalidOperation` for text that
//! is no number, `FloatOperation` when it is compared with a float. Nothing else is changed that was there before.
//!
//! Not listed, though they are data: `zoneinfo.ZoneInfo`, which reads a file by the name that the pickle gives it, and whose
//! pickles walk attributes (`ZoneInfo._unpickle`); `collections.UserDict` and its like, which wrap any object; the array type
//! code `u`, for which a warning is issued that may read a source file and write to the standard error.

use super::list::{AllowList, Entry, ItemRule, StateRule};
use super::moments::{DATE, DATETIME, TIME};
use super::shape::{Arguments, Shape};

/// Digits that a number may have as text; `sys.int_info.default_max_str_digits`.
const DIGITS: usize = 4300;

/// A length that no argument's string has to exceed.
const TEXT: Shape = Shape::Str(1 << 16);

/// An integer as long as the text of one may be; what reduces fractions takes the square of its length.
const INTEGER: Shape = Shape::Bits(DIGITS as u64 * 10 / 3);

/// An integer that is worked with in no time to speak of.
const BOUND: Shape = Shape::Bits(1024);

impl AllowList {
    /// The standard library's data types: datetime, decimal, fractions, uuid, collections, pure
    /// paths, IP addresses, arrays, and what containers of older protocols are made with.
    ///
    /// ```
    /// use rustpython_pickle::policy::{AllowList, Right};
    ///
    /// let list = AllowList::standard();
    /// assert_eq!(list.get("datetime", "date").unwrap().right(), Right::Call);
    /// // A type that may be the default of a defaultdict, but is not called by a pickle.
    /// assert_eq!(list.get("builtins", "int").unwrap().right(), Right::Refer);
    /// assert!(list.get("builtins", "getattr").is_none());
    /// ```
    #[must_use]
    pub fn standard() -> Self {
        let entries = builtins()
            .into_iter()
            .chain(collections())
            .chain(numbers())
            .chain(times())
            .chain(names());
        Self::built_in(
            "standard",
            entries.map(|(module, name, entry)| (module, name, entry.optional())),
        )
    }
}

type Row = (&'static str, &'static str, Entry);

fn builtins() -> Vec<Row> {
    let mut rows = Vec::new();
    // Classes without effect, as values: the default of a defaultdict, a column's type.
    for name in [
        "bool", "bytes", "dict", "float", "int", "list", "object", "str", "tuple",
    ] {
        rows.push(("builtins", name, Entry::refer()));
    }
    let one_list = || Arguments::new(0, [Shape::List]);
    rows.extend([
        // Sets before protocol 4: a list of items, which are hashed.
        ("builtins", "set", Entry::call(one_list()).hashes()),
        ("builtins", "frozenset", Entry::call(one_list()).hashes()),
        (
            "builtins",
            "complex",
            Entry::call(Arguments::new(2, [Shape::Float, Shape::Float])),
        ),
        // An int would be a size, of zeros that nobody has sent.
        (
            "builtins",
            "bytearray",
            Entry::call(Arguments::new(
                0,
                [
                    Shape::Either(&[Shape::Bytes(0, usize::MAX), Shape::Str(usize::MAX)]),
                    Shape::OneOf(&["latin-1", "latin1"]),
                ],
            )),
        ),
        // Bytes before protocol 3; other codecs decompress, or can be registered by anybody.
        (
            "_codecs",
            "encode",
            Entry::call(Arguments::new(
                2,
                [Shape::Str(usize::MAX), Shape::OneOf(&["latin1", "latin-1"])],
            ))
            .function(),
        ),
        // Empty bytes before protocol 3.
        ("builtins", "bytes", Entry::call(Arguments::none())),
        // To hash one divides its numbers, which takes the square of their length.
        (
            "builtins",
            "range",
            Entry::call(Arguments::new(1, [BOUND, BOUND, BOUND])),
        ),
        (
            "builtins",
            "slice",
            Entry::call(Arguments::new(1, [Shape::Any, Shape::Any, Shape::Any])),
        ),
        // Instances of classes before protocol 2: what is made is an empty instance of a listed class.
        (
            "copyreg",
            "_reconstructor",
            Entry::call(Arguments::new(
                3,
                [Shape::Callable, Shape::Listed, Shape::None],
            ))
            .function(),
        ),
        (
            "types",
            "SimpleNamespace",
            Entry::call(Arguments::none()).state(StateRule::Attributes),
        ),
    ]);
    rows
}

fn collections() -> Vec<Row> {
    const FACTORY: Shape = Shape::Either(&[Shape::None, Shape::Listed]);
    const CODES: Shape = Shape::OneOf(&[
        "b", "B", "w", "h", "H", "i", "I", "l", "L", "q", "Q", "f", "d",
    ]);
    // What becomes an array's item without a call of a method that may take long.
    const ITEM: Shape = Shape::Either(&[BOUND, Shape::Float, Shape::Str(4)]);
    vec![
        (
            "collections",
            "OrderedDict",
            Entry::call(Arguments::new(0, [Shape::List]))
                .items(ItemRule::Dict)
                .memory(400)
                .hashes_keys(),
        ),
        (
            "collections",
            "defaultdict",
            Entry::call(Arguments::new(0, [FACTORY]))
                .items(ItemRule::Dict)
                .memory(300),
        ),
        (
            "collections",
            "Counter",
            Entry::call(Arguments::new(0, [Shape::Dict]))
                .items(ItemRule::Dict)
                .hashes()
                .memory(400)
                .weight(5),
        ),
        // Its dicts are the pickle's own, whatever is put into it later.
        (
            "collections",
            "ChainMap",
            Entry::call(Arguments::none())
                .memory(700)
                .state(StateRule::Fields(Shape::Fields(&[("maps", Shape::List)]))),
        ),
        // The length at most is None or a number; the items come one by one.
        (
            "collections",
            "deque",
            Entry::call(Arguments::new(
                0,
                [
                    Shape::Either(&[Shape::List, Shape::AnyTuple]),
                    Shape::Either(&[Shape::None, Shape::Int(0, i64::MAX)]),
                ],
            ))
            .items(ItemRule::List),
        ),
        // The last number says which of the formats of CPython's arraymodule.c the bytes have.
        (
            "array",
            "_array_reconstructor",
            Entry::call(Arguments::new(
                4,
                [
                    Shape::Listed,
                    CODES,
                    Shape::Int(0, 21),
                    Shape::Bytes(0, usize::MAX),
                ],
            ))
            .function(),
        ),
        (
            "array",
            "array",
            Entry::call(Arguments::new(1, [CODES, Shape::ListOf(&ITEM)])),
        ),
    ]
}

/// Text that `Fraction` reads without an exponent, which could ask for a number of any size.
fn is_fraction(text: &str) -> bool {
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    let digits = |text: &str| {
        text.len() <= DIGITS && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    digits(numerator.strip_prefix('-').unwrap_or(numerator)) && digits(denominator)
}

/// Text that `Decimal` reads: it keeps digits and exponent apart, so that any exponent is cheap.
fn is_decimal(text: &str) -> bool {
    text.len() <= DIGITS && text.is_ascii()
}

fn numbers() -> Vec<Row> {
    vec![
        (
            "decimal",
            "Decimal",
            Entry::call(Arguments::new(
                1,
                [Shape::Text(
                    "a decimal of at most 4300 characters",
                    is_decimal,
                )],
            ))
            .weight(10),
        ),
        (
            "fractions",
            "Fraction",
            Entry::call(Arguments::new(
                1,
                [
                    Shape::Either(&[
                        INTEGER,
                        Shape::Text("digits, perhaps with a slash", is_fraction),
                    ]),
                    INTEGER,
                ],
            ))
            .weight(10),
        ),
    ]
}

fn times() -> Vec<Row> {
    let zone = Shape::Any;
    vec![
        // The forms that these classes' own `__reduce__` writes: packed bytes, and a time zone.
        ("datetime", "date", Entry::call(Arguments::new(1, [DATE]))),
        (
            "datetime",
            "time",
            Entry::call(Arguments::new(1, [TIME, zone.clone()])),
        ),
        (
            "datetime",
            "datetime",
            Entry::call(Arguments::new(1, [DATETIME, zone])),
        ),
        (
            "datetime",
            "timedelta",
            Entry::call(Arguments::new(
                0,
                [
                    Shape::Int(-999_999_999, 999_999_999),
                    Shape::Int(0, 86_399),
                    Shape::Int(0, 999_999),
                ],
            )),
        ),
        (
            "datetime",
            "timezone",
            Entry::call(Arguments::new(1, [Shape::Any, TEXT])),
        ),
        (
            "time",
            "struct_time",
            Entry::call(Arguments::new(1, [Shape::AnyTuple, Shape::Dict])),
        ),
    ]
}

fn names() -> Vec<Row> {
    let mut rows = vec![
        (
            "uuid",
            "UUID",
            Entry::call(Arguments::none()).state(StateRule::SetState(Shape::Fields(&[
                ("int", Shape::Bits(128)),
                ("is_safe", Shape::Either(&[Shape::None, Shape::Int(-1, 0)])),
            ]))),
        ),
        (
            "uuid",
            "SafeUUID",
            Entry::call(Arguments::new(
                1,
                [Shape::Either(&[Shape::None, Shape::Int(-1, 0)])],
            )),
        ),
    ];
    // Pure paths are strings; the others would be as well, but their methods reach into the file system. To
    // show or to hash one puts its parts together one by one, which takes the square of how many there are.
    for name in ["PurePath", "PurePosixPath", "PureWindowsPath"] {
        let entry = || Entry::call(Arguments::none().rest(TEXT).at_most(256, 4096)).weight(5);
        rows.push(("pathlib", name, entry()));
        // Where Python 3.13 had them.
        rows.push(("pathlib._local", name, entry().target("pathlib", name)));
    }
    for (name, weight) in [
        ("IPv4Address", 10),
        ("IPv6Address", 35),
        ("IPv4Network", 25),
        ("IPv6Network", 50),
        ("IPv4Interface", 50),
        ("IPv6Interface", 100),
    ] {
        rows.push((
            "ipaddress",
            name,
            Entry::call(Arguments::new(
                1,
                [Shape::Either(&[Shape::Bits(128), Shape::Str(64)])],
            ))
            .weight(weight),
        ));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Right;

    #[test]
    fn fractions_have_no_exponent() {
        for text in ["1", "-1", "22/7", "-22/7"] {
            assert!(is_fraction(text), "{text}");
        }
        let long = "1".repeat(DIGITS + 1);
        for text in [
            "",
            "-",
            "1/",
            "/1",
            "1e9",
            "1.5",
            "1/-2",
            "1_0",
            " 1",
            "١",
            long.as_str(),
        ] {
            assert!(!is_fraction(text), "{text}");
        }
    }

    #[test]
    fn nothing_that_calls_what_it_is_given_may_be_called() {
        let list = AllowList::standard();
        for (module, name) in [
            ("builtins", "eval"),
            ("builtins", "getattr"),
            ("builtins", "type"),
            ("builtins", "object.__init_subclass__"),
            ("functools", "partial"),
            ("operator", "attrgetter"),
            ("copyreg", "__newobj__"),
            ("os", "system"),
            ("builtins", "map"),
            ("builtins", "__import__"),
            ("pathlib", "Path"),
        ] {
            assert!(list.get(module, name).is_none(), "{module}.{name}");
        }
        assert!(list.iter().count() > 30);
        for (module, name, entry) in list.iter() {
            let any = entry.arguments().is_any();
            assert!(entry.right() == Right::Refer || !any, "{module}.{name}");
        }
    }
}
