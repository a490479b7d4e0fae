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
mod tests {
    use super::*;

    fn verdict(data: &[u8]) -> Verdict {
        scan(data, &ScanOptions::default()).verdict
    }

    fn rules(data: &[u8]) -> Vec<(Rule, u64)> {
        let report = scan(data, &ScanOptions::default());
        report
            .findings
            .iter()
            .map(|finding| (finding.rule, finding.offset))
            .collect()
    }

    const SYSTEM: &[u8] = b"cos\nsystem\n(S'echo harmless'\ntR.";

    #[test]
    fn plain_data() {
        for data in [
            &b"N."[..],
            b"\x80\x04]\x94(K\x01\x8c\x01ae.",
            b"(lp0\n(dp1\nVa\nI1\nsa.",
            b"\x80\x05\x97\x98.",
        ] {
            assert_eq!(verdict(data), Verdict::DataOnly, "{}", data.escape_ascii());
            assert_eq!(rules(data), []);
        }
    }

    #[test]
    fn lists_decide() {
        let standard = Verdict::Allowed(vec!["standard".to_owned()]);
        assert_eq!(
            verdict(b"ccollections\nOrderedDict\n)R(S'a'\nNu."),
            standard
        );
        assert_eq!(verdict(b"c__builtin__\nset\n(lp0\n(I1\ne\x85R."), standard);
        // Bytes, as protocols before 3 have them.
        let date = b"cdatetime\ndate\n(c_codecs\nencode\n(V\x07\xe8\x05\x11\nVlatin1\ntRtR.";
        assert_eq!(verdict(date), standard);
        // Python 2's name, in a protocol that does not translate it.
        assert_eq!(
            verdict(b"\x80\x04c__builtin__\nset\n)R."),
            Verdict::NeedsReview
        );
        // With arguments that the list does not allow.
        assert_eq!(
            rules(b"cdatetime\ndate\n(I5\ntR."),
            [(Rule::UnknownCall, 20)]
        );
        assert_eq!(verdict(b"cmy\nThing\n)\x81."), Verdict::NeedsReview);
        assert_eq!(
            rules(b"cmy\nThing\n)\x81}b."),
            [
                (Rule::UnknownGlobal, 0),
                (Rule::UnknownCall, 11),
                (Rule::ChangesObject, 13)
            ]
        );
    }

    #[test]
    fn harm() {
        assert_eq!(
            rules(SYSTEM),
            [(Rule::HarmfulGlobal, 0), (Rule::HarmfulCall, 30)]
        );
        for data in [
            &b"(S'x'\nios\nsystem\n."[..],
            b"(cos\nsystem\nS'x'\no.",
            b"cos\nsystem\n(S'x'\nt\x81.",
            b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
            b"\x80\x02X\x02\0\0\0osX\x06\0\0\0system\x93\x8c\x01x\x85R.",
            b"c__builtin__\neval\n.",
            b"ccommands\ngetoutput\n.",
            b"cos\x00\nsystem\n.",
            b"\x80\x04\x8c\x04json\x8c\x10codecs.os.system\x93.",
            // Malformed, or cut off, after the harm.
            b"cos\nsystem\n(S'x'\ntR",
            b"cos\nsystem\n(S'x'\ntR\xff",
            b"\x80\x04\x95\x03\0\0\0\0\0\0\0cos\nsystem\n)R.",
            // Attributes that lead elsewhere, or that nobody knows.
            b"c__builtin__\ngetattr\n(cmy\nC\nV__globals__\ntR.",
            b"c__builtin__\ngetattr\n(cmy\nC\nVos.system\ntR.",
            b"c__builtin__\ngetattr\n(I1\nVx\ntR.",
            b"c__builtin__\ngetattr\n(cmy\nC\nI1\ntR.",
            b"coperator\nattrgetter\n(V__class__\ntR.",
            // Changes to modules and registries.
            b"ccollections\nOrderedDict\n}b.",
            b"cmy\nregistry\nS'a'\nS'b'\ns.",
            // Behind a harmless pickle.
            b"N.cos\nsystem\n)R.",
            b"N.cos\nsystem\n)R",
        ] {
            assert_eq!(verdict(data), Verdict::Dangerous, "{}", data.escape_ascii());
        }
    }

    #[test]
    fn what_nobody_knows_needs_review() {
        for (data, rule) in [
            (&b"\x82\x05."[..], Rule::ExtensionCode),
            (b"Pid\n.", Rule::PersistentId),
            (b"]Q.", Rule::PersistentId),
            (b"\x80\x04cmy\nname\n\x8c\x01x\x93.", Rule::ComputedName),
            (b"cmy\nf\n)R)R.", Rule::ComputedCallable),
            (b"cmy.\nf\n.", Rule::OddName),
            (
                b"c__builtin__\ngetattr\n(cmy\nC\nVname\ntR.",
                Rule::UnknownCall,
            ),
            (b"coperator\nattrgetter\n(Vname\ntR.", Rule::UnknownCall),
            (b"cmy\n\xc2\x9b\n.", Rule::OddName),
        ] {
            let report = scan(data, &ScanOptions::default());
            assert_eq!(
                report.verdict,
                Verdict::NeedsReview,
                "{}",
                data.escape_ascii()
            );
            assert!(
                report.findings.iter().any(|finding| finding.rule == rule),
                "{report:?}"
            );
        }
    }

    #[test]
    fn malformed_is_never_clean() {
        for data in [
            &b""[..],
            b"N",
            b"\xff",
            b"NR.",
            b"X\xff\0\0\0",
            b"hello",
            b"\x80\x09N.",
            b"X\x01\0\0\0\xff.",
        ] {
            assert_eq!(verdict(data), Verdict::Malformed, "{}", data.escape_ascii());
        }
        let mut options = ScanOptions::default();
        options.limits.opcodes = 3;
        let report = scan(b"NNNNN.", &options);
        assert_eq!(
            (report.verdict, report.findings[0].rule),
            (Verdict::NeedsReview, Rule::LimitReached)
        );
    }

    #[test]
    fn pickles_in_strings() {
        let bytes = [&b"C"[..], &[SYSTEM.len() as u8], SYSTEM, b"."].concat();
        let report = scan(&bytes, &ScanOptions::default());
        assert_eq!(report.verdict, Verdict::Dangerous);
        assert_eq!(report.findings[1].within, ["string at 0"]);
        // As protocol 0 writes bytes, with a call that no one has to make.
        let text = b"Vc\\u006fs\\u000asystem\\u000a)R.\n.";
        assert_eq!(verdict(text), Verdict::Dangerous);
        // Whatever it begins with.
        let system = &b"\x8c\x02os\x8c\x06system\x93\x8c\x04echo\x85R."[..];
        let frame = [&b"\x95\x16\0\0\0\0\0\0\0"[..], system].concat();
        let cut = b"Ncmy\nf\n)R\xff";
        for (inner, expected) in [
            (system, Verdict::Dangerous),
            (&*frame, Verdict::Dangerous),
            (
                b"G\0\0\0\0\0\0\0\0\x8c\x01m\x8c\x01f\x93)R.",
                Verdict::NeedsReview,
            ),
            (cut, Verdict::Malformed),
        ] {
            let outer = [&b"C"[..], &[inner.len() as u8], inner, b"."].concat();
            assert_eq!(verdict(&outer), expected, "{}", inner.escape_ascii());
        }
        let text: String = system.iter().map(|byte| char::from(*byte)).collect();
        let text = [&b"\x8c"[..], &[text.len() as u8], text.as_bytes(), b"."].concat();
        assert_eq!(verdict(&text), Verdict::Dangerous);
        // Only named before an error, and behind an object that is asked for.
        let system = "cos\nsystem\n\u{0}";
        let behind = "Pid\n.cos\nsystem\n)R.";
        for inner in [system, behind] {
            let outer = [&b"C"[..], &[inner.len() as u8], inner.as_bytes(), b"."].concat();
            assert_eq!(verdict(&outer), Verdict::Dangerous, "{inner:?}");
        }
        // As UTF-8, which not every text can be anything but.
        for inner in [
            "cos\nsystem\n(V\u{4e2d}\ntR.",
            "cos\nsystem\n(X\x02\0\0\0\u{e9}tR.",
        ] {
            let outer = [&b"\x8c"[..], &[inner.len() as u8], inner.as_bytes(), b"."].concat();
            assert_eq!(verdict(&outer), Verdict::Dangerous, "{inner:?}");
        }
        // Harmless ones, and what only looks like one.
        assert_eq!(rules(b"C\x04\x80\x04N.."), [(Rule::NestedPickle, 0)]);
        assert_eq!(verdict(b"C\x04\x80\x04N.."), Verdict::DataOnly);
        assert_eq!(rules(b"C\x06(text)."), []);
        assert_eq!(rules(b"C\x04\x80\x04\xff\xff."), []);
        // Ten levels deep.
        let mut data = SYSTEM.to_vec();
        for _ in 0..10 {
            data = [
                &b"\x80\x04B"[..],
                &(data.len() as u32).to_le_bytes(),
                &data,
                b".",
            ]
            .concat();
        }
        assert_eq!(verdict(&data), Verdict::NeedsReview);
    }

    #[test]
    fn what_follows() {
        assert_eq!(rules(b"N.garbage"), [(Rule::TrailingData, 2)]);
        // A length of 640 or 128.
        assert_eq!(rules(b"N.\x80\x02\0\0\0\0\0\0"), [(Rule::TrailingData, 2)]);
        assert_eq!(rules(b"N.\x80\0\0\0\0\0\0\0"), [(Rule::TrailingData, 2)]);
        assert_eq!(rules(b"N.\x80\x02K\x01N"), [(Rule::Malformed, 7)]);
        // It calls before it ends. (Found by fuzzing.)
        let calls = [
            (Rule::UnknownGlobal, 2),
            (Rule::UnknownCall, 8),
            (Rule::Malformed, 9),
        ];
        assert_eq!(rules(b"N.cm\nf\n)R\xff"), calls);
        // With names of all kinds, or none; and what only looks like a name, or an extension code.
        for data in [
            &b"N.cmy-mod\nevil\n)R"[..],
            b"N.cmy-mod\nevil\n",
            b"N.\x82\x05)R",
            b"N.NQ)R",
            b"N.Pid\n)R",
            b"N.(K\x01K\x02\x93",
            b"N.]\x82\x05aP1\n",
        ] {
            assert_eq!(verdict(data), Verdict::Malformed, "{}", data.escape_ascii());
        }
        for data in [
            &b"N.c\0\0\0\0\0\0\0\n\n"[..],
            b"N.\x82\0\0\0",
            b"N.Px\n\xff",
        ] {
            assert_eq!(
                rules(data),
                [(Rule::TrailingData, 2)],
                "{}",
                data.escape_ascii()
            );
        }
        assert_eq!(verdict(b"N.garbage"), Verdict::DataOnly);
        let report = scan(b"N.K\x01.(t.", &ScanOptions::default());
        assert_eq!((report.verdict, report.pickles), (Verdict::DataOnly, 3));
        assert_eq!(rules(b"N\x80\x02."), [(Rule::OddProtocol, 0)]);
        let mut options = ScanOptions::default();
        options.limits.pickles = 5;
        let report = scan(&b"N.".repeat(100), &options);
        assert_eq!((report.verdict, report.pickles), (Verdict::NeedsReview, 5));
        // Opcodes are the file's, whatever they stand in.
        let mut options = ScanOptions::default();
        options.limits.opcodes = 100;
        let strings = [&b"]("[..], &b"C\x08\x80\x02NNNN0.".repeat(10), b"e."].concat();
        for data in [b"N.".repeat(60), b"N0N0N0N0N.".repeat(11), strings] {
            let report = scan(&data, &options);
            assert_eq!(report.verdict, Verdict::NeedsReview, "{report:?}");
            assert!(report.opcodes <= 101, "{report:?}");
            let limits = report
                .findings
                .iter()
                .filter(|finding| finding.rule == Rule::LimitReached);
            let messages: Vec<_> = limits.map(|finding| &*finding.message).collect();
            assert_eq!(messages, ["there are more than 100 opcodes"]);
        }
    }

    #[test]
    fn findings_are_few_and_bounded() {
        let same = [&b"cos\nsystem\nq\0"[..], &b"h\0)R0".repeat(1000), b"N."].concat();
        assert_eq!(rules(&same).len(), 2);
        let mut options = ScanOptions::default();
        options.limits.findings = 10;
        let many: Vec<u8> = (0..100)
            .flat_map(|number| format!("cmy\nf{number}\n0").into_bytes())
            .collect();
        let report = scan(&[&many[..], b"cos\nsystem\n."].concat(), &options);
        assert!(report.is_cut && report.findings.len() == 10);
        assert_eq!(report.verdict, Verdict::Dangerous);
        // What says most is what is left.
        let kept = |report: &Report| {
            let last = report
                .findings
                .last()
                .map(|finding| (finding.rule, finding.offset));
            last == Some((Rule::HarmfulGlobal, many.len() as u64))
        };
        assert!(kept(&report), "{report:?}");
        let report = scan(&[b"N.", &many[..], b"N.cos\nsystem\n."].concat(), &options);
        assert!(report.is_cut && report.findings.len() == 10, "{report:?}");
        assert_eq!(
            report.findings.last().map(|finding| finding.rule),
            Some(Rule::HarmfulGlobal)
        );
    }
}
