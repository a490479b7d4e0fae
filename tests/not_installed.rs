//! Rust programs may pickle in an interpreter that was built without us. This is the only test
//! here: the repairs of RustPython's types belong to the process.
#![cfg(feature = "stdlib")]

mod common;

use common::{exec, global, run};
use rustpython_pickle::{InterpreterBuilderExt as _, dumps, loads};
use rustpython_vm::{Interpreter, Settings};

#[test]
fn types_are_repaired_when_they_are_first_pickled() {
    let interpreter = Interpreter::builder(Settings::default())
        .install_stdlib()
        .build();
    interpreter.enter(|vm| {
        let scope = exec(
            "class Bytes(bytes):
    pass
error = ValueError('m')
error.add_note('a note')
value = [Bytes(b'b'), error, list.__len__]",
            vm,
        );
        let pickle = dumps(&global(&scope, "value", vm), vm).expect("values");
        let loaded = loads(&pickle, vm).expect("a pickle");
        scope
            .globals
            .set_item("loaded", loaded, vm)
            .expect("a dict");
        run(
            "assert loaded[0].__reduce_ex__(4) == value[0].__reduce_ex__(4)
assert value[0].__reduce_ex__(4)[1] == (Bytes, b'b')
assert loaded[1].__notes__ == ['a note']
assert loaded[2] is list.__len__",
            &scope,
            vm,
        );
    });
}
