//! Groups and users of a file.

use super::carried_out::carried_out;
use super::plans::{blockers, plan, pruning, shown};
use super::random::with_bundles;
use super::{secrets_of, yaml};
use crate::estate::export::ExportOptions;
use crate::estate::observed::{ObservedEstate, Reserved};
use crate::estate::plan::{EstateKind, EstatePlan, PlanOptions};

fn planned(text: &str) -> EstatePlan {
    let text = format!("{{version: 1, {text}}}");
    plan(&yaml(&text), &with_bundles(), &PlanOptions::default())
}

/// Who is in which groups after a file.
fn members(observed: &ObservedEstate) -> Vec<String> {
    let accounts = observed.accounts.seen().unwrap();
    let users = accounts.users.values().map(|seen| &seen.value);
    let member = |user: &project_deployer_core::accounts::User| {
        let groups: Vec<_> = user.groups.iter().map(ToString::to_string).collect();
        format!("{}: {}", user.login, groups.join(" "))
    };
    users.map(member).collect()
}

#[test]
fn new_groups_and_users_are_planned_with_their_fields_and_no_password() {
    // J6, R13
    let plan = planned(
        "groups: [{name: ops, mayCreatePublishedProjects: true}], \
         users: [{login: amy, sourceType: LDAP, profile: DESIGNER, groups: [ops]}, {login: bo, groups: [nowhere]}]",
    );
    assert_eq!(
        shown(&plan),
        [
            "create group ops: sourceType: - -> LOCAL, mayCreatePublishedProjects: false -> true",
            "create user amy: sourceType: - -> LDAP, profile: - -> DESIGNER, groups: - -> ops",
            "create user bo: sourceType: - -> LOCAL, groups: - -> nowhere",
        ]
    );
    let notes: Vec<_> = plan.notes().iter().map(|it| format!("{}: {}", it.id, it.what)).collect();
    assert_eq!(
        notes,
        [
            "bo: it gets no password from a file, so it cannot sign in with one yet",
            "bo: there is no group `nowhere`, so it gives no right",
        ]
    );
    assert!(planned("users: [{login: root, displayName: root}]").is_empty());
}

#[test]
fn a_password_or_a_key_in_the_file_is_a_mistake() {
    // R13
    for field in ["password", "secretKey", "apiKey"] {
        let text = format!("version: 1\nusers: [{{login: amy, {field}: canary-4711}}]");
        let refused =
            crate::estate::Estate::parse(&text, crate::estate::EstateFormat::Yaml).unwrap_err();
        assert!(refused.to_string().contains("this field is unknown"), "{refused}");
        assert!(!refused.to_string().contains("4711"), "{refused}");
    }
}

#[test]
fn the_last_administrator_is_never_removed_by_a_file() {
    // The rule of the engine, `session/administrators.rs`.
    let last = "this would leave the Deployer without an administrator";
    for text in [
        "users: [{login: root, groups: []}]",
        "users: [{login: root, enabled: false}]",
        "groups: [{name: administrators, admin: false}]",
    ] {
        let plan = planned(text);
        assert_eq!(blockers(&plan), [format!("user : {last}")], "{text}");
    }
    for (text, kind) in [("users: []", EstateKind::Users), ("groups: []", EstateKind::Groups)] {
        let text = yaml(&format!("{{version: 1, {text}}}"));
        let plan = plan(&text, &with_bundles(), &pruning(&[kind]));
        assert_eq!(blockers(&plan), [format!("user : {last}")]);
    }
    let first = plan(
        &yaml("{version: 1, users: [{login: amy}]}"),
        &super::empty(),
        &PlanOptions::default(),
    );
    assert_eq!(blockers(&first), [format!("user : {last}")], "the first users have one as well");
}

#[test]
fn whoever_applies_a_file_stays_an_administrator() {
    let plan = planned(
        "users: [{login: amy, groups: [administrators]}, {login: root, groups: [ops]}], groups: [{name: ops}]",
    );
    assert!(blockers(&plan)[0].starts_with("user root: you would no longer be"), "{plan:?}");
}

#[test]
fn between_two_steps_there_is_always_an_administrator() {
    // `carried_out` asserts it after each step.
    let text = "version: 1
groups: [{name: administrators, admin: false}, {name: chiefs, admin: true}]
users: [{login: amy, groups: [administrators]}, {login: root, groups: [chiefs]}]";
    let (estate, observed) = (yaml(text), with_bundles());
    let plan = plan(&estate, &observed, &PlanOptions::default());
    assert_eq!(blockers(&plan), Vec::<String>::new());
    let order: Vec<_> = plan.changes().map(|it| format!("{} {}", it.action, it.id)).collect();
    assert_eq!(order, ["create chiefs", "change root", "create amy", "change administrators"]);
    let after = carried_out(&observed, &plan, &secrets_of(&estate));
    assert_eq!(members(&after), ["amy: administrators", "root: chiefs"]);
}

#[test]
fn where_an_account_comes_from_never_changes() {
    // R-L10
    let plan = planned(
        "users: [{login: root, sourceType: LDAP}], groups: [{name: administrators, sourceType: LDAP}]",
    );
    let what = "`sourceType` is `LOCAL` and cannot become `LDAP`";
    assert_eq!(
        blockers(&plan),
        [format!("group administrators: {what}"), format!("user root: {what}")]
    );
}

#[test]
fn pruned_accounts_are_deleted_users_first() {
    let text = "{version: 1, groups: [{name: ops}], users: [{login: amy, groups: [ops]}]}";
    let (estate, observed) = (yaml(text), with_bundles());
    let first = plan(&estate, &observed, &PlanOptions::default());
    let observed = carried_out(&observed, &first, &secrets_of(&estate));
    let wanted = yaml("{version: 1, groups: [{name: administrators}], users: [{login: root}]}");
    assert!(plan(&wanted, &observed, &PlanOptions::default()).is_empty());
    let both = plan(&wanted, &observed, &pruning(&[EstateKind::Groups, EstateKind::Users]));
    assert_eq!(
        shown(&both),
        ["delete user amy: API keys that act as it: deleted with it -> -", "delete group ops: ",]
    );
    let groups = plan(&wanted, &observed, &pruning(&[EstateKind::Groups]));
    assert_eq!(shown(&groups), ["delete group ops: members: amy -> -"]);
}

#[test]
fn accounts_and_fleets_do_not_exist_for_whoever_may_not_see_them() {
    // R-P2
    let mut observed = with_bundles();
    observed.set_accounts(Reserved::ForAdministrators);
    observed.set_fleets(Reserved::ForAdministrators);
    let text = "{version: 1, groups: [{name: administrators}, {name: x}], users: [{login: root}], \
                fleets: [{id: cloud}]}";
    let refused = plan(&yaml(text), &observed, &PlanOptions::default());
    assert_eq!(
        blockers(&refused),
        ["groups", "users", "fleets"].map(|kind| {
            let noun = kind.trim_end_matches('s');
            format!("{noun} : `{kind}` are for global administrators")
        })
    );
    let exported = observed.export(&ExportOptions::default().with_users(true));
    let estate = exported.estate;
    assert_eq!((estate.groups, estate.users, estate.fleets), (None, None, None));
    assert_eq!(exported.left_out, Vec::<String>::new());
    let empty = yaml("{version: 1, groups: [], users: [], fleets: []}");
    assert!(blockers(&plan(&empty, &observed, &PlanOptions::default())).is_empty());
    let kinds = [EstateKind::Groups, EstateKind::Users, EstateKind::Fleets];
    assert_eq!(blockers(&plan(&empty, &observed, &pruning(&kinds))).len(), 3);
}

#[test]
fn an_export_has_users_only_on_request() {
    let observed = with_bundles();
    let usual = observed.export(&ExportOptions::default());
    assert_eq!(usual.estate.users, None);
    assert_eq!(usual.left_out, ["1 user"]);
    let whole = observed.export(&ExportOptions::default().with_users(true)).estate;
    assert_eq!(whole.users.as_ref().map(Vec::len), Some(1));
    assert!(plan(&whole, &observed, &PlanOptions::default()).is_empty());
}
