//! Asks one node about its deployments. Each node has its own lane: one that hangs delays no other.

use futures::StreamExt as _;
use futures::stream;
use project_deployer_client::{Identity, NodeError, NodeErrorKind};
use project_deployer_core::ProjectKey;
use project_deployer_core::health::ObservedDeployment;
use project_deployer_core::infra::{InfraSettings, NodeEntry};
use project_deployer_core::sync::DesiredState;
use tokio::time::{Instant, timeout, timeout_at};

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

/// Why there is no answer about a deployment.
#[derive(Debug)]
enum Refused {
    /// The node answers, and says this.
    Project(String),
    /// The call took too long: the project may be large, or the node may hang.
    Late(String),
    /// Further calls would wait for the same.
    Node(String),
}

/// What a node said.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) node: String,
    /// Why the node says nothing at all.
    pub(super) sick: Option<String>,
    /// Its answers, in the order of what was wanted. None was not asked any more.
    pub(super) answers: Vec<Option<Result<ObservedDeployment, String>>>,
}

impl Lane {
    /// A node that is not asked: it says nothing.
    pub(super) fn not_asked(node: String, reason: String, wanted: usize) -> Self {
        let mut answers = Vec::new();
        answers.resize_with(wanted, || None);
        Self { node, sick: Some(reason), answers }
    }
}

/// Asks a node until a time. The first answer that shows that the node cannot be asked is the last one: further calls
/// would wait for the same. A call may take half of the time, so that projects that hang leave some for others. A node
/// that answered once is not sick: what it was not asked about is unknown.
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
    let each = by.saturating_duration_since(Instant::now()) / 2;
    let mut calls = Vec::with_capacity(wanted.len());
    for (number, Wanted { key, desired }) in wanted.iter().enumerate() {
        let node = &*node;
        calls.push(async move {
            let answer = timeout(each, observe_deployment(node, key, desired)).await;
            let late = || format!("it did not answer within {} s", each.as_secs());
            (number, answer.map_or_else(|_| Err(Refused::Late(late())), read))
        });
    }
    let mut calls = stream::iter(calls).buffer_unordered(AT_ONCE);
    let (mut has_answered, mut failure) = (false, None);
    loop {
        let answer = match timeout_at(by, calls.next()).await {
            Ok(None) => break,
            Ok(Some((_, Err(Refused::Node(reason))))) => {
                failure = Some(reason);
                break;
            }
            Ok(Some((number, answer))) => (number, answer),
            Err(_) => {
                failure.get_or_insert_with(|| LATE.to_owned());
                break;
            }
        };
        let (number, answer) = answer;
        has_answered |= !matches!(answer, Err(Refused::Late(_)));
        let answer = answer.map_err(|refused| match refused {
            Refused::Late(reason) => failure.get_or_insert(reason).clone(),
            Refused::Project(reason) | Refused::Node(reason) => reason,
        });
        if let Some(place) = lane.answers.get_mut(number) {
            *place = Some(answer);
        }
    }
    lane.sick = failure.filter(|_| !has_answered);
    lane
}

const LATE: &str = "it did not answer before the end of the round";

fn read(answer: Result<ObservedDeployment, NodeError>) -> Result<ObservedDeployment, Refused> {
    answer.map_err(|error| {
        let reason = error.kind.to_string();
        match error.kind {
            NodeErrorKind::TimedOut(_) => Refused::Late(reason),
            kind if is_of_node(&kind) => Refused::Node(reason),
            _ => Refused::Project(reason),
        }
    })
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
