//! Where the keys of nodes are, and where they never are (R13).

use serde_json::Map;

use super::*;
use crate::document::Document as _;
use crate::{ApiKeySecret, UnknownFields};

fn single() -> Value {
    json!({"id": "i", "stage": "Test", "nodeId": "a", "automationNodeUrl": "https://a.example:1",
        "adminApiKey": "known-key", "hooks": {"pre": [{"name": "x"}], "post": [{"name": "y"}]},
        "permissions": [{"group": "ops"}],
        "remapping": {"connections": [{"source": "s", "target": "t"}]}})
}

fn multi() -> Value {
    let mut document = single();
    for field in ["nodeId", "automationNodeUrl", "adminApiKey"] {
        document[field] = Value::Null;
    }
    document["type"] = json!("MULTI_AUTOMATION_NODE");
    document["automationNodes"] = json!([
        {"nodeId": "a", "automationNodeUrl": "https://a.example:1", "adminApiKey": "known-key"},
        {"nodeId": "b", "automationNodeUrl": "https://b.example:1", "adminApiKey": "known-key"}
    ]);
    document
}

fn fleet() -> Value {
    let mut document = single();
    document["autoconfigureFromNodesDirectory"] = json!(true);
    document
}

/// A place where a user may leave a key, as a pointer into the document, and the path of the problem.
const PLACES: [(&str, &str); 9] = [
    ("/hooks/pre/0/adminApiKey", "hooks.pre[0].adminApiKey"),
    ("/hooks/post/0/config/adminApiKey", "hooks.post[0].config.adminApiKey"),
    ("/permissions/0/adminApiKey", "permissions[0].adminApiKey"),
    ("/permissions/0/more/adminApiKey", "permissions[0].more.adminApiKey"),
    ("/remapping/adminApiKey", "remapping.adminApiKey"),
    ("/future/adminApiKey", "future.adminApiKey"),
    ("/future/list/0/deep/adminApiKey", "future.list[0].deep.adminApiKey"),
    ("/automationNodes/0/zone/adminApiKey", "automationNodes[0].zone.adminApiKey"),
    ("/automationNodes/1/zones/0/adminApiKey", "automationNodes[1].zones[0].adminApiKey"),
];

fn put(document: &mut Value, pointer: &str, value: Value) {
    let mut place = document;
    for step in pointer.split('/').skip(1) {
        place = match step.parse::<usize>() {
            Ok(index) => {
                if place.is_null() {
                    *place = json!([]);
                }
                let items = place.as_array_mut().unwrap();
                while items.len() <= index {
                    items.push(json!({}));
                }
                &mut items[index]
            }
            Err(_) => &mut place[step],
        };
    }
    *place = value;
}

#[test]
fn a_key_among_unknown_fields_is_a_problem_with_its_path() {
    for (pointer, path) in PLACES {
        let mut document = multi();
        put(&mut document, pointer, json!("canary"));
        let problems = InfraSettings::from_document(document).unwrap_err();
        assert!(problems.has(path, ProblemCode::Conflict), "{path}: {problems}");
        assert!(!problems.to_string().contains("canary"), "{problems}");
    }
}

#[test]
fn the_fields_of_the_other_kind_of_infrastructure_are_problems() {
    let leftovers = [
        ("nodeId", json!("a")),
        ("automationNodeUrl", json!("https://a.example:1")),
        ("automationNodeExternalUrl", json!("https://a.example:1")),
        ("adminApiKey", json!("canary")),
        ("trustAllSSLCertificates", json!(true)),
        ("autoconfigureFromNodesDirectory", json!(true)),
    ];
    for (field, value) in leftovers {
        let mut document = multi();
        document[field] = value;
        let problems = InfraSettings::from_document(document).unwrap_err();
        assert_eq!(problems.iter().len(), 1, "{problems}");
        assert!(problems.has(field, ProblemCode::Conflict), "{field}: {problems}");
        assert!(!problems.to_string().contains("canary"), "{problems}");
    }
    for mut document in [single(), fleet()] {
        document["automationNodes"] = json!([{"nodeId": "a", "adminApiKey": "canary"}]);
        let problems = InfraSettings::from_document(document).unwrap_err();
        assert!(problems.has("automationNodes", ProblemCode::Conflict), "{problems}");
        assert!(!problems.to_string().contains("canary"), "{problems}");
    }
}

#[test]
fn fields_of_the_other_kind_that_say_nothing_are_no_problem() {
    let mut document = multi();
    for field in ["nodeId", "automationNodeUrl", "automationNodeExternalUrl", "adminApiKey"] {
        document[field] = json!("");
    }
    document["trustAllSSLCertificates"] = json!(false);
    document["autoconfigureFromNodesDirectory"] = json!(false);
    assert!(InfraSettings::from_document(document).is_ok());
    let mut document = single();
    document["automationNodes"] = json!([]);
    assert!(InfraSettings::from_document(document).is_ok());
}

#[test]
fn a_key_that_was_put_among_the_unknown_fields_is_not_written() {
    let unknown = |value: Value| -> UnknownFields {
        let fields: Map<String, Value> = serde_json::from_value(value).unwrap();
        fields.into()
    };
    let mut settings = InfraSettings::from_document(multi()).unwrap();
    let leak = || unknown(json!({"adminApiKey": "canary", "x": [{"adminApiKey": ["canary"]}]}));
    settings.extra = leak();
    settings.remapping.extra = leak();
    settings.permissions[0].extra = leak();
    settings.hooks.pre[0].extra = leak();
    settings.target.entries_mut()[1].extra = leak();
    let written = settings.to_document();
    assert!(!written.to_string().contains("canary"), "{written}");
    assert!(!written.to_string().contains("known-key"), "{written}");
    assert_eq!(written["automationNodes"][1]["adminApiKey"], "********");
    assert_eq!(written["x"], json!([{}]));
}

proptest! {
    #[test]
    fn no_document_is_written_with_a_key(
        kind in prop::sample::select(vec![single(), multi(), fleet()]),
        places in prop::sample::subsequence(PLACES.to_vec(), 0..=PLACES.len()),
        leftovers in prop::sample::subsequence(
            vec!["/adminApiKey", "/automationNodes/0/adminApiKey", "/hooks/adminApiKey",
                "/remapping/connections/0/adminApiKey"], 0..=4),
        value in prop::sample::select(vec![
            json!("canary"), json!(["canary"]), json!({"canary": "canary"}), json!({"adminApiKey": "canary"}),
        ]),
    ) {
        let mut document = kind;
        for pointer in places.iter().map(|(pointer, _)| *pointer).chain(leftovers) {
            put(&mut document, pointer, value.clone());
        }
        match InfraSettings::from_document(document) {
            Ok(settings) => {
                let written = settings.to_document().to_string();
                prop_assert!(!written.contains("canary") && !written.contains("known-key"), "{}", written);
                let shown = format!("{settings:?}");
                prop_assert!(!shown.contains("canary"), "{}", shown);
            }
            Err(problems) => {
                let shown = format!("{problems} {problems:?}");
                prop_assert!(!shown.contains("canary"), "{}", shown);
            }
        }
    }
}

/// The keys that come back when `changed` is written without any.
fn kept(current: Value, changed: Value) -> Vec<Option<String>> {
    let current = InfraSettings::from_document(current).unwrap();
    let changed = InfraSettings::from_document(changed).unwrap().keeping_keys_of(&current);
    let keys = changed.target.entries().iter().map(|entry| entry.admin_api_key.as_ref());
    keys.map(|key| key.map(|key| key.expose().to_owned())).collect()
}

#[test]
fn a_withheld_key_is_kept_at_the_same_place_only() {
    let change = |fields: Value| {
        let mut document = single();
        document["adminApiKey"] = json!("********");
        for (name, value) in fields.as_object().unwrap() {
            document[name] = value.clone();
        }
        kept(single(), document)[0].is_some()
    };
    for same in [
        json!({}),
        json!({"adminApiKey": null}),
        json!({"stage": "Production", "automationNodeExternalUrl": "https://people.example"}),
        json!({"automationNodeUrl": "https://A.EXAMPLE:1/dss"}),
        json!({"nodeId": null}),
        json!({"nodeId": "renamed"}),
    ] {
        assert!(change(same.clone()), "{same}");
    }
    for moved in [
        json!({"automationNodeUrl": "https://elsewhere.example:1"}),
        json!({"automationNodeUrl": "https://a.example:2"}),
        json!({"automationNodeUrl": "https://a.example"}),
        json!({"automationNodeUrl": "http://a.example:1"}),
        json!({"automationNodeUrl": null}),
        json!({"trustAllSSLCertificates": true}),
        json!({"nodeId": null, "automationNodeUrl": "https://a.example:2"}),
    ] {
        assert!(!change(moved.clone()), "{moved}");
    }
}

#[test]
fn an_address_that_is_spelled_with_its_own_port_is_the_same_place() {
    let at = |address: &str, key: &str| {
        let mut document = single();
        document["automationNodeUrl"] = json!(address);
        document["adminApiKey"] = json!(key);
        document
    };
    let keys = kept(at("https://a.example", "k"), at("https://a.example:443", "********"));
    assert_eq!(keys, [Some("k".to_owned())]);
}

#[test]
fn nodes_are_recognised_by_id_before_any_is_by_address() {
    let node = |id: Value, address: &str, key: &str| json!({"nodeId": id, "automationNodeUrl": address, "adminApiKey": key});
    let nodes = |nodes: Value| json!({"id": "i", "stage": "Test", "type": "MULTI_AUTOMATION_NODE", "automationNodes": nodes});
    let (a, b) = ("https://a.example:1", "https://b.example:1");
    let current = || nodes(json!([node(json!("a"), a, "key-a"), node(json!("b"), b, "key-b")]));
    let masked = |first, second| nodes(json!([first, second]));
    let mask = ApiKeySecret::PLACEHOLDER;
    // Both stay, in another order.
    let turned = masked(node(json!("b"), b, mask), node(json!("a"), a, mask));
    assert_eq!(kept(current(), turned), [Some("key-b".to_owned()), Some("key-a".to_owned())]);
    // Each took the address of the other: neither key may go there.
    let swapped = masked(node(json!("b"), a, mask), node(json!("a"), b, mask));
    assert_eq!(kept(current(), swapped), [None, None]);
    // One has no id any more and is recognised by its address.
    let unnamed = masked(node(Value::Null, b, mask), node(json!("a"), a, mask));
    assert_eq!(kept(current(), unnamed), [Some("key-b".to_owned()), Some("key-a".to_owned())]);
}
