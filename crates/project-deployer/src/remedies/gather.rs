use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use project_deployer_client::{ExternalUser, NodeAccounts};
use project_deployer_core::Login;
use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_ldap::matching::{
    Breadth, Location, LocationId, Need, Places, Presence, Role, UserList, World, match_logins,
};
use project_deployer_ldap::{Reason, Told};

use super::facts::{LocationFacts, RemedyFacts};
use super::memberships::is_mapped;
use crate::parity::{LocationAccounts, Survey, told};

impl RemedyFacts {
    /// Asks the locations of a survey for what has to be known before anything is changed: the groups of
    /// those who are there, and what their sources say of them. Nothing is changed.
    pub async fn gather(survey: &Survey, breadth: Breadth, accounts: &LocationAccounts) -> Self {
        let asked = survey.world.locations.iter().map(|location| async move {
            let facts = of_location(survey, location, breadth, accounts).await;
            (location.id.clone(), facts)
        });
        Self { locations: join_all(asked).await.into_iter().collect() }
    }
}

async fn of_location(
    survey: &Survey,
    location: &Location,
    breadth: Breadth,
    accounts: &LocationAccounts,
) -> LocationFacts {
    let known = match accounts.at(&location.id) {
        Err(reason) => LocationFacts::unreached(&reason),
        Ok(accounts) => {
            let wanted = wanted(&survey.world, location, breadth);
            let users = match wanted.is_empty() {
                true => Ok(Vec::new()),
                false => told(accounts.users().await),
            };
            let users = users.map(|users| followers(users, &wanted));
            let suppliers = suppliers(&users, location, &*accounts).await;
            LocationFacts {
                reached: Ok(()),
                groups: location.groups.clone(),
                ldap: location.ldap.clone().map(|supply| supply.map(|supply| supply.settings)),
                users,
                suppliers,
                ..LocationFacts::unreached(&Reason::new("it was not asked"))
            }
        }
    };
    LocationFacts {
        address: location.address.clone(),
        rules: survey.rules.get(&location.id).cloned(),
        without_account: without_account(location),
        awaited: awaited(survey, &location.id),
        ..known
    }
}

/// The users of external sources who matter at a location.
fn wanted(world: &World, location: &Location, breadth: Breadth) -> BTreeSet<Login> {
    let needed: BTreeSet<&Login> = world
        .needs
        .iter()
        .filter(|need| need.at.include(&location.id))
        .map(|need| &need.login)
        .collect();
    let Ok(users) = &location.users else { return BTreeSet::new() };
    let browsed = users.iter().filter(|user| LocationFacts::browsed().contains(user.source));
    let logins = browsed.filter_map(|user| Login::parse(user.login).ok());
    logins.filter(|login| breadth == Breadth::Everything || needed.contains(login)).collect()
}

fn followers(users: Vec<User>, wanted: &BTreeSet<Login>) -> Vec<User> {
    users.into_iter().filter(|user| wanted.contains(&user.login)).collect()
}

/// What the sources of these users know. A source to which no group of the location is mapped is not
/// asked: no group follows it.
async fn suppliers(
    users: &Told<Vec<User>>,
    location: &Location,
    accounts: &dyn NodeAccounts,
) -> BTreeMap<SourceType, Told<Vec<ExternalUser>>> {
    let (Ok(users), Ok(groups)) = (users, &location.groups) else { return BTreeMap::new() };
    let mapped = |source: &SourceType| groups.iter().any(|group: &Group| is_mapped(group, source));
    let sources: BTreeSet<&SourceType> =
        users.iter().map(|user| &user.source_type).filter(|source| mapped(source)).collect();
    let asked = sources
        .into_iter()
        .map(|source| async move { (source.clone(), told(accounts.external_users(source).await)) });
    join_all(asked).await.into_iter().collect()
}

/// What the disabled directory users of a location would be without their account: matching decides, so
/// that who may come in is decided in one place.
fn without_account(location: &Location) -> BTreeMap<Login, Presence> {
    let Ok(users) = &location.users else { return BTreeMap::new() };
    let disabled: BTreeSet<Login> = users
        .iter()
        .filter(|user| !user.enabled && *user.source == SourceType::Ldap)
        .filter_map(|user| Login::parse(user.login).ok())
        .collect();
    if disabled.is_empty() {
        return BTreeMap::new();
    }
    let alone = Location { users: Ok(UserList::default()), ..location.clone() };
    let need = |login: &Login| Need {
        login: login.clone(),
        role: Role::Requester,
        because: "it is to be enabled".to_owned(),
        at: Places::Everywhere,
    };
    let needs = disabled.iter().map(need).collect();
    let report = match_logins(&World { locations: vec![alone], needs, ..World::default() });
    let told = disabled.into_iter().filter_map(|login| {
        let presence = report.presence(&login, &location.id)?.clone();
        Some((login, presence))
    });
    told.collect()
}

fn awaited(survey: &Survey, at: &LocationId) -> BTreeMap<Login, SourceType> {
    let here = survey.report.findings().filter(|finding| finding.place.id == *at);
    let awaited = here.filter_map(|finding| match finding.presence {
        Presence::OnlyByLogin { source } => Some((finding.login.clone(), source.clone())),
        _ => None,
    });
    awaited.collect()
}
