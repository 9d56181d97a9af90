//! Which classes allow an attribute (RFC 4512, 4.1.1). An entry of other classes cannot have it, so nobody needs
//! the right to see that it has none.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::Words;

/// The object classes of a server, by each name in lower case.
#[derive(Debug, Clone, Default)]
pub(super) struct ObjectClasses {
    classes: BTreeMap<String, ObjectClass>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct ObjectClass {
    names: Vec<String>,
    above: Vec<String>,
    /// The attributes that it requires or allows.
    allowed: Vec<String>,
}

/// Allows every attribute.
const EXTENSIBLE: &str = "extensibleobject";

impl ObjectClasses {
    pub(super) fn of<'t>(definitions: impl Iterator<Item = &'t str>) -> Self {
        let mut classes = BTreeMap::new();
        for class in definitions.map(ObjectClass::parse) {
            for name in &class.names {
                classes.insert(name.clone(), class.clone());
            }
        }
        Self { classes }
    }

    /// The names of all classes.
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.classes.keys().cloned().collect()
    }

    /// The names of the classes that allow an attribute with one of these names.
    pub(super) fn allowing(&self, names: &[String]) -> BTreeSet<String> {
        let allows = |name: &&String| self.allows(name, names, 0);
        self.classes.keys().filter(allows).cloned().collect()
    }

    fn allows(&self, class: &str, names: &[String], depth: usize) -> bool {
        /// Chains of classes are short.
        const STEPS: usize = 20;
        let Some(known) = self.classes.get(class).filter(|_| depth < STEPS) else { return true };
        known.names.iter().any(|name| name == EXTENSIBLE)
            || known.allowed.iter().any(|allowed| names.contains(allowed))
            || known.above.iter().any(|above| self.allows(above, names, depth + 1))
    }
}

impl ObjectClass {
    /// Reads `( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) MAY description )`.
    fn parse(text: &str) -> Self {
        let mut words = Words(text).peekable();
        let mut class = Self::default();
        if words.next_if_eq(&"(").is_some() {
            class.names.extend(words.next().map(str::to_ascii_lowercase));
        }
        while let Some(word) = words.next() {
            let into = match word.to_ascii_uppercase().as_str() {
                "NAME" => &mut class.names,
                "SUP" => &mut class.above,
                "MUST" | "MAY" => &mut class.allowed,
                _ => continue,
            };
            let mut add = |word: &str| {
                let names = word.split('$').filter(|name| !name.is_empty());
                into.extend(names.map(str::to_ascii_lowercase));
            };
            match words.next() {
                Some("(") => {
                    while let Some(word) = words.next_if(|word| *word != ")") {
                        add(word);
                    }
                }
                word => word.into_iter().for_each(add),
            }
        }
        class
    }
}
