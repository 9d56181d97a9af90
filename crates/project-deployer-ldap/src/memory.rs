use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use crate::attribute::{AttributeName, AttributeValue};
use crate::directory::{
    Completeness, Directory, DirectoryError, Nature, PartialReason, Scope, SearchResult,
};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::{ExtensibleMatch, Filter, MatchingRule, Truth};
use crate::template::comparison_key;

/// A directory in memory. The parents of the given entries exist as bases of searches.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct MemoryDirectory {
    entries: BTreeMap<Dn, Entry>,
    size_limit: Option<usize>,
    failure: Option<DirectoryError>,
}

impl MemoryDirectory {
    /// A directory with these entries. Of two entries with the same DN the later one is kept.
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        let entries = entries.into_iter().map(|entry| (entry.dn.clone(), entry)).collect();
        Self { entries, size_limit: None, failure: None }
    }

    /// The same directory, which returns at most `limit` entries and marks longer answers as partial.
    pub fn with_size_limit(mut self, limit: usize) -> Self {
        self.size_limit = Some(limit);
        self
    }

    /// The same directory, which fails every search with this error.
    pub fn failing_with(mut self, error: DirectoryError) -> Self {
        self.failure = Some(error);
        self
    }

    fn knows(&self, base: &Dn) -> bool {
        self.entries.contains_key(base) || self.entries.keys().any(|dn| dn.is_within(base))
    }

    /// The filter with every chain expanded to a comparison with each name that the chain reaches.
    fn without_chains(&self, filter: &Filter) -> Filter {
        let all = |parts: &[Filter]| parts.iter().map(|part| self.without_chains(part)).collect();
        match filter {
            Filter::And(parts) => Filter::And(all(parts)),
            Filter::Or(parts) => Filter::Or(all(parts)),
            Filter::Not(part) => Filter::Not(Box::new(self.without_chains(part))),
            Filter::Extensible(matching) => self.chain(matching).unwrap_or_else(|| filter.clone()),
            Filter::Present(_) | Filter::Compare { .. } | Filter::Substrings { .. } => {
                filter.clone()
            }
        }
    }

    fn chain(&self, matching: &ExtensibleMatch) -> Option<Filter> {
        let attribute = matching.attribute.as_ref()?;
        let rule = matching.rule.as_ref().map(MatchingRule::as_str);
        if rule != Some(MatchingRule::IN_CHAIN) || matching.dn_parts {
            return None;
        }
        let mut reached = BTreeSet::from([comparison_key(&matching.value)]);
        let mut names = vec![matching.value.clone()];
        loop {
            let holds = |entry: &&Entry| {
                entry.values(attribute).iter().any(|value| reached.contains(&comparison_key(value)))
            };
            let next = self.entries.values().filter(holds).map(|entry| &entry.dn);
            let fresh: Vec<AttributeValue> = next
                .filter(|dn| !reached.contains(dn.normal().as_bytes()))
                .map(|dn| AttributeValue::from(dn.to_string()))
                .collect();
            if fresh.is_empty() {
                let equal = |value| Filter::equality(attribute.clone(), value);
                return Some(Filter::Or(names.into_iter().map(equal).collect()));
            }
            reached.extend(fresh.iter().map(comparison_key));
            names.extend(fresh);
        }
    }
}

impl MemoryDirectory {
    /// Hands over the entries that a filter finds. The result is the value that is missing, if one may matter.
    fn find(
        &self,
        (base, scope): (&Dn, Scope),
        filter: &Filter,
        attributes: &[AttributeName],
        take: &mut (dyn FnMut(Entry) + Send),
    ) -> Result<Option<PartialReason>, DirectoryError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if !self.knows(base) {
            return Err(DirectoryError::NoSuchBase { base: base.to_string() });
        }
        let filter = self.without_chains(filter);
        let mut cut = None;
        for entry in self.entries.values().filter(|entry| in_scope(&entry.dn, base, scope)) {
            let matches = filter.evaluate(entry);
            let undecided = matches == Truth::Undefined;
            let decides = |name: &&AttributeName| undecided || attributes.contains(name);
            if matches != Truth::False {
                let missing = entry.cut().iter().find(decides);
                cut = cut.or_else(|| missing.map(|attribute| cut_values(entry, attribute)));
            }
            if matches == Truth::True {
                take(entry.narrowed(attributes));
            }
        }
        Ok(cut)
    }
}

#[async_trait]
impl Directory for MemoryDirectory {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        let mut entries = Vec::new();
        let mut take = |entry: Entry| entries.push(entry);
        let completeness = self.visit(base, scope, filter, attributes, &mut take).await?;
        Ok(SearchResult { entries, completeness })
    }

    /// Without a copy of all entries.
    async fn visit(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
        visitor: &mut (dyn FnMut(Entry) + Send),
    ) -> Result<Completeness, DirectoryError> {
        let limit = self.size_limit.unwrap_or(usize::MAX);
        let mut count = 0;
        let mut take = |entry| {
            count += 1;
            if count <= limit {
                visitor(entry);
            }
        };
        let cut = self.find((base, scope), filter, attributes, &mut take)?;
        Ok(match cut {
            _ if count > limit => Completeness::Partial(PartialReason::SizeLimit),
            Some(reason) => Completeness::Partial(reason),
            None => Completeness::Complete,
        })
    }

    fn nature(&self) -> Nature {
        Nature::Memory
    }
}

fn cut_values(entry: &Entry, attribute: &AttributeName) -> PartialReason {
    PartialReason::CutValues { entry: entry.dn.to_string(), attribute: attribute.to_string() }
}

fn in_scope(dn: &Dn, base: &Dn, scope: Scope) -> bool {
    dn.is_within(base)
        && match scope {
            Scope::Base => dn.depth() == base.depth(),
            Scope::OneLevel => dn.depth() == base.depth() + 1,
            Scope::Subtree => true,
        }
}

#[cfg(test)]
mod tests;
