//! Whether a file whose time has come is still the one that was scheduled (M16).

use project_deployer_core::{InfraId, Timestamp};

use super::carried_out::step_of;
use super::plans::{having, plan};
use super::{secrets_of, yaml};
use crate::estate::document::Estate;
use crate::estate::observed::{ObservedEstate, Version};
use crate::estate::plan::{EstatePlan, PlanOptions};
use crate::estate::scheduled::{EstateScheduleRecord, TEXTS, WantedEstate};
use crate::state::{Record as _, Stored};
use project_deployer_store::Revision;

const BEFORE: &str =
    "version: 1\ninfrastructures: [{id: dev, stage: Test}, {id: qa, stage: Test}]\n";
const WANTED: &str = "version: 1
infrastructures:
  - {id: dev, deployAsUser: robot, nodes: [{id: a, url: 'https://a.example', adminApiKey: {env: KEY}}]}
  - {id: prod, stage: Production}
  - {id: qa}
";

fn planned(estate: &Estate, observed: &ObservedEstate) -> EstatePlan {
    plan(estate, observed, &PlanOptions::default())
}

fn record(estate: &Estate, plan: &EstatePlan, begun: Option<i64>) -> EstateScheduleRecord {
    let wanted = WantedEstate {
        estate: estate.clone(),
        options: plan.options().clone(),
        basis: plan.basis().clone(),
        digest: plan.digest(),
        secrets: secrets_of(estate),
    };
    EstateScheduleRecord {
        id: "1".to_owned(),
        requester: super::parsed("chief"),
        requested: Timestamp::from_millis(1),
        at: Timestamp::from_millis(2),
        wanted: Some(wanted),
        changes: EstateScheduleRecord::changes_of(plan),
        texts: TEXTS,
        begun: begun.map(Timestamp::from_millis),
        outcome: None,
    }
}

fn refusal(record: &EstateScheduleRecord, now: &EstatePlan) -> Option<String> {
    record.refuses(record.wanted.as_ref().unwrap(), now)
}

fn touched(observed: &ObservedEstate, infra: &str) -> ObservedEstate {
    let mut moved = observed.clone();
    let seen =
        moved.infras.get_mut(&super::parsed::<InfraId>(infra)).unwrap().settings.as_mut().unwrap();
    seen.version = Version::Revision(Revision(777));
    moved
}

#[test]
fn the_same_plan_is_carried_out_and_another_one_is_not() {
    let (estate, observed) = (yaml(WANTED), having(BEFORE));
    let plan = planned(&estate, &observed);
    let record = record(&estate, &plan, None);
    assert_eq!(record.change_names(), ["change infrastructure dev", "create infrastructure prod"]);
    assert_eq!(refusal(&record, &planned(&estate, &observed)), None);
    for infra in ["dev", "qa"] {
        let reason = refusal(&record, &planned(&estate, &touched(&observed, infra))).unwrap();
        assert!(reason.contains(&format!("infrastructure {infra}")), "{reason}");
    }
}

#[test]
fn one_that_was_interrupted_goes_on_unless_something_else_has_changed() {
    let (estate, observed) = (yaml(WANTED), having(BEFORE));
    let plan = planned(&estate, &observed);
    let mut half = observed.clone();
    step_of(&mut half, &plan.steps[0].work, &secrets_of(&estate), 1_000);
    let begun = record(&estate, &plan, Some(3));
    let rest = planned(&estate, &half);
    assert_eq!(rest.changes().len(), 1);
    assert_eq!(refusal(&begun, &rest), None);
    assert!(refusal(&record(&estate, &plan, None), &rest).is_some(), "it did not begin");
    // Something that the file mentions and does not change.
    let reason = refusal(&begun, &planned(&estate, &touched(&half, "qa"))).unwrap();
    assert!(reason.contains("these have changed meanwhile: infrastructure qa"), "{reason}");
    // Somebody undid a part: it would be another change.
    let other = having(
        &BEFORE.replace("{id: dev, stage: Test}", "{id: dev, stage: Test, deployAsUser: amy}"),
    );
    let reason = refusal(&begun, &planned(&estate, &other)).unwrap();
    assert!(reason.contains("interrupted within a change"), "{reason}");
}

#[test]
fn texts_of_an_earlier_version_are_no_reason_to_refuse_what_it_scheduled() {
    // M16
    let (estate, observed) = (yaml(WANTED), having(BEFORE));
    let plan = planned(&estate, &observed);
    let mut half = observed.clone();
    step_of(&mut half, &plan.steps[0].work, &secrets_of(&estate), 1_000);
    for (begun, now) in [(None, &observed), (Some(3), &half)] {
        let mut earlier = record(&estate, &plan, begun);
        for field in earlier.changes.iter_mut().flat_map(|it| it["fields"].as_array_mut().unwrap())
        {
            field["from"] = "as it was written before".into();
        }
        earlier.wanted.as_mut().unwrap().digest = "another one".to_owned();
        assert!(refusal(&earlier, &planned(&estate, now)).is_some(), "of this version: {begun:?}");
        let (mut body, secrets) = earlier.write().unwrap();
        body.as_object_mut().unwrap().remove("texts");
        let earlier = EstateScheduleRecord::read(Stored { body, secrets }).unwrap();
        assert_eq!(refusal(&earlier, &planned(&estate, now)), None, "{begun:?}");
        // Another object is still another plan.
        let mut other = earlier.clone();
        other.changes.iter_mut().for_each(|change| change["id"] = "other".into());
        assert!(refusal(&other, &planned(&estate, now)).is_some(), "{begun:?}");
    }
}

#[test]
fn the_secrets_of_a_scheduled_file_are_beside_its_document_and_come_back() {
    // M13, R13
    let (estate, observed) = (yaml(WANTED), having(BEFORE));
    let record = record(&estate, &planned(&estate, &observed), None);
    let (body, secrets) = record.write().unwrap();
    assert!(!body.to_string().contains("4711") && secrets.len() == 1, "{body}");
    let read = EstateScheduleRecord::read(Stored { body, secrets }).unwrap();
    assert_eq!(refusal(&read, &planned(&estate, &observed)), None);
    let wanted = read.wanted.clone().unwrap();
    let again = EstatePlan::of(&wanted.estate, &observed, &wanted.secrets, &wanted.options);
    let key =
        again.infra_after(&super::parsed("dev")).unwrap().target.entries()[0].admin_api_key.clone();
    assert!(key.unwrap().expose().starts_with("canary-4711"));
    let at = Timestamp::from_millis(5);
    let reason = "no".to_owned();
    let settled = read.settled(crate::estate::EstateScheduleOutcome::Refused { at, reason });
    let (body, secrets) = settled.write().unwrap();
    assert!(secrets.is_empty() && !body.to_string().contains("a.example"), "{body}");
}
