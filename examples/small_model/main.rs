//! A decision tree, trained here, saved, and used in another process.
//!
//! `cargo run --example small_model -- FILE`

#[path = "../interpreter/mod.rs"]
mod interpreter;

use rustpython_pickle::{dump, load};
use rustpython_vm::{PyObject, PyObjectRef, PyResult, VirtualMachine, import::import_source};
use std::fs::File;
use std::io::{self, BufReader};
use std::process::{Command, ExitCode};

/// The classes of the model: the pickle names them, so every process needs them.
const TREE: &str = include_str!("tree.py");

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.as_slice() {
        [file] => interpreter::run(Vec::new(), |vm| train(file, vm)),
        [file, word] if word == "predict" => interpreter::run(Vec::new(), |vm| predict(file, vm)),
        _ => {
            eprintln!("usage: small_model FILE");
            ExitCode::from(2)
        }
    }
}

/// Trains and saves; then has another process predict the same things.
fn train(file: &str, vm: &VirtualMachine) -> PyResult<()> {
    let tree = import_source(vm, "tree", TREE)?;
    let samples = vm.call_method(&tree, "samples", (1, 400))?;
    let model = vm.call_method(&tree, "train", (samples,))?;
    let saved = File::create(file).map_err(|error| os_error(&error, vm))?;
    dump(&model, saved, vm).map_err(|error| error.into_exception(vm))?;
    println!(
        "the tree has {} leaves",
        model.get_attr("leaves", vm)?.str(vm)?
    );

    let here = predictions(&tree, &model, vm)?;
    let there = other_process(file).map_err(|error| os_error(&error, vm))?;
    println!("{here}");
    println!(
        "the other process predicts the same: {}",
        here == there.trim_end()
    );
    Ok(())
}

fn other_process(file: &str) -> io::Result<String> {
    let output = Command::new(std::env::current_exe()?)
        .args([file, "predict"])
        .output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(io::Error::other(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ))
    }
}

/// Loads the model and predicts.
fn predict(file: &str, vm: &VirtualMachine) -> PyResult<()> {
    let tree = import_source(vm, "tree", TREE)?;
    let saved = File::open(file).map_err(|error| os_error(&error, vm))?;
    let model: PyObjectRef =
        load(BufReader::new(saved), vm).map_err(|error| error.into_exception(vm))?;
    println!("{}", predictions(&tree, &model, vm)?);
    Ok(())
}

/// What a model says of samples that it was not trained with.
fn predictions(tree: &PyObject, model: &PyObject, vm: &VirtualMachine) -> PyResult<String> {
    vm.call_method(tree, "report", (model.to_owned(),))?
        .try_into_value(vm)
}

fn os_error(error: &io::Error, vm: &VirtualMachine) -> rustpython_vm::builtins::PyBaseExceptionRef {
    vm.new_os_error(error.to_string())
}
