//! Keys from files.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// More than any key has.
const LONGEST: u64 = 1 << 16;

/// The bytes of a file with a key. It may be a pipe: keys come from other programs, so that they are on no disk.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        let message = format!("it is no key: it has more than {LONGEST} bytes");
        return Err(io::Error::other(message));
    }
    Ok(bytes)
}
