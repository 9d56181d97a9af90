use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn pass(text: &str) -> Read<usize> {
    let mut tokens = Tokens::new(text, 0, Layout::of(text));
    tokens.pass(8).map(|()| tokens.at())
}

#[test]
fn a_value_is_passed_to_its_end_and_no_further() {
    for (text, length) in [
        (r#""a", "b""#, 3),
        (r#" "a\"\\\u00e9\n" x"#, 16),
        ("-0,", 2),
        ("1600000000000}", 13),
        ("-1.5e-7]", 7),
        ("true,", 4),
        ("[ ] ]", 3),
        (r#"{"a":{},"b":[null,false,{"c":"\/"}]},"#, 36),
        ("{\n\t\"a\" :\r 1 }x", 13),
        ("\"\u{7f}\u{e9}\",", 5),
    ] {
        assert_eq!(pass(text), Ok(length), "{text}");
    }
}

#[test]
fn what_is_no_json_is_odd_also_where_it_is_not_kept() {
    // R6
    for text in [
        "01,",
        "-,",
        "1.,",
        ".5,",
        "+1,",
        "1e,",
        "0x1,",
        "truth",
        "nul1",
        "[1,]",
        "[,1]",
        "[1 2]",
        r#"{"a"}"#,
        r#"{"a":1,}"#,
        "{1:1}",
        r#"{"a":1 "b":2}"#,
        "\"a\u{1}\"",
        "\"a\n\"",
        "\0",
        r#""\q""#,
        r#""\u00g0""#,
        "}",
        ",",
        "'a'",
    ] {
        // The enclosing value checks the text after a token.
        assert_eq!(pass(&format!("[{text} ]")), Err(Stopped::Unexpected), "{text:?}");
    }
}

#[test]
fn what_may_go_on_is_cut_off() {
    // R6
    let text = r#"{"a":[1.5e3,"\u00e9",-12,true,null],"b":{}}"#;
    for length in 0..text.len() {
        assert_eq!(pass(&text[..length]), Err(Stopped::CutOff), "{}", &text[..length]);
    }
    assert_eq!(pass("12"), Err(Stopped::CutOff));
    assert_eq!(pass(" "), Err(Stopped::CutOff));
}

#[test]
fn values_may_nest_as_deep_as_is_said() {
    // R6
    let nested = |depth: usize| format!("{}1{} ", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(pass(&nested(8)), Ok(17));
    assert_eq!(pass(&nested(9)), Err(Stopped::Unexpected));
    assert_eq!(pass(&nested(100_000)), Err(Stopped::Unexpected));
}

/// Reads a list of objects: the names of their fields and the texts of their values.
fn fields(text: &str) -> Vec<Vec<(char, String)>> {
    let mut tokens = Tokens::new(text, 0, Layout::of(text));
    let (mut names, mut objects) = (Names::default(), Vec::new());
    let initial = |name: &str| name.chars().next().unwrap_or('-');
    let object = |tokens: &mut Tokens<'_>| {
        let mut read = Vec::new();
        tokens.fields(&mut names, initial, |tokens, name| {
            tokens.peek();
            let start = tokens.at();
            tokens.pass(8)?;
            read.push((name, text[start..tokens.at()].to_owned()));
            Ok(())
        })?;
        objects.push(read);
        Ok(())
    };
    tokens.items(object).unwrap();
    objects
}

#[test]
fn fields_are_known_whether_or_not_the_object_before_had_the_same() {
    let read = fields(
        r#"[{"a":1,"b":2},{"a":3,"b":4},{"b":5,"a":6},{},{"a":7},{"a":8,"ab":9,"b":10},
            { "a" : 11, "b":12 }, { "a" : 13 , "\u0062":14 },{"\u0062":15,"":16},{"\u0062":17}]"#,
    );
    let read: Vec<String> = read
        .iter()
        .map(|object| object.iter().map(|(name, value)| format!("{name}{value} ")).collect())
        .collect();
    let expected = [
        "a1 b2 ",
        "a3 b4 ",
        "b5 a6 ",
        "",
        "a7 ",
        "a8 a9 b10 ",
        "a11 b12 ",
        "a13 b14 ",
        "b15 -16 ",
        "b17 ",
    ];
    assert_eq!(read, expected);
}

#[test]
fn what_was_read_is_not_shown() {
    // R13
    let tokens = Tokens::new("\"canary\"", 0, Layout::Compact);
    assert!(!format!("{tokens:?}").contains("canary"));
}

#[test]
fn a_quote_or_a_backslash_is_found_wherever_it_stands() {
    for length in 0..80 {
        for end in [b'"', b'\\'] {
            for before in [b'a', b'!', b'#', b'[', b']', b'\xDC', b'\xA2', 0, 0xFF] {
                let mut bytes = vec![before; length];
                assert_eq!(before_quote_or_escape(&bytes), length);
                bytes.extend([end, b'"', b'\\', b'a']);
                assert_eq!(before_quote_or_escape(&bytes), length, "{before:#x} {length}");
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_passed_is_what_serde_json_passes(
        text in r#"[\[{]([\[\]{},:"0-9eE.+\-\\ntfu \t]|"a"|"\\u00e9"|null|true|false|-?[1-9]{1,3}|[é\x01]){0,24}"#,
    ) {
        let mut values = Deserializer::from_str(&text).into_iter::<IgnoredAny>();
        match (values.next(), pass(&text)) {
            (Some(Ok(_)), read) => prop_assert_eq!(read, Ok(values.byte_offset())),
            (Some(Err(error)), read) if error.is_eof() => {
                prop_assert_eq!(read, Err(Stopped::CutOff));
            }
            (Some(Err(_)), read) => prop_assert!(read.is_err()),
            (None, read) => prop_assert_eq!(read, Err(Stopped::CutOff)),
        }
    }

    #[test]
    fn any_value_is_passed_however_it_is_written(value in value(), pretty: bool, more in "[,\\]} ]") {
        let written = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = written.unwrap();
        prop_assert_eq!(pass(&format!("{text}{more}")), Ok(text.len()));
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}
