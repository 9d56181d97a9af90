//! References to parts of an answer that are in other directories.

use crate::dn::{Dn, Rdn};
use crate::supplier::LdapUrl;

/// Whether these places hold no people. Active Directory ends every search from the root of a domain with
/// references to its own configuration and DNS zones, which hold none.
pub(crate) fn hold_no_people(places: &[String]) -> bool {
    !places.is_empty() && places.iter().all(|place| holds_no_people(place))
}

fn holds_no_people(place: &str) -> bool {
    let place = place.split('?').next().unwrap_or_default();
    let Ok(url) = LdapUrl::parse(place) else { return false };
    let Some((name, value)) = url.base().leading().and_then(Rdn::leading) else {
        return false;
    };
    let is = |attribute: &str, wanted: &str| {
        name.as_str().eq_ignore_ascii_case(attribute) && value.eq_ignore_ascii_case(wanted)
    };
    let own = is("CN", "Configuration") || is("DC", "DomainDnsZones") || is("DC", "ForestDnsZones");
    own && url.base().parent().is_some_and(|domain| is_domain(&domain))
}

fn is_domain(name: &Dn) -> bool {
    let mut step = Some(name.clone());
    while let Some(name) = step.filter(|name| name.depth() > 0) {
        let leading = name.leading().and_then(Rdn::leading);
        if !leading.is_some_and(|(attribute, _)| attribute.as_str().eq_ignore_ascii_case("DC")) {
            return false;
        }
        step = name.parent();
    }
    name.depth() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_known_places_of_active_directory_hold_no_people() {
        // R10: a child domain holds people
        let no_people = |place: &str| hold_no_people(&[place.to_owned()]);
        for place in [
            "ldap://example.lan/CN=Configuration,DC=example,DC=lan",
            "ldap://DomainDnsZones.example.lan/DC=DomainDnsZones,DC=example,DC=lan",
            "ldaps://x/dc=forestdnszones,dc=example,dc=lan??base",
        ] {
            assert!(no_people(place), "{place}");
        }
        for place in [
            "ldap://child.example.lan/DC=child,DC=example,DC=lan",
            "ldap://x/CN=Configuration,OU=People,DC=example,DC=lan",
            "ldap://x/CN=Configuration",
            "ldap://x/",
            "nonsense",
            "",
        ] {
            assert!(!no_people(place), "{place}");
        }
        assert!(!hold_no_people(&[]));
    }
}
