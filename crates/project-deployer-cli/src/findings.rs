//! Findings on nodes, as the command shows them.

use std::fmt::{self, Write as _};

use project_deployer::core::InfraId;
use project_deployer::core::messages::Severity;
use project_deployer::ldap::Reason;
use project_deployer::readiness::{Check, Finding};
use project_deployer::{Clock as _, SystemClock};
use serde::Serialize;

use crate::output::{SCHEMA_VERSION, SheetPage, Shown, counted};
use crate::status::Tone;

/// The result of `deployer check`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FindingsView {
    schema_version: u32,
    /// When the nodes were read.
    read_at: String,
    /// The findings, in the order of infrastructures, nodes and checks.
    findings: Vec<FindingView>,
}

/// One finding.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FindingView {
    infra: String,
    node: Option<String>,
    check: CheckView,
    severity: Severity,
    what: String,
    remedy: String,
}

/// Which check found it, as an id.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum CheckView {
    /// Reading the settings of the infrastructure.
    Settings,
    /// A check of the library.
    #[serde(untagged)]
    Node(Check),
}

impl fmt::Display for CheckView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings => f.write_str("settings"),
            Self::Node(check) => check.fmt(f),
        }
    }
}

impl FindingView {
    /// A finding on an infrastructure.
    pub(crate) fn of(infra: &InfraId, finding: Finding) -> Self {
        Self {
            infra: infra.to_string(),
            node: finding.node,
            check: CheckView::Node(finding.check),
            severity: finding.severity,
            what: finding.what,
            remedy: finding.remedy,
        }
    }

    /// The location as `infra/node`. A node without an id is known by its address.
    fn place(&self) -> String {
        match self.node.as_deref() {
            Some(address) if address.contains("://") => format!("{} ({address})", self.infra),
            Some(node) => format!("{}/{node}", self.infra),
            None => self.infra.clone(),
        }
    }

    /// An infrastructure whose settings are unknown.
    pub(crate) fn unknown(infra: &InfraId, reason: &Reason) -> Self {
        Self {
            infra: infra.to_string(),
            node: None,
            check: CheckView::Settings,
            severity: Severity::Error,
            what: format!("its settings are unknown: {reason}"),
            remedy: "use an API key with administration rights on it, or list it in an inventory"
                .to_owned(),
        }
    }
}

impl FindingsView {
    /// Findings that were read just now.
    pub(crate) fn new(findings: Vec<FindingView>) -> Self {
        let read_at = SystemClock.now().to_string();
        Self { schema_version: SCHEMA_VERSION, read_at, findings }
    }

    /// The worst severity; none when there is no finding.
    pub(crate) fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    fn verdict(&self) -> (Tone, String) {
        let errors =
            self.findings.iter().filter(|finding| finding.severity >= Severity::Error).count();
        match (errors, self.findings.len()) {
            (0, 0) => (Tone::Good, "Ready: no findings".to_owned()),
            (0, all) => (
                Tone::Waiting,
                format!("Ready, with {} that block no deployment", counted(all, "finding")),
            ),
            (errors, _) => (Tone::Bad, format!("Not ready: {}", counted(errors, "blocker"))),
        }
    }
}

impl Shown for FindingsView {
    fn table(&self) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            let place = finding.place();
            let _ = writeln!(
                text,
                "{}: {place}: {}: {}",
                finding.severity, finding.check, finding.what
            );
            let _ = writeln!(text, "  fix: {}", finding.remedy);
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
                finding.check.to_string(),
                finding.severity.to_string(),
                finding.what.clone(),
                finding.remedy.clone(),
            ]
        });
        std::iter::once(head.map(str::to_owned).to_vec()).chain(rows).collect()
    }

    fn page(&self) -> Result<String, askama::Error> {
        SheetPage::render_of("Readiness", &self.read_at, self.verdict(), &self.sheet())
    }
}
