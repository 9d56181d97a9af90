use super::*;

const TRAIT: &str = include_str!("../project_deployer.rs");
const REMOTE: &str = include_str!("../remote/project_deployer.rs");

/// The rows of the trait, or of its implementation, in the order of the source.
fn rows(source: &str) -> Vec<&str> {
    let (_, body) = source.split_once("#[async_trait]").unwrap();
    let (body, _) = body.split_once("\n}\n").unwrap();
    let starts = body.split("    async fn ").skip(1);
    starts.filter_map(|rest| rest.split_once('(')).map(|(name, _)| name).collect()
}

#[derive(Debug)]
struct Rowless;

impl ProjectDeployer for Rowless {}

#[tokio::test]
async fn a_row_that_an_implementation_lacks_is_an_error_with_its_name() {
    let id = "dev".parse().unwrap();
    for (error, row) in [
        (Rowless.stages().await.unwrap_err(), "`stages`"),
        (Rowless.infra(&id).await.unwrap_err(), "`infra`"),
    ] {
        assert_eq!(error.code(), "not-possible");
        assert!(error.to_string().contains(row), "{error}");
    }
}

#[test]
fn every_default_names_its_own_row() {
    for row in rows(TRAIT) {
        assert!(TRAIT.contains(&format!("Err(not_offered(\"{row}\", ")), "{row}");
    }
}

#[test]
fn the_remote_deployer_has_every_row() {
    // A default body would hide a row that was forgotten.
    assert_eq!(rows(REMOTE), rows(TRAIT));
    assert_eq!(rows(TRAIT).len(), 33);
}
