//! Which other libraries the public signatures of the crates show. A user depends on their versions too, so each has
//! to be part of the contract.

use std::collections::{BTreeSet, HashSet};
use std::fs;

use serde_json::Value;

use crate::process::{root, run};
use crate::published;
use crate::rustdoc::unstable;

const FLAGS: &str = "-Z unstable-options --output-format=json --cap-lints=allow";

/// Listed in docs/choices.md, under "Libraries in public signatures". `serde` defines its traits in `serde_core`, and
/// `futures` its streams in `futures_core`.
const CONTRACT: [&str; 6] = ["bytes", "futures_core", "secrecy", "serde_core", "serde_json", "url"];
/// The service is an axum router, and authenticates requests as `http` has them.
const OF_THE_SERVER: (&str, [&str; 2]) = ("project-deployer-server", ["axum::", "http::"]);
const STANDARD: [&str; 3] = ["alloc", "core", "std"];

/// Fails if a public signature shows a library that is not part of the contract.
pub(crate) fn surface() -> Result<(), String> {
    let place = root().join("target/surface");
    let options = ["doc", "--quiet", "--workspace", "--lib", "--no-deps", "--all-features"];
    let mut doc = unstable(&options)?;
    doc.env("RUSTDOCFLAGS", FLAGS).env("CARGO_TARGET_DIR", &place);
    doc.env("CARGO_BUILD_BUILD_DIR", root().join("target"));
    run(doc)?;
    let mut faults = Vec::new();
    for name in published::libraries()? {
        let file = place.join("doc").join(format!("{}.json", name.replace('-', "_")));
        let text = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let api = serde_json::from_slice(&text).map_err(|error| format!("{name}: {error}"))?;
        let (server, more) = OF_THE_SERVER;
        let known = |path: &str| name == server && more.iter().any(|start| path.starts_with(start));
        let foreign = foreign(&api)?.into_iter().filter(|path| !known(path));
        faults.extend(foreign.map(|path| format!("{name}: {path}")));
    }
    if faults.is_empty() {
        return Ok(());
    }
    let hint = "hide these types behind our own, or make their library part of the contract: \
                docs/choices.md and `surface.rs` of xtask";
    Err(format!("{hint}\n{}", faults.join("\n")))
}

/// The types and traits of libraries outside the contract in the public items of rustdoc's JSON.
fn foreign(api: &Value) -> Result<BTreeSet<String>, String> {
    let index = api["index"].as_object().filter(|index| !index.is_empty());
    let index = index.ok_or("rustdoc wrote no items; its format may have changed")?;
    let generated = generated(index.values());
    let own = index.iter().filter(|(id, item)| !generated.contains(*id) && !is_generated(item));
    let mut shown = BTreeSet::new();
    for (_, item) in own {
        collect(&item["inner"], &mut shown);
    }
    Ok(shown.into_iter().filter_map(|id| outside(api, id)).collect())
}

/// Every type has these implementations, whatever its signatures show.
fn is_generated(item: &Value) -> bool {
    let implementation = &item["inner"]["impl"];
    implementation["is_synthetic"] == true || implementation["blanket_impl"].is_object()
}

fn generated<'a>(items: impl Iterator<Item = &'a Value>) -> HashSet<String> {
    let members = items.filter(|item| is_generated(item));
    let members = members.filter_map(|item| item["inner"]["impl"]["items"].as_array());
    members.flatten().map(Value::to_string).collect()
}

/// The ids of the paths in a part of an item.
fn collect(part: &Value, shown: &mut BTreeSet<u64>) {
    match part {
        Value::Array(parts) => parts.iter().for_each(|part| collect(part, shown)),
        Value::Object(fields) => {
            if let (Some(id), true) = (part["id"].as_u64(), fields.contains_key("args")) {
                shown.insert(id);
            }
            fields.values().for_each(|part| collect(part, shown));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The path behind an id, if its library is not part of the contract.
fn outside(api: &Value, id: u64) -> Option<String> {
    let summary = &api["paths"][id.to_string()];
    let library = summary["crate_id"].as_u64().filter(|id| *id != 0)?;
    let library = api["external_crates"][library.to_string()]["name"].as_str()?;
    let known = CONTRACT.contains(&library) || STANDARD.contains(&library);
    let path = summary["path"].as_array()?.iter().filter_map(Value::as_str);
    (!known && !library.starts_with("project_deployer"))
        .then(|| path.collect::<Vec<_>>().join("::"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn api(inner: &Value, blanket: &Value) -> Value {
        let path = |id: u32| json!({"path": "T", "id": id, "args": null});
        json!({
            "index": {
                "1": {"inner": inner},
                "2": {"inner": {"impl": {"is_synthetic": false, "blanket_impl": blanket,
                    "trait": path(8), "items": [3]}}},
                "3": {"inner": {"function": {"sig": {"output": {"resolved_path": path(8)}}}}},
            },
            "paths": {
                "7": {"crate_id": 4, "path": ["http_library", "Error"]},
                "8": {"crate_id": 5, "path": ["other", "T"]},
                "9": {"crate_id": 6, "path": ["url", "Url"]},
            },
            "external_crates": {"4": {"name": "http_library"}, "5": {"name": "other"},
                "6": {"name": "url"}},
        })
    }

    fn field(id: u32) -> Value {
        json!({"struct_field": {"resolved_path": {"path": "T", "id": id, "args": null}}})
    }

    #[test]
    fn a_library_outside_the_contract_is_found_by_its_path() {
        let found = foreign(&api(&field(7), &json!({"generic": "T"}))).unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["http_library::Error"]);
    }

    #[test]
    fn the_contract_is_allowed_and_implementations_for_every_type_do_not_count() {
        assert!(foreign(&api(&field(9), &json!({"generic": "T"}))).unwrap().is_empty());
        let written = foreign(&api(&field(9), &Value::Null)).unwrap();
        assert_eq!(written.into_iter().collect::<Vec<_>>(), ["other::T"]);
    }

    #[test]
    fn an_interface_without_items_is_an_error() {
        assert!(foreign(&json!({"index": {}})).is_err());
    }
}
