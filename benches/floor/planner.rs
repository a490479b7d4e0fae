//! From an object to the plan of it.

use std::collections::HashMap;

use num_traits::ToPrimitive as _;
use rustpython_vm::{
    AsObject as _, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyBytes, PyDict, PyFloat, PyInt, PyList, PySet, PyStr, PyTuple, PyType},
    common::vendored::ascii::AsciiStr,
    convert::TryFromObject as _,
};

use super::Floor;
use super::class::{Classes, Kind};
use super::plan::{Instance, Plan, Slot, Slots};

pub(super) fn plan(value: &PyObject, vm: &VirtualMachine) -> PyResult<Floor> {
    let mut planner = Planner {
        numbers: HashMap::new(),
        references: Vec::new(),
        held: Vec::new(),
        classes: Classes::default(),
        vm,
    };
    let mut plan = planner.plan(value)?;
    // Only what is referred to again is shared.
    let mut shared = 0;
    let numbers = planner.references.iter().map(|&again| {
        shared += usize::from(again);
        again.then(|| shared - 1)
    });
    let numbers: Vec<_> = numbers.collect();
    renumber(&mut plan, &numbers);
    Ok(Floor {
        plan,
        shared,
        classes: planner.classes,
    })
}

struct Planner<'a> {
    /// The numbers of the objects that a pickle's memo would have, by address.
    numbers: HashMap<usize, usize>,
    /// Whether these are referred to again.
    references: Vec<bool>,
    /// What must not be freed meanwhile, since its address tells who it is.
    held: Vec<PyObjectRef>,
    classes: Classes,
    vm: &'a VirtualMachine,
}

impl Planner<'_> {
    fn plan(&mut self, object: &PyObject) -> PyResult<Plan> {
        let vm = self.vm;
        if vm.is_none(object) || object.class().is(vm.ctx.types.bool_type) {
            return Ok(Plan::Given(object.to_owned()));
        }
        if let Some(int) = object.downcast_ref_if_exact::<PyInt>(vm) {
            let value = int.as_bigint();
            let small = value.to_i64().map(Plan::Int);
            return Ok(small.unwrap_or_else(|| Plan::BigInt(Box::new(value.clone()))));
        }
        if let Some(float) = object.downcast_ref_if_exact::<PyFloat>(vm) {
            return Ok(Plan::Float(float.to_f64()));
        }
        if let Some(&number) = self.numbers.get(&object.get_id()) {
            self.references[number] = true;
            return Ok(Plan::Shared(number));
        }
        let number = self.references.len();
        self.numbers.insert(object.get_id(), number);
        self.references.push(false);
        self.held.push(object.to_owned());
        let plan = self.plan_contents(object)?;
        Ok(Plan::Share(number, Box::new(plan)))
    }

    fn plan_contents(&mut self, object: &PyObject) -> PyResult<Plan> {
        let vm = self.vm;
        Ok(
            if let Some(text) = object.downcast_ref_if_exact::<PyStr>(vm) {
                match AsciiStr::from_ascii(text.as_bytes()) {
                    Ok(ascii) if ascii.len() > 1 => Plan::Ascii(ascii.to_owned().into()),
                    // Nobody makes these.
                    Ok(_) => Plan::Given(object.to_owned()),
                    Err(_) => Plan::Text(text.as_wtf8().to_owned().into_box()),
                }
            } else if let Some(bytes) = object.downcast_ref_if_exact::<PyBytes>(vm) {
                Plan::Bytes(bytes.as_bytes().into())
            } else if let Some(list) = object.downcast_ref_if_exact::<PyList>(vm) {
                Plan::List(self.plan_all(&list.borrow_vec())?)
            } else if let Some(tuple) = object.downcast_ref_if_exact::<PyTuple>(vm) {
                Plan::Tuple(self.plan_all(tuple.as_slice())?)
            } else if let Some(set) = object.downcast_ref_if_exact::<PySet>(vm) {
                Plan::Set(self.plan_all(&set.elements())?)
            } else if let Some(dict) = object.downcast_ref_if_exact::<PyDict>(vm) {
                let items = dict.items_vec();
                let items = items.iter();
                let items = items.map(|(key, value)| Ok((self.plan(key)?, self.plan(value)?)));
                Plan::Dict(items.collect::<PyResult<_>>()?)
            } else {
                self.plan_instance(object)?
            },
        )
    }

    fn plan_all(&mut self, objects: &[PyObjectRef]) -> PyResult<Box<[Plan]>> {
        objects.iter().map(|object| self.plan(object)).collect()
    }

    fn plan_instance(&mut self, object: &PyObject) -> PyResult<Plan> {
        let vm = self.vm;
        let class = object.class();
        // A class is imported before, and a buffer goes out of band.
        if object.downcastable::<PyType>() || &*class.name() == "PickleBuffer" {
            self.classes.add(class, Kind::Opaque);
            return Ok(Plan::Given(object.to_owned()));
        }
        let reduced = vm.call_method(object, "__reduce_ex__", (5,))?;
        self.held.push(reduced.clone());
        let reduced = Vec::<PyObjectRef>::try_from_object(vm, reduced)?;
        let [callable, args, rest @ ..] = &reduced[..] else {
            return Err(vm.new_type_error("a reduction of one part"));
        };
        let args = Vec::<PyObjectRef>::try_from_object(vm, args.clone())?;
        let (state, others) = rest.split_first().unzip();
        let others = others.unwrap_or_default();
        let state = state.filter(|state| !vm.is_none(state));
        let newobj = vm.import("copyreg", 0)?.get_attr("__newobj__", vm)?;
        if !others.iter().all(|part| vm.is_none(part)) {
            return Err(vm.new_type_error(format!("items of a {}", class.name())));
        }
        if callable.is(&newobj) && args.len() == 1 {
            self.classes.add(class, Kind::Default);
            return self.plan_default(object, state);
        }
        if state.is_some() {
            return Err(vm.new_type_error(format!("state of a {}", class.name())));
        }
        let reduce = class.as_object().get_attr("__reduce_ex__", vm)?;
        self.classes.add(class, Kind::Method(reduce));
        if !callable.is(&newobj) {
            return Ok(Plan::Call(callable.clone(), self.plan_all(&args)?));
        }
        let class = args[0].clone().downcast::<PyType>();
        let class = class.map_err(|_| vm.new_type_error("__newobj__ without a class"))?;
        Ok(Plan::New(class, self.plan_all(&args[1..])?))
    }

    /// The plan of an instance that is reduced as `object` does it.
    fn plan_default(&mut self, object: &PyObject, state: Option<&PyObjectRef>) -> PyResult<Plan> {
        let vm = self.vm;
        let class = object.class().to_owned();
        let slots = state.and_then(|state| state.downcast_ref::<PyTuple>());
        let Some(slots) = slots else {
            let attributes = state.map(|state| self.items(state)).transpose()?;
            let attributes = attributes.unwrap_or_default().into_iter();
            let attributes = attributes.map(|(name, value)| {
                let name = name.try_to_value::<String>(vm)?;
                Ok((vm.ctx.intern_str(name), self.plan(&value)?))
            });
            let attributes = attributes.collect::<PyResult<_>>()?;
            return Ok(Plan::Instance(Box::new(Instance { class, attributes })));
        };
        let [dict, slots] = slots.as_slice() else {
            return Err(vm.new_type_error("a state that is no pair"));
        };
        if !vm.is_none(dict) {
            return Err(vm.new_type_error("slots and a dict"));
        }
        let slots = self.items(slots)?.into_iter().map(|(name, value)| {
            let name = name.try_to_value::<String>(vm)?;
            let descriptor = class.get_attr(vm.ctx.intern_str(name));
            let set = |slot: &PyObjectRef| slot.class().slots().descr_set.load();
            let slot = descriptor
                .and_then(|descriptor| set(&descriptor).map(|set| Slot { descriptor, set }));
            let slot = slot.ok_or_else(|| vm.new_type_error("no such slot"))?;
            Ok((slot, self.plan(&value)?))
        });
        let slots = slots.collect::<PyResult<_>>()?;
        Ok(Plan::Slots(Box::new(Slots { class, slots })))
    }

    fn items(&self, state: &PyObjectRef) -> PyResult<Vec<(PyObjectRef, PyObjectRef)>> {
        match state.downcast_ref_if_exact::<PyDict>(self.vm) {
            Some(dict) => Ok(dict.items_vec()),
            None => Err(self.vm.new_type_error("a state that is no dict")),
        }
    }
}

/// Gives what is shared its number, and the rest none.
fn renumber(plan: &mut Plan, numbers: &[Option<usize>]) {
    if let Plan::Share(number, inner) = plan {
        match numbers[*number] {
            Some(number_now) => *number = number_now,
            None => *plan = core::mem::replace(&mut **inner, Plan::Int(0)),
        }
    }
    match plan {
        Plan::Share(_, inner) => renumber(inner, numbers),
        Plan::Shared(number) => {
            *number = numbers[*number].expect("referred to again");
        }
        Plan::List(items)
        | Plan::Tuple(items)
        | Plan::Set(items)
        | Plan::New(_, items)
        | Plan::Call(_, items) => items.iter_mut().for_each(|item| renumber(item, numbers)),
        Plan::Dict(items) => {
            for (key, value) in items {
                renumber(key, numbers);
                renumber(value, numbers);
            }
        }
        Plan::Instance(instance) => {
            for (_, value) in &mut instance.attributes {
                renumber(value, numbers);
            }
        }
        Plan::Slots(slots) => {
            for (_, value) in &mut slots.slots {
                renumber(value, numbers);
            }
        }
        Plan::Given(_)
        | Plan::Int(_)
        | Plan::BigInt(_)
        | Plan::Float(_)
        | Plan::Ascii(_)
        | Plan::Text(_)
        | Plan::Bytes(_) => {}
    }
}
