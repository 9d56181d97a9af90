use std::fmt;

use project_deployer_client::NodeErrorKind;
use project_deployer_core::InfraId;
use project_deployer_core::messages::Severity;
use project_deployer_ldap::matching::ParityReport;
use serde::Serialize;

use super::parity_findings::parity_findings;

/// The findings for the nodes of an infrastructure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Readiness {
    /// The infrastructure.
    pub infra: InfraId,
    /// The findings, in the order of nodes and checks. What is correct is no finding.
    pub findings: Vec<Finding>,
}

/// One thing that is wrong or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Finding {
    /// The check that found it.
    pub check: Check,
    /// The node; `None` for the infrastructure as a whole, or for its only node without an id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Error: a deployment fails. Warning: one may fail, or something is unsafe. Info: worth knowing.
    pub severity: Severity,
    /// The problem or fact.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// The subject of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Check {
    /// The address of the node, and whether it has a key.
    Address,
    /// Whether the node answers.
    Reachability,
    /// Whether its certificate is verified.
    Tls,
    /// Whether the key is that of a global administrator.
    AdminKey,
    /// Whether it is an Automation node.
    NodeType,
    /// Its release.
    Version,
    /// Whether the key may act as the acting logins.
    Impersonation,
    /// Whether the acting logins have the permissions that they need.
    ActingLogin,
    /// Whether the logins that deployments use exist, or how they can be created.
    LoginParity,
    /// Whether the folders of deployments exist.
    Folder,
    /// Whether the groups with rights exist.
    Groups,
    /// Whether the users and groups of the bundles' permissions exist.
    Permissions,
    /// Whether the connections exist that the bundles use.
    Connections,
    /// Whether the code environments exist that the bundles use.
    CodeEnvs,
    /// Whether the plugins exist that the bundles use.
    Plugins,
    /// Whether the projects exist whose objects the bundles use.
    UpstreamProjects,
    /// Whether the webapps that an update has to restart are known. Plans of updates have it.
    Webapps,
    /// Whether every archive reader can read the bundles.
    BundleArchives,
    /// Whether one deployment alone writes each project.
    ProjectKeys,
    /// Whether the infrastructure has hooks.
    Hooks,
}

impl Readiness {
    /// The worst severity; `None` when there is no finding.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// Replaces the findings of [`Check::LoginParity`] with those of a parity report, which also
    /// says how a missing login can be created.
    #[must_use]
    pub fn with_login_parity(mut self, report: &ParityReport) -> Self {
        let more = parity_findings(report, &self.infra);
        self.findings.retain(|finding| finding.check != Check::LoginParity);
        self.findings.extend(more);
        self
    }

    /// Whether nothing blocks a deployment.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.worst() < Some(Severity::Error)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Address => "address",
            Self::Reachability => "reachability",
            Self::Tls => "TLS",
            Self::AdminKey => "admin key",
            Self::NodeType => "node type",
            Self::Version => "version",
            Self::Impersonation => "impersonation",
            Self::ActingLogin => "acting login",
            Self::LoginParity => "login parity",
            Self::Folder => "folder",
            Self::Groups => "groups",
            Self::Permissions => "permissions",
            Self::Connections => "connections",
            Self::CodeEnvs => "code environments",
            Self::Plugins => "plugins",
            Self::UpstreamProjects => "upstream projects",
            Self::Webapps => "webapps",
            Self::BundleArchives => "bundle archives",
            Self::ProjectKeys => "project keys",
            Self::Hooks => "hooks",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.severity)?;
        if let Some(node) = &self.node {
            write!(f, "{node}: ")?;
        }
        write!(f, "{}: {}; fix: {}", self.check, self.what, self.remedy)
    }
}

/// The findings of one check on one node.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    check: Check,
    node: Option<&'a str>,
    pub(super) found: Vec<Finding>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(check: Check, node: Option<&'a str>) -> Self {
        Self { check, node, found: Vec::new() }
    }

    pub(super) fn note(
        &mut self,
        severity: Severity,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.found.push(Finding {
            check: self.check,
            node: self.node.map(str::to_owned),
            severity,
            what: what.into(),
            remedy: remedy.into(),
        });
    }
}

/// The message of an error without its hint.
pub(super) fn without_hint(kind: &NodeErrorKind) -> String {
    let text = kind.to_string();
    let hint = format!("; {}", kind.hint());
    text.strip_suffix(&hint).map_or(text.clone(), str::to_owned)
}
