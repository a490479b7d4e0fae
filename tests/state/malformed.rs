//! States that nobody has saved, in containers that are whole.

use rustpython_pickle::snapshot::Writer;
use rustpython_pickle::snapshot::container::STATE;

use super::*;

/// The same snapshot with another state.
fn with_state(saved: &Snapshot, state: &[u8]) -> Snapshot {
    let quiet = &mut Observer::none();
    let mut writer = Writer::new(WriteOptions::new());
    writer.section(STATE, state, quiet).unwrap();
    let bytes = writer.to_bytes(saved.metadata(), quiet).unwrap();
    Snapshot::from_bytes(bytes, &ReadOptions::new(), quiet).unwrap()
}

fn refused(saved: &Snapshot, state: &[u8]) -> SnapshotErrorKind {
    let runtime = after("x = 'mine'");
    let error = runtime.restore(&with_state(saved, state)).unwrap_err();
    exec(&runtime, "assert x == 'mine' and 'ran' not in globals()");
    error.kind().clone()
}

fn corrupt() -> SnapshotErrorKind {
    let section = STATE.to_owned();
    SnapshotErrorKind::Corrupt { section }
}

/// The pickles of a state, and its end, without the length.
fn parts(state: &[u8]) -> (&[u8], &[u8]) {
    let (rest, length) = state.split_last_chunk::<8>().unwrap();
    rest.split_at(rest.len() - u64::from_le_bytes(*length) as usize)
}

fn join(pickles: &[u8], end: &[u8]) -> Vec<u8> {
    [pickles, end, &(end.len() as u64).to_le_bytes()].concat()
}

#[test]
fn they_are_corrupt() {
    let saved = snapshot(&after("x = [1, 2]\nclass C: pass"));
    let state = saved.state();
    let (pickles, end) = parts(state);
    let mut huge = state.to_vec();
    let at = huge.len() - 1;
    huge[at] = 0xff;
    let bad_opcode = [b"\xff", &pickles[1..]].concat();
    let unknown = b"\x80\x05X\x0a\x00\x00\x00module:nobQ\x94N.";
    let cases: [(&str, Vec<u8>); 9] = [
        ("empty", vec![]),
        ("too short", vec![0; 7]),
        ("no end", vec![0; 8]),
        ("a length beyond it", huge),
        ("cut", state[..state.len() / 2].to_vec()),
        ("no contents", join(pickles, b"\x80\x05N.")),
        (
            "more pickles than places",
            join(&[pickles, b"\x80\x05N."].concat(), end),
        ),
        ("an unknown opcode", join(&bad_opcode, end)),
        ("an unknown object", join(unknown, end)),
    ];
    for (what, state) in cases {
        assert_eq!(refused(&saved, &state), corrupt(), "{what}");
    }
}

#[test]
fn the_end_runs_nothing() {
    let saved = snapshot(&after("x = 1"));
    let (pickles, _) = parts(saved.state());
    let code = "import sys; sys.modules['__main__'].ran = 1";
    let end = format!("cbuiltins\nexec\n(V{code}\ntR.");
    assert_eq!(refused(&saved, &join(pickles, end.as_bytes())), corrupt());
}

#[test]
fn the_end_is_no_bomb() {
    let saved = snapshot(&after("x = 1"));
    let (pickles, _) = parts(saved.state());
    // A list of a million times the same list of a million texts.
    let mut end = b"\x80\x05(]\x94(\x8c\x01a\x94".to_vec();
    end.extend([b'2'; 1_000_000]);
    end.extend(b"e]\x94(h\x00");
    end.extend([b'2'; 1_000_000]);
    end.extend(b"e]]t.");
    assert_eq!(refused(&saved, &join(pickles, &end)), corrupt());
}

#[test]
fn a_setting_of_a_later_version_is_left_out() {
    let saved = snapshot(&after("import sys\nsys.setrecursionlimit(777)\nx = 1"));
    let (pickles, end) = parts(saved.state());
    let name = b"\x8c\x0frecursion limit";
    let at = end
        .windows(name.len())
        .position(|window| window == name)
        .unwrap();
    let mut end = end.to_vec();
    end[at + 2..at + 2 + 9].copy_from_slice(b"excursion");
    let runtime = runtime();
    let report = runtime
        .restore(&with_state(&saved, &join(pickles, &end)))
        .unwrap();
    let left_out: Vec<_> = report
        .left_out()
        .map(|(_, global)| global.name.as_str())
        .collect();
    assert_eq!(left_out, ["recursion limit"]);
    exec(&runtime, "assert x == 1 and sys.getrecursionlimit() != 777");
}

#[test]
fn what_python_does_not_like_names_the_setting() {
    let saved = snapshot(&after("import sys\nsys.setrecursionlimit(777)"));
    let state = saved.state();
    let at = state
        .windows(3)
        .position(|window| window == [b'M', 9, 3])
        .unwrap();
    let mut state = state.to_vec();
    state[at + 1..at + 3].fill(0);
    let runtime = runtime();
    let error = runtime.restore(&with_state(&saved, &state)).unwrap_err();
    assert_eq!(*error.kind(), SnapshotErrorKind::Python);
    assert!(
        error
            .to_string()
            .starts_with("can't restore recursion limit"),
        "{error}"
    );
}
