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
