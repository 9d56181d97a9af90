use project_deployer_core::messages::Severity;
use project_deployer_core::{AddressPolicy, AddressRange, NodeAddress};

use crate::readiness::facts::NodeFacts;
use crate::readiness::finding::Findings;
use crate::readiness::needs::Needs;

pub(super) fn address(facts: &NodeFacts, _: &Needs, findings: &mut Findings<'_>) {
    if facts.entry.admin_api_key.is_none() {
        findings.note(
            Severity::Error,
            "it has no admin key",
            "create an admin global API key on the node and write its secret into the infrastructure",
        );
    }
    let Some(address) = &facts.entry.address else {
        findings.note(
            Severity::Error,
            "it has no address",
            "write protocol, host and port into the infrastructure, for example `https://auto-eu.example:11200`",
        );
        return;
    };
    if !address.port_was_written() {
        findings.note(
            Severity::Info,
            format!("{address} has no port, so {} is used", address.port()),
            "write the port into the infrastructure",
        );
    }
    place(address, findings);
}

/// Checks where the address leads, as far as the address itself shows (R17).
fn place(address: &NodeAddress, findings: &mut Findings<'_>) {
    let range = address.range().filter(|range| *range != AddressRange::Public);
    if address.is_loopback() {
        findings.note(
            Severity::Info,
            format!("{address} is on this machine"),
            "none needed if the node runs on this machine; otherwise register the node's own address",
        );
        return;
    }
    if let Some(range) = AddressPolicy::default().objection_to(address) {
        findings.note(
            Severity::Error,
            format!("{address} is {range}, where no node can be, so it is not contacted"),
            "write the address of the node into the infrastructure",
        );
        return;
    }
    if let Some(range) = range {
        findings.note(
            Severity::Info,
            format!("{address} is in the range of {range}"),
            "none needed if the node is in a network of your own",
        );
    }
    if !address.is_https() {
        findings.note(
            Severity::Warning,
            format!("{address} is not encrypted: the admin key travels in clear"),
            "give the node a certificate, and write `https` into the infrastructure",
        );
    }
}

pub(super) fn tls(facts: &NodeFacts, _: &Needs, findings: &mut Findings<'_>) {
    let https = facts.entry.address.as_ref().is_some_and(|address| address.is_https());
    if https && facts.entry.trust_all_certificates {
        findings.note(
            Severity::Warning,
            "any certificate is accepted, so an attacker on the network can read the admin key",
            "trust the CA of the node's certificate on this machine, and switch verification on in the infrastructure",
        );
    }
}
