//! R16: whatever the bytes are, the reader returns and does not panic.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// A small bundle with every kind of document.
fn small_bundle() -> Vec<u8> {
    let stored = bundle_of([
        (
            "export-manifest.json",
            r#"{"projectKey": "CHURN", "bundleId": "v1", "connections": ["sql"]}"#,
        ),
        ("project_config/params.json", r#"{"projectKey": "CHURN", "name": "Churn"}"#),
        ("project_config/datasets/a.json", r#"{"type": "S3", "params": {"connection": "s3"}}"#),
        ("project_config/scenarios/NIGHTLY.json", r#"{"runAsUser": "mina"}"#),
        ("data/part", "0123456789"),
    ]);
    assert!(read(&stored).is_ok());
    stored
}

#[test]
fn an_archive_cut_off_anywhere_is_refused() {
    let archive = small_bundle();
    for length in 0..archive.len() {
        assert_refused(
            &format!("{length} bytes"),
            &archive[..length],
            match length {
                0 => "not-zip",
                _ => "truncated",
            },
        );
    }
}

#[test]
fn a_flipped_byte_is_refused_or_changes_nothing() {
    let archive = small_bundle();
    let contents = read(&archive).unwrap();
    let mut refused = 0;
    for at in 0..archive.len() {
        for mask in [0x01, 0x02, 0x08, 0x20, 0x80, 0xff] {
            let mut flipped = archive.clone();
            flipped[at] ^= mask;
            match read(&flipped) {
                Ok(read) => assert_eq!(read, contents, "byte {at} mask {mask:#x}"),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > archive.len() * 3, "only {refused} were refused");
}

#[test]
fn bytes_put_in_or_left_out_are_refused_or_change_nothing() {
    let archive = small_bundle();
    let contents = read(&archive).unwrap();
    for at in 0..archive.len() {
        let longer = [&archive[..at], b"P", &archive[at..]].concat();
        let shorter = [&archive[..at], &archive[at + 1..]].concat();
        for changed in [longer, shorter] {
            if let Ok(read) = read(&changed) {
                assert_eq!(read, contents, "byte {at}");
            }
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("EXPLICIT_ENV")),
    ];
    let names = proptest::sample::select(vec![
        "projectKey",
        "bundleId",
        "connections",
        "name",
        "type",
        "params",
        "connection",
        "codeEnvs",
        "envSelection",
        "envName",
        "envMode",
        "permissions",
        "group",
        "user",
        "designNode",
        "url",
        "id",
        "runAsUser",
        "markedAsTest",
        "settings",
        "python",
        "mode",
        "releaseNotes",
        "plugins",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((names.clone(), inner), 0..8).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(name, it)| (name.to_owned(), it)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(read(&bytes).is_err());
        let begun = [b"PK\x03\x04".as_slice(), &bytes].concat();
        prop_assert!(read(&begun).is_err());
    }

    #[test]
    fn any_directory_is_answered(
        directory in proptest::collection::vec(any::<u8>(), 0..300),
        entries in 0..4_usize,
    ) {
        let mut archive = b"PK\x03\x04".to_vec();
        archive.extend_from_slice(&directory);
        craft::write_end(&mut archive, entries, 4, directory.len(), |_| {});
        prop_assert!(read(&archive).is_err());
    }

    #[test]
    fn several_changed_bytes_never_make_another_project_of_it(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let archive = small_bundle();
        let mut changed = archive.clone();
        for (at, byte) in changes {
            let at = at.index(changed.len());
            changed[at] = byte;
        }
        if let Ok(contents) = read(&changed) {
            prop_assert_eq!(contents.project_key.as_str(), "CHURN");
            prop_assert_eq!(contents.bundle_id.as_str(), "v1");
        }
    }

    #[test]
    fn any_documents_are_answered(document in any_json(), text in ".{0,200}") {
        let document = document.to_string();
        for text in [document.as_str(), text.as_str()] {
            let _answer = read(&bundle_of([("export-manifest.json", text)]));
            for path in ["params", "datasets/a", "recipes/a", "webapps/a", "scenarios/a"] {
                let path = format!("project_config/{path}.json");
                let documents = [("export-manifest.json", MANIFEST), (&path, text)];
                if let Ok(contents) = read(&bundle_of(documents)) {
                    prop_assert_eq!(contents.project_key.as_str(), "CHURN");
                }
            }
        }
    }
}
