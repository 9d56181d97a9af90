//! Fleets, compared with those of a file. Their nodes are no part of the file: they register themselves.

use std::collections::BTreeMap;

use project_deployer_core::messages::Severity;
use project_deployer_core::{ApiKeySecret, FleetId, InfraId, StageId};
use serde_json::{Map, Value};

use super::change::{EstateKind, OwnWork, PlannedField, Work};
use super::edit::{Edit, text};
use super::{Draft, PlanNote};
use crate::estate::document::{
    FleetEntry, FleetSourceEntry, InfraEntry, ListedNodeEntry, SecretRef,
};
use crate::estate::observed::{Reserved, SeenFleet};
use crate::estate::secrets::EstateSecrets;
use crate::fleets::{FleetOrigin, FleetSettings, ListedNode, ManagedInfra};

const KIND: EstateKind = EstateKind::Fleets;

const WITHHELD: &str = PlannedField::WITHHELD;

impl Draft<'_> {
    pub(super) fn plan_fleets(&mut self) {
        let Some(entries) = &self.estate.fleets else { return };
        let known = match &self.observed.fleets {
            Reserved::Seen(known) => known,
            _ if entries.is_empty() => return,
            reserved => return self.block_reserved(KIND, reserved),
        };
        for entry in entries {
            match (known.get(&entry.id), self.observed.unread_fleets.get(&entry.id)) {
                (Some(seen), _) => self.plan_fleet_change(entry, seen),
                (None, None) => self.plan_new_fleet(entry),
                (None, Some(reason)) => {
                    let hint = "correct its record, or remove it from the file";
                    self.block(KIND, &entry.id, format!("it cannot be read: {reason}"), hint);
                }
            }
        }
    }

    fn plan_new_fleet(&mut self, entry: &FleetEntry) {
        let (Some(source), Some(stage)) = (&entry.source, stage_of(entry)) else {
            let hint = "write its `source`, and the `stage` of its `newInfras`";
            return self.block(KIND, &entry.id, "it is new and has no source or no stage", hint);
        };
        let nothing = FleetOrigin::List { nodes: Vec::new() };
        let base = FleetSettings::new(entry.id.clone(), nothing, stage.as_str());
        let origin = origin_of(source, self.secrets);
        let mut edit = Edit::of(&base);
        edit.differs("source.kind".to_owned(), None, Some(origin.kind().to_owned()));
        edit.differs("newInfras.stage".to_owned(), None, Some(stage.to_string()));
        edit_origin(&mut edit, origin);
        edit_rest(&mut edit, entry);
        if edit.document.source.needs_a_secret() {
            let what = "its key has no secret, so it cannot be synchronized";
            let hint = "name the place of the secret with `keySecret`";
            self.notes.push(PlanNote::new(Severity::Warning, KIND, &entry.id, what, hint));
        }
        self.add_fleet(edit, None);
    }

    fn plan_fleet_change(&mut self, entry: &FleetEntry, seen: &SeenFleet) {
        let now = &seen.settings.value;
        let mut edit = Edit::of(now);
        if let Some(source) = &entry.source {
            let origin = origin_of(source, self.secrets);
            if origin.kind() != now.source.kind() {
                let (from, to) = (now.source.kind().to_owned(), origin.kind().to_owned());
                edit.differs("source.kind".to_owned(), Some(from), Some(to));
            }
            edit_origin(&mut edit, origin);
            if edit.document.source.needs_a_secret() && !now.source.needs_a_secret() {
                let hint = "name its place with `keySecret`: a secret never follows an address to another service";
                self.block(
                    KIND,
                    &entry.id,
                    "the address changes, and its secret is not named",
                    hint,
                );
            }
        }
        edit_rest(&mut edit, entry);
        if !edit.fields.is_empty() {
            self.add_fleet(edit, Some(seen));
        }
    }

    fn add_fleet(&mut self, edit: Edit<'_, FleetSettings>, seen: Option<&SeenFleet>) {
        let Edit { document, fields } = edit;
        let settings = document.into_owned();
        for problem in
            settings.problems_on(&self.stages, seen.map(|seen| &seen.settings.value)).iter()
        {
            let what = format!("`{}`: {}", problem.path, problem.what);
            self.block(KIND, &settings.id, what, problem.hint.clone());
        }
        let id = settings.id.to_string();
        let work = match seen {
            None => OwnWork::CreateFleet(Box::new(settings)),
            Some(_) => OwnWork::SaveFleet(Box::new(settings)),
        };
        let version = seen.map(|seen| &seen.settings.version);
        self.save(KIND, &id, fields, Work::Own(work), version);
    }

    pub(super) fn delete_fleets(&mut self) {
        let known = match &self.observed.fleets {
            Reserved::Seen(known) if self.prunes_section(KIND) => known,
            Reserved::Seen(_) => return,
            // A file that deletes what it cannot see would delete nothing, silently.
            reserved if self.prunes_section(KIND) => return self.block_reserved(KIND, reserved),
            _ => return,
        };
        let entries = self.estate.fleets.iter().flatten();
        let mentioned: Vec<&FleetId> = entries.map(|entry| &entry.id).collect();
        let unread = self.observed.unread_fleets.iter();
        for (id, reason) in unread.filter(|(id, _)| !mentioned.contains(id)) {
            let what = format!("it is not deleted, since it cannot be read: {reason}");
            let note = PlanNote::new(Severity::Warning, KIND, id, what, "correct its record");
            self.notes.push(note);
        }
        for (id, seen) in known.iter().filter(|(id, _)| !mentioned.contains(id)) {
            if !seen.members.is_empty() {
                let members: Vec<_> = seen.members.iter().map(|it| format!("`{it}`")).collect();
                let what = format!("it is to be deleted, and manages {}", members.join(", "));
                let hint = "release them first: they stay, and are edited by hand from then on";
                self.block(KIND, id, what, hint);
            }
            let work = Work::Own(OwnWork::DeleteFleet(id.clone()));
            self.delete(KIND, id, Vec::new(), work, Some(&seen.settings.version));
        }
    }

    /// It cannot be read whether a fleet manages an infrastructure. It stays as it is, and the plan goes on with the others.
    pub(super) fn report_unread(&mut self, id: &InfraId, reason: &str, is_changed: bool) {
        let what = format!("whether a fleet manages it cannot be read: {reason}");
        let hint = "correct the record of its fleet; until then it cannot be changed";
        let severity = if is_changed { Severity::Error } else { Severity::Warning };
        self.notes.push(PlanNote::new(severity, EstateKind::Infrastructures, id, what, hint));
    }

    /// An infrastructure of a fleet that is not there: its fleet registers it. Until then nothing is planned for it.
    pub(super) fn await_fleet(&mut self, entry: &InfraEntry, fleet: &FleetId) {
        let mut listed = self.estate.fleets.iter().flatten();
        let is_known = listed.any(|listed| listed.id == *fleet)
            || self.observed.unread_fleets.contains_key(fleet)
            || self.observed.fleets.seen().is_none_or(|known| known.contains_key(fleet));
        let kind = EstateKind::Infrastructures;
        if !is_known {
            let what = format!("there is no fleet `{fleet}`");
            return self.block(kind, &entry.id, what, "list the fleet, or name another one");
        }
        let what = format!("it is not there yet: fleet `{fleet}` registers it");
        let hint = "synchronize the fleet, then apply the file again";
        self.notes.push(PlanNote::new(Severity::Info, kind, &entry.id, what, hint));
        self.awaited.insert(entry.id.clone());
    }

    /// Whether the fleet that an entry names is the one that manages the infrastructure.
    pub(super) fn is_of_fleet(&mut self, entry: &InfraEntry, managed: Option<&ManagedInfra>) {
        let Some(fleet) = &entry.fleet else { return };
        let is = managed.map(|marker| &marker.fleet);
        // Another Deployer does not say what fleets manage; it refuses it.
        if is == Some(fleet) || !self.observed.can_change_stages {
            return;
        }
        let what = match is {
            Some(other) => format!("fleet `{other}` manages it, and not `{fleet}`"),
            None => format!("fleet `{fleet}` does not manage it"),
        };
        let hint =
            "let the fleet adopt it with `deployer fleet adopt`, or correct `fleet` in the file";
        self.block(EstateKind::Infrastructures, &entry.id, what, hint);
    }
}

fn stage_of(entry: &FleetEntry) -> Option<StageId> {
    entry.new_infras.as_ref()?.get("stage")?.as_str()?.parse().ok()
}

/// The source of an entry with its secrets.
fn origin_of(source: &FleetSourceEntry, secrets: &EstateSecrets) -> FleetOrigin {
    let secret = |place: &Option<SecretRef>| -> Option<ApiKeySecret> {
        place.as_ref().and_then(|place| secrets.key(place)).cloned()
    };
    match source {
        FleetSourceEntry::FleetManager {
            url,
            tenant,
            key_id,
            key_secret,
            trust_all_certificates,
            read_admin_keys,
        } => FleetOrigin::FleetManager {
            url: url.clone(),
            tenant: tenant.clone().unwrap_or_else(FleetOrigin::main_tenant),
            key_id: key_id.clone(),
            key_secret: secret(key_secret),
            trust_all_certificates: trust_all_certificates.unwrap_or_default(),
            read_admin_keys: read_admin_keys.unwrap_or(true),
        },
        FleetSourceEntry::Launchpad { url, space, key_id, key_secret } => FleetOrigin::Launchpad {
            url: url.clone(),
            space: space.clone(),
            key_id: key_id.clone(),
            key_secret: secret(key_secret),
        },
        FleetSourceEntry::List { nodes } => {
            let node = |node: &ListedNodeEntry| {
                ListedNode::new(node.node_id.clone())
                    .with_url(node.url.clone())
                    .with_admin_key(secret(&node.admin_key))
            };
            FleetOrigin::List { nodes: nodes.iter().map(node).collect() }
        }
    }
}

/// Puts a source in the place of another one. Secrets that it does not name stay, where their place does.
fn edit_origin(edit: &mut Edit<'_, FleetSettings>, origin: FleetOrigin) {
    let current = FleetSettings::clone(&edit.document);
    let changed = FleetSettings { source: origin, ..current.clone() }.keeping_secrets_of(&current);
    if changed.source == current.source {
        return;
    }
    let (now, wanted) = (fields_of(&current.source), fields_of(&changed.source));
    differences(edit, "source", &now, &wanted);
    let (now, wanted) = (current.source.secrets(), changed.source.secrets());
    let mut names: Vec<&String> = now.keys().chain(wanted.keys()).collect();
    names.sort();
    names.dedup();
    for name in names.into_iter().filter(|name| now.get(*name) != wanted.get(*name)) {
        let shown = |secret: Option<&ApiKeySecret>| secret.map(|_| WITHHELD.to_owned());
        let (from, to) = (shown(now.get(name)), shown(wanted.get(name)));
        edit.differs(format!("source.{}", shown_name(name)), from, to);
    }
    edit.document.to_mut().source = changed.source;
}

/// The field of a secret: that of a node is named as its address is.
fn shown_name(secret: &str) -> String {
    match secret.strip_prefix("node ").and_then(|node| node.split(' ').next()) {
        Some(node) => format!("nodes.{node}.adminKey"),
        None => secret.to_owned(),
    }
}

/// The fields of a source without its secrets.
fn fields_of(origin: &FleetOrigin) -> Map<String, Value> {
    let mut fields = match serde_json::to_value(origin) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    fields.retain(|name, _| name != "kind" && name != FleetOrigin::KEY);
    if let FleetOrigin::List { nodes } = origin {
        let url =
            |node: &ListedNode| node.url.as_ref().map_or(Value::Null, |url| url.to_string().into());
        let nodes = nodes.iter().map(|node| (format!("nodes.{}", node.node_id), url(node)));
        return nodes.collect();
    }
    fields
}

fn differences(
    edit: &mut Edit<'_, FleetSettings>,
    within: &str,
    now: &Map<String, Value>,
    wanted: &Map<String, Value>,
) {
    let shown = |value: Option<&Value>| match value {
        None => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Null) => Some("no address".to_owned()),
        Some(other) => Some(other.to_string()),
    };
    let all: BTreeMap<&String, ()> =
        now.keys().chain(wanted.keys()).map(|name| (name, ())).collect();
    for name in all.into_keys().filter(|name| now.get(*name) != wanted.get(*name)) {
        let (from, to) = (shown(now.get(name)), shown(wanted.get(name)));
        edit.differs(format!("{within}.{name}"), from, to);
    }
}

fn edit_rest(edit: &mut Edit<'_, FleetSettings>, entry: &FleetEntry) {
    edit.set("infraId", entry.infra_id.as_ref(), (|it| &it.infra_id, |it| &mut it.infra_id), text);
    if let Some(wanted) = entry.new_infras.as_ref().filter(|new| **new != edit.document.new_infras)
    {
        let now = edit.document.new_infras.clone();
        differences(edit, "newInfras", &now, wanted);
        edit.document.to_mut().new_infras = wanted.clone();
    }
    edit.set(
        "trustNodeCertificates",
        entry.trust_node_certificates.as_ref(),
        (|it| &it.trust_node_certificates, |it| &mut it.trust_node_certificates),
        text,
    );
    edit.set(
        "registerAll",
        entry.register_all.as_ref(),
        (|it| &it.register_all, |it| &mut it.register_all),
        text,
    );
    edit.set(
        "ignoredNodes",
        entry.ignored_nodes.as_ref(),
        (|it| &it.ignored_nodes, |it| &mut it.ignored_nodes),
        |nodes| {
            let nodes: Vec<_> = nodes.iter().map(ToString::to_string).collect();
            Some(nodes.join(", ")).filter(|text| !text.is_empty())
        },
    );
    edit.set(
        "mostMissingPercent",
        entry.most_missing_percent.as_ref(),
        (|it| &it.most_missing_percent, |it| &mut it.most_missing_percent),
        text,
    );
    edit.set(
        "intervalSeconds",
        entry.interval_seconds.as_ref(),
        (|it| &it.interval_seconds, |it| &mut it.interval_seconds),
        text,
    );
    edit.set("enabled", entry.enabled.as_ref(), (|it| &it.enabled, |it| &mut it.enabled), text);
}
