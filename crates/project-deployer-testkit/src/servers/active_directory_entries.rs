//! People and groups as Active Directory has them: in units, with the names that Windows logs in with, a bit
//! for those who are kept out, and groups in groups.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::posix_entries::surname;
use crate::directory::Group;
use crate::directory::ldif::{escaped, line};
use crate::{MockDirectory, MockPerson};

const NORMAL_ACCOUNT: u32 = 0x200;
const PASSWORD_NOT_REQUIRED: u32 = 0x20;
const ACCOUNT_DISABLED: u32 = 0x2;

/// A unit, all people and groups below it, and an account that only reads.
pub(super) fn organisation(directory: &MockDirectory, unit: &str, domain: &str) -> String {
    let mut text = String::new();
    let people_unit = format!("OU=People,{unit}");
    let groups_unit = format!("OU=Groups,{unit}");
    for dn in [unit, &people_unit, &groups_unit] {
        text.push_str(&added(dn, "organizationalUnit"));
    }
    for person in &directory.everyone() {
        text.push_str(&account(person, unit, domain));
    }
    let groups = directory.groups();
    for name in groups.keys() {
        text.push_str(&added(&group_dn(name, unit), "group"));
        text.push_str(&line("sAMAccountName", name));
    }
    // Members have to be there before they are named.
    text.push_str(&members(&groups, unit));
    text
}

/// An account for a service.
pub(super) fn service(dn: &str, login: &str, password: &str) -> String {
    let mut text = added(dn, "user");
    text.push_str(&line("sAMAccountName", login));
    text.push_str(&line("userAccountControl", &NORMAL_ACCOUNT.to_string()));
    text.push_str(&encoded_password(password));
    text
}

fn account(person: &MockPerson, unit: &str, domain: &str) -> String {
    let login = &person.login;
    let mut text = added(&person_dn(login, unit), "user");
    text.extend([
        line("sAMAccountName", login),
        line("userPrincipalName", &format!("{login}@{domain}")),
        line("displayName", &person.display_name),
        line("sn", surname(person)),
        line("userAccountControl", &account_control(person).to_string()),
    ]);
    text.extend(person.email.iter().map(|mail| line("mail", mail)));
    match &person.password {
        Some(password) => text.push_str(&encoded_password(password)),
        // Otherwise the account would wait for its first password, which reads as expired.
        None => text.push_str(&line("pwdLastSet", "-1")),
    }
    text
}

fn account_control(person: &MockPerson) -> u32 {
    let password = if person.password.is_some() { 0 } else { PASSWORD_NOT_REQUIRED };
    let disabled = if person.enabled { 0 } else { ACCOUNT_DISABLED };
    NORMAL_ACCOUNT | password | disabled
}

/// In quotes and in UTF-16.
fn encoded_password(password: &str) -> String {
    let units = format!("\"{password}\"");
    let bytes: Vec<u8> = units.encode_utf16().flat_map(u16::to_le_bytes).collect();
    format!("unicodePwd:: {}\n", STANDARD.encode(bytes))
}

fn members(groups: &BTreeMap<String, Group>, unit: &str) -> String {
    let mut text = String::new();
    for (name, group) in groups {
        let people = group.people.iter().map(|login| person_dn(login, unit));
        let inner = group.groups.iter().map(|inner| group_dn(inner, unit));
        let mut members = people.chain(inner).peekable();
        if members.peek().is_some() {
            text.push_str(&format!("\n{}", line("dn", &group_dn(name, unit))));
            text.push_str("changetype: modify\nadd: member\n");
            text.extend(members.map(|member| line("member", &member)));
        }
    }
    text
}

fn person_dn(login: &str, unit: &str) -> String {
    format!("CN={},OU=People,{unit}", escaped(login))
}

fn group_dn(name: &str, unit: &str) -> String {
    format!("CN={},OU=Groups,{unit}", escaped(name))
}

fn added(dn: &str, class: &str) -> String {
    format!("\n{}changetype: add\n{}", line("dn", dn), line("objectClass", class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_say_whether_they_may_be_used_and_whether_they_have_a_password() {
        let ann = MockPerson::new("ann");
        assert_eq!(account_control(&ann), 544);
        assert_eq!(account_control(&ann.clone().with_password("x")), 512);
        assert_eq!(account_control(&ann.disabled().with_password("x")), 514);
    }
}
