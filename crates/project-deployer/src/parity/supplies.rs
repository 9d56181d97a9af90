use std::collections::HashMap;
use std::sync::Arc;

use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::matching::{LdapSupply, Location};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{DirectoryConnector, DirectorySnapshot, Reason, Told};

use super::gather::Place;

/// Asks each directory once for all places whose settings name it (D8), and hands every place what it
/// told.
pub(super) async fn supplies(
    places: Vec<Place>,
    directories: &dyn DirectoryConnector,
) -> Vec<Location> {
    let mut by_url: HashMap<LdapUrl, Vec<&LdapSettings>> = HashMap::new();
    for settings in places.iter().filter_map(used) {
        if let Ok(url) = LdapUrl::parse(&settings.url) {
            by_url.entry(url).or_default().push(settings);
        }
    }
    let mut snapshots = HashMap::new();
    for (url, settings) in by_url {
        let told = read(&url, &settings, directories).await;
        snapshots.insert(url, told);
    }
    places.into_iter().map(|place| supplied(place, &snapshots)).collect()
}

/// The settings of a place whose LDAP supplier is on.
fn used(place: &Place) -> Option<&LdapSettings> {
    place.ldap.as_ref().ok()?.as_ref().filter(|settings| settings.enabled)
}

async fn read(
    url: &LdapUrl,
    settings: &[&LdapSettings],
    directories: &dyn DirectoryConnector,
) -> Told<Arc<DirectorySnapshot>> {
    // Whoever may search for one of these places may search for all: it is one directory.
    let Some(first) = settings.first() else {
        return Err(Reason::new("no settings name it"));
    };
    let directory = directories.connect(first)?;
    let settings = settings.iter().copied();
    Ok(Arc::new(DirectorySnapshot::read(&*directory, url, settings).await))
}

fn supplied(place: Place, snapshots: &HashMap<LdapUrl, Told<Arc<DirectorySnapshot>>>) -> Location {
    let ldap = place.ldap.map(|settings| {
        let settings = settings.filter(|settings| settings.enabled)?;
        let directory =
            LdapUrl::parse(&settings.url).map_err(|error| Reason::of(&error)).and_then(|url| {
                match snapshots.get(&url) {
                    Some(told) => told.clone(),
                    None => Err(Reason::new("its directory was not asked")),
                }
            });
        Some(LdapSupply { settings, directory })
    });
    Location { ldap, ..place.location }
}
