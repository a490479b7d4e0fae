//! Functions and what is around them by value: dumped in one interpreter, loaded in another.
#![cfg(feature = "stdlib")]

mod common;

use common::{exec, global, interpreter, run};
use rustpython_vm::builtins::PyBytes;

/// Stands between the part of a script that makes `saved` and the part that looks at `loaded`.
const OTHER_INTERPRETER: &str = "# in another interpreter\n";

const DUMP: &str = "
import rustpython_pickle
pickles = [rustpython_pickle.dumps(saved, protocol) for protocol in range(6)]
";

/// Modules get the names that they have from the start first, so that the order of their dicts
/// changes, and with it the next pickle.
const ORDER_CHANGES: &str = "# the order of dicts of globals changes\n";

/// Dumps with every protocol, and looks at what each loads as in an interpreter of its own.
fn round_trip(source: &str) {
    let (before, after) = source.split_once(OTHER_INTERPRETER).expect("two parts");
    let pickles: Vec<Vec<u8>> = interpreter().enter(|vm| {
        let scope = exec(before, vm);
        run(DUMP, &scope, vm);
        let pickles: Vec<_> = global(&scope, "pickles", vm)
            .try_into_value(vm)
            .expect("a list");
        let bytes = pickles.iter().map(|pickle: &rustpython_vm::PyObjectRef| {
            pickle
                .downcast_ref::<PyBytes>()
                .expect("bytes")
                .as_bytes()
                .to_vec()
        });
        bytes.collect()
    });
    for (protocol, pickle) in pickles.iter().enumerate() {
        println!("protocol {protocol}");
        interpreter().enter(|vm| {
            let scope = exec("import pickle, rustpython_pickle", vm);
            let data = vm.ctx.new_bytes(pickle.clone());
            scope
                .globals
                .set_item("data", data.into(), vm)
                .expect("a global");
            let line_up = "\n".repeat(before.lines().count());
            run("loaded = pickle.loads(data)", &scope, vm);
            let again = format!("again = rustpython_pickle.dumps(loaded, {protocol})");
            run(&again, &scope, vm);
            if !before.contains(ORDER_CHANGES) {
                run("assert again == data", &scope, vm);
            }
            run(&format!("{line_up}{after}"), &scope, vm);
        });
    }
}

macro_rules! scripts {
    ($($script:ident)*) => {$(
        #[test]
        fn $script() {
            round_trip(include_str!(concat!("by_value/functions/", stringify!($script), ".py")));
        }
    )*};
}

scripts! { annotations attributes closures globals modules namespaces wrappers }

#[cfg(feature = "cli")]
mod processes {
    use std::path::Path;
    use std::process::Command;

    /// What a script of `tests/by_value/scripts` prints, in a process of its own.
    fn printed(script: &str, args: &[&str], hash_seed: &str) -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/by_value/scripts");
        let output = Command::new(env!("CARGO_BIN_EXE_rustpython-pickle"))
            .arg("run")
            .arg(folder.join(script))
            .args(args)
            .env("PYTHONHASHSEED", hash_seed)
            .output()
            .expect("the binary starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        assert!(output.status.success(), "{}", text(output.stderr));
        text(output.stdout)
    }

    /// The pickle of a state that a script builds.
    fn same_bytes(hash_seed: &str, order: &str, protocol: &str) -> String {
        printed("same_bytes.py", &[order, protocol], hash_seed)
    }

    #[test]
    fn the_same_state_gives_the_same_bytes() {
        for protocol in ["2", "5"] {
            let first = same_bytes("1", "1", protocol);
            assert!(first.len() > 5000);
            for seed in ["2", "3", "random"] {
                assert!(first == same_bytes(seed, "1", protocol), "hash seed {seed}");
            }
            for order in ["2", "3", "4"] {
                assert!(first == same_bytes("0", order, protocol), "order {order}");
            }
        }
    }

    #[test]
    fn code_of_another_version_comes_from_its_source() {
        let source = concat!(env!("CARGO_TARGET_TMPDIR"), "/other_version_source.py");
        printed("other_version.py", &[source], "random");
    }

    #[cfg(unix)]
    #[test]
    fn constructors_can_be_interrupted() {
        printed("interrupted.py", &[], "random");
    }
}

#[test]
fn nothing_breaks_it() {
    common::run_scripts("tests/by_value/hostile", 4);
}
