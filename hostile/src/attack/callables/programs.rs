//! Callables that start a program.

use crate::args;
use crate::attack::collector::{Collector, Spot};
use crate::attack::{Class, Needs};
use crate::value::{Value, call, g, list, method, tuple};

const NO_WINDOWS: Needs = Needs::Other("needs Windows");

/// A shell and its arguments.
fn shell(k: &Spot) -> Value {
    list(args!["sh", "-c", &k.sh])
}

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Program);
    by_os(all);
    by_subprocess(all);
    by_helpers(all);
}

fn by_os(all: &mut Collector<'_>) {
    all.add("os.system", "runs a shell command", Spot::system);
    all.add(
        "posix.system",
        "the same by the module that defines it",
        |k| call(g("posix", "system"), args![&k.sh]),
    );
    all.add("nt.system", "the same on Windows", |k| {
        call(g("nt", "system"), args![&k.sh])
    })
    .needs(NO_WINDOWS);
    all.add("os.startfile", "opens a file with its program", |k| {
        call(g("os", "startfile"), args![&k.victim])
    })
    .needs(NO_WINDOWS);
    all.add("os.popen", "runs a shell command with a pipe", |k| {
        call(g("os", "popen"), args![&k.sh])
    });
    all.add("os.spawnlp", "starts a program of PATH", |k| {
        call(g("os", "spawnlp"), args![0, "touch", "touch", &k.marker])
    });
    all.add("os.spawnv", "starts a program", |k| {
        call(g("os", "spawnv"), args![0, "/bin/sh", shell(k)])
    });
    all.add("os.spawnve", "starts a program with an environment", |k| {
        call(
            g("os", "spawnve"),
            args![0, "/bin/sh", shell(k), Value::Dict(vec![])],
        )
    });
    all.add("os.execvp", "becomes another program", |k| {
        call(g("os", "execvp"), args!["touch", k.argv()])
    });
    all.add(
        "os.execl",
        "becomes another program, arguments one by one",
        |k| call(g("os", "execl"), args!["/bin/sh", "sh", "-c", &k.sh]),
    );
    all.add(
        "posix.execve",
        "becomes another program, by the defining module",
        |k| {
            call(
                g("posix", "execve"),
                args!["/bin/sh", shell(k), Value::Dict(vec![])],
            )
        },
    );
    all.add("os.posix_spawn", "starts a program, the POSIX way", |k| {
        call(
            g("os", "posix_spawn"),
            args!["/bin/sh", shell(k), Value::Dict(vec![])],
        )
    });
    all.add("posix.posix_spawnp", "the same along PATH", |k| {
        call(
            g("posix", "posix_spawnp"),
            args!["sh", shell(k), Value::Dict(vec![])],
        )
    });
}

fn by_subprocess(all: &mut Collector<'_>) {
    for name in ["Popen", "call", "check_call", "check_output", "run"] {
        all.add(&format!("subprocess.{name}"), "starts a program", |k| {
            call(g("subprocess", name), vec![k.argv()])
        });
    }
    for name in ["getoutput", "getstatusoutput"] {
        all.add(&format!("subprocess.{name}"), "runs a shell command", |k| {
            call(g("subprocess", name), args![&k.sh])
        });
    }
    all.add("subprocess.Popen-shell", "runs a shell command", |k| {
        let (no, none) = (false, Value::None);
        let none = || none.clone();
        call(
            g("subprocess", "Popen"),
            args![&k.sh, -1, none(), none(), none(), none(), none(), no, true],
        )
    });
    for (name, arguments) in [("shell", false), ("exec", true)] {
        let full = format!("asyncio.create_subprocess_{name}");
        all.add(&full, "starts a program in an event loop", |k| {
            let make = g("asyncio", &format!("create_subprocess_{name}"));
            let args = if arguments {
                args!["touch", &k.marker]
            } else {
                args![&k.sh]
            };
            // The loop stays: its end would be the end of the program.
            let new = crate::value::keep(1, call(g("asyncio", "new_event_loop"), vec![]));
            let run = vec![call(make, args)];
            let run = method(crate::value::kept(1), "run_until_complete", run);
            let wait = call(g("time", "sleep"), vec![Value::Float(0.3)]);
            crate::value::steps(vec![new, run, wait])
        });
    }
}

fn by_helpers(all: &mut Collector<'_>) {
    all.add("pty.spawn", "starts a program on a pseudo-terminal", |k| {
        call(g("pty", "spawn"), vec![k.argv()])
    });
    all.add(
        "multiprocessing.util.spawnv_passfds",
        "starts a program",
        |k| {
            let bytes = |text: &str| Value::from(text.as_bytes().to_vec());
            let argv = list(vec![bytes("sh"), bytes("-c"), bytes(&k.sh)]);
            let spawn = g("multiprocessing.util", "spawnv_passfds");
            call(spawn, args![bytes("/bin/sh"), argv, tuple(vec![])])
        },
    );
    all.add(
        "webbrowser.GenericBrowser",
        "starts a program as a browser",
        |k| {
            let browser = call(
                g("webbrowser", "GenericBrowser"),
                args![list(args!["touch", "%s"])],
            );
            method(browser, "open", args![&k.marker])
        },
    );
    all.add(
        "uuid._get_command_stdout",
        "starts a program to find a MAC address",
        |k| call(g("uuid", "_get_command_stdout"), args!["touch", &k.marker]),
    )
    .since(9);
    all.add(
        "_osx_support._read_output",
        "runs a shell command to find a compiler",
        |k| call(g("_osx_support", "_read_output"), args![&k.sh]),
    );
    all.add("_aix_support._read_cmd_output", "the same on AIX", |k| {
        call(g("_aix_support", "_read_cmd_output"), args![&k.sh])
    })
    .since(12)
    .before(13);
    all.add(
        "_bootsubprocess.Popen",
        "starts a program while Python is built",
        |k| {
            let argv = list(args!["/bin/sh", "-c", &k.sh]);
            method(
                call(g("_bootsubprocess", "Popen"), vec![argv]),
                "wait",
                vec![],
            )
        },
    )
    .module("_bootsubprocess");
    all.add("pydoc.pipepager", "runs a shell command as a pager", |k| {
        call(g("pydoc", "pipepager"), args!["text", &k.sh])
    });
    all.add(
        "pydoc.tempfilepager",
        "runs a shell command as a pager of a file",
        |k| {
            call(
                g("pydoc", "tempfilepager"),
                args!["text", format!("{}; true", k.sh)],
            )
        },
    );
    all.add(
        "_pyrepl.pager.pipe_pager",
        "runs a shell command as a pager",
        |k| call(g("_pyrepl.pager", "pipe_pager"), args!["text", &k.sh]),
    )
    .since(13);
    all.add(
        "imaplib.IMAP4_stream",
        "runs a shell command as a mail server",
        |k| call(g("imaplib", "IMAP4_stream"), args![&k.sh]),
    );
    all.add("distutils.spawn.spawn", "starts a program", |k| {
        call(g("distutils.spawn", "spawn"), vec![k.argv()])
    })
    .module("distutils");
    all.add(
        "pipes.Template",
        "runs a shell command as a pipeline",
        |k| {
            let pipes = call(g("pipes", "Template"), vec![]);
            let kept = crate::value::keep(9, pipes);
            let append = method(crate::value::kept(9), "append", args![&k.sh, "--"]);
            let open = method(crate::value::kept(9), "copy", args![&k.victim, "/dev/null"]);
            crate::value::steps(vec![kept, append, open])
        },
    )
    .module("pipes");
    all.add("platform.popen", "runs a shell command", |k| {
        call(g("platform", "popen"), args![&k.sh])
    })
    .before(8);
    all.add(
        "test.support.script_helper",
        "starts a Python with arguments",
        |k| {
            let run = g("test.support.script_helper", "assert_python_ok");
            call(run, args!["-c", &k.py])
        },
    )
    .module("test.support");
    all.add(
        "ctypes.CDLL-system",
        "runs a shell command by the C library",
        |k| {
            let library = call(g("ctypes", "CDLL"), vec![Value::None]);
            let system = call(g("builtins", "getattr"), args![library, "system"]);
            call(system, args![k.sh.as_bytes().to_vec()])
        },
    )
    .module("_ctypes");
    all.add(
        "_ctypes.call_function",
        "runs a shell command by its address",
        |k| {
            let library = call(g("_ctypes", "dlopen"), args![Value::None, 2]);
            let address = call(g("_ctypes", "dlsym"), args![library, "system"]);
            let sh = tuple(args![k.sh.as_bytes().to_vec()]);
            call(g("_ctypes", "call_function"), vec![address, sh])
        },
    )
    .module("_ctypes");
    all.add("tkinter.Tcl", "runs a program by a Tcl interpreter", |k| {
        let tcl = call(g("tkinter", "Tcl"), vec![]);
        method(tcl, "eval", args![format!("exec touch {}", k.marker)])
    })
    .module("tkinter");
    all.add(
        "concurrent.futures.ThreadPoolExecutor",
        "runs a call in a thread",
        |k| {
            let pool = call(g("concurrent.futures", "ThreadPoolExecutor"), vec![]);
            method(pool, "submit", args![g("os", "system"), &k.sh])
        },
    );
    all.add(
        "concurrent.futures.ProcessPoolExecutor",
        "runs a call in a process",
        |k| {
            let pool = call(g("concurrent.futures", "ProcessPoolExecutor"), args![1]);
            method(pool, "submit", args![g("os", "system"), &k.sh])
        },
    );
    all.add(
        "multiprocessing.Process",
        "a process whose target is a call",
        |k| {
            let process = g("multiprocessing", "Process");
            let target = args![
                Value::None,
                g("os", "system"),
                Value::None,
                tuple(args![&k.sh])
            ];
            method(call(process, target), "run", vec![])
        },
    );
    all.add(
        "multiprocessing.pool.ThreadPool",
        "a pool whose workers begin with a call",
        |k| {
            let pool = g("multiprocessing.pool", "ThreadPool");
            call(pool, args![1, g("os", "system"), tuple(args![&k.sh])])
        },
    );
}
