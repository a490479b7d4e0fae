//! `pickle-inspect`: the commands `dis`, `globals`, `scan` and `size` in a process. No interpreter.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SYSTEM: &[u8] = b"cos\nsystem\n(S'echo harmless'\ntR.";
const DATE: &[u8] = b"\x80\x03cdatetime\ndate\nC\x04\x07\xe8\x05\x11\x85R.";

/// A folder of a test's own, with files in it.
fn folder(name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // It is there when the test ran before.
    let _ = fs::remove_dir_all(&folder);
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("it has a parent")).expect("a folder can be made");
        fs::write(path, bytes).expect("a file can be written");
    }
    folder
}

fn run(folder: &Path, args: &[&str]) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pickle-inspect"));
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .args(args)
        .current_dir(folder)
        .output()
        .expect("the binary starts");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    (text(stdout), text(stderr), status.code().expect("it ends"))
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("it is JSON")
}

#[test]
fn scan() {
    let folder = folder(
        "inspect_scan",
        &[
            ("data.pkl", b"\x80\x04]."),
            ("date.pkl", DATE),
            ("mine.pkl", b"cmy\nThing\n)\x81."),
            ("bad.pkl", b"\x80\x04N"),
            ("evil.pkl", SYSTEM),
            ("names.pkl", b"c\x1b[2J\nx\n."),
            ("sub/evil", b"\x80\x02cos\nsystem\n."),
            ("sub/readme.txt", b"text"),
        ],
    );
    for (files, code, verdict) in [
        (&["data.pkl"][..], 0, "data only"),
        (&["date.pkl"], 0, "allowed by list standard"),
        (&["evil.pkl"], 1, "dangerous"),
        (&["mine.pkl"], 3, "needs review"),
        (&["bad.pkl"], 4, "malformed"),
        (&["sub"], 1, "1 other files are no pickles"),
        // The worst of several decides.
        (&["data.pkl", "mine.pkl"], 3, "needs review"),
        (&["mine.pkl", "bad.pkl"], 4, "malformed"),
        (&["bad.pkl", "missing.pkl"], 2, "malformed"),
        (&["missing.pkl", "evil.pkl"], 1, "dangerous"),
        (&["--no-lists", "date.pkl"], 3, "needs review"),
        (&["sub/readme.txt"], 4, "malformed"),
    ] {
        let (out, _, got) = run(&folder, &[&["scan"], files].concat());
        assert_eq!(got, code, "{files:?}: {out}");
        assert!(out.contains(verdict), "{files:?}: {out}");
    }
    let (out, _, _) = run(&folder, &["scan", "evil.pkl"]);
    let line = "  dangerous  calls os.system('echo harmless'), which starts programs at offset 30 (REDUCE)\n";
    assert!(out.contains(line), "{out}");
    let (out, _, code) = run(&folder, &["scan", "names.pkl"]);
    assert!(!out.contains('\x1b') && code == 3, "{out}");
}

#[test]
fn scan_of_folders() {
    use std::io::Write as _;

    let unended = b"cmy_module\nmy_function\n)R\xff";
    let gzip = |data: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).expect("it is written");
        encoder.finish().expect("it is written")
    };
    let folder = folder(
        "inspect_folders",
        &[
            ("text/readme.txt", b"text"),
            ("text/pkl", b"text"),
            ("named/model.pkl.gz", &gzip(b"\xff")),
            ("other/model", unended),
            ("other/model.gz", &gzip(unended)),
        ],
    );
    fs::create_dir(folder.join("empty")).expect("a folder can be made");
    for (name, expected) in [("text", 5), ("empty", 5), ("named", 4), ("other", 4)] {
        let (out, err, code) = run(&folder, &["scan", name]);
        assert_eq!(code, expected, "{name}: {out}");
        assert_eq!(
            err.contains("nothing was scanned"),
            code == 5,
            "{name}: {err}"
        );
    }
    let (out, _, _) = run(&folder, &["scan", "--json", "other"]);
    assert_eq!(json(&out)["files"].as_array().map(Vec::len), Some(2));
    let (out, _, _) = run(&folder, &["scan", "-h"]);
    assert!(out.contains("5 there was nothing to scan"));
}

#[test]
fn scan_for_programs() {
    let folder = folder("inspect_json", &[("evil.pkl", SYSTEM), ("a b.pkl", b"N.")]);
    let (out, _, code) = run(&folder, &["scan", "--json", "."]);
    assert_eq!(code, 1);
    let value = json(&out);
    assert_eq!(value["files"][0]["verdict"], "data_only");
    let finding = &value["files"][1]["findings"][1];
    assert_eq!(
        (&finding["rule"], &finding["offset"]),
        (&"harmful-call".into(), &30.into())
    );
    assert_eq!(
        (&finding["harm"], &finding["opcode"]),
        (&"starts programs".into(), &"REDUCE".into())
    );

    let (out, _, code) = run(&folder, &["scan", "--sarif", "a b.pkl", "evil.pkl"]);
    assert_eq!(code, 1);
    let log = json(&out);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["artifacts"][0]["location"]["uri"], "a%20b.pkl");
    let result = &run["results"][1];
    assert_eq!(result["level"], "error");
    let index = result["ruleIndex"].as_u64().expect("it is a number") as usize;
    assert_eq!(
        run["tool"]["driver"]["rules"][index]["id"],
        result["ruleId"]
    );
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["byteOffset"], 30);
}

#[test]
fn dis() {
    let folder = folder(
        "inspect_dis",
        &[("a.pkl", b"\x80\x02K\x01.N."), ("bad.pkl", b"NR.")],
    );
    let (out, err, code) = run(&folder, &["dis", "a.pkl"]);
    assert_eq!((err.as_str(), code), ("", 0));
    assert!(out.contains("       2     1  BININT1 1\n"), "{out}");
    assert_eq!(out.matches("STOP").count(), 2);
    let (out, _, code) = run(&folder, &["dis", "--pickletools", "a.pkl"]);
    let expected = "    0: \\x80 PROTO      2\n    2: K    BININT1    1\n    4: .    STOP\nhighest protocol among opcodes = 2\n";
    assert_eq!((out.as_str(), code), (expected, 0));
    let (out, _, _) = run(&folder, &["dis", "--annotate", "30", "a.pkl"]);
    assert!(
        out.contains("    2: K    BININT1    1              Push a one-byte unsigned integer.\n"),
        "{out}"
    );
    let (_, err, code) = run(&folder, &["dis", "bad.pkl"]);
    assert_eq!(
        (err.as_str(), code),
        ("unpickling stack underflow at offset 1\n", 1)
    );
    let (_, err, code) = run(&folder, &["dis", "--pickletools", "bad.pkl"]);
    let message = "ValueError: tries to pop 2 items from stack with only 1 items\n";
    assert_eq!((err.as_str(), code), (message, 1));
}

#[test]
fn globals() {
    let folder = folder("inspect_globals", &[("evil.pkl", SYSTEM)]);
    let (out, err, code) = run(&folder, &["globals", "evil.pkl"]);
    assert_eq!((err.as_str(), code), ("", 0));
    assert!(
        out.contains("| os.system |     1 |        0 | GLOBAL |"),
        "{out}"
    );
    assert!(out.contains("v0 = os.system('echo harmless') "), "{out}");
    // More than a table has, and than the program has: what does harm is still there, and that there is more.
    let mut many: Vec<u8> = (0..1000)
        .flat_map(|number| format!("cm\nf{number}\n0").into_bytes())
        .collect();
    many.extend(SYSTEM);
    fs::write(folder.join("many.pkl"), &many).expect("a file can be written");
    let (out, _, code) = run(&folder, &["globals", "many.pkl"]);
    assert_eq!(code, 1);
    assert!(out.contains("| os.system |"), "{out}");
    assert!(out.contains("# 1 more globals are left out\n"), "{out}");
    let (out, _, code) = run(&folder, &["globals", "--json", "many.pkl"]);
    let value = &json(&out)[0];
    assert_eq!((&value["complete"], code), (&false.into(), 1));
    assert_eq!(value["globals_left_out"], 1);
    assert_eq!(value["globals"][0]["harm"], "starts programs");
    let long = [&b"cm\nf\nq\0"[..], &b"h\0)R0".repeat(300_000), b"N."].concat();
    fs::write(folder.join("long.pkl"), long).expect("a file can be written");
    let (out, _, code) = run(&folder, &["globals", "long.pkl"]);
    assert!(out.ends_with("# more statements are left out\n") && code == 1);
    let (out, _, _) = run(&folder, &["globals", "--json", "evil.pkl"]);
    let value = json(&out);
    assert_eq!(value[0]["globals"][0]["module"], "os");
    assert_eq!(value[0]["program"][1]["text"], "result = v0");
}

#[test]
fn size() {
    let folder = folder(
        "inspect_size",
        &[(
            "a.pkl",
            b"\x80\x04}(\x8c\x05users](\x8c\x03Ada\x8c\x05Gracee\x8c\x04sizeK\x02u.",
        )],
    );
    let (out, err, code) = run(&folder, &["size", "a.pkl", "--svg", "a.svg", "--rows", "3"]);
    assert_eq!((err.as_str(), code), ("", 0));
    assert!(out.contains("| root['users'][1] |"), "{out}");
    assert!(!out.contains("root['size']"), "{out}");
    let svg = fs::read_to_string(folder.join("a.svg")).expect("it is there");
    assert!(svg.contains("<svg") && svg.contains("users&apos;] (list)"));
    let (out, _, _) = run(&folder, &["size", "--json", "a.pkl"]);
    assert_eq!(json(&out)[0]["total"], 36);
}

#[test]
fn mistakes() {
    let folder = folder("inspect_mistakes", &[("a.pkl", b"N.")]);
    for args in [
        &[][..],
        &["look", "a.pkl"],
        &["scan"],
        &["dis", "missing.pkl"],
        &["size", "--rows", "x", "a.pkl"],
    ] {
        let (out, err, code) = run(&folder, args);
        assert_eq!((out.as_str(), code), ("", 2), "{args:?}: {err}");
        assert!(!err.is_empty());
    }
    let (out, _, code) = run(&folder, &["scan", "-h"]);
    assert!(
        out.starts_with("usage: pickle-inspect dis ") && code == 0,
        "{out}"
    );
}
