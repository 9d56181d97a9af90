//! People whom the user filter leaves out in a real directory, and readers who do not see what blocks them.

use project_deployer_core::Login;
use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::matching::{Presence, SimilarityKind};
use project_deployer_testkit::servers::{
    DirectoryServer, DirectoryServer389, OpenLdap, SambaDomain, ServerOptions,
};
use project_deployer_testkit::{MockDirectory, MockPerson};

use crate::judged::installation::{Installation, add, place, settings};
use crate::servers::started;

fn people() -> MockDirectory {
    ["ann", "dis", "old"].iter().fold(MockDirectory::new(), |people, login| {
        people.with(MockPerson::new(*login).with_password("Rather-Long-7"))
    })
}

fn modify(dn: &str, attribute: &str, value: &str) -> String {
    format!("dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n\n")
}

fn presence<'a>(installation: &'a Installation, who: &str) -> &'a Presence {
    installation.report.presence(&Login::parse(who).unwrap(), &place(0)).unwrap()
}

/// `dis` is blocked and `old` has another description. The filter leaves out both.
async fn whom_the_filter_leaves_out_is_there(server: &dyn DirectoryServer, own: LdapSettings) {
    let logins = ["ann", "dis", "old", "ghost"];
    let mut installation = Installation::listed(server, &[own], logins).await;
    assert!(matches!(presence(&installation, "dis"), Presence::Unknown { .. }), "{server:?}");
    installation.settle().await;
    let found = |who: &str| presence(&installation, who);
    assert_eq!(found("ann"), &Presence::ImportableAtFirstLogin, "{server:?}");
    assert_eq!(
        found("ghost"),
        &Presence::NotInDirectory { similar: None, unseen: None },
        "{server:?}"
    );
    let is_left_out = |presence: &Presence, who: &str| match presence {
        Presence::NotInDirectory { similar: Some(similar), .. } => {
            let [entry] = similar.entries.as_slice() else { return false };
            similar.kind == SimilarityKind::UserFilter
                && entry.to_lowercase().contains(&format!("={who},"))
        }
        _ => false,
    };
    assert!(is_left_out(found("old"), "old"), "{server:?}: {}", found("old"));
    let disabled = found("dis");
    let otherwise = match disabled {
        Presence::BlockedInDirectory { otherwise, .. } => otherwise,
        other => other,
    };
    assert!(is_left_out(otherwise, "dis"), "{server:?}: {disabled}");
    assert_eq!(disabled.status(), "blocked-in-directory", "{server:?}: {disabled}");
    let verified = installation.verify().await;
    assert!(verified.is_clean() && verified.total() == logins.len(), "{verified:#?}");
}

fn filtered(server: &dyn DirectoryServer, login: &str, condition: &str) -> LdapSettings {
    (settings(server, server.base()))
        .with_user_filter(format!("(&({login}={{USERNAME}})(!({condition}))(!(description=left)))"))
        .with_username_attribute(login)
}

#[tokio::test]
async fn whom_the_user_filter_leaves_out_is_looked_for_by_the_login_alone() {
    // D11
    let unix = |server: &dyn DirectoryServer, attribute: &str, value: &str| {
        let dn = |login: &str| format!("uid={login},ou=people,{}", server.base());
        add(server, &modify(&dn("dis"), attribute, value));
        add(server, &modify(&dn("old"), "description", "left"));
    };
    if let Some(server) = started(OpenLdap::start(&people())) {
        unix(&server, "pwdAccountLockedTime", "000001010000Z");
        let own = filtered(&server, "uid", "pwdAccountLockedTime=*");
        whom_the_filter_leaves_out_is_there(&server, own).await;
    }
    if let Some(server) = started(DirectoryServer389::start(&people())) {
        unix(&server, "nsAccountLock", "TRUE");
        let own = filtered(&server, "uid", "nsAccountLock=TRUE");
        whom_the_filter_leaves_out_is_there(&server, own).await;
    }
    if let Some(server) = started(SambaDomain::start(&people())) {
        let dn = |login: &str| format!("CN={login},OU=People,{}", server.base());
        add(&server, &modify(&dn("dis"), "userAccountControl", "514"));
        add(&server, &modify(&dn("old"), "description", "left"));
        let condition = "userAccountControl:1.2.840.113556.1.4.803:=2";
        let own = filtered(&server, "sAMAccountName", condition);
        whom_the_filter_leaves_out_is_there(&server, own).await;
    }
}

async fn nobody_is_taken_for_active(server: &dyn DirectoryServer, hidden: &str) {
    let own = (settings(server, server.base()))
        .with_user_filter("(uid={USERNAME})")
        .with_username_attribute("uid");
    let mut installation = Installation::listed(server, &[own], ["ann", "ghost"]).await;
    for _ in 0..2 {
        let ann = presence(&installation, "ann");
        assert_eq!(ann.status(), "unknown", "{server:?}: {ann}");
        assert!(ann.to_string().contains(hidden), "{server:?}: {ann}");
        installation.settle().await;
    }
    let ghost = presence(&installation, "ghost");
    assert_eq!(ghost, &Presence::NotInDirectory { similar: None, unseen: None });
}

#[tokio::test]
async fn whose_state_the_reader_may_not_see_is_not_taken_for_active() {
    // D7
    let hiding = |attribute: &str| ServerOptions::new().hiding(attribute);
    let open_ldap = OpenLdap::start_with(&people(), &hiding("pwdAccountLockedTime"));
    if let Some(server) = started(open_ldap) {
        nobody_is_taken_for_active(&server, "`pwdAccountLockedTime`").await;
    }
    let of_389 = DirectoryServer389::start_with(&people(), &hiding("nsAccountLock"));
    if let Some(server) = started(of_389) {
        nobody_is_taken_for_active(&server, "`nsAccountLock`").await;
    }
}
