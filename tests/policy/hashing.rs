//! What is charged for hashing and comparing keys, before they are hashed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustpython_pickle::LoadOptions;
use rustpython_pickle::limits::{Limit, Limits};
use rustpython_pickle::policy::{AllowList, Arguments, Entry, Policy, Refusal, Verdict};
use rustpython_vm::TryFromObject as _;

use super::common::{interpreter, run};
use super::{data_limit, endless, forbidden, limit, load, refused, standard};

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
        let range = [b"cbuiltins\nrange\n(", &int(128)[..], b"tR"].concat();
        let date = [b"ctime\nstruct_time\n((NNNNNNNN", &key[..], b"t}tR"].concat();
        for (item, times) in [(&slice, 1), (&date, 1), (&range, 120_000)] {
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
fn a_comparison_costs_what_the_slower_key_does() {
    interpreter().enter(|vm| {
        let modulus = (1i64 << 61) - 1;
        let decimal = |index: i64| {
            let text = 5 + i128::from(modulus) * i128::from(index);
            format!("cdecimal\nDecimal\n(V{text}\ntR").into_bytes()
        };
        let int = |index: i64| {
            let value = 5 + i128::from(modulus) * i128::from(index);
            [&b"\x8a\x10"[..], &value.to_le_bytes()].concat()
        };
        let keys = |count: i64, piece: &dyn Fn(i64) -> Vec<u8>| {
            (0..count).flat_map(piece).collect::<Vec<u8>>()
        };
        let most = Limits::untrusted().hash_steps(500_000);
        let loads = |pickle: &[u8]| {
            let mut options = LoadOptions::untrusted(standard(vm)).limits(most.clone());
            options.loads(pickle, vm).is_ok()
        };
        // As many of one kind are no trouble; each of the ints meets each of the decimals.
        let ints = keys(50, &|index| int(100 + index));
        assert!(loads(&[&b"\x8f("[..], &ints, b"\x90."].concat()));
        let both = [&b"\x8f("[..], &keys(30, &decimal), &ints, b"\x90."].concat();
        assert!(!loads(&both));
        // The first few are remembered, though they were cheap.
        let sets = [
            &b"\x8f("[..],
            &keys(15, &|index| int(100 + index)),
            b"\x90(h\0\x900",
        ]
        .concat();
        let few = [&decimal(1)[..], b"q\x000", &sets.repeat(60), b"N."].concat();
        assert!(!loads(&few));
    });
}

#[test]
fn a_load_can_be_cancelled_inside_an_opcode() {
    interpreter().enter(|vm| {
        let flag = Arc::new(AtomicBool::new(false));
        let setter = flag.clone();
        let cancel = vm.new_function("cancel", move || setter.store(true, Ordering::Relaxed));
        let source = "
class Key:
    hashed = 0
    def __hash__(self):
        Key.hashed += 1
        if Key.hashed == 10:
            cancel()
        return id(self)
";
        let scope = vm.new_scope_with_main().unwrap();
        scope.globals.set_item("cancel", cancel.into(), vm).unwrap();
        run(source, &scope, vm);
        let mut list = AllowList::new("keys");
        list.add("__main__", "Key", Entry::class()).unwrap();
        let policy = Policy::allow(&list, vm).unwrap();
        let keys = b"h\x00)\x81".repeat(100_000);
        let pickle = [&b"c__main__\nKey\nq\x000\x8f("[..], &keys, b"\x90."].concat();
        let limits = Limits::unlimited().hash_steps(1 << 40).cancel(flag);
        let mut options = LoadOptions::untrusted(policy).limits(limits);
        let error = options.loads(&pickle, vm).unwrap_err();
        let which = error.exceeded().map(|exceeded| exceeded.which);
        assert_eq!(which, Some(Limit::Cancelled), "{error}");
        let hashed = vm.run_block_expr(scope, "Key.hashed").unwrap();
        let hashed = usize::try_from_object(vm, hashed).unwrap();
        assert!((10..2000).contains(&hashed), "{hashed}");
    });
}
