//! Spans and points of time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustpython_vm::{PyObject, PyObjectRef, PyResult, VirtualMachine};

use super::{ConversionError, FromPython, ToPython};

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// A `timedelta`; what is shorter than a microsecond is cut off.
fn timedelta(duration: Duration, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
    let class = vm.import("datetime", 0)?.get_attr("timedelta", vm)?;
    let seconds = duration.as_secs();
    let parts = (
        vm.new_pyobj(seconds / SECONDS_PER_DAY),
        vm.new_pyobj(seconds % SECONDS_PER_DAY),
        vm.new_pyobj(duration.subsec_micros()),
    );
    class.call(parts, vm)
}

impl ToPython for Duration {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        timedelta(self, vm)
    }
}

/// The days, seconds and microseconds of a `timedelta`, of which only the days may be negative.
fn parts(object: &PyObject, vm: &VirtualMachine) -> Result<(i64, Duration), ConversionError> {
    let part = |name: &'static str| {
        object
            .get_attr(name, vm)
            .map_err(ConversionError::exception)
    };
    let days = i64::from_python(&*part("days")?, vm)?;
    let seconds = u64::from_python(&*part("seconds")?, vm)?;
    let micros = u64::from_python(&*part("microseconds")?, vm)?;
    let rest = Duration::from_secs(seconds).checked_add(Duration::from_micros(micros));
    let rest = rest.ok_or_else(|| ConversionError::range("the timedelta does not fit"))?;
    Ok((days, rest))
}

fn is_a(
    object: &PyObject,
    class: &'static str,
    vm: &VirtualMachine,
) -> Result<bool, ConversionError> {
    let is_instance = || {
        let class = vm.import("datetime", 0)?.get_attr(class, vm)?;
        object.is_instance(&class, vm)
    };
    is_instance().map_err(ConversionError::exception)
}

impl FromPython for Duration {
    const PLAIN: bool = true;

    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        if !is_a(object, "timedelta", vm)? {
            return Err(ConversionError::expected("datetime.timedelta", object));
        }
        let (days, rest) = parts(object, vm)?;
        match u64::try_from(days) {
            Ok(days) => days
                .checked_mul(SECONDS_PER_DAY)
                .and_then(|seconds| Self::from_secs(seconds).checked_add(rest))
                .ok_or_else(|| ConversionError::range("the timedelta does not fit")),
            Err(_) => Err(ConversionError::range("a Duration is not negative")),
        }
    }
}

/// `datetime.datetime` of 1970, in UTC.
fn epoch(vm: &VirtualMachine) -> PyResult<PyObjectRef> {
    let datetime = vm.import("datetime", 0)?;
    let utc = datetime.get_attr("UTC", vm)?;
    let class = datetime.get_attr("datetime", vm)?;
    vm.call_method(&class, "fromtimestamp", (0, utc))
}

impl ToPython for SystemTime {
    const PLAIN: bool = true;

    fn to_python(self, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
        let epoch = epoch(vm)?;
        match self.duration_since(UNIX_EPOCH) {
            Ok(since) => vm._add(&epoch, &*timedelta(since, vm)?),
            Err(before) => vm._sub(&epoch, &*timedelta(before.duration(), vm)?),
        }
    }
}

impl FromPython for SystemTime {
    const PLAIN: bool = true;

    /// The point of time of a `datetime` with a time zone; without one it is none.
    fn from_python(object: &PyObject, vm: &VirtualMachine) -> Result<Self, ConversionError> {
        if !is_a(object, "datetime", vm)? {
            return Err(ConversionError::expected("datetime.datetime", object));
        }
        let zone = object.get_attr("tzinfo", vm);
        if vm.is_none(&*zone.map_err(ConversionError::exception)?) {
            return Err(ConversionError::value("the datetime has no time zone"));
        }
        let since = epoch(vm).and_then(|epoch| vm._sub(object, &epoch));
        let (days, rest) = parts(&*since.map_err(ConversionError::exception)?, vm)?;
        let whole = days.unsigned_abs().checked_mul(SECONDS_PER_DAY);
        let time = whole.map(Duration::from_secs).and_then(|whole| {
            if days < 0 {
                UNIX_EPOCH.checked_sub(whole)
            } else {
                UNIX_EPOCH.checked_add(whole)
            }
        });
        let time = time.and_then(|time| time.checked_add(rest));
        time.ok_or_else(|| ConversionError::range("the time does not fit"))
    }
}
