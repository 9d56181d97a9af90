//! Settings authorize the same people whether the directory is in memory or over the network.

use project_deployer_core::Timestamp;
use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{
    Directory, DirectorySnapshot, Entry, ImportableSet, LdifDirectory, MemoryDirectory,
};

use crate::server::budgets;
use crate::serving::{Manner, serve};

/// People with and without the attribute for logins, groups in groups.
fn entries() -> Vec<Entry> {
    let mut text = String::new();
    for number in 0..300 {
        text.push_str(&format!(
            "dn: cn=Person {number},ou=people,dc=example,dc=test\nobjectClass: user\ncn: Person {number}\n\
             modifyTimestamp: 20260101000000Z\n"
        ));
        if number % 7 != 0 {
            text.push_str(&format!("sAMAccountName: p{number}\n"));
        }
        text.push('\n');
    }
    for team in 0..10 {
        text.push_str(&format!(
            "dn: cn=team{team},ou=groups,dc=example,dc=test\nobjectClass: group\ncn: team{team}\n"
        ));
        for number in (team..300).step_by(20) {
            text.push_str(&format!("member: cn=Person {number},ou=people,dc=example,dc=test\n"));
        }
        text.push('\n');
    }
    text.push_str("dn: cn=all,ou=groups,dc=example,dc=test\nobjectClass: group\ncn: all\n");
    text.push_str("member: cn=team1,ou=groups,dc=example,dc=test\n");
    text.push_str("member: cn=team2,ou=groups,dc=example,dc=test\n");
    LdifDirectory::parse(text.as_bytes()).unwrap().entries().to_vec()
}

fn active_directory(group_filter: &str) -> LdapSettings {
    LdapSettings::default()
        .with_enabled(true)
        .with_url("ldap://dir.example.test/dc=example,dc=test")
        .with_user_filter("(&(objectClass=user)(sAMAccountName={USERNAME}))")
        .with_username_attribute("sAMAccountName")
        .with_enable_groups(true)
        .with_group_filter(Some(group_filter.to_owned()))
        .with_group_name_attribute(Some("cn".to_owned()))
        .with_authorized_groups(vec!["all".to_owned(), "team3".to_owned()])
}

async fn authorized_people(directory: &dyn Directory, settings: &LdapSettings) -> Vec<String> {
    let url = LdapUrl::parse(&settings.url).unwrap();
    let snapshot = DirectorySnapshot::read(directory, &url, [settings], Timestamp::default()).await;
    let set = ImportableSet::of(settings, &snapshot).unwrap();
    set.authorized_people().map(|candidate| candidate.login().to_owned()).collect()
}

#[tokio::test]
async fn the_network_changes_nothing_about_whom_settings_let_in() {
    // R-L2; the chain of Active Directory (wire-facts 7.8) is left to the directory
    let memory = MemoryDirectory::new(entries());
    let manner = Manner { values: Some(4), ..Manner::default() };
    let server = serve(memory.clone(), manner).await;
    let network = server.directory(budgets().page(50));
    for (filter, people) in [
        ("(&(objectClass=group)(member={USERDN}))", 13),
        ("(&(objectClass=group)(member:1.2.840.113556.1.4.1941:={USERDN}))", 0),
    ] {
        let settings = active_directory(filter);
        let in_memory = authorized_people(&memory, &settings).await;
        assert_eq!(in_memory.len(), people, "{filter}");
        assert_eq!(authorized_people(&network, &settings).await, in_memory, "{filter}");
    }
}
