//! What changed between two snapshots, told from pickles written by hand.
#![cfg(feature = "snapshot")]

#[path = "snapshot/support.rs"]
mod support;

use rustpython_pickle::snapshot::container::STATE;
use rustpython_pickle::snapshot::{
    Change, Container, Diff, GlobalReport, Limit, Limits, Observer, Outcome, Phase, Progress,
    ReadOptions, SnapshotError, SnapshotErrorKind, WriteOptions,
};
use support::{Random, container, metadata, read};

use core::ops::ControlFlow;

/// A snapshot of `__main__` with these globals; each has the body of its pickle, without PROTO and STOP.
struct Session {
    preamble: Vec<u8>,
    globals: Vec<(&'static str, Vec<u8>)>,
    left_out: Vec<&'static str>,
}

impl Session {
    /// Before the globals stand a pickle with a memo of its own, and one that names `dict:__main__` in the
    /// globals' memo, at 0.
    fn new() -> Self {
        let mut preamble = b"\x80\x05\x8c\x01a\x94\x8c\x01b\x94\x86\x94.".to_vec();
        preamble.extend(b"\x80\x05X\x0d\0\0\0dict:__main__Q\x940N.");
        Self {
            preamble,
            globals: Vec::new(),
            left_out: Vec::new(),
        }
    }

    fn with(mut self, name: &'static str, body: impl AsRef<[u8]>) -> Self {
        self.globals.push((name, body.as_ref().to_vec()));
        self
    }

    fn build(&self) -> Container {
        let mut state = self.preamble.clone();
        let mut reports = Vec::new();
        for (name, body) in &self.globals {
            let offset = state.len() as u64;
            state.extend(b"\x80\x05");
            state.extend(body);
            state.push(b'.');
            let size = state.len() as u64 - offset;
            reports.push(GlobalReport::new(*name, "object", Outcome::Saved).at(offset, size));
        }
        for name in &self.left_out {
            let outcome = Outcome::LeftOut {
                why: "cannot pickle 'socket' object".to_owned(),
                path: format!("{name}.sock"),
            };
            reports.push(GlobalReport::new(*name, "object", outcome));
        }
        let sections: [(&str, &[u8]); 1] = [(STATE, &state)];
        let bytes = container(&metadata(reports), WriteOptions::new(), &sections).unwrap();
        read(&bytes, &ReadOptions::new()).unwrap()
    }
}

fn diff(old: &Session, new: &Session) -> Result<Diff, SnapshotError> {
    let limits = Limits::default();
    Diff::new(&old.build(), &new.build(), &limits, &mut Observer::none())
}

/// The names of the globals with a sign each: ` x`, `+y`, `-z`, `~w`.
fn signs(old: &Session, new: &Session) -> Vec<String> {
    let diff = diff(old, new).unwrap();
    let globals = diff.modules[0].globals.iter();
    globals
        .map(|global| format!("{}{}", global.change.sign(), global.name))
        .collect()
}

/// `[1, 2]`, memoized.
const LIST: &[u8] = b"]\x94(K\x01K\x02e";
/// `{'name': 'x'}`, memoized, and so are its strings.
const DICT: &[u8] = b"}\x94\x8c\x04name\x94\x8c\x01x\x94s";

#[test]
fn added_removed_changed_and_the_same() {
    let old = Session::new()
        .with("kept", LIST)
        .with("gone", DICT)
        .with("score", b"K\x01");
    let mut new = Session::new()
        .with("score", b"K\x02")
        .with("kept", LIST)
        .with("born", b"N");
    assert_eq!(signs(&old, &new), [" kept", "-gone", "~score", "+born"]);
    assert!(!diff(&old, &new).unwrap().is_empty());
    assert!(diff(&old, &old).unwrap().is_empty());
    new.left_out.push("kept too");
    assert!(diff(&new, &new).unwrap().is_empty());
}

/// The numbers of the memo move, and what stood in one pickle is a reference in the next.
#[test]
fn where_an_object_is_written_makes_no_difference() {
    let old = Session::new()
        .with("config", DICT)
        // A reference to the same dict, at 1.
        .with("alias", b"h\x01")
        .with("names", b"]\x94h\x02a");
    // First 300 strings are memoized, so that references get longer; and `alias` comes first.
    let mut many = vec![b']', 0x94, b'('];
    for number in 0..300 {
        many.extend([0x8c, 3]);
        many.extend(format!("{number:03}").bytes());
        many.push(0x94);
    }
    many.push(b'e');
    let first = 302;
    let get = |number: u32| [&b"j"[..], &number.to_le_bytes()].concat();
    let new = Session::new()
        .with("many", &many)
        .with("alias", DICT)
        .with("config", get(first))
        .with("names", [b"]\x94", &get(first + 1)[..], b"a"].concat());
    assert_eq!(signs(&old, &new), [" config", " alias", " names", "+many"]);
}

#[test]
fn frames_batches_and_the_forms_of_numbers_make_no_difference() {
    let old = Session::new()
        .with("list", LIST)
        .with("int", b"K\x05")
        .with("big", b"J\0\0\0\x80");
    let new = Session::new()
        .with("list", b"\x95\x08\0\0\0\0\0\0\0]\x94M\x01\0aK\x02a")
        .with("int", b"\x8a\x01\x05")
        .with("big", b"\x8a\x05\0\0\0\x80\xff");
    assert_eq!(signs(&old, &new), [" list", " int", " big"]);
}

/// One list under two names, or two lists that are equal.
#[test]
fn sharing_that_is_lost_is_a_change() {
    let old = Session::new().with("a", LIST).with("b", b"h\x01");
    let new = Session::new().with("a", LIST).with("b", LIST);
    assert_eq!(signs(&old, &new), [" a", "~b"]);
    assert_eq!(signs(&new, &old), [" a", "~b"]);
}

#[test]
fn what_is_shared_and_changed_is_changed_for_all_that_hold_it() {
    let old = Session::new()
        .with("box", LIST)
        .with("holder", b"h\x01\x85")
        .with("other", DICT);
    let new = Session::new()
        .with("box", b"]\x94(K\x01K\x03e")
        .with("holder", b"h\x01\x85")
        .with("other", DICT);
    assert_eq!(signs(&old, &new), ["~box", "~holder", " other"]);
}

#[test]
fn cycles() {
    // a = []; a.append(a): of one list, and of two that hold each other.
    let one = Session::new().with("a", b"]\x94h\x01a");
    let two = Session::new().with("a", b"]\x94]\x94h\x01aa");
    assert_eq!(signs(&one, &one), [" a"]);
    assert_eq!(signs(&two, &two), [" a"]);
    assert_eq!(signs(&one, &two), ["~a"]);
}

/// `BUILD`, items of what a call has made, and a setter whose result is thrown away.
#[test]
fn state_belongs_to_its_object() {
    let call = b"\x8c\x01m\x8c\x01C\x93)R\x94";
    let setter = |value: u8| {
        let args = [b"h\x01K", &[value][..], b"\x86R0"].concat();
        [&call[..], b"\x8c\x01m\x8c\x03set\x93", &args].concat()
    };
    for (old, new) in [
        (
            [call, &b"K\x01b"[..]].concat(),
            [call, &b"K\x02b"[..]].concat(),
        ),
        (
            [call, &b"K\x01a"[..]].concat(),
            [call, &b"K\x02a"[..]].concat(),
        ),
        (
            [call, &b"K\x01b"[..]].concat(),
            [call, &b"K\x01a"[..]].concat(),
        ),
        (call.to_vec(), [call, &b"Nb"[..]].concat()),
        (setter(1), setter(2)),
        (call.to_vec(), setter(1)),
    ] {
        let (old, new) = (Session::new().with("x", old), Session::new().with("x", new));
        assert_eq!(signs(&old, &old), [" x"]);
        assert_eq!(signs(&new, &new), [" x"]);
        assert_eq!(signs(&old, &new), ["~x"]);
    }
}

#[test]
fn long_strings_are_told_apart_by_their_ends() {
    let text = |last: u8| {
        let mut body = b"X\x00\x01\0\0".to_vec();
        body.extend([b'a'; 255]);
        body.push(last);
        Session::new().with("x", body)
    };
    assert_eq!(signs(&text(b'a'), &text(b'a')), [" x"]);
    assert_eq!(signs(&text(b'a'), &text(b'b')), ["~x"]);
}

#[test]
fn values_are_shown() {
    let shown = |body: &[u8]| {
        let session = Session::new().with("x", body);
        let diff = diff(&session, &session).unwrap();
        let global = &diff.modules[0].globals[0];
        global.new.as_ref().unwrap().value.clone().unwrap()
    };
    assert_eq!(shown(LIST), "[1, 2]");
    assert_eq!(shown(DICT), "{'name': 'x'}");
    assert_eq!(shown(b"\x88"), "True");
    assert_eq!(shown(b"J\xfe\xff\xff\xff"), "-2");
    assert_eq!(shown(b"G\x3f\xf8\0\0\0\0\0\0"), "1.5");
    assert_eq!(shown(b"C\x03a\xffb"), r"b'a\xffb'");
    assert_eq!(shown(b"h\0"), "persistent_load('dict:__main__')");
    assert_eq!(shown(b"\x8c\x01m\x8c\x01C\x93K\x01N\x86R"), "m.C(1, None)");
    assert_eq!(shown(b"\x8f(K\x01\x90"), "{1}");
    // Nothing goes to the terminal that would act upon it.
    assert_eq!(shown(b"\x8c\x05\x1b[31m"), r"'\x1b[31m'");
    // Neither depth nor length nor cycles get far.
    assert_eq!(shown(b"]\x94h\x01a"), "[[[[…]]]]");
    let long = shown(&[&b"]("[..], &b"K\x01".repeat(1_000_000), b"e"].concat());
    assert_eq!(long.chars().count(), 73);
    assert!(long.starts_with("[1, 1, ") && long.ends_with('…'));
}

/// A million levels, without the native stack.
#[test]
fn depth() {
    let deep = |leaf: u8| {
        let mut body = b"]".repeat(1_000_000);
        body.extend([b'K', leaf]);
        body.extend(b"a".repeat(1_000_000));
        Session::new().with("x", body)
    };
    assert_eq!(signs(&deep(1), &deep(1)), [" x"]);
    assert_eq!(signs(&deep(1), &deep(2)), ["~x"]);
}

/// Thousands of globals over one large list that has changed at its end: each is different, at once.
#[test]
fn many_globals_over_one_change() {
    let session = |last: u8| {
        let items = b"]".repeat(100_000);
        let mut session = Session::new().with(
            "big",
            [&b"]\x94("[..], &items, &[b'K', last], b"e"].concat(),
        );
        for _ in 0..5000 {
            session.globals.push(("holder", b"h\x01\x85".to_vec()));
        }
        session
    };
    let diff = diff(&session(1), &session(2)).unwrap();
    let globals = &diff.modules[0].globals;
    assert_eq!(globals[0].change, Change::Changed);
    assert_eq!(globals[1].change, Change::Changed);
}

#[test]
fn states_that_do_not_fit() {
    let good = Session::new().with("x", LIST);
    let corrupt = SnapshotErrorKind::Corrupt {
        section: STATE.to_owned(),
    };
    for body in [
        &b"\xff"[..],
        b"h\x63",
        b"0",
        b"K\x01K\x02a",
        b"S'a'\n",
        b"\x97",
        b"K\x01Q",
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"N.N",
    ] {
        let bad = Session::new().with("x", body);
        for (old, new) in [(&good, &bad), (&bad, &good)] {
            let error = diff(old, new).unwrap_err();
            assert_eq!(error.kind(), &corrupt, "{body:?}: {error}");
        }
    }
    // Places that the report makes up.
    for (offset, size) in [(0, 5), (1 << 40, 5), (u64::MAX, u64::MAX), (0, 0)] {
        let global = GlobalReport::new("x", "int", Outcome::Saved).at(offset, size);
        let sections: [(&str, &[u8]); 1] = [(STATE, b"N.")];
        let bytes = container(&metadata(vec![global]), WriteOptions::new(), &sections).unwrap();
        let bad = read(&bytes, &ReadOptions::new()).unwrap();
        let limits = Limits::default();
        let error = Diff::new(&bad, &bad, &limits, &mut Observer::none()).unwrap_err();
        assert_eq!(error.kind(), &corrupt, "{error}");
    }
}

#[test]
fn objects_are_limited() {
    let mut limits = Limits::default();
    limits.objects = 1000;
    for (item, fits) in [
        // Each is one object and a part of the list.
        (&b"]"[..], 490),
        (b"K\x01", 980),
        (b"}", 490),
        (b")", 490),
    ] {
        for (count, ok) in [(fits, true), (200_000, false)] {
            let body = [&b"]("[..], &item.repeat(count), b"e"].concat();
            let session = Session::new().with("x", body).build();
            let result = Diff::new(&session, &session, &limits, &mut Observer::none());
            match result {
                Ok(_) => assert!(ok, "{count} of {item:?}"),
                Err(error) => {
                    assert!(!ok, "{count} of {item:?}: {error}");
                    let expected = SnapshotErrorKind::LimitExceeded {
                        which: Limit::Objects,
                        limit: 1000,
                    };
                    assert_eq!(error.kind(), &expected);
                }
            }
        }
    }
}

/// Neither marks nor the memo nor names that are paired are objects.
#[test]
fn memory_is_limited() {
    let marks = [&b"(".repeat(200_000)[..], b"N"].concat();
    let memo = b"N\x94".repeat(100_000);
    for body in [marks, memo] {
        let container = Session::new().with("x", body).build();
        let mut limits = Limits::default();
        let quiet = &mut Observer::none();
        assert!(Diff::new(&container, &container, &limits, quiet).is_ok());
        limits.memory = 1 << 20;
        let error = Diff::new(&container, &container, &limits, quiet).unwrap_err();
        let expected = SnapshotErrorKind::LimitExceeded {
            which: Limit::Memory,
            limit: 1 << 20,
        };
        assert_eq!(*error.kind(), expected, "{error}");
    }
}

/// Damaged pickles in a container that is right: an answer or a typed error, and nothing else.
#[test]
fn mutated_states() {
    let call = b"\x8c\x01m\x8c\x01C\x93)R\x94K\x01b\x8c\x01m\x8c\x03set\x93h\x05K\x02\x86R0";
    let session = Session::new()
        .with("list", LIST)
        .with("dict", DICT)
        .with("call", call)
        .with("cycle", b"]\x94h\x06ah\x01a")
        .with("set", b"\x8f\x94(K\x01K\x02\x90(K\x01\x91\x86");
    let good = session.build();
    let quiet = &mut Observer::none();
    let itself = Diff::new(&good, &good, &Limits::default(), quiet).unwrap();
    assert!(itself.is_empty());
    let state = good.section(STATE, quiet).unwrap().unwrap().into_owned();
    let mut random = Random(9);
    let (mut answers, mut errors) = (0, 0);
    for _ in 0..20_000 {
        let mut state = state.clone();
        for _ in 0..=random.below(2) {
            let offset = random.below(state.len());
            state[offset] = match random.below(3) {
                0 => random.next() as u8,
                1 => state[offset] ^ 1 << random.below(8),
                _ => b"].)}(0ae\x85\x86\x94h\x90RbQ"[random.below(16)],
            };
        }
        let sections: [(&str, &[u8]); 1] = [(STATE, &state)];
        let bytes = container(good.metadata(), WriteOptions::new(), &sections).unwrap();
        let bad = read(&bytes, &ReadOptions::new()).unwrap();
        match Diff::new(&good, &bad, &Limits::default(), quiet) {
            Ok(_) => answers += 1,
            Err(error) => {
                assert_eq!(error.section(), Some(STATE), "{error}");
                errors += 1;
            }
        }
    }
    println!("mutated states: {answers} answers, {errors} errors");
    assert!(answers > 1000 && errors > 1000);
}

/// What is in a list is one object, and the list as long as its pickle.
#[test]
fn parts_of_objects_are_limited() {
    let many = vec![b'2'; 2000];
    for (before, after) in [
        (&b"](N"[..], &b"e"[..]),
        (b"(N", b"t"),
        (b"(N2", b"d"),
        (b"\x8f(N", b"\x90"),
        (b"(N", b"\x91"),
        (b"(cbuiltins\nlist\n", b"o"),
        (b"}(NN", b"u"),
    ] {
        let session = Session::new().with("x", [before, &many, after].concat());
        let container = session.build();
        let mut limits = Limits::default();
        assert!(diff(&session, &session).unwrap().is_empty());
        limits.objects = 1000;
        let error = Diff::new(&container, &container, &limits, &mut Observer::none()).unwrap_err();
        let which = Limit::Objects;
        let expected = SnapshotErrorKind::LimitExceeded { which, limit: 1000 };
        assert_eq!(*error.kind(), expected, "{}", before.escape_ascii());
    }
}

#[test]
fn of_several_with_one_name_each_has_its_own() {
    let old = Session::new().with("x", b"K\x01").with("x", b"K\x02");
    let new = Session::new()
        .with("x", b"K\x01")
        .with("x", b"K\x02")
        .with("x", b"K\x03");
    assert_eq!(signs(&old, &old), [" x", " x"]);
    assert_eq!(signs(&old, &new), [" x", " x", "+x"]);
    assert_eq!(signs(&new, &old), [" x", " x", "-x"]);
}

/// One global without frames, whose pickle is all there is.
#[test]
fn a_single_global_can_be_cancelled() {
    let lists = (0..200_000u32).flat_map(|n| {
        let mut list = b"](J".to_vec();
        list.extend(n.to_le_bytes());
        list.push(b'e');
        list
    });
    let body: Vec<u8> = lists.collect();
    let body = [b"](", &body[..], b"e"].concat();
    let container = Session::new().with("x", body).build();
    // While it is read, and while it is compared.
    for least in [Some(1_000_000), None] {
        let mut told = 0;
        let mut callback = |progress: &Progress| {
            let comparing = progress.phase == Phase::Compare;
            let here = match least {
                Some(least) => comparing && progress.bytes > least,
                None => comparing && progress.total.is_none(),
            };
            told += u64::from(here);
            match here {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        let observer = &mut Observer::new(&mut callback);
        let error = Diff::new(&container, &container, &Limits::default(), observer).unwrap_err();
        assert_eq!(*error.kind(), SnapshotErrorKind::Cancelled);
        assert_eq!(told, 1);
    }
}
