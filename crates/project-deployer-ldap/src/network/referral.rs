//! Referrals: parts of an answer that stand in other directories. None is followed, since it would lead
//! the bind and the trust in what is found to wherever a directory says (R12).

use super::ber::{Elements, Malformed};
use crate::caseless::shortened;
use crate::dn::Dn;
use crate::supplier::LdapUrl;

/// The places that a continuation reference names; each holds the same.
pub(super) fn places(content: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut written = Elements(content);
    let mut places = Vec::new();
    while !written.is_empty() {
        places.push(written.text("a referral that is none")?.to_owned());
    }
    Ok(places)
}

/// The first of them, for people.
pub(super) fn shown(places: &[String]) -> String {
    places.first().map_or_else(|| "another place".to_owned(), |place| shortened(place))
}

/// Whether nobody can be there: Active Directory ends every search from the top of a domain with
/// references to its own configuration and DNS zones.
pub(super) fn hold_nobody(places: &[String]) -> bool {
    !places.is_empty() && places.iter().all(|place| holds_nobody(place))
}

fn holds_nobody(place: &str) -> bool {
    let place = place.split('?').next().unwrap_or_default();
    let Ok(url) = LdapUrl::parse(place) else { return false };
    let Some((name, value)) = url.base().leading().and_then(crate::dn::Rdn::leading) else {
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
        let leading = name.leading().and_then(crate::dn::Rdn::leading);
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
    fn only_the_known_places_of_active_directory_hold_nobody() {
        // R10: a child domain holds people
        let nobody = |place: &str| hold_nobody(&[place.to_owned()]);
        for place in [
            "ldap://example.lan/CN=Configuration,DC=example,DC=lan",
            "ldap://DomainDnsZones.example.lan/DC=DomainDnsZones,DC=example,DC=lan",
            "ldaps://x/dc=forestdnszones,dc=example,dc=lan??base",
        ] {
            assert!(nobody(place), "{place}");
        }
        for place in [
            "ldap://child.example.lan/DC=child,DC=example,DC=lan",
            "ldap://x/CN=Configuration,OU=People,DC=example,DC=lan",
            "ldap://x/CN=Configuration",
            "ldap://x/",
            "nonsense",
            "",
        ] {
            assert!(!nobody(place), "{place}");
        }
        assert!(!hold_nobody(&[]));
    }
}
