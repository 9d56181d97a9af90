//! Archives of other programs are read, whatever their compression.

use std::io::Write;

use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::*;

const FILES: [(&str, &str); 5] = [
    (
        "export-manifest.json",
        r#"{"projectKey": "CHURN", "bundleId": "v1", "projectName": "Churn"}"#,
    ),
    ("project_config/params.json", r#"{"permissions": [{"group": "ops", "admin": true}]}"#),
    ("project_config/variables.json", r#"{"standard": {"token": "canary"}}"#),
    ("project_config/datasets/orders.json", r#"{"type": "S3", "params": {"connection": "lake"}}"#),
    ("data/managed/part-0", "not JSON at all"),
];

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn packed(root: &str, options: SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, text) in FILES {
        zip.start_file(format!("{root}{path}"), options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn streamed() -> Vec<u8> {
    let mut zip = ZipWriter::new_stream(Vec::new());
    for (path, text) in FILES {
        zip.start_file(path, options()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    let stream: StreamWriter<Vec<u8>> = zip.finish().unwrap();
    stream.into_inner()
}

fn with_directories_and_a_comment() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.set_comment("made by hand").unwrap();
    for directory in ["project_config", "project_config/datasets", "empty"] {
        zip.add_directory(directory, SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
    }
    for (path, text) in FILES {
        zip.start_file(path, options().unix_permissions(0o600)).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[track_caller]
fn assert_read(case: &str, archive: &[u8]) {
    let contents = read(archive).expect(case);
    assert_eq!(contents.project_name.as_deref(), Some("Churn"), "{case}");
    assert_eq!(contents.connections[0].name, "lake", "{case}");
    assert_eq!(contents.permissions.len(), 1, "{case}");
}

#[test]
fn a_sound_archive_is_read_however_it_is_packed() {
    assert_read("deflated", &packed("", options()));
    assert_read("stored", &packed("", options().compression_method(CompressionMethod::Stored)));
    assert_read("zip64 fields in small files", &packed("", options().large_file(true)));
    assert_read("streamed", &streamed());
    assert_read("directories and a comment", &with_directories_and_a_comment());
}

#[test]
fn one_directory_may_wrap_everything() {
    assert_read("wrapped", &packed("CHURN-v1/", options()));
    let mut entries = vec![CraftedEntry::file("wrap/", "").mode(0o040_755)];
    entries.push(CraftedEntry::file("wrap/data", "x"));
    entries.push(CraftedEntry::file("wrap/export-manifest.json", MANIFEST));
    assert!(read(&Crafted::new(entries).build()).is_ok());
}

#[test]
fn what_the_official_layouts_differ_in_is_accepted() {
    let sound = [
        (
            "zip64 records that are not needed",
            bundle_with(CraftedEntry::file("d", "x")).wide_end(|_| {}),
        ),
        (
            "zip64 records that everything points to",
            bundle_with(CraftedEntry::file("d", "x")).wide_end(|_| {}).end(|end| {
                end.volumes = [u16::MAX; 2];
                end.entries = [u16::MAX; 2];
                (end.size, end.start) = (u32::MAX, u32::MAX);
            }),
        ),
        (
            "a locator that counts no volume",
            bundle_with(CraftedEntry::file("d", "x")).wide_end(|end| {
                end.locator_volumes = [0, 0];
            }),
        ),
        (
            "times and owners in extra fields",
            bundle_with(
                CraftedEntry::file("d", "x")
                    .extra(0x5455, &[1, 0, 0, 0, 0])
                    .extra(0x7875, &[1, 0, 0]),
            ),
        ),
        (
            "a note on an entry",
            bundle_with(
                CraftedEntry::file("d", "x").with(|entry| entry.comment = b"PK\x01\x02".to_vec()),
            ),
        ),
        (
            "the mark of UTF-8",
            bundle_with(CraftedEntry::file("é", "x").headers(|it| it.flags = 1 << 11)),
        ),
        ("entries in another order than the directory", {
            let swapped = Crafted::new([CraftedEntry::file("d", "x"), manifest()]);
            let second = u32::try_from(30 + 1 + 1).unwrap();
            let directory = [(manifest(), second), (CraftedEntry::file("d", "x"), 0)];
            let entries = swapped.entries.clone();
            Crafted::new(entries).with(|it| {
                for (entry, (central, start)) in it.entries.iter_mut().zip(directory) {
                    entry.central = central.central;
                    entry.header_start = Some(start);
                }
            })
        }),
    ];
    for (case, crafted) in sound {
        assert_eq!(read(&crafted.build()).expect(case).project_key.as_str(), "CHURN", "{case}");
    }
}

#[test]
fn an_archive_that_cannot_be_read_is_not_called_damaged() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk failed"))
        }
    }
    impl std::io::Seek for Broken {
        fn seek(&mut self, _: std::io::SeekFrom) -> std::io::Result<u64> {
            Ok(1_000)
        }
    }
    let error = read_bundle(Broken, &BundleLimits::default()).unwrap_err();
    assert_eq!(kind(&error), "io");
}

/// R16: nothing is written: the module imports nothing that can write.
#[test]
fn the_reader_names_no_file_system() {
    let sources = [
        include_str!("../../bundle_reader.rs"),
        include_str!("../archive.rs"),
        include_str!("../contents.rs"),
        include_str!("../central_directory.rs"),
        include_str!("../descriptor.rs"),
        include_str!("../document.rs"),
        include_str!("../ending.rs"),
        include_str!("../entry.rs"),
        include_str!("../entry_data.rs"),
        include_str!("../entry_name.rs"),
        include_str!("../expansion.rs"),
        include_str!("../extra.rs"),
        include_str!("../local_headers.rs"),
        include_str!("../manifest.rs"),
        include_str!("../names.rs"),
        include_str!("../noted.rs"),
        include_str!("../notes.rs"),
        include_str!("../required.rs"),
        include_str!("../requirements.rs"),
        include_str!("../two_names.rs"),
        include_str!("../unicode_path.rs"),
        include_str!("../walk.rs"),
        include_str!("../weight.rs"),
    ];
    for source in sources {
        for word in ["std::fs", "tempfile", "extract", "File::", "create"] {
            assert!(!source.contains(word), "{word}");
        }
    }
}
