//! Findings on nodes, as they are shown.

use std::fmt::Write as _;

use project_deployer::core::InfraId;
use project_deployer::core::messages::Severity;
use project_deployer::ldap::Reason;
use project_deployer::readiness::Finding;
use serde::Serialize;

use crate::output::{SheetPage, Shown};
use crate::status::Tone;

/// What was found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FindingsView {
    /// What was looked at.
    #[serde(skip)]
    pub(crate) title: &'static str,
    /// When.
    pub(crate) read_at: String,
    /// The findings, in the order of infrastructures, nodes and checks.
    pub(crate) findings: Vec<FindingView>,
}

/// One finding.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FindingView {
    infra: String,
    node: Option<String>,
    check: String,
    severity: Severity,
    what: String,
    remedy: String,
}

impl FindingView {
    /// A finding on an infrastructure.
    pub(crate) fn of(infra: &InfraId, finding: Finding) -> Self {
        Self {
            infra: infra.to_string(),
            node: finding.node,
            check: finding.check.to_string(),
            severity: finding.severity,
            what: finding.what,
            remedy: finding.remedy,
        }
    }

    /// An infrastructure whose settings are not told.
    pub(crate) fn unknown(infra: &InfraId, reason: &Reason) -> Self {
        Self {
            infra: infra.to_string(),
            node: None,
            check: "settings".to_owned(),
            severity: Severity::Error,
            what: format!("its settings are not told: {reason}"),
            remedy: "ask with a key that may administer it, or list it in an inventory".to_owned(),
        }
    }
}

impl FindingsView {
    /// The worst severity; none when there is no finding.
    pub(crate) fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    fn verdict(&self) -> (Tone, String) {
        let errors =
            self.findings.iter().filter(|finding| finding.severity >= Severity::Error).count();
        match (errors, self.findings.len()) {
            (0, 0) => (Tone::Good, "Everything is as it should be".to_owned()),
            (0, all) => (Tone::Waiting, format!("Ready, with {all} to know of")),
            (errors, _) => (Tone::Bad, format!("{errors} in the way of a deployment")),
        }
    }
}

impl Shown for FindingsView {
    fn table(&self) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            let place = match &finding.node {
                Some(node) => format!("{}: {node}", finding.infra),
                None => finding.infra.clone(),
            };
            let _ = writeln!(
                text,
                "{}: {place}: {}: {}",
                finding.severity, finding.check, finding.what
            );
            let _ = writeln!(text, "  {}", finding.remedy);
        }
        let (_, verdict) = self.verdict();
        let _ = writeln!(text, "{verdict}");
        text
    }

    fn sheet(&self) -> Vec<Vec<String>> {
        let head = ["infrastructure", "node", "check", "severity", "what", "remedy"];
        let rows = self.findings.iter().map(|finding| {
            vec![
                finding.infra.clone(),
                finding.node.clone().unwrap_or_default(),
                finding.check.clone(),
                finding.severity.to_string(),
                finding.what.clone(),
                finding.remedy.clone(),
            ]
        });
        std::iter::once(head.map(str::to_owned).to_vec()).chain(rows).collect()
    }

    fn page(&self) -> Result<String, askama::Error> {
        SheetPage::render_of(self.title, &self.read_at, self.verdict(), &self.sheet())
    }
}
