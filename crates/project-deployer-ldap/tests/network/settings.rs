//! From the LDAP settings of a location to a directory.

use ldap3_proto::proto::{LdapBindCred, LdapOp};
use project_deployer_core::accounts::LdapSettings;
use project_deployer_ldap::network::{BindPasswords, LdapConnector, TlsTrust};
use project_deployer_ldap::{DirectoryConnector, MemoryDirectory, conformance};
use secrecy::SecretString;

use crate::certificates::{Flaw, Identity, identity};
use crate::server::{FakeServer, base, budgets};
use crate::serving::{Manner, serve, serve_line};

fn settings(server: &FakeServer) -> LdapSettings {
    LdapSettings::default().with_url(server.url().to_string())
}

fn connector() -> LdapConnector {
    LdapConnector::default().with_budgets(budgets())
}

async fn people() -> FakeServer {
    serve(MemoryDirectory::new(conformance::seed()), Manner::default()).await
}

async fn count(connector: &LdapConnector, settings: &LdapSettings) -> usize {
    let directory = connector.connect(settings).unwrap();
    let filter = project_deployer_ldap::Filter::parse("(uid=*)").unwrap();
    let scope = project_deployer_ldap::Scope::Subtree;
    directory.search(&base(), scope, &filter, &[]).await.unwrap().entries.len()
}

/// Name and password of the first bind that a server received.
fn bound(server: &FakeServer) -> (String, String) {
    let heard = server.heard();
    let LdapOp::BindRequest(bind) = &heard[0].op else { panic!("{heard:?}") };
    let LdapBindCred::Simple(password) = &bind.cred else { panic!("{heard:?}") };
    (bind.dn.clone(), password.clone())
}

#[tokio::test]
async fn settings_without_a_bind_dn_bind_anonymously() {
    // R-L8
    let server = people().await;
    assert_eq!(count(&connector(), &settings(&server)).await, 4);
    assert_eq!(bound(&server), (String::new(), String::new()));
}

#[tokio::test]
async fn settings_with_a_bind_dn_never_bind_without_a_password() {
    // R12, DSA-2023-010
    let server = people().await;
    let connector = connector().allowing_clear_text_binds();
    for password in [None, Some(""), Some("   "), Some("********")] {
        let settings = settings(&server)
            .with_bind_dn(Some("cn=reader".to_owned()))
            .with_bind_password(password.map(SecretString::from));
        let reason = connector.connect(&settings).unwrap_err();
        assert!(reason.as_str().contains("withheld"), "{reason}");
        let known = BindPasswords::none().with(server.url(), "cn=reader", SecretString::from("pw"));
        assert_eq!(count(&connector.clone().with_passwords(known), &settings).await, 4);
    }
    assert_eq!(server.connections(), 4);
    assert_eq!(bound(&server), ("cn=reader".to_owned(), "pw".to_owned()));
}

#[tokio::test]
async fn settings_that_would_send_a_password_in_clear_text_are_not_told() {
    let server = people().await;
    let settings = settings(&server)
        .with_bind_dn(Some("cn=reader".to_owned()))
        .with_bind_password(Some(SecretString::from("canary-4711")));
    let reason = connector().connect(&settings).unwrap_err();
    assert!(
        reason.as_str().contains("clear text") && !reason.as_str().contains("canary-4711"),
        "{reason}"
    );
    assert_eq!(server.connections(), 0);
    assert_eq!(count(&connector().allowing_clear_text_binds(), &settings).await, 4);
}

#[tokio::test]
async fn settings_with_tls_switch_to_it_with_the_authority_that_was_handed_in() {
    let Identity { acceptor, authority } = identity(Flaw::None);
    let server = FakeServer::start(move |mut line| {
        let tls = acceptor.clone();
        async move {
            let request = line.request().await.unwrap();
            let response = ldap3_proto::proto::LdapExtendedResponse {
                res: crate::server::result(ldap3_proto::proto::LdapResultCode::Success),
                name: None,
                value: None,
            };
            line.say(request.msgid, LdapOp::ExtendedResponse(response)).await;
            let line = line.encrypted(&tls).await.unwrap();
            serve_line(line, MemoryDirectory::new(conformance::seed()), Manner::default()).await;
        }
    })
    .await;
    let connector = connector().trusting(TlsTrust::authorities(authority.as_bytes()).unwrap());
    let settings = settings(&server)
        .with_use_tls(true)
        .with_bind_dn(Some("cn=reader".to_owned()))
        .with_bind_password(Some(SecretString::from("pw")));
    assert_eq!(count(&connector, &settings).await, 4);
    // The protocol of the URL is TLS already: StartTLS has no effect (R-L8).
    let url = settings.url.replace("ldap://", "ldaps://");
    let twice = settings.with_url(url);
    assert!(connector.connect(&twice).is_ok());
}

#[test]
fn settings_that_cannot_be_used_say_why() {
    let unusable = LdapSettings::default().with_url("http://x");
    assert!(connector().connect(&unusable).is_err());
    let malformed = LdapSettings::default().with_url("ldaps://a_b%20c/dc=t");
    assert!(connector().connect(&malformed).is_err());
}
