//! How a server compares the values of an attribute, by its own subschema (RFC 4512, 4.2).

use std::collections::{BTreeMap, BTreeSet};

use crate::attribute::AttributeName;
use crate::directory::{Directory, DirectoryError, Scope};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::Filter;

mod classes;
mod definition;

use classes::ObjectClasses;
use definition::Definition;

/// The id of Active Directory in `supportedCapabilities` (MS-ADTS, 3.1.1.3.4.3).
const ACTIVE_DIRECTORY: &str = "1.2.840.113556.1.4.800";

/// The rule by which a server compares two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Equality {
    /// Upper and lower case are equal.
    Caseless,
    /// Upper and lower case differ.
    Exact,
    /// The values are DNs.
    Name,
    /// The schema is not known: only equal values are certainly equal.
    Unknown,
    /// Another rule, or none.
    Other,
}

/// The attribute types of a server; empty if it shows none.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServerSchema {
    /// By each name in lower case.
    types: BTreeMap<String, Definition>,
    /// None where the server shows none, or where other rules allow attributes as well.
    classes: Option<ObjectClasses>,
    is_domain: bool,
    /// Whether attributes that mean the same everywhere are compared as the standards say. A server that
    /// hides its schema may differ.
    is_standard: bool,
}

/// Attributes that mean the same everywhere (RFC 4519, RFC 4524, and Active Directory).
const CASELESS: [&str; 10] = [
    "uid",
    "cn",
    "sn",
    "givenName",
    "mail",
    "ou",
    "o",
    "dc",
    "sAMAccountName",
    "userPrincipalName",
];
const NAMES: [&str; 4] = ["member", "uniqueMember", "memberOf", "owner"];
/// Attributes that no equality finds: the standards give them no rule for it (RFC 4519, RFC 4524, RFC 2798).
const WITHOUT_EQUALITY: [&str; 8] = [
    "facsimileTelephoneNumber",
    "telexNumber",
    "teletexTerminalIdentifier",
    "preferredDeliveryMethod",
    "jpegPhoto",
    "audio",
    "photo",
    "nisNetgroupTriple",
];

impl ServerSchema {
    /// Asks a server. A server that does not show its schema has none that is known.
    ///
    /// # Errors
    ///
    /// It does not answer.
    pub(crate) async fn read(directory: &dyn Directory) -> Result<Self, DirectoryError> {
        let place = AttributeName::known("subschemaSubentry");
        let capabilities = AttributeName::known("supportedCapabilities");
        let wanted = [place.clone(), capabilities.clone()];
        let Some(root) = only(directory, &Dn::root(), &wanted).await? else {
            return Ok(Self::default());
        };
        let is_domain = root.texts(&capabilities).any(|text| text == ACTIVE_DIRECTORY);
        let Some(place) = root.texts(&place).next().and_then(|dn| Dn::parse(dn).ok()) else {
            return Ok(Self { is_domain, is_standard: is_domain, ..Self::default() });
        };
        let [types, classes, rules] =
            ["attributeTypes", "objectClasses", "dITContentRules"].map(AttributeName::known);
        let wanted = [types.clone(), classes.clone(), rules.clone()];
        let schema = only(directory, &place, &wanted).await?;
        let texts = |name| schema.iter().flat_map(move |schema| schema.texts(name));
        let of_types = Self::of(texts(&types), is_domain);
        let has_rules = texts(&rules).next().is_some();
        let classes = texts(&classes).next().is_some().then(|| ObjectClasses::of(texts(&classes)));
        Ok(Self { classes: classes.filter(|_| !has_rules), ..of_types })
    }

    /// The names of all object classes; none if these do not say which attributes an entry may have.
    pub(crate) fn class_names(&self) -> BTreeSet<String> {
        self.classes.as_ref().map(ObjectClasses::names).unwrap_or_default()
    }

    /// The names of the object classes that allow an attribute; none if any entry may have it.
    pub(crate) fn classes_allowing(&self, attribute: &AttributeName) -> Option<BTreeSet<String>> {
        let definition = self.types.get(&attribute.as_str().to_ascii_lowercase())?;
        let classes = self.classes.as_ref().filter(|_| !definition.is_operational)?;
        Some(classes.allowing(&definition.names))
    }

    /// Whether the server shows its attribute types.
    pub(crate) fn is_known(&self) -> bool {
        !self.types.is_empty()
    }

    /// Whether the server has this attribute type.
    pub(crate) fn has(&self, attribute: &AttributeName) -> bool {
        self.types.contains_key(&attribute.as_str().to_ascii_lowercase())
    }

    fn of<'t>(definitions: impl Iterator<Item = &'t str>, is_domain: bool) -> Self {
        let mut types = BTreeMap::new();
        for definition in definitions.map(Definition::parse) {
            for name in &definition.names {
                types.insert(name.clone(), definition.clone());
            }
        }
        Self { types, classes: None, is_domain, is_standard: false }
    }

    /// The rules of the standards, for entries without a server.
    pub(crate) fn standard() -> Self {
        Self { is_standard: true, ..Self::default() }
    }

    /// Whether this is a domain controller.
    pub(crate) fn is_domain(&self) -> bool {
        self.is_domain
    }

    /// Whether this is a server that does not show by which rules it compares.
    pub(crate) fn is_hidden(&self) -> bool {
        self.types.is_empty() && !self.is_standard
    }

    /// Whether a server shows its schema.
    pub(crate) fn is_published(&self) -> bool {
        !self.types.is_empty()
    }

    /// The rule for an attribute.
    pub(crate) fn equality(&self, attribute: &AttributeName) -> Equality {
        let is_in = |known: &[&'static str]| {
            known.iter().any(|name| AttributeName::known(name) == *attribute)
        };
        if !self.types.is_empty() {
            return self.published(attribute);
        }
        match () {
            () if self.is_standard && is_in(&CASELESS) => Equality::Caseless,
            () if self.is_standard && is_in(&NAMES) => Equality::Name,
            () if is_in(&WITHOUT_EQUALITY) => Equality::Other,
            () => Equality::Unknown,
        }
    }

    fn published(&self, attribute: &AttributeName) -> Equality {
        /// Chains of types are short.
        const STEPS: usize = 10;
        let mut name = attribute.as_str().to_ascii_lowercase();
        let mut syntax = None;
        for _ in 0..STEPS {
            let Some(definition) = self.types.get(&name) else { return Equality::Other };
            if let Some(rule) = &definition.equality {
                return by_rule(rule);
            }
            syntax = syntax.or(definition.syntax.as_deref());
            match &definition.above {
                Some(above) => name.clone_from(above),
                None => break,
            }
        }
        // Domain controllers publish no rules: the syntax decides there.
        match syntax {
            Some(syntax) if self.is_domain => by_syntax(syntax),
            _ => Equality::Other,
        }
    }
}

fn by_rule(rule: &str) -> Equality {
    match rule {
        "caseignorematch" | "2.5.13.2" | "caseignoreia5match" | "1.3.6.1.4.1.1466.109.114.2" => {
            Equality::Caseless
        }
        "caseexactmatch" | "2.5.13.5" | "caseexactia5match" | "1.3.6.1.4.1.1466.109.114.1" => {
            Equality::Exact
        }
        "distinguishednamematch" | "2.5.13.1" | "uniquemembermatch" | "2.5.13.23" => Equality::Name,
        _ => Equality::Other,
    }
}

fn by_syntax(syntax: &str) -> Equality {
    match syntax {
        "1.3.6.1.4.1.1466.115.121.1.15" => Equality::Caseless,
        "1.3.6.1.4.1.1466.115.121.1.12" => Equality::Name,
        _ => Equality::Other,
    }
}

/// One entry by its name; none where the server does not show it. It is not asked for in pages: a limit may forbid
/// those.
pub(crate) async fn only(
    directory: &dyn Directory,
    base: &Dn,
    wanted: &[AttributeName],
) -> Result<Option<Entry>, DirectoryError> {
    let every = Filter::Present(AttributeName::known("objectClass"));
    match directory.search_at_once(base, Scope::Base, &every, wanted).await {
        Ok(found) => Ok(found.entries.into_iter().next()),
        Err(DirectoryError::NoSuchBase { .. } | DirectoryError::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
