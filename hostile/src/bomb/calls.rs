//! Calls of what an allow list of data types may hold: iterators without an end, states, texts.

use super::Collector;
use super::end::{ARGUMENT, FORBIDDEN, ITEMS, LOADED, MEMORY, OBJECTS, STEPS, STRING};
use super::growth::{endless_range, numbered};
use crate::args;
use crate::asm::Asm;
use crate::pack;
use crate::value::{Value, call, g, list, tuple};

pub(super) fn collect(all: &mut Collector) {
    iterators(all);
    states(all);
    texts(all);
}

/// Iterators without an end: no memory is taken, only time.
fn iterators(all: &mut Collector) {
    const ENDS: &[&str] = &[FORBIDDEN, ARGUMENT, MEMORY, ITEMS];
    let mut add = |name: &str, value: fn() -> Value| {
        all.add(format!("endless-{name}"), ENDS, move || value().pickle(2));
    };
    add("deque-maxlen-0", || {
        call(g("collections", "deque"), args![repeat(), 0])
    });
    add("deque-maxlen", || {
        call(g("collections", "deque"), args![repeat(), 10])
    });
    add("deque-range-maxlen", || {
        let range = endless_range();
        call(g("collections", "deque"), args![range, 0])
    });
    add("any", || {
        call(
            g("builtins", "any"),
            vec![call(g("itertools", "repeat"), args![false])],
        )
    });
    add("sum", || call(g("builtins", "sum"), vec![count()]));
    add("set", || {
        call(
            g("builtins", "set"),
            vec![call(g("itertools", "repeat"), args![1])],
        )
    });
    add("zip-list", || {
        let zip = call(g("builtins", "zip"), vec![repeat(), count()]);
        call(g("builtins", "list"), vec![zip])
    });
    add("Counter", || {
        call(g("collections", "Counter"), vec![repeat()])
    });
    add("product", || {
        let values = || list(vec![Value::None; 1000]);
        let product = call(
            g("itertools", "product"),
            (0..8).map(|_| values()).collect(),
        );
        call(g("collections", "deque"), args![product, 0])
    });
    add("cycle", || {
        let cycle = call(g("itertools", "cycle"), vec![list(args![1])]);
        call(g("collections", "deque"), args![cycle, 0])
    });
}

fn repeat() -> Value {
    call(g("itertools", "repeat"), args![0])
}

fn count() -> Value {
    call(g("itertools", "count"), vec![])
}

/// Keys and values of a state.
fn attributes(count: usize) -> Asm {
    (0..count).fold(Asm::new(), |asm, number| {
        asm.text(&format!("a{number}")).none()
    })
}

fn states(all: &mut Collector) {
    const ENDS: &[&str] = &[FORBIDDEN, ITEMS, OBJECTS, MEMORY, STEPS, LOADED];
    let made = || Asm::new().call0("collections", "OrderedDict");
    all.add("state-many-attributes", ENDS, move || {
        let state = Asm::new().dict_of(&attributes(400_000));
        made().then(&state).build().stop()
    });
    all.add("state-many-slots", ENDS, move || {
        let state = Asm::new().none().dict_of(&attributes(400_000)).tuple2();
        made().then(&state).build().stop()
    });
    all.add("state-again", ENDS, move || {
        // A thousand attributes, set ten thousand times.
        let state = Asm::new().dict_of(&attributes(1000)).set_aside(0);
        state
            .then(&made())
            .times(10_000, &Asm::new().binget(0).build())
            .stop()
    });
    all.add("state-deque-appends", ENDS, || {
        let deque = Asm::new().call0("collections", "deque");
        deque
            .mark()
            .times(8_000_000, &Asm::new().none())
            .appends()
            .stop()
    });
    all.add("state-OrderedDict-setitems", ENDS, move || {
        made().mark().then(&numbered(1_000_000)).setitems().stop()
    });
    all.add("state-UserDict-of-itself", ENDS, || {
        let made = Asm::new().call0("collections", "UserDict").binput(0);
        let made = made.attribute("data", &Asm::new().binget(0));
        made.key(&Asm::new().text("a")).stop()
    });
    all.add("state-ChainMap-of-itself", ENDS, || {
        let made = Asm::new().call0("collections", "ChainMap").binput(0);
        let maps = Asm::new().empty_list().binget(0).append();
        made.attribute("maps", &maps)
            .key(&Asm::new().text("a"))
            .stop()
    });
}

/// Texts and patterns.
fn texts(all: &mut Collector) {
    const ENDS: &[&str] = &[FORBIDDEN, ARGUMENT, STRING, MEMORY, STEPS, LOADED];
    let mut add = |name: &str, value: fn() -> Value| {
        all.add(format!("text-{name}"), ENDS, move || value().pickle(4));
    };
    add("punycode", || {
        // Quadratic: each letter is another one.
        let letters: String = ('\u{4e00}'..'\u{9000}').cycle().take(100_000).collect();
        call(g("_codecs", "encode"), args![letters, "punycode"])
    });
    add("idna", || {
        call(
            g("_codecs", "encode"),
            args!["\u{4e00}".repeat(100_000), "idna"],
        )
    });
    add("zlib-codec", || {
        let mut zlib = vec![0x78, 0x9c];
        zlib.extend(pack::deflate_run(b"a", 4 << 20));
        call(g("_codecs", "decode"), args![zlib, "zlib_codec"])
    });
    add("uu-codec", || {
        call(
            g("_codecs", "encode"),
            args![vec![b'a'; 4 << 20], "uu_codec"],
        )
    });
    add("encode-errors", || {
        call(
            g("_codecs", "encode"),
            args!["\u{e9}".repeat(2 << 20), "ascii", "namereplace"],
        )
    });
    add("re-repeats", || {
        call(
            g("re", "compile"),
            args!["(?:(?:a{1,9999}){1,9999}){1,9999}"],
        )
    });
    add("re-parentheses", || {
        let depth = 100_000;
        call(
            g("re", "compile"),
            args![format!("{}a{}", "(".repeat(depth), ")".repeat(depth))],
        )
    });
    add("re-alternatives", || {
        let words: Vec<_> = (0..100_000).map(|number| format!("w{number}")).collect();
        call(g("re", "compile"), args![words.join("|")])
    });
    add("format-width", || {
        crate::value::method("{:>9999999999}".into(), "format", args!["a"])
    });
    add("ljust", || {
        crate::value::method("a".into(), "ljust", args![1_i64 << 40])
    });
    add("replace", || {
        let (long, short) = ("a".repeat(1 << 20), "a".repeat(1 << 20));
        crate::value::method(long.into(), "replace", args!["a", short])
    });
    add("join", || {
        let (long, items) = ("a".repeat(1 << 20), list(vec!["b".into(); 1 << 20]));
        crate::value::method(long.into(), "join", vec![items])
    });
    add("expandtabs", || {
        crate::value::method("\t".repeat(1 << 16).into(), "expandtabs", args![1 << 24])
    });
    add("namedtuple", || {
        let names: Vec<_> = (0..200_000).map(|number| format!("f{number}")).collect();
        call(
            g("collections", "namedtuple"),
            args!["Made", names.join(" ")],
        )
    });
    add("ip-network", || {
        let network = call(g("ipaddress", "ip_network"), args!["::/0"]);
        call(g("builtins", "list"), vec![network])
    });
    add("array", || {
        call(g("array", "array"), vec!["q".into(), endless_range()])
    });
    add("struct", || call(g("struct", "pack"), args!["9999999999x"]));
    add("numpy-shape", || {
        let shape = tuple(args![1_i64 << 31, 1_i64 << 6]);
        call(g("numpy", "zeros"), vec![shape])
    });
}
