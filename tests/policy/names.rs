//! What a pickle may name, and who decides that.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustpython_pickle::ErrorKind;
use rustpython_pickle::limits::Limits;
use rustpython_pickle::policy::{
    AllowList, Arguments, Entry, Policy, Refusal, Verdict, clear_default_policy, set_default_policy,
};
use rustpython_vm::{AsObject as _, PyObjectRef, VirtualMachine};

use super::common::{exec, interpreter, traceback};
use super::{assert_same, forbidden, load, refused, standard};

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
fn a_closure_is_asked_once_for_each_name_of_a_load() {
    interpreter().enter(|vm| {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        let policy = Policy::custom(move |request, vm| {
            counter.fetch_add(1, Ordering::Relaxed);
            let object = vm.builtins.get_attr(&vm.ctx.new_str(request.name), vm)?;
            Ok(Verdict::Allow(object, Box::new(Entry::refer())))
        });
        // More often than there may be globals in a load.
        let pickle = [
            &b"cbuiltins\nint\n0".repeat(70_000)[..],
            b"cbuiltins\nstr\n.",
        ]
        .concat();
        assert!(load(&policy, &pickle, vm).is_ok());
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        assert!(load(&policy, b"cbuiltins\nint\n.", vm).is_ok());
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    });
}

#[test]
fn python_2_s_names_are_known_without_an_import() {
    interpreter().enter(|vm| {
        let source = "
import _compat_pickle, sys
_compat_pickle.IMPORT_MAPPING['harmless'] = 'builtins'
_compat_pickle.IMPORT_MAPPING['__builtin__'] = 'os'
sys.modules['_compat_pickle'] = None
";
        exec(source, vm);
        let set = load(&standard(vm), b"c__builtin__\nset\n(]tR.", vm).unwrap();
        assert_eq!(set.repr(vm).unwrap().to_str(), Some("set()"));
        let refusal = forbidden(&standard(vm), b"charmless\nset\n(]tR.", vm);
        assert_eq!(refusal, Refusal::NotListed);
    });
}
