use std::collections::BTreeSet;

use project_deployer_core::messages::Severity;

use crate::readiness::facts::NodeFacts;
use crate::readiness::finding::{Findings, without_hint};
use crate::readiness::needs::{Needs, listed};
use crate::update::when_missing;

/// A connection that is missing or of another type stops activation (R-A4).
pub(super) fn connections(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    let resources = match &facts.resources {
        Ok(resources) => resources,
        // The check of the key reports it.
        Err(_) if facts.key.is_err() => return,
        Err(kind) => {
            let what = format!("its connections are unknown: {}", without_hint(kind));
            return findings.note(Severity::Warning, what, kind.hint());
        }
    };
    for (name, needed) in &needs.connections {
        let users = listed(&needed.by);
        let Some(found) = resources.connection(name) else {
            findings.note(
                Severity::Error,
                format!("there is no connection `{name}`, which {users} needs"),
                "create it there, or remap it in the deployment or the infrastructure",
            );
            continue;
        };
        if let Some(kind) = &found.kind
            && needed.kinds.iter().any(|wanted| wanted != kind)
        {
            findings.note(
                Severity::Error,
                format!(
                    "connection `{name}` is of type {kind}, and {users} needs {}",
                    listed(&needed.kinds)
                ),
                "remap it to a connection of the same type",
            );
        }
    }
}

/// The settings of the deployment decide what happens to a missing environment (R-A3).
pub(super) fn code_envs(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    let Ok(resources) = &facts.resources else { return };
    if needs.code_envs.is_empty() {
        return;
    }
    let Some(known) = &resources.code_envs else {
        return findings.note(
            Severity::Info,
            "its code environments are unknown",
            "none needed if the key needs no right to administer code environments",
        );
    };
    for ((name, language), needed) in &needs.code_envs {
        if known.iter().any(|env| env.name == *name && env.language == *language) {
            continue;
        }
        let (severity, remedy) = when_missing(needed.when_missing);
        let what = format!(
            "there is no {language} environment `{name}`, which {} needs",
            listed(&needed.by)
        );
        findings.note(severity, what, remedy);
    }
}

/// A missing plugin is a warning of the product as well (R-A5).
pub(super) fn plugins(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    let Some(known) = facts.resources.as_ref().ok().and_then(|found| found.plugins.as_ref()) else {
        return;
    };
    let missing = |id: &str| !known.iter().any(|plugin| plugin.id == id);
    let (mut unused, mut deployments) = (BTreeSet::new(), BTreeSet::new());
    for (id, (plugin, by)) in needs.plugins.iter().filter(|(id, _)| missing(id)) {
        if plugin.may_be_unused {
            unused.insert(id.as_str());
            deployments.extend(by);
        } else {
            findings.note(
                Severity::Warning,
                format!("there is no plugin `{id}`, which {} needs", listed(by)),
                "install it there",
            );
        }
    }
    if !unused.is_empty() {
        let (ids, by) = (shortened(&unused), listed(&deployments));
        findings.note(
            Severity::Info,
            format!("there is no plugin {ids}, which the design node of {by} has installed"),
            "install those that the project uses",
        );
    }
}

/// A project that others use has to be deployed first (E7).
pub(super) fn upstream_projects(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    for (project, by) in &needs.projects {
        match facts.projects.get(project) {
            Some(Ok(false)) => findings.note(
                Severity::Warning,
                format!("there is no project `{project}`, whose objects {} uses", listed(by)),
                "deploy it there first",
            ),
            Some(Ok(true)) | None => {}
            Some(Err(kind)) => findings.note(
                Severity::Info,
                format!(
                    "whether project `{project}` is there, which {} uses, is unknown",
                    listed(by)
                ),
                kind.hint(),
            ),
        }
    }
}

/// The first ids, and the number of the others.
fn shortened(ids: &BTreeSet<&str>) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<_> = ids.iter().take(SHOWN).map(|id| format!("`{id}`")).collect();
    match ids.len().checked_sub(SHOWN) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Notes on what one kind of archive reader cannot read. Which kind a node uses is unknown.
pub(super) fn archives(_: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    for (deployment, notes) in &needs.archive_notes {
        for note in notes {
            findings.note(
                Severity::Warning,
                format!("the bundle of {deployment}: {note}"),
                "if it does, publish the bundle again as the design node exports it",
            );
        }
    }
}
