//! `_pickle` as Python code sees it: each file of `tests/module` is one of its aspects.
#![cfg(feature = "stdlib")]

mod common;

use common::{exec, global, interpreter, repr, run};
use rustpython_pickle::{DumpOptions, InterpreterBuilderExt as _, dumps, loads};
use rustpython_vm::{AsObject as _, Interpreter, Settings};

/// Runs scripts, each in an interpreter of its own.
macro_rules! scripts {
    ($($(#[$condition:meta])* $script:ident)*) => {$(
        $(#[$condition])*
        #[test]
        fn $script() {
            interpreter().enter(|vm| {
                let scope = exec(include_str!("module/prelude.py"), vm);
                run(include_str!(concat!("module/", stringify!($script), ".py")), &scope, vm);
            });
        }
    )*};
}

scripts! {
    arguments surface pickler unpickler memo in_use buffer garbage shortcuts meanwhile
    #[cfg(feature = "threading")] in_use_by_threads
}

const IS_OURS: &str = "
import pickle, _pickle
assert pickle.Pickler is _pickle.Pickler
pickler = pickle.Pickler(type('File', (), {'write': lambda self, data: None})())
pickler.persistent_id = lambda obj: pickler.dump(1)
try:
    pickler.dump(1)
except RuntimeError as error:
    assert str(error) == 'Pickler object is already used'
else:
    raise AssertionError
";

#[test]
fn it_can_be_installed_before_the_standard_library_and_after_it() {
    for before in [true, false] {
        let mut builder = Interpreter::builder(Settings::default());
        let modules = rustpython_stdlib::stdlib_module_defs(&builder.ctx);
        if before {
            builder = builder.install_pickle();
        }
        builder = builder
            .add_native_modules(&modules)
            .add_frozen_modules(rustpython_pylib::FROZEN_STDLIB);
        if !before {
            builder = builder.install_pickle();
        }
        builder.build().enter(|vm| exec(IS_OURS, vm));
    }
}

#[test]
fn nothing_needs_to_be_imported_first() {
    let builder = Interpreter::builder(Settings::default());
    let interpreter = builder
        .add_frozen_modules(rustpython_pylib::FROZEN_STDLIB)
        .build();
    interpreter.enter(|vm| {
        let list = vm.ctx.new_list(vec![vm.ctx.new_int(1).into()]);
        let pickle = dumps(list.as_object(), vm).expect("a list");
        assert_eq!(repr(&loads(&pickle, vm).expect("a pickle"), vm), "[1]");
        let error = loads(b"0.", vm).expect_err("an empty stack");
        let exception = error.exception().expect("an exception");
        assert_eq!(exception.class().name().to_string(), "UnpicklingError");
    });
}

#[test]
fn interpreters_do_not_share_what_they_pickle() {
    let (first, second) = (interpreter(), interpreter());
    let define = |value| {
        format!(
            "import pickle\nclass C: x = {value}\ndata = pickle.dumps(C())\n\
             assert pickle.UnpicklingError in pickle.PickleError.__subclasses__()"
        )
    };
    let pickle = first.enter(|vm| {
        let scope = exec(&define(1), vm);
        repr(&global(&scope, "data", vm), vm)
    });
    second.enter(|vm| {
        let scope = exec(&define(2), vm);
        run(
            &format!("assert data == {pickle} and pickle.loads(data).x == 2"),
            &scope,
            vm,
        );
        run(
            "try: pickle.loads(b'0.')\nexcept pickle.UnpicklingError: pass",
            &scope,
            vm,
        );
    });
    drop(second);
    first.enter(|vm| {
        let scope = exec(&define(3), vm);
        run(
            "try: pickle.loads(b'0.')\nexcept pickle.UnpicklingError: pass",
            &scope,
            vm,
        );
        let object = global(&scope, "data", vm);
        let pickle = DumpOptions::new().protocol(2).dumps(object.as_object(), vm);
        assert!(
            pickle
                .expect("bytes")
                .starts_with(b"\x80\x02c_codecs\nencode\n")
        );
    });
}
