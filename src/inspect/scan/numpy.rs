//! Files of NumPy's format `.npy` (NEP 1): a header, and then raw data, or a pickle for arrays of objects.

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Npy {
    /// Raw data.
    Data,
    /// The pickle of an array of objects begins at this offset.
    Objects(usize),
    /// The header can't be read.
    Malformed,
}

const MAGIC: &[u8] = b"\x93NUMPY";

pub(super) fn is_npy(data: &[u8]) -> bool {
    data.starts_with(MAGIC)
}

/// Reads the header.
pub(super) fn read(data: &[u8]) -> Npy {
    let header = || {
        let rest = data.strip_prefix(MAGIC)?;
        let (version, rest) = rest.split_first_chunk::<2>()?;
        let (length, rest, start) = match version[0] {
            1 => {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                (usize::from(u16::from_le_bytes(*length)), rest, 10)
            }
            2 | 3 => {
                let (length, rest) = rest.split_first_chunk::<4>()?;
                (u32::from_le_bytes(*length) as usize, rest, 12)
            }
            _ => return None,
        };
        Some((rest.get(..length)?, start + length))
    };
    let Some((header, end)) = header() else {
        return Npy::Malformed;
    };
    if memchr::memmem::find(header, b"descr").is_none() {
        return Npy::Malformed;
    }
    if has_objects(header) {
        Npy::Objects(end)
    } else {
        Npy::Data
    }
}

/// Whether a type of an element is an object: a quoted text that is an `O` behind a byte order, if any, and before digits, if
/// any. The name of a field may look like that, and does no harm.
fn has_objects(header: &[u8]) -> bool {
    let quotes = header
        .iter()
        .enumerate()
        .filter(|(_, byte)| matches!(byte, b'\'' | b'"'));
    let mut rest = quotes.map(|(index, _)| header.get(index + 1..).unwrap_or_default());
    rest.any(|text| {
        let text = match text {
            [b'|' | b'<' | b'>' | b'=', text @ ..] | text => text,
        };
        match text {
            [b'O', text @ ..] => {
                let text = text.trim_ascii_start();
                let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
                matches!(text.get(digits), Some(b'\'' | b'"'))
            }
            _ => text.starts_with(b"object"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(descr: &str) -> Vec<u8> {
        let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}\n");
        [
            MAGIC,
            &[1, 0],
            &(header.len() as u16).to_le_bytes(),
            header.as_bytes(),
        ]
        .concat()
    }

    #[test]
    fn objects_are_found() {
        for descr in [
            "'|O'",
            "'O'",
            "\"<O8\"",
            "[('a', '<f8'), ('b', '|O')]",
            "'object'",
        ] {
            let file = npy(descr);
            assert_eq!(read(&file), Npy::Objects(file.len()), "{descr}");
        }
        for descr in ["'<f8'", "[('Other', '<i4')]", "'<U5'"] {
            assert_eq!(read(&npy(descr)), Npy::Data, "{descr}");
        }
        for file in [
            &b"\x93NUMPY"[..],
            b"\x93NUMPY\x01\0\xff\xff{",
            b"\x93NUMPY\x09\0\0\0",
        ] {
            assert_eq!(read(file), Npy::Malformed);
        }
    }
}
