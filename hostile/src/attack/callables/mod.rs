//! Callables of the standard library that harm: each attack is a plain call.

mod code;
mod files;
mod indirect;
mod loaders;
mod network;
mod process;
mod programs;

use super::collector::Collector;

pub(super) fn collect(all: &mut Collector<'_>) {
    programs::collect(all);
    code::collect(all);
    loaders::collect(all);
    files::collect(all);
    network::collect(all);
    indirect::collect(all);
    process::collect(all);
}
