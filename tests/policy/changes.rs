//! What a pickle may change: what its own load has made, in the way that an entry names.

use rustpython_pickle::policy::{AllowList, Arguments, Entry, ItemRule, Policy, StateRule};
use rustpython_pickle::{ErrorKind, LoadOptions};
use rustpython_vm::VirtualMachine;
use rustpython_vm::builtins::{PyBytes, PyList};

use super::common::{exec, global, interpreter};
use super::{assert_same, load, refused, standard};

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
