//! `type X = ...`: aliases, whose value is evaluated when it is first asked for.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyCode, PyDictRef, PyStrRef, PyTupleRef},
    bytecode::{
        CodeUnits, Instruction,
        oparg::{IntrinsicFunction1, OpArgByte},
    },
    compiler::Mode,
    scope::Scope,
};

use super::{constructor, loaded, reduction};

/// Whether it is what stands for the expression of a value that was given as such.
pub(super) fn is_constant(evaluator: &PyObject, vm: &VirtualMachine) -> bool {
    let class = loaded("_typing", "_ConstEvaluator", vm);
    class.is_some_and(|class| evaluator.class().is(&class))
}

/// Reduces an alias to its name, its parameters, and its value or what evaluates that.
pub(super) fn reduce(object: &PyObject, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
    let evaluate = object.get_attr("evaluate_value", vm)?;
    let mut args = vec![
        object.get_attr("__name__", vm)?,
        object.get_attr("__type_params__", vm)?,
    ];
    let make = if is_constant(&evaluate, vm) {
        args.push(object.get_attr("__value__", vm)?);
        args.push(object.get_attr("__module__", vm)?);
        "_make_type_alias_of"
    } else {
        args.push(evaluate);
        "_make_type_alias"
    };
    let make = constructor(make, vm)?;
    Ok(reduction(make, args, None, vm))
}

/// `_make_type_alias`: from what evaluates its value.
pub(super) fn make_lazy(
    name: PyStrRef,
    parameters: PyTupleRef,
    evaluate: PyObjectRef,
    vm: &VirtualMachine,
) -> PyResult {
    // Only an instruction makes one, that of the statement `type`. It has the shape of unary plus.
    let mut code = compile("+parts", vm)?.code.clone();
    let mut units = code.instructions.to_vec();
    let plus = units.iter_mut().find(|unit| {
        matches!(unit.op, Instruction::CallIntrinsic1 { .. })
            && unit.arg.as_u8() == IntrinsicFunction1::UnaryPositive as u8
    });
    let Some(plus) = plus else {
        return Err(vm.new_system_error("no instruction makes type aliases"));
    };
    plus.arg = OpArgByte::new(IntrinsicFunction1::TypeAlias as u8);
    code.instructions = CodeUnits::from(units);
    let parts: Vec<PyObjectRef> = vec![name.into(), parameters.into(), evaluate];
    let globals = vm.ctx.new_dict();
    globals.set_item("parts", vm.ctx.new_tuple(parts).into(), vm)?;
    run(vm.ctx.new_pyref(PyCode::new(code)), globals, vm)
}

/// `_make_type_alias`: from its value.
pub(super) fn make_eager(
    name: PyStrRef,
    parameters: PyTupleRef,
    value: PyObjectRef,
    module: PyObjectRef,
    vm: &VirtualMachine,
) -> PyResult {
    let code = compile("TypeAliasType(name, value, type_params=parameters)", vm)?;
    let class = vm.import("typing", 0)?.get_attr("TypeAliasType", vm)?;
    let globals = vm.ctx.new_dict();
    for (key, value) in [
        ("TypeAliasType", class),
        ("name", name.into()),
        ("value", value),
        ("parameters", parameters.into()),
        // An alias has the module of the code that makes it.
        ("__name__", module),
    ] {
        globals.set_item(key, value, vm)?;
    }
    run(code, globals, vm)
}

fn compile(source: &str, vm: &VirtualMachine) -> PyResult<PyRef<PyCode>> {
    let code = vm.compile(source, Mode::Eval, "<rustpython_pickle>");
    code.map_err(|error| error.into_pyexception(vm, Some(source)))
}

fn run(code: PyRef<PyCode>, globals: PyDictRef, vm: &VirtualMachine) -> PyResult {
    vm.run_code_obj(code, Scope::with_builtins(None, globals, vm))
}
