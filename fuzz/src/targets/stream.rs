//! Input from streams: in whatever pieces bytes come, a load does what it does with the whole.

use std::io::Read;

use rustpython_pickle::machine::{Error, ErrorKind, Machine, Memo};
use rustpython_pickle::wire::{
    ByteStream, Capped, InputError, ReadStream, SliceSource, Source, StreamSource,
};

use super::Outcome;
use super::machine::class;
use crate::tracer::Refused;
use crate::{Random, Tracer};

/// How a load has ended: as numbers, so that ends over different sources can be compared.
#[derive(Debug, PartialEq, Eq)]
struct End {
    loaded: Option<u64>,
    error: Option<(u64, Option<u8>, String)>,
    class: &'static str,
    digest: u64,
    memo: usize,
}

/// Bytes that come in pieces, and may be peeked at.
struct Pieces<'a> {
    data: &'a [u8],
    random: Random,
    longest: usize,
    peeks: bool,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.random.one_in(16) {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        let most = 1 + self.random.below(self.longest);
        let n = most.min(buffer.len()).min(self.data.len());
        buffer[..n].copy_from_slice(&self.data[..n]);
        self.data = &self.data[n..];
        Ok(n)
    }
}

impl ByteStream for &mut Pieces<'_> {
    type Error = std::io::Error;

    fn read(&mut self, n: usize, buffer: &mut Vec<u8>) -> std::io::Result<()> {
        ReadStream::new(&mut **self).read(n, buffer)
    }

    fn read_line(&mut self, most: usize, buffer: &mut Vec<u8>) -> std::io::Result<()> {
        ReadStream::new(&mut **self).read_line(most, buffer)
    }

    fn peek(&mut self, n: usize, buffer: &mut Vec<u8>) -> std::io::Result<bool> {
        if !self.peeks {
            return Ok(false);
        }
        let most = n.min(self.data.len());
        let some = self.random.below(most + 1);
        buffer.extend(&self.data[..some]);
        Ok(true)
    }
}

fn load<S: Source>(source: &mut S, memo: Memo<u64>) -> (End, Memo<u64>)
where
    S::Error: core::fmt::Debug,
{
    let mut machine = Machine::with_memo(Tracer::new(), memo);
    let result = machine.load(source);
    let (tracer, memo) = machine.into_parts();
    let end = End {
        loaded: result.as_ref().ok().copied(),
        error: result.as_ref().err().map(place),
        class: match &result {
            Ok(_) => "loaded",
            Err(error) => class(&error.kind),
        },
        digest: tracer.digest(),
        memo: memo.len(),
    };
    (end, memo)
}

fn place<S: core::fmt::Debug>(
    error: &Error<S, Refused, core::convert::Infallible>,
) -> (u64, Option<u8>, String) {
    let kind = match &error.kind {
        // A stream can't fail here but by its end.
        ErrorKind::Input(InputError::Stream(error)) => panic!("{error:?}"),
        kind => format!("{kind:?}"),
    };
    (error.offset, error.opcode.map(|opcode| opcode.byte()), kind)
}

/// Loads from a slice and from streams; several pickles, as far as they go.
pub(super) fn run(data: &[u8]) -> Outcome {
    let mut random = Random::new(0x57ea, data.len() as u64);
    let mut slice = SliceSource::new(data);
    let (expected, _) = load(&mut slice, Memo::new());
    let rest = slice.rest();

    let (read, _) = load(&mut StreamSource::new(ReadStream::new(data)), Memo::new());
    assert_eq!(read, expected, "a reader of all bytes");

    for peeks in [false, true] {
        let mut pieces = Pieces {
            data,
            random: Random::new(random.next(), 0),
            longest: 1 + random.below(40),
            peeks,
        };
        let mut source = StreamSource::new(&mut pieces);
        let (end, memo) = load(&mut source, Memo::new());
        assert_eq!(end, expected, "in pieces, peeks: {peeks}");
        if end.loaded.is_some() {
            // What was taken beyond the pickle, with the frame that it ends in, is given back: the next one, which is read with the
            // same memo, begins there.
            let (_, given_back) = source.into_parts();
            assert_eq!([&given_back, pieces.data].concat(), rest);
            let mut source = StreamSource::with_rest(&mut pieces, given_back);
            let (next, _) = load(&mut source, memo.clone());
            let (expected, _) = load(&mut SliceSource::new(rest), memo);
            assert_eq!(next, expected, "the next pickle");
        }
    }
    capped(data, &expected, &mut random);
    expected.class.into()
}

/// With fewer bytes than there are, it ends as with those bytes alone.
fn capped(data: &[u8], whole: &End, random: &mut Random) {
    let most = random.below(data.len() + 2);
    let stream = Capped::new(ReadStream::new(data), most as u64);
    let mut source = StreamSource::new(stream);
    let (end, _) = load(&mut source, Memo::new());
    let (expected, _) = load(
        &mut SliceSource::new(&data[..most.min(data.len())]),
        Memo::new(),
    );
    assert_eq!(end, expected, "at most {most} bytes");
    let exhausted = source.into_parts().0.is_exhausted();
    assert!(
        exhausted || end == *whole,
        "it ends otherwise, and the cap was not reached"
    );
}
