//! `python`'s options and environment variables.

use super::support::{Folder, command, finish, run};

/// What a program prints of an expression over `sys`.
fn ask(options: &[&str], env: &[(&str, &str)], expression: &str) -> String {
    let code = format!("import sys; print(({expression}))");
    let out = finish(
        command(options)
            .args(["-c", &code])
            .envs(env.iter().copied()),
    );
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    out.stdout.trim_end().to_owned()
}

#[test]
fn flags() {
    for (option, variable, flag, off, on) in [
        (
            "-B",
            "PYTHONDONTWRITEBYTECODE",
            "dont_write_bytecode",
            "0",
            "1",
        ),
        ("-d", "PYTHONDEBUG", "debug", "0", "1"),
        ("-O", "PYTHONOPTIMIZE", "optimize", "0", "1"),
        ("-s", "PYTHONNOUSERSITE", "no_user_site", "0", "1"),
        ("-P", "PYTHONSAFEPATH", "safe_path", "False", "True"),
        ("-Xdev", "PYTHONDEVMODE", "dev_mode", "False", "True"),
        (
            "-Xwarn_default_encoding",
            "PYTHONWARNDEFAULTENCODING",
            "warn_default_encoding",
            "0",
            "1",
        ),
    ] {
        let flag = format!("sys.flags.{flag}");
        assert_eq!(ask(&[], &[], &flag), off, "{option}");
        assert_eq!(ask(&[option], &[], &flag), on, "{option}");
        assert_eq!(ask(&[], &[(variable, "1")], &flag), on, "{variable}");
        assert_eq!(ask(&[], &[(variable, "")], &flag), off, "{variable}");
        assert_eq!(ask(&["-E"], &[(variable, "1")], &flag), off, "{variable}");
    }
    assert_eq!(ask(&["-OO"], &[], "sys.flags.optimize"), "2");
    assert_eq!(ask(&["-q"], &[], "sys.flags.quiet"), "1");
    assert_eq!(
        ask(&["-S"], &[], "sys.flags.no_site, 'site' in sys.modules"),
        "(1, False)"
    );
    assert_eq!(
        ask(&[], &[], "sys.flags.no_site, 'site' in sys.modules"),
        "(0, True)"
    );
}

#[test]
fn isolated() {
    let expression = "sys.flags.isolated, sys.flags.ignore_environment, \
                      sys.flags.no_user_site, sys.flags.safe_path, '' in sys.path";
    assert_eq!(ask(&["-I"], &[], expression), "(1, 1, 1, True, False)");
    assert_eq!(ask(&[], &[], expression), "(0, 0, 0, False, True)");
}

#[test]
fn optimized_code_has_no_assertions() {
    assert_eq!(run(["-c", "assert False"]).code, Some(1));
    assert_eq!(run(["-O", "-c", "assert False"]).code, Some(0));
}

#[test]
fn warning_filters_in_order() {
    let env = [("PYTHONWARNINGS", "ignore,once")];
    assert_eq!(
        ask(
            &["-Wdefault", "-bb", "-W", "always", "-Xdev"],
            &env,
            "sys.warnoptions"
        ),
        "['default', 'ignore', 'once', 'default', 'always', 'error::BytesWarning']"
    );
}

#[test]
fn warning_filters_act() {
    let code = "import warnings; warnings.warn('careful', DeprecationWarning)";
    let out = run(["-W", "error", "-c", code]);
    assert!(
        out.stderr.ends_with("DeprecationWarning: careful\n"),
        "{}",
        out.stderr
    );
    assert_eq!(out.code, Some(1));
    let out = run(["-W", "ignore", "-c", code]);
    assert_eq!((out.stderr.as_str(), out.code), ("", Some(0)));
    let out = finish(command(["-c", code]).env("PYTHONWARNINGS", "error"));
    assert_eq!(out.code, Some(1));
    // The command line outdoes the environment.
    let out = finish(command(["-Wignore", "-c", code]).env("PYTHONWARNINGS", "error"));
    assert_eq!(out.code, Some(0));
    let out = run(["-bb", "-c", "str(b'')"]);
    assert!(out.stderr.contains("BytesWarning"), "{}", out.stderr);
    assert_eq!(out.code, Some(1));
}

#[test]
fn implementation_options() {
    assert_eq!(
        ask(
            &["-Xa=b", "-X", "c", "-Xfaulthandler"],
            &[],
            "sys._xoptions"
        ),
        "{'a': 'b', 'c': True, 'faulthandler': True}"
    );
    let limit = "sys.get_int_max_str_digits()";
    assert_eq!(ask(&["-Xint_max_str_digits=640"], &[], limit), "640");
    assert_eq!(ask(&[], &[("PYTHONINTMAXSTRDIGITS", "0")], limit), "0");
    let count = "__import__('os').cpu_count()";
    assert_eq!(
        ask(&["-Xcpu_count=77"], &[("PYTHON_CPU_COUNT", "5")], count),
        "77"
    );
    assert_eq!(ask(&[], &[("PYTHON_CPU_COUNT", "78")], count), "78");
    let enabled = "__import__('faulthandler').is_enabled()";
    assert_eq!(ask(&[], &[], enabled), "False");
    assert_eq!(ask(&["-Xfaulthandler"], &[], enabled), "True");
}

#[test]
fn hash_seed() {
    let hashes = |seed| {
        ask(
            &[],
            &[("PYTHONHASHSEED", seed)],
            "hash('pickle'), hash(b'x')",
        )
    };
    assert_eq!(hashes("1"), hashes("1"));
    assert_ne!(hashes("1"), hashes("2"));
    assert_ne!(hashes("random"), hashes("random"));
}

/// In any locale, unless told otherwise.
#[test]
fn text_is_utf_8() {
    let out = finish(
        command([
            "-c",
            "import sys; print(ascii(sys.argv[1]), '\u{e9}', open(sys.executable).encoding)",
            "\u{fc}",
        ])
        .env("LC_ALL", "C"),
    );
    assert_eq!(out.stdout, "'\\xfc' \u{e9} utf-8\n");
    let encoding = "sys.stdout.encoding, sys.stdout.errors";
    let env = [("PYTHONIOENCODING", "latin-1:replace")];
    assert_eq!(ask(&[], &env, encoding), "('latin-1', 'replace')");
}

#[test]
fn unbuffered_output_comes_at_once() {
    // os._exit() flushes nothing.
    let code = "import os, sys; sys.stdout.write('x'); os._exit(0)";
    assert_eq!(run(["-c", code]).stdout, "");
    assert_eq!(run(["-u", "-c", code]).stdout, "x");
    let out = finish(command(["-c", code]).env("PYTHONUNBUFFERED", "1"));
    assert_eq!(out.stdout, "x");
}

#[test]
fn bytecode_is_written_unless_told_otherwise() {
    let folder = Folder::new("bytecode_is_written");
    folder.file("imported.py", "");
    let cache = folder.path("__pycache__");
    let code = ["-c", "import imported"];
    finish(command(["-B"]).args(code).current_dir(folder.as_path()));
    assert!(!cache.exists());
    finish(command(code).current_dir(folder.as_path()));
    assert!(cache.is_dir());
}
