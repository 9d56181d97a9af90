//! A directory as text, for readers of LDIF.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{MockDirectory, MockPerson};

/// All people and groups are below it: the base of [`MockLdapSettings`](crate::MockLdapSettings).
const BASE: &str = "dc=example,dc=test";

impl MockDirectory {
    /// All people as LDIF (RFC 2849), in the format that [`MockLdapSettings`](crate::MockLdapSettings)
    /// describes by default: people as `posixAccount` with `uid`, `cn` and `mail`, groups as
    /// `posixGroup` with `memberUid`, and an operational attribute as `'*' '+'` exports it. Disabled people are left out.
    ///
    /// ```
    /// use project_deployer_testkit::{MockDirectory, MockPerson};
    /// let directory = MockDirectory::new().with(MockPerson::new("ann").in_group("ops"));
    /// let text = directory.to_ldif();
    /// assert!(text.contains("dn: uid=ann,dc=example,dc=test\n"));
    /// assert!(text.contains("dn: cn=ops,dc=example,dc=test\n"));
    /// ```
    #[must_use]
    pub fn to_ldif(&self) -> String {
        let people: Vec<MockPerson> = self.everyone().into_iter().filter(|p| p.enabled).collect();
        let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for person in &people {
            for group in &person.groups {
                groups.entry(group).or_default().insert(&person.login);
            }
        }
        let mut text = "version: 1\n".to_owned();
        for person in &people {
            text.push_str(&entry("uid", &person.login, "posixAccount"));
            text.push_str(&line("uid", &person.login));
            text.push_str(&line("cn", &person.display_name));
            text.push_str(&line("modifyTimestamp", "20260101000000Z"));
            text.push_str(
                &person.email.as_ref().map(|mail| line("mail", mail)).unwrap_or_default(),
            );
        }
        for (group, members) in groups {
            text.push_str(&entry("cn", group, "posixGroup"));
            text.push_str(&line("cn", group));
            text.extend(members.into_iter().map(|member| line("memberUid", member)));
        }
        text
    }
}

fn entry(attribute: &str, name: &str, class: &str) -> String {
    let dn = format!("{attribute}={},{BASE}", escaped(name));
    format!("\n{}{}", line("dn", &dn), line("objectClass", class))
}

/// A value that could be read as something else goes as base64.
pub(crate) fn line(attribute: &str, value: &str) -> String {
    let plain = |character: char| character.is_ascii_graphic() || character == ' ';
    let safe = value.chars().all(plain)
        && !value.starts_with([' ', ':', '<'])
        && !value.ends_with(' ')
        && !value.is_empty();
    if safe {
        format!("{attribute}: {value}\n")
    } else {
        format!("{attribute}:: {}\n", STANDARD.encode(value))
    }
}

/// A value inside a name (RFC 4514).
pub(crate) fn escaped(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let escape = |(position, character): (usize, char)| match character {
        ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' => format!("\\{character}"),
        '\0' => "\\00".to_owned(),
        '#' if position == 0 => "\\#".to_owned(),
        ' ' if position == 0 || position == last => "\\ ".to_owned(),
        other => other.to_string(),
    };
    value.chars().enumerate().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_could_be_misread_is_encoded() {
        assert_eq!(line("cn", "Ann Li"), "cn: Ann Li\n");
        assert_eq!(line("cn", " Ann"), "cn:: IEFubg==\n");
        assert_eq!(line("cn", "Zoë"), "cn:: Wm/Dqw==\n");
        assert_eq!(escaped("Li, Ann #1"), "Li\\, Ann #1");
        assert_eq!(escaped(" x "), "\\ x\\ ");
    }

    #[test]
    fn people_whom_the_directory_keeps_out_are_left_out() {
        let directory = MockDirectory::new()
            .with(MockPerson::new("ann").in_group("ops"))
            .with(MockPerson::new("bob").in_group("ops").disabled());
        let text = directory.to_ldif();
        assert!(text.contains("memberUid: ann") && !text.contains("bob"), "{text}");
    }
}
