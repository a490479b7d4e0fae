//! Callables that change or end the process.

use crate::args;
use crate::attack::collector::Collector;
use crate::attack::{Class, Harm};
use crate::value::{Value, call, g, method, steps};

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Process);
    ending(all);
    changing(all);
}

fn ending(all: &mut Collector<'_>) {
    all.add("os._exit", "ends the process", |_| {
        call(g("os", "_exit"), args![0])
    })
    .harm(Harm::Ends);
    all.add("os.abort", "aborts the process", |_| {
        call(g("os", "abort"), vec![])
    })
    .harm(Harm::Ends);
    all.add("os.kill", "kills the process", |_| {
        let own = call(g("os", "getpid"), vec![]);
        call(g("os", "kill"), args![own, 9])
    })
    .harm(Harm::Ends);
    all.add("signal.raise_signal", "sends the process a signal", |_| {
        call(g("signal", "raise_signal"), args![15])
    })
    .harm(Harm::Ends)
    .since(8);
    all.add("faulthandler._sigsegv", "crashes the process", |_| {
        call(g("faulthandler", "_sigsegv"), vec![])
    })
    .harm(Harm::Ends);
    all.add("ctypes.string_at", "reads at any address", |_| {
        call(g("ctypes", "string_at"), args![0])
    })
    .module("_ctypes")
    .harm(Harm::Ends);
    all.add("ctypes.memset", "writes at any address", |_| {
        call(g("ctypes", "memset"), args![8, 1, 8])
    })
    .module("_ctypes")
    .harm(Harm::Ends);
    for (module, name) in [
        ("sys", "exit"),
        ("builtins", "exit"),
        ("_sitebuiltins", "Quitter"),
    ] {
        all.add(&format!("{module}.{name}"), "raises SystemExit", |_| {
            if name == "Quitter" {
                call(call(g(module, name), args!["quit", "end"]), vec![])
            } else {
                call(g(module, name), vec![])
            }
        })
        .harm(Harm::Raises("SystemExit"));
    }
    all.add("_thread.interrupt_main", "raises KeyboardInterrupt", |_| {
        call(g("_thread", "interrupt_main"), vec![])
    })
    .harm(Harm::Raises("KeyboardInterrupt"));
}

fn changing(all: &mut Collector<'_>) {
    all.add(
        "builtins.setattr",
        "replaces a function of a module",
        |_| {
            let os = g("shutil", "os");
            call(
                g("builtins", "setattr"),
                args![os, "getcwd", g("builtins", "len")],
            )
        },
    )
    .state("sys.modules['os'].getcwd is len");
    all.add("builtins.delattr", "removes a function of a module", |_| {
        call(g("builtins", "delattr"), args![g("shutil", "os"), "getcwd"])
    })
    .state("not hasattr(sys.modules['os'], 'getcwd')");
    all.add("operator.setitem", "replaces a module", |_| {
        let modules = g("sys", "modules");
        call(
            g("operator", "setitem"),
            args![modules, "hmac", g("shutil", "os")],
        )
    })
    .state("sys.modules['hmac'] is sys.modules['os']");
    all.add(
        "unittest.mock.patch",
        "replaces a function of a module",
        |_| {
            let patch = call(
                g("unittest.mock", "patch"),
                args!["os.getcwd", g("builtins", "len")],
            );
            method(patch, "start", vec![])
        },
    )
    .state("sys.modules['os'].getcwd is len");
    all.add("os.chdir", "changes the folder", |k| {
        call(g("os", "chdir"), args![&k.folder])
    })
    .state("sys.modules['os'].getcwd().endswith('os.chdir.d')");
    all.add("os.putenv", "changes the environment", |_| {
        call(g("os", "putenv"), args!["HOSTILE_SET", "1"])
    })
    .state("'1' in sys.modules['os'].popen('echo $HOSTILE_SET').read()");
    all.add("os.umask", "changes the rights of new files", |_| {
        call(g("os", "umask"), args![0])
    })
    .state("sys.modules['os'].umask(0) == 0");
    all.add("os.close", "closes a file of the process", |_| {
        call(g("os", "close"), args![0])
    })
    .state("not sys.modules['os'].path.exists('/dev/fd/0')");
    all.add("sys.settrace", "calls for every line", |_| {
        call(g("sys", "settrace"), vec![g("builtins", "print")])
    })
    .state("sys.gettrace() is print");
    all.add("sys.setprofile", "calls for every call", |_| {
        call(g("sys", "setprofile"), vec![g("builtins", "id")])
    })
    .harm(Harm::Raises("TypeError"));
    all.add(
        "sys.addaudithook",
        "calls for every event, for ever",
        |_| call(g("sys", "addaudithook"), vec![g("builtins", "exit")]),
    )
    // Nothing can be told any more.
    .harm(Harm::Ends)
    .since(8);
    all.add(
        "sys.setrecursionlimit",
        "takes the guard of the stack away",
        |_| call(g("sys", "setrecursionlimit"), args![1_000_000]),
    )
    .state("sys.getrecursionlimit() == 1_000_000");
    all.add(
        "sys.set_int_max_str_digits",
        "takes the guard of digits away",
        |_| call(g("sys", "set_int_max_str_digits"), args![0]),
    )
    .state("sys.get_int_max_str_digits() == 0")
    .since(11);
    all.add("gc.disable", "stops the collection of garbage", |_| {
        call(g("gc", "disable"), vec![])
    })
    .state("not sys.modules['gc'].isenabled()");
    all.add("random.seed", "makes random numbers known", |_| {
        call(g("random", "seed"), args![1])
    })
    .state("sys.modules['random'].random() == 0.13436424411240122");
    all.add("warnings.filterwarnings", "silences warnings", |_| {
        call(g("warnings", "filterwarnings"), args!["ignore", "hostile"])
    })
    .state("any('hostile' in str(f[1]) for f in sys.modules['warnings'].filters)");
    all.add("logging.disable", "silences logs", |_| {
        call(g("logging", "disable"), args![50])
    })
    .state("sys.modules['logging'].root.manager.disable == 50");
    all.add(
        "ssl-unverified",
        "turns the check of certificates off",
        |_| {
            let context = g("ssl", "_create_unverified_context");
            let module = call(g("builtins", "__import__"), args!["ssl"]);
            let set = args![module, "_create_default_https_context", context];
            steps(vec![call(g("builtins", "setattr"), set), Value::None])
        },
    )
    .module("_ssl")
    .state(
        "sys.modules['ssl']._create_default_https_context.__name__ == '_create_unverified_context'",
    );
    all.add(
        "abc.ABCMeta.register",
        "makes a class an instance of another",
        |_| {
            let register = call(g("operator", "attrgetter"), args!["register"]);
            call(
                call(register, vec![g("numbers", "Number")]),
                vec![g("builtins", "str")],
            )
        },
    )
    .state("issubclass(str, sys.modules['numbers'].Number)");
}
