//! Asks one node about its deployments. Each node has its own lane: one that hangs delays no other.

use futures::StreamExt as _;
use futures::stream;
use project_deployer_client::{Identity, NodeError, NodeErrorKind};
use project_deployer_core::ProjectKey;
use project_deployer_core::health::ObservedDeployment;
use project_deployer_core::infra::{InfraSettings, NodeEntry};
use project_deployer_core::sync::DesiredState;
use tokio::time::{Instant, timeout_at};

use crate::deployer::Deployer;
use crate::runner::{node_settings, observe_deployment};

/// How many deployments a node is asked about at a time: updates of the same node come first.
const AT_ONCE: usize = 4;

/// A deployment to ask about.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) key: ProjectKey,
    pub(super) desired: DesiredState,
}

/// What a node said.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) node: String,
    /// Why the node says nothing.
    pub(super) sick: Option<String>,
    /// Its answers, in the order of what was wanted. None was not asked any more.
    pub(super) answers: Vec<Option<Result<ObservedDeployment, String>>>,
}

/// Asks a node until a time. The first answer that shows that the node cannot be asked is the last one: further calls
/// would wait for the same.
pub(super) async fn ask(
    deployer: &Deployer,
    infra: &InfraSettings,
    entry: &NodeEntry,
    wanted: &[Wanted],
    by: Instant,
) -> Lane {
    let mut answers = Vec::new();
    answers.resize_with(wanted.len(), || None);
    let mut lane = Lane { node: entry.label(), sick: None, answers };
    let settings = match node_settings(infra, entry) {
        Ok(settings) => settings,
        Err(error) => {
            lane.sick = Some(error.to_string());
            return lane;
        }
    };
    let node = match deployer.inner.connector.connect(&settings, Identity::ApiKey) {
        Ok(node) => node,
        Err(error) => {
            lane.sick = Some(error.kind.to_string());
            return lane;
        }
    };
    if wanted.is_empty() {
        // Nothing depends on its answer but whether there is one.
        lane.sick = match timeout_at(by, node.instance_info()).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => is_of_node(&error.kind).then(|| error.kind.to_string()),
            Err(_) => Some(LATE.to_owned()),
        };
        return lane;
    }
    let mut calls = Vec::with_capacity(wanted.len());
    for (number, Wanted { key, desired }) in wanted.iter().enumerate() {
        let node = &*node;
        calls.push(async move { (number, observe_deployment(node, key, desired).await) });
    }
    let mut calls = stream::iter(calls).buffer_unordered(AT_ONCE);
    loop {
        match timeout_at(by, calls.next()).await {
            Ok(None) => break,
            Ok(Some((number, answer))) => {
                let (answer, is_sick) = read(answer);
                if is_sick {
                    lane.sick = answer.err();
                    break;
                }
                if let Some(place) = lane.answers.get_mut(number) {
                    *place = Some(answer);
                }
            }
            Err(_) => {
                lane.sick = Some(LATE.to_owned());
                break;
            }
        }
    }
    lane
}

const LATE: &str = "it did not answer before the end of the round";

fn read(
    answer: Result<ObservedDeployment, NodeError>,
) -> (Result<ObservedDeployment, String>, bool) {
    match answer {
        Ok(observed) => (Ok(observed), false),
        Err(error) => (Err(error.kind.to_string()), is_of_node(&error.kind)),
    }
}

/// Whether an error says something about the node and not about one project.
fn is_of_node(kind: &NodeErrorKind) -> bool {
    matches!(
        kind,
        NodeErrorKind::Unreachable
            | NodeErrorKind::Tls(_)
            | NodeErrorKind::AddressRefused(_)
            | NodeErrorKind::TimedOut(_)
            | NodeErrorKind::Interrupted
            | NodeErrorKind::Unauthorized(_)
            | NodeErrorKind::Busy(_)
            | NodeErrorKind::Redirected(_)
            | NodeErrorKind::UnexpectedServer(_)
            | NodeErrorKind::InvalidRequest(_)
    )
}
