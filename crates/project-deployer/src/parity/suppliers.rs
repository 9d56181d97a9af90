//! Suppliers other than LDAP: single sign-on, Azure AD, and those whose settings no call returns.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use project_deployer_client::AccountRules;
use project_deployer_core::accounts::SourceType;
use project_deployer_ldap::Fetched;
use project_deployer_ldap::matching::LocationId;

use super::accounts::LocationAccounts;
use super::assess::Place;
use super::own::fetched;

/// The account rules of the locations. They are fetched only if some user comes from a supplier
/// other than LDAP.
pub(super) async fn rules_of(
    places: &[Place],
    accounts: &LocationAccounts,
) -> BTreeMap<LocationId, Fetched<AccountRules>> {
    let mut users = places.iter().filter_map(|place| place.location.users.as_ref().ok());
    if !users.any(|users| users.sources().iter().any(is_of_others)) {
        return BTreeMap::new();
    }
    let answering = places.iter().filter(|place| place.location.users.is_ok());
    let asked = answering.filter_map(|place| {
        let id = place.location.id.clone();
        let accounts = accounts.at(&id).ok()?;
        Some(async move { (id, fetched(accounts.account_rules().await)) })
    });
    join_all(asked).await.into_iter().collect()
}

fn is_of_others(source: &SourceType) -> bool {
    !matches!(source, SourceType::Local | SourceType::LocalNoAuth | SourceType::Ldap)
}

/// The sources other than LDAP whose accounts a location creates on demand. Only Azure AD has a
/// setting for it on the wire.
pub(super) fn provisions(rules: Option<&Fetched<AccountRules>>) -> BTreeSet<SourceType> {
    let azure_ad = rules.and_then(|rules| rules.as_ref().ok()?.azure_ad.as_ref().ok());
    let on_demand =
        azure_ad.is_some_and(|rules| rules.enabled && rules.provisions_on_demand == Some(true));
    on_demand.then_some(SourceType::AzureAd).into_iter().collect()
}
