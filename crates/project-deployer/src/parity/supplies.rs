use std::collections::HashMap;
use std::sync::Arc;

use futures::future::join_all;

use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::matching::{LdapSupply, Location};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{DirectoryConnector, DirectorySnapshot, Reason, Told};

use super::gather::Place;

/// Asks each directory once for all places that read it with one account (D8), and hands every place
/// what it told.
pub(super) async fn supplies(
    places: Vec<Place>,
    directories: &dyn DirectoryConnector,
) -> Vec<Location> {
    let mut by_reader: HashMap<Reader, Vec<&LdapSettings>> = HashMap::new();
    for settings in places.iter().filter_map(used) {
        if let Ok(reader) = Reader::of(settings) {
            by_reader.entry(reader).or_default().push(settings);
        }
    }
    let snapshots = by_reader.iter().map(|(reader, settings)| async move {
        (reader.clone(), read(&reader.url, settings, directories).await)
    });
    let snapshots: HashMap<_, _> = join_all(snapshots).await.into_iter().collect();
    places.into_iter().map(|place| supplied(place, &snapshots)).collect()
}

/// A directory as one account sees it: another account may see less.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Reader {
    url: LdapUrl,
    use_tls: bool,
    bind_dn: Option<String>,
}

impl Reader {
    fn of(settings: &LdapSettings) -> Told<Self> {
        let url = LdapUrl::parse(&settings.url).map_err(|error| Reason::of(&error))?;
        Ok(Self { url, use_tls: settings.use_tls, bind_dn: settings.bind_dn.clone() })
    }
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
    let Some(first) = settings.first() else {
        return Err(Reason::new("no settings name it"));
    };
    let directory = directories.connect(first)?;
    let settings = settings.iter().copied();
    Ok(Arc::new(DirectorySnapshot::read(&*directory, url, settings).await))
}

fn supplied(place: Place, snapshots: &HashMap<Reader, Told<Arc<DirectorySnapshot>>>) -> Location {
    let ldap = place.ldap.map(|settings| {
        let settings = settings.filter(|settings| settings.enabled)?;
        let directory = Reader::of(&settings).and_then(|reader| match snapshots.get(&reader) {
            Some(told) => told.clone(),
            None => Err(Reason::new("its directory was not asked")),
        });
        Some(LdapSupply { settings, directory })
    });
    Location { ldap, ..place.location }
}
