//! Runs scanners of pickles over the attacks and the benign pickles of `hostile`: ours, and those
//! of PyPI.

use crate::error::{Error, Result};
use crate::files::{self, TempDir};
use crate::packages::{self, Package};
use crate::process::{self, Ending, Job};
use crate::scripts;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod page;

pub(crate) use page::markdown;

/// The scanners of PyPI that are compared with.
const FOREIGN: [Package; 3] = [
    Package {
        name: "picklescan",
        version: "1.0.5",
    },
    Package {
        name: "fickling",
        version: "0.1.12",
    },
    Package {
        name: "modelscan",
        version: "0.8.8",
    },
];
/// The versions of Python that all of them say they run on.
const PYTHONS: [&str; 4] = ["python3.12", "python3.11", "python3", "python"];
/// Tells whether it is one of those, and has pip.
const QUESTION: &str = "\
import pip, sys
print((3, 11) <= sys.version_info < (3, 13))
";
/// How long ours may take for one file.
const OUR_LIMIT: Duration = Duration::from_secs(60);

/// What a scanner says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Dangerous.
    Flagged,
    /// Not known to be dangerous, but not let through: it needs review, is malformed, or the
    /// scanner ends with an error.
    Held,
    /// The scanner says that it looked at nothing.
    Skipped,
    /// Nothing is wrong with it.
    Clean,
}

/// A file to be scanned.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// What the row of the table is about: an attack's class, or a benign pickle's list.
    pub(crate) row: String,
    /// Its folder, a slash, and its name.
    pub(crate) name: String,
    /// Whether it is an attack.
    pub(crate) attack: bool,
}

/// What one scanner says of all files.
#[derive(Clone, Debug)]
pub(crate) struct Scanner {
    /// Its name and version.
    pub(crate) label: String,
    /// The verdicts by the names of files, or why there are none.
    pub(crate) verdicts: Result<BTreeMap<String, Verdict>, String>,
}

/// What all scanners say.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    /// The files.
    pub(crate) files: Vec<File>,
    /// Ours first.
    pub(crate) scanners: Vec<Scanner>,
}

impl Comparison {
    /// Whether ours lets no attack through.
    pub(crate) fn passed(&self) -> bool {
        self.scanners.first().is_some_and(|ours| {
            let attacks = self.files.iter().filter(|file| file.attack);
            ours.verdicts.as_ref().is_ok_and(|verdicts| {
                let mut of_attacks = attacks.map(|file| verdicts.get(&file.name));
                of_attacks.all(|verdict| matches!(verdict, Some(Verdict::Flagged | Verdict::Held)))
            })
        })
    }
}

/// Writes all files, and scans them with each scanner.
pub(crate) fn run(dir: &Path, cache: &Path, limit: Duration, ours: &Path) -> Result<Comparison> {
    let temp = TempDir::new(&cache.join("work"), "scanners")?;
    if !hostile::attack::is_plain(temp.path()) {
        let text = format!(
            "{} has letters that attacks can't have",
            temp.path().display()
        );
        return Err(Error::Usage(text));
    }
    let (files, paths) = write(temp.path())?;
    let mut scanners = vec![Scanner {
        label: format!("rustpython-pickle {}", env!("CARGO_PKG_VERSION")),
        verdicts: scan_ours(ours, &paths, temp.path()).map_err(|error| error.to_string()),
    }];
    let python = python()?;
    let site = packages::with_dependencies(cache, &python, &FOREIGN)?;
    let list: Vec<_> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let lines = temp.path().join("files.txt");
    files::write(&lines, &(list.join("\n") + "\n"))?;
    for package in &FOREIGN {
        eprintln!("compat: {} scans {} files", package.name, paths.len());
        let foreign = Foreign {
            dir,
            python: &python,
            site: &site,
            cwd: temp.path(),
            limit,
        };
        scanners.push(Scanner {
            label: format!("{} {}", package.name, package.version),
            verdicts: foreign
                .scan(package, &lines)
                .map_err(|error| error.to_string()),
        });
    }
    Ok(Comparison { files, scanners })
}

/// Writes attacks and benign pickles, each into a folder of its kind.
fn write(folder: &Path) -> Result<(Vec<File>, Vec<PathBuf>)> {
    let (mut all, mut paths) = (Vec::new(), Vec::new());
    let mut add = |file: File, bytes: &[u8]| -> Result<()> {
        let path = folder.join(&file.name);
        std::fs::write(&path, bytes).map_err(Error::io("write", &path))?;
        all.push(file);
        paths.push(path);
        Ok(())
    };
    for kind in ["attacks", "benign"] {
        files::make_dir(&folder.join(kind))?;
    }
    for attack in hostile::attacks(&folder.join("markers")) {
        let file = File {
            row: attack.class.to_string(),
            name: format!("attacks/{}", attack.file_name),
            attack: true,
        };
        add(file, &attack.bytes)?;
    }
    for benign in hostile::benign() {
        let path = benign.path();
        let bytes = benign.bytes().map_err(Error::io("read", &path))?;
        let file = File {
            row: benign.fits.to_string(),
            name: format!("benign/{}", benign.name),
            attack: false,
        };
        add(file, &bytes)?;
    }
    Ok((all, paths))
}

/// A file's folder and name: an attack and a benign pickle may have one name.
fn short(path: &Path) -> String {
    let folder = path.parent().map(files::name).unwrap_or_default();
    format!("{folder}/{}", files::name(path))
}

/// A Python that the scanners run on.
fn python() -> Result<PathBuf> {
    PYTHONS
        .iter()
        .filter_map(|name| process::on_path(name))
        .find(|path| {
            process::answer(path, ["-c", QUESTION], &[]).is_ok_and(|text| text.trim() == "True")
        })
        .ok_or_else(|| Error::program("python3", "no 3.11 or 3.12 with pip is on PATH"))
}

/// What the scanners of PyPI need to run.
struct Foreign<'a> {
    dir: &'a Path,
    python: &'a Path,
    site: &'a Path,
    cwd: &'a Path,
    limit: Duration,
}

impl Foreign<'_> {
    fn scan(&self, package: &Package, list: &Path) -> Result<BTreeMap<String, Verdict>> {
        let log = |end: &str| self.cwd.join(format!("{}.{end}", package.name));
        let report = log("json");
        let script = self.dir.join("scan.py");
        let ending = Job {
            program: self.python,
            args: vec![
                script.into(),
                package.name.into(),
                list.into(),
                (&report).into(),
            ],
            cwd: self.cwd,
            env: vec![
                ("PYTHONPATH", self.site.into()),
                ("PYTHONDONTWRITEBYTECODE", "1".into()),
                ("PYTHONWARNINGS", "ignore".into()),
            ],
            stdout: log("stdout.log"),
            stderr: log("stderr.log"),
            limit: self.limit,
        }
        .run()?;
        if ending != Ending::Code(0) {
            let text = files::read_lossy(&log("stderr.log"))?;
            let last = text.trim_end().lines().last().unwrap_or_default();
            return Err(Error::program(package.name, format!("{ending}: {last}")));
        }
        verdicts(package.name, &files::read_lossy(&report)?)
    }
}

/// Reads what scan.py wrote.
fn verdicts(scanner: &str, text: &str) -> Result<BTreeMap<String, Verdict>> {
    let json = scripts::json(scanner, text)?;
    let wrong = || Error::Contract(format!("{scanner}: a verdict for each path"));
    let mut all = BTreeMap::new();
    for (path, verdict) in json.as_object().ok_or_else(wrong)? {
        let verdict = match verdict.as_str() {
            Some("flagged") => Verdict::Flagged,
            Some("held") => Verdict::Held,
            Some("skipped") => Verdict::Skipped,
            Some("clean") => Verdict::Clean,
            _ => return Err(wrong()),
        };
        all.insert(short(Path::new(path)), verdict);
    }
    Ok(all)
}

/// Scans with ours: `scan --json FILE`, whose exit codes are documented.
fn scan_ours(ours: &Path, paths: &[PathBuf], cwd: &Path) -> Result<BTreeMap<String, Verdict>> {
    let (stdout, stderr) = (cwd.join("ours.json"), cwd.join("ours.log"));
    let scan = |path: &Path| -> Result<Ending> {
        Job {
            program: ours,
            args: vec!["scan".into(), "--json".into(), path.into()],
            cwd,
            env: Vec::new(),
            stdout: stdout.clone(),
            stderr: stderr.clone(),
            limit: OUR_LIMIT,
        }
        .run()
    };
    // A build without the command takes `scan` for a script's name.
    let none = cwd.join("none.pkl");
    files::write(&none, "N.")?;
    let known = scan(&none)? == Ending::Code(0)
        && scripts::json("scan", &files::read_lossy(&stdout)?).is_ok();
    if !known {
        return Err(Error::Ours("it has no command `scan --json`".into()));
    }
    eprintln!("compat: ours scans {} files", paths.len());
    let mut all = BTreeMap::new();
    for path in paths {
        let verdict = match scan(path)? {
            Ending::Code(0) => Verdict::Clean,
            Ending::Code(1) => Verdict::Flagged,
            Ending::Code(3 | 4) => Verdict::Held,
            ending => {
                let text = format!("{ending}: {}", path.display());
                return Err(Error::program(ours, text));
            }
        };
        all.insert(short(path), verdict);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_of_the_script() {
        let read = verdicts("x", r#"{"/a/b.pkl": "flagged", "/a/b/b.pkl": "clean"}"#).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read["a/b.pkl"], Verdict::Flagged);
        assert_eq!(read["b/b.pkl"], Verdict::Clean);
        assert!(verdicts("x", r#"{"/a": "fine"}"#).is_err());
        assert!(verdicts("x", "[]").is_err());
    }

    #[test]
    fn an_attack_that_is_let_through_fails() {
        let comparison = |verdict| Comparison {
            files: vec![File {
                row: "a".into(),
                name: "x".into(),
                attack: true,
            }],
            scanners: vec![Scanner {
                label: "ours".into(),
                verdicts: Ok(BTreeMap::from([("x".to_owned(), verdict)])),
            }],
        };
        assert!(comparison(Verdict::Held).passed());
        assert!(!comparison(Verdict::Clean).passed());
        assert!(!comparison(Verdict::Skipped).passed());
    }
}
