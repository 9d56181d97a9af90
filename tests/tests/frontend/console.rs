//! The console in a browser, through a whole story, behind a path prefix.

use std::path::{Path, PathBuf};

use axum::Router;
use project_deployer::{Deployer, HttpConnector};
use project_deployer_server::DeployerService;
use project_deployer_testkit::{BundleBuilder, MockGroup, MockNode, MockUser};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{left_out, modules, run, tree, variable};

/// Where pictures of the pages are written; nowhere without it.
pub(crate) const PICTURES: &str = "PROJECT_DEPLOYER_PICTURES";

/// Debian's Chromium without a window, with its libraries and fonts; none when this run has none.
pub(crate) fn browser() -> Option<PathBuf> {
    let program = tree().join("usr/lib/chromium/chromium-headless-shell");
    if program.is_file() {
        return Some(program);
    }
    left_out("Chromium");
    None
}

/// A service behind a prefix, and the key of its administrator.
async fn service() -> (String, String) {
    let connector = HttpConnector::builder().build().unwrap();
    let deployer = Deployer::builder(connector).in_memory();
    let first = deployer.first_administrator("admin".parse().unwrap()).await.unwrap().unwrap();
    let key = first.create().await.unwrap().secret.expose_secret().to_owned();
    let router =
        Router::new().nest("/tools/deployer", DeployerService::new(deployer).into_router());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/tools/deployer", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, key)
}

/// Two bundles of one project, as files.
fn bundles(place: &Path) -> [PathBuf; 2] {
    ["v1", "v2"].map(|id| {
        let path = place.join(format!("churn-{id}.zip"));
        std::fs::write(&path, BundleBuilder::new("CHURN", id).build().unwrap()).unwrap();
        path
    })
}

/// A script that drives a browser. `place` takes what the browser needs.
pub(crate) fn story(script: &str, given: &Value, place: &Path) -> Command {
    let libraries = tree().join("usr/lib/x86_64-linux-gnu");
    let fonts = place.join("fonts.conf");
    let folder = tree().join("usr/share/fonts");
    // The tree has only what the machine lacks.
    let text = format!(
        "<?xml version=\"1.0\"?><fontconfig><dir>{}</dir><dir>/usr/share/fonts</dir><cachedir>{}</cachedir></fontconfig>",
        folder.display(),
        place.join("fonts").display()
    );
    std::fs::write(&fonts, text).unwrap();
    let mut story = Command::new("node");
    story
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frontend").join(script))
        .arg(given.to_string())
        .env(
            "LD_LIBRARY_PATH",
            [&libraries, &libraries.join("pulseaudio")]
                .map(|path| path.display().to_string())
                .join(":"),
        )
        .env("FONTCONFIG_FILE", fonts)
        .kill_on_drop(true);
    story
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_with_a_refused_login_and_its_remedy() {
    let (Some(modules), Some(browser)) = (modules(), browser()) else { return };
    let place = tempfile::tempdir().unwrap();
    let node = MockNode::builder("auto-prod")
        .group(MockGroup::creators("releasers").may_write_in_root_project_folder())
        .user(MockUser::new("dana").in_group("releasers").disabled())
        .start()
        .await;
    let (url, key) = service().await;
    let given = json!({
        "url": url, "key": key, "password": "correct horse battery", "node": node.url(),
        "nodeKey": node.admin_api_key(), "bundles": bundles(place.path()), "browser": browser,
        "modules": modules, "pictures": variable(PICTURES),
    });
    let story = story("story.mjs", &given, place.path());
    assert_eq!(run(story).await, "the story ended well\n");
    assert!(node.user("dana").unwrap().enabled);
    assert!(node.project("CHURN").is_some());
}
