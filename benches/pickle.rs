//! Dumps and loads of compat's workloads: this crate's `_pickle` and its functions for Rust, the `_pickle` of
//! rustpython-stdlib, the `pickle` in Python, and the floor, which is what the objects take anyhow.
//!
//! `cargo bench --ignore-rust-version --features bench --bench pickle`
//!
//! The times of criterion say how fast each is. How fast they are against each other is said in the end, in tables: each round runs
//! all of them in turn, so that what slows the machine down slows all, and the fastest rounds are compared.
//!
//! `-- ints` measures workloads with `ints` in their names; `-- --exact ints,str` those of just these names, and leaves
//! criterion out, which has nothing of that name. What is no part of any name (`-- nothing`) leaves criterion out for all workloads.
//! `-- --test` runs everything once.

/// With mimalloc, if that is turned on: the allocator is a good part of what objects take.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod candidates;
mod floor;
mod report;
mod workloads;

use std::time::Duration;

use criterion::Criterion;
use rustpython_pickle::InterpreterBuilderExt as _;
use rustpython_vm::{
    AsObject as _, Interpreter, PyObjectRef, PyResult, Settings, VirtualMachine,
    builtins::PyBaseExceptionRef,
};

use candidates::{Candidate, Case, Steps};
use report::{Row, rounds};
use workloads::Workloads;

/// `pickle` in Python is left out where a call takes longer than this, and by criterion where one takes longer than that.
const LONGEST: Duration = Duration::from_secs(1);
const LONGEST_FOR_CRITERION: Duration = Duration::from_millis(300);

/// What a candidate does.
const STEPS: [&str; 2] = ["dumps", "loads"];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    // Theirs comes first: building an interpreter with ours repairs types that all interpreters share.
    let builder = Interpreter::builder(Settings::default());
    let theirs = Host::new(builder.install_stdlib().build());
    let builder = Interpreter::builder(Settings::default());
    let ours = Host::new(builder.install_stdlib().install_pickle().build());
    assert!(
        !ours.pickler().is(&theirs.pickler()),
        "one `_pickle` would be measured twice"
    );

    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let once = ["--list", "--test", "--profile-time"];
    let once = arguments.iter().any(|argument| once.contains(&&**argument));
    let mut rows = Vec::new();
    for name in chosen(ours.names(), &arguments) {
        let (candidates, objects) = candidates(&ours, &theirs, &name);
        for (step, what) in STEPS.into_iter().enumerate() {
            for candidate in &candidates {
                criterion_time(&mut criterion, what, &name, candidate, step);
            }
        }
        if !once {
            eprintln!("{name}: rounds");
            let times = [rounds(&candidates, 0), rounds(&candidates, 1)];
            rows.push(Row {
                name,
                objects,
                times,
            });
        }
        candidates.into_iter().for_each(Candidate::end);
    }
    if !once {
        report::print(&rows);
    }
}

/// The workloads that the command line names: all, if it names none.
fn chosen(names: Vec<String>, arguments: &[String]) -> Vec<String> {
    let exact = arguments.iter().any(|argument| argument == "--exact");
    let words = arguments.iter().filter(|word| !word.starts_with('-'));
    let words: Vec<&str> = words.flat_map(|word| word.split(',')).collect();
    let is_named = |name: &&String| {
        // Or names one of criterion's benchmarks.
        words.iter().any(|word| match exact {
            true => name == word || word.split('/').nth(1) == Some(name),
            false => name.contains(word) || word.contains(&format!("/{name}/")),
        })
    };
    let named: Vec<_> = names.iter().filter(is_named).cloned().collect();
    if named.is_empty() { names } else { named }
}

/// All that take part in a workload; and how many objects it has.
fn candidates<'a>(ours: &'a Host, theirs: &'a Host, name: &str) -> (Vec<Candidate<'a>>, usize) {
    let (mut all, pickle, objects) = ours.enter(|vm| {
        let case = Case::new(name, &ours.workloads, None, vm)?;
        let (floor, objects) = case.floor()?;
        let own = case.functions("_pickle", STEPS)?;
        let own = ours.candidate("ours", own);
        let all = vec![
            own,
            ours.candidate("rust", case.rust()?),
            ours.candidate("floor", floor),
        ];
        Ok((all, case.pickle.as_bytes().to_vec(), objects))
    });
    let mut add = |who: &'static str, host: &'a Host, module, functions, longest| {
        let steps = host.enter(|vm| {
            let case = Case::new(name, &host.workloads, Some(&pickle), vm)?;
            // Another is left out where it can't.
            let steps = case.functions(module, functions);
            Ok(steps
                .inspect_err(|error| complain(who, name, error, vm))
                .ok())
        });
        let candidate = steps.map(|steps| host.candidate(who, steps));
        all.extend(
            candidate.filter(|candidate| (0..2).all(|step| candidate.time(step, 1) < longest)),
        );
    };
    add("stdlib", theirs, "_pickle", STEPS, Duration::MAX);
    add("python", ours, "pickle", ["_dumps", "_loads"], LONGEST);
    (all, objects)
}

fn complain(who: &str, name: &str, error: &PyBaseExceptionRef, vm: &VirtualMachine) {
    let text = error.as_object().str(vm);
    let text = text.map(|text| text.to_string()).unwrap_or_default();
    eprintln!("{name}: no {who}, {}: {text}", error.class().name());
}

fn criterion_time(
    criterion: &mut Criterion,
    what: &str,
    name: &str,
    candidate: &Candidate<'_>,
    step: usize,
) {
    if candidate.who == "python" && candidate.time(step, 1) > LONGEST_FOR_CRITERION {
        return;
    }
    candidate.interpreter.enter(|vm| {
        criterion.bench_function(&format!("{what}/{name}/{}", candidate.who), |bencher| {
            bencher.iter(|| candidate.run(step, vm));
        });
    });
}

/// An interpreter with the workloads in it.
struct Host {
    interpreter: Interpreter,
    workloads: Workloads,
}

impl Host {
    fn new(interpreter: Interpreter) -> Self {
        let workloads = interpreter.enter(|vm| or_panic(Workloads::import(vm), vm));
        Self {
            interpreter,
            workloads,
        }
    }

    fn enter<T>(&self, work: impl FnOnce(&VirtualMachine) -> PyResult<T>) -> T {
        self.interpreter.enter(|vm| or_panic(work(vm), vm))
    }

    fn candidate(&self, who: &'static str, steps: Steps) -> Candidate<'_> {
        Candidate {
            who,
            interpreter: &self.interpreter,
            steps,
        }
    }

    fn pickler(&self) -> PyObjectRef {
        self.enter(|vm| vm.import("_pickle", 0)?.get_attr("Pickler", vm))
    }

    fn names(&self) -> Vec<String> {
        self.enter(|vm| {
            let names = self.workloads.module.get_attr("WORKLOADS", vm)?;
            vm.extract_elements_with(&names, |name| name.try_to_value(vm))
        })
    }
}

fn or_panic<T>(result: PyResult<T>, vm: &VirtualMachine) -> T {
    result.unwrap_or_else(|error| {
        vm.print_exception(&error);
        panic!("no figures");
    })
}
