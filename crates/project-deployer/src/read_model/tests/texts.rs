//! A store that holds texts is read as one that holds values, whatever form a document has.

use project_deployer_core::deployment::DeploymentSettings;
use project_deployer_core::document::Document as _;
use project_deployer_store::{Revision, SecretsAtRest, SqliteStore};
use serde_json::{Value, json};

use super::*;

/// A deployment as this program writes it.
fn deployment(id: &str) -> Value {
    json!({"format": 1, "document": {
        "createdBy": "root", "modifiedBy": "dana", "uid": "7f",
        "settings": {
            "id": id, "infraId": "dev", "publishedProjectKey": "P", "bundleId": "v1", "tags": ["a"],
            "deployedProjectKey": "P_DEV", "localVariables": {"a": 1}, "scenariosToActivate": {"s": true},
            "bundleContainerSettings": {
                "codeEnvsBehavior": {
                    "envImportSpecificationMode": "ACTUAL", "importTimeMode": "DO_NOTHING",
                },
                "remapping": {"codeEnvs": [], "connections": []},
            },
            "disableAutomaticTriggers": false, "includeInfraRemappings": true,
        },
    }})
}

/// The same with another value at a place of the settings.
fn with(id: &str, place: &str, value: Value) -> (&'static str, String, Value) {
    let mut body = deployment(id);
    match body.pointer_mut(place) {
        Some(found) => *found = value,
        None => {
            let (parent, field) = place.rsplit_once('/').unwrap();
            body.pointer_mut(parent).unwrap()[field] = value;
        }
    }
    ("deployment", id.to_owned(), body)
}

fn documents() -> Vec<(&'static str, String, Value)> {
    let settings = "/document/settings";
    let plain = |kind, id: &str, document| {
        (kind, id.to_owned(), json!({"format": 1, "document": document}))
    };
    let update = json!({
        "deployment": "plain", "start": 5, "task": "t", "bundle": "v1", "end": 6, "requester": "root",
        "status": "SUCCESS", "origin": {"previous": "v0"},
    });
    vec![
        ("deployment", "plain".to_owned(), deployment("plain")),
        with("folder", &format!("{settings}/projectFolderId"), json!("f")),
        with("unknown", &format!("{settings}/somethingNew"), json!({"a": [1, 2.5]})),
        with("tags", &format!("{settings}/tags"), json!("a,b")),
        with(
            "remapped",
            &format!("{settings}/bundleContainerSettings/remapping/connections"),
            json!([{"source": "a", "target": "b"}]),
        ),
        with("wrong", &format!("{settings}/infraId"), json!("a/b")),
        with("newer", "/format", json!(99)),
        with("beside", "/document/somethingNew", json!(1)),
        with("another", &format!("{settings}/id"), json!("plain")),
        ("deployment", "nothing".to_owned(), json!(null)),
        plain(
            "deployed-project",
            "dev/P_DEV",
            json!({"infra": "dev", "key": "P_DEV", "deployment": "plain", "older": ["folder"]}),
        ),
        plain("latest-update", "plain", update),
        plain("bundle", "P/v1", json!({"project": "P", "id": "v1", "published": null, "new": 1})),
        plain("user", "ann", json!({"login": "ann", "groups": ["ops"], "email": "a@b", "new": {}})),
        plain("group", "ops", json!({"name": "ops", "admin": true})),
        plain("group", "dev", json!({"name": 7})),
    ]
}

/// All that a snapshot says, but for revisions.
fn said(snapshot: &Snapshot) -> Vec<String> {
    let mut said = Vec::new();
    for (id, entry) in snapshot.deployments.iter() {
        let record = entry.record.as_ref().map(|kept| &kept.value);
        let latest = entry.latest.as_ref().map(|kept| &kept.value);
        said.push(format!("{id} {record:?} {latest:?} {}", entry.superseded));
    }
    for (key, kept) in snapshot.deployed_keys.iter() {
        said.push(format!("{key} {:?}", kept.value));
    }
    for (key, entry) in snapshot.projects.iter() {
        let bundles: Vec<_> = entry.bundles.iter().map(|(_, kept)| &kept.value).collect();
        said.push(format!("{key} {bundles:?}"));
    }
    said.extend(snapshot.users().map(|user| format!("{user:?} {}", json!(user))));
    said.extend(snapshot.groups().map(|group| format!("{group:?}")));
    let unreadable = snapshot.unreadable.iter();
    said.extend(unreadable.map(|(key, found)| format!("{key} {}", found.reason)));
    said
}

#[tokio::test]
async fn a_text_is_read_as_its_value() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deployer.db");
    let texts = SqliteStore::open(path, SecretsAtRest::Plain).await.unwrap();
    let values = MemoryStore::new();
    for (kind, id, body) in documents() {
        let commit = Commit::new().put(Collection::new(kind).key(id), Expected::Absent, body);
        values.commit(commit.clone()).await.unwrap();
        texts.commit(commit).await.unwrap();
    }
    let [read, expected] = [
        ReadModel::new(Arc::new(texts)).snapshot().await.unwrap(),
        ReadModel::new(Arc::new(values)).snapshot().await.unwrap(),
    ];
    assert_eq!(said(&read), said(&expected));
    assert_eq!(read.unreadable.len(), 5, "{:?}", said(&read));
    assert_eq!(read.revision, Revision(documents().len() as u64));
    // What this program writes takes the short way.
    let plain: DeploymentSettings =
        DeploymentSettings::from_document(deployment("plain")["document"]["settings"].clone())
            .unwrap();
    assert!(
        crate::state::DeploymentRecord::as_written(deployment("plain").to_string().as_bytes())
            .is_some_and(|read| read.settings == plain)
    );
}
