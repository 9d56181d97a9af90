//! Which locations share a directory query, and with which password.

use std::sync::Mutex;

use project_deployer_ldap::matching::{
    LocationId, Locations, LoginRequirement, MatchInput, Presence, Role, match_logins,
};
use project_deployer_ldap::{LdifDirectory, MemoryDirectory};

use super::*;

/// Connects only with the listed passwords, and records the passwords used.
#[derive(Debug, Default)]
struct Doors {
    connected: Mutex<Vec<String>>,
}

impl DirectoryConnector for Doors {
    fn connect(&self, settings: &LdapSettings) -> Fetched<Arc<dyn Directory>> {
        let password = settings.bind_password.as_ref().map(|password| password.expose_secret());
        let Some(password) = password else { return Err(Reason::new("the password is withheld")) };
        self.connected.lock().unwrap().push(password.to_owned());
        let people = match password {
            "right" => "dn: uid=ann,dc=t\nuid: ann\n",
            _ => "",
        };
        let people = LdifDirectory::parse(people.as_bytes()).unwrap();
        Ok(Arc::new(MemoryDirectory::new(people.entries().to_vec())))
    }
}

fn place(infra: &str, password: Option<&str>) -> Place {
    let id = LocationId::Node { infra: infra.parse().unwrap(), node: None };
    let ldap = LdapSettings::default()
        .with_enabled(true)
        .with_url("ldap://dir.example/dc=t")
        .with_bind_dn(Some("cn=reader,dc=t".to_owned()))
        .with_bind_password(password.map(SecretString::from))
        .with_user_filter("(uid={USERNAME})")
        .with_username_attribute("uid")
        .with_auto_import_users(true);
    Place { location: Location::new(id), ldap: Ok(Some(ldap)) }
}

/// Whether `ann` is found, location by location.
async fn found(places: Vec<Place>, doors: &Doors) -> Vec<bool> {
    let supplied = supplies(places, doors, Timestamp::default()).await;
    let locations = supplied.into_iter().map(|(location, _)| location).collect();
    let need = LoginRequirement::new(
        "ann".parse().unwrap(),
        Role::Requester,
        "deployment `churn`",
        Locations::Everywhere,
    );
    let input = MatchInput::default().with_locations(locations).with_needs(vec![need]);
    let report = match_logins(&input);
    let row = report.rows().next().unwrap();
    row.presences().map(|found| *found == Presence::ImportableAtFirstLogin).collect()
}

#[tokio::test]
async fn a_wrong_password_of_one_place_is_no_other_places() {
    for turn in 0..3 {
        let mut places = vec![
            (place("a", Some("wrong")), false),
            (place("b", Some("right")), true),
            (place("c", Some("right")), true),
        ];
        places.rotate_left(turn);
        let wanted: Vec<bool> = places.iter().map(|(_, found)| *found).collect();
        let doors = Doors::default();
        let places = places.into_iter().map(|(place, _)| place).collect();
        assert_eq!(found(places, &doors).await, wanted, "turned {turn} times");
        // D8: once for each password.
        assert_eq!(doors.connected.into_inner().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_place_that_withholds_its_password_reads_with_another_places() {
    let doors = Doors::default();
    let places = vec![place("a", None), place("b", Some("right")), place("c", None)];
    assert_eq!(found(places, &doors).await, [true, true, true]);
    assert_eq!(doors.connected.into_inner().unwrap(), ["right"]);
    assert_eq!(found(vec![place("a", None)], &Doors::default()).await, [false]);
}
