//! Compressed streams, expanded under limits.

#[cfg(feature = "archives")]
use std::io::Read;

/// How a stream is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Codec {
    #[cfg(feature = "archives")]
    Stored,
    #[cfg(feature = "archives")]
    Deflate,
    Zlib,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

/// What came out of a stream, and why it is not all of it.
pub(super) struct Expanded {
    pub(super) bytes: Vec<u8>,
    pub(super) problem: Option<Problem>,
    /// How much of the input that took, if what is behind the end of the stream is left alone; otherwise all of it.
    pub(super) used: usize,
}

pub(super) enum Problem {
    /// There was more than might be.
    #[cfg_attr(
        not(feature = "archives"),
        allow(dead_code, reason = "nothing is expanded")
    )]
    Limit,
    /// The stream is damaged, or this build has no decoder for it.
    Damaged(String),
}

/// What a decoder may take beside its output, in KiB.
#[cfg(feature = "archives")]
const DECODER_MEMORY: u32 = 1 << 17;

impl Codec {
    /// The codec that bytes begin with.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..] => Some(Self::Bzip2),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Self::Xz),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => Some(Self::Zlib),
            _ => None,
        }
    }

    /// The method of a zip archive's member.
    #[cfg(feature = "archives")]
    pub(super) fn of_zip(method: u16) -> Option<Self> {
        match method {
            0 => Some(Self::Stored),
            8 => Some(Self::Deflate),
            12 => Some(Self::Bzip2),
            93 => Some(Self::Zstd),
            95 => Some(Self::Xz),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "archives")]
            Self::Stored => "stored",
            #[cfg(feature = "archives")]
            Self::Deflate => "deflate",
            Self::Zlib => "zlib",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }

    /// Expands a stream to at most `most` bytes; what came out before an error is kept.
    #[cfg(feature = "archives")]
    pub(super) fn expand(self, input: &[u8], most: u64) -> Expanded {
        let mut rest = input;
        let decoder: std::io::Result<Box<dyn Read + '_>> = match self {
            Self::Stored => Ok(Box::new(input)),
            Self::Deflate => Ok(Box::new(flate2::read::DeflateDecoder::new(input))),
            Self::Zlib => Ok(Box::new(flate2::bufread::ZlibDecoder::new(&mut rest))),
            Self::Gzip => Ok(Box::new(flate2::read::MultiGzDecoder::new(input))),
            Self::Bzip2 => Ok(Box::new(bzip2::read::MultiBzDecoder::new(input))),
            Self::Xz => Ok(Box::new(lzma_rust2::XzReader::new_mem_limit(
                input,
                true,
                DECODER_MEMORY,
            ))),
            Self::Zstd => {
                zstd::stream::read::Decoder::with_buffer(input).and_then(|mut decoder| {
                    decoder.window_log_max(27)?;
                    Ok(Box::new(decoder) as Box<dyn Read>)
                })
            }
        };
        let mut bytes = Vec::new();
        let read = decoder.and_then(|mut decoder| read(&mut decoder, most, &mut bytes));
        let problem = problem(read);
        let is_whole = self == Self::Zlib && problem.is_none();
        Expanded {
            bytes,
            problem,
            used: input.len() - if is_whole { rest.len() } else { 0 },
        }
    }

    #[cfg(not(feature = "archives"))]
    pub(super) fn expand(self, input: &[u8], _most: u64) -> Expanded {
        let message = "this build does not read compressed data";
        Expanded {
            bytes: Vec::new(),
            used: input.len(),
            problem: Some(Problem::Damaged(message.to_owned())),
        }
    }
}

#[cfg(feature = "archives")]
fn problem(read: std::io::Result<bool>) -> Option<Problem> {
    match read {
        Ok(true) => None,
        Ok(false) => Some(Problem::Limit),
        Err(error) => Some(Problem::Damaged(error.to_string())),
    }
}

/// Reads to the end, or to the limit: whether there was no more.
#[cfg(feature = "archives")]
fn read(decoder: &mut dyn Read, most: u64, out: &mut Vec<u8>) -> std::io::Result<bool> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let length = match decoder.read(&mut buffer) {
            Ok(0) => return Ok(true),
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let room = usize::try_from(most.saturating_sub(out.len() as u64)).unwrap_or(usize::MAX);
        let read = buffer.get(..length.min(room)).unwrap_or_default();
        out.extend_from_slice(read);
        if length > room {
            return Ok(false);
        }
    }
}
