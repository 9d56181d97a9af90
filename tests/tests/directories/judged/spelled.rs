//! A login in another case than in the directory: a near match, whether the server compares case or not.

use project_deployer_core::Login;
use project_deployer_ldap::matching::{Presence, SimilarLogin, SimilarityKind};
use project_deployer_testkit::MockDirectory;
use project_deployer_testkit::servers::{DirectoryServer, DirectoryServer389, OpenLdap};

use super::installation::{Installation, add, place, settings};
use crate::servers::started;

const PLAIN: &str = "(uid={USERNAME})";
const WITH_CASE: &str = "(uid:caseExactMatch:={USERNAME})";

fn case(found: &str) -> SimilarLogin {
    SimilarLogin::new(found.parse().unwrap(), SimilarityKind::Case).in_directory()
}

async fn the_directorys_spelling_is_named(server: &dyn DirectoryServer) {
    let base = format!("ou=spelled,{}", server.base());
    let person = |uid: &str| {
        format!("dn: uid={uid},{base}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: x\nsn: x\n\n")
    };
    let unit = format!("dn: {base}\nobjectClass: organizationalUnit\nou: spelled\n\n");
    add(server, &(unit + &person("ann") + &person("Bob") + &person("CY")));
    let own = [PLAIN, WITH_CASE].map(|user_filter| {
        settings(server, &base).with_user_filter(user_filter).with_username_attribute("uid")
    });
    let needed = ["ann", "Ann", "bob", "cy", "dee"];
    let mut installation = Installation::listed(server, &own, needed).await;
    installation.settle().await;
    let presence = |who: &str, number: usize| {
        let login = Login::parse(who).unwrap();
        installation.report.presence(&login, &place(number)).unwrap().clone()
    };
    for (who, found) in [("Ann", "ann"), ("bob", "Bob"), ("cy", "CY")] {
        assert_eq!(presence(who, 0), Presence::NearMatch(case(found)));
        assert_eq!(
            presence(who, 1),
            Presence::NotInDirectory { similar: Some(case(found)), unseen: None }
        );
    }
    for number in 0..2 {
        assert_eq!(presence("ann", number), Presence::ImportableAtFirstLogin);
        assert_eq!(
            presence("dee", number),
            Presence::NotInDirectory { similar: None, unseen: None }
        );
    }
    assert!(installation.verify().await.is_clean());
}

#[tokio::test]
async fn open_ldap_shows_the_spelling_of_the_directory() {
    let Some(server) = started(OpenLdap::start(&MockDirectory::new())) else { return };
    the_directorys_spelling_is_named(&server).await;
}

#[tokio::test]
async fn directory_server_389_shows_the_spelling_of_the_directory() {
    let Some(server) = started(DirectoryServer389::start(&MockDirectory::new())) else { return };
    the_directorys_spelling_is_named(&server).await;
}
