//! Unpacks CPython from Debian packages into the cache.
//!
//! Only `apt-get` and `dpkg` are needed, neither as root, and the machine's own
//! package lists and installed packages are left alone.

use crate::apt_sources::{self, Mirror};
use crate::error::{Error, Result};
use crate::files::{self, TempDir};
use crate::process;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The suites that have CPython 3.14.
const SUITES: [&str; 2] = ["sid", "forky"];
/// Without these there is no interpreter or no test package.
const NEEDED: [&str; 9] = [
    "python3.14",
    "python3.14-minimal",
    "libpython3.14-stdlib",
    "libpython3.14-minimal",
    "libpython3.14-testsuite",
    "libc6",
    "libexpat1",
    "zlib1g",
    "libffi8",
];
/// Without these some modules of the standard library do not load.
const WANTED: [&str; 10] = [
    "libssl3t64",
    "libbz2-1.0",
    "liblzma5",
    "libzstd1",
    "libuuid1",
    "libtinfo6",
    "libncursesw6",
    "libreadline8t64",
    "libsqlite3-0",
    "libdb5.3t64",
];
/// The package whose version names the test package.
const TESTSUITE: &str = "libpython3.14-testsuite";
/// How long one run of `apt-get` may take.
const APT_LIMIT: Duration = Duration::from_secs(10 * 60);
const STAMP: &str = "VERSIONS";
const LAUNCHER: &str = "usr/bin/cpython";

/// What has been unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unpacked {
    /// Starts the interpreter.
    pub(crate) interpreter: PathBuf,
    /// The folder holding `test`.
    pub(crate) testsuite: PathBuf,
    /// The version of the package the tests come from.
    pub(crate) version: String,
}

/// The interpreter in the cache, unpacking it first if it is not there.
pub(crate) fn unpacked(cache: &Path) -> Result<Unpacked> {
    let home = cache.join("debian");
    if let Some(found) = existing(&home) {
        return Ok(found);
    }
    for program in ["apt-get", "dpkg"] {
        if process::on_path(program).is_none() {
            return Err(Error::NoCpython(format!("there is no {program}")));
        }
    }
    let mirror = mirror()?;
    eprintln!(
        "compat: getting CPython 3.14 from {} into {}",
        mirror.uri,
        home.display()
    );
    // Beside its final place, so that it can be renamed.
    let temp = TempDir::new(cache, "debian.new")?;
    let debs = download(temp.path(), &mirror)?;
    let root = temp.path().join("root");
    files::make_dir(&root)?;
    let mut versions = Vec::new();
    for deb in &debs {
        let args: [OsString; 3] = ["-x".into(), deb.into(), root.clone().into()];
        process::answer(Path::new("dpkg"), args, &[])?;
        versions.push(version(deb));
    }
    versions.sort();
    write_launcher(&root)?;
    files::write(&root.join(STAMP), &(versions.join("\n") + "\n"))?;
    // Another process may have been faster; its result is as good.
    if existing(&home).is_none() {
        files::remove_dir(&home)?;
        fs::rename(&root, &home).map_err(Error::io("rename", &root))?;
    }
    existing(&home).ok_or_else(|| {
        Error::NoCpython(format!("the packages in {} are incomplete", home.display()))
    })
}

/// What an earlier run has unpacked.
fn existing(home: &Path) -> Option<Unpacked> {
    let stamp = fs::read_to_string(home.join(STAMP)).ok()?;
    let version = stamp
        .lines()
        .find_map(|line| line.strip_prefix(TESTSUITE)?.strip_prefix(' '))?;
    let found = Unpacked {
        interpreter: home.join(LAUNCHER),
        testsuite: home.join("usr/lib/python3.14"),
        version: version.to_owned(),
    };
    (found.interpreter.is_file() && found.testsuite.join("test/test_pickle.py").is_file())
        .then_some(found)
}

/// The mirror this machine is set up for.
fn mirror() -> Result<Mirror> {
    let mut mirrors = Vec::new();
    let parts = Path::new("/etc/apt/sources.list.d");
    let mut paths = if parts.is_dir() {
        files::list(parts)?
    } else {
        Vec::new()
    };
    paths.push("/etc/apt/sources.list".into());
    for path in paths.iter().filter(|path| path.is_file()) {
        let read = match path.extension().and_then(|e| e.to_str()) {
            Some("sources") => apt_sources::deb822,
            Some("list") => apt_sources::one_line,
            _ => continue,
        };
        mirrors.extend(read(&files::read_lossy(path)?));
    }
    // The usual name first: what else passed may be somebody's own archive.
    mirrors.sort_by_key(|mirror| !mirror.uri.ends_with("/debian"));
    mirrors
        .into_iter()
        .next()
        .ok_or_else(|| Error::NoCpython("/etc/apt names no mirror of the Debian archive".into()))
}

/// Downloads the packages into `temp`.
fn download(temp: &Path, mirror: &Mirror) -> Result<Vec<PathBuf>> {
    let debs = temp.join("debs");
    for dir in ["lists/partial", "cache/archives/partial", "debs"] {
        files::make_dir(&temp.join(dir))?;
    }
    let apt = Apt::new(temp, mirror)?;
    if let Err(err) = apt.run(&debs, "update", &[]) {
        // One suite may be missing and the other do.
        eprintln!("compat: {err}");
    }
    let all: Vec<&str> = NEEDED.iter().chain(&WANTED).copied().collect();
    if let Err(err) = apt.run(&debs, "download", &all) {
        eprintln!("compat: {err}; trying the packages one by one");
        apt.run(&debs, "download", &NEEDED)?;
        for package in WANTED {
            if let Err(err) = apt.run(&debs, "download", &[package]) {
                eprintln!("compat: going without {package}: {err}");
            }
        }
    }
    let mut found = files::list(&debs)?;
    found.retain(|path| path.extension().is_some_and(|e| e == "deb"));
    Ok(found)
}

/// `apt-get` with state of its own.
#[derive(Debug)]
struct Apt {
    options: Vec<String>,
}

impl Apt {
    fn new(temp: &Path, mirror: &Mirror) -> Result<Self> {
        let keyring = mirror.signed_by.clone().or_else(|| {
            ["gpg", "pgp"]
                .map(|ext| format!("/usr/share/keyrings/debian-archive-keyring.{ext}"))
                .into_iter()
                .find(|path| Path::new(path).is_file())
        });
        let signed = keyring.map_or_else(String::new, |path| format!("[signed-by={path}] "));
        let uri = &mirror.uri;
        let list: String = SUITES
            .iter()
            .map(|suite| format!("deb {signed}{uri} {suite} main\n"))
            .collect();
        let sources = temp.join("sources.list");
        files::write(&sources, &list)?;
        // The machine's proxy settings are wanted, its hooks are not: those
        // of container images clean up the machine's own cache.
        let config = temp.join("apt.conf");
        files::write(
            &config,
            "#clear APT::Update::Pre-Invoke;\n\
             #clear APT::Update::Post-Invoke;\n\
             #clear APT::Update::Post-Invoke-Success;\n",
        )?;
        let mut options = vec!["-q".into(), format!("--config-file={}", config.display())];
        let mut set = |name: &str, value: &dyn std::fmt::Display| {
            options.extend(["-o".into(), format!("{name}={value}")]);
        };
        set("Dir::Etc::sourcelist", &sources.display());
        for part in ["sourceparts", "preferences", "preferencesparts"] {
            set(&format!("Dir::Etc::{part}"), &"/dev/null");
        }
        set("Dir::State::status", &"/dev/null");
        set("Dir::State::lists", &temp.join("lists").display());
        set("Dir::Cache", &temp.join("cache").display());
        set("Acquire::Languages", &"none");
        set("Acquire::Retries", &"2");
        set("Acquire::http::Timeout", &"30");
        set("Acquire::https::Timeout", &"30");
        for target in ["DEP-11", "CNF"] {
            // Lists for software centres, as large as those of the packages.
            let name = format!("Acquire::IndexTargets::deb::{target}::DefaultEnabled");
            set(&name, &"false");
        }
        let owner = fs::metadata(temp)
            .map_err(Error::io("inspect", temp))?
            .uid();
        if owner == 0 {
            // The unprivileged user could not write into our folder.
            set("APT::Sandbox::User", &"root");
        }
        Ok(Self { options })
    }

    fn run(&self, cwd: &Path, verb: &str, args: &[&str]) -> Result<()> {
        let mut command = Command::new("apt-get");
        command
            .args(&self.options)
            .arg(verb)
            .args(args)
            .current_dir(cwd)
            .env("LC_ALL", "C");
        process::output(command, APT_LIMIT).map(drop)
    }
}

/// `name version` out of the file name `name_version_arch.deb`.
fn version(deb: &Path) -> String {
    let name = files::name(deb);
    let mut parts = name.split('_');
    let package = parts.next().unwrap_or_default();
    let version = parts.next().unwrap_or_default().replace("%3a", ":");
    format!("{package} {version}")
}

/// Writes the script that starts the interpreter with its own C library, since
/// the machine's may be older.
fn write_launcher(root: &Path) -> Result<()> {
    let lib = root.join("usr/lib");
    for dir in files::list(&lib)? {
        let triplet = files::name(&dir);
        if !triplet.contains("-linux-gnu") || !dir.is_dir() {
            continue;
        }
        let loader = files::list(&dir)?
            .iter()
            .map(|file| files::name(file))
            .find(|name| name.starts_with("ld-linux") || name.starts_with("ld64.so"));
        if let Some(loader) = loader {
            let path = root.join(LAUNCHER);
            files::write(&path, &launcher(&triplet, &loader))?;
            return fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
                .map_err(Error::io("make executable", &path));
        }
    }
    Err(Error::NoCpython(format!(
        "libc6 has no dynamic loader below {}",
        lib.display()
    )))
}

fn launcher(triplet: &str, loader: &str) -> String {
    // sys.executable comes from argv[0] and must be this script, or the
    // interpreters that tests start would run with the machine's C library.
    format!(
        "#!/bin/sh\n\
         bin=${{0%/*}}\n\
         lib=$bin/../lib/{triplet}\n\
         exec \"$lib/{loader}\" --argv0 \"$0\" --library-path \"$lib\" \
         \"$bin/python3.14\" \"$@\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_versions() {
        assert_eq!(
            version(Path::new("/x/zlib1g_1%3a1.3.dfsg-4_amd64.deb")),
            "zlib1g 1:1.3.dfsg-4"
        );
    }

    #[test]
    fn launcher_for_any_machine() {
        let temp = TempDir::new(&std::env::temp_dir(), "compat-launcher").unwrap();
        let loader = "usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1";
        files::write(&temp.path().join(loader), "").unwrap();
        write_launcher(temp.path()).unwrap();
        let text = files::read_lossy(&temp.path().join(LAUNCHER)).unwrap();
        assert_eq!(
            text.lines().last(),
            Some(
                "exec \"$lib/ld-linux-aarch64.so.1\" --argv0 \"$0\" \
                 --library-path \"$lib\" \"$bin/python3.14\" \"$@\""
            )
        );
    }
}
