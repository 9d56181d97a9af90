//! Calls that only a Deployer of this project has, and edits of keys.

use project_deployer_core::infra::HookPhase;
use project_deployer_core::{BundleId, DeploymentId, FleetId, InfraId, Timestamp, WindowName};
use serde_json::{Value, json};
use url::Url;

use crate::Warnings;
use crate::request::NodeRequest;
use crate::request::frontend::{self, fleets, watching, windows};
use crate::request::keys::{GlobalKey, GlobalKeyRights};

fn url(request: &NodeRequest) -> String {
    request.url(&Url::parse("https://deployer.example:11300/dss").unwrap()).to_string()
}

#[test]
fn they_go_below_the_api_for_frontends_and_those_with_an_effect_of_their_own_are_sent_once() {
    let infra = InfraId::parse("prod eu").unwrap();
    let id = DeploymentId::parse("churn").unwrap();
    let at = Timestamp::from_millis(17);
    let tried = frontend::try_hook(&infra, HookPhase::OnFailure, "page");
    assert!(url(&tried).ends_with("/dss/api/v1/infrastructures/prod%20eu/hook-trials"));
    assert_eq!(tried.body, Some(json!({"phase": "on-failure", "hook": "page"})));
    let begun = frontend::start_maintenance("stage/Test", "why", None, Some(at));
    assert!(url(&begun).ends_with("/api/v1/maintenance?scope=stage%2FTest"), "{}", url(&begun));
    assert_eq!(begun.body, Some(json!({"reason": "why", "until": null, "alarm": 17})));
    let ended = frontend::end_maintenance("everything");
    assert!(url(&ended).ends_with("/api/v1/maintenance?scope=everything"));
    let scheduled = frontend::schedule(&id, at);
    assert!(url(&scheduled).ends_with("/api/v1/deployments/churn/schedule"));
    assert_eq!(scheduled.body, Some(json!({"at": 17})));
    let in_window = windows::schedule_in_window(&id);
    assert_eq!(in_window.body, Some(json!({"nextWindow": true})));
    let glass = windows::start_breaking_glass(&id, "why");
    assert!(url(&glass).ends_with("/api/v1/deployments/churn/updates"));
    assert_eq!(glass.body, Some(json!({"breakGlass": "why"})));
    let bundle = BundleId::parse("v1").unwrap();
    let back = windows::roll_back_breaking_glass(&id, &bundle, Warnings::Ignore, "why");
    assert!(url(&back).ends_with("/api/v1/deployments/churn/updates"));
    let body = json!({"bundle": "v1", "ignoreWarnings": true, "breakGlass": "why"});
    assert_eq!(back.body, Some(body));
    let name = WindowName::parse("nights").unwrap();
    let new = windows::NewWindow::new("deny", "0 22 * * *", 60, "UTC", "why");
    let added = windows::add_window("stage/Test", &name, new);
    assert!(
        url(&added).ends_with("/api/v1/windows?scope=stage%2FTest&name=nights"),
        "{}",
        url(&added)
    );
    let window = json!({"effect": "deny", "cron": "0 22 * * *", "minutes": 60, "zone": "UTC", "reason": "why"});
    assert_eq!(added.body, Some(window));
    let removed = windows::remove_window("everything", &name);
    assert!(url(&removed).ends_with("/api/v1/windows?scope=everything&name=nights"));
    let all = windows::remove_windows("everything");
    assert!(url(&all).ends_with("/api/v1/windows?scope=everything&all=true"));
    let planned = frontend::start_planned(&id, None, "d1");
    assert!(url(&planned).ends_with("/api/v1/deployments/churn/updates"));
    assert_eq!(planned.body, Some(json!({"bundle": null, "plan": "d1"})));
    for once in [
        &*tried,
        &*frontend::rotate_keys(&infra),
        &*scheduled,
        &*planned,
        &*in_window,
        &*glass,
        &*back,
    ] {
        assert!(!once.may_be_sent_again(), "{once}");
    }
    let rotated = frontend::key_rotations(&infra);
    assert!(url(&rotated).ends_with("/api/v1/infrastructures/prod%20eu/key-rotations"));
    assert!(rotated.may_be_sent_again());
    assert!(begun.may_be_sent_again() && frontend::task("t").may_be_sent_again());
}

#[test]
fn calls_about_watching_and_fleets_are_sent_again_only_where_that_changes_nothing() {
    let infra = InfraId::parse("prod eu").unwrap();
    let fleet = FleetId::parse("cloud").unwrap();
    let run = watching::run(&infra, "parity");
    assert!(url(&run).ends_with("/dss/api/v1/infrastructures/prod%20eu/watch/parity"));
    let set = watching::set("infrastructure/prod", Some(60), None);
    assert!(url(&set).ends_with("/api/v1/watch?scope=infrastructure%2Fprod"), "{}", url(&set));
    assert_eq!(set.body, Some(json!({"healthEvery": 60, "parityEvery": null})));
    let ignore = watching::ignore("everything", &json!({"kind": "login"}));
    assert!(url(&ignore).ends_with("/api/v1/watch/ignored?scope=everything"));
    let found = watching::findings(Some(&infra), Some("health"), true);
    let query = "/findings?infrastructure=prod+eu&check=health&resolved=true";
    assert!(url(&found).ends_with(query), "{}", url(&found));
    let (made, edited) =
        (watching::create_webhook(&json!({})), watching::edit_webhook("ops", &json!({})));
    let tried = watching::try_webhook("ops");
    let (sync, confirm) = (fleets::sync(&fleet), fleets::confirm(&fleet, "d1"));
    for once in [&*run, &*ignore, &*made, &*edited, &*tried, &*sync, &*confirm] {
        assert!(!once.may_be_sent_again(), "{once}");
    }
    let saved = fleets::save(&fleet, &json!({"id": "cloud", "keySecret": "canary-1"}));
    assert!(saved.overwrites && saved.may_be_sent_again() && set.may_be_sent_again());
    assert!(!format!("{saved:?}").contains("canary"), "R13");
}

#[test]
fn other_rights_of_a_global_key_replace_all_of_its_rights_and_keep_what_else_it_has() {
    let document = json!({
        "id": "k", "label": "a", "groups": ["old"], "globalPermissions": {"mayCreateProjects": true, "admin": true},
        "projects": {"CHURN": {"admin": true}}, "projectFolders": [{"id": "f", "write": true}],
        "dssUserForImpersonation": "dana", "createdBy": "admin",
    });
    let edited = |document: &Value, rights| -> Value {
        let mut key: GlobalKey = serde_json::from_value(document.clone()).unwrap();
        key.set_rights(rights);
        serde_json::to_value(key).unwrap()
    };
    let of_groups = || GlobalKeyRights::Groups(vec!["new".parse().unwrap()]);
    let admin = edited(&document, GlobalKeyRights::Admin);
    // Also by way of an admin key nothing of the old rights comes back.
    for (groups, permissions) in [
        (edited(&document, of_groups()), json!({"mayCreateProjects": false, "admin": false})),
        (edited(&admin, of_groups()), json!({"mayCreateProjects": false, "admin": false})),
    ] {
        assert_eq!(
            (&groups["groups"], &groups["globalPermissions"]),
            (&json!(["new"]), &permissions)
        );
        assert_eq!((&groups["projects"], &groups["projectFolders"]), (&json!({}), &json!([])));
        assert_eq!(
            (&groups["dssUserForImpersonation"], &groups["createdBy"]),
            (&json!("dana"), &json!("admin"))
        );
    }
    assert_eq!(
        (&admin["groups"], &admin["globalPermissions"]["admin"]),
        (&json!([]), &json!(true))
    );
    let empty = edited(&json!({"id": "k", "globalPermissions": {}}), of_groups());
    assert_eq!(empty["globalPermissions"], json!({"admin": false}));
}
