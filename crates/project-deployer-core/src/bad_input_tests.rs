//! The problems that a wrong settings document gives, in full: the field, the value unless it is secret,
//! the rule, and the hint.

use serde_json::{Map, Value, json};

use crate::document::Document as _;
use crate::infra::InfraSettings;
use crate::problem::{Problem, ProblemCode, Problems};
use crate::stage::StageCatalogue;

const ID_MEND: &str =
    "write 1 to 128 characters without control characters and / \\ ? # %, for example `prod-eu`";
const KEY_MEND: &str = "paste the secret of an admin global API key of the node";

fn sound() -> Value {
    json!({"id": "prod-eu", "stage": "Production", "nodeId": "auto-1", "adminApiKey": "s3cret-canary",
        "automationNodeUrl": "https://auto.example:11200", "permissions": [{"group": "ops"}]})
}

fn with(field: &str, value: Value) -> Value {
    let mut document = sound();
    document[field] = value;
    document
}

fn address(text: &str) -> Value {
    with("automationNodeUrl", json!(text))
}

fn multi(nodes: &[(&str, &str)]) -> Value {
    let node = |(id, address): &(&str, &str)| json!({"nodeId": id, "automationNodeUrl": address, "adminApiKey": "s3cret-canary"});
    json!({"id": "m", "stage": "Test", "type": "MULTI_AUTOMATION_NODE",
        "automationNodes": nodes.iter().map(node).collect::<Vec<_>>()})
}

/// Reads and validates a document as saving settings does.
fn problems(document: Value) -> Problems {
    match InfraSettings::from_document(document) {
        Ok(settings) => settings.validate(&StageCatalogue::shipped()).unwrap_err(),
        Err(problems) => problems,
    }
}

type Expected<'a> = (&'a str, ProblemCode, &'a str, &'a str);

/// Each row: a document, and its one problem. No problem repeats a secret (R13).
fn assert_rows(rows: Vec<(Value, Expected<'_>)>) {
    for (document, (path, code, what, hint)) in rows {
        let found = problems(document);
        let expected =
            Problem { path: path.to_owned(), code, what: what.to_owned(), hint: hint.to_owned() };
        assert_eq!(found.iter().collect::<Vec<_>>(), [&expected]);
        assert!(!format!("{found:?} {found}").contains("canary"), "{found}");
    }
}

#[test]
fn the_sound_document_has_no_problem() {
    let settings = InfraSettings::from_document(sound()).unwrap();
    assert_eq!(settings.validate(&StageCatalogue::shipped()), Ok(()));
    let two = multi(&[("a", "https://a.example:1"), ("b", "https://b.example:1")]);
    let settings = InfraSettings::from_document(two).unwrap();
    assert_eq!(settings.validate(&StageCatalogue::shipped()), Ok(()));
}

#[test]
fn groups_and_stages() {
    let grants = json!([{"group": "ops"}, {"group": "dev"}, {"group": "ops", "admin": true}]);
    assert_rows(vec![
        (
            with("permissions", grants),
            (
                "permissions[2].group",
                ProblemCode::Duplicate,
                "group `ops` is listed twice",
                "keep one entry with all its rights",
            ),
        ),
        (
            with("stage", json!("Staging")),
            (
                "stage",
                ProblemCode::NotFound,
                "there is no stage `Staging`",
                "write one of `Development`, `Test`, `Production`",
            ),
        ),
        (
            with("permissions", json!([{"group": ""}])),
            (
                "permissions[0].group",
                ProblemCode::Missing,
                "group is missing",
                "write the name of a group",
            ),
        ),
    ]);
}

#[test]
fn ids() {
    let long = "x".repeat(10_000);
    let shortened = format!(
        "infrastructure id `{}…` has 10000 characters where at most 128 are allowed",
        "x".repeat(40)
    );
    assert_rows(vec![
        (
            with("id", json!("")),
            ("id", ProblemCode::Missing, "id is missing", "write an id such as `prod-eu`"),
        ),
        (
            with("id", json!("  ")),
            ("id", ProblemCode::Invalid, "infrastructure id `  ` is empty", ID_MEND),
        ),
        (
            with("id", json!("a\u{7}b")),
            (
                "id",
                ProblemCode::Invalid,
                "infrastructure id `a\\u{7}b` has `\\u{7}` at position 2",
                ID_MEND,
            ),
        ),
        (
            with("id", json!("prod/eu")),
            (
                "id",
                ProblemCode::Invalid,
                "infrastructure id `prod/eu` has `/` at position 5",
                ID_MEND,
            ),
        ),
        (with("id", json!(long)), ("id", ProblemCode::Invalid, &shortened, ID_MEND)),
        (
            with("id", json!("prod; eu/1")),
            (
                "id",
                ProblemCode::Invalid,
                "infrastructure id `prod; eu/1` has `/` at position 9",
                ID_MEND,
            ),
        ),
    ]);
}

#[test]
fn node_addresses() {
    let row = |text: &str, what: &'static str, hint: &'static str| {
        (address(text), ("automationNodeUrl", ProblemCode::Invalid, what, hint))
    };
    let user = "the node address has user information before the host";
    let user_hint = "remove it and write the API key in its own field";
    let port_hint = "write a port from 1 to 65535";
    assert_rows(vec![
        row(
            "auto.example:11200",
            "the node address `auto.example:11200` has no protocol",
            "write `https://auto.example:11200` (or `http://auto.example:11200`)",
        ),
        row(
            "ftp://auto.example",
            "the node address uses the protocol `ftp`",
            "write `https://` or `http://` before the host: no other protocol is supported",
        ),
        row("https://mina:canary@auto.example:1", user, user_hint),
        row("mina:canary@https://auto.example", user, user_hint),
        row(
            "https://auto.example:1?token=canary",
            "the node address `https://auto.example:1` has a query or a fragment",
            "end it after the port or the path prefix",
        ),
        row("https://auto.example:0", "the node address has the port `0`", port_hint),
        row("https://auto.example:70000", "the node address has the port `70000`", port_hint),
        row(
            "https://bücher.example:11200",
            "the host of the node address `bücher.example:11200` is not written in ASCII",
            "write `xn--bcher-kva.example` if you mean this host",
        ),
        row(
            "https://auto; x.example",
            "the node address `https://auto; x.example` has a blank, a backslash or a control character at position 14",
            "remove it",
        ),
    ]);
}

#[test]
fn api_keys() {
    let blank = "the API key is empty or blank";
    assert_rows(vec![
        (with("adminApiKey", json!("")), ("adminApiKey", ProblemCode::Invalid, blank, KEY_MEND)),
        (with("adminApiKey", json!("   ")), ("adminApiKey", ProblemCode::Invalid, blank, KEY_MEND)),
        (
            with("adminApiKey", json!("canary\n")),
            (
                "adminApiKey",
                ProblemCode::Invalid,
                "the API key has a control character",
                "paste it again without line breaks",
            ),
        ),
        (
            with("adminApiKey", json!(["canary"])),
            ("adminApiKey", ProblemCode::WrongType, "found a list", "write a text"),
        ),
        (
            with("notes", json!({"adminApiKey": "canary"})),
            (
                "notes.adminApiKey",
                ProblemCode::Conflict,
                "a node key here would be shown in clear text",
                "remove it; a node key belongs only next to the address of its node",
            ),
        ),
    ]);
}

#[test]
fn multi_node_infrastructures() {
    // R-I6
    let address_path = "automationNodes[1].automationNodeUrl";
    let address_mend = "write the address of this node";
    assert_rows(vec![
        (
            multi(&[("a", "https://a.example:1")]),
            (
                "automationNodes",
                ProblemCode::Count,
                "a multi-node infrastructure has two or more nodes, not 1",
                "add nodes, or make it a single-node infrastructure",
            ),
        ),
        (
            multi(&[("a", "https://a.example:1"), ("a", "https://b.example:1")]),
            (
                "automationNodes[1].nodeId",
                ProblemCode::Duplicate,
                "node `a` is listed twice",
                "name each node once",
            ),
        ),
        (
            multi(&[("a", "https://a.example:1"), ("b", "https://a.example:1/")]),
            (
                address_path,
                ProblemCode::Duplicate,
                "`https://a.example:1` is also the address of another node",
                address_mend,
            ),
        ),
        (
            multi(&[("a", "https://a.example"), ("b", "https://a.example:443")]),
            (
                address_path,
                ProblemCode::Duplicate,
                "`https://a.example:443` is also the address of another node",
                address_mend,
            ),
        ),
        (
            multi(&[("", "https://a.example:1"), ("b", "https://b.example:1")]),
            (
                "automationNodes[0].nodeId",
                ProblemCode::Missing,
                "the node has no id",
                "write the id that the node reports",
            ),
        ),
    ]);
}

#[test]
fn wrong_types() {
    let row = |field: &'static str, value: Value, what: &'static str, hint: &'static str| {
        (with(field, value), (field, ProblemCode::WrongType, what, hint))
    };
    assert_rows(vec![
        row("id", json!(["canary"]), "found a list", "write a text"),
        row("stage", json!(7), "found a number", "write a text"),
        row("automationNodeUrl", json!({"canary": 1}), "found an object", "write a text"),
        row("trustAllSSLCertificates", json!("canary"), "found a text", "write true or false"),
        row("permissions", json!("canary"), "found a text", "write a list of objects"),
        row("remapping", json!(true), "found true or false", "write an object"),
        row("hooks", json!([]), "found a list", "write an object"),
        (
            with("permissions", json!(["canary"])),
            ("permissions[0]", ProblemCode::WrongType, "found a text", "write an object"),
        ),
        (json!(["canary"]), ("", ProblemCode::WrongType, "found a list", "write an object")),
        (
            with("governCheckPolicy", json!("MAYBE")),
            (
                "governCheckPolicy",
                ProblemCode::UnknownValue,
                "`MAYBE` is not a known governCheckPolicy",
                "write one of PREVENT, WARN, NO_CHECK",
            ),
        ),
    ]);
}

#[test]
fn every_problem_of_a_document_is_told_at_once() {
    let document =
        json!({"id": "a/b", "automationNodeUrl": "https://a.example:0", "adminApiKey": " "});
    let paths: Vec<_> =
        problems(document).iter().map(|problem| problem.path.clone()).collect::<Vec<_>>();
    assert_eq!(paths, ["id", "stage", "automationNodeUrl", "adminApiKey"]);
}

#[test]
fn deep_nesting_by_text_and_by_value() {
    let expected = Problem {
        path: String::new(),
        code: ProblemCode::TooDeep,
        what: "the document nests deeper than 64 levels".to_owned(),
        hint: "send the document as the product writes it".to_owned(),
    };
    for depth in [64, 127, 10_000] {
        let text = format!("{{\"x\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
        let by_text = InfraSettings::from_json(text.as_bytes()).unwrap_err();
        assert_eq!(by_text.iter().collect::<Vec<_>>(), [&expected], "{depth}");
        let nested = (0..depth).fold(json!([]), |inner, _| Value::Array(vec![inner]));
        let document = Value::Object(Map::from_iter([("x".to_owned(), nested)]));
        let by_value = InfraSettings::from_document(document).unwrap_err();
        assert_eq!(by_value.iter().collect::<Vec<_>>(), [&expected], "{depth}");
    }
}

#[test]
fn text_that_is_no_json() {
    let problems = InfraSettings::from_json(b"{\"id\": \"canary").unwrap_err();
    let expected = Problem {
        path: String::new(),
        code: ProblemCode::NotJson,
        what: "the text is not JSON (line 1, column 14)".to_owned(),
        hint: "send one JSON object".to_owned(),
    };
    assert_eq!(problems.iter().collect::<Vec<_>>(), [&expected]);
}
