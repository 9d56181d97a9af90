//! A round of parity: which logins that deployments need are not as they should be.

use std::collections::BTreeMap;

use project_deployer_core::messages::Severity;
use project_deployer_core::{InfraId, Timestamp};
use project_deployer_ldap::matching::{
    Breadth, GroupPresence, LocationId, LocationNote, Locations, ParityReport, Presence, SyncCause,
};

use super::finding::{FindingKind, FindingSubject};
use super::observation::{Observation, Seen, Unknown};

/// Nothing is known about the logins of an infrastructure.
pub(super) fn unfinished(infra: &InfraId, reason: &str, at: Timestamp) -> Observation {
    let mut observation = Observation::nothing(at);
    let subject = FindingSubject::new(FindingKind::ParityUnknown, Some(infra.clone()));
    let summary = format!("the logins of infrastructure `{infra}` could not be compared: {reason}");
    observation.see(subject, Seen::new(Severity::Error, "unknown", summary));
    observation
}

/// What a report says about the nodes of an infrastructure, and about the Deployer as far as its deployments are
/// concerned. Only logins that a deployment needs count. What is unknown at a location is one finding there.
pub(super) fn observed(report: &ParityReport, infra: &InfraId, at: Timestamp) -> Observation {
    let mut gathering = Gathering {
        infra,
        nodes: report
            .places
            .iter()
            .map(|place| &place.id)
            .filter(|id| matches!(id, LocationId::Node { infra: of, .. } if of == infra))
            .collect(),
        observation: Observation::at(at),
        unknown: BTreeMap::new(),
    };
    for note in &report.notes {
        gathering.note(note);
    }
    for finding in report.findings_of(Breadth::Needed) {
        let needs = || finding.needs.iter().map(|need| &need.at);
        if !gathering.concerns(&finding.place.id, needs()) {
            continue;
        }
        let login = finding.login.to_string();
        if let Presence::Unknown { reason } = finding.presence {
            let what = format!("login `{login}`: {reason}");
            gathering.unknown_login(&finding.place.id, &login, what);
            continue;
        }
        let summary = format!("login `{login}` at {}: {}", finding.place.id, finding.presence);
        let reasons = finding.needs.iter().map(|need| format!("needed by {}", need.reason));
        let details = [finding.remedy.to_string()].into_iter().chain(reasons).collect();
        let seen = Seen::new(severity(finding.presence), finding.presence.status(), summary);
        let seen = seen.with_details(details);
        gathering.see(FindingKind::Login, &finding.place.id, login, seen);
    }
    for finding in report.group_findings() {
        let needs = finding.needs.iter().map(|need| &need.at);
        if !gathering.concerns(&finding.place.id, needs) {
            continue;
        }
        let group = finding.group.to_string();
        if let GroupPresence::Unknown { reason } = finding.presence {
            gathering.unknown_at(&finding.place.id, format!("group `{group}`: {reason}"));
            continue;
        }
        let summary = format!("group `{group}` at {}: {}", finding.place.id, finding.presence);
        let seen = Seen::new(Severity::Warning, "missing", summary)
            .with_details(vec![finding.remedy.to_string()]);
        gathering.see(FindingKind::Group, &finding.place.id, group, seen);
    }
    gathering.finish()
}

/// An account that only a first login, or an administrator, creates is not yet a failure.
fn severity(presence: &Presence) -> Severity {
    match presence {
        Presence::ImportableAtFirstLogin
        | Presence::ImportableOnDemand { .. }
        | Presence::OnlyByLogin { .. } => Severity::Warning,
        _ => Severity::Error,
    }
}

struct Gathering<'a> {
    infra: &'a InfraId,
    nodes: Vec<&'a LocationId>,
    observation: Observation,
    /// Why something is unknown, by location.
    unknown: BTreeMap<String, Vec<String>>,
}

impl Gathering<'_> {
    /// Whether something at a location belongs to this infrastructure.
    fn concerns<'n>(
        &self,
        place: &LocationId,
        mut needs: impl Iterator<Item = &'n Locations>,
    ) -> bool {
        match place {
            LocationId::Node { infra, .. } => infra == self.infra,
            LocationId::Deployer => needs.any(|at| self.nodes.iter().any(|node| at.include(node))),
        }
    }

    fn subject(&self, kind: FindingKind, place: &LocationId) -> FindingSubject {
        FindingSubject::new(kind, Some(self.infra.clone())).with_node(place.short_name())
    }

    fn see(&mut self, kind: FindingKind, place: &LocationId, name: String, seen: Seen) {
        let subject = self.subject(kind, place).with_name(name);
        self.observation.see(subject, seen);
    }

    /// A verdict is missing: a finding about this login there stays as it is.
    fn unknown_login(&mut self, place: &LocationId, login: &str, what: String) {
        for kind in [FindingKind::Login, FindingKind::NextSync] {
            self.observation.unknown.push(Unknown {
                kind: Some(kind),
                deployment: None,
                node: Some(place.short_name()),
                name: Some(login.to_owned()),
            });
        }
        self.unknown.entry(place.short_name()).or_default().push(what);
    }

    /// A part of the facts of a location is missing: findings there stay as they are.
    fn unknown_at(&mut self, place: &LocationId, what: String) {
        for kind in [FindingKind::Login, FindingKind::Group, FindingKind::NextSync] {
            let unknown =
                Unknown { kind: Some(kind), node: Some(place.short_name()), ..Unknown::default() };
            if !self.observation.unknown.contains(&unknown) {
                self.observation.unknown.push(unknown);
            }
        }
        self.unknown.entry(place.short_name()).or_default().push(what);
    }

    fn note(&mut self, note: &LocationNote) {
        let place = note.place();
        let is_here = match place {
            LocationId::Node { infra, .. } => infra == self.infra,
            LocationId::Deployer => !self.nodes.is_empty(),
        };
        if !is_here {
            return;
        }
        match note {
            LocationNote::UsersUnknown { reason, .. } => {
                self.unknown_at(place, format!("its users: {reason}"));
            }
            LocationNote::DirectoryUnknown { reason, .. } => {
                self.unknown_at(place, format!("its directory: {reason}"));
            }
            LocationNote::NextSyncDisables { cause, logins, .. } => {
                let (status, why) = match cause {
                    SyncCause::EntryDisabled => ("entry-disabled", "its entry is disabled"),
                    _ => ("no-entry", "its directory has no entry for it any more"),
                };
                for login in logins {
                    let summary = format!(
                        "the next synchronization of {place} disables login `{login}`: {why}"
                    );
                    let seen = Seen::new(Severity::Warning, status, summary);
                    self.see(FindingKind::NextSync, place, login.to_string(), seen);
                }
            }
            // They say why a login is not there, and are no findings of their own.
            _ => {}
        }
    }

    fn finish(mut self) -> Observation {
        const SHOWN: usize = 20;
        for (place, mut reasons) in std::mem::take(&mut self.unknown) {
            reasons.dedup();
            let more = reasons.len().saturating_sub(SHOWN);
            reasons.truncate(SHOWN);
            if more > 0 {
                reasons.push(format!("and {more} more"));
            }
            let kind = FindingKind::ParityUnknown;
            let subject = FindingSubject::new(kind, Some(self.infra.clone()));
            let summary = format!("not all about the logins at {place} is known");
            let seen = Seen::new(Severity::Warning, "unknown", summary).with_details(reasons);
            self.observation.see(subject.with_node(place), seen);
        }
        self.observation
    }
}
