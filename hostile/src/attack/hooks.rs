//! Methods that no opcode calls by their name.

use super::collector::{Collector, Spot};
use super::made::{attribute, class, instance, lazy, one, subclass};
use crate::args;
use crate::asm::Asm;
use crate::value::{Value, call, g, method, steps, tuple};

pub(super) fn collect(all: &mut Collector<'_>) {
    let hashed = |k: &Spot| instance(attribute("__hash__", lazy(k)));
    all.add("hash-in-a-dict", "the __hash__ of a dict's key", |k| {
        Value::Dict(vec![(hashed(k), Value::None)])
    });
    all.bytes("hash-in-a-set", "the __hash__ of a set's item", |k| {
        let items = Asm::new().proto(4).empty_set().mark();
        items.then(&hashed(k).asm(4)).additems().stop()
    });
    all.bytes(
        "hash-in-a-frozenset",
        "the __hash__ of a frozenset's item",
        |k| {
            let items = Asm::new().proto(4).mark().then(&hashed(k).asm(4));
            items.frozenset().stop()
        },
    );
    all.add(
        "hash-in-a-tuple",
        "the __hash__ of an item of a tuple that is a key",
        |k| Value::Dict(vec![(tuple(vec![hashed(k), 1.into()]), Value::None)]),
    );
    all.add(
        "eq-in-a-dict",
        "the __eq__, here eval, of two keys with one hash",
        |k| {
            let methods = vec![
                ("__hash__".into(), one()),
                ("__eq__".into(), g("builtins", "eval")),
            ];
            let key = instance(Value::Dict(methods));
            let text = subclass(g("builtins", "str"), attribute("__hash__", one()));
            let other = call(text, args![&k.py]);
            Value::Dict(vec![(key, Value::None), (other, Value::None)])
        },
    );
    all.add("del", "the __del__ of an object that is dropped", |k| {
        steps(vec![instance(attribute("__del__", lazy(k))), Value::None])
    });
    all.add(
        "init-subclass",
        "the __init_subclass__ of a base class",
        |k| {
            subclass(
                class(attribute("__init_subclass__", lazy(k))),
                Value::Dict(vec![]),
            )
        },
    );
    all.add(
        "iter",
        "an iterator that calls until it gets what it waits for",
        |k| {
            let run = call(g("functools", "partial"), args![g("os", "system"), &k.sh]);
            call(
                g("builtins", "list"),
                vec![call(g("builtins", "iter"), args![run, 0])],
            )
        },
    );
    all.add("missing", "the __missing__ of a dict's class", |k| {
        let made = subclass(
            g("builtins", "dict"),
            attribute("__missing__", g("os", "system")),
        );
        call(g("operator", "getitem"), args![call(made, vec![]), &k.sh])
    });
    all.add(
        "len",
        "the __len__ of an object, asked for its truth",
        |k| {
            call(
                g("builtins", "bool"),
                vec![instance(attribute("__len__", lazy(k)))],
            )
        },
    );
    all.add(
        "format",
        "the __format__ of an object in a format string",
        |k| {
            let object = instance(attribute("__format__", g("os", "system")));
            method(format!("{{:{}}}", k.sh).into(), "format", vec![object])
        },
    );
    all.add(
        "fspath",
        "the __fspath__ of an object that is opened",
        |k| {
            call(
                g("io", "FileIO"),
                vec![instance(attribute("__fspath__", lazy(k)))],
            )
        },
    );
}
