use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::accounts::{User, UserList, read_users};

type Read = Result<(Vec<User>, Vec<Unreadable>), BrokenList>;

/// Reads a text that arrives in pieces of so many bytes.
fn streaming(text: &[u8], piece: usize) -> Read {
    arriving_into(text, piece)
}

fn arriving_into<C: UserCollection>(
    text: &[u8],
    piece: usize,
) -> Result<(C, Vec<Unreadable>), BrokenList> {
    let mut users = StreamingUserParser::<C>::default();
    for piece in text.chunks(piece.max(1)) {
        users.take(piece)?;
    }
    users.end()
}

/// Users of every shape that nodes answer, and some that they do not.
fn sample() -> Value {
    let mut deep = json!(1);
    for _ in 0..62 {
        deep = json!([deep]);
    }
    let deeper = json!([deep]);
    json!([
        {"login": "mina", "displayName": "Mina \"é\" \u{1F600}", "groups": ["ops", "a b"],
            "sourceType": "LDAP", "email": "", "userProfile": null, "enabled": false,
            "trialStatus": {"exists": false, "grantedOn": -1, "list": [[], {}, [1, null]]},
            "creationDate": 1_600_000_000_000_u64, "sec\"ret\n": "e:AES:\\\u{1}"},
        {"login": "otto", "groups": null, "sourceType": "LATER", "share": 0.1},
        {"login": "ghost", "groups": [7, "a/b"]},
        "canary",
        17,
        {"displayName": "no login"},
        {"login": "deep", "x": deep},
        {"login": "deeper", "x": deeper},
        {},
    ])
}

#[test]
fn what_arrives_reads_as_what_is_there_whatever_the_pieces_are() {
    let text = serde_json::to_vec_pretty(&sample()).unwrap();
    let whole = streaming(&text, text.len()).unwrap();
    for piece in [1, 2, 3, 7, 64, 1000] {
        assert_eq!(streaming(&text, piece).unwrap(), whole, "pieces of {piece} bytes");
    }
    let logins: Vec<_> = whole.0.iter().map(|user| user.login.as_str()).collect();
    assert_eq!(logins, ["mina", "otto", "deep"]);
    let malformed: Vec<_> = whole.1.iter().map(|malformed| malformed.position).collect();
    assert_eq!(malformed, [2, 3, 4, 5, 7, 8]);
}

#[test]
fn what_arrives_reads_as_a_whole_answer_does() {
    let mut list = sample();
    // A whole answer that nests too deep is refused as a whole.
    list.as_array_mut().unwrap().remove(7);
    let text = serde_json::to_vec(&list).unwrap();
    let (users, unreadable) = read_users(list).unwrap();
    assert_eq!(streaming(&text, 50).unwrap(), (users.clone(), unreadable));
    let written = |users: &[User]| serde_json::to_string(users).unwrap();
    assert_eq!(written(&streaming(&text, 50).unwrap().0), written(&users));
}

#[test]
fn of_a_field_that_stands_twice_the_last_one_counts() {
    let text = br#"[{"login": "a", "x": 1, "login": "b", "x": {"y": 1, "y": 2}, "enabled": false,
        "enabled": null}]"#;
    let read = streaming(text, text.len()).unwrap();
    assert_eq!(read, read_users(serde_json::from_slice(text).unwrap()).unwrap());
    assert_eq!(read.0[0].extra.get("x"), Some(&json!({"y": 2})));
}

#[test]
fn a_list_of_users_says_of_them_what_whole_users_say() {
    // R10
    let mut sample = sample();
    sample.as_array_mut().unwrap().push(json!({"login": "named", "displayName": 7}));
    let text = serde_json::to_vec(&sample).unwrap();
    let (users, _) = streaming(&text, text.len()).unwrap();
    for piece in [1, 7, 64, text.len()] {
        let (list, malformed) = arriving_into::<UserList>(&text, piece).unwrap();
        // A user that is malformed only in fields that a list does not keep is on it.
        let kept = |login: &str| users.iter().any(|user| user.login.as_str() == login);
        let more: Vec<_> = list.iter().filter(|user| !kept(user.login)).collect();
        assert_eq!(more.iter().map(|user| user.login).collect::<Vec<_>>(), ["deeper", "named"]);
        let same =
            list.iter().filter(|user| kept(user.login)).eq(UserList::from_iter(&users).iter());
        assert!(same, "pieces of {piece} bytes: {list:?}");
        let malformed: Vec<_> = malformed.iter().map(|malformed| malformed.position).collect();
        assert_eq!(malformed, [2, 3, 4, 5, 8]);
    }
}

#[test]
fn a_control_character_in_a_text_is_no_json_whatever_piece_it_comes_in() {
    // R6
    for text in ["[{\"login\":\"mina\",\"x\":\"a\nb\"}]", "[{\"x\":\"\u{1}\",\"login\":\"mina\"}]"]
    {
        let broken = Err(BrokenList::NotJson { entry: 0, byte: 1 });
        for piece in 1..=text.len() {
            assert_eq!(arriving_into::<UserList>(text.as_bytes(), piece), broken, "{text} {piece}");
        }
    }
}

#[test]
fn a_list_of_users_takes_the_last_of_a_field_that_stands_twice() {
    let text = br#"[{"groups": ["x"], "sourceType": "LDAP", "login": "a", "groups": ["y"],
        "sourceType": null, "login": "b", "enabled": false, "enabled": null}]"#;
    let (list, malformed) = arriving_into::<UserList>(text, 9).unwrap();
    assert_eq!((list, malformed), (streaming(text, 9).unwrap().0.iter().collect(), Vec::new()));
}

#[test]
fn a_list_that_is_cut_off_is_never_a_shorter_list() {
    // R6
    let text = serde_json::to_vec(&sample()).unwrap();
    for length in 0..text.len() {
        let cut = streaming(&text[..length], 100);
        assert_eq!(cut, Err(BrokenList::CutOff { bytes: length as u64 }));
    }
}

#[test]
fn what_is_no_list_is_told_with_its_place() {
    let broken = |text: &str| streaming(text.as_bytes(), 3).unwrap_err();
    assert_eq!(broken(r#" {"login": "a"}"#), BrokenList::NotAList);
    for (text, entry, byte) in [
        (r#"[{"login": "a"} {"login": "b"}]"#, 1, 16),
        (r#"[{"login": "a"},]"#, 1, 16),
        (r#"[{"login": "a"}] x"#, 1, 17),
        (r#"[{"login": "a", "x": tru}]"#, 0, 1),
        (r#"[{"login": "a", "x": "\ud800"}]"#, 0, 1),
        (r#"[{"login": "a", "x": 1e999}]"#, 0, 1),
        ("[,]", 0, 1),
    ] {
        assert_eq!(broken(text), BrokenList::NotJson { entry, byte }, "{text}");
    }
    assert_eq!(streaming(b"[\"\xFF\"]", 9), Err(BrokenList::NotJson { entry: 0, byte: 1 }));
    // The beginning of a character behind the list.
    assert_eq!(streaming(b"[] \xE8", 9), Err(BrokenList::CutOff { bytes: 4 }));
    assert_eq!(streaming(b" [ ] ", 1), Ok((Vec::new(), Vec::new())));
}

#[test]
fn an_entry_that_does_not_end_is_not_waited_for() {
    // R6
    let mut users = StreamingUserParser::<UserList>::default();
    users.take(br#"[{"login": "mina"}, {"x": "#).unwrap();
    let piece = "1".repeat(1 << 20);
    let taken = (0..20).find_map(|_| users.take(piece.as_bytes()).err());
    assert_eq!(taken, Some(BrokenList::EndlessEntry { entry: 1 }));
}

#[test]
fn what_is_pending_is_not_shown() {
    // R13
    let mut users = StreamingUserParser::<Vec<User>>::default();
    users.take(br#"[{"login": "mina", "secret": "canary"#).unwrap();
    assert!(!format!("{users:?}").contains("canary"));
}

proptest! {
    #[test]
    fn any_text_in_any_pieces_reads_the_same(
        text in r#"\[?([\[\]{},:" 0-9e.\-]|"login":"a"|null){0,30}\]?"#,
        piece in 1usize..8,
    ) {
        let whole = streaming(text.as_bytes(), text.len());
        prop_assert_eq!(&streaming(text.as_bytes(), piece), &whole);
        let value = serde_json::from_str::<Value>(&text).map_err(|error| error.to_string());
        match (whole, value) {
            (Ok(read), Ok(value)) => prop_assert_eq!(Ok(read), read_users(value)),
            (Ok(_), Err(error)) => prop_assert!(false, "{}", error),
            (Err(_), Ok(value)) => prop_assert!(!value.is_array()),
            (Err(_), Err(_)) => {}
        }
    }
}

type Fields = Vec<(&'static str, Value)>;

/// Users with some of these fields in any order, which may be repeated. None is malformed in what a list does not
/// keep.
fn users() -> impl Strategy<Value = Vec<Fields>> {
    let name = || {
        prop_oneof![
            Just(json!(null)),
            "[a-c]{0,2}(\\\\|\"|/|\u{e9}| )?[a-c]{0,2}".prop_map(Value::from),
        ]
    };
    let groups = prop_oneof![
        3 => prop::collection::vec(name(), 0..3).prop_map(Value::from),
        1 => Just(json!(null)),
        1 => Just(json!("ops")),
    ];
    let source =
        prop_oneof![Just(json!("LDAP")), Just(json!("LATER")), Just(json!(null)), Just(json!(7))];
    let flag = prop_oneof![any::<bool>().prop_map(Value::from), Just(json!(null)), Just(json!(1))];
    let other = prop_oneof![
        Just(json!({"y": [1, -2, {"z": "\u{1F600}\n"}], "login": "x"})),
        any::<i64>().prop_map(Value::from),
        name(),
    ];
    let field = prop_oneof![
        4 => name().prop_map(|value| ("login", value)),
        2 => groups.prop_map(|value| ("groups", value)),
        2 => source.prop_map(|value| ("sourceType", value)),
        2 => flag.prop_map(|value| ("enabled", value)),
        3 => other.prop_map(|value| ("x", value)),
    ];
    prop::collection::vec(prop::collection::vec(field, 0..7), 0..8)
}

/// The users as JSON, with this between all tokens.
fn written(users: &[Fields], blank: &str) -> String {
    let field = |(name, value): &(&str, Value)| format!("{blank}\"{name}\"{blank}:{blank}{value}");
    let user = |fields: &Fields| {
        let fields: Vec<String> = fields.iter().map(field).collect();
        format!("{blank}{{{}{blank}}}{blank}", fields.join(","))
    };
    format!("[{}]", users.iter().map(user).collect::<Vec<_>>().join(","))
}

proptest! {
    #[test]
    fn any_list_of_users_says_of_them_what_whole_users_say(
        users in users(),
        blank in prop_oneof![Just(""), Just(" "), Just("\n\t")],
        piece in 1usize..200,
    ) {
        // R10
        let text = written(&users, blank);
        let (whole, malformed) = streaming(text.as_bytes(), text.len()).unwrap();
        let list = arriving_into::<UserList>(text.as_bytes(), piece);
        prop_assert_eq!(list, Ok((whole.iter().collect(), malformed)));
    }
}

#[test]
fn a_list_of_nothing_but_odd_entries_ends_early() {
    // R6
    let zeros = |count: usize| format!("[{}]", vec!["0"; count].join(","));
    let most = streaming(zeros(MOST_UNREADABLE).as_bytes(), 4096).unwrap();
    assert_eq!(most.1.len(), MOST_UNREADABLE);
    let more = streaming(zeros(MOST_UNREADABLE + 1).as_bytes(), 4096);
    assert_eq!(more, Err(BrokenList::TooManyOdd));
}
