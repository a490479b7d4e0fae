//! Values of serde types there and back.
#![cfg(all(feature = "stdlib", feature = "serde"))]

use std::collections::BTreeMap;
use std::fmt::Debug;

use rustpython_pickle::runtime::{Bytes, Error, Runtime, Serde};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

#[track_caller]
fn exec(runtime: &Runtime, source: &str) {
    if let Err(error) = runtime.exec(source) {
        panic!("{}", error.traceback().unwrap_or(error.message()));
    }
}

/// Sends a value over, and gives its repr after it has come back the same.
#[allow(clippy::needless_pass_by_value, reason = "shorter to call")]
#[track_caller]
fn round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    runtime: &Runtime,
    value: T,
) -> String {
    runtime.set("value", Serde(&value)).expect("it goes over");
    let back = runtime.get::<Serde<T>>("value");
    assert_eq!(back.expect("it comes back").0, value);
    runtime.eval("repr(value)").expect("it has a repr")
}

#[track_caller]
fn eval<T: DeserializeOwned>(runtime: &Runtime, expression: &str) -> T {
    match runtime.eval::<Serde<T>>(expression) {
        Ok(value) => value.0,
        Err(error) => panic!("{expression}: {error}"),
    }
}

#[track_caller]
fn refused<T: DeserializeOwned>(runtime: &Runtime, expression: &str) -> Error {
    match runtime.eval::<Serde<T>>(expression) {
        Ok(_) => panic!("{expression} has a value"),
        Err(error) => error,
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Metres(f64);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Pair(u8, String);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    x: i32,
    y: i32,
    #[serde(default)]
    label: Option<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Empty,
    Circle(f64),
    Line(Point, Point),
    Polygon { corners: Vec<Point>, filled: bool },
}

fn point(x: i32, y: i32) -> Point {
    Point { x, y, label: None }
}

#[test]
fn every_kind_of_serde_goes_there_and_back() {
    let runtime = &runtime();
    assert_eq!(round_trip(runtime, ()), "None");
    assert_eq!(round_trip(runtime, Unit), "None");
    assert_eq!(round_trip(runtime, Metres(2.5)), "2.5");
    assert_eq!(round_trip(runtime, Pair(1, "a".into())), "(1, 'a')");
    assert_eq!(round_trip(runtime, (1, 'b', true)), "(1, 'b', True)");
    assert_eq!(round_trip(runtime, [1, 2]), "(1, 2)");
    assert_eq!(round_trip(runtime, vec![Some(1), None]), "[1, None]");
    assert_eq!(round_trip(runtime, "é\0🦀".to_owned()), "'é\\x00🦀'");
    assert_eq!(
        round_trip(runtime, point(1, -1)),
        "{'x': 1, 'y': -1, 'label': None}"
    );
    assert_eq!(
        round_trip(runtime, BTreeMap::from([((1, 2), 3.0)])),
        "{(1, 2): 3.0}"
    );
    assert_eq!(round_trip(runtime, Shape::Empty), "'Empty'");
    assert_eq!(round_trip(runtime, Shape::Circle(1.0)), "{'Circle': 1.0}");
    assert_eq!(
        round_trip(
            runtime,
            Shape::Line(
                point(0, 0),
                Point {
                    x: 1,
                    y: 1,
                    label: Some("end".into())
                }
            )
        ),
        "{'Line': ({'x': 0, 'y': 0, 'label': None}, {'x': 1, 'y': 1, 'label': 'end'})}"
    );
    assert_eq!(
        round_trip(
            runtime,
            Shape::Polygon {
                corners: vec![],
                filled: true
            }
        ),
        "{'Polygon': {'corners': [], 'filled': True}}"
    );
    round_trip(runtime, BTreeMap::from([(Some(1), vec![Shape::Empty])]));
}

#[test]
fn numbers_are_never_rounded() {
    let runtime = &runtime();
    round_trip(runtime, (i128::MIN, u128::MAX, i64::MIN, u64::MAX, i8::MIN));
    round_trip(runtime, (f64::MAX, f32::MIN_POSITIVE, 0.1_f32));
    assert_eq!(eval::<f64>(runtime, "3"), 3.0);
    for (expression, message) in [
        ("256", "256 is not in 0..=255"),
        ("-1", "-1 is not in 0..=255"),
        ("10**100", "an int of 333 bits is not in 0..=255"),
        ("1.0", "expected u8, got floating point `1.0`"),
        ("True", "expected u8, got boolean `true`"),
        ("'1'", "expected u8, got string \"1\""),
        ("None", "expected u8, got unit value"),
    ] {
        assert_eq!(refused::<u8>(runtime, expression).to_string(), message);
    }
    assert!(
        refused::<serde_json::Value>(runtime, "1 << 200")
            .to_string()
            .contains("201 bits")
    );
    assert_eq!(
        refused::<f64>(runtime, "10**400").message(),
        "int too large to be a float"
    );
}

#[test]
fn structs_from_objects_with_attributes() {
    let runtime = &runtime();
    exec(
        runtime,
        "
from dataclasses import dataclass, field
from typing import NamedTuple, ClassVar
from types import SimpleNamespace
import enum

@dataclass
class Data:
    x: int
    y: int
    kind: ClassVar[str] = 'data'

@dataclass(slots=True)
class Slots:
    x: int
    y: int
    label: str = 'slots'

class Tuple(NamedTuple):
    x: int
    y: int

class Plain:
    def __init__(self): self.x, self._y = 1, 2
    @property
    def y(self): return self._y

class Fails(Plain):
    @property
    def label(self): return 1 / 0

class Kind(enum.Enum):
    Empty = 1
    Full = 2
",
    );
    for object in [
        "Data(1, 2)",
        "Tuple(1, 2)",
        "Plain()",
        "SimpleNamespace(x=1, y=2)",
        "{'x': 1, 'y': 2}",
        "[1, 2, None]",
    ] {
        assert_eq!(eval::<Point>(runtime, object), point(1, 2), "{object}");
    }
    assert_eq!(
        eval::<Point>(runtime, "Slots(1, 2)").label.as_deref(),
        Some("slots")
    );
    assert_eq!(eval::<Shape>(runtime, "Kind.Empty"), Shape::Empty);
    assert_eq!(
        eval::<Shape>(runtime, "{'Line': [Plain(), Tuple(3, 4)]}"),
        Shape::Line(point(1, 2), point(3, 4))
    );

    type Map = BTreeMap<String, i64>;
    for object in [
        "Data(1, 2)",
        "Tuple(1, 2)",
        "SimpleNamespace(x=1, y=2)",
        "dict(x=1, y=2)",
    ] {
        assert_eq!(
            eval::<Map>(runtime, object),
            Map::from([("x".into(), 1), ("y".into(), 2)]),
            "{object}"
        );
    }
    assert_eq!(
        eval::<serde_json::Value>(runtime, "[Slots(1, 2), Tuple(3, 4), Kind.Full, {1.5}]"),
        serde_json::json!([{"x": 1, "y": 2, "label": "slots"}, [3, 4], "Full", [1.5]])
    );

    let error = refused::<Vec<Point>>(runtime, "[Plain(), Fails()]");
    assert_eq!(error.path(), Some("[1].label"));
    assert_eq!(error.exception_type(), Some("ZeroDivisionError"));
    assert_eq!(
        refused::<Point>(runtime, "SimpleNamespace(x=1)").message(),
        "missing field `y`"
    );
    assert_eq!(
        refused::<Shape>(runtime, "Kind.Full").message(),
        "unknown variant `Full`, expected one of `Empty`, `Circle`, `Line`, `Polygon`"
    );
}

#[test]
fn errors_name_the_place() {
    let runtime = &runtime();
    for (expression, message) in [
        (
            "{'a': [{'x': 1, 'y': 'no'}]}",
            "['a'][0].y: expected i32, got string \"no\"",
        ),
        ("{'a': [{'x': 1}]}", "['a'][0]: missing field `y`"),
        ("{'a': 5}", "['a']: expected a sequence, got integer `5`"),
        ("{5: []}", "<key 5>: expected a string, got integer `5`"),
        (
            "{'a': [[1]]}",
            "['a'][0]: invalid length 1, expected struct Point with 3 elements",
        ),
        (
            "{'a': [[1, 2, None, 4]]}",
            "['a'][0]: expected 3 items, got 4",
        ),
        (
            "{'a': [object]}",
            "['a'][0]: a value can't be had from type",
        ),
        (
            "print",
            "a value can't be had from builtin_function_or_method",
        ),
    ] {
        assert_eq!(
            refused::<BTreeMap<String, Vec<Point>>>(runtime, expression).to_string(),
            message
        );
    }
    for (expression, message) in [
        (
            "'Square'",
            "unknown variant `Square`, expected one of `Empty`, `Circle`, `Line`, `Polygon`",
        ),
        ("{'Circle': 'x'}", ".Circle: expected f64, got string \"x\""),
        (
            "{'Line': [{'x': 0, 'y': 0}]}",
            ".Line: invalid length 1, expected tuple variant Shape::Line with 2 elements",
        ),
        (
            "{'Polygon': {'corners': [5], 'filled': True}}",
            ".Polygon.corners[0]: expected struct Point, got integer `5`",
        ),
        ("{'Empty': 1}", ".Empty: expected None, got int"),
        ("'Circle'", "expected newtype variant, got unit variant"),
        ("{}", "expected a dict of one variant"),
        (
            "{'Empty': None, 'Circle': 1.0}",
            "expected a dict of one variant",
        ),
        ("5", "expected a variant: str or dict, got int"),
        ("{5: 1}", "expected str, got int"),
    ] {
        assert_eq!(
            refused::<Shape>(runtime, expression).to_string(),
            message,
            "{expression}"
        );
    }
    let error = runtime
        .set("value", Serde(BTreeMap::from([(vec![1], 2)])))
        .unwrap_err();
    assert_eq!(error.exception_type(), Some("TypeError"));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    Text { text: String },
    Number { number: i64 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Text(String),
    Many(Vec<Untagged>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    name: String,
    #[serde(flatten)]
    rest: BTreeMap<String, i64>,
}

#[test]
fn other_representations() {
    let runtime = &runtime();
    assert_eq!(
        round_trip(runtime, Tagged::Number { number: 5 }),
        "{'type': 'Number', 'number': 5}"
    );
    round_trip(runtime, Tagged::Text { text: "a".into() });
    let many = Untagged::Many(vec![Untagged::Number(1), Untagged::Text("b".into())]);
    assert_eq!(round_trip(runtime, many), "[1, 'b']");
    let flat = Flat {
        name: "n".into(),
        rest: BTreeMap::from([("a".into(), 1)]),
    };
    assert_eq!(round_trip(runtime, flat), "{'name': 'n', 'a': 1}");
}

#[test]
fn bytes_and_what_is_ignored() {
    let runtime = &runtime();
    assert_eq!(eval::<Vec<u8>>(runtime, "b'\\x00\\xff'"), [0, 255]);
    assert_eq!(eval::<Vec<u8>>(runtime, "bytearray(b'ab')"), b"ab");
    assert!(runtime.eval::<Serde<IgnoredAny>>("print").is_ok());
    assert_eq!(
        eval::<Point>(runtime, "{'x': 1, 'y': 2, 'other': print}"),
        point(1, 2)
    );
    assert_eq!(runtime.eval::<Bytes>("b'x'").expect("bytes").0, b"x");
}

#[test]
fn endless_and_deep_values_end_with_an_error() {
    let runtime = Runtime::builder()
        .stack_size(1 << 20)
        .spawn()
        .expect("a thread");
    runtime
        .exec("endless = []\nendless.append(endless)\nround = {}\nround['k'] = round")
        .expect("it runs");
    for name in ["endless", "round"] {
        let error = runtime.eval::<Serde<serde_json::Value>>(name).unwrap_err();
        let message = error.message();
        assert!(
            message.contains("levels deep") || error.exception_type() == Some("RecursionError"),
            "{error}"
        );
    }
    let error = runtime
        .run(|runtime| {
            let mut value = serde_json::Value::Null;
            for _ in 0..5_000 {
                value = serde_json::Value::Array(vec![value]);
            }
            let error = runtime.set("value", Serde(&value)).unwrap_err();
            // Dropping it recursively would be too deep as well.
            while let serde_json::Value::Array(mut inner) = value {
                value = inner.pop().unwrap_or_default();
            }
            error
        })
        .expect("it runs");
    assert!(
        error.message().contains("levels deep") || error.exception_type() == Some("RecursionError"),
        "{error}"
    );
    assert_eq!(
        runtime
            .eval::<Serde<serde_json::Value>>("[[[1]]]")
            .expect("a value")
            .0,
        serde_json::json!([[[1]]])
    );
}
