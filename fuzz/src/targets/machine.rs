//! The machine alone, over a model of numbers.

use rustpython_pickle::limits::{Exceeded, Gauge, Limits};
use rustpython_pickle::machine::{Error, ErrorKind, Machine, Memo, Meter};
use rustpython_pickle::wire::{
    DecodeErrorKind, InputError, Opcode, SliceSource, Source as _, Strict, StrictErrorKind,
    instructions,
};

use super::Outcome;
use crate::Tracer;
use crate::tracer::Refused;

/// How loads over the tracer end.
pub(super) type Failed<S, L> = Error<S, Refused, L>;

/// A name for what has failed.
pub(super) fn class<S, L>(kind: &ErrorKind<S, Refused, L>) -> &'static str {
    match kind {
        ErrorKind::Eof => "error: end of input",
        ErrorKind::Input(InputError::Truncated) => "error: truncated",
        ErrorKind::Input(_) => "error: frame",
        ErrorKind::UnknownOpcode(_) => "error: unknown opcode",
        ErrorKind::StackUnderflow | ErrorKind::UnexpectedMark | ErrorKind::NoMark => "error: stack",
        ErrorKind::MemoMissing(_) => "error: memo",
        ErrorKind::Limit(_) => "error: limit",
        ErrorKind::Model(_) => "error: refused",
        _ => "error: argument",
    }
}

/// Loads a stream without limits, with limits, and with a model that refuses; and compares with the sequence of its opcodes.
pub(super) fn run(data: &[u8]) -> Outcome {
    let mut machine = Machine::new(Tracer::new().with_offsets());
    let mut source = SliceSource::new(data);
    let result = machine.load(&mut source);
    let length = data.len() - source.rest().len();
    let (tracer, memo) = machine.into_parts();
    assert!(tracer.is_balanced(), "a memo was lent and not taken back");
    assert_eq!(memo.iter().count(), memo.len(), "entries of the memo");
    check_opcodes(data, &tracer, &result);
    if let Err(error) = &result {
        check_error(data, error);
    } else {
        assert_eq!(source.offset(), length as u64);
        check_strict(data, length);
    }
    limited(data, &tracer, &result);
    refusing(data);
    match &result {
        Ok(_) => "loaded",
        Err(error) => class(&error.kind),
    }
    .into()
}

/// The machine carries out the opcodes that the sequence has, and no others.
fn check_opcodes<S: core::fmt::Debug>(
    data: &[u8],
    tracer: &Tracer,
    result: &Result<u64, Failed<S, core::convert::Infallible>>,
) {
    let mut sequence = instructions(data);
    for offset in tracer.offsets() {
        match sequence.next() {
            Some(Ok(instruction)) => assert_eq!(instruction.offset as u64, *offset),
            // The last one has an argument that neither of them can read.
            Some(Err(error)) => {
                assert_eq!(error.offset as u64, *offset);
                assert!(result.is_err(), "{error} in what was loaded");
                assert_eq!(tracer.offsets().last(), Some(offset));
            }
            None => panic!("an opcode behind STOP"),
        }
    }
    match (result, sequence.next()) {
        (Ok(_), next) => assert_eq!(next, None, "opcodes that were not carried out"),
        (Err(error), Some(Err(next))) if error.opcode.is_none() => {
            assert_eq!(error.offset, next.offset as u64);
            let same = match (&error.kind, next.kind) {
                (ErrorKind::UnknownOpcode(byte), DecodeErrorKind::UnknownOpcode(other)) => {
                    *byte == other
                }
                (ErrorKind::Eof, DecodeErrorKind::Input(InputError::Truncated)) => true,
                (ErrorKind::Input(_), DecodeErrorKind::Input(_)) => true,
                _ => false,
            };
            assert!(same, "{error:?} and {next}");
        }
        _ => {}
    }
}

/// An error names an opcode that stands where it says.
fn check_error<S, L>(data: &[u8], error: &Failed<S, L>) {
    let byte = usize::try_from(error.offset)
        .ok()
        .and_then(|offset| data.get(offset));
    match error.opcode {
        Some(opcode) => assert_eq!(byte.copied(), Some(opcode.byte())),
        None => assert!(byte.copied().and_then(Opcode::from_byte).is_none()),
    }
}

/// What is strictly a pickle is one, and ends where the load has ended.
fn check_strict(data: &[u8], length: usize) {
    for strict in [Strict::new(), Strict::new().minimal(true)] {
        match strict.check(data) {
            Ok(()) => assert_eq!(length, data.len(), "a strict pickle ends with its STOP"),
            Err(error) => {
                assert!(error.offset <= length);
                let decode = matches!(error.kind, StrictErrorKind::Decode(_));
                assert!(!decode, "{error} in what was loaded");
                if let StrictErrorKind::TrailingBytes(count) = error.kind {
                    assert_eq!(length + count, data.len());
                }
            }
        }
    }
}

/// With limits, a load does the same or exceeds one, and then has not done more than that allows.
fn limited<S: PartialEq + core::fmt::Debug>(
    data: &[u8],
    free: &Tracer,
    expected: &Result<u64, Failed<S, core::convert::Infallible>>,
) {
    let limits = Limits::untrusted()
        .opcodes(100)
        .memo_entries(16)
        .stack_depth(24)
        .mark_depth(4)
        .string_bytes(200)
        .long_bytes(64)
        .int_digits(20)
        .container_items(12)
        .allocated_bytes(20_000)
        .time(None);
    let gauge = Gauge::new(limits);
    let (result, tracer, memo) = load(data, Tracer::new(), gauge);
    assert!(tracer.opcodes() <= 100);
    // It is looked at before an opcode, which adds one at most.
    assert!(memo.len() <= 17, "{} memo entries", memo.len());
    match (result, expected) {
        (Ok(object), Ok(other)) => {
            assert_eq!(object, *other);
            assert_eq!(tracer.digest(), free.digest());
        }
        (Err(error), _) if matches!(error.kind, ErrorKind::Limit(_)) => {
            let ErrorKind::Limit(Exceeded { limit, .. }) = error.kind else {
                return;
            };
            assert!(limit > 0);
            check_error(data, &error);
        }
        (Err(error), Err(other)) => {
            assert_eq!(
                (error.offset, error.opcode),
                (other.offset, other.opcode),
                "with limits it fails elsewhere"
            );
            assert_eq!(class(&error.kind), class(&other.kind));
        }
        (result, expected) => panic!("{expected:?} became {result:?}"),
    }
}

/// Whatever a model refuses, the machine stays usable.
fn refusing(data: &[u8]) {
    let mut machine = Machine::new(Tracer::refusing(11));
    let first = machine.load(&mut SliceSource::new(data));
    if let Err(error) = &first {
        check_error(data, error);
    }
    let next = machine.load(&mut SliceSource::new(b"0."));
    let kind = next.map_err(|error| error.kind);
    assert_eq!(
        kind,
        Err(ErrorKind::StackUnderflow),
        "the stack is not empty"
    );
    assert!(machine.into_parts().0.is_balanced());
}

type Ended<L> = (
    Result<u64, Failed<core::convert::Infallible, <L as Meter>::Exceeded>>,
    Tracer,
    Memo<u64>,
);

fn load<L: Meter>(data: &[u8], tracer: Tracer, meter: L) -> Ended<L> {
    let mut machine = Machine::metered(tracer, Memo::new(), meter);
    let result = machine.load(&mut SliceSource::new(data));
    let (tracer, memo) = machine.into_parts();
    (result, tracer, memo)
}
