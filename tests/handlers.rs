//! Objects that only handlers can save. Each file of `tests/by_value/handlers` is a family: its
//! `make` makes objects in one interpreter, and its `check` looks at those that another one has
//! loaded, and at the original ones after they have been saved.
#![cfg(feature = "stdlib")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use rustpython_pickle::{DumpOptions, InterpreterBuilderExt as _};
use rustpython_vm::{Interpreter, PyObjectRef, Settings, VirtualMachine};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/by_value/handlers");

#[test]
fn every_family_is_saved_and_restored() {
    let mut scripts: Vec<_> = fs::read_dir(FOLDER)
        .expect("a folder of scripts")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .filter(|path| !(needs_threads(path) && cfg!(not(feature = "threading"))))
        .collect();
    scripts.sort();
    assert!(scripts.len() >= 8);
    let only = std::env::var("HANDLERS_ONLY").unwrap_or_default();
    for script in scripts {
        if !script.to_string_lossy().contains(&only) {
            continue;
        }
        for protocol in [5, 2] {
            println!("{} at protocol {protocol}", script.display());
            let family = Family::new(&script, protocol);
            let pickle = family.save(1);
            assert!(family.save(2) == pickle, "another hash seed, other bytes");
            let pickle = family.save_and_check();
            family.restore_and_check(&pickle);
        }
    }
}

fn needs_threads(script: &Path) -> bool {
    let name = script.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with("needs_threads")
}

struct Family {
    source: String,
    protocol: u8,
    /// For the files that the script makes.
    temporary: tempfile::TempDir,
}

impl Family {
    fn new(script: &Path, protocol: u8) -> Self {
        Self {
            source: fs::read_to_string(script).expect("a script"),
            protocol,
            temporary: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// The folder that the script works in.
    fn folder(&self) -> PathBuf {
        self.temporary.path().join("work")
    }

    fn new_folder(&self) {
        let folder = self.folder();
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("the folder can be removed");
        }
        fs::create_dir(folder).expect("the folder can be made");
    }

    /// Makes the objects, and gives their pickle.
    fn save(&self, hash_seed: u32) -> Vec<u8> {
        self.new_folder();
        self.enter(hash_seed, |vm, call| self.dumps(&call("make", vec![]), vm))
    }

    /// The same; and checks that the objects are as they were afterwards. The files are left as
    /// they were when the pickle was made.
    fn save_and_check(&self) -> Vec<u8> {
        self.new_folder();
        let copy = self.temporary.path().join("copy");
        let pickle = self.enter(3, |vm, call| {
            let made = call("make", vec![]);
            let pickle = self.dumps(&made, vm);
            copy_files(&self.folder(), &copy);
            call("check", vec![made, vm.ctx.new_bool(false).into()]);
            pickle
        });
        fs::remove_dir_all(self.folder()).expect("the folder can be removed");
        fs::rename(copy, self.folder()).expect("the copy can be moved");
        pickle
    }

    fn restore_and_check(&self, pickle: &[u8]) {
        self.enter(4, |vm, call| {
            let loaded = match rustpython_pickle::loads(pickle, vm) {
                Ok(loaded) => loaded,
                Err(error) => panic!("{}", common::traceback(&error.into_exception(vm), vm)),
            };
            call("check", vec![loaded, vm.ctx.new_bool(true).into()]);
        });
    }

    fn dumps(&self, object: &PyObjectRef, vm: &VirtualMachine) -> Vec<u8> {
        let mut options = DumpOptions::new().by_value(true).protocol(self.protocol);
        match options.dumps(object, vm) {
            Ok(pickle) => pickle,
            Err(error) => {
                let path = error.path().unwrap_or_default().to_owned();
                let traceback = common::traceback(&error.into_exception(vm), vm);
                panic!("{path}\n{traceback}")
            }
        }
    }

    /// Runs the script in a new interpreter, and then `run`, which can call its functions.
    fn enter<R>(
        &self,
        hash_seed: u32,
        run: impl FnOnce(&VirtualMachine, &dyn Fn(&str, Vec<PyObjectRef>) -> PyObjectRef) -> R,
    ) -> R {
        let mut settings = Settings::default();
        settings.hash_seed = Some(hash_seed);
        let builder = Interpreter::builder(settings);
        let interpreter = builder.install_stdlib().install_pickle().build();
        interpreter.enter(|vm| {
            let scope = vm.new_scope_with_main().expect("a scope");
            let folder = vm.ctx.new_str(self.folder().to_string_lossy());
            let set = scope.globals.set_item("FOLDER", folder.into(), vm);
            set.expect("a global can be set");
            common::run(&self.source, &scope, vm);
            run(vm, &|name, args| {
                let function = common::global(&scope, name, vm);
                match function.call(args, vm) {
                    Ok(value) => value,
                    Err(error) => panic!("{}", common::traceback(&error, vm)),
                }
            })
        })
    }
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a file can be copied");
    }
}
