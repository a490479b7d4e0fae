//! The names that the host gives: of modules and of globals.

use rustpython_pickle::runtime::ErrorKind;

use super::{Runtime, built, eval};

/// No import asks for a module that is there already, so that the host's would never be found.
#[test]
fn modules_that_are_there_from_the_start_are_refused() {
    for name in ["sys", "builtins", "io", "__main__", "rustpython_pickle"] {
        for builder in [
            Runtime::builder().module(name, |module| module.constant("mine", 1)),
            Runtime::builder().module_source(name, "mine = 1"),
        ] {
            let error = builder.build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Options, "{name}: {error}");
            assert!(error.message().contains(name), "{error}");
        }
    }
    // Another one of the standard library's is the host's.
    let runtime = built(Runtime::builder().module_source("colorsys", "mine = 5"));
    assert_eq!(runtime.get::<u8>("colorsys.mine").expect("it is there"), 5);
}

#[test]
fn globals_have_names() {
    for name in ["a b", "", "5", "a.b"] {
        for builder in [
            Runtime::builder().global(name, 1),
            Runtime::builder().function(name, || 1),
        ] {
            let error = builder.build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Options, "{name:?}: {error}");
        }
    }
    let runtime = built(Runtime::builder().global("größe", 1));
    assert_eq!(eval::<u8>(&runtime, "größe"), 1);
}

/// RustPython panics at it when it warns of something.
#[test]
fn a_source_with_a_string_that_does_not_end() {
    let runtime = built(
        Runtime::builder()
            .module_source("bad", "é = 'ü")
            .module_source("good", "é = 'ü'"),
    );
    let error = runtime.import("bad").unwrap_err();
    assert_eq!(error.exception_type(), Some("SyntaxError"), "{error}");
    assert_eq!(runtime.get::<String>("good.é").expect("it goes on"), "ü");
}
