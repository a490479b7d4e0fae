//! The benign pickles are all there, small, and as the manifest says.

use hostile::benign;
use hostile::benign::Fits;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

#[test]
fn files_and_manifest_agree() {
    let all = benign();
    assert!(all.len() >= 150, "{}", all.len());
    let names: BTreeSet<_> = all.iter().map(|benign| benign.name.to_owned()).collect();
    assert_eq!(names.len(), all.len());
    let folder = all[0].path();
    let files = std::fs::read_dir(folder.parent().unwrap()).unwrap();
    let files: BTreeSet<_> = files
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, names);
    let sizes = all.iter().map(|benign| benign.bytes().unwrap().len());
    assert!(sizes.sum::<usize>() < 2_000_000);
    for fits in [Fits::DataOnly, Fits::Standard, Fits::Torch, Fits::None] {
        let count = all.iter().filter(|benign| benign.fits == fits).count();
        assert!(count >= 7, "{fits}: {count}");
    }
}

/// What each list may have to hold, for the benign pickles that it is said to fit.
const STANDARD: [&str; 14] = [
    "__builtin__",
    "_codecs",
    "array",
    "builtins",
    "collections",
    "copy_reg",
    "copyreg",
    "datetime",
    "decimal",
    "fractions",
    "ipaddress",
    "pathlib",
    "types",
    "uuid",
];
const TORCH: [&str; 4] = ["BINPERSID", "collections", "torch", "torch._utils"];

#[test]
fn lists_fit() {
    let Some(python) = ["python3", "python"].into_iter().find(|name| {
        Command::new(name)
            .arg("-V")
            .output()
            .is_ok_and(|output| output.status.success())
    }) else {
        eprintln!("NOT RUN: there is no Python");
        return;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/globals.py");
    let folder = script.with_file_name("../benign/files");
    let output = Command::new(python)
        .arg(script)
        .arg(folder)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    let named: BTreeMap<_, BTreeSet<_>> = text
        .lines()
        .map(|line| {
            let mut fields = line.split('\t');
            (fields.next().unwrap(), fields.collect())
        })
        .collect();
    for benign in benign() {
        let modules = named
            .get(benign.name)
            .unwrap_or_else(|| panic!("{}: {error}", benign.name));
        let fits = |list: &[&str]| modules.iter().all(|module| list.contains(module));
        let right = match benign.fits {
            Fits::DataOnly => modules.is_empty(),
            Fits::Standard => fits(&STANDARD) && !modules.is_empty(),
            Fits::Torch => fits(&TORCH) && modules.contains("torch"),
            // An exception's module is builtins: that names are listed does not mean this one is.
            Fits::None => true,
        };
        assert!(right, "{}, {}: {modules:?}", benign.name, benign.fits);
    }
}
