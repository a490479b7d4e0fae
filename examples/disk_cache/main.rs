//! Results that take long are kept on disk, whatever Python objects they are.
//!
//! `cargo run --example disk_cache -- FOLDER [LIMIT]`

mod cache;
#[path = "../interpreter/mod.rs"]
mod interpreter;

use cache::DiskCache;
use rustpython_vm::{PyResult, VirtualMachine, import::import_source};
use std::process::ExitCode;

/// Where results come from.
const PRIMES: &str = "
def gaps(limit):
    'The first gap of each size between primes below the limit.'
    primes = [n for n in range(2, limit) if all(n % d for d in range(2, int(n**.5) + 1))]
    found = {}
    for left, right in zip(primes, primes[1:]):
        found.setdefault(right - left, (left, right))
    return found
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (folder, limit) = match args.as_slice() {
        [folder] => (folder, Ok(20_000)),
        [folder, limit] => (folder, limit.parse()),
        _ => {
            eprintln!("usage: disk_cache FOLDER [LIMIT]");
            return ExitCode::from(2);
        }
    };
    let Ok(limit) = limit else {
        eprintln!("the limit is a number");
        return ExitCode::from(2);
    };
    interpreter::run(Vec::new(), |vm| show(&DiskCache::new(folder), limit, vm))
}

fn show(cache: &DiskCache, limit: u32, vm: &VirtualMachine) -> PyResult<()> {
    let primes = import_source(vm, "primes", PRIMES)?;
    let key = format!("gaps-{limit}");
    let mut computed = false;
    let gaps = cache.get_or_compute(&key, vm, || {
        computed = true;
        vm.call_method(&primes, "gaps", (limit,))
    })?;
    println!(
        "{}",
        if computed {
            "computed"
        } else {
            "from the cache"
        }
    );
    println!("{}", gaps.repr(vm)?);
    Ok(())
}
