//! The state of deployments as the product's endpoint for Prometheus has it (G11).

use std::fmt::Write as _;

use project_deployer_core::health::Health;
use project_deployer_core::messages::Severity;
use project_deployer_core::{BundleId, DeploymentId, InfraId, ProjectKey};

use super::deployment_state::{DeploymentState, ExecutionState};

/// A deployment, with its last known state.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MonitoredDeployment {
    /// Its id.
    pub id: DeploymentId,
    /// Its infrastructure.
    pub infra: InfraId,
    /// Whether the infrastructure has several nodes.
    pub is_multi_node: bool,
    /// Its bundle.
    pub bundle: BundleId,
    /// The project key on the node.
    pub deployed_as: ProjectKey,
    /// The last known state; none where health is not watched.
    pub state: Option<DeploymentState>,
    /// What the governance policy of the infrastructure says about the bundle.
    pub governance: Option<Severity>,
}

/// The gauges of the product, from -1 (none) over 0 (healthy) and 1 (warning) to 2 (error).
struct Gauges {
    deployment: i8,
    execution: i8,
    governance: i8,
}

impl Gauges {
    fn of(monitored: &MonitoredDeployment) -> Self {
        let deployment = monitored.state.as_ref().map_or(-1, |it| match it.without_scenarios {
            Health::Healthy => 0,
            Health::Warning | Health::OutOfSync => 1,
            Health::Unhealthy | Health::Error => 2,
            _ => -1,
        });
        let execution = monitored.state.as_ref().map_or(-1, |it| match it.execution {
            ExecutionState::None => -1,
            ExecutionState::Success => 0,
            ExecutionState::Warning => 1,
            ExecutionState::Failed => 2,
        });
        let governance = monitored.governance.map_or(-1, |severity| match severity {
            Severity::Success | Severity::Info => 0,
            Severity::Error => 2,
            _ => 1,
        });
        Self { deployment, execution, governance }
    }

    /// What this Deployer does not know has no status: models and data.
    fn named(&self) -> [(&'static str, &'static str, i8); 6] {
        let global = self.deployment.max(self.execution).max(self.governance);
        [
            ("global_status", "The worst status of the deployment.", global),
            ("deployment_status", "Last update, sync and nodes.", self.deployment),
            ("models_status", "Models: not known here.", -1),
            ("execution_status", "The last runs of active scenarios.", self.execution),
            ("data_status", "Data quality: not known here.", -1),
            ("governance_status", "The governance policy.", self.governance),
        ]
    }
}

/// The text that Prometheus reads: gauges with the names, labels and values of the product.
#[must_use]
pub fn prometheus_text(monitored: &[MonitoredDeployment]) -> String {
    let gauges: Vec<_> = monitored.iter().map(|it| (labels(it), Gauges::of(it).named())).collect();
    let none = Gauges { deployment: -1, execution: -1, governance: -1 };
    let mut text = String::new();
    for (place, (name, help, _)) in none.named().into_iter().enumerate() {
        // A text takes everything.
        let _ = writeln!(text, "# HELP {name} {help} -1 none, 0 healthy, 1 warning, 2 error.");
        let _ = writeln!(text, "# TYPE {name} gauge");
        for (labels, values) in &gauges {
            if let Some((_, _, value)) = values.get(place) {
                let _ = writeln!(text, "{name}{{{labels}}} {value}");
            }
        }
    }
    text
}

fn labels(monitored: &MonitoredDeployment) -> String {
    let kind = if monitored.is_multi_node { "MULTI_AUTOMATION_NODE" } else { "AUTOMATION_NODE" };
    let labels = [
        ("type", kind),
        ("displayName", monitored.id.as_str()),
        ("deploymentId", monitored.id.as_str()),
        ("infrastructureId", monitored.infra.as_str()),
        ("bundleName", monitored.bundle.as_str()),
        ("deployedProjectKey", monitored.deployed_as.as_str()),
    ];
    labels.map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).join(",")
}

fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}
