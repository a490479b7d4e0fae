//! No attack runs, whichever policy: each ends with an error that says why, or with a value that does nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hostile::attack::{Harm, Load, VICTIM};
use hostile::{Attack, attacks};
use rustpython_pickle::limits::Limits;
use rustpython_pickle::policy::{clear_default_policy, set_default_policy};
use rustpython_pickle::{Error, ErrorKind, LoadOptions};
use rustpython_vm::builtins::{PyList, PyTuple};
use rustpython_vm::{AsObject as _, PyObjectRef, VirtualMachine};

use super::common::{exec, interpreter, repr};
use super::files::{Opener, words};
use super::policies;

/// What a load has done besides making an object.
const WATCH: &str = r"
import sys
seen = []
def watch(event, args):
    if event != 'pickle.find_class':
        seen.append(f'{event} {args!r:.200}')
sys.addaudithook(watch)
def taken():
    found = list(seen)
    seen.clear()
    return found
";

/// A folder for markers and victims; the corpus wants a plain path.
fn folder(name: &str) -> PathBuf {
    let path =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.{}", std::process::id()));
    std::fs::create_dir_all(&path).expect("a folder");
    path
}

/// One attack, ready in its folder.
struct Scene<'a, 'vm> {
    attack: &'a Attack,
    opener: &'a Opener<'vm>,
    vm: &'vm VirtualMachine,
    /// Whether what would show the harm is so anyway.
    before: bool,
}

impl<'a, 'vm> Scene<'a, 'vm> {
    fn new(attack: &'a Attack, opener: &'a Opener<'vm>, vm: &'vm VirtualMachine) -> Self {
        let mut scene = Self {
            attack,
            opener,
            vm,
            before: false,
        };
        // Twice: asking may change it, as for `umask`.
        scene.state(vm.ctx.none());
        scene.before = scene.state(vm.ctx.none());
        scene
    }

    fn state(&self, loaded: PyObjectRef) -> bool {
        let Harm::State(expression) = &self.attack.harm else {
            return false;
        };
        let opener = self.opener;
        let names = [
            ("sys", self.vm.sys_module.clone().into()),
            ("marker", opener.path(&self.attack.marker)),
            ("victim", opener.path(&self.attack.victim)),
            ("loaded", loaded),
        ];
        opener.holds(expression, &names)
    }

    /// What harm there is after a load that has made this, or nothing.
    fn harm(&self, loaded: Option<PyObjectRef>) -> Option<String> {
        let Attack { marker, victim, .. } = self.attack;
        if marker.symlink_metadata().is_ok() {
            return Some("the marker is there".to_owned());
        }
        if std::fs::read(victim).ok().as_deref() != Some(VICTIM) {
            return Some("the victim is another one".to_owned());
        }
        let state = self.state(loaded.unwrap_or_else(|| self.vm.ctx.none()));
        (state && !self.before).then(|| format!("{:?}", self.attack.harm))
    }
}

/// What is wrong with an error: loads end because of what the pickle is, not of what it made run.
fn wrong(error: &Error, attack: &Attack) -> Option<String> {
    if let (Harm::Raises(name), Some(exception)) = (&attack.harm, error.exception())
        && *exception.class().name() == **name
    {
        return Some(format!("what it called has raised {error}"));
    }
    let fine = match error.kind() {
        ErrorKind::Forbidden => error.forbidden().is_some() && error.offset().is_some(),
        ErrorKind::LimitExceeded => error.exceeded().is_some() && error.offset().is_some(),
        ErrorKind::Malformed | ErrorKind::Eof => error.offset().is_some(),
        // A text that is no number, or no UTF-8.
        ErrorKind::Python => error.exception().is_some_and(|exception| {
            let name = exception.class().name().to_string();
            ["UnicodeDecodeError", "ValueError", "OverflowError"].contains(&&*name)
        }),
        _ => false,
    };
    (!fine).then(|| format!("{:?}: {error}", error.kind()))
}

fn texts(list: &PyObjectRef, vm: &VirtualMachine) -> Vec<String> {
    let list = list.downcast_ref::<PyList>().expect("a list");
    let items = list.borrow_vec().to_vec();
    items.iter().map(|item| repr(item, vm)).collect()
}

/// Attacks that are loaded in part or as a whole, since what they ask for is data: several pickles of which the first ones are,
/// and, with stand-ins, a persistent id that stays what it is.
const HARMLESS: [&str; 7] = [
    "after-torch-magic",
    "binpersid",
    "hundredth-pickle",
    "persid",
    "second-pickle",
    "unlisted-follows",
    "unlisted-follows-odd-name",
];

#[test]
fn none_runs_and_each_ends_with_an_error_or_a_value() {
    let folder = folder("attacks");
    let all = attacks(&folder);
    assert!(all.len() >= 700, "{}", all.len());
    interpreter().enter(|vm| {
        let policies = policies(vm);
        let opener = Opener::new(vm);
        let watch = exec(WATCH, vm);
        let taken = || {
            let taken = super::common::global(&watch, "taken", vm);
            texts(&taken.call((), vm).expect("no exception"), vm)
        };
        let mut faults = Vec::new();
        let mut loaded: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut ends: BTreeMap<(&str, String), usize> = BTreeMap::new();
        let mut closed = Vec::new();
        for attack in &all {
            attack.prepare().expect("a victim");
            let file = folder.join(&attack.file_name);
            std::fs::write(&file, &attack.bytes).expect("a file");
            let pickle = opener.pickle(&file, &attack.load).unwrap_or_else(|_| {
                closed.push(&*attack.name);
                attack.bytes.clone()
            });
            for (name, policy) in &policies {
                let scene = Scene::new(attack, &opener, vm);
                let mut fault =
                    |what: String| faults.push(format!("{name}: {}: {what}", attack.name));
                drop(taken());
                // Out of the iterator before anything looks at it.
                let mut options = LoadOptions::untrusted(policy.clone());
                let results: Vec<_> = options.iter(&pickle, vm).collect();
                for event in taken() {
                    fault(event);
                }
                for result in results {
                    let (end, object) = match result {
                        Ok((_, object)) => ("loaded".to_owned(), Some(object)),
                        Err(error) => {
                            wrong(&error, attack).into_iter().for_each(&mut fault);
                            (format!("{:?}", error.kind()), None)
                        }
                    };
                    if object.is_some() {
                        loaded.entry(name).or_default().insert(&attack.name);
                    }
                    *ends.entry((name, end)).or_default() += 1;
                    scene.harm(object).into_iter().for_each(&mut fault);
                }
            }
        }
        println!("{} attacks: {ends:#?}", all.len());
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        // Python's gzip looks at the checksum, and there is no zstd.
        assert_eq!(closed, ["gzip-wrong-crc", "zstd"]);
        for (name, loaded) in loaded {
            let other: Vec<_> = loaded
                .into_iter()
                .filter(|attack| !HARMLESS.contains(attack))
                .collect();
            assert_eq!(other, [""; 0], "{name}");
        }
    });
    std::fs::remove_dir_all(&folder).expect("a folder");
}

#[test]
fn none_runs_in_a_script_under_the_default_policy() {
    let folder = folder("scripts");
    let all = attacks(&folder);
    interpreter().enter(|vm| {
        let opener = Opener::new(vm);
        let [_, (_, standard), _] = policies(vm);
        let mut faults = Vec::new();
        for attack in &all {
            // What the script's own `persistent_load` does is the script's business.
            if attack.load == Load::Persistent {
                continue;
            }
            attack.prepare().expect("a victim");
            let file = folder.join(&attack.file_name);
            std::fs::write(&file, &attack.bytes).expect("a file");
            let scene = Scene::new(attack, &opener, vm);
            set_default_policy(standard.clone(), Limits::untrusted(), vm);
            let args = vec![opener.path(&file), opener.text(&words(&attack.load))];
            let pair = opener.call("loaded", args).expect("no exception");
            clear_default_policy(vm);
            let pair = pair.downcast_ref::<PyTuple>().expect("a pair").as_slice();
            let object = (!vm.is_none(&pair[0])).then(|| pair[0].clone());
            if let Some(harm) = scene.harm(object) {
                faults.push(format!("{}: {harm}", attack.name));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    });
    std::fs::remove_dir_all(&folder).expect("a folder");
}
