//! Truncated, mutated and random pickles: an exception or a result, nothing else.
#![cfg(feature = "stdlib")]

mod common;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use common::{exec, global, interpreter};
use rustpython_pickle::{ErrorKind, LoadOptions};
use rustpython_vm::builtins::{PyBytes, PyList, PyStr};
use rustpython_vm::{AsObject as _, VirtualMachine};

/// Pickles of many kinds of objects at all protocols.
const SAMPLES: &str = r"
import collections, datetime, decimal, fractions, pickle, uuid

class Plain:
    def __init__(self, **kwargs):
        self.__dict__.update(kwargs)
class Slots:
    __slots__ = ('a', 'b')
class Stateful:
    def __getstate__(self):
        return 0, {'a': [1]}
    def __setstate__(self, state):
        self.state = state
class Args(tuple):
    def __new__(cls, *args, **kwargs):
        return tuple.__new__(cls, args)
    def __getnewargs_ex__(self):
        return tuple(self), {'k': 1}
class Items(list):
    pass

slots = Slots()
slots.a, slots.b = 1, 'x'
cycle = []
cycle.append((cycle, {'self': cycle}))
items = Items([1, 2, 3])
items.name = 'n'
shared = 'shared' * 3
objects = [
    None, True, 0, 255, 65535, -1, 1 << 40, -(1 << 70), 1 << 2000, 1.5, float('inf'), 2 + 3j,
    '', 'text', '\u20ac\U0001f600', '\ud800', 'new\nline\\', b'', b'bytes\0\xff', bytearray(b'ba'),
    [], [1, [2, [3]]], list(range(300)), (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), {}, {'a': 1, 2: [b'']},
    {1, 2, 3}, frozenset('ab'), [shared, shared, (shared,)], cycle,
    Plain(a=1, b=[2], c=Plain()), Stateful(), Args(1, 2), items,
    collections.OrderedDict(a=1), collections.deque([1, 2], 5), collections.Counter('aab'),
    datetime.datetime(2020, 2, 29, 1, 2, 3), datetime.timedelta(5, 6), decimal.Decimal('1.25'),
    fractions.Fraction(3, 4), uuid.UUID(int=5), len, Plain, Plain.__init__, range(3), slice(1, 2),
    Ellipsis, NotImplemented, type(None),
]
samples = [pickle.dumps(o, p) for p in range(6) for o in objects]
samples += [pickle.dumps(slots, p) for p in range(2, 6)]
samples += [b'S\'abc\'\n.', b'U\x03abc.', b'T\x03\0\0\0abc.', b'I01\n.', b'L12L\n.', b'F1.5\n.', b'Vtext\n.',
            b'(lp0\nI1\na.', b'(dp0\nI1\nI2\ns.', b'(i__main__\nPlain\np0\n.', b'(c__main__\nPlain\no.', b'Pid\n.']
";

/// The globals that a mutated pickle may name. The others could do harm to the machine, or
/// take for ever when they are called with numbers of any size.
const MODULES: [&str; 9] = [
    "__main__",
    "_codecs",
    "collections",
    "copyreg",
    "copy_reg",
    "datetime",
    "fractions",
    "uuid",
    "decimal",
];

/// Exceptions that CPython raises on such input, too.
const EXPECTED: [&str; 16] = [
    "AttributeError",
    "EOFError",
    "ImportError",
    "IndexError",
    "InvalidOperation",
    "KeyError",
    "LookupError",
    "ModuleNotFoundError",
    "NotImplementedError",
    "OverflowError",
    "TypeError",
    "UnicodeDecodeError",
    "UnicodeEncodeError",
    "UnpicklingError",
    "ValueError",
    "ZeroDivisionError",
];

/// xorshift64*: the same mutations in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// How loads ended: each exception type with how often it came.
#[derive(Default)]
struct Endings(BTreeMap<String, usize>);

impl Endings {
    fn load(&mut self, pickle: &[u8], vm: &VirtualMachine) {
        let mut options = LoadOptions::new()
            .persistent_load(|id, _vm| Ok(id.to_owned()))
            .find_class(|module, name, vm| {
                let known = module
                    .downcast_ref::<PyStr>()
                    .and_then(|module| module.to_str())
                    .is_some_and(|module| MODULES.contains(&module));
                if known {
                    return Ok(None);
                }
                let message = format!("{}.{}", module.str(vm)?, name.str(vm)?);
                Err(vm.new_attribute_error(message))
            });
        let result = catch_unwind(AssertUnwindSafe(|| options.loads(pickle, vm)));
        let ending = match result {
            Ok(Ok(object)) => {
                drop(object);
                "loaded".to_owned()
            }
            Ok(Err(error)) => {
                assert!(
                    error
                        .offset()
                        .is_some_and(|offset| offset <= pickle.len() as u64),
                    "{error}"
                );
                match error.exception() {
                    Some(exception) => exception.class().name().to_string(),
                    None => format!("{:?}", error.kind()),
                }
            }
            Err(_) => panic!("panicked on {pickle:?}"),
        };
        *self.0.entry(ending).or_default() += 1;
    }

    fn check(&self, what: &str) {
        println!("{what}: {:?}", self.0);
        for ending in self.0.keys() {
            assert!(
                ending == "loaded" || EXPECTED.contains(&ending.as_str()),
                "{ending} is new: does CPython raise it here, too?"
            );
        }
    }

    fn count(&self) -> usize {
        self.0.values().sum()
    }
}

fn with_samples(run: impl FnOnce(&[Vec<u8>], &VirtualMachine)) {
    interpreter().enter(|vm| {
        let scope = exec(SAMPLES, vm);
        let samples = global(&scope, "samples", vm);
        let samples: Vec<_> = samples
            .downcast_ref::<PyList>()
            .map(|list| list.borrow_vec().to_vec())
            .unwrap_or_default()
            .iter()
            .filter_map(|bytes| Some(bytes.downcast_ref::<PyBytes>()?.as_bytes().to_vec()))
            .collect();
        assert!(samples.len() > 300);
        run(&samples, vm);
    });
}

#[test]
fn every_sample_loads_and_no_truncated_one_does() {
    with_samples(|samples, vm| {
        let mut endings = Endings::default();
        for sample in samples {
            LoadOptions::new()
                .persistent_load(|id, _vm| Ok(id.to_owned()))
                .loads(sample, vm)
                .unwrap_or_else(|error| panic!("{error}: {sample:?}"));
            for end in 0..sample.len() {
                let error = LoadOptions::new()
                    .persistent_load(|id, _vm| Ok(id.to_owned()))
                    .loads(&sample[..end], vm)
                    .unwrap_err();
                // Where nothing went wrong before, it is the end that did.
                assert!(
                    matches!(error.kind(), ErrorKind::Eof | ErrorKind::Malformed),
                    "{error}: {:?}",
                    &sample[..end]
                );
                endings.load(&sample[..end], vm);
            }
        }
        assert!(!endings.0.contains_key("loaded"));
        endings.check("truncated");
    });
}

#[test]
fn two_hundred_thousand_mutations() {
    with_samples(|samples, vm| {
        let mut random = Random(0x5eed_0001);
        let mut endings = Endings::default();
        while endings.count() < 200_000 {
            let sample = &samples[random.below(samples.len())];
            let mut pickle = sample.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(pickle.len());
                match random.below(6) {
                    0 => pickle[at] = random.next() as u8,
                    1 => pickle[at] ^= 1 << random.below(8),
                    2 => pickle.insert(at, random.next() as u8),
                    3 if pickle.len() > 1 => drop(pickle.remove(at)),
                    4 => {
                        let other = &samples[random.below(samples.len())];
                        let from = random.below(other.len());
                        let piece = &other[from..(from + random.below(12)).min(other.len())];
                        pickle.splice(at..at, piece.iter().copied());
                    }
                    _ => pickle[at] = [0, 0x7f, 0x80, 0xff][random.below(4)],
                }
            }
            endings.load(&pickle, vm);
        }
        endings.check("mutated");
        assert!(endings.0.len() > 8, "the mutations reach too little");
    });
}

#[test]
fn random_opcodes() {
    use rustpython_pickle::wire::OPCODES;
    interpreter().enter(|vm| {
        exec("class Plain: pass", vm);
        let mut random = Random(0x5eed_0002);
        let mut endings = Endings::default();
        for _ in 0..100_000 {
            let mut pickle = Vec::new();
            for _ in 0..random.below(40) {
                pickle.push(OPCODES[random.below(OPCODES.len())].opcode.byte());
                for _ in 0..random.below(3) {
                    pickle.push(random.below(12) as u8);
                }
            }
            pickle.push(b'.');
            endings.load(&pickle, vm);
        }
        endings.check("random");
    });
}
