use std::collections::HashMap;
use std::sync::Arc;

use futures::future::join_all;
use secrecy::{ExposeSecret as _, SecretString};

use project_deployer_core::Timestamp;
use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::matching::{LdapSupply, Location};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{Directory, DirectoryConnector, DirectorySnapshot, Fetched, Reason};

use super::assess::Place;

/// Queries each directory once for all locations that read it with the same account and password
/// (D8), and gives each location the result.
///
/// Each location also gets the directory itself, for later queries.
pub(super) async fn supplies(
    places: Vec<Place>,
    directories: &dyn DirectoryConnector,
    now: Timestamp,
) -> Vec<(Location, Fetched<Arc<dyn Directory>>)> {
    let mut readings: HashMap<Account, Vec<Reading<'_>>> = HashMap::new();
    for settings in places.iter().filter_map(used) {
        if let Ok(account) = Account::of(settings) {
            add(readings.entry(account).or_default(), settings, directories);
        }
    }
    let answers = readings.into_iter().map(|(account, readings)| async move {
        let url = &account.url;
        let answers = joined(readings).into_iter().map(|reading| reading.answer(url, now));
        let answers = join_all(answers).await;
        (account, answers)
    });
    let answers: HashMap<_, _> = join_all(answers).await.into_iter().collect();
    places.into_iter().map(|place| supplied(place, &answers)).collect()
}

/// A directory with the account that reads it: another account may see less.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Account {
    url: LdapUrl,
    use_tls: bool,
    bind_dn: Option<String>,
}

impl Account {
    fn of(settings: &LdapSettings) -> Fetched<Self> {
        let url = LdapUrl::parse(&settings.url).map_err(|error| Reason::of(&error))?;
        Ok(Self { url, use_tls: settings.use_tls, bind_dn: settings.bind_dn.clone() })
    }
}

/// One set of search settings for a directory, and the locations that use it.
struct Reading<'a> {
    settings: Vec<&'a LdapSettings>,
    directory: Fetched<Arc<dyn Directory>>,
}

/// The result of a search, for the locations with these passwords.
#[derive(Clone)]
struct Answer {
    passwords: Vec<Option<SecretString>>,
    directory: Fetched<Arc<dyn Directory>>,
    snapshot: Fetched<Arc<DirectorySnapshot>>,
}

impl Reading<'_> {
    async fn answer(self, url: &LdapUrl, now: Timestamp) -> Answer {
        let passwords =
            self.settings.iter().map(|settings| settings.bind_password.clone()).collect();
        let snapshot = match &self.directory {
            Ok(directory) => {
                let read = DirectorySnapshot::read(&**directory, url, self.settings, now);
                Ok(Arc::new(read.await))
            }
            Err(reason) => Err(reason.clone()),
        };
        Answer { passwords, directory: self.directory, snapshot }
    }
}

/// Settings with another password are read separately: a wrong password at one location must not
/// invalidate the others.
fn add<'a>(
    readings: &mut Vec<Reading<'a>>,
    settings: &'a LdapSettings,
    directories: &dyn DirectoryConnector,
) {
    let password = settings.bind_password.as_ref();
    let is_same = |one: &&LdapSettings| is_same(one.bind_password.as_ref(), password);
    match readings.iter_mut().find(|reading| reading.settings.first().is_some_and(is_same)) {
        Some(reading) => reading.settings.push(settings),
        None => {
            let directory = directories.connect(settings);
            readings.push(Reading { settings: vec![settings], directory });
        }
    }
}

/// Locations that withhold or mask the password use the password of another location.
fn joined(readings: Vec<Reading<'_>>) -> Vec<Reading<'_>> {
    let (mut connected, left): (Vec<_>, Vec<_>) =
        readings.into_iter().partition(|reading| reading.directory.is_ok());
    match connected.first_mut() {
        Some(first) => {
            first.settings.extend(left.into_iter().flat_map(|reading| reading.settings));
            connected
        }
        None => left,
    }
}

fn is_same(one: Option<&SecretString>, other: Option<&SecretString>) -> bool {
    one.map(|password| password.expose_secret()) == other.map(|password| password.expose_secret())
}

/// The settings of a location whose LDAP supplier is enabled.
fn used(place: &Place) -> Option<&LdapSettings> {
    place.ldap.as_ref().ok()?.as_ref().filter(|settings| settings.enabled)
}

fn supplied(
    place: Place,
    answers: &HashMap<Account, Vec<Answer>>,
) -> (Location, Fetched<Arc<dyn Directory>>) {
    let mut directory = Err(Reason::new("LDAP is disabled there"));
    let ldap = place.ldap.map(|settings| {
        let settings = settings.filter(|settings| settings.enabled)?;
        let answer = Account::of(&settings)
            .and_then(|account| answer_for(&account, &settings, answers).cloned());
        directory = answer.clone().and_then(|answer| answer.directory);
        Some(LdapSupply::new(settings, answer.and_then(|answer| answer.snapshot)))
    });
    (place.location.with_ldap(ldap), directory)
}

fn answer_for<'a>(
    account: &Account,
    settings: &LdapSettings,
    answers: &'a HashMap<Account, Vec<Answer>>,
) -> Fetched<&'a Answer> {
    let password = settings.bind_password.as_ref();
    let mut answers = answers.get(account).into_iter().flatten();
    let answer =
        answers.find(|answer| answer.passwords.iter().any(|own| is_same(own.as_ref(), password)));
    answer.ok_or_else(|| Reason::new("its directory was not queried"))
}

#[cfg(test)]
mod tests;
