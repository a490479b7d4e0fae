//! One load, guarded or not.

use rustpython_vm::{PyObjectRef, VirtualMachine};

use super::exception::Raised;
use super::guarded::{Guarded, Refused};
use super::model::{Live, LoadSettings};
use crate::limits::{Exceeded, Gauge, Limit};
use crate::machine::{Error, ErrorKind, Machine, Memo, Meter, Unlimited};
use crate::policy::Guard;
use crate::wire::{ByteStream, Capped, InputError, Source, StreamSource};

/// How loads end that end badly.
pub(crate) type LoadError<S> = Error<S, Refused, Exceeded>;

impl<S> Error<S, Raised> {
    /// The same, of a load that nothing guards.
    pub(crate) fn open(self) -> LoadError<S> {
        self.map(Refused::from, |never| match never {})
    }
}

/// Loads a pickle; gives the memo back, for the next one.
pub(crate) fn run<S: Source>(
    source: &mut S,
    settings: LoadSettings<'_>,
    guard: &Guard,
    memo: Memo<PyObjectRef>,
    vm: &VirtualMachine,
) -> (Result<PyObjectRef, LoadError<S::Error>>, Memo<PyObjectRef>) {
    if guard.is_open() {
        let keeps_memo = settings.owner.is_some();
        let mut machine = Machine::with_memo(Live::new(settings, vm), memo);
        let result = match keeps_memo {
            true => machine.load(source),
            false => machine.load_last(source),
        };
        let result = result.map_err(Error::open);
        let (model, memo) = machine.into_parts();
        drop(model);
        return (result, memo);
    }
    let gauge = Gauge::new(guard.limits.clone());
    let model = Guarded::new(settings, guard.policy.clone(), &gauge, vm);
    if guard.limits.is_unlimited() {
        let (result, memo) = run_guarded(source, model, Unlimited, memo);
        let result = result.map_err(|error| error.map(|refused| refused, |never| match never {}));
        return (result, memo);
    }
    run_guarded(source, model, gauge, memo)
}

fn run_guarded<S: Source, L: Meter>(
    source: &mut S,
    mut model: Guarded<'_, '_>,
    meter: L,
    memo: Memo<PyObjectRef>,
) -> Guarding<S::Error, L::Exceeded> {
    let adopted = match model.adopt(&memo) {
        Ok(adopted) => adopted,
        Err(exceeded) => {
            let error = Error {
                offset: source.offset(),
                opcode: None,
                kind: ErrorKind::Model(exceeded.into()),
            };
            model.end(Memo::new(), false);
            return (Err(error), memo);
        }
    };
    drop(memo);
    let keeps_memo = model.keeps_memo();
    let mut machine = Machine::metered(model, adopted, meter);
    let result = match keeps_memo {
        true => machine.load(source),
        false => machine.load_last(source),
    };
    let (model, memo) = machine.into_parts();
    let memo = model.end(memo, result.is_ok());
    (result.map(|handle| handle.object), memo)
}

type Guarding<S, L> = (Result<PyObjectRef, Error<S, Refused, L>>, Memo<PyObjectRef>);

/// Loads a pickle from a stream; gives the stream back, what it has handed out beyond the pickle, and the memo.
pub(crate) fn run_stream<T: ByteStream>(
    stream: T,
    rest: Vec<u8>,
    settings: LoadSettings<'_>,
    guard: &Guard,
    memo: Memo<PyObjectRef>,
    vm: &VirtualMachine,
) -> Streamed<T> {
    let most = guard.limits.of(Limit::InputBytes);
    let stream = Capped::new(stream, most.unwrap_or(u64::MAX));
    let mut source = StreamSource::with_rest(stream, rest);
    let string = guard.limits.of(Limit::StringBytes);
    if let Some(most) = string.and_then(|most| usize::try_from(most).ok()) {
        source.limit_lines(most);
    }
    let (result, memo) = run(&mut source, settings, guard, memo, vm);
    let too_long = source.is_line_too_long();
    let (stream, rest) = source.into_parts();
    let result = result.map_err(|mut error| {
        let ended = matches!(
            error.kind,
            ErrorKind::Eof | ErrorKind::Input(InputError::Truncated)
        );
        if ended && too_long {
            error.kind = ErrorKind::Limit(Exceeded {
                which: Limit::StringBytes,
                limit: string.unwrap_or(0),
            });
        } else if ended && stream.is_exhausted() {
            error.kind = ErrorKind::Limit(Exceeded {
                which: Limit::InputBytes,
                limit: most.unwrap_or(0),
            });
        }
        error
    });
    Streamed {
        result,
        stream: stream.into_inner(),
        rest,
        memo,
    }
}

/// What is left of a load from a stream.
pub(crate) struct Streamed<T: ByteStream> {
    pub(crate) result: Result<PyObjectRef, LoadError<T::Error>>,
    pub(crate) stream: T,
    pub(crate) rest: Vec<u8>,
    pub(crate) memo: Memo<PyObjectRef>,
}
