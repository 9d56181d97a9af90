//! A directory of many people and the nodes that know some of them, made from numbers as it is read.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use project_deployer_core::accounts::{
    LdapSettings, RemappingRule, SourceType, UserList,
};
use project_deployer_core::{InfraId, Login, Timestamp};
use project_deployer_ldap::filter::Truth;
use project_deployer_ldap::matching::{
    LdapSupply, Location, LocationId, LoginRequirement, Locations, Role, MatchInput,
};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{
    AttributeName, Completeness, Directory, DirectoryError, DirectorySnapshot, Dn, Entry, Filter,
    SearchResult, Rdn, Scope,
};

/// How many nodes there are.
pub const NODES: usize = 20;

const URL: &str = "ldap://dir.example.test/DC=example,DC=test";
const UNITS: [&str; 8] =
    ["risk", "sales", "claims", "fraud", "pricing", "supply", "people", "audit"];

/// A directory of so many people. Nothing is held: entries are made as they are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    /// How many people there are.
    pub people: usize,
}

impl Crowd {
    /// The people of the directory in an order of its own, which is not that of their logins.
    fn order(self) -> impl Iterator<Item = usize> {
        // A step that has no divisor in common with any power of ten visits each number once.
        (0..self.people).map(move |turn| turn * 618_033 % self.people)
    }

    /// What the directory has as the login: one in fifty has a domain.
    #[must_use]
    pub fn uid(self, number: usize) -> String {
        let domain = if number.is_multiple_of(50) { "@example.org" } else { "" };
        format!("{}{domain}", login(number))
    }

    /// All logins of the directory, in its order.
    pub fn uids(self) -> impl Iterator<Item = String> {
        self.order().map(move |number| self.uid(number))
    }

    /// The users of a node: half of them everybody knows, half of them only this node, one in a hundred
    /// in capitals and one with another domain.
    pub fn users(self, node: usize) -> impl Iterator<Item = (String, SourceType, bool)> {
        let half = self.people / NODES / 2;
        let known = (0..half).chain((0..half).map(move |turn| half * (node + 1) + turn));
        let known =
            known.enumerate().map(move |(turn, number)| (turn * 61_803 % (2 * half), number));
        let mut known: Vec<(usize, usize)> = known.collect();
        known.sort_unstable();
        known.into_iter().map(move |(_, number)| {
            let login = match number % 100 {
                7 => login(number).to_uppercase(),
                8 => format!("{}@example.com", login(number)),
                _ => login(number),
            };
            let source = match number % 100 {
                9 => SourceType::Local,
                10 => SourceType::Sso,
                _ => SourceType::Ldap,
            };
            (login, source, number % 100 != 11)
        })
    }

    fn base(unit: &str) -> Result<Dn, DirectoryError> {
        let malformed = |what: String| DirectoryError::Malformed { what };
        Dn::parse(&format!("OU={unit},DC=example,DC=test"))
            .map_err(|error| malformed(error.to_string()))
    }

    fn person(self, number: usize, units: &[Dn], names: &Names) -> Entry {
        let name = Rdn::new(names.cn.clone(), format!("Analyst {number:07}"));
        let unit = units.get(number % units.len()).map_or_else(Dn::root, |unit| unit.child(name));
        Entry::new(unit)
            .with(names.uid.clone(), self.uid(number))
            .with(names.class.clone(), "person")
    }

    /// A group of a tenth of all people, and fifty of one in a thousand.
    fn groups(self, units: &[Dn], names: &Names) -> Vec<Entry> {
        let base = units.first().cloned().unwrap_or_else(Dn::root);
        let group = |name: String, members: &mut dyn Iterator<Item = usize>| {
            let entry = Entry::new(base.child(Rdn::new(names.cn.clone(), name.clone())))
                .with(names.cn.clone(), name)
                .with(names.class.clone(), "group");
            members.fold(entry, |entry, number| {
                entry.with(names.member.clone(), self.person(number, units, names).dn.to_string())
            })
        };
        let mut groups = vec![group("deployers".to_owned(), &mut (0..self.people).step_by(10))];
        groups.extend((1..=50).map(|number| {
            group(format!("team-{number}"), &mut (number..self.people).step_by(1_000))
        }));
        groups
    }
}

/// What follows the unit in a login is a number of seven digits.
fn login(number: usize) -> String {
    let unit = UNITS[number % UNITS.len()];
    format!("{unit}.analyst{number:07}")
}

struct Names {
    cn: AttributeName,
    uid: AttributeName,
    class: AttributeName,
    member: AttributeName,
}

impl Names {
    fn new() -> Result<Self, DirectoryError> {
        let name = |text: &str| {
            AttributeName::parse(text)
                .map_err(|error| DirectoryError::Malformed { what: error.to_string() })
        };
        Ok(Self {
            cn: name("cn")?,
            uid: name("uid")?,
            class: name("objectClass")?,
            member: name("member")?,
        })
    }
}

#[async_trait]
impl Directory for Crowd {
    async fn search(
        &self,
        base: &Dn,
        scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
    ) -> Result<SearchResult, DirectoryError> {
        let mut entries = Vec::new();
        self.visit(base, scope, filter, attributes, &mut |entry| entries.push(entry)).await?;
        Ok(SearchResult::all(entries))
    }

    async fn visit(
        &self,
        _base: &Dn,
        _scope: Scope,
        filter: &Filter,
        attributes: &[AttributeName],
        visitor: &mut (dyn FnMut(Entry) + Send),
    ) -> Result<Completeness, DirectoryError> {
        let names = Names::new()?;
        let units = UNITS.map(Self::base).into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut take = |entry: Entry| {
            if filter.evaluate(&entry) == Truth::True {
                visitor(entry.narrowed(attributes));
            }
        };
        self.groups(&units, &names).into_iter().for_each(&mut take);
        self.order().for_each(|number| take(self.person(number, &units, &names)));
        Ok(Completeness::Complete)
    }
}

/// Three kinds of settings: members of some groups, the same under a login without domain, and everybody.
fn settings(kind: usize) -> LdapSettings {
    let groups = || vec!["deployers".to_owned(), "team-7".to_owned()];
    let strip = RemappingRule { rule_from: "@example\\.org$".to_owned(), rule_to: String::new() };
    LdapSettings {
        enabled: true,
        url: URL.to_owned(),
        user_filter: "(&(objectClass=person)(uid={USERNAME}))".to_owned(),
        username_attribute: "uid".to_owned(),
        enable_groups: true,
        group_name_attribute: Some("cn".to_owned()),
        group_filter: Some("(&(objectClass=group)(member={USERDN}))".to_owned()),
        auto_import_users: true,
        allow_on_demand_users_provisioning: kind == 2,
        authorized_groups: if kind == 2 { Vec::new() } else { groups() },
        remapping_rules: if kind == 1 { vec![strip] } else { Vec::new() },
        ..LdapSettings::default()
    }
}

/// The Deployer and its nodes, with one snapshot of their directory and so many kinds of settings, from
/// one to three.
///
/// # Errors
///
/// Something made here is refused.
pub async fn world(crowd: Crowd, kinds: usize) -> io::Result<MatchInput> {
    let url = LdapUrl::parse(URL).map_err(io::Error::other)?;
    let kinds = kinds.clamp(1, 3);
    let all: Vec<LdapSettings> = (0..kinds).map(settings).collect();
    let snapshot = Arc::new(DirectorySnapshot::read(&crowd, &url, &all, Timestamp::default()).await);
    let mut locations = Vec::new();
    for place in 0..=NODES {
        let id = match place.checked_sub(1) {
            None => LocationId::Deployer,
            Some(node) => LocationId::Node {
                infra: InfraId::parse(format!("node-{node}")).map_err(io::Error::other)?,
                node: None,
            },
        };
        let mut users = UserList::default();
        for (login, source, enabled) in crowd.users(place) {
            users.push(&Login::parse(login).map_err(io::Error::other)?, &source, enabled, &[]);
        }
        let settings = settings(place % kinds);
        locations.push(Location {
            users: Ok(users),
            ldap: Ok(Some(LdapSupply { settings, directory: Ok(Arc::clone(&snapshot)) })),
            ..Location::new(id)
        });
    }
    let needs = (0..1_000.min(crowd.people)).map(|number| {
        Ok(LoginRequirement {
            login: Login::parse(login(number)).map_err(io::Error::other)?,
            role: Role::Requester,
            reason: format!("deployment `d-{number}`"),
            at: if number % 2 == 0 {
                Locations::Everywhere
            } else {
                Locations::At(BTreeSet::from([LocationId::Deployer]))
            },
        })
    });
    Ok(MatchInput { locations, needs: needs.collect::<io::Result<_>>()?, group_requirements: Vec::new() })
}
