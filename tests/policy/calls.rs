//! What a pickle may call, and with which arguments.

use rustpython_pickle::limits::Limit;
use rustpython_pickle::policy::{AllowList, Entry, Policy, Refusal};

use super::common::{exec, interpreter};
use super::{forbidden, load, refused, standard};

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

#[test]
fn stand_ins_are_made_and_given_state_as_their_entry_says() {
    interpreter().enter(|vm| {
        let torch = Policy::allow(&AllowList::torch(), vm).unwrap();
        let device =
            |args: &[u8], opcode: &[u8]| [b"ctorch\ndevice\n", args, opcode, b"."].concat();
        for opcode in [&b"R"[..], b"\x81"] {
            assert!(load(&torch, &device(b"Vcpu\n\x85", opcode), vm).is_ok());
            let refusal = forbidden(&torch, &device(b"K\x01\x85", opcode), vm);
            assert!(matches!(refusal, Refusal::Arguments(_)), "{refusal:?}");
        }
        let built = device(b"Vcpu\n\x85R", b"}b");
        let refusal = forbidden(&torch, &built, vm);
        assert!(matches!(refusal, Refusal::State(_)), "{refusal:?}");
        // No instance can be made of a function.
        let function = b"ctorch._utils\n_rebuild_tensor\n)\x81.";
        assert_eq!(forbidden(&torch, function, vm), Refusal::NotAClass);
    });
}

#[test]
fn keywords_are_charged_each_time() {
    interpreter().enter(|vm| {
        exec(
            "class Options:\n    def __new__(cls, **options): return object.__new__(cls)\n",
            vm,
        );
        let mut list = AllowList::new("options");
        list.add("__main__", "Options", Entry::class()).unwrap();
        let policy = Policy::allow(&list, vm).unwrap();
        let keywords: Vec<u8> = (0..1000)
            .flat_map(|index| format!("Vk{index}\nN").into_bytes())
            .collect();
        let calls = b"h\x01)h\x00\x920".repeat(20_000);
        let pickle = [
            &b"}("[..],
            &keywords,
            b"uq\x000c__main__\nOptions\nq\x010",
            &calls,
            b"N.",
        ]
        .concat();
        let error = refused(&policy, &pickle, vm);
        let which = error.exceeded().map(|exceeded| exceeded.which);
        assert_eq!(which, Some(Limit::AllocatedBytes), "{error}");
    });
}
