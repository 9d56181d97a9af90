use serde_json::{Map, Value, json};

use super::table::ESTATE;
use super::{Object, Shape};
use crate::estate::document::Estate;

impl Estate {
    /// The JSON Schema of the document, for editors. `docs/estate.schema.json` is a copy of it. It accepts what has
    /// the right shape; rules over several fields are checked when a file is read.
    #[must_use]
    pub fn json_schema() -> Value {
        let mut definitions = Map::new();
        let mut schema = object(&ESTATE, &mut definitions);
        if let Some(fields) = schema.as_object_mut() {
            let dialect = "https://json-schema.org/draft/2020-12/schema";
            fields.insert("$schema".to_owned(), json!(dialect));
            fields.insert("title".to_owned(), json!("Estate of a Project Deployer"));
            fields.insert("$defs".to_owned(), Value::Object(definitions));
        }
        schema
    }
}

fn object(object: &Object, definitions: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    for field in object.fields {
        let mut schema = shape(&field.shape, definitions);
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".to_owned(), json!(field.about));
        }
        properties.insert(field.name.to_owned(), schema);
    }
    let required = object.fields.iter().filter(|field| field.is_required);
    let required: Vec<_> = required.map(|field| field.name).collect();
    let mut schema = json!({
        "description": object.about,
        "type": "object",
        "properties": properties,
        "additionalProperties": object.is_open,
    });
    if let (false, Some(fields)) = (required.is_empty(), schema.as_object_mut()) {
        fields.insert("required".to_owned(), json!(required));
    }
    schema
}

fn shape(of: &Shape, definitions: &mut Map<String, Value>) -> Value {
    match of {
        Shape::Version => json!({"const": Estate::VERSION}),
        Shape::Text | Shape::ParsedOrNone(_) => json!({"type": "string"}),
        Shape::Filled | Shape::Parsed(_) => json!({"type": "string", "minLength": 1}),
        Shape::Word(words) => json!({"enum": words}),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Number(least, most) => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        Shape::Any => json!({}),
        Shape::Secret => {
            let place = |name: &str| {
                json!({
                    "type": "object",
                    "properties": {name: {"type": "string", "minLength": 1}},
                    "required": [name],
                    "additionalProperties": false,
                })
            };
            let about = "The place of a secret, which is never in this file.";
            let secret = json!({"description": about, "oneOf": [place("env"), place("file")]});
            definitions.insert("secret".to_owned(), secret);
            json!({"$ref": "#/$defs/secret"})
        }
        Shape::List(entry, least) => {
            let items = shape(entry, definitions);
            let mut schema = json!({"type": "array", "items": items});
            if let (true, Some(fields)) = (*least > 0, schema.as_object_mut()) {
                fields.insert("minItems".to_owned(), json!(least));
            }
            schema
        }
        Shape::Named(_, entry) => {
            json!({"type": "object", "additionalProperties": shape(entry, definitions)})
        }
        Shape::Object(known) => defined(known, definitions),
        Shape::OneOf(kinds) => {
            let kinds: Vec<_> = kinds.iter().map(|kind| defined(kind, definitions)).collect();
            json!({"oneOf": kinds})
        }
    }
}

fn defined(known: &Object, definitions: &mut Map<String, Value>) -> Value {
    if !definitions.contains_key(known.name) {
        let schema = object(known, definitions);
        definitions.insert(known.name.to_owned(), schema);
    }
    json!({"$ref": format!("#/$defs/{}", known.name)})
}
