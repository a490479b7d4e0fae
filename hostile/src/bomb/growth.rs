//! Containers that grow, by opcodes and by calls of what an allow list of data types may hold.

use super::end::{
    ARGUMENT, CALLS, DEPTH, FORBIDDEN, ITEMS, LOADED, MEMORY, OBJECTS, OPCODES, STRING,
};
use super::{Class, Collector};
use crate::args;
use crate::asm::Asm;
use crate::value::{Value, call, g, list, tuple};

/// More items than memory or a lifetime has.
const ENDLESS: i64 = 1 << 60;

pub(super) fn endless_range() -> Value {
    call(g("builtins", "range"), args![ENDLESS])
}

pub(super) fn collect(all: &mut Collector) {
    all.class(Class::Growth);
    by_opcodes(all);
    all.class(Class::Calls);
    doubling(all);
    ranges(all);
    super::calls::collect(all);
}

fn by_opcodes(all: &mut Collector) {
    const ENDS: &[&str] = &[ITEMS, OBJECTS, MEMORY, OPCODES, LOADED];
    const DEEP_ENDS: &[&str] = &[ITEMS, OBJECTS, MEMORY, OPCODES, DEPTH, LOADED];
    let many = 6_000_000;
    all.add("grow-append", ENDS, move || {
        Asm::new()
            .empty_list()
            .times(many, &Asm::new().none().append())
            .stop()
    });
    all.add("grow-appends", ENDS, move || {
        Asm::new().list_of(&nones(2 * many)).stop()
    });
    all.add("grow-appends-again", ENDS, || {
        let batch = Asm::new().mark().then(&nones(1000)).appends();
        Asm::new().empty_list().times(12_000, &batch).stop()
    });
    all.add("grow-append-memo", ENDS, || {
        let list = Asm::new().text("a").set_aside(0).empty_list();
        list.times(4_000_000, &Asm::new().binget(0).append()).stop()
    });
    all.add("grow-list", ENDS, move || {
        Asm::new().mark().then(&nones(2 * many)).list().stop()
    });
    all.add("grow-tuple", ENDS, move || {
        Asm::new().mark().then(&nones(2 * many)).tuple().stop()
    });
    for (name, item) in [
        ("lists", Asm::new().empty_list()),
        ("sets", Asm::new().empty_set()),
        ("dicts", Asm::new().empty_dict()),
    ] {
        all.add(format!("grow-many-{name}"), ENDS, move || {
            let items = Asm::new().times(2 * many, &item);
            Asm::new().list_of(&items).stop()
        });
    }
    let keys = |count: i32| (0..count).fold(Asm::new(), |asm, key| asm.binint(key));
    all.add("grow-dict", ENDS, || {
        Asm::new().dict_of(&numbered(1_500_000)).stop()
    });
    all.add("grow-dict-setitem", ENDS, || {
        let dict = Asm::new().empty_dict();
        (0..1_500_000)
            .fold(dict, |asm, key| asm.binint(key).none().setitem())
            .stop()
    });
    all.add("grow-set", ENDS, move || {
        Asm::new().set_of(&keys(2_000_000)).stop()
    });
    all.add("grow-frozenset", ENDS, move || {
        Asm::new().mark().then(&keys(2_000_000)).frozenset().stop()
    });
    all.add("grow-memo-copies", DEEP_ENDS, || {
        // One list of 1000 lists, which are one list of 1000 lists.
        let thousand = Asm::new()
            .mark()
            .times(1000, &Asm::new().binget(0))
            .list()
            .set_aside(0);
        Asm::new()
            .none()
            .set_aside(0)
            .times(5000, &thousand)
            .binget(0)
            .stop()
    });
}

/// So many different keys, each with None.
pub(super) fn numbered(count: i32) -> Asm {
    (0..count).fold(Asm::new(), |asm, key| asm.binint(key).none())
}

fn nones(count: usize) -> Asm {
    Asm::new().times(count, &Asm::new().none())
}

/// What a call makes of two of the last result.
fn doubled(module: &'static str, name: &'static str, first: &Asm) -> Vec<u8> {
    let last = Asm::new().binget(0);
    let level = Asm::new().set_aside(0).call2(module, name, &last, &last);
    Asm::new().proto(2).then(first).times(60, &level).stop()
}

fn doubling(all: &mut Collector) {
    const ENDS: &[&str] = &[FORBIDDEN, MEMORY, ITEMS, STRING, CALLS, ARGUMENT, LOADED];
    for (name, first) in [
        ("list", list(args![1, 2])),
        ("tuple", tuple(args![1, 2])),
        ("str", "ab".into()),
        ("bytes", b"ab".to_vec().into()),
    ] {
        all.add(format!("double-{name}"), ENDS, move || {
            doubled("operator", "add", &first.asm(3))
        });
    }
    all.add("double-in-place", ENDS, || {
        let last = Asm::new().binget(0);
        let add = Asm::new().call2("operator", "iconcat", &last, &last);
        let list = Asm::new().empty_list().none().append().binput(0);
        list.times(60, &add.pop()).binget(0).stop()
    });
    all.add("double-lists-copied", ENDS, || {
        // Each holds a copy of the one before, twice.
        let copy = Asm::new().call1("builtins", "list", &Asm::new().binget(0));
        let level = Asm::new().set_aside(0).list_of(&copy.clone().then(&copy));
        Asm::new().empty_list().times(60, &level).stop()
    });
    for (name, first) in [("str", Value::from("a")), ("list", list(args![1]))] {
        all.add(format!("multiply-{name}"), ENDS, move || {
            call(
                g("operator", "mul"),
                vec![first.clone(), (1_i64 << 36).into()],
            )
            .pickle(2)
        });
    }
}

fn ranges(all: &mut Collector) {
    const ENDS: &[&str] = &[FORBIDDEN, ARGUMENT, MEMORY, ITEMS];
    for (module, name) in [
        ("builtins", "list"),
        ("builtins", "tuple"),
        ("builtins", "set"),
        ("builtins", "frozenset"),
        ("builtins", "bytes"),
        ("builtins", "bytearray"),
        ("builtins", "sum"),
        ("builtins", "max"),
        ("builtins", "sorted"),
        ("collections", "deque"),
        ("collections", "Counter"),
        ("collections", "UserList"),
        ("statistics", "mean"),
    ] {
        all.add(format!("range-{module}.{name}"), ENDS, move || {
            // No item is larger than a byte until 256 have been taken.
            let range = endless_range();
            call(g(module, name), vec![range]).pickle(2)
        });
    }
    for (module, name) in [("builtins", "bytes"), ("builtins", "bytearray")] {
        for size in [1_i64 << 32, 1 << 40, i64::MAX] {
            all.add(format!("fill-{name}-{size}"), ENDS, move || {
                call(g(module, name), args![size]).pickle(2)
            });
        }
    }
    for (module, name) in [
        ("builtins", "dict.fromkeys"),
        ("collections", "OrderedDict.fromkeys"),
    ] {
        all.add(format!("range-{name}"), ENDS, move || {
            let range = endless_range();
            call(g(module, name), vec![range]).pickle(4)
        });
    }
    for (name, item) in [("countOf", -1), ("indexOf", -1), ("contains", -1)] {
        all.add(format!("range-operator.{name}"), ENDS, move || {
            let range = endless_range();
            let reversed = call(g("builtins", "iter"), vec![range]);
            call(g("operator", name), vec![reversed, item.into()]).pickle(2)
        });
    }
}
