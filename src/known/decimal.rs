//! `decimal.Decimal`, whose text is made and read here.
//!
//! RustPython's is written in Python (`Lib/_pydecimal.py`): to write one takes a call of `Decimal.__reduce__` and another of
//! `Decimal.__str__`, and to read one a regular expression. Both come to the same as what is here, which asks for no context and
//! runs no code but ours; whatever would ask for one is left to them.

use num_traits::ToPrimitive as _;
use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyBaseObject, PyInt, PyStr, PyType},
    function::PySetterValue,
};

use super::is_standard;
use crate::same_slot::same_slot;

/// Whatever limit a program sets for the digits of integers, so many are allowed (CPython: `_PY_LONG_MAX_STR_DIGITS_THRESHOLD`).
const MAX_DIGITS: usize = 640;

/// How many digits an exponent has at most that is read here.
const MAX_EXPONENT_DIGITS: usize = 9;

/// `Decimal.__str__` writes no exponent while there are fewer zeros behind the point than this.
const MAX_ZEROS: i64 = 6;

/// The methods that say how one is written and read.
const METHODS: [&str; 3] = ["__new__", "__str__", "__reduce__"];

/// The class, as the standard library has it.
#[derive(Debug)]
pub(crate) struct Decimals {
    class: PyRef<PyType>,
    sign: PyObjectRef,
    digits: PyObjectRef,
    exponent: PyObjectRef,
    is_special: PyObjectRef,
}

impl Decimals {
    /// The class, if it is the standard library's and has its methods.
    pub(crate) fn of(class: &Py<PyType>, vm: &VirtualMachine) -> Option<Self> {
        if &*class.slot_name() != "Decimal" {
            return None;
        }
        let object = vm.ctx.types.object_type;
        let is_inherited = |name| {
            let of = |class: &Py<PyType>| class.get_attr(vm.ctx.intern_str(name));
            matches!((of(class), of(object)), (Some(own), Some(objects)) if own.is(&objects))
        };
        let own = |name| class.attributes.get(vm.ctx.intern_str(name));
        let is_as_made = class.class().is(vm.ctx.types.type_type)
            && same_slot!(class.slots(), object.slots(), getattro)
            && same_slot!(class.slots(), object.slots(), setattro)
            && ["__init__", "__reduce_ex__", "__class__"]
                .into_iter()
                .all(is_inherited)
            && METHODS.into_iter().all(|name| {
                own(name).is_some_and(|method| {
                    is_standard(&method, "_pydecimal", &format!("Decimal.{name}"), vm)
                })
            });
        if !is_as_made {
            return None;
        }
        let slot =
            |name| own(name).filter(|slot| slot.class().is(vm.ctx.types.member_descriptor_type));
        Some(Self {
            class: class.to_owned(),
            sign: slot("_sign")?,
            digits: slot("_int")?,
            exponent: slot("_exp")?,
            is_special: slot("_is_special")?,
        })
    }

    /// What `str()` makes of one; `None` if that depends on the context, or if it is in no state that the class leaves it in.
    pub(crate) fn text(&self, decimal: &PyObject, vm: &VirtualMachine) -> Option<String> {
        let get = |slot| get(slot, decimal, &self.class, vm);
        let sign = get(&self.sign)?.downcast_exact::<PyInt>(vm).ok()?;
        let sign = match sign.as_bigint().to_u8()? {
            0 => "",
            1 => "-",
            _ => return None,
        };
        let digits = get(&self.digits)?.downcast_exact::<PyStr>(vm).ok()?;
        let digits = digits.to_str().filter(|digits| digits.is_ascii())?;
        let is_special = get(&self.is_special)?;
        let exponent = get(&self.exponent)?;
        if is_special.is(&vm.ctx.true_value) {
            let kind = exponent.downcast_ref_if_exact::<PyStr>(vm)?;
            return match kind.as_bytes() {
                b"F" => Some(format!("{sign}Infinity")),
                b"n" => Some(format!("{sign}NaN{digits}")),
                b"N" => Some(format!("{sign}sNaN{digits}")),
                _ => None,
            };
        }
        if !is_special.is(&vm.ctx.false_value) {
            return None;
        }
        let exponent = exponent.downcast_ref_if_exact::<PyInt>(vm)?;
        let exponent = exponent.as_bigint().to_i64()?;
        // How many of the digits are to the left of the point.
        let left = i64::try_from(digits.len()).ok()?.checked_add(exponent)?;
        if exponent > 0 || left <= -MAX_ZEROS {
            return None;
        }
        Some(match usize::try_from(left) {
            Ok(left) if left > 0 => match digits.split_at_checked(left)? {
                (whole, "") => format!("{sign}{whole}"),
                (whole, fraction) => format!("{sign}{whole}.{fraction}"),
            },
            _ => {
                let zeros = usize::try_from(-left).ok()?;
                format!("{sign}0.{:0<zeros$}{digits}", "")
            }
        })
    }

    /// One that is made of its text; `None` if there is more in it than digits, a point, and an exponent.
    pub(crate) fn parse(
        &self,
        text: &Py<PyStr>,
        vm: &VirtualMachine,
    ) -> PyResult<Option<PyObjectRef>> {
        let Some(Number {
            is_negative,
            digits,
            exponent,
        }) = Number::parse(text.as_bytes())
        else {
            return Ok(None);
        };
        let decimal: PyObjectRef = PyRef::new_ref(PyBaseObject, self.class.clone(), None).into();
        let slots = [
            (&self.sign, vm.ctx.new_int(u8::from(is_negative)).into()),
            (&self.digits, vm.ctx.new_str(digits).into()),
            (&self.exponent, vm.ctx.new_int(exponent).into()),
            (&self.is_special, vm.ctx.new_bool(false).into()),
        ];
        for (slot, value) in slots {
            let Some(set) = slot.class().slots().descr_set.load() else {
                return Ok(None);
            };
            set(slot, decimal.clone(), PySetterValue::Assign(value), vm)?;
        }
        Ok(Some(decimal))
    }
}

/// The value of a slot that is set.
fn get(
    slot: &PyObjectRef,
    decimal: &PyObject,
    class: &PyRef<PyType>,
    vm: &VirtualMachine,
) -> Option<PyObjectRef> {
    let get = slot.class().slots().descr_get.load()?;
    get(slot, Some(decimal), Some(class.as_object()), vm).ok()
}

/// A number in decimal digits: what the slots of a `Decimal` hold.
#[derive(Debug, PartialEq, Eq)]
struct Number {
    is_negative: bool,
    digits: String,
    exponent: i64,
}

impl Number {
    /// The number that a text is, if it is written as `Decimal.__str__` writes it, or in a form like that.
    fn parse(text: &[u8]) -> Option<Self> {
        let (is_negative, unsigned) = signed(text);
        let (mantissa, exponent) =
            match unsigned.iter().position(|byte| matches!(byte, b'e' | b'E')) {
                Some(place) => (&unsigned[..place], parse_exponent(&unsigned[place + 1..])?),
                None => (unsigned, 0),
            };
        let (whole, fraction) = match mantissa.iter().position(|byte| *byte == b'.') {
            Some(place) => (&mantissa[..place], &mantissa[place + 1..]),
            None => (mantissa, &[][..]),
        };
        let count = whole.len() + fraction.len();
        let mut digits = whole.iter().chain(fraction).copied();
        if count == 0 || count > MAX_DIGITS || !digits.clone().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        // Zeros that lead are none of its digits, but for one that is the only digit.
        let first = digits.position(|digit| digit != b'0');
        let digits = match first {
            Some(first) => whole
                .iter()
                .chain(fraction)
                .skip(first)
                .copied()
                .map(char::from)
                .collect(),
            None => "0".to_owned(),
        };
        Some(Self {
            is_negative,
            digits,
            exponent: exponent - i64::try_from(fraction.len()).ok()?,
        })
    }
}

/// Whether there is a minus, and what comes behind the sign.
fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

fn parse_exponent(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = signed(text);
    if digits.is_empty() || digits.len() > MAX_EXPONENT_DIGITS {
        return None;
    }
    let value = digits.iter().try_fold(0, |value, digit| {
        digit
            .is_ascii_digit()
            .then(|| value * 10 + i64::from(digit - b'0'))
    })?;
    Some(if is_negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<(bool, String, i64)> {
        let number = Number::parse(text.as_bytes())?;
        Some((number.is_negative, number.digits, number.exponent))
    }

    #[test]
    fn numbers() {
        let number =
            |is_negative, digits: &str, exponent| Some((is_negative, digits.to_owned(), exponent));
        assert_eq!(parsed("0"), number(false, "0", 0));
        assert_eq!(parsed("-0.000"), number(true, "0", -3));
        assert_eq!(parsed("+12.50"), number(false, "1250", -2));
        assert_eq!(parsed("007."), number(false, "7", 0));
        assert_eq!(parsed(".5"), number(false, "5", -1));
        assert_eq!(parsed("-0.0012E+3"), number(true, "12", -1));
        assert_eq!(parsed("1e-999999999"), number(false, "1", -999_999_999));
    }

    #[test]
    fn other_texts() {
        for text in [
            "",
            "-",
            ".",
            "1.2.3",
            "1_0",
            " 1",
            "1 ",
            "NaN",
            "Infinity",
            "e5",
            "1e",
            "1e+",
            "1e1000000000",
            "1e5.",
            "٣",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
        assert!(parsed(&"9".repeat(MAX_DIGITS)).is_some());
        assert!(parsed(&"9".repeat(MAX_DIGITS + 1)).is_none());
    }
}
