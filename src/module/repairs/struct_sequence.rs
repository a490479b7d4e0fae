//! Struct sequences, such as `os.stat_result`: tuples of which some fields have but a name.

use rustpython_vm::{
    AsObject, Py, PyObject, PyResult, VirtualMachine,
    builtins::{MemberAccess, PyMemberDescriptor, PyModule, PyTuple, PyTupleRef, PyType},
    function::PyMethodDef,
};

use super::install::{REDUCE_DOC, definition, has_method, immortal, method};
#[cfg(unix)]
use super::stat_result;

/// `__reduce__`: the type, the sequence and a dict of the other fields (CPython:
/// `structseq_reduce`).
///
/// RustPython's gives all fields as one sequence, which other versions of Python do not take.
fn reduce(sequence: &Py<PyTuple>, vm: &VirtualMachine) -> PyResult<PyTupleRef> {
    let class = sequence.class().to_owned();
    let fields = sequence.as_slice();
    let visible = visible_len(&class, vm)?.min(fields.len());
    let (visible, rest) = fields.split_at(visible);
    let dict = vm.ctx.new_dict();
    for (value, name) in rest.iter().zip(hidden_names(&class, visible.len())) {
        dict.set_item(&*name, value.clone(), vm)?;
    }
    let visible = vm.ctx.new_tuple(visible.to_vec());
    let args = vm.ctx.new_tuple(vec![visible.into(), dict.into()]);
    Ok(vm.ctx.new_tuple(vec![class.into(), args.into()]))
}

const REDUCE: &PyMethodDef = &definition("__reduce__", reduce, REDUCE_DOC);

pub(super) fn visible_len(class: &Py<PyType>, vm: &VirtualMachine) -> PyResult<usize> {
    let len = class.get_attr(vm.ctx.intern_str("n_sequence_fields"));
    len.ok_or_else(|| vm.new_type_error("missing n_sequence_fields"))?
        .try_into_value(vm)
}

/// The names of the fields that follow the first `visible` ones, in their order.
pub(super) fn hidden_names(class: &Py<PyType>, visible: usize) -> Vec<String> {
    let mut names: Vec<_> = class
        .attributes
        .entries()
        .into_iter()
        .filter_map(|(_, value)| {
            let field = value.downcast_ref::<PyMemberDescriptor>()?;
            let index = usize::try_from(field.member.offset).ok()?;
            let hidden = matches!(field.access, MemberAccess::TupleItem) && index >= visible;
            hidden.then(|| (index, field.member.name.clone()))
        })
        .collect();
    names.sort_unstable();
    let mut names: Vec<_> = names.into_iter().map(|(_, name)| name).collect();
    #[cfg(unix)]
    names.extend(stat_result::added_name(class));
    names
}

/// Repairs the struct sequences among what a module offers.
pub(super) fn repair_module(module: &Py<PyModule>, vm: &VirtualMachine) -> PyResult<()> {
    for (_, value) in module.dict().into_iter() {
        repair_class_of(&value, vm)?;
    }
    Ok(())
}

/// Repairs `sys.flags` and the like, whose types have no name there.
pub(super) fn repair_sys(vm: &VirtualMachine) -> PyResult<()> {
    repair_module(&vm.sys_module, vm)
}

/// Repairs the type that an object is or has, if it is one of struct sequences.
fn repair_class_of(object: &PyObject, vm: &VirtualMachine) -> PyResult<()> {
    let class = match object.downcast_ref::<PyType>() {
        Some(class) => class,
        None => object.class(),
    };
    let ctx = &vm.ctx;
    let is_struct_sequence = class.fast_issubclass(ctx.types.tuple_type)
        && class.heaptype_ext.is_none()
        && class
            .attributes
            .contains(ctx.intern_str("n_sequence_fields"));
    // This one alone has a constructor of another form, and its own `__reduce__` for it.
    if is_struct_sequence && &*class.name() != "sched_param" && !has_method(class, REDUCE, ctx) {
        let class = immortal(class.to_owned());
        method(class, REDUCE, ctx);
        #[cfg(unix)]
        if &*class.name() == "stat_result" {
            stat_result::repair(class, vm)?;
        }
    }
    Ok(())
}
