//! Classes by value: what a script makes in one interpreter is dumped, and looked at in another.
#![cfg(feature = "stdlib")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{exec, global, run, traceback};
use rustpython_pickle::{DumpOptions, InterpreterBuilderExt as _};
use rustpython_vm::{Interpreter, Settings, builtins::PyBytes};

/// Between what makes `value` and what looks at `loaded`.
const SEPARATOR: &str = "\n# In another interpreter\n";

fn interpreter(hash_seed: u32) -> Interpreter {
    let mut settings = Settings::default();
    settings.hash_seed = Some(hash_seed);
    Interpreter::builder(settings)
        .install_stdlib()
        .install_pickle()
        .build()
}

/// Runs statements and dumps `value`.
fn dump(source: &str, protocol: u8, hash_seed: u32) -> Vec<u8> {
    interpreter(hash_seed).enter(|vm| {
        let scope = exec(source, vm);
        let value = global(&scope, "value", vm);
        let options = DumpOptions::new().by_value(true).protocol(protocol);
        let pickle = { options }.dumps(&value, vm);
        pickle.unwrap_or_else(|error| panic!("{}", traceback(&error.into_exception(vm), vm)))
    })
}

/// Loads a pickle as `loaded` and runs statements; what `loaded` is dumped to again.
fn load(pickle: &[u8], source: &str, hash_seed: u32) -> Vec<u8> {
    interpreter(hash_seed).enter(|vm| {
        let scope = exec("import pickle", vm);
        let bytes = vm.ctx.new_bytes(pickle.to_vec()).into();
        scope.globals.set_item("pickled", bytes, vm).unwrap();
        run("loaded = pickle.loads(pickled)", &scope, vm);
        // What looks at an object may leave something with it.
        run(
            "import rustpython_pickle\nagain = rustpython_pickle.dumps(loaded)",
            &scope,
            vm,
        );
        let again = global(&scope, "again", vm);
        run(source, &scope, vm);
        let again = again.downcast_ref::<PyBytes>().expect("bytes");
        again.as_bytes().to_vec()
    })
}

fn scripts() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/by_value/classes");
    let entries = fs::read_dir(folder).expect("a folder of scripts");
    let mut scripts: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    scripts.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    scripts.sort();
    scripts
}

#[test]
fn scripts_go_on_in_another_interpreter() {
    let scripts = scripts();
    assert!(scripts.len() >= 20);
    for script in scripts {
        println!("{}", script.display());
        let source = fs::read_to_string(&script).expect("a script");
        let (make, look) = source.split_once(SEPARATOR).expect("two parts");
        let pickle = dump(make, 5, 1);
        assert!(
            pickle == dump(make, 5, 2),
            "other bytes under another hash seed"
        );
        // Lines keep their numbers.
        let look = "\n".repeat(make.lines().count() + 2) + look;
        let again = load(&pickle, &look, 3);
        assert!(pickle == again, "other bytes after a load");
        load(&dump(make, 2, 1), &look, 4);
    }
}

#[test]
fn a_failure_names_the_attribute() {
    interpreter(0).enter(|vm| {
        let source = "
numbers = (x for x in [])
class Base:
    generator = numbers
class Child(Base):
    pass
class Meta(type):
    generator = numbers
class Made(metaclass=Meta):
    pass
class Methods:
    def method(self):
        return numbers
class Nested:
    def method(self):
        pass
    tables = {'a': [1, numbers]}
    __dunder__ = []
";
        let scope = exec(source, vm);
        let cases = [
            ("Base", "root.generator"),
            ("Child", "root.__bases__[0].generator"),
            ("Made", "root.__class__.generator"),
            ("Methods", "root.method.__globals__['numbers']"),
            ("Nested", "root.tables['a'][1]"),
            (
                "[Child()]",
                "root[0].__reduce_ex__()[0].__bases__[0].generator",
            ),
        ];
        for (expression, path) in cases {
            run(&format!("value = {expression}"), &scope, vm);
            let value = global(&scope, "value", vm);
            let error = DumpOptions::new().by_value(true).dumps(&value, vm);
            let error = error.expect_err(expression);
            assert_eq!(error.path(), Some(path), "{expression}");
        }
    });
}
