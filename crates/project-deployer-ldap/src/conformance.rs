//! The contract of [`Directory`] as one test suite: `directory_conformance!` makes a test of each case.
//!
//! A function of the test module opens an implementation that is filled with [`seed`], or with
//! [`seed_ldif`], which has the same entries:
//!
//! ```
//! use project_deployer_ldap::{MemoryDirectory, conformance};
//!
//! async fn open() -> ((), MemoryDirectory) {
//!     ((), MemoryDirectory::new(conformance::seed()))
//! }
//! project_deployer_ldap::directory_conformance!(open);
//! # fn main() {}
//! ```

#![expect(clippy::unwrap_used, reason = "a suite of tests")]

use crate::attribute::{AttributeName, AttributeValue};
use crate::directory::{Completeness, Directory, DirectoryError, Scope, SearchResult};
use crate::dn::Dn;
use crate::entry::Entry;
use crate::filter::Filter;
use crate::ldif::LdifDirectory;

/// Makes one test of each case. `$open` is an async function that returns a guard and a directory that
/// holds [`seed`]. The guard is kept until the test ends. The crate that uses the macro needs `tokio`.
#[macro_export]
macro_rules! directory_conformance {
    ($open:path) => {
        $crate::directory_conformance!($open:
            equality_ignores_case
            presence_and_junctions_join_answers
            parts_of_values_are_found
            special_characters_are_data
            scopes_end_where_they_say
            only_the_attributes_asked_for_come_back
            bytes_and_unicode_survive
            nothing_found_is_a_whole_answer
            an_unknown_base_is_an_error_and_not_an_empty_answer
            names_with_escapes_are_compared_as_names
            every_entry_comes_once
            a_visit_brings_what_a_search_finds
        );
    };
    ($open:path: $($case:ident)+) => {$(
        #[tokio::test]
        async fn $case() {
            let (_guard, directory) = $open().await;
            $crate::conformance::$case(&directory).await;
        }
    )+};
}

/// People and groups as LDIF, for directories that load it. The object classes are in the schemas that
/// servers include (`core`, `cosine`, `inetorgperson`).
#[must_use]
pub fn seed_ldif() -> &'static str {
    include_str!("conformance/seed.ldif")
}

/// People and groups as entries.
#[must_use]
pub fn seed() -> Vec<Entry> {
    LdifDirectory::parse(seed_ldif().as_bytes()).unwrap().entries().to_vec()
}

/// The base of all entries of [`seed`].
pub fn base() -> Dn {
    Dn::parse("dc=example,dc=test").unwrap()
}

async fn ask(directory: &dyn Directory, scope: Scope, filter: &str) -> Vec<String> {
    let filter = Filter::parse(filter).unwrap();
    names(&directory.search(&base(), scope, &filter, &[]).await.unwrap())
}

fn names(found: &SearchResult) -> Vec<String> {
    assert_eq!(found.completeness, Completeness::Complete);
    let mut names: Vec<String> =
        found.entries.iter().map(|entry| entry.dn.normal().to_owned()).collect();
    names.sort();
    names
}

fn attribute(name: &str) -> AttributeName {
    AttributeName::parse(name).unwrap()
}

const ANN: &str = "uid=ann,ou=people,dc=example,dc=test";
const BO: &str = "uid=b\u{f8},ou=people,dc=example,dc=test";
const STAR: &str = "uid=star,ou=people,dc=example,dc=test";

/// Attribute names and values are compared without case.
pub async fn equality_ignores_case(directory: &dyn Directory) {
    assert_eq!(ask(directory, Scope::Subtree, "(UID=ANN)").await, [ANN]);
}

/// `&`, `|`, `!` and presence.
pub async fn presence_and_junctions_join_answers(directory: &dyn Directory) {
    let filter = "(&(uid=*)(|(uid=ann)(uid=b\u{f8})(uid=nobody))(!(mail=ann@example.test)))";
    assert_eq!(ask(directory, Scope::Subtree, filter).await, [BO]);
}

/// Beginning, middle and end of a value.
pub async fn parts_of_values_are_found(directory: &dyn Directory) {
    for filter in ["(cn=Ann*)", "(cn=*n L*)", "(cn=A*n*i)", "(mail=ANN@*)"] {
        assert_eq!(ask(directory, Scope::Subtree, filter).await, [ANN], "{filter}");
    }
}

/// R12: a value with special characters finds itself and nothing else.
pub async fn special_characters_are_data(directory: &dyn Directory) {
    let filter = Filter::equality(attribute("cn"), "Star *)(uid=*) \\");
    let found = directory.search(&base(), Scope::Subtree, &filter, &[]).await.unwrap();
    assert_eq!(names(&found), [STAR]);
    let filter = Filter::equality(attribute("uid"), "*");
    let found = directory.search(&base(), Scope::Subtree, &filter, &[]).await.unwrap();
    assert_eq!(names(&found), [""; 0]);
}

/// The base, one step, everything.
pub async fn scopes_end_where_they_say(directory: &dyn Directory) {
    let base = ask(directory, Scope::Base, "(objectClass=*)").await;
    assert_eq!(base, ["dc=example,dc=test"]);
    let children = ask(directory, Scope::OneLevel, "(objectClass=*)").await;
    assert_eq!(children, ["ou=groups,dc=example,dc=test", "ou=people,dc=example,dc=test"]);
    assert_eq!(ask(directory, Scope::Subtree, "(objectClass=*)").await.len(), seed().len());
}

/// A list of attributes narrows the answer; its case does not matter.
pub async fn only_the_attributes_asked_for_come_back(directory: &dyn Directory) {
    let filter = Filter::equality(attribute("uid"), "ann");
    let asked = [attribute("MAIL"), attribute("description")];
    let found = directory.search(&base(), Scope::Subtree, &filter, &asked).await.unwrap();
    let held: Vec<_> = found.entries.iter().flat_map(Entry::attributes).collect();
    assert_eq!(held, [(&attribute("mail"), &[AttributeValue::from("ann@example.test")][..])]);
}

/// Values are bytes.
pub async fn bytes_and_unicode_survive(directory: &dyn Directory) {
    let filter = Filter::equality(attribute("uid"), "b\u{f8}");
    let found = directory.search(&base(), Scope::Subtree, &filter, &[]).await.unwrap();
    let bo = found.entries.first().unwrap();
    assert_eq!(bo.values(&attribute("audio")), [AttributeValue::from(vec![0xff, 0, 0xfe])]);
    assert_eq!(bo.texts(&attribute("sn")).collect::<Vec<_>>(), ["B\u{f8}rgesen"]);
}

/// An answer without entries is complete.
pub async fn nothing_found_is_a_whole_answer(directory: &dyn Directory) {
    assert_eq!(ask(directory, Scope::Subtree, "(uid=nobody)").await, [""; 0]);
}

/// D7: a wrong base never reads as "there are no people".
pub async fn an_unknown_base_is_an_error_and_not_an_empty_answer(directory: &dyn Directory) {
    let wrong = Dn::parse("ou=nowhere,dc=example,dc=test").unwrap();
    let filter = Filter::Present(attribute("uid"));
    let answer = directory.search(&wrong, Scope::Subtree, &filter, &[]).await;
    assert!(matches!(answer, Err(DirectoryError::NoSuchBase { .. })), "{answer:?}");
}

/// A member whose name has an escaped comma is found by any spelling of that name.
pub async fn names_with_escapes_are_compared_as_names(directory: &dyn Directory) {
    let member = r"cn=Li\, Cy,ou=people,dc=example,dc=test";
    let filter = Filter::equality(attribute("member"), member);
    let found = directory.search(&base(), Scope::Subtree, &filter, &[]).await.unwrap();
    assert_eq!(names(&found), ["cn=ops,ou=groups,dc=example,dc=test"]);
    let filter =
        Filter::equality(attribute("member"), r"CN=Li\2C Cy, OU=People,DC=example,DC=test");
    let found = directory.search(&base(), Scope::Subtree, &filter, &[]).await.unwrap();
    assert_eq!(names(&found), ["cn=ops,ou=groups,dc=example,dc=test"]);
}

/// An entry that matches in two ways is returned once.
pub async fn every_entry_comes_once(directory: &dyn Directory) {
    let filter = "(|(uid=ann)(cn=Ann Li)(objectClass=inetOrgPerson))";
    let found = ask(directory, Scope::Subtree, filter).await;
    assert_eq!(found.iter().filter(|name| *name == ANN).count(), 1);
    assert_eq!(found.len(), 4);
}

/// An answer that is read entry by entry has the same entries.
pub async fn a_visit_brings_what_a_search_finds(directory: &dyn Directory) {
    let filter = Filter::parse("(objectClass=inetOrgPerson)").unwrap();
    let base = base();
    let mut visited = Vec::new();
    let mut take = |entry: Entry| visited.push(entry);
    let completeness = directory.visit(&base, Scope::Subtree, &filter, &[], &mut take).await;
    let mut found = directory.search(&base, Scope::Subtree, &filter, &[]).await.unwrap();
    let sort = |entries: &mut Vec<Entry>| entries.sort_by(|one, other| one.dn.cmp(&other.dn));
    sort(&mut visited);
    sort(&mut found.entries);
    assert_eq!((visited, completeness.unwrap()), (found.entries, found.completeness));
}

#[cfg(test)]
mod tests;
