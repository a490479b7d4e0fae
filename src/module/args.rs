//! Arguments, bound and complained about as CPython's Argument Clinic does.

use std::borrow::Cow;

use num_traits::ToPrimitive;
use rustpython_vm::{
    PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyStr},
    function::{
        ArgumentError, DefaultRepr, FromArgs, FuncArgs, Param,
        ParamKind::{self, KeywordOnly, PositionalOnly, PositionalOrKeyword},
    },
    protocol::PyIter,
};

use crate::wire::{DEFAULT_PROTOCOL, HIGHEST_PROTOCOL};

/// What a function takes: positional-only parameters, then those with any way to
/// pass them, then keyword-only ones.
struct Signature {
    function: &'static str,
    params: &'static [Param],
    /// So many may be passed by position.
    positional: usize,
    /// So many of them only by position.
    positional_only: usize,
}

const fn param(name: &'static str, kind: ParamKind, default: Option<DefaultRepr>) -> Param {
    Param {
        name,
        kind,
        default,
    }
}

const fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

impl Signature {
    /// The values of the `R` parameters that must be passed, and of the `N` others
    /// (CPython: `_PyArg_UnpackKeywords`).
    fn bind<const R: usize, const N: usize>(
        &self,
        args: &mut FuncArgs,
        vm: &VirtualMachine,
    ) -> PyResult<([PyObjectRef; R], [Option<PyObjectRef>; N])> {
        let FuncArgs { args, mut kwargs } = core::mem::take(args);
        let given = args.len();
        if let Some(complaint) = self.wrong_number(R, given, kwargs.len()) {
            return Err(vm.new_type_error(complaint));
        }
        let mut args: std::vec::IntoIter<PyObjectRef> = args.into_iter();
        let mut value = |position: usize| {
            let value = args.next();
            match self.params.get(position) {
                _ if kwargs.is_empty() => value,
                Some(param) if value.is_none() && position >= self.positional_only => {
                    kwargs.swap_remove(param.name)
                }
                _ => value,
            }
        };
        let required: [_; R] = core::array::from_fn(&mut value);
        let optional = core::array::from_fn(|position| value(R + position));
        if let Some(position) = required.iter().position(Option::is_none) {
            return Err(vm.new_type_error(format!(
                "{}() missing required argument '{}' (pos {})",
                self.function,
                self.params[position].name,
                position + 1
            )));
        }
        if let Some(name) = kwargs.keys().next() {
            return Err(self.unexpected_keyword(&name.to_string(), given, vm));
        }
        Ok((required.map(|value| vm.unwrap_or_none(value)), optional))
    }

    fn wrong_number(&self, required: usize, given: usize, keywords: usize) -> Option<String> {
        let Self {
            function,
            positional,
            positional_only,
            ..
        } = *self;
        let all = self.params.len();
        if given + keywords > all {
            let kind = if given == 0 { "keyword " } else { "" };
            Some(format!(
                "{function}() takes at most {all} {kind}argument{} ({} given)",
                plural(all),
                given + keywords
            ))
        } else if given > positional {
            let limit = if required < positional {
                "at most"
            } else {
                "exactly"
            };
            Some(format!(
                "{function}() takes {limit} {positional} positional argument{} ({given} given)",
                plural(positional)
            ))
        } else if given < positional_only {
            let limit = if positional_only < positional {
                "at least"
            } else {
                "exactly"
            };
            Some(format!(
                "{function}() takes {limit} {positional_only} positional argument{} ({given} given)",
                plural(positional_only)
            ))
        } else {
            None
        }
    }

    fn unexpected_keyword(
        &self,
        name: &str,
        given: usize,
        vm: &VirtualMachine,
    ) -> PyBaseExceptionRef {
        let function = self.function;
        vm.new_type_error(
            match self.params.iter().position(|param| param.name == name) {
                Some(position) if (self.positional_only..given).contains(&position) => format!(
                    "argument for {function}() given by name ('{name}') and position ({})",
                    position + 1
                ),
                _ => format!("{function}() got an unexpected keyword argument '{name}'"),
            },
        )
    }
}

/// How to write a pickle.
pub(super) struct WriteArgs {
    protocol: Option<PyObjectRef>,
    pub(super) fix_imports: bool,
    buffer_callback: Option<PyObjectRef>,
}

impl WriteArgs {
    fn new(
        [protocol, fix_imports, buffer_callback]: [Option<PyObjectRef>; 3],
        vm: &VirtualMachine,
    ) -> PyResult<Self> {
        Ok(Self {
            protocol,
            fix_imports: flag(fix_imports, vm)?,
            buffer_callback: given(buffer_callback, vm),
        })
    }

    /// The protocol to write (CPython: `_Pickler_SetProtocol`).
    pub(super) fn protocol(&self, vm: &VirtualMachine) -> PyResult<u8> {
        let protocol = match &self.protocol {
            Some(protocol) if !vm.is_none(protocol) => protocol.try_index(vm)?,
            _ => return Ok(DEFAULT_PROTOCOL),
        };
        let Some(protocol) = protocol.as_bigint().to_i64() else {
            return Err(vm.new_overflow_error("Python int too large to convert to C long"));
        };
        match u8::try_from(protocol) {
            Ok(protocol @ ..=HIGHEST_PROTOCOL) => Ok(protocol),
            Err(_) if protocol < 0 => Ok(HIGHEST_PROTOCOL),
            _ => Err(vm.new_value_error(format!("pickle protocol must be <= {HIGHEST_PROTOCOL}"))),
        }
    }

    /// Who takes out-of-band buffers (CPython: `_Pickler_SetBufferCallback`).
    pub(super) fn buffer_callback(
        self,
        protocol: u8,
        vm: &VirtualMachine,
    ) -> PyResult<Option<PyObjectRef>> {
        if self.buffer_callback.is_some() && protocol < 5 {
            return Err(vm.new_value_error("buffer_callback needs protocol >= 5"));
        }
        Ok(self.buffer_callback)
    }
}

/// How to read a pickle.
pub(super) struct ReadArgs {
    pub(super) fix_imports: bool,
    pub(super) encoding: Cow<'static, str>,
    pub(super) errors: Cow<'static, str>,
    buffers: Option<PyObjectRef>,
}

impl ReadArgs {
    fn new(
        function: &str,
        [fix_imports, encoding, errors, buffers]: [Option<PyObjectRef>; 4],
        vm: &VirtualMachine,
    ) -> PyResult<Self> {
        Ok(Self {
            fix_imports: flag(fix_imports, vm)?,
            encoding: text(encoding, function, "encoding", "ASCII", vm)?,
            errors: text(errors, function, "errors", "strict", vm)?,
            buffers: given(buffers, vm),
        })
    }

    /// The out-of-band buffers (CPython: `_Unpickler_SetBuffers`).
    pub(super) fn buffers(&self, vm: &VirtualMachine) -> PyResult<Option<PyIter>> {
        self.buffers
            .as_ref()
            .map(|buffers| buffers.get_iter(vm))
            .transpose()
    }
}

/// An argument that is neither missing nor None.
fn given(arg: Option<PyObjectRef>, vm: &VirtualMachine) -> Option<PyObjectRef> {
    arg.filter(|arg| !vm.is_none(arg))
}

/// A flag that is set unless the argument is false.
fn flag(arg: Option<PyObjectRef>, vm: &VirtualMachine) -> PyResult<bool> {
    arg.map_or(Ok(true), |arg| arg.try_to_bool(vm))
}

fn text(
    arg: Option<PyObjectRef>,
    function: &str,
    name: &str,
    default: &'static str,
    vm: &VirtualMachine,
) -> PyResult<Cow<'static, str>> {
    let Some(arg) = arg else {
        return Ok(default.into());
    };
    let Some(text) = arg.downcast_ref::<PyStr>() else {
        let class = arg.class().slot_name();
        let got = if vm.is_none(&arg) { "None" } else { &*class };
        return Err(vm.new_type_error(format!(
            "{function}() argument '{name}' must be str, not {got}"
        )));
    };
    let text = text.try_as_utf8(vm)?.as_str();
    if text.contains('\0') {
        return Err(vm.new_value_error("embedded null character"));
    }
    Ok(text.to_owned().into())
}

const NONE: Option<DefaultRepr> = Some(DefaultRepr::None);
const TRUE: Option<DefaultRepr> = Some(DefaultRepr::Bool(true));
const ASCII: Option<DefaultRepr> = Some(DefaultRepr::Str("ASCII"));
const STRICT: Option<DefaultRepr> = Some(DefaultRepr::Str("strict"));
const NO_BUFFERS: Option<DefaultRepr> = Some(DefaultRepr::Raw("()"));

const OBJ: Param = param("obj", PositionalOrKeyword, None);
const FILE: Param = param("file", PositionalOrKeyword, None);
const PROTOCOL: Param = param("protocol", PositionalOrKeyword, NONE);
const FIX_IMPORTS: Param = param("fix_imports", KeywordOnly, TRUE);
const BUFFER_CALLBACK: Param = param("buffer_callback", KeywordOnly, NONE);
const ENCODING: Param = param("encoding", KeywordOnly, ASCII);
const ERRORS: Param = param("errors", KeywordOnly, STRICT);
const BUFFERS: Param = param("buffers", KeywordOnly, NO_BUFFERS);

/// Defines a struct of arguments: from its signature, and from what is bound to it.
macro_rules! arguments {
    (
        $args:ident: $function:literal,
        ($positional:literal by position, $positional_only:literal only so) $params:expr;
        |$required:pat_param, $optional:pat_param, $vm:ident| $value:expr
    ) => {
        impl $args {
            const SIGNATURE: Signature = Signature {
                function: $function,
                params: $params,
                positional: $positional,
                positional_only: $positional_only,
            };
        }

        impl FromArgs for $args {
            const PARAMS: Option<&'static [Param]> = Some(Self::SIGNATURE.params);

            fn from_args($vm: &VirtualMachine, args: &mut FuncArgs) -> Result<Self, ArgumentError> {
                let ($required, $optional) = Self::SIGNATURE.bind(args, $vm)?;
                Ok($value)
            }
        }
    };
}

/// The arguments of `Pickler`.
pub(super) struct PicklerArgs {
    pub(super) file: PyObjectRef,
    pub(super) write: WriteArgs,
}

arguments! {
    PicklerArgs: "Pickler",
    (4 by position, 0 only so) &[
        FILE,
        PROTOCOL,
        param("fix_imports", PositionalOrKeyword, TRUE),
        param("buffer_callback", PositionalOrKeyword, NONE),
    ];
    |[file], options, vm| Self { file, write: WriteArgs::new(options, vm)? }
}

/// The arguments of `dump`.
pub(super) struct DumpArgs {
    pub(super) object: PyObjectRef,
    pub(super) file: PyObjectRef,
    pub(super) write: WriteArgs,
}

arguments! {
    DumpArgs: "dump",
    (3 by position, 0 only so) &[OBJ, FILE, PROTOCOL, FIX_IMPORTS, BUFFER_CALLBACK];
    |[object, file], options, vm| Self { object, file, write: WriteArgs::new(options, vm)? }
}

/// The arguments of `dumps`.
pub(super) struct DumpsArgs {
    pub(super) object: PyObjectRef,
    pub(super) write: WriteArgs,
}

arguments! {
    DumpsArgs: "dumps",
    (2 by position, 0 only so) &[OBJ, PROTOCOL, FIX_IMPORTS, BUFFER_CALLBACK];
    |[object], options, vm| Self { object, write: WriteArgs::new(options, vm)? }
}

/// The argument of `Pickler.dump`.
pub(super) struct PicklerDumpArgs {
    pub(super) object: PyObjectRef,
}

arguments! {
    PicklerDumpArgs: "dump",
    (1 by position, 1 only so) &[param("obj", PositionalOnly, None)];
    |[object], [], vm| Self { object }
}

/// The arguments of `Unpickler`.
pub(super) struct UnpicklerArgs {
    pub(super) file: PyObjectRef,
    pub(super) read: ReadArgs,
}

arguments! {
    UnpicklerArgs: "Unpickler",
    (1 by position, 0 only so) &[FILE, FIX_IMPORTS, ENCODING, ERRORS, BUFFERS];
    |[file], options, vm| Self { file, read: ReadArgs::new("Unpickler", options, vm)? }
}

/// The arguments of `load`.
pub(super) struct LoadArgs {
    pub(super) file: PyObjectRef,
    pub(super) read: ReadArgs,
}

arguments! {
    LoadArgs: "load",
    (1 by position, 0 only so) &[FILE, FIX_IMPORTS, ENCODING, ERRORS, BUFFERS];
    |[file], options, vm| Self { file, read: ReadArgs::new("load", options, vm)? }
}

/// The arguments of `loads`.
pub(super) struct LoadsArgs {
    pub(super) data: PyObjectRef,
    pub(super) read: ReadArgs,
}

arguments! {
    LoadsArgs: "loads",
    (1 by position, 1 only so) &[
        param("data", PositionalOnly, None),
        FIX_IMPORTS,
        ENCODING,
        ERRORS,
        BUFFERS,
    ];
    |[data], options, vm| Self { data, read: ReadArgs::new("loads", options, vm)? }
}

/// The arguments of `Unpickler.find_class`.
pub(super) struct FindClassArgs {
    pub(super) module_name: PyObjectRef,
    pub(super) global_name: PyObjectRef,
}

arguments! {
    FindClassArgs: "find_class",
    (2 by position, 2 only so) &[
        param("module_name", PositionalOnly, None),
        param("global_name", PositionalOnly, None),
    ];
    |[module_name, global_name], [], vm| Self { module_name, global_name }
}

/// The argument of `PickleBuffer`.
pub(crate) struct PickleBufferArgs {
    pub(super) object: PyObjectRef,
}

arguments! {
    PickleBufferArgs: "PickleBuffer",
    (1 by position, 1 only so) &[param("object", PositionalOnly, None)];
    |[object], [], vm| Self { object }
}
