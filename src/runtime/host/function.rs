//! Rust closures as Python functions.

use rustpython_vm::{
    PyObjectRef, PyResult, VirtualMachine, builtins::PyBaseExceptionRef, function::FuncArgs,
};

use super::super::convert::for_each_arity;
use super::super::{ConversionError, FromPython, ToPython};

/// A Rust function that Python can call.
///
/// That is a closure of up to twelve arguments that are [`FromPython`], and that may have a
/// `&VirtualMachine` behind them; what it returns is [`ToPython`], so it may be a `Result` whose
/// error is raised. An argument that is an `Option` may be left out, and a last one that is a
/// [`Rest`] takes all that remain. `Kind` is found by the compiler.
///
/// An argument that does not convert is a `TypeError`, an `OverflowError` or a `ValueError` that
/// names it. A panic is a `rustpython_pickle.HostPanic`, which `except Exception` does not catch.
///
/// ```
/// use rustpython_pickle::runtime::{Rest, Runtime};
/// use rustpython_vm::VirtualMachine;
///
/// let runtime = Runtime::builder()
///     .module("host", |module| {
///         module
///             .function("repeat", |text: String, times: Option<usize>| {
///                 text.repeat(times.unwrap_or(2))
///             })
///             .function("largest", |numbers: Rest<f64>| {
///                 numbers.0.into_iter().reduce(f64::max)
///             })
///             .function("depth", |vm: &VirtualMachine| vm.current_recursion_depth())
///     })
///     .build()?;
/// runtime.exec("import host")?;
/// assert_eq!(runtime.eval::<String>("host.repeat('ab')")?, "abab");
/// assert_eq!(runtime.eval::<Option<f64>>("host.largest(1, 3, 2)")?, Some(3.0));
/// assert_eq!(runtime.eval::<usize>("(lambda: host.depth())()")?, 2);
///
/// let error = runtime.eval::<String>("host.repeat('ab', -1)").unwrap_err();
/// assert_eq!(error.exception_type(), Some("OverflowError"));
/// assert!(error.message().starts_with("repeat() argument 2: -1 is not in 0..="));
/// # Ok::<(), rustpython_pickle::runtime::Error>(())
/// ```
///
/// # Other threads
///
/// With the feature `threading` a garbage collection stops all threads of its interpreter, and
/// waits for those that are busy with Rust code. So a function without a `&VirtualMachine` runs
/// detached from its interpreter if the types of its arguments and of its result hold no Python
/// object, which [`FromPython::PLAIN`] and [`ToPython::PLAIN`] tell: it may take its time, or wait
/// for another runtime. Functions with a `&VirtualMachine` should do such things inside
/// [`VirtualMachine::allow_threads`].
pub trait HostFn<Kind>: Send + Sync + 'static {
    /// Calls it with Python's arguments.
    #[doc(hidden)]
    fn call(&self, name: &str, args: FuncArgs, vm: &VirtualMachine) -> PyResult<PyObjectRef>;
}

/// The remaining arguments of a call, as the last argument of a [`HostFn`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rest<T = PyObjectRef>(pub Vec<T>);

/// What a [`HostFn`] may have as an argument.
pub trait FromArguments: Sized {
    /// Whether values of this type hold no Python object.
    #[doc(hidden)]
    const PLAIN: bool;

    /// Takes what it needs of the arguments that are left.
    #[doc(hidden)]
    fn take(arguments: &mut Arguments<'_>) -> PyResult<Self>;
}

impl<T: FromPython> FromArguments for T {
    const PLAIN: bool = T::PLAIN;

    fn take(arguments: &mut Arguments<'_>) -> PyResult<Self> {
        match arguments.next() {
            Some(object) => arguments.convert(&object),
            None => T::absent().ok_or_else(|| arguments.missing()),
        }
    }
}

impl<T: FromPython> FromArguments for Rest<T> {
    const PLAIN: bool = T::PLAIN;

    fn take(arguments: &mut Arguments<'_>) -> PyResult<Self> {
        let mut rest = Vec::new();
        while let Some(object) = arguments.next() {
            rest.push(arguments.convert(&object)?);
        }
        Ok(Self(rest))
    }
}

/// The arguments of a call while they are converted.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "nobody outside sees one")]
pub struct Arguments<'a> {
    name: &'a str,
    given: usize,
    taken: usize,
    left: std::vec::IntoIter<PyObjectRef>,
    vm: &'a VirtualMachine,
}

impl<'a> Arguments<'a> {
    fn new(name: &'a str, args: FuncArgs, vm: &'a VirtualMachine) -> PyResult<Self> {
        if !args.kwargs.is_empty() {
            let message = format!("{name}() takes no keyword arguments");
            return Err(vm.new_type_error(message));
        }
        Ok(Self {
            name,
            given: args.args.len(),
            taken: 0,
            left: args.args.into_iter(),
            vm,
        })
    }

    fn next(&mut self) -> Option<PyObjectRef> {
        let object = self.left.next()?;
        self.taken += 1;
        Some(object)
    }

    fn convert<T: FromPython>(&self, object: &PyObjectRef) -> PyResult<T> {
        let value = T::from_python(object, self.vm);
        value.map_err(|error: ConversionError| {
            let what = format!("{}() argument {}", self.name, self.taken);
            error.into_exception_of(Some(&what), self.vm)
        })
    }

    fn missing(&self) -> PyBaseExceptionRef {
        let (name, number) = (self.name, self.taken + 1);
        let message = format!("{name}() missing argument {number}");
        self.vm.new_type_error(message)
    }

    /// Complains of arguments that nothing took.
    fn finish(&self) -> PyResult<()> {
        if self.left.len() == 0 {
            return Ok(());
        }
        let Self {
            name, taken, given, ..
        } = self;
        let message = format!("{name}() takes at most {taken} arguments but {given} were given");
        Err(self.vm.new_type_error(message))
    }
}

/// Marks closures whose last argument is the virtual machine.
#[doc(hidden)]
#[derive(Debug)]
pub struct WithVm;

/// Marks closures that see no virtual machine.
#[doc(hidden)]
#[derive(Debug)]
pub struct WithoutVm;

macro_rules! host_fn {
    ($($T:ident $index:tt),*) => {
        impl<Function, Return, $($T),*> HostFn<(WithoutVm, Return, $($T,)*)> for Function
        where
            Function: Fn($($T),*) -> Return + Send + Sync + 'static,
            Return: ToPython,
            $($T: FromArguments,)*
        {
            #[allow(non_snake_case, reason = "arguments are named as their types")]
            fn call(&self, name: &str, args: FuncArgs, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
                #[allow(unused_mut, reason = "without arguments")]
                let mut arguments = Arguments::new(name, args, vm)?;
                $(let $T = $T::take(&mut arguments)?;)*
                arguments.finish()?;
                drop(arguments);
                let plain = Return::PLAIN $(&& $T::PLAIN)*;
                let value = if plain {
                    vm.allow_threads(|| self($($T),*))
                } else {
                    self($($T),*)
                };
                value.to_python(vm)
            }
        }

        impl<Function, Return, $($T),*> HostFn<(WithVm, Return, $($T,)*)> for Function
        where
            Function: Fn($($T,)* &VirtualMachine) -> Return + Send + Sync + 'static,
            Return: ToPython,
            $($T: FromArguments,)*
        {
            #[allow(non_snake_case, reason = "arguments are named as their types")]
            fn call(&self, name: &str, args: FuncArgs, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
                #[allow(unused_mut, reason = "without arguments")]
                let mut arguments = Arguments::new(name, args, vm)?;
                $(let $T = $T::take(&mut arguments)?;)*
                arguments.finish()?;
                drop(arguments);
                self($($T,)* vm).to_python(vm)
            }
        }
    };
}

host_fn! {}
for_each_arity!(host_fn);
