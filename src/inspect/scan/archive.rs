//! Zip archives.
//!
//! Readers differ in which members they see: by the directory at the end, of several the last or the first, or one local header
//! after the other. A pickle that one of them would load is scanned, and what they may disagree about needs review.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Cursor;

use zip::ZipArchive;

use super::codec::Codec;
use super::directory::{Directories, Header, Record, read_header};
use super::file::{Format, Opener};
use super::finding::{Rule, Severity};
use super::pickles::Sure;
use crate::inspect::limits::Limit;
use crate::inspect::printable;

/// With what the headers and records of an archive begin, and nothing else does.
const SIGNATURE: &[u8] = b"PK\x03\x04";

/// Ends of names of files that are pickles.
const PICKLES: &[&str] = &[
    ".pkl",
    ".pickle",
    ".p",
    ".pck",
    ".pcl",
    ".dill",
    ".joblib",
    ".data.pkl",
];

/// A member as a header describes it.
struct Member<'a> {
    name: String,
    codec: Option<Codec>,
    encrypted: bool,
    data: &'a [u8],
}

/// What of an archive has been looked into: where data begins, its length, the codec, and what it was taken for.
type Seen = HashSet<(usize, usize, Option<Codec>, u8)>;

/// A member that a directory names: the end of its data, and whether it is an archive itself.
struct Named {
    end: usize,
    is_archive: bool,
}

impl Opener<'_> {
    pub(super) fn zip(&mut self, data: &[u8], within: &[String]) {
        let directories = Directories::find(data);
        if directories.is_cut {
            self.limit(Limit::Members, self.options.limits.members, within);
        }
        let torch = directories
            .records
            .iter()
            .any(|record| is_torch(&record.name(data)));
        self.compare(data, &directories, within);
        let mut seen = Seen::new();
        let mut named: BTreeMap<usize, Named> = BTreeMap::new();
        for record in &directories.records {
            if !self.count(within) {
                return;
            }
            let headers: Vec<(usize, Header)> = directories
                .bases
                .iter()
                .filter_map(|base| {
                    let at = usize::try_from(record.offset.checked_add(*base)?).ok()?;
                    Some((at, read_header(data, at)?))
                })
                .collect();
            let name = record.name(data);
            if headers.is_empty() {
                let message = format!("{name} can't be read: there is no header");
                self.unread(&message, record.at, within);
            }
            for (at, header) in headers {
                let Some(stream) = usize::try_from(record.size)
                    .ok()
                    .and_then(|size| data.get(header.start..header.start.checked_add(size)?))
                else {
                    let message = format!("{name} can't be read: the file ends in it");
                    self.unread(&message, at, within);
                    continue;
                };
                let member = Member {
                    name: name.clone(),
                    codec: Codec::of_zip(record.method),
                    encrypted: record.flags & 1 != 0,
                    data: stream,
                };
                let begins = match member.codec {
                    None => false,
                    Some(Codec::Stored) => Format::of(stream) == Format::Zip,
                    Some(codec) => Format::of(&codec.expand(stream, 4).bytes) == Format::Zip,
                };
                let end = header.start + stream.len();
                let overlaps = named
                    .range(..end)
                    .next_back()
                    .is_some_and(|(start, before)| {
                        before.end > header.start && (*start, before.end) != (header.start, end)
                    });
                if overlaps {
                    let message = format!("{name} stands in another member");
                    self.unread(&message, at, within);
                }
                if differs(data, record, &header) {
                    let message = format!("the header of {name} says otherwise than the directory");
                    self.unread(&message, at, within);
                    named.remove(&header.start);
                } else if !overlaps {
                    named.entry(header.start).or_insert(Named {
                        end,
                        is_archive: begins,
                    });
                }
                if !self.member(&member, header.start, &mut seen, within, torch) {
                    return;
                }
            }
        }
        self.hidden(data, &named, &mut seen, within, torch);
        if directories.ends > 1 {
            self.unread("the archive has several directories", 0, within);
        }
    }

    /// Whether the directories are as another reader has them, and each name is one member's.
    fn compare(&mut self, data: &[u8], directories: &Directories, within: &[String]) {
        let mut names: HashMap<&[u8], usize> = HashMap::new();
        for record in &directories.records {
            let name = data.get(record.name.clone()).unwrap_or_default();
            if names.insert(name, record.at).is_some() {
                let message = format!("two members have the name {}", record.name(data));
                self.unread(&message, record.at, within);
            }
        }
        match ZipArchive::new(Cursor::new(data)) {
            Ok(mut archive) => {
                for index in 0..archive.len() {
                    let name = archive.by_index_raw(index);
                    let name = name.map(|file| file.name_raw().to_vec());
                    if !name.is_ok_and(|name| names.contains_key(&*name)) {
                        let message = format!("the member {index} can't be read");
                        self.unread(&message, 0, within);
                    }
                }
            }
            Err(error) => {
                let message = format!("the archive's directory can't be read: {error}");
                self.tell(Severity::Malformed, Rule::Malformed, &message, 0, within);
            }
        }
    }

    fn unread(&mut self, message: &str, at: usize, within: &[String]) {
        let (severity, rule) = (Severity::NeedsReview, Rule::UnreadMember);
        self.tell(severity, rule, message, at as u64, within);
    }

    /// Looks into a member, once; whether there may be more.
    fn member(
        &mut self,
        member: &Member<'_>,
        start: usize,
        seen: &mut Seen,
        within: &[String],
        torch: bool,
    ) -> bool {
        let name = &member.name;
        let lower = name.to_ascii_lowercase();
        let sure = if PICKLES.iter().any(|end| lower.ends_with(end)) {
            Sure::Yes
        } else if torch && lower.contains("/data/") {
            // Tensors.
            Sure::No
        } else {
            Sure::IfProtocol
        };
        if !seen.insert((start, member.data.len(), member.codec, sure as u8)) {
            return true;
        }
        if member.encrypted {
            // Or only said to be: there are readers that do not care.
            let message = format!("{name} is said to be encrypted");
            self.unread(&message, start, within);
        }
        let Some(codec) = member.codec else {
            let message = format!("{name} is compressed in a way that can't be read");
            self.unread(&message, start, within);
            return true;
        };
        let (is_stored, limits) = (codec == Codec::Stored, &self.options.limits);
        let inside = [within, &[printable(name)]].concat();
        if !self.cost.member(codec, member.data.len(), limits) {
            self.limit(Limit::Expanded, limits.expanded, &inside);
            // What may be expanded is used up by those that are compressed: the archive is given up.
            return is_stored;
        }
        if is_stored {
            self.open(member.data, &inside, sure, is_torch(name));
        } else {
            self.expand(codec, member.data, within, name, sure, is_torch(name));
        }
        true
    }

    /// Members that no directory names.
    fn hidden(
        &mut self,
        data: &[u8],
        named: &BTreeMap<usize, Named>,
        seen: &mut Seen,
        within: &[String],
        torch: bool,
    ) {
        let mut next = memchr::memmem::find_iter(data, SIGNATURE).peekable();
        while let Some(at) = next.next() {
            let Some(header) = read_header(data, at) else {
                continue;
            };
            if named.contains_key(&header.start) {
                continue;
            }
            let around = named.range(..=at).next_back().map(|(_, named)| named);
            let around = around.filter(|named| at < named.end);
            // The directory of an archive in it names it, and is looked at as well. Random data is no header.
            if around.is_some_and(|named| named.is_archive || !header.is_plausible(data)) {
                continue;
            }
            if !self.count(within) {
                return;
            }
            let rest = data.get(header.start..).unwrap_or_default();
            let codec = Codec::of_zip(header.method);
            // The size may follow behind the data, or be a lie.
            let size = usize::try_from(header.size).unwrap_or(usize::MAX);
            let stream = match rest.get(..size) {
                Some(stream) if size > 0 => stream,
                _ if codec == Some(Codec::Stored) => {
                    let end = next.peek().copied().unwrap_or(data.len());
                    data.get(header.start..end).unwrap_or_default()
                }
                _ => rest,
            };
            let name = data.get(header.name.clone()).unwrap_or_default();
            let name = String::from_utf8_lossy(name).into_owned();
            let message = format!("the archive's directory does not name {name}");
            self.unread(&message, at, within);
            let member = Member {
                name,
                codec,
                encrypted: header.flags & 1 != 0,
                data: stream,
            };
            if !self.member(&member, header.start, seen, within, torch) {
                return;
            }
        }
    }
}

/// Whether a reader that goes by headers sees another member than one that goes by the directory.
fn differs(data: &[u8], record: &Record, header: &Header) -> bool {
    // Behind the data, or in an extra field.
    let follows = header.flags & 8 != 0 && header.size == 0 || header.size == u64::from(u32::MAX);
    data.get(record.name.clone()) != data.get(header.name.clone())
        || record.method != header.method
        || record.size != header.size && !follows
}

/// Whether a name is that of the pickle of a PyTorch archive.
fn is_torch(name: &str) -> bool {
    name == "data.pkl" || name.ends_with("/data.pkl")
}

#[cfg(test)]
mod tests;
