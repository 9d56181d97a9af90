//! Accounts and the node as a whole, line by line (wire-facts 1.9, 3.1, 3.2, 5).

use project_deployer_core::accounts::{Group, LdapSettings, SourceType};
use project_deployer_core::{GroupName, Login, ProjectKey};
use serde_json::{Value, json};

use crate::request::futures::Tasks;
use crate::request::keys::{GlobalKeyRights, NewGlobalKey};
use crate::request::suppliers::ExternalSearch;
use crate::request::users::{NewUser, UserChange};
use crate::request::{NodeRequest, administration, futures, groups, keys, suppliers, users};

fn mina() -> Login {
    Login::parse("mina").unwrap()
}

/// Each request reads as its line and carries its body.
pub(super) fn assert_asked<const N: usize>(
    requests: [&NodeRequest; N],
    lines: [(&str, Option<Value>); N],
) {
    for (request, (line, body)) in requests.into_iter().zip(lines) {
        assert_eq!((request.to_string().as_str(), request.body.clone()), (line, body));
    }
}

#[test]
fn tasks_are_listed_looked_at_and_stopped() {
    assert_asked(
        [
            &futures::list(Tasks::Others, false),
            &futures::list(Tasks::Scenarios, true),
            &futures::look("fut_7Hq2"),
            &futures::abort("fut_7Hq2"),
        ],
        [
            ("GET /futures/?withScenarios=false&withNotScenarios=true&allUsers=false", None),
            ("GET /futures/?withScenarios=true&withNotScenarios=false&allUsers=true", None),
            ("GET /futures/fut_7Hq2?peek=true", None),
            ("DELETE /futures/fut_7Hq2", None),
        ],
    );
}

#[test]
fn the_node_as_a_whole_is_asked_for_by_its_administrators() {
    let key = ProjectKey::parse("CHURN").unwrap();
    let settings = json!({"ldapSettings": {}});
    assert_asked(
        [
            &administration::create_ticket(),
            &administration::licensing(),
            &administration::general_settings(),
            &administration::save_general_settings(&settings),
            &administration::authorization_matrix(),
            &administration::govern_node(),
            &administration::sync_govern(None),
            &administration::sync_govern(Some(&key)),
            &administration::sync_govern_deployer(),
        ],
        [
            ("POST /auth/ticket", None),
            ("GET /admin/licensing/status", None),
            ("GET /admin/general-settings", None),
            ("PUT /admin/general-settings", Some(settings)),
            ("GET /admin/authorization-matrix", None),
            ("GET /admin/get-govern-node-ref", None),
            ("POST /admin/govern-integration-sync", None),
            ("POST /admin/govern-integration-sync?projectKey=CHURN", None),
            ("POST /admin/govern-integration-deployer-sync", None),
        ],
    );
}

#[test]
fn users_are_asked_for_one_by_one() {
    let document = json!({"login": "mina"});
    let new = NewUser::new(mina(), SourceType::Local);
    assert_asked(
        [
            &users::visible(),
            &users::visible_one(&mina()),
            &users::current(),
            &users::save_current(&document),
            &users::create(&new),
            &users::delete(&mina(), false),
            &users::activity(&mina()),
            &users::activities(true),
            &users::expired_trials(),
            &users::resync(&mina()),
        ],
        [
            ("GET /users", None),
            ("GET /users/mina", None),
            ("GET /current-user", None),
            ("PUT /current-user", Some(document.clone())),
            ("POST /admin/users/", Some(new.document())),
            ("DELETE /admin/users/mina?allowSelfDeletion=false", None),
            ("GET /admin/users/mina/activity", None),
            ("GET /admin/users-activity?enabledUsersOnly=true", None),
            ("GET /admin/list-trial-expired-users", None),
            ("POST /admin/users/mina/actions/resync", None),
        ],
    );
}

#[test]
fn users_are_changed_in_bulk_and_a_deletion_carries_its_list() {
    // wire-facts 5.2
    let (new, change) = (NewUser::new(mina(), SourceType::Local), UserChange::of(mina()));
    let document = new.document();
    assert_asked(
        [
            &users::create_many(&[new]),
            &users::change_many(&[change]),
            &users::delete_many(&[mina()], true),
            &users::resync_many(Some(&[mina()])),
            &users::resync_many(None),
        ],
        [
            ("POST /admin/users/actions/bulk", Some(json!([document]))),
            ("PUT /admin/users/actions/bulk", Some(json!([{"login": "mina"}]))),
            ("DELETE /admin/users/actions/bulk?allowSelfDeletion=true", Some(json!(["mina"]))),
            ("POST /admin/users/actions/resync-multi", Some(json!(["mina"]))),
            // No body means all users.
            ("POST /admin/users/actions/resync-multi", None),
        ],
    );
}

#[test]
fn groups_are_created_without_the_permissions_that_would_be_ignored() {
    // wire-facts 5.3
    let name = GroupName::parse("ops").unwrap();
    let group = Group::new(name.clone()).with_admin(true).with_description("Crew");
    assert_asked(
        [
            &groups::visible(),
            &groups::get(&name),
            &groups::create(&group),
            &groups::save(&name, &json!({"admin": true})),
            &groups::delete(&name),
        ],
        [
            ("GET /groups", None),
            ("GET /admin/groups/ops", None),
            (
                "POST /admin/groups/",
                Some(json!({"name": "ops", "description": "Crew", "sourceType": "LOCAL"})),
            ),
            ("PUT /admin/groups/ops", Some(json!({"admin": true}))),
            ("DELETE /admin/groups/ops", None),
        ],
    );
}

#[test]
fn suppliers_are_searched_by_one_thing_at_a_time() {
    // wire-facts 5.4, 5.6
    let settings = LdapSettings::default();
    let search = |search: ExternalSearch| suppliers::external_users(&SourceType::Ldap, &search);
    assert_asked(
        [
            &suppliers::save_ldap_settings(&settings),
            &suppliers::sso_settings(),
            &suppliers::save_sso_settings(&json!({"enabled": false})),
            &suppliers::azure_ad_settings(),
            &suppliers::save_azure_ad_settings(&json!({"enabled": false})),
            &suppliers::external_groups(&SourceType::AzureAd),
            &search(ExternalSearch::Login("ann".to_owned())),
            &search(ExternalSearch::Email("ann@example.test".to_owned())),
            &search(ExternalSearch::MembersOf("cn-analytics".to_owned())),
        ],
        [
            ("PUT /admin/iam/ldap-settings", Some(settings.to_document())),
            ("GET /admin/iam/sso-settings", None),
            ("PUT /admin/iam/sso-settings", Some(json!({"enabled": false}))),
            ("GET /admin/iam/azure-ad-settings", None),
            ("PUT /admin/iam/azure-ad-settings", Some(json!({"enabled": false}))),
            ("GET /admin/external-groups?userSourceType=AZURE_AD", None),
            ("GET /admin/external-users?userSourceType=LDAP&login=ann", None),
            ("GET /admin/external-users?userSourceType=LDAP&email=ann@example.test", None),
            ("GET /admin/external-users?userSourceType=LDAP&groupName=cn-analytics", None),
        ],
    );
}

#[test]
fn a_global_key_is_an_admins_or_that_of_groups() {
    // wire-facts 5.5
    let key =
        |rights| NewGlobalKey { label: "link".to_owned(), description: String::new(), rights };
    let ops = GroupName::parse("ops").unwrap();
    assert_asked(
        [
            &keys::create_global(&key(GlobalKeyRights::Admin)),
            &keys::create_global(&key(GlobalKeyRights::Groups(vec![ops]))),
        ],
        [
            (
                "POST /admin/global-api-keys/",
                Some(
                    json!({"label": "link", "description": "", "globalPermissions": {"admin": true}}),
                ),
            ),
            (
                "POST /admin/global-api-keys/",
                Some(json!({"label": "link", "description": "", "groups": ["ops"]})),
            ),
        ],
    );
}

#[test]
fn keys_are_listed_read_and_deleted() {
    let document = json!({"id": "k7f3"});
    assert_asked(
        [
            &keys::global(),
            &keys::global_one("k7f3"),
            &keys::save_global("k7f3", &document),
            &keys::delete_global("k7f3"),
            &keys::own(),
            &keys::create_own("ci", "builds"),
            &keys::own_one("p1"),
            &keys::delete_own("p1"),
            &keys::personal_of_all(),
        ],
        [
            ("GET /admin/global-api-keys/", None),
            ("GET /admin/global-api-keys/k7f3", None),
            ("PUT /admin/global-api-keys/k7f3", Some(document)),
            ("DELETE /admin/global-api-keys/k7f3", None),
            ("GET /personal-api-keys/", None),
            ("POST /personal-api-keys/", Some(json!({"label": "ci", "description": "builds"}))),
            ("GET /personal-api-keys/p1", None),
            ("DELETE /personal-api-keys/p1", None),
            ("GET /admin/personal-api-keys/", None),
        ],
    );
}
