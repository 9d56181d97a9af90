//! A second reading of the rules, naive and without any of the code under test, on random small worlds.

use std::collections::BTreeSet;

use crate::directory::DirectoryError;

use super::*;

const LOGINS: &[&str] =
    &["ann", "Ann", "ann@x", "X\\ann", "bob", "bob@x", "p-ann", "p-bob", "cy", "p-p-ann"];
const UIDS: &[&str] = &["ann", "ANN", "bob@x", "bob", "cy", "p-ann", "ann@x"];
/// Other scripts, one of them in two normal forms, which are two logins (`\u{e9}` and `e\u{301}`); what
/// means something to filters, names and LDIF; and what is no login at all.
const ODD: &[&str] = &[
    "\u{dc}nal",
    "\u{fc}nal",
    "zo\u{e9}",
    "zoe\u{301}",
    "o'neil, (jr) \"*\"",
    "\u{41e}\u{43b}\u{44f}@x",
    "nul\0",
];
const GROUPS: &[&str] = &["ops", "apps", "OPS", "ghost"];
const SOURCES: &[SourceType] = &[
    SourceType::Local,
    SourceType::LocalNoAuth,
    SourceType::Ldap,
    SourceType::Ldap,
    SourceType::Sso,
    SourceType::AzureAd,
];

/// A linear congruential generator: the same seed makes the same world everywhere (R27).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one_in(&mut self, chances: usize) -> bool {
        self.roll(chances) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len())].clone()
    }

    fn some<T: Clone>(&mut self, from: &[T]) -> Vec<T> {
        from.iter().filter(|_| self.roll(3) == 0).cloned().collect()
    }
}

/// Who is in a directory: people by number, with their uids, and the members of `ops` and `apps`.
#[derive(Debug)]
struct Town {
    people: Vec<Vec<&'static str>>,
    ops: Vec<usize>,
    apps: Vec<usize>,
    /// `ops` is a member of `apps`.
    nested: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Style {
    Direct,
    Chain,
    ByUid,
    OfUser,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Remap {
    None,
    StripDomain,
    Prefix,
    Merge,
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    Error,
    Cut,
}

#[derive(Debug)]
struct Plug {
    town: usize,
    style: Style,
    authorized: Vec<&'static str>,
    import: bool,
    demand: bool,
    remap: Remap,
    fault: Fault,
}

#[derive(Debug)]
enum Ldap {
    NotTold,
    Off,
    On(Plug),
}

#[derive(Debug)]
struct Spot {
    users: Option<Vec<User>>,
    ldap: Ldap,
    azure: bool,
}

#[derive(Debug)]
struct Case {
    towns: Vec<Town>,
    spots: Vec<Spot>,
    needs: Vec<&'static str>,
}

fn case(dice: &mut Dice) -> Case {
    let towns = (0..2).map(|_| town(dice)).collect();
    let spots = (0..1 + dice.roll(3)).map(|_| spot(dice)).collect();
    let needs = dice.some(LOGINS).into_iter().chain(dice.one_in(2).then_some("zo\u{e9}"));
    Case { towns, spots, needs: needs.collect() }
}

fn town(dice: &mut Dice) -> Town {
    let people: Vec<Vec<&str>> = (0..dice.roll(5)).map(|_| uids(dice)).collect();
    let all: Vec<usize> = (0..people.len()).collect();
    Town { ops: dice.some(&all), apps: dice.some(&all), nested: dice.one_in(2), people }
}

/// Most people have one uid, some none, some two, which may be the same.
fn uids(dice: &mut Dice) -> Vec<&'static str> {
    let many = [1, 1, 1, 1, 1, 1, 0, 2][dice.roll(8)];
    let uids = (0..many).map(|_| if dice.one_in(4) { dice.pick(ODD) } else { dice.pick(UIDS) });
    uids.collect()
}

fn spot(dice: &mut Dice) -> Spot {
    let mut logins = dice.some(LOGINS);
    logins.extend(dice.some(ODD).into_iter().filter(|text| is_login(text)));
    let users = logins
        .into_iter()
        .map(|text| User { enabled: !dice.one_in(5), ..user(text, dice.pick(SOURCES)) });
    let users: Vec<User> = users.collect();
    let ldap = match dice.roll(10) {
        0 => Ldap::NotTold,
        1 => Ldap::Off,
        _ => Ldap::On(Plug {
            town: usize::from(dice.one_in(4)),
            style: dice.pick(&[Style::Direct, Style::Chain, Style::ByUid, Style::OfUser]),
            authorized: dice.some(GROUPS),
            import: dice.one_in(2),
            demand: dice.one_in(3),
            remap: dice.pick(&[
                Remap::None,
                Remap::None,
                Remap::None,
                Remap::StripDomain,
                Remap::Prefix,
                Remap::Merge,
                Remap::Broken,
            ]),
            fault: dice.pick(&[
                Fault::None,
                Fault::None,
                Fault::None,
                Fault::None,
                Fault::Error,
                Fault::Cut,
            ]),
        }),
    };
    Spot { users: (!dice.one_in(8)).then_some(users), ldap, azure: dice.one_in(3) }
}

// From a case to a world.

/// The name of a person, with a comma, quotes and parentheses in it.
fn dn(number: usize) -> String {
    format!(r#"cn=n{number}\, (\"x\"),dc=t"#)
}

fn ldif(town: &Town) -> String {
    let mut text = "dn: dc=t\nx: y\n\n".to_owned();
    for (number, uids) in town.people.iter().enumerate() {
        text += &format!("dn: {}\nmail: x\n", dn(number));
        for uid in uids {
            text += &format!("uid: {uid}\n");
        }
        for (group, members) in [("ops", &town.ops), ("apps", &town.apps)] {
            if members.contains(&number) {
                text += &format!("memberOf: CN={group}, dc=T\n");
            }
        }
        text += "\n";
    }
    for (group, members) in [("ops", &town.ops), ("apps", &town.apps)] {
        text += &format!("dn: cn={group},dc=t\ncn: {group}\nkind: group\n");
        for member in members {
            text += &format!("member: CN=N{member}\\2C  (\\22X\\22), DC=t\n");
            for uid in &town.people[*member] {
                text += &format!("memberUid: {uid}\n");
            }
        }
        if group == "apps" && town.nested {
            text += "member: cn=ops,dc=t\n";
        }
        text += "\n";
    }
    text
}

fn plug_settings(plug: &Plug) -> LdapSettings {
    let rule = |from: &str, to: &str| {
        vec![RemappingRule { rule_from: from.to_owned(), rule_to: to.to_owned() }]
    };
    LdapSettings {
        url: format!("ldap://dir{}.example.test/dc=t", plug.town),
        auto_import_users: plug.import,
        allow_on_demand_users_provisioning: plug.demand,
        authorized_groups: plug.authorized.iter().map(|group| (*group).to_owned()).collect(),
        all_groups_filter: Some("(kind=group)".to_owned()),
        group_membership_attribute: Some("memberOf".to_owned()),
        group_filter: match plug.style {
            Style::Direct => Some("(&(kind=group)(member={USERDN}))".to_owned()),
            Style::Chain => Some("(member:1.2.840.113556.1.4.1941:={USERDN})".to_owned()),
            Style::ByUid => Some("(memberUid={USERNAME})".to_owned()),
            Style::OfUser => None,
        },
        remapping_rules: match plug.remap {
            Remap::None => vec![],
            Remap::StripDomain => rule("@.*$", ""),
            Remap::Prefix => rule("^", "p-"),
            Remap::Merge => rule("^(ann|bob)(@x)?$", "cy"),
            Remap::Broken => rule("(", ""),
        },
        ..settings()
    }
}

fn spot_id(index: usize) -> LocationId {
    if index == 0 { LocationId::Deployer } else { node(&format!("n{index}")) }
}

fn world(case: &Case) -> World {
    let silent = || Reason::new("silent");
    let locations = case.spots.iter().enumerate().map(|(index, spot)| {
        let mut location = Location::new(spot_id(index));
        location.users = spot.users.as_ref().map(|users| users.iter().collect()).ok_or_else(silent);
        location.provisions = spot.azure.then_some(SourceType::AzureAd).into_iter().collect();
        location.ldap = match &spot.ldap {
            Ldap::NotTold => Err(silent()),
            Ldap::Off => Ok(None),
            Ldap::On(plug) => {
                let told = directory(&ldif(&case.towns[plug.town]));
                let told = match plug.fault {
                    Fault::None => told,
                    Fault::Error => told.failing_with(DirectoryError::TimedOut),
                    Fault::Cut => told.with_size_limit(0),
                };
                Ok(Some(supply(&plug_settings(plug), &told)))
            }
        };
        location
    });
    let needs = case.needs.iter().map(|text| Need {
        login: login(text),
        role: Role::Owner,
        because: String::new(),
        at: Places::Everywhere,
    });
    World { locations: locations.collect(), needs: needs.collect(), group_needs: Vec::new() }
}

// The second reading. A set of people is told, or not.

fn remapped(remap: Remap, uid: &str) -> String {
    match remap {
        Remap::StripDomain => uid.split('@').next().unwrap().to_owned(),
        Remap::Prefix => format!("p-{uid}"),
        Remap::Merge if ["ann", "ann@x", "bob", "bob@x"].contains(&uid) => "cy".to_owned(),
        Remap::None | Remap::Merge | Remap::Broken => uid.to_owned(),
    }
}

fn is_login(text: &str) -> bool {
    !text.is_empty() && !text.contains('\0')
}

impl Town {
    /// Whether any of these people has a uid.
    fn have_uids(&self, people: &[usize]) -> bool {
        people.iter().any(|person| !self.people[*person].is_empty())
    }

    fn logins(&self, person: usize, remap: Remap) -> impl Iterator<Item = String> {
        let logins = self.people[person].iter().map(move |uid| remapped(remap, uid));
        logins.filter(|login| is_login(login))
    }
}

impl Plug {
    /// Whether an empty answer was cut to nothing: then it was whole after all.
    fn told(&self, town: &Town) -> bool {
        let nothing_to_cut = self.authorized.is_empty()
            || match self.style {
                Style::Direct | Style::Chain => {
                    town.ops.is_empty() && town.apps.is_empty() && !town.nested
                }
                Style::ByUid => !town.have_uids(&town.ops) && !town.have_uids(&town.apps),
                Style::OfUser => false,
            };
        let whole = match self.fault {
            Fault::None => true,
            Fault::Error => false,
            Fault::Cut => town.people.iter().all(Vec::is_empty) && nothing_to_cut,
        };
        whole && self.remap != Remap::Broken
    }

    fn groups_of(&self, town: &Town, person: usize) -> Vec<&'static str> {
        let in_ops = town.ops.contains(&person);
        let in_apps = town.apps.contains(&person);
        let by_nesting = self.style == Style::Chain && town.nested && in_ops;
        let mut groups = vec![];
        if in_ops {
            groups.push("ops");
        }
        if in_apps || by_nesting {
            groups.push("apps");
        }
        groups
    }

    /// The people who would get this login.
    fn people(&self, town: &Town, login: &str) -> BTreeSet<usize> {
        let mut people = BTreeSet::new();
        let all = town.people.iter().flatten();
        for uid in all.filter(|uid| is_login(login) && remapped(self.remap, uid) == login) {
            let same = |other: &&str| other.to_lowercase() == uid.to_lowercase();
            let answers = |other: &usize| town.people[*other].iter().any(same);
            people.extend((0..town.people.len()).filter(answers));
        }
        people
    }

    fn outcome(&self, town: &Town, people: &BTreeSet<usize>) -> Presence {
        if people.len() > 1 {
            let entries = people.iter().map(|number| dn(*number)).collect();
            return Presence::Ambiguous { entries };
        }
        let person = *people.first().unwrap();
        let groups = self.groups_of(town, person);
        let in_other_case = groups.contains(&"ops") && self.authorized.contains(&"OPS");
        if !self.authorized.is_empty()
            && !groups.iter().any(|group| self.authorized.contains(group))
        {
            if in_other_case {
                return could_not_tell();
            }
            let exists = |group: &&str| match (*group, self.style) {
                ("ops" | "apps", Style::OfUser) => true,
                ("ops", Style::ByUid) => town.have_uids(&town.ops),
                ("ops", _) => !town.ops.is_empty(),
                ("apps", Style::ByUid) => town.have_uids(&town.apps),
                ("apps", _) => !town.apps.is_empty() || town.nested,
                _ => false,
            };
            let existing: Vec<&str> =
                self.authorized.iter().copied().filter(|group| exists(group)).collect();
            let useful = if existing.is_empty() { self.authorized.clone() } else { existing };
            return Presence::NotAuthorized {
                groups: useful.iter().map(|group| (*group).to_owned()).collect(),
            };
        }
        if self.demand {
            Presence::ImportableOnDemand { source: SourceType::Ldap }
        } else if self.import {
            Presence::ImportableAtFirstLogin
        } else {
            Presence::ImportSwitchedOff
        }
    }
}

fn could_not_tell() -> Presence {
    Presence::CouldNotTell { reason: Reason::new("-") }
}

fn bare(login: &str) -> Option<String> {
    if let Some(at) = login.rfind('@') {
        return Some(login[..at].to_lowercase());
    }
    login.find('\\').map(|at| login[at + 1..].to_lowercase())
}

/// The first of these logins that is near, in order of name.
fn near_among(login: &str, all: &BTreeSet<String>) -> Option<Near> {
    let others: Vec<&String> = all.iter().filter(|other| *other != login).collect();
    let by_case = others.iter().find(|other| other.to_lowercase() == login.to_lowercase());
    let by_domain = || {
        others.iter().find(|other| match (bare(login), bare(other)) {
            (Some(mine), None) => other.to_lowercase() == mine,
            (None, Some(theirs)) => theirs == login.to_lowercase(),
            _ => false,
        })
    };
    let near = |found: &&String, kind| Near { found: super::login(found), kind };
    by_case
        .map(|found| near(found, NearKind::Case))
        .or_else(|| by_domain().map(|found| near(found, NearKind::DomainSuffix)))
}

impl Case {
    fn plug(&self, spot: usize) -> Option<(&Plug, &Town)> {
        match &self.spots[spot].ldap {
            Ldap::On(plug) => Some((plug, &self.towns[plug.town])),
            Ldap::NotTold | Ldap::Off => None,
        }
    }

    fn told_plug(&self, spot: usize) -> Option<(&Plug, &Town)> {
        self.plug(spot).filter(|(plug, town)| plug.told(town))
    }

    fn user(&self, spot: usize, login: &str) -> Option<&User> {
        self.spots[spot].users.as_ref()?.iter().find(|user| user.login.as_str() == login)
    }

    /// Every login that the directory gives at a spot.
    fn directory_logins(&self, spot: usize) -> BTreeSet<String> {
        let told = self.told_plug(spot);
        let of_all = |(plug, town): (&Plug, &Town)| {
            let people = 0..town.people.len();
            people.flat_map(|person| town.logins(person, plug.remap)).collect()
        };
        told.map(of_all).unwrap_or_default()
    }

    fn in_directory(&self, spot: usize, login: &str) -> bool {
        self.directory_logins(spot).contains(login)
    }

    /// The logins at a spot of the one person who has this login at any spot on the same directory.
    fn same_person(&self, spot: usize, login: &str) -> BTreeSet<String> {
        let Some((here, town)) = self.told_plug(spot) else { return BTreeSet::new() };
        let mut logins = BTreeSet::new();
        for other in 0..self.spots.len() {
            let Some((there, _)) = self.told_plug(other).filter(|(plug, _)| plug.town == here.town)
            else {
                continue;
            };
            let people = there.people(town, login);
            if people.len() != 1 {
                continue;
            }
            let own = town.logins(*people.first().unwrap(), here.remap);
            logins.extend(own.filter(|own| own != login && here.people(town, own) == people));
        }
        logins
    }

    fn presence(&self, spot: usize, login: &str) -> Presence {
        let Some(users) = &self.spots[spot].users else { return could_not_tell() };
        let local = |source: &SourceType| ["LOCAL", "LOCAL_NO_AUTH"].contains(&source.as_str());
        let deployer = self.user(0, login).map(|user| user.source_type.clone());
        if let Some(user) = self.user(spot, login) {
            let found = user.source_type.clone();
            let told = deployer.filter(|_| spot != 0);
            let mut expected = told.clone().unwrap_or_else(|| found.clone());
            if local(&found) && self.in_directory(spot, login) && told.as_ref().is_none_or(local) {
                expected = SourceType::Ldap;
            }
            let same = expected == found || (local(&expected) && local(&found));
            return match (user.enabled, same) {
                (true, true) => Presence::Present,
                (true, false) => Presence::OtherSource { expected, found },
                (false, true) => Presence::Disabled { expected: None, found },
                (false, false) => Presence::Disabled { expected: Some(expected), found },
            };
        }
        let names: BTreeSet<String> =
            users.iter().map(|user| user.login.as_str().to_owned()).collect();
        let by_remapping = || {
            let (plug, _) = self.told_plug(spot)?;
            let mine = remapped(plug.remap, login);
            let found = if names.contains(&mine) {
                mine
            } else {
                self.same_person(spot, login).intersection(&names).next()?.clone()
            };
            Some(Near { found: super::login(&found), kind: NearKind::Remapping })
        };
        if let Some(near) = near_among(login, &names).or_else(by_remapping) {
            return Presence::NearMatch(near);
        }
        let others = (0..self.spots.len()).filter(|other| *other != spot);
        let elsewhere = others.filter_map(|other| self.user(other, login)).next();
        let source = match (deployer, self.in_directory(spot, login)) {
            (Some(source), _) => Some(source),
            (None, true) => Some(SourceType::Ldap),
            (None, false) => elsewhere.map(|user| user.source_type.clone()),
        };
        match source {
            Some(SourceType::AzureAd) if self.spots[spot].azure => {
                return Presence::ImportableOnDemand { source: SourceType::AzureAd };
            }
            Some(source @ (SourceType::AzureAd | SourceType::Sso)) => {
                return Presence::OnlyByLogin { source };
            }
            _ => {}
        }
        match (&self.spots[spot].ldap, self.told_plug(spot)) {
            (Ldap::Off, _) => Presence::NotInDirectory { near: None },
            (Ldap::NotTold, _) | (Ldap::On(_), None) => could_not_tell(),
            (Ldap::On(_), Some((plug, town))) => {
                let people = plug.people(town, login);
                if !people.is_empty() {
                    return plug.outcome(town, &people);
                }
                let same = self.same_person(spot, login);
                let by_entry = same
                    .first()
                    .map(|found| Near { found: super::login(found), kind: NearKind::Remapping });
                let near = near_among(login, &self.directory_logins(spot)).or(by_entry);
                Presence::NotInDirectory { near }
            }
        }
    }

    fn logins(&self) -> BTreeSet<String> {
        let mut logins: BTreeSet<String> =
            self.needs.iter().map(|text| (*text).to_owned()).collect();
        for spot in 0..self.spots.len() {
            let users = self.spots[spot].users.iter().flatten();
            logins.extend(users.map(|user| user.login.as_str().to_owned()));
            let Some((plug, town)) = self.told_plug(spot) else { continue };
            for login in self.directory_logins(spot) {
                let outcome = plug.outcome(town, &plug.people(town, &login));
                if matches!(
                    outcome,
                    Presence::ImportableOnDemand { .. }
                        | Presence::ImportableAtFirstLogin
                        | Presence::ImportSwitchedOff
                ) {
                    logins.insert(login);
                }
            }
        }
        logins
    }
}

fn without_reason(presence: &Presence) -> Presence {
    match presence {
        Presence::CouldNotTell { .. } => could_not_tell(),
        other => other.clone(),
    }
}

/// The statuses that were seen.
fn agree(seeds: std::ops::Range<u64>) -> BTreeSet<String> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for seed in seeds {
        let case = case(&mut Dice(seed * 7_919 + 17));
        let report = match_logins(&world(&case));
        let rows: BTreeSet<String> =
            report.rows().map(|row| row.login().as_str().to_owned()).collect();
        assert_eq!(rows, case.logins(), "seed {seed}: {case:#?}");
        for row in report.rows() {
            assert_eq!(row.presences().count(), case.spots.len());
            for (spot, presence) in row.presences().enumerate() {
                let expected = case.presence(spot, row.login().as_str());
                let (login, place) = (row.login(), spot_id(spot));
                let told = without_reason(presence);
                assert_eq!(told, expected, "seed {seed}, `{login}` at {place}: {case:#?}");
                let text = format!("{expected:?}");
                seen.insert(text.split([' ', '(', '{']).next().unwrap().to_owned());
            }
        }
    }
    seen
}

#[test]
fn matching_agrees_with_a_naive_reading_on_random_worlds() {
    // R10, R27
    let seen = agree(0..5_000);
    // A world that never shows a status proves nothing about it.
    assert_eq!(seen.len(), 12, "{seen:?}");
}

#[test]
#[ignore = "minutes: the figure of R10"]
fn matching_agrees_with_a_naive_reading_on_a_hundred_thousand_random_worlds() {
    // R10
    assert_eq!(agree(5_000..105_000).len(), 12);
}
