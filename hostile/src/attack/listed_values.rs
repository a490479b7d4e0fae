//! Listed callables of numbers, dates, texts and arrays.

use super::Harm;
use super::collector::Collector;
use super::listed::MANY;
use super::made::attribute;
use crate::args;
use crate::asm::Asm;
use crate::value::{Value, build, call, g, list, method, steps, tuple};

pub(super) fn collect(all: &mut Collector<'_>) {
    numbers_and_dates(all);
    text(all);
    arrays(all);
}

fn numbers_and_dates(all: &mut Collector<'_>) {
    all.add(
        "listed-decimal-context",
        "changes the precision of all decimals",
        |_| {
            let context = call(g("decimal", "Context"), args![1]);
            call(g("decimal", "setcontext"), vec![context])
        },
    )
    .state("sys.modules['decimal'].getcontext().prec == 1");
    all.add(
        "listed-datetime-bytes",
        "makes a time that does not exist, of bytes",
        |_| {
            // Month 13 is refused; day 31 of February is not.
            call(
                g("datetime", "datetime"),
                args![vec![7, 0xe8, 2, 31, 23, 59, 59, 0, 0, 0]],
            )
        },
    )
    .state("(loaded.month, loaded.day) == (2, 31)");
    all.add(
        "listed-date-bytes",
        "makes a date that does not exist, of bytes",
        |_| call(g("datetime", "date"), args![vec![0, 0, 2, 0]]),
    )
    .state("(loaded.year, loaded.day) == (0, 0)");
    all.add(
        "listed-time-bytes",
        "makes a time that does not exist, of bytes",
        |_| {
            call(
                g("datetime", "time"),
                args![vec![23, 99, 99, 255, 255, 255]],
            )
        },
    )
    .state("loaded.minute == 99");
    all.add(
        "listed-tzinfo",
        "a time whose zone runs code when it is asked",
        |k| {
            let made = super::made::subclass(
                g("datetime", "tzinfo"),
                attribute("utcoffset", super::made::asked(k)),
            );
            let zone = call(made, vec![]);
            let time = call(
                g("datetime", "datetime"),
                args![2024, 1, 1, 0, 0, 0, 0, zone],
            );
            method(time, "utcoffset", vec![])
        },
    );
    all.add("listed-uuid-state", "a UUID whose number is none", |_| {
        let made = Asm::new()
            .proto(2)
            .global("uuid", "UUID")
            .empty_tuple()
            .newobj();
        build(made.into(), attribute("int", "no number".into()))
    })
    .state("loaded.int == 'no number'");
    all.add("listed-struct-time", "a struct of any content", |_| {
        call(
            g("time", "struct_time"),
            vec![list(vec![g("os", "system"); 9])],
        )
    })
    .state("loaded.tm_year is sys.modules['os'].system");
}

fn text(all: &mut Collector<'_>) {
    all.add(
        "listed-codec-imports",
        "imports a module by the name of a codec",
        |_| call(g("_codecs", "encode"), args!["a", "punycode"]),
    )
    .state("'encodings.punycode' in sys.modules");
    all.add(
        "listed-codec-zip",
        "decompresses by the name of a codec",
        |_| {
            let packed = crate::pack::deflate_run(b"a", 400);
            let mut zlib = vec![0x78, 0x9c];
            zlib.extend(packed);
            // Adler-32 of 1 + 258 * 400 times "a".
            zlib.extend(adler32_of_a(1 + 258 * 400).to_be_bytes());
            call(g("_codecs", "decode"), args![zlib, "zlib_codec"])
        },
    )
    .state("len(loaded) > 100_000");
    all.add(
        "listed-codec-errors",
        "calls a handler of encoding errors",
        |k| {
            let source = format!("lambda error: ({}, ('', error.end))[1]", k.py);
            let handler = call(g("builtins", "eval"), args![source]);
            let register = call(g("codecs", "register_error"), args!["hostile", handler]);
            let encode = call(g("_codecs", "encode"), args!["\u{e9}", "ascii", "hostile"]);
            steps(vec![register, encode])
        },
    );
    all.add(
        "listed-format",
        "reads attributes by a format string",
        |_| {
            let format = "{0.__init__.__globals__[sys]}";
            method(format.into(), "format", vec![g("os", "_wrap_close")])
        },
    )
    .state("'module' in loaded");
    all.add("listed-intern", "keeps a text", |_| {
        call(g("sys", "intern"), args!["hostile text"])
    })
    .state("sys.intern('hostile ' + 'text') is loaded");
    all.add("listed-re", "a pattern that takes exponential time", |_| {
        call(g("re", "compile"), args!["(a+)+$"])
    })
    .state("loaded.pattern == '(a+)+$'");
    all.add(
        "listed-template",
        "a namedtuple's fields, which become code",
        |_| call(g("collections", "namedtuple"), args!["Made", "a b c"]),
    )
    .state("loaded.__name__ == 'Made'");
}

fn adler32_of_a(count: u64) -> u32 {
    let a = u64::from(b'a');
    let low = (1 + count * a) % 65521;
    let high = (count + a * (count * (count + 1) / 2)) % 65521;
    (high << 16 | low) as u32
}

fn arrays(all: &mut Collector<'_>) {
    all.add(
        "listed-array",
        "makes an array of bytes, in another machine's form",
        |_| {
            let args = args![g("array", "array"), "d", 99, vec![0; 8]];
            call(g("array", "_array_reconstructor"), args)
        },
    )
    .harm(Harm::Raises("ValueError"));
    all.add(
        "listed-numpy-reconstruct",
        "asks for more memory than there is",
        |_| {
            let shape = tuple(args![MANY]);
            let args = args![g("numpy", "ndarray"), shape, vec![b'b']];
            call(g("numpy.core.multiarray", "_reconstruct"), args)
        },
    )
    .module("numpy")
    .harm(Harm::Raises("MemoryError"));
    all.add(
        "listed-numpy-strides",
        "an array that reaches behind its memory",
        |_| {
            let array = call(g("numpy", "zeros"), args![8]);
            let as_strided = g("numpy.lib.stride_tricks", "as_strided");
            call(
                as_strided,
                args![array, tuple(args![1 << 30]), tuple(args![8])],
            )
        },
    )
    .module("numpy")
    .state("loaded.size == 1 << 30");
    all.add(
        "listed-numpy-subclass",
        "makes any subclass of ndarray",
        |_| {
            let made = super::made::subclass(g("numpy", "ndarray"), attribute("evil", 1.into()));
            let args = args![made, tuple(args![0]), vec![b'b']];
            call(g("numpy.core.multiarray", "_reconstruct"), args)
        },
    )
    .module("numpy")
    .state("loaded.evil == 1");
    all.add(
        "listed-torch-load-from-bytes",
        "loads a pickle in the pickle",
        |k| {
            let bytes = k.system().pickle(2);
            call(g("torch.storage", "_load_from_bytes"), args![bytes])
        },
    )
    .module("torch");
    all.add(
        "listed-torch-parameter-state",
        "sets any attribute of a tensor",
        |_| {
            let tensor = call(g("torch", "zeros"), args![1]);
            let state = attribute("evil", 1.into());
            let args = args![
                tensor,
                true,
                call(g("collections", "OrderedDict"), vec![]),
                state
            ];
            call(g("torch._utils", "_rebuild_parameter_with_state"), args)
        },
    )
    .module("torch")
    .state("loaded.evil == 1");
    all.add(
        "listed-torch-rebuild",
        "a tensor that reaches behind its storage",
        |_| {
            let storage = call(g("torch", "UntypedStorage"), args![8]);
            let args = args![
                storage,
                0,
                tuple(args![1 << 30]),
                tuple(args![1]),
                false,
                Value::None
            ];
            call(g("torch._utils", "_rebuild_tensor_v2"), args)
        },
    )
    .module("torch")
    .harm(Harm::Raises("RuntimeError"));
}
