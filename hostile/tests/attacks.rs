//! Whether the attacks do what they say, in a real CPython.
//!
//! `HOSTILE_PYTHON` names interpreters, as `PATH` does folders; else `python3` of `PATH` is taken.
//! Without one, and on other systems than Linux, that they work is NOT RUN.

use hostile::attack::{Class, Harm, Load, Needs};
use hostile::{Attack, attacks};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

#[test]
fn there_are_enough_of_each_class_and_names_are_unique() {
    let all = attacks(Path::new("/folder"));
    let names: BTreeSet<_> = all.iter().map(|attack| &attack.name).collect();
    assert_eq!(names.len(), all.len());
    let plain = |unit: char| unit.is_ascii_alphanumeric() || "._-".contains(unit);
    for attack in &all {
        assert!(attack.name.chars().all(plain), "{}", attack.name);
        assert!(attack.marker.starts_with("/folder"), "{}", attack.name);
        assert!(attack.victim.starts_with("/folder"), "{}", attack.name);
        assert!(
            !attack.does.is_empty() && !attack.bytes.is_empty(),
            "{}",
            attack.name
        );
    }
    let bytes: BTreeSet<_> = all
        .iter()
        .map(|attack| (&attack.bytes, &attack.file_name))
        .collect();
    assert_eq!(bytes.len(), all.len());
    for class in Class::ALL {
        let count = all.iter().filter(|attack| attack.class == class).count();
        assert!(count >= 5, "{class}: {count}");
    }
    let elsewhere = |attack: &&Attack| !matches!(attack.needs[..], [Needs::Other(_), ..]);
    let count = all.iter().filter(elsewhere).count();
    assert!(count >= 300, "{count}");
}

#[test]
fn the_folder_is_all_that_differs() {
    let (here, there) = (
        attacks(Path::new("/here")),
        attacks(Path::new("/elsewhere")),
    );
    assert!(
        here.iter()
            .zip(&there)
            .all(|(a, b)| a.name == b.name && a.class == b.class)
    );
}

/// What a Python is and has.
struct Python {
    path: PathBuf,
    version: (u8, u8),
    modules: BTreeSet<String>,
}

fn pythons() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os("HOSTILE_PYTHON") {
        return std::env::split_paths(&named).collect();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("python3"));
    found.filter(|file| file.is_file()).take(1).collect()
}

impl Python {
    fn ask(path: &Path, modules: &BTreeSet<&str>) -> Self {
        let question = "import sys, importlib\n\
             print(*sys.version_info[:2])\n\
             for name in sys.argv[1:]:\n\
             \ttry: importlib.import_module(name)\n\
             \texcept ImportError: pass\n\
             \telse: print(name)";
        let answer = Command::new(path)
            .arg("-Wignore")
            .arg("-c")
            .arg(question)
            .args(modules)
            .output();
        let text = String::from_utf8(answer.expect("a Python starts").stdout).unwrap();
        let mut lines = text.lines();
        let (major, minor) = lines.next().unwrap().split_once(' ').unwrap();
        Self {
            path: path.to_owned(),
            version: (major.parse().unwrap(), minor.parse().unwrap()),
            modules: lines.map(str::to_owned).collect(),
        }
    }

    fn lacks(&self, attack: &Attack) -> Option<Needs> {
        let lacking = |needs: &&Needs| match needs {
            Needs::Module(name) => !self.modules.contains(*name),
            Needs::Since(minor) => self.version < (3, *minor),
            Needs::Before(minor) => self.version >= (3, *minor),
            _ => true,
        };
        attack.needs.iter().find(lacking).copied()
    }
}

/// Waits for something to become true, or for the end of some seconds.
fn within(seconds: u64, mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(seconds);
    loop {
        if condition() {
            return true;
        }
        if Instant::now() > end {
            return false;
        }
        sleep(Duration::from_millis(5));
    }
}

fn finished(child: &mut Child) -> bool {
    matches!(child.try_wait(), Ok(Some(_)))
}

fn load(how: &Load) -> String {
    match how {
        Load::Each => "each".into(),
        Load::Persistent => "persistent".into(),
        Load::ZipMember(name) => format!("zip {name}"),
        Load::Compressed(module) => format!("compressed {module}"),
        Load::Npy => "npy".into(),
        Load::Base64 => "base64".into(),
        _ => "pickle".into(),
    }
}

/// What went otherwise than the attack says.
fn run(python: &Python, attack: &Attack, folder: &Path) -> Result<(), String> {
    attack.prepare().map_err(|error| error.to_string())?;
    let file = folder.join(&attack.file_name);
    let report = folder.join(format!("{}.report", attack.name));
    std::fs::write(&file, &attack.bytes).map_err(|error| error.to_string())?;
    let expression = match &attack.harm {
        Harm::State(expression) => expression,
        _ => "",
    };
    let victim = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/victim.py");
    let output = std::fs::File::create(folder.join(format!("{}.log", attack.name)));
    let output = output.map_err(|error| error.to_string())?;
    let mut child = Command::new(&python.path)
        .arg("-Wignore")
        .arg(victim)
        .args([&report, &file])
        .args([&load(&attack.load), expression])
        .args([&attack.marker, &attack.victim])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(output.try_clone().map_err(|error| error.to_string())?)
        .stderr(output)
        .spawn()
        .map_err(|error| error.to_string())?;
    if let Some(mut stdin) = child.stdin.take() {
        use std::io::Write;
        // For what reads commands. Most attacks are gone before they could read it.
        let _ = writeln!(stdin, "open({:?}, 'w').close()", attack.marker);
    }
    let marked = || attack.marker.symlink_metadata().is_ok();
    if !within(120, || finished(&mut child)) {
        child
            .kill()
            .and_then(|()| child.wait())
            .map_err(|error| error.to_string())?;
        // A thread or a pool may keep it, but what it was to do is done.
        if !(attack.harm == Harm::Marker && marked()) {
            return Err("it hangs".into());
        }
    }
    let told = std::fs::read_to_string(&report).unwrap_or_default();
    let right = match &attack.harm {
        Harm::Marker => within(10, marked),
        Harm::Removed => attack.victim.symlink_metadata().is_err(),
        Harm::State(_) => told.ends_with(" True") || told == "loaded True",
        Harm::Raises(name) => told == format!("raised {name}"),
        Harm::Ends => told.is_empty(),
        _ => false,
    };
    if right {
        Ok(())
    } else {
        Err(format!("{:?}, but it {told:?}", attack.harm))
    }
}

#[test]
fn attacks_do_what_they_say() {
    if !cfg!(target_os = "linux") || pythons().is_empty() {
        eprintln!("NOT RUN: there is no Python, or no Linux");
        return;
    }
    let parent = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    for path in pythons() {
        let folder = parent.join(format!("attacks.{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let all = attacks(&folder);
        let needs = all.iter().flat_map(|attack| &attack.needs);
        let modules = needs.filter_map(|needs| match needs {
            Needs::Module(name) => Some(*name),
            _ => None,
        });
        let python = Python::ask(&path, &modules.collect());
        let queue = Mutex::new(all.iter());
        let wrong = Mutex::new(Vec::new());
        let absent = Mutex::new(BTreeMap::<String, Vec<&str>>::new());
        let worked = Mutex::new(0);
        let next = || queue.lock().unwrap().next();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Some(attack) = next() {
                        if let Some(needs) = python.lacks(attack) {
                            let mut absent = absent.lock().unwrap();
                            absent
                                .entry(needs.to_string())
                                .or_default()
                                .push(&attack.name);
                        } else if let Err(why) = run(&python, attack, &folder) {
                            wrong
                                .lock()
                                .unwrap()
                                .push(format!("{}: {why}", attack.name));
                        } else {
                            *worked.lock().unwrap() += 1;
                        }
                    }
                });
            }
        });
        let (worked, wrong) = (worked.into_inner().unwrap(), wrong.into_inner().unwrap());
        let absent = absent.into_inner().unwrap();
        eprintln!(
            "{} {:?}: {worked} attacks work",
            path.display(),
            python.version
        );
        for (why, names) in &absent {
            eprintln!("  {why}: {}", names.join(" "));
        }
        assert!(wrong.is_empty(), "{}\n{}", path.display(), wrong.join("\n"));
        assert!(worked >= 250, "{worked}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
