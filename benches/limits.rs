//! What policies and limits cost: the same pickles loaded as CPython loads them, with the limits for pickles of unknown
//! origin, and under the list of the standard library's data types without and with these limits.
//!
//! `cargo bench --ignore-rust-version --features bench --bench limits`
//!
//! The times of criterion say how fast each is. How much slower than another is said in the end: each round loads
//! in all ways, forwards and backwards in turn, and what is said is the median of the rounds' ratios, so that what slows the machine
//! down for a while slows both. Limits without a policy bring with them what a list has to know of each object anyhow: where it is
//! from and how deep. The last column, limits under a list as against the list alone, says what counting itself costs.
//!
//! `... -- --repeat WORKLOAD WAY TIMES` does nothing but load, for `valgrind --tool=callgrind`: the difference between two runs is
//! what so many more loads take, in instructions, which is the same however busy the machine is.

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
const ROUNDS: usize = 240;

fn main() {
    let repeats = std::env::args()
        .nth(1)
        .is_some_and(|first| first == "--repeat");
    let criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots();
    let mut criterion = match repeats {
        true => criterion,
        false => criterion.configure_from_args(),
    };
    // Tables are filled alike in all runs.
    let mut settings = Settings::default();
    settings.hash_seed = Some(1);
    let builder = Interpreter::builder(settings);
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

/// Loads one workload in one way, so often, and says nothing: for tools that count instructions.
fn repeat(name: &str, way: &str, rounds: usize, vm: &VirtualMachine) -> PyResult<()> {
    let object = Workloads::import(vm)?.make(name, vm)?;
    let pickle = dumps(&object, vm).map_err(|error| error.into_exception(vm))?;
    let mut ways = ways(vm)?;
    let options = ways.iter_mut().find(|(other, _)| *other == way);
    let (_, options) = options.ok_or_else(|| vm.new_value_error(format!("no way {way}")))?;
    for _ in 0..rounds {
        let loaded = options.loads(&pickle, vm);
        black_box(loaded.map_err(|error| error.into_exception(vm))?);
    }
    Ok(())
}

fn run(criterion: &mut Criterion, vm: &VirtualMachine) -> PyResult<()> {
    let args: Vec<String> = std::env::args().collect();
    if let Some(["--repeat", name, way, rounds]) = args
        .get(1..5)
        .map(|args| [0, 1, 2, 3].map(|index| args[index].as_str()))
    {
        let rounds = rounds.parse();
        let rounds = rounds.map_err(|_| vm.new_value_error("how often is a number"))?;
        return repeat(name, way, rounds, vm);
    }
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
        let mut rounds = Vec::with_capacity(ROUNDS);
        for round in 0..ROUNDS {
            let mut times = [Duration::ZERO; 4];
            for turn in 0..times.len() {
                let way = match round % 2 {
                    0 => turn,
                    _ => times.len() - 1 - turn,
                };
                let start = Instant::now();
                let loaded = black_box(ways[way].1.loads(&pickle, vm));
                times[way] = start.elapsed();
                drop(loaded);
            }
            rounds.push(times.map(|time| time.as_secs_f64()));
        }
        rows.push((name, rounds));
    }
    println!(
        "\n| workload | unlimited | limits | list | list, limits | counting |\n\
         | --- | --- | --- | --- | --- | --- |"
    );
    for (name, rounds) in rows {
        let median = |of: &dyn Fn(&[f64; 4]) -> f64| {
            let mut all: Vec<f64> = rounds.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        let first = median(&|times| times[0]) * 1e3;
        let ratios = [1, 2, 3].map(|way| format!("{:.3}", median(&|times| times[way] / times[0])));
        let ratios = ratios.join(" | ");
        let counting = median(&|times| times[3] / times[2]);
        println!("| {name} | {first:.2} ms | {ratios} | {counting:.3} |");
    }
    Ok(())
}
