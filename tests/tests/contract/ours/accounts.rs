//! Users, groups, suppliers and keys (wire-facts 3.2, 5).

use std::sync::Arc;

use project_deployer_client::http::{NewUser, UserChange};
use project_deployer_client::request::keys::{GlobalKeyRights, NewGlobalKey};
use project_deployer_client::request::suppliers::ExternalSearch;
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
    NewUser {
        display_name: display_name.to_owned(),
        password: Some("password-4711".to_owned().into()),
        user_profile: Some("READER".to_owned()),
        email: Some(format!("{name}@example.test")),
        ..NewUser::new(login(name), SourceType::Local)
    }
}

fn mina() -> NewUser {
    NewUser { groups: vec![parsed("deployers")], ..new_user("mina", "Mina") }
}

fn users() -> Vec<Operation> {
    let own = || json!({"userProperties": {"team": "ops"}});
    vec![
        operation!(users::visible(), |us| us.node.visible_users().await),
        operation!(users::visible_one(&login("dana")), |us| {
            us.node.visible_user(&login("dana")).await
        }),
        operation!(users::current(), |us| us.node.own_settings().await),
        operation!(users::save_current(own()), |us| {
            us.node.save_own_settings(&document(own())).await
        }),
        operation!(accounts::users(), |us| us.node.whole_users().await),
        operation!(users::create(&login("mina"), json!({})), |us| {
            us.node.create_user(&mina()).await
        }),
        operation!(accounts::user(&login("mina")), |us| us.node.user(&login("mina")).await),
        operation!(accounts::save_user(&login("mina"), json!({})), |us| {
            us.node.set_user_enabled(&login("mina"), false).await
        }),
        operation!(users::activity(&login("dana")), |us| {
            us.node.user_activity(&login("dana")).await
        }),
        operation!(users::activities(true), |us| us.node.user_activities(true).await),
        operation!(users::expired_trials(), |us| us.node.users_with_expired_trial().await),
        operation!(users::delete(&login("mina"), false), |us| {
            us.node.delete_user(&login("mina"), false).await
        }),
    ]
}

fn many_users() -> Vec<Operation> {
    let change = || UserChange {
        display_name: Some("Noor K".to_owned()),
        enabled: Some(false),
        ..UserChange::of(login("noor"))
    };
    vec![
        operation!(users::create_many(vec![]), |us| {
            us.node.create_users(&[new_user("noor", "Noor")]).await
        }),
        operation!(users::change_many(vec![]), |us| us.node.change_users(&[change()]).await),
        operation!(users::delete_many(&[login("noor")], false), |us| {
            us.node.delete_users(&[login("noor")], false).await
        }),
        operation!(users::resync(&login("ann")), |us| us.node.resync_user(&login("ann")).await),
        operation!(users::resync_many(Some(&[login("ann")])), |us| {
            us.node.resync_users(Some(&[login("ann")])).await
        }),
    ]
}

fn groups() -> Vec<Operation> {
    let new = || Group::new(ops()).with_description("Operations");
    vec![
        operation!(groups::visible(), |us| us.node.visible_groups().await),
        operation!(accounts::groups(), |us| us.node.groups().await),
        operation!(groups::create(&new()), |us| us.node.create_group(&new()).await),
        operation!(groups::get(&ops()), |us| us.node.group(&ops()).await),
        operation!(groups::save(&ops(), json!({})), |us| {
            let group = us.node.group(&ops()).await?;
            us.node.save_group(&group.with_may_create_projects(true)).await
        }),
        operation!(groups::delete(&ops()), |us| us.node.delete_group(&ops()).await),
    ]
}

fn supplied() -> Vec<Operation> {
    let ann = || ExternalSearch::Login("ann".to_owned());
    let ldap = SourceType::Ldap;
    vec![
        operation!(suppliers::external_groups(&ldap), |us| {
            us.node.external_groups(&SourceType::Ldap).await
        }),
        operation!(accounts::external_users(&ldap), |us| {
            us.node.external_users(&SourceType::Ldap).await
        }),
        operation!(suppliers::external_users(&ldap, &ann()), |us| {
            us.node.find_external_users(&SourceType::Ldap, &ann()).await
        }),
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
            us.node.save_ldap_settings(&settings).await
        }),
        operation!(suppliers::sso_settings(), |us| us.node.sso_settings().await),
        operation!(suppliers::save_sso_settings(off()), |us| {
            us.node.save_sso_settings(&document(off())).await
        }),
        operation!(suppliers::azure_ad_settings(), |us| us.node.azure_ad_settings().await),
        operation!(suppliers::save_azure_ad_settings(disabled()), |us| {
            us.node.save_azure_ad_settings(&document(disabled())).await
        }),
    ]
}

fn global_keys(id: &str) -> Vec<Operation> {
    let new = || NewGlobalKey {
        label: "ci".to_owned(),
        description: "Builds".to_owned(),
        rights: GlobalKeyRights::Admin,
    };
    let (read, saved, deleted) = (id.to_owned(), id.to_owned(), id.to_owned());
    vec![
        operation!(keys::global(), |us| us.node.global_keys().await),
        operation!(keys::create_global(&new()), |us| us.node.create_global_key(&new()).await),
        operation!(keys::global_one(id), |us| us.node.global_key(&read).await),
        operation!(keys::save_global(id, json!({})), |us| {
            let key = us.node.global_key(&saved).await?;
            us.node.save_global_key(&key).await
        }),
        operation!(keys::delete_global(id), |us| us.node.delete_global_key(&deleted).await),
    ]
}

fn personal_keys(id: &str) -> Vec<Operation> {
    let new = || NewPersonalKey {
        user: login("dana"),
        label: "deployer".to_owned(),
        description: "Deploys".to_owned(),
    };
    let (read, deleted) = (id.to_owned(), id.to_owned());
    vec![
        operation!(keys::create_own("own", "Mine"), |us| {
            us.node.create_own_key("own", "Mine").await
        }),
        operation!(keys::own(), |us| us.node.own_keys().await),
        operation!(keys::own_one(id), |us| us.node.own_key(&read).await),
        operation!(accounts::create_personal_key(&new()), |us| {
            us.node.create_personal_key(&new()).await
        }),
        operation!(keys::personal_of_all(), |us| us.node.personal_keys().await),
        operation!(keys::delete_own(id), |us| us.node.delete_own_key(&deleted).await),
    ]
}
