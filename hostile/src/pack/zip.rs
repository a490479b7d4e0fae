//! Zip archives (APPNOTE.TXT 4.3), and their parts.

use super::crc32;

/// A file in a zip archive, with what can be wrong about it.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Its name in the central directory.
    pub name: String,
    /// Its name in its local header, if that is another one.
    pub local_name: Option<String>,
    /// The bytes as they stand in the archive.
    pub stored: Vec<u8>,
    /// 0 for stored, 8 for deflate.
    pub method: u16,
    /// How many bytes it says to unpack to, if not those stored.
    pub size: Option<u32>,
    /// General purpose flags in both headers.
    pub flags: u16,
    /// Its CRC, if not that of what is stored.
    pub crc: Option<u32>,
}

impl Member {
    /// A stored file.
    #[must_use]
    pub fn new(name: &str, bytes: Vec<u8>) -> Self {
        Self {
            name: name.to_owned(),
            stored: bytes,
            ..Self::default()
        }
    }

    /// Its local header and its bytes.
    #[must_use]
    pub fn local(&self) -> Vec<u8> {
        let name = self.local_name.as_ref().unwrap_or(&self.name);
        let mut out = b"PK\x03\x04".to_vec();
        out.extend(self.fields(name));
        out.extend(name.bytes());
        out.extend(&self.stored);
        out
    }

    /// Its record in a directory, by which its local header stands there.
    #[must_use]
    pub fn record(&self, offset: usize) -> Vec<u8> {
        let mut out = b"PK\x01\x02\x14\x00".to_vec();
        out.extend(self.fields(&self.name));
        out.extend([0; 10]);
        out.extend((offset as u32).to_le_bytes());
        out.extend(self.name.bytes());
        out
    }

    /// What the header and the record share.
    fn fields(&self, name: &str) -> Vec<u8> {
        let stored = self.stored.len() as u32;
        let crc = self.crc.unwrap_or_else(|| crc32(&self.stored));
        let mut fields = 20_u16.to_le_bytes().to_vec();
        fields.extend(self.flags.to_le_bytes());
        fields.extend(self.method.to_le_bytes());
        // Midnight of 1 January 1980.
        fields.extend([0, 0, 0x21, 0]);
        fields.extend(crc.to_le_bytes());
        fields.extend(stored.to_le_bytes());
        fields.extend(self.size.unwrap_or(stored).to_le_bytes());
        fields.extend((name.len() as u16).to_le_bytes());
        fields.extend([0, 0]);
        fields
    }
}

/// The end of a directory of so many records, of this length and which begins there: 22 bytes.
#[must_use]
pub fn zip_end(records: u16, length: usize, start: usize) -> Vec<u8> {
    let mut out = b"PK\x05\x06\0\0\0\0".to_vec();
    out.extend(records.to_le_bytes());
    out.extend(records.to_le_bytes());
    out.extend((length as u32).to_le_bytes());
    out.extend((start as u32).to_le_bytes());
    out.extend([0, 0]);
    out
}

/// A zip archive after a prefix.
#[must_use]
pub fn zip_after(prefix: &[u8], members: &[Member]) -> Vec<u8> {
    let mut out = prefix.to_vec();
    let mut directory = Vec::new();
    for member in members {
        directory.extend(member.record(out.len()));
        out.extend(member.local());
    }
    let end = zip_end(members.len() as u16, directory.len(), out.len());
    out.extend(directory);
    out.extend(end);
    out
}

/// A zip archive.
#[must_use]
pub fn zip(members: &[Member]) -> Vec<u8> {
    zip_after(b"", members)
}
