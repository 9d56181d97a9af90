use super::*;

#[test]
fn deep_nesting_is_refused_at_every_depth_without_a_panic() {
    for depth in [65, 127, 128, 10_000] {
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let problems = parse_json(text.as_bytes()).unwrap_err();
        assert!(problems.has("", ProblemCode::TooDeep), "{depth}: {problems}");
    }
    let allowed = format!("{}{}", "[".repeat(64), "]".repeat(64));
    assert!(parse_json(allowed.as_bytes()).is_ok());
}

#[test]
fn half_a_json_says_where_it_ends() {
    let problems = parse_json(b"{\"id\": \"pro").unwrap_err();
    assert!(problems.has("", ProblemCode::NotJson));
    assert!(problems.to_string().contains("line 1"), "{problems}");
}

fn nested(depth: usize) -> Value {
    // By hand: the macro would walk through the inner value at each level.
    let object = |inner| Value::Object(std::iter::once(("a".to_owned(), inner)).collect());
    (0..depth).fold(Value::Null, |inner, _| object(inner))
}

fn too_deep(refused: Result<impl std::fmt::Debug, Problems>) -> bool {
    refused.unwrap_err().has("", ProblemCode::TooDeep)
}

#[test]
fn values_nest_no_deeper_than_texts_in_every_document() {
    use crate::accounts::{Group, LdapSettings, User, read_users};
    use crate::deployment::{DeploymentCreation, DeploymentSettings};
    use crate::infra::InfraSettings;
    use crate::published_project::PublishedProjectSettings;
    use crate::stage::StageCatalogue;

    for depth in [65, 127, 10_000] {
        assert!(too_deep(InfraSettings::from_document(nested(depth))), "{depth}");
        assert!(too_deep(DeploymentSettings::from_document(nested(depth))), "{depth}");
        assert!(too_deep(DeploymentCreation::from_document(nested(depth))), "{depth}");
        assert!(too_deep(PublishedProjectSettings::from_document(nested(depth))), "{depth}");
        assert!(too_deep(LdapSettings::from_document(nested(depth))), "{depth}");
        assert!(too_deep(User::from_document(nested(depth))), "{depth}");
        assert!(too_deep(Group::from_document(nested(depth))), "{depth}");
        assert!(too_deep(StageCatalogue::from_document(nested(depth))), "{depth}");
        assert!(too_deep(read_users(nested(depth))), "{depth}");
    }
    let document = serde_json::json!({"id": "i", "stage": "Test", "future": nested(MAX_DEPTH - 1)});
    assert!(InfraSettings::from_document(document).is_ok());
}

#[test]
fn a_value_deeper_than_any_stack_is_refused_without_a_crash() {
    assert!(too_deep(crate::infra::InfraSettings::from_document(nested(1_000_000))));
}

#[test]
fn a_semicolon_in_a_value_does_not_cut_the_problem_in_two() {
    let document = serde_json::json!({"id": "a; b/c", "stage": "Test"});
    let problems = crate::infra::InfraSettings::from_document(document).unwrap_err();
    let problem = problems.iter().next().unwrap();
    assert_eq!(problem.what, "infrastructure id `a; b/c` has `/` at position 5");
    assert!(problem.hint.starts_with("write 1 to 128 characters"), "{}", problem.hint);
}

#[test]
fn a_number_of_an_unknown_field_stays_the_same_through_a_write_and_a_read() {
    use crate::infra::InfraSettings;
    let text = br#"{"id": "i", "stage": "Test", "x": 123456780431295678901234567890}"#;
    let settings = InfraSettings::from_json(text).unwrap();
    let written = settings.to_document_with_keys().to_string();
    assert_eq!(InfraSettings::from_json(written.as_bytes()).unwrap(), settings, "{written}");
}
