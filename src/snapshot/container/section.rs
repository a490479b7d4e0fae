//! A section's content: compressed and unpacked, never beyond its limit.

use std::borrow::Cow;
use std::io::{Read as _, Write as _};

use super::CHUNK;
use super::layout::{Entry, ZSTD};
use crate::snapshot::error::{SnapshotError, SnapshotErrorKind};
use crate::snapshot::progress::{Observer, Phase, Progress};

/// The largest window of a frame, as a power of two: what zstd uses up to level 19. Unpacking takes that
/// much memory at once, whatever the frame says.
const WINDOW_LOG: u32 = 23;

/// Room that is taken before content has arrived, for each byte that is stored.
const RATIO: usize = 16;

/// The bytes to store, and their flags. What does not become smaller is stored as it is.
pub(super) fn pack<'a>(
    content: &'a [u8],
    level: i32,
    observer: &mut Observer<'_>,
) -> Result<(Cow<'a, [u8]>, u32), SnapshotError> {
    let failed = |error| SnapshotError::io("compressing", error);
    let mut progress = Progress::new(Phase::Compress, Some(content.len() as u64));
    observer.tell(&progress)?;
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), level).map_err(failed)?;
    encoder
        .set_pledged_src_size(Some(content.len() as u64))
        .map_err(failed)?;
    for chunk in content.chunks(CHUNK) {
        encoder.write_all(chunk).map_err(failed)?;
        progress.bytes += chunk.len() as u64;
        observer.tell(&progress)?;
    }
    let packed = encoder.finish().map_err(failed)?;
    if packed.len() < content.len() {
        Ok((packed.into(), ZSTD))
    } else {
        Ok((content.into(), 0))
    }
}

/// The content of what is stored.
///
/// The caller has held `entry.raw` against the limits.
pub(super) fn unpack<'a>(
    name: &str,
    entry: &Entry,
    stored: &'a [u8],
    observer: &mut Observer<'_>,
) -> Result<Cow<'a, [u8]>, SnapshotError> {
    let length = match entry.flags {
        0 => {
            check_length(name, entry, stored.len())?;
            return Ok(stored.into());
        }
        ZSTD => usize::try_from(entry.raw).map_err(|_| no_memory(name, entry))?,
        flags => {
            let message = format!("its flags {flags:#x} are of a later version");
            return Err(SnapshotError::corrupt(name, message));
        }
    };
    let failed = |error| {
        SnapshotError::corrupt(name, format_args!("it cannot be unpacked: {error}"))
            .with_source(error)
    };
    let mut decoder = zstd::stream::read::Decoder::with_buffer(stored).map_err(failed)?;
    decoder.window_log_max(WINDOW_LOG).map_err(failed)?;
    let mut decoder = decoder.single_frame();
    let mut progress = Progress::new(Phase::Decompress, Some(entry.raw));
    observer.tell(&progress)?;
    let mut content = Vec::new();
    content
        .try_reserve(length.min(stored.len().saturating_mul(RATIO)))
        .map_err(|_| no_memory(name, entry))?;
    loop {
        // One byte more than there may be shows that there is more.
        let room = (length - content.len()).saturating_add(1).min(CHUNK);
        content
            .try_reserve(room)
            .map_err(|_| no_memory(name, entry))?;
        let read = (&mut decoder)
            .take(room as u64)
            .read_to_end(&mut content)
            .map_err(failed)?;
        if content.len() > length {
            check_length(name, entry, content.len())?;
        }
        if read < room {
            break;
        }
        progress.bytes = content.len() as u64;
        observer.tell(&progress)?;
    }
    check_length(name, entry, content.len())?;
    if !decoder.finish().is_empty() {
        return Err(SnapshotError::corrupt(name, "more follows its frame"));
    }
    Ok(content.into())
}

fn check_length(name: &str, entry: &Entry, found: usize) -> Result<(), SnapshotError> {
    if found as u64 == entry.raw {
        return Ok(());
    }
    let more = if found as u64 > entry.raw {
        "more"
    } else {
        "less"
    };
    let message = format!("it holds {more} than the {} bytes of the table", entry.raw);
    Err(SnapshotError::corrupt(name, message))
}

fn no_memory(name: &str, entry: &Entry) -> SnapshotError {
    let message = format!("no memory for the {} bytes of {name}", entry.raw);
    SnapshotError::new(SnapshotErrorKind::Io, message)
        .with_source(std::io::Error::from(std::io::ErrorKind::OutOfMemory))
}
