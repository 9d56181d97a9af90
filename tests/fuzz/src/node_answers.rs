use std::fmt::Debug;
use std::time::Duration;

use project_deployer_client::request::administration::AuthorizationMatrix;
use project_deployer_client::request::code_envs::{CodeEnvVersion, ListedCodeEnv};
use project_deployer_client::request::connections::ConnectionTest;
use project_deployer_client::request::exported::{ExportedBundle, Publication};
use project_deployer_client::request::folders::{Folder, FolderSettings};
use project_deployer_client::request::futures::ListedTask;
use project_deployer_client::request::keys::{GlobalKey, ListedPersonalKey};
use project_deployer_client::request::projects::{ListedProject, ProjectMetadata};
use project_deployer_client::request::users::{BulkOutcome, UserActivity};
use project_deployer_client::request::webapps::ListedWebapp;
use project_deployer_client::response::{NodeResponse, excerpt};
use project_deployer_client::{ExternalUser, NodeErrorKind};
use project_deployer_core::deployment::BundleContainerSettings;
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::{
    AuthInfo, CodeEnv, FutureState, InstanceInfo, Plugin, ProjectFolder, ProjectPermissions,
    ProjectVariables, Scenario,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

const STATUSES: [u16; 16] =
    [200, 200, 200, 200, 201, 204, 301, 302, 400, 401, 403, 404, 409, 429, 500, 503];
const TYPES: [Option<&str>; 4] =
    [Some("application/json"), None, Some("text/html"), Some("text/plain")];

/// What a status, a content type and a body mean, whatever the caller waits for: a refusal is none of
/// its documents, a document is written as what it was read as, and no error repeats a long text.
pub fn node_answers(bytes: &[u8]) {
    let [head, body @ ..] = bytes else { return };
    let mut response = NodeResponse::default();
    response.status = STATUSES[usize::from(head & 15)];
    response.content_type = TYPES[usize::from(head >> 4 & 3)].map(str::to_owned);
    response.location = (head >> 6 & 1 == 1).then(|| excerpt(&String::from_utf8_lossy(body)));
    response.retry_after = (head >> 7 == 1).then_some(Duration::from_secs(7));
    response.body = body.to_vec();
    empty(&response);
    report(&response);
    documents(&response);
    lists(&response);
}

fn empty(response: &NodeResponse) {
    match response.clone().into_nothing() {
        Ok(()) => assert_success(response),
        Err(kind) => assert_mendable(&kind),
    }
}

fn report(response: &NodeResponse) {
    match response.clone().into_report() {
        Ok(messages) => {
            assert_success(response);
            assert!(!messages.is_fatal(), "{messages:?}");
        }
        Err(kind) => assert_mendable(&kind),
    }
}

fn documents(response: &NodeResponse) {
    survives::<InstanceInfo>(response);
    survives::<AuthInfo>(response);
    survives::<FutureState>(response);
    survives::<InfoMessages>(response);
    survives::<ProjectFolder>(response);
    survives::<ProjectPermissions>(response);
    survives::<ProjectVariables>(response);
    survives::<BundleContainerSettings>(response);
    survives::<FolderSettings>(response);
    survives::<GlobalKey>(response);
    survives::<ProjectMetadata>(response);
    taken::<AuthorizationMatrix>(response);
    taken::<CodeEnvVersion>(response);
    taken::<ConnectionTest>(response);
    taken::<Folder>(response);
    taken::<Publication>(response);
}

fn lists(response: &NodeResponse) {
    survives::<Vec<CodeEnv>>(response);
    survives::<Vec<Plugin>>(response);
    survives::<Vec<Scenario>>(response);
    survives::<Vec<ExternalUser>>(response);
    taken::<Vec<BulkOutcome>>(response);
    taken::<Vec<ExportedBundle>>(response);
    taken::<Vec<ListedCodeEnv>>(response);
    taken::<Vec<ListedPersonalKey>>(response);
    taken::<Vec<ListedProject>>(response);
    taken::<Vec<ListedTask>>(response);
    taken::<Vec<ListedWebapp>>(response);
    taken::<Vec<UserActivity>>(response);
}

fn survives<T: Serialize + DeserializeOwned + PartialEq + Debug>(response: &NodeResponse) {
    if let Some(document) = taken::<T>(response) {
        let text = serde_json::to_string(&document).unwrap();
        assert_eq!(serde_json::from_str::<T>(&text).unwrap(), document, "{text}");
    }
}

fn taken<T: DeserializeOwned>(response: &NodeResponse) -> Option<T> {
    match response.clone().into_json::<T>() {
        Ok(document) => {
            assert_success(response);
            Some(document)
        }
        Err(kind) => {
            assert_mendable(&kind);
            None
        }
    }
}

fn assert_success(response: &NodeResponse) {
    assert!((200..300).contains(&response.status), "{response:?}");
}

/// R13: `Debug` and the message are short, whatever the body holds.
fn assert_mendable(kind: &NodeErrorKind) {
    assert!(!kind.hint().is_empty(), "{kind:?}");
    if !matches!(kind, NodeErrorKind::Reported(_)) {
        let text = format!("{kind:?}");
        assert!(text.len() < 6_000, "{} bytes: {text}", text.len());
    }
}
