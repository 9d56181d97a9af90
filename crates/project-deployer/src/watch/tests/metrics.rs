//! G11: the text of the endpoint for Prometheus.

use project_deployer_core::Timestamp;
use project_deployer_core::health::Health;
use project_deployer_core::messages::Severity;

use crate::watch::{DeploymentState, ExecutionState, MonitoredDeployment, prometheus_text};

fn monitored(id: &str, state: Option<(Health, ExecutionState)>) -> MonitoredDeployment {
    let state = state.map(|(health, execution)| DeploymentState {
        deployment: id.parse().unwrap(),
        health,
        without_scenarios: health,
        execution,
        since: Timestamp::from_millis(0),
        checked: Timestamp::from_millis(0),
        uid: None,
    });
    MonitoredDeployment {
        id: id.parse().unwrap(),
        infra: "prod".parse().unwrap(),
        is_multi_node: false,
        bundle: "v1".parse().unwrap(),
        deployed_as: "CHURN".parse().unwrap(),
        state,
        governance: None,
    }
}

/// The value of a gauge of a deployment.
fn value(text: &str, gauge: &str, id: &str) -> i8 {
    let has_id = format!("deploymentId=\"{id}\"");
    let mut lines = text.lines().filter(|line| line.starts_with(&format!("{gauge}{{")));
    let line = lines.find(|line| line.contains(&has_id)).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn gauges_have_the_names_labels_and_values_of_the_product() {
    // G11, G6
    let failed = monitored("failed", Some((Health::Healthy, ExecutionState::Failed)));
    let differs = monitored("differs", Some((Health::OutOfSync, ExecutionState::None)));
    let mut governed = monitored("governed", Some((Health::Healthy, ExecutionState::Success)));
    governed.governance = Some(Severity::Warning);
    governed.is_multi_node = true;
    let text = prometheus_text(&[failed, differs, governed, monitored("unwatched", None)]);
    let of = |id: &str| {
        [
            "global_status",
            "deployment_status",
            "execution_status",
            "governance_status",
            "data_status",
        ]
        .map(|gauge| value(&text, gauge, id))
    };
    assert_eq!(of("failed"), [2, 0, 2, -1, -1]);
    assert_eq!(of("differs"), [1, 1, -1, -1, -1]);
    assert_eq!(of("governed"), [1, 0, 0, 1, -1]);
    assert_eq!(of("unwatched"), [-1; 5]);
    let line = "global_status{type=\"MULTI_AUTOMATION_NODE\",displayName=\"governed\",deploymentId=\"governed\",\
                infrastructureId=\"prod\",bundleName=\"v1\",deployedProjectKey=\"CHURN\"} 1\n";
    assert!(text.contains(line), "{text}");
}

#[test]
fn the_text_is_one_that_prometheus_reads() {
    // G11: each family has one HELP and one TYPE before its samples, and names are those of the format.
    let quoted = monitored("a \"quoted\" id", None);
    let text = prometheus_text(&[quoted, monitored("b", None)]);
    let mut family = String::new();
    let mut families = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split(' ').next().unwrap().to_owned();
            families.push(family.clone());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert_eq!(rest, format!("{family} gauge"));
        } else {
            let (name, rest) = line.split_once('{').unwrap();
            assert_eq!(name, family);
            let (labels, number) = rest.rsplit_once("} ").unwrap();
            assert!((-1..=2).contains(&number.parse::<i8>().unwrap()));
            let unescaped = labels.replace("\\\\", "").replace("\\\"", "");
            assert_eq!(unescaped.matches('"').count(), 12, "{labels}");
        }
    }
    assert!(text.ends_with('\n') && text.contains("a \\\"quoted\\\" id"));
    families.sort_unstable();
    families.dedup();
    assert_eq!(families.len(), 6);
}
