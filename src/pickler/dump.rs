//! One dump: settings, state, and the loop over the frames.

use std::collections::{HashMap, HashSet};

use once_cell::unsync::OnceCell;
use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyRef, PyResult, VirtualMachine,
    builtins::{PyBaseExceptionRef, PyStr},
};

use super::{
    Memo, Sink,
    deferred::OpenReductions,
    frame::{Descent, Frame},
    leaves::Kinds,
    path,
    plan::Plans,
};
use crate::by_value::ByValue;
use crate::module::repair_types;
use crate::wire::{Opcode, Output};

/// Nesting beyond which a dump gives up: a graph of that depth is more likely a
/// `__reduce__` that makes new objects for ever.
pub(crate) const MAX_DEPTH: usize = 3_500_000;

/// The same without a memo, where what leads back to itself goes on for ever.
const MAX_FAST_DEPTH: usize = 200_000;

/// CPython's `FAST_NESTING_LIMIT`: where fast mode begins to look for cycles.
const FAST_NESTING_LIMIT: usize = 50;

/// How many notes an exception gets on its way up; CPython's recursion limit
/// keeps their number low, ours would not.
const MAX_NOTES: usize = 1000;

/// The object that a memo is lent to while Python code runs.
pub(crate) trait MemoOwner {
    fn swap_memo(&self, memo: &mut Memo);
}

/// A Rust closure that is asked about each object; `None` is "not mine".
pub(crate) type HookFn<'a> =
    dyn FnMut(&PyObject, &VirtualMachine) -> PyResult<Option<PyObjectRef>> + 'a;

/// Someone who is asked about each object.
pub(crate) enum Hook<'a> {
    None,
    Python(PyObjectRef),
    Rust(&'a mut HookFn<'a>),
}

/// A Rust closure that takes out-of-band buffers; `true` keeps a buffer in band.
pub(crate) type BufferFn<'a> = dyn FnMut(&PyObject, &VirtualMachine) -> PyResult<bool> + 'a;

/// Who takes out-of-band buffers.
pub(crate) enum BufferCallback<'a> {
    None,
    Python(PyObjectRef),
    Rust(&'a mut BufferFn<'a>),
}

/// A Rust closure that is told how far a dump is.
pub(crate) type WatchFn<'a> = dyn Fn(usize, usize) -> bool + 'a;

/// What a dump is told by its caller.
pub(crate) struct DumpSettings<'a> {
    pub(crate) protocol: u8,
    pub(crate) fix_imports: bool,
    /// Binary opcodes where the protocol leaves the choice: `Pickler.bin`.
    pub(crate) bin: bool,
    /// No memo: `Pickler.fast`.
    pub(crate) fast: bool,
    /// In place of `copyreg.dispatch_table`.
    pub(crate) dispatch_table: Option<PyObjectRef>,
    pub(crate) persistent_id: Hook<'a>,
    pub(crate) reducer_override: Hook<'a>,
    pub(crate) buffer_callback: BufferCallback<'a>,
    pub(crate) memo_owner: Option<&'a dyn MemoOwner>,
    /// Whether what can't be imported is pickled by value, and what is remembered of that.
    pub(crate) by_value: Option<Box<ByValue>>,
    /// Told of the objects and bytes so far, now and then; `false` ends the dump.
    pub(crate) watch: Option<&'a WatchFn<'a>>,
}

impl DumpSettings<'_> {
    /// Whether nobody is asked about leaves, and all of them have opcodes.
    fn has_leaves(&self) -> bool {
        matches!(self.persistent_id, Hook::None)
            && self.by_value.is_none()
            && self.bin
            && self.protocol >= 3
    }

    pub(crate) fn new(protocol: u8, fix_imports: bool) -> Self {
        Self {
            protocol,
            fix_imports: fix_imports && protocol < 3,
            bin: protocol > 0,
            fast: false,
            dispatch_table: None,
            persistent_id: Hook::None,
            reducer_override: Hook::None,
            buffer_callback: BufferCallback::None,
            memo_owner: None,
            by_value: None,
            watch: None,
        }
    }
}

/// Why a dump failed.
#[derive(Debug)]
pub(crate) struct DumpFailure {
    pub(crate) exception: PyBaseExceptionRef,
    /// The way from the root to the object that could not be dumped.
    pub(crate) path: String,
}

/// A dump under way.
pub(crate) struct Dump<'a, 'vm> {
    pub(super) vm: &'vm VirtualMachine,
    pub(super) settings: DumpSettings<'a>,
    pub(super) memo: Memo,
    pub(super) output: Output,
    pub(super) sink: Sink<'a>,
    /// Lists and dicts that fast mode is inside of, once they are nested deeply.
    fast_inside: HashSet<usize>,
    fast_nesting: usize,
    /// The frames that come next, the outer one first.
    pub(super) begun: Vec<Frame>,
    /// Whether an object is being begun that has no place among the frames yet.
    pub(super) entering: bool,
    /// That object, if beginning it has failed.
    pub(super) failed: Option<Frame>,
    /// The names of modules as written for their built-in functions.
    pub(super) function_modules: HashMap<Vec<u8>, PyRef<PyStr>>,
    copyreg: OnceCell<PyObjectRef>,
    /// What the dump itself has one reference to, by its address, beside its container.
    held: Option<usize>,
    /// How many objects are under way that come into the memo after their parts; one more in a dump by value.
    pub(super) late: usize,
    /// The types of leaves.
    pub(super) kinds: Kinds,
    /// How often foreign code may have run.
    pub(super) runs: u64,
    /// copyreg's.
    pub(super) dispatch_table: OnceCell<PyObjectRef>,
    /// Whether leaves are written without asking anybody.
    pub(super) leaves: bool,
    /// Which instances are reduced as `object` does it.
    pub(super) plans: Plans,
    /// The reductions that are under way, the outermost first; only in a dump by value.
    pub(super) open: OpenReductions,
}

impl<'a, 'vm> Dump<'a, 'vm> {
    pub(crate) fn new(
        settings: DumpSettings<'a>,
        memo: Memo,
        sink: Sink<'a>,
        vm: &'vm VirtualMachine,
    ) -> Self {
        repair_types(&vm.ctx);
        Self {
            vm,
            leaves: settings.has_leaves(),
            settings,
            memo,
            output: Output::new(),
            sink,
            fast_inside: HashSet::new(),
            fast_nesting: 0,
            begun: Vec::new(),
            entering: false,
            failed: None,
            function_modules: HashMap::new(),
            copyreg: OnceCell::new(),
            held: None,
            late: 0,
            kinds: Kinds::new(vm),
            runs: 0,
            dispatch_table: OnceCell::new(),
            plans: Plans::default(),
            open: OpenReductions::default(),
        }
    }

    /// What a by-value dump remembers beside the memo.
    pub(crate) fn take_by_value(&mut self) -> Option<Box<ByValue>> {
        self.settings.by_value.take()
    }

    /// The memo, and the bytes that no sink took.
    pub(crate) fn into_parts(mut self) -> (Memo, Vec<u8>) {
        (core::mem::take(&mut self.memo), self.output.take())
    }

    /// Takes the bytes of the pickles so far that no sink took.
    pub(crate) fn take_output(&mut self) -> Vec<u8> {
        self.output.take()
    }

    /// How many objects the memo holds.
    pub(crate) fn memo_len(&self) -> usize {
        self.memo.len()
    }

    /// What pickling by value remembers.
    pub(crate) fn by_value(&mut self) -> Option<&mut ByValue> {
        self.settings.by_value.as_deref_mut()
    }

    /// Writes one pickle.
    ///
    /// A pickle that fails leaves no trace in the memo: what comes next must not
    /// refer to objects that were never written.
    pub(crate) fn dump(&mut self, object: &PyObject) -> Result<(), DumpFailure> {
        self.memo.begin();
        // What is pickled by value is asked for again and again.
        self.late = usize::from(self.settings.by_value.is_some());
        if let Some(by_value) = &mut self.settings.by_value {
            by_value.begin(self.settings.dispatch_table.clone());
        }
        let mut frames = Vec::new();
        let result = self.write_pickle(object, &mut frames);
        let result = result.map_err(|exception| {
            frames.append(&mut self.begun);
            frames.extend(self.failed.take());
            let path = path::describe(&frames, self.vm);
            self.add_notes(&frames, &exception);
            DumpFailure { exception, path }
        });
        if result.is_err() {
            self.output.end_framing();
            drop(self.output.take());
            let unwritten = self.memo.roll_back();
            let by_value = self.settings.by_value.as_mut();
            let forgotten = by_value.map(|by_value| by_value.roll_back());
            let open = core::mem::take(&mut self.open);
            self.foreign(|_| drop((frames, unwritten, forgotten, open)));
        }
        result
    }

    fn write_pickle(&mut self, object: &PyObject, frames: &mut Vec<Frame>) -> PyResult<()> {
        let protocol = self.settings.protocol;
        if protocol >= 2 {
            self.output.write(&[Opcode::Proto.byte(), protocol]);
        }
        if protocol >= 4 {
            self.output.start_framing();
        }
        self.save_all(object, frames)?;
        self.opcode(Opcode::Stop);
        self.output.end_framing();
        self.sink.flush(&mut self.output, self.vm)
    }

    fn save_all(&mut self, object: &PyObject, frames: &mut Vec<Frame>) -> PyResult<()> {
        let max_depth = match self.settings.fast {
            true => MAX_FAST_DEPTH,
            false => MAX_DEPTH,
        };
        if let Some(Descent { .. }) = self.save(object)? {
            frames.append(&mut self.begun);
        }
        while let Some(frame) = frames.last_mut() {
            match frame.step(self)? {
                Some(_) if frames.len() >= max_depth => {
                    return Err(self.vm.new_recursion_error(
                        "maximum recursion depth exceeded while pickling an object",
                    ));
                }
                Some(Descent { .. }) => frames.append(&mut self.begun),
                None => {
                    if let Some(done) = frames.pop() {
                        self.let_go(done);
                    }
                }
            }
        }
        Ok(())
    }

    /// Runs what may run Python code, which may look at the pickler's memo.
    #[inline]
    pub(super) fn foreign<R>(&mut self, run: impl FnOnce(&mut Self) -> R) -> R {
        self.memo.settle();
        self.runs += 1;
        let Some(owner) = self.settings.memo_owner else {
            return run(self);
        };
        owner.swap_memo(&mut self.memo);
        let result = run(self);
        owner.swap_memo(&mut self.memo);
        result
    }

    #[inline]
    pub(super) fn opcode(&mut self, opcode: Opcode) {
        self.output.opcode(opcode);
    }

    #[inline]
    pub(super) fn write(&mut self, bytes: &[u8]) {
        self.output.write(bytes);
    }

    /// Between two objects: frames are closed, and flushed to a file.
    #[inline]
    pub(super) fn boundary(&mut self) -> PyResult<()> {
        if self.output.boundary() {
            return self.frame_closed();
        }
        Ok(())
    }

    #[cold]
    fn frame_closed(&mut self) -> PyResult<()> {
        let vm = self.vm;
        if let Some(watch) = self.settings.watch
            && !watch(self.memo.len(), self.output.len())
        {
            return Err(vm.new_runtime_error("the dump was cancelled"));
        }
        if matches!(self.sink, Sink::Memory) {
            return Ok(());
        }
        self.foreign(|dump| dump.sink.flush(&mut dump.output, vm))
    }

    /// Stores an object in the memo and writes so (CPython: `memo_put`).
    #[inline]
    pub(super) fn memoize(&mut self, object: &PyObject) -> PyResult<()> {
        if self.settings.fast {
            return Ok(());
        }
        let held = usize::from(self.held == Some(object.get_id()));
        self.memoize_with(object, 1 + held)
    }

    /// As [`memoize`](Self::memoize), of a leaf, which is nothing that the dump has got a reference to.
    #[inline]
    pub(super) fn memoize_leaf(&mut self, object: &PyObject) -> PyResult<()> {
        if self.settings.fast {
            return Ok(());
        }
        self.memoize_with(object, 1)
    }

    /// Stores an object in the memo that has so many references if only its container has it.
    #[inline]
    fn memoize_with(&mut self, object: &PyObject, references: usize) -> PyResult<()> {
        // What comes into the memo after its parts may be walked twice.
        let index = match object.strong_count() == references && self.late == 0 {
            true => self.memo.put_sole(object.to_owned()),
            false => self.memo.put(object.to_owned()),
        };
        self.write_put(index)
    }

    /// As [`save`](Self::save), of an object to which the caller has one reference, and the container that it comes from another.
    #[inline]
    pub(super) fn save_held(&mut self, object: &PyObject) -> PyResult<Option<Descent>> {
        self.held = Some(object.get_id());
        let result = self.save(object);
        self.held = None;
        result
    }

    /// As [`memoize`](Self::memoize), of such an object.
    pub(super) fn memoize_held(&mut self, object: &PyObject) -> PyResult<()> {
        self.held = Some(object.get_id());
        let result = self.memoize(object);
        self.held = None;
        result
    }

    /// As [`memoize`](Self::memoize), for an object that is there only in the pickle.
    #[inline]
    pub(super) fn memoize_unnamed(&mut self) -> PyResult<()> {
        if self.settings.fast {
            return Ok(());
        }
        let index = self.memo.put_unnamed();
        self.write_put(index)
    }

    #[inline]
    fn write_put(&mut self, index: usize) -> PyResult<()> {
        if self.settings.protocol >= 4 {
            self.opcode(Opcode::Memoize);
            return Ok(());
        }
        self.write_index(index, Opcode::Put, Opcode::BinPut, Opcode::LongBinPut)
    }

    /// Writes a reference to the memo (CPython: `memo_get`).
    pub(super) fn write_get(&mut self, index: usize) -> PyResult<()> {
        self.write_index(index, Opcode::Get, Opcode::BinGet, Opcode::LongBinGet)
    }

    fn write_index(
        &mut self,
        index: usize,
        text: Opcode,
        short: Opcode,
        long: Opcode,
    ) -> PyResult<()> {
        if !self.settings.bin {
            let line = format!("{}{index}\n", char::from(text.byte()));
            self.write(line.as_bytes());
        } else if let Ok(index) = u8::try_from(index) {
            self.write(&[short.byte(), index]);
        } else if let Ok(index) = u32::try_from(index) {
            let [a, b, c, d] = index.to_le_bytes();
            self.write(&[long.byte(), a, b, c, d]);
        } else {
            return Err(crate::module::new_pickling_error(
                self.vm,
                format!("memo id too large for {long}"),
            ));
        }
        Ok(())
    }

    /// Fast mode keeps no memo; this is how it finds cycles (CPython: `fast_save_enter`).
    pub(super) fn fast_enter(&mut self, object: &PyObject) -> PyResult<()> {
        if !self.settings.fast {
            return Ok(());
        }
        self.fast_nesting += 1;
        if self.fast_nesting >= FAST_NESTING_LIMIT && !self.fast_inside.insert(object.get_id()) {
            return Err(self.vm.new_value_error(format!(
                "fast mode: can't pickle cyclic objects including object type {} at {:#x}",
                object.class().name(),
                object.get_id()
            )));
        }
        Ok(())
    }

    pub(super) fn fast_leave(&mut self, object: &PyObject) {
        if self.settings.fast {
            if self.fast_nesting >= FAST_NESTING_LIMIT {
                self.fast_inside.remove(&object.get_id());
            }
            self.fast_nesting -= 1;
        }
    }

    pub(super) fn copyreg(&self, name: &'static str) -> PyResult {
        let vm = self.vm;
        let copyreg = self.copyreg.get_or_try_init(|| vm.import("copyreg", 0))?;
        copyreg.get_attr(name, vm)
    }

    /// Notes on the exception's way up what was being serialized.
    fn add_notes(&mut self, frames: &[Frame], exception: &PyBaseExceptionRef) {
        let vm = self.vm;
        self.foreign(|_| {
            let mut notes = 0;
            for frame in frames.iter().rev() {
                frame.notes(vm, &mut |note| {
                    notes += 1;
                    if notes <= MAX_NOTES {
                        add_note(exception, note, vm);
                    }
                });
                if notes > MAX_NOTES {
                    add_note(
                        exception,
                        "when serializing objects further out".to_owned(),
                        vm,
                    );
                    return;
                }
            }
        });
    }
}

/// Adds a note to an exception; where that fails the note is lost, not the exception.
pub(super) fn add_note(exception: &PyBaseExceptionRef, note: String, vm: &VirtualMachine) {
    drop(exception.add_note(vm.ctx.new_str(note), vm));
}

/// An object's type as error messages name it.
pub(crate) fn type_name(object: &PyObject, vm: &VirtualMachine) -> String {
    let class = object.class();
    class
        .fully_qualified_name(vm)
        .unwrap_or_else(|_| class.name().to_string())
}
