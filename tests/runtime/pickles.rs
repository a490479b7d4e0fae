//! What pickles may do that are loaded in a runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustpython_pickle::limits::{Limit, Limits};
use rustpython_pickle::policy::{AllowList, Entry, Policy};
use rustpython_pickle::runtime::{ErrorKind, Runtime};
use rustpython_pickle::{LoadOptions, loads};

use super::{built, eval, exec, runtime};

/// Ways in which a script comes to load a pickle.
const WAYS: &str = r"
import io, pickle, rustpython_pickle
EVIL = b'cos\ngetcwd\n)R.'
WAYS = {
    'loads': pickle.loads,
    'load': lambda data: pickle.load(io.BytesIO(data)),
    'Unpickler': lambda data: pickle.Unpickler(io.BytesIO(data)).load(),
    'ours': rustpython_pickle.loads,
}
def refused(data=EVIL):
    names = []
    for name, load in WAYS.items():
        try:
            load(data)
        except pickle.UnpicklingError:
            names.append(name)
    return names
";

fn standard() -> Runtime {
    built(
        Runtime::builder()
            .pickle_policy(|vm| Policy::allow(&AllowList::standard(), vm))
            .pickle_limits(Limits::untrusted()),
    )
}

#[test]
fn scripts_and_their_host_obey_it_and_no_other_runtime_does() {
    let (guarded, open) = (standard(), runtime());
    exec(&guarded, WAYS);
    exec(&open, WAYS);
    let all = ["loads", "load", "Unpickler", "ours"];
    assert_eq!(eval::<Vec<String>>(&guarded, "refused()"), all);
    assert_eq!(eval::<Vec<String>>(&open, "refused()"), [""; 0]);
    // Limits as well.
    let deep = "refused(b']' * 600 + b'a' * 599 + b'.')";
    assert_eq!(eval::<Vec<String>>(&guarded, deep), all);
    assert_eq!(eval::<Vec<String>>(&open, deep), [""; 0]);
    // Data comes back.
    exec(
        &guarded,
        "import datetime\nday = datetime.date(2020, 1, 2)\nassert pickle.loads(pickle.dumps([day])) == [day]",
    );
    // The host's own loads, unless it says otherwise.
    let evil = b"cos\ngetcwd\n)R.";
    guarded.enter(|vm| {
        assert!(loads(evil, vm).is_err());
        let mut trusted = LoadOptions::new().policy(Policy::trusted());
        assert!(trusted.loads(evil, vm).is_ok());
    });
    open.enter(|vm| assert!(loads(evil, vm).is_ok()));
    // Threads of the runtime's are in it.
    exec(
        &guarded,
        "import threading\nfound = []\nt = threading.Thread(target=lambda: found.extend(refused()))\nt.start()\nt.join()",
    );
    assert_eq!(guarded.get::<Vec<String>>("found").expect("names"), all);
}

#[test]
fn it_ends_with_its_runtime() {
    // Interpreters take one another's addresses, sooner or later.
    for _ in 0..3 {
        let guarded = standard();
        exec(&guarded, WAYS);
        assert_eq!(eval::<usize>(&guarded, "len(refused())"), 4);
        drop(guarded);
        let open = runtime();
        exec(&open, WAYS);
        assert_eq!(eval::<usize>(&open, "len(refused())"), 0);
    }
}

#[test]
fn finalizers_obey_it_to_the_end() {
    let refusals = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&refusals);
    let guarded = built(
        Runtime::builder()
            .pickle_policy(|_| Ok(Policy::data_only()))
            .function("told", move |refused: bool| {
                told.store(refused, Ordering::Relaxed);
            }),
    );
    exec(&guarded, WAYS);
    exec(
        &guarded,
        "class Last:\n    def __init__(self):\n        self.told, self.refused = told, refused\n    def __del__(self):\n        self.told(len(self.refused()) == 4)\nlast = Last()\nlast.itself = last",
    );
    drop(guarded);
    assert!(refusals.load(Ordering::Relaxed));
}

#[test]
fn a_list_can_name_what_the_builder_gives() {
    let builder = Runtime::builder()
        .module_source("game", "class Room:\n    pass\nclass Door:\n    pass\n")
        .pickle_policy(|vm| {
            let mut list = AllowList::new("game");
            list.add("game", "Room", Entry::class()).expect("a name");
            Policy::allow(&list, vm)
        });
    // On a thread of its own, from a builder that is used twice.
    for _ in 0..2 {
        let thread = builder.clone().spawn().expect("a thread");
        thread
            .exec("import pickle, game\nassert type(pickle.loads(pickle.dumps(game.Room()))) is game.Room")
            .expect("it is listed");
        let error = thread
            .exec("pickle.loads(pickle.dumps(game.Door()))")
            .unwrap_err();
        assert_eq!(
            error.exception_type(),
            Some("rustpython_pickle.ForbiddenError")
        );
    }
}

#[test]
fn a_policy_that_can_t_be_made_is_an_error_of_the_builder() {
    let missing = Runtime::builder().pickle_policy(|vm| {
        let mut list = AllowList::new("game");
        list.add("nowhere", "Room", Entry::class()).expect("a name");
        Policy::allow(&list, vm)
    });
    let error = missing.build().unwrap_err();
    assert_eq!(
        error.exception_type(),
        Some("ModuleNotFoundError"),
        "{error}"
    );
    let module = Runtime::builder().pickle_policy(|vm| {
        let mut list = AllowList::new("game");
        list.add("os", "path", Entry::refer()).expect("a name");
        Policy::allow(&list, vm)
    });
    assert_eq!(module.build().unwrap_err().kind(), ErrorKind::Options);
}

#[test]
fn limits_alone_leave_the_policy_as_it_is() {
    let limited = built(Runtime::builder().pickle_limits(Limits::unlimited().opcodes(5)));
    exec(&limited, "import pickle");
    assert!(eval::<bool>(
        &limited,
        r"isinstance(pickle.loads(b'cos\ngetcwd\n)R.'), str)"
    ));
    let error = limited.exec("pickle.loads(b'NNNNNN.')").unwrap_err();
    assert_eq!(error.exception_type(), Some("rustpython_pickle.LimitError"));
    limited.enter(|vm| {
        let error = loads(b"NNNNNN.", vm).unwrap_err();
        assert_eq!(
            error.exceeded().map(|exceeded| exceeded.which),
            Some(Limit::Opcodes)
        );
    });
}

#[cfg(feature = "snapshot")]
#[test]
fn sessions_are_restored_all_the_same() {
    use rustpython_pickle::snapshot::SaveOptions;

    let guarded = built(
        Runtime::builder()
            .pickle_policy(|_| Ok(Policy::data_only()))
            .pickle_limits(Limits::untrusted().opcodes(10)),
    );
    exec(&guarded, WAYS);
    exec(
        &guarded,
        "import datetime, os\nclass Room:\n    def __init__(self):\n        self.made = datetime.date(2020, 1, 2)\nrooms = [Room() for _ in range(100)]\ncwd = os.getcwd",
    );
    let options = SaveOptions::new().rehearse(true);
    let saved = guarded.snapshot(&options).expect("a snapshot");
    exec(&guarded, "rooms.clear()");
    guarded.restore(&saved).expect("it is restored");
    assert_eq!(eval::<usize>(&guarded, "len(rooms)"), 100);
    // And the policy is as it was.
    assert_eq!(eval::<usize>(&guarded, "len(refused())"), 4);
    let other = standard();
    other.restore(&saved).expect("it is restored");
    assert!(eval::<bool>(
        &other,
        "rooms[5].made == datetime.date(2020, 1, 2)"
    ));
}
