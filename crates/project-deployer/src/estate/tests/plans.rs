use super::carried_out::carried_out;
use super::random::with_bundles;
use super::{empty, secrets_of, yaml};
use crate::estate::document::Estate;
use crate::estate::observed::ObservedEstate;
use crate::estate::plan::{EstateKind, EstatePlan, PlanOptions, PlannedChange};
use crate::fleets::ManagedInfra;
use project_deployer_core::Timestamp;

pub(super) fn plan(
    estate: &Estate,
    observed: &ObservedEstate,
    options: &PlanOptions,
) -> EstatePlan {
    EstatePlan::of(estate, observed, &secrets_of(estate), options)
}

/// Each change as `action kind id: field: from -> to`.
pub(super) fn shown(plan: &EstatePlan) -> Vec<String> {
    let change = |change: &PlannedChange| {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let fields = change.fields.iter();
        let fields: Vec<_> = fields
            .map(|it| format!("{}: {} -> {}", it.field, value(&it.from), value(&it.to)))
            .collect();
        let id = if change.id.is_empty() { String::new() } else { format!(" {}", change.id) };
        format!("{} {}{id}: {}", change.action, change.kind.noun(), fields.join(", "))
    };
    plan.changes().map(change).collect()
}

pub(super) fn blockers(plan: &EstatePlan) -> Vec<String> {
    plan.blockers().map(|it| format!("{} {}: {}", it.kind.noun(), it.id, it.what)).collect()
}

pub(super) fn pruning(kinds: &[EstateKind]) -> PlanOptions {
    PlanOptions::default().with_prune(kinds.iter().copied().collect())
}

/// An installation with what a file asks for.
pub(super) fn having(estate: &str) -> ObservedEstate {
    let (estate, observed) = (yaml(estate), with_bundles());
    let plan = plan(&estate, &observed, &PlanOptions::default());
    assert!(blockers(&plan).is_empty(), "{:?}", blockers(&plan));
    carried_out(&observed, &plan, &secrets_of(&estate))
}

const PROD: &str = "\
version: 1
infrastructures:
  - id: prod
    stage: Production
    nodes: [{id: auto-1, url: 'https://auto-1.example', adminApiKey: {env: KEY}}]
    rights: {ops: deploy, devs: view}
    remapping: {connections: {sql: sql-prod}}
deployments:
  - {id: churn, project: CHURN, infrastructure: prod, bundle: v1}
";

#[test]
fn a_plan_lists_each_field_with_its_old_and_its_new_value_and_no_secret() {
    // F7
    let wanted = PROD
        .replace("KEY", "NEW_KEY")
        .replace("devs: view", "qa: view")
        .replace("ops: deploy", "ops: admin")
        .replace("sql-prod", "sql-2")
        .replace("v1", "v2");
    let plan = plan(&yaml(&wanted), &having(PROD), &PlanOptions::default());
    assert_eq!(
        shown(&plan),
        [
            "change infrastructure prod: rights.ops: deploy -> admin, rights.qa: - -> view, \
             rights.devs: view -> -, remapping.connections.sql: sql-prod -> sql-2, \
             nodes.auto-1.adminApiKey: (withheld) -> (withheld)",
            "change deployment churn: bundle: v1 -> v2",
        ]
    );
    assert!(!format!("{plan:?}").contains("4711"), "R13");
}

#[test]
fn what_the_file_does_not_mention_is_left_alone() {
    // J6
    for text in
        ["version: 1", "version: 1\ninfrastructures: [{id: prod}]", "version: 1\nprojects: []"]
    {
        let plan = plan(&yaml(text), &having(PROD), &PlanOptions::default());
        assert!(plan.is_empty(), "{text}: {:?}", shown(&plan));
    }
}

#[test]
fn only_kinds_that_are_named_are_deleted_and_what_is_used_never() {
    let empty_lists = yaml("version: 1\ninfrastructures: []\ndeployments: []\nprojects: []");
    let observed = having(PROD);
    assert!(plan(&empty_lists, &observed, &PlanOptions::default()).is_empty());
    let used = plan(&empty_lists, &observed, &pruning(&[EstateKind::Infrastructures]));
    assert_eq!(blockers(&used), ["infrastructure prod: it is to be deleted, and `churn` use it"]);
    let both = [EstateKind::Infrastructures, EstateKind::Deployments];
    let both = plan(&empty_lists, &observed, &pruning(&both));
    let actions: Vec<_> = both.changes().map(|it| format!("{} {}", it.action, it.id)).collect();
    assert_eq!(actions, ["delete churn", "delete prod"]);
    assert_eq!(
        shown(&both)[0],
        "delete deployment churn: project on the node, which stays: - -> CHURN on prod"
    );
    let without = plan(&yaml("version: 1"), &observed, &pruning(&[EstateKind::Deployments]));
    assert_eq!(without.changes().len(), 0);
    assert!(blockers(&without)[0].contains("the file has no `deployments`"));
}

#[test]
fn stages_that_are_left_out_keep_their_places() {
    let stages = |text: &str| yaml(&format!("version: 1\nstages: [{text}]"));
    let planned = |text: &str| shown(&plan(&stages(text), &empty(), &PlanOptions::default()));
    assert!(planned("{id: Production}").is_empty());
    assert_eq!(
        planned("{id: Test}, {id: Staging}, {id: Production, description: Live}"),
        [
            "change stage: Staging: - -> new, Production.description: Projects in production use -> Live"
        ]
    );
    assert_eq!(
        planned("{id: Production}, {id: Staging, description: Before production}"),
        ["change stage: Staging: - -> new: Before production"]
    );
    assert_eq!(
        planned("{id: Production}, {id: Test}"),
        ["change stage: order: Development, Test, Production -> Development, Production, Test"]
    );
    let used = plan(&stages("{id: Test}"), &having(PROD), &pruning(&[EstateKind::Stages]));
    assert!(blockers(&used)[0].contains("`prod`"), "{:?}", blockers(&used));
}

#[test]
fn a_renamed_node_changes_no_deployment() {
    // A12
    let wanted = PROD.replace("auto-1", "auto-new").replace("https://auto-new", "https://auto-1");
    let plan = plan(&yaml(&wanted), &having(PROD), &PlanOptions::default());
    assert_eq!(shown(&plan), ["change infrastructure prod: nodes.auto-new.id: auto-1 -> auto-new"]);
}

#[test]
fn a_key_never_follows_an_address_to_another_host() {
    // R13
    let moved = PROD.replace("https://auto-1", "https://evil");
    let with_key = plan(&yaml(&moved), &having(PROD), &PlanOptions::default());
    assert!(blockers(&with_key).is_empty());
    let without = moved.replace(", adminApiKey: {env: KEY}", "");
    let without = plan(&yaml(&without), &having(PROD), &PlanOptions::default());
    assert!(blockers(&without)[0].contains("its key is not named"), "{:?}", blockers(&without));
}

#[test]
fn what_cannot_be_made_is_a_blocker() {
    let cases = [
        (
            "deployments: [{id: d, project: CHURN, infrastructure: x, bundle: v1}]",
            "no infrastructure `x`",
        ),
        ("deployments: [{id: d, project: CHURN, infrastructure: prod}]", "has no bundle"),
        (
            "deployments: [{id: churn, project: CHURN, infrastructure: prod, bundle: v9}]",
            "not published",
        ),
        ("deployments: [{id: churn, project: RISK, infrastructure: prod}]", "cannot become `RISK`"),
        ("infrastructures: [{id: new}]", "has no stage"),
        ("infrastructures: [{id: new, stage: Nowhere}]", "there is no stage `Nowhere`"),
    ];
    for (text, expected) in cases {
        let plan =
            plan(&yaml(&format!("version: 1\n{text}")), &having(PROD), &PlanOptions::default());
        let blockers = blockers(&plan);
        let found = blockers.first().is_some_and(|it| it.contains(expected));
        assert!(found, "{text}: {blockers:?}");
    }
}

#[test]
fn updates_are_planned_on_request_also_after_an_interruption() {
    let (estate, observed) = (yaml(PROD), having(PROD));
    let deploying = PlanOptions::default().with_deploy(true);
    // Its settings are as they should be, and its nodes have nothing yet.
    let never = plan(&estate, &observed, &deploying);
    assert_eq!(shown(&never), ["update deployment churn: "]);
    let after = carried_out(&observed, &never, &secrets_of(&estate));
    assert!(plan(&estate, &after, &deploying).is_empty());
    let wanted = yaml(&PROD.replace("v1", "v2"));
    let both = plan(&wanted, &after, &deploying);
    assert_eq!(
        shown(&both),
        ["change deployment churn: bundle: v1 -> v2", "update deployment churn: "]
    );
    let without = plan(&wanted, &after, &PlanOptions::default());
    assert_eq!(without.changes().len(), 1);
    assert!(without.notes()[0].what.contains("until its next update"));
    assert!(without.notes()[0].hint.contains("`--deploy`"), "{:?}", without.notes());
}

#[test]
fn an_infrastructure_of_a_fleet_is_left_out_of_what_is_deleted() {
    // I2
    let mut observed = having(PROD);
    observed.deployments.clear();
    let nothing = yaml("version: 1\ninfrastructures: []\n");
    let prune = pruning(&[EstateKind::Infrastructures]);
    assert_eq!(shown(&plan(&nothing, &observed, &prune)), ["delete infrastructure prod: "]);
    for seen in observed.infras.values_mut() {
        seen.managed = Some(ManagedInfra {
            infra: super::parsed("prod"),
            fleet: super::parsed("cloud"),
            node: super::parsed("auto-1"),
            instance: None,
            fields: Default::default(),
            since: Timestamp::from_millis(1),
            quarantine: None,
        });
    }
    let plan = plan(&nothing, &observed, &prune);
    assert_eq!(shown(&plan), [""; 0]);
    assert!(blockers(&plan).is_empty(), "{:?}", blockers(&plan));
    let notes: Vec<_> = plan.notes().iter().map(|note| note.what.as_str()).collect();
    assert_eq!(notes, ["it is not deleted, since fleet `cloud` manages it"]);
}
