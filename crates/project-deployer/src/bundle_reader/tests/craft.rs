//! Builds archives byte by byte; every field can be set to a wrong value.

/// One entry; both of its headers agree until a test changes one.
#[derive(Clone, Default)]
pub(super) struct CraftedEntry {
    pub(super) local: CraftedHeader,
    pub(super) central: CraftedHeader,
    pub(super) data: Vec<u8>,
    /// Bytes before the local header.
    pub(super) before: Vec<u8>,
    /// Bytes after the data.
    pub(super) after: Vec<u8>,
    pub(super) attributes: u32,
    pub(super) comment: Vec<u8>,
    pub(super) volume: u16,
    /// The position in the directory; `None` for the correct one.
    pub(super) header_start: Option<u32>,
}

#[derive(Clone, Default)]
pub(super) struct CraftedHeader {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) checksum: u32,
    pub(super) compressed: u32,
    pub(super) expanded: u32,
    pub(super) extra: Vec<u8>,
}

impl CraftedEntry {
    /// A stored file.
    pub(super) fn file(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        let data = content.as_ref().to_vec();
        let length = u32::try_from(data.len()).unwrap();
        let header = CraftedHeader {
            name: name.as_ref().to_vec(),
            checksum: checksum(&data),
            compressed: length,
            expanded: length,
            ..CraftedHeader::default()
        };
        Self { local: header.clone(), central: header, data, ..Self::default() }
    }

    /// Applies any change.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Changes both headers.
    pub(super) fn headers(mut self, change: impl Fn(&mut CraftedHeader)) -> Self {
        change(&mut self.local);
        change(&mut self.central);
        self
    }

    pub(super) fn mode(self, mode: u32) -> Self {
        self.with(|entry| entry.attributes = mode << 16)
    }

    pub(super) fn extra(self, kind: u16, content: &[u8]) -> Self {
        let field = extra(kind, content);
        self.headers(|header| header.extra.extend_from_slice(&field))
    }
}

/// One extra field.
pub(super) fn extra(kind: u16, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), content].concat()
}

/// The 64-bit values of a zip64 field.
pub(super) fn wide(numbers: &[u64]) -> Vec<u8> {
    extra(1, &numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())
}

/// An archive; its end record is correct until a test changes it.
#[derive(Clone)]
pub(super) struct Crafted {
    pub(super) entries: Vec<CraftedEntry>,
    pub(super) before_directory: Vec<u8>,
    pub(super) after_directory: Vec<u8>,
    pub(super) change_end: fn(&mut End),
    /// Writes a zip64 record with this change.
    pub(super) change_wide_end: Option<fn(&mut WideEnd)>,
    pub(super) trailing: Vec<u8>,
}

/// The fields of the end record.
pub(super) struct End {
    pub(super) volumes: [u16; 2],
    pub(super) entries: [u16; 2],
    pub(super) size: u32,
    pub(super) start: u32,
    pub(super) comment: Vec<u8>,
    pub(super) comment_length: u16,
}

/// The fields of the zip64 record and of its locator.
pub(super) struct WideEnd {
    pub(super) length: u64,
    pub(super) volumes: [u32; 2],
    pub(super) entries: [u64; 2],
    pub(super) size: u64,
    pub(super) start: u64,
    pub(super) record_start: u64,
    pub(super) locator_volumes: [u32; 2],
}

impl Crafted {
    pub(super) fn new(entries: impl IntoIterator<Item = CraftedEntry>) -> Self {
        Self {
            entries: entries.into_iter().collect(),
            before_directory: Vec::new(),
            after_directory: Vec::new(),
            change_end: |_| {},
            change_wide_end: None,
            trailing: Vec::new(),
        }
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(super) fn end(self, change: fn(&mut End)) -> Self {
        Self { change_end: change, ..self }
    }

    pub(super) fn wide_end(self, change: fn(&mut WideEnd)) -> Self {
        Self { change_wide_end: Some(change), ..self }
    }

    pub(super) fn build(&self) -> Vec<u8> {
        let mut archive = Vec::new();
        let mut directory = Vec::new();
        for entry in &self.entries {
            archive.extend_from_slice(&entry.before);
            let truth = u32::try_from(archive.len()).unwrap();
            write_local(&mut archive, entry);
            archive.extend_from_slice(&entry.data);
            archive.extend_from_slice(&entry.after);
            write_central(&mut directory, entry, entry.header_start.unwrap_or(truth));
        }
        archive.extend_from_slice(&self.before_directory);
        let start = archive.len() as u64;
        archive.extend_from_slice(&directory);
        archive.extend_from_slice(&self.after_directory);
        if let Some(change) = self.change_wide_end {
            write_wide_end(&mut archive, self.entries.len(), start, directory.len(), change);
        }
        write_end(&mut archive, self.entries.len(), start, directory.len(), self.change_end);
        archive.extend_from_slice(&self.trailing);
        archive
    }
}

pub(super) fn write_local(archive: &mut Vec<u8>, entry: &CraftedEntry) {
    archive.extend_from_slice(b"PK\x03\x04\x14\x00");
    write_common(archive, &entry.local);
    archive.extend_from_slice(&entry.local.name);
    archive.extend_from_slice(&entry.local.extra);
}

pub(super) fn write_central(directory: &mut Vec<u8>, entry: &CraftedEntry, header_start: u32) {
    directory.extend_from_slice(b"PK\x01\x02\x14\x03\x14\x00");
    write_common(directory, &entry.central);
    put16(directory, &[u16::try_from(entry.comment.len()).unwrap(), entry.volume, 0]);
    put32(directory, &[entry.attributes, header_start]);
    directory.extend_from_slice(&entry.central.name);
    directory.extend_from_slice(&entry.central.extra);
    directory.extend_from_slice(&entry.comment);
}

fn write_common(out: &mut Vec<u8>, header: &CraftedHeader) {
    put16(out, &[header.flags, header.method, 0, 0x21]);
    put32(out, &[header.checksum, header.compressed, header.expanded]);
    let lengths = [header.name.len(), header.extra.len()];
    put16(out, &lengths.map(|length| u16::try_from(length).unwrap()));
}

pub(super) fn write_end(
    archive: &mut Vec<u8>,
    entries: usize,
    start: u64,
    size: usize,
    change: fn(&mut End),
) {
    let narrow = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    let mut end = End {
        volumes: [0, 0],
        entries: [u16::try_from(entries).unwrap_or(u16::MAX); 2],
        size: narrow(size as u64),
        start: narrow(start),
        comment: Vec::new(),
        comment_length: 0,
    };
    change(&mut end);
    archive.extend_from_slice(b"PK\x05\x06");
    put16(archive, &end.volumes);
    put16(archive, &end.entries);
    put32(archive, &[end.size, end.start]);
    put16(archive, &[end.comment_length]);
    archive.extend_from_slice(&end.comment);
}

pub(super) fn write_wide_end(
    archive: &mut Vec<u8>,
    entries: usize,
    start: u64,
    size: usize,
    change: fn(&mut WideEnd),
) {
    let mut end = WideEnd {
        length: 44,
        volumes: [0, 0],
        entries: [entries as u64; 2],
        size: size as u64,
        start,
        record_start: start + size as u64,
        locator_volumes: [0, 1],
    };
    change(&mut end);
    archive.extend_from_slice(b"PK\x06\x06");
    put64(archive, &[end.length]);
    put16(archive, &[45, 45]);
    put32(archive, &end.volumes);
    put64(archive, &end.entries);
    put64(archive, &[end.size, end.start]);
    archive.extend_from_slice(b"PK\x06\x07");
    put32(archive, &end.locator_volumes[..1]);
    put64(archive, &[end.record_start]);
    put32(archive, &end.locator_volumes[1..]);
}

fn put16(out: &mut Vec<u8>, values: &[u16]) {
    values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
}

fn put32(out: &mut Vec<u8>, values: &[u32]) {
    values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
}

fn put64(out: &mut Vec<u8>, values: &[u64]) {
    values.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
}

/// What the checksum of zip makes of each byte, computed bit by bit.
const CHECKSUMS: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut sum, mut bit) = (byte as u32, 0);
        while bit < 8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
            bit += 1;
        }
        table[byte] = sum;
        byte += 1;
    }
    table
};

/// The checksum of zip. It is not that of the reader.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    // A plain loop, since iterators are slow where nothing is optimized.
    for byte in bytes {
        sum = (sum >> 8) ^ CHECKSUMS[((sum ^ *byte as u32) & 0xff) as usize];
    }
    !sum
}
