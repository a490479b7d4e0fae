//! Verdicts: of pickles, and of files that hold some.

use std::sync::LazyLock;

use rustpython_pickle::inspect::scan::{
    Report, Rule, ScanOptions, Severity, Verdict, contents, scan, scan_file, scan_if_pickle,
};
use rustpython_pickle::inspect::{Pickle, globals};
use rustpython_pickle::machine::Machine;
use rustpython_pickle::wire::{Opcode, SliceSource};

use super::Outcome;
use super::inspect::check_line;
use crate::Tracer;

/// What files may cost.
const EXPANDED: u64 = 1 << 20;

static OPTIONS: LazyLock<ScanOptions> = LazyLock::new(|| {
    let mut options = ScanOptions::default();
    options.limits.expanded = EXPANDED;
    options.limits.ratio = 50;
    options.limits.members = 100;
    options
});

/// What a report says is what its findings say.
fn check(report: &Report) {
    let worst = report.findings.iter().map(|finding| finding.severity).max();
    let worst = worst.unwrap_or(Severity::Note);
    let said = match &report.verdict {
        Verdict::DataOnly | Verdict::Allowed(_) => Severity::Note,
        Verdict::NeedsReview => Severity::NeedsReview,
        Verdict::Malformed => Severity::Malformed,
        Verdict::Dangerous => Severity::Dangerous,
    };
    match report.is_cut {
        true => assert!(said >= worst && !report.verdict.is_clean()),
        false => assert_eq!(said, worst, "{report:?}"),
    }
    for finding in &report.findings {
        check_line(&finding.to_string());
        assert!(Rule::ALL.contains(&finding.rule));
    }
}

/// Whether the pickle itself does harm, and not one in a string.
fn is_dangerous(report: &Report) -> bool {
    report
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Dangerous && finding.within.is_empty())
}

/// A pickle.
pub(super) fn pickle(data: &[u8]) -> Outcome {
    let report = scan(data, &OPTIONS);
    check(&report);
    let pickle = Pickle::read(data, &OPTIONS.limits);
    if report.verdict == Verdict::DataOnly {
        assert_eq!(globals(&pickle).count(), 0, "data that names something");
        for step in pickle.graph().steps() {
            let plain = matches!(
                step.opcode,
                // The host's own buffers, and what is put into what holds them.
                Opcode::NextBuffer
                    | Opcode::ReadonlyBuffer
                    | Opcode::Append
                    | Opcode::Appends
                    | Opcode::SetItem
                    | Opcode::SetItems
                    | Opcode::AddItems
            );
            assert!(plain, "data that does {step:?}");
        }
    }
    if report.verdict.is_clean() {
        assert!(pickle.is_whole() && pickle.error().is_none());
        let traced = Machine::new(Tracer::new()).load(&mut SliceSource::new(data));
        assert!(traced.is_ok(), "clean, and no loader takes it: {traced:?}");
    } else if report.verdict != Verdict::Malformed {
        // Whatever follows: it does not get clean by that. (What is malformed may only lack its end.)
        let longer = scan(&[data, b"N."].concat(), &OPTIONS);
        assert!(!longer.verdict.is_clean(), "clean with something behind it");
    }
    if is_dangerous(&report) {
        let hidden = scan(&[b"N.", data].concat(), &OPTIONS);
        assert!(is_dangerous(&hidden), "behind another pickle");
        let cut = scan(&[data, b"\xff"].concat(), &OPTIONS);
        assert!(is_dangerous(&cut), "before garbage");
    }
    report.verdict.id().into()
}

/// A file, which may be an archive, compressed, or anything.
pub(super) fn file(data: &[u8]) -> Outcome {
    let report = scan_file(data, &OPTIONS);
    check(&report);
    let maybe = scan_if_pickle(data, &OPTIONS);
    check(&maybe);
    assert!(maybe.verdict <= report.verdict, "{maybe:?} and {report:?}");
    let (pickles, _) = contents(data, &OPTIONS.limits);
    let total: usize = pickles.iter().map(|pickle| pickle.bytes.len()).sum();
    assert!(
        total <= 8 * (data.len() + EXPANDED as usize),
        "{total} bytes"
    );
    if report.verdict.is_clean() {
        for pickle in &pickles {
            let inner = scan(&pickle.bytes, &OPTIONS).verdict;
            let ids = inner == Verdict::NeedsReview;
            assert!(
                inner.is_clean() || ids,
                "{inner} in what is {}",
                report.verdict
            );
        }
    }
    report.verdict.id().into()
}
