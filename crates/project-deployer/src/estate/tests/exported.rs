use project_deployer_core::document::Document as _;
use project_deployer_core::infra::InfraSettings;
use serde_json::json;

use super::{empty, secrets_of, seen};
use crate::estate::export::ExportOptions;
use crate::estate::observed::{ObservedEstate, SeenInfra};
use crate::estate::plan::{EstatePlan, PlanOptions};
use crate::estate::text::EstateFormat;

fn with_infra(document: serde_json::Value) -> ObservedEstate {
    let mut observed = empty();
    let settings = InfraSettings::from_document(document).unwrap();
    let settings = Some(seen(settings, 4));
    observed.add_infra(
        super::parsed("prod"),
        SeenInfra { settings, has_keys: true, managed: None, unread_fleet: None },
    );
    observed
}

#[test]
fn an_export_has_no_key_and_says_what_it_leaves_out() {
    // R13
    let observed = with_infra(json!({
        "id": "prod", "stage": "Production", "automationNodeUrl": "https://auto.example",
        "adminApiKey": "canary-4711", "hooks": {"pre": [{"name": "notify", "code": "canary-hook"}]},
    }));
    let exported = observed.export(&ExportOptions::default());
    let text = exported.estate.to_text(EstateFormat::Yaml).unwrap();
    assert!(!text.contains("canary"), "{text}");
    assert_eq!(
        exported.left_out,
        ["infrastructure `prod`: the keys of its nodes", "infrastructure `prod`: its hooks"]
    );
    let with_hooks = observed.export(&ExportOptions::default().with_hooks(true));
    let text = with_hooks.estate.to_text(EstateFormat::Yaml).unwrap();
    assert!(text.contains("canary-hook") && !text.contains("canary-4711"), "{text}");
}

#[test]
fn settings_that_an_estate_cannot_name_survive() {
    let observed = with_infra(json!({
        "id": "prod", "stage": "Production", "addedIn16": {"a": 1},
        "permissions": [{"group": "ops", "read": false, "deploy": true, "admin": false, "extra": 7}],
    }));
    let mut estate = observed.export(&ExportOptions::default()).estate;
    let options = PlanOptions::default();
    let none = EstatePlan::of(&estate, &observed, &secrets_of(&estate), &options);
    assert!(none.is_empty(), "{:?}", none.changes().collect::<Vec<_>>());
    if let Some(infra) = estate.infrastructures.as_mut().and_then(|infras| infras.first_mut()) {
        infra.stage = Some(super::parsed("Test"));
    }
    let plan = EstatePlan::of(&estate, &observed, &secrets_of(&estate), &options);
    let document = plan.infra_after(&super::parsed("prod")).unwrap().to_document();
    assert_eq!(document["addedIn16"], json!({"a": 1}));
    assert_eq!(document["permissions"][0]["extra"], json!(7));
    assert_eq!(document["stage"], json!("Test"));
}
