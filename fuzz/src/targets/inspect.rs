//! What is seen of a pickle without an interpreter: graph, listing, program, and the text of `pickletools.dis`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rustpython_pickle::inspect::dis::{Layout, PickletoolsError, lines, pickletools};
use rustpython_pickle::inspect::graph::{Action, Flaw, Graph};
use rustpython_pickle::inspect::{Limits, Pickle, Problem, Program, globals};
use rustpython_pickle::machine::{ErrorKind, Machine};
use rustpython_pickle::wire::{InputError, SliceSource};

use super::Outcome;
use crate::Tracer;

/// How many bytes of text are asked for.
const TEXT: usize = 20_000;

/// One statement or line is no longer, beyond that.
const LINE: usize = 60_000;

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.text = TEXT;
    limits
}

/// Nothing in a line is acted upon by a terminal.
pub(super) fn check_line(text: &str) {
    for character in text.chars() {
        // Marks that combine with a letter are printable as Python sees it, and escaped by `printable`.
        let plain = matches!(character, ' '..='~') || {
            let text = format!("a{character}");
            text.escape_debug().eq(text.chars())
        };
        assert!(plain, "a terminal acts upon {character:?} in {text:?}");
    }
}

/// The graph, and beside it the machine with another model.
pub(super) fn symbolic(data: &[u8]) -> Outcome {
    let limits = limits();
    let pickle = Pickle::read(data, &limits);
    let mut machine = Machine::new(Tracer::new());
    let mut source = SliceSource::new(data);
    let traced = machine.load(&mut source);
    let end = (data.len() - source.rest().len()) as u64;
    assert!(pickle.end() <= data.len() as u64);
    check_graph(pickle.graph(), pickle.root(), pickle.end());
    let problem = pickle.error().map(|error| &error.problem);
    match (&traced, problem) {
        (Ok(_), None | Some(Problem::Flaw(_))) => {
            assert!(pickle.is_whole());
            assert_eq!(pickle.end(), end);
            assert_eq!(pickle.opcodes(), machine.into_parts().0.opcodes());
        }
        (Err(error), Some(Problem::Malformed(message))) => {
            let at = pickle.error().map_or(0, |error| error.offset);
            let frame = matches!(
                error.kind,
                ErrorKind::Input(InputError::FrameExhausted | InputError::NestedFrame)
                    | ErrorKind::LengthOverflow(_)
                    | ErrorKind::Input(InputError::Truncated)
            );
            if error.offset == at {
                assert!(frame || error.kind.to_string() == *message);
            } else {
                assert!(frame && error.offset < at, "{error} and {message} at {at}");
            }
        }
        // It goes on where loaders differ.
        (Err(_), Some(Problem::Flaw(Flaw::Frame))) => {}
        (Err(error), Some(Problem::Flaw(_))) => {
            let kind = &error.kind;
            assert!(pickle.is_whole(), "{kind:?}");
            assert!(
                matches!(kind, ErrorKind::Input(_) | ErrorKind::LengthOverflow(_)),
                "{kind:?} was not seen"
            );
        }
        (traced, problem) => panic!("{traced:?}, and seen was {problem:?}"),
    }
    let class = match problem {
        None => "fine",
        Some(Problem::Flaw(_)) => "a flaw",
        _ => "malformed",
    };
    class.into()
}

fn check_graph(graph: &Graph, root: Option<u32>, end: u64) {
    let nodes = graph.len();
    assert!(root.is_none_or(|root| (root as usize) < nodes));
    for (_, node) in graph.nodes() {
        assert!(node.offset() < end);
        let parts = node.parts();
        assert!(parts.iter().all(|(_, part)| (*part as usize) < nodes));
        assert!(node.made_of().count() <= parts.len());
    }
    let mut last = 0;
    for step in graph.steps() {
        assert!(step.offset >= last && step.offset < end);
        last = step.offset;
        match step.action {
            Action::Make(id) => assert!((id as usize) < nodes),
            Action::Add { target, from, to } => {
                let parts = graph.get(target).map(|node| node.parts().len());
                assert!(from < to && parts >= Some(to as usize));
            }
            _ => {}
        }
    }
}

/// The listing, the globals, and the program.
pub(super) fn listing(data: &[u8]) -> Outcome {
    let limits = limits();
    let pickle = Pickle::read(data, &limits);
    let mut count = 0;
    let mut text = String::new();
    for line in lines(data, &pickle) {
        assert_eq!(
            data.get(line.offset as usize).copied(),
            Some(line.opcode.byte())
        );
        count += 1;
        // Most lines are seen; the longest pickles have more than is worth it.
        if count <= 100 {
            text.clear();
            write!(text, "{line}").expect("a string takes everything");
            assert!(text.len() < LINE);
            check_line(&text);
        }
    }
    assert!(count <= pickle.opcodes());
    let mut named = 0;
    for global in globals(&pickle).take(50) {
        check_line(&global.to_string());
        named += 1;
    }
    let program = Program::new(&pickle, &limits);
    let written: usize = program.statements().iter().map(|one| one.text.len()).sum();
    assert!(written < TEXT + LINE, "{written} bytes of text");
    for statement in program.statements() {
        check_line(&statement.text);
        assert!(statement.offset < pickle.end());
    }
    let names: BTreeSet<_> = program.statements().iter().map(|one| one.offset).collect();
    match (program.is_whole(), named, names.len()) {
        (false, ..) => "more text than allowed",
        (_, 0, 0 | 1) => "data",
        (_, 0, _) => "several statements",
        _ => "globals",
    }
    .into()
}

/// The text of `pickletools.dis`.
pub(super) fn text(data: &[u8]) -> Outcome {
    let mut layout = Layout::default();
    layout.text = TEXT;
    let spread = data.len() % 4;
    layout.annotate = [0, 1, 30, 60][spread];
    layout.indent = [4, 0, 1, 8][spread];
    let mut out = String::new();
    let result = pickletools(data, &layout, &mut out);
    assert!(out.len() <= TEXT, "{} bytes", out.len());
    let offsets = out.lines().filter_map(|line| {
        let (offset, _) = line.split_once(':')?;
        offset.trim_start().parse::<usize>().ok()
    });
    assert!(offsets.is_sorted(), "the offsets of lines");
    match result {
        Ok(()) => {
            assert!(out.contains("highest protocol among opcodes = "));
            "written".into()
        }
        Err(PickletoolsError::Raised { exception, message }) => {
            assert!(!exception.is_empty() && message.len() < LINE);
            exception.into()
        }
        Err(_) => {
            assert!(out.len() <= TEXT);
            "more text than allowed".into()
        }
    }
}
