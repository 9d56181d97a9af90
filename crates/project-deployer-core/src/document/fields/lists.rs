use serde_json::Value;

use super::Fields;
use crate::document::FromFields;
use crate::problem::Refusal;

impl Fields<'_> {
    /// A list of texts. Older documents write one comma-separated text.
    pub(crate) fn texts(&mut self, name: &str) -> Vec<String> {
        match self.take(name) {
            None => Vec::new(),
            Some(Value::String(text)) => comma_separated(&text),
            Some(Value::Array(items)) => self.text_items(name, items),
            Some(other) => {
                self.wrong_type(name, &other, "a list of texts");
                Vec::new()
            }
        }
    }

    /// A list of texts, each parsed.
    pub(crate) fn parsed_list<T, E>(&mut self, name: &str) -> Vec<T>
    where
        T: TryFrom<String, Error = E>,
        E: Refusal,
    {
        let mut parsed = Vec::new();
        for (index, item) in self.items(name, "a list of texts").into_iter().enumerate() {
            let item_name = format!("{name}[{index}]");
            match item {
                Value::String(text) => {
                    parsed.extend(self.accepted(&item_name, T::try_from(text)));
                }
                other => self.wrong_type(&item_name, &other, "a text"),
            }
        }
        parsed
    }

    /// The items of a list, which is empty if it is absent.
    fn items(&mut self, name: &str, wanted: &str) -> Vec<Value> {
        let items = self.typed(name, wanted, |value| match value {
            Value::Array(items) => Ok(items),
            other => Err(other),
        });
        items.unwrap_or_default()
    }

    fn text_items(&mut self, name: &str, items: Vec<Value>) -> Vec<String> {
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            match item {
                Value::String(text) => texts.push(text),
                other => self.wrong_type(&format!("{name}[{index}]"), &other, "a text"),
            }
        }
        texts
    }

    /// A list of objects.
    pub(crate) fn list<T: FromFields>(&mut self, name: &str) -> Vec<T> {
        self.numbered_list(name).into_iter().map(|(_, entry)| entry).collect()
    }

    /// A list of objects, each with its position: entries that cannot be read are left out.
    pub(crate) fn numbered_list<T: FromFields>(&mut self, name: &str) -> Vec<(usize, T)> {
        let items = self.items(name, "a list of objects");
        let path = self.at(name);
        let read = |(index, item)| {
            let mut fields = Fields::open(item, format!("{path}[{index}]"), self.problems)?;
            T::from_fields(&mut fields).map(|entry| (index, entry))
        };
        items.into_iter().enumerate().filter_map(read).collect()
    }
}

fn comma_separated(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
