//! Estates as data: what a file may have, and what a plan makes of it.

mod accounts;
mod carried_out;
mod documents;
mod exported;
mod fleets;
mod hooks;
mod names;
mod plans;
mod protection;
mod random;
mod random_mistakes;
mod random_plans;
#[cfg(feature = "sqlite")]
mod saved;
mod scheduled;
mod windows;

use std::collections::BTreeMap;

use project_deployer_store::Revision;
use secrecy::SecretString;

use super::document::{Estate, SecretRef};
use super::observed::{ObservedEstate, Reserved, Seen, SeenAccounts, SeenWindows, Version};
use super::secrets::EstateSecrets;
use super::text::EstateFormat;
use project_deployer_core::Timestamp;
use project_deployer_core::stage::StageCatalogue;

/// An identifier that is valid.
fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is not valid"))
}

fn yaml(text: &str) -> Estate {
    Estate::parse(text, EstateFormat::Yaml).unwrap_or_else(|problems| panic!("{problems}"))
}

fn seen<T>(value: T, revision: u64) -> Seen<T> {
    Seen { value, version: Version::Revision(Revision(revision)) }
}

/// An installation with the shipped stages and nothing else.
fn empty() -> ObservedEstate {
    let mut observed = ObservedEstate::with_stages(seen(StageCatalogue::shipped(), 0), true);
    let (groups, users) = (BTreeMap::new(), BTreeMap::new());
    observed.set_accounts(Reserved::Seen(SeenAccounts { groups, users, caller: parsed("root") }));
    observed.set_fleets(Reserved::Seen(BTreeMap::new()));
    observed.set_windows(SeenWindows {
        sets: BTreeMap::new(),
        unread: BTreeMap::new(),
        is_administrator: true,
        caller: parsed("root"),
        groups: [parsed("ops")].into(),
        // 2026-01-01T00:00:00Z
        now: Timestamp::from_millis(1_767_225_600_000),
    });
    observed
}

/// Every place has its name as its secret.
fn secrets_of(estate: &Estate) -> EstateSecrets {
    let find = |place: &SecretRef| Ok(SecretString::from(format!("canary-4711 {place}")));
    EstateSecrets::resolve(estate, find).unwrap()
}
