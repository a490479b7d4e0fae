//! What costs far more than it looks: hashes, comparisons and conversions by methods of listed classes, and what instances and
//! entries take that are not plain.

use super::end::{ARGUMENT, CALLS, ITEMS, MEMORY, STEPS};
use super::{Class, Collector};
use crate::asm::Asm;

/// What ints' hashes are taken modulo.
const MODULUS: i128 = (1 << 61) - 1;

/// A Decimal whose hash is 5.
fn decimal(index: i128) -> Asm {
    Asm::new().call1(
        "decimal",
        "Decimal",
        &Asm::new().text(&(5 + MODULUS * index).to_string()),
    )
}

/// An int whose hash is 5.
fn int(index: i128) -> Asm {
    Asm::new().long1((5 + MODULUS * index).to_le_bytes())
}

fn each(range: core::ops::Range<i128>, piece: impl Fn(i128) -> Asm) -> Asm {
    range.fold(Asm::new(), |asm, index| asm.then(&piece(index)))
}

pub(super) fn collect(all: &mut Collector) {
    all.class(Class::Hash);
    // To hash a range is to divide its bounds.
    all.add_listed("hash-ranges-of-long-steps", &[ARGUMENT], || {
        let long = |bytes: usize| Asm::new().long4(vec![0x55; bytes]);
        let bounds = Asm::new().int(0).then(&long(65_000)).then(&long(20_000));
        let range = Asm::new().global("builtins", "range").then(&bounds);
        let range = range.tuple3().reduce().set_aside(0);
        let keys = (0..600).fold(Asm::new(), |asm, index| asm.binget(0).int(index).tuple2());
        range.set_of(&keys).stop()
    });
    // Each item is asked for its `__float__`.
    for (name, class, text) in [
        ("Decimals", "Decimal", "7".repeat(4290)),
        (
            "Fractions",
            "Fraction",
            format!("{0}/{0}7", "1".repeat(4000)),
        ),
    ] {
        let module = if class == "Decimal" {
            "decimal"
        } else {
            "fractions"
        };
        all.add_listed(
            format!("convert-{name}-in-an-array"),
            &[ARGUMENT],
            move || {
                let item = Asm::new().call1(module, class, &Asm::new().text(&text));
                let items = Asm::new()
                    .mark()
                    .times(900_000, &Asm::new().binget(0))
                    .list();
                let codes = Asm::new().text("d");
                item.set_aside(0)
                    .call2("array", "array", &codes, &items)
                    .stop()
            },
        );
    }

    all.class(Class::Collision);
    // What is compared with a cheap key may be slow itself.
    all.add_listed("collide-Decimals-then-ints", &[STEPS], || {
        let keys = each(0..90, decimal).then(&each(1000..5000, int));
        Asm::new().set_of(&keys).stop()
    });
    // Few cheap keys in each of many sets, and then one that is not.
    all.add_listed("collide-few-ints-then-Decimals", &[STEPS, CALLS], || {
        let ints = each(1000..1015, int);
        let set = Asm::new().set_of(&ints).mark().binget(0).additems();
        let all = Asm::new().mark().times(50_000, &set).list();
        decimal(1).set_aside(0).then(&all).stop()
    });

    all.class(Class::Growth);
    all.add_listed("memory-ChainMaps-and-far-memo", &[MEMORY, CALLS], || {
        let made = Asm::new().global("collections", "ChainMap").set_aside(0);
        let one = Asm::new().binget(0).empty_tuple().reduce();
        let far = (0..800_000).fold(Asm::new().none(), |asm, index| {
            asm.long_binput(10_000_000 + 3 * index)
        });
        made.mark().times(190_000, &one).list().then(&far).stop()
    });
    all.add("memory-far-memo", &[MEMORY, super::end::MEMO], || {
        (0..1_900_000)
            .fold(Asm::new().none(), |asm, index| {
                asm.long_binput(10_000_000 + 3 * index)
            })
            .stop()
    });
    all.add_listed("memory-OrderedDict-in-batches", &[MEMORY, ITEMS], || {
        let made = Asm::new().call0("collections", "OrderedDict");
        (0..4)
            .fold(made, |asm, batch| {
                let items = (0..240_000).fold(Asm::new(), |asm, index| {
                    asm.int(batch * 240_000 + index).none()
                });
                asm.mark().then(&items).setitems()
            })
            .stop()
    });
    // Keywords are copied at each call.
    all.add_listed(
        "memory-keywords-again-and-again",
        &[ARGUMENT, MEMORY],
        || {
            let keywords = (0..100_000).fold(Asm::new(), |asm, index| {
                asm.text(&format!("k{index}")).none()
            });
            let class = Asm::new().global("types", "SimpleNamespace").set_aside(1);
            let one = Asm::new().binget(1).empty_tuple().binget(0).newobj_ex();
            Asm::new()
                .dict_of(&keywords)
                .set_aside(0)
                .then(&class)
                .mark()
                .times(100_000, &one)
                .list()
                .stop()
        },
    );
}
