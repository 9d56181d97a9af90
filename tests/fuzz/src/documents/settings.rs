use std::fmt::Debug;

use project_deployer_core::Problems;
use project_deployer_core::accounts::{Group, LdapSettings, User, read_groups, read_users};
use project_deployer_core::bundle::{BundleContents, PublishedBundle};
use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::document::Document as _;
use project_deployer_core::document::parse_json;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::published_project::PublishedProjectSettings;
use project_deployer_core::stage::StageCatalogue;
use project_deployer_ldap::supplier::SupplierRules;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::shown::assert_fit_to_show;

/// A document that is taken is written as what it was read as, whatever kind of document it is taken
/// for; one that is not is refused by paths.
pub fn settings_documents(bytes: &[u8]) {
    let document = match parse_json(bytes) {
        Ok(document) => document,
        Err(problems) => return assert_problems(&problems),
    };
    infra(&document);
    ldap(&document);
    survives(&document, DeploymentSettings::from_document, DeploymentSettings::to_document);
    survives(
        &document,
        PublishedProjectSettings::from_document,
        PublishedProjectSettings::to_document,
    );
    survives(&document, StageCatalogue::from_document, json);
    survives(&document, User::from_document, json);
    survives(&document, Group::from_document, json);
    survives_serde::<BundleContents>(&document);
    survives_serde::<PublishedBundle>(&document);
    if let Err(problems) = DeploymentCreation::from_document(document.clone()) {
        assert_problems(&problems);
    }
    accounts(document);
}

fn json(document: &impl Serialize) -> Value {
    serde_json::to_value(document).unwrap()
}

/// Reads a document, writes it, reads that, and writes it once more. The value, where it was taken.
fn survives<T: PartialEq + Debug>(
    document: &Value,
    read: fn(Value) -> Result<T, Problems>,
    write: fn(&T) -> Value,
) -> Option<T> {
    let taken = match read(document.clone()) {
        Ok(taken) => taken,
        Err(problems) => {
            assert_problems(&problems);
            return None;
        }
    };
    let written = write(&taken);
    // Through text, as documents travel.
    let text = written.to_string();
    let again = parse_json(text.as_bytes()).and_then(read).unwrap();
    assert_eq!(again, taken, "{text}");
    assert_eq!(write(&again), written);
    Some(taken)
}

fn survives_serde<T: Serialize + DeserializeOwned + PartialEq + Debug>(document: &Value) {
    if let Ok(taken) = serde_json::from_value::<T>(document.clone()) {
        let text = json(&taken).to_string();
        assert_eq!(serde_json::from_str::<T>(&text).unwrap(), taken, "{text}");
    }
}

/// R13: the document that everybody may see has no key, and all come back from their slot.
fn infra(document: &Value) {
    let read = InfraSettings::from_document;
    let Some(settings) = survives(document, read, InfraSettings::to_document_with_keys) else {
        return;
    };
    let shown = settings.to_document();
    let stored = read(shown).unwrap();
    assert!(stored.keys().is_empty(), "{stored:?}");
    assert_eq!(stored.with_keys(&settings.keys()).keys(), settings.keys());
    if let Err(problems) = settings.validate(&StageCatalogue::shipped()) {
        assert_problems(&problems);
    }
}

/// These settings cannot be compared, since a password may be in them; what is written can.
fn ldap(document: &Value) {
    let settings = match LdapSettings::from_document(document.clone()) {
        Ok(settings) => settings,
        Err(problems) => return assert_problems(&problems),
    };
    let written = settings.to_document();
    let again = LdapSettings::from_document(written.clone()).unwrap();
    assert_eq!(again.to_document(), written);
    if let Err(error) = SupplierRules::compile(&settings) {
        assert_fit_to_show(&error, 4_000);
    }
}

/// Every entry of a list is read or named, and none is both.
fn accounts(document: Value) {
    let Some(entries) = document.as_array().map(Vec::len) else { return };
    let (users, unreadable) = read_users(document.clone()).unwrap();
    assert_eq!(users.len() + unreadable.len(), entries);
    let (groups, unreadable) = read_groups(document).unwrap();
    assert_eq!(groups.len() + unreadable.len(), entries);
    unreadable.iter().for_each(|entry| assert_problems(&entry.problems));
}

fn assert_problems(problems: &Problems) {
    assert!(!problems.is_empty());
    for problem in problems {
        assert!(!problem.what.is_empty() && !problem.hint.is_empty(), "{problem:?}");
        assert!(problem.what.len() <= 1_000, "{problem:?}");
    }
}
