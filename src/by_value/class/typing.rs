//! What annotations are made of: type parameters, aliases, new types. By reference where they can
//! be imported under their name.

use rustpython_vm::{
    AsObject, Py, PyObject, PyObjectRef, PyPayload, PyResult, VirtualMachine,
    builtins::{PyDict, PyStr, PyTuple, PyType},
    function::{FuncArgs, KwArgs},
    stdlib::_typing::{
        ParamSpec, ParamSpecArgs, ParamSpecKwargs, TypeVar, TypeVarTuple, set_typeparam_default,
    },
};

use super::{constructor, is_by_value, is_importable, loaded, reduction};
use crate::by_value::ByValue;

/// Reduces one of these that can't be imported; `None` if it can, or is none.
pub(super) fn reduce(
    by_value: &mut ByValue,
    object: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    if let Some(kind) = Kind::of(object) {
        return match is_importable(by_value, object, vm)? {
            true => Ok(None),
            false => reduce_parameter(kind, object, vm).map(Some),
        };
    }
    let of_parameter = [
        (object.downcastable::<ParamSpecArgs>(), "args"),
        (object.downcastable::<ParamSpecKwargs>(), "kwargs"),
    ];
    if let Some((_, name)) = of_parameter.into_iter().find(|(found, _)| *found) {
        let getattr = vm.builtins.get_attr("getattr", vm)?;
        let args = vec![
            object.get_attr("__origin__", vm)?,
            vm.ctx.intern_str(name).to_owned().into(),
        ];
        return Ok(Some(reduction(getattr, args, None, vm)));
    }
    let is = |name: &'static str| {
        loaded("typing", name, vm).is_some_and(|class| object.class().is(&class))
    };
    match &*object.class().slot_name() {
        // The statement `type` makes them without the module typing.
        "typing.TypeAliasType" | "TypeAliasType" if object.class().heaptype_ext.is_none() => {
            match is_importable(by_value, object, vm)? {
                true => Ok(None),
                false => super::type_alias::reduce(object, vm).map(Some),
            }
        }
        "NewType" if is("NewType") && !is_importable(by_value, object, vm)? => {
            plain_object(object, vm)
        }
        "_GenericAlias" if is("_GenericAlias") => {
            // Pickled as `origin[args]` otherwise, which asks a class that may not be complete.
            let Some(dict) = object.dict() else {
                return Ok(None);
            };
            let origin = dict.get_item_opt("__origin__", vm)?;
            let origin = origin
                .as_ref()
                .and_then(|origin| origin.downcast_ref::<PyType>());
            match origin {
                Some(origin) if is_by_value(by_value, origin, vm)? => plain_object(object, vm),
                _ => Ok(None),
            }
        }
        _ => Ok(None),
    }
}

/// An instance of a class written in Python, as its attributes.
fn plain_object(object: &PyObject, vm: &VirtualMachine) -> PyResult<Option<PyObjectRef>> {
    let state = attributes(object, vm)?;
    let make = constructor("_make_object", vm)?;
    let args = vec![object.class().to_owned().into()];
    let set = constructor("_set_dict", vm)?;
    Ok(Some(reduction(make, args, Some((state, set)), vm)))
}

fn attributes(object: &PyObject, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
    Ok(match object.dict() {
        Some(dict) => dict.copy().into_ref(&vm.ctx).into(),
        None => vm.ctx.new_dict().into(),
    })
}

/// `_make_object`: an instance without attributes.
pub(super) fn make_object(class: &Py<PyType>, vm: &VirtualMachine) -> PyResult {
    let new = vm
        .ctx
        .types
        .object_type
        .as_object()
        .get_attr("__new__", vm)?;
    new.call((class.to_owned(),), vm)
}

/// The kinds of type parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    TypeVar,
    ParamSpec,
    TypeVarTuple,
}

impl Kind {
    const ALL: [Self; 3] = [Self::TypeVar, Self::ParamSpec, Self::TypeVarTuple];

    fn of(object: &PyObject) -> Option<Self> {
        if object.downcastable::<TypeVar>() {
            Some(Self::TypeVar)
        } else if object.downcastable::<ParamSpec>() {
            Some(Self::ParamSpec)
        } else if object.downcastable::<TypeVarTuple>() {
            Some(Self::TypeVarTuple)
        } else {
            None
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::TypeVar => "TypeVar",
            Self::ParamSpec => "ParamSpec",
            Self::TypeVarTuple => "TypeVarTuple",
        }
    }
}

/// Bounds, constraints and defaults that were written as expressions stay unevaluated.
fn reduce_parameter(kind: Kind, object: &PyObject, vm: &VirtualMachine) -> PyResult<PyObjectRef> {
    let options = vm.ctx.new_dict();
    if kind != Kind::TypeVarTuple {
        for (attribute, option) in [
            ("__covariant__", "covariant"),
            ("__contravariant__", "contravariant"),
            ("__infer_variance__", "infer_variance"),
        ] {
            let value = object.get_attr(attribute, vm)?;
            if value.is(&vm.ctx.true_value) {
                options.set_item(option, value, vm)?;
            }
        }
    }
    let add = |value: &'static str, evaluator: &'static str, option: &'static str| {
        let evaluate = object.get_attr(evaluator, vm)?;
        if vm.is_none(&evaluate) {
            return Ok(());
        }
        if super::type_alias::is_constant(&evaluate, vm) {
            options.set_item(option, object.get_attr(value, vm)?, vm)
        } else {
            options.set_item(evaluator, evaluate, vm)
        }
    };
    if kind == Kind::TypeVar {
        add("__bound__", "evaluate_bound", "bound")?;
        add("__constraints__", "evaluate_constraints", "constraints")?;
    }
    add("__default__", "evaluate_default", "default")?;
    if kind == Kind::ParamSpec {
        let bound = object.get_attr("__bound__", vm)?;
        if !vm.is_none(&bound) {
            options.set_item("bound", bound, vm)?;
        }
    }
    let mut args = vec![
        vm.ctx.intern_str(kind.name()).to_owned().into(),
        object.get_attr("__name__", vm)?,
    ];
    if !options.is_empty() {
        args.push(options.into());
    }
    let make = constructor("_make_type_parameter", vm)?;
    let set = constructor("_set_dict", vm)?;
    Ok(reduction(
        make,
        args,
        Some((attributes(object, vm)?, set)),
        vm,
    ))
}

/// `_make_type_parameter`.
pub(super) fn make_parameter(
    kind: &Py<PyStr>,
    name: PyObjectRef,
    options: Option<&Py<PyDict>>,
    vm: &VirtualMachine,
) -> PyResult {
    let kind = Kind::ALL
        .into_iter()
        .find(|known| known.name().as_bytes() == kind.as_bytes());
    let Some(kind) = kind else {
        return Err(vm.new_value_error("no such kind of type parameter"));
    };
    let mut lazy = [
        ("evaluate_bound", None),
        ("evaluate_constraints", None),
        ("evaluate_default", None),
    ];
    let mut args = vec![name.clone()];
    let mut keywords = Vec::new();
    for (option, value) in options
        .map(|options| options.items_vec())
        .unwrap_or_default()
    {
        let Some(option) = option
            .downcast_ref::<PyStr>()
            .and_then(|option| option.to_str())
        else {
            return Err(vm.new_type_error("the options of a type parameter must have names"));
        };
        if let Some((_, slot)) = lazy.iter_mut().find(|(name, _)| *name == option) {
            *slot = Some(value);
        } else if option == "constraints" {
            let Some(constraints) = value.downcast_ref::<PyTuple>() else {
                return Err(vm.new_type_error("constraints must be a tuple"));
            };
            args.extend_from_slice(constraints.as_slice());
        } else {
            keywords.push((option.to_owned().into(), value));
        }
    }
    let [(_, bound), (_, constraints), (_, default)] = lazy;
    let parameter: PyObjectRef =
        if kind == Kind::TypeVar && (bound.is_some() || constraints.is_some()) {
            let [bound, constraints] =
                [bound, constraints].map(|part| part.unwrap_or_else(|| vm.ctx.none()));
            TypeVar::new(vm, name, bound, constraints)
                .into_ref(&vm.ctx)
                .into()
        } else {
            let class = vm.import("typing", 0)?.get_attr(kind.name(), vm)?;
            class.call(
                FuncArgs::new(args, KwArgs::new(keywords.into_iter().collect())),
                vm,
            )?
        };
    match default {
        Some(default) => set_typeparam_default(parameter, default, vm),
        None => Ok(parameter),
    }
}
