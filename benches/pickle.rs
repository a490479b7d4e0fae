//! Dumps and loads: this crate from Rust, its `_pickle`, and the `_pickle` of rustpython-stdlib.
//!
//! `cargo bench --ignore-rust-version --features bench --bench pickle`

mod shapes;

use std::{hint::black_box, time::Duration};

use criterion::{BatchSize, Criterion};
use rustpython_pickle::{InterpreterBuilderExt as _, dumps, loads};
use rustpython_vm::{
    AsObject as _, Interpreter, PyObjectRef, PyResult, Settings, VirtualMachine,
    builtins::PyBytesRef,
};

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    // Theirs comes first: building an interpreter with ours repairs types that all interpreters share.
    let builder = Interpreter::builder(Settings::default());
    let stdlib = builder.install_stdlib().build();
    let theirs = stdlib.enter(|vm| run(vm, |case| case.through_module("stdlib", &mut criterion)));

    let builder = Interpreter::builder(Settings::default());
    let interpreter = builder.install_stdlib().install_pickle().build();
    let ours = interpreter.enter(|vm| {
        run(vm, |case| {
            case.through_module("_pickle", &mut criterion)?;
            case.through_rust(&mut criterion)
        })
    });
    assert!(!ours.is(&theirs), "one `_pickle` has been measured twice");
}

/// Measures each shape; returns the `Pickler` of the module that was measured.
fn run(vm: &VirtualMachine, mut measure: impl FnMut(&Case<'_>) -> PyResult<()>) -> PyObjectRef {
    let mut run = || {
        let module = vm.import("_pickle", 0)?;
        let scope = shapes::scope(vm)?;
        for (shape, expression) in shapes::SHAPES {
            let object = shapes::object(expression, &scope, vm)?;
            let pickle = dumps(&object, vm).map_err(|error| error.into_exception(vm))?;
            measure(&Case {
                shape,
                object,
                // All load the same bytes, which are CPython's.
                pickle: vm.ctx.new_bytes(pickle),
                module: &module,
                vm,
            })?;
        }
        module.get_attr("Pickler", vm)
    };
    run().unwrap_or_else(|error| {
        vm.print_exception(&error);
        panic!("no figures");
    })
}

struct Case<'a> {
    shape: &'static str,
    object: PyObjectRef,
    pickle: PyBytesRef,
    module: &'a PyObjectRef,
    vm: &'a VirtualMachine,
}

impl Case<'_> {
    fn through_module(&self, who: &str, criterion: &mut Criterion) -> PyResult<()> {
        let dumps = self.module.get_attr("dumps", self.vm)?;
        let loads = self.module.get_attr("loads", self.vm)?;
        let dump = || dumps.call((self.object.clone(),), self.vm);
        let load = |pickle: PyObjectRef| loads.call((pickle,), self.vm);
        self.check(&load(dump()?)?)?;
        self.check(&load(self.pickle.clone().into())?)?;
        self.time("dumps", who, criterion, dump);
        self.time("loads", who, criterion, || load(self.pickle.clone().into()));
        Ok(())
    }

    fn through_rust(&self, criterion: &mut Criterion) -> PyResult<()> {
        let load = || loads(self.pickle.as_bytes(), self.vm);
        self.check(&load().map_err(|error| error.into_exception(self.vm))?)?;
        self.time("dumps", "rust", criterion, || dumps(&self.object, self.vm));
        self.time("loads", "rust", criterion, load);
        Ok(())
    }

    fn check(&self, copy: &PyObjectRef) -> PyResult<()> {
        assert!(
            self.vm.bool_eq(&self.object, copy)?,
            "{}: another object",
            self.shape
        );
        Ok(())
    }

    /// What `work` returns is dropped outside of the time.
    fn time<T>(
        &self,
        what: &str,
        who: &str,
        criterion: &mut Criterion,
        mut work: impl FnMut() -> T,
    ) {
        let id = format!("{what}/{}/{who}", self.shape);
        criterion.bench_function(&id, |bencher| {
            bencher.iter_batched(|| (), |()| black_box(work()), BatchSize::PerIteration);
        });
    }
}
