//! Values there and back.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use malachite_bigint::BigInt;
use rustpython_pickle::runtime::{Bytes, ConversionError, ErrorKind, FromPython, ToPython};
use rustpython_vm::{PyObject, VirtualMachine, builtins::PyListRef};

use super::{Runtime, eval, exec, refused, runtime};

/// Sends values to Python and back.
#[track_caller]
fn round_trip<T>(runtime: &Runtime, values: impl IntoIterator<Item = T>)
where
    T: ToPython + FromPython + Clone + PartialEq + Debug,
{
    for value in values {
        runtime.set("value", value.clone()).expect("it goes over");
        assert_eq!(runtime.get::<T>("value").expect("it comes back"), value);
    }
}

/// Numbers that are spread over all magnitudes, the same in each run.
fn numbers(count: usize) -> impl Iterator<Item = u128> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u128::from(state)
    };
    (0..count).map(move |_| {
        let (high, low, shift) = (next(), next(), next() % 128);
        (high << 64 | low) >> shift
    })
}

macro_rules! integers {
    ($runtime:ident, $($int:ty)*) => {$(
        round_trip($runtime, [<$int>::MIN, <$int>::MAX, 0, 1]);
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_lossless, reason = "any number will do")]
        round_trip($runtime, numbers(200).map(|number| number as $int));
        let (least, most) = (BigInt::from(<$int>::MIN), BigInt::from(<$int>::MAX));
        for beyond in [&least - BigInt::from(1), &most + BigInt::from(1)] {
            $runtime.set("value", &beyond).expect("it goes over");
            let error = $runtime.get::<$int>("value").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Conversion);
            assert!(error.message().ends_with(&format!("is not in {least}..={most}")), "{error}");
        }
    )*};
}

#[test]
fn integers() {
    let runtime = &runtime();
    integers!(runtime, i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);
    let large = |number: u128| BigInt::from(number) * BigInt::from(number) * BigInt::from(-3);
    round_trip(runtime, numbers(100).map(large));
    assert_eq!(eval::<u8>(runtime, "True"), 1);
    exec(runtime, "class Index:\n    def __index__(self): return 7");
    assert_eq!(eval::<i64>(runtime, "Index()"), 7);
    for (expression, got) in [
        ("1.0", "float"),
        ("'1'", "str"),
        ("None", "NoneType"),
        ("b'1'", "bytes"),
    ] {
        let error = refused::<i32>(runtime, expression);
        assert_eq!(error.to_string(), format!("expected int, got {got}"));
    }
    // Millions of digits are not printed.
    let error = refused::<i64>(runtime, "1 << 10**7");
    assert!(
        error.message().starts_with("an int of 10000001 bits"),
        "{error}"
    );
}

#[test]
fn floats_and_bools() {
    let runtime = &runtime();
    let bits = numbers(500).map(|number| u64::try_from(number & u128::from(u64::MAX)).unwrap_or(0));
    round_trip(
        runtime,
        bits.map(f64::from_bits).filter(|float| !float.is_nan()),
    );
    round_trip(
        runtime,
        [0.0, -0.0, f64::INFINITY, f64::MIN_POSITIVE, 5e-324],
    );
    round_trip(runtime, [0.1_f32, f32::MAX, f32::MIN, f32::NEG_INFINITY]);
    runtime.set("value", f64::NAN).expect("it goes over");
    assert!(runtime.get::<f32>("value").expect("a float").is_nan());
    assert_eq!(
        eval::<f64>(runtime, "2 ** 80").to_string(),
        "1208925819614629200000000"
    );
    exec(
        runtime,
        "import fractions\nclass Float:\n    def __float__(self): return 2.5",
    );
    assert_eq!(
        eval::<(f64, f32)>(runtime, "(Float(), fractions.Fraction(1, 4))"),
        (2.5, 0.25)
    );
    assert_eq!(
        refused::<f64>(runtime, "10 ** 400").message(),
        "int too large to be a float"
    );
    assert_eq!(
        refused::<f32>(runtime, "1e39").kind(),
        ErrorKind::Conversion
    );
    assert_eq!(
        refused::<f64>(runtime, "'1.5'").message(),
        "expected float, got str"
    );
    round_trip(runtime, [true, false]);
    for expression in ["1", "0", "None", "'True'"] {
        assert!(
            refused::<bool>(runtime, expression)
                .message()
                .starts_with("expected bool")
        );
    }
}

#[test]
fn text_and_bytes() {
    let runtime = &runtime();
    let texts = ["", "a", "é", "日本", "🦀\0x", "\u{10ffff}"];
    round_trip(runtime, texts.map(String::from));
    round_trip(runtime, texts.map(|text| Cow::<str>::from(text.to_owned())));
    round_trip(runtime, ['a', 'é', '\0', '🦀', char::MAX]);
    round_trip(
        runtime,
        [Vec::new(), (0..=255).collect()].map(Bytes::<Vec<u8>>),
    );
    round_trip(runtime, ["", "/tmp/ü", "a b"].map(PathBuf::from));
    assert_eq!(
        refused::<char>(runtime, "'ab'").message(),
        "expected one character"
    );
    assert_eq!(
        refused::<char>(runtime, "''").message(),
        "expected one character"
    );
    let error = refused::<Vec<String>>(runtime, "['fine', '\\ud800']");
    assert_eq!(
        error.to_string(),
        "[1]: a str with lone surrogates is no Unicode text"
    );
    assert_eq!(
        refused::<Bytes>(runtime, "'text'").message(),
        "expected bytes, got str"
    );
    assert_eq!(
        refused::<String>(runtime, "b'x'").message(),
        "expected str, got bytes"
    );
    exec(runtime, "import pathlib");
    assert_eq!(
        eval::<PathBuf>(runtime, "pathlib.Path('a') / 'b'"),
        Path::new("a/b")
    );
    assert_eq!(
        refused::<PathBuf>(runtime, "5").message(),
        "expected str, bytes or os.PathLike, got int"
    );
    assert_eq!(
        refused::<PathBuf>(runtime, "'a\\0b'").exception_type(),
        Some("ValueError")
    );
}

#[test]
fn sequences_maps_and_sets() {
    let runtime = &runtime();
    round_trip(runtime, [vec![], vec![Some(1), None], vec![Some(3)]]);
    round_trip(runtime, [VecDeque::from([1, 2])]);
    round_trip(runtime, [[['a', 'b'], ['c', 'd']]]);
    round_trip(
        runtime,
        [HashMap::from([(1, vec!["x".to_owned()]), (2, vec![])])],
    );
    round_trip(
        runtime,
        [BTreeMap::from([(
            "k".to_owned(),
            BTreeMap::from([((1, 'c'), true)]),
        )])],
    );
    round_trip(runtime, [HashSet::from([1, 2, 3])]);
    round_trip(runtime, [BTreeSet::from([(1, "a".to_owned())])]);
    round_trip(
        runtime,
        [(
            1,
            "b".to_owned(),
            2.5,
            false,
            None::<u8>,
            ('x',),
            vec![()],
            Box::new(5_i16),
        )],
    );
    assert_eq!(eval::<Vec<u8>>(runtime, "(1, 2)"), [1, 2]);
    assert_eq!(
        eval::<HashSet<u8>>(runtime, "frozenset({1})"),
        HashSet::from([1])
    );
    exec(
        runtime,
        "import collections\nclass Mine(list):\n    def __iter__(self): raise OSError",
    );
    assert_eq!(eval::<Vec<u8>>(runtime, "Mine([1])"), [1]);
    assert_eq!(
        eval::<BTreeMap<String, u8>>(runtime, "collections.Counter('aab')")["a"],
        2
    );
    runtime
        .set(
            "value",
            (&[1, 2][..], &vec!["a"], &BTreeMap::from([(1, 2)])),
        )
        .expect("it goes over");
    assert_eq!(
        eval::<String>(runtime, "repr(value)"),
        "([1, 2], ['a'], {1: 2})"
    );
}

#[test]
fn errors_name_the_place() {
    let runtime = runtime();
    type Deep = Vec<HashMap<String, (Option<Vec<[u8; 2]>>, BTreeSet<u8>)>>;
    for (value, message) in [
        ("[{'a': (None, {1})}]", "fine"),
        ("{}", "expected list or tuple, got dict"),
        (
            "[{'a': (None, set()), 'b': 5}]",
            "[0]['b']: expected tuple, got int",
        ),
        ("[{}, {5: ()}]", "[1]<key 5>: expected str, got int"),
        (
            "[{'a': ([[1, 2], [1, 256]], set())}]",
            "[0]['a'][0][1][1]: 256 is not in 0..=255",
        ),
        (
            "[{'a': ([[1]], set())}]",
            "[0]['a'][0][0]: expected 2 items, got 1",
        ),
        (
            "[{'a': (None, {'x'})}]",
            "[0]['a'][1]<item>: expected int, got str",
        ),
        (
            "[{'a': (None, [])}]",
            "[0]['a'][1]: expected set or frozenset, got list",
        ),
        (
            "[{'a': (None,)}]",
            "[0]['a']: expected a tuple of 2, got one of 1",
        ),
        ("iter([])", "expected list or tuple, got list_iterator"),
        ("range(10**18)", "expected list or tuple, got range"),
        ("'text'", "expected list or tuple, got str"),
    ] {
        let got = runtime
            .eval::<Deep>(value)
            .map_or_else(|error| error.to_string(), |_| "fine".into());
        assert_eq!(got, message, "{value}");
    }
    let error = refused::<HashMap<String, u8>>(&runtime, "{'é' * 1000: 'x'}");
    assert!(error.path().is_some_and(|path| path.len() < 200), "{error}");
}

#[test]
fn keys_need_a_hash() {
    let runtime = runtime();
    let error = runtime
        .set("value", BTreeMap::from([(vec![1], 2)]))
        .unwrap_err();
    assert_eq!(error.exception_type(), Some("TypeError"));
    let error = runtime.set("value", BTreeSet::from([vec![1]])).unwrap_err();
    assert_eq!(error.exception_type(), Some("TypeError"));
    assert!(runtime.globals().expect("names").is_empty());
}

#[test]
fn times() {
    let runtime = &runtime();
    round_trip(
        runtime,
        [
            0,
            1,
            999_999,
            1_000_000,
            86_400_000_000,
            u64::from(u32::MAX) * 7,
        ]
        .map(Duration::from_micros),
    );
    let day = Duration::from_secs(86_400);
    round_trip(
        runtime,
        [
            UNIX_EPOCH,
            UNIX_EPOCH + day * 20_000,
            UNIX_EPOCH - day - Duration::from_micros(3),
        ],
    );
    exec(runtime, "from datetime import *");
    let later = UNIX_EPOCH + Duration::from_secs(3600);
    assert_eq!(
        eval::<SystemTime>(
            runtime,
            "datetime(1970, 1, 1, 3, tzinfo=timezone(timedelta(hours=2)))"
        ),
        later
    );
    assert_eq!(
        refused::<SystemTime>(runtime, "datetime(1970, 1, 1)").message(),
        "the datetime has no time zone"
    );
    assert_eq!(
        refused::<Duration>(runtime, "timedelta(-1)").message(),
        "a Duration is not negative"
    );
    assert_eq!(
        refused::<Duration>(runtime, "5").message(),
        "expected datetime.timedelta, got int"
    );
    let error = runtime.set("value", Duration::MAX).unwrap_err();
    assert_eq!(error.exception_type(), Some("OverflowError"));
}

#[test]
fn objects_of_rustpython() {
    let runtime = runtime();
    let list: PyListRef = eval(&runtime, "[1]");
    runtime.set("value", list).expect("it goes over");
    assert_eq!(
        refused::<PyListRef>(&runtime, "()").message(),
        "expected list, got tuple"
    );
    runtime.set("nothing", ()).expect("it goes over");
    assert_eq!(
        refused::<()>(&runtime, "0").message(),
        "expected None, got int"
    );
    eval::<()>(&runtime, "nothing");
}

/// A type of the host's that may be as deep as Python has it.
#[derive(Debug)]
struct Tree(Vec<Tree>);

impl FromPython for Tree {
    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        Vec::from_python(object, vm).map(Self)
    }
}

#[test]
fn endless_values_end_with_an_error() {
    let runtime = runtime();
    exec(&runtime, "endless = []\nendless.append(endless)");
    let error = refused::<Tree>(&runtime, "endless");
    assert_eq!(error.exception_type(), Some("RecursionError"));
    assert_eq!(eval::<Tree>(&runtime, "[[], [[]]]").0.len(), 2);
}

#[test]
fn lists_that_change_meanwhile() {
    let runtime = runtime();
    exec(
        &runtime,
        "values = []\nclass Shrink:\n    def __index__(self):\n        values.clear()\n        return 1\nvalues += [Shrink(), 2, 3]",
    );
    assert_eq!(eval::<Vec<u8>>(&runtime, "values"), [1, 2, 3]);
}

/// Classes may say anything of their days.
#[test]
fn times_that_do_not_fit() {
    let runtime = runtime();
    exec(
        &runtime,
        "import datetime\n\
         class Long(datetime.timedelta):\n\
         \x20   days = property(lambda self: 2 ** 62)\n\
         class Far(datetime.datetime):\n\
         \x20   def __sub__(self, other): return Long(1)\n\
         class Longer(datetime.timedelta):\n\
         \x20   days = property(lambda self: 213503982334601)\n\
         \x20   seconds = microseconds = property(lambda self: 2 ** 64 - 1)\n\
         far = Far(2000, 1, 1, tzinfo=datetime.UTC)",
    );
    for expression in ["Long(1)", "Longer(1)"] {
        let error = refused::<Duration>(&runtime, expression);
        assert_eq!(error.kind(), ErrorKind::Conversion, "{error}");
    }
    let error = refused::<SystemTime>(&runtime, "far");
    assert_eq!(error.kind(), ErrorKind::Conversion, "{error}");
}
