//! Users, groups, suppliers and keys (wire-facts 3.2, 5).

use std::sync::Arc;

use project_deployer_client::request::keys::{GlobalKeyRights, NewGlobalKey};
use project_deployer_client::request::suppliers::ExternalSearch;
use project_deployer_client::request::users::{NewUser, UserChange};
use project_deployer_client::request::{accounts, groups, keys, suppliers, users};
use project_deployer_client::{NewPersonalKey, NodeAccounts as _};
use project_deployer_core::accounts::{Group, LdapSettings, SourceType};
use project_deployer_core::{GroupName, Login, UnknownFields};
use serde_json::{Value, json};

use super::{Noted, Operation, operation, parsed};

fn login(text: &str) -> Login {
    parsed(text)
}

fn ops() -> GroupName {
    parsed("ops")
}

fn document(value: Value) -> UnknownFields {
    serde_json::from_value(value).unwrap()
}

pub(crate) fn operations(noted: &Arc<Noted>) -> Vec<Operation> {
    let mut all = users();
    all.extend(many_users());
    all.extend(groups());
    all.extend(supplied());
    all.extend(settings_of_suppliers());
    all.extend(global_keys(&noted.get("global_key")));
    all.extend(personal_keys(&noted.get("own_key")));
    all
}

fn new_user(name: &str, display_name: &str) -> NewUser {
    NewUser::new(login(name), SourceType::Local)
        .with_display_name(display_name.to_owned())
        .with_password(Some("password-4711".to_owned().into()))
        .with_user_profile(Some("READER".to_owned()))
        .with_email(Some(format!("{name}@example.test")))
}

fn mina() -> NewUser {
    new_user("mina", "Mina").with_groups(vec![parsed("deployers")])
}

fn users() -> Vec<Operation> {
    let own = || json!({"userProperties": {"team": "ops"}});
    vec![
        operation!(users::visible()),
        operation!(users::visible_one(&login("dana"))),
        operation!(users::current()),
        operation!(users::save_current(&document(own()))),
        operation!(accounts::users(), |us| us.node.whole_users().await),
        operation!(users::create(&mina())),
        operation!(accounts::user(&login("mina")), |us| us.node.user(&login("mina")).await),
        operation!(accounts::save_user(&login("mina"), &json!({})), |us| {
            us.node.set_user_enabled(&login("mina"), false).await
        }),
        operation!(users::activity(&login("dana"))),
        operation!(users::activities(true)),
        operation!(users::expired_trials()),
        operation!(users::delete(&login("mina"), false)),
    ]
}

fn many_users() -> Vec<Operation> {
    let change = || {
        UserChange::of(login("noor"))
            .with_display_name(Some("Noor K".to_owned()))
            .with_enabled(Some(false))
    };
    vec![
        operation!(users::create_many(&[new_user("noor", "Noor")])),
        operation!(users::change_many(&[change()])),
        operation!(users::delete_many(&[login("noor")], false)),
        operation!(users::resync(&login("ann"))),
        operation!(users::resync_many(Some(&[login("ann")]))),
    ]
}

fn groups() -> Vec<Operation> {
    let new = || Group::new(ops()).with_description("Operations");
    vec![
        operation!(groups::visible()),
        operation!(accounts::groups(), |us| us.node.groups().await),
        operation!(groups::create(&new()), |us| us.node.create_group(&new()).await),
        operation!(groups::get(&ops())),
        operation!(groups::save(&ops(), &json!({})), |us| {
            let mut group = us.node.call(&groups::get(&ops())).await?;
            group.may_create_projects = true;
            us.node.call(&groups::save(&group.name, &group)).await
        }),
        operation!(groups::delete(&ops())),
    ]
}

fn supplied() -> Vec<Operation> {
    let ann = || ExternalSearch::Login("ann".to_owned());
    let ldap = SourceType::Ldap;
    vec![
        operation!(suppliers::external_groups(&ldap)),
        operation!(accounts::external_users(&ldap), |us| {
            us.node.external_users(&SourceType::Ldap).await
        }),
        operation!(suppliers::external_users(&ldap, &ann())),
        operation!(accounts::provision(&ldap, &[]), |us| {
            let found = us.node.external_users(&SourceType::Ldap).await?;
            us.node.provision_users(&SourceType::Ldap, &found).await
        }),
    ]
}

fn settings_of_suppliers() -> Vec<Operation> {
    let off = || json!({"enabled": false, "openIDParams": {}, "samlSPParams": {}});
    let disabled = || json!({"enabled": false});
    vec![
        operation!(accounts::ldap_settings(), |us| us.node.ldap_settings().await),
        operation!(suppliers::save_ldap_settings(&LdapSettings::default()), |us| {
            let settings = us.node.ldap_settings().await?;
            us.node.call(&suppliers::save_ldap_settings(&settings)).await
        }),
        operation!(suppliers::sso_settings()),
        operation!(suppliers::save_sso_settings(&document(off()))),
        operation!(suppliers::azure_ad_settings()),
        operation!(suppliers::save_azure_ad_settings(&document(disabled()))),
    ]
}

fn global_keys(id: &str) -> Vec<Operation> {
    let new = || NewGlobalKey::new("ci", GlobalKeyRights::Admin).with_description("Builds");
    let saved = id.to_owned();
    vec![
        operation!(keys::global()),
        operation!(keys::create_global(&new())),
        operation!(keys::global_one(id)),
        operation!(keys::save_global(id, &json!({})), |us| {
            let key = us.node.call(&keys::global_one(&saved)).await?;
            us.node.call(&keys::save_global(&key.id, &key)).await
        }),
        operation!(keys::delete_global(id)),
    ]
}

fn personal_keys(id: &str) -> Vec<Operation> {
    let new = || NewPersonalKey::new(login("dana"), "deployer").with_description("Deploys");
    let saved = id.to_owned();
    vec![
        operation!(keys::create_own("own", "Mine")),
        operation!(keys::own()),
        operation!(keys::own_one(id)),
        operation!(accounts::create_personal_key(&new()), |us| {
            us.node.create_personal_key(&new()).await
        }),
        operation!(keys::personal_of_all()),
        operation!(keys::save_own(id, &json!({})), |us| {
            let mut key = serde_json::to_value(us.node.call(&keys::own_one(&saved)).await?)
                .unwrap_or_default();
            key["label"] = "renamed".into();
            us.node.call(&keys::save_own(&saved, &key)).await
        }),
        operation!(keys::delete_own(id)),
    ]
}
