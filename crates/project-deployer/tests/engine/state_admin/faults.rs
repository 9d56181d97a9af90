//! Every kind of fault is found, and nothing else.

use project_deployer::state_admin::{FaultKind, verify};
use project_deployer_client::prelude::*;
use project_deployer_store::{
    BundleArchive as _, Collection, Commit, Expected, JournalStream, Maintenance as _, Store as _,
};
use serde_json::{Value, json};

use super::{SILENT, installed, state_of};
use crate::installation::{Installation, churn};

/// The objects with faults of a kind.
async fn faults(installation: &Installation) -> Vec<(FaultKind, String, String)> {
    let found = verify(&state_of(installation), SILENT()).await.unwrap();
    found.faults.into_iter().map(|fault| (fault.kind, fault.object, fault.what)).collect()
}

/// The id of the first document of a kind.
async fn first(installation: &Installation, kind: &'static str) -> String {
    let keys = installation.store.keys(None, 1000).await.unwrap();
    keys.into_iter().find(|key| key.collection.name() == kind).unwrap().id
}

async fn delete(installation: &Installation, kind: &'static str) {
    let key = Collection::new(kind).key(first(installation, kind).await);
    installation.store.commit(Commit::new().delete(key, Expected::Any)).await.unwrap();
}

/// Changes the first document of a kind, behind the back of the Deployer.
async fn change(installation: &Installation, kind: &'static str, change: impl FnOnce(&mut Value)) {
    let key = Collection::new(kind).key(first(installation, kind).await);
    let mut found = installation.store.read(&key).await.unwrap().unwrap();
    change(&mut found.body);
    let commit = Commit::new().put_sealed(key, Expected::Any, found.body, found.secrets);
    installation.store.commit(commit).await.unwrap();
}

/// The audit has journals as well.
async fn journal_of_an_update(installation: &Installation) -> JournalStream {
    let journals = installation.store.journals(None, 10).await.unwrap();
    journals.into_iter().find(|journal| journal.0.starts_with("update/")).unwrap()
}

#[tokio::test]
async fn a_state_that_is_whole_has_no_fault() {
    let installation = installed().await;
    let found = verify(&state_of(&installation), SILENT()).await.unwrap();
    assert_eq!(found.faults, []);
    assert_eq!((found.archives, found.unused_archives, found.secrets), (2, 0, 2));
    assert!(found.documents > 5 && found.entries > 5 && found.journals == 2, "{found:?}");
}

#[tokio::test]
async fn a_document_that_nothing_can_replace_leaves_references_to_it() {
    // What is deleted, who refers to it, and what is said of it.
    let cases: [(&str, &[(&str, &str)]); 6] = [
        ("deployment", &[("deployed-project/dev/CHURN", "names deployment/churn-dev")]),
        (
            "bundle",
            &[
                ("archive-reference/", "names bundle/CHURN/v1"),
                ("deployment/churn-dev", "names bundle/CHURN/v1"),
            ],
        ),
        (
            "published-project",
            &[
                ("bundle/CHURN/v1", "names published-project/CHURN"),
                ("bundle/CHURN/v2", "names published-project/CHURN"),
                ("deployment/churn-dev", "names published-project/CHURN"),
            ],
        ),
        (
            "infrastructure",
            &[
                ("deployed-project/dev/CHURN", "names infrastructure/dev"),
                ("deployment/churn-dev", "names infrastructure/dev"),
            ],
        ),
        ("task", &[]),
        ("latest-update", &[]),
    ];
    for (deleted, expected) in cases {
        let installation = installed().await;
        delete(&installation, deleted).await;
        let found = faults(&installation).await;
        assert_eq!(found.len(), expected.len(), "{deleted}: {found:?}");
        for ((kind, object, what), (expected, says)) in found.iter().zip(expected) {
            assert!(*kind == FaultKind::Reference && object.starts_with(expected), "{object}");
            assert!(what.contains(says) && what.contains("does not exist"), "{what}");
        }
    }
}

#[tokio::test]
async fn an_update_its_entry_and_its_journal_need_each_other() {
    let installation = installed().await;
    let update = first(&installation, "update").await;
    delete(&installation, "update").await;
    let found = faults(&installation).await;
    let objects: Vec<_> = found.iter().map(|(_, object, _)| object.as_str()).collect();
    assert_eq!(objects.len(), 2, "{found:?}");
    assert!(objects[0].starts_with("latest-update/") && objects[1].starts_with("task/"));
    assert!(found[1].2.contains(&update), "{found:?}");
    for kind in ["history", "deployment-history"] {
        let installation = installed().await;
        let entry = first(&installation, kind).await;
        delete(&installation, kind).await;
        let found = faults(&installation).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].2.contains(&entry), "{found:?}");
    }

    let installation = installed().await;
    delete(&installation, "update").await;
    delete(&installation, "history").await;
    let found = faults(&installation).await;
    assert!(found.iter().any(|(_, object, _)| object.starts_with("journal update/")), "{found:?}");

    let installation = installed().await;
    let stream = journal_of_an_update(&installation).await;
    installation.store.commit(Commit::new().remove_journal(stream.clone())).await.unwrap();
    let found = faults(&installation).await;
    let objects: Vec<_> = found.iter().map(|(_, object, _)| object.as_str()).collect();
    assert_eq!(objects.len(), 2, "{found:?}");
    assert!(objects[0].starts_with("history/") && objects[1].starts_with("update/"), "{found:?}");
    assert!(found[0].2.contains(&format!("{stream} has no entry")), "{found:?}");
}

#[tokio::test]
async fn a_bundle_that_was_deleted_cannot_be_deployed() {
    let installation = installed().await;
    change(&installation, "bundle", |body| body["document"]["published"] = Value::Null).await;
    let found = faults(&installation).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].1, "deployment/churn-dev");
    assert!(found[0].2.contains("bundle/CHURN/v1, which was deleted"), "{found:?}");
}

#[tokio::test]
async fn a_stage_that_does_not_exist_is_found() {
    let installation = installed().await;
    change(&installation, "infrastructure", |body| body["document"]["stage"] = json!("Nowhere"))
        .await;
    let found = faults(&installation).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].2.contains("stage Nowhere"), "{found:?}");
}

#[tokio::test]
async fn a_document_that_no_program_can_read_is_one_fault() {
    let kinds = [
        "infrastructure",
        "published-project",
        "bundle",
        "deployment",
        "deployed-project",
        "update",
        "latest-update",
        "history",
        "deployment-history",
        "task",
    ];
    for kind in kinds {
        for body in [json!(7), json!({"format": 1, "document": {}}), json!({"format": 99})] {
            let installation = installed().await;
            change(&installation, kind, |found| *found = body.clone()).await;
            let found = faults(&installation).await;
            let documents: Vec<_> =
                found.iter().filter(|(fault, ..)| *fault == FaultKind::Document).collect();
            assert_eq!(documents.len(), 1, "{kind} {body}: {found:?}");
            // What names it is no fault: it exists.
            assert_eq!(found.len(), 1, "{kind} {body}: {found:?}");
        }
    }
    let installation = installed().await;
    let key = Collection::new("from-a-later-release").key("x");
    installation.store.commit(Commit::new().put(key, Expected::Any, json!(1))).await.unwrap();
    let found = faults(&installation).await;
    assert!(found.len() == 1 && found[0].2.contains("knows no kind"), "{found:?}");
}

#[tokio::test]
async fn a_document_under_the_id_of_another_is_found() {
    let installation = installed().await;
    let dev = Collection::new("infrastructure").key("dev");
    let found = installation.store.read(&dev).await.unwrap().unwrap();
    let other = Collection::new("infrastructure").key("test");
    let commit = Commit::new().put(other, Expected::Absent, found.body);
    installation.store.commit(commit).await.unwrap();
    let found = faults(&installation).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0, found[0].1.as_str()), (FaultKind::Document, "infrastructure/test"));
    assert!(found[0].2.contains("id `dev` inside"), "{found:?}");
}

#[tokio::test]
async fn an_entry_that_no_program_can_read_is_found() {
    let installation = installed().await;
    let stream: JournalStream = journal_of_an_update(&installation).await;
    let entries = installation.store.journal(&stream, 0, 1000).await.unwrap().len() + 1;
    let commit = Commit::new().append(stream.clone(), json!({"kind": "unheard-of"}));
    installation.store.commit(commit).await.unwrap();
    let found = faults(&installation).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].0, &found[0].1),
        (FaultKind::Journal, &format!("entry {entries} of journal {stream}"),)
    );
}

#[tokio::test]
async fn a_missing_archive_is_found_and_an_unused_one_is_no_fault() {
    let installation = installed().await;
    let digest = installation.stored_digests().await.remove(0);
    installation.archive.delete(&digest).await.unwrap();
    let found = faults(&installation).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, FaultKind::ArchiveMissing);
    assert!(found[0].1.starts_with("bundle/CHURN/v") && found[0].2.contains(digest.as_str()));

    let installation = installed().await;
    installation.publish("v3").await;
    let key = Collection::new("bundle").key("CHURN/v3");
    let keys = installation.store.keys(None, 1000).await.unwrap();
    let is_its = |id: &str| id.ends_with("/CHURN/v3");
    let reference = keys.into_iter().find(|key| is_its(&key.id)).unwrap();
    let commit = Commit::new().delete(key, Expected::Any).delete(reference, Expected::Any);
    installation.store.commit(commit).await.unwrap();
    let found = verify(&state_of(&installation), SILENT()).await.unwrap();
    assert_eq!((found.faults.len(), found.archives, found.unused_archives), (0, 3, 1));
}

#[tokio::test]
async fn what_is_left_of_a_deleted_project_is_no_fault() {
    let installation = Installation::new().await.with_bundle().await;
    installation.admin().delete_project(&churn()).await.unwrap();
    assert_eq!(faults(&installation).await, []);
}
