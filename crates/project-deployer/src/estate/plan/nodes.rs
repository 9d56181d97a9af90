use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_core::messages::Severity;

use super::change::{EstateKind, PlanNote, PlannedField};
use super::edit::Edit;
use crate::estate::document::{InfraEntry, NodeDescription};
use crate::estate::secrets::EstateSecrets;

const WITHHELD: &str = PlannedField::WITHHELD;

/// Sets the nodes that an entry mentions. A node is recognised by its id, else by its address, else by its place if
/// it is the only one.
pub(super) fn edit(
    edit: &mut Edit<'_, InfraSettings>,
    entry: &InfraEntry,
    secrets: &EstateSecrets,
    has_keys: bool,
) -> Vec<PlanNote> {
    let mut nodes = Nodes {
        entry,
        secrets,
        has_keys,
        now: edit.document.target.entries().to_vec(),
        fields: Vec::new(),
        notes: Vec::new(),
    };
    let wanted = nodes.wanted(&edit.document.target);
    let Nodes { fields, mut notes, now, .. } = nodes;
    if fields.is_empty() {
        return notes;
    }
    let current = edit.document.clone().into_owned();
    let changed = current.clone().with_target(wanted).keeping_keys_of(&current);
    // A key never follows an address to another host unless the file says so.
    for node in changed.target.entries().iter().filter(|node| node.admin_api_key.is_none()) {
        let old = match_of(&now, node);
        let had_key = old.is_some_and(|old| old.admin_api_key.is_some());
        let moved = !has_keys && old.is_some_and(|old| old.address != node.address);
        if had_key || moved {
            let what =
                format!("the address of node `{}` changes, and its key is not named", node.label());
            let hint =
                "name the key with `adminApiKey`: a key never follows an address to another host";
            notes.push(PlanNote::new(
                Severity::Error,
                EstateKind::Infrastructures,
                &entry.id,
                what,
                hint,
            ));
        }
    }
    *edit.document.to_mut() = changed;
    edit.fields.extend(fields);
    notes
}

struct Nodes<'a> {
    entry: &'a InfraEntry,
    secrets: &'a EstateSecrets,
    has_keys: bool,
    now: Vec<NodeEntry>,
    fields: Vec<PlannedField>,
    notes: Vec<PlanNote>,
}

impl Nodes<'_> {
    fn wanted(&mut self, target: &Target) -> Target {
        let Some(descriptions) = &self.entry.nodes else {
            return self.kind(target, self.now.clone());
        };
        let is_single = descriptions.len() == 1;
        let mut kept = vec![false; self.now.len()];
        let mut entries = Vec::with_capacity(descriptions.len());
        for description in descriptions {
            let position = self.position(description, is_single);
            let known = position.and_then(|position| self.now.get(position)).cloned();
            if let Some(kept) = position.and_then(|position| kept.get_mut(position)) {
                *kept = true;
            }
            entries.push(self.node(description, known));
        }
        for (node, _) in
            self.now.iter().zip(&kept).filter(|(node, kept)| !**kept && is_described(node))
        {
            let field = format!("nodes.{}", node.label());
            self.fields.push(PlannedField::new(field, Some(node.label()), None));
        }
        self.kind(target, entries)
    }

    fn position(&self, description: &NodeDescription, is_single: bool) -> Option<usize> {
        let by_id = description
            .id
            .as_ref()
            .and_then(|id| self.now.iter().position(|node| node.node_id.as_ref() == Some(id)));
        let by_url = || {
            let url = description.url.as_ref()?;
            self.now.iter().position(|node| node.address.as_ref() == Some(url))
        };
        let only = || (is_single && self.now.len() == 1).then_some(0);
        by_id.or_else(by_url).or_else(only)
    }

    fn node(&mut self, description: &NodeDescription, known: Option<NodeEntry>) -> NodeEntry {
        let is_new = known.is_none();
        let mut node = known.unwrap_or_default();
        let label =
            description.id.as_ref().map(ToString::to_string).unwrap_or_else(|| node.label());
        let mut note = |field: &str, from: Option<String>, to: Option<String>| {
            self.fields.push(PlannedField::new(format!("nodes.{label}.{field}"), from, to));
        };
        let shown = |value: Option<&dyn std::fmt::Display>| value.map(ToString::to_string);
        if let Some(id) = &description.id
            && node.node_id.as_ref() != Some(id)
        {
            let from = node.node_id.replace(id.clone());
            note("id", from.map(|id| id.to_string()), Some(id.to_string()));
        }
        if let Some(url) = &description.url
            && node.address.as_ref() != Some(url)
        {
            let from = node.address.replace(url.clone());
            note("url", from.map(|url| url.to_string()), Some(url.to_string()));
        }
        if let Some(wanted) = &description.external_url
            && node.external_address.as_ref() != wanted.value()
        {
            let from = std::mem::replace(&mut node.external_address, wanted.value().cloned());
            let to = shown(wanted.value().map(|url| url as &dyn std::fmt::Display));
            note("externalUrl", from.map(|url| url.to_string()), to);
        }
        if let Some(trusts) = description.trust_all_certificates
            && node.trust_all_certificates != trusts
        {
            let from = std::mem::replace(&mut node.trust_all_certificates, trusts);
            note("trustAllSSLCertificates", Some(from.to_string()), Some(trusts.to_string()));
        }
        self.key(description, node, &label, is_new)
    }

    /// A key that the Deployer withholds cannot be compared, so it is only written with another change of its node.
    fn key(
        &mut self,
        description: &NodeDescription,
        mut node: NodeEntry,
        label: &str,
        is_new: bool,
    ) -> NodeEntry {
        let before = node.admin_api_key.take();
        let place = description.admin_api_key.as_ref();
        let Some(wanted) = place.and_then(|place| self.secrets.key(place)) else { return node };
        let field = format!("nodes.{label}.adminApiKey");
        if before.as_ref() == Some(wanted) {
            node.admin_api_key = before;
            return node;
        }
        let is_unknown = !self.has_keys && before.is_none() && !is_new && node.address.is_some();
        let prefix = format!("nodes.{label}.");
        let changes = self.fields.iter().any(|field| field.field.starts_with(&prefix));
        if is_unknown && !changes {
            let what = format!("the key of node `{label}` is withheld, so it is not compared");
            let hint = "change it in the Deployer, or with another change of this node";
            let id = &self.entry.id;
            self.notes.push(PlanNote::new(
                Severity::Info,
                EstateKind::Infrastructures,
                id,
                what,
                hint,
            ));
            return node;
        }
        let from = before.map(|_| WITHHELD.to_owned());
        self.fields.push(PlannedField::new(field, from, Some(WITHHELD.to_owned())));
        node.admin_api_key = Some(wanted.clone());
        node
    }

    /// The kind of infrastructure that has these nodes.
    fn kind(&mut self, now: &Target, mut entries: Vec<NodeEntry>) -> Target {
        let is_fleet = self.entry.from_fleet.unwrap_or(matches!(now, Target::Fleet(_)));
        let stays_multi = now.is_multi_node() && entries.len() == self.now.len();
        let wanted = match entries.len() {
            _ if stays_multi => Target::MultiNode(entries),
            0 => now.clone(),
            1 => {
                let entry = entries.remove(0);
                if is_fleet { Target::Fleet(entry) } else { Target::SingleNode(entry) }
            }
            _ => Target::MultiNode(entries),
        };
        let kinds = (name_of(now), name_of(&wanted));
        if kinds.0 != kinds.1 {
            let (from, to) = (Some(kinds.0.to_owned()), Some(kinds.1.to_owned()));
            self.fields.push(PlannedField::new("kind", from, to));
        }
        wanted
    }
}

fn name_of(target: &Target) -> &'static str {
    match target {
        Target::SingleNode(_) => "single node",
        Target::MultiNode(_) => "multi-node",
        Target::Fleet(_) => "node of a fleet",
        _ => "unknown",
    }
}

/// Whether anything is known of the node: a new infrastructure has an empty one.
fn is_described(node: &NodeEntry) -> bool {
    node.node_id.is_some() || node.address.is_some()
}

fn match_of<'a>(now: &'a [NodeEntry], node: &NodeEntry) -> Option<&'a NodeEntry> {
    let by_id = now.iter().find(|old| old.node_id.is_some() && old.node_id == node.node_id);
    let by_url = || now.iter().find(|old| old.address.is_some() && old.address == node.address);
    let only = || now.first().filter(|_| now.len() == 1);
    by_id.or_else(by_url).or_else(only)
}
