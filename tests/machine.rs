//! The machine over a model of its own: no interpreter, and proof that the seam is one.

use std::cell::RefCell;
use std::rc::Rc;
use std::vec::Drain;

use rustpython_pickle::machine::{ErrorKind, Machine, Memo, Model};
use rustpython_pickle::wire::{InputError, Opcode, ReadStream, SliceSource, StreamSource};

/// An object is a leaf's text, or a kind with parts.
#[derive(Clone, Debug)]
enum Tiny {
    Leaf(String),
    Parts(&'static str, Rc<RefCell<Vec<Tiny>>>),
}

impl Tiny {
    fn parts(kind: &'static str, parts: impl Iterator<Item = Tiny>) -> Self {
        Self::Parts(kind, Rc::new(RefCell::new(parts.collect())))
    }

    fn show(&self) -> String {
        match self {
            Self::Leaf(text) => text.clone(),
            Self::Parts(kind, parts) => {
                let parts: Vec<_> = parts.borrow().iter().map(Self::show).collect();
                format!("{kind}({})", parts.join(", "))
            }
        }
    }
}

/// Makes [`Tiny`] objects, and remembers how it was asked.
#[derive(Debug, Default)]
struct TinyModel {
    calls: Vec<String>,
    lent: usize,
}

type Made = Result<Tiny, String>;

impl TinyModel {
    fn leaf(&mut self, text: impl std::fmt::Display) -> Tiny {
        Tiny::Leaf(text.to_string())
    }

    fn add(
        &mut self,
        call: &str,
        target: &Tiny,
        items: impl ExactSizeIterator<Item = Tiny>,
    ) -> Result<(), String> {
        self.calls.push(format!("{call} {}", items.len()));
        match target {
            Tiny::Leaf(text) => Err(format!("{call} on {text}")),
            Tiny::Parts(_, parts) => {
                parts.borrow_mut().extend(items);
                Ok(())
            }
        }
    }
}

fn text(bytes: &[u8]) -> Result<String, String> {
    String::from_utf8(bytes.to_vec()).map_err(|error| error.to_string())
}

impl Model for TinyModel {
    type Object = Tiny;
    type Error = String;

    fn lend(&mut self, memo: &mut Memo<Tiny>) {
        self.lent += 1;
        self.calls.push(format!("lend {}", memo.len()));
    }
    fn reclaim(&mut self, _memo: &mut Memo<Tiny>) {
        self.lent -= 1;
    }
    fn none(&mut self) -> Tiny {
        self.leaf("None")
    }
    fn bool(&mut self, value: bool) -> Tiny {
        self.leaf(value)
    }
    fn int(&mut self, value: i64) -> Tiny {
        self.leaf(value)
    }
    fn long(&mut self, bytes: &[u8]) -> Made {
        Ok(self.leaf(format_args!("long[{}]", bytes.len())))
    }
    fn int_text(&mut self, line: &[u8], opcode: Opcode) -> Made {
        Err(format!("{opcode} {}", text(line)?))
    }
    fn float(&mut self, value: f64) -> Tiny {
        self.leaf(value)
    }
    fn string(&mut self, bytes: &[u8]) -> Made {
        Ok(self.leaf(text(bytes)?))
    }
    fn string_escaped(&mut self, line: &[u8]) -> Made {
        Ok(self.leaf(text(line)?))
    }
    fn str(&mut self, utf8: &[u8]) -> Made {
        Ok(self.leaf(text(utf8)?))
    }
    fn str_escaped(&mut self, line: &[u8]) -> Made {
        Ok(self.leaf(text(line)?))
    }
    fn bytes(&mut self, bytes: Vec<u8>) -> Tiny {
        self.leaf(format_args!("{bytes:?}"))
    }
    fn bytearray(&mut self, bytes: Vec<u8>) -> Tiny {
        self.leaf(format_args!("{bytes:?}"))
    }
    fn next_buffer(&mut self) -> Made {
        Err("no buffer".to_owned())
    }
    fn readonly_buffer(&mut self, buffer: Tiny) -> Made {
        Ok(buffer)
    }
    fn tuple(&mut self, items: Drain<'_, Tiny>) -> Made {
        Ok(Tiny::parts("tuple", items))
    }
    fn list(&mut self, items: Drain<'_, Tiny>) -> Made {
        self.calls.push(format!("list {}", items.len()));
        Ok(Tiny::parts("list", items))
    }
    fn dict(&mut self, items: Drain<'_, Tiny>) -> Made {
        self.calls.push(format!("dict {}", items.len()));
        Ok(Tiny::parts("dict", items))
    }
    fn set(&mut self) -> Tiny {
        Tiny::parts("set", std::iter::empty())
    }
    fn frozenset(&mut self, items: Drain<'_, Tiny>) -> Made {
        Ok(Tiny::parts("frozenset", items))
    }
    fn extend(&mut self, target: &Tiny, items: Drain<'_, Tiny>) -> Result<(), String> {
        self.add("extend", target, items)
    }
    fn append(&mut self, target: &Tiny, item: Tiny) -> Result<(), String> {
        self.add("append", target, std::iter::once(item))
    }
    fn set_items(&mut self, target: &Tiny, items: Drain<'_, Tiny>) -> Result<(), String> {
        self.add("set_items", target, items)
    }
    fn add_items(&mut self, target: &Tiny, items: Drain<'_, Tiny>) -> Result<(), String> {
        self.add("add_items", target, items)
    }
    fn global_text(&mut self, module: &[u8], name: &[u8], opcode: Opcode) -> Made {
        self.calls.push(format!("global {opcode}"));
        Ok(self.leaf(format_args!("{}.{}", text(module)?, text(name)?)))
    }
    fn global(&mut self, module: Tiny, name: Tiny) -> Made {
        Ok(self.leaf(format_args!("{}.{}", module.show(), name.show())))
    }
    fn extension(&mut self, code: i32) -> Made {
        Ok(self.leaf(format_args!("extension {code}")))
    }
    fn reduce(&mut self, callable: Tiny, args: Tiny) -> Made {
        Ok(Tiny::parts("call", [callable, args].into_iter()))
    }
    fn new_object(&mut self, class: Tiny, args: Tiny, kwargs: Option<Tiny>) -> Made {
        Ok(Tiny::parts("new", [class, args].into_iter().chain(kwargs)))
    }
    fn instance(&mut self, class: Tiny, args: Drain<'_, Tiny>) -> Made {
        Ok(Tiny::parts("instance", std::iter::once(class).chain(args)))
    }
    fn build(&mut self, object: &Tiny, state: Tiny) -> Result<(), String> {
        self.add("build", object, std::iter::once(state))
    }
    fn persistent(&mut self, id: Tiny) -> Made {
        Ok(self.leaf(format_args!("persistent {}", id.show())))
    }
    fn persistent_text(&mut self, id: &[u8]) -> Made {
        Ok(self.leaf(format_args!("persistent {}", text(id)?)))
    }
}

fn machine() -> Machine<TinyModel> {
    Machine::new(TinyModel::default())
}

fn load(pickle: &[u8]) -> Result<String, ErrorKind<std::convert::Infallible, String>> {
    let result = machine().load(&mut SliceSource::new(pickle));
    result
        .map(|object| object.show())
        .map_err(|error| error.kind)
}

#[test]
fn a_second_model_makes_its_own_objects() {
    assert_eq!(
        load(b"\x80\x02c_codecs\nencode\nX\x01\0\0\0xX\x06\0\0\0latin1\x86R.").as_deref(),
        Ok("call(_codecs.encode, tuple(x, latin1))")
    );
    assert_eq!(load(b"(cm\nC\nK\x01o.").as_deref(), Ok("instance(m.C, 1)"));
    assert_eq!(
        load(b"(K\x01im\nC\n}b.").as_deref(),
        Ok("instance(m.C, 1, dict())")
    );
    assert_eq!(
        load(b"cm\nC\n)\x81}b.").as_deref(),
        Ok("new(m.C, tuple(), dict())")
    );
    assert_eq!(
        load(b"\x80\x04\x8c\x01m\x8c\x01C\x93)}\x92.").as_deref(),
        Ok("new(m.C, tuple(), dict())")
    );
    assert_eq!(load(b"\x8f(K\x01K\x02\x90.").as_deref(), Ok("set(1, 2)"));
    assert_eq!(load(b"(K\x01K\x02\x91.").as_deref(), Ok("frozenset(1, 2)"));
    assert_eq!(load(b"X\x01\0\0\0iQ.").as_deref(), Ok("persistent i"));
    assert_eq!(load(b"\x82\x07.").as_deref(), Ok("extension 7"));
}

/// What a model was asked to make or to fill.
fn made(model: &TinyModel) -> Vec<&str> {
    let calls = model.calls.iter().map(String::as_str);
    calls.filter(|call| !call.starts_with("lend")).collect()
}

#[test]
fn items_come_in_batches() {
    let mut machine = machine();
    let pickle = b"](K\x01K\x02K\x03e(K\x04K\x05eK\x06a.";
    let list = machine.load(&mut SliceSource::new(pickle)).unwrap();
    assert_eq!(list.show(), "list(1, 2, 3, 4, 5, 6)");
    let (model, _) = machine.into_parts();
    assert_eq!(made(&model), ["list 0", "extend 3", "extend 2", "append 1"]);
    assert_eq!(model.lent, 0, "what was lent is taken back");

    let mut machine = self::machine();
    let dict = machine
        .load(&mut SliceSource::new(b"(K\x01K\x02d(K\x03K\x04u."))
        .unwrap();
    assert_eq!(dict.show(), "dict(1, 2, 3, 4)");
    let (model, _) = machine.into_parts();
    assert_eq!(made(&model), ["dict 2", "set_items 2"]);
}

#[test]
fn the_memo_is_lent_while_the_model_may_run_foreign_code() {
    let mut machine = machine();
    machine
        .load(&mut SliceSource::new(b"]\x94cm\nf\n)R."))
        .unwrap();
    let (model, _) = machine.into_parts();
    // For the global, for the call, and for dropping what the stack still held.
    assert_eq!(
        model.calls,
        ["list 0", "lend 1", "global GLOBAL", "lend 1", "lend 1"]
    );
}

#[test]
fn a_huge_memo_index_costs_a_few_bytes() {
    let mut machine = machine();
    machine
        .load(&mut SliceSource::new(b"K\x01r\xff\xff\xff\xff0K\x02."))
        .unwrap();
    let (_, memo) = machine.into_parts();
    assert_eq!(memo.len(), 1);
    assert!(memo.get(4_294_967_295).is_some());
    assert!(memo.size_of() < 1024, "{}", memo.size_of());
}

#[test]
fn memoize_after_a_sparse_put_uses_the_number_of_entries() {
    // Put at 1000; MEMOIZE then stores at 1.
    assert_eq!(
        load(b"K\x01r\xe8\x03\0\x000K\x02\x940h\x01.").as_deref(),
        Ok("2")
    );
    assert_eq!(
        load(b"K\x01r\xe8\x03\0\x000K\x02\x940j\xe8\x03\0\0.").as_deref(),
        Ok("1")
    );
    assert_eq!(
        load(b"K\x01r\xe8\x03\0\x000K\x02\x940h\x00."),
        Err(ErrorKind::MemoMissing(0))
    );
}

#[test]
fn empty_batches_never_look_at_their_target() {
    assert_eq!(load(b"K\x01(e.").as_deref(), Ok("1"));
    assert_eq!(load(b"K\x01(u.").as_deref(), Ok("1"));
    assert_eq!(load(b"K\x01(\x90.").as_deref(), Ok("1"));
    assert_eq!(
        load(b"K\x01(K\x02e."),
        Err(ErrorKind::Model("extend on 1".to_owned()))
    );
}

#[test]
fn inst_checks_the_mark_before_the_class() {
    let mut machine = machine();
    let error = machine
        .load(&mut SliceSource::new(b"ios\nsystem\n."))
        .unwrap_err();
    assert_eq!((error.offset, error.opcode), (0, Some(Opcode::Inst)));
    assert_eq!(error.kind, ErrorKind::NoMark);
    assert!(
        machine.into_parts().0.calls.is_empty(),
        "the class was not looked up"
    );
}

#[test]
fn marks_fence_the_stack() {
    assert_eq!(
        load(b"K\x01(0.").as_deref(),
        Ok("1"),
        "POP takes a mark away"
    );
    assert_eq!(load(b"K\x01(a."), Err(ErrorKind::UnexpectedMark));
    assert_eq!(load(b"K\x01a."), Err(ErrorKind::StackUnderflow));
    assert_eq!(load(b"K\x01(."), Err(ErrorKind::UnexpectedMark));
    assert_eq!(load(b"]K\x01K\x02e."), Err(ErrorKind::NoMark));
    assert_eq!(load(b"."), Err(ErrorKind::StackUnderflow));
}

#[test]
fn errors_name_the_opcodes_offset() {
    for (pickle, offset, kind) in [
        (&b"NNN"[..], 3, ErrorKind::Eof),
        (
            b"N0X\x10\0\0\0ab",
            2,
            ErrorKind::Input(InputError::Truncated),
        ),
        (b"NN\xff", 2, ErrorKind::UnknownOpcode(0xff)),
        (b"\x80\x06.", 0, ErrorKind::UnsupportedProtocol(6)),
        (
            b"NT\xff\xff\xff\xff",
            1,
            ErrorKind::NegativeLength(Opcode::BinString),
        ),
        (b"(K\x01d.", 3, ErrorKind::OddItems(Opcode::Dict)),
        (b"NNp-1\n.", 2, ErrorKind::NegativePut),
    ] {
        let error = machine().load(&mut SliceSource::new(pickle)).unwrap_err();
        assert_eq!((error.offset, error.kind), (offset, kind), "{pickle:?}");
    }
}

#[test]
fn declared_sizes_beyond_the_input_cost_nothing() {
    for opcode in [0x8e, 0x96, 0x8d, 0x95] {
        let mut pickle = vec![opcode];
        pickle.extend_from_slice(&(1u64 << 62).to_le_bytes());
        pickle.extend_from_slice(b"abc");
        let slice = machine().load(&mut SliceSource::new(&pickle)).unwrap_err();
        assert_eq!(
            slice.kind,
            ErrorKind::Input(InputError::Truncated),
            "{opcode:#x}"
        );
        let reader = ReadStream::new(&pickle[..]);
        let stream = machine().load(&mut StreamSource::new(reader)).unwrap_err();
        assert!(
            matches!(stream.kind, ErrorKind::Input(InputError::Truncated)),
            "{opcode:#x}: {stream:?}"
        );
    }
}

#[test]
fn several_pickles_follow_one_another_in_a_stream() {
    let mut source = StreamSource::new(ReadStream::new(&b"K\x01.K\x02.K\x03."[..]));
    let mut machine = machine();
    for expected in ["1", "2", "3"] {
        assert_eq!(machine.load(&mut source).unwrap().show(), expected);
    }
    let end = machine.load(&mut source).unwrap_err();
    assert!(matches!(end.kind, ErrorKind::Eof));
}

/// A failed load leaves nothing on the stack for the next one.
#[test]
fn a_machine_can_be_used_again_after_an_error() {
    let mut machine = machine();
    machine
        .load(&mut SliceSource::new(b"K\x01(K\x02"))
        .unwrap_err();
    let error = machine.load(&mut SliceSource::new(b"a.")).unwrap_err();
    assert_eq!(error.kind, ErrorKind::StackUnderflow);
}
