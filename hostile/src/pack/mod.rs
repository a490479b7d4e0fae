//! Archives and compressed streams, as small as they can be written: just what a pickle is hidden
//! in, or what unpacks to much more than it is.

mod bzip2;
mod zip;

pub use bzip2::bzip2;
pub use zip::{Member, zip, zip_after, zip_end};

/// The CRC-32 of gzip and zip (ISO 3309).
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

/// Bits, the lowest first, as DEFLATE has them (RFC 1951).
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl Bits {
    fn put(&mut self, bits: u64, count: u32) {
        self.pending |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    /// A code of the fixed Huffman table, whose highest bit comes first.
    fn code(&mut self, symbol: u64) {
        let (code, count) = match symbol {
            0..144 => (0x30 + symbol, 8),
            144..256 => (0x190 + symbol - 144, 9),
            256..280 => (symbol - 256, 7),
            _ => (0xc0 + symbol - 280, 8),
        };
        self.put(code.reverse_bits() >> (64 - count), count);
    }
}

/// A DEFLATE stream of `head` followed by `repeats` times 258 copies of its last byte.
///
/// One block of the fixed codes: 13 bits for 258 bytes.
#[must_use]
pub fn deflate_run(head: &[u8], repeats: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    // The last block, with fixed codes.
    bits.put(0b011, 3);
    for byte in head {
        bits.code(u64::from(*byte));
    }
    for _ in 0..repeats {
        // Length 258; distance 1 has the code 00000.
        bits.code(285);
        bits.put(0, 5);
    }
    bits.code(256);
    bits.put(0, 7);
    bits.bytes
}

/// A gzip file (RFC 1952) around a DEFLATE stream; `crc` and `size` are those of what it unpacks to.
#[must_use]
pub fn gzip(deflated: &[u8], crc: u32, size: u32) -> Vec<u8> {
    let mut out = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    out.extend(deflated);
    out.extend(crc.to_le_bytes());
    out.extend(size.to_le_bytes());
    out
}

/// A gzip file of these bytes.
#[must_use]
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    gzip(&deflate_run(bytes, 0), crc32(bytes), bytes.len() as u32)
}

/// A zlib stream (RFC 1950) of these bytes.
#[must_use]
pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let (low, high) = bytes.iter().fold((1, 0), |(low, high): (u32, u32), byte| {
        let low = (low + u32::from(*byte)) % 65521;
        (low, (high + low) % 65521)
    });
    let mut out = vec![0x78, 0x9c];
    out.extend(deflate_run(bytes, 0));
    out.extend((high << 16 | low).to_be_bytes());
    out
}

/// An xz file (its format's 1.1.0) of these bytes, which are stored, and at most 64 KiB.
#[must_use]
pub fn xz(bytes: &[u8]) -> Vec<u8> {
    // No check of the content.
    let flags = [0, 0];
    let mut out = b"\xfd7zXZ\0".to_vec();
    out.extend(flags);
    out.extend(crc32(&flags).to_le_bytes());
    // The block's header: twelve bytes, one filter, which is LZMA2 with a dictionary of 64 KiB.
    let header = [2, 0, 0x21, 1, 8, 0, 0, 0];
    out.extend(header);
    out.extend(crc32(&header).to_le_bytes());
    // A stored chunk, and the end.
    let block = out.len();
    out.push(1);
    out.extend((bytes.len() as u16).wrapping_sub(1).to_be_bytes());
    out.extend(bytes);
    out.push(0);
    let unpadded = header.len() + 4 + out.len() - block;
    pad(&mut out, 4);
    let mut index = vec![0, 1];
    index.extend(variable(unpadded));
    index.extend(variable(bytes.len()));
    pad(&mut index, 4);
    index.extend(crc32(&index).to_le_bytes());
    let mut footer = (index.len() as u32 / 4 - 1).to_le_bytes().to_vec();
    footer.extend(flags);
    out.extend(index);
    out.extend(crc32(&footer).to_le_bytes());
    out.extend(footer);
    out.extend(b"YZ");
    out
}

fn pad(bytes: &mut Vec<u8>, multiple: usize) {
    bytes.resize(bytes.len().next_multiple_of(multiple), 0);
}

/// Seven bits in each byte, the lowest first.
fn variable(mut number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
    out
}

/// Base64 (RFC 4648) in one line.
#[must_use]
pub fn base64(bytes: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits: usize, at| {
            bits << 8 | usize::from(chunk.get(at).copied().unwrap_or(0))
        });
        for at in 0..4 {
            let letter = LETTERS[bits >> (18 - 6 * at) & 63];
            out.push(if at <= chunk.len() { letter } else { b'=' });
        }
    }
    out
}

/// A tar archive (POSIX ustar) of one file.
#[must_use]
pub fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    let mut field = |at: usize, text: &str| {
        header[at..at + text.len()].copy_from_slice(text.as_bytes());
    };
    field(0, name);
    field(100, "0000644\0");
    field(108, "0000000\0");
    field(116, "0000000\0");
    field(124, &format!("{:011o}\0", bytes.len()));
    field(136, "00000000000\0");
    field(148, "        ");
    field(156, "0");
    field(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header.extend(bytes);
    pad(&mut header, 512);
    header.extend([0; 1024]);
    header
}

/// The largest block of zstd.
const ZSTD_BLOCK: u32 = 128 << 10;

/// A zstd frame (RFC 8878) of `head` followed by `blocks` times 128 KiB zeros, which take four bytes
/// each.
///
/// # Panics
/// If `head` is larger than a block.
#[must_use]
pub fn zstd_run(head: &[u8], blocks: usize) -> Vec<u8> {
    assert!(head.len() <= ZSTD_BLOCK as usize, "head has one block");
    // No size, no checksum, no dictionary; a window of 128 KiB.
    let mut out = b"\x28\xb5\x2f\xfd\x00\x38".to_vec();
    let mut block = |last: bool, kind: u32, size: u32, content: &[u8]| {
        let header = u32::from(last) | kind << 1 | size << 3;
        out.extend(&header.to_le_bytes()[..3]);
        out.extend(content);
    };
    block(blocks == 0, 0, head.len() as u32, head);
    for number in 1..=blocks {
        block(number == blocks, 1, ZSTD_BLOCK, &[0]);
    }
    out
}

/// A `.npy` file of objects (numpy's format 1.0): its header, and the pickle as it is.
#[must_use]
pub fn npy(pickle: &[u8]) -> Vec<u8> {
    npy_of("'|O'", pickle)
}

/// A `.npy` file of an array of one element, of the type that this literal describes: its header, and the data as it is.
#[must_use]
pub fn npy_of(descr: &str, data: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}");
    // The header ends at a multiple of 64 bytes.
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((header.len() as u16).to_le_bytes());
    out.extend(header.bytes());
    out.extend(data);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_bytes() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        // What zlib makes of "aaaaaaaaaa" with fixed codes starts with the same literal.
        assert_eq!(deflate_run(b"a", 0), [0x4b, 0x04, 0x00]);
        assert_eq!(npy(b"").len() % 64, 0);
        assert_eq!(zip(&[]).len(), 22);
    }
}
