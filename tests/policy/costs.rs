//! What is charged for depth, memory, calls and input.

use rustpython_pickle::LoadOptions;
use rustpython_pickle::limits::{Limit, Limits};
use rustpython_pickle::policy::{
    Arguments, Entry, Policy, Verdict, clear_default_policy, set_default_policy,
};
use rustpython_vm::builtins::PyBytes;

use super::common::{exec, global, interpreter};
use super::{data_limit, endless, limit, load, refused, standard};

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
