use std::path::Path;
use std::time::Duration;

use project_deployer_core::Timestamp;
use project_deployer_store::Keyring;
use secrecy::SecretString;

use super::random::with_bundles;
use super::{secrets_of, yaml};
use crate::estate::error::EstateError;
use crate::estate::observed::ObservedEstate;
use crate::estate::plan::{EstatePlan, PlanOptions};
use crate::estate::saved::SavedPlan;
use crate::estate::secrets::EstateSecrets;

const TEXT: &str = "\
version: 1
infrastructures:
  - id: prod
    stage: Production
    nodes: [{url: 'https://auto.example', adminApiKey: {env: KEY}}]
";
const TARGET: &str = "sqlite:deployer.db as admin";
const HOUR: Duration = Duration::from_secs(3600);

fn keys() -> Keyring {
    Keyring::parse(&Keyring::new_key().unwrap()).unwrap()
}

fn at(hours: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + hours * 3_600_000)
}

fn saved(keys: &Keyring) -> String {
    let estate = yaml(TEXT);
    let secrets = secrets_of(&estate);
    let plan = EstatePlan::of(&estate, &with_bundles(), &secrets, &PlanOptions::default());
    let saved =
        SavedPlan::new(&estate, &plan, &secrets, (Path::new("/etc"), TARGET), (at(0), HOUR));
    assert!(!serde_json::to_string(&saved).unwrap().contains("4711"), "R13");
    saved.seal(keys).unwrap()
}

#[test]
fn a_saved_plan_holds_no_secret_is_sealed_and_expires() {
    // M13
    let keys_of_ours = keys();
    let text = saved(&keys_of_ours);
    assert!(!text.contains("prod") && !text.contains("4711"), "{text}");
    let opened = SavedPlan::open(&text, &keys_of_ours, at(0)).unwrap();
    assert_eq!(opened.estate(), &yaml(TEXT));
    let late = SavedPlan::open(&text, &keys_of_ours, at(1));
    assert!(matches!(late, Err(EstateError::Expired { .. })), "{late:?}");
    let foreign = SavedPlan::open(&text, &keys(), at(0));
    assert!(matches!(foreign, Err(EstateError::Sealed(_))), "{foreign:?}");
    let changed = SavedPlan::open(&text.replacen('a', "b", 1), &keys_of_ours, at(0));
    assert!(matches!(changed, Err(EstateError::Sealed(_))), "{changed:?}");
}

#[test]
fn a_saved_plan_admits_the_same_plan_and_no_other() {
    // F8
    let keys = keys();
    let opened = SavedPlan::open(&saved(&keys), &keys, at(0)).unwrap();
    let (estate, options) = (opened.estate(), opened.options());
    let secrets = secrets_of(estate);
    let again = |observed: &ObservedEstate| EstatePlan::of(estate, observed, &secrets, options);
    assert!(opened.admit(&again(&with_bundles()), &secrets, TARGET).is_ok());
    let elsewhere = opened.admit(&again(&with_bundles()), &secrets, "sqlite:other.db as admin");
    assert!(matches!(elsewhere, Err(EstateError::Different { .. })), "{elsewhere:?}");
    let mut moved = with_bundles();
    moved.stages.version = super::seen((), 9).version;
    let refused = opened.admit(&again(&moved), &secrets, TARGET);
    assert!(matches!(refused, Err(EstateError::Outdated { moved }) if moved == "stages"));
    let other = EstateSecrets::resolve(estate, |_| Ok(SecretString::from("another"))).unwrap();
    let refused = opened.admit(&again(&with_bundles()), &other, TARGET);
    assert!(matches!(refused, Err(EstateError::Different { why }) if why.contains("secret")));
}
