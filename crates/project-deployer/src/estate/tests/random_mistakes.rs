//! A random estate with one mistake is refused, in every format, and each mistake has its field.

use fastrand::Rng;
use serde_json::{Value, json};

use super::random::{document, runs};
use crate::estate::document::Estate;
use crate::estate::problem::EstateProblems;
use crate::estate::text::EstateFormat;

/// All objects of the document, by their pointer, hooks, variables and templates left out: those are kept as they are.
fn objects(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.push(pointer.to_owned());
            for (name, value) in fields {
                let is_opaque = ["hooks", "localVariables", "newInfras"].contains(&name.as_str());
                if !is_opaque {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    objects(value, &format!("{pointer}/{name}"), found);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                objects(item, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Puts one mistake into a document.
fn spoil(rng: &mut Rng, document: &mut Value) {
    let mut found = Vec::new();
    objects(document, "", &mut found);
    let kind = rng.u8(..5);
    if kind == 0 {
        document["infrastructure"] = json!([]);
        return;
    }
    if kind == 1 {
        let mut sections =
            ["groups", "users", "fleets", "infrastructures", "windows", "projects", "deployments"];
        rng.shuffle(&mut sections);
        let section = sections.into_iter().find(|name| {
            document.get(name).and_then(Value::as_array).is_some_and(|list| !list.is_empty())
        });
        if let Some(list) = section.and_then(|name| document[name].as_array_mut()) {
            let twice = list[0].clone();
            list.push(twice);
            return;
        }
    }
    let pointer = &found[rng.usize(..found.len())];
    let object = document.pointer_mut(pointer).and_then(Value::as_object_mut).unwrap();
    let names: Vec<String> = object.keys().cloned().collect();
    match names.get(rng.usize(..names.len().max(1))) {
        Some(name) if kind == 2 && name != "version" => {
            object.insert(name.clone(), Value::Null);
        }
        Some(name) if kind == 3 => {
            object.insert(name.clone(), json!([[["canary-4711"]]]));
        }
        _ => {
            object.insert("\u{7}".to_owned(), json!([["canary-4711"]]));
        }
    }
}

fn refused(document: &Value, format: EstateFormat) -> Option<EstateProblems> {
    let text = match format {
        EstateFormat::Json => serde_json::to_string_pretty(document).unwrap(),
        EstateFormat::Yaml => serde_saphyr::to_string(document).unwrap(),
        // There is no null in it.
        EstateFormat::Toml => toml::to_string(document).ok()?,
    };
    let read = Estate::parse(&text, format);
    Some(read.err().unwrap_or_else(|| panic!("{format:?} is accepted:\n{text}")))
}

#[test]
fn a_file_with_one_mistake_is_refused_with_its_line_and_without_its_value() {
    for seed in 0..runs() {
        let mut rng = Rng::with_seed(seed);
        let mut document = document(&mut rng);
        spoil(&mut rng, &mut document);
        let format = [EstateFormat::Yaml, EstateFormat::Json, EstateFormat::Toml][rng.usize(..3)];
        let Some(problems) = refused(&document, format) else { continue };
        let shown = format!("{problems} {problems:?}");
        assert!(!shown.contains("canary-4711"), "seed {seed}: R13: {shown}");
        for problem in &problems {
            assert!(problem.line.is_some(), "seed {seed}: {format:?}: {problem}");
        }
    }
}
