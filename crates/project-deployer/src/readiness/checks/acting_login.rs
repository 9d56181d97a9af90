use project_deployer_core::accounts::User;
use project_deployer_core::messages::Severity;

use super::instance::without_mend;
use crate::readiness::facts::NodeFacts;
use crate::readiness::finding::Findings;
use crate::readiness::needs::{Needs, listed};

/// Of logins that the node knows and lets in; what is wrong with others is said elsewhere.
pub(super) fn impersonation(facts: &NodeFacts, _: &Needs, findings: &mut Findings<'_>) {
    for (login, told) in &facts.acting {
        let known = facts.user(login).is_some_and(|user| user.enabled);
        match &told.auth {
            Ok(auth) if auth.auth_identifier == login.as_str() => {}
            Ok(auth) => findings.note(
                Severity::Error,
                format!("asked as `{login}`, it takes us for `{}`", auth.auth_identifier),
                "use an admin global API key, which may act as any user",
            ),
            Err(kind) if known => findings.note(
                Severity::Error,
                format!("the key may not act as `{login}`: {}", without_mend(kind)),
                "use an admin global API key, which may act as any user",
            ),
            Err(_) => {}
        }
    }
}

/// Present is not yet permitted: who acts may have to create projects, and to use connections.
pub(super) fn acting_login(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    for user in needs.acting.iter().filter_map(|login| facts.user(login)) {
        if user.enabled && facts.groups.is_ok() {
            permitted(facts, needs, user, findings);
        }
    }
}

fn permitted(facts: &NodeFacts, needs: &Needs, user: &User, findings: &mut Findings<'_>) {
    let login = &user.login;
    if facts.groups_of(user).any(|group| group.admin) {
        return;
    }
    if !facts.groups_of(user).any(|group| group.may_create_projects) {
        findings.note(
            Severity::Warning,
            format!("`{login}` may not create projects"),
            "grant one of the user's groups there the right to create projects, or set a deploy-as user",
        );
    }
    let Ok(resources) = &facts.resources else { return };
    for (name, needed) in &needs.connections {
        let allowed = resources.connection(name).and_then(|found| found.allowed_groups.as_ref());
        let Some(allowed) = allowed else { continue };
        if !user.groups.iter().any(|group| allowed.iter().any(|name| name == group.as_str())) {
            findings.note(
                Severity::Warning,
                format!(
                    "`{login}` may not use connection `{name}`, which {} needs",
                    listed(&needed.by)
                ),
                format!("add the user there to one of {}", allowed.join(", ")),
            );
        }
    }
}

pub(super) fn folder(facts: &NodeFacts, needs: &Needs, findings: &mut Findings<'_>) {
    for (login, told) in &facts.acting {
        for (folder, seen) in &told.folders {
            let users = needs.folders.get(folder).map(listed);
            let users = users.unwrap_or_default();
            match seen {
                Ok(true) => {}
                Ok(false) => findings.note(
                    Severity::Error,
                    format!("there is no folder `{folder}` for `{login}`, which {users} needs"),
                    "create it there or let the user see it, or choose another folder",
                ),
                Err(kind) => findings.note(
                    Severity::Warning,
                    format!(
                        "whether folder `{folder}` is there is not told: {}",
                        without_mend(kind)
                    ),
                    kind.mend(),
                ),
            }
        }
    }
}
