//! Lengths that say more than there is, and lines that never end.

use super::end::{MALFORMED, MEMO, MEMORY, STRING};
use super::{Class, Collector};
use crate::asm::Asm;

/// An opcode with a length, and three bytes.
fn declares(opcode: u8, length: &[u8]) -> Vec<u8> {
    Asm::new().raw(&[opcode]).raw(length).raw(b"abc").stop()
}

pub(super) fn collect(all: &mut Collector) {
    all.class(Class::Size);
    for (name, opcode) in [
        ("binstring", b'T'),
        ("binbytes", b'B'),
        ("binunicode", b'X'),
        ("long4", 0x8b),
    ] {
        for length in [i32::MAX, -1, i32::MIN, 1 << 30] {
            all.add(
                format!("size-{name}-{length}"),
                &[MALFORMED, STRING, MEMORY],
                move || declares(opcode, &length.to_le_bytes()),
            );
        }
    }
    for (name, opcode) in [
        ("binbytes8", 0x8e),
        ("binunicode8", 0x8d),
        ("bytearray8", 0x96),
        ("frame", 0x95),
    ] {
        for length in [u64::MAX, 1 << 63, i64::MAX as u64, 1 << 40, 1 << 32] {
            all.add(
                format!("size-{name}-{length}"),
                &[MALFORMED, STRING, MEMORY],
                move || declares(opcode, &length.to_le_bytes()),
            );
        }
    }
    for (name, opcode) in [
        ("short-binstring", b'U'),
        ("short-binbytes", b'C'),
        ("short-binunicode", 0x8c),
        ("long1", 0x8a),
    ] {
        all.add(format!("size-{name}"), &[MALFORMED], move || {
            declares(opcode, &[255])
        });
    }
    for opcode in *b"IFLSVgpPci" {
        let name = format!("line-without-end-{}", char::from(opcode));
        all.add(name, &[MALFORMED, STRING, MEMO, MEMORY], move || {
            Asm::new()
                .raw(&[opcode])
                .raw(&vec![b'1'; 8 << 20])
                .into_bytes()
        });
    }
    // 16 readers that believe a length would take 16 times what is there.
    all.add(
        "size-nested-bytearrays",
        &[MALFORMED, STRING, MEMORY],
        || {
            let believed = Asm::new().raw(b"\x96\0\0\0\x10\0\0\0\0");
            Asm::new().times(1000, &believed).stop()
        },
    );
}
