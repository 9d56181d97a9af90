use super::*;

fn stage(id: &str) -> StageId {
    StageId::parse(id).unwrap()
}

fn names(catalogue: &StageCatalogue) -> Vec<String> {
    catalogue.iter().map(|stage| stage.id.to_string()).collect()
}

#[test]
fn dev_test_prod_are_shipped_in_order() {
    // R-I2
    assert_eq!(names(&StageCatalogue::shipped()), ["Development", "Test", "Production"]);
}

#[test]
fn a_new_stage_goes_last_and_must_be_new() {
    let shipped = StageCatalogue::shipped();
    let more = shipped.add(Stage::new(stage("Canary"), "5 % of the traffic")).unwrap();
    assert_eq!(names(&more), ["Development", "Test", "Production", "Canary"]);
    let refused = shipped.add(Stage::new(stage("test"), "")).unwrap_err();
    assert_eq!(refused, StageError::Exists(stage("test")));
}

#[test]
fn renaming_keeps_the_place_and_may_change_the_case() {
    let shipped = StageCatalogue::shipped();
    assert_eq!(names(&shipped.rename(&stage("Test"), stage("TEST")).unwrap())[1], "TEST");
    assert!(matches!(
        shipped.rename(&stage("Test"), stage("production")),
        Err(StageError::Exists(_))
    ));
    assert!(matches!(shipped.rename(&stage("Lab"), stage("X")), Err(StageError::Unknown { .. })));
}

#[test]
fn reordering_must_name_each_stage_once() {
    let shipped = StageCatalogue::shipped();
    let order = [stage("Production"), stage("Development"), stage("Test")];
    assert_eq!(names(&shipped.reorder(&order).unwrap()), ["Production", "Development", "Test"]);
    let twice = [stage("Test"), stage("Test"), stage("Production")];
    assert!(matches!(shipped.reorder(&twice), Err(StageError::NotAPermutation { .. })));
    assert!(shipped.reorder(&order[..2]).is_err());
}

#[test]
fn a_stage_in_use_is_not_removed_and_the_error_lists_its_users() {
    let users = vec![InfraId::parse("auto-1").unwrap(), InfraId::parse("auto-2").unwrap()];
    let message = StageCatalogue::shipped().remove(&stage("Test"), users).unwrap_err().to_string();
    assert!(message.contains("`auto-1`, `auto-2`"), "{message}");
}

#[test]
fn the_last_stage_stays() {
    let one = StageCatalogue::shipped().remove(&stage("Test"), vec![]).unwrap();
    let one = one.remove(&stage("Development"), vec![]).unwrap();
    assert!(matches!(one.remove(&stage("Production"), vec![]), Err(StageError::Last(_))));
}

#[test]
fn describing_changes_the_description_only() {
    let changed = StageCatalogue::shipped().describe(&stage("Test"), "acceptance").unwrap();
    assert_eq!(changed.get(&stage("Test")).unwrap().desc, "acceptance");
    assert_eq!(names(&changed), names(&StageCatalogue::shipped()));
}

#[test]
fn a_list_with_a_name_twice_is_refused() {
    let document = serde_json::json!([{"id": "Test"}, {"id": "TEST", "desc": ""}]);
    let problems = StageCatalogue::from_document(document).unwrap_err();
    assert!(problems.has("[1].id", ProblemCode::Duplicate));
    assert!(StageCatalogue::from_document(serde_json::json!([])).is_err());
}

#[test]
fn every_problem_of_a_list_of_stages_has_its_path_and_no_value() {
    // R13
    let document = serde_json::json!([{"id": 4711, "desc": ["canary"]}, "canary", {"desc": "x"},
        {"id": "Test", "desc": null}, {"id": "test"}]);
    let problems = StageCatalogue::from_document(document).unwrap_err();
    let found: Vec<_> =
        problems.iter().map(|problem| (problem.path.as_str(), problem.code)).collect();
    assert_eq!(
        found,
        [
            ("[0].id", ProblemCode::WrongType),
            ("[0].desc", ProblemCode::WrongType),
            ("[1]", ProblemCode::WrongType),
            ("[2].id", ProblemCode::Missing),
            ("[4].id", ProblemCode::Duplicate),
        ]
    );
    let text = problems.to_string();
    assert!(!text.contains("canary") && !text.contains("4711"), "{text}");
}

#[test]
fn a_stage_keeps_its_unknown_fields() {
    let document = serde_json::json!([{"id": "Test", "desc": "", "colour": "green"}]);
    let catalogue = StageCatalogue::from_document(document.clone()).unwrap();
    assert_eq!(serde_json::to_value(catalogue).unwrap(), document);
}

#[test]
fn the_one_name_that_stands_twice_among_many_is_found() {
    // A check of each against all others would take hours here.
    let mut stages: Vec<_> =
        (0..100_000).map(|n| serde_json::json!({ "id": format!("s{n}") })).collect();
    stages.push(serde_json::json!({"id": "S99999"}));
    let problems = StageCatalogue::from_document(stages.into()).unwrap_err();
    assert_eq!(problems.iter().len(), 1);
    assert!(problems.has("[100000].id", ProblemCode::Duplicate), "{problems}");
}
