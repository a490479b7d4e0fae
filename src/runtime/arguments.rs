//! The arguments of a call from the host.

use core::fmt;

use rustpython_vm::{
    PyObjectRef, PyResult, VirtualMachine,
    function::{FuncArgs, KwArgs},
};

use super::ToPython;
use super::convert::for_each_arity;

/// What a Python function can be called with: a tuple of values that are [`ToPython`], or
/// [`Args`].
pub trait ToArguments {
    /// The arguments as Python objects.
    #[doc(hidden)]
    fn to_arguments(self, vm: &VirtualMachine) -> PyResult<FuncArgs>;
}

impl ToArguments for () {
    fn to_arguments(self, _vm: &VirtualMachine) -> PyResult<FuncArgs> {
        Ok(FuncArgs::default())
    }
}

macro_rules! arguments {
    ($($T:ident $index:tt),*) => {
        impl<$($T: ToPython),*> ToArguments for ($($T,)*) {
            fn to_arguments(self, vm: &VirtualMachine) -> PyResult<FuncArgs> {
                Ok(vec![$(self.$index.to_python(vm)?),*].into())
            }
        }
    };
}

for_each_arity!(arguments);

impl ToArguments for FuncArgs {
    fn to_arguments(self, _vm: &VirtualMachine) -> PyResult<FuncArgs> {
        Ok(self)
    }
}

/// Arguments by position and by name.
///
/// ```
/// use rustpython_pickle::runtime::{Args, Runtime};
///
/// let runtime = Runtime::new()?;
/// let numbers = [3, 1, 2];
/// let sorted: Vec<i32> = runtime.call("sorted", Args::new().arg(&numbers).kwarg("reverse", true))?;
/// assert_eq!(sorted, [3, 2, 1]);
/// # Ok::<(), rustpython_pickle::runtime::Error>(())
/// ```
#[derive(Default)]
pub struct Args<'a> {
    positional: Vec<Argument<'a>>,
    named: Vec<(String, Argument<'a>)>,
}

type Argument<'a> = Box<dyn FnOnce(&VirtualMachine) -> PyResult<PyObjectRef> + 'a>;

impl<'a> Args<'a> {
    /// No arguments.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an argument by position.
    #[must_use]
    pub fn arg(mut self, value: impl ToPython + 'a) -> Self {
        self.positional.push(Box::new(|vm| value.to_python(vm)));
        self
    }

    /// Adds an argument by name; of one name the last counts.
    #[must_use]
    pub fn kwarg(mut self, name: impl Into<String>, value: impl ToPython + 'a) -> Self {
        let value: Argument<'a> = Box::new(|vm| value.to_python(vm));
        self.named.push((name.into(), value));
        self
    }
}

impl ToArguments for Args<'_> {
    fn to_arguments(self, vm: &VirtualMachine) -> PyResult<FuncArgs> {
        let positional = self.positional.into_iter().map(|value| value(vm));
        let positional: Vec<_> = positional.collect::<PyResult<_>>()?;
        let named = self.named.into_iter();
        let named = named.map(|(name, value)| Ok((name, value(vm)?)));
        let named: KwArgs = named.collect::<PyResult<Vec<_>>>()?.into_iter().collect();
        Ok(FuncArgs::new(positional, named))
    }
}

impl fmt::Debug for Args<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.named.iter().map(|(name, _)| name).collect();
        f.debug_struct("Args")
            .field("positional", &self.positional.len())
            .field("named", &names)
            .finish()
    }
}
