//! bzip2, as small as it can be written: one block, and codes of one length.

/// Bits, the highest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl Bits {
    fn put(&mut self, bits: u64, count: u32) {
        self.pending = self.pending << count | bits;
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            self.bytes.push((self.pending >> self.count) as u8);
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
        self.bytes
    }
}

/// The CRC-32 of gzip with its bits the other way round.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 24, |crc: u32, _| {
            if crc >> 31 == 1 {
                crc << 1 ^ 0x04c1_1db7
            } else {
                crc << 1
            }
        })
    })
}

/// Four equal bytes are followed by how many more there are.
fn runs(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for run in bytes
        .chunk_by(|a, b| a == b)
        .flat_map(|run| run.chunks(255))
    {
        out.extend(&run[..run.len().min(4)]);
        if run.len() >= 4 {
            out.push((run.len() - 4) as u8);
        }
    }
    out
}

/// Burrows-Wheeler: the last column of the sorted rotations, and the row of the text itself.
fn transform(bytes: &[u8]) -> (Vec<u8>, usize) {
    let mut rows: Vec<usize> = (0..bytes.len()).collect();
    rows.sort_by(|&a, &b| {
        let rotation = |start: usize| bytes[start..].iter().chain(&bytes[..start]);
        rotation(a).cmp(rotation(b))
    });
    let column = |row: &usize| bytes[(row + bytes.len() - 1) % bytes.len()];
    let last = rows.iter().map(column).collect();
    (last, rows.iter().position(|row| *row == 0).unwrap_or(0))
}

/// Symbols: runs of zeros in bijective binary, positions moved up by one, and the end.
fn symbols(column: &[u8], used: &[u8]) -> Vec<u64> {
    let mut order = used.to_vec();
    let mut out = Vec::new();
    let mut zeros = 0_u64;
    let flush = |zeros: &mut u64, out: &mut Vec<u64>| {
        while *zeros > 0 {
            out.push((*zeros + 1) % 2);
            *zeros = (*zeros - 1) / 2;
        }
    };
    for byte in column {
        let place = order.iter().position(|known| known == byte).unwrap_or(0);
        order.remove(place);
        order.insert(0, *byte);
        if place == 0 {
            zeros += 1;
        } else {
            flush(&mut zeros, &mut out);
            out.push(place as u64 + 1);
        }
    }
    flush(&mut zeros, &mut out);
    out.push(used.len() as u64 + 1);
    out
}

/// A bzip2 file of these bytes, which must be few: sorting is done the simple way.
#[must_use]
pub fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let block = runs(bytes);
    let (column, origin) = transform(&block);
    let mut used = block;
    used.sort_unstable();
    used.dedup();
    let symbols = symbols(&column, &used);
    let sum = u64::from(crc(bytes));
    let mut bits = Bits::default();
    for byte in b"BZh9" {
        bits.put(u64::from(*byte), 8);
    }
    bits.put(0x3141_5926_5359, 48);
    bits.put(sum, 32);
    bits.put(0, 1);
    bits.put(origin as u64, 24);
    let has = |byte: u8| u64::from(used.contains(&byte));
    for group in 0..16_u8 {
        bits.put(
            (0..16).map(|low| has(group * 16 + low)).max().unwrap_or(0),
            1,
        );
    }
    for group in 0..16_u8 {
        if (0..16).any(|low| has(group * 16 + low) == 1) {
            (0..16).for_each(|low| bits.put(has(group * 16 + low), 1));
        }
    }
    // Two tables, the first of which codes every group of 50.
    let groups = symbols.len().div_ceil(50);
    bits.put(2, 3);
    bits.put(groups as u64, 15);
    (0..groups).for_each(|_| bits.put(0, 1));
    let length = (used.len() + 2).next_power_of_two().trailing_zeros().max(1);
    for _ in 0..2 {
        bits.put(u64::from(length), 5);
        // No symbol's length differs from the one before.
        (0..used.len() + 2).for_each(|_| bits.put(0, 1));
    }
    symbols.iter().for_each(|symbol| bits.put(*symbol, length));
    bits.put(0x1772_4538_5090, 48);
    // One block: its sum is the file's.
    bits.put(sum, 32);
    bits.finish()
}
