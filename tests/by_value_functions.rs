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
            run(
                &format!("loaded = pickle.loads(data)\n{line_up}{after}"),
                &scope,
                vm,
            );
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
