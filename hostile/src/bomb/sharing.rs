//! A few objects that stand for exponentially many.

use super::end::{ARGUMENT, DEPTH, FORBIDDEN, LOADED, OBJECTS, STEPS};
use super::{Class, Collector};
use crate::asm::Asm;

/// `t = (t, t)` so many times.
fn doubled(first: Asm, levels: usize) -> Asm {
    first.times(levels, &Asm::new().dup().tuple2())
}

/// A container of ten times the last one.
fn tenfold(open: &Asm, close: &Asm, levels: usize) -> Asm {
    let ten = Asm::new().times(10, &Asm::new().binget(0));
    let level = Asm::new().set_aside(0).then(open).then(&ten).then(close);
    Asm::new().text("lol").times(levels, &level)
}

pub(super) fn collect(all: &mut Collector) {
    laughs(all);
    hashes(all);
    called(all);
    comparisons(all);
}

/// They load at once; what walks over them without care never ends.
fn laughs(all: &mut Collector) {
    all.class(Class::Sharing);
    let asm = Asm::new;
    for (name, open, close) in [
        ("tuples", asm().mark(), asm().tuple()),
        ("lists", asm().mark(), asm().list()),
        ("appended-lists", asm().empty_list().mark(), asm().appends()),
    ] {
        all.add(
            format!("laughs-{name}"),
            &[LOADED, OBJECTS, DEPTH],
            move || tenfold(&open, &close, 30).stop(),
        );
    }
    all.add("laughs-doubled-tuples", &[LOADED, DEPTH], || {
        doubled(Asm::new().none(), 200).stop()
    });
    all.add("laughs-dicts", &[LOADED, OBJECTS, DEPTH], || {
        let items = (0..10).fold(Asm::new(), |asm, key| asm.int(key).binget(0));
        let level = Asm::new().set_aside(0).dict_of(&items);
        Asm::new().none().times(30, &level).stop()
    });
    all.add("laughs-itself", &[LOADED, OBJECTS], || {
        let list = Asm::new().empty_list().binput(0);
        list.times(100_000, &Asm::new().binget(0).append()).stop()
    });
    all.add("laughs-two-lists", &[LOADED, OBJECTS], || {
        let lists = Asm::new().empty_list().binput(0).empty_list().binput(1);
        let both = Asm::new()
            .binget(0)
            .append()
            .pop()
            .binget(0)
            .binget(1)
            .append()
            .pop();
        lists.times(10_000, &both.binget(0).binget(1)).stop()
    });
    all.add(
        "laughs-copied",
        &[FORBIDDEN, LOADED, OBJECTS, DEPTH],
        || {
            let laughs = tenfold(&Asm::new().mark(), &Asm::new().list(), 30);
            Asm::new().call1("copy", "deepcopy", &laughs).stop()
        },
    );
    all.add("laughs-repr", &[FORBIDDEN, LOADED, OBJECTS, DEPTH], || {
        let laughs = tenfold(&Asm::new().mark(), &Asm::new().tuple(), 30);
        Asm::new().call1("builtins", "str", &laughs).stop()
    });
}

/// Keys whose hash takes 2 to the power of 60 steps, or is asked for again and again.
fn hashes(all: &mut Collector) {
    all.class(Class::Hash);
    let asm = Asm::new;
    let key = || doubled(Asm::new().int(1), 60);
    for (name, before, after) in [
        ("setitem", asm().empty_dict(), asm().none().setitem()),
        (
            "setitems",
            asm().empty_dict().mark(),
            asm().none().setitems(),
        ),
        ("dict", asm().mark(), asm().none().dict()),
        ("additems", asm().empty_set().mark(), asm().additems()),
        ("frozenset", asm().mark(), asm().frozenset()),
    ] {
        all.add(format!("hash-{name}"), &[STEPS, DEPTH], move || {
            before.clone().then(&key()).then(&after).stop()
        });
    }
    all.add("hash-called-hash", &[FORBIDDEN], move || {
        Asm::new().call1("builtins", "hash", &key()).stop()
    });
    for (name, first) in [
        ("str", asm().text("a")),
        ("float", asm().binfloat(0.5)),
        ("empty-frozenset", asm().mark().frozenset()),
    ] {
        all.add(
            format!("hash-of-shared-{name}"),
            &[STEPS, DEPTH],
            move || {
                let key = doubled(first.clone(), 60);
                Asm::new().empty_dict().key(&key).stop()
            },
        );
    }
    // The same long key a million times: 10 to the power of 12 steps, if its hash is not kept.
    let many = |key: Asm| {
        let again = Asm::new().binget(0).none();
        let items = Asm::new().times(1_000_000, &again);
        key.set_aside(0).dict_of(&items).stop()
    };
    all.add("hash-again-tuple", &[STEPS, LOADED], move || {
        let nones = Asm::new().times(1_000_000, &Asm::new().none());
        many(Asm::new().mark().then(&nones).tuple())
    });
    all.add("hash-again-bytes", &[STEPS, LOADED], move || {
        many(Asm::new().binbytes(vec![b'a'; 4 << 20]))
    });
    all.add("hash-again-int", &[STEPS, LOADED], move || {
        many(Asm::new().long4(vec![1; 4 << 20]))
    });
    // What makes a buffer read-only gives bytes back as they are.
    all.add("hash-again-readonly-buffer", &[STEPS], move || {
        many(Asm::new().binbytes(vec![b'a'; 4 << 20]).readonly_buffer())
    });
    all.add("hash-again-readonly-view", &[STEPS], move || {
        many(Asm::new().bytearray8(vec![b'a'; 4 << 20]).readonly_buffer())
    });
    all.add("hash-again-str", &[STEPS, LOADED], move || {
        many(Asm::new().binunicode(vec![b'a'; 4 << 20]))
    });
    all.add("hash-again-in-tuples", &[STEPS, LOADED], || {
        // Each key is new, and has the long one inside.
        let nones = Asm::new().times(1_000_000, &Asm::new().none());
        let long = Asm::new().mark().then(&nones).tuple().set_aside(0);
        let keys = (0..200_000).fold(Asm::new(), |asm, key| {
            asm.binget(0).int(key).tuple2().none()
        });
        long.dict_of(&keys).stop()
    });
}

/// The same keys in the arguments of calls.
fn called(all: &mut Collector) {
    let asm = Asm::new;
    let key = || doubled(Asm::new().empty_tuple(), 60);
    let call = |module: &str, name: &str, argument: &Asm| Asm::new().call1(module, name, argument);
    let list = |item: &Asm| Asm::new().mark().then(item).list();
    let items = [
        ("tuple", key()),
        ("slice", call("builtins", "slice", &key())),
        ("tuple-of-slice", call("builtins", "slice", &key()).tuple1()),
    ];
    for class in ["set", "frozenset"] {
        for (name, item) in items.clone() {
            all.add_listed(format!("hash-called-{class}-{name}"), &[STEPS], move || {
                call("builtins", class, &list(&item)).stop()
            });
        }
    }
    let ordered = move |pair: &Asm| call("collections", "OrderedDict", &list(pair)).stop();
    for (name, item) in items {
        let (tuple, pair) = (item.clone().none().tuple2(), asm().mark().then(&item));
        all.add_listed(format!("hash-called-pair-{name}"), &[STEPS], move || {
            ordered(&tuple)
        });
        let pair = pair.none().list();
        all.add_listed(
            format!("hash-called-list-pair-{name}"),
            &[STEPS],
            move || ordered(&pair),
        );
    }
    // What is taken apart like a pair, and is none.
    let pair = asm().mark().then(&key()).none().list();
    let deque = call("collections", "deque", &pair);
    all.add_listed("hash-called-deque-pair", &[ARGUMENT], move || {
        ordered(&deque)
    });
    let cheap = || doubled(Asm::new().empty_tuple(), 18);
    let dict = asm().empty_dict().key(&cheap()).key(&asm().int(2));
    let set = asm().set_of(&cheap().int(2));
    for (name, pair) in [("dict", dict), ("set", set)] {
        let again = pair.binput(0).times(300, &asm().binget(0));
        all.add_listed(
            format!("hash-called-{name}-pairs"),
            &[ARGUMENT],
            move || ordered(&again),
        );
    }
    // The parts of a path are put together one by one.
    for class in ["PurePosixPath", "PureWindowsPath"] {
        all.add_listed(
            format!("hash-called-path-{class}"),
            &[ARGUMENT],
            move || {
                let part = Asm::new().text("a").set_aside(0);
                let parts = Asm::new().mark().times(200_000, &Asm::new().binget(0));
                let path = part.empty_dict().global("pathlib", class).then(&parts);
                path.tuple().reduce().none().setitem().stop()
            },
        );
    }
}

/// Two equal keys whose hash is at hand, and whose comparison takes exponentially many steps.
fn comparisons(all: &mut Collector) {
    // A frozenset keeps its hash, so hashing costs one step for each level; comparing asks for the
    // last level twice: once as it is, once in a tuple.
    let level = Asm::new()
        .set_aside(0)
        .mark()
        .binget(0)
        .binget(0)
        .tuple1()
        .frozenset();
    let sets = move |levels| Asm::new().mark().int(1).frozenset().times(levels, &level);
    let (a, b, c) = (sets.clone(), sets.clone(), sets);
    all.add("compare-frozensets-in-a-dict", &[STEPS, DEPTH], move || {
        Asm::new().empty_dict().key(&a(60)).key(&a(60)).stop()
    });
    all.add("compare-frozensets-in-a-set", &[STEPS, DEPTH], move || {
        Asm::new().set_of(&b(60).then(&b(60))).stop()
    });
    all.add("compare-called", &[FORBIDDEN, STEPS, DEPTH], move || {
        Asm::new().call2("operator", "eq", &c(60), &c(60)).stop()
    });
    all.add("compare-lists-called", &[FORBIDDEN, STEPS, DEPTH], || {
        let lists = || tenfold(&Asm::new().mark(), &Asm::new().list(), 30);
        let compared = Asm::new().call2("operator", "eq", &lists(), &lists());
        compared.stop()
    });
    all.add("compare-long-keys", &[STEPS, LOADED], || {
        // A thousand keys, equal but for their last item, whose hash is the same.
        let nones = Asm::new().times(1000, &Asm::new().none());
        let key = |last: i64| Asm::new().mark().then(&nones).int(last).tuple().none();
        let same = (0..1000).fold(Asm::new(), |asm, number| {
            // -1 and -2 have one hash: the only two that differ. The rest repeats.
            asm.then(&key(if number % 2 == 0 { -1 } else { -2 }))
        });
        Asm::new().dict_of(&same).stop()
    });
    all.add("compare-long-strings", &[STEPS, LOADED], || {
        // Equal strings that are not one object: each is compared as a whole.
        let key = Asm::new().binunicode(vec![b'a'; 4000]).none();
        Asm::new().dict_of(&Asm::new().times(4000, &key)).stop()
    });
}
