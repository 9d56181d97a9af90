//! The command, three nodes and a real OpenLDAP.

use std::io::Write as _;
use std::process::Stdio;

use project_deployer_testkit::servers::{DirectoryServer, OpenLdap, ServerError, ldapmodify};
use project_deployer_testkit::{MockDirectory, MockNode, MockPerson, TestTls};
use serde_json::{Value, json};

use crate::installation::{DirectoryAccess, Installation, LOCKED, PEOPLE};
use crate::parity::remedies_leave_nothing_to_fix;

/// The server with the people of the installation; none if this run skips it.
fn server() -> Option<OpenLdap> {
    #[expect(clippy::disallowed_methods, reason = "the environment says what to skip")]
    let offline = std::env::var("PROJECT_DEPLOYER_OFFLINE").is_ok_and(|value| value == "1");
    let people = PEOPLE.iter().fold(MockDirectory::new(), |directory, (login, _, groups)| {
        let person = groups.iter().fold(MockPerson::new(*login), |it, group| it.in_group(*group));
        directory.with(if *login == LOCKED { person.disabled() } else { person })
    });
    match OpenLdap::start(&people) {
        Err(ServerError::NotInstalled { .. }) if offline => None,
        server => Some(server.unwrap()),
    }
}

/// A second entry with the login `hal`.
fn add_namesake(server: &OpenLdap) {
    let entry = format!(
        "dn: cn=Hal the second,{base}\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\n\
         cn: Hal the second\nsn: Second\nuid: hal\nuidNumber: 999\ngidNumber: 999\n\
         homeDirectory: /nonexistent\n",
        base = server.base()
    );
    let url = server.url();
    let host = url.strip_suffix(server.base()).unwrap();
    let mut command = ldapmodify().unwrap();
    command.args(["-x", "-a", "-H", host, "-D", server.admin_dn(), "-w", server.admin_password()]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(entry.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// Access by StartTLS with the authority of the server. Nodes withhold the password.
fn access(server: &OpenLdap) -> DirectoryAccess {
    let mut settings = server.ldap_settings_document();
    let fields = settings.as_object_mut().unwrap();
    for field in ["url", "enabled", "bindPassword", "authorizedGroups", "autoImportUsers"] {
        fields.remove(field);
    }
    for field in ["allowOnDemandUsersSync", "allowOnDemandUsersProvisioning"] {
        fields.remove(field);
    }
    fields.insert("useTls".to_owned(), json!(true));
    // A filter that ignores locked accounts.
    fields.insert("userFilter".to_owned(), json!("(&(objectClass=posixAccount)(uid={USERNAME}))"));
    DirectoryAccess {
        url: server.url(),
        inventory: json!([{
            "url": server.url(), "bindDN": server.bind_dn(), "bindPassword": {"env": "LDAP"},
        }]),
        settings,
    }
}

/// The directory agrees with every status, and `--seed` draws the same ones again.
async fn verification_compares_statuses(installation: &Installation) {
    let verify = ["--all", "--verify=7", "--seed", "3", "--output", "json"];
    let reports =
        [installation.run("parity", &verify).await.1, installation.run("parity", &verify).await.1];
    let verified = reports.map(|text| {
        let report: Value = serde_json::from_str(&text).unwrap();
        report["verification"].clone()
    });
    assert_eq!(verified[0], verified[1]);
    let counts = verified[0]["compared"].as_object().unwrap().values();
    assert_eq!(counts.filter_map(Value::as_u64).sum::<u64>(), 7, "{verified:?}");
    assert_eq!(verified[0]["disagreements"], json!([]));
    assert_eq!((&verified[0]["seed"], &verified[0]["unanswered"]), (&json!(3), &json!(0)));
    assert_eq!((&verified[0]["outcome"], &verified[0]["reasons"]), (&json!("agree"), &json!([])));
    let (_, table, _) = installation.run("parity", &["--verify"]).await;
    assert!(table.contains("were compared with the directories"), "{table}");
}

#[tokio::test]
async fn parity_with_a_real_directory_tells_every_status_and_remedies_leave_nothing_mendable() {
    // R10, R11
    let Some(server) = server() else {
        println!("skipped, since PROJECT_DEPLOYER_OFFLINE=1: OpenLDAP");
        return;
    };
    add_namesake(&server);
    let mut installation = Installation::start(&access(&server)).await;
    std::fs::write(installation.folder.path().join("ca.pem"), server.ca_pem()).unwrap();
    installation.change(|inventory| inventory["certificateAuthorities"] = json!(["ca.pem"]));
    installation.secrets.push(("LDAP", server.bind_password().to_owned()));
    let (_, doctor, _) = installation.run("doctor", &["--output", "json"]).await;
    assert!(doctor.contains(&format!("bound as `{}`", server.bind_dn())), "{doctor}");
    assert!(!doctor.contains(server.bind_password()), "R13: {doctor}");
    verification_compares_statuses(&installation).await;
    remedies_leave_nothing_to_fix(&installation).await;
}

#[tokio::test]
async fn authorities_of_an_inventory_are_trusted_beside_those_of_the_system() {
    // R12
    let Some(server) = server() else {
        println!("skipped, since PROJECT_DEPLOYER_OFFLINE=1: OpenLDAP");
        return;
    };
    let other = MockNode::builder("other").tls(TestTls::Valid).start().await;
    let mut installation = Installation::start(&access(&server)).await;
    let place = |name: &str| installation.folder.path().join(name);
    std::fs::write(place("other.pem"), other.ca_pem().unwrap()).unwrap();
    std::fs::write(place("system.pem"), server.ca_pem()).unwrap();
    let system = place("system.pem").to_str().unwrap().to_owned();
    installation.change(|inventory| inventory["certificateAuthorities"] = json!(["other.pem"]));
    installation.secrets.push(("LDAP", server.bind_password().to_owned()));
    let by_neither = installation.report().await["notes"].to_string();
    assert!(by_neither.contains("certificate"), "{by_neither}");
    installation.secrets.push(("SSL_CERT_FILE", system));
    let by_the_system = installation.report().await;
    let rows = by_the_system["logins"].as_array().unwrap();
    // A person that only the directory has.
    let fay = rows.iter().find(|row| row["login"] == "fay").unwrap().to_string();
    assert!(fay.contains("importable-at-first-login"), "{fay}");
}

#[tokio::test]
async fn a_directory_that_does_not_answer_is_could_not_tell_and_says_why() {
    // R10
    let Some(server) = server() else {
        println!("skipped, since PROJECT_DEPLOYER_OFFLINE=1: OpenLDAP");
        return;
    };
    let mut installation = Installation::start(&access(&server)).await;
    let reason = |report: &Value| report["notes"].to_string();
    installation.secrets.push(("LDAP", server.bind_password().to_owned()));
    let unknown = installation.report().await;
    assert!(reason(&unknown).contains("certificate"), "{}", reason(&unknown));
    std::fs::write(installation.folder.path().join("ca.pem"), server.ca_pem()).unwrap();
    installation.change(|inventory| inventory["certificateAuthorities"] = json!(["ca.pem"]));
    installation.secrets.pop();
    installation.secrets.push(("LDAP", "Wrong-4711".to_owned()));
    let refused = installation.report().await;
    assert!(reason(&refused).contains("refuses"), "{}", reason(&refused));
    installation.change(|inventory| inventory["directories"] = json!([]));
    let withheld = installation.report().await;
    assert!(reason(&withheld).contains("password"), "{}", reason(&withheld));
}
