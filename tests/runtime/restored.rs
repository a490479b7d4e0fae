//! What the source of a restored session is to the runtime.

use rustpython_pickle::snapshot::SaveOptions;

use super::{Runtime, eval, exec, runtime};

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
