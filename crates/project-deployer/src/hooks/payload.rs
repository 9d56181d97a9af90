use project_deployer_core::Login;
use project_deployer_core::Timestamp;
use project_deployer_core::infra::{HookPhase, InfraSettings};
use project_deployer_core::status::UpdateStatus;
use serde_json::{Value, json};

use crate::update::{NodeResult, UpdatePlan};

/// What a hook is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum HookSubject<'a> {
    /// An update. The report is empty before it.
    Update {
        plan: &'a UpdatePlan,
        start: Timestamp,
        /// The result so far; none before the update.
        status: Option<UpdateStatus>,
        /// Where it failed.
        reason: Option<&'a str>,
        nodes: &'a [NodeResult],
    },
    /// Somebody tries the hook.
    Trial { infra: &'a InfraSettings, requester: &'a Login },
}

/// What every kind of hook gets: the arguments that hooks of the product have (R-H5), without objects of Python. It
/// holds no variables and no keys. It is the same at every attempt.
pub(crate) fn payload(
    phase: HookPhase,
    name: &str,
    key: &str,
    at: Timestamp,
    subject: HookSubject<'_>,
) -> Value {
    let mut data = match subject {
        HookSubject::Update { plan, start, status, reason, nodes } => json!({
            "requestingUser": plan.requester, "deployingUser": plan.acting,
            "deploymentId": plan.deployment, "infraId": plan.infra,
            "deployedProjectKey": plan.project_key, "publishedProjectKey": plan.bundle.project_key,
            "bundleId": plan.bundle.id, "bundleDigest": plan.bundle.digest,
            "updateStart": start.as_millis(),
            "nodes": plan.nodes.iter().map(|node| json!({"name": node.name, "url": node.address}))
                .collect::<Vec<_>>(),
            "deploymentReport": status.map(|status| json!({
                "status": status, "reason": reason, "nodes": nodes,
            })),
        }),
        HookSubject::Trial { infra, requester } => json!({
            "requestingUser": requester, "infraId": infra.id,
            "nodes": infra.target.entries().iter()
                .map(|node| json!({"name": node.label(), "url": node.address}))
                .collect::<Vec<_>>(),
        }),
    };
    if let Some(fields) = data.as_object_mut() {
        let is_trial = matches!(subject, HookSubject::Trial { .. });
        fields.insert("phase".to_owned(), json!(phase));
        fields.insert("hook".to_owned(), json!(name));
        fields.insert("key".to_owned(), json!(key));
        fields.insert("isTrial".to_owned(), json!(is_trial));
    }
    json!({"type": format!("deployment.{phase}-hook"), "timestamp": at.to_string(), "data": data})
}
