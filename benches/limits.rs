//! What policies and limits cost: the same pickles loaded as CPython loads them, with the limits for pickles of unknown
//! origin, and under the list of the standard library's data types without and with these limits.
//!
//! `cargo bench --ignore-rust-version --features bench --bench limits`
//!
//! The times of criterion say how fast each is. How much slower than the first is said in the end: each round loads
//! all of them in turn, so that what slows the machine down slows all, and the fastest rounds are compared. What is counted
//! without a policy includes what a list has to know of each object anyhow: the last column, limits under a list as against the list alone,
//! says what counting itself costs.

mod workloads;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion};
use rustpython_pickle::limits::Limits;
use rustpython_pickle::policy::{AllowList, Entry, Policy};
use rustpython_pickle::{InterpreterBuilderExt as _, LoadOptions, dumps};
use rustpython_vm::{Interpreter, PyResult, Settings, VirtualMachine};

use workloads::Workloads;

/// The workloads that are loaded.
const NAMES: [&str; 8] = [
    "ints",
    "strings",
    "dicts",
    "instances",
    "pairs",
    "floats",
    "set",
    "bytes",
];

/// How often all are loaded in turn.
const ROUNDS: usize = 60;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let builder = Interpreter::builder(Settings::default());
    let interpreter = builder.install_stdlib().install_pickle().build();
    interpreter.enter(|vm| {
        run(&mut criterion, vm).unwrap_or_else(|error| {
            vm.print_exception(&error);
            panic!("no figures");
        });
    });
}

/// The ways to load, with their names. The first is without a policy and without limits.
fn ways(vm: &VirtualMachine) -> PyResult<[(&'static str, LoadOptions<'static>); 4]> {
    let mut list = AllowList::standard();
    let added = list.add("workloads", "Plain", Entry::class()).map(drop);
    added.map_err(|error| vm.new_value_error(error.to_string()))?;
    let policy = Policy::allow(&list, vm).map_err(|error| error.into_exception(vm))?;
    Ok([
        ("unlimited", LoadOptions::new()),
        ("limits", LoadOptions::new().limits(Limits::untrusted())),
        ("list", LoadOptions::new().policy(policy.clone())),
        ("untrusted", LoadOptions::untrusted(policy)),
    ])
}

fn run(criterion: &mut Criterion, vm: &VirtualMachine) -> PyResult<()> {
    let workloads = Workloads::import(vm)?;
    let mut ways = ways(vm)?;
    let mut rows = Vec::new();
    for name in NAMES {
        let object = workloads.make(name, vm)?;
        let pickle = dumps(&object, vm).map_err(|error| error.into_exception(vm))?;
        for (way, options) in &mut ways {
            let copy = options.loads(&pickle, vm);
            let copy = copy.map_err(|error| error.into_exception(vm))?;
            workloads.check(name, &object, &copy, vm)?;
            criterion.bench_function(&format!("loads/{name}/{way}"), |bencher| {
                bencher.iter_batched(
                    || (),
                    |()| black_box(options.loads(&pickle, vm)),
                    BatchSize::PerIteration,
                );
            });
        }
        let mut fastest = [Duration::MAX; 4];
        for _ in 0..ROUNDS {
            for ((_, options), fastest) in ways.iter_mut().zip(&mut fastest) {
                let start = Instant::now();
                let loaded = black_box(options.loads(&pickle, vm));
                *fastest = start.elapsed().min(*fastest);
                drop(loaded);
            }
        }
        rows.push((name, fastest));
    }
    println!(
        "\n| workload | unlimited | limits | list | list, limits | counting |\n\
         | --- | --- | --- | --- | --- | --- |"
    );
    for (name, [first, rest @ ..]) in rows {
        let ratio = |time: Duration, base: Duration| time.as_secs_f64() / base.as_secs_f64();
        let [.., list, untrusted] = rest;
        let counting = ratio(untrusted, list);
        let ratios = rest.map(|time| format!("{:.3}", ratio(time, first)));
        let ratios = ratios.join(" | ");
        println!(
            "| {name} | {:.2} ms | {ratios} | {counting:.3} |",
            first.as_secs_f64() * 1e3
        );
    }
    Ok(())
}
