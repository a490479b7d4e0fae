//! What a pickle may name, call and change.
#![cfg(feature = "stdlib")]

mod common;

use common::{exec, global, interpreter, traceback};
use rustpython_pickle::limits::{Limit, Limits};
use rustpython_pickle::policy::{
    AllowList, Arguments, Entry, ItemRule, Policy, Refusal, StateRule, Verdict,
    clear_default_policy, set_default_policy,
};
use rustpython_pickle::{Error, ErrorKind, LoadOptions};
use rustpython_vm::builtins::{PyBytes, PyList, PyTuple};
use rustpython_vm::{AsObject as _, PyObjectRef, VirtualMachine};

fn standard(vm: &VirtualMachine) -> Policy {
    match Policy::allow(&AllowList::standard(), vm) {
        Ok(policy) => policy,
        Err(error) => panic!("{error}"),
    }
}

fn load(policy: &Policy, pickle: &[u8], vm: &VirtualMachine) -> Result<PyObjectRef, Error> {
    LoadOptions::untrusted(policy.clone()).loads(pickle, vm)
}

/// Loads what has to be refused.
fn refused(policy: &Policy, pickle: &[u8], vm: &VirtualMachine) -> Error {
    match load(policy, pickle, vm) {
        Err(error) => error,
        Ok(object) => panic!(
            "{:?} was loaded",
            object.repr(vm).map(|text| text.to_string())
        ),
    }
}

fn forbidden(policy: &Policy, pickle: &[u8], vm: &VirtualMachine) -> Refusal {
    let error = refused(policy, pickle, vm);
    match error.forbidden() {
        Some(forbidden) => forbidden.refusal.clone(),
        None => panic!("{pickle:?}: {error} is no denial"),
    }
}

/// The pickles of objects at all protocols, each with the object.
fn samples(objects: &str, vm: &VirtualMachine) -> Vec<(PyObjectRef, Vec<u8>)> {
    let source = format!(
        "import pickle, collections, datetime, decimal, fractions, uuid, pathlib, ipaddress, array, types\n\
         samples = []\nfor o in [{objects}]:\n    for p in range(6):\n        samples.append((o, pickle.dumps(o, p)))\n"
    );
    let scope = exec(&source, vm);
    let list = global(&scope, "samples", vm);
    let list = list.downcast_ref::<PyList>().unwrap().borrow_vec().to_vec();
    list.iter()
        .map(|pair| {
            let pair = pair.downcast_ref::<PyTuple>().unwrap().as_slice();
            let bytes = pair[1]
                .downcast_ref::<PyBytes>()
                .unwrap()
                .as_bytes()
                .to_vec();
            (pair[0].clone(), bytes)
        })
        .collect()
}

fn assert_same(objects: &str, policy: &Policy, vm: &VirtualMachine) {
    let samples = samples(objects, vm);
    assert!(samples.len() >= 6);
    for (object, pickle) in samples {
        let repr = |object: &PyObjectRef| object.repr(vm).unwrap().to_string();
        match load(policy, &pickle, vm) {
            Ok(copy) => {
                assert_eq!(repr(&copy), repr(&object));
                assert!(copy.class().is(object.class()));
            }
            Err(error) => panic!("{} as {pickle:?}: {error}", repr(&object)),
        }
    }
}

const PLAIN: &str = r"
    None, True, 0, -1, 1 << 70, 1.5, '', 'text', '\ud800', [], [1, [2]], (), (1,), (1, 2, 3, 4), {}, {'a': {1: 2}}, list(range(3000))
";

#[test]
fn plain_data_is_loaded_with_no_globals() {
    interpreter().enter(|vm| {
        assert_same(PLAIN, &Policy::data_only(), vm);
        // Bytes and sets have opcodes of their own only in later protocols.
        for pickle in [
            &b"\x80\x05C\x02ab."[..],
            b"\x80\x04\x8f(K\x01K\x02\x90.",
            b"\x80\x04(K\x01K\x02\x91.",
            b"\x80\x05\x96\x02\0\0\0\0\0\0\0ab.",
        ] {
            assert!(load(&Policy::data_only(), pickle, vm).is_ok());
        }
    });
}

#[test]
fn data_only_refuses_each_way_to_a_global_where_it_stands() {
    interpreter().enter(|vm| {
        let policy = Policy::data_only();
        for (pickle, offset) in [
            (&b"Ncos\nsystem\n."[..], 1),
            (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", 14),
            (b"(ios\nsystem\n.", 1),
            (b"N\x82\x01.", 1),
            (b"NN\x83\x01\x01.", 2),
            (b"\x84\x01\x01\x01\x01.", 0),
            (b"N)R.", 2),
            (b"N)\x81.", 2),
            (b"N)}\x92.", 3),
            (b"(No.", 2),
            (b"N}b.", 2),
            (b"Pid\n.", 0),
            (b"NQ.", 1),
        ] {
            let error = refused(&policy, pickle, vm);
            assert_eq!(error.kind(), ErrorKind::Forbidden, "{pickle:?}: {error}");
            assert_eq!(error.offset(), Some(offset), "{pickle:?}: {error}");
        }
        // Nothing was imported to find that out.
        let modules = vm.sys_module.get_attr("modules", vm).unwrap();
        let error = refused(&policy, b"cwave\nopen\n.", vm);
        assert_eq!(error.forbidden().unwrap().module.as_deref(), Some("wave"));
        assert!(
            !vm.call_method(&modules, "__contains__", ("wave",))
                .unwrap()
                .is_true_singleton(vm)
        );
    });
}

trait IsTrue {
    fn is_true_singleton(&self, vm: &VirtualMachine) -> bool;
}

impl IsTrue for PyObjectRef {
    fn is_true_singleton(&self, vm: &VirtualMachine) -> bool {
        self.is(&vm.ctx.true_value)
    }
}

#[test]
fn the_standard_library_s_data_types_come_back_at_each_protocol() {
    interpreter().enter(|vm| {
        let policy = standard(vm);
        assert_same(PLAIN, &policy, vm);
        assert_same(
            r"
            b'', b'bytes\xff', bytearray(), bytearray(b'ab'), 2 + 3j, {1, 2}, set(), frozenset('a'), frozenset([(1, 2)]),
            range(3), range(1, 9, 2),
            collections.OrderedDict(a=1, b=[2]), collections.Counter('aab'), collections.deque([1, 2]),
            collections.deque([1, 2], 5), collections.defaultdict(int, a=1), collections.defaultdict(None),
            datetime.date(2020, 2, 29), datetime.time(1, 2, 3, 4), datetime.datetime(2020, 2, 29, 1, 2, 3),
            datetime.timedelta(5, 6, 7), datetime.timedelta(-5), datetime.timezone.utc,
            datetime.timezone(datetime.timedelta(hours=2), 'CEST'),
            datetime.datetime(2020, 2, 29, tzinfo=datetime.timezone.utc),
            decimal.Decimal('1.25'), decimal.Decimal('NaN'), decimal.Decimal('1e999999'), fractions.Fraction(3, 4), fractions.Fraction(-3),
            uuid.UUID(int=5), uuid.SafeUUID.safe, pathlib.PurePosixPath('/a/b'), pathlib.PureWindowsPath('c:/d'),
            ipaddress.ip_address('127.0.0.1'), ipaddress.ip_network('10.0.0.0/8'), ipaddress.ip_interface('::1/64'),
            array.array('i', [1, 2]), array.array('d', [1.5]), array.array('w', 'ab'),
            types.SimpleNamespace(a=1), int, dict, datetime.date, collections.OrderedDict
            ",
            &policy,
            vm,
        );
    });
}

#[test]
fn names_that_are_not_listed_are_refused() {
    interpreter().enter(|vm| {
        let policy = standard(vm);
        for pickle in [
            &b"cos\nsystem\n."[..],
            b"c__builtin__\neval\n.",
            b"cbuiltins\ngetattr\n.",
            b"\x80\x04\x8c\x08datetime\x8c\x03sys\x93.",
            b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.",
            b"ccollections\n_sys\n.",
            b"\x80\x04\x8c\x09datetime \x8c\x04date\x93.",
            b"\x80\x04\x8c\x08Datetime\x8c\x04date\x93.",
        ] {
            assert_eq!(
                forbidden(&policy, pickle, vm),
                Refusal::NotListed,
                "{pickle:?}"
            );
        }
        for pickle in [
            &b"\x80\x04\x8c\x08datetime\x8c\x0adate.today\x93."[..],
            b"\x80\x04\x8c\x00\x8c\x04date\x93.",
            b"\x80\x04\x8c\x08datetime\x8c\x00\x93.",
            b"\x80\x04\x8c\x09datetime\0\x8c\x04date\x93.",
            b"cdatetime\ndate.today\n.",
            b"cdatetime..date\nx\n.",
        ] {
            assert!(
                matches!(forbidden(&policy, pickle, vm), Refusal::Names(_)),
                "{pickle:?}"
            );
        }
        // Python 2's names are replaced before they are looked up.
        assert!(load(&policy, b"c__builtin__\nset\n((lp0\nI1\natR.", vm).is_ok());
        // And later protocols do not know them.
        assert_eq!(
            forbidden(&policy, b"\x80\x03c__builtin__\nset\n.", vm),
            Refusal::NotListed
        );
    });
}

#[test]
fn what_may_be_named_may_not_always_be_called() {
    interpreter().enter(|vm| {
        let policy = standard(vm);
        for pickle in [
            &b"cbuiltins\nint\n(V12\ntR."[..],
            b"(ibuiltins\nint\n.",
            b"(cbuiltins\nint\no.",
            b"cbuiltins\nint\n)\x81.",
            b"cbuiltins\nint\n)}\x92.",
        ] {
            assert_eq!(
                forbidden(&policy, pickle, vm),
                Refusal::NotCallable,
                "{pickle:?}"
            );
        }
        // What is no global can't be called at all.
        for pickle in [&b"N)R."[..], b"]q\0)R.", b"cbuiltins\nset\n)R)R."] {
            assert_eq!(
                forbidden(&policy, pickle, vm),
                Refusal::UnknownCallable,
                "{pickle:?}"
            );
        }
        // NEWOBJ needs a class.
        assert_eq!(
            forbidden(&policy, b"c_codecs\nencode\n(VaVlatin1\nt\x81.", vm),
            Refusal::NotAClass
        );
    });
}

#[test]
fn arguments_are_checked_before_the_call() {
    interpreter().enter(|vm| {
        let policy = standard(vm);
        for pickle in [
            // A size in place of content.
            &b"cbuiltins\nbytearray\n(I1000000000000\ntR."[..],
            b"c_codecs\nencode\n(Va\nVrot13\ntR.",
            b"cdecimal\nDecimal\n(I5\ntR.",
            b"cfractions\nFraction\n(V1e999999999\ntR.",
            b"cdatetime\ntimedelta\n(I1000000000000\ntR.",
            b"ccollections\ndeque\n(]I-1\ntR.",
            b"ccollections\ndefaultdict\n(NVx\ntR.",
            b"ccollections\ndefaultdict\n(Vint\ntR.",
            b"ccopyreg\n_reconstructor\n(cbuiltins\nint\ncbuiltins\nobject\nNtR.",
            b"cbuiltins\nrange\n(V1\ntR.",
            b"cbuiltins\nset\n(V1\ntR.",
        ] {
            let error = refused(&policy, pickle, vm);
            let Some(forbidden) = error.forbidden() else {
                panic!("{pickle:?}: {error}");
            };
            let refusal = &forbidden.refusal;
            assert!(matches!(refusal, Refusal::Arguments(_)), "{pickle:?}: {error}");
        }
        let error = refused(&policy, b"c_codecs\nencode\n(Va\nVrot13\ntR.", vm);
        assert_eq!(
            error.to_string(),
            r#"forbidden: "_codecs" "encode": argument 2 has to be one of 'latin1', 'latin-1' (REDUCE) at offset 28"#
        );
    });
}

/// A module with classes of a host's.
const HOST: &str = r#"
import sys, types
host = types.ModuleType('host')
sys.modules['host'] = host
exec("""
ran = []
class Point:
    kind = 'point'
    def __init__(self, x, y):
        self.x, self.y = x, y
class Slots:
    __slots__ = ('a',)
class Setting:
    def __setstate__(self, state):
        ran.append(state)
class Bag(list):
    pass
class Table(dict):
    pass
shared = Point(0, 0)
def get_shared():
    return shared
""", host.__dict__)
"#;

fn host_policy(vm: &VirtualMachine) -> Policy {
    exec(HOST, vm);
    let mut list = AllowList::new("host");
    list.extend(&AllowList::standard());
    let any = || Entry::call(Arguments::any());
    list.add("host", "Point", Entry::class()).unwrap();
    list.add("host", "Slots", Entry::class()).unwrap();
    list.add("host", "Setting", Entry::class()).unwrap();
    list.add("host", "Bag", any().items(ItemRule::List))
        .unwrap();
    list.add("host", "Table", any().state(StateRule::Attributes))
        .unwrap();
    list.add("host", "get_shared", any()).unwrap();
    list.add("host", "ran", Entry::refer()).unwrap();
    match Policy::allow(&list, vm) {
        Ok(policy) => policy,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn instances_of_listed_classes_are_made_as_their_entry_says() {
    interpreter().enter(|vm| {
        let policy = host_policy(vm);
        let source = r"
import pickle, host
s = host.Slots()
s.a = 1
bag = host.Bag([1, 2])
pickles = [pickle.dumps(o, p) for p in range(2, 6) for o in (host.Point(1, [2]), s, bag)]
pickles += [pickle.dumps(o, p) for p in (0, 1) for o in (host.Point(1, [2]),)]
";
        let scope = exec(source, vm);
        let pickles = global(&scope, "pickles", vm);
        for pickle in pickles
            .downcast_ref::<PyList>()
            .unwrap()
            .borrow_vec()
            .iter()
        {
            let pickle = pickle.downcast_ref::<PyBytes>().unwrap().as_bytes();
            if let Err(error) = load(&policy, pickle, vm) {
                panic!("{pickle:?}: {error}");
            }
        }
        let point = load(
            &policy,
            b"\x80\x02chost\nPoint\n)\x81}(X\x01\0\0\0xK\x05X\x01\0\0\0yK\x06ub.",
            vm,
        )
        .unwrap();
        assert_eq!(
            point.get_attr("x", vm).unwrap().repr(vm).unwrap().to_str(),
            Some("5")
        );
    });
}

#[test]
fn only_what_the_load_has_made_is_changed() {
    interpreter().enter(|vm| {
        let policy = host_policy(vm);
        for pickle in [
            // A class, a list of the host's, a shared instance that a call returns.
            &b"chost\nPoint\n}Vkind\nVevil\nsb."[..],
            b"chost\nran\nI1\na.",
            b"chost\nran\n(I1\ne.",
            b"chost\nget_shared\n)R}Vx\nI1\nsb.",
            // An attribute that changes what the instance is.
            b"chost\nPoint\n)\x81}V__class__\nchost\nSlots\nsb.",
            b"chost\nPoint\n)\x81}V__dict__\n}sb.",
            b"chost\nPoint\n)\x81}I1\nI2\nsb.",
            b"chost\nPoint\n)\x81I1\nb.",
            // A setter that the list does not name.
            b"chost\nSetting\n)\x81I1\nb.",
            // Items of a kind that is not listed.
            b"chost\nTable\n)\x81I1\nI2\ns.",
            b"chost\nBag\n)\x81I1\nI2\ns.",
            b"chost\nBag\n)\x81}Vx\nI1\nsb.",
            // What is no container, or another kind of one.
            b"NI1\na.",
            b"}I1\na.",
            b"]I1\nI2\ns.",
            b"](I1\n\x90.",
            b"\x8f(I1\ne.",
            b"(I1\nt(I2\ne.",
            b"Vtext\n}b.",
            b"]}b.",
        ] {
            let error = refused(&policy, pickle, vm);
            let allowed = [ErrorKind::Forbidden, ErrorKind::Malformed, ErrorKind::Eof];
            assert!(allowed.contains(&error.kind()), "{pickle:?}: {error}");
        }
        let check = "import host\nassert host.Point.kind == 'point'\nassert host.ran == []\nassert host.shared.x == 0\n";
        exec(check, vm);
        // What is foreign under one load is foreign under all: buffers and persistent ids.
        let mine = vm.ctx.new_list(vec![]);
        let mut options = LoadOptions::untrusted(policy)
            .persistent_load(move |_, _| Ok(mine.clone().into()));
        let error = options.loads(b"NQI1\na.", vm).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
    });
}

#[test]
fn extension_codes_go_through_the_same_door() {
    interpreter().enter(|vm| {
        exec(
            "import copyreg\ncopyreg.add_extension('os', 'system', 7)\ncopyreg.add_extension('datetime', 'date', 8)\n\
             import pickle\nassert pickle.loads(b'\\x82\\x07.') and copyreg._extension_cache[7]",
            vm,
        );
        let policy = standard(vm);
        assert_eq!(forbidden(&policy, b"\x82\x07.", vm), Refusal::NotListed);
        assert_eq!(forbidden(&policy, b"\x82\x09.", vm), Refusal::Extension(9));
        assert!(load(&policy, b"\x82\x08(C\x04\x07\xe5\x01\x02tR.", vm).is_ok());
        exec("import copyreg\nassert 8 not in copyreg._extension_cache\ncopyreg.remove_extension('os', 'system', 7)\ncopyreg.remove_extension('datetime', 'date', 8)", vm);
    });
}

#[test]
fn scripts_obey_the_interpreter_s_policy() {
    interpreter().enter(|vm| {
        set_default_policy(standard(vm), Limits::untrusted(), vm);
        let script = r"
import io, pickle, datetime, rustpython_pickle
evil = b'cos\nsystem\n(Vecho no\ntR.'
def said(load):
    try:
        load()
    except pickle.UnpicklingError as error:
        return error
    raise AssertionError('loaded')
class Hooked(pickle.Unpickler):
    def find_class(self, module, name):
        return super().find_class(module, name)
for load in [
    lambda: pickle.loads(evil),
    lambda: pickle.load(io.BytesIO(evil)),
    lambda: pickle.Unpickler(io.BytesIO(evil)).load(),
    lambda: Hooked(io.BytesIO(evil)).load(),
    lambda: rustpython_pickle.loads(evil),
]:
    error = said(load)
    assert isinstance(error, rustpython_pickle.ForbiddenError), error
    assert (error.module, error.name, error.opcode, error.offset) == ('os', 'system', 'GLOBAL', 0)
day = datetime.date(2020, 1, 2)
assert pickle.loads(pickle.dumps(day)) == day
assert Hooked(io.BytesIO(pickle.dumps(day))).load() == day
error = said(lambda: pickle.loads(b']' * 5000 + b'a' * 4999 + b'.'))
assert isinstance(error, rustpython_pickle.LimitError), error
assert error.which == 'nesting depth' and error.limit == 500 and error.offset > 0
# Two pickles with one memo.
file = io.BytesIO()
pickler = pickle.Pickler(file)
pickler.dump([day, 'shared' * 3])
pickler.dump([datetime.date(1999, 1, 1), 'shared' * 3])
file.seek(0)
unpickler = pickle.Unpickler(file)
first, second = unpickler.load(), unpickler.load()
assert second == [datetime.date(1999, 1, 1), 'shared' * 3], second
";
        exec(script, vm);
        clear_default_policy(vm);
        exec(
            "import pickle\nassert pickle.loads(b'cos\\nsystem\\n.')",
            vm,
        );
    });
}

#[test]
fn a_closure_decides_before_anything_is_imported() {
    interpreter().enter(|vm| {
        let policy = Policy::custom(|request, vm| {
            if request.module != "builtins" {
                return Ok(Verdict::Deny);
            }
            let object = vm.builtins.get_attr(&vm.ctx.new_str(request.name), vm)?;
            Ok(Verdict::Allow(
                object,
                Box::new(Entry::call(Arguments::any())),
            ))
        });
        let loaded = load(&policy, b"cbuiltins\nlen\n(Vabc\ntR.", vm);
        assert_eq!(loaded.unwrap().repr(vm).unwrap().to_str(), Some("3"));
        assert_eq!(forbidden(&policy, b"cwave\nopen\n.", vm), Refusal::Denied);
        let error = refused(&policy, b"cbuiltins\nnothing_of_that_name\n.", vm);
        assert_eq!(error.kind(), ErrorKind::Python);
    });
}

#[test]
fn a_torch_checkpoint_s_index_is_stand_ins() {
    interpreter().enter(|vm| {
        let policy = Policy::allow(&AllowList::torch(), vm).unwrap().persistent_stand_ins(true);
        let pickle = b"\x80\x02ccollections\nOrderedDict\n)RX\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x06tQK\0K\x02K\x03\x86K\x03K\x01\x86\x89ccollections\nOrderedDict\n)RtRs.";
        let object = load(&policy, pickle, vm).unwrap_or_else(|error| panic!("{error}"));
        let tensor = object.get_item("w", vm).unwrap();
        let repr = tensor.repr(vm).unwrap_or_else(|error| panic!("{}", traceback(&error, vm)));
        assert!(repr.to_string().starts_with("<StandIn torch._utils._rebuild_tensor_v2(<StandIn persistent id('storage', <StandIn torch.FloatStorage>"), "{repr}");
        assert_eq!(forbidden(&policy, b"ctorch\nload\n.", vm), Refusal::NotListed);
    });
}

#[test]
fn graphs_that_grow_at_their_leaves_are_as_deep_as_they_are() {
    interpreter().enter(|vm| {
        // A chain of lists, each of which is put into the one before it when that is in the next already.
        let mut pickle = b"]r\0\0\0\0".to_vec();
        for index in 1..2000u32 {
            pickle.extend(b"]r");
            pickle.extend(index.to_le_bytes());
            pickle.extend(b"0j");
            pickle.extend((index - 1).to_le_bytes());
            pickle.extend(b"j");
            pickle.extend(index.to_le_bytes());
            pickle.extend(b"a0");
        }
        pickle.push(b'.');
        let error = refused(&Policy::data_only(), &pickle, vm);
        assert_eq!(
            error.exceeded().map(|exceeded| exceeded.which),
            Some(Limit::NestingDepth),
            "{error}"
        );
        // Nor is there a way to let the load drop what has become deep in the meantime.
        let chain = |last: &[u8]| {
            let level = b"]q\x01aq\x020h\x01";
            [
                &b"}q\x00Va\n]q\x01h\x01"[..],
                &level.repeat(200_000),
                b"0",
                last,
            ]
            .concat()
        };
        for last in [
            // The value of a key that another takes the place of, a key that is refused, and an argument.
            &b"sVa\nNs."[..],
            b"sh\0h\0Ns.",
            b"a.",
            b"cbuiltins\nset\n\x85R.",
        ] {
            let end = load(&standard(vm), &chain(last), vm);
            assert!(end.is_err() || last.starts_with(b"sVa"), "{last:?}");
        }
        // Lists that are in each other many times are not deep either.
        let each_other = [
            &b"]q\x00]q\x01h\x00"[..],
            &b"h\x01ah\x010h\x01h\x00a0".repeat(2000),
            b".",
        ]
        .concat();
        let loaded = load(&Policy::data_only(), &each_other, vm);
        assert!(loaded.is_ok(), "{:?}", loaded.err());
        // Trees whose nodes know their parents are not deep.
        let source = r"
import pickle
root = {'children': []}
for _ in range(300):
    root['children'].append({'parent': root, 'children': []})
tree = pickle.dumps(root)
";
        let scope = exec(source, vm);
        let tree = global(&scope, "tree", vm);
        let tree = tree.downcast_ref::<PyBytes>().unwrap().as_bytes();
        assert!(load(&Policy::data_only(), tree, vm).is_ok());
    });
}

#[test]
fn hashes_and_collisions_are_counted() {
    interpreter().enter(|vm| {
        let data = Policy::data_only();
        let which = |pickle: &[u8]| {
            let error = refused(&data, pickle, vm);
            error.exceeded().map(|exceeded| exceeded.which)
        };
        // A tuple of itself twice, sixty times over, as a key.
        let bomb = [&b"})"[..], &b"2\x86".repeat(60), b"Ns."].concat();
        assert_eq!(which(&bomb), Some(Limit::HashSteps));
        // Numbers with one hash.
        let mut ints = b"\x80\x04\x8f(".to_vec();
        for index in 0..12_000u64 {
            let value = u128::from(index) * ((1 << 61) - 1);
            ints.push(0x8a);
            ints.push(16);
            ints.extend(value.to_le_bytes());
        }
        ints.extend(b"\x90.");
        assert_eq!(which(&ints), Some(Limit::HashSteps));
        // As many that are in order cost nothing to speak of.
        let mut ints = b"\x80\x04\x8f(".to_vec();
        for index in 0..60_000u32 {
            ints.push(b'J');
            ints.extend(index.to_le_bytes());
        }
        ints.extend(b"\x90.");
        assert!(load(&data, &ints, vm).is_ok());
    });
}

/// The limit that ends a load under the list of the standard library's data types.
fn limit(pickle: &[u8], vm: &VirtualMachine) -> Option<Limit> {
    let error = refused(&standard(vm), pickle, vm);
    error.exceeded().map(|exceeded| exceeded.which)
}

#[test]
fn a_key_for_which_rustpython_would_search_without_end_is_refused() {
    interpreter().enter(|vm| {
        // Its hash is -2**63, which has no absolute value.
        let mut key = b"K\x11\x8a\x08".to_vec();
        key.extend((-865_057_678_463_223_283i64).to_le_bytes());
        key.push(b'\x86');
        let object = load(&Policy::data_only(), &[&key[..], b"."].concat(), vm).unwrap();
        assert_eq!(object.hash(vm).unwrap(), i64::MIN);
        for (before, after) in [
            (&b"}"[..], &b"Ns."[..]),
            (b"}(", b"Nu."),
            (b"(", b"Nd."),
            (b"\x8f(", b"\x90."),
            (b"(", b"\x91."),
            (b"cbuiltins\nset\n(](", b"etR."),
            (b"cbuiltins\nfrozenset\n(](", b"etR."),
            (b"ccollections\nOrderedDict\n(](](", b"NeetR."),
            (b"ccollections\nOrderedDict\n)R", b"Ns."),
            (b"ccollections\nCounter\n)R", b"Ns."),
        ] {
            let pickle = [before, &key[..], after].concat();
            assert_eq!(limit(&pickle, vm), Some(Limit::HashSteps), "{pickle:?}");
        }
    });
}

#[test]
fn long_keys_cost_as_much_as_they_are_long_each_time() {
    interpreter().enter(|vm| {
        let mut long = b"B".to_vec();
        long.extend((1u32 << 20).to_le_bytes());
        long.extend(vec![b'a'; 1 << 20]);
        let mut int = b"\x8b".to_vec();
        int.extend((60u32 << 10).to_le_bytes());
        int.extend(vec![1; 60 << 10]);
        // RustPython works these hashes out again each time.
        for (key, times) in [(&long, 2000), (&int, 40_000)] {
            for container in [&b"q\x000}("[..], b"\x85q\x000}("] {
                let pickle = [key, container, &b"h\0N".repeat(times)[..], b"u."].concat();
                assert_eq!(limit(&pickle, vm), Some(Limit::HashSteps));
            }
            let called = [
                b"cbuiltins\nset\n(](",
                &key[..],
                b"q\x01",
                &b"h\x01".repeat(times),
                b"etR.",
            ]
            .concat();
            assert_eq!(limit(&called, vm), Some(Limit::HashSteps));
        }
        // A few are fine.
        let few = [&long[..], b"q\x000}(h\0Nu."].concat();
        assert!(load(&Policy::data_only(), &few, vm).is_ok());
    });
}

#[test]
fn comparing_sets_counts_however_they_are_made() {
    interpreter().enter(|vm| {
        // Each has the one before it twice: as it is, and in a tuple. Their hashes are kept; to compare two equal ones
        // takes twice as long on each level.
        let by_opcodes = [&b"(K\x01\x91"[..], &b"q\x000(h\0h\0\x85\x91".repeat(60)].concat();
        let by_calls = [
            &b"cbuiltins\nfrozenset\nq\x010h\x01(](K\x01etR"[..],
            &b"q\x000h\x01(](h\0h\0\x85etR".repeat(60),
        ]
        .concat();
        for sets in [by_opcodes, by_calls] {
            let pickle = [b"}", &sets[..], b"Ns", &sets, b"Ns."].concat();
            assert_eq!(limit(&pickle, vm), Some(Limit::HashSteps));
        }
        // Sets of numbers with one hash: to find the items of one in another takes the square.
        let mut items = Vec::new();
        for index in 0..700u64 {
            let value = u128::from(index) * ((1 << 61) - 1);
            items.extend(b"\x8a\x10");
            items.extend(value.to_le_bytes());
        }
        let sets = |count: u64| -> Vec<u8> {
            let each = (0..count).map(|index| {
                let value = u128::from(index + 1000) * ((1 << 61) - 1);
                let last = [b"\x8a\x10", &value.to_le_bytes()[..]].concat();
                [b"(", &items[..], &last, b"\x91"].concat()
            });
            [b"\x8f(", &each.collect::<Vec<_>>().concat()[..], b"\x90."].concat()
        };
        assert!(load(&Policy::data_only(), &sets(2), vm).is_ok());
        assert_eq!(limit(&sets(40), vm), Some(Limit::HashSteps));
    });
}

#[test]
fn what_a_call_or_a_state_copies_is_charged_each_time() {
    interpreter().enter(|vm| {
        let attributes: Vec<u8> = (0..5000)
            .flat_map(|index| format!("Va{index}\nN").into_bytes())
            .collect();
        let state = [b"}(", &attributes[..], b"uq\0"].concat();
        // Many instances with the attributes of one dict.
        let build = b"ctypes\nSimpleNamespace\n)Rh\0b0".repeat(1000);
        let pickle = [&state[..], b"0", &build, b"N."].concat();
        assert_eq!(limit(&pickle, vm), Some(Limit::AllocatedBytes));
        // Many copies of one dict, and of its keys' hashes.
        let copy = b"ccollections\nCounter\nh\0\x85R0".repeat(20_000);
        let pickle = [&state[..], b"0", &copy, b"N."].concat();
        assert_eq!(limit(&pickle, vm), Some(Limit::Calls));
        let deep = [
            &b"}"[..],
            b")",
            &b"2\x86".repeat(25),
            b"Nsq\x000ccollections\nCounter\nh\0\x85R.",
        ]
        .concat();
        assert_eq!(limit(&deep, vm), Some(Limit::HashSteps));
        // What a container is given is counted, whatever its class.
        let pickle = [
            b"ccollections\ndeque\n)R(",
            &b"N".repeat(900_000)[..],
            b"e(",
            &b"N".repeat(200_000),
            b"e.",
        ]
        .concat();
        assert_eq!(limit(&pickle, vm), Some(Limit::ContainerItems));
    });
}

#[test]
fn moments_that_do_not_exist_are_refused() {
    interpreter().enter(|vm| {
        let policy = standard(vm);
        for pickle in [
            &b"cdatetime\ndate\n(C\x04\x07\xe8\x02\x1ftR."[..],
            b"cdatetime\ndate\n(C\x04\x00\x00\x02\x00tR.",
            b"cdatetime\ntime\n(C\x06\x17\x63\x63\xff\xff\xfftR.",
            b"cdatetime\ndatetime\n(C\x0a\x07\xe8\x02\x1f\x17\x3b\x3b\x00\x00\x00tR.",
            b"cdatetime\ndatetime\n(C\x04\x07\xe8\x02\x01tR.",
            b"cdatetime\ndate\n(V\\u0007\\u00e8\\u0002\\u001f\ntR.",
        ] {
            assert!(
                matches!(forbidden(&policy, pickle, vm), Refusal::Arguments(_)),
                "{pickle:?}"
            );
        }
        // The second of two times that a clock shows twice; the last day that there is.
        for (pickle, repr) in [
            (
                &b"\x80\x04cdatetime\ntime\n(C\x06\x81\x1e\0\0\0\0tR."[..],
                "datetime.time(1, 30, fold=1)",
            ),
            (
                b"\x80\x04cdatetime\ndatetime\n(C\x0a\x07\xe4\x8a\x19\x02\x1e\0\0\0\0tR.",
                "datetime.datetime(2020, 10, 25, 2, 30, fold=1)",
            ),
            (
                b"cdatetime\ndate\n(C\x04\x27\x0f\x0c\x1ftR.",
                "datetime.date(9999, 12, 31)",
            ),
        ] {
            let object = load(&policy, pickle, vm).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(object.repr(vm).unwrap().to_string_lossy(), repr);
        }
    });
}

#[test]
fn a_state_of_certain_fields_has_no_others() {
    interpreter().enter(|vm| {
        let policy = standard(vm);
        assert_same(
            "collections.ChainMap({'a': 1}, {'b': [2]}), collections.ChainMap()",
            &policy,
            vm,
        );
        for (state, allowed) in [
            (&b"}Vmaps\n](}es"[..], true),
            (b"}Vmaps\nNs", false),
            (b"}Vget\n]s", false),
            (b"}I1\n]s", false),
            (b"N}Vmaps\n]s\x86", false),
        ] {
            let pickle = [b"ccollections\nChainMap\n)\x81", state, b"b."].concat();
            let loaded = load(&policy, &pickle, vm);
            assert_eq!(loaded.is_ok(), allowed, "{pickle:?}");
        }
    });
}

#[test]
fn numbers_that_are_reduced_are_no_longer_than_their_text_may_be() {
    interpreter().enter(|vm| {
        let fraction = |bytes: u16| {
            let mut pickle = b"cfractions\nFraction\n(K\x01\x8b".to_vec();
            pickle.extend(u32::from(bytes).to_le_bytes());
            pickle.extend(vec![1; bytes.into()]);
            pickle.extend(b"tR.");
            pickle
        };
        assert!(load(&standard(vm), &fraction(1700), vm).is_ok());
        assert!(matches!(
            forbidden(&standard(vm), &fraction(1800), vm),
            Refusal::Arguments(_)
        ));
    });
}

#[test]
fn text_is_decoded_without_a_look_for_codecs() {
    interpreter().enter(|vm| {
        let modules = vm.sys_module.get_attr("modules", vm).unwrap();
        let count = || modules.length(vm).unwrap();
        let before = count();
        for (pickle, repr) in [
            (&b"Va\\u20ac\\\\u0041\xe9\n."[..], r"'a€\\\\u0041é'"),
            (b"V\\ud83d\\ude00\n.", r"'\ud83d\ude00'"),
            (b"S'a\\x41\\101\\n'\n.", r"'aAA\n'"),
            (b"U\x02ab.", "'ab'"),
        ] {
            let object = load(&Policy::data_only(), pickle, vm).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(object.repr(vm).unwrap().to_string_lossy(), repr, "{pickle:?}");
        }
        assert_eq!(count(), before, "something was imported");
        for (pickle, message) in [
            (
                &b"V\\u12\n."[..],
                "UnicodeDecodeError: 'rawunicodeescape' codec can't decode bytes in position 0-3: truncated \\uXXXX escape at offset 0",
            ),
            (b"S'\\x4'\n.", "ValueError: invalid \\x escape at position 0 at offset 0"),
        ] {
            let error = refused(&Policy::data_only(), pickle, vm);
            assert_eq!(error.to_string(), message);
        }
    });
}

/// A tuple of itself twice, sixty times over: its hash takes 2 to the power of 60 steps.
fn endless() -> Vec<u8> {
    [&b")"[..], &b"2\x86".repeat(60)].concat()
}

fn data_limit(pickle: &[u8], vm: &VirtualMachine) -> Option<Limit> {
    let error = refused(&Policy::data_only(), pickle, vm);
    error.exceeded().map(|exceeded| exceeded.which)
}

#[test]
fn the_first_thing_that_is_charged_may_be_too_much() {
    interpreter().enter(|vm| {
        let key = endless();
        for (before, after) in [
            (&b"cbuiltins\nset\n(("[..], &b"ltR."[..]),
            (b"cbuiltins\nfrozenset\n((", b"ltR."),
            (b"ccollections\nOrderedDict\n(((", b"NtltR."),
            (b"}", b"Ns."),
            (b"(", b"\x91."),
        ] {
            let pickle = [before, &key, after].concat();
            assert_eq!(limit(&pickle, vm), Some(Limit::HashSteps), "{before:?}");
        }
        // At the limit itself: a tuple of nine objects has ten.
        let pickle = b"cbuiltins\nset\n(((NNNNNNNNNtltR.";
        for (most, is_allowed) in [(9, false), (10, true)] {
            let limits = Limits::untrusted().hash_steps(most);
            let mut options = LoadOptions::untrusted(standard(vm)).limits(limits);
            assert_eq!(options.loads(pickle, vm).is_ok(), is_allowed, "{most}");
        }
    });
}

#[test]
fn what_is_read_only_already_costs_what_it_did() {
    interpreter().enter(|vm| {
        let again = |opcode: &[u8]| {
            let mut pickle = opcode.to_vec();
            pickle.extend((1u64 << 20).to_le_bytes());
            pickle.extend(vec![b'a'; 1 << 20]);
            pickle.extend(b"\x98q\x000}(");
            pickle.extend(b"h\0N".repeat(2000));
            pickle.extend(b"u.");
            pickle
        };
        // Bytes, and a view of a bytearray.
        for opcode in [b"\x8e", b"\x96"] {
            assert_eq!(data_limit(&again(opcode), vm), Some(Limit::HashSteps));
        }
        let object = load(&Policy::data_only(), b"C\x02ab\x98.", vm).unwrap();
        assert_eq!(object.repr(vm).unwrap().to_str(), Some("b'ab'"));
        // Bytes from outside cost as much as others.
        let outside = vm.ctx.new_bytes(vec![b'a'; 1 << 20]);
        let pickle = [&b"\x97q\x000}("[..], &b"h\0N".repeat(2000), b"u."].concat();
        let mut options = LoadOptions::untrusted(Policy::data_only()).buffers(vec![outside.into()]);
        let error = options.loads(&pickle, vm).unwrap_err();
        assert_eq!(
            error.exceeded().map(|exceeded| exceeded.which),
            Some(Limit::HashSteps),
            "{error}"
        );
    });
}

#[test]
fn all_that_a_call_hashes_is_charged_before_it_is_hashed() {
    interpreter().enter(|vm| {
        let key = endless();
        let int =
            |bytes: u32| [&b"\x8b"[..], &bytes.to_le_bytes(), &vec![1; bytes as usize]].concat();
        let slice = [b"cbuiltins\nslice\n(", &key[..], b"tR"].concat();
        let range = [b"cbuiltins\nrange\n(", &int(60_000)[..], b"tR"].concat();
        let date = [b"ctime\nstruct_time\n((NNNNNNNN", &key[..], b"t}tR"].concat();
        for (item, times) in [(&slice, 1), (&date, 1), (&range, 40_000)] {
            let items = [&item[..], b"q\0", &b"h\0".repeat(times)].concat();
            let pickle = [b"cbuiltins\nset\n((", &items[..], b"ltR."].concat();
            assert_eq!(limit(&pickle, vm), Some(Limit::HashSteps));
        }
        // Pairs are tuples or lists; of each the first part is hashed, and the other is not.
        let ordered = |items: &[u8]| [b"ccollections\nOrderedDict\n((", items, b"ltR."].concat();
        for pair in [
            [b"(", &key[..], b"Nl"].concat(),
            [&key[..], b"N\x86"].concat(),
            [b"(", &slice[..], b"Nl"].concat(),
        ] {
            assert_eq!(limit(&ordered(&pair), vm), Some(Limit::HashSteps));
        }
        for pair in [
            [b"(Va\n", &key[..], b"l"].concat(),
            [b"Va\n", &key[..], b"\x86"].concat(),
        ] {
            assert!(load(&standard(vm), &ordered(&pair), vm).is_ok());
        }
        // Others are none, though Python would take them apart.
        for pair in [
            &b"ccollections\ndeque\n((K\x01K\x02ltR"[..],
            b"}(K\x01NK\x02Nu",
            b"\x8f(K\x01K\x02\x90",
            b"(K\x01K\x02\x91",
            b"ccollections\nOrderedDict\n)R(K\x01NK\x02Nu",
            b"(K\x01NNt",
            b"K\x01\x85",
            b"Vab\n",
            b"N",
        ] {
            let refusal = forbidden(&standard(vm), &ordered(pair), vm);
            assert!(matches!(refusal, Refusal::Arguments(_)), "{pair:?}");
        }
    });
}

#[test]
fn a_callable_of_the_host_s_pays_for_what_it_may_hash() {
    interpreter().enter(|vm| {
        let hashing = Policy::custom(|request, vm| {
            let object = vm.builtins.get_attr(&vm.ctx.new_str(request.name), vm)?;
            let entry = Entry::call(Arguments::any()).hashes();
            Ok(Verdict::Allow(object, Box::new(entry)))
        });
        for argument in [
            // Pairs, a tuple of items, and the item itself.
            [b"((", &endless()[..], b"Nll"].concat(),
            [&endless()[..], b"\x85"].concat(),
            endless(),
        ] {
            let pickle = [b"cbuiltins\nid\n", &argument[..], b"\x85R."].concat();
            let error = refused(&hashing, &pickle, vm);
            let which = error.exceeded().map(|exceeded| exceeded.which);
            assert_eq!(which, Some(Limit::HashSteps), "{error}");
        }
    });
}

#[test]
fn paths_have_few_parts_of_bounded_length() {
    interpreter().enter(|vm| {
        for name in ["PurePath", "PurePosixPath", "PureWindowsPath"] {
            let path = |part: &[u8], parts: usize| {
                let global = format!("cpathlib\n{name}\n(");
                [global.as_bytes(), &part.repeat(parts), b"tR."].concat()
            };
            assert!(load(&standard(vm), &path(b"Va\n", 256), vm).is_ok());
            for pickle in [
                path(b"Va\n", 257),
                path(b"V\n", 257),
                path(&[b"V", &[b'a'; 100][..], b"\n"].concat(), 41),
                path(&[b"V", &[b'a'; 4097][..], b"\n"].concat(), 1),
            ] {
                let refusal = forbidden(&standard(vm), &pickle, vm);
                assert!(matches!(refusal, Refusal::Arguments(_)), "{refusal}");
            }
        }
    });
}

#[test]
fn a_refusal_tells_only_the_beginning_of_long_names() {
    interpreter().enter(|vm| {
        let long = |byte: u8| vec![byte; 1 << 20];
        let stack = |name: &[u8]| {
            let length = u32::try_from(name.len()).unwrap().to_le_bytes();
            [&b"\x80\x04\x8c\x02osX"[..], &length, name, b"\x93."].concat()
        };
        let lines = |module: &[u8], name: &[u8]| [b"c", module, b"\n", name, b"\n."].concat();
        let attribute = [b"__", &long(1)[..], b"__"].concat();
        let length = u32::try_from(attribute.len()).unwrap().to_le_bytes();
        let build = [
            &b"ctypes\nSimpleNamespace\n)R}X"[..],
            &length,
            &attribute,
            b"Nsb.",
        ]
        .concat();
        for policy in [Policy::data_only(), standard(vm)] {
            for pickle in [
                lines(&long(1), &long(1)),
                lines(b"os", &long(b'x')),
                lines(&long(b'x'), b"x"),
                lines("\u{e9}".repeat(1 << 19).as_bytes(), b"x"),
                stack(&long(1)),
                stack(&long(b'x')),
                build.clone(),
            ] {
                let error = refused(&policy, &pickle, vm);
                assert_eq!(error.kind(), ErrorKind::Forbidden);
                assert!(error.to_string().len() < 3000);
                let forbidden = error.forbidden().unwrap();
                for name in [&forbidden.module, &forbidden.name].into_iter().flatten() {
                    assert!(name.chars().count() <= 201);
                }
            }
        }
        // Bytes that are no text are not read beyond that either.
        let error = refused(&Policy::data_only(), &lines(&long(0xff), b"x"), vm);
        let module = error.forbidden().unwrap().module.clone().unwrap();
        assert_eq!(module, "\u{fffd}".repeat(200) + "\u{2026}");
    });
}

#[test]
fn what_an_earlier_load_has_left_costs_and_is_as_deep_as_it_is() {
    interpreter().enter(|vm| {
        set_default_policy(standard(vm), Limits::untrusted(), vm);
        let script = r"
import io, pickle, rustpython_pickle
def ends(*pickles):
    unpickler = pickle.Unpickler(io.BytesIO(b''.join(pickles)))
    for one in pickles[:-1]:
        unpickler.load()
    try:
        return unpickler.load()
    except rustpython_pickle.LimitError as error:
        return error.which
STEPS, DEPTH = 'steps of hashing and comparing', 'nesting depth'
bomb = b')' + b'2\x86' * 60 + b'q\0.'
assert ends(bomb, b'}h\0Ns.') == STEPS
assert ends(bomb, b'(h\0\x91.') == STEPS
assert ends(bomb, b'}h\0\x85Ns.') == STEPS
assert ends(bomb, b'cbuiltins\nset\n((h\0ltR.') == STEPS
# In something that is hashed with it, and as a part of what was given to a call.
assert ends(b'cbuiltins\nslice\n(' + bomb[:-3] + b'tRq\0.', b'}h\0Ns.') == STEPS
# A long one, again and again.
long = b'\x8e' + (1 << 20).to_bytes(8, 'little') + b'a' * (1 << 20) + b'q\0.'
assert ends(long, b'}(' + b'h\0N' * 2000 + b'u.') == STEPS
for leaf, wrap in [(b')', b'\x85'), (b'(\x91', b'q\1(h\1\x91'), (b']', b'q\1]h\1a')]:
    deep = leaf + wrap * 400 + b'q\0.'
    assert ends(deep, b'h\0' + wrap * 400 + b'.') == DEPTH, wrap
    assert ends(deep, b'h\0' + wrap * 50 + b'.') != DEPTH, wrap
# Cheap ones are as before.
assert ends(b'(K\1Va\nt' + b'q\0.', b'}h\0Ns.') == {(1, 'a'): None}
assert ends(b']q\0.', b'h\0' + b'.') == []
";
        exec(script, vm);
        clear_default_policy(vm);
    });
}

#[test]
fn what_a_handler_of_persistent_ids_returns_may_have_the_id_in_it() {
    interpreter().enter(|vm| {
        let scope = exec(
            "class Holder:\n    def __init__(self, id):\n        self.id = id\n",
            vm,
        );
        let holder = global(&scope, "Holder", vm);
        let run = |kind: usize, pickle: &[u8]| {
            let holder = holder.clone();
            let mut options = LoadOptions::untrusted(Policy::data_only()).persistent_load(
                move |id, vm| match kind {
                    0 => Ok(id.to_owned()),
                    1 => Ok(vm.ctx.new_tuple(vec![id.to_owned()]).into()),
                    2 => holder.call((id.to_owned(),), vm),
                    _ => Ok(vm.ctx.new_str("text").into()),
                },
            );
            match options.loads(pickle, vm) {
                Ok(_) => None,
                Err(error) => match error.exceeded() {
                    Some(exceeded) => Some(exceeded.which),
                    None => panic!("{error}"),
                },
            }
        };
        let bomb = [b"}", &endless()[..], b"QNs."].concat();
        let deep = [&b"N"[..], &b"Q".repeat(600), b"."].concat();
        // A list in the id that becomes deep later.
        let late = [
            &b"]q\0Qh\0)"[..],
            &b"\x85".repeat(400),
            b"a0",
            &b"\x85".repeat(200),
            b".",
        ]
        .concat();
        for kind in 0..3 {
            assert_eq!(run(kind, &bomb), Some(Limit::HashSteps), "{kind}");
            assert_eq!(run(kind, &late), Some(Limit::NestingDepth), "{kind}");
        }
        assert_eq!(run(0, &deep), None);
        assert_eq!(run(1, &deep), Some(Limit::NestingDepth));
        assert_eq!(run(2, &deep), Some(Limit::NestingDepth));
        for pickle in [&bomb, &deep, &late] {
            assert_eq!(run(3, pickle), None);
        }
    });
}

#[test]
fn memory_is_not_estimated_too_low() {
    interpreter().enter(|vm| {
        let list = |item: &[u8], times: usize| [b"](", &item.repeat(times)[..], b"e."].concat();
        // What RustPython needs more than 256 MiB for, with what the pickle itself takes.
        for (item, times) in [
            (
                &b"\x8a\x09\x01\x02\x03\x04\x05\x06\x07\x08\x01"[..],
                950_000,
            ),
            (b"\x8c\x02ab", 950_000),
            (b"C\x01a", 950_000),
        ] {
            let end = data_limit(&list(item, times), vm);
            assert_eq!(end, Some(Limit::AllocatedBytes), "{item:?}");
        }
        assert!(load(&Policy::data_only(), &list(b"\x8c\x02ab", 640_000), vm).is_ok());
        // To see how deep it is takes memory as well.
        let late = [b"]q\x00h\x000(", &b"\x8c\x02ab".repeat(640_000)[..], b"e."].concat();
        assert_eq!(data_limit(&late, vm), Some(Limit::AllocatedBytes));
    });
}

#[test]
fn the_addresses_of_what_is_gone_are_nobody_s() {
    interpreter().enter(|vm| {
        // A chain of lists that grows at its end, so that only a look at the result tells how deep it is.
        let mut chain = b"]r\0\0\0\0".to_vec();
        for index in 1..2000u32 {
            chain.extend(b"j");
            chain.extend((index - 1).to_le_bytes());
            chain.extend(b"]r");
            chain.extend(index.to_le_bytes());
            chain.extend(b"a0");
        }
        for buffer in [&b"C\x01a\x98"[..], b"\x96\x01\0\0\0\0\0\0\0a\x98"] {
            // Buffers that are dropped; then tuples take their place.
            let buffers = [b"(", &buffer.repeat(300)[..], b"l0"].concat();
            let pickle = [&chain[..], &buffers, &b"j\0\0\0\0\x85".repeat(50), b"."].concat();
            assert_eq!(data_limit(&pickle, vm), Some(Limit::NestingDepth));
        }
    });
}

#[test]
fn arguments_count_though_they_are_empty() {
    interpreter().enter(|vm| {
        let policy = Policy::custom(|request, vm| {
            let object = vm.builtins.get_attr(&vm.ctx.new_str(request.name), vm)?;
            let entry = Entry::call(Arguments::any()).weight(5);
            Ok(Verdict::Allow(object, Box::new(entry)))
        });
        let calls = |times: usize| {
            [
                &b"cbuiltins\nmax\nq\x000("[..],
                &b"K\x01".repeat(10_000),
                b"tq\x010",
                &b"h\x00h\x01R0".repeat(times),
                b"N.",
            ]
            .concat()
        };
        assert!(load(&policy, &calls(10), vm).is_ok());
        let error = refused(&policy, &calls(100), vm);
        let which = error.exceeded().map(|exceeded| exceeded.which);
        assert_eq!(which, Some(Limit::Calls), "{error}");
    });
}

#[test]
fn a_line_of_a_stream_is_read_no_further_than_it_may_be_long() {
    interpreter().enter(|vm| {
        let pickle = [b"V", &[b'x'; 10_000][..], b"\n."].concat();
        let mut options = LoadOptions::untrusted(Policy::data_only())
            .limits(Limits::untrusted().string_bytes(100));
        let mut reader = &pickle[..];
        let error = options.load(&mut reader, vm).unwrap_err();
        let which = error.exceeded().map(|exceeded| exceeded.which);
        assert_eq!(which, Some(Limit::StringBytes), "{error}");
        assert!(reader.len() > 9000, "{}", reader.len());
        let short = [b"V", &[b'x'; 100][..], b"\n."].concat();
        assert!(options.load(&short[..], vm).is_ok());
    });
}

#[test]
fn arrays_have_no_type_code_that_warns() {
    interpreter().enter(|vm| {
        for pickle in [
            &b"carray\narray\n(Vu\n]tR."[..],
            b"carray\n_array_reconstructor\n(carray\narray\nVu\nK\x12C\x00tR.",
        ] {
            let refusal = forbidden(&standard(vm), pickle, vm);
            assert!(matches!(refusal, Refusal::Arguments(_)), "{refusal}");
        }
    });
}
