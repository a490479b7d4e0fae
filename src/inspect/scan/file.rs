//! Files: pickles, and what holds pickles.

use core::fmt;

use super::codec::{Codec, Problem};
use super::cost::Cost;
use super::evidence::{Evidence, Place};
use super::finding::{Finding, Rule, Severity};
use super::numpy;
use super::pickles::{Report, ScanOptions, Sure, scan_into};
use super::tar;
use crate::inspect::limits::{Limit, Limits};
use crate::inspect::printable;
use crate::inspect::read::Pickle;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// A pickle, or whatever is taken for one because it is nothing else.
    Pickle,
    /// A zip archive, as PyTorch's and `.npz`.
    Zip,
    /// A compressed stream: gzip, bzip2, xz, zstd or zlib.
    Compressed(&'static str),
    /// NumPy's `.npy`.
    Npy,
    /// A tar archive.
    Tar,
}

impl Format {
    /// What bytes begin with.
    #[must_use]
    pub fn of(data: &[u8]) -> Self {
        if data.starts_with(b"PK\x03\x04") || data.starts_with(b"PK\x05\x06") {
            Self::Zip
        } else if numpy::is_npy(data) {
            Self::Npy
        } else if tar::is_tar(data) {
            Self::Tar
        } else if let Some(codec) = Codec::of(data) {
            Self::Compressed(codec.name())
        } else {
            Self::Pickle
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pickle => "pickle",
            Self::Zip => "zip",
            Self::Compressed(name) => name,
            Self::Npy => "npy",
            Self::Tar => "tar",
        })
    }
}

/// Scans a file as [`scan`](super::scan) does a pickle, and opens zip archives, compressed streams and NumPy's files on the way.
///
/// Each member of an archive is looked into, whatever its name is: also those that only a reader finds that does not trust the
/// archive's directory. What a member expands to, how many there are, and how deep they stand in one another is limited;
/// checksums are not checked, as loaders do not check them either. Archives and compressed streams need the feature `archives`;
/// without it they need review.
///
/// ```
/// use rustpython_pickle::inspect::scan::{ScanOptions, Verdict, scan_file};
///
/// // An array of objects, with its pickle.
/// let npy = b"\x93NUMPY\x01\0\x12\0{'descr': '|O', }\ncos\nsystem\n.";
/// let report = scan_file(npy, &ScanOptions::default());
/// assert_eq!(report.verdict, Verdict::Dangerous);
/// assert_eq!(report.findings[0].within, ["npy"]);
/// ```
#[must_use]
pub fn scan_file(data: &[u8], options: &ScanOptions) -> Report {
    let mut opener = Opener::new(options, data);
    opener.open(data, &[], Sure::Yes, false);
    opener.report
}

/// As [`scan_file`], for a file that may be something else altogether: if it neither begins like a pickle nor is one, nothing is
/// reported, and the report has no [pickles](Report::pickles).
#[must_use]
pub fn scan_if_pickle(data: &[u8], options: &ScanOptions) -> Report {
    let mut opener = Opener::new(options, data);
    opener.open(data, &[], Sure::IfProtocol, false);
    opener.report
}

/// Bytes that are a pickle, or several, and where they were found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Content {
    /// The members and compressed streams that they stand in, the outermost first.
    pub within: Vec<String>,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The pickles in a file, taken out of archives, compressed streams and NumPy's files as by [`scan_file`]; and what kept the rest
/// from being looked into.
#[must_use]
pub fn contents(data: &[u8], limits: &Limits) -> (Vec<Content>, Vec<Finding>) {
    let options = ScanOptions {
        lists: Vec::new(),
        persistent_ids: true,
        limits: *limits,
    };
    let mut opener = Opener {
        contents: Some(Vec::new()),
        ..Opener::new(&options, data)
    };
    opener.open(data, &[], Sure::Yes, false);
    (opener.contents.unwrap_or_default(), opener.report.findings)
}

/// With what the legacy files of PyTorch begin: a number that no one else begins with.
const TORCH: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// A zip archive's end, and how far from the end of a file it may stand.
#[cfg(feature = "archives")]
const ZIP_END: (&[u8], usize) = (b"PK\x05\x06", 22 + 0xffff);

/// With what an entry of a zip archive's directory begins.
#[cfg(feature = "archives")]
const ZIP_ENTRY: &[u8] = b"PK\x01\x02";

pub(super) struct Opener<'o> {
    pub(super) options: &'o ScanOptions,
    pub(super) report: Report,
    pub(super) cost: Cost,
    members: u64,
    /// Pickles, if they are to be collected and not scanned.
    contents: Option<Vec<Content>>,
}

impl<'o> Opener<'o> {
    pub(super) fn new(options: &'o ScanOptions, data: &[u8]) -> Self {
        Self {
            options,
            report: Report::new(),
            cost: Cost::new(data),
            members: 0,
            contents: None,
        }
    }

    pub(super) fn pickle(&mut self, data: &[u8], persistent: bool, within: &[String], sure: Sure) {
        let Some(contents) = &mut self.contents else {
            scan_into(
                data,
                self.options,
                persistent,
                within,
                sure,
                &mut self.report,
            );
            return;
        };
        let begins = matches!(data, [0x80, 0..=5, ..]);
        let is_one = match (sure, begins) {
            (Sure::Yes, _) | (Sure::IfProtocol, true) => true,
            (Sure::No, true) if Pickle::read(data, &self.options.limits).is_whole() => true,
            _ => {
                let evidence = Evidence::of(&Pickle::read(data, &self.options.limits));
                evidence.is_enough(Place::of(data, sure))
            }
        };
        if is_one {
            contents.push(Content {
                within: within.to_vec(),
                bytes: data.to_vec(),
            });
        }
    }

    pub(super) fn tell(
        &mut self,
        severity: Severity,
        rule: Rule,
        message: &str,
        offset: u64,
        within: &[String],
    ) {
        let most = self.options.limits.findings;
        self.report
            .note(severity, rule, printable(message), offset, within, most);
    }

    pub(super) fn limit(&mut self, limit: Limit, most: u64, within: &[String]) {
        self.report
            .limit(limit, most, 0, within, &self.options.limits);
    }

    /// Whether there may be one more member.
    pub(super) fn count(&mut self, within: &[String]) -> bool {
        let most = self.options.limits.members;
        if self.members >= most {
            self.limit(Limit::Members, most, within);
            return false;
        }
        self.members += 1;
        true
    }

    /// Looks into bytes; goes as deep as [`Limits::nesting`](crate::inspect::Limits::nesting).
    pub(super) fn open(&mut self, data: &[u8], within: &[String], sure: Sure, persistent: bool) {
        let nesting = self.options.limits.nesting;
        if within.len() > nesting {
            self.limit(Limit::Nesting, nesting as u64, within);
            return;
        }
        let persistent = persistent || self.options.persistent_ids || data.starts_with(TORCH);
        let format = Format::of(data);
        let is_pickle = match format {
            Format::Pickle => sure,
            // Nothing but a name at a fixed place says so.
            Format::Tar if sure == Sure::Yes && !tar::has_checksum(data) => Sure::Yes,
            // What these begin with may be opcodes, too.
            _ if sure == Sure::Yes => Sure::IfProtocol,
            _ => sure,
        };
        self.pickle(data, persistent, within, is_pickle);
        match format {
            Format::Pickle => {}
            Format::Zip => self.zip(data, within),
            Format::Tar => self.tar(data, within),
            Format::Npy => self.npy(data, within, persistent),
            Format::Compressed(_) => {
                // Raw data may begin like a compressed stream.
                if let Some(codec) = Codec::of(data)
                    .filter(|codec| sure == Sure::Yes || !codec.expand(data, 1).bytes.is_empty())
                {
                    self.expand(codec, data, within, codec.name(), sure, persistent);
                }
            }
        }
        #[cfg(feature = "archives")]
        if sure != Sure::No && format != Format::Zip && has_archive(data) {
            // The same file for a reader that begins at its end.
            self.zip(data, within);
        }
    }

    /// Expands a stream, and looks into what comes out.
    pub(super) fn expand(
        &mut self,
        codec: Codec,
        stream: &[u8],
        within: &[String],
        name: &str,
        sure: Sure,
        persistent: bool,
    ) {
        let within = [within, &[printable(name)]].concat();
        let limits = &self.options.limits;
        let left = self.cost.left(limits);
        let ratio = (stream.len() as u64)
            .saturating_mul(limits.ratio)
            .saturating_add(1 << 20);
        let expanded = codec.expand(stream, left.min(ratio));
        self.cost.add(expanded.bytes.len());
        match &expanded.problem {
            None => {}
            Some(Problem::Limit) if left <= ratio => {
                self.limit(Limit::Expanded, self.options.limits.expanded, &within);
            }
            Some(Problem::Limit) => self.limit(Limit::Ratio, self.options.limits.ratio, &within),
            Some(Problem::Damaged(why)) if expanded.bytes.is_empty() => {
                let message = format!("it can't be expanded: {why}");
                self.tell(
                    Severity::NeedsReview,
                    Rule::UnreadMember,
                    &message,
                    0,
                    &within,
                );
                return;
            }
            Some(Problem::Damaged(why)) => {
                let message = format!("it can't be expanded to its end: {why}");
                self.tell(Severity::Malformed, Rule::Malformed, &message, 0, &within);
            }
        }
        self.open(&expanded.bytes, &within, sure, persistent);
        let rest = stream.get(expanded.used..).unwrap_or_default();
        if !rest.is_empty() {
            // Decoders of these end at their end mark, whatever follows.
            let message = format!("{} bytes follow the compressed stream", rest.len());
            let (severity, rule) = (Severity::NeedsReview, Rule::TrailingData);
            self.tell(severity, rule, &message, expanded.used as u64, &within);
            self.open(rest, &within, sure, persistent);
        }
    }

    #[cfg(not(feature = "archives"))]
    fn zip(&mut self, _data: &[u8], within: &[String]) {
        let message = "this build does not read archives";
        self.tell(
            Severity::NeedsReview,
            Rule::UnreadMember,
            message,
            0,
            within,
        );
    }
}

/// Whether a zip archive's end stands at the end of a file, and an entry of a directory before it.
#[cfg(feature = "archives")]
fn has_archive(data: &[u8]) -> bool {
    let (end, distance) = ZIP_END;
    let start = data.len().saturating_sub(distance);
    let tail = data.get(start..).unwrap_or_default();
    let end = memchr::memmem::rfind(tail, end).and_then(|end| data.get(..start + end));
    end.is_some_and(|before| memchr::memmem::rfind(before, ZIP_ENTRY).is_some())
}
