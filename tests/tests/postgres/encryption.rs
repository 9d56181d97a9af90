//! `sslmode`, on a server with TLS.

use project_deployer_store::{PostgresOpenError, PostgresStore, SecretsAtRest, Store as _};
use project_deployer_testkit::servers::PostgresServer;
use tempfile::TempDir;

use crate::servers::{options, session, started};

#[tokio::test]
async fn each_mode_accepts_what_libpq_accepts() {
    let Some(server) = started(PostgresServer::start_with_tls()) else { return };
    let (url, authority) = server.tls().unwrap();
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("an authority.pem");
    std::fs::write(&file, authority).unwrap();
    let file = file.display().to_string().replace(' ', "%20");
    let other = url.replace("@localhost", "@db.example.test");
    let open = async |url: &str, more: &str| {
        let options = options(&format!("{url}&{more}"));
        PostgresStore::open(&options, SecretsAtRest::Plain).await
    };
    for accepted in [
        "sslmode=disable".to_owned(),
        "sslmode=prefer".to_owned(),
        "sslmode=require".to_owned(),
        format!("sslmode=require&sslrootcert={file}"),
        format!("sslmode=verify-ca&sslrootcert={file}"),
        format!("sslmode=verify-full&sslrootcert={file}"),
    ] {
        let store = open(&url, &accepted).await.unwrap_or_else(|e| panic!("{accepted}: {e:?}"));
        store.status().await.unwrap();
    }
    open(&other, &format!("sslmode=verify-ca&sslrootcert={file}")).await.unwrap();
    for (url, refused) in [
        (&url, "sslmode=verify-full".to_owned()),
        (&url, "sslmode=verify-ca".to_owned()),
        (&other, format!("sslmode=verify-full&sslrootcert={file}")),
    ] {
        let error = open(url, &refused).await.unwrap_err();
        let is_expected = matches!(error, PostgresOpenError::Encryption { .. });
        assert!(is_expected, "{url} {refused}: {error:?}");
    }
}

#[tokio::test]
async fn a_session_of_the_store_is_encrypted() {
    let Some(server) = started(PostgresServer::start_with_tls()) else { return };
    let (url, _) = server.tls().unwrap();
    let _store = PostgresStore::open(&options(&url), SecretsAtRest::Plain).await.unwrap();
    let admin = session(&server.url("postgres")).await;
    let read = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                WHERE application_name = 'project-deployer'";
    let encrypted: bool = admin.query_one(read, &[]).await.unwrap().get(0);
    assert!(encrypted);
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_it_is_asked_for() {
    let Some(server) = crate::servers::shared() else { return };
    let url = format!("{}?sslmode=require", server.url("postgres"));
    let refused = PostgresStore::open(&options(&url), SecretsAtRest::Plain).await.unwrap_err();
    assert!(matches!(refused, PostgresOpenError::Encryption { .. }), "{refused:?}");
}
