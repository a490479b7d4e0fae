//! Whole corpora of hostile and of benign pickles (the crate `hostile`) against the policies and the limits
//! for pickles of unknown origin.
#![cfg(feature = "stdlib")]

mod attacks;
mod benign;
mod bombs;
#[path = "../common/mod.rs"]
mod common;
mod files;

use rustpython_pickle::policy::{AllowList, Policy};
use rustpython_vm::VirtualMachine;

/// The ready-made policies, with what they are called.
fn policies(vm: &VirtualMachine) -> [(&'static str, Policy); 3] {
    let allow = |list: AllowList| match Policy::allow(&list, vm) {
        Ok(policy) => policy,
        Err(error) => panic!("{}: {error}", list.name()),
    };
    [
        ("data only", Policy::data_only()),
        ("standard", allow(AllowList::standard())),
        (
            "torch",
            allow(AllowList::torch()).persistent_stand_ins(true),
        ),
    ]
}
