//! Streams that a scanner reads otherwise than the loader does, or gives up on.

use super::collector::{Collector, Spot};
use super::{Class, Load, Needs};
use crate::args;
use crate::asm::Asm;
use crate::value::{Value, call, g, list};

/// The payload, without `STOP`.
fn payload(k: &Spot) -> Asm {
    k.system().asm(4)
}

/// The payload of protocol 0, which has no bytes above 127.
fn text_payload(k: &Spot) -> Asm {
    k.system().asm(0)
}

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Confusing);
    after_the_payload(all);
    several(all);
    frames(all);
    protocols(all);
    arguments(all);
    sizes(all);
    pretending(all);
}

/// The payload has run when the stream turns out to be broken.
fn after_the_payload(all: &mut Collector<'_>) {
    let does = "runs, then breaks off with an error";
    for (name, rest) in [
        ("truncated", &b""[..]),
        ("truncated-argument", b"X\xff\0\0\0abc"),
        ("unknown-opcode", b"\xff."),
        ("byte-zero", b"\0."),
        ("unknown-protocol", b"\x80\x63."),
        ("missing-memo-entry", b"h\x63."),
        ("pop-from-nothing", b"000."),
        ("no-mark", b"0t."),
        ("reduce-of-none", b"NNR."),
        ("build-of-none", b"NNb."),
        ("odd-items", b"}(NNNu."),
        ("bad-utf-8", b"X\x01\0\0\0\xff."),
        ("bad-float", b"Fone\n."),
        ("bad-int", b"Ione\n."),
        ("bad-string", b"Sone\n."),
        ("bad-escape", b"V\\uzzzz\n."),
        ("negative-length", b"T\xff\xff\xff\xff."),
        ("negative-long", b"\x8b\xff\xff\xff\xff."),
        ("huge-length", b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f."),
        ("huge-frame", b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f."),
        ("no-buffer", b"\x97."),
        ("no-persistent-load", b"Pid\n."),
        ("unregistered-extension", b"\x82\xfe."),
        ("missing-module", b"chostile_missing\nname\n."),
        ("missing-name", b"cos\nhostile_missing\n."),
        ("stack-global-of-ints", b"K\x01K\x02\x93."),
        ("unhashable-key", b"}]Ns."),
        ("int-too-long", b"I1_\n."),
        ("empty-line", b"I\n."),
    ] {
        all.bytes(&format!("then-{name}"), does, |k| {
            payload(k).raw(rest).into_bytes()
        });
    }
    all.bytes("then-null-bytes", "runs, then a megabyte of zeros", |k| {
        payload(k).raw(&vec![0; 1 << 20]).into_bytes()
    });
}

fn several(all: &mut Collector<'_>) {
    let benign = || list(args![1, "two", 3]).pickle(4);
    all.bytes("second-pickle", "the second pickle of a file", |k| {
        [benign(), payload(k).stop()].concat()
    })
    .load(Load::Each);
    all.bytes("hundredth-pickle", "the last of a hundred pickles", |k| {
        let mut all = benign().repeat(99);
        all.extend(payload(k).stop());
        all
    })
    .load(Load::Each);
    all.bytes(
        "before-broken-pickle",
        "a pickle before one that is broken",
        |k| [payload(k).stop(), b"\x80\x04\xff\xff".to_vec()].concat(),
    );
    all.bytes(
        "after-torch-magic",
        "behind the magic number of old checkpoints",
        |k| {
            let magic = Asm::new()
                .proto(2)
                .long1(b"\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19");
            let protocol = Asm::new().proto(2).binint2(1001);
            let system = Value::Dict(vec![("protocol_version".into(), 1001.into())]);
            [
                magic.stop(),
                protocol.stop(),
                system.pickle(2),
                payload(k).stop(),
            ]
            .concat()
        },
    )
    .load(Load::Each)
    .extension(".pt");
    all.bytes(
        "garbage-after-stop",
        "runs, and has garbage behind STOP",
        |k| [payload(k).stop(), b"\0\x01garbage\xff".repeat(3)].concat(),
    );
    all.bytes(
        "harmless-look-after-stop",
        "what is behind STOP would be harmless",
        |k| [payload(k).stop(), benign()].concat(),
    );
    all.bytes(
        "stop-in-a-string",
        "a STOP in a string comes before the payload",
        |k| Asm::new().text("N.").pop().then(&payload(k)).stop(),
    );
}

fn frames(all: &mut Collector<'_>) {
    all.bytes("frame-exact", "in a frame, as CPython writes it", |k| {
        Asm::new()
            .proto(4)
            .framed(&payload(k).raw(b"."))
            .into_bytes()
    });
    all.bytes(
        "frame-straddled",
        "an opcode's argument crosses the end of its frame",
        |k| {
            let payload = payload(k);
            Asm::new().proto(4).frame(5).then(&payload).stop()
        },
    );
    all.bytes("frame-in-frame", "a frame inside a frame", |k| {
        let inner = Asm::new().framed(&payload(k));
        Asm::new().proto(4).framed(&inner.raw(b".")).into_bytes()
    })
    .before(14);
    all.bytes("frame-in-protocol-0", "frames without PROTO", |k| {
        Asm::new().framed(&payload(k).raw(b".")).into_bytes()
    });
    all.bytes("frames-of-nothing", "a hundred empty frames", |k| {
        let empty = Asm::new().frame(0);
        Asm::new()
            .proto(4)
            .times(100, &empty)
            .then(&payload(k))
            .stop()
    });
    all.bytes("frame-past-stop", "a frame that goes on behind STOP", |k| {
        let payload = payload(k).raw(b".NNNN");
        Asm::new().proto(4).framed(&payload).into_bytes()
    });
    all.bytes("frame-splits-names", "a frame for each of the names", |k| {
        let word = |word: &str| Asm::new().framed(&Asm::new().text(word));
        let names = Asm::new().proto(4).then(&word("os")).then(&word("system"));
        names.stack_global().text(&k.sh).tuple1().reduce().stop()
    });
}

fn protocols(all: &mut Collector<'_>) {
    for protocol in [0, 1, 3, 5] {
        all.bytes(
            &format!("proto-{protocol}-lies"),
            "opcodes of protocol 4 under another number",
            |k| Asm::new().proto(protocol).then(&payload(k)).stop(),
        );
    }
    all.bytes("proto-in-the-middle", "PROTO between the names", |k| {
        let names = Asm::new()
            .proto(4)
            .text("os")
            .proto(2)
            .text("system")
            .proto(5);
        names.stack_global().text(&k.sh).tuple1().reduce().stop()
    });
    all.bytes("proto-fifty-times", "PROTO again and again", |k| {
        Asm::new()
            .times(50, &Asm::new().proto(4))
            .then(&payload(k))
            .stop()
    });
    all.bytes(
        "proto-changes-names",
        "PROTO 4 allows dots in what GLOBAL names",
        |k| {
            let asm = Asm::new()
                .proto(2)
                .none()
                .pop()
                .proto(4)
                .global("logging", "os.system");
            asm.text(&k.sh).tuple1().reduce().stop()
        },
    );
    all.bytes(
        "proto-switches-mapping",
        "PROTO 2 brings Python 2's names back",
        |k| {
            let asm = Asm::new()
                .proto(4)
                .none()
                .pop()
                .proto(2)
                .global("commands", "getoutput");
            asm.text(&k.sh).tuple1().reduce().stop()
        },
    );
}

/// Arguments that one reader takes and another one does not.
fn arguments(all: &mut Collector<'_>) {
    let does = "an argument that pickletools refuses and the loader takes";
    for (name, before) in [
        ("int-octal", &b"I010\n0"[..]),
        ("int-spaces", b"I 12\n0"),
        ("int-plus", b"I+12\n0"),
        ("long-underscore", b"L1_2L\n0"),
        ("long-without-l", b"L12\n0"),
        ("long-spaces", b"L 12L\n0"),
        ("float-infinity", b"Finfinity\n0"),
        ("put-zeros", b"Np0007\n0"),
        ("string-unprintable", b"S'\x01\x02\x7f'\n0"),
        ("string-tail", b"S'ab'cd'\n0"),
        ("unicode-latin-1", b"V\xe9\xff\n0"),
        ("unicode-carriage-return", b"Va\rb\n0"),
        ("surrogate", b"X\x03\0\0\0\xed\xa0\x80" as &[u8]),
        ("string-bytes", b"U\x02\x7f\x010"),
        ("nul-in-a-string", b"X\x05\0\0\0a\0b\0c0"),
        ("newlines-in-a-name", b"X\x0c\0\0\0os\nsystem\nR.0"),
    ] {
        all.bytes(&format!("argument-{name}"), does, |k| {
            Asm::new().raw(before).then(&text_payload(k)).stop()
        });
    }
    all.bytes("argument-int-hex", does, |k| {
        Asm::new()
            .int_text("0x10")
            .pop()
            .then(&text_payload(k))
            .stop()
    })
    .before(14);
    all.bytes(
        "stack-left-over",
        "a hundred objects are left on the stack",
        |k| {
            Asm::new()
                .times(100, &Asm::new().none())
                .then(&payload(k))
                .stop()
        },
    );
    all.bytes("marks-left-over", "marks that nothing takes", |k| {
        Asm::new().none().mark().mark().then(&payload(k)).stop()
    })
    .needs(Needs::Other(
        "nothing: STOP above a mark is refused after the payload has run",
    ));
    all.bytes("pop-takes-a-mark", "POP drops a mark", |k| {
        Asm::new().mark().pop().then(&payload(k)).stop()
    });
    all.bytes(
        "inst-deep-in-the-stack",
        "INST with marks and objects below",
        |k| {
            let below = Asm::new().none().mark().none().mark().none();
            let inst = below.mark().binunicode(&k.sh).inst("os", "system");
            inst.stop()
        },
    );
    all.bytes("obj-above-marks", "OBJ with empty marks below", |k| {
        let below = Asm::new().mark().mark().mark();
        below
            .global("os", "system")
            .text(&k.sh)
            .obj()
            .pop_mark()
            .pop_mark()
            .none()
            .stop()
    });
    all.bytes("memo-huge-index", "a memo entry far out", |k| {
        Asm::new()
            .none()
            .long_binput(1 << 20)
            .pop()
            .then(&payload(k))
            .stop()
    });
    all.bytes(
        "build-nothing",
        "BUILD with an empty state after the call",
        |k| {
            let object = call(g("collections", "OrderedDict"), vec![]);
            payload(k)
                .pop()
                .then(&object.asm(4))
                .empty_dict()
                .build()
                .stop()
        },
    );
    all.bytes(
        "result-is-harmless",
        "the call's result is dropped, plain data stays",
        |k| payload(k).pop().then(&list(args![1, 2, 3]).asm(4)).stop(),
    );
    all.bytes("inside-a-dict", "deep in what looks like data", |k| {
        let inner = crate::value::dict([("weights", list(args![1, 2])), ("bias", k.system())]);
        crate::value::dict([("layers", list(vec![inner]))]).pickle(4)
    });
}

fn sizes(all: &mut Collector<'_>) {
    all.bytes("after-a-megabyte", "behind a megabyte of data", |k| {
        let data = Asm::new().binbytes(vec![b'.'; 1 << 20]).pop();
        data.then(&payload(k)).stop()
    });
    all.bytes(
        "after-many-opcodes",
        "behind a hundred thousand opcodes",
        |k| {
            let pair = Asm::new().none().pop();
            Asm::new().times(50_000, &pair).then(&payload(k)).stop()
        },
    );
    all.bytes(
        "after-many-globals",
        "behind a thousand harmless globals",
        |k| {
            let harmless = Asm::new().global("collections", "OrderedDict").pop();
            Asm::new().times(1000, &harmless).then(&payload(k)).stop()
        },
    );
    all.bytes("after-deep-nesting", "behind lists in lists", |k| {
        let deep = Asm::new().times(2000, &Asm::new().empty_list());
        let deep = deep.times(1999, &Asm::new().append()).pop();
        deep.then(&payload(k)).stop()
    });
    all.bytes("long-names", "a command of ten thousand bytes", |k| {
        let command = format!("{}; : {}", k.sh, "a".repeat(10_000));
        call(g("os", "system"), args![command]).pickle(4)
    });
}

/// Files that say to be something else.
fn pretending(all: &mut Collector<'_>) {
    for extension in [".json", ".txt", ".png", ".csv", ".safetensors", ".gguf", ""] {
        let name = format!("extension{}", extension.replace('.', "-"));
        all.bytes(&name, "a pickle whose name says something else", |k| {
            payload(k).stop()
        })
        .extension(extension);
    }
    all.bytes(
        "magic-gif",
        "begins as a GIF does, which is BINFLOAT",
        |k| {
            let gif = Asm::new().raw(b"GIF89a\x01\0\x01").pop();
            gif.then(&payload(k)).stop()
        },
    )
    .extension(".gif");
    all.bytes(
        "magic-exe",
        "begins as a Windows program does, which is BININT2",
        |k| Asm::new().raw(b"MZ\x90").pop().then(&payload(k)).stop(),
    )
    .extension(".exe");
    all.bytes(
        "magic-xml",
        "has the text of an XML file in a string",
        |k| {
            let text = Asm::new()
                .unicode_text("<?xml version=\"1.0\"?><root/>")
                .pop();
            text.then(&text_payload(k)).stop()
        },
    )
    .extension(".xml");
    all.bytes(
        "magic-tar",
        "has the magic of a tar archive at its place",
        |k| {
            let mut header = vec![b'a'; 600];
            header[252..260].copy_from_slice(b"ustar\0\x30\x30");
            Asm::new().binbytes(header).pop().then(&payload(k)).stop()
        },
    )
    .extension(".tar");
}
