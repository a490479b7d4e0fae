//! Names that come by way of the memo, of escapes, and of calls.

use super::collector::{Collector, Spot};
use super::{Class, Needs};
use crate::args;
use crate::asm::Asm;
use crate::value::{Value, call, g, list, method};

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Memo);
    memo(all);
    escaped(all);
    computed(all);
}

fn run(names: Asm, k: &Spot) -> Vec<u8> {
    names.stack_global().text(&k.sh).tuple1().reduce().stop()
}

fn memo(all: &mut Collector<'_>) {
    let does = "names by way of the memo";
    all.bytes("memo-binget", does, |k| {
        let put = Asm::new()
            .text("os")
            .set_aside(5)
            .text("system")
            .set_aside(6);
        run(put.binget(5).binget(6), k)
    });
    all.bytes("memo-memoize", does, |k| {
        let put = Asm::new()
            .proto(4)
            .text("system")
            .memoize()
            .text("os")
            .memoize()
            .mark();
        run(put.pop_mark().pop().pop().binget(1).binget(0), k)
    });
    all.bytes("memo-get-text", does, |k| {
        let put = Asm::new().unicode_text("system").put("7").pop();
        run(put.unicode_text("os").get("7"), k)
    });
    all.bytes("memo-long-index", does, |k| {
        let put = Asm::new().text("system").long_binput(70_000).pop();
        run(put.text("os").long_binget(70_000), k)
    });
    all.bytes(
        "memo-get-spelled",
        "an index with zeros, a sign and an underscore",
        |k| {
            let put = Asm::new()
                .text("os")
                .put("+1_0")
                .pop()
                .text("system")
                .put("0011")
                .pop();
            run(put.get("010").get("+1_1"), k)
        },
    );
    all.bytes(
        "memo-overwritten",
        "an entry that is overwritten with the evil name",
        |k| {
            let put = Asm::new()
                .text("collections")
                .binput(0)
                .text("OrderedDict")
                .binput(1);
            let put = put
                .text("os")
                .binput(0)
                .text("system")
                .binput(1)
                .mark()
                .pop_mark();
            run(put.binget(0).binget(1), k)
        },
    );
    all.bytes(
        "memo-overwritten-later",
        "an entry that is overwritten after its use",
        |k| {
            let put = Asm::new().text("os").binput(0).text("system").binput(1);
            let used = put.stack_global().text("collections").binput(0);
            used.pop().text(&k.sh).tuple1().reduce().stop()
        },
    );
    all.bytes(
        "memo-memoize-counts",
        "MEMOIZE after BINPUT 0 to the same index twice",
        |k| {
            let put = Asm::new().text("a").binput(0).text("b").binput(0);
            let put = put.text("os").memoize().text("system").memoize();
            run(put.binget(1).binget(2), k)
        },
    );
    all.bytes(
        "memo-callable",
        "the callable itself is fetched again",
        |k| {
            let put = Asm::new().named("os", "system").memoize().pop();
            put.binget(0).text(&k.sh).tuple1().reduce().stop()
        },
    );
    all.bytes(
        "dup-name",
        "DUP makes a module's name its function's, too",
        |k| {
            let timeit = Asm::new().text("timeit").dup().stack_global();
            timeit.text("pass").text(&k.py).tuple2().reduce().stop()
        },
    );
    all.bytes("dup-callable", "DUP, and the first copy is dropped", |k| {
        let system = Asm::new().global("os", "system").dup().mark().pop_mark();
        system.text(&k.sh).tuple1().reduce().stop()
    });
    all.bytes(
        "pop-decoys",
        "decoys between the names and STACK_GLOBAL are dropped",
        |k| {
            let names = Asm::new().proto(4).text("os").text("system");
            run(names.text("collections").text("OrderedDict").pop().pop(), k)
        },
    );
    all.bytes("pop-mark-decoys", "decoys above a mark are dropped", |k| {
        let names = Asm::new().proto(4).text("os").text("system").mark();
        run(names.text("collections").text("Counter").pop_mark(), k)
    });
    all.bytes(
        "decoy-in-a-tuple",
        "decoys in a tuple that is dropped",
        |k| {
            let names = Asm::new().proto(4).text("os").text("system");
            run(names.text("collections").text("Counter").tuple2().pop(), k)
        },
    );
    all.bytes("names-apart", "much stands between the two names", |k| {
        let decoy = Asm::new().text("decoy").pop();
        run(
            Asm::new()
                .text("os")
                .times(40, &decoy)
                .text("system")
                .times(40, &decoy),
            k,
        )
    });
}

fn escaped(all: &mut Collector<'_>) {
    let does = "names written with escapes, or in other types of string";
    let pair = |k: &Spot, module: &str, name: &str| {
        run(Asm::new().raw(module.as_bytes()).raw(name.as_bytes()), k)
    };
    for (name, module, attribute) in [
        ("unicode", "V\\u006fs\n", "Vsy\\u0073tem\n"),
        ("unicode-long", "V\\U0000006fs\n", "V\\U00000073ystem\n"),
        ("string", "S'\\x6fs'\n", "S'\\x73ystem'\n"),
        ("string-octal", "S'\\157s'\n", "S\"\\163ystem\"\n"),
        ("string-line", "S'o\\\\x73'\n", "S'system'\n"),
        ("short-binstring", "U\x02os", "U\x06system"),
        ("binstring", "T\x02\0\0\0os", "T\x06\0\0\0system"),
        ("binunicode", "X\x02\0\0\0os", "X\x06\0\0\0system"),
    ] {
        let draft = all.bytes(&format!("escaped-{name}"), does, |k| {
            pair(k, module, attribute)
        });
        if name == "string-line" {
            draft.needs(Needs::Other("a loader that unescapes twice"));
        }
    }
    all.bytes("escaped-binunicode8", does, |k| {
        run(Asm::new().binunicode8("os").binunicode8("system"), k)
    });
}

fn computed(all: &mut Collector<'_>) {
    let does = "a name that a call computes";
    let mut add = |name: &str, part: Value| {
        all.add_in(4, &format!("computed-{name}"), does, |k| {
            // STACK_GLOBAL on what the call returned.
            let system = Asm::new().text("os").then(&part.asm(4)).stack_global();
            call(system.into(), args![&k.sh])
        });
    };
    add(
        "join",
        method("".into(), "join", vec![list(args!["sys", "tem"])]),
    );
    add("concat", call(g("operator", "concat"), args!["sys", "tem"]));
    add(
        "replace",
        method("sXstem".into(), "replace", args!["X", "y"]),
    );
    add("lower", method("SYSTEM".into(), "lower", vec![]));
    add(
        "decode",
        call(g("_codecs", "decode"), args![b"system".to_vec(), "ascii"]),
    );
    add(
        "rot13",
        call(g("codecs", "decode"), args!["flfgrz", "rot13"]),
    );
    add(
        "str",
        call(g("builtins", "str"), args![b"system".to_vec(), "ascii"]),
    );
    let backwards = call(g("builtins", "slice"), args![Value::None, Value::None, -1]);
    add(
        "reversed",
        call(g("operator", "getitem"), args!["metsys", backwards]),
    );
    let decoded = call(g("base64", "b64decode"), args!["c3lzdGVt"]);
    add("base64", method(decoded, "decode", vec![]));
    let unhexed = call(g("binascii", "unhexlify"), args!["73797374656d"]);
    add("hex", method(unhexed, "decode", vec![]));
    add("format", method("{}tem".into(), "format", args!["sys"]));
    add(
        "normalized",
        call(g("unicodedata", "normalize"), args!["NFKC", "ｓｙｓｔｅｍ"]),
    );
    let letters = call(
        g("builtins", "map"),
        args![
            g("builtins", "chr"),
            list(args![115, 121, 115, 116, 101, 109])
        ],
    );
    add("chr", method("".into(), "join", vec![letters]));
}
