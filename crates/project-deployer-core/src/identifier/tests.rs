use super::*;
use proptest::prelude::*;

fn fault(text: &str) -> IdentifierFault {
    InfraId::parse(text).unwrap_err().fault().clone()
}

#[test]
fn empty_and_blank_ids_are_refused() {
    assert_eq!(fault(""), IdentifierFault::Empty);
    assert_eq!(fault(" \t "), IdentifierFault::Empty);
}

#[test]
fn ten_thousand_characters_are_refused_and_the_message_stays_short() {
    let refusal = InfraId::parse("x".repeat(10_000)).unwrap_err();
    assert_eq!(refusal.fault(), &IdentifierFault::TooLong { length: 10_000, limit: 128 });
    assert!(refusal.to_string().len() < 300, "{refusal}");
}

#[test]
fn control_characters_and_slashes_are_named_with_their_position() {
    assert_eq!(fault("a\u{7}b"), IdentifierFault::Character { character: '\u{7}', position: 2 });
    assert_eq!(fault("a/b"), IdentifierFault::Character { character: '/', position: 2 });
    assert!(InfraId::parse("a\nb").unwrap_err().to_string().contains("a\\nb"));
}

#[test]
fn outer_blanks_and_path_words_are_refused() {
    assert_eq!(fault(" prod"), IdentifierFault::OuterBlank);
    assert_eq!(fault(".."), IdentifierFault::Reserved);
}

#[test]
fn a_project_key_takes_letters_digits_and_underscores_only() {
    assert!(ProjectKey::parse("CHURN_2").is_ok());
    for refused in ["CHURN-2", "CHÜRN", "A B", "A.B"] {
        assert!(ProjectKey::parse(refused).is_err(), "{refused}");
    }
}

#[test]
fn serde_and_parse_share_one_validator() {
    assert!(serde_json::from_str::<InfraId>("\"prod\"").is_ok());
    let refused = serde_json::from_str::<InfraId>("\"pr/od\"").unwrap_err().to_string();
    assert!(refused.contains("infrastructure id `pr/od`"), "{refused}");
}

#[test]
fn creatable_follows_the_rule_of_the_product_for_new_users() {
    // page "ERR_SECURITY_CRUD_INVALID_SETTINGS"
    assert!(Login::parse("ann.li@example.test").unwrap().creatable());
    assert!(!Login::parse("ab").unwrap().creatable());
    assert!(!Login::parse("ann li").unwrap().creatable());
    assert!(!GroupName::parse("g".repeat(81)).unwrap().creatable());
}

proptest! {
    #[test]
    fn whatever_parses_comes_back_unchanged(text in "\\PC{0,150}") {
        if let Ok(id) = BundleId::parse(text.clone()) {
            prop_assert_eq!(id.as_str(), text.as_str());
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<BundleId>(&json).unwrap(), id);
        }
    }

    #[test]
    fn nothing_that_parses_can_leave_its_path_segment(text in any::<String>()) {
        if let Ok(id) = DeploymentId::parse(text) {
            prop_assert!(!id.as_str().contains(['/', '\\', '?', '#', '%', '\0', '\n']));
            prop_assert!(!matches!(id.as_str(), "." | ".." | ""));
        }
    }
}

proptest! {
    #[test]
    fn the_short_way_to_check_a_word_says_what_the_rule_says(
        text in prop_oneof![
            "[ -~]{0,6}", "[.a/ \\u{7f}\\t]{0,4}", "[a-z._-]{99,101}", "[a-z]{127,129}", "[a-z]{254,256}",
        ],
    ) {
        macro_rules! same {
            ($($kind:ident)+) => {$(
                let by_rule = $kind::RULE.check(&text);
                prop_assert_eq!($kind::check(&text), by_rule.clone(), "{}", stringify!($kind));
                prop_assert_eq!($kind::parse(text.as_str()).err(), by_rule.err());
            )+};
        }
        same!(InfraId StageId NodeId BundleId DeploymentId ProjectKey GroupName Login);
    }
}
