//! R16: the data of every entry ends where its compressed bytes end, and its descriptor agrees.
//! Stream readers continue where the data ends, directory readers where the directory says.

use project_deployer_core::bundle::ArchiveNoteKind;

use super::*;

/// A file that is deflated, in one stored block.
fn deflated_file(name: &str, content: &str) -> CraftedEntry {
    let length = u16::try_from(content.len()).unwrap();
    let block = [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), content.as_bytes()];
    let packed = block.concat();
    let size = u32::try_from(packed.len()).unwrap();
    CraftedEntry::file(name, content).with(|it| it.data = packed).headers(|it| {
        (it.method, it.compressed) = (8, size);
    })
}

/// The same entry with its sizes after its data.
fn streamed(entry: CraftedEntry, signed: bool, wide: bool) -> CraftedEntry {
    entry.headers(|it| it.flags |= 8).with(|it| {
        let header = &it.central;
        if signed {
            it.after.extend_from_slice(b"PK\x07\x08");
        }
        it.after.extend_from_slice(&header.checksum.to_le_bytes());
        for size in [header.compressed, header.expanded] {
            it.after.extend_from_slice(&size.to_le_bytes());
            it.after.extend_from_slice(&[0; 4][..if wide { 4 } else { 0 }]);
        }
        (it.local.checksum, it.local.compressed, it.local.expanded) = (0, 0, 0);
    })
}

/// Bytes that a stream reader takes for one more entry.
fn hidden() -> Vec<u8> {
    let entry = CraftedEntry::file("project_config/params.json", "{}");
    let mut bytes = Vec::new();
    craft::write_local(&mut bytes, &entry);
    [&bytes[..], b"{}"].concat()
}

/// Appends bytes to the data that count as compressed size.
fn longer(entry: CraftedEntry, bytes: &[u8]) -> CraftedEntry {
    let more = u32::try_from(bytes.len()).unwrap();
    let grow = |size: &mut u32| *size += if *size == 0 { 0 } else { more };
    entry.headers(|it| grow(&mut it.compressed)).with(|it| it.data.extend_from_slice(bytes))
}

fn notes(archive: &[u8]) -> Vec<ArchiveNoteKind> {
    read(archive).unwrap().archive_notes.iter().map(|note| note.kind).collect()
}

#[test]
fn an_entry_behind_the_data_of_an_entry_is_refused() {
    let file = || deflated_file("data", "four");
    for (case, entry) in [
        ("not streamed", longer(file(), &hidden())),
        ("streamed", streamed(longer(file(), &hidden()), true, false)),
        ("one byte", longer(file(), b"x")),
        ("a document", longer(deflated_file("project_config/datasets/a.json", "{}"), &hidden())),
    ] {
        let error = assert_refused(case, &bundle_with(entry).build(), "hidden-data");
        assert!(error.to_string().contains("(entry `"), "{error}");
    }
    let stored = CraftedEntry::file("data", "four");
    let archive = bundle_with(longer(stored, &hidden())).build();
    assert_refused("stored", &archive, "contradiction");
}

#[test]
fn data_that_is_not_what_the_archive_says_is_refused_though_nobody_reads_it() {
    let file = || deflated_file("data", "four");
    for (case, entry) in [
        ("another checksum", file().headers(|it| it.checksum ^= 1)),
        ("larger", file().headers(|it| it.expanded += 1)),
        ("smaller", file().headers(|it| it.expanded -= 1)),
        ("not deflated", CraftedEntry::file("data", "four").headers(|it| it.method = 8)),
        ("no end", file().with(|it| it.data[0] = 0)),
        (
            "stored with another checksum",
            CraftedEntry::file("data", "four").headers(|it| it.checksum ^= 1),
        ),
    ] {
        let error = assert_refused(case, &bundle_with(entry).build(), "damaged");
        assert!(error.to_string().contains("`data`"), "{error}");
    }
}

#[test]
fn a_descriptor_is_read_in_each_of_its_forms_and_the_wide_one_gets_a_note() {
    for (signed, wide) in [(true, false), (false, false), (true, true), (false, true)] {
        let entry = streamed(deflated_file("data", "four"), signed, wide);
        let last = bundle_with(entry.clone()).build();
        let first = Crafted::new([entry, manifest()]).build();
        let expected = if wide { vec![ArchiveNoteKind::WideDescriptor] } else { Vec::new() };
        for archive in [last, first] {
            assert_eq!(notes(&archive), expected, "signed {signed}, wide {wide}");
        }
    }
}

#[test]
fn a_descriptor_that_says_something_else_is_refused() {
    for (signed, wide) in [(true, false), (false, false), (true, true), (false, true)] {
        let sound = streamed(deflated_file("data", "four"), signed, wide);
        for at in 0..sound.after.len() {
            let entry = sound.clone().with(|it| it.after[at] ^= 1);
            let case = format!("signed {signed}, wide {wide}, byte {at}");
            assert_refused(&case, &bundle_with(entry).build(), "contradiction");
        }
    }
    let none = streamed(deflated_file("data", "four"), true, false).with(|it| it.after.clear());
    assert_refused("none", &bundle_with(none).build(), "contradiction");
}

#[test]
fn a_checksum_that_looks_like_the_signature_needs_the_signature() {
    // The first text of four bytes whose checksum is that of the signature, found by search.
    let content = looks_like_a_signature();
    let file = || deflated_file("data", &content);
    assert_eq!(file().central.checksum, 0x0807_4b50);
    assert_eq!(notes(&bundle_with(streamed(file(), true, false)).build()), []);
    let archive = bundle_with(streamed(file(), false, false)).build();
    assert_refused("unsigned", &archive, "contradiction");
}

/// A text with the checksum 0x08074b50. The checksum of a text of given length is a sum of what each of
/// its bits adds, so bits of letters are chosen by elimination.
fn looks_like_a_signature() -> String {
    let letters = |bits: u64| -> String {
        (0..40).map(|at| if bits >> at & 1 == 1 { 'b' } else { 'c' }).collect()
    };
    let base = craft::checksum(letters(0).as_bytes());
    let mut rows: Vec<(u32, u64)> = Vec::new();
    let reduce = |mut sum: u32, mut bits: u64, rows: &[(u32, u64)]| {
        for (row, row_bits) in rows {
            if sum ^ row < sum {
                (sum, bits) = (sum ^ row, bits ^ row_bits);
            }
        }
        (sum, bits)
    };
    for at in 0..40 {
        let sum = craft::checksum(letters(1 << at).as_bytes()) ^ base;
        let (sum, bits) = reduce(sum, 1 << at, &rows);
        if sum != 0 {
            rows.push((sum, bits));
            rows.sort_unstable_by(|left, right| right.cmp(left));
        }
    }
    let (rest, bits) = reduce(base ^ 0x0807_4b50, 0, &rows);
    assert_eq!(rest, 0);
    letters(bits)
}

#[test]
fn what_one_kind_of_reader_cannot_read_is_taken_with_a_note() {
    let file = || CraftedEntry::file("data", "four");
    let unmarked = CraftedEntry::file("café", "x");
    let half = unmarked.clone().with(|it| it.central.flags |= 1 << 11);
    let one_size = deflated_file("data", "four").with(|it| {
        it.local.extra = craft::wide(&[it.local.expanded.into()]);
        it.local.expanded = u32::MAX;
    });
    for (case, entry, expected) in [
        ("stored", streamed(file(), true, false), ArchiveNoteKind::StoredWithDescriptor),
        ("a comment", file().with(|it| it.comment = vec![0xff]), ArchiveNoteKind::CommentNotUtf8),
        ("an unexpected field", file().extra(1, &[0; 4]), ArchiveNoteKind::UnusualZip64Field),
        ("one size", one_size, ArchiveNoteKind::UnusualZip64Field),
        ("a name", unmarked, ArchiveNoteKind::NameNotMarkedUtf8),
        ("a name in one header", half, ArchiveNoteKind::NameNotMarkedUtf8),
        ("a header", file().extra(0x9999, &[0; 65_500]), ArchiveNoteKind::LongHeader),
    ] {
        let found = read(&bundle_with(entry).build()).unwrap().archive_notes;
        assert_eq!(found.iter().map(|it| it.kind).collect::<Vec<_>>(), [expected], "{case}");
        let text = found[0].to_string();
        assert!(text.starts_with("a node may refuse this archive: entry `"), "{text}");
    }
    let twice = [file(), CraftedEntry::file("other", "x")].map(|it| streamed(it, true, false));
    let found = read(&Crafted::new([manifest()].into_iter().chain(twice)).build()).unwrap();
    let found = &found.archive_notes;
    assert!(matches!(&found[..], [note] if note.entry == "data" && note.more == 1), "{found:?}");
    assert_eq!(notes(&bundle_with(file()).build()), []);
}

#[test]
fn zeros_behind_the_end_are_padding_up_to_a_block() {
    let padded = |count: usize| {
        bundle_with(CraftedEntry::file("data", "four")).with(|it| it.trailing = vec![0; count])
    };
    for count in [1, 8_602, 65_535] {
        assert!(read(&padded(count).build()).is_ok(), "{count}");
    }
    assert_refused("more than a block", &padded(65_536).build(), "truncated");
}
