//! R16: documents that are long on purpose. The time to read or refuse them is linear in their
//! length, and messages do not grow with them.

use project_deployer_core::problem::{ProblemCode, Problems};
use serde_json::{Value, json};

use super::super::document::Part;
use super::super::noted::Noted;
use super::super::required::Required;
use super::super::requirements;
use super::*;

/// A manifest with one more field.
fn manifest_with(field: &str, value: &Value) -> String {
    json!({"projectKey": "CHURN", "bundleId": "v1", field: value}).to_string()
}

#[track_caller]
fn refused_document(case: &str, path: &str, text: &str) -> Problems {
    let mut documents = vec![(path, text)];
    if path != "export-manifest.json" {
        documents.push(("export-manifest.json", MANIFEST));
    }
    match assert_refused(case, &bundle_of(documents), "document") {
        BundleError::Document { problems, .. } => problems,
        other => panic!("{case}: {other}"),
    }
}

#[test]
fn a_list_of_mistakes_is_refused_quickly_and_listed_in_part() {
    for (field, count) in [("connections", 40_000), ("codeEnvs", 240_000), ("plugins", 40_000)] {
        let text = manifest_with(field, &vec![1; count].into());
        let problems = refused_document(field, "export-manifest.json", &text);
        assert_eq!(problems.iter().count(), 100, "{field}");
    }
    let text = json!({"permissions": vec![1; 240_000]}).to_string();
    let problems = refused_document("permissions", "project_config/params.json", &text);
    assert!(problems.has("permissions[99]", ProblemCode::WrongType), "{problems}");
}

#[test]
fn no_field_makes_a_message_long() {
    let long = "ab\u{e000}€".repeat(30_000);
    let fields = [
        ("", &["projectKey", "bundleId", "projectName", "releaseNotes", "designNodeId"][..]),
        ("exportUserInfo", &["exportedBy", "releaseNotes"]),
        ("exportedWithPlugins", &["pluginId", "version"]),
        ("usedCodeEnvRefs", &["envName", "envLang"]),
        ("designNode", &["nodeId", "url", "installId"]),
        ("connections", &["name", "type"]),
        ("codeEnvs", &["name", "lang"]),
        ("plugins", &["id", "version"]),
    ];
    for (parent, names) in fields {
        for name in names {
            let (field, value) = match parent {
                "" => (*name, json!(long)),
                "designNode" | "exportUserInfo" => (parent, json!({*name: long})),
                _ => (parent, json!([{"id": "a", "name": "a", *name: long}, long])),
            };
            if *name != "releaseNotes" {
                refused_document(name, "export-manifest.json", &manifest_with(field, &value));
            }
        }
    }
    for value in [json!({&long: {}}), json!({"a": {"name": long}}), json!({"a": {"type": long}})] {
        let manifest = manifest_with("requiredConnections", &value);
        refused_document("requiredConnections", "export-manifest.json", &manifest);
    }
    let selection = |name: &str| json!({"envSelection": {name: long}});
    let documents = [
        ("params", json!({"projectKey": long})),
        ("params", json!({"name": long})),
        ("params", json!({"permissions": long})),
        ("params", json!({"permissions": [long]})),
        ("params", json!({"permissions": [{"group": long}]})),
        ("params", json!({"permissions": [{"user": long}]})),
        ("params", json!({"permissions": [{"user": {"name": long}}]})),
        ("params", json!({"settings": {"codeEnvs": {"python": {"mode": long}}}})),
        ("params", json!({"settings": {"codeEnvs": {"python": long}}})),
        ("datasets/a", json!({"type": long})),
        ("datasets/a", json!({"params": {"connection": long}})),
        ("recipes/a", json!({"type": long})),
        ("recipes/a", selection("envMode")),
        ("webapps/a", selection("envName")),
        ("scenarios/a", json!({"id": long})),
        ("scenarios/a", json!({"name": long})),
        ("scenarios/a", json!({"markedAsTest": long})),
        ("scenarios/a", json!({"runAsUser": long})),
        ("scenarios/a", json!(long)),
    ];
    for (document, value) in documents {
        let text = value.to_string();
        refused_document(document, &format!("project_config/{document}.json"), &text);
    }
    // Every mistake at once, in a document whose name is long as well.
    let entry = format!("project_config/scenarios/{}.json", "\u{e000}".repeat(330));
    let text = json!({"id": long, "name": long, "markedAsTest": 1, "runAsUser": 1}).to_string();
    refused_document("scenario", &entry, &text);
    let everything = json!({
        "projectKey": long, "bundleId": long, "projectName": long, "releaseNotes": 1,
        "connections": vec![1; 1000], "designNode": {"nodeId": long, "url": long},
    });
    refused_document("manifest", "export-manifest.json", &everything.to_string());
    // Texts of the maximum length, with characters that take ten each when they are escaped.
    let fits = "\u{10fffe}".repeat(1024);
    let text = json!({"projectKey": fits, "bundleId": fits, "designNode": {"nodeId": fits}});
    refused_document("escapes", "export-manifest.json", &text.to_string());
}

#[test]
fn names_of_entries_never_make_a_message_long() {
    let long = "\u{e000}".repeat(340);
    let collide = [long.as_str(), &long].map(|name| CraftedEntry::file(name, ""));
    let archive = Crafted::new([manifest()].into_iter().chain(collide)).build();
    assert_refused("collision", &archive, "colliding-names");
    let hidden = CraftedEntry::file(format!("{long}/.."), "");
    let error = assert_refused("up", &bundle_with(hidden).build(), "unsafe-name");
    assert!(error.to_string().len() < 500, "{error}");
}

#[test]
fn no_problem_of_a_permission_shows_more_than_the_name() {
    let text = json!({"permissions": [{"group": "a/b", "token": "canary"}]}).to_string();
    let problems = refused_document("group", "project_config/params.json", &text);
    assert!(problems.has("permissions[0].group", ProblemCode::Invalid), "{problems}");
    let text = json!({"permissions": ["canary", {"user": {"canary": 1}}]}).to_string();
    let problems = refused_document("user", "project_config/params.json", &text);
    assert!(problems.has("permissions[0]", ProblemCode::WrongType), "{problems}");
    assert!(problems.has("permissions[1].user", ProblemCode::WrongType), "{problems}");
    assert!(!problems.to_string().contains("canary"), "{problems}");
}

#[test]
fn many_recipes_name_an_environment_once() {
    let environments: Vec<String> = (0..10_000).map(|number| format!("env-{number:05}")).collect();
    let listed = json!({"codeEnvs": environments});
    let recipe = json!({"type": "python", "envSelection": {"envName": "env-09999"}});
    let mut noted = Noted::default();
    let mut required = Required::default();
    requirements::read(&Part::document(&listed, &mut noted), &mut required, &mut noted);
    for _ in 0..100_000 {
        required.read_code(&Part::document(&recipe, &mut noted), &mut noted);
    }
    assert_eq!(required.most(), 10_000);
}

#[test]
fn what_a_bundle_lists_is_bounded_in_bytes_too() {
    let many = |count: usize, thing: &dyn Fn(&str) -> Value| -> Vec<Value> {
        (0..count).map(|number| thing(&format!("{number:04}{}", "€".repeat(1000)))).collect()
    };
    // Each stays below the limit; together they do not.
    let limits = BundleLimits { max_listed_bytes: 2 * 1024 * 1024, ..BundleLimits::default() };
    let read = |archive: Vec<u8>| read_bundle(Cursor::new(archive), &limits);
    let connections = many(160, &|name| json!({"name": name, "type": name}));
    let plugins = many(160, &|id| json!({"id": id, "version": id}));
    let first = manifest_with("connections", &connections.into());
    let permissions = many(400, &|name| json!({"user": "mina", "flag": name}));
    let params = json!({"permissions": permissions}).to_string();
    let documents = [("export-manifest.json", &*first), ("project_config/params.json", &params)];
    assert!(read(bundle_of(documents)).is_err_and(|error| kind(&error) == "over-limit"));
    let plugins = manifest_with("plugins", &plugins.into());
    for manifest in [first, plugins] {
        assert!(read(bundle_of([("export-manifest.json", &*manifest)])).is_ok());
    }
}
