//! R16: archives that are wrong, hide something or may not be readable.

use std::io::Write as _;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn data() -> CraftedEntry {
    CraftedEntry::file("data", "four")
}

/// A zip of one deflated file beside the manifest, by the library.
fn deflated(name: &str, content: &[u8]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [("export-manifest.json", MANIFEST.as_bytes()), (name, content)] {
        zip.start_file(name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn what_is_no_zip_is_refused() {
    let cases: [(&str, &[u8]); 8] = [
        ("nothing", b""),
        ("text", b"no zip at all"),
        ("json", MANIFEST.as_bytes()),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0"),
        ("two letters of another", b"PX"),
        ("only the middle of one", b"PK\x01\x02 and more"),
        ("html", b"<!doctype html><title>502</title>"),
        ("zeros", &[0; 100_000]),
    ];
    for (case, archive) in cases {
        assert_refused(case, archive, "not-zip");
    }
    let sound = bundle_with(data()).build();
    assert_refused("something before it", &[b"#!", &sound[..]].concat(), "not-zip");
}

#[test]
fn entries_that_share_bytes_are_refused() {
    let twice = |name: &str| CraftedEntry::file(name, "x").with(|it| it.header_start = Some(0));
    assert_refused("one header twice", &bundle_with(twice("data")).build(), "overlap");
    let nested = CraftedEntry::file("inner", "x");
    let mut inner = Vec::new();
    craft::write_local(&mut inner, &nested);
    inner.push(b'x');
    let outer = CraftedEntry::file("outer", &inner);
    let start = bundle_with(outer.clone()).build().windows(4).position(|it| it == b"PK\x01\x02");
    let start = u32::try_from(start.unwrap() - inner.len()).unwrap();
    let nested = nested.with(|it| it.header_start = Some(start));
    let archive = Crafted::new([manifest(), outer, nested]).build();
    assert_refused("an entry in another", &archive, "overlap");
    let over = data().headers(|it| (it.compressed, it.expanded) = (400, 400));
    assert_refused("an entry over the directory", &bundle_with(over).build(), "overlap");
    let first = manifest().headers(|it| (it.compressed, it.expanded) = (60, 60));
    let archive = Crafted::new([first, CraftedEntry::file("data", "x".repeat(60))]).build();
    assert_refused("an entry over the next", &archive, "overlap");
}

#[test]
fn headers_that_disagree_are_refused() {
    let cases = [
        ("another size", data().with(|it| it.local.expanded = 5)),
        ("another packed size", data().with(|it| it.local.compressed = 5)),
        ("another checksum", data().with(|it| it.local.checksum = 5)),
        ("another method", data().with(|it| it.local.method = 8)),
        ("encrypted by one", data().with(|it| it.local.flags = 1)),
        ("streamed by one", data().with(|it| it.local.flags = 8)),
        ("two sizes of what is stored", data().headers(|it| it.expanded = 5)),
        ("a directory with content", CraftedEntry::file("d/", "x")),
        ("a directory by mode", data().mode(0o040_755)),
        ("a file by mode", CraftedEntry::file("d/", "").mode(0o100_644)),
        ("a field that is cut off", data().headers(|it| it.extra = vec![1, 2, 3])),
        ("a field that is too long", data().headers(|it| it.extra = vec![9, 9, 9, 0])),
        ("no header", data().with(|it| it.header_start = Some(1))),
    ];
    for (case, entry) in cases {
        let expected = if case == "no header" { "overlap" } else { "contradiction" };
        // A header at 1 lies within the manifest's.
        assert_refused(case, &bundle_with(entry).build(), expected);
    }
}

#[test]
fn what_is_neither_file_nor_directory_is_refused() {
    let link = [&[0; 12][..], b"/etc/passwd"].concat();
    let other_link = [&[0; 14][..], b"/etc/passwd"].concat();
    let mut cases = vec![
        ("a link in a Unix field", data().extra(0x000d, &link)),
        ("a link in another Unix field", data().extra(0x756e, &other_link)),
        ("a link to a directory", CraftedEntry::file("d/", "").mode(0o120_777)),
        (
            "a link in the local header only",
            data().with(|it| it.local.extra = craft::extra(0x000d, &link)),
        ),
    ];
    for mode in [0o120_777, 0o120_000, 0o010_644, 0o020_644, 0o060_644, 0o140_644, 0o150_000] {
        cases.push(("a mode", data().mode(mode)));
    }
    for (case, entry) in cases {
        assert_refused(case, &bundle_with(entry).build(), "not-a-file");
    }
}

#[test]
fn what_is_encrypted_is_refused() {
    for flags in [1, 1 | 1 << 6, 1 << 13, 1 << 6, 1 | 8] {
        let entry = data().headers(|it| it.flags = flags);
        assert_refused(&format!("flags {flags:#x}"), &bundle_with(entry).build(), "encrypted");
    }
    let entry = data().extra(0x9901, &[2, 0, b'A', b'E', 3, 8, 0]);
    assert_refused("by another field", &bundle_with(entry).build(), "encrypted");
    let archive = Crafted::new([manifest().headers(|it| it.flags = 1)]).build();
    assert_refused("the manifest", &archive, "encrypted");
}

#[test]
fn what_bundles_never_use_is_refused() {
    for method in [1, 6, 9, 12, 14, 93, 95, 98, 99, 0xffff] {
        let entry = data().headers(|it| it.method = method);
        assert_refused(&format!("method {method}"), &bundle_with(entry).build(), "unsupported");
    }
    let patched = data().headers(|it| it.flags = 1 << 5);
    assert_refused("patched", &bundle_with(patched).build(), "unsupported");
    let volume = data().with(|it| it.volume = 1);
    assert_refused("another volume", &bundle_with(volume).build(), "unsupported");
}

#[test]
fn a_document_that_is_damaged_is_refused() {
    let broken = manifest().headers(|it| it.checksum ^= 1);
    assert_refused("another checksum", &Crafted::new([broken]).build(), "damaged");
    let garbage = manifest().headers(|it| it.method = 8);
    assert_refused("not deflated", &Crafted::new([garbage]).build(), "damaged");
    let path = "project_config/params.json";
    for lie in [1_u32, 500, 501, 70_000] {
        let mut archive = deflated(path, &[b' '; 1000]);
        let narrow = 1000_u32.to_le_bytes();
        while let Some(at) = archive.windows(4).position(|window| window == narrow) {
            archive[at..at + 4].copy_from_slice(&lie.to_le_bytes());
        }
        let expected = if lie == 70_000 { "over-limit" } else { "damaged" };
        assert_refused(&format!("{lie} bytes instead of 1000"), &archive, expected);
    }
}

#[test]
fn a_thousandfold_expansion_is_refused_in_documents_and_taken_in_data() {
    let zeros = vec![0; 20 * 1024 * 1024];
    let document = deflated("project_config/params.json", &zeros);
    let error = assert_refused("a document", &document, "over-limit");
    assert!(matches!(error, BundleError::OverLimit { by: LimitedBy::ExpansionRatio, .. }));
    // A valid file of one repeated byte reaches the maximum ratio of the format.
    assert!(read(&deflated("data/zeros.csv", &zeros)).is_ok());
    let nothing = data().headers(|it| {
        (it.method, it.compressed, it.expanded) = (8, 0, 5_000_000);
    });
    let nothing = nothing.with(|it| it.data.clear());
    assert_refused("much out of nothing", &bundle_with(nothing).build(), "damaged");
}

#[test]
fn an_archive_in_the_archive_is_never_opened() {
    let bomb = deflated("data", &vec![0; 4 * 1024 * 1024]);
    let nested = bundle_with(CraftedEntry::file("inner.zip", bomb)).build();
    assert_eq!(read(&nested).unwrap().bundle_id.as_str(), "v1");
}

#[test]
fn what_lies_beside_the_folder_of_a_bundle_is_named() {
    for beside in ["__MACOSX/._a", ".DS_Store"] {
        let manifest = CraftedEntry::file("churn/export-manifest.json", MANIFEST);
        let archive = Crafted::new([CraftedEntry::file(beside, "x"), manifest]).build();
        match assert_refused(beside, &archive, "no-manifest") {
            BundleError::BesideFolder { folder, beside: named } => {
                assert_eq!((&*folder, Some(&*named)), ("churn", beside.split('/').next()));
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_split_archive_is_called_one() {
    for mark in [b"PK\x07\x08".as_slice(), b"PK00"] {
        let archive = [mark, &bundle_with(data()).build()].concat();
        let error = assert_refused("split", &archive, "unsupported");
        assert!(error.to_string().contains("split archive"), "{error}");
    }
}

#[test]
fn a_zip_that_is_no_bundle_is_refused() {
    let cases = [
        ("an empty zip", Crafted::new([])),
        ("other files", Crafted::new([data()])),
        (
            "a manifest of another case",
            Crafted::new([CraftedEntry::file("Export-Manifest.json", MANIFEST)]),
        ),
        (
            "a manifest that is a directory",
            Crafted::new([CraftedEntry::file("export-manifest.json/", "")]),
        ),
        (
            "a manifest two levels down",
            Crafted::new([CraftedEntry::file("a/b/export-manifest.json", MANIFEST)]),
        ),
        (
            "a wrapper beside another",
            Crafted::new([CraftedEntry::file("a/export-manifest.json", MANIFEST), data()]),
        ),
    ];
    for (case, crafted) in cases {
        assert_refused(case, &crafted.build(), "no-manifest");
    }
}
