//! Callables that call others, or find them by name.

use crate::args;
use crate::attack::Class;
use crate::attack::collector::{Collector, Spot};
use crate::attack::made::lazy;
use crate::value::{Value, call, g, list, method, steps, tuple};

/// What calls `os.system` when it is iterated over.
fn map(k: &Spot) -> Value {
    call(
        g("builtins", "map"),
        args![g("os", "system"), list(args![&k.sh])],
    )
}

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Indirect);
    finding(all);
    calling(all);
    iterating(all);
    later(all);
}

fn finding(all: &mut Collector<'_>) {
    let run = |found: Value, k: &Spot| call(found, args![&k.sh]);
    all.add("builtins.getattr", "finds an attribute of a module", |k| {
        let os = call(g("builtins", "__import__"), args!["os"]);
        run(call(g("builtins", "getattr"), args![os, "system"]), k)
    });
    all.add(
        "importlib.import_module-getattr",
        "finds a module, and its attribute",
        |k| {
            let os = call(g("importlib", "import_module"), args!["os"]);
            run(call(g("builtins", "getattr"), args![os, "system"]), k)
        },
    );
    all.add("importlib.__import__", "finds a module", |k| {
        let os = call(g("importlib", "__import__"), args!["os"]);
        method(os, "system", args![&k.sh])
    });
    all.add("pkgutil.resolve_name", "finds an object by its name", |k| {
        run(call(g("pkgutil", "resolve_name"), args!["os:system"]), k)
    })
    .since(9);
    all.add("pydoc.locate", "finds an object by its dotted name", |k| {
        run(call(g("pydoc", "locate"), args!["os.system"]), k)
    });
    all.add(
        "logging.config._resolve",
        "finds an object by its dotted name",
        |k| run(call(g("logging.config", "_resolve"), args!["os.system"]), k),
    );
    all.add(
        "logging.config.BaseConfigurator",
        "finds an object by ext://",
        |k| {
            let configurator = call(
                g("logging.config", "BaseConfigurator"),
                vec![Value::Dict(vec![])],
            );
            run(method(configurator, "convert", args!["ext://os.system"]), k)
        },
    );
    all.add("operator.attrgetter", "finds an attribute", |k| {
        let get = call(g("operator", "attrgetter"), args!["os.system"]);
        run(
            call(
                get,
                vec![call(g("builtins", "__import__"), args!["shutil"])],
            ),
            k,
        )
    });
    all.add(
        "operator.itemgetter",
        "finds a module in sys.modules",
        |k| {
            let get = call(g("operator", "itemgetter"), args!["os"]);
            let os = call(get, vec![g("sys", "modules")]);
            run(call(g("builtins", "getattr"), args![os, "system"]), k)
        },
    );
    all.add(
        "builtins.globals",
        "finds what the caller's module has imported",
        |k| {
            let globals = call(g("builtins", "globals"), vec![]);
            let sys = call(g("operator", "getitem"), args![globals, "sys"]);
            let modules = call(g("builtins", "getattr"), args![sys, "modules"]);
            let os = call(g("operator", "getitem"), args![modules, "os"]);
            method(os, "system", args![&k.sh])
        },
    );
    all.add(
        "builtins.vars",
        "finds a function in a module's dict",
        |k| {
            let vars = call(g("builtins", "vars"), vec![g("shutil", "os")]);
            run(call(g("operator", "getitem"), args![vars, "system"]), k)
        },
    );
    all.add("inspect.getattr_static", "finds an attribute", |k| {
        run(
            call(
                g("inspect", "getattr_static"),
                args![g("shutil", "os"), "system"],
            ),
            k,
        )
    });
    all.add("functools.reduce-getattr", "walks along attributes", |k| {
        let path = list(args![g("shutil", "os"), "system"]);
        run(
            call(
                g("functools", "reduce"),
                vec![g("builtins", "getattr"), path],
            ),
            k,
        )
    });
    all.add(
        "operator.attrgetter-globals",
        "finds the globals of a method",
        |k| {
            let cls = call(g("operator", "attrgetter"), args!["__init__.__globals__"]);
            let globals = call(cls, vec![g("os", "_wrap_close")]);
            run(call(g("operator", "getitem"), args![globals, "system"]), k)
        },
    );
    all.add(
        "gc.get_objects",
        "hands out every object of the process",
        |_| call(g("gc", "get_objects"), vec![]),
    )
    .state("len(loaded) > 100");
    all.add("sys._getframe", "hands out the frame of the caller", |_| {
        call(g("sys", "_getframe"), vec![])
    })
    .state("hasattr(loaded, 'f_globals')");
    all.add("ctypes.pythonapi", "hands out the C API", |_| {
        g("ctypes", "pythonapi")
    })
    .state("hasattr(loaded, 'PyRun_SimpleString')")
    .module("_ctypes");
}

fn calling(all: &mut Collector<'_>) {
    all.add("operator.methodcaller", "calls a method of a module", |k| {
        method(g("shutil", "os"), "system", args![&k.sh])
    });
    all.add("operator.call", "calls", |k| {
        call(g("operator", "call"), args![g("os", "system"), &k.sh])
    })
    .since(11);
    all.add(
        "_operator.methodcaller",
        "the same by the defining module",
        |k| {
            let caller = call(g("_operator", "methodcaller"), args!["system", &k.sh]);
            call(caller, vec![g("shutil", "os")])
        },
    );
    all.add("functools.partial", "calls with arguments kept", |k| {
        let partial = call(g("functools", "partial"), args![g("os", "system"), &k.sh]);
        call(partial, vec![])
    });
    all.add(
        "_functools.partial",
        "the same by the defining module",
        |k| {
            let partial = call(g("_functools", "partial"), args![g("os", "system"), &k.sh]);
            call(partial, vec![])
        },
    );
    all.add(
        "functools.partialmethod",
        "keeps a callable, and hands it out",
        |k| {
            let made = call(
                g("functools", "partialmethod"),
                args![g("os", "system"), &k.sh],
            );
            let kept = call(g("builtins", "getattr"), args![made, "func"]);
            call(kept, args![&k.sh])
        },
    );
    all.add(
        "types.MethodType",
        "binds any callable to any object",
        |k| {
            call(
                call(g("types", "MethodType"), args![g("os", "system"), &k.sh]),
                vec![],
            )
        },
    );
    all.add("contextvars.Context.run", "calls in a context", |k| {
        let context = call(g("contextvars", "Context"), vec![]);
        method(context, "run", args![g("os", "system"), &k.sh])
    });
    all.add("types.new_class", "calls what fills the class", |k| {
        // The function gets the namespace, a dict: exec takes it as globals.
        let body = call(g("builtins", "compile"), args![&k.py, "made", "exec"]);
        let body = call(
            g("functools", "partial"),
            args![g("builtins", "exec"), body],
        );
        let none = || Value::None;
        call(
            g("types", "new_class"),
            args!["Made", tuple(vec![]), none(), body],
        )
    });
    all.add("contextlib.ExitStack", "calls when it is left", |k| {
        let stack = crate::value::keep(1, call(g("contextlib", "ExitStack"), vec![]));
        let push = method(
            crate::value::kept(1),
            "callback",
            args![g("os", "system"), &k.sh],
        );
        steps(vec![
            stack,
            push,
            method(crate::value::kept(1), "close", vec![]),
        ])
    });
    all.add("sched.scheduler", "calls at a time", |k| {
        let sched = crate::value::keep(1, call(g("sched", "scheduler"), vec![]));
        let enter = args![0, 1, g("os", "system"), tuple(args![&k.sh])];
        let enter = method(crate::value::kept(1), "enter", enter);
        steps(vec![
            sched,
            enter,
            method(crate::value::kept(1), "run", vec![]),
        ])
    });
    all.add("unittest.TestCase", "asserts that a call raises", |k| {
        let case = call(g("unittest", "FunctionTestCase"), vec![lazy(k)]);
        method(case, "debug", vec![])
    });
    all.add("re.sub", "calls for each match", |k| {
        // The callable gets the match, and hands out its text.
        let replacement = call(g("operator", "methodcaller"), args!["group"]);
        let text = call(g("re", "sub"), args!["a+", replacement, &k.sh]);
        call(g("os", "system"), vec![text])
    });
    all.add("copyreg.__newobj__", "calls any __new__", |k| {
        let partial = g("functools", "partial");
        let made = call(
            g("copyreg", "__newobj__"),
            args![partial, g("os", "system"), &k.sh],
        );
        call(made, vec![])
    });
    all.add(
        "copyreg.__newobj_ex__",
        "calls any __new__ with keywords",
        |k| {
            let partial = g("functools", "partial");
            let positional = tuple(args![g("os", "system"), &k.sh]);
            let made = args![partial, positional, Value::Dict(vec![])];
            call(call(g("copyreg", "__newobj_ex__"), made), vec![])
        },
    );
}

fn iterating(all: &mut Collector<'_>) {
    for (module, name) in [
        ("builtins", "list"),
        ("builtins", "tuple"),
        ("builtins", "set"),
        ("builtins", "frozenset"),
        ("builtins", "sorted"),
        ("builtins", "any"),
        ("builtins", "sum"),
        ("builtins", "max"),
        ("builtins", "next"),
        ("builtins", "bytearray"),
        ("builtins", "bytes"),
        ("collections", "deque"),
        ("collections", "Counter"),
        ("statistics", "mean"),
        ("math", "fsum"),
    ] {
        let full = format!("{module}.{name}-map");
        all.add(&full, "reads a map, which calls os.system", |k| {
            call(g(module, name), vec![map(k)])
        });
    }
    for name in ["filter", "takewhile", "dropwhile", "filterfalse", "starmap"] {
        let module = if name == "filter" {
            "builtins"
        } else {
            "itertools"
        };
        all.add(&format!("{module}.{name}"), "calls for each item", |k| {
            let item = if name == "starmap" {
                tuple(args![&k.sh])
            } else {
                (&k.sh).into()
            };
            let lazy = call(g(module, name), vec![g("os", "system"), list(vec![item])]);
            call(g("builtins", "list"), vec![lazy])
        });
    }
    all.add("itertools.accumulate", "calls with two items", |k| {
        let items = list(args![&k.victim, &k.marker]);
        let lazy = call(g("itertools", "accumulate"), vec![items, g("os", "link")]);
        call(g("builtins", "list"), vec![lazy])
    });
    all.add("functools.reduce", "calls with two items", |k| {
        let items = list(args![&k.victim, &k.marker]);
        call(g("functools", "reduce"), vec![g("os", "link"), items])
    });
    all.add(
        "collections.defaultdict-getitem",
        "calls for a key that is missing",
        |k| {
            let dict = call(g("collections", "defaultdict"), vec![lazy(k)]);
            call(g("operator", "getitem"), args![dict, 1])
        },
    );
}

fn later(all: &mut Collector<'_>) {
    all.add("atexit.register", "calls when the process ends", |k| {
        call(g("atexit", "register"), args![g("os", "system"), &k.sh])
    });
    all.add("weakref.finalize", "calls when an object is gone", |k| {
        let object = call(g("collections", "OrderedDict"), vec![]);
        call(
            g("weakref", "finalize"),
            args![object, g("os", "system"), &k.sh],
        )
    });
    all.add("weakref.ref", "calls when an object is gone", |k| {
        let source = format!("lambda reference: {}", k.py);
        let callback = call(g("builtins", "eval"), args![source]);
        let object = call(g("collections", "OrderedDict"), vec![]);
        let reference = crate::value::keep(1, object);
        let reference = call(g("weakref", "ref"), vec![reference, callback]);
        let forget = Value::from(crate::asm::Asm::new().none().binput(1));
        list(vec![reference, forget])
    });
    all.add("_thread.start_new_thread", "calls in a thread", |k| {
        let args = tuple(args![&k.sh]);
        let start = call(
            g("_thread", "start_new_thread"),
            vec![g("os", "system"), args],
        );
        // The end of the process would be the end of the thread.
        steps(vec![
            start,
            call(g("time", "sleep"), vec![Value::Float(0.3)]),
        ])
    });
    all.add("threading.Timer", "calls after a while", |k| {
        let timer = args![0, g("os", "system"), list(args![&k.sh])];
        method(call(g("threading", "Timer"), timer), "start", vec![])
    });
    all.add("threading.Thread", "calls in a thread", |k| {
        let thread = args![
            Value::None,
            g("os", "system"),
            Value::None,
            tuple(args![&k.sh])
        ];
        method(call(g("threading", "Thread"), thread), "start", vec![])
    });
    all.add("signal.signal", "calls on a signal", |k| {
        let source = format!("lambda signal, frame: {}", k.py);
        let handler = call(g("builtins", "eval"), args![source]);
        let set = call(g("signal", "signal"), args![10, handler]);
        steps(vec![set, call(g("signal", "raise_signal"), args![10])])
    })
    .since(8);
    all.add(
        "codecs.register",
        "calls for every unknown encoding",
        |_| {
            let set = call(g("codecs", "register"), vec![g("os", "system")]);
            steps(vec![set, Value::None])
        },
    )
    .state("sys.modules['codecs'].unregister(sys.modules['os'].system) is None")
    .since(10);
}
