use std::fmt;

use super::{DeploymentPlan, NodePlan, PlannedHooks};
use crate::readiness::Finding;

impl fmt::Display for DeploymentPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "update of `{}` on `{}` to bundle `{}` (now `{}`), as `{}`",
            self.deployment, self.infra, self.bundle, self.from_bundle, self.acting
        )?;
        if let Some(hooks) = &self.hooks {
            write!(f, "{hooks}")?;
        }
        if let Some(outside) = &self.outside_window {
            write!(f, "\noutside windows: {outside}")?;
        }
        for message in &self.messages.0 {
            write!(f, "\n{}: {}", message.severity, message.message)?;
        }
        self.findings.iter().try_for_each(|finding| write(f, "", finding))?;
        self.nodes.iter().try_for_each(|node| write!(f, "\n{node}"))?;
        write!(f, "\nplan {}", self.digest)
    }
}

impl fmt::Display for PlannedHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, names) in
            [("pre", &self.pre), ("post", &self.post), ("on-failure", &self.on_failure)]
        {
            if !names.is_empty() {
                write!(f, "\n{kind}-deployment hooks: {}", names.join(", "))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for NodePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.node)?;
        match &self.unknown {
            Some(reason) => write!(f, "\n  unknown: {reason}")?,
            None if self.fields.is_empty() => write!(f, "\n  no difference")?,
            None => {}
        }
        for field in &self.fields {
            write!(f, "\n  ~ {}: {} -> {}", field.field, field.observed, field.expected)?;
        }
        if !self.steps.is_empty() {
            let steps: Vec<_> = self.steps.iter().map(ToString::to_string).collect();
            write!(f, "\n  steps: {}", steps.join("; "))?;
        }
        if !self.restarts.is_empty() {
            write!(f, "\n  webapps that restart: {}", self.restarts.join(", "))?;
        }
        let users = self.dropped.users.iter().map(|login| format!("user `{login}`"));
        let groups = self.dropped.groups.iter().map(|name| format!("group `{name}`"));
        let dropped: Vec<_> = users.chain(groups).collect();
        if !dropped.is_empty() {
            write!(f, "\n  without permissions there: {}", dropped.join(", "))?;
        }
        self.findings.iter().try_for_each(|finding| write(f, "  ", finding))
    }
}

fn write(f: &mut fmt::Formatter<'_>, indent: &str, finding: &Finding) -> fmt::Result {
    let Finding { check, severity, what, remedy, .. } = finding;
    write!(f, "\n{indent}{severity}: {check}: {what}; {remedy}")
}
