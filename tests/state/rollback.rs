//! A restore that fails, and one that succeeds, leave what they should of the session that was there.

use super::*;

/// A session that can be saved and not restored.
const BOOM: &str = "
class Boom:
    def __getstate__(self): return (1,)
    def __setstate__(self, state): raise ValueError('boom')
boom = Boom()
";

#[test]
fn a_failed_restore_touches_no_resource_of_the_running_session() {
    let runtime = after(&format!(
        "import gc, logging, os, tempfile, weakref
file = tempfile.NamedTemporaryFile(); file.write(b'hello'); file.flush()
folder = tempfile.TemporaryDirectory()
class Resource: pass
resource = Resource()
ran = []
def clean_up(what): ran.append(what)
end = weakref.finalize(resource, clean_up, 'x')
handler = logging.StreamHandler(); handler.set_name('main')
{BOOM}"
    ));
    let saved = snapshot(&runtime);
    let error = runtime.restore(&saved).unwrap_err();
    assert!(error.to_string().contains("boom"), "{error}");
    exec(
        &runtime,
        "gc.collect()
assert os.path.exists(file.name) and os.path.exists(folder.name)
assert end.alive and ran == []
assert len([f for f in weakref.finalize._registry if f is end]) == 1
assert logging.getHandlerByName('main') is handler",
    );
}

#[test]
fn resources_go_over_to_the_session_that_takes_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let runtime = after(&format!(
        "import gc, logging, os, tempfile, weakref
file = tempfile.NamedTemporaryFile(); file.write(b'hello'); file.flush()
folder = tempfile.TemporaryDirectory()
class Resource: pass
resource, second = Resource(), Resource()
def clean_up(what):
    with open({log:?}, 'a') as log: log.write(what)
end = weakref.finalize(resource, clean_up, 'x')
other_end = weakref.finalize(second, clean_up, 'x')
handler = logging.StreamHandler(); handler.set_name('main')"
    ));
    let saved = snapshot(&runtime);
    for _ in 0..2 {
        runtime.restore(&saved).unwrap();
        exec(
            &runtime,
            "gc.collect()
assert os.path.exists(file.name) and os.path.exists(folder.name)
assert end.alive and logging.getHandlerByName('main') is handler
calls = [info.args for info in weakref.finalize._registry.values()]
assert calls.count(('x',)) == 2, calls
del calls",
        );
    }
    exec(
        &runtime,
        "name = file.name; file.close(); path = folder.name; folder.cleanup()
assert not os.path.exists(name) and not os.path.exists(path)
del resource, second; gc.collect()",
    );
    assert_eq!(fs::read_to_string(&log).unwrap(), "xx");
}

#[test]
fn settings_are_those_of_before_after_a_failed_restore() {
    let saved = snapshot(&after(&format!(
        "import contextvars, copyreg, decimal, logging, random
decimal.getcontext().prec = 11
copyreg.add_extension('m1', 'n1', 5)
variable = contextvars.ContextVar('new'); variable.set(1)
logger = logging.getLogger('one.two.three')
random.seed(1)
{BOOM}"
    )));
    let runtime = after(
        "import contextvars, copyreg, decimal, logging, sys
context = decimal.getcontext(); context.prec = 50; context.traps[decimal.Inexact] = False
copyreg.add_extension('m2', 'n2', 5)
mine = contextvars.ContextVar('mine'); sys.token = mine.set('running')
logging.getLogger('one')
loggers = set(logging.root.manager.loggerDict)
entries = list(sys.modules.items())",
    );
    runtime.restore(&saved).unwrap_err();
    exec(
        &runtime,
        "assert decimal.getcontext() is context and context.prec == 50
context.prec = 7
assert str(decimal.Decimal(1) / 3) == '0.3333333'
context.prec = 50
assert copyreg._extension_registry == {('m2', 'n2'): 5} and copyreg._inverted_registry == {5: ('m2', 'n2')}
assert [(v.name, c) for v, c in contextvars.copy_context().items() if v is not decimal._current_context_var] == [
    ('mine', 'running')]
assert set(logging.root.manager.loggerDict) == loggers
assert logging.getLogger('one.two').parent is logging.getLogger('one')
del logging.root.manager.loggerDict['one.two']
assert list(sys.modules.items())[:len(entries)] == entries",
    );
    exec(
        &runtime,
        "mine.reset(sys.token)\nassert mine not in contextvars.copy_context()",
    );
}

#[test]
fn an_undo_does_not_ask_modules_of_the_snapshot() {
    let saved = snapshot(&after(&format!(
        "import sys, types
for name in ('decimal', 'random'):
    sys.modules[name] = types.ModuleType(name)
{BOOM}"
    )));
    let runtime = after(
        "import decimal, random\ndecimal.getcontext().prec = 9\nrandom.seed(5)\nstate = random.getstate()",
    );
    let error = runtime.restore(&saved).unwrap_err();
    assert!(
        !error.to_string().contains("not all could be put back"),
        "{error}"
    );
    exec(
        &runtime,
        "assert decimal.getcontext().prec == 9 and random.getstate() == state",
    );
}

#[test]
fn settings_that_the_snapshot_lacks_go() {
    let runtime = after("import copyreg, contextvars\nkeep = contextvars.ContextVar('keep')");
    let saved = snapshot(&runtime);
    for _ in 0..2 {
        exec(
            &runtime,
            "class K: pass
copyreg.pickle(K, lambda k: (K, ()))
copyreg.add_extension('a', 'b', 77)
keep.set('from the failed cell')
import decimal; decimal.getcontext().prec = 5
import random; random.seed(1)",
        );
        runtime.restore(&saved).unwrap();
        exec(
            &runtime,
            "import decimal, random
assert copyreg._extension_registry == {} and copyreg._inverted_registry == {}
copyreg.add_extension('a', 'c', 77)
copyreg.remove_extension('a', 'c', 77)
assert [k for k in copyreg.dispatch_table if k.__module__ == '__main__'] == []
assert keep not in contextvars.copy_context()
assert [v.name for v in contextvars.copy_context()] in ([], ['decimal_context'])
assert decimal.getcontext().prec == 28
state = random.getstate(); random.seed(1); assert random.getstate() != state
del decimal, random, state",
        );
    }
    let again = snapshot(&runtime);
    let names = |snapshot: &Snapshot| -> Vec<String> {
        let settings = snapshot.report().modules.last().unwrap();
        settings
            .globals
            .iter()
            .map(|global| global.name.clone())
            .collect()
    };
    let (mut expected, found) = (names(&saved), names(&again));
    expected.retain(|name| !name.starts_with("decimal") && !name.starts_with("random"));
    let mut found_rest = found;
    found_rest.retain(|name| !name.starts_with("decimal") && !name.starts_with("random"));
    assert_eq!(found_rest, expected);
}

#[test]
fn the_path_does_not_grow() {
    let runtime = after(
        "import sys, pathlib
sys.path.append('/x/\\udcff'); sys.path.append(pathlib.PurePosixPath('/y'))
length = len(sys.path)",
    );
    let saved = snapshot(&runtime);
    for _ in 0..2 {
        runtime.restore(&saved).unwrap();
    }
    exec(&runtime, "assert len(sys.path) == length, sys.path");
}

#[test]
fn saving_twice_gives_the_same() {
    let runtime = runtime();
    let first = snapshot(&runtime);
    assert_eq!(first.state(), snapshot(&runtime).state());
    let runtime =
        after("import threading\nx = {1, 2}\nlock = threading.Lock()\nclass C: pass\nc = C()");
    let first = snapshot(&runtime);
    assert_eq!(first.state(), snapshot(&runtime).state());
    assert_eq!(first.state(), snapshot(&moved(&runtime)).state());
}

#[test]
fn files_are_treated_as_told() {
    use rustpython_pickle::{Files, MissingFiles};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let runtime = after(&format!("file = open({path:?}, 'w+'); x = 1"));
    let refuse = SaveOptions::new().files(Files::Refuse);
    let error = runtime.snapshot(&refuse).unwrap_err();
    assert!(error.to_string().contains("files are not saved"), "{error}");
    let saved = snapshot(&runtime);
    drop(runtime);
    fs::remove_file(&path).unwrap();
    let other = after("x = 'mine'");
    let error = other.restore(&saved).unwrap_err();
    assert!(error.to_string().contains("FileNotFoundError"), "{error}");
    let quiet = &mut Observer::none();
    let options = RestoreOptions::new().missing_files(MissingFiles::Closed);
    other.restore_observed(&saved, &options, quiet).unwrap();
    assert!(other.eval::<bool>("file.closed and x == 1").unwrap());
}
