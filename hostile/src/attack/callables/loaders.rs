//! Callables that load code from files, or pickles inside the pickle.

use crate::args;
use crate::attack::Class;
use crate::attack::collector::{Collector, Spot};
use crate::pack::{Member, npy, zip};
use crate::value::{Value, call, g, list, method};

/// The file `evil.py`, which makes the marker.
fn evil(k: &Spot) -> Vec<u8> {
    format!("{}\n", k.py).into_bytes()
}

fn inner(k: &Spot) -> Vec<u8> {
    k.system().pickle(4)
}

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Code);
    from_files(all);
    from_pickles(all);
}

fn from_files(all: &mut Collector<'_>) {
    all.add("runpy.run_path", "runs a file", |k| {
        call(g("runpy", "run_path"), args![k.beside("evil.py")])
    })
    .file("evil.py", evil);
    all.add("runpy._run_module_code", "runs code as a module", |k| {
        let code = call(g("builtins", "compile"), args![&k.py, "made", "exec"]);
        call(
            g("runpy", "_run_module_code"),
            args![code, Value::Dict(vec![]), "made"],
        )
    });
    all.add(
        "importlib.import_module",
        "imports a module from a folder put on sys.path",
        |k| {
            let append = method(g("sys", "path"), "append", args![&k.folder]);
            let import = call(g("importlib", "import_module"), args!["hostile_evil"]);
            crate::value::steps(vec![append, import])
        },
    )
    .file("hostile_evil.py", evil);
    all.add(
        "builtins.__import__",
        "imports a module from a folder put on sys.path",
        |k| {
            let append = method(g("sys", "path"), "append", args![&k.folder]);
            let import = call(g("builtins", "__import__"), args!["hostile_evil"]);
            crate::value::steps(vec![append, import])
        },
    )
    .file("hostile_evil.py", evil);
    all.add(
        "global-imports",
        "GLOBAL itself imports a module from sys.path",
        |k| {
            let append = method(g("sys", "path"), "append", args![&k.folder]);
            crate::value::steps(vec![append, g("hostile_evil", "__name__")])
        },
    )
    .file("hostile_evil.py", evil);
    all.add(
        "importlib.machinery.SourceFileLoader",
        "imports a file",
        |k| {
            let loader = g("importlib.machinery", "SourceFileLoader");
            method(
                call(loader, args!["evil", k.beside("evil.py")]),
                "load_module",
                vec![],
            )
        },
    )
    .file("evil.py", evil)
    .before(15);
    all.add("importlib.reload", "imports a module again", |k| {
        let append = method(g("sys", "path"), "insert", args![0, &k.folder]);
        let reload = call(
            g("importlib", "reload"),
            vec![call(g("builtins", "__import__"), args!["this"])],
        );
        crate::value::steps(vec![append, reload])
    })
    .file("this.py", evil);
    all.add("imp.load_source", "imports a file", |k| {
        call(g("imp", "load_source"), args!["evil", k.beside("evil.py")])
    })
    .file("evil.py", evil)
    .module("imp");
    all.add("pydoc.importfile", "imports a file", |k| {
        call(g("pydoc", "importfile"), args![k.beside("evil.py")])
    })
    .file("evil.py", evil);
    all.add(
        "zipimport.zipimporter",
        "imports a module from a zip archive",
        |k| {
            let importer = call(g("zipimport", "zipimporter"), args![k.beside("evil.zip")]);
            method(importer, "load_module", args!["evil"])
        },
    )
    .file("evil.zip", |k| zip(&[Member::new("evil.py", evil(k))]))
    .before(15);
    all.add(
        "site.addsitedir",
        "runs the import lines of a .pth file",
        |k| call(g("site", "addsitedir"), args![&k.folder]),
    )
    .file("evil.pth", |k| {
        format!("import os; {}\n", k.py).into_bytes()
    });
    all.add(
        "site.addpackage",
        "runs the import lines of one .pth file",
        |k| {
            call(
                g("site", "addpackage"),
                args![&k.folder, "evil.pth", Value::None],
            )
        },
    )
    .file("evil.pth", |k| {
        format!("import os; {}\n", k.py).into_bytes()
    });
    all.add(
        "test.support.import_helper",
        "imports a fresh module",
        |k| {
            let append = method(g("sys", "path"), "insert", args![0, &k.folder]);
            let import = g("test.support.import_helper", "import_fresh_module");
            crate::value::steps(vec![append, call(import, args!["hostile_evil"])])
        },
    )
    .file("hostile_evil.py", evil)
    .module("test.support")
    .since(10);
    all.add("distutils.core.run_setup", "runs a setup script", |k| {
        call(g("distutils.core", "run_setup"), args![k.beside("evil.py")])
    })
    .file("evil.py", evil)
    .module("distutils");
    all.add("unittest.main", "loads a file as a test", |k| {
        let append = method(g("sys", "path"), "insert", args![0, &k.folder]);
        let argv = list(args!["unittest", "hostile_evil"]);
        let run = call(g("unittest", "main"), args![Value::None, Value::None, argv]);
        crate::value::steps(vec![append, run])
    })
    .file("hostile_evil.py", evil);
    all.add("ctypes.CDLL-file", "loads a shared library", |k| {
        call(g("ctypes", "CDLL"), args![&k.victim])
    })
    .module("_ctypes")
    .harm(crate::attack::Harm::Raises("OSError"));
    all.add("_imp.create_dynamic", "loads an extension module", |k| {
        let spec = g("importlib.util", "spec_from_file_location");
        let spec = call(spec, args!["evil", k.beside("evil.so")]);
        call(g("_imp", "create_dynamic"), vec![spec])
    })
    .file("evil.so", |_| b"no library".to_vec())
    .harm(crate::attack::Harm::Raises("ImportError"));
}

fn from_pickles(all: &mut Collector<'_>) {
    for (module, name) in [
        ("pickle", "loads"),
        ("_pickle", "loads"),
        ("pickle", "_loads"),
        ("multiprocessing.reduction", "ForkingPickler.loads"),
        ("cloudpickle", "loads"),
        ("dill", "loads"),
    ] {
        let name_of = format!("{module}.{name}");
        let nested = |k: &Spot| call(g(module, name), args![inner(k)]);
        let draft = all.add_in(4, &name_of, "loads a pickle in the pickle", nested);
        if matches!(module, "cloudpickle" | "dill") {
            draft.module(module);
        }
    }
    all.add("pickle.load", "loads a pickle from another file", |k| {
        call(
            g("pickle", "load"),
            vec![call(g("io", "open"), args![k.beside("evil"), "rb"])],
        )
    })
    .file("evil", inner);
    all.add(
        "pickle.Unpickler",
        "loads a pickle from bytes as a file",
        |k| {
            let file = call(g("io", "BytesIO"), args![inner(k)]);
            method(call(g("pickle", "Unpickler"), vec![file]), "load", vec![])
        },
    );
    all.add(
        "pickle._Unpickler.find_class",
        "finds a global by an unpickler's own method",
        |k| {
            let file = call(g("io", "BytesIO"), args![inner(k)]);
            let unpickler = call(g("pickle", "_Unpickler"), vec![file]);
            call(
                method(unpickler, "find_class", args!["os", "system"]),
                args![&k.sh],
            )
        },
    );
    all.add(
        "pickle-four-deep",
        "a pickle in a pickle in a pickle in a pickle",
        |k| {
            let nest = |bytes: Vec<u8>| call(g("pickle", "loads"), args![bytes]);
            nest(nest(nest(inner(k)).pickle(0)).pickle(3))
        },
    );
    all.add("shelve.open", "loads a pickle from a shelf", |k| {
        let shelf = call(g("shelve", "open"), args![k.beside("shelf")]);
        call(g("operator", "getitem"), args![shelf, "key"])
    })
    .file("shelf.dat", inner)
    .file("shelf.dir", |k| {
        format!("'key', (0, {})\n", inner(k).len()).into_bytes()
    });
    all.add(
        "logging.config.listen",
        "starts a server that takes configurations",
        |_| call(g("logging.config", "listen"), args![0]),
    )
    .state("callable(loaded.start)");
    all.add("joblib.load", "loads a pickle from a file", |k| {
        call(g("joblib", "load"), args![k.beside("evil.pkl")])
    })
    .file("evil.pkl", inner)
    .module("joblib");
    all.add("pandas.read_pickle", "loads a pickle from a file", |k| {
        call(g("pandas", "read_pickle"), args![k.beside("evil.pkl")])
    })
    .file("evil.pkl", inner)
    .module("pandas");
    all.add("numpy.load", "loads a pickle from an .npy file", |k| {
        call(
            g("numpy", "load"),
            args![k.beside("evil.npy"), Value::None, true],
        )
    })
    .file("evil.npy", |k| npy(&inner(k)))
    .module("numpy");
    all.add("numpy.testing.runstring", "runs Python code", |k| {
        let run = g("numpy.testing._private.utils", "runstring");
        call(run, args![&k.py, Value::Dict(vec![])])
    })
    .module("numpy");
    all.add("torch.load", "loads a pickle from a file", |k| {
        call(g("torch", "load"), args![k.beside("evil.pt")])
    })
    .file("evil.pt", inner)
    .module("torch")
    .needs(crate::attack::Needs::Other(
        "a torch before 2.6, whose default loads anything",
    ));
}
