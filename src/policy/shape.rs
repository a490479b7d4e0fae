//! What arguments and states may be, told without an interpreter.

use core::fmt;
use std::borrow::Cow;

/// What an argument, or a state, may be.
///
/// Types are exact: a `bool` is no [`Int`](Self::Int), and an instance of a subclass of `str` is no
/// [`Str`](Self::Str).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Shape {
    /// Anything.
    Any,
    /// `None`.
    None,
    /// `True` or `False`.
    Bool,
    /// An integer of any size.
    AnyInt,
    /// An integer of at most so many bits.
    Bits(u64),
    /// An integer of at least the first and at most the second number.
    Int(i64, i64),
    /// A float.
    Float,
    /// A str of at most so many bytes of UTF-8.
    Str(usize),
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// A str that a test accepts; the name says which strings those are.
    Text(&'static str, fn(&str) -> bool),
    /// A bytes object of at least the first and at most the second number of bytes.
    Bytes(usize, usize),
    /// Bytes that a test accepts, or a str of the code points U+0000 to U+00FF that those are; the name
    /// says which bytes.
    ///
    /// Protocols before 3 have no bytes, so that what Python 2 has packed comes as such a str.
    Packed(&'static str, fn(&[u8]) -> bool),
    /// A list.
    List,
    /// A list whose items have one shape.
    ListOf(&'static Shape),
    /// A tuple.
    AnyTuple,
    /// A tuple of any length whose items have one shape.
    Tuple(&'static Shape),
    /// A dict.
    Dict,
    /// A dict with at most these keys, whose values have these shapes.
    Fields(&'static [(&'static str, Shape)]),
    /// An object that the list itself names.
    Listed,
    /// A class that the list itself names, with the right to call it.
    Callable,
    /// One of these.
    Either(&'static [Shape]),
}

/// What a [`View`] sees.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Seen<'a, O> {
    /// `None`.
    None,
    /// A boolean.
    Bool,
    /// An integer of at most 64 bits.
    Int(i64),
    /// A larger one, and how many bits it has at most.
    LongInt(u64),
    /// A float.
    Float,
    /// A str; `None` if it is not valid Unicode or not known.
    Str(Option<Cow<'a, str>>),
    /// A bytes object.
    Bytes {
        /// How many bytes there are.
        length: usize,
        /// The bytes themselves, if they are known.
        content: Option<Cow<'a, [u8]>>,
    },
    /// A list.
    List,
    /// A tuple.
    Tuple(Vec<O>),
    /// A dict, with its keys and values; `None` if it is too large to look at.
    Dict(Option<Vec<(O, O)>>),
    /// An object that the list names; whether it may be called, and is a class.
    Listed {
        /// Whether it is a class that may be called.
        callable: bool,
    },
    /// Anything else.
    Other,
}

/// How objects are looked at: live ones, and those of the inspector.
pub trait View {
    /// A handle to an object.
    type Object;

    /// What an object is.
    fn see<'a>(&'a self, object: &'a Self::Object) -> Seen<'a, Self::Object>;

    /// The items of a list; `None` if it is none, or if they are not known.
    fn items(&self, object: &Self::Object) -> Option<Vec<Self::Object>>;
}

impl Shape {
    /// Whether an object has this shape.
    pub fn accepts<V: View>(&self, object: &V::Object, view: &V) -> bool {
        match (self, view.see(object)) {
            (Self::Any, _)
            | (Self::None, Seen::None)
            | (Self::Bool, Seen::Bool)
            | (Self::AnyInt, Seen::Int(_) | Seen::LongInt(_))
            | (Self::Float, Seen::Float)
            | (Self::List, Seen::List)
            | (Self::AnyTuple, Seen::Tuple(_))
            | (Self::Dict, Seen::Dict(_))
            | (Self::Listed, Seen::Listed { .. })
            | (Self::Callable, Seen::Listed { callable: true }) => true,
            (Self::ListOf(shape), Seen::List) => view
                .items(object)
                .is_some_and(|items| items.iter().all(|item| shape.accepts(item, view))),
            (Self::Bits(most), Seen::Int(value)) => bits(value) <= *most,
            (Self::Bits(most), Seen::LongInt(bits)) => bits <= *most,
            (Self::Int(least, most), Seen::Int(value)) => (*least..=*most).contains(&value),
            (Self::Str(most), Seen::Str(Some(text))) => text.len() <= *most,
            (Self::OneOf(texts), Seen::Str(Some(text))) => texts.contains(&&*text),
            (Self::Text(_, test), Seen::Str(Some(text))) => test(&text),
            (Self::Bytes(least, most), Seen::Bytes { length, .. }) => {
                (*least..=*most).contains(&length)
            }
            (Self::Packed(_, test), Seen::Bytes { content, .. }) => {
                content.is_some_and(|bytes| test(&bytes))
            }
            (Self::Packed(_, test), Seen::Str(Some(text))) => {
                latin1(&text).is_some_and(|bytes| test(&bytes))
            }
            (Self::Tuple(shape), Seen::Tuple(items)) => {
                items.iter().all(|item| shape.accepts(item, view))
            }
            (Self::Fields(fields), Seen::Dict(Some(items))) => items.iter().all(|(key, value)| {
                let Seen::Str(Some(name)) = view.see(key) else {
                    return false;
                };
                let field = fields.iter().find(|(field, _)| *field == name);
                field.is_some_and(|(_, shape)| shape.accepts(value, view))
            }),
            (Self::Either(shapes), _) => shapes.iter().any(|shape| shape.accepts(object, view)),
            _ => false,
        }
    }
}

/// How many bits an integer has, without its sign.
fn bits(value: i64) -> u64 {
    u64::from(64 - value.unsigned_abs().leading_zeros())
}

/// The bytes that a text's code points are; `None` if some are none, or if it is too long to be packed.
fn latin1(text: &str) -> Option<Vec<u8>> {
    const MOST: usize = 256;
    if text.len() > MOST {
        return None;
    }
    text.chars().map(|char| u8::try_from(char).ok()).collect()
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("anything"),
            Self::None => f.write_str("None"),
            Self::Bool => f.write_str("a bool"),
            Self::AnyInt => f.write_str("an int"),
            Self::Bits(most) => write!(f, "an int of at most {most} bits"),
            Self::Int(least, most) => write!(f, "an int from {least} to {most}"),
            Self::Float => f.write_str("a float"),
            Self::Str(most) => write!(f, "a str of at most {most} bytes"),
            Self::OneOf(texts) => {
                f.write_str("one of ")?;
                for (index, text) in texts.iter().enumerate() {
                    write!(f, "{}'{text}'", if index == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Self::Text(name, _) | Self::Packed(name, _) => f.write_str(name),
            Self::Bytes(least, most) => write!(f, "bytes, of {least} to {most}"),
            Self::List => f.write_str("a list"),
            Self::ListOf(shape) => write!(f, "a list, each item {shape}"),
            Self::AnyTuple => f.write_str("a tuple"),
            Self::Tuple(shape) => write!(f, "a tuple, each item {shape}"),
            Self::Dict => f.write_str("a dict"),
            Self::Fields(fields) => {
                f.write_str("a dict with ")?;
                for (index, (name, shape)) in fields.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}'{name}': {shape}")?;
                }
                Ok(())
            }
            Self::Listed => f.write_str("an object that is listed"),
            Self::Callable => f.write_str("a class that is listed and may be called"),
            Self::Either(shapes) => {
                for (index, shape) in shapes.iter().enumerate() {
                    write!(f, "{}{shape}", if index == 0 { "" } else { " or " })?;
                }
                Ok(())
            }
        }
    }
}

/// What the arguments of a call may be.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// How many there have to be at least.
    pub(super) least: usize,
    /// The shapes of those with a place of their own.
    pub(super) shapes: Vec<Shape>,
    /// The shape of all others; `None` if there may be none.
    pub(super) rest: Option<Shape>,
    /// How many there may be, and how many bytes all their text may have.
    pub(super) most: Option<(usize, usize)>,
}

impl Arguments {
    /// Arguments of these shapes, of which the last may be missing as long as there are `least`.
    #[must_use]
    pub fn new(least: usize, shapes: impl Into<Vec<Shape>>) -> Self {
        Self {
            least,
            shapes: shapes.into(),
            rest: None,
            most: None,
        }
    }

    /// No arguments.
    #[must_use]
    pub fn none() -> Self {
        Self::new(0, [])
    }

    /// Any arguments.
    #[must_use]
    pub fn any() -> Self {
        Self::none().rest(Shape::Any)
    }

    /// Any number of further arguments of this shape.
    #[must_use]
    pub fn rest(mut self, shape: Shape) -> Self {
        self.rest = Some(shape);
        self
    }

    /// At most so many arguments, whose strings have at most so many bytes of UTF-8 in all: for what puts them
    /// together.
    #[must_use]
    pub fn at_most(mut self, count: usize, bytes: usize) -> Self {
        self.most = Some((count, bytes));
        self
    }

    /// Whether any arguments will do.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.shapes.is_empty() && self.least == 0 && matches!(self.rest, Some(Shape::Any))
    }

    /// Checks arguments.
    ///
    /// # Errors
    /// What the first wrong one should be.
    pub fn check<V: View>(&self, arguments: &[V::Object], view: &V) -> Result<(), String> {
        let count = arguments.len();
        if count < self.least {
            return Err(format!(
                "{count} arguments, of which there have to be {}",
                self.least
            ));
        }
        if let Some((most, bytes)) = self.most {
            if count > most {
                return Err(format!("{count} arguments, of which there may be {most}"));
            }
            let text = arguments.iter().map(|argument| match view.see(argument) {
                Seen::Str(Some(text)) => text.len(),
                _ => 0,
            });
            if text.sum::<usize>() > bytes {
                return Err(format!(
                    "the arguments have to be at most {bytes} bytes together"
                ));
            }
        }
        for (index, argument) in arguments.iter().enumerate() {
            let Some(shape) = self.shapes.get(index).or(self.rest.as_ref()) else {
                let most = self.shapes.len();
                return Err(format!("{count} arguments, of which there may be {most}"));
            };
            if !shape.accepts(argument, view) {
                return Err(format!("argument {} has to be {shape}", index + 1));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Literal;

    /// What is seen of a test's object.
    type Object = &'static str;

    impl View for Literal {
        type Object = Object;
        fn items(&self, object: &Object) -> Option<Vec<Object>> {
            (*object == "[1, 2]").then(|| vec!["1", "2"])
        }
        fn see<'a>(&'a self, object: &'a Object) -> Seen<'a, Object> {
            match (object.parse(), *object) {
                (Ok(value), _) => Seen::Int(value),
                (_, "big") => Seen::LongInt(100),
                (_, "b'ab'") => Seen::Bytes {
                    length: 2,
                    content: Some(b"ab".into()),
                },
                (_, "long bytes") => Seen::Bytes {
                    length: 2,
                    content: None,
                },
                (_, "(1, 2)") => Seen::Tuple(vec!["1", "2"]),
                (_, "[1, 2]" | "long list") => Seen::List,
                (_, "{'int': 1}") => Seen::Dict(Some(vec![("int", "1")])),
                (_, "class") => Seen::Listed { callable: true },
                (_, "surrogate") => Seen::Str(None),
                (_, text) => Seen::Str(Some(text.into())),
            }
        }
    }

    fn accepts(shape: &Shape, object: Object) -> bool {
        shape.accepts(&object, &Literal)
    }

    #[test]
    fn shapes_are_exact() {
        assert!(accepts(&Shape::Int(0, 5), "5"));
        assert!(!accepts(&Shape::Int(0, 5), "6"));
        assert!(!accepts(&Shape::Int(0, 5), "big"));
        assert!(accepts(&Shape::AnyInt, "big"));
        assert!(accepts(&Shape::Bits(100), "big") && !accepts(&Shape::Bits(99), "big"));
        assert!(accepts(&Shape::Bits(3), "-7") && !accepts(&Shape::Bits(3), "8"));
        assert!(accepts(&Shape::Bytes(2, 2), "long bytes"));
        let packed = Shape::Packed("ab, or \u{e9}", |bytes| {
            [&b"ab"[..], b"\xe9"].contains(&bytes)
        });
        assert!(accepts(&packed, "b'ab'") && !accepts(&packed, "long bytes"));
        assert!(accepts(&packed, "ab") && accepts(&packed, "\u{e9}"));
        assert!(!accepts(&packed, "\u{20ac}") && !accepts(&packed, "abc"));
        assert!(accepts(&Shape::Str(3), "abc"));
        assert!(!accepts(&Shape::Str(2), "abc"));
        assert!(!accepts(&Shape::Str(99), "surrogate"));
        assert!(accepts(&Shape::Tuple(&Shape::Int(1, 2)), "(1, 2)"));
        assert!(!accepts(&Shape::Tuple(&Shape::Int(1, 1)), "(1, 2)"));
        assert!(accepts(&Shape::ListOf(&Shape::Int(1, 2)), "[1, 2]"));
        assert!(!accepts(&Shape::ListOf(&Shape::Int(1, 1)), "[1, 2]"));
        assert!(!accepts(&Shape::ListOf(&Shape::Any), "long list"));
        assert!(!accepts(&Shape::ListOf(&Shape::Any), "(1, 2)"));
        assert!(accepts(&Shape::Callable, "class"));
        assert!(!accepts(&Shape::Str(9), "class"));
        const FIELDS: Shape = Shape::Fields(&[("int", Shape::AnyInt)]);
        assert!(accepts(&FIELDS, "{'int': 1}"));
        assert!(!accepts(&Shape::Fields(&[]), "{'int': 1}"));
    }

    #[test]
    fn arguments_are_counted_and_named() {
        let rule = Arguments::new(1, [Shape::Str(9), Shape::AnyInt]);
        let check = |arguments: &[Object]| rule.check(arguments, &Literal);
        assert_eq!(check(&["a", "1"]), Ok(()));
        assert_eq!(check(&["a"]), Ok(()));
        assert_eq!(
            check(&["a", "b"]),
            Err("argument 2 has to be an int".to_owned())
        );
        assert!(check(&[]).is_err());
        assert!(check(&["a", "1", "2"]).is_err());
        let any = rule.clone().rest(Shape::AnyInt);
        assert_eq!(any.check(&["a", "1", "2"], &Literal), Ok(()));
        let short = Arguments::none().rest(Shape::Str(9)).at_most(3, 5);
        assert_eq!(short.check(&["a", "bb", "cc"], &Literal), Ok(()));
        assert!(short.check(&["a", "bb", "ccc"], &Literal).is_err());
        assert!(short.check(&["a", "b", "c", "d"], &Literal).is_err());
    }
}
