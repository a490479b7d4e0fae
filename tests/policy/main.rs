//! What a pickle may name, call and change, and what it may cost.
#![cfg(feature = "stdlib")]

mod calls;
mod changes;
#[path = "../common/mod.rs"]
mod common;
mod costs;
mod hashing;
mod names;

use common::{exec, global};
use rustpython_pickle::limits::Limit;
use rustpython_pickle::policy::{AllowList, Policy, Refusal};
use rustpython_pickle::{Error, LoadOptions};
use rustpython_vm::builtins::{PyBytes, PyList, PyTuple};
use rustpython_vm::{AsObject as _, PyObjectRef, VirtualMachine};

fn standard(vm: &VirtualMachine) -> Policy {
    match Policy::allow(&AllowList::standard(), vm) {
        Ok(policy) => policy,
        Err(error) => panic!("{error}"),
    }
}

fn load(policy: &Policy, pickle: &[u8], vm: &VirtualMachine) -> Result<PyObjectRef, Error> {
    LoadOptions::untrusted(policy.clone()).loads(pickle, vm)
}

/// Loads what has to be refused.
fn refused(policy: &Policy, pickle: &[u8], vm: &VirtualMachine) -> Error {
    match load(policy, pickle, vm) {
        Err(error) => error,
        Ok(object) => panic!(
            "{:?} was loaded",
            object.repr(vm).map(|text| text.to_string())
        ),
    }
}

fn forbidden(policy: &Policy, pickle: &[u8], vm: &VirtualMachine) -> Refusal {
    let error = refused(policy, pickle, vm);
    match error.forbidden() {
        Some(forbidden) => forbidden.refusal.clone(),
        None => panic!("{pickle:?}: {error} is no denial"),
    }
}

/// The limit that ends a load under the list of the standard library's data types.
fn limit(pickle: &[u8], vm: &VirtualMachine) -> Option<Limit> {
    let error = refused(&standard(vm), pickle, vm);
    error.exceeded().map(|exceeded| exceeded.which)
}

fn data_limit(pickle: &[u8], vm: &VirtualMachine) -> Option<Limit> {
    let error = refused(&Policy::data_only(), pickle, vm);
    error.exceeded().map(|exceeded| exceeded.which)
}

/// A tuple of itself twice, sixty times over: its hash takes 2 to the power of 60 steps.
fn endless() -> Vec<u8> {
    [&b")"[..], &b"2\x86".repeat(60)].concat()
}

/// The pickles of objects at all protocols, each with the object.
fn samples(objects: &str, vm: &VirtualMachine) -> Vec<(PyObjectRef, Vec<u8>)> {
    let source = format!(
        "import pickle, collections, datetime, decimal, fractions, uuid, pathlib, ipaddress, array, types\n\
         samples = []\nfor o in [{objects}]:\n    for p in range(6):\n        samples.append((o, pickle.dumps(o, p)))\n"
    );
    let scope = exec(&source, vm);
    let list = global(&scope, "samples", vm);
    let list = list.downcast_ref::<PyList>().unwrap().borrow_vec().to_vec();
    list.iter()
        .map(|pair| {
            let pair = pair.downcast_ref::<PyTuple>().unwrap().as_slice();
            let bytes = pair[1]
                .downcast_ref::<PyBytes>()
                .unwrap()
                .as_bytes()
                .to_vec();
            (pair[0].clone(), bytes)
        })
        .collect()
}

fn assert_same(objects: &str, policy: &Policy, vm: &VirtualMachine) {
    let samples = samples(objects, vm);
    assert!(samples.len() >= 6);
    for (object, pickle) in samples {
        let repr = |object: &PyObjectRef| object.repr(vm).unwrap().to_string();
        match load(policy, &pickle, vm) {
            Ok(copy) => {
                assert_eq!(repr(&copy), repr(&object));
                assert!(copy.class().is(object.class()));
            }
            Err(error) => panic!("{} as {pickle:?}: {error}", repr(&object)),
        }
    }
}
