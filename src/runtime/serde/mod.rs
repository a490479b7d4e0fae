//! Values of any serde type as Python objects.

mod de;
mod ser;

use core::fmt;

use ::serde::{Serialize, de::DeserializeOwned};
use rustpython_vm::{PyObject, PyObjectRef, PyResult, VirtualMachine};

use super::{ConversionError, FromPython, ToPython};

/// How deep values may nest; a Python object may contain itself, and then has no end.
const DEPTH: usize = 1000;

/// A value that goes over with serde.
///
/// | serde | to Python | from Python |
/// | --- | --- | --- |
/// | struct | `dict` with the fields' names | `dict`, or an object with attributes of these names, such as one of a dataclass |
/// | map | `dict`, keys of any kind | `dict`; also an object, if it is a dataclass's, a named tuple or has a `__dict__` |
/// | sequence | `list` | `list`, `tuple`, `set`, `frozenset`, `bytes` |
/// | tuple, tuple struct | `tuple` | the same |
/// | unit, unit struct, `None` | `None` | `None` |
/// | newtype struct, `Some` | what is inside | the same |
/// | unit variant | its name | its name; also a member of an `enum.Enum` that has it |
/// | other variant | `{name: contents}` | the same |
/// | bytes | `bytes` | whatever has a buffer |
/// | integers up to 128 bits, floats, `bool` | `int`, `float`, `bool` | the same; a float takes an `int` as well |
/// | `char`, string | `str` | `str` |
///
/// Enums with another representation than the default read what serde says for them. Numbers are never
/// rounded: one that does not fit is an error.
///
/// ```
/// use rustpython_pickle::runtime::{Runtime, Serde};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// struct Player { name: String, level: u8, items: Vec<Item> }
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// enum Item { Torch, Coins(u32) }
///
/// let ada = Player { name: "Ada".into(), level: 3, items: vec![Item::Torch, Item::Coins(5)] };
///
/// let runtime = Runtime::new()?;
/// runtime.set("ada", Serde(&ada))?;
/// assert_eq!(runtime.eval::<String>("str(ada['items'])")?, "['Torch', {'Coins': 5}]");
/// assert_eq!(runtime.get::<Serde<Player>>("ada")?.0, ada);
///
/// runtime.exec("
/// from dataclasses import dataclass
///
/// @dataclass
/// class Player:
///     name: str
///     level: int
///     items: list
/// ")?;
/// let grace: Serde<Player> = runtime.eval("Player('Grace', 9, ['Torch'])")?;
/// assert_eq!(grace.0.items, [Item::Torch]);
///
/// let error = runtime.eval::<Serde<Vec<Player>>>("[ada, Player('Bob', -1, [])]").unwrap_err();
/// assert_eq!(error.path(), Some("[1].level"));
/// # Ok::<(), rustpython_pickle::runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serde<T>(pub T);

impl<T: Serialize> ToPython for Serde<T> {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        let object = self.0.serialize(ser::Serializer { vm, depth: DEPTH });
        object.map_err(|error| error.into_exception(vm))
    }
}

impl<T: DeserializeOwned> FromPython for Serde<T> {
    const PLAIN: bool = true;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        let deserializer = de::Deserializer {
            object: object.to_owned(),
            vm,
            depth: DEPTH,
        };
        T::deserialize(deserializer).map(Self)
    }
}

/// One level deeper.
fn deeper<T>(
    depth: usize,
    vm: &VirtualMachine,
    convert: impl FnOnce(usize) -> Result<T, ConversionError>,
) -> Result<T, ConversionError> {
    let Some(depth) = depth.checked_sub(1) else {
        let message = format!("nested more than {DEPTH} levels deep");
        return Err(ConversionError::value(message));
    };
    super::convert::nested(vm, || convert(depth))
}

impl ::serde::ser::Error for ConversionError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::value(message.to_string())
    }
}

impl ::serde::de::Error for ConversionError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::value(message.to_string())
    }

    fn invalid_type(
        got: ::serde::de::Unexpected<'_>,
        expected: &dyn ::serde::de::Expected,
    ) -> Self {
        Self::type_error(format!("expected {expected}, got {got}"))
    }
}
