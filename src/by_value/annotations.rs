//! A function's annotations: the function that evaluates them, what it returned, or both.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyCode, PyDict, PyDictRef},
    bytecode::{
        Arg, CO_FAST_ARG_POS, CO_FAST_LOCAL, CodeFlags, CodeObject, CodeUnit, Instruction as I,
        MakeFunctionFlag, OpArgByte,
    },
    compiler::core::marshal::linetable_to_locations,
};

/// A function's `__annotations__` if they have been evaluated; asking for them evaluates them.
///
/// The garbage collector is shown a function's parts in a fixed order. The annotations come behind
/// the type parameters, which are a tuple, and before all that is taken off here.
pub(super) fn evaluated(function: &PyObject, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    let mut parts = function.gc_get_referents();
    for behind in [
        "__qualname__",
        "__name__",
        "__doc__",
        "__module__",
        "__annotate__",
    ] {
        let value = function.get_attr(behind, vm)?;
        parts.pop_if(|part| part.is(&value));
    }
    let last = parts.pop();
    Ok(last.filter(|last| last.downcastable::<PyDict>()))
}

/// Gives a function that nobody else has yet both.
///
/// Setting one of the attributes clears the other, but the instruction with which a function gets
/// its annotations while it is made does not.
pub(super) fn set_both(
    function: &PyObject,
    annotate: PyObjectRef,
    evaluated: PyDictRef,
    vm: &VirtualMachine,
) -> PyResult<()> {
    function.set_attr("__annotate__", annotate, vm)?;
    let globals = vm.ctx.new_dict();
    let setter = vm.ctx.types.function_type.as_object();
    let setter = setter.call((setter_code(vm), globals), vm)?;
    setter.call((function.to_owned(), evaluated), vm).map(drop)
}

/// The code of a function that is given a function and its annotations.
fn setter_code(vm: &VirtualMachine) -> PyRef<PyCode> {
    let annotations = MakeFunctionFlag::Annotations.into();
    let instructions = [
        (
            I::Resume {
                context: Arg::marker(),
            },
            0,
        ),
        (
            I::LoadFast {
                var_num: Arg::marker(),
            },
            1,
        ),
        (
            I::LoadFast {
                var_num: Arg::marker(),
            },
            0,
        ),
        (
            I::SetFunctionAttribute {
                flag: Arg::marker(),
            },
            annotations,
        ),
        (I::ReturnValue, 0),
    ];
    let units = instructions.map(|(instruction, operand): (I, u32)| {
        CodeUnit::new(instruction, OpArgByte::from(operand as u8))
    });
    let name = |name: &'static str| vm.ctx.intern_str(name);
    let code = CodeObject {
        locations: linetable_to_locations(&[], 1, units.len()),
        instructions: units.into(),
        flags: CodeFlags::OPTIMIZED | CodeFlags::NEWLOCALS,
        posonlyarg_count: 2,
        arg_count: 2,
        kwonlyarg_count: 0,
        source_path: name("<rustpython_pickle>"),
        first_line_number: None,
        max_stackdepth: 2,
        obj_name: name("set_annotations"),
        qualname: name("set_annotations"),
        constants: core::iter::empty().collect(),
        names: Box::default(),
        varnames: Box::new([name("function"), name("annotations")]),
        cellvars: Box::default(),
        freevars: Box::default(),
        localspluskinds: Box::new([CO_FAST_LOCAL | CO_FAST_ARG_POS; 2]),
        linetable: Box::default(),
        exceptiontable: Box::default(),
    };
    PyCode::new_ref_with_bag(vm, code)
}
