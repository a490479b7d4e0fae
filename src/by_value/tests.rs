//! What snapshots build on: modules of a session, several dumps with one memo, sources.

use rustpython_vm::{
    AsObject, Interpreter, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyModule},
    scope::Scope,
};

use super::{ByValue, source};
use crate::InterpreterBuilderExt as _;
use crate::pickler::{Dump, DumpSettings, Memo, Sink};

fn interpreter() -> Interpreter {
    let builder = Interpreter::builder(Default::default());
    builder.install_stdlib().install_pickle().build()
}

fn exec(text: &str, vm: &VirtualMachine) -> Scope {
    let scope = ok(vm.new_scope_with_main(), vm);
    run(text, &scope, vm);
    scope
}

fn run(text: &str, scope: &Scope, vm: &VirtualMachine) {
    ok(vm.run_string(scope.clone(), text, "<session>"), vm);
}

fn ok<T>(result: PyResult<T>, vm: &VirtualMachine) -> T {
    result.unwrap_or_else(|error| {
        let mut text = String::new();
        let _ = vm.write_exception(&mut text, &error);
        panic!("{text}")
    })
}

fn get(scope: &Scope, name: &str, vm: &VirtualMachine) -> PyObjectRef {
    ok(scope.globals.get_item(name, vm), vm)
}

/// Dumps with one memo, each of which may fail.
struct Series<'vm> {
    memo: Memo,
    by_value: Option<Box<ByValue>>,
    vm: &'vm VirtualMachine,
}

impl<'vm> Series<'vm> {
    fn new(by_value: ByValue, vm: &'vm VirtualMachine) -> Self {
        Self {
            memo: Memo::default(),
            by_value: Some(Box::new(by_value)),
            vm,
        }
    }

    fn dump(&mut self, object: &PyObjectRef) -> Option<Vec<u8>> {
        let mut settings = DumpSettings::new(5, false);
        settings.by_value = self.by_value.take();
        let memo = core::mem::take(&mut self.memo);
        let mut dump = Dump::new(settings, memo, Sink::Memory, self.vm);
        let result = dump.dump(object);
        self.by_value = dump.take_by_value();
        let (memo, pickle) = dump.into_parts();
        self.memo = memo;
        result.ok().map(|()| pickle)
    }
}

/// Loads pickles that were dumped with one memo.
const LOAD_ALL: &str = "
import io, pickle
def load_all(pickles):
    unpickler = pickle.Unpickler(io.BytesIO(b''.join(pickles)))
    return [unpickler.load() for _ in pickles]
";

fn load_all(pickles: &[Vec<u8>], scope: &Scope, vm: &VirtualMachine) {
    run(LOAD_ALL, scope, vm);
    let pickles = pickles
        .iter()
        .map(|pickle| vm.ctx.new_bytes(pickle.clone()).into());
    let pickles = vm.ctx.new_list(pickles.collect());
    ok(scope.globals.set_item("pickles", pickles.into(), vm), vm);
    run("loaded = load_all(pickles)", scope, vm);
}

#[test]
fn functions_of_a_session_have_the_dicts_of_its_modules() {
    let text = "
import sys, types
helper = types.ModuleType('helper')
exec('def double(x): return x * factor\\nfactor = 2\\nmain = None', helper.__dict__)
sys.modules['helper'] = helper
def use(x): return helper.double(x) + offset
offset = 1
here = globals()
helper.main = sys.modules['__main__']
";
    let pickles: Vec<_> = interpreter().enter(|vm| {
        let scope = exec(text, vm);
        let main = ok(vm.import("__main__", 0), vm);
        let helper = get(&scope, "helper", vm);
        let mut by_value = ok(ByValue::new(vm), vm);
        by_value.rule.add_session_module("__main__", main.clone());
        by_value.rule.add_session_module("helper", helper.clone());
        let mut series = Series::new(by_value, vm);
        let modules = vm.ctx.new_list(vec![main, helper.clone()]).into();
        let double = ok(helper.get_attr("double", vm), vm);
        let objects = [
            modules,
            get(&scope, "use", vm),
            double,
            get(&scope, "here", vm),
            get(&scope, "helper", vm),
        ];
        objects
            .iter()
            .map(|object| series.dump(object).expect("a pickle"))
            .collect()
    });
    // Neither contents nor globals go along.
    assert!(
        pickles
            .iter()
            .all(|pickle| !pickle.windows(6).any(|part| part == b"factor\x94"))
    );
    interpreter().enter(|vm| {
        let scope = exec("", vm);
        load_all(&pickles, &scope, vm);
        let check = "
(main, helper), use, double, here, again = loaded
assert main is not __import__('sys').modules['__main__'] and main.__name__ == '__main__'
assert use.__globals__ is main.__dict__ and here is main.__dict__
assert double.__globals__ is helper.__dict__ and again is helper
main.helper, main.offset, helper.factor = helper, 10, 3
helper.double = double
assert use(2) == 16 and use.__module__ == '__main__' and double.__module__ == 'helper'
";
        run(check, &scope, vm);
    });
}

#[test]
fn a_dump_that_fails_takes_nothing_from_the_next() {
    let text = "
def first(): return a, b
def second(): return b
def broken(): return b, lock
class Refuses:
    def __reduce_ex__(self, protocol): raise ValueError('no')
a, b, lock = [1], [2], Refuses()
space = globals()
";
    let (pickles, whole) = interpreter().enter(|vm| {
        let scope = exec(text, vm);
        let mut series = Series::new(ok(ByValue::new(vm), vm), vm);
        let object = |name: &str| get(&scope, name, vm);
        assert!(series.dump(&object("broken")).is_none());
        let mut pickles = vec![series.dump(&object("first")).expect("a pickle")];
        // All of the globals are missing still, and can't be had.
        assert!(series.dump(&object("space")).is_none());
        assert!(series.dump(&object("broken")).is_none());
        pickles.push(series.dump(&object("second")).expect("a pickle"));
        run("del lock, Refuses, broken", &scope, vm);
        pickles.push(series.dump(&object("space")).expect("a pickle"));
        let whole = object("space")
            .downcast_ref::<PyDict>()
            .map_or(0, |dict| dict.__len__());
        (pickles, whole)
    });
    interpreter().enter(|vm| {
        let scope = exec("", vm);
        load_all(&pickles, &scope, vm);
        ok(
            scope
                .globals
                .set_item("whole", vm.ctx.new_int(whole).into(), vm),
            vm,
        );
        let check = "
first, second, space = loaded
assert first() == ([1], [2]) and second() is first()[1]
assert first.__globals__ is second.__globals__ is space
assert set(space) >= {'a', 'b', 'first', 'second', 'space'} and len(space) == whole
assert space['first'] is first and space['space'] is space
";
        run(check, &scope, vm);
    });
}

#[test]
fn a_dump_collects_the_sources_of_its_code() {
    let text = "def f(): return 1\n";
    let (pickle, sources) = interpreter().enter(|vm| {
        let scope = exec("", vm);
        ok(source::register("<chunk 1>", text, vm), vm);
        ok(vm.run_string(scope.clone(), text, "<chunk 1>"), vm);
        run("g = lambda: 2", &scope, vm);
        let by_value = ok(ByValue::new(vm), vm).with_sources();
        let mut series = Series::new(by_value, vm);
        let both = vm
            .ctx
            .new_list(vec![get(&scope, "f", vm), get(&scope, "g", vm)]);
        let pickle = series.dump(&both.into()).expect("a pickle");
        (
            pickle,
            series
                .by_value
                .map_or_else(Default::default, |by_value| by_value.sources()),
        )
    });
    assert_eq!(
        sources.into_iter().collect::<Vec<_>>(),
        [("<chunk 1>".into(), text.into())]
    );
    interpreter().enter(|vm| {
        ok(
            source::provide(&[("<chunk 1>".to_owned(), text.to_owned())].into(), vm),
            vm,
        );
        assert_eq!(
            ok(source::lookup("<chunk 1>", vm), vm).as_deref(),
            Some(text)
        );
        let loaded = crate::loads(&pickle, vm).expect("a list");
        let f = ok(loaded.get_item(&0, vm), vm);
        let f = ok(f.call((), vm), vm);
        assert!(ok(vm.bool_eq(&f, vm.ctx.new_int(1).as_object()), vm));
    });
}

#[test]
fn what_is_importable_depends_on_who_asks() {
    interpreter().enter(|vm| {
        let mut by_value = ok(ByValue::new(vm), vm);
        let json = ok(vm.import("json", 0), vm);
        let dumps = ok(json.get_attr("dumps", vm), vm);
        assert!(ok(by_value.rule.is_importable(&dumps, vm), vm));
        assert!(json.downcastable::<PyModule>());
        by_value.rule.registered.insert("jso".to_owned());
        assert!(ok(by_value.rule.is_importable(&dumps, vm), vm));
        by_value.rule.registered.insert("json".to_owned());
        assert!(!ok(by_value.rule.is_importable(&dumps, vm), vm));
        let decoder = ok(vm.import("json.decoder", 0), vm);
        let decoder = ok(decoder.get_attr("decoder", vm), vm);
        let class = ok(decoder.get_attr("JSONDecoder", vm), vm);
        assert!(!ok(by_value.rule.is_importable(&class, vm), vm));
        for name in ["int", "len", "ValueError"] {
            let object = ok(vm.builtins.get_attr(name, vm), vm);
            assert!(ok(by_value.rule.is_importable(&object, vm), vm), "{name}");
        }
    });
}
