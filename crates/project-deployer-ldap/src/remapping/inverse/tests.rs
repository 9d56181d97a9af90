use project_deployer_core::accounts::RemappingRule;
use proptest::prelude::*;

use super::*;

fn rules(rules: &[(&str, &str)]) -> LoginRemapping {
    let rules: Vec<_> = rules.iter().map(|(from, to)| RemappingRule::new(*from, *to)).collect();
    LoginRemapping::compile(&rules).unwrap()
}

fn preimages(all: &[(&str, &str)], login: &str) -> (Vec<String>, bool) {
    let found = rules(all).preimages(login);
    (found.logins.into_iter().collect(), found.are_all)
}

#[test]
fn rules_on_the_ends_of_a_login_are_followed_back_to_every_login() {
    // R-L9
    for (all, login, expected) in [
        (&[("^(.*)$", "x-$1")][..], "x-ann", &["ann"][..]),
        (&[("^(.*)$", "x-$1")], "ann", &[]),
        (&[("@x\\.test$", "")], "ann", &["ann", "ann@x.test"]),
        (&[("^CORP\\\\", "")], "ann", &["CORP\\ann", "ann"]),
        (&[("^(.+)@x\\.test$", "$1-x")], "ann-x", &["ann-x", "ann@x.test"]),
        (&[("@a$", "@b"), ("@b$", "@c")], "ann@c", &["ann@a", "ann@b", "ann@c"]),
        (&[("@a$", "@b")], "ann@a", &[]),
        (&[("^ann$", "bob")], "bob", &["ann", "bob"]),
        (&[("^ann$", "bob")], "ann", &[]),
        (&[], "ann", &["ann"]),
    ] {
        let expected = expected.iter().map(|login| (*login).to_owned()).collect::<Vec<_>>();
        assert_eq!(preimages(all, login), (expected, true), "{all:?} {login}");
    }
}

#[test]
fn rules_that_other_logins_may_have_met_say_so() {
    for (all, login, expected) in [
        (&[("@.*", "")][..], "ann", &["ann"][..]),
        (&[("(.*)@x.test", "$1")], "ann", &["ann", "ann@x.test"]),
        (&[("([^@]+)@x\\.test", "$1")], "ann", &["ann", "ann@x.test"]),
        (&[("n+", "n")], "ann", &[]),
        (&[("(?i)@x$", "")], "ann", &["ann"]),
    ] {
        let expected = expected.iter().map(|login| (*login).to_owned()).collect::<Vec<_>>();
        assert_eq!(preimages(all, login), (expected, false), "{all:?} {login}");
    }
}

#[test]
fn only_a_pattern_without_letters_treats_all_cases_alike() {
    for (from, expected) in [
        ("@.*", false),
        ("^(\\w+)\\.", false),
        ("^ann$", true),
        ("[a-z]", true),
        ("\\p{Lu}", true),
        ("\\x41", true),
        ("(.)\\1", true),
    ] {
        assert_eq!(rules(&[(from, "")]).depends_on_case(), expected, "{from}");
    }
}

proptest! {
    #[test]
    fn no_login_is_missed_where_all_are_claimed(
        from in prop::sample::select(vec![
            "^(.*)$", "^(.+)$", "^a(.*)$", "^(.*)b$", "^a(.*)b$", "^a", "b$", "ab$", "^ab", "a", "(.*)b", "a*$", "^.", "^ab$", "^$",
        ]),
        to in prop::sample::select(vec!["", "$1", "a$1", "$1b", "b$1a", "b", "ab", "$0a"]),
        login in "[ab]{0,4}",
    ) {
        if let Ok(rules) = LoginRemapping::compile(&[RemappingRule::new(from, to)]) {
            let made = rules.apply(&login).unwrap();
            let found = rules.preimages(&made);
            prop_assert!(!found.are_all || found.logins.contains(&login), "{login} -> {made}: {found:?}");
            for before in &found.logins {
                prop_assert_eq!(&rules.apply(before).unwrap(), &made);
            }
        }
    }
}
