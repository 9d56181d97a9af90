//! The page of `examples/own_frontend` in a browser, from an origin of its own.

use std::net::SocketAddr;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use project_deployer::prelude::*;
use project_deployer::{Deployer, InfraCreation, Upload};
use project_deployer_server::{DeployerService, FrontendOptions};
use project_deployer_testkit::BundleBuilder;
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::net::TcpListener;

use crate::console::{browser, story};
use crate::{NODE, fleet, modules, run, variable};

const PAGE: &str = include_str!("../../../examples/own_frontend/index.html");

async fn bound() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Serves the page, and returns its origin.
async fn page() -> String {
    let (listener, address) = bound().await;
    let router = Router::new().route("/", get(async || Html(PAGE)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// A Deployer without deployments that pages of an origin may call, and the key of its administrator.
async fn service(origin: &str) -> (String, String) {
    let deployer = Deployer::builder(fleet()).in_memory();
    let first = deployer.first_administrator("admin".parse().unwrap()).await.unwrap().unwrap();
    let key = first.create().await.unwrap().secret.expose_secret().to_owned();
    let admin = deployer.acting_as_user("admin".parse().unwrap());
    let infra = InfraCreation::new("prod".parse().unwrap(), "Production".parse().unwrap())
        .with_node(NODE.parse().unwrap(), "key-of-the-node".parse().unwrap());
    admin.create_infra(&infra).await.unwrap();
    let bundle = BundleBuilder::new("CHURN", "v1").build().unwrap();
    admin.upload_bundle(Upload::from_bytes("v1.zip", bundle), None).await.unwrap();
    let (listener, address) = bound().await;
    let options = FrontendOptions::default().origins([origin]);
    let router = DeployerService::new(deployer).frontends(options).into_router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}"), key)
}

#[test]
fn the_page_has_forty_lines_at_most() {
    assert!(PAGE.lines().count() <= 40, "{} lines", PAGE.lines().count());
    assert!(PAGE.lines().all(|line| line.len() <= 160), "a line is long");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_the_example_lives_through_what_goes_wrong() {
    let (Some(modules), Some(browser)) = (modules(), browser()) else { return };
    let page = page().await;
    let (url, key) = service(&page).await;
    let given = json!({
        "page": page, "url": url, "key": key, "browser": browser, "modules": modules,
        "pictures": variable(crate::console::PICTURES),
    });
    let place = tempfile::tempdir().unwrap();
    let command = story("own_frontend.mjs", &given, place.path());
    assert_eq!(run(command).await, "the page did what it says\n");
}
