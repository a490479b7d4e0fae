//! Zip archives.
//!
//! Readers differ in which members they see: by the directory at the end, or one local header after the other. A pickle that one
//! of them would load is scanned.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use zip::{CompressionMethod, ZipArchive};

use super::codec::Codec;
use super::file::Opener;
use super::finding::{Rule, Severity};
use super::pickles::Sure;

/// The signature of a local header, and its length without names.
const LOCAL: (&[u8], usize) = (b"PK\x03\x04", 30);

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

impl Opener<'_> {
    pub(super) fn zip(&mut self, data: &[u8], within: &[String]) {
        // Where the data of members begins that are known, and where it ends.
        let mut known: BTreeMap<u64, u64> = BTreeMap::new();
        let mut torch = false;
        match ZipArchive::new(Cursor::new(data)) {
            Ok(mut archive) => {
                torch = archive
                    .file_names()
                    .any(|name| name.is_ok_and(|name| is_torch(&name)));
                for index in 0..archive.len() {
                    if !self.count(within) {
                        return;
                    }
                    let Ok(mut file) = archive.by_index_raw(index) else {
                        let message = format!("the member {index} can't be read");
                        self.tell(
                            Severity::NeedsReview,
                            Rule::UnreadMember,
                            &message,
                            0,
                            within,
                        );
                        continue;
                    };
                    let name = String::from_utf8_lossy(file.name_raw()).into_owned();
                    let start = file.data_start().unwrap_or(0);
                    let mut stored = Vec::new();
                    if let Err(error) = file.read_to_end(&mut stored) {
                        let message = format!("{name} can't be read: {error}");
                        self.tell(
                            Severity::NeedsReview,
                            Rule::UnreadMember,
                            &message,
                            0,
                            within,
                        );
                    }
                    known.insert(start, start + stored.len() as u64);
                    let member = Member {
                        name,
                        codec: codec(file.compression()),
                        encrypted: file.encrypted(),
                        data: &stored,
                    };
                    self.member(&member, within, torch);
                }
            }
            Err(error) => {
                let message = format!("the archive's directory can't be read: {error}");
                self.tell(Severity::Malformed, Rule::Malformed, &message, 0, within);
            }
        }
        self.hidden(data, &known, within, torch);
    }

    fn member(&mut self, member: &Member<'_>, within: &[String], torch: bool) {
        let name = &member.name;
        if member.encrypted {
            // Or only said to be: there are readers that do not care.
            let message = format!("{name} is said to be encrypted");
            self.tell(
                Severity::NeedsReview,
                Rule::UnreadMember,
                &message,
                0,
                within,
            );
        }
        let Some(codec) = member.codec else {
            let message = format!("{name} is compressed in a way that can't be read");
            self.tell(
                Severity::NeedsReview,
                Rule::UnreadMember,
                &message,
                0,
                within,
            );
            return;
        };
        let lower = name.to_ascii_lowercase();
        let sure = if PICKLES.iter().any(|end| lower.ends_with(end)) {
            Sure::Yes
        } else if torch && lower.contains("/data/") {
            // Tensors.
            Sure::No
        } else {
            Sure::IfProtocol
        };
        self.expand(codec, member.data, within, name, sure, is_torch(name));
    }

    /// Members that the directory does not name.
    fn hidden(&mut self, data: &[u8], known: &BTreeMap<u64, u64>, within: &[String], torch: bool) {
        let (signature, length) = LOCAL;
        let mut covered = 0;
        for at in memchr::memmem::find_iter(data, signature) {
            let before = known.range(..=at as u64).next_back();
            if before.is_some_and(|(_, end)| (at as u64) < *end) || at < covered {
                // In the middle of another one, which is looked into itself.
                continue;
            }
            let Some(header) = data.get(at..at + length) else {
                return;
            };
            let number = |at: usize| {
                let bytes = header
                    .get(at..at + 2)
                    .and_then(|bytes| bytes.try_into().ok());
                u16::from_le_bytes(bytes.unwrap_or_default())
            };
            let size = u64::from(number(18)) | u64::from(number(20)) << 16;
            let name_end = at + length + usize::from(number(26));
            let start = name_end + usize::from(number(28));
            let (Some(name), Some(rest)) = (data.get(at + length..name_end), data.get(start..))
            else {
                continue;
            };
            if known.contains_key(&(start as u64)) {
                continue;
            }
            if !self.count(within) {
                return;
            }
            // The size may follow behind the data, or be a lie.
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            let stream = match rest.get(..size) {
                Some(stream) if size > 0 => stream,
                _ => rest,
            };
            covered = start + if size > 0 { stream.len() } else { 0 };
            let name = String::from_utf8_lossy(name).into_owned();
            let message = format!("the archive's directory does not name {name}");
            self.tell(
                Severity::NeedsReview,
                Rule::UnreadMember,
                &message,
                at as u64,
                within,
            );
            let member = Member {
                name,
                codec: Codec::of_zip(number(8)),
                encrypted: number(6) & 1 != 0,
                data: stream,
            };
            self.member(&member, within, torch);
        }
    }
}

/// Whether a name is that of the pickle of a PyTorch archive.
fn is_torch(name: &str) -> bool {
    name == "data.pkl" || name.ends_with("/data.pkl")
}

/// Which variants there are depends on the features of the crate; the constants are there in any case.
fn codec(method: CompressionMethod) -> Option<Codec> {
    [
        (CompressionMethod::STORE, Codec::Stored),
        (CompressionMethod::DEFLATE, Codec::Deflate),
        (CompressionMethod::BZIP2, Codec::Bzip2),
        (CompressionMethod::ZSTD, Codec::Zstd),
        (CompressionMethod::XZ, Codec::Xz),
    ]
    .into_iter()
    .find(|(known, _)| *known == method)
    .map(|(_, codec)| codec)
}
