//! What is known to do harm when a pickle names it.
//!
//! No list of this kind is ever complete, and nothing is called clean for not being on it: what is on no allow list needs review.
//! It only tells what is bad for certain from what nobody has looked at. A whole module is named where most of what it has
//! does the harm, or leads to it, and data has no use for the rest.

use core::fmt;

/// What harm a global does, when it is called or handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Harm {
    /// It runs code that it is given, or calls what it is given.
    RunsCode,
    /// It starts programs.
    StartsPrograms,
    /// It reads, writes or removes files.
    Files,
    /// It talks to other machines, or listens.
    Network,
    /// It imports modules, whose code runs.
    Imports,
    /// It reads or sets attributes, and so leads to any of the others.
    Attributes,
    /// It changes what the whole process shares, or ends it.
    Process,
}

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RunsCode => "runs code",
            Self::StartsPrograms => "starts programs",
            Self::Files => "works on files",
            Self::Network => "uses the network",
            Self::Imports => "imports modules",
            Self::Attributes => "reads or sets attributes",
            Self::Process => "changes the process",
        })
    }
}

use Harm::{Attributes, Files, Imports, Network, Process, RunsCode, StartsPrograms};

/// Modules, with all that they have and all modules below them.
const MODULES: &[(Harm, &[&str])] = &[
    (
        StartsPrograms,
        &[
            "os",
            "posix",
            "nt",
            "subprocess",
            "_posixsubprocess",
            "_winapi",
            "pty",
            "commands",
            "popen2",
            "multiprocessing",
            "_multiprocessing",
            "concurrent",
            "distutils",
            "setuptools",
            "pkg_resources",
            "pip",
            "ensurepip",
            "venv",
            "webbrowser",
            "antigravity",
            "idlelib",
            "turtledemo",
            "pydoc",
            "pydoc_data",
            "sh",
            "pexpect",
            "invoke",
            "fabric",
            "plumbum",
        ],
    ),
    (
        RunsCode,
        &[
            "code",
            "codeop",
            "runpy",
            "pdb",
            "bdb",
            "cProfile",
            "_lsprof",
            "profile",
            "pstats",
            "timeit",
            "trace",
            "doctest",
            "unittest",
            "test",
            "lib2to3",
            "marshal",
            "ctypes",
            "_ctypes",
            "cffi",
            "_cffi_backend",
            "pickle",
            "_pickle",
            "cPickle",
            "shelve",
            "dill",
            "cloudpickle",
            "jsonpickle",
            "yaml",
            "sqlite3",
            "_sqlite3",
            "logging.config",
            "torch.utils.cpp_extension",
            "torch.utils.bottleneck",
            "torch.utils.model_zoo",
            "asyncio.subprocess",
            "asyncio.unix_events",
            "asyncio.base_events",
            "zipapp",
            "compileall",
            "py_compile",
            "symtable",
            "_testcapi",
            "_testinternalcapi",
            "_xxsubinterpreters",
            "_interpreters",
            "tkinter",
            "_tkinter",
            "Tkinter",
            "jinja2",
            "torch.hub",
            "torch.jit",
            "torch._dynamo",
            "torch._inductor",
            "torch.distributed",
            "torch.package",
            "torch.serialization",
            "torch.fx",
            "torch.multiprocessing",
            "numpy.testing",
            "numpy.f2py",
            "numpy.distutils",
            "IPython",
            "ipykernel",
            "execnet",
            "pytest",
            "_pytest",
            "cgitb",
        ],
    ),
    (
        Imports,
        &[
            "importlib",
            "_frozen_importlib",
            "_frozen_importlib_external",
            "_imp",
            "imp",
            "pkgutil",
            "zipimport",
            "modulefinder",
            "site",
            "sitecustomize",
            "usercustomize",
            "ihooks",
            "imputil",
        ],
    ),
    (
        Files,
        &[
            "shutil",
            "tempfile",
            "glob",
            "fileinput",
            "linecache",
            "mmap",
            "tarfile",
            "zipfile",
            "gzip",
            "bz2",
            "lzma",
            "dbm",
            "anydbm",
            "dumbdbm",
            "gdbm",
            "_gdbm",
            "_dbm",
            "filecmp",
            "_bootsubprocess",
            "mailbox",
            "netrc",
        ],
    ),
    (
        Network,
        &[
            "socket",
            "_socket",
            "ssl",
            "_ssl",
            "httplib",
            "http.client",
            "http.server",
            "http.cookiejar",
            "urllib.request",
            "urllib.robotparser",
            "urllib2",
            "urllib3",
            "ftplib",
            "smtplib",
            "smtpd",
            "poplib",
            "imaplib",
            "nntplib",
            "telnetlib",
            "xmlrpc",
            "xmlrpclib",
            "SimpleXMLRPCServer",
            "socketserver",
            "SocketServer",
            "BaseHTTPServer",
            "asyncore",
            "asynchat",
            "wsgiref",
            "CGIHTTPServer",
            "requests",
            "aiohttp",
            "httpx",
            "paramiko",
            "boto3",
            "botocore",
        ],
    ),
    (
        Attributes,
        &["gc", "_weakref", "weakref", "reprlib", "rlcompleter"],
    ),
    (
        Process,
        &[
            "sys",
            "signal",
            "_signal",
            "faulthandler",
            "resource",
            "atexit",
            "threading",
            "_thread",
            "thread",
            "dummy_threading",
            "readline",
            "tracemalloc",
            "curses",
            "syslog",
            "winreg",
            "_winreg",
            "msvcrt",
            "select",
            "fcntl",
            "termios",
            "tty",
            "pwd",
            "grp",
            "getpass",
        ],
    ),
];

/// Globals of modules that have harmless ones as well.
const GLOBALS: &[(Harm, &str, &[&str])] = &[
    (
        RunsCode,
        "builtins",
        &[
            "eval",
            "exec",
            "execfile",
            "compile",
            "map",
            "filter",
            "reduce",
            "apply",
            "breakpoint",
            "input",
            "raw_input",
            "help",
        ],
    ),
    (Files, "builtins", &["open", "file"]),
    (
        Imports,
        "builtins",
        &[
            "__import__",
            "reload",
            "__loader__",
            "__spec__",
            "__build_class__",
        ],
    ),
    (
        Attributes,
        "builtins",
        &[
            "getattr", "setattr", "delattr", "hasattr", "vars", "globals", "locals", "dir",
            "__dict__",
        ],
    ),
    (Process, "builtins", &["exit", "quit"]),
    (
        RunsCode,
        "types",
        &[
            "CodeType",
            "FunctionType",
            "LambdaType",
            "MethodType",
            "ModuleType",
            "new_class",
            "prepare_class",
            "coroutine",
        ],
    ),
    (
        RunsCode,
        "new",
        &["code", "function", "instancemethod", "module", "classobj"],
    ),
    (
        RunsCode,
        "functools",
        &[
            "reduce",
            "singledispatch",
            "singledispatchmethod",
            "wraps",
            "update_wrapper",
            "lru_cache",
            "cache",
            "cmp_to_key",
            "cached_property",
        ],
    ),
    (
        RunsCode,
        "_functools",
        &["reduce", "cmp_to_key", "_lru_cache_wrapper"],
    ),
    (
        Attributes,
        "operator",
        &[
            "attrgetter",
            "methodcaller",
            "call",
            "setitem",
            "delitem",
            "isCallable",
            "sequenceIncludes",
            "getitem",
        ],
    ),
    (
        Attributes,
        "_operator",
        &[
            "attrgetter",
            "methodcaller",
            "call",
            "setitem",
            "delitem",
            "getitem",
        ],
    ),
    (
        Attributes,
        "inspect",
        &[
            "getattr_static",
            "getmembers",
            "getmodule",
            "currentframe",
            "stack",
            "unwrap",
        ],
    ),
    (
        Files,
        "logging",
        &["FileHandler", "Handler", "basicConfig", "shutdown"],
    ),
    (
        Files,
        "logging.handlers",
        &[
            "RotatingFileHandler",
            "TimedRotatingFileHandler",
            "WatchedFileHandler",
            "SocketHandler",
            "SMTPHandler",
            "HTTPHandler",
            "SysLogHandler",
        ],
    ),
    (Files, "io", &["open", "open_code", "FileIO"]),
    (Files, "_io", &["open", "open_code", "FileIO"]),
    (Files, "_pyio", &["open", "open_code", "FileIO"]),
    (
        Network,
        "urllib",
        &["urlopen", "urlretrieve", "URLopener", "FancyURLopener"],
    ),
    (
        RunsCode,
        "asyncio",
        &[
            "run",
            "create_subprocess_shell",
            "create_subprocess_exec",
            "get_event_loop",
            "new_event_loop",
        ],
    ),
    (RunsCode, "asyncio.runners", &["run"]),
    (
        RunsCode,
        "contextlib",
        &["ExitStack", "AsyncExitStack", "contextmanager"],
    ),
    (RunsCode, "sched", &["scheduler"]),
    (RunsCode, "cmd", &["Cmd"]),
    (RunsCode, "joblib", &["load", "dump", "Memory", "Parallel"]),
    (
        RunsCode,
        "joblib.numpy_pickle",
        &["load", "dump", "_unpickle", "NumpyUnpickler"],
    ),
    (
        Process,
        "warnings",
        &["showwarning", "catch_warnings", "filters"],
    ),
    // They call what they are given, or register it to be called.
    (
        RunsCode,
        "itertools",
        &[
            "starmap",
            "accumulate",
            "takewhile",
            "dropwhile",
            "filterfalse",
            "groupby",
        ],
    ),
    (RunsCode, "codecs", &["register", "register_error"]),
    (RunsCode, "_codecs", &["register", "register_error"]),
    (Files, "codecs", &["open", "EncodedFile"]),
    (
        Process,
        "copyreg",
        &[
            "pickle",
            "constructor",
            "add_extension",
            "remove_extension",
            "clear_extension_cache",
            "dispatch_table",
            "_extension_registry",
            "_inverted_registry",
            "_extension_cache",
        ],
    ),
    (
        StartsPrograms,
        "platform",
        &["popen", "_syscmd_file", "_syscmd_ver"],
    ),
    (RunsCode, "pathlib", &["os", "io"]),
    (
        RunsCode,
        "numpy",
        &[
            "load",
            "loads",
            "fromfile",
            "memmap",
            "save",
            "savez",
            "savetxt",
            "loadtxt",
            "genfromtxt",
            "vectorize",
            "frompyfunc",
            "apply_along_axis",
            "fromfunction",
            "DataSource",
            "lib",
        ],
    ),
    (
        RunsCode,
        "numpy.lib.npyio",
        &["load", "save", "NpzFile", "DataSource"],
    ),
    (
        RunsCode,
        "numpy.core.multiarray",
        &["fromfile", "_load_from_filelike"],
    ),
    (
        RunsCode,
        "torch",
        &[
            "load",
            "save",
            "compile",
            "hub",
            "jit",
            "classes",
            "ops",
            "_import_dotted_name",
        ],
    ),
    (RunsCode, "torch._utils", &["_import_dotted_name"]),
    (
        RunsCode,
        "torch.nn.modules.module",
        &["register_module_forward_hook", "_global_forward_hooks"],
    ),
    (
        RunsCode,
        "pandas",
        &[
            "read_pickle",
            "eval",
            "read_csv",
            "read_hdf",
            "read_sql",
            "read_json",
            "read_html",
        ],
    ),
    (RunsCode, "pandas.io.pickle", &["read_pickle", "to_pickle"]),
    (RunsCode, "pandas.core.computation.eval", &["eval"]),
    (RunsCode, "scipy", &["io"]),
    (RunsCode, "sklearn.externals", &["joblib"]),
    (RunsCode, "keras.models", &["load_model"]),
    (
        RunsCode,
        "tensorflow",
        &[
            "py_function",
            "numpy_function",
            "load_library",
            "load_op_library",
        ],
    ),
    (RunsCode, "collections", &["namedtuple"]),
    (RunsCode, "typing", &["get_type_hints", "ForwardRef"]),
    (RunsCode, "dataclasses", &["make_dataclass", "_create_fn"]),
    (RunsCode, "enum", &["_make_class_unpicklable"]),
    (RunsCode, "string", &["Formatter"]),
    (RunsCode, "re", &["Scanner", "sub", "subn"]),
];

/// Names that lead from one object to any other.
const ATTRIBUTES: &[&str] = &[
    "__globals__",
    "__builtins__",
    "__subclasses__",
    "__class__",
    "__bases__",
    "__base__",
    "__mro__",
    "mro",
    "__dict__",
    "__code__",
    "__import__",
    "__loader__",
    "__spec__",
    "__getattribute__",
    "__getattr__",
    "__setattr__",
    "__delattr__",
    "__reduce__",
    "__reduce_ex__",
    "__init_subclass__",
    "__call__",
    "__func__",
    "__self__",
    "__closure__",
    "__wrapped__",
    "f_globals",
    "f_builtins",
    "func_globals",
    "gi_frame",
    "tb_frame",
    "modules",
    "exec_module",
    "load_module",
    "system",
    "popen",
    "eval",
    "exec",
];

/// What harm a global does for certain, of what is known here.
///
/// Names are taken as badly as any loader could take them: a NUL ends them, white space around them does not count, and a name
/// with dots is every name on its way.
pub(in crate::inspect) fn harm(module: &str, name: &str) -> Option<Harm> {
    let module = plain(module);
    let name = plain(name);
    if let Some(harm) = of_module(module).or_else(|| of_global(module, name)) {
        return Some(harm);
    }
    let parts: Vec<&str> = name.split('.').collect();
    // A module that another one has imported, or the way to one.
    if let Some(part) = parts.iter().find(|part| is_common(part)) {
        return Some(of_module(part).unwrap_or(RunsCode));
    }
    if parts.len() > 1 {
        let dotted = parts.windows(2).find_map(|pair| match pair {
            [module, name] => of_global(module, name),
            _ => None,
        });
        let first = parts.first().and_then(|first| of_global(module, first));
        return dotted.or(first).or_else(|| {
            parts
                .iter()
                .any(|part| ATTRIBUTES.contains(part))
                .then_some(Attributes)
        });
    }
    let dunder = [
        "__globals__",
        "__builtins__",
        "__subclasses__",
        "__loader__",
        "__dict__",
    ];
    dunder.contains(&name).then_some(Attributes)
}

/// Modules that other modules often import, and that are hardly the names of anything else.
fn is_common(name: &str) -> bool {
    matches!(
        name,
        "os" | "posix"
            | "nt"
            | "sys"
            | "subprocess"
            | "importlib"
            | "shutil"
            | "socket"
            | "ctypes"
            | "pickle"
            | "_pickle"
            | "marshal"
            | "builtins"
            | "pkgutil"
            | "runpy"
            | "tempfile"
            | "inspect"
            | "functools"
            | "operator"
            | "posixpath"
    )
}

fn plain(name: &str) -> &str {
    let end = name.find('\0').unwrap_or(name.len());
    name.get(..end).unwrap_or(name).trim()
}

fn of_module(module: &str) -> Option<Harm> {
    MODULES
        .iter()
        .find(|(_, names)| {
            names.iter().any(|name| {
                module
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        })
        .map(|(harm, _)| *harm)
}

fn of_global(module: &str, name: &str) -> Option<Harm> {
    let module = match module {
        "__builtin__" | "__builtins__" => "builtins",
        "copy_reg" => "copyreg",
        module => module,
    };
    GLOBALS
        .iter()
        .find(|(_, known, names)| *known == module && names.contains(&name))
        .map(|(harm, _, _)| *harm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmful_names() {
        for (module, name, expected) in [
            ("os", "system", StartsPrograms),
            ("os.path", "os", StartsPrograms),
            ("posix", "system", StartsPrograms),
            ("builtins", "eval", RunsCode),
            ("__builtin__", "getattr", Attributes),
            ("os\0x", "system", StartsPrograms),
            (" os ", "system", StartsPrograms),
            ("torch.hub", "load", RunsCode),
            // Through another module.
            ("shutil", "os.system", Files),
            ("ast", "os", StartsPrograms),
            ("collections.abc", "sys.modules", Process),
            ("harmless", "builtins.eval", RunsCode),
            ("harmless", "f.__globals__.get", Attributes),
            ("harmless", "Class.mro", Attributes),
        ] {
            assert_eq!(harm(module, name), Some(expected), "{module} {name}");
        }
    }

    #[test]
    fn names_that_only_look_like_them() {
        for (module, name) in [
            ("collections", "OrderedDict"),
            ("osgeo", "Layer"),
            ("datetime", "datetime"),
            ("my.os", "system"),
            ("game", "test"),
            ("game", "Player.Inner"),
            ("builtins", "set"),
        ] {
            assert_eq!(harm(module, name), None, "{module} {name}");
        }
    }
}
