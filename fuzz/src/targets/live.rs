//! Live objects: loads under policies and limits, beside what a scan has said; and what is loaded is dumped and loaded again.

use std::borrow::Cow;
use std::cell::Cell;

use rustpython_pickle::inspect::Pickle;
use rustpython_pickle::inspect::scan::{Report, Rule, ScanOptions, Severity, scan};
use rustpython_pickle::limits::Limits;
use rustpython_pickle::policy::{AllowList, Policy};
use rustpython_pickle::{DumpOptions, Error, ErrorKind, InterpreterBuilderExt as _, LoadOptions};
use rustpython_vm::builtins::{PyDict, PyStr};
use rustpython_vm::{AsObject as _, Interpreter, PyObjectRef, Settings, VirtualMachine};

use super::Outcome;

/// An interpreter, and policies with the lists that a scan takes for the same.
struct Live {
    interpreter: Interpreter,
    policies: Vec<(Policy, ScanOptions)>,
    /// `sys.modules`
    modules: PyObjectRef,
    /// `gc.collect`
    collect: PyObjectRef,
    runs: Cell<u64>,
}

/// Cycles are collected once in so many runs.
const COLLECT_EVERY: u64 = 2000;

/// Codecs that opcodes of text need: RustPython has them as modules.
const CODECS: [&str; 5] = [
    "encodings.ascii",
    "encodings.latin_1",
    "encodings.raw_unicode_escape",
    "encodings.unicode_escape",
    "encodings.utf_8",
];

thread_local! {
    // It is never dropped: objects must not outlive it.
    static LIVE: &'static Live = Box::leak(Box::new(Live::new()));
}

fn limits() -> Limits {
    Limits::untrusted()
        .allocated_bytes(8 << 20)
        .objects(50_000)
        .hash_steps(1_000_000)
}

impl Live {
    fn new() -> Self {
        let mut settings = Settings::default();
        settings.install_signal_handlers = false;
        let interpreter = Interpreter::builder(settings)
            .install_stdlib()
            .install_pickle()
            .build();
        let scan = |lists| {
            let mut options = ScanOptions::default();
            options.lists = lists;
            options
        };
        let (policies, modules, collect) = interpreter.enter(|vm| {
            let mut policies = vec![(Policy::data_only(), scan(Vec::new()))];
            for list in [AllowList::standard(), AllowList::torch()] {
                let policy = Policy::allow(&list, vm).expect("what is listed is there");
                policies.push((policy, scan(vec![list])));
            }
            let gc = vm.import("gc", 0).expect("gc is there");
            // Of Python 2's names: the first load that needs it imports it, whatever the pickle says.
            vm.import("_compat_pickle", 0).expect("it is there");
            let modules = vm.sys_module.get_attr("modules", vm);
            let collect = gc.get_attr("collect", vm);
            (
                policies,
                modules.expect("sys has modules"),
                collect.expect("gc collects"),
            )
        });
        Self {
            interpreter,
            policies,
            modules,
            collect,
            runs: Cell::new(0),
        }
    }

    fn count_modules(&self) -> usize {
        let modules = self.modules.downcast_ref::<PyDict>();
        modules.map_or(0, |modules| modules.__len__())
    }

    /// The names of the modules that were imported since there were so many.
    fn modules_from(&self, count: usize) -> Vec<String> {
        if self.count_modules() == count {
            return Vec::new();
        }
        let modules = self.modules.downcast_ref::<PyDict>().into_iter();
        let names = modules.flat_map(|modules| modules.into_iter().map(|(name, _)| name));
        let names = names.skip(count).filter_map(|name| {
            let name = name.downcast_ref::<PyStr>()?;
            Some(name.to_string_lossy().into_owned())
        });
        names.filter(|name| !CODECS.contains(&&**name)).collect()
    }
}

fn enter(run: impl FnOnce(&Live, &VirtualMachine) -> Outcome) -> Outcome {
    LIVE.with(|live| {
        live.interpreter.enter(|vm| {
            let runs = live.runs.get() + 1;
            live.runs.set(runs);
            if runs.is_multiple_of(COLLECT_EVERY) {
                live.collect.call((), vm).expect("it collects");
            }
            run(live, vm)
        })
    })
}

/// A number that depends on all bytes: what a run does besides is chosen by it (FNV-1a).
fn choice(data: &[u8]) -> usize {
    let hash = data.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 33) as usize
}

fn class(error: &Error) -> Outcome {
    match (error.kind(), error.exception()) {
        (ErrorKind::Python, Some(exception)) => {
            Cow::Owned(format!("exception: {}", exception.class().name()))
        }
        (ErrorKind::Eof, _) => "end of input".into(),
        (ErrorKind::Malformed, _) => "malformed".into(),
        (ErrorKind::Forbidden, _) => "forbidden".into(),
        (ErrorKind::LimitExceeded, _) => "limit".into(),
        (kind, _) => panic!("{kind:?} is no error of a load: {error}"),
    }
}

/// Loads under a policy: nothing is imported, errors say where, a stream ends as a slice does, and a scan has said the same.
pub(super) fn load(data: &[u8]) -> Outcome {
    enter(|live, vm| {
        let choice = choice(data);
        let (policy, lists) = &live.policies[choice % live.policies.len()];
        let mut options = LoadOptions::new().policy(policy.clone()).limits(limits());
        let modules = live.count_modules();
        let result = options.loads(data, vm);
        check(&result, data);
        let streamed = options.load(data, vm);
        match (&result, &streamed) {
            (Ok(one), Ok(other)) => assert!(one.class().is(other.class()), "of a stream"),
            (Err(one), Err(other)) => {
                assert_eq!(one.to_string(), other.to_string(), "of a stream");
                assert_eq!((one.kind(), one.offset()), (other.kind(), other.offset()));
            }
            (one, other) => panic!("{one:?}, and of a stream {other:?}"),
        }
        let imported = live.modules_from(modules);
        assert!(imported.is_empty(), "imported: {imported:?}");
        agree(&result, data, lists);
        match result {
            Ok(_) => "loaded".into(),
            Err(error) => class(&error),
        }
    })
}

fn check(result: &Result<PyObjectRef, Error>, data: &[u8]) {
    let Err(error) = result else {
        return;
    };
    let offset = error.offset();
    assert!(
        offset.is_some_and(|offset| offset <= data.len() as u64),
        "{error}"
    );
    let forbidden = error.kind() == ErrorKind::Forbidden;
    assert_eq!(error.forbidden().is_some(), forbidden);
    let exceeded = error.kind() == ErrorKind::LimitExceeded;
    assert_eq!(error.exceeded().is_some(), exceeded);
}

/// A scan and a load say the same of what is allowed.
fn agree(result: &Result<PyObjectRef, Error>, data: &[u8], lists: &ScanOptions) {
    let end = Pickle::read(data, &lists.limits).end();
    let pickle = &data[..usize::try_from(end).map_or(data.len(), |end| end.min(data.len()))];
    let report = scan(pickle, lists);
    match result {
        // A scan does not know all that lists ask of arguments, and may want to have more looked at.
        Ok(_) => {
            let most = match lists.lists.is_empty() {
                true => Severity::Note,
                false => Severity::NeedsReview,
            };
            assert!(is_within(&report, most), "it was loaded: {report:?}");
        }
        Err(error) => {
            assert!(
                error.forbidden().is_none() || !report.verdict.is_clean(),
                "{error}, and {report:?}"
            );
        }
    }
}

/// Whether a scan has nothing worse against what the pickle does. There may be another one in a string; and a frame that is not
/// used up, say, is malformed for a scan, because not all loaders take it.
fn is_within(report: &Report, most: Severity) -> bool {
    !report.findings.iter().any(|finding| {
        finding.severity > most && finding.rule != Rule::Malformed && finding.within.is_empty()
    })
}

/// What is loaded is dumped, and is the same when that is loaded.
pub(super) fn round_trip(data: &[u8]) -> Outcome {
    enter(|live, vm| {
        let (policy, _) = &live.policies[1];
        let mut options = LoadOptions::new().policy(policy.clone()).limits(limits());
        let object = match options.loads(data, vm) {
            Ok(object) => object,
            Err(error) => return class(&error),
        };
        let protocol = (choice(data) % 6) as u8;
        let dump = |object: &PyObjectRef| DumpOptions::new().protocol(protocol).dumps(object, vm);
        let first = match dump(&object) {
            Ok(pickle) => pickle,
            Err(error) => return format!("not dumped: {:?}", error.kind()).into(),
        };
        let mut load = |pickle: &[u8]| {
            let loaded = options.loads(pickle, vm);
            loaded.unwrap_or_else(|error| panic!("{error} in a dump of {protocol}"))
        };
        let copy = load(&first);
        assert!(copy.class().is(object.class()));
        // Two objects that are equal may be one the first time: empty frozensets, for one.
        let second = dump(&copy).expect("a copy can be dumped");
        let third = dump(&load(&second)).expect("a copy can be dumped");
        assert_eq!(second, third, "protocol {protocol}");
        "there and back".into()
    })
}
