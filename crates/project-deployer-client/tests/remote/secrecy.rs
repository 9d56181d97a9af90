//! R13: no error, log or `Debug` output contains the key.

use std::error::Error;

use project_deployer_client::DeployerError;
use project_deployer_client::prelude::*;
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::InfraSettings;
use serde_json::json;

use crate::samples::{bundle_id, deployment_id, infra_id, infra_settings, key};
use crate::server::{AUTHORIZATION, KEY, Server, answer, json_answer, refusal};

fn texts(error: &DeployerError) -> String {
    let mut texts = format!("{error}\n{error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        texts.push_str(&format!("\n{error}\n{error:?}"));
        cause = error.source();
    }
    texts
}

fn assert_secret(text: &str) {
    let (_, encoded) = AUTHORIZATION.split_once(' ').unwrap();
    for secret in [KEY, encoded, "key-of-the-node"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn a_deployer_never_shows_its_key() {
    let server = Server::empty().await;
    assert_secret(&format!("{:?} {:#?}", server.deployer(), server.deployer().node()));
}

#[tokio::test]
async fn an_echo_of_the_key_is_cut_out_of_every_refusal() {
    let echo = format!("the key {KEY} is not known");
    for status in [400, 401, 403, 404, 409, 500] {
        let answers = (0..3).map(|_| refusal(status, "EchoException", &echo));
        let server = Server::with(answers).await;
        let deployer = server.deployer();
        assert_secret(&texts(&deployer.infras().await.unwrap_err()));
        assert_secret(&texts(&deployer.start_update(&deployment_id()).await.unwrap_err()));
        assert_secret(&texts(&deployer.download_bundle(&key(), &bundle_id()).await.unwrap_err()));
    }
}

#[tokio::test]
async fn keys_of_nodes_stay_out_of_errors_about_settings() {
    let mut broken = infra_settings();
    broken["stage"] = json!(["key-of-the-node"]);
    let server = Server::with([json_answer(200, &broken), answer(500, "key is wrong")]).await;
    let deployer = server.deployer();
    assert_secret(&texts(&deployer.infra_settings(&infra_id()).await.unwrap_err()));
    let settings = InfraSettings::from_document(infra_settings()).unwrap();
    assert_secret(&texts(&deployer.save_infra_settings(&settings).await.unwrap_err()));
    assert_secret(&format!("{settings:?}"));
}

#[tokio::test]
async fn a_document_that_holds_the_very_key_is_read_and_written_as_it_is() {
    // A node may have been given the key of the Deployer: cutting it out would save another one.
    let mut settings = infra_settings();
    settings["adminApiKey"] = json!(KEY);
    let server = Server::with([json_answer(200, &settings), answer(200, "")]).await;
    let deployer = server.deployer();
    let read = deployer.infra_settings(&infra_id()).await.unwrap();
    deployer.save_infra_settings(&read).await.unwrap();
    assert_eq!(server.seen()[1].json()["adminApiKey"], KEY);
}

#[tokio::test]
async fn an_echo_in_what_is_no_document_is_cut_out() {
    let inside = json!({"errorType": "EchoException", "message": format!("not {KEY}")});
    let page = format!("<html>{KEY}</html>");
    for sent in [json_answer(200, &inside), answer(200, page), answer(200, format!("{KEY} {{"))] {
        let server = Server::with([sent]).await;
        assert_secret(&texts(&server.deployer().infras().await.unwrap_err()));
    }
}
