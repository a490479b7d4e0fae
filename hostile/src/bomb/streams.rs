//! The memo, the stack, and floods of opcodes.

use super::end::{
    CALLS, FORBIDDEN, LOADED, MALFORMED, MARKS, MEMO, OBJECTS, OPCODES, STACK, STRING,
};
use super::{Class, Collector};
use crate::asm::Asm;

/// How often a piece fits into twelve megabytes.
fn fill(piece: &Asm) -> Asm {
    let size = piece.clone().into_bytes().len();
    Asm::new().times((12 << 20) / size, piece)
}

pub(super) fn collect(all: &mut Collector) {
    memo(all);
    stack(all);
    floods(all);
    calls(all);
}

fn memo(all: &mut Collector) {
    all.class(Class::Memo);
    for index in [u32::MAX, 1 << 31, 1 << 28, 1 << 24] {
        all.add(
            format!("memo-long-binput-{index}"),
            &[MEMO, LOADED],
            move || Asm::new().none().long_binput(index).stop(),
        );
    }
    for index in [
        "4294967295",
        "9223372036854775807",
        "18446744073709551616",
        "-1",
    ] {
        all.add(
            format!("memo-put-{index}"),
            &[MEMO, MALFORMED, LOADED],
            move || Asm::new().none().put(index).stop(),
        );
    }
    all.add(
        "memo-put-long-index",
        &[MEMO, MALFORMED, STRING, LOADED],
        || Asm::new().none().put(vec![b'9'; 4 << 20]).stop(),
    );
    all.add("memo-get-long-index", &[MEMO, MALFORMED, STRING], || {
        Asm::new().none().get(vec![b'9'; 4 << 20]).stop()
    });
    all.add(
        "memo-put-many-zeros",
        &[MEMO, MALFORMED, STRING, LOADED],
        || Asm::new().none().put(vec![b'0'; 4 << 20]).stop(),
    );
    all.add("memo-far-apart", &[MEMO, LOADED], || {
        let none = Asm::new().none();
        (0..4096)
            .fold(none, |asm, number| asm.long_binput(number << 20))
            .stop()
    });
    all.add("memo-downwards", &[MEMO, LOADED], || {
        let none = Asm::new().none();
        let indexes = (0..2_000_000_u32).rev();
        indexes
            .fold(none, |asm, index| asm.long_binput(index))
            .stop()
    });
    all.add("memo-memoize", &[MEMO, OPCODES, LOADED], || {
        Asm::new().none().then(&fill(&Asm::new().memoize())).stop()
    });
    all.add("memo-memoize-after-a-hole", &[MEMO, LOADED], || {
        let far = Asm::new().none().long_binput(1 << 30);
        far.times(1000, &Asm::new().memoize()).stop()
    });
    all.add("memo-missing", &[MALFORMED], || {
        Asm::new().long_binget(u32::MAX).stop()
    });
}

fn stack(all: &mut Collector) {
    all.class(Class::Stack);
    all.add("stack-nones", &[STACK, OPCODES, LOADED], || {
        fill(&Asm::new().none()).stop()
    });
    all.add("stack-lists", &[STACK, OBJECTS, OPCODES, LOADED], || {
        fill(&Asm::new().empty_list()).stop()
    });
    all.add("stack-dicts", &[STACK, OBJECTS, OPCODES, LOADED], || {
        fill(&Asm::new().empty_dict()).stop()
    });
    all.add("stack-dup", &[STACK, OPCODES, LOADED], || {
        Asm::new().none().then(&fill(&Asm::new().dup())).stop()
    });
    all.add("stack-get", &[STACK, OPCODES, LOADED], || {
        Asm::new()
            .none()
            .binput(0)
            .then(&fill(&Asm::new().binget(0)))
            .stop()
    });
    all.add("stack-marks", &[MARKS, STACK, OPCODES, MALFORMED], || {
        fill(&Asm::new().mark()).none().stop()
    });
    all.add(
        "stack-marks-and-objects",
        &[MARKS, STACK, OPCODES, MALFORMED],
        || fill(&Asm::new().mark().none()).stop(),
    );
    all.add(
        "stack-marks-taken",
        &[MARKS, STACK, OPCODES, LOADED],
        || {
            let half = 4 << 20;
            let marks = Asm::new().times(half, &Asm::new().mark());
            marks.times(half, &Asm::new().pop_mark()).none().stop()
        },
    );
}

fn floods(all: &mut Collector) {
    all.class(Class::Opcodes);
    let asm = Asm::new;
    for (name, piece) in [
        ("none-pop", asm().none().pop()),
        ("mark-pop-mark", asm().mark().pop_mark()),
        ("mark-pop", asm().mark().pop()),
        ("dup-pop", asm().none().dup().pop().pop()),
        ("proto", asm().proto(5)),
        ("frame", asm().frame(0)),
        ("list", asm().empty_list().pop()),
        ("list-of-none", asm().mark().list().pop()),
        ("set", asm().empty_set().pop()),
        ("frozenset", asm().mark().frozenset().pop()),
        ("int-text", asm().int_text("1").pop()),
        ("float-text", asm().float_text("1").pop()),
        ("long-text", asm().long_text("1L").pop()),
        ("long1", asm().long1([]).pop()),
        ("empty-unicode", asm().short_binunicode("").pop()),
        ("empty-string-text", asm().string_text("''").pop()),
        ("tuple3", asm().none().none().none().tuple3().pop()),
        ("put", asm().none().put("0").pop()),
        ("bytearray", asm().bytearray8([]).pop()),
        ("empty-appends", asm().empty_list().mark().appends().pop()),
        ("empty-setitems", asm().empty_dict().mark().setitems().pop()),
    ] {
        all.add(
            format!("flood-{name}"),
            &[OPCODES, OBJECTS, LOADED],
            move || fill(&piece).none().stop(),
        );
    }
    all.add("flood-pop", &[MALFORMED], || fill(&Asm::new().pop()).stop());
    all.add("flood-pickles", &[LOADED], || {
        fill(&Asm::new().none().raw(b".")).into_bytes()
    });
    all.add("flood-escapes", &[STRING, LOADED], || {
        let escapes = b"\\u0041".repeat(2 << 20);
        Asm::new().unicode_text(escapes).stop()
    });
    all.add("flood-string-escapes", &[STRING, LOADED], || {
        let escapes = b"\\x41".repeat(3 << 20);
        Asm::new()
            .string_text([&b"'"[..], &escapes, b"'"].concat())
            .stop()
    });
    all.add("flood-buffers", &[MALFORMED], || {
        fill(&Asm::new().next_buffer()).stop()
    });
    all.add("flood-readonly-buffers", &[MALFORMED], || {
        Asm::new()
            .none()
            .then(&fill(&Asm::new().readonly_buffer()))
            .stop()
    });
    all.add("flood-persistent-ids", &[MALFORMED, FORBIDDEN], || {
        fill(&Asm::new().persid("a").pop()).none().stop()
    });
    all.add("flood-extensions", &[MALFORMED, FORBIDDEN], || {
        fill(&Asm::new().ext1(1).pop()).none().stop()
    });
}

fn calls(all: &mut Collector) {
    all.class(Class::Calls);
    let asm = Asm::new;
    let class = |name| asm().global("collections", name).set_aside(0);
    for (name, first, piece) in [
        (
            "reduce",
            class("OrderedDict"),
            asm().binget(0).empty_tuple().reduce().pop(),
        ),
        (
            "newobj",
            class("OrderedDict"),
            asm().binget(0).empty_tuple().newobj().pop(),
        ),
        ("obj", class("deque"), asm().mark().binget(0).obj().pop()),
        (
            "inst",
            asm(),
            asm().mark().inst("collections", "deque").pop(),
        ),
        ("global", asm(), asm().global("collections", "deque").pop()),
        (
            "stack-global",
            asm().text("collections").binput(0).text("deque").binput(1),
            asm().binget(0).binget(1).stack_global().pop(),
        ),
        (
            "build",
            class("OrderedDict").binget(0).empty_tuple().reduce(),
            asm().empty_dict().build(),
        ),
        (
            "newobj-ex",
            class("OrderedDict"),
            asm().binget(0).empty_tuple().empty_dict().newobj_ex().pop(),
        ),
    ] {
        all.add(
            format!("calls-{name}"),
            &[FORBIDDEN, CALLS, OPCODES, OBJECTS, LOADED],
            move || first.clone().then(&fill(&piece)).none().stop(),
        );
    }
}
