//! The Rust face: what the functions do, and what their errors say.
#![cfg(feature = "stdlib")]

mod common;

use std::error::Error as _;
use std::io::{self, Read, Write};

use common::{exec, global, interpreter, repr};
use rustpython_pickle::{DumpOptions, Error, ErrorKind, LoadOptions, dump, dumps, load, loads};
use rustpython_vm::{AsObject as _, PyObjectRef, VirtualMachine};

fn with(source: &str, run: impl FnOnce(&PyObjectRef, &VirtualMachine)) {
    interpreter().enter(|vm| {
        let scope = exec(source, vm);
        run(&global(&scope, "root", vm), vm);
    });
}

fn path_of(source: &str) -> String {
    let mut path = String::new();
    with(source, |root, vm| {
        let error = dumps(root, vm).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unpicklable, "{error}");
        assert_eq!(error.offset(), None);
        path = error.path().unwrap_or_default().to_owned();
    });
    path
}

#[test]
fn the_path_leads_to_the_object_that_could_not_be_dumped() {
    let cases = [
        ("root = BAD", "root"),
        ("root = [0, (1, BAD)]", "root[1][1]"),
        (
            "root = {'users': [0, 1, 2, Plain(socket=BAD)]}",
            "root['users'][3].socket",
        ),
        ("root = {(1, 2): {b'k': BAD}}", "root[<tuple>][b'k']"),
        ("root = {Key(BAD): 1}", "root.keys()[<Key>].inner"),
        ("root = {Key(BAD)}", "root{...}.inner"),
        ("root = frozenset([Key(BAD)])", "root{...}.inner"),
        ("root = Slots(BAD)", "root.inner"),
        (
            "root = Plain(**{'not a name': BAD})",
            "root.__getstate__()['not a name']",
        ),
        (
            "root = Reduced((print, (1, BAD)))",
            "root.__reduce_ex__()[1][1]",
        ),
        (
            "root = Reduced((BAD.__next__, ()))",
            "root.__reduce_ex__()[0].__reduce_ex__()[1][0]",
        ),
        (
            "root = Reduced((list, (), None, iter([0, BAD])))",
            "root[1]",
        ),
        (
            "root = Reduced((dict, (), None, None, iter([('k', BAD)])))",
            "root['k']",
        ),
        ("root = Reduced((list, (), BAD))", "root.__getstate__()"),
    ];
    let classes = "
class Plain:
    def __init__(self, **state):
        self.__dict__.update(state)
class Key:
    def __init__(self, inner):
        self.inner = inner
class Slots:
    __slots__ = 'inner'
    def __init__(self, inner):
        self.inner = inner
class Reduced:
    def __init__(self, reduced):
        self.reduced = reduced
    def __reduce_ex__(self, protocol):
        return self.reduced
BAD = (n for n in ())
";
    for (source, path) in cases {
        assert_eq!(path_of(&format!("{classes}{source}")), path, "{source}");
    }
    let deep = format!("{classes}root = BAD\nfor n in range(1000): root = [root]");
    let path = path_of(&deep);
    assert_eq!(path, format!("root{0} ... {0}", "[0]".repeat(20)));
}

#[test]
fn an_error_holds_the_exception_and_can_become_one() {
    with("root = (n for n in ())", |root, vm| {
        let error = dumps(root, vm).unwrap_err();
        let exception = error.exception().expect("there was one").clone();
        assert!(exception.fast_isinstance(vm.ctx.exceptions.type_error));
        assert_eq!(
            error.to_string(),
            "TypeError: cannot pickle 'generator' object (when pickling root)"
        );
        assert!(error.into_exception(vm).is(&exception));

        let error = loads(b"\x80\x63.", vm).unwrap_err();
        assert_eq!(
            (error.kind(), error.offset()),
            (ErrorKind::Malformed, Some(0))
        );
        assert!(
            error
                .into_exception(vm)
                .fast_isinstance(vm.ctx.exceptions.value_error)
        );
    });
}

#[test]
fn kinds_and_offsets_of_errors_when_loading() {
    interpreter().enter(|vm| {
        for (pickle, kind, offset) in [
            (&b""[..], ErrorKind::Eof, 0),
            (b"K\x01", ErrorKind::Eof, 2),
            (b"NX\x05\0\0\0ab", ErrorKind::Eof, 1),
            (b"NN\xff", ErrorKind::Malformed, 2),
            (b"K\x01a.", ErrorKind::Malformed, 2),
            (b"N0cno_such_module\nname\n.", ErrorKind::Python, 2),
            (b"]h\x07.", ErrorKind::Malformed, 1),
            (b"\x80\x05\x97.", ErrorKind::Malformed, 2),
            (b"K\x05Q.", ErrorKind::Malformed, 2),
        ] {
            let slice = loads(pickle, vm).unwrap_err();
            assert_eq!(
                (slice.kind(), slice.offset()),
                (kind, Some(offset)),
                "{pickle:?}: {slice}"
            );
            let stream = load(pickle, vm).unwrap_err();
            assert_eq!(
                (stream.kind(), stream.offset()),
                (kind, Some(offset)),
                "{pickle:?}: {stream}"
            );
            assert!(slice.path().is_none());
        }
    });
}

/// Takes so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.0 {
            return Err(io::Error::new(
                io::ErrorKind::StorageFull,
                "the disk is full",
            ));
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn assert_is_io(error: &Error, kind: io::ErrorKind) {
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    let source = error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>());
    assert_eq!(source.map(io::Error::kind), Some(kind), "{error}");
}

#[test]
fn the_writers_and_the_readers_errors_come_out() {
    with(
        "root = [b'x' * 300_000, 'y' * 100_000, list(range(50_000))]",
        |root, vm| {
            let size = dumps(root, vm).unwrap().len();
            for room in [0, 10, 70_000, 300_100, 400_100, size - 1] {
                let error = dump(root, Full(room), vm).unwrap_err();
                assert_is_io(&error, io::ErrorKind::StorageFull);
                assert!(error.to_string().contains("the disk is full"));
            }
            dump(root, Full(size), vm).unwrap();
            let mut small = [0; 100];
            let error = dump(root, &mut small[..], vm).unwrap_err();
            assert_is_io(&error, io::ErrorKind::WriteZero);

            let buffered = io::BufWriter::with_capacity(1 << 20, Full(10));
            assert_is_io(
                &dump(root, buffered, vm).unwrap_err(),
                io::ErrorKind::StorageFull,
            );

            struct Broken;
            impl Read for Broken {
                fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
                    Err(io::ErrorKind::ConnectionReset.into())
                }
            }
            let head = &dumps(root, vm).unwrap()[..50];
            let error = load(head.chain(Broken), vm).unwrap_err();
            assert_is_io(&error, io::ErrorKind::ConnectionReset);
        },
    );
}

#[test]
fn what_is_written_is_what_dumps_returns_and_no_more_is_read() {
    with(
        "root = [b'x' * 300_000, bytearray(200_000), 'y' * 100_000, {1: (2, 3)}]",
        |root, vm| {
            for protocol in 0..=5 {
                let mut options = DumpOptions::new().protocol(protocol);
                let pickle = options.dumps(root, vm).unwrap();
                let mut file = Vec::new();
                options.dump(root, &mut file, vm).unwrap();
                assert!(file == pickle, "protocol {protocol}");
                file.extend_from_slice(b"behind");
                let mut rest = &file[..];
                let copy = load(&mut rest, vm).unwrap();
                assert_eq!(rest, b"behind");
                assert!(vm.bool_eq(&copy, root).unwrap());
            }
        },
    );
}

#[test]
fn options_reach_the_pickle() {
    with("root = range", |root, vm| {
        let python2 = DumpOptions::new().protocol(2).dumps(root, vm).unwrap();
        assert_eq!(python2, b"\x80\x02c__builtin__\nxrange\nq\0.");
        let python3 = DumpOptions::new()
            .protocol(2)
            .fix_imports(false)
            .dumps(root, vm)
            .unwrap();
        assert_eq!(python3, b"\x80\x02cbuiltins\nrange\nq\0.");
        assert!(loads(&python2, vm).unwrap().is(root));
        let error = LoadOptions::new()
            .fix_imports(false)
            .loads(&python2, vm)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Python);

        let error = DumpOptions::new().protocol(6).dumps(root, vm).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Options);

        let latin1 = LoadOptions::new()
            .encoding("latin1")
            .loads(b"U\x01\xe9.", vm)
            .unwrap();
        assert_eq!(repr(&latin1, vm), "'é'");
        let replaced = LoadOptions::new()
            .errors("replace")
            .loads(b"U\x01\xe9.", vm)
            .unwrap();
        assert_eq!(repr(&replaced, vm), "'\u{fffd}'");
    });
}

#[test]
fn buffers_go_out_of_band_and_come_back_uncopied() {
    with(
        "import pickle\nroot = [pickle.PickleBuffer(bytearray(b'abc')), pickle.PickleBuffer(b'de')]",
        |root, vm| {
            let (pickle, buffers) = DumpOptions::new().dumps_with_buffers(root, vm).unwrap();
            assert_eq!(buffers.len(), 2);
            let mut options = LoadOptions::new().buffers(buffers.clone());
            for _ in 0..2 {
                let copy = options.loads(&pickle, vm).unwrap();
                assert!(copy.get_item(&0usize, vm).unwrap().is(&buffers[0]));
            }
            assert_eq!(loads(&pickle, vm).unwrap_err().kind(), ErrorKind::Malformed);

            let mut asked = 0;
            let pickle = DumpOptions::new()
                .buffer_callback(|_buffer, _vm| {
                    asked += 1;
                    Ok(true)
                })
                .dumps(root, vm)
                .unwrap();
            assert_eq!(asked, 2);
            assert_eq!(
                repr(&loads(&pickle, vm).unwrap(), vm),
                "[bytearray(b'abc'), b'de']"
            );
        },
    );
}

#[test]
fn hooks_raise() {
    with("root = [object]", |root, vm| {
        let fail = |vm: &VirtualMachine| vm.new_runtime_error("no");
        let error = DumpOptions::new()
            .persistent_id(|_object, vm| Err(fail(vm)))
            .dumps(root, vm)
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (ErrorKind::Python, Some("root"))
        );
        let error = DumpOptions::new()
            .reducer_override(|_object, vm| Err(fail(vm)))
            .dumps(root, vm)
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (ErrorKind::Python, Some("root[0]"))
        );
        let error = LoadOptions::new()
            .persistent_load(|_id, vm| Err(fail(vm)))
            .loads(b"NNQ.", vm)
            .unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::Python, Some(2)));
        assert_eq!(error.to_string(), "RuntimeError: no at offset 2");
    });
}
