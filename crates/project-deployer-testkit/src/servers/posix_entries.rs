//! People and groups in the schemas of Unix directories: `posixAccount` with `inetOrgPerson`, and each
//! group twice, as `posixGroup` with logins (RFC 2307) and as `groupOfNames` with names of entries.

use super::access::Account;
use super::options::Referral;
use super::{BASE, ServerOptions};
use crate::MockDirectory;
use crate::directory::ldif::{escaped, line};
use crate::{MockPerson, directory::Group};

const FIRST_NUMBER: usize = 10_000;

/// How a server keeps people out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lock {
    pub(super) attribute: &'static str,
    pub(super) value: &'static str,
}

/// The entry of a base and the three below it that hold the others.
pub(super) fn base(base: &str) -> String {
    let name = base.split([',', '=']).nth(1).unwrap_or_default();
    let mut text = record(base, &["dcObject", "organization"]);
    text.extend([line("dc", name), line("o", "Example")]);
    for unit in ["people", "groups", "posix"] {
        text.push_str(&record(&format!("ou={unit},{base}"), &["organizationalUnit"]));
        text.push_str(&line("ou", unit));
    }
    text
}

/// What is below [`BASE`]: an account that only reads, all people and groups, and a referral if there should be one.
pub(super) fn content(
    people: &MockDirectory,
    reader: &Account,
    lock: Lock,
    options: &ServerOptions,
) -> String {
    let mut text = record(&reader.dn, &["organizationalRole", "simpleSecurityObject"]);
    text.extend([line("cn", "reader"), line("userPassword", reader.password)]);
    text.push_str(&organisation(people, BASE, lock));
    text.extend(options.referral.as_ref().map(referral));
    text
}

/// An entry that says where to go on.
fn referral(to: &Referral) -> String {
    let dn = format!("ou={},{BASE}", escaped(&to.name));
    let mut text = record(&dn, &["referral", "extensibleObject"]);
    text.extend([line("ou", &to.name), line("ref", &to.url)]);
    text
}

/// All people and groups.
pub(super) fn organisation(directory: &MockDirectory, base: &str, lock: Lock) -> String {
    let people = directory.everyone();
    let mut text = String::new();
    for (number, person) in people.iter().enumerate() {
        text.push_str(&account(person, FIRST_NUMBER + number, base, lock));
    }
    for (number, (name, group)) in directory.groups().into_iter().enumerate() {
        text.push_str(&posix_group(&name, FIRST_NUMBER + number, &people, base));
        text.push_str(&group_of_names(&name, &group, base));
    }
    text
}

fn account(person: &MockPerson, number: usize, base: &str, lock: Lock) -> String {
    let login = &person.login;
    let mut text = record(&person_dn(login, base), &["inetOrgPerson", "posixAccount"]);
    text.extend([
        line("uid", login),
        line("cn", &person.display_name),
        line("sn", surname(person)),
        line("uidNumber", &number.to_string()),
        line("gidNumber", &FIRST_NUMBER.to_string()),
        line("homeDirectory", "/nonexistent"),
    ]);
    text.extend(person.email.iter().map(|mail| line("mail", mail)));
    text.extend(person.password.iter().map(|password| line("userPassword", password)));
    if !person.enabled {
        text.push_str(&line(lock.attribute, lock.value));
    }
    text
}

/// This schema has no groups in groups, so every indirect member is listed.
fn posix_group(name: &str, number: usize, people: &[MockPerson], base: &str) -> String {
    let mut text = record(&format!("cn={},ou=posix,{base}", escaped(name)), &["posixGroup"]);
    text.extend([line("cn", name), line("gidNumber", &number.to_string())]);
    let members = people.iter().filter(|person| person.groups.contains(name));
    text.extend(members.map(|person| line("memberUid", &person.login)));
    text
}

fn group_of_names(name: &str, group: &Group, base: &str) -> String {
    let mut text = record(&group_dn(name, base), &["groupOfNames"]);
    text.push_str(&line("cn", name));
    let people = group.people.iter().map(|login| person_dn(login, base));
    let groups = group.groups.iter().map(|inner| group_dn(inner, base));
    let mut members: Vec<String> = people.chain(groups).collect();
    if members.is_empty() {
        // The schema requires a member. By custom, that of an empty group names no person.
        members.push(base.to_owned());
    }
    text.extend(members.iter().map(|member| line("member", member)));
    text
}

/// The word that people are filed under, which the schema wants.
pub(super) fn surname(person: &MockPerson) -> &str {
    person.display_name.split_whitespace().next_back().unwrap_or(&person.login)
}

fn person_dn(login: &str, base: &str) -> String {
    format!("uid={},ou=people,{base}", escaped(login))
}

fn group_dn(name: &str, base: &str) -> String {
    format!("cn={},ou=groups,{base}", escaped(name))
}

fn record(dn: &str, classes: &[&str]) -> String {
    let classes: String = classes.iter().map(|class| line("objectClass", class)).collect();
    format!("\n{}{classes}", line("dn", dn))
}
