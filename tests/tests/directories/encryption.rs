//! Binds of real servers: encrypted, refused, and never in clear text by accident (R12, R-L8).

use project_deployer_ldap::network::{LdapConnector, TlsTrust};
use project_deployer_ldap::{Directory, DirectoryConnector, DirectoryError};
use project_deployer_testkit::servers::{DirectoryServer, OpenLdap, SambaDomain, ServerOptions};
use project_deployer_testkit::{MockNode, TestTls};
use secrecy::SecretString;

use crate::servers::{company, connector, found, node_settings, over_tls, started, three};

const ANYBODY: &str = "(cn=*)";

async fn works(directory: &dyn Directory, server: &dyn DirectoryServer) {
    let found = found(directory, server.base(), ANYBODY).await;
    assert!(!found.unwrap().entries.is_empty(), "{server:?}");
}

#[tokio::test]
async fn start_tls_and_ldaps_work_for_who_trusts_the_authority_and_for_nobody_else() {
    let another = MockNode::builder("another").tls(TestTls::Valid).start().await;
    let another = another.ca_pem().unwrap().to_owned();
    for server in three() {
        let server = server.as_ref();
        let start_tls = node_settings(&server.ldap_settings().with_use_tls(true));
        for settings in [start_tls, over_tls(server)] {
            works(connector(server).connect(&settings).unwrap().as_ref(), server).await;
            let distrusting = LdapConnector::default()
                .trusting(TlsTrust::authorities(another.as_bytes()).unwrap());
            let directory = distrusting.connect(&settings).unwrap();
            let answer = found(directory.as_ref(), server.base(), ANYBODY).await;
            assert!(matches!(answer, Err(DirectoryError::Unreachable { .. })), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_not_repeated() {
    // R13
    for server in three() {
        let mut settings = over_tls(server.as_ref());
        settings.bind_password = Some(SecretString::from("canary-4711"));
        let directory = connector(server.as_ref()).connect(&settings).unwrap();
        let error = found(directory.as_ref(), server.base(), ANYBODY).await.unwrap_err();
        assert!(matches!(error, DirectoryError::Refused { .. }), "{error}");
        assert!(!format!("{error} {error:?} {directory:?}").contains("canary-4711"));
    }
}

#[tokio::test]
async fn a_server_that_requires_tls_gets_a_clear_text_bind_only_by_permission_and_refuses_it() {
    let options = ServerOptions::new().requiring_tls();
    let Some(slapd) = started(OpenLdap::start_with(&company(), &options)) else { return };
    let Some(samba) = started(SambaDomain::start_with(&company(), &options)) else { return };
    for server in [&slapd as &dyn DirectoryServer, &samba] {
        let clear = node_settings(&server.ldap_settings().with_use_tls(false));
        assert!(connector(server).connect(&clear).is_err());
        let allowed = connector(server).allowing_clear_text_binds().connect(&clear).unwrap();
        let error = found(allowed.as_ref(), server.base(), ANYBODY).await.unwrap_err();
        assert!(matches!(error, DirectoryError::Refused { .. }), "{error}");
        assert!(error.to_string().contains("StartTLS"), "{error}");
        let settings = node_settings(&server.ldap_settings());
        works(connector(server).connect(&settings).unwrap().as_ref(), server).await;
    }
}

#[tokio::test]
async fn a_domain_takes_the_name_of_an_account_for_its_bind() {
    let Some(server) = started(SambaDomain::start(&company())) else { return };
    let mut settings = over_tls(&server);
    settings.bind_dn = Some(format!("reader@{}", server.domain_name()));
    works(connector(&server).connect(&settings).unwrap().as_ref(), &server).await;
}
