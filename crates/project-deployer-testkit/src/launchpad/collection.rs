use serde_json::{Map, Value, json};

/// People or groups of a space: documents with an id, and a field by which people know them.
#[derive(Debug, Clone)]
pub(crate) struct Collection {
    name: &'static str,
    documents: Vec<Map<String, Value>>,
    created: u32,
}

impl Collection {
    /// An empty one, whose documents are known by that field.
    pub(super) fn named_by(name: &'static str) -> Self {
        Self { name, documents: Vec::new(), created: 0 }
    }

    pub(super) fn names(&self) -> Vec<String> {
        let names = self.documents.iter().filter_map(|known| known.get(self.name)?.as_str());
        names.map(str::to_owned).collect()
    }

    /// Those with one of these names, or all.
    pub(super) fn search(&self, names: Option<&Vec<Value>>) -> Value {
        let is_wanted = |known: &&Map<String, Value>| {
            names.is_none_or(|names| known.get(self.name).is_some_and(|name| names.contains(name)))
        };
        self.documents.iter().filter(is_wanted).cloned().map(Value::Object).collect()
    }

    pub(super) fn get(&self, id: &str) -> Option<Value> {
        let known = self.documents.iter().find(|known| has_id(known, id));
        known.cloned().map(Value::Object)
    }

    /// Adds a document under a new id; nothing when it has no name, or one that is taken.
    pub(super) fn create(&mut self, mut sent: Map<String, Value>) -> Option<Value> {
        let name = sent.get(self.name).filter(|name| name.is_string())?;
        if self.documents.iter().any(|known| known.get(self.name) == Some(name)) {
            return None;
        }
        self.created += 1;
        sent.insert("id".to_owned(), json!(format!("{}-{}", self.name, self.created)));
        self.documents.push(sent.clone());
        Some(Value::Object(sent))
    }

    /// Replaces the document with that id; nothing when there is none.
    pub(super) fn save(&mut self, id: &str, mut sent: Map<String, Value>) -> Option<Value> {
        let known = self.documents.iter_mut().find(|known| has_id(known, id))?;
        sent.insert("id".to_owned(), json!(id));
        known.clone_from(&sent);
        Some(Value::Object(sent))
    }

    /// Takes the document with that name or id away; nothing when there is none.
    pub(super) fn remove(&mut self, name_or_id: &str) -> Option<Value> {
        let name = self.name;
        let is_meant = |known: &Map<String, Value>| {
            has_id(known, name_or_id) || known.get(name).is_some_and(|name| name == name_or_id)
        };
        let place = self.documents.iter().position(is_meant)?;
        Some(Value::Object(self.documents.remove(place)))
    }
}

fn has_id(document: &Map<String, Value>, id: &str) -> bool {
    document.get("id").is_some_and(|known| known == id)
}
