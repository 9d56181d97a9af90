use std::collections::{BTreeMap, BTreeSet};

use futures::executor::block_on;
use project_deployer_core::Timestamp;
use project_deployer_core::accounts::{LdapSettings, RemappingRule};
use proptest::prelude::*;

use super::*;
use crate::attribute::AttributeName;
use crate::dn::Dn;
use crate::entry::Entry;
use crate::letters::coarse;
use crate::memory::MemoryDirectory;
use crate::remapping::TimeBudget;
use crate::snapshot::DirectorySnapshot;
use crate::snapshot::usernames::cases;
use crate::supplier::{LdapUrl, SupplierRules};

const URL: &str = "ldap://dir.example.test/dc=t";

/// The first two leave most logins as they are, the last four leave none.
const RULES: [&[(&str, &str)]; 9] = [
    &[("@x$", "")],
    &[("^B", "a"), ("@X", "@")],
    &[("(?i)@x", "")],
    &[("[.]", "\u{e9}")],
    &[("b", "K"), ("=", "b")],
    &[("a", "")],
    &[("^(.*)$", "$1@x")],
    &[("A*", "b")],
    &[("(.)(.)", "$2$1")],
];

const FILTERS: [&str; 5] = [
    "(uid={USERNAME})",
    "(|(uid={USERNAME})(mail={USERNAME}))",
    "(|(uid={USERNAME})(uid={USERNAME}@x))",
    "(|(mail={USERNAME}@x)(uid={USERNAME}))",
    "(|(uid={USERNAME})(nick={USERNAME}))",
];

/// Characters that rules look for, that servers compare in their own ways, and ordinary ones.
const TEXT: &str = "[abAB]{1,2}([@.=]?[bxX]|\u{e9}|\u{212a}| a)?";

/// Every form of every login, with the entries that have it, without a short cut.
#[derive(Debug, Default)]
struct Plainly {
    plain: BTreeMap<String, BTreeSet<u32>>,
    odd: BTreeMap<String, BTreeSet<u32>>,
}

impl Plainly {
    fn of(remapping: &LoginRemapping, proof: &PeopleProof<'_>) -> Self {
        let mut plainly = Self::default();
        for (slot, _) in &proof.slots {
            for entry in proof.people.entries() {
                for value in proof.people.values(proof.people.column(&slot.attribute), entry) {
                    let text = proof.texts.text(*value).unwrap();
                    let Some(username) = slot.value.username_in(text) else { continue };
                    let others = cases(username, remapping);
                    for spelled in others.iter().map(String::as_str).chain([username]) {
                        let made = remapping.applied(spelled, &mut TimeBudget::new()).unwrap();
                        let (forms, form) = match is_caseless(proof) && is_plain(made.as_bytes()) {
                            true => (&mut plainly.plain, made.to_ascii_lowercase()),
                            false => (&mut plainly.odd, coarse(&made)),
                        };
                        forms.entry(form).or_default().insert(proof.people.key(entry));
                    }
                }
            }
        }
        plainly
    }

    fn holders(&self, login: &str, is_caseless: bool) -> Holders {
        let nobody = BTreeSet::new();
        let plain = self.plain.get(&login.to_ascii_lowercase()).filter(|_| is_caseless);
        let (plain, odd) = (plain.unwrap_or(&nobody), self.odd.get(&coarse(login)));
        match plain.union(odd.unwrap_or(&nobody)).count() {
            0 => Holders::Nobody,
            1 => Holders::One,
            _ => Holders::Several,
        }
    }
}

fn settings(filter: &str, rules: &[(&str, &str)]) -> LdapSettings {
    let rules = rules.iter().map(|(from, to)| RemappingRule::new(*from, *to));
    LdapSettings::default()
        .with_enabled(true)
        .with_url(URL)
        .with_user_filter(filter)
        .with_username_attribute("uid")
        .with_remapping_rules(rules.collect())
}

/// People with values of `uid`, `mail` and `nick`.
fn directory(people: &[(Vec<String>, String, String)]) -> MemoryDirectory {
    let name = |name: &str| AttributeName::parse(name).unwrap();
    let entries = people.iter().enumerate().map(|(number, (uids, mail, nick))| {
        let entry = Entry::new(Dn::parse(&format!("cn=p{number},dc=t")).unwrap())
            .with(name("mail"), mail.as_str())
            .with(name("nick"), nick.as_str());
        uids.iter().fold(entry, |entry, uid| entry.with(name("uid"), uid.as_str()))
    });
    MemoryDirectory::new(entries)
}

/// Calls `check` with the proof of a directory.
fn with_proof(
    people: &[(Vec<String>, String, String)],
    settings: &LdapSettings,
    check: impl FnOnce(&LoginRemapping, &PeopleProof<'_>) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let url = LdapUrl::parse(URL).unwrap();
    let now = Timestamp::default();
    let snapshot = block_on(DirectorySnapshot::read(&directory(people), &url, [settings], now));
    let rules = SupplierRules::compile(settings).unwrap();
    let found = snapshot.answer(&rules.people().unwrap()).unwrap();
    let proof = PeopleProof::of(&rules, rules.users.as_ref().unwrap(), &snapshot, found);
    check(&rules.remapping, &proof)
}

fn person(uid: &str) -> (Vec<String>, String, String) {
    (vec![uid.to_owned()], format!("{uid}@x"), "n".to_owned())
}

#[test]
fn a_login_that_no_rule_changes_is_the_own_one_of_its_only_holder() {
    let people = [person("ann"), person("Bob"), person("bob@x"), person("cy"), person("CY")];
    let check = |_: &LoginRemapping, proof: &PeopleProof<'_>| {
        let remapped = proof.remapped.as_ref().unwrap();
        let own = people.iter().map(|(uids, ..)| {
            let value = proof.texts.find(uids[0].as_bytes()).unwrap();
            remapped.is_own(value, proof)
        });
        assert_eq!(own.collect::<Vec<_>>(), [true, false, false, false, false]);
        Ok(())
    };
    with_proof(&people, &settings(FILTERS[0], RULES[0]), check).unwrap();
}

proptest! {
    #[test]
    fn the_holders_of_a_login_are_those_of_a_plain_reading(
        people in prop::collection::vec((prop::collection::vec(TEXT, 1..3), TEXT, TEXT), 1..6),
        rules in prop::sample::select(RULES.to_vec()),
        filter in prop::sample::select(FILTERS.to_vec()),
        other in TEXT,
    ) {
        with_proof(&people, &settings(filter, rules), |remapping, proof| {
            let remapped = proof.remapped.as_ref().unwrap();
            let plainly = Plainly::of(remapping, proof);
            let texts = people.iter().flat_map(|(uids, mail, nick)| uids.iter().chain([mail, nick]));
            for text in texts.chain([&other]) {
                let made = remapping.apply(text).unwrap();
                for login in [text, &made, &text.to_uppercase(), &made.to_lowercase()] {
                    if is_caseless(proof) && !is_plain(login.as_bytes()) {
                        prop_assert!(remapped.holders(login, proof).is_err());
                        continue;
                    }
                    let holders = plainly.holders(login, is_caseless(proof));
                    prop_assert_eq!(remapped.holders(login, proof).unwrap(), holders, "{}", login);
                }
                let value = proof.texts.find(text.as_bytes());
                if value.is_some_and(|value| remapped.is_own(value, proof)) {
                    prop_assert_eq!(&made, text);
                    prop_assert_eq!(remapped.of_held(&made, proof), None);
                }
            }
            Ok(())
        })?;
    }
}
