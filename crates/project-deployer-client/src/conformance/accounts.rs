//! Users, groups, suppliers and personal keys.

use std::collections::BTreeSet;
use std::sync::Arc;

use project_deployer_core::accounts::{SourceType, User, UserList};
use project_deployer_core::{GroupName, Login};

use super::fixture::{is_refused, login};
use super::{NodeSeed, NodeUnderTest};
use crate::connector::Identity;
use crate::node_accounts::{NewPersonalKey, NodeAccounts};

async fn usual<N: NodeUnderTest>() -> (N, Arc<dyn NodeAccounts>) {
    seeded(NodeSeed::usual()).await
}

async fn seeded<N: NodeUnderTest>(seed: NodeSeed) -> (N, Arc<dyn NodeAccounts>) {
    let under_test = N::start(seed).await;
    let accounts = under_test.accounts().await;
    (under_test, accounts)
}

async fn find_user(accounts: &dyn NodeAccounts, login: &Login) -> Option<User> {
    accounts.user(login).await.unwrap()
}

/// Those who are kept out too.
pub async fn users_are_told<N: NodeUnderTest>() {
    let (_node, accounts) = usual::<N>().await;
    let users = accounts.users().await.unwrap();
    for wanted in NodeSeed::usual().users {
        let found = find_user(&*accounts, &wanted.login).await.unwrap();
        assert_eq!(found.display_name, wanted.display_name);
        assert_eq!(found.email, wanted.email);
        assert_eq!(found.groups, wanted.groups);
        assert_eq!(found.source_type, wanted.source_type);
        assert_eq!(found.enabled, wanted.enabled, "{}", wanted.login);
        let listed: UserList = [&found].into_iter().collect();
        assert_eq!(users.get(&wanted.login), listed.iter().next());
    }
    assert_eq!(users.get(&login("ann")), None);
    assert_eq!(find_user(&*accounts, &login("ann")).await, None);
}

/// With what their members may do, and with the directory groups that map to them (R-L6).
pub async fn groups_are_told<N: NodeUnderTest>() {
    let (_node, accounts) = usual::<N>().await;
    let groups = accounts.groups().await.unwrap();
    for wanted in NodeSeed::usual().groups {
        let found = groups.iter().find(|group| group.name == wanted.name).unwrap();
        assert_eq!(found.admin, wanted.admin, "{}", wanted.name);
        assert_eq!(found.may_create_projects, wanted.may_create_projects, "{}", wanted.name);
        assert_eq!(found.may_write_in_root_project_folder, wanted.may_write_in_root_project_folder);
        assert_eq!(found.ldap_group_names, wanted.ldap_group_names);
    }
}

/// wire-facts 5.6.
pub async fn ldap_settings_are_told<N: NodeUnderTest>() {
    let (_node, accounts) = usual::<N>().await;
    let (found, wanted) = (accounts.ldap_settings().await.unwrap(), NodeSeed::usual().ldap);
    assert!(found.enabled && !found.allow_on_demand_users_provisioning);
    assert_eq!(found.url, wanted.url);
    assert_eq!(found.user_filter, wanted.user_filter);
    assert_eq!(found.username_attribute, wanted.username_attribute);
    assert_eq!(found.group_filter, wanted.group_filter);
}

/// Those of the directory, and those of the node that they map to.
pub async fn external_users_are_told_with_their_groups<N: NodeUnderTest>() {
    let (_node, accounts) = usual::<N>().await;
    let found = accounts.external_users(&SourceType::Ldap).await.unwrap();
    assert_eq!(found, NodeSeed::usual().ldap_users);
}

/// And no account appears.
pub async fn provisioning_is_refused_when_the_settings_do_not_allow_it<N: NodeUnderTest>() {
    let (_node, accounts) = usual::<N>().await;
    let users = accounts.external_users(&SourceType::Ldap).await.unwrap();
    let error = accounts.provision_users(&SourceType::Ldap, &users).await.unwrap_err();
    assert!(is_refused(&error), "{error}");
    assert_eq!(find_user(&*accounts, &login("ann")).await, None);
}

/// A user of LDAP whose groups do not follow the directory any more, beside a local group.
fn with_stale_ann(mut seed: NodeSeed) -> NodeSeed {
    let local = GroupName::parse("deployers").unwrap();
    seed.users.push(User::new(login("ann"), SourceType::Ldap).in_groups([local]));
    seed
}

/// And nothing changes.
pub async fn a_resync_is_refused_when_the_settings_do_not_allow_it<N: NodeUnderTest>() {
    let (_node, accounts) = seeded::<N>(with_stale_ann(NodeSeed::usual())).await;
    let before = find_user(&*accounts, &login("ann")).await;
    let error = accounts.resync(&[login("ann")]).await.unwrap_err();
    assert!(is_refused(&error), "{error}");
    assert_eq!(find_user(&*accounts, &login("ann")).await, before);
}

/// The groups that map to those of the directory; local ones stay (R-L6), and other users do not change.
/// A second call does no harm, and an empty list changes no user.
pub async fn a_resync_brings_the_groups_of_the_directory<N: NodeUnderTest>() {
    let (_node, accounts) = seeded::<N>(with_stale_ann(NodeSeed::usual()).with_sync()).await;
    let others = async || {
        let mut users = accounts.users().await.unwrap().to_users();
        users.retain(|user| user.login != login("ann"));
        users
    };
    let before = (others().await, find_user(&*accounts, &login("ann")).await);
    accounts.resync(&[]).await.unwrap();
    assert_eq!((others().await, find_user(&*accounts, &login("ann")).await), before);
    for _ in 0..2 {
        accounts.resync(&[login("ann")]).await.unwrap();
    }
    let ann = find_user(&*accounts, &login("ann")).await.unwrap();
    let groups = ["analysts", "deployers"].map(|name| GroupName::parse(name).unwrap());
    assert_eq!(ann.groups.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(groups));
    assert!(ann.enabled);
    assert_eq!(others().await, before.0);
}

/// That nothing beside LDAP supplies users, too.
pub async fn rules_for_accounts_are_told<N: NodeUnderTest>() {
    let (_node, accounts) = usual::<N>().await;
    let rules = accounts.account_rules().await.unwrap();
    assert!(!rules.sso.unwrap().enabled);
    assert!(!rules.azure_ad.unwrap().enabled);
}

/// Who may log in from then on. A second time does no harm.
pub async fn provisioning_creates_the_account_of_a_directory_user<N: NodeUnderTest>() {
    let (node, accounts) = seeded::<N>(NodeSeed::usual().with_provisioning()).await;
    let users = accounts.external_users(&SourceType::Ldap).await.unwrap();
    for _ in 0..2 {
        accounts.provision_users(&SourceType::Ldap, &users).await.unwrap();
    }
    let ann = find_user(&*accounts, &login("ann")).await.unwrap();
    assert_eq!(ann.source_type, SourceType::Ldap);
    assert_eq!(ann.display_name, "Ann Li");
    assert_eq!(ann.groups, [GroupName::parse("analysts").unwrap()]);
    assert!(ann.enabled);
    let info = node.node(Identity::Impersonate(login("ann"))).await.auth_info().await.unwrap();
    assert_eq!(info.auth_identifier, "ann");
}

/// A local account of the same login may be another person. Whether the call fails as a whole is not
/// documented.
pub async fn provisioning_leaves_an_account_of_another_source_alone<N: NodeUnderTest>() {
    let mut seed = NodeSeed::usual().with_provisioning();
    let local = User::new(login("ann"), SourceType::Local);
    seed.users.push(local.with_display_name("Another Ann"));
    let (_node, accounts) = seeded::<N>(seed).await;
    let users = accounts.external_users(&SourceType::Ldap).await.unwrap();
    let _ = accounts.provision_users(&SourceType::Ldap, &users).await;
    let ann = find_user(&*accounts, &login("ann")).await.unwrap();
    assert_eq!(ann.source_type, SourceType::Local);
    assert_eq!(ann.display_name, "Another Ann");
}

/// Nothing else of the user changes.
pub async fn a_user_is_kept_out_and_let_in_again<N: NodeUnderTest>() {
    let (node, accounts) = usual::<N>().await;
    let before = find_user(&*accounts, &login("dana")).await.unwrap();
    let dana = node.node(Identity::Impersonate(login("dana"))).await;
    for _ in 0..2 {
        accounts.set_user_enabled(&login("dana"), false).await.unwrap();
    }
    let disabled = find_user(&*accounts, &login("dana")).await.unwrap();
    assert_eq!(disabled, before.clone().with_enabled(false));
    assert!(dana.auth_info().await.is_err());
    accounts.set_user_enabled(&login("dana"), true).await.unwrap();
    assert_eq!(find_user(&*accounts, &login("dana")).await, Some(before));
    assert_eq!(dana.auth_info().await.unwrap().auth_identifier, "dana");
}

/// Neither to change nor to give a key to.
pub async fn an_absent_user_is_not_found<N: NodeUnderTest>() {
    let (_node, accounts) = usual::<N>().await;
    let error = accounts.set_user_enabled(&login("nobody"), true).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(accounts.create_personal_key(&key_for("nobody")).await.is_err());
    assert_eq!(find_user(&*accounts, &login("nobody")).await, None);
}

fn key_for(user: &str) -> NewPersonalKey {
    NewPersonalKey {
        user: login(user),
        label: "deployer".to_owned(),
        description: "For deployments".to_owned(),
    }
}

/// R13. A second key is another one.
pub async fn a_personal_key_is_told_once_and_never_in_debug<N: NodeUnderTest>() {
    let (_node, accounts) = usual::<N>().await;
    let one = accounts.create_personal_key(&key_for("dana")).await.unwrap();
    let other = accounts.create_personal_key(&key_for("dana")).await.unwrap();
    assert_ne!(one.id, other.id);
    assert_ne!(one.secret, other.secret);
    let user = find_user(&*accounts, &login("dana")).await;
    let shown = format!("{one:?} {accounts:?} {user:?}");
    assert!(!shown.contains(one.secret.expose()), "the secret is shown");
}
