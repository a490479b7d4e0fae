//! Objects in objects in objects. What loads them without recursion may still recurse when it lets
//! them go, hashes, compares or walks over them.

use super::end::{DEPTH, FORBIDDEN, LOADED, MARKS, MEMO, STACK, STEPS};
use super::{Class, Collector};
use crate::asm::Asm;

/// Levels of those that take few bytes for each.
const DEEP: usize = 1_000_000;

/// Around what is on the stack, so many times.
fn around(first: Asm, level: &Asm) -> Vec<u8> {
    first.times(DEEP, level).stop()
}

/// Containers that are opened one in the other, and then closed.
fn opened(open: &Asm, leaf: &Asm, close: &Asm) -> Vec<u8> {
    Asm::new()
        .times(DEEP, open)
        .then(leaf)
        .times(DEEP, close)
        .stop()
}

pub(super) fn collect(all: &mut Collector) {
    all.class(Class::Depth);
    on_the_stack(all);
    at_the_root(all);
    at_the_leaf(all);
    objects(all);
    used(all);
}

/// The stack grows with the depth.
fn on_the_stack(all: &mut Collector) {
    let asm = Asm::new;
    for (name, open, leaf, close) in [
        ("lists", asm().empty_list(), asm().none(), asm().append()),
        (
            "lists-appends",
            asm().empty_list().mark(),
            asm().none(),
            asm().appends(),
        ),
        ("lists-text", asm().mark(), asm().none(), asm().list()),
        ("tuples", asm().mark(), asm().none(), asm().tuple()),
        (
            "dicts",
            asm().empty_dict().none(),
            asm().none(),
            asm().setitem(),
        ),
        (
            "dicts-setitems",
            asm().empty_dict().mark().none(),
            asm().none(),
            asm().setitems(),
        ),
        (
            "dicts-text",
            asm().mark().none(),
            asm().none(),
            asm().dict(),
        ),
        ("frozensets", asm().mark(), asm().none(), asm().frozenset()),
    ] {
        all.add(
            format!("depth-{name}"),
            &[DEPTH, STACK, MARKS, LOADED],
            move || opened(&open, &leaf, &close),
        );
    }
    all.add("depth-mixed", &[DEPTH, STACK, MARKS, LOADED], || {
        let open = Asm::new().empty_list().empty_dict().none().mark();
        let close = Asm::new().tuple().setitem().append();
        let few = DEEP / 3;
        Asm::new()
            .times(few, &open)
            .none()
            .times(few, &close)
            .stop()
    });
}

/// The stack stays: each level takes the one before.
fn at_the_root(all: &mut Collector) {
    all.add("depth-tuple1", &[DEPTH, LOADED], || {
        around(Asm::new().none(), &Asm::new().tuple1())
    });
    all.add("depth-tuple2", &[DEPTH, LOADED], || {
        around(Asm::new().none(), &Asm::new().none().tuple2())
    });
    all.add("depth-tuple3-last", &[DEPTH, LOADED], || {
        let level = Asm::new().set_aside(0).none().none().binget(0).tuple3();
        around(Asm::new().none(), &level)
    });
    for (name, level) in [
        (
            "list",
            Asm::new().set_aside(0).empty_list().binget(0).append(),
        ),
        ("tuple", Asm::new().set_aside(0).mark().binget(0).tuple()),
        (
            "dict-value",
            Asm::new()
                .set_aside(0)
                .empty_dict()
                .none()
                .binget(0)
                .setitem(),
        ),
        (
            "tuple-in-frozenset",
            Asm::new()
                .tuple1()
                .set_aside(0)
                .mark()
                .binget(0)
                .frozenset(),
        ),
        (
            "frozenset",
            Asm::new().set_aside(0).mark().binget(0).frozenset(),
        ),
        ("hashed-at-each-level", {
            // A set is asked to hold each level, and is dropped.
            let set = Asm::new().set_of(&Asm::new().binget(0));
            Asm::new().tuple1().set_aside(0).then(&set).pop().binget(0)
        }),
    ] {
        all.add(
            format!("depth-root-{name}"),
            &[DEPTH, STEPS, LOADED],
            move || around(Asm::new().none(), &level),
        );
    }
}

/// The stack stays, too: a new container goes into the last one, which stays at hand in the memo.
fn at_the_leaf(all: &mut Collector) {
    // What is on the stack gets the new one, and gives way to it.
    let grown = |new: Asm, put: Asm| new.binput(1).then(&put).pop().binget(1);
    for (name, first, level) in [
        (
            "list",
            Asm::new().empty_list().binput(0),
            grown(Asm::new().empty_list(), Asm::new().append()),
        ),
        (
            "dict",
            Asm::new().empty_dict().binput(0),
            grown(Asm::new().none().empty_dict(), Asm::new().setitem()),
        ),
        (
            "list-in-tuple",
            Asm::new().empty_list().binput(0),
            Asm::new()
                .empty_list()
                .binput(1)
                .tuple1()
                .append()
                .pop()
                .binget(1),
        ),
        ("list-in-dict", Asm::new().empty_list().binput(0), {
            let dict = Asm::new().empty_dict().none().empty_list().binput(1);
            dict.setitem().append().pop().binget(1)
        }),
    ] {
        all.add(format!("depth-leaf-{name}"), &[DEPTH, LOADED], move || {
            let grown = first.clone().times(DEEP, &level);
            grown.pop().binget(0).stop()
        });
    }
    all.add("depth-leaf-all-memoized", &[DEPTH, MEMO, LOADED], || {
        let list = Asm::new().empty_list().memoize();
        let level = Asm::new().empty_list().memoize().append();
        let mut asm = list;
        for index in 0..DEEP as u32 {
            asm = asm.then(&level).pop().long_binget(index + 1);
        }
        asm.long_binget(0).stop()
    });
}

/// Objects of the standard library's types, one in the other.
fn objects(all: &mut Collector) {
    const FEW: usize = DEEP / 4;
    for (name, module, class) in [
        ("OrderedDict-state", "collections", "OrderedDict"),
        ("defaultdict-state", "collections", "defaultdict"),
        ("proxies", "types", "SimpleNamespace"),
    ] {
        all.add(
            format!("depth-{name}"),
            &[FORBIDDEN, DEPTH, LOADED],
            move || {
                let class = Asm::new().global(module, class).set_aside(0);
                let object = Asm::new().set_aside(1).binget(0).empty_tuple().reduce();
                let object = object.attribute("a", &Asm::new().binget(1));
                class.none().times(FEW, &object).stop()
            },
        );
    }
    for class in ["deque", "UserList"] {
        all.add(
            format!("depth-{class}"),
            &[FORBIDDEN, DEPTH, LOADED],
            move || {
                let class = Asm::new().global("collections", class).set_aside(0);
                let object = Asm::new()
                    .binget(0)
                    .empty_list()
                    .binget(1)
                    .append()
                    .tuple1()
                    .reduce();
                class
                    .none()
                    .times(FEW, &Asm::new().set_aside(1).then(&object))
                    .stop()
            },
        );
    }
    all.add("depth-slices", &[FORBIDDEN, DEPTH, LOADED], || {
        let class = Asm::new().global("builtins", "slice").set_aside(0);
        let object = Asm::new()
            .set_aside(1)
            .binget(0)
            .binget(1)
            .tuple1()
            .reduce();
        class.none().times(FEW, &object).stop()
    });
    all.add(
        "depth-append-to-deques",
        &[FORBIDDEN, DEPTH, LOADED],
        || {
            let class = Asm::new().global("collections", "deque").set_aside(2);
            let deque = Asm::new().binget(2).empty_tuple().reduce();
            let level = deque.clone().binput(1).append().pop().binget(1);
            class
                .then(&deque)
                .binput(0)
                .times(FEW, &level)
                .pop()
                .binget(0)
                .stop()
        },
    );
}

/// What is deep is hashed or compared, which recurses.
fn used(all: &mut Collector) {
    let deep = || Asm::new().none().times(DEEP, &Asm::new().tuple1());
    all.add("depth-hash-tuple", &[DEPTH, STEPS], move || {
        Asm::new().empty_dict().key(&deep()).stop()
    });
    all.add("depth-hash-in-a-set", &[DEPTH, STEPS], move || {
        Asm::new().set_of(&deep()).stop()
    });
    all.add("depth-compare-tuples", &[DEPTH, STEPS], move || {
        Asm::new().empty_dict().key(&deep()).key(&deep()).stop()
    });
    all.add("depth-compare-frozensets", &[DEPTH, STEPS, LOADED], || {
        let level = Asm::new().set_aside(0).mark().binget(0).frozenset();
        let deep = Asm::new().none().times(DEEP / 2, &level);
        Asm::new().empty_dict().key(&deep).key(&deep).stop()
    });
}
