//! Which globals a code object names.

use std::collections::HashSet;

use rustpython_vm::{
    AsObject, Py, PyRef,
    builtins::{PyCode, PyStrInterned},
    bytecode::{Instruction, OpArgState},
};

/// What a code object and those inside of it name.
#[derive(Debug, Default)]
pub(crate) struct NamesUsed {
    /// Globals that are read, set or deleted, in the order in which the code has them.
    pub(crate) globals: Vec<&'static PyStrInterned>,
    /// All names, those of attributes too.
    pub(crate) all: HashSet<&'static str>,
}

/// Looks through a code object and those among its constants.
pub(crate) fn names_used(code: &Py<PyCode>) -> NamesUsed {
    let mut used = NamesUsed::default();
    let mut globals = HashSet::new();
    let mut seen = HashSet::new();
    let mut left: Vec<PyRef<PyCode>> = vec![code.to_owned()];
    while let Some(code) = left.pop() {
        if !seen.insert(code.get_id()) {
            continue;
        }
        used.all
            .extend(code.names.iter().filter_map(|name| name.to_str()));
        for name in globals_of(&code) {
            if globals.insert(name.get_id()) {
                used.globals.push(name);
            }
        }
        let inner = code.constants.iter().rev();
        let inner = inner.filter_map(|constant| {
            let constant: rustpython_vm::PyObjectRef = constant.clone().into();
            constant.downcast::<PyCode>().ok()
        });
        left.extend(inner);
    }
    used
}

/// The globals that a code object itself names, some of them more than once.
fn globals_of(code: &PyCode) -> Vec<&'static PyStrInterned> {
    let mut globals = Vec::new();
    let mut operands = OpArgState::default();
    let mut units = code.instructions.iter();
    while let Some(unit) = units.next() {
        let (instruction, operand) = operands.get(*unit);
        let operand = u32::from(operand) as usize;
        let instruction = instruction.deoptimize();
        // What an instruction has learnt by being run stands behind it, and can look like another.
        for _ in 0..instruction.as_opcode().cache_entries() {
            units.next();
        }
        let index = match instruction {
            Instruction::LoadGlobal { .. } => operand >> 1,
            Instruction::StoreGlobal { .. }
            | Instruction::DeleteGlobal { .. }
            | Instruction::LoadFromDictOrGlobals { .. }
            // In the body of a class. Whether it has set the name itself depends on the way that it
            // takes through its code.
            | Instruction::LoadName { .. } => operand,
            _ => continue,
        };
        if let Some(name) = code.names.get(index) {
            globals.push(*name);
        }
    }
    globals
}
