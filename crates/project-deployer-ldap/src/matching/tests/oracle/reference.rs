//! The reference implementation of the rules. A set of people is known, or not.

use super::input::dn;
use super::*;

fn remapped(remap: Remap, uid: &str) -> String {
    match remap {
        Remap::StripDomain => uid.split('@').next().unwrap().to_owned(),
        Remap::Prefix => format!("p-{uid}"),
        Remap::Merge if ["ann", "ann@x", "bob", "bob@x"].contains(&uid) => "cy".to_owned(),
        Remap::None | Remap::Merge | Remap::Broken => uid.to_owned(),
    }
}

pub(super) fn is_login(text: &str) -> bool {
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
    /// Whether the people are known. An answer that was truncated but had no entries is complete.
    fn is_known(&self, town: &Town) -> bool {
        let nothing_to_cut = self.authorized.is_empty()
            || match self.style {
                // No list of groups decides on a chain.
                Style::Chain => true,
                Style::Direct => town.ops.is_empty() && town.apps.is_empty() && !town.nested,
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

    fn outcome(&self, town: &Town, login: &str, people: &BTreeSet<usize>) -> Presence {
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
                return unknown();
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
                in_another_case: false,
                indirect: None,
            };
        }
        if self.demand {
            let others = town.logins(person, self.remap);
            let others =
                others.filter(|own| own != login && self.people(town, own) == *people).min();
            let also = others.map(|other| super::login(&other));
            Presence::ImportableOnDemand { source: SourceType::Ldap, also }
        } else if self.import {
            Presence::ImportableAtFirstLogin
        } else {
            Presence::ImportSwitchedOff
        }
    }
}

pub(super) fn unknown() -> Presence {
    Presence::Unknown { reason: Reason::new("-") }
}

fn bare(login: &str) -> Option<String> {
    if let Some(at) = login.rfind('@') {
        return Some(login[..at].to_lowercase());
    }
    login.find('\\').map(|at| login[at + 1..].to_lowercase())
}

/// The first similar one of these logins, in order of name.
fn similar_among(login: &str, all: &BTreeSet<String>) -> Option<SimilarLogin> {
    let others: Vec<&String> = all.iter().filter(|other| *other != login).collect();
    let by_case = others.iter().find(|other| other.to_lowercase() == login.to_lowercase());
    let by_domain = || {
        others.iter().find(|other| match (bare(login), bare(other)) {
            (Some(mine), None) => other.to_lowercase() == mine,
            (None, Some(theirs)) => theirs == login.to_lowercase(),
            _ => false,
        })
    };
    let similar = |found: &&String, kind| SimilarLogin::new(super::login(found), kind);
    by_case
        .map(|found| similar(found, SimilarityKind::Case))
        .or_else(|| by_domain().map(|found| similar(found, SimilarityKind::DomainSuffix)))
}

/// The first of these logins that is a text, or else differs from it in case.
fn spelled_like(text: &str, login: &str, all: &BTreeSet<String>) -> Option<String> {
    let others = || all.iter().filter(|other| *other != login);
    let same = others().find(|other| *other == text);
    same.or_else(|| others().find(|other| other.to_lowercase() == text.to_lowercase())).cloned()
}

impl Case {
    fn plug(&self, spot: usize) -> Option<(&Plug, &Town)> {
        match &self.spots[spot].ldap {
            Ldap::On(plug) => Some((plug, &self.towns[plug.town])),
            Ldap::Unknown | Ldap::Off => None,
        }
    }

    fn known_plug(&self, spot: usize) -> Option<(&Plug, &Town)> {
        self.plug(spot).filter(|(plug, town)| plug.is_known(town))
    }

    fn user(&self, spot: usize, login: &str) -> Option<&User> {
        self.spots[spot].users.as_ref()?.iter().find(|user| user.login.as_str() == login)
    }

    /// Every login that the directory gives at a spot.
    fn directory_logins(&self, spot: usize) -> BTreeSet<String> {
        let plug = self.known_plug(spot);
        let of_all = |(plug, town): (&Plug, &Town)| {
            let people = 0..town.people.len();
            people.flat_map(|person| town.logins(person, plug.remap)).collect()
        };
        plug.map(of_all).unwrap_or_default()
    }

    /// Whether the directory is known, or there is none.
    fn directory_known(&self, spot: usize) -> bool {
        match &self.spots[spot].ldap {
            Ldap::Unknown => false,
            Ldap::Off => true,
            Ldap::On(_) => self.known_plug(spot).is_some(),
        }
    }

    fn in_directory(&self, spot: usize, login: &str) -> bool {
        self.directory_logins(spot).contains(login)
    }

    /// The logins at a spot of the one person who has this login at any spot on the same directory.
    fn same_person(&self, spot: usize, login: &str) -> BTreeSet<String> {
        let Some((here, town)) = self.known_plug(spot) else { return BTreeSet::new() };
        let mut logins = BTreeSet::new();
        for other in 0..self.spots.len() {
            let Some((there, _)) =
                self.known_plug(other).filter(|(plug, _)| plug.town == here.town)
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

    pub(super) fn presence(&self, spot: usize, login: &str) -> Presence {
        let Some(users) = &self.spots[spot].users else { return unknown() };
        let local = |source: &SourceType| ["LOCAL", "LOCAL_NO_AUTH"].contains(&source.as_str());
        let deployer = self.user(0, login).map(|user| user.source_type.clone());
        if let Some(user) = self.user(spot, login) {
            let found = user.source_type.clone();
            let deployer = deployer.filter(|_| spot != 0);
            let mut expected = deployer.clone().unwrap_or_else(|| found.clone());
            let local_there = deployer.as_ref().map(local);
            if local_there == Some(true) && found == SourceType::Ldap && !self.directory_known(spot)
            {
                expected = SourceType::Ldap;
            }
            if self.in_directory(spot, login) && local_there.unwrap_or(local(&found)) {
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
            let (plug, _) = self.known_plug(spot)?;
            let same = self.same_person(spot, login);
            let found = self
                .by_rules(plug, login, &names)
                .or_else(|| same.intersection(&names).next().cloned())
                .or_else(|| {
                    Some(similar_among(same.first()?, &names)?.found.as_str().to_owned())
                })?;
            Some(SimilarLogin::new(super::login(&found), SimilarityKind::Remapping))
        };
        if let Some(similar) = similar_among(login, &names).or_else(by_remapping) {
            let odd = self.odd(spot, login, similar.found.as_str());
            return Presence::NearMatch(similar.with_odd(odd));
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
                return Presence::ImportableOnDemand { source: SourceType::AzureAd, also: None };
            }
            Some(source @ (SourceType::AzureAd | SourceType::Sso)) => {
                return Presence::OnlyByLogin { source };
            }
            _ => {}
        }
        match (&self.spots[spot].ldap, self.known_plug(spot)) {
            (Ldap::Off, _) => Presence::NotInDirectory { similar: None, unseen: None },
            (Ldap::Unknown, _) | (Ldap::On(_), None) => unknown(),
            (Ldap::On(_), Some((plug, town))) => {
                let people = plug.people(town, login);
                if !people.is_empty() {
                    return plug.outcome(town, login, &people);
                }
                let same = self.same_person(spot, login);
                let there = self.directory_logins(spot);
                let by_rules = || self.by_rules(plug, login, &there);
                let by_entry = same.first().cloned().or_else(by_rules);
                let by_entry = by_entry.map(|found| {
                    SimilarLogin::new(super::login(&found), SimilarityKind::Remapping)
                });
                let similar = similar_among(login, &there).or(by_entry);
                let similar = similar.map(SimilarLogin::in_directory);
                Presence::NotInDirectory { similar, unseen: None }
            }
        }
    }

    /// What the rules make of a login, among these.
    fn by_rules(&self, plug: &Plug, login: &str, all: &BTreeSet<String>) -> Option<String> {
        let mine = remapped(plug.remap, login);
        (mine != login).then(|| spelled_like(&mine, login, all)).flatten()
    }

    fn odd(&self, spot: usize, login: &str, found: &str) -> Odd {
        let pair = |has: &dyn Fn(&str) -> bool| (has(login), has(found));
        let of_deployer = |login: &str| self.user(0, login).is_some();
        match (pair(&|login| self.in_directory(spot, login)), pair(&of_deployer)) {
            ((true, false), _) => Odd::Found,
            ((false, true), _) => Odd::Login,
            (_, (true, false)) if spot != 0 => Odd::Found,
            (_, (false, true)) if spot != 0 => Odd::Login,
            _ => Odd::Unknown,
        }
    }

    pub(super) fn logins(&self) -> BTreeSet<String> {
        let mut logins: BTreeSet<String> =
            self.needs.iter().map(|text| (*text).to_owned()).collect();
        for spot in 0..self.spots.len() {
            let users = self.spots[spot].users.iter().flatten();
            logins.extend(users.map(|user| user.login.as_str().to_owned()));
            let Some((plug, town)) = self.known_plug(spot) else { continue };
            for login in self.directory_logins(spot) {
                let outcome = plug.outcome(town, &login, &plug.people(town, &login));
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
