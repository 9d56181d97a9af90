//! The logs of code environments (R-A3).

use project_deployer_core::node::CodeEnv;

use super::NodeUnderTest;
use super::fixture::{Fixture, bundle, bundle_id, churn, python};

fn env(name: &str) -> CodeEnv {
    CodeEnv::new(name, "PYTHON")
}

/// It says which environment it is about.
pub async fn a_code_env_that_a_preload_made_has_a_log<N: NodeUnderTest>() {
    let contents = bundle("v1").with_code_envs(vec![python("py-new")]);
    let fixture = Fixture::<N>::with_project(&contents).await;
    let key = fixture.as_key().await;
    key.code_env_logs(&env("py-new")).await.unwrap_err();
    fixture.node.preload_bundle(&churn(), &bundle_id("v1")).await.unwrap();
    let logs = key.code_env_logs(&env("py-new")).await.unwrap();
    let newest = logs.last().unwrap();
    let text = key.code_env_log(&env("py-new"), &newest.name).await.unwrap();
    assert!(text.contains("py-new"), "{text}");
    key.code_env_log(&env("py-new"), "absent.log").await.unwrap_err();
}

/// Logs of installations may hold secrets.
pub async fn no_administrator_reads_no_log_of_a_code_env<N: NodeUnderTest>() {
    let fixture = Fixture::<N>::new().await;
    let error = fixture.node.code_env_logs(&env("py-prod")).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
}

/// Neither by its name nor by its language.
pub async fn an_absent_code_env_has_no_log<N: NodeUnderTest>() {
    let key = Fixture::<N>::new().await.as_key().await;
    key.code_env_logs(&env("absent")).await.unwrap_err();
    key.code_env_logs(&CodeEnv::new("py-prod", "R")).await.unwrap_err();
    key.code_env_logs(&CodeEnv::new("py-prod", "COBOL")).await.unwrap_err();
}
