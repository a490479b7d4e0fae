//! Classes by value: what a script makes in one interpreter is dumped, and looked at in another.
#![cfg(feature = "stdlib")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{exec, global, run, traceback};
use rustpython_pickle::{DumpOptions, InterpreterBuilderExt as _};
use rustpython_vm::{
    AsObject as _, Interpreter, Py, Settings,
    builtins::{PyBytes, PyType, PyTypeRef},
};

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

/// The addresses of all functions in a class's slots, by name.
macro_rules! slots {
    ($class:expr, $($($part:ident).+),+ $(,)?) => {
        [$((
            stringify!($($part).+),
            $class.slots.$($part).+.load().map(|function| function as *const () as usize),
        )),+]
    };
}

fn slots(class: &Py<PyType>) -> Vec<(&'static str, Option<usize>)> {
    let main = slots!(
        class,
        hash,
        call,
        vectorcall,
        str,
        repr,
        getattro,
        setattro,
        as_buffer,
        richcompare,
        iter,
        iternext,
        descr_get,
        descr_set,
        init,
        alloc,
        new,
        del,
    );
    let numbers = slots!(
        class,
        as_number.add,
        as_number.subtract,
        as_number.multiply,
        as_number.remainder,
        as_number.divmod,
        as_number.power,
        as_number.negative,
        as_number.positive,
        as_number.absolute,
        as_number.boolean,
        as_number.invert,
        as_number.lshift,
        as_number.rshift,
        as_number.and,
        as_number.xor,
        as_number.or,
        as_number.int,
        as_number.float,
        as_number.right_add,
        as_number.right_subtract,
        as_number.right_multiply,
        as_number.right_or,
        as_number.inplace_add,
        as_number.inplace_or,
        as_number.floor_divide,
        as_number.true_divide,
        as_number.right_true_divide,
        as_number.index,
        as_number.matrix_multiply,
        as_number.right_matrix_multiply,
    );
    let collections = slots!(
        class,
        as_sequence.length,
        as_sequence.concat,
        as_sequence.repeat,
        as_sequence.item,
        as_sequence.ass_item,
        as_sequence.contains,
        as_sequence.inplace_concat,
        as_sequence.inplace_repeat,
        as_mapping.length,
        as_mapping.subscript,
        as_mapping.ass_subscript,
    );
    [main.to_vec(), numbers.to_vec(), collections.to_vec()].concat()
}

#[test]
fn types_are_laid_out_as_those_of_a_class_statement() {
    interpreter(0).enter(|vm| {
        let source = "
import abc, array, collections, datetime, decimal, enum, functools, io, pickle, random, types, weakref
import rustpython_pickle

class Mixin:
    __slots__ = ()
    def __len__(self): return 3
    def __eq__(self, other): return True
    def __add__(self, other): return self
    def __rmul__(self, other): return self
    def __getattr__(self, name): raise AttributeError(name)

class Full:
    def __new__(cls, *args): return super().__new__(cls)
    def __init__(self, *args): pass
    def __call__(self): return 1
    def __getitem__(self, key): return key
    def __delitem__(self, key): pass
    def __contains__(self, key): return True
    def __iter__(self): return self
    def __next__(self): raise StopIteration
    def __get__(self, instance, owner): return self
    def __set__(self, instance, value): pass
    def __hash__(self): return 1
    def __lt__(self, other): return True
    def __bool__(self): return True
    def __index__(self): return 1
    def __buffer__(self, flags): return memoryview(b'')
    def __repr__(self): return 'r'
    def __str__(self): return 's'
    def __del__(self): pass
    def __setattr__(self, name, value): pass
    def __getattribute__(self, name): return object.__getattribute__(self, name)
    def __ior__(self, other): return self
    def __matmul__(self, other): return self
    def __await__(self): return iter([])

bases = [object, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, type,
         BaseException, OSError, UnicodeError, ExceptionGroup, property, staticmethod, classmethod, super,
         enumerate, zip, map, filter, reversed, types.ModuleType, types.SimpleNamespace, array.array,
         collections.deque, collections.defaultdict, collections.OrderedDict, datetime.date,
         datetime.datetime, datetime.timedelta, datetime.timezone if False else datetime.tzinfo,
         decimal.Decimal, functools.partial, io.BytesIO, io.StringIO, io.RawIOBase, random.Random,
         weakref.ref, abc.ABC, enum.Enum, collections.abc.Mapping, collections.abc.MutableSequence]
classes = []
for base in bases:
    for added in [(), (Mixin,)] + ([(Full,)] if base is object else []):
        for namespace in [{}, {'__slots__': ()}, {'__slots__': ('a', '__b')}, {'__hash__': None},
                          {'__slots__': ('__dict__',)}, {'__slots__': '__weakref__'}]:
            try:
                meta = type(base)
                namespace = dict(namespace)
                made = types.new_class('Made', added + (base,), {}, lambda ns: ns.update(namespace))
            except TypeError:
                continue
            classes.append(made)
loaded = pickle.loads(rustpython_pickle.dumps(classes))
";
        let scope = exec(source, vm);
        let [classes, loaded] = ["classes", "loaded"].map(|name| {
            let list = global(&scope, name, vm);
            list.try_to_value::<Vec<PyTypeRef>>(vm).expect("a list of classes")
        });
        assert!(classes.len() > 300 && classes.len() == loaded.len());
        for (class, loaded) in classes.iter().zip(&loaded) {
            let title = format!("{:?}", class.mro_collect());
            assert!(!class.is(loaded));
            assert_eq!(slots(class), slots(loaded), "{title}");
            let layout = |class: &Py<PyType>| {
                let slots = &class.slots;
                (slots.flags.load().bits(), slots.basicsize, slots.itemsize, slots.member_count)
            };
            assert_eq!(layout(class), layout(loaded), "{title}");
            let bases = [class, loaded].map(|class| class.base.load_owned());
            let names = bases.map(|base| base.map(|base| base.name().to_string()));
            assert_eq!(names[0], names[1], "{title}");
        }
    });
}

#[test]
fn what_only_the_metaclass_can_make_is_refused() {
    interpreter(0).enter(|vm| {
        let source = "
import ctypes, pickle, rustpython_pickle
for cls in (ctypes.c_int * 3, type('P', (ctypes.Structure,), {'_fields_': [('x', ctypes.c_int)]})):
    try:
        rustpython_pickle.dumps(cls)
    except pickle.PicklingError as error:
        assert str(error).endswith('keeps data of its own with it'), error
    else:
        raise AssertionError(cls)
assert pickle.loads(rustpython_pickle.dumps(ctypes.c_int)) is ctypes.c_int
";
        exec(source, vm);
    });
}
