//! What the source of a restored session is to the runtime.

use core::ops::ControlFlow;

use rustpython_pickle::snapshot::{
    Observer, Progress, ReadOptions, RestoreOptions, SaveOptions, SnapshotErrorKind, Unpicklable,
    WriteOptions,
};

use super::{Runtime, built, eval, exec, runtime};

#[test]
fn chunks_are_not_named_as_those_of_the_session() {
    let saved = runtime();
    exec(&saved, "def first():\n    raise ValueError('first')\n");
    exec(&saved, "def second():\n    first()\n");
    let snapshot = saved
        .snapshot(&SaveOptions::new())
        .expect("it can be saved");
    drop(saved);

    let runtime: Runtime = runtime();
    exec(&runtime, "x = 1");
    runtime.restore(&snapshot).expect("it can be restored");
    exec(&runtime, "def third():\n    second()\n");
    exec(&runtime, "import inspect");
    for (name, source) in [
        ("first", "def first():\n    raise ValueError('first')\n"),
        ("second", "def second():\n    first()\n"),
        ("third", "def third():\n    second()\n"),
    ] {
        assert_eq!(
            eval::<String>(&runtime, &format!("inspect.getsource({name})")),
            source
        );
    }
    let error = runtime.exec("third()").unwrap_err();
    let traceback = error.traceback().expect("a traceback");
    for line in ["second()", "first()", "raise ValueError('first')"] {
        assert!(
            traceback.contains(&format!("\n    {line}\n")),
            "{traceback}"
        );
    }
}

/// A host that has learned something offers it to old sessions too.
#[test]
fn what_the_host_has_added_is_there_after_a_restore() {
    let old = Runtime::builder()
        .function("shout", |text: String| text.to_uppercase())
        .global("limit", 1);
    let saved = built(old);
    exec(&saved, "limit = 2\ndef f(): return shout('a')");
    let snapshot = saved
        .snapshot(&SaveOptions::new())
        .expect("it can be saved");
    drop(saved);

    let runtime = built(
        Runtime::builder()
            .function("shout", |text: String| format!("{text}!"))
            .function("whisper", |text: String| text.to_lowercase())
            .global("limit", 5)
            .global("colour", "red"),
    );
    exec(&runtime, "mine = 1");
    for _ in 0..2 {
        runtime.restore(&snapshot).expect("it can be restored");
        assert_eq!(eval::<String>(&runtime, "f()"), "a!");
        assert_eq!(eval::<String>(&runtime, "whisper('A') + colour"), "ared");
        // What the session has is the session's.
        assert_eq!(eval::<u8>(&runtime, "limit"), 2);
        assert!(!eval::<bool>(&runtime, "'mine' in globals()"));
    }
}

/// An interrupt or an exit says nothing of the object that was being saved.
#[test]
fn why_a_capture_has_ended() {
    let runtime = built(Runtime::builder().function("panics", || -> u8 { panic!("the host's") }));
    exec(
        &runtime,
        "class Ending:\n    def __reduce__(self):\n        return self.end()\nobject = Ending()",
    );
    for (end, kind) in [
        (
            "raise KeyboardInterrupt",
            Some(SnapshotErrorKind::Interrupted),
        ),
        ("raise SystemExit(3)", Some(SnapshotErrorKind::Python)),
        ("panics()", Some(SnapshotErrorKind::Python)),
        ("raise ValueError", None),
    ] {
        exec(
            &runtime,
            &format!("def end(self):\n    {end}\nEnding.end = end\ndel end"),
        );
        let options = SaveOptions::new().unpicklable(Unpicklable::LeaveOut);
        match (runtime.snapshot(&options), kind) {
            (Err(error), Some(kind)) => assert_eq!(error.kind(), &kind, "{end}: {error}"),
            (Ok(snapshot), None) => assert_eq!(snapshot.report().left_out().count(), 1),
            (result, _) => panic!("{end}: {result:?}"),
        }
    }
    let error = runtime.snapshot(&SaveOptions::new()).unwrap_err();
    let path = "object".to_owned();
    assert_eq!(error.kind(), &SnapshotErrorKind::Unpicklable { path });
}

#[test]
fn saving_and_loading_can_be_cancelled() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state");
    let runtime = runtime();
    exec(&runtime, "n = 1");
    let (save, write) = (SaveOptions::new(), WriteOptions::new);
    let mut enough = |_: &Progress| ControlFlow::Break(());
    let error = runtime
        .save_to_observed(&file, &save, write(), &mut Observer::new(&mut enough))
        .unwrap_err();
    assert_eq!(error.kind(), &SnapshotErrorKind::Cancelled);
    assert!(!file.exists());
    runtime
        .save_to(&file, &save, write())
        .expect("it can be saved");
    exec(&runtime, "n = 2");
    let (read, restore) = (ReadOptions::new(), RestoreOptions::new());
    let error = runtime
        .load_from_observed(&file, &read, &restore, &mut Observer::new(&mut enough))
        .unwrap_err();
    assert_eq!(error.kind(), &SnapshotErrorKind::Cancelled);
    assert_eq!(eval::<u8>(&runtime, "n"), 2);
    runtime.load_from(&file, &read).expect("it can be loaded");
    assert_eq!(eval::<u8>(&runtime, "n"), 1);
}

/// What the path of the saved session has twice is searched once.
#[test]
fn the_path_has_each_folder_once() {
    let runtime = runtime();
    exec(&runtime, "import sys\nsys.path[:0] = ['/a', '/b', '/a']");
    for _ in 0..2 {
        let snapshot = runtime
            .snapshot(&SaveOptions::new())
            .expect("it can be saved");
        runtime.restore(&snapshot).expect("it can be restored");
        let count = eval::<Vec<u8>>(&runtime, "[sys.path.count(p) for p in ('/a', '/b')]");
        assert_eq!(count, [1, 1]);
    }
}
