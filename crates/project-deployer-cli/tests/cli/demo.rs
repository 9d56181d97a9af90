//! `deployer demo` as a process.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::command::{NodeProcess, run_with};

const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Where a page of one's own is.
const FRONTEND: &str = "http://localhost:8000";

/// A demonstration that runs, with its temporary directory.
struct Demo {
    child: Child,
    folder: TempDir,
    text: String,
}

impl Demo {
    /// Starts it, and reads what it prints until it names the way to stop it.
    async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_deployer"));
        command.args(["demo", "--until-stdin-closes", "--allow-origin", FRONTEND]);
        command.env_clear().kill_on_drop(true);
        command.env("TMPDIR", folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut text = String::new();
        while let Some(line) = timeout(TIME_LIMIT, lines.next_line()).await.unwrap().unwrap() {
            text.push_str(&line);
            text.push('\n');
            if line.starts_with("Ctrl-C") {
                break;
            }
        }
        Self { child, folder, text }
    }

    /// The word after a label.
    fn word(&self, label: &str) -> &str {
        let line = self.text.lines().find_map(|line| line.trim_start().strip_prefix(label));
        line.and_then(|rest| rest.split_whitespace().next()).unwrap()
    }

    async fn ask(&self, path: &str) -> Value {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("{}/public/api/project-deployer{path}", self.word("address"));
        let asked = client.get(url).bearer_auth(self.word("admin key")).send();
        let answer = timeout(TIME_LIMIT, asked).await.unwrap().unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

#[tokio::test]
async fn the_demonstration_shows_its_story_and_removes_what_it_made() {
    let mut demo = Demo::start().await;
    assert_eq!(demo.text.matches("/console/").count(), 1, "{}", demo.text);
    assert_eq!(demo.ask("/projects").await.as_array().unwrap().len(), 3);
    assert_eq!(demo.ask("/infras").await.as_array().unwrap().len(), 3);
    let deployments = demo.ask("/deployments").await;
    assert_eq!(deployments.as_array().unwrap().len(), 9);

    let behind = demo.ask("/deployments/churn-prod/settings").await;
    let newest = demo.ask("/projects/CHURN").await["packages"].as_array().unwrap().last().unwrap()
        ["id"]
        .clone();
    assert_ne!(behind["bundleId"], newest, "{newest}");
    let failed = demo.ask("/deployments/forecast-prod/last-update").await;
    assert_eq!(failed["status"], "FAILED", "{failed}");
    assert!(failed.to_string().contains("leo"), "{failed}");
    for good in ["churn-dev", "churn-prod", "forecast-test", "fraud-prod"] {
        let update = demo.ask(&format!("/deployments/{good}/last-update")).await;
        assert_eq!(update["status"], "SUCCESS", "{good}: {update}");
    }

    a_refused_login_is_shown_with_its_remedy(&demo).await;
    a_page_of_its_own_may_ask(&demo).await;
    assert_eq!(demo.files().len(), 1);
    let key = demo.word("admin key").to_owned();
    assert_eq!(demo.text.matches(&key).count(), 1, "the key is shown once");
    let line = demo.text.lines().find(|line| line.contains(&key)).unwrap();
    assert_eq!(line.split_whitespace().last().unwrap(), key, "it ends its line");
    drop(demo.child.stdin.take());
    let mut errors = String::new();
    let mut pipe = demo.child.stderr.take().unwrap();
    timeout(TIME_LIMIT, pipe.read_to_string(&mut errors)).await.unwrap().unwrap();
    let status = timeout(TIME_LIMIT, demo.child.wait()).await.unwrap().unwrap();
    assert!(status.success(), "{errors}");
    assert!(!errors.contains(&key), "{errors}");
    assert_eq!(demo.files(), Vec::<PathBuf>::new());
}

/// A page of the origin that was allowed, with the key that was printed.
async fn a_page_of_its_own_may_ask(demo: &Demo) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/api/v1/me", demo.word("address"));
    let asked = client.get(url).bearer_auth(demo.word("admin key")).header("origin", FRONTEND);
    let answer = timeout(TIME_LIMIT, asked.send()).await.unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["access-control-allow-origin"], FRONTEND);
    assert!(demo.text.contains("Pages of http://localhost:8000 may call"), "{}", demo.text);
}

/// The login that the node for production does not admit, by the command that the demonstration names.
async fn a_refused_login_is_shown_with_its_remedy(demo: &Demo) {
    let inventory = demo.word("deployer parity --inventory");
    let (url, key) = (demo.word("address"), demo.word("admin key"));
    let environment = [("DKU_DSS_URL", url), ("DKU_API_KEY", key)];
    let arguments = ["parity", "--inventory", inventory, "-o", "json"];
    let (code, report, errors) = run_with(&arguments, &environment, "").await;
    assert_eq!(code, 1, "{report}{errors}");
    assert!(report.contains("not-authorized") || report.contains("notAuthorized"), "{report}");
    assert!(report.contains("production") && report.contains("leo"), "{report}");
}

#[tokio::test]
async fn a_mock_deployer_prints_one_line_with_all_that_a_test_in_another_language_needs() {
    let mut process = NodeProcess::start_command(&["mock-deployer", "--until-stdin-closes"]).await;
    let started: Value = serde_json::from_str(&process.line).unwrap();
    let text = |pointer: &str| started.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let deployments = process.get("/project-deployer/deployments").await;
    assert_eq!(deployments.as_array().unwrap().len(), 9);
    let (status, _) = process.ask("/project-deployer/deployments", &text("/userApiKeys/leo")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(std::fs::read_to_string(text("/directory/ldif")).unwrap().contains("uid=leo,"));
    assert_eq!(started["nodes"].as_array().unwrap().len(), 3);
    let node =
        [("DKU_DSS_URL", text("/nodes/2/url")), ("DKU_API_KEY", text("/nodes/2/adminApiKey"))];
    let node = node.each_ref().map(|(name, value)| (*name, value.as_str()));
    let (code, users, errors) = run_with(&["user", "list"], &node, "").await;
    assert!(code == 0 && users.contains("dana") && !users.contains("leo"), "{users}{errors}");
    process.close_input();
    let (status, _, errors) = process.end().await;
    assert!(status.success(), "{errors}");
    assert!(!std::path::Path::new(&text("/inventory")).exists());
}
