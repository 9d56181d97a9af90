use super::*;

fn parsed(url: &str) -> PostgresOptions {
    PostgresOptions::parse(url).unwrap()
}

fn encryption(url: &str) -> Encryption {
    parsed(url).encryption
}

#[test]
fn no_output_has_the_password() {
    // R13
    let url = "postgres://ann:canary-5f2e@db.example.test:5433/deployer?schema=ours";
    let options = parsed(url).password(&SecretString::from("canary-5f2e"));
    let shown = format!("{options:?} {:?}", options.place());
    assert!(!shown.contains("canary"), "{shown}");
    assert!(shown.contains("db.example.test:5433/deployer"), "{shown}");
    assert_eq!(options.schema, "ours");
}

#[test]
fn a_url_that_is_shown_leads_to_the_same_store_and_has_no_password() {
    // R13
    for (url, shown) in [
        ("postgres://ann:canary-5f2e@db.test/d", "postgres://ann@db.test:5432/d"),
        (
            "postgresql://db.test,b.test:5433/d?password=canary-5f2e",
            "postgres://db.test:5432,b.test:5433/d",
        ),
        (
            "postgres://a%40n@%2Frun%2Fpg/d?schema=ours&sslmode=require",
            "postgres://a%40n@%2Frun%2Fpg:5432/d?schema=ours",
        ),
    ] {
        let found = parsed(url).shown_url();
        assert_eq!(found, shown);
        assert_eq!(parsed(&found).shown_url(), shown);
    }
    assert!(parsed("postgres://ann:x@db.test/d").has_password());
    assert!(!parsed("postgres://ann@db.test/d").has_password());
}

#[test]
fn a_malformed_url_is_refused_and_not_repeated() {
    for url in [
        "postgres://",
        "mysql://ann:canary@host/db",
        "postgres://ann:canary@host/db?sslmode=canary",
        "postgres://ann:canary@host/db?canary=1",
        "postgres://ann:canary@host:canary/db",
        "postgres://ann:canary@host/db?schema=A",
        "postgres://ann:canary@host/db?sslrootcert=%zz",
    ] {
        let refused = PostgresOptions::parse(url).unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("canary"), "{url}: {refused:?}");
    }
}

#[test]
fn the_certificate_of_another_machine_is_checked_by_default() {
    for local in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "%2Frun%2Fpostgresql"] {
        assert_eq!(
            encryption(&format!("postgres://ann@{local}/db")),
            Encryption::Prefer,
            "{local}"
        );
    }
    for other in ["db", "10.0.0.1", "localhost,db", "localhost.example.test"] {
        let url = format!("postgres://ann@{other}/db");
        assert_eq!(encryption(&url), Encryption::VerifyFull, "{other}");
    }
    let other = "postgres://ann@localhost/db?hostaddr=10.0.0.1";
    assert_eq!(encryption(other), Encryption::VerifyFull);
    assert_eq!(encryption("postgresql://ann@db/db?sslmode=prefer"), Encryption::Prefer);
}

#[test]
fn a_schema_has_a_plain_name() {
    let options = parsed("postgres://ann@localhost/db");
    assert_eq!(options.schema, "project_deployer");
    for wrong in ["", "a b", "A", "x\"; DROP TABLE y", "ä", &"x".repeat(64)] {
        let refused = options.clone().schema(wrong).unwrap_err();
        assert!(matches!(refused, PostgresOpenError::Schema { .. }), "{wrong}");
    }
    assert_eq!(options.schema("team_2").unwrap().schema, "team_2");
}

#[test]
fn errors_name_every_host_with_its_port() {
    let server = |url: &str| parsed(url).place().server.clone();
    assert_eq!(server("postgres://ann@a,b:1/db?sslmode=require"), "a:5432,b:1/db");
    assert_eq!(server("postgres://ann@a"), "a:5432/ann");
}

#[test]
fn limits_of_the_url_stay() {
    let connection = parsed("postgres://ann@a/db?connect_timeout=3&keepalives_idle=9").connection();
    assert_eq!(connection.get_connect_timeout(), Some(&Duration::from_secs(3)));
    assert_eq!(connection.get_keepalives_idle(), Duration::from_secs(9));
    let usual = parsed("postgres://ann@a/db").connection();
    assert_eq!(usual.get_keepalives_idle(), Duration::from_secs(30));
}
