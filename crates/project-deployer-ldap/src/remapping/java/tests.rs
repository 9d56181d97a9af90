use super::*;

#[test]
fn a_pattern_that_java_takes_in_a_surprising_way_is_read_the_same() {
    let pattern = Pattern::parse(r"(?<first>\w)|{2}").unwrap();
    assert_eq!(
        (pattern.groups(), pattern.named("first"), pattern.named("last")),
        (1, Some(1), None)
    );
}
