//! The chain of reducers: who says how an object that is no plain data is written.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyStr, PyTuple, PyType},
    function::FuncArgs,
    protocol::PyIter,
};

use super::dump::{Dump, add_note, type_name};
use super::frame::Descent;
use super::plan::is_copyreg_name;
use super::reduction::{Constructor, Reduction};
use crate::by_value::ByValue;
use crate::keywords::add_keywords;
use crate::module::new_pickling_error;
use crate::unpickler::get_item_opt;

/// What a reducer answers.
enum Reduced {
    /// By reference, under its own name.
    Global,
    /// A singleton's type: as a call of `type`.
    TypeOf(PyObjectRef),
    /// As `__reduce_ex__` would return it: a name or a tuple.
    Value(PyObjectRef),
    /// The same, of what is made only once even where its arguments lead back to it.
    Once(PyObjectRef),
    /// Another object in place of this one, unless it is written already; and how it is reduced.
    Instead(PyObjectRef, PyObjectRef),
}

/// Knows how some objects are reduced; `None` leaves an object to the next one.
type Reducer = fn(&mut Dump<'_, '_>, &PyObject) -> PyResult<Option<Reduced>>;

/// In the order in which they are asked (CPython: `save`).
const REDUCERS: [Reducer; 7] = [
    by_override,
    by_value,
    by_kind,
    by_dispatch_table,
    by_metaclass,
    by_handler,
    by_method,
];

fn by_override(dump: &mut Dump<'_, '_>, object: &PyObject) -> PyResult<Option<Reduced>> {
    let vm = dump.vm;
    let answer = dump.foreign(|dump| dump.settings.reducer_override.ask(object, vm))?;
    let answer = answer.filter(|answer| !answer.is(&vm.ctx.not_implemented));
    Ok(answer.map(Reduced::Value))
}

/// Functions, classes and modules that can't be imported, where that is asked for.
fn by_value(dump: &mut Dump<'_, '_>, object: &PyObject) -> PyResult<Option<Reduced>> {
    dump.ask_by_value(|by_value, vm| {
        if let Some((instead, reduced)) = by_value.stand_in(object, vm)? {
            return Ok(Some(Reduced::Instead(instead, reduced)));
        }
        Ok(by_value.reduce(object, vm)?.map(Reduced::Once))
    })
}

/// What only handlers can save, where they are asked for.
fn by_handler(dump: &mut Dump<'_, '_>, object: &PyObject) -> PyResult<Option<Reduced>> {
    dump.ask_by_value(|by_value, vm| Ok(by_value.handle(object, vm)?.map(Reduced::Value)))
}

fn by_kind(dump: &mut Dump<'_, '_>, object: &PyObject) -> PyResult<Option<Reduced>> {
    let ctx = &dump.vm.ctx;
    let class = object.class();
    if class.is(ctx.types.function_type) {
        return Ok(Some(Reduced::Global));
    }
    if !class.is(ctx.types.type_type) {
        return Ok(None);
    }
    let singletons = [
        (ctx.types.none_type, ctx.none()),
        (ctx.types.ellipsis_type, ctx.ellipsis.clone().into()),
        (ctx.types.not_implemented_type, ctx.not_implemented()),
    ];
    let singleton = singletons.into_iter().find(|(class, _)| object.is(*class));
    Ok(Some(match singleton {
        Some((_, singleton)) => Reduced::TypeOf(singleton),
        None => Reduced::Global,
    }))
}

fn by_dispatch_table(dump: &mut Dump<'_, '_>, object: &PyObject) -> PyResult<Option<Reduced>> {
    let vm = dump.vm;
    let table = dump.dispatch_table()?;
    let class = object.class().as_object();
    dump.foreign(|_| match get_item_opt(&table, class, vm)? {
        Some(reducer) => reducer
            .call((object.to_owned(),), vm)
            .map(|v| Some(Reduced::Value(v))),
        None => Ok(None),
    })
}

fn by_metaclass(dump: &mut Dump<'_, '_>, object: &PyObject) -> PyResult<Option<Reduced>> {
    let metaclass = object.class().fast_issubclass(dump.vm.ctx.types.type_type);
    Ok(metaclass.then_some(Reduced::Global))
}

fn by_method(dump: &mut Dump<'_, '_>, object: &PyObject) -> PyResult<Option<Reduced>> {
    let vm = dump.vm;
    let protocol = dump.settings.protocol;
    dump.foreign(|_| {
        if let Some(reduce) = vm.get_attribute_opt(object, "__reduce_ex__")? {
            return reduce
                .call((protocol,), vm)
                .map(|v| Some(Reduced::Value(v)));
        }
        match vm.get_attribute_opt(object, "__reduce__")? {
            Some(reduce) => reduce.call((), vm).map(|v| Some(Reduced::Value(v))),
            None => Ok(None),
        }
    })
}

/// Whether an object is a class, whose name stands for no opcode.
fn is_plain_class(object: &PyObject, vm: &VirtualMachine) -> bool {
    let class = object.downcast_ref_if_exact::<PyType>(vm);
    class.is_some_and(|class| !is_copyreg_name(class))
}

impl Dump<'_, '_> {
    /// Asks what a by-value dump knows; `None` if this is none.
    pub(super) fn ask_by_value<T>(
        &mut self,
        ask: impl FnOnce(&mut ByValue, &VirtualMachine) -> PyResult<Option<T>>,
    ) -> PyResult<Option<T>> {
        let vm = self.vm;
        let Some(mut by_value) = self.settings.by_value.take() else {
            return Ok(None);
        };
        let answer = self.foreign(|_| ask(&mut by_value, vm));
        self.settings.by_value = Some(by_value);
        answer
    }

    /// Saves an object that is no plain data.
    pub(super) fn save_by_reduction(&mut self, object: &PyObject) -> PyResult<Option<Descent>> {
        let vm = self.vm;
        if let Some(saved) = self.save_instance(object)? {
            return Ok(saved);
        }
        for reducer in REDUCERS {
            let Some(reduced) = reducer(self, object)? else {
                continue;
            };
            return match reduced {
                Reduced::Global => self.save_global(object, None),
                Reduced::TypeOf(singleton) => {
                    let callable = vm.ctx.types.type_type.to_owned().into();
                    self.save_call(object, callable, vec![singleton])
                }
                Reduced::Value(value) => self.save_answer(object, value),
                Reduced::Once(value) => self.save_reduced(object, value, true),
                Reduced::Instead(instead, reduced) => match self.memo.get(&instead) {
                    Some(index) => self.write_get(index).map(|()| None),
                    None => self.save_reduced(&instead, reduced, true),
                },
            };
        }
        Err(new_pickling_error(
            vm,
            format!("can't pickle {} object", type_name(object, vm)),
        ))
    }

    /// Saves an object as `__reduce_ex__` has answered: under a name, or as a tuple has it.
    pub(super) fn save_answer(
        &mut self,
        object: &PyObject,
        answer: PyObjectRef,
    ) -> PyResult<Option<Descent>> {
        match answer.downcast::<PyStr>() {
            Ok(name) => self.save_global(object, Some(name)),
            Err(answer) if self.save_call_of_leaves(object, &answer)? => Ok(None),
            Err(answer) => self.save_reduced(object, answer, false),
        }
    }

    pub(super) fn save_reduced(
        &mut self,
        object: &PyObject,
        value: PyObjectRef,
        once: bool,
    ) -> PyResult<Option<Descent>> {
        let vm = self.vm;
        let tuple = value.downcast_ref_if_exact::<PyTuple>(vm);
        let callable = tuple.and_then(|tuple| tuple.as_slice().first());
        // A class says its name without running foreign code.
        let reduction = match callable.is_some_and(|callable| is_plain_class(callable, vm)) {
            true => self.check_reduction(object, &value),
            false => self.foreign(|dump| dump.check_reduction(object, &value)),
        };
        let reduction = reduction.map(|reduction| Reduction {
            once,
            answer: Some(value),
            ..reduction
        });
        match reduction {
            Ok(reduction) => self.enter_reduction(object, reduction, true),
            Err(exception) => {
                let note = format!("when serializing {} object", type_name(object, vm));
                self.foreign(|_| add_note(&exception, note, vm));
                Err(exception)
            }
        }
    }

    /// Checks what `__reduce_ex__` returned, with CPython's messages.
    fn check_reduction(&self, object: &PyObject, value: &PyObject) -> PyResult<Reduction> {
        let vm = self.vm;
        let complain = |what: &str, got: &PyObject| {
            new_pickling_error(vm, format!("{what}, not {}", type_name(got, vm)))
        };
        let Some(tuple) = value.downcast_ref::<PyTuple>() else {
            return Err(complain("__reduce__ must return a string or tuple", value));
        };
        let (callable, args, rest) = match tuple.as_slice() {
            [callable, args, rest @ ..] if rest.len() <= 4 => (callable, args, rest),
            _ => {
                return Err(new_pickling_error(
                    vm,
                    "tuple returned by __reduce__ must contain 2 through 6 elements",
                ));
            }
        };
        let item = |which: &str, what: &str| {
            format!("{which} item of the tuple returned by __reduce__ must be {what}")
        };
        if !callable.is_callable() {
            return Err(complain(&item("first", "callable"), callable));
        }
        if !args.downcastable::<PyTuple>() {
            return Err(complain(&item("second", "a tuple"), args));
        }
        let optional = |index: usize| rest.get(index).filter(|item| !vm.is_none(item)).cloned();
        let [state, list_items, dict_items, state_setter] = [0, 1, 2, 3].map(optional);
        for (items, which) in [(&list_items, "fourth"), (&dict_items, "fifth")] {
            if let Some(items) = items.as_ref().filter(|items| !PyIter::check(items)) {
                return Err(complain(&item(which, "an iterator"), items));
            }
        }
        if let Some(setter) = state_setter.as_ref().filter(|setter| !setter.is_callable()) {
            return Err(complain(&item("sixth", "callable"), setter));
        }
        let (constructor, args) = self.check_constructor(object, callable, args)?;
        Ok(Reduction {
            constructor,
            args,
            list_items,
            dict_items,
            state,
            state_setter,
            once: false,
            answer: None,
        })
    }

    /// Turns copyreg's `__newobj__` and `__newobj_ex__` into the opcodes for them.
    fn check_constructor(
        &self,
        object: &PyObject,
        callable: &PyObjectRef,
        args: &PyObjectRef,
    ) -> PyResult<(Constructor, PyObjectRef)> {
        let vm = self.vm;
        let call = || Ok((Constructor::Call(callable.clone()), args.clone()));
        if self.settings.protocol < 2 || is_plain_class(callable, vm) {
            return call();
        }
        let name = vm.get_attribute_opt(callable, "__name__")?;
        let Some(name) = name.as_ref().and_then(|name| name.downcast_ref::<PyStr>()) else {
            return call();
        };
        let args = args
            .downcast_ref::<PyTuple>()
            .map_or(&[][..], |args| args.as_slice());
        match name.as_bytes() {
            b"__newobj_ex__" => self.new_with_keywords(args),
            b"__newobj__" => {
                let [class, args @ ..] = args else {
                    return Err(new_pickling_error(
                        vm,
                        "__newobj__ expected at least 1 argument, got 0",
                    ));
                };
                self.check_class(object, class, "__newobj__")?;
                let args = vm.ctx.new_tuple(args.to_vec());
                Ok((Constructor::New(class.clone()), args.into()))
            }
            _ => call(),
        }
    }

    fn new_with_keywords(&self, args: &[PyObjectRef]) -> PyResult<(Constructor, PyObjectRef)> {
        let vm = self.vm;
        let [class, args, keywords] = args else {
            let message = format!("__newobj_ex__ expected 3 arguments, got {}", args.len());
            return Err(new_pickling_error(vm, message));
        };
        self.check_is_class(class, "__newobj_ex__")?;
        let complain = |which: &str, what: &str, got: &PyObject| {
            let got = type_name(got, vm);
            let message = format!("{which} argument to __newobj_ex__() must be {what}, not {got}");
            new_pickling_error(vm, message)
        };
        let Some(positional) = args.downcast_ref::<PyTuple>() else {
            return Err(complain("second", "a tuple", args));
        };
        let Some(named) = keywords.downcast_ref::<PyDict>() else {
            return Err(complain("third", "a dict", keywords));
        };
        if self.settings.protocol >= 4 {
            let constructor = Constructor::NewWithKeywords(class.clone(), keywords.clone());
            return Ok((constructor, args.clone()));
        }
        // There is no opcode with keywords yet: functools.partial carries them.
        let mut call = vec![class.get_attr("__new__", vm)?, class.clone()];
        call.extend_from_slice(positional.as_slice());
        let mut call = FuncArgs::from(call);
        add_keywords(&mut call, named, vm)?;
        let partial = vm.import("functools", 0)?.get_attr("partial", vm)?;
        let callable = partial.call(call, vm)?;
        Ok((Constructor::Call(callable), vm.ctx.new_tuple(vec![]).into()))
    }

    fn check_is_class(&self, class: &PyObject, function: &str) -> PyResult<()> {
        if class.downcastable::<PyType>() {
            return Ok(());
        }
        let got = type_name(class, self.vm);
        let message = format!("first argument to {function}() must be a class, not {got}");
        Err(new_pickling_error(self.vm, message))
    }

    fn check_class(&self, object: &PyObject, class: &PyObject, function: &str) -> PyResult<()> {
        let vm = self.vm;
        self.check_is_class(class, function)?;
        let own = match vm.get_attribute_opt(object, "__class__")? {
            Some(own) => own,
            None => object.class().to_owned().into(),
        };
        if class.is(&own) {
            return Ok(());
        }
        let (own, class) = (own.repr(vm)?, class.repr(vm)?);
        let message = format!("first argument to {function}() must be {own}, not {class}");
        Err(new_pickling_error(vm, message))
    }

    /// The table of reducers by class: the pickler's own or copyreg's.
    pub(super) fn dispatch_table(&mut self) -> PyResult<PyObjectRef> {
        match &self.settings.dispatch_table {
            Some(table) => Ok(table.clone()),
            // CPython asks for it once and for all.
            None => {
                let table = self
                    .dispatch_table
                    .get_or_try_init(|| self.copyreg("dispatch_table"))?;
                Ok(table.clone())
            }
        }
    }
}
