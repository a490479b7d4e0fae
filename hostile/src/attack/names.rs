//! Names with dots, re-exports, and odd spellings.

use super::collector::Collector;
use super::{Class, Needs};
use crate::args;
use crate::asm::Asm;
use crate::value::{Value, call, g, method, steps};

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Name);
    dotted(all);
    reexported(all);
    spelled(all);
}

/// Names that are walked along their dots, which `STACK_GLOBAL` and protocol 4 do.
fn dotted(all: &mut Collector<'_>) {
    for (module, name) in [
        ("logging", "os.system"),
        ("os", "path.os.system"),
        ("os.path", "genericpath.os.system"),
        ("random", "_os.system"),
        ("shutil", "os.system"),
        ("tempfile", "_os.system"),
        ("multiprocessing.util", "os.system"),
        ("ctypes.util", "os.system"),
        ("fnmatch", "os.system"),
        ("glob", "os.system"),
        ("pprint", "_sys.modules.get"),
        ("asyncio.base_events", "subprocess.getoutput"),
        ("webbrowser", "subprocess.getoutput"),
    ] {
        let full = format!("dotted-{module}-{name}").replace("..", ".");
        all.add_in(
            4,
            &full,
            "walks from a module to another one's function",
            |k| {
                if name.ends_with("get") {
                    let os = call(g(module, name), args!["os"]);
                    method(os, "system", args![&k.sh])
                } else {
                    call(g(module, name), args![&k.sh])
                }
            },
        )
        .needs(if module == "ctypes.util" {
            Needs::Module("_ctypes")
        } else {
            Needs::Since(6)
        });
    }
    for (module, name) in [
        ("builtins", "len.__self__.eval"),
        ("builtins", "print.__self__.exec"),
        ("inspect", "builtins.eval"),
        ("gzip", "builtins.exec"),
        ("codecs", "builtins.exec"),
        ("__main__", "__builtins__.eval"),
    ] {
        let full = format!("dotted-{module}-{name}");
        all.add_in(4, &full, "walks from an object to eval or exec", |k| {
            call(g(module, name), args![&k.py])
        });
    }
    all.bytes(
        "dotted-global",
        "GLOBAL walks along dots, too, in protocol 4",
        |k| {
            let args = Asm::new()
                .proto(4)
                .global("logging", "os.system")
                .text(&k.sh);
            args.tuple1().reduce().stop()
        },
    );
    all.add_in(
        4,
        "dotted-function-globals",
        "walks to a function's globals",
        |k| {
            let get = g("collections", "Counter.update.__globals__.get");
            let sys = call(get, args!["_sys"]);
            let modules = call(g("builtins", "getattr"), args![sys, "modules"]);
            method(
                call(g("operator", "getitem"), args![modules, "os"]),
                "system",
                args![&k.sh],
            )
        },
    );
    all.add_in(
        4,
        "dotted-init-globals",
        "walks to the globals of a method",
        |k| {
            let get = g("os", "_wrap_close.__init__.__globals__.get");
            call(call(get, args!["system"]), args![&k.sh])
        },
    );
    all.add_in(
        4,
        "dotted-method",
        "names a method, to call it with any object",
        |k| {
            let path = call(g("pathlib", "PosixPath"), args![&k.marker]);
            call(g("pathlib", "Path.touch"), vec![path])
        },
    );
    all.add_in(
        4,
        "dotted-subclasses",
        "lists all classes there are",
        |_| call(g("builtins", "object.__subclasses__"), vec![]),
    )
    .state("len(loaded) > 50");
    all.add_in(
        4,
        "dotted-instance-method",
        "walks to a method of an existing object",
        |k| {
            call(
                g("logging", "root.manager.loggerDict.setdefault"),
                args!["hostile", &k.victim],
            )
        },
    )
    .state("'hostile' in sys.modules['logging'].root.manager.loggerDict");
    all.add_in(
        4,
        "dotted-module-loader",
        "walks to a module's loader",
        |k| {
            let os = call(g("builtins", "__loader__.load_module"), args!["posix"]);
            method(os, "system", args![&k.sh])
        },
    )
    .needs(Needs::Module("posix"))
    .needs(Needs::Before(15));
    all.add_in(4, "dotted-class-of-a-class", "walks to type", |k| {
        let made = super::made::attribute("__del__", super::made::lazy(k));
        let made = call(
            g("builtins", "int.__class__"),
            args!["Made", Value::Tuple(vec![]), made],
        );
        steps(vec![call(made, vec![]), Value::None])
    });
}

/// Functions that other modules than their own have under a plain name.
fn reexported(all: &mut Collector<'_>) {
    for (module, name) in [
        ("tokenize", "_builtin_open"),
        ("tokenize", "open"),
        ("_io", "open_code"),
        ("codecs", "open"),
    ] {
        let full = format!("reexported-{module}.{name}");
        all.add(
            &full,
            "opens a file by another module's name",
            |k| match name {
                "_builtin_open" => call(g(module, name), args![&k.marker, "w"]),
                "open" if module == "codecs" => call(g(module, name), args![&k.marker, "wb"]),
                _ => method(call(g(module, name), args![&k.victim]), "read", vec![]),
            },
        )
        .harm(match (module, name) {
            ("codecs", _) | (_, "_builtin_open") => super::Harm::Marker,
            _ => super::Harm::State("'secret' in str(loaded)".to_owned()),
        })
        .since(8);
    }
    for (module, attribute) in [
        ("os.path", "os"),
        ("posixpath", "os"),
        ("fileinput", "os"),
        ("fnmatch", "os"),
        ("filecmp", "os"),
        ("test.support", "os"),
    ] {
        let full = format!("reexported-{module}-{attribute}");
        let draft = all.add(&full, "finds a module in another one", |k| {
            method(g(module, attribute), "system", args![&k.sh])
        });
        if module == "test.support" {
            draft.module(module);
        }
    }
    for module in ["importlib._bootstrap", "_frozen_importlib"] {
        let full = format!("reexported-{module}._call_with_frames_removed");
        all.add(&full, "calls, inside the import system", |k| {
            let helper = g(module, "_call_with_frames_removed");
            call(helper, args![g("os", "system"), &k.sh])
        });
    }
    all.add(
        "reexported-numpy-myeval",
        "evaluates, inside a Fortran parser",
        |k| call(g("numpy.f2py.crackfortran", "myeval"), args![&k.py]),
    )
    .module("numpy");
    all.add(
        "reexported-importlib.machinery",
        "names a class by a package's face",
        |k| {
            let loader = g("importlib.machinery", "SourcelessFileLoader");
            let loader = call(loader, args!["evil", &k.victim]);
            method(loader, "get_data", args![&k.victim])
        },
    )
    .state("b'secret' in loaded");
}

/// Names that look like others, which a loader must not take for them.
fn spelled(all: &mut Collector<'_>) {
    for (name, module, attribute) in [
        ("fullwidth", "ｏｓ", "ｓｙｓｔｅｍ"),
        ("ligature", "ﬁle", "oſ"),
        ("cyrillic", "оs", "systеm"),
        ("zero-width", "o\u{200b}s", "sys\u{200d}tem"),
        ("soft-hyphen", "o\u{ad}s", "system\u{ad}"),
        ("right-to-left", "\u{202e}so\u{202c}", "metsys"),
    ] {
        let draft = all.add_in(
            4,
            &format!("spelled-{name}"),
            "a name that looks like os.system",
            |k| call(g(module, attribute), args![&k.sh]),
        );
        draft.needs(Needs::Other(
            "a loader that makes one name of two spellings",
        ));
    }
    for (name, module, attribute) in [
        ("nul", "os\0", "system\0"),
        ("newline", "os\n", "system\n"),
        ("space", " os", "system "),
        ("empty-parts", "os.", ".system"),
        ("empty", "", "os.system"),
        ("relative", ".os", "system"),
        ("upper", "OS", "SYSTEM"),
    ] {
        let draft = all.add_in(
            4,
            &format!("spelled-{name}"),
            "a name that is nearly os.system",
            |k| call(g(module, attribute), args![&k.sh]),
        );
        draft.needs(Needs::Other(
            "a loader that trims names, or cuts them at NUL",
        ));
    }
    all.bytes(
        "spelled-carriage-return",
        "GLOBAL with lines of another system",
        |k| {
            let args = Asm::new().raw(b"cos\r\nsystem\r\n").text(&k.sh);
            args.tuple1().reduce().stop()
        },
    )
    .needs(Needs::Other(
        "a loader that trims names, or cuts them at NUL",
    ));
}
