//! What the shortest example tests: code of yours that speaks to an Automation node.

use project_deployer::HttpConnector;
use project_deployer::client::{BundleProjectOptions, Identity, NodeConnector as _, Upload};
use project_deployer::core::infra::NodeSettings;
use project_deployer_testkit::BundleBuilder;

/// Stands for code of yours: deploys bundle `v1` of project `CHURN` to the node at this address, with its
/// admin key.
///
/// # Errors
///
/// What went wrong, in words.
pub async fn your_code(url: &str, key: &str) -> Result<(), String> {
    deploy(url, key).await.map_err(|error| error.to_string())
}

async fn deploy(url: &str, key: &str) -> Result<(), Box<dyn std::error::Error>> {
    let settings = NodeSettings::new(url.parse()?, key.parse()?);
    let node = HttpConnector::builder().build()?.connect(&settings, Identity::ApiKey)?;
    let bundle = Upload::from_bytes("v1.zip", BundleBuilder::new("CHURN", "v1").build()?);
    let key = node.create_project_from_bundle(bundle, &BundleProjectOptions::default()).await?;
    node.activate_bundle(&key, &"v1".parse()?, &Default::default()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    /// Lines that are neither blank nor a comment; declarations and attributes count.
    fn lines_of_code(source: &str) -> usize {
        let lines = source.lines().map(str::trim);
        lines.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
    }

    #[test]
    fn a_program_embeds_a_deployer_in_25_lines() {
        assert!(lines_of_code(include_str!("../embed_in_your_program.rs")) <= 25);
    }

    #[test]
    fn a_test_against_a_mock_node_has_8_lines() {
        assert!(lines_of_code(include_str!("../test_against_a_mock_node.rs")) <= 8);
    }
}
