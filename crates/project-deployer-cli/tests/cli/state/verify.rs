//! `deployer state verify` finds what is damaged, wherever it is, and names it.

use std::fs;
use std::path::PathBuf;

use project_deployer::store::{Collection, Commit, Expected, Store as _};
use serde_json::Value;

use super::filled::Filled;
use super::{done, state};

/// Changes one byte of a file, `after` bytes behind the last place where it has these bytes.
fn flip(file: &PathBuf, bytes: &[u8], after: usize) {
    let mut all = fs::read(file).unwrap();
    let at = all.windows(bytes.len()).rposition(|found| found == bytes).unwrap() + after;
    all[at] ^= 1;
    fs::write(file, all).unwrap();
}

/// The faults of state `one`.
async fn faults(places: &Filled) -> Vec<Value> {
    let (code, found, errors) = state(&["verify", &places.url("one")]).await;
    assert_eq!(code, 1, "{found} {errors}");
    found["faults"].as_array().unwrap().clone()
}

fn assert_fault(fault: &Value, kind: &str, object: &str) {
    assert_eq!(fault["kind"], kind, "{fault}");
    let found = fault["object"].as_str().unwrap();
    assert!(found.contains(object), "{fault}");
}

fn archive(places: &Filled) -> PathBuf {
    let directory = places.file("one", "deployer.db.bundles").join("sha256");
    fs::read_dir(directory).unwrap().next().unwrap().unwrap().path()
}

#[tokio::test]
async fn a_flipped_byte_of_a_document_is_found() {
    let places = Filled::new().await;
    // It is valid JSON afterwards, with another login.
    flip(&places.file("one", "deployer.db"), b"\"publishedBy\":\"dana\"", 15);
    let found = faults(&places).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_fault(&found[0], "document", "bundle/CHURN/v");
}

#[tokio::test]
async fn a_flipped_byte_of_an_update_or_its_journal_is_found() {
    let places = Filled::new().await;
    flip(&places.file("one", "deployer.db"), b"\"requester\":\"dana\"", 13);
    let found = faults(&places).await;
    assert!(!found.is_empty());
    let kinds: Vec<_> = found.iter().map(|fault| fault["kind"].as_str().unwrap()).collect();
    assert!(kinds.iter().all(|kind| ["journal", "document"].contains(kind)), "{found:?}");
}

#[tokio::test]
async fn a_flipped_byte_of_a_sealed_value_is_found() {
    let places = Filled::new().await;
    let status = done(&["status", &places.url("one")]).await;
    let key = status["secrets"]["currentKey"].as_str().unwrap().to_owned();
    let file = places.file("one", "deployer.db");
    // The value that shows whether the key is right is sealed as well: the places of both are tried.
    let front = format!("1:{key}:");
    let all = fs::read(&file).unwrap();
    let places_of: Vec<_> = (0..all.len() - front.len())
        .filter(|at| all[*at..].starts_with(front.as_bytes()))
        .collect();
    assert!(places_of.len() >= 3, "two secrets and the check");
    let mut secrets = 0;
    for at in places_of {
        let mut changed = all.clone();
        changed[at + front.len() + 30] ^= 1;
        fs::write(&file, &changed).unwrap();
        let (code, found, errors) = state(&["verify", &places.url("one")]).await;
        match code {
            1 => {
                assert_fault(&found["faults"][0], "secret", "infrastructure/");
                secrets += 1;
            }
            // A place that is not used any more.
            0 => {}
            _ => assert!(code == 3 && errors.contains("key"), "{errors}"),
        }
        fs::write(&file, &all).unwrap();
    }
    assert_eq!(secrets, 2);
}

#[tokio::test]
async fn a_damaged_or_missing_archive_is_found() {
    let places = Filled::new().await;
    let file = archive(&places);
    let digest = file.file_name().unwrap().to_str().unwrap().to_owned();
    let whole = fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for bytes in [&flipped[..], &whole[..whole.len() - 1]] {
        fs::write(&file, bytes).unwrap();
        let found = faults(&places).await;
        assert!(found.iter().all(|fault| fault["kind"] == "archive-damaged"), "{found:?}");
        assert_fault(&found[0], "archive-damaged", &digest);
    }
    fs::remove_file(&file).unwrap();
    let found = faults(&places).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_fault(&found[0], "archive-missing", "bundle/CHURN/v");
    assert!(found[0]["what"].as_str().unwrap().contains(&digest));
}

#[tokio::test]
async fn a_dangling_reference_is_found() {
    let kinds = [
        ("infrastructure", "dev", "deployment/churn"),
        ("published-project", "CHURN", "deployment/churn"),
        ("bundle", "CHURN/v1", "deployment/churn"),
        ("deployment", "churn", "deployed-project/dev/CHURN"),
    ];
    for (kind, id, object) in kinds {
        let places = Filled::new().await;
        let store = places.store("one").await;
        let commit = Commit::new().delete(Collection::new(kind).key(id), Expected::Any);
        store.commit(commit).await.unwrap();
        let found = faults(&places).await;
        let of_object: Vec<_> = found.iter().filter(|fault| fault["object"] == object).collect();
        assert_eq!(of_object.len(), 1, "{kind}: {found:?}");
        assert_fault(of_object[0], "reference", object);
    }
}

#[tokio::test]
async fn a_file_that_is_cut_or_overwritten_is_no_panic() {
    let places = Filled::new().await;
    let file = places.file("one", "deployer.db");
    let whole = fs::read(&file).unwrap();
    let mut zeros = whole.clone();
    for page in zeros.chunks_mut(4096).skip(3).step_by(2) {
        page.fill(0);
    }
    for bytes in [zeros, whole[..whole.len() / 2].to_vec(), b"x".repeat(9000)] {
        fs::write(&file, bytes).unwrap();
        let (code, found, errors) = state(&["verify", &places.url("one")]).await;
        assert!([1, 3, 4].contains(&code), "{code} {found} {errors}");
        assert!(!errors.contains("panicked"), "{errors}");
    }
}

#[tokio::test]
async fn a_backup_with_a_fault_is_not_restored() {
    let places = Filled::new().await;
    let url = places.url("backup");
    done(&["backup", &places.url("one"), &url]).await;
    flip(&places.file("backup", "deployer.db"), b"\"publishedBy\":\"dana\"", 15);
    let keys = format!("file:{}", places.file("one", "deployer.db.key").display());
    let new = places.url("new");
    let (code, _, errors) = state(&["restore", &url, &new, "--from-key", &keys]).await;
    assert!(code == 3 && errors.contains("has 1 faults"), "{code} {errors}");
    assert!(!places.path().join("new").exists());
}
