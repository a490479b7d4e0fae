//! The pickles in the files of the corpora, as the applications get at them for which they are made.

use std::path::Path;

use hostile::attack::Load;
use rustpython_vm::builtins::PyBytes;
use rustpython_vm::{AsObject as _, PyObjectRef, VirtualMachine, scope::Scope};

use super::common::{exec, run, traceback};

/// What opens files, in Python: `victim.py` of the crate `hostile`, which loads attacks with CPython, but with
/// a `pickle` that hands out the bytes in place of loading them.
pub(crate) struct Opener<'vm> {
    scope: Scope,
    vm: &'vm VirtualMachine,
}

const VICTIM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/hostile/tests/victim.py");

const TAKES_BYTES: &str = r"
import types
loading = pickle
def opened(path, how):
    global pickle
    pickle = types.SimpleNamespace(load=lambda file: file.read(), loads=lambda data: data)
    try:
        with open(path, 'rb') as file:
            return load(file, how)
    finally:
        pickle = loading
def loaded(path, how):
    try:
        with open(path, 'rb') as file:
            return load(file, how), None
    except BaseException as error:
        return None, error
def holds(expression, names):
    try:
        return bool(eval(expression, names))
    except Exception:
        return False
";

impl<'vm> Opener<'vm> {
    pub(crate) fn new(vm: &'vm VirtualMachine) -> Self {
        let source = std::fs::read_to_string(VICTIM).expect("victim.py");
        let (source, _) = source.split_once("if __name__ ==").expect("a main program");
        let scope = exec(source, vm);
        run(TAKES_BYTES, &scope, vm);
        Self { scope, vm }
    }

    /// Calls one of its functions; an exception is told.
    pub(crate) fn call(&self, name: &str, args: Vec<PyObjectRef>) -> Result<PyObjectRef, String> {
        let vm = self.vm;
        let function = self.scope.globals.get_item(name, vm);
        function
            .and_then(|function| function.call(args, vm))
            .map_err(|error| traceback(&error, vm))
    }

    /// The pickle in a file, or the pickles.
    pub(crate) fn pickle(&self, path: &Path, load: &Load) -> Result<Vec<u8>, String> {
        match how(load) {
            "pickle" | "each" | "persistent" => {
                std::fs::read(path).map_err(|error| error.to_string())
            }
            _ => {
                let opened = self.call("opened", vec![self.path(path), self.text(&words(load))])?;
                let bytes = opened.downcast_ref::<PyBytes>();
                bytes
                    .map(|bytes| bytes.as_bytes().to_vec())
                    .ok_or_else(|| "no bytes".to_owned())
            }
        }
    }

    pub(crate) fn path(&self, path: &Path) -> PyObjectRef {
        self.text(path.to_str().expect("a path of text"))
    }

    pub(crate) fn text(&self, text: &str) -> PyObjectRef {
        self.vm.ctx.new_str(text).into()
    }

    /// Whether a Python expression is true.
    pub(crate) fn holds(&self, expression: &str, names: &[(&str, PyObjectRef)]) -> bool {
        let vm = self.vm;
        let dict = vm.ctx.new_dict();
        for (name, value) in names {
            dict.set_item(*name, value.clone(), vm).expect("a dict");
        }
        let holds = self.call("holds", vec![self.text(expression), dict.into()]);
        holds.expect("no exception").is(&vm.ctx.true_value)
    }
}

/// How `victim.py` is told to load a file.
pub(crate) fn words(load: &Load) -> String {
    match load {
        Load::ZipMember(name) => format!("zip {name}"),
        Load::Compressed(module) => format!("compressed {module}"),
        other => how(other).to_owned(),
    }
}

fn how(load: &Load) -> &'static str {
    match load {
        Load::Pickle => "pickle",
        Load::Each => "each",
        Load::Persistent => "persistent",
        Load::ZipMember(_) => "zip",
        Load::Compressed(_) => "compressed",
        Load::Npy => "npy",
        Load::Base64 => "base64",
        other => panic!("how is {other:?} loaded?"),
    }
}
