//! Callables that an allow list of data types may hold, with arguments that harm.

use super::collector::Collector;
use super::made::attribute;
use super::{Class, Harm};
use crate::args;
use crate::asm::Asm;
use crate::value::{Value, build, call, g, list, method, steps};

/// More than any memory has.
pub(super) const MANY: i64 = 1 << 60;

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Listed);
    memory(all);
    rebuilders(all);
    containers(all);
    super::listed_values::collect(all);
}

fn memory(all: &mut Collector<'_>) {
    let memory = Harm::Raises("MemoryError");
    for name in ["bytearray", "bytes"] {
        all.add(
            &format!("listed-{name}-huge"),
            "asks for more memory than there is",
            |_| call(g("builtins", name), args![MANY]),
        )
        .harm(memory.clone());
    }
    all.add(
        "listed-mul-str",
        "asks for more memory than there is",
        |_| call(g("operator", "mul"), args!["a", MANY]),
    )
    .harm(memory.clone());
    all.add(
        "listed-list-mul",
        "asks for more memory than there is",
        |_| call(g("operator", "mul"), args![list(args![1]), MANY]),
    )
    .harm(memory.clone());
    all.add(
        "listed-range-list",
        "asks for a list of more items than there is memory",
        |_| {
            call(
                g("builtins", "list"),
                vec![call(g("builtins", "range"), args![MANY])],
            )
        },
    )
    .harm(memory);
    all.add("listed-center", "pads a text", |_| {
        method("a".into(), "center", args![1 << 20])
    })
    .state("len(loaded) == 1 << 20");
    all.add("listed-pow", "computes a large power", |_| {
        call(g("operator", "pow"), args![10, 100_000])
    })
    .state("loaded.bit_length() > 300_000");
    all.add("listed-lshift", "shifts far", |_| {
        call(g("operator", "lshift"), args![1, 1_000_000])
    })
    .state("loaded.bit_length() > 300_000");
    all.add("listed-fraction", "makes an int of many digits", |_| {
        call(g("fractions", "Fraction"), args!["1e300000"])
    })
    .state("loaded.numerator.bit_length() > 300_000");
    all.add("listed-decimal-int", "makes an int of many digits", |_| {
        call(
            g("builtins", "int"),
            vec![call(g("decimal", "Decimal"), args!["1e30000"])],
        )
    })
    .state("loaded.bit_length() > 90_000");
}

fn rebuilders(all: &mut Collector<'_>) {
    all.add(
        "listed-reconstructor",
        "makes a Popen without its constructor",
        |_| {
            let rebuilt = args![
                g("subprocess", "Popen"),
                g("builtins", "object"),
                Value::None
            ];
            call(g("copyreg", "_reconstructor"), rebuilt)
        },
    )
    .state("type(loaded).__name__ == 'Popen'");
    all.add(
        "listed-reconstructor-base",
        "makes a Popen with the constructor of its base",
        |k| {
            let popen = || g("subprocess", "Popen");
            call(
                g("copyreg", "_reconstructor"),
                vec![popen(), popen(), k.argv()],
            )
        },
    );
    all.add(
        "listed-reconstructor-file",
        "makes a FileIO with its constructor",
        |k| {
            let file = || g("io", "FileIO");
            // Opened for reading: that the victim can be read shows it.
            let file = call(
                g("copyreg", "_reconstructor"),
                args![file(), file(), &k.victim],
            );
            method(file, "read", vec![])
        },
    )
    .state("b'secret' in loaded");
    all.add("listed-newobj-popen", "calls a __new__", |_| {
        call(g("copyreg", "__newobj__"), vec![g("subprocess", "Popen")])
    })
    .state("type(loaded).__name__ == 'Popen'");
    all.add(
        "listed-pickle-slots",
        "registers a reducer in the dispatch table",
        |_| {
            let register = args![g("builtins", "complex"), g("builtins", "eval")];
            steps(vec![call(g("copyreg", "pickle"), register), Value::None])
        },
    )
    .state("sys.modules['copyreg'].dispatch_table[complex] is eval");
    all.add("listed-operator-setitem", "changes the environment", |_| {
        let set = args![g("os", "environ"), "HOSTILE", "1"];
        call(g("operator", "setitem"), set)
    })
    .state("sys.modules['os'].environ['HOSTILE'] == '1'");
    all.add(
        "listed-operator-iconcat",
        "adds to the path of imports",
        |_| {
            call(
                g("operator", "iconcat"),
                vec![g("sys", "path"), list(args!["/hostile"])],
            )
        },
    )
    .state("sys.path[-1] == '/hostile'");
    all.add("listed-operator-delitem", "removes a module", |_| {
        call(
            g("operator", "delitem"),
            args![g("sys", "modules"), "builtins"],
        )
    })
    .state("'builtins' not in sys.modules");
    all.add("listed-namespace", "gives an object any attribute", |_| {
        let made = call(g("types", "SimpleNamespace"), vec![]);
        build(made, attribute("__class__", g("os", "system")))
    })
    .state("loaded.__dict__['__class__'] is sys.modules['os'].system");
}

fn containers(all: &mut Collector<'_>) {
    all.add(
        "listed-defaultdict",
        "keeps a callable for the first missing key",
        |_| call(g("collections", "defaultdict"), vec![g("os", "getcwd")]),
    )
    .state("loaded['x'] == sys.modules['os'].getcwd()");
    all.add(
        "listed-defaultdict-reduce",
        "gives defaultdict a callable, and asks for a key",
        |k| {
            let lazy = super::made::lazy(k);
            let dict = call(g("collections", "defaultdict"), vec![lazy]);
            method(dict, "__getitem__", args!["key"])
        },
    );
    for name in ["deque", "Counter"] {
        all.add(
            &format!("listed-{name}-iterator"),
            "reads an iterator that calls",
            |k| {
                let lazy = call(g("builtins", "iter"), args![super::made::lazy(k), 0]);
                call(g("collections", name), vec![lazy])
            },
        );
    }
    all.add(
        "listed-OrderedDict-items",
        "reads pairs that an iterator makes",
        |k| {
            let lazy = call(
                g("builtins", "zip"),
                vec![
                    call(
                        g("builtins", "map"),
                        args![g("os", "system"), list(args![&k.sh])],
                    ),
                    list(args![1]),
                ],
            );
            call(g("collections", "OrderedDict"), vec![lazy])
        },
    );
    all.add(
        "listed-OrderedDict-keys",
        "asks an object for its keys",
        |k| {
            // What has keys() is asked for them.
            let keys = super::made::instance(attribute("keys", super::made::lazy(k)));
            call(g("collections", "OrderedDict"), vec![keys])
        },
    );
    all.add("listed-str", "asks an object for its text", |k| {
        let object = super::made::instance(attribute("__str__", super::made::lazy(k)));
        call(g("builtins", "str"), vec![object])
    });
    all.add("listed-bytes", "asks an object for its bytes", |k| {
        let object = super::made::instance(attribute("__bytes__", super::made::lazy(k)));
        call(g("builtins", "bytes"), vec![object])
    });
    all.add("listed-int", "asks an object for its number", |k| {
        let object = super::made::instance(attribute("__index__", super::made::lazy(k)));
        call(g("builtins", "range"), vec![object])
    });
    all.add("listed-proxy", "shows the environment as data", |_| {
        call(g("types", "MappingProxyType"), vec![g("os", "environ")])
    })
    .state("dict(loaded) == dict(sys.modules['os'].environ)");
    all.add(
        "listed-chain-map",
        "writes through to an existing dict",
        |_| {
            let chain = call(g("collections", "ChainMap"), vec![g("os", "environ")]);
            Asm::new()
                .then(&chain.asm(2))
                .text("HOSTILE")
                .text("1")
                .setitem()
                .into()
        },
    )
    .state("sys.modules['os'].environ['HOSTILE'] == '1'");
    all.add(
        "listed-deque-of-a-module",
        "APPENDS to a list that UserList wraps",
        |_| {
            let wrapped = call(g("collections", "UserList"), vec![]);
            let wrapped = build(wrapped, attribute("data", g("sys", "path")));
            Asm::new()
                .then(&wrapped.asm(2))
                .text("/hostile")
                .append()
                .into()
        },
    )
    .state("sys.path[-1] == '/hostile'");
}
