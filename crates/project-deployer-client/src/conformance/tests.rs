use std::collections::BTreeSet;

const MACRO: &str = include_str!("../conformance.rs");
const GROUPS: [&str; 9] = [
    include_str!("accounts.rs"),
    include_str!("activation.rs"),
    include_str!("bundles.rs"),
    include_str!("code_envs.rs"),
    include_str!("configuration.rs"),
    include_str!("instance.rs"),
    include_str!("projects.rs"),
    include_str!("scenarios.rs"),
    include_str!("webapps.rs"),
];

#[test]
fn the_macro_forgets_no_case() {
    let name_of = |line: &'static str| line.strip_prefix("pub async fn ")?.split('<').next();
    let cases: BTreeSet<&str> =
        GROUPS.iter().flat_map(|source| source.lines().filter_map(name_of)).collect();
    let listed: BTreeSet<&str> = MACRO.lines().map(|line| line.trim().trim_matches(',')).collect();
    let forgotten: Vec<_> = cases.difference(&listed).collect();
    assert!(cases.len() > 50 && forgotten.is_empty(), "{} cases, {forgotten:?}", cases.len());
}
