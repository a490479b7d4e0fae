//! Directories of zip archives, all that a reader may take for the one (APPNOTE.TXT 4.3).

use std::collections::BTreeSet;
use std::ops::Range;

/// A record of a directory, and its length without names.
const RECORD: (&[u8], usize) = (b"PK\x01\x02", 46);

/// The end of a directory.
const END: (&[u8], usize) = (b"PK\x05\x06", 22);

/// What finds the end of a directory with 64-bit numbers, and that end itself.
const LOCATOR: (&[u8], usize) = (b"PK\x06\x07", 20);
const END_64: (&[u8], usize) = (b"PK\x06\x06", 56);

/// A local header, and its length without names.
const HEADER: (&[u8], usize) = (b"PK\x03\x04", 30);

/// How many different places there may be from which a file's directories count.
const MOST_BASES: usize = 16;

/// What a directory says of a member.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// Where the record stands.
    pub(super) at: usize,
    pub(super) name: Range<usize>,
    pub(super) flags: u16,
    pub(super) method: u16,
    /// How long the data is in the archive.
    pub(super) size: u64,
    /// Where the local header is, counted from the archive's begin.
    pub(super) offset: i64,
    end: usize,
}

impl Record {
    pub(super) fn name(&self, data: &[u8]) -> String {
        String::from_utf8_lossy(data.get(self.name.clone()).unwrap_or_default()).into_owned()
    }
}

/// What stands before a member's data.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) name: Range<usize>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) size: u64,
    /// Where the data begins.
    pub(super) start: usize,
}

impl Header {
    /// Whether it is more than four bytes that happen to be the signature.
    pub(super) fn is_plausible(&self, data: &[u8]) -> bool {
        let name = data.get(self.name.clone()).map(core::str::from_utf8);
        super::codec::Codec::of_zip(self.method).is_some()
            && name.is_some_and(|name| name.is_ok_and(|name| !name.contains('\0')))
    }
}

/// All directories of an archive.
#[derive(Debug, Default)]
pub(super) struct Directories {
    /// How many of them have an end of their own.
    pub(super) ends: usize,
    /// Their records, by where they stand; one that is part of several once.
    pub(super) records: Vec<Record>,
    /// Where the archive may begin: at the file's, or so that its last byte is the file's. A reader may take either.
    pub(super) bases: BTreeSet<i64>,
    /// There were more than are looked at.
    pub(super) is_cut: bool,
}

impl Directories {
    pub(super) fn find(data: &[u8]) -> Self {
        let mut all = Self::default();
        let mut known = BTreeSet::new();
        // Members of the last one that are archives: what stands in them is not of this one.
        let mut inner: Vec<Range<usize>> = Vec::new();
        let mut ends: Vec<usize> = memchr::memmem::find_iter(data, END.0).collect();
        // The last one is what most readers take.
        ends.reverse();
        for at in ends {
            let Some(end) = data.get(at..at + END.1) else {
                continue;
            };
            let around = inner.partition_point(|range| range.start <= at);
            if around
                .checked_sub(1)
                .and_then(|index| inner.get(index))
                .is_some_and(|range| at < range.end)
            {
                continue;
            }
            let (size, offset) = (u64::from(u32_at(end, 12)), u64::from(u32_at(end, 16)));
            let mut found = vec![(at, size, offset)];
            found.extend(end_64(data, at));
            let mut is_one = end
                .get(4..20)
                .is_some_and(|end| end.iter().all(|byte| *byte == 0));
            for (at, size, offset) in found {
                let place = |number: u64| usize::try_from(number).ok();
                let before = place(size).and_then(|size| at.checked_sub(size));
                let base =
                    before.and_then(|start| Some(start as i64 - i64::try_from(offset).ok()?));
                for (start, base) in [(before, base), (place(offset), Some(0))] {
                    let (Some(start), Some(base)) = (start, base) else {
                        continue;
                    };
                    let Some(first) = Record::read(data, start) else {
                        continue;
                    };
                    is_one = true;
                    if all.bases.len() < MOST_BASES {
                        all.bases.insert(base);
                    } else {
                        all.is_cut |= !all.bases.contains(&base);
                    }
                    let mut next = Some(first);
                    while let Some(record) = next.filter(|record| known.insert(record.at)) {
                        next = Record::read(data, record.end);
                        all.records.push(record);
                    }
                }
            }
            if is_one && all.ends == 0 {
                inner = all.archives(data);
            }
            all.ends += usize::from(is_one);
        }
        all.records.sort_by_key(|record| record.at);
        all
    }

    /// Where archives stand that are members as they are.
    fn archives(&self, data: &[u8]) -> Vec<Range<usize>> {
        let stored = self.records.iter().filter(|record| record.method == 0);
        let ranges = stored.flat_map(|record| {
            self.bases.iter().filter_map(|base| {
                let at = usize::try_from(record.offset.checked_add(*base)?).ok()?;
                let start = read_header(data, at)?.start;
                let end = start.checked_add(usize::try_from(record.size).ok()?)?;
                let is_archive = data.get(start..end)?.starts_with(HEADER.0);
                is_archive.then_some(start..end)
            })
        });
        let mut ranges: Vec<_> = ranges.collect();
        ranges.sort_by_key(|range| range.start);
        ranges
    }
}

impl Record {
    fn read(data: &[u8], at: usize) -> Option<Self> {
        let fixed = data.get(at..at.checked_add(RECORD.1)?)?;
        if !fixed.starts_with(RECORD.0) {
            return None;
        }
        let name = at + RECORD.1..at + RECORD.1 + usize::from(u16_at(fixed, 28));
        let extra = name.end..name.end + usize::from(u16_at(fixed, 30));
        let mut size = u64::from(u32_at(fixed, 20));
        let mut offset = u64::from(u32_at(fixed, 42));
        let full = u64::from(u32::MAX);
        let mut wide = wide_numbers(data.get(extra.clone()).unwrap_or_default());
        if u32_at(fixed, 24) == u32::MAX {
            wide.next();
        }
        for number in [&mut size, &mut offset] {
            if *number == full {
                *number = wide.next().unwrap_or(full);
            }
        }
        Some(Self {
            at,
            flags: u16_at(fixed, 8),
            method: u16_at(fixed, 10),
            size,
            offset: i64::try_from(offset).ok()?,
            end: extra.end + usize::from(u16_at(fixed, 32)),
            name,
        })
    }
}

/// The numbers of 64 bits in an extra field.
fn wide_numbers(mut extra: &[u8]) -> impl Iterator<Item = u64> {
    let mut numbers: &[u8] = &[];
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let (field, after) = rest
            .split_at_checked(usize::from(u16_at(head, 2)))
            .unwrap_or((rest, &[]));
        if u16_at(head, 0) == 1 {
            numbers = field;
            break;
        }
        extra = after;
    }
    numbers
        .as_chunks::<8>()
        .0
        .iter()
        .map(|bytes| u64::from_le_bytes(*bytes))
}

/// The end with 64-bit numbers that belongs to one: where it stands, and the directory's size and offset.
fn end_64(data: &[u8], at: usize) -> Vec<(usize, u64, u64)> {
    let Some(locator_at) = at.checked_sub(LOCATOR.1) else {
        return Vec::new();
    };
    let Some(locator) = data
        .get(locator_at..at)
        .filter(|locator| locator.starts_with(LOCATOR.0))
    else {
        return Vec::new();
    };
    let said = usize::try_from(u64_at(locator, 8)).ok();
    let places = [locator_at.checked_sub(END_64.1), said];
    places
        .into_iter()
        .flatten()
        .filter_map(|at| {
            let end = data.get(at..at.checked_add(END_64.1)?)?;
            let is_end = end.starts_with(END_64.0);
            is_end.then(|| (at, u64_at(end, 40), u64_at(end, 48)))
        })
        .collect()
}

/// The local header at a place, if there is one.
pub(super) fn read_header(data: &[u8], at: usize) -> Option<Header> {
    let fixed = data.get(at..at.checked_add(HEADER.1)?)?;
    let name = at + HEADER.1..at + HEADER.1 + usize::from(u16_at(fixed, 26));
    let start = name.end + usize::from(u16_at(fixed, 28));
    let fits = fixed.starts_with(HEADER.0) && start <= data.len();
    fits.then(|| Header {
        name,
        flags: u16_at(fixed, 6),
        method: u16_at(fixed, 8),
        size: u32_at(fixed, 18).into(),
        start,
    })
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let bytes = bytes.get(at..).and_then(|bytes| bytes.first_chunk());
    bytes.copied().unwrap_or([0; N])
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(number(bytes, at))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(number(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(number(bytes, at))
}
