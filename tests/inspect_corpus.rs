//! What a scan says of whole corpora of hostile and of benign pickles (the crate `hostile`). No interpreter.
#![cfg(feature = "archives")]

use std::path::Path;

use hostile::benign::Fits;
use hostile::{attacks, benign};
use rustpython_pickle::inspect::scan::{ScanOptions, Verdict, scan, scan_file, scan_if_pickle};
use rustpython_pickle::policy::AllowList;

/// Options of a scan with these lists alone.
fn under<const N: usize>(lists: [AllowList; N]) -> ScanOptions {
    let mut options = ScanOptions::default();
    options.lists = lists.into();
    options
}

/// Each set of lists with what it is called, and with what the benign pickles fit that may be clean under it.
fn lists() -> [(&'static str, ScanOptions, &'static [Fits]); 4] {
    use Fits::{DataOnly, Standard, Torch};
    let (standard, torch) = (AllowList::standard, AllowList::torch);
    [
        ("none", under([]), &[DataOnly]),
        ("standard", under([standard()]), &[DataOnly, Standard]),
        // An OrderedDict is in both lists.
        ("torch", under([torch()]), &[DataOnly, Standard, Torch]),
        (
            "default",
            ScanOptions::default(),
            &[DataOnly, Standard, Torch],
        ),
    ]
}

/// Also those that name only what is listed: their arguments, their state or what they ask the loading program for is not.
#[test]
fn no_attack_is_clean() {
    let all = attacks(Path::new("/folder"));
    assert!(all.len() >= 700, "{}", all.len());
    let mut faults = Vec::new();
    for (name, options, _) in lists() {
        let mut dangerous = 0;
        for attack in &all {
            let file = scan_file(&attack.bytes, &options).verdict;
            dangerous += usize::from(file == Verdict::Dangerous);
            for (how, verdict) in [
                ("scan_file", file),
                ("scan", scan(&attack.bytes, &options).verdict),
                (
                    "scan_if_pickle",
                    scan_if_pickle(&attack.bytes, &options).verdict,
                ),
            ] {
                if verdict.is_clean() {
                    faults.push(format!("{how}, lists {name}: {}: {verdict}", attack.name));
                }
            }
        }
        // Not that everything needs review.
        assert!(dangerous >= 660, "lists {name}: {dangerous}");
    }
    // Its bytes are text, and nobody has said that they are a pickle.
    let base64 = |fault: &String| {
        fault.starts_with("scan_if_pickle") && fault.ends_with(": base64: data only")
    };
    faults.retain(|fault| !base64(fault));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_benign_pickle_is_dangerous_and_plain_data_is_clean() {
    let all = benign();
    assert!(all.len() >= 200, "{}", all.len());
    let mut faults = Vec::new();
    for benign in all {
        let bytes = benign.bytes().expect("a file");
        for (name, options, may) in lists() {
            let verdict = scan_file(&bytes, &options).verdict;
            let fine = match verdict {
                Verdict::DataOnly => benign.fits == Fits::DataOnly,
                Verdict::Allowed(_) => may.contains(&benign.fits),
                Verdict::NeedsReview => benign.fits != Fits::DataOnly,
                // The bytes of its arrays stand between its opcodes.
                Verdict::Malformed => benign.name == "joblib.joblib",
                Verdict::Dangerous => false,
            };
            if !fine {
                faults.push(format!(
                    "lists {name}: {}, {}: {verdict}",
                    benign.name, benign.fits
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
