use proptest::prelude::*;

use super::*;

fn rule(from: &str, to: &str) -> RemappingRule {
    RemappingRule::new(from, to)
}

fn remapped(from: &str, to: &str, login: &str) -> String {
    LoginRemapping::compile(&[rule(from, to)]).unwrap().apply(login).unwrap()
}

fn refused(from: &str, to: &str) -> String {
    LoginRemapping::compile(&[rule(from, to)]).unwrap_err().to_string()
}

#[test]
fn replacements_mean_what_they_mean_in_java() {
    // R-L9; results of java.lang.String.replaceAll
    for (from, to, login, result) in [
        ("@example\\.test$", "", "ann@example.test", "ann"),
        ("(\\w+)@.*", "$1", "ann@x", "ann"),
        ("^(\\w+)\\.(\\w+)$", "$2_$1", "ann.li", "li_ann"),
        ("^(a)(.*)$", "$12", "ann", "a2"),
        ("^(a)(.*)$", "$2x", "ann", "nnx"),
        ("(a)(b)(c)(d)(e)(f)(g)(h)(i)", "$10", "abcdefghi", "a0"),
        ("^(?<first>\\w+)\\.(?<last>\\w+)$", "${last}.${first}", "ann.li", "li.ann"),
        ("n", "\\$", "ann", "a$$"),
        ("(.*)", "$1@x", "ann", "ann@x@x"),
        ("x*", "-", "axb", "-a--b-"),
        ("^", "corp-", "ann", "corp-ann"),
        ("(?<=a)n", "N", "ann", "aNn"),
        ("(z)?n", "[$1]", "an", "a[]"),
        ("\\d", "#", "a1\u{0663}", "a#\u{0663}"),
        ("[\\W]", "-", "a\u{e9}b", "a-b"),
        ("\\s+", "", "a b", "ab"),
        ("a{2,3}", "b", "aaaa", "ba"),
        ("a++", "b", "aab", "bb"),
        ("\\<a\\>", "b", "<a>", "b"),
        ("[\\<]", "", "<a", "a"),
        ("(?i)ANN", "b", "ann", "b"),
    ] {
        assert_eq!(remapped(from, to, login), result, "{from} -> {to}");
    }
}

#[test]
fn each_rule_works_on_the_result_of_the_one_before() {
    let rules = [rule("@x$", ""), rule("^", "corp-"), rule("corp-a", "b")];
    assert_eq!(LoginRemapping::compile(&rules).unwrap().apply("ann@x").unwrap(), "bnn");
    assert_eq!(LoginRemapping::default().apply("Ann").unwrap(), "Ann");
}

#[test]
fn what_java_refuses_or_reads_in_another_way_is_refused_with_the_rules_number() {
    for (from, to, part) in [
        ("(", "", "is not a regular expression of Java: a `(` without its `)` (character 1)"),
        ("a", "$1", "no group 1"),
        ("a", "$x", "`\\$`"),
        ("a", "x$", "without a group"),
        ("a", "\\", "backslash at the end"),
        ("a", "${b}", "no group `b`"),
        ("(?<b>a)", "${b", "not closed"),
        ("(?<b>a)", "${b_}", "not closed"),
        ("{", "", "not a repetition"),
        ("a{,3}", "", "not a repetition"),
        ("a\\", "", "a backslash at the end (character 2)"),
        ("\\p{javaMirrored}", "", "a category such as `\\p{L}`"),
        ("\\p{InLatin-1 Supplement}", "", "the name of a block with `_`"),
        ("(?x)a{1,2 }", "", "a blank in this place (character 10)"),
        ("ab\\X", "", "has `\\X` (character 3), which is not supported; write `(?>"),
        ("\\N{DIGIT ONE}", "", "write the character itself"),
        ("(?<=a+)b", "", "write bounds such as `{1,20}`"),
    ] {
        let error = refused(from, to);
        assert!(
            error.starts_with("remapping rule 1 (`") && error.contains(part),
            "{from}: {error}"
        );
    }
    let error = LoginRemapping::compile(&[rule("a", ""), rule("(", "")]).unwrap_err();
    assert_eq!(error.number(), 2);
}

#[test]
fn what_is_wrong_with_a_rule_is_one_line_whatever_characters_it_has() {
    for (from, to) in [("\\k<\u{1a}>", ""), ("\\p{java\n}", ""), ("(?<b>a)", "${\u{1b}}")] {
        let error = refused(from, to);
        assert!(!error.contains(char::is_control), "{error:?}");
    }
}

#[test]
fn a_rule_that_explodes_is_an_error_that_names_rule_and_login() {
    let exploding = LoginRemapping::compile(&[rule("(a+a+)+y", "")]).unwrap();
    let fault = exploding.apply(&format!("{}b", "a".repeat(60))).unwrap_err();
    assert!(
        fault.to_string().contains("rule 1") && fault.to_string().contains("too long"),
        "{fault}"
    );
    let growing = vec![rule("(.)", "$1$1$1"); 9];
    let fault = LoginRemapping::compile(&growing).unwrap().apply("ann").unwrap_err();
    assert!(matches!(fault.fault(), RemappingFault::TooLong { .. }));
}

#[test]
fn a_report_says_what_each_rule_did() {
    // D6
    let rules = [rule("@x$", ""), rule("z", "y"), rule("n", "N"), rule("(a+a+)+y", "")];
    let rules = LoginRemapping::compile(&rules).unwrap();
    let report = rules.explain("ann@x");
    let shown: Vec<_> = report
        .steps
        .iter()
        .map(|step| (step.number, step.matches, step.before.as_str(), step.after.as_str()))
        .collect();
    let wanted =
        [(1, 1, "ann@x", "ann"), (2, 0, "ann", "ann"), (3, 2, "ann", "aNN"), (4, 0, "aNN", "aNN")];
    assert_eq!(shown, wanted);
    assert_eq!(report.result, rules.apply("ann@x"));
    let exploding = rules.explain(&format!("{}b@x", "a".repeat(60)));
    assert_eq!(exploding.steps.len(), 3);
    assert_eq!(exploding.result.unwrap_err().number(), 4);
}

#[test]
fn rules_work_within_bounds() {
    let many = vec![rule("a", "a"); RULE_LIMIT + 1];
    let error = LoginRemapping::compile(&many).unwrap_err();
    assert_eq!((error.number(), error.fault()), (101, &RemappingFault::TooMany));
    let most = LoginRemapping::compile(&many[1..]).unwrap();
    assert_eq!(most.apply("ann").unwrap(), "ann");
    let long = most.apply(&"a".repeat(LENGTH_LIMIT + 1)).unwrap_err();
    assert!(matches!(long.fault(), RemappingFault::LongLogin { .. }), "{long}");
    assert!(refused("a", &"b".repeat(PATTERN_LIMIT + 1)).contains("longer than"));
    let mut over = TimeBudget::of(std::time::Duration::ZERO);
    let slow = (0..16).find_map(|_| most.rules[0].apply("ann", &mut over).err()).unwrap();
    assert!(matches!(slow.fault(), RemappingFault::Slow { .. }), "{slow}");
}

proptest! {
    #[test]
    fn no_rule_and_no_login_make_it_panic(from in "[a-c.*+?()\\[\\]{}|^$\\\\0-9<>=!:]{0,12}", to in "[a$\\\\{}1-3]{0,6}", login in any::<String>()) {
        if let Ok(rules) = LoginRemapping::compile(&[rule(&from, &to)]) {
            let report = rules.explain(&login);
            prop_assert_eq!(report.result, rules.apply(&login));
        }
    }
}
