//! I1 to I4: what a synchronization does, as a function of data.

mod names;
mod places;
mod plans;
mod random;
mod settings;

use std::collections::BTreeSet;

use project_deployer_client::fleet::{
    Discovery, FleetAdminKey, FleetNode, FleetUrl, InstanceId, Registration,
};
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::{InfraSettings, NodeEntry, Target};
use project_deployer_core::{ApiKeySecret, NodeAddress, Timestamp};
use serde_json::json;

use super::*;

fn fleet() -> FleetSettings {
    let document = json!({
        "id": "cloud",
        "source": {"kind": "fleet-manager", "url": "https://fleet.example", "keyId": "k", "keySecret": "s"},
        "newInfras": {"stage": "Production", "permissions": [{"group": "ops", "admin": true}]},
    });
    FleetSettings::from_document(document).unwrap()
}

fn address(name: &str) -> NodeAddress {
    NodeAddress::parse(&format!("https://{name}.example:11200")).unwrap()
}

fn key(name: &str) -> ApiKeySecret {
    ApiKeySecret::new(format!("key-of-{name}")).unwrap()
}

/// An Automation node that its Fleet Manager registers, at an address with its name.
fn node(name: &str) -> FleetNode {
    let url = FleetUrl::Known(address(name));
    let mut node = FleetNode::listed(name.parse().unwrap(), url, FleetAdminKey::Known(key(name)));
    node.instance = Some(InstanceId::parse(&format!("i-{name}")).unwrap());
    node.registration = Registration::Automatic;
    node
}

fn answer(nodes: Vec<FleetNode>) -> Discovery {
    Discovery::new("https://fleet.example", nodes, Vec::new())
}

fn listing(names: &[&str]) -> Discovery {
    answer(names.iter().map(|name| node(name)).collect())
}

/// An infrastructure that nobody's fleet manages.
fn by_hand(id: &str, entry: NodeEntry) -> InfraSettings {
    InfraSettings::new(id.parse().unwrap(), "Production".parse().unwrap())
        .with_target(Target::SingleNode(entry))
}

fn plan(members: &[Member], answer: &Discovery) -> FleetPlan {
    plan_of(&fleet(), members, &[], answer, None)
}

fn plan_of(
    fleet: &FleetSettings,
    members: &[Member],
    others: &[InfraSettings],
    answer: &Discovery,
    confirmed: Option<&str>,
) -> FleetPlan {
    plan_sync(Known { fleet, members, unreadable: &[], others, unclear: &[] }, answer, confirmed)
}

/// What the members are after a plan was carried out, as `sync.rs` does it.
fn carried_out(fleet: &FleetSettings, members: &[Member], plan: &FleetPlan) -> Vec<Member> {
    let mut members = members.to_vec();
    if plan.shrunken.is_some() {
        return members;
    }
    for action in &plan.actions {
        let at = members.iter().position(|member| member.infra.id == action.infra);
        let known = at.map(|at| members.remove(at));
        let mut changed = known.unwrap_or_else(|| Member {
            infra: fleet.new_infra(Some(action.infra.clone())).unwrap(),
            marker: ManagedInfra {
                infra: action.infra.clone(),
                fleet: fleet.id.clone(),
                node: action.node.clone(),
                instance: None,
                fields: BTreeSet::new(),
                since: Timestamp::from_millis(1),
                quarantine: None,
            },
        });
        changed.marker.quarantine = match action.kind {
            FleetActionKind::Quarantine => {
                let since = Timestamp::from_millis(2);
                let (reason, confirmed) = (action.reason.clone(), action.is_confirmed);
                Some(Quarantine { since, reason, confirmed })
            }
            _ => None,
        };
        if let Some(Wanted { entry, fields, instance }) = action.wanted.clone() {
            changed.infra = changed.infra.with_target(Target::Fleet(entry));
            changed.marker.node = action.node.clone();
            (changed.marker.fields, changed.marker.instance) = (fields, instance);
        }
        members.push(changed);
    }
    members.sort_by(|one, other| one.infra.id.cmp(&other.infra.id));
    members
}

/// The members after a fleet of these nodes was synchronized from nothing.
fn registered(names: &[&str]) -> Vec<Member> {
    carried_out(&fleet(), &[], &plan(&[], &listing(names)))
}

fn shown(plan: &FleetPlan) -> Vec<String> {
    let actions = plan.actions.iter();
    actions.map(|action| format!("{:?} {} {}", action.kind, action.infra, action.node)).collect()
}

fn noted(plan: &FleetPlan) -> Vec<FleetNoteKind> {
    plan.notes.iter().map(|note| note.kind).collect()
}
