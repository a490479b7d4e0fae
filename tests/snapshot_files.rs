//! Files are replaced as a whole, or not at all.
#![cfg(feature = "snapshot")]

#[path = "snapshot/support.rs"]
mod support;

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use rustpython_pickle::snapshot::{
    Observer, Progress, ReadOptions, SnapshotError, SnapshotErrorKind, WriteOptions, read_file,
    replace_file,
};
use support::{Folder, small};

fn save(path: &Path, content: &[u8]) -> Result<(), SnapshotError> {
    replace_file(path, &mut Observer::none(), |out, _observer| {
        out.write_all(content).expect("it is a file");
        Ok(())
    })
}

fn io_kind(error: &SnapshotError) -> io::ErrorKind {
    assert_eq!(error.kind(), &SnapshotErrorKind::Io);
    let source = std::error::Error::source(error).expect("it has a source");
    let source = source.downcast_ref::<io::Error>();
    source.expect("it is an error of a file").kind()
}

#[test]
fn a_snapshot_is_saved_and_read() {
    let folder = Folder::new("saved");
    let path = folder.path("session.rpsnap");
    let bytes = small(WriteOptions::new());
    save(&path, &bytes).unwrap();
    let quiet = &mut Observer::none();
    let container = read_file(&path, &ReadOptions::new(), quiet).unwrap();
    assert_eq!(container.as_bytes(), bytes);
    fs::write(&path, &bytes[..100]).unwrap();
    let error = read_file(&path, &ReadOptions::new(), quiet).unwrap_err();
    assert_eq!(error.kind(), &SnapshotErrorKind::Truncated);
    assert_eq!(error.path(), Some(&*path));
    assert!(error.to_string().starts_with(path.to_str().unwrap()));
    let error = read_file(&folder.path("none"), &ReadOptions::new(), quiet).unwrap_err();
    assert_eq!(io_kind(&error), io::ErrorKind::NotFound);
    assert_eq!(error.path(), Some(&*folder.path("none")));
}

#[test]
fn a_path_without_a_folder_is_one_in_the_current_folder() {
    let name = "rustpython-pickle-test-of-a-bare-name";
    save(Path::new(name), b"new").unwrap();
    let found = fs::read(name);
    fs::remove_file(name).unwrap();
    assert_eq!(found.unwrap(), b"new");
}

/// File systems have 255 bytes for a name.
#[test]
fn a_name_may_be_as_long_as_names_are() {
    let folder = Folder::new("long_names");
    for name in ["s".repeat(255), "\u{20ac}".repeat(85)] {
        let path = folder.path(&name);
        save(&path, b"old").unwrap();
        save(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(folder.names(), [name]);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn whatever_stops_a_save_leaves_the_old_file() {
    let folder = Folder::new("stopped");
    let path = folder.path("session");
    save(&path, b"old").unwrap();
    let quiet = &mut Observer::none();

    let error = replace_file(&path, quiet, |out, _observer| {
        out.write_all(b"half").unwrap();
        Err::<(), _>(
            read_file(
                Path::new("/nowhere/x"),
                &ReadOptions::new(),
                &mut Observer::none(),
            )
            .unwrap_err(),
        )
    })
    .unwrap_err();
    assert_eq!(io_kind(&error), io::ErrorKind::NotFound);

    let panicked = std::panic::catch_unwind(|| {
        replace_file(&path, &mut Observer::none(), |out, _observer| {
            out.write_all(b"half").unwrap();
            if out.flush().is_ok() {
                panic!("a callback of the host's");
            }
            Ok(())
        })
    });
    assert!(panicked.is_err());

    // Right before it is synced and renamed.
    let mut cancel = |_: &Progress| ControlFlow::Break(());
    let error = replace_file(&path, &mut Observer::new(&mut cancel), |out, _observer| {
        out.write_all(b"whole").unwrap();
        Ok(())
    })
    .unwrap_err();
    assert_eq!(error.kind(), &SnapshotErrorKind::Cancelled);
    assert_eq!(error.path(), Some(&*path));

    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(folder.names(), ["session"]);
}

#[test]
fn places_where_no_file_can_be() {
    let folder = Folder::new("no_place");
    fs::create_dir(folder.path("folder")).unwrap();
    fs::write(folder.path("file"), "x").unwrap();
    for (name, kind) in [
        ("missing/session", io::ErrorKind::NotFound),
        ("file/session", io::ErrorKind::NotADirectory),
        ("folder", io::ErrorKind::InvalidInput),
        ("folder/..", io::ErrorKind::InvalidInput),
    ] {
        let path = folder.path(name);
        let error = save(&path, b"new").unwrap_err();
        assert_eq!(io_kind(&error), kind, "{error}");
        assert_eq!(error.path(), Some(&*path));
    }
    assert_eq!(folder.names(), ["file", "folder"]);
    assert_eq!(fs::read(folder.path("file")).unwrap(), b"x");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
    use std::os::unix::process::CommandExt as _;
    use std::process::{Command, Output};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn permissions_are_kept() {
        let folder = Folder::new("permissions");
        let path = folder.path("session");
        save(&path, b"first").unwrap();
        assert_eq!(mode(&path), 0o600, "a new one is its owner's alone");
        for bits in [0o644, 0o660, 0o400, 0o000] {
            fs::set_permissions(&path, fs::Permissions::from_mode(bits)).unwrap();
            save(&path, b"next").unwrap();
            assert_eq!(mode(&path), bits);
        }
    }

    #[test]
    fn a_symbolic_link_stays() {
        let folder = Folder::new("links");
        fs::create_dir(folder.path("there")).unwrap();
        let target = folder.path("there/session");
        fs::write(&target, "old").unwrap();
        symlink("there/session", folder.path("one")).unwrap();
        symlink(folder.path("one"), folder.path("two")).unwrap();
        symlink("there/new", folder.path("dangling")).unwrap();
        symlink("loop", folder.path("loop")).unwrap();
        save(&folder.path("two"), b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        save(&folder.path("dangling"), b"made").unwrap();
        assert_eq!(fs::read(folder.path("there/new")).unwrap(), b"made");
        for link in ["one", "two", "dangling"] {
            let kind = fs::symlink_metadata(folder.path(link)).unwrap();
            assert!(kind.is_symlink(), "{link}");
        }
        let error = save(&folder.path("loop"), b"new").unwrap_err();
        assert_eq!(error.kind(), &SnapshotErrorKind::Io, "{error}");
    }

    /// A rename would put a file in the place of the device.
    /// Opening a pipe would wait until somebody writes into it.
    #[test]
    fn pipes_are_not_read() {
        let folder = Folder::new("pipe_to_read");
        let pipe = folder.path("pipe");
        let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let error = read_file(&pipe, &ReadOptions::new(), &mut Observer::none()).unwrap_err();
        assert_eq!(io_kind(&error), io::ErrorKind::InvalidInput);
        assert_eq!(error.path(), Some(&*pipe));
    }

    #[test]
    fn devices_and_pipes_are_not_replaced() {
        let folder = Folder::new("devices");
        symlink("/dev/null", folder.path("null")).unwrap();
        for path in [Path::new("/dev/null"), &folder.path("null")] {
            let error = save(path, b"new").unwrap_err();
            assert_eq!(io_kind(&error), io::ErrorKind::InvalidInput, "{error}");
        }
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    /// Runs the test `child` of this program in a shell, with the variables that it looks for.
    fn in_shell(path: &Path, shell: &str) -> Command {
        let mut command = Command::new("sh");
        command
            .args([
                "-c",
                &format!("{shell}; exec \"$0\" --exact unix::child --nocapture"),
            ])
            .arg(std::env::current_exe().unwrap())
            .env("SNAPSHOT_CHILD", path);
        command
    }

    /// The child saves 4 MiB, and says how that ended.
    #[test]
    fn child() {
        let Some(path) = std::env::var_os("SNAPSHOT_CHILD") else {
            return;
        };
        let result = replace_file(Path::new(&path), &mut Observer::none(), |out, observer| {
            let noise = support::Random(1).bytes(4 << 20);
            let mut writer = rustpython_pickle::snapshot::Writer::new(WriteOptions::new());
            writer.section("state", &noise, observer)?;
            writer.write_to(&support::metadata(Vec::new()), out, observer)
        });
        match result {
            Ok(length) => println!("saved {length}"),
            Err(error) => println!("failed {} {error}", io_kind(&error)),
        }
    }

    fn text(output: &Output) -> String {
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The old file is there, nothing else is, and the error says what and where.
    fn assert_untouched(folder: &Folder, output: &Output, error: io::ErrorKind) {
        let text = text(output);
        let path = folder.path("session");
        let message = format!("failed {error} {}: ", path.display());
        assert!(text.contains(&message), "{text}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(folder.names(), ["session"]);
    }

    #[test]
    fn a_file_that_becomes_too_large() {
        let folder = Folder::new("too_large");
        let path = folder.path("session");
        fs::write(&path, "old").unwrap();
        // In blocks of 512 bytes: 2 MiB. The signal would kill; ignored, it becomes an error.
        let mut command = in_shell(&path, "trap '' XFSZ; ulimit -f 4096");
        let output = command.output().unwrap();
        assert_untouched(&folder, &output, io::ErrorKind::FileTooLarge);
        assert!(text(&output).contains(": writing: "), "{output:?}");
    }

    #[test]
    fn a_disk_that_is_full() {
        let folder = Folder::new("full");
        let path = folder.path("session");
        // A disk of the child's own, of 2 MiB.
        let script = "mount -t tmpfs -o size=2m tmpfs \"$(dirname \"$SNAPSHOT_CHILD\")\" || exit 77; \
                      printf old > \"$SNAPSHOT_CHILD\"; \
                      \"$0\" --exact unix::child --nocapture; \
                      cat \"$SNAPSHOT_CHILD\"; ls -A \"$(dirname \"$SNAPSHOT_CHILD\")\"";
        let output = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
            .arg(std::env::current_exe().unwrap())
            .env("SNAPSHOT_CHILD", &path)
            .output();
        let output = match output {
            Ok(output) if output.status.success() => output,
            other => {
                println!("skipped: no disk of one's own can be mounted here: {other:?}");
                return;
            }
        };
        let text = text(&output);
        let message = format!(
            "failed {} {}: writing: ",
            io::ErrorKind::StorageFull,
            path.display()
        );
        assert!(text.contains(&message), "{text}");
        assert!(text.ends_with("oldsession\n"), "{text}");
    }

    #[test]
    fn a_folder_that_cannot_be_written() {
        let folder = Folder::new("read_only");
        let path = folder.path("session");
        fs::write(&path, "old").unwrap();
        let mut command = in_shell(&path, ":");
        if fs::metadata(folder.as_path()).unwrap().uid() == 0 {
            // Root may write everywhere.
            command.uid(65534);
        }
        fs::set_permissions(folder.as_path(), fs::Permissions::from_mode(0o555)).unwrap();
        let output = command.output();
        fs::set_permissions(folder.as_path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert_untouched(&folder, &output.unwrap(), io::ErrorKind::PermissionDenied);
    }
}
