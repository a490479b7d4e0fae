//! Who dumps and loads, and how.

use std::hint::black_box;
use std::time::{Duration, Instant};

use rustpython_pickle::{DumpOptions, LoadOptions};
use rustpython_vm::{
    AsObject as _, Interpreter, PyObject, PyObjectRef, PyResult, VirtualMachine,
    builtins::PyBytesRef,
    common::wtf8::Wtf8Buf,
    function::{FuncArgs, KwArgs},
};

use crate::floor::Floor;
use crate::workloads::Workloads;

/// What is measured; what it makes is dropped in the time that it takes.
type Step = Box<dyn Fn(&VirtualMachine) -> PyResult<()>>;

/// `dumps` and `loads`.
pub(crate) type Steps = [Step; 2];

/// One who dumps and loads a workload.
pub(crate) struct Candidate<'a> {
    pub(crate) who: &'static str,
    pub(crate) interpreter: &'a Interpreter,
    pub(crate) steps: Steps,
}

impl Candidate<'_> {
    /// How long so many calls of a step take.
    pub(crate) fn time(&self, step: usize, calls: u32) -> Duration {
        self.interpreter.enter(|vm| {
            let start = Instant::now();
            for _ in 0..calls {
                self.run(step, vm);
            }
            start.elapsed()
        })
    }

    pub(crate) fn run(&self, step: usize, vm: &VirtualMachine) {
        self.steps[step](vm).unwrap_or_else(|error| {
            vm.print_exception(&error);
            panic!("{} has failed meanwhile", self.who);
        });
    }

    /// Drops what is held, where it belongs.
    pub(crate) fn end(self) {
        self.interpreter.enter(|_| drop(self.steps));
    }
}

/// A workload in an interpreter.
pub(crate) struct Case<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: PyObjectRef,
    /// All load the same bytes, which are CPython's.
    pub(crate) pickle: PyBytesRef,
    /// The buffers that are no part of the pickle, if there may be some.
    pub(crate) buffers: Option<Vec<PyObjectRef>>,
    pub(crate) workloads: &'a Workloads,
    pub(crate) vm: &'a VirtualMachine,
}

impl<'a> Case<'a> {
    /// The case with this pickle; with its own, if there is none.
    pub(crate) fn new(
        name: &'a str,
        workloads: &'a Workloads,
        pickle: Option<&[u8]>,
        vm: &'a VirtualMachine,
    ) -> PyResult<Self> {
        let value = workloads.make(name, vm)?;
        let out_of_band = workloads.module.get_attr("OUT_OF_BAND", vm)?;
        let out_of_band = vm.call_method(&out_of_band, "__contains__", (name,))?;
        let mut buffers = None;
        if out_of_band.try_to_bool(vm)? {
            // Each `_pickle` has a class of its own for them.
            let list = vm.ctx.new_list(Vec::new());
            let append = list.as_object().get_attr("append", vm)?;
            let dumps = vm.import("_pickle", 0)?.get_attr("dumps", vm)?;
            let keywords = [("buffer_callback".into(), append)];
            let keywords = KwArgs::new(keywords.into_iter().collect());
            dumps.call(FuncArgs::new(vec![value.clone()], keywords), vm)?;
            buffers = Some(list.borrow_vec().to_vec());
        }
        let pickle = match pickle {
            Some(pickle) => pickle.to_vec(),
            None => dump(&value, buffers.is_some(), vm)?,
        };
        Ok(Self {
            name,
            value,
            pickle: vm.ctx.new_bytes(pickle),
            buffers,
            workloads,
            vm,
        })
    }

    /// Functions with the interface of `pickle.dumps` and `pickle.loads`.
    pub(crate) fn functions(&self, module: &str, names: [&'static str; 2]) -> PyResult<Steps> {
        let vm = self.vm;
        let module = vm.import(vm.ctx.intern_str(module), 0)?;
        let dumps = module.get_attr(names[0], vm)?;
        let loads = module.get_attr(names[1], vm)?;
        let (mut dumps_keywords, mut loads_keywords) = (Vec::new(), Vec::new());
        if let Some(buffers) = &self.buffers {
            let scope = vm.new_scope_with_builtins();
            let callback = vm.run_block_expr(scope, "lambda buffer: None")?;
            dumps_keywords.push(("buffer_callback".into(), callback));
            let buffers = vm.ctx.new_tuple(buffers.clone()).into();
            loads_keywords.push(("buffers".into(), buffers));
        }
        let arguments = |first: &PyObjectRef, keywords: &[(Wtf8Buf, PyObjectRef)]| {
            let keywords = KwArgs::new(keywords.iter().cloned().collect());
            FuncArgs::new(vec![first.clone()], keywords)
        };
        let value = self.value.clone();
        let dump = move |vm: &VirtualMachine| dumps.call(arguments(&value, &dumps_keywords), vm);
        let load = move |pickle: &PyObjectRef, vm: &VirtualMachine| {
            loads.call(arguments(pickle, &loads_keywords), vm)
        };
        self.check(&load(&dump(vm)?, vm)?)?;
        let pickle: PyObjectRef = self.pickle.clone().into();
        self.check(&load(&pickle, vm)?)?;
        Ok([
            Box::new(move |vm| dump(vm).map(|pickle| drop(black_box(pickle)))),
            Box::new(move |vm| load(&pickle, vm).map(|copy| drop(black_box(copy)))),
        ])
    }

    /// This crate's functions for Rust.
    pub(crate) fn rust(&self) -> PyResult<Steps> {
        let value = self.value.clone();
        let out_of_band = self.buffers.is_some();
        let (pickle, buffers) = (self.pickle.clone(), self.buffers.clone());
        let load = move |vm: &VirtualMachine| {
            let mut options = LoadOptions::new();
            if let Some(buffers) = &buffers {
                options = options.buffers(buffers.clone());
            }
            let copy = options.loads(pickle.as_bytes(), vm);
            copy.map_err(|error| error.into_exception(vm))
        };
        assert_eq!(
            dump(&value, out_of_band, self.vm)?,
            self.pickle.as_bytes(),
            "{}",
            self.name
        );
        self.check(&load(self.vm)?)?;
        Ok([
            Box::new(move |vm| dump(&value, out_of_band, vm).map(|pickle| drop(black_box(pickle)))),
            Box::new(move |vm| load(vm).map(|copy| drop(black_box(copy)))),
        ])
    }

    /// What all of them can't do without; and how many objects there are.
    pub(crate) fn floor(&self) -> PyResult<(Steps, usize)> {
        let value = self.value.clone();
        let floor = std::rc::Rc::new(Floor::of(&value, self.vm)?);
        self.check(&floor.build(self.vm)?)?;
        let objects = floor.walk(&value, self.vm)?;
        let walked = floor.clone();
        let steps: Steps = [
            Box::new(move |vm| {
                walked.walk(&value, vm).map(|objects| {
                    black_box(objects);
                })
            }),
            Box::new(move |vm| floor.build(vm).map(|copy| drop(black_box(copy)))),
        ];
        Ok((steps, objects))
    }

    fn check(&self, copy: &PyObjectRef) -> PyResult<()> {
        self.workloads.check(self.name, &self.value, copy, self.vm)
    }
}

fn dump(value: &PyObject, out_of_band: bool, vm: &VirtualMachine) -> PyResult<Vec<u8>> {
    let mut options = DumpOptions::new();
    if out_of_band {
        options = options.buffer_callback(|_, _| Ok(false));
    }
    let pickle = options.dumps(value, vm);
    pickle.map_err(|error| error.into_exception(vm))
}
