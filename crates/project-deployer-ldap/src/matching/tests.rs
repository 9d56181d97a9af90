use std::sync::Arc;

use project_deployer_core::accounts::{Group, LdapSettings, RemappingRule, SourceType, User};
use project_deployer_core::{GroupName, InfraId, Login, NodeAddress, Timestamp};

use super::*;
use crate::fetched::Reason;
use crate::group_names::GroupNames;
use crate::ldif::LdifDirectory;
use crate::memory::MemoryDirectory;
use crate::snapshot::DirectorySnapshot;
use crate::supplier::LdapUrl;

mod blocked;
mod facts;
mod next_sync;
mod oracle;
mod remedies;
mod scale;
mod sources;

/// 2026-07-01T00:00:00Z
const NOW: Timestamp = Timestamp::from_millis(1_782_864_000_000);

fn login(text: &str) -> Login {
    Login::parse(text).unwrap()
}

fn user(text: &str, source: SourceType) -> User {
    User::new(login(text), source)
}

fn node(infra: &str) -> LocationId {
    LocationId::Node { infra: InfraId::parse(infra).unwrap(), node: None }
}

/// A location with these users.
fn location(id: LocationId, users: Vec<User>) -> Location {
    Location { users: Ok(users.into_iter().collect()), ..Location::new(id) }
}

fn settings() -> LdapSettings {
    LdapSettings::default()
        .with_enabled(true)
        .with_url("ldap://dir.example.test/dc=t")
        .with_user_filter("(uid={USERNAME})")
        .with_username_attribute("uid")
        .with_enable_groups(true)
        .with_group_name_attribute(Some("cn".to_owned()))
        .with_group_filter(Some("(member={USERDN})".to_owned()))
        .with_auto_import_users(true)
}

fn stripping(from: &str) -> Vec<RemappingRule> {
    vec![RemappingRule::new(from, "")]
}

/// The supply of a location with these settings and this directory.
fn supply(settings: &LdapSettings, directory: &MemoryDirectory) -> LdapSupply {
    let url = LdapUrl::parse(&settings.url).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let snapshot = runtime.block_on(DirectorySnapshot::read(directory, &url, [settings], NOW));
    LdapSupply { settings: settings.clone(), directory: Ok(Arc::new(snapshot)) }
}

fn directory(ldif: &str) -> MemoryDirectory {
    MemoryDirectory::new(LdifDirectory::parse(ldif.as_bytes()).unwrap().entries().to_vec())
}
