//! No password and no request is sent where others could read it (R12, R-L8).

use ldap3_proto::proto::{LdapBindCred, LdapExtendedResponse, LdapOp, LdapResultCode};
use project_deployer_ldap::network::{
    Bind, LdapDirectory, LdapDirectoryBuilder, LdapSetupError, TlsTrust,
};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{DirectoryError, MemoryDirectory, conformance};
use secrecy::SecretString;
use tokio_rustls::TlsAcceptor;

use crate::certificates::{Flaw, Identity, identity};
use crate::server::{FakeServer, Line, budgets, everything, result, short};
use crate::serving::{Manner, serve_line};

const PASSWORD: &str = "canary-4711";

fn reader() -> Bind {
    Bind::simple("cn=reader,dc=example,dc=test", SecretString::from(PASSWORD)).unwrap()
}

fn people() -> MemoryDirectory {
    MemoryDirectory::new(conformance::seed())
}

fn builder(server: &FakeServer, protocol: &str, authority: &str) -> LdapDirectoryBuilder {
    let url = format!("{protocol}://127.0.0.1:{}/dc=example,dc=test", server.port);
    LdapDirectory::builder(LdapUrl::parse(&url).unwrap())
        .trusting(TlsTrust::authorities(authority.as_bytes()).unwrap())
        .budgets(budgets())
        .bind(reader())
}

async fn serve_tls(line: Line, tls: TlsAcceptor) {
    if let Some(line) = line.encrypted(&tls).await {
        serve_line(line, people(), Manner::default()).await;
    }
}

fn extended(code: LdapResultCode) -> LdapOp {
    LdapOp::ExtendedResponse(LdapExtendedResponse { res: result(code), name: None, value: None })
}

/// Answers StartTLS with this code; what comes after it is the rest of the script.
async fn answer_start_tls(line: &mut Line, code: LdapResultCode) {
    let request = line.request().await.unwrap();
    assert!(
        matches!(&request.op, LdapOp::ExtendedRequest(request) if request.name == "1.3.6.1.4.1.1466.20037")
    );
    line.say(request.msgid, extended(code)).await;
}

/// Whether the server received the password.
fn got_password(server: &FakeServer) -> bool {
    server.heard().iter().any(|message| {
        matches!(&message.op, LdapOp::BindRequest(bind) if matches!(&bind.cred, LdapBindCred::Simple(password) if password == PASSWORD))
    })
}

#[tokio::test]
async fn tls_from_the_first_byte_and_after_start_tls_carry_bind_and_search() {
    let Identity { acceptor, authority } = identity(Flaw::None);
    let tls = acceptor.clone();
    let ldaps = FakeServer::start(move |line| serve_tls(line, tls.clone())).await;
    let directory = builder(&ldaps, "ldaps", &authority).build().unwrap();
    assert_eq!(everything(&directory).await.unwrap().entries.len(), 4);
    assert!(got_password(&ldaps));

    let trust = TlsTrust::system_and(authority.as_bytes()).unwrap();
    let beside = builder(&ldaps, "ldaps", &authority).trusting(trust).build().unwrap();
    assert_eq!(everything(&beside).await.unwrap().entries.len(), 4, "beside the system's");

    let start_tls = FakeServer::start(move |mut line| {
        let tls = acceptor.clone();
        async move {
            answer_start_tls(&mut line, LdapResultCode::Success).await;
            serve_tls(line, tls).await;
        }
    })
    .await;
    let directory = builder(&start_tls, "ldap", &authority).start_tls().build().unwrap();
    assert_eq!(everything(&directory).await.unwrap().entries.len(), 4);
    assert!(got_password(&start_tls));
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_ends_it_before_the_password() {
    for flaw in [Flaw::UnknownAuthority, Flaw::WrongHost, Flaw::Expired] {
        let Identity { acceptor, authority } = identity(flaw);
        let server = FakeServer::start(move |line| serve_tls(line, acceptor.clone())).await;
        let answer = everything(&builder(&server, "ldaps", &authority).build().unwrap()).await;
        let error = answer.unwrap_err();
        assert!(error.to_string().contains("certificate"), "{flaw:?}: {error}");
        assert!(!got_password(&server), "{flaw:?}");
    }
    let Identity { acceptor, .. } = identity(Flaw::None);
    let server = FakeServer::start(move |line| serve_tls(line, acceptor.clone())).await;
    let url = format!("ldaps://127.0.0.1:{}/dc=example,dc=test", server.port);
    let by_the_system = LdapDirectory::builder(LdapUrl::parse(&url).unwrap()).bind(reader());
    if let Ok(directory) = by_the_system.build() {
        assert!(matches!(everything(&directory).await, Err(DirectoryError::Unreachable { .. })));
    }
    assert!(!got_password(&server));
}

#[tokio::test]
async fn start_tls_that_is_refused_is_never_done_without() {
    // R12: StartTLS stripping
    let Identity { authority, .. } = identity(Flaw::None);
    for code in [
        LdapResultCode::ProtocolError,
        LdapResultCode::Unavailable,
        LdapResultCode::UnwillingToPerform,
        LdapResultCode::Referral,
    ] {
        let server = FakeServer::start(move |mut line| {
            let code = code.clone();
            async move {
                answer_start_tls(&mut line, code).await;
                serve_line(line, people(), Manner::default()).await;
            }
        })
        .await;
        let error = everything(&builder(&server, "ldap", &authority).start_tls().build().unwrap())
            .await
            .unwrap_err();
        assert!(error.to_string().contains("StartTLS"), "{error}");
        assert_eq!(server.heard().len(), 1);
    }
}

#[tokio::test]
async fn start_tls_that_is_stripped_or_faked_is_never_done_without() {
    let Identity { authority, acceptor } = identity(Flaw::None);
    // Continues in clear text; disconnects; answers another request; sends clear text before the handshake.
    let clear =
        [0x30, 0x0c, 0x02, 0x01, 0x02, 0x61, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00];
    for way in 0..4 {
        let tls = acceptor.clone();
        let server = FakeServer::start(move |mut line| {
            let tls = tls.clone();
            async move {
                let request = line.request().await.unwrap();
                let id = if way == 1 { 0 } else { request.msgid };
                let op = if way == 2 {
                    LdapOp::BindResponse(ldap3_proto::proto::LdapBindResponse {
                        res: result(LdapResultCode::Success),
                        saslcreds: None,
                    })
                } else {
                    extended(LdapResultCode::Success)
                };
                line.say(id, op).await;
                match way {
                    0 => line.raw(&clear).await,
                    3 => {
                        line.raw(&clear).await;
                        serve_tls(line, tls).await;
                    }
                    _ => {}
                }
            }
        })
        .await;
        let directory = builder(&server, "ldap", &authority).start_tls().budgets(short()).build();
        let answer = everything(&directory.unwrap()).await;
        assert!(matches!(answer, Err(DirectoryError::Unreachable { .. })), "{way}: {answer:?}");
        assert!(!got_password(&server), "{way}");
    }
}

#[tokio::test]
async fn who_never_answers_start_tls_or_the_handshake_is_not_waited_for() {
    let Identity { authority, .. } = identity(Flaw::None);
    let server = FakeServer::start(|line| line.hang()).await;
    for directory in [
        builder(&server, "ldap", &authority).start_tls().budgets(short()).build().unwrap(),
        builder(&server, "ldaps", &authority).budgets(short()).build().unwrap(),
    ] {
        let answer = everything(&directory).await;
        assert!(matches!(answer, Err(DirectoryError::Unreachable { .. })), "{answer:?}");
    }
}

#[tokio::test]
async fn a_password_goes_in_clear_text_only_where_that_is_allowed() {
    let server = FakeServer::start(|line| serve_line(line, people(), Manner::default())).await;
    let clear = || LdapDirectory::builder(server.url()).bind(reader()).budgets(budgets());
    let refused = clear().build().unwrap_err();
    assert!(matches!(refused, LdapSetupError::ClearTextBind { .. }), "{refused}");
    assert_eq!(server.connections(), 0);
    let allowed = clear().allow_clear_text_bind().build().unwrap();
    assert_eq!(everything(&allowed).await.unwrap().entries.len(), 4);
    assert!(got_password(&server));
}

#[tokio::test]
async fn a_refused_bind_says_why_and_never_the_password() {
    // R13: a directory may repeat what it was sent
    let server = FakeServer::start(|mut line| async move {
        let request = line.request().await.unwrap();
        let mut res = result(LdapResultCode::InvalidCredentials);
        res.message = format!("data 52e: {PASSWORD} is wrong");
        let response = ldap3_proto::proto::LdapBindResponse { res, saslcreds: None };
        line.say(request.msgid, LdapOp::BindResponse(response)).await;
        line.hang().await;
    })
    .await;
    let builder = LdapDirectory::builder(server.url()).bind(reader()).budgets(budgets());
    let directory = builder.allow_clear_text_bind().build().unwrap();
    let error = everything(&directory).await.unwrap_err();
    assert!(matches!(error, DirectoryError::Refused { .. }));
    let shown = format!("{error} {error:?} {directory:?}");
    assert!(
        shown.contains("52e") && shown.contains("cn=reader") && !shown.contains(PASSWORD),
        "{shown}"
    );
}
