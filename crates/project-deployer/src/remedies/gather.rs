use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use project_deployer_client::{ExternalUser, NodeAccounts};
use project_deployer_core::Login;
use project_deployer_core::accounts::{Group, SourceType, User, UserList};
use project_deployer_ldap::matching::{
    Breadth, Finding, Location, LocationId, Locations, LoginRequirement, MatchInput, ParityReport,
    Presence, Remedy, Role, match_logins,
};
use project_deployer_ldap::settlement::Settling;
use project_deployer_ldap::{Fetched, Reason};

use super::facts::{LocationFacts, RemedyFacts};
use super::memberships::is_mapped;
use super::opt_in::OptIn;
use super::preconditions::Preconditions;
use crate::parity::{LocationAccounts, ParityAssessment, fetched};

impl RemedyFacts {
    /// Fetches the facts from the locations of an assessment that are needed before anything is
    /// changed: the groups of existing users, and what their sources report about them. It changes
    /// nothing.
    pub async fn gather(
        assessment: &ParityAssessment,
        breadth: Breadth,
        accounts: &LocationAccounts,
        preconditions: &Preconditions<'_>,
    ) -> Self {
        let asked = assessment.input.locations.iter().map(|location| async move {
            let facts = of_location(assessment, location, breadth, accounts, preconditions).await;
            (location.id.clone(), facts)
        });
        Self { locations: join_all(asked).await.into_iter().collect() }
    }
}

async fn of_location(
    assessment: &ParityAssessment,
    location: &Location,
    breadth: Breadth,
    accounts: &LocationAccounts,
    preconditions: &Preconditions<'_>,
) -> LocationFacts {
    let wanted = wanted(&assessment.input, location, breadth);
    let known = match accounts.at(&location.id) {
        Err(reason) => LocationFacts::unreached(&reason),
        Ok(accounts) => {
            let users = match wanted.is_empty() {
                true => Ok(Vec::new()),
                false => fetched(accounts.users().await).map(|users| users.to_users()),
            };
            let users = users.map(|users| followers(users, &wanted));
            let suppliers = suppliers(&users, location, &*accounts).await;
            LocationFacts {
                reached: Ok(()),
                groups: location.groups.clone(),
                ldap: location.ldap.clone().map(|supply| supply.map(|supply| supply.settings)),
                users,
                suppliers,
                ..LocationFacts::unreached(&Reason::new("it was not queried"))
            }
        }
    };
    let disabled = disabled(location);
    let of_directory = disabled.iter().filter(|(_, source)| **source == SourceType::Ldap);
    let of_directory = of_directory.map(|(login, _)| login).chain(&wanted).cloned().collect();
    let planned = planned(&assessment.report, breadth, location, preconditions.opt_in());
    let mut checks = BTreeMap::new();
    for (source, logins) in planned {
        let source = source.as_ref();
        checks.extend(preconditions.check_all(&location.id, logins, source).await);
    }
    let without_account = without_account(assessment, location, of_directory, preconditions).await;
    LocationFacts {
        address: location.address.clone(),
        rules: assessment.rules.get(&location.id).cloned(),
        without_account,
        checks,
        awaited: awaited(&assessment.report, breadth, &location.id),
        disabled,
        ..known
    }
}

/// The users of external sources that are relevant at a location.
fn wanted(input: &MatchInput, location: &Location, breadth: Breadth) -> BTreeSet<Login> {
    let needed: BTreeSet<&Login> = input
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

/// What the sources of these users list. It queries the sources that groups of the location follow,
/// and the sources of disabled users, who may have left. For LDAP, matching decides this
/// ([`without_account`]).
async fn suppliers(
    users: &Fetched<Vec<User>>,
    location: &Location,
    accounts: &dyn NodeAccounts,
) -> BTreeMap<SourceType, Fetched<Vec<ExternalUser>>> {
    let Ok(users) = users else { return BTreeMap::new() };
    let groups = location.groups.as_deref().unwrap_or_default();
    let mapped = |source: &SourceType| groups.iter().any(|group: &Group| is_mapped(group, source));
    let may_have_left = |source: &SourceType| {
        *source != SourceType::Ldap
            && users.iter().any(|user| !user.enabled && user.source_type == *source)
    };
    let sources: BTreeSet<&SourceType> = users.iter().map(|user| &user.source_type).collect();
    let sources = sources.into_iter().filter(|source| mapped(source) || may_have_left(source));
    let asked = sources.map(|source| async move {
        (source.clone(), fetched(accounts.external_users(source).await))
    });
    join_all(asked).await.into_iter().collect()
}

/// The disabled users of a location, with their source.
fn disabled(location: &Location) -> BTreeMap<Login, SourceType> {
    let Ok(users) = &location.users else { return BTreeMap::new() };
    let mut disabled = BTreeMap::new();
    for user in users.iter() {
        // Of two users with one login the later one counts.
        if user.enabled {
            disabled.remove(user.login);
        } else if let Ok(login) = Login::parse(user.login) {
            disabled.insert(login, user.source.clone());
        }
    }
    disabled
}

/// Whom a plan enables there, and whom it gives an account from which source.
fn planned(
    report: &ParityReport,
    breadth: Breadth,
    location: &Location,
    opt_in: &OptIn,
) -> BTreeMap<Option<SourceType>, Vec<Login>> {
    let mut planned: BTreeMap<Option<SourceType>, Vec<Login>> = BTreeMap::new();
    let here = |finding: &Finding<'_>| finding.place.id == location.id;
    for finding in report.findings_of(breadth).filter(here) {
        let remedy = match &finding.remedy {
            Remedy::Unblock { then: Some(then), .. } if opt_in.allows_disabled() => &**then,
            remedy => remedy,
        };
        let source = match remedy {
            Remedy::Enable => None,
            Remedy::Provision { source } if opt_in.allows(source) => Some(source.clone()),
            _ => continue,
        };
        planned.entry(source).or_default().push(finding.login.clone());
    }
    planned
}

/// The presence of users of a location's directory if they had no account. Matching and the directory
/// decide it, so that authorization is decided in one place.
async fn without_account(
    assessment: &ParityAssessment,
    location: &Location,
    logins: BTreeSet<Login>,
    preconditions: &Preconditions<'_>,
) -> BTreeMap<Login, Presence> {
    if logins.is_empty() {
        return BTreeMap::new();
    }
    let alone = location.clone().with_users(Ok(UserList::default()));
    let need = |login: &Login| {
        LoginRequirement::new(
            login.clone(),
            Role::Requester,
            "it is to be enabled",
            Locations::Everywhere,
        )
    };
    let needs = logins.iter().map(need).collect();
    let input = MatchInput::default().with_locations(vec![alone]).with_needs(needs);
    let mut report = match_logins(&input);
    let (settling, now) = (Settling::of(Breadth::Needed), preconditions.now());
    let settling = match preconditions.opt_in().allows_disabled() {
        true => settling.even_if_unseen(),
        false => settling,
    };
    report.settle_with(&input, &assessment.directories, settling, now).await;
    let presences = logins.into_iter().filter_map(|login| {
        let presence = report.presence(&login, &location.id)?.clone();
        Some((login, presence))
    });
    presences.collect()
}

fn awaited(
    report: &ParityReport,
    breadth: Breadth,
    at: &LocationId,
) -> BTreeMap<Login, SourceType> {
    let Some(place) = report.places.iter().position(|place| place.id == *at) else {
        return BTreeMap::new();
    };
    let awaited = report.rows_of(breadth).filter_map(|row| match row.presence(place)? {
        Presence::OnlyByLogin { source } => Some((row.login().clone(), source.clone())),
        _ => None,
    });
    awaited.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_users_with_one_login_the_later_one_says_whether_it_is_disabled() {
        // R11: matching reads a list in the same way
        let user = |login: &str, enabled: bool| {
            User::new(login.parse().unwrap(), SourceType::Ldap).with_enabled(enabled)
        };
        let users = [user("ann", false), user("ann", true), user("bob", true), user("bob", false)];
        let location =
            Location::new(LocationId::Deployer).with_users(Ok(users.into_iter().collect()));
        let logins: Vec<Login> = disabled(&location).into_keys().collect();
        assert_eq!(logins, ["bob".parse::<Login>().unwrap()]);
    }
}
