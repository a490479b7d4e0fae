//! `snapshot show`, `verify` and `diff`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustpython_pickle::snapshot::container::{SOURCES, STATE, Writer};
use rustpython_pickle::snapshot::{
    GlobalReport, Metadata, ModuleReport, Observer, Outcome, Report, SigningKey, WriteOptions,
};

use super::support::{Folder, command, finish, run};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

/// A snapshot with `score`, a number, and `sock`, which was left out.
fn save(folder: &Folder, name: &str, score: u8, key: Option<SigningKey>) -> PathBuf {
    let mut options = WriteOptions::new();
    if let Some(key) = key {
        options = options.key(key);
    }
    let state = [0x80, 5, b'K', score, b'.'];
    let mut module = ModuleReport::new("__main__");
    let score = GlobalReport::new("score", "int", Outcome::Saved).at(0, 5);
    let outcome = Outcome::LeftOut {
        why: "cannot pickle '\x1b[31msocket' object".to_owned(),
        path: "sock".to_owned(),
    };
    module.globals = vec![score, GlobalReport::new("sock", "socket", outcome)];
    let mut report = Report::default();
    report.modules.push(module);
    report.libraries.push("socket".to_owned());
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let mut metadata = Metadata::new(time);
    metadata.set_report(report);
    let quiet = &mut Observer::none();
    let mut writer = Writer::new(options);
    writer.section(STATE, &state, quiet).expect("it is packed");
    writer.section(SOURCES, b"{}", quiet).expect("it is packed");
    let bytes = writer.to_bytes(&metadata, quiet).expect("it is written");
    let path = folder.path(name);
    fs::write(&path, bytes).expect("it is written");
    path
}

/// Arguments of any kind.
macro_rules! args {
    ($($arg:expr),* $(,)?) => { vec![$(OsString::from(&$arg)),*] };
}

fn snapshot(args: Vec<OsString>) -> super::support::Finished {
    finish(command(["snapshot"]).args(args))
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("it is JSON")
}

#[test]
fn show() {
    let folder = Folder::new("snapshot_show");
    let file = save(&folder, "a", 1, None);
    let out = snapshot(args!["show", file]);
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    for line in [
        "created      2023-11-14T22:13:20.000Z\n",
        "signature    not signed\n",
        "modules      __main__\n",
        "imports      socket\n",
        "globals      1 saved (5 bytes), 1 left out (0 bytes)\n",
        "| state   |      5 |       5 | no     | ",
        "| __main__ | score  | int    |     5 | saved ",
        // And not the escape sequence itself.
        r"| __main__ | sock   | socket |     0 | left out: cannot pickle '\u{1b}[31msocket' object (sock) |",
    ] {
        assert!(out.stdout.contains(line), "{line}\n{}", out.stdout);
    }
    let out = snapshot(args!["show", "--json", file]);
    let value = json(&out.stdout);
    assert_eq!(value["container"]["version"], 1);
    assert_eq!(
        value["metadata"]["report"]["modules"][0]["globals"][0]["name"],
        "score"
    );
    assert_eq!(value["totals"]["left_out"]["globals"], 1);
    assert_eq!(value["sections"][1]["name"], "sources");
}

#[test]
fn verify() {
    let folder = Folder::new("snapshot_verify");
    let key = SigningKey::ed25519(&[7; 32]);
    let public = key.verifying_key().public_bytes().expect("it is Ed25519");
    let digits: String = public.iter().map(|byte| format!("{byte:02X}")).collect();
    let (raw, hex) = (
        folder.path("raw"),
        folder.file("hex", &format!("{digits}\n")),
    );
    fs::write(&raw, public).expect("it is written");
    let secret = folder.path("secret");
    fs::write(&secret, SECRET).expect("it is written");
    let hmac = SigningKey::hmac_sha256(SECRET).expect("it is long enough");

    let plain = save(&folder, "plain", 1, None);
    let signed = save(&folder, "signed", 1, Some(key));
    let authenticated = save(&folder, "authenticated", 1, Some(hmac));
    for (mut args, words) in [
        (args![plain], "not signed"),
        (args![signed], "signed with Ed25519, not checked"),
        (
            args!["--public-key", raw, signed],
            "Ed25519, and the signature is right",
        ),
        (
            args!["--public-key", hex, signed],
            "Ed25519, and the signature is right",
        ),
        (
            args!["--key-file", secret, authenticated],
            "HMAC-SHA256, and the signature is right",
        ),
    ] {
        args.insert(0, "verify".into());
        let out = snapshot(args);
        assert!(out.stdout.contains(words), "{words}: {out:?}");
        assert_eq!(out.code, Some(0));
    }

    let mut bytes = fs::read(&plain).expect("it is there");
    let end = bytes.len() - 33;
    bytes[end] ^= 1;
    let damaged = folder.path("damaged");
    fs::write(&damaged, bytes).expect("it is written");
    let none = folder.path("none");
    for (file, kind, section) in [
        (&damaged, "corrupt", Some("sources")),
        (&raw, "not_a_snapshot", None),
        (&none, "io", None),
    ] {
        let out = snapshot(args!["verify", "--json", file]);
        assert_eq!((out.stderr.as_str(), out.code), ("", Some(1)));
        let value = json(&out.stdout);
        assert_eq!(
            (&value["ok"], value["section"].as_str()),
            (&false.into(), section)
        );
        assert_eq!(value["kind"], kind);
        let out = snapshot(args!["verify", file]);
        let prefix = format!("rustpython-pickle: {}: ", file.display());
        assert!(out.stderr.starts_with(&prefix), "{out:?}");
        assert_eq!((out.stdout.as_str(), out.code), ("", Some(1)));
    }
    // All files are looked at, and one bad one decides.
    let out = snapshot(args![
        "verify",
        "--public-key",
        raw,
        plain,
        signed,
        authenticated,
    ]);
    assert!(
        out.stdout
            .starts_with(&format!("{}: whole; ", signed.display()))
    );
    assert_eq!(out.stdout.lines().count(), 1);
    assert!(out.stderr.contains("plain: it is not signed"), "{out:?}");
    assert!(
        out.stderr
            .contains("authenticated: bad signature: HMAC-SHA256"),
        "{out:?}"
    );
    assert_eq!(out.code, Some(1));
    // Keys that are none.
    for (option, key) in [("--public-key", &plain), ("--key-file", &none)] {
        let out = snapshot(args!["verify", option, key, plain]);
        assert_eq!((out.stdout.as_str(), out.code), ("", Some(2)), "{out:?}");
    }
}

#[test]
fn diff() {
    let folder = Folder::new("snapshot_diff");
    let (one, two) = (save(&folder, "one", 1, None), save(&folder, "two", 2, None));
    let out = snapshot(args!["diff", one, two]);
    assert!(
        out.stdout
            .contains("| ~ | __main__ | score  | int  |     5 | 1 -> 2 |"),
        "{}",
        out.stdout
    );
    assert!(!out.stdout.contains("sock"));
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(1)));
    let out = snapshot(args!["diff", "--json", one, two]);
    let global = &json(&out.stdout)["modules"][0]["globals"][0];
    assert_eq!(
        (&global["change"], &global["new"]["value"]),
        (&"changed".into(), &"2".into())
    );
    let out = snapshot(args!["diff", one, one]);
    assert_eq!((out.stdout.as_str(), out.code), ("", Some(0)));
    let out = snapshot(args!["diff", "--all", one, one]);
    assert!(
        out.stdout.contains("|   | __main__ | sock"),
        "{}",
        out.stdout
    );
    let out = snapshot(args!["diff", one, folder.path("none")]);
    assert_eq!((out.stdout.as_str(), out.code), ("", Some(2)));
}

/// What no reader can be made to do: run what a snapshot says.
#[test]
fn nothing_is_executed() {
    let folder = Folder::new("snapshot_executes");
    let made = folder.path("made");
    let code = format!("open({:?}, 'w')", made.display().to_string());
    let mut state = b"\x80\x05\x8c\x08builtins\x8c\x04exec\x93X".to_vec();
    state.extend(
        u32::try_from(code.len())
            .expect("it is short")
            .to_le_bytes(),
    );
    state.extend(code.as_bytes());
    state.extend(b"\x85R.");
    let mut module = ModuleReport::new("__main__");
    let global = GlobalReport::new("x", "int", Outcome::Saved).at(0, state.len() as u64);
    module.globals.push(global);
    let mut report = Report::default();
    report.modules.push(module);
    let mut metadata = Metadata::new(SystemTime::UNIX_EPOCH);
    metadata.set_report(report);
    let quiet = &mut Observer::none();
    let mut writer = Writer::new(WriteOptions::new());
    writer.section(STATE, &state, quiet).expect("it is packed");
    let file = folder.path("file");
    let bytes = writer.to_bytes(&metadata, quiet).expect("it is written");
    fs::write(&file, bytes).expect("it is written");
    for args in [
        &["show"][..],
        &["verify"],
        &["diff", "--all", file.to_str().expect("it is text")],
    ] {
        let mut command = command(["snapshot"]);
        let out = finish(command.args(args).arg(&file));
        assert_eq!(out.code, Some(0), "{out:?}");
    }
    let out = snapshot(args!["diff", "--all", file, file]);
    assert!(
        out.stdout.contains("builtins.exec('open("),
        "{}",
        out.stdout
    );
    assert!(!made.exists());
}

#[test]
fn a_script_named_snapshot_is_run_after_the_word_run() {
    let folder = Folder::new("snapshot_script");
    folder.file("snapshot", "print('ran')\n");
    let mut command = command(["run", "snapshot", "show"]);
    let out = finish(command.current_dir(folder.as_path()));
    assert_eq!((out.stdout.as_str(), out.code), ("ran\n", Some(0)));
    let out = run(["snapshot", "--help"]);
    assert!(
        out.stdout
            .starts_with("usage: rustpython-pickle snapshot show")
    );
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    for args in [
        &["snapshot"][..],
        &["snapshot", "show"],
        &["snapshot", "x", "y"],
    ] {
        let out = run(args);
        assert!(out.stderr.contains("usage: rustpython-pickle"));
        assert_eq!((out.stdout.as_str(), out.code), ("", Some(2)));
    }
}

/// A name of any bytes is a name.
#[cfg(unix)]
#[test]
fn a_file_whose_name_is_not_unicode() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = Folder::new("snapshot_names");
    let file = save(&folder, "a", 1, None);
    let odd = folder
        .as_path()
        .join(Path::new(std::ffi::OsStr::from_bytes(b"a\xff\x1b")));
    fs::rename(&file, &odd).expect("it can be renamed");
    let out = snapshot(args!["verify", odd]);
    assert!(
        out.stdout
            .ends_with("a\u{fffd}\\u{1b}: whole; not signed\n"),
        "{out:?}"
    );
    assert_eq!(out.code, Some(0));
}

/// Programs read one document, and find each file in it.
#[test]
fn json_of_several_files_is_one_list() {
    let folder = Folder::new("snapshot_json_list");
    let one = save(&folder, "one", 1, None);
    let none = folder.path("none");
    for command in ["show", "verify"] {
        let out = snapshot(args![command, "--json", one, none, one]);
        assert_eq!(out.code, Some(1), "{}", out.stderr);
        let value = json(&out.stdout);
        assert_eq!(value.as_array().map(Vec::len), Some(3), "{value}");
        assert_eq!(value[0]["file"], one.to_str().expect("it is Unicode"));
        assert_eq!(value[1]["ok"], false);
        assert_eq!(value[1]["kind"], "io");
        let out = snapshot(args![command, "--json", none]);
        assert_eq!(json(&out.stdout)["kind"], "io");
    }
}
