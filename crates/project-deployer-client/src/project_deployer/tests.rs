use super::*;

const TRAITS: [(&str, &str); 6] = [
    ("InfraOperations", include_str!("infras.rs")),
    ("ProjectOperations", include_str!("projects.rs")),
    ("BundleOperations", include_str!("bundles.rs")),
    ("DeploymentOperations", include_str!("deployments.rs")),
    ("TestingOperations", include_str!("testing.rs")),
    ("UpdateOperations", include_str!("updates.rs")),
];
const REMOTE: &str = include_str!("../remote/project_deployer.rs");

/// The rows of a trait, or of its implementation, in the order of the source.
fn rows<'a>(source: &'a str, start: &str) -> Vec<&'a str> {
    let (_, body) = source.split_once(start).unwrap();
    let (body, _) = body.split_once("\n}\n").unwrap();
    let starts = body.split("    async fn ").skip(1);
    starts.filter_map(|rest| rest.split_once('(')).map(|(name, _)| name).collect()
}

#[derive(Debug)]
struct Rowless;

impl InfraOperations for Rowless {}
impl ProjectOperations for Rowless {}
impl BundleOperations for Rowless {}
impl DeploymentOperations for Rowless {}
impl TestingOperations for Rowless {}
impl UpdateOperations for Rowless {}

#[tokio::test]
async fn a_row_that_an_implementation_lacks_is_an_error_with_its_name() {
    let id = "dev".parse().unwrap();
    let rowless: &dyn ProjectDeployer = &Rowless;
    for (error, row) in [
        (rowless.stages().await.unwrap_err(), "`stages`"),
        (rowless.infra(&id).await.unwrap_err(), "`infra`"),
    ] {
        assert_eq!(error.code(), "not-possible");
        assert!(error.to_string().contains(row), "{error}");
    }
}

#[test]
fn every_default_names_its_own_row() {
    for (name, source) in TRAITS {
        for row in rows(source, &format!("pub trait {name}")) {
            assert!(source.contains(&format!("Err(not_offered(\"{row}\", ")), "{row}");
        }
    }
}

#[test]
fn the_remote_deployer_has_every_row() {
    // A default body would hide a row that was forgotten.
    let mut count = 0;
    for (name, source) in TRAITS {
        let offered = rows(source, &format!("pub trait {name}"));
        assert_eq!(rows(REMOTE, &format!("impl {name} for RemoteDeployer")), offered);
        count += offered.len();
    }
    assert_eq!(count, 34);
}
