use serde_json::json;

use super::*;
use crate::seed::{CodeEnvLanguage, MockPermission};

fn bundle() -> BundleBuilder {
    BundleBuilder::new("CHURN", "v1")
        .project_name("Churn")
        .connection("sql", "PostgreSQL")
        .python_env("py39")
        .plugin("geo", "1.2.0")
        .scenario(BundleScenario::new("NIGHTLY").trigger("t1", "temporal"))
        .permission(MockPermission::group("analysts").may("readProjectContent"))
        .variable("threshold", 0.5)
        .release_notes("first")
}

#[test]
fn what_was_built_is_read_again_in_every_layout() {
    for layout in [BundleLayout::Real, BundleLayout::Older, BundleLayout::Both] {
        let contents = read(&bundle().layout(layout).build().unwrap()).unwrap();
        assert_eq!((contents.project_key.as_str(), contents.bundle_id.as_str()), ("CHURN", "v1"));
        let sql = ("sql".to_owned(), Some("PostgreSQL".to_owned()));
        assert_eq!(contents.connections, [sql].into());
        assert_eq!(contents.code_envs, [("py39".to_owned(), CodeEnvLanguage::Python)].into());
        assert_eq!(contents.plugins, ["geo".to_owned()].into());
        assert_eq!(contents.scenarios[0]["triggers"][0]["type"], "temporal");
        assert_eq!(contents.permissions[0].group.as_deref(), Some("analysts"));
        assert_eq!(contents.standard_variables["threshold"], 0.5);
        assert_eq!(contents.release_notes.as_deref(), Some("first"));
        assert_eq!(contents.project_name, "Churn");
    }
}

#[test]
fn the_layout_of_a_design_node_has_the_names_of_a_design_node_only() {
    let manifest = read(&bundle().build().unwrap()).unwrap().manifest;
    assert_eq!(manifest["originalProjectKey"], "CHURN");
    assert_eq!(manifest["exportUserInfo"]["exportedOn"], "2026-01-01T00:00:00.000+0000");
    assert_eq!(manifest["requiredConnections"]["sql"]["type"], "PostgreSQL");
    for older in ["projectKey", "connections", "plugins", "codeEnvs", "releaseNotes"] {
        assert_eq!(manifest.get(older), None, "{older}");
    }
}

#[test]
fn two_names_of_one_field_with_two_values_are_refused() {
    let whole = read(&bundle().layout(BundleLayout::Both).build().unwrap()).unwrap().manifest;
    for (older, value) in [
        ("projectKey", json!("OTHER")),
        ("releaseNotes", json!("other")),
        ("exportedBy", json!("ben")),
        ("exportedOn", json!(1)),
        ("connections", json!([{"name": "sql", "type": "Oracle"}])),
        ("codeEnvs", json!([])),
        ("plugins", json!([{"id": "other"}])),
        ("designNode", json!({"nodeId": "elsewhere"})),
    ] {
        let mut manifest = whole.clone();
        manifest[older] = value;
        let archive = bundle().file("export-manifest.json", manifest.to_string()).build().unwrap();
        assert!(matches!(read(&archive), Err(BundleError::TwoValues(_))), "{older}");
    }
}

#[test]
fn equal_builders_make_equal_bytes() {
    assert_eq!(bundle().build().unwrap(), bundle().build().unwrap());
}

#[test]
fn a_connection_that_only_a_dataset_names_counts() {
    let archive = BundleBuilder::new("CHURN", "v1")
        .file(
            "project_config/datasets/orders.json",
            r#"{"name": "orders", "type": "Filesystem", "params": {"connection": "files"}}"#,
        )
        .build()
        .unwrap();
    let files = ("files".to_owned(), Some("Filesystem".to_owned()));
    assert_eq!(read(&archive).unwrap().connections, [files].into());
}

#[test]
fn what_is_no_bundle_is_refused() {
    assert!(matches!(read(b"no zip at all"), Err(BundleError::Zip(_))));
    let broken = bundle().file("export-manifest.json", "{").build().unwrap();
    assert!(
        matches!(read(&broken), Err(BundleError::Json { file, .. }) if file == "export-manifest.json")
    );
    let mut empty = std::io::Cursor::new(Vec::new());
    zip::ZipWriter::new(&mut empty).finish().unwrap();
    assert!(matches!(read(empty.get_ref()), Err(BundleError::Missing(_))));
}

#[test]
fn a_written_file_is_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v1.zip");
    bundle().write_to(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bundle().build().unwrap());
    let absent = folder.path().join("absent").join("v1.zip");
    assert!(matches!(bundle().write_to(absent), Err(BundleError::Io(_))));
}
