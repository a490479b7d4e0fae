//! Callables that run Python code given as text or as a code object.

use crate::args;
use crate::attack::Class;
use crate::attack::collector::{Collector, Spot};
use crate::value::{Value, build, call, dict, g, list, method};

fn compiled(k: &Spot) -> Value {
    call(g("builtins", "compile"), args![&k.py, "made", "exec"])
}

fn empty() -> Value {
    Value::Dict(vec![])
}

/// Globals for a function, which has the builtins only if they say so before 3.10.
fn globals() -> Value {
    dict([("__builtins__", g("builtins", "__dict__"))])
}

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Code);
    by_builtins(all);
    by_debuggers(all);
    by_tools(all);
    by_interpreters(all);
}

fn by_builtins(all: &mut Collector<'_>) {
    for name in ["eval", "exec"] {
        all.add(&format!("builtins.{name}"), "runs Python code", |k| {
            call(g("builtins", name), args![&k.py])
        });
    }
    all.add("builtins.exec-code", "runs a compiled code object", |k| {
        call(g("builtins", "exec"), vec![compiled(k)])
    });
    all.add(
        "types.FunctionType",
        "makes a function of a code object",
        |k| {
            call(
                call(g("types", "FunctionType"), vec![compiled(k), globals()]),
                vec![],
            )
        },
    );
    all.add("types.CodeType.replace", "changes a code object", |k| {
        let code = method(compiled(k), "replace", vec![]);
        call(
            call(g("types", "FunctionType"), vec![code, globals()]),
            vec![],
        )
    })
    .since(8);
    all.add(
        "types.LambdaType",
        "FunctionType under its other name",
        |k| {
            call(
                call(g("types", "LambdaType"), vec![compiled(k), globals()]),
                vec![],
            )
        },
    );
    all.add("marshal.loads", "makes a code object of bytes", |k| {
        let bytes = call(g("marshal", "dumps"), vec![compiled(k)]);
        let code = call(g("marshal", "loads"), vec![bytes]);
        call(
            call(g("types", "FunctionType"), vec![code, globals()]),
            vec![],
        )
    });
    all.add(
        "builtins.breakpoint",
        "starts a debugger, which reads commands",
        |_| call(g("builtins", "breakpoint"), vec![]),
    );
    all.add("builtins.input", "reads what somebody types", |_| {
        call(g("builtins", "input"), vec![])
    })
    .state("loaded.startswith('open(')");
    all.add(
        "builtins.type-annotations",
        "evaluates an annotation",
        |k| {
            let made = g("types", "SimpleNamespace");
            let annotated = build(
                call(made, vec![]),
                dict([("__annotations__", dict([("a", (&k.py).into())]))]),
            );
            call(
                g("typing", "get_type_hints"),
                args![annotated, empty(), empty()],
            )
        },
    );
}

fn by_debuggers(all: &mut Collector<'_>) {
    all.add(
        "pdb.run",
        "runs code in a debugger, which reads commands",
        |k| call(g("pdb", "run"), args![&k.py]),
    );
    all.add("pdb.runeval", "evaluates code in a debugger", |k| {
        call(g("pdb", "runeval"), args![&k.py])
    });
    all.add(
        "pdb.set_trace",
        "starts a debugger, which reads commands",
        |_| call(g("pdb", "set_trace"), vec![]),
    );
    all.add("pdb.runcall", "calls a function in a debugger", |k| {
        call(g("pdb", "runcall"), args![g("os", "system"), &k.sh])
    });
    all.add(
        "bdb.Bdb.run",
        "runs code under the debugger's base class",
        |k| method(call(g("bdb", "Bdb"), vec![]), "runeval", args![&k.py]),
    );
    all.add(
        "bdb.Bdb.runcall",
        "calls under the debugger's base class",
        |k| {
            method(
                call(g("bdb", "Bdb"), vec![]),
                "runcall",
                args![g("os", "system"), &k.sh],
            )
        },
    );
    for (module, name) in [("cProfile", "run"), ("profile", "run")] {
        all.add(
            &format!("{module}.{name}"),
            "runs code under a profiler",
            |k| call(g(module, name), args![&k.py]),
        );
    }
    all.add(
        "cProfile.runctx",
        "runs code under a profiler, with globals",
        |k| call(g("cProfile", "runctx"), args![&k.py, empty(), empty()]),
    );
    all.add("profile.Profile.run", "the method of the profiler", |k| {
        method(call(g("profile", "Profile"), vec![]), "run", args![&k.py])
    });
    all.add("profile.Profile.runcall", "calls under a profiler", |k| {
        let profile = call(g("profile", "Profile"), vec![]);
        method(profile, "runcall", args![g("os", "system"), &k.sh])
    });
    all.add("trace.Trace.run", "runs code while it traces", |k| {
        method(call(g("trace", "Trace"), vec![]), "run", args![&k.py])
    });
    all.add("trace.Trace.runfunc", "calls while it traces", |k| {
        let trace = call(g("trace", "Trace"), vec![]);
        method(trace, "runfunc", args![g("os", "system"), &k.sh])
    });
}

fn by_tools(all: &mut Collector<'_>) {
    all.add("timeit.timeit", "times code: its setup runs once", |k| {
        call(g("timeit", "timeit"), args!["pass", &k.py])
    });
    all.add("timeit.repeat", "times code again and again", |k| {
        call(g("timeit", "repeat"), args!["pass", &k.py])
    });
    all.add("timeit.Timer", "an object that times code", |k| {
        method(call(g("timeit", "Timer"), args![&k.py]), "timeit", args![1])
    });
    all.add("timeit.main", "the command line of timeit", |k| {
        call(
            g("timeit", "main"),
            vec![list(args!["-n", "1", "-r", "1", &k.py])],
        )
    });
    all.add("doctest.debug_script", "runs code in a debugger", |k| {
        call(g("doctest", "debug_script"), args![&k.py, true])
    });
    all.add("doctest.DocTestRunner", "runs examples", |k| {
        let text = format!(">>> {}\n", k.py);
        let parser = call(g("doctest", "DocTestParser"), vec![]);
        let args = args![text, Value::Dict(vec![]), "made", Value::None, Value::None];
        let examples = method(parser, "get_doctest", args);
        method(
            call(g("doctest", "DocTestRunner"), vec![]),
            "run",
            vec![examples],
        )
    });
    all.add("code.interact", "reads lines and runs them", |_| {
        call(g("code", "interact"), vec![])
    });
    all.add("code.InteractiveInterpreter", "runs a source text", |k| {
        let interpreter = call(g("code", "InteractiveInterpreter"), vec![]);
        method(interpreter, "runsource", args![&k.py])
    });
    all.add("code.InteractiveConsole", "is fed a line", |k| {
        let console = call(g("code", "InteractiveConsole"), vec![]);
        method(console, "push", args![&k.py])
    });
    all.add(
        "code.InteractiveInterpreter.runcode",
        "runs a code object of codeop's",
        |k| {
            let code = call(g("codeop", "compile_command"), args![&k.py]);
            method(
                call(g("code", "InteractiveInterpreter"), vec![]),
                "runcode",
                vec![code],
            )
        },
    );
    all.add("runpy._run_code", "runs a code object as a module", |k| {
        call(g("runpy", "_run_code"), vec![compiled(k), empty()])
    });
    all.add("typing._eval_type", "evaluates a forward reference", |k| {
        let reference = call(g("typing", "ForwardRef"), args![&k.py]);
        call(g("typing", "_eval_type"), vec![reference, empty(), empty()])
    })
    .before(14);
    all.add(
        "annotationlib.ForwardRef",
        "evaluates a forward reference",
        |k| {
            method(
                call(g("annotationlib", "ForwardRef"), args![&k.py]),
                "evaluate",
                vec![],
            )
        },
    )
    .since(14);
    all.add("dataclasses._create_fn", "makes a function of text", |k| {
        let body = list(args![&k.py]);
        let function = call(
            g("dataclasses", "_create_fn"),
            args!["f", list(vec![]), body],
        );
        call(function, vec![])
    })
    .before(13);
    all.add(
        "logging.config.fileConfig",
        "evaluates what a configuration file says",
        |k| {
            call(
                g("logging.config", "fileConfig"),
                args![k.beside("log.ini")],
            )
        },
    )
    .file("log.ini", |k| {
        format!(
            "[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=\n\
             [logger_root]\nhandlers=h\n[handler_h]\nclass=StreamHandler\nargs=({},)[:0]\n",
            k.py
        )
        .into_bytes()
    });
    all.add(
        "logging.config.dictConfig",
        "calls a factory that a configuration names",
        |k| {
            let handler = dict([("()", "os.system".into()), ("command", (&k.sh).into())]);
            let config = dict([("version", 1.into()), ("handlers", dict([("h", handler)]))]);
            call(g("logging.config", "dictConfig"), vec![config])
        },
    );
    all.add(
        "unittest.mock._importer",
        "finds an object by its dotted name",
        |k| {
            call(
                call(g("unittest.mock", "_importer"), args!["os.system"]),
                args![&k.sh],
            )
        },
    )
    .before(9);
    all.add(
        "idlelib.calltip.get_entity",
        "evaluates an expression",
        |k| call(g("idlelib.calltip", "get_entity"), args![&k.py]),
    )
    .module("idlelib")
    .module("tkinter");
    all.add("idlelib.autocomplete", "evaluates an expression", |k| {
        let complete = call(g("idlelib.autocomplete", "AutoComplete"), vec![]);
        method(complete, "get_entity", args![&k.py])
    })
    .module("idlelib")
    .module("tkinter");
    all.add(
        "lib2to3.pgen2.grammar.Grammar.loads",
        "loads a pickle in the pickle",
        |k| {
            let grammar = call(g("lib2to3.pgen2.grammar", "Grammar"), vec![]);
            method(grammar, "loads", args![k.system().pickle(2)])
        },
    )
    .module("lib2to3");
}

fn by_interpreters(all: &mut Collector<'_>) {
    all.add(
        "concurrent.interpreters",
        "runs code in another interpreter",
        |k| {
            let other = call(g("concurrent.interpreters", "create"), vec![]);
            method(other, "exec", args![&k.py])
        },
    )
    .since(14);
    all.add(
        "_interpreters.exec",
        "the same by the defining module",
        |k| {
            let other = call(g("_interpreters", "create"), vec![]);
            call(g("_interpreters", "exec"), args![other, &k.py])
        },
    )
    .since(13);
    all.add(
        "_xxsubinterpreters.run_string",
        "the same in older versions",
        |k| {
            let other = call(g("_xxsubinterpreters", "create"), vec![]);
            call(g("_xxsubinterpreters", "run_string"), args![other, &k.py])
        },
    )
    .since(8)
    .before(13);
    all.add(
        "test.support.run_in_subinterp",
        "runs code in another interpreter",
        |k| call(g("test.support", "run_in_subinterp"), args![&k.py]),
    )
    .module("test.support")
    .module("_testcapi");
}
