//! All pickles of some bytes: one after the other, and in one another.

use std::collections::VecDeque;

use super::allow::Lists;
use super::evidence::{Evidence, Place};
use super::finding::{Finding, Rule, Severity, Verdict, keep};
use super::judge::judge;
use crate::inspect::limits::{Limit, Limits};
use crate::inspect::read::Pickle;
use crate::policy::AllowList;
use crate::wire::{Argument, ArgumentKind, Opcode, instructions_unframed};

/// What a scan holds pickles to.
///
/// ```
/// use rustpython_pickle::inspect::scan::{ScanOptions, Verdict, scan};
/// use rustpython_pickle::policy::AllowList;
///
/// let date = b"\x80\x03cdatetime\ndate\nC\x04\x07\xe8\x05\x11\x85R.";
/// let mut options = ScanOptions::default();
/// assert_eq!(scan(date, &options).verdict, Verdict::Allowed(vec!["standard".to_owned()]));
/// options.lists.clear();
/// assert_eq!(scan(date, &options).verdict, Verdict::NeedsReview);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ScanOptions {
    /// What pickles may name and do; the first list that has a global decides. By default [`AllowList::standard`] and
    /// [`AllowList::torch`].
    pub lists: Vec<AllowList>,
    /// Whether pickles may have persistent ids, as those of PyTorch do. By default not, but in archives of PyTorch.
    pub persistent_ids: bool,
    /// What the scan may cost.
    pub limits: Limits,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self {
            lists: vec![AllowList::standard(), AllowList::torch()],
            persistent_ids: false,
            limits: Limits::default(),
        }
    }
}

/// What a scan has found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// What it comes to.
    pub verdict: Verdict,
    /// What was found, in the order of the bytes; of what is the same the first. If it is more than may be reported, what says
    /// least is left out.
    pub findings: Vec<Finding>,
    /// Whether there was more to find than may be reported.
    pub is_cut: bool,
    /// The number of pickles that were read, nested ones included.
    pub pickles: u64,
    /// The number of opcodes that were read, those of strings and members included that turned out to be no pickles.
    pub opcodes: u64,
}

impl Report {
    pub(super) fn new() -> Self {
        Self {
            verdict: Verdict::DataOnly,
            findings: Vec::new(),
            is_cut: false,
            pickles: 0,
            opcodes: 0,
        }
    }

    /// Reads a pickle with what is left of the file's opcodes.
    pub(super) fn read(&mut self, data: &[u8], start: usize, limits: &Limits) -> Pickle {
        let left = limits.opcodes.saturating_sub(self.opcodes);
        let pickle = Pickle::read_within(data, start, limits, left);
        self.opcodes = self.opcodes.saturating_add(pickle.opcodes());
        pickle
    }

    /// Tells of a limit, if that has not been told before.
    pub(super) fn limit(
        &mut self,
        limit: Limit,
        most: u64,
        offset: u64,
        within: &[String],
        limits: &Limits,
    ) {
        self.is_cut = true;
        let message = format!("there are more than {most} {limit}");
        let mut told = self.findings.iter();
        if told.any(|finding| finding.rule == Rule::LimitReached && finding.message == message) {
            return;
        }
        let (severity, rule) = (Severity::NeedsReview, Rule::LimitReached);
        self.note(severity, rule, message, offset, within, limits.findings);
    }

    pub(super) fn raise(&mut self, verdict: Verdict) {
        let before = core::mem::replace(&mut self.verdict, Verdict::DataOnly);
        self.verdict = before.and(verdict);
    }

    pub(super) fn note(
        &mut self,
        severity: Severity,
        rule: Rule,
        message: String,
        offset: u64,
        within: &[String],
        most: usize,
    ) {
        self.raise(severity.verdict());
        let finding = Finding {
            within: within.to_vec(),
            ..Finding::new(severity, rule, message, offset)
        };
        self.add([finding], most);
    }

    fn add(&mut self, findings: impl IntoIterator<Item = Finding>, most: usize) {
        for finding in findings {
            let (complete, _) = keep(&mut self.findings, finding, most);
            self.is_cut |= !complete;
        }
    }
}

/// Scans a pickle, those that follow it, and those that stand in its strings.
///
/// Nothing is executed, and whatever the bytes are, it ends with a report, in time and memory that the
/// [limits](ScanOptions::limits) bound. What cannot be read is never clean: at least the verdict is that it is
/// [malformed](Verdict::Malformed) or [needs review](Verdict::NeedsReview), and what stands before the error counts.
///
/// - The pickle is read by the machine that loads pickles; where loaders differ, over frames for one, it is read on.
/// - Pickles that follow the first are scanned as it is. Other data after the last is noted.
/// - A string or bytes object that is a pickle is scanned as well.
/// - A global is allowed if a list has exactly it, and a call, a state and items if the list's entry takes them.
///   Everything else needs review, or is dangerous, if it is [known to do harm](super::Harm).
///
/// ```
/// use rustpython_pickle::inspect::scan::{ScanOptions, Verdict, scan};
///
/// let report = scan(b"cposix\nsystem\n(S'echo harmless'\ntR", &ScanOptions::default());
/// // Malformed, too: the STOP is missing.
/// assert_eq!(report.verdict, Verdict::Dangerous);
/// assert_eq!(
///     report.findings[1].to_string(),
///     "calls posix.system('echo harmless'), which starts programs at offset 33 (REDUCE)"
/// );
/// ```
#[must_use]
pub fn scan(data: &[u8], options: &ScanOptions) -> Report {
    let mut report = Report::new();
    scan_into(
        data,
        options,
        options.persistent_ids,
        &[],
        Sure::Yes,
        &mut report,
    );
    report
}

/// Whether bytes are meant to be a pickle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sure {
    /// They are, and malformed if they are none.
    Yes,
    /// If they begin with a protocol.
    IfProtocol,
    /// They may be anything.
    #[cfg_attr(
        not(feature = "archives"),
        allow(dead_code, reason = "tensors stand in archives")
    )]
    No,
}

/// Bytes that may be pickles.
struct Work<'a> {
    bytes: std::borrow::Cow<'a, [u8]>,
    within: Vec<String>,
    place: Place,
}

pub(super) fn scan_into(
    data: &[u8],
    options: &ScanOptions,
    persistent: bool,
    within: &[String],
    sure: Sure,
    report: &mut Report,
) {
    let limits = &options.limits;
    let mut queue = VecDeque::from([Work {
        bytes: data.into(),
        within: within.to_vec(),
        place: Place::of(data, sure),
    }]);
    while let Some(work) = queue.pop_front() {
        let mut start = 0;
        let mut first = true;
        while first || start < work.bytes.len() {
            let offset = start as u64;
            if report.pickles >= limits.pickles {
                report.limit(Limit::Pickles, limits.pickles, offset, &work.within, limits);
                return;
            }
            if report.opcodes >= limits.opcodes {
                report.limit(Limit::Opcodes, limits.opcodes, offset, &work.within, limits);
                return;
            }
            let pickle = report.read(&work.bytes, start, limits);
            let mut judged = judge(&pickle, Lists(&options.lists), persistent, limits.findings);
            let whole = pickle.is_whole();
            let rest = work.bytes.get(start..).unwrap_or_default();
            let place = match first {
                true => work.place,
                false if is_begun(rest, &pickle) => Place::Sure,
                false => Place::Behind,
            };
            let evidence = Evidence::of(&pickle);
            let is_one = match whole {
                true => place != Place::Raw || evidence.acts(),
                false => evidence.is_enough(place),
            };
            if !is_one {
                // Raw data: but for what is known to do harm, and what goes on for long.
                judged.findings.retain(|finding| {
                    finding.severity == Severity::Dangerous || finding.rule == Rule::LimitReached
                });
                if judged.findings.is_empty() && !whole {
                    if !first {
                        let message = format!("{} bytes that are no pickle follow", rest.len());
                        report.note(
                            Severity::Note,
                            Rule::TrailingData,
                            message,
                            start as u64,
                            &work.within,
                            limits.findings,
                        );
                    }
                    break;
                }
                let worst = judged.findings.iter().map(|finding| finding.severity).max();
                judged.verdict = worst.unwrap_or(Severity::Note).verdict();
            }
            report.pickles += 1;
            report.raise(judged.verdict);
            report.is_cut |= judged.is_cut;
            let findings = judged.findings.into_iter().map(|finding| Finding {
                within: work.within.clone(),
                ..finding
            });
            report.add(findings, limits.findings);
            let end = usize::try_from(pickle.end()).unwrap_or(usize::MAX);
            let bytes = work
                .bytes
                .get(start..end.min(work.bytes.len()))
                .unwrap_or_default();
            nested(bytes, start, &work, limits, report, &mut queue);
            if !whole {
                break;
            }
            first = false;
            start = end.max(start + 1);
        }
    }
}

/// Whether bytes behind a pickle are the beginning of another one. A length, say, may look like `PROTO` alone.
fn is_begun(bytes: &[u8], pickle: &Pickle) -> bool {
    matches!(bytes, [0x80, 0..=5, ..]) && pickle.opcodes() > 2
}

/// The strings of a pickle that are pickles themselves.
fn nested<'a>(
    bytes: &[u8],
    base: usize,
    work: &Work<'_>,
    limits: &Limits,
    report: &mut Report,
    queue: &mut VecDeque<Work<'a>>,
) {
    for instruction in instructions_unframed(bytes).map_while(Result::ok) {
        let payload = match instruction.argument {
            Argument::Bytes(payload) => payload,
            // Protocol 0 writes strings as text.
            Argument::Line(line) => line,
            _ => continue,
        };
        let payload = match instruction.opcode.info().argument {
            ArgumentKind::Long1 | ArgumentKind::Long4 => continue,
            ArgumentKind::StringNl => {
                let text = payload
                    .get(1..payload.len().saturating_sub(1))
                    .unwrap_or_default();
                crate::inspect::text::escape_decode(text)
                    .map(Into::into)
                    .unwrap_or_default()
            }
            ArgumentKind::UnicodeStringNl => {
                match crate::inspect::text::raw_unicode_escape(payload) {
                    Ok(text) => bytes_of_text(text.into(), limits, report),
                    Err(_) => continue,
                }
            }
            ArgumentKind::UnicodeString1
            | ArgumentKind::UnicodeString4
            | ArgumentKind::UnicodeString8
                if !payload.is_ascii() =>
            {
                bytes_of_text(payload.into(), limits, report)
            }
            ArgumentKind::DecimalNlShort | ArgumentKind::DecimalNlLong | ArgumentKind::FloatNl => {
                continue;
            }
            _ => std::borrow::Cow::Borrowed(payload),
        };
        let offset = base + instruction.offset;
        let is_text = !matches!(
            instruction.opcode.info().argument,
            ArgumentKind::Bytes1
                | ArgumentKind::Bytes4
                | ArgumentKind::Bytes8
                | ArgumentKind::ByteArray8
        );
        let place = place_of_string(&payload, is_text, limits, report);
        if report.opcodes >= limits.opcodes {
            report.limit(
                Limit::Opcodes,
                limits.opcodes,
                offset as u64,
                &work.within,
                limits,
            );
            return;
        }
        let Some(place) = place else {
            continue;
        };
        let depth = work
            .within
            .iter()
            .filter(|place| place.starts_with("string at "))
            .count();
        if depth >= limits.nesting {
            let most = limits.nesting as u64;
            report.limit(Limit::Nesting, most, offset as u64, &work.within, limits);
            return;
        }
        let message = "a string or bytes object holds a pickle".to_owned();
        report.note(
            Severity::Note,
            Rule::NestedPickle,
            message,
            offset as u64,
            &work.within,
            limits.findings,
        );
        let mut within = work.within.clone();
        within.push(format!("string at {offset}"));
        if queue.len() < usize::try_from(limits.pickles).unwrap_or(usize::MAX) {
            queue.push_back(Work {
                bytes: payload.into_owned().into(),
                within,
                place,
            });
        }
    }
}

/// Whether a string is a pickle and not only begins like one; then, where it stands.
///
/// Of text all has to be one: there are texts about pickles.
fn place_of_string(
    bytes: &[u8],
    is_text: bool,
    limits: &Limits,
    report: &mut Report,
) -> Option<Place> {
    let protocol = matches!(bytes, [0x80, 0..=5, ..]);
    if bytes.len() < 4 || !(protocol || makes_something(bytes)) {
        return None;
    }
    let pickle = report.read(bytes, 0, limits);
    let evidence = Evidence::of(&pickle);
    let is_one = match protocol {
        true => pickle.is_whole() || evidence.acts(),
        false if pickle.is_whole() => evidence.acts(),
        false => !is_text && evidence.is_enough(Place::Raw),
    };
    is_one.then_some(match protocol {
        true => Place::Any,
        false => Place::Raw,
    })
}

/// Whether bytes begin with an opcode, and have one that names, calls or asks for something. It is only here to be quick.
fn makes_something(bytes: &[u8]) -> bool {
    let begins = bytes
        .first()
        .is_some_and(|byte| Opcode::from_byte(*byte).is_some());
    begins
        && bytes
            .iter()
            .any(|byte| matches!(byte, b'c' | b'i' | b'P' | b'Q' | 0x82..=0x84 | 0x93))
}

/// The bytes that a text is written for: each character may be one, or it is encoded as UTF-8.
fn bytes_of_text<'t>(
    text: std::borrow::Cow<'t, [u8]>,
    limits: &Limits,
    report: &mut Report,
) -> std::borrow::Cow<'t, [u8]> {
    match latin1(&text) {
        Some(bytes) if place_of_string(&bytes, true, limits, report).is_some() => bytes.into(),
        _ => text,
    }
}

/// Text of characters that are bytes, as protocols 0 to 2 write bytes.
fn latin1(text: &[u8]) -> Option<Vec<u8>> {
    let text = core::str::from_utf8(text).ok()?;
    text.chars().map(|char| u8::try_from(char).ok()).collect()
}

#[cfg(test)]
mod tests;
