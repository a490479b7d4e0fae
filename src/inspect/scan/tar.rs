//! Tar archives (POSIX ustar), which old files of PyTorch are: headers of 512 bytes, each before its data.

use super::file::Opener;
use super::finding::{Rule, Severity};
use super::pickles::Sure;
use crate::inspect::printable;

/// The length of a header, to a multiple of which data is filled up.
const BLOCK: usize = 512;

pub(super) fn is_tar(data: &[u8]) -> bool {
    data.get(257..262) == Some(b"ustar")
}

/// Whether the first header has its checksum: the sum of its bytes, with spaces in the checksum's own place.
pub(super) fn has_checksum(data: &[u8]) -> bool {
    let Some(header) = data.get(..BLOCK) else {
        return false;
    };
    let own = 148..156;
    let bytes = header.iter().enumerate();
    let sum: usize = bytes
        .map(|(at, byte)| usize::from(if own.contains(&at) { b' ' } else { *byte }))
        .sum();
    octal(header.get(own).unwrap_or_default()) == Some(sum)
}

/// Whether a member is a pickle, by its name: the old files of PyTorch call it so.
fn is_pickle(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or_default();
    name == "pickle" || [".pkl", ".pickle"].iter().any(|end| name.ends_with(end))
}

impl Opener<'_> {
    pub(super) fn tar(&mut self, data: &[u8], within: &[String]) {
        let mut at = 0usize;
        while let Some(header) = data.get(at..at.saturating_add(BLOCK)) {
            if header.iter().all(|byte| *byte == 0) {
                return;
            }
            if !self.count(within) {
                return;
            }
            let name = header.get(..100).unwrap_or_default();
            let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
            let name = printable(&String::from_utf8_lossy(name));
            let size = octal(header.get(124..136).unwrap_or_default());
            let start = at + BLOCK;
            let member = size.and_then(|size| data.get(start..start.checked_add(size)?));
            let Some(member) = member else {
                let message = format!("{name} can't be read");
                self.tell(
                    Severity::Malformed,
                    Rule::Malformed,
                    &message,
                    at as u64,
                    within,
                );
                return;
            };
            let sure = if is_pickle(&name) {
                Sure::Yes
            } else {
                Sure::IfProtocol
            };
            let within = [within, &[name]].concat();
            self.open(member, &within, sure, true);
            at = start + member.len().next_multiple_of(BLOCK);
        }
    }
}

/// A number in octal digits, with spaces before and a NUL or a space behind it.
fn octal(digits: &[u8]) -> Option<usize> {
    let text = core::str::from_utf8(digits).ok()?;
    let text = text.trim_matches(|char| char == ' ' || char == '\0');
    usize::from_str_radix(text, 8).ok()
}
