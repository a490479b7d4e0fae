//! What can be run, and what it finds in `sys` and `__main__`.

use super::support::{Folder, command, finish, run, run_with_input};
use std::fs;

const WHERE: &str = "import sys; print(sys.argv, repr(sys.path[0]), __name__, \
                     globals().get('__file__'), __spec__ and __spec__.name)\n";

#[test]
fn code() {
    for run_word in [&[][..], &["run"]] {
        let mut args = run_word.to_vec();
        args.extend(["-c", WHERE, "a", "-c", "--", "b c"]);
        let out = run(args);
        assert_eq!(
            out.stdout,
            "['-c', 'a', '-c', '--', 'b c'] '' __main__ None None\n"
        );
        assert_eq!(out.code, Some(0));
    }
}

#[test]
fn indented_code() {
    let out = run(["-c", "\n    x = 1\n    if x:\n        print('yes')\n"]);
    assert_eq!((out.stdout.as_str(), out.code), ("yes\n", Some(0)));
}

#[test]
fn a_script() {
    let folder = Folder::new("a_script");
    let script = folder.file("where.py", WHERE);
    let path = script.display();
    let own = folder.as_path().display();
    for run_word in [&[][..], &["run"]] {
        let out = finish(command(run_word).arg(&script).args(["-x", "run"]));
        assert_eq!(
            out.stdout,
            format!("['{path}', '-x', 'run'] '{own}' __main__ {path} None\n")
        );
        assert_eq!(out.code, Some(0));
    }
    // A relative path stays as it is in sys.argv only.
    let out = finish(command(["where.py"]).current_dir(folder.as_path()));
    assert_eq!(
        out.stdout,
        format!("['where.py'] '{own}' __main__ {path} None\n")
    );
}

#[test]
fn a_script_named_run() {
    let folder = Folder::new("a_script_named_run");
    folder.file("run", "print('ran')");
    let out = finish(command(["run", "run"]).current_dir(folder.as_path()));
    assert_eq!((out.stdout.as_str(), out.code), ("ran\n", Some(0)));
}

#[cfg(unix)]
#[test]
fn a_linked_script_imports_from_its_own_folder() {
    let folder = Folder::new("a_linked_script");
    let script = folder.file("real/script.py", "import beside");
    folder.file("real/beside.py", "print('found')");
    let link = folder.path("link.py");
    std::os::unix::fs::symlink(script, &link).expect("a link can be made");
    let out = run([link]);
    assert_eq!((out.stdout.as_str(), out.code), ("found\n", Some(0)));
}

#[test]
fn a_module() {
    let folder = Folder::new("a_module");
    folder.file("package/__init__.py", "");
    let file = folder.file("package/__main__.py", WHERE);
    let own = folder.as_path().display();
    for run_word in [&[][..], &["run"]] {
        let out = finish(
            command(run_word)
                .args(["-m", "package", "-m", "x"])
                .current_dir(folder.as_path()),
        );
        let file = file.display();
        assert_eq!(
            out.stdout,
            format!("['{file}', '-m', 'x'] '{own}' __main__ {file} package.__main__\n")
        );
        assert_eq!(out.code, Some(0));
    }
}

#[test]
fn a_module_of_the_standard_library() {
    let out = run_with_input(["-m", "json.tool", "--compact"], b"[1,   2]");
    assert_eq!((out.stdout.as_str(), out.code), ("[1,2]\n", Some(0)));
}

#[test]
fn a_folder_and_a_zip_file() {
    let folder = Folder::new("a_folder");
    let inside = folder.file("app/__main__.py", WHERE);
    let app = folder.path("app");
    let out = run([&app]);
    let shown = app.display();
    assert_eq!(
        out.stdout,
        format!(
            "['{shown}'] '{shown}' __main__ {} __main__\n",
            inside.display()
        )
    );
    let zip = folder.path("app.zip");
    let made = finish(
        command(["-m", "zipapp", "-p", "/usr/bin/env python", "-o"])
            .arg(&zip)
            .arg(&app),
    );
    assert_eq!((made.stderr.as_str(), made.code), ("", Some(0)));
    let out = run([&zip]);
    let shown = zip.display();
    assert_eq!(
        out.stdout,
        format!("['{shown}'] '{shown}' __main__ {shown}/__main__.py __main__\n")
    );
}

#[test]
fn standard_input() {
    for (args, argv) in [(&[][..], "['']"), (&["-", "a"], "['-', 'a']")] {
        let out = run_with_input(args, WHERE.as_bytes());
        assert_eq!(out.stdout, format!("{argv} '' __main__ <stdin> None\n"));
        assert_eq!(out.code, Some(0));
    }
}

#[test]
fn sources_in_other_encodings() {
    let source = b"# coding: latin-1\nprint(ascii('\xe9'))\n";
    let out = run_with_input(["-"], source);
    assert_eq!((out.stdout.as_str(), out.code), ("'\\xe9'\n", Some(0)));
    let folder = Folder::new("sources_in_other_encodings");
    let script = folder.path("latin.py");
    fs::write(&script, source).expect("a script can be written");
    let out = run([script]);
    assert_eq!((out.stdout.as_str(), out.code), ("'\\xe9'\n", Some(0)));
}
