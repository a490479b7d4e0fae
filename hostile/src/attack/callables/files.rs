//! Callables that read, write, move or remove files.

use crate::args;
use crate::attack::collector::Collector;
use crate::attack::{Class, Harm};
use crate::value::{Value, call, dict, g, list, method, steps};

/// `O_CREAT | O_WRONLY` on Linux.
const CREATE: i64 = 0o101;

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Files);
    opening(all);
    by_os(all);
    by_shutil(all);
    by_formats(all);
    reading(all);
}

fn opening(all: &mut Collector<'_>) {
    for (module, name) in [
        ("builtins", "open"),
        ("io", "open"),
        ("_io", "open"),
        ("io", "FileIO"),
        ("_io", "FileIO"),
        ("codecs", "open"),
        ("_pyio", "open"),
        ("gzip", "open"),
        ("bz2", "BZ2File"),
        ("lzma", "LZMAFile"),
        ("tarfile", "open"),
        ("zipfile", "ZipFile"),
        ("wave", "open"),
    ] {
        let full = format!("{module}.{name}");
        all.add(&full, "empties or makes a file", |k| {
            call(g(module, name), args![&k.marker, "w"])
        });
    }
    all.add("os.open", "makes a file", |k| {
        call(g("os", "open"), args![&k.marker, CREATE])
    });
    all.add("pathlib.Path.write_text", "writes a file", |k| {
        let path = call(g("pathlib", "PosixPath"), args![&k.marker]);
        method(path, "write_text", args!["text"])
    });
    all.add("pathlib.Path.touch", "makes a file", |k| {
        method(
            call(g("pathlib", "Path"), args![&k.marker]),
            "touch",
            vec![],
        )
    });
    all.add("logging.FileHandler", "makes a log file", |k| {
        call(g("logging", "FileHandler"), args![&k.marker])
    });
    all.add("logging.config.dictConfig-file", "makes a log file", |k| {
        let handler = dict([
            ("class", "logging.FileHandler".into()),
            ("filename", (&k.marker).into()),
        ]);
        let config = dict([("version", 1.into()), ("handlers", dict([("h", handler)]))]);
        call(g("logging.config", "dictConfig"), vec![config])
    });
    all.add("tempfile.mkdtemp", "makes a folder", |k| {
        call(g("tempfile", "mkdtemp"), args!["", "made", &k.folder])
    })
    .state("sys.modules['os'].path.isdir(loaded)");
    all.add("tempfile.mkstemp", "makes a file", |k| {
        call(g("tempfile", "mkstemp"), args!["", "made", &k.folder])
    })
    .state("sys.modules['os'].path.isfile(loaded[1])");
}

fn by_os(all: &mut Collector<'_>) {
    for name in ["mkdir", "makedirs", "mkfifo"] {
        all.add(&format!("os.{name}"), "makes a folder or a pipe", |k| {
            call(g("os", name), args![&k.marker])
        });
    }
    for name in ["rename", "replace", "link", "symlink", "renames"] {
        all.add(&format!("os.{name}"), "moves or links a file", |k| {
            call(g("os", name), args![&k.victim, &k.marker])
        });
    }
    for (module, name) in [("os", "remove"), ("os", "unlink"), ("posix", "unlink")] {
        all.add(&format!("{module}.{name}"), "removes a file", |k| {
            call(g(module, name), args![&k.victim])
        })
        .harm(Harm::Removed);
    }
    all.add("os.truncate", "empties a file", |k| {
        call(g("os", "truncate"), args![&k.victim, 0])
    })
    .state("sys.modules['os'].path.getsize(victim) == 0");
    all.add("os.chmod", "takes a file's rights away", |k| {
        call(g("os", "chmod"), args![&k.victim, 0])
    })
    .state("sys.modules['os'].stat(victim).st_mode & 0o777 == 0");
    all.add("pathlib.Path.unlink", "removes a file", |k| {
        method(
            call(g("pathlib", "Path"), args![&k.victim]),
            "unlink",
            vec![],
        )
    })
    .harm(Harm::Removed);
}

fn by_shutil(all: &mut Collector<'_>) {
    all.add("shutil.rmtree", "removes a folder with all it holds", |k| {
        call(g("shutil", "rmtree"), args![&k.folder])
    })
    .harm(Harm::Removed);
    for name in ["copyfile", "copy", "copy2", "move"] {
        all.add(&format!("shutil.{name}"), "copies or moves a file", |k| {
            call(g("shutil", name), args![&k.victim, &k.marker])
        });
    }
    all.add("shutil.copytree", "copies a folder", |k| {
        call(g("shutil", "copytree"), args![&k.folder, &k.marker])
    });
    all.add("shutil.make_archive", "packs a folder", |k| {
        call(
            g("shutil", "make_archive"),
            args![&k.marker, "tar", &k.folder],
        )
    })
    .marker(|k| format!("{}.tar", k.marker));
    all.add("distutils.file_util.write_file", "writes a file", |k| {
        let write = g("distutils.file_util", "write_file");
        call(write, args![&k.marker, list(args!["line"])])
    })
    .module("distutils");
}

fn by_formats(all: &mut Collector<'_>) {
    all.add("sqlite3.connect", "makes a database", |k| {
        let database = call(g("sqlite3", "connect"), args![&k.marker]);
        method(database, "execute", args!["create table made (a)"])
    })
    .module("_sqlite3");
    all.add("dbm.dumb.open", "makes a database", |k| {
        call(g("dbm.dumb", "open"), args![&k.marker, "n"])
    })
    .marker(|k| format!("{}.dat", k.marker));
    all.add("mailbox.Maildir", "makes the folders of a mailbox", |k| {
        call(g("mailbox", "Maildir"), args![&k.marker])
    });
    all.add("mailbox.mbox", "makes a mailbox", |k| {
        call(g("mailbox", "mbox"), args![&k.marker])
    });
    all.add("zipfile.main", "the command line of zipfile", |k| {
        call(
            g("zipfile", "main"),
            vec![list(args!["-c", &k.marker, &k.victim])],
        )
    });
    all.add("tarfile.main", "packs a file", |k| {
        let tar = call(g("tarfile", "open"), args![&k.marker, "w"]);
        method(tar, "add", args![&k.victim])
    });
    all.add(
        "zipapp.create_archive",
        "packs a folder as a program",
        |k| {
            let create = g("zipapp", "create_archive");
            call(create, args![&k.folder, &k.marker, Value::None, "a:b"])
        },
    );
    all.add(
        "py_compile.compile",
        "compiles a file into any other",
        |k| {
            call(
                g("py_compile", "compile"),
                args![k.beside("a.py"), &k.marker],
            )
        },
    )
    .file("a.py", |_| b"a = 1\n".to_vec());
    all.add("cProfile.run-file", "writes a profile", |k| {
        call(g("cProfile", "run"), args!["pass", &k.marker])
    });
    all.add("readline.write_history_file", "writes a history", |k| {
        let add = call(g("readline", "add_history"), args!["line"]);
        steps(vec![
            add,
            call(g("readline", "write_history_file"), args![&k.marker]),
        ])
    })
    .module("readline");
    all.add("venv.create", "makes an environment", |k| {
        call(g("venv", "create"), args![&k.marker])
    });
    all.add("ensurepip._run_pip", "runs pip with any arguments", |k| {
        let args = list(args!["list", "--log", &k.marker]);
        call(g("ensurepip", "_run_pip"), vec![args])
    })
    .module("ensurepip._bundled");
    all.add("pip.main", "runs pip with any arguments", |k| {
        call(
            g("pip", "main"),
            vec![list(args!["list", "--log", &k.marker])],
        )
    })
    .module("pip");
    all.add(
        "pip._internal.cli.main.main",
        "the same by pip's own module",
        |k| {
            let main = g("pip._internal.cli.main", "main");
            call(main, vec![list(args!["list", "--log", &k.marker])])
        },
    )
    .module("pip");
}

/// Attacks that give a secret away: it is in what the load returns.
fn reading(all: &mut Collector<'_>) {
    const SECRET: &str = "'secret' in str(loaded)";
    all.add("open-read", "reads a file", |k| {
        method(
            call(g("builtins", "open"), args![&k.victim]),
            "read",
            vec![],
        )
    })
    .state(SECRET);
    all.add("linecache.getline", "reads a line of a file", |k| {
        call(g("linecache", "getline"), args![&k.victim, 1])
    })
    .state(SECRET);
    all.add("fileinput.FileInput", "reads a file", |k| {
        call(
            g("builtins", "list"),
            vec![call(g("fileinput", "FileInput"), args![&k.victim])],
        )
    })
    .state(SECRET);
    all.add("pathlib.Path.read_text", "reads a file", |k| {
        method(
            call(g("pathlib", "Path"), args![&k.victim]),
            "read_text",
            vec![],
        )
    })
    .state(SECRET);
    all.add("io.open_code", "reads a file as code", |k| {
        method(call(g("io", "open_code"), args![&k.victim]), "read", vec![])
    })
    .state(SECRET)
    .since(8);
    all.add("glob.glob", "lists a folder", |k| {
        call(g("glob", "glob"), args![format!("{}/*", k.folder)])
    })
    .state("victim in loaded");
    all.add("os.listdir", "lists a folder", |k| {
        call(g("os", "listdir"), args![&k.folder])
    })
    .state("'victim' in loaded");
    all.add(
        "os.environ.copy",
        "tells the environment, with its keys and passwords",
        |_| call(g("builtins", "dict"), vec![g("os", "environ")]),
    )
    .state("len(loaded) > 0");
    all.add("numpy.fromfile", "reads a file", |k| {
        method(
            call(g("numpy", "fromfile"), args![&k.victim, "u1"]),
            "tobytes",
            vec![],
        )
    })
    .state(SECRET)
    .module("numpy");
    all.add("mmap.mmap", "maps a file into memory", |k| {
        let file = call(g("os", "open"), args![&k.victim, 2]);
        method(call(g("mmap", "mmap"), args![file, 0]), "read", vec![])
    })
    .state(SECRET);
}
