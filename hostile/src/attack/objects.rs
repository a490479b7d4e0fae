//! `BUILD`, `SETITEM`, `APPEND` and `ADDITEMS` on what was there before the load.

use super::Class;
use super::collector::Collector;
use super::made::{attribute, class, instance};
use crate::args;
use crate::asm::Asm;
use crate::value::{Value, build, call, g, list, tuple};

/// A module, as the value of an attribute of another one.
pub(super) fn os() -> Value {
    g("shutil", "os")
}

/// State that is set with `setattr`.
fn slots(name: &str, value: Value) -> Value {
    tuple(vec![Value::None, attribute(name, value)])
}

pub(super) fn set(target: &Value, key: &Value, value: &Value) -> Value {
    let asm = Asm::new().then(&target.asm(2)).then(&key.asm(2));
    asm.then(&value.asm(2)).setitem().into()
}

pub(super) fn append(target: &Value, item: &Value) -> Value {
    Asm::new()
        .then(&target.asm(2))
        .then(&item.asm(2))
        .append()
        .into()
}

fn add(target: &Value, item: &Value) -> Value {
    Asm::new()
        .then(&target.asm(2))
        .mark()
        .then(&item.asm(2))
        .additems()
        .into()
}

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Object);
    by_build(all);
    by_setitem(all);
    by_append(all);
    super::later::collect(all);
}

fn by_build(all: &mut Collector<'_>) {
    all.add(
        "build-module",
        "BUILD replaces a function of a module",
        |_| build(os(), attribute("getcwd", g("builtins", "len"))),
    )
    .state("sys.modules['os'].getcwd is len");
    all.add(
        "build-module-slots",
        "the same with a state of slots",
        |_| build(os(), slots("getcwd", g("builtins", "len"))),
    )
    .state("sys.modules['os'].getcwd is len");
    all.add("build-builtins", "BUILD replaces a builtin", |_| {
        let module = call(g("builtins", "__import__"), args!["builtins"]);
        build(module, attribute("isinstance", g("builtins", "len")))
    })
    .state("isinstance is len");
    all.add("build-class", "BUILD sets an attribute of a class", |_| {
        build(
            g("fractions", "Fraction"),
            slots("__hash__", g("builtins", "eval")),
        )
    })
    .state("sys.modules['fractions'].Fraction.__hash__ is eval");
    all.add(
        "build-class-dunder",
        "BUILD changes a class's bases",
        |_| {
            build(
                g("json", "JSONEncoder"),
                slots("default", g("os", "system")),
            )
        },
    )
    .state("sys.modules['json'].JSONEncoder.default is sys.modules['os'].system");
    all.add(
        "build-function-code",
        "BUILD replaces the code of a function",
        |k| {
            let code = call(g("builtins", "compile"), args![&k.py, "made", "exec"]);
            let changed = build(g("fnmatch", "fnmatch"), slots("__code__", code));
            call(changed, vec![])
        },
    );
    all.add(
        "build-function-defaults",
        "BUILD changes the defaults of a function",
        |_| {
            build(
                g("json", "dumps"),
                slots("__kwdefaults__", attribute("sort_keys", true.into())),
            )
        },
    )
    .state("sys.modules['json'].dumps.__kwdefaults__ == {'sort_keys': True}");
    all.add(
        "build-function-dict",
        "BUILD sets attributes of a function",
        |_| build(g("json", "dumps"), attribute("hostile", 1.into())),
    )
    .state("sys.modules['json'].dumps.hostile == 1");
    all.add(
        "build-instance",
        "BUILD changes an object of a module",
        |_| build(g("logging", "root"), attribute("disabled", true.into())),
    )
    .state("sys.modules['logging'].root.disabled is True");
    all.add(
        "build-instance-class",
        "BUILD changes the class of an object of a module",
        |_| {
            let made = call(
                g("builtins", "type"),
                args![
                    "Made",
                    tuple(vec![g("logging", "Logger")]),
                    Value::Dict(vec![])
                ],
            );
            build(g("logging", "root"), slots("__class__", made))
        },
    )
    .state("type(sys.modules['logging'].root).__name__ == 'Made'");
    all.add("build-stdout", "BUILD replaces a stream of sys", |_| {
        let sys = call(g("builtins", "__import__"), args!["sys"]);
        build(sys, slots("stdout", Value::None))
    })
    .state("sys.stdout is None");
    all.add(
        "build-excepthook",
        "BUILD replaces the hook of exceptions",
        |_| {
            let sys = call(g("builtins", "__import__"), args!["sys"]);
            build(sys, attribute("excepthook", g("builtins", "print")))
        },
    )
    .state("sys.excepthook is print");
    all.add(
        "build-main",
        "BUILD puts a name into the main module",
        |_| {
            let main = call(g("builtins", "__import__"), args!["__main__"]);
            build(main, attribute("print", g("os", "system")))
        },
    )
    .state("sys.modules['__main__'].print is sys.modules['os'].system");
    all.add(
        "build-pickle-module",
        "BUILD replaces the loader itself",
        |_| {
            let pickle = call(g("builtins", "__import__"), args!["pickle"]);
            build(pickle, attribute("loads", g("builtins", "eval")))
        },
    )
    .state("sys.modules['pickle'].loads is eval");
    all.add(
        "build-dunder-of-a-new-object",
        "BUILD sets dunder attributes of a new object",
        |_| {
            let object = call(g("collections", "OrderedDict"), vec![]);
            build(object, attribute("__reduce_ex__", g("builtins", "eval")))
        },
    )
    .state("loaded.__reduce_ex__ is eval");
    all.add(
        "build-method-of-a-new-object",
        "BUILD hides a new object's method",
        |_| {
            let object = call(g("collections", "OrderedDict"), vec![]);
            build(object, attribute("items", g("os", "system")))
        },
    )
    .state("loaded.items is sys.modules['os'].system");
    all.add(
        "build-class-of-a-new-object",
        "BUILD changes a new object's class",
        |_| {
            let made = instance(attribute("a", 1.into()));
            build(made, slots("__class__", class(attribute("evil", 1.into()))))
        },
    )
    .state("loaded.evil == 1");
}

fn by_setitem(all: &mut Collector<'_>) {
    all.add("setitem-sys-modules", "SETITEM replaces a module", |_| {
        set(&g("sys", "modules"), &"hmac".into(), &os())
    })
    .state("sys.modules['hmac'] is sys.modules['os']");
    all.add("setitem-module-dict", "SETITEM in a module's dict", |_| {
        set(
            &g("os", "__dict__"),
            &"getcwd".into(),
            &g("builtins", "len"),
        )
    })
    .state("sys.modules['os'].getcwd is len");
    all.add(
        "setitem-builtins-dict",
        "SETITEM in the dict of builtins",
        |_| {
            set(
                &g("builtins", "__dict__"),
                &"hash".into(),
                &g("os", "system"),
            )
        },
    )
    .state("hash is sys.modules['os'].system");
    all.add("setitem-environ", "SETITEM in the environment", |_| {
        set(
            &g("os", "environ"),
            &"LD_PRELOAD_HOSTILE".into(),
            &"x".into(),
        )
    })
    .state("sys.modules['os'].environ['LD_PRELOAD_HOSTILE'] == 'x'");
    all.add(
        "setitem-dispatch-table",
        "SETITEM in copyreg's dispatch table",
        |_| {
            set(
                &g("copyreg", "dispatch_table"),
                &g("builtins", "complex"),
                &g("builtins", "eval"),
            )
        },
    )
    .state("sys.modules['copyreg'].dispatch_table[complex] is eval");
    all.add(
        "setitem-extension-registry",
        "SETITEM in copyreg's registry",
        |_| {
            set(
                &g("copyreg", "_extension_registry"),
                &tuple(args!["os", "system"]),
                &1.into(),
            )
        },
    )
    .state("('os', 'system') in sys.modules['copyreg']._extension_registry");
    all.add(
        "setitem-encodings-cache",
        "SETITEM in the cache of encodings",
        |_| {
            set(
                &g("encodings", "_cache"),
                &"hostile".into(),
                &tuple(vec![g("os", "system")]),
            )
        },
    )
    .state("'hostile' in sys.modules['encodings']._cache");
    all.add(
        "setitem-importer-cache",
        "SETITEM in the cache of importers",
        |_| {
            set(
                &g("sys", "path_importer_cache"),
                &"hostile".into(),
                &Value::None,
            )
        },
    )
    .state("'hostile' in sys.path_importer_cache");
    all.add(
        "setitem-linecache",
        "SETITEM in the cache of source lines",
        |_| {
            set(
                &g("linecache", "cache"),
                &"hostile".into(),
                &tuple(args![1, Value::None, list(vec![]), ""]),
            )
        },
    )
    .state("'hostile' in sys.modules['linecache'].cache");
    all.add(
        "setitem-loggers",
        "SETITEM in the table of loggers' levels",
        |_| set(&g("logging", "_nameToLevel"), &"ERROR".into(), &0.into()),
    )
    .state("sys.modules['logging']._nameToLevel['ERROR'] == 0");
    all.add("setitem-mimetypes", "SETITEMS in a table of types", |_| {
        let types = Asm::new().global("mimetypes", "types_map").mark();
        types.text(".hostile").text("x/y").setitems().into()
    })
    .state("sys.modules['mimetypes'].types_map['.hostile'] == 'x/y'");
    all.add(
        "setitem-list",
        "SETITEM replaces an entry of sys.path",
        |_| set(&g("sys", "path"), &0.into(), &"/hostile".into()),
    )
    .state("sys.path[0] == '/hostile'");
    all.add(
        "setitem-frozen-default",
        "SETITEM in a default of a function",
        |_| {
            let defaults = Asm::new().proto(4).named("json", "dumps.__kwdefaults__");
            defaults.text("sort_keys").newtrue().setitem().into()
        },
    )
    .state("sys.modules['json'].dumps.__kwdefaults__['sort_keys'] is True");
}

fn by_append(all: &mut Collector<'_>) {
    all.add("append-sys-path", "APPEND to the path of imports", |_| {
        append(&g("sys", "path"), &"/hostile".into())
    })
    .state("sys.path[-1] == '/hostile'");
    all.add("appends-sys-path", "APPENDS to the path of imports", |_| {
        let path = Asm::new()
            .global("sys", "path")
            .mark()
            .text("/hostile")
            .text("/other");
        path.appends().into()
    })
    .state("sys.path[-2:] == ['/hostile', '/other']");
    all.add("append-meta-path", "APPEND a finder of modules", |_| {
        append(&g("sys", "meta_path"), &g("builtins", "object"))
    })
    .state("sys.meta_path[-1] is object");
    all.add(
        "append-path-hooks",
        "APPEND a hook of the import path",
        |_| append(&g("sys", "path_hooks"), &g("builtins", "eval")),
    )
    .state("sys.path_hooks[-1] is eval");
    all.add(
        "append-gc-callbacks",
        "APPEND a callback of the collector",
        |_| append(&g("gc", "callbacks"), &g("builtins", "id")),
    )
    .state("sys.modules['gc'].callbacks[-1] is id");
    all.add(
        "append-warnings-filters",
        "APPEND a filter of warnings",
        |_| {
            let none = || Value::None;
            append(
                &g("warnings", "filters"),
                &tuple(args!["ignore", none(), g("builtins", "Warning"), none(), 0]),
            )
        },
    )
    .state("sys.modules['warnings'].filters[-1][0] == 'ignore'");
    all.add(
        "append-argv",
        "APPEND an argument of the command line",
        |_| append(&g("sys", "argv"), &"--hostile".into()),
    )
    .state("sys.argv[-1] == '--hostile'");
    all.add("append-keywords", "APPEND to a list of a module", |_| {
        append(&g("keyword", "kwlist"), &"hostile".into())
    })
    .state("sys.modules['keyword'].kwlist[-1] == 'hostile'");
    all.add("append-suffixes", "APPEND a suffix of source files", |_| {
        append(
            &g("importlib.machinery", "SOURCE_SUFFIXES"),
            &".hostile".into(),
        )
    })
    .state("sys.modules['importlib.machinery'].SOURCE_SUFFIXES[-1] == '.hostile'");
    all.add(
        "append-handlers",
        "APPEND a handler of logs, found along dots",
        |_| {
            let handlers = Asm::new().proto(4).named("logging", "root.handlers");
            handlers.global("builtins", "object").append().into()
        },
    )
    .state("sys.modules['logging'].root.handlers[-1] is object");
    all.add("additems-os", "ADDITEMS to a set of a module", |_| {
        add(&g("os", "supports_fd"), &"hostile".into())
    })
    .state("'hostile' in sys.modules['os'].supports_fd");
}
