//! `deployer serve` as a process.

use std::path::Path;

use reqwest::StatusCode;
use tempfile::TempDir;

use crate::command::{NodeProcess, run};
use crate::official_client::{Version, run_script, run_text};

/// A node on which `dana` may deploy.
const SEED: &str = r#"{
    "users": [{"login": "dana", "groups": ["deployers"]}],
    "groups": [{"name": "deployers", "mayCreateProjects": true, "mayWriteInRootProjectFolder": true}]
}"#;

async fn serve(data: &Path) -> NodeProcess {
    let data = data.to_str().unwrap();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--until-stdin-closes", "--data", data];
    NodeProcess::start_command(&arguments).await
}

fn first_key(data: &Path) -> String {
    std::fs::read_to_string(data.join("admin-key")).unwrap().trim_end().to_owned()
}

#[cfg(unix)]
#[tokio::test]
async fn the_first_key_is_kept_for_its_owner_and_stays_after_a_restart() {
    use std::os::unix::fs::PermissionsExt as _;
    // R13
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let mut service = serve(&data).await;
    let key = first_key(&data);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&data.join("admin-key")), mode(&data)), (0o600, 0o700));
    let (status, info) = service.ask("/auth/info", &key).await;
    assert_eq!((status, &info["authIdentifier"]), (StatusCode::OK, &"admin".into()));
    let line = service.line.clone();
    service.close_input();
    let (status, output, errors) = service.end().await;
    assert!(status.success(), "{errors}");
    assert!(errors.contains("admin-key") && !errors.contains(&key), "{errors}");
    assert!(!output.contains(&key) && !line.contains(&key));

    let again = serve(&data).await;
    assert_eq!(first_key(&data), key);
    assert_eq!(again.ask("/auth/info", &key).await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_state_outlives_the_service() {
    // R8
    let folder = TempDir::new().unwrap();
    let service = serve(folder.path()).await;
    let key = first_key(folder.path());
    let created =
        service.post("/project-deployer/projects", &key, r#"{"publishedProjectKey": "CHURN"}"#);
    assert_eq!(created.await.0, StatusCode::OK);
    drop(service);
    let again = serve(folder.path()).await;
    let (_, projects) = again.ask("/project-deployer/projects", &key).await;
    assert_eq!(projects[0]["projectBasicInfo"]["id"], "CHURN", "{projects}");
}

#[tokio::test]
async fn other_machines_are_refused_without_tls() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let arguments = ["serve", "--listen", "0.0.0.0:0", "--data", data.to_str().unwrap()];
    let (code, output, errors) = run(&arguments).await;
    assert_eq!((code, output.as_str()), (2, ""), "{errors}");
    assert!(errors.contains("--tls-certificate") && errors.contains("--behind-proxy"), "{errors}");
    assert!(!data.exists(), "nothing was created");
}

#[tokio::test]
async fn tls_files_that_cannot_be_used_are_named() {
    let folder = TempDir::new().unwrap();
    let pem = folder.path().join("service.pem");
    std::fs::write(&pem, "no certificate").unwrap();
    let (data, pem) = (folder.path().join("data"), pem.to_str().unwrap());
    let arguments = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        data.to_str().unwrap(),
        "--tls-certificate",
        pem,
        "--tls-key",
        pem,
    ];
    let (code, _, errors) = run(&arguments).await;
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("service.pem"), "{errors}");
}

#[tokio::test]
async fn the_service_has_tls() {
    let folder = TempDir::new().unwrap();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("service.pem"), folder.path().join("service.key"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let data = folder.path().join("data");
    let arguments = [
        "serve".as_ref(),
        "--listen".as_ref(),
        "127.0.0.1:0".as_ref(),
        "--data".as_ref(),
        data.as_os_str(),
        "--tls-certificate".as_ref(),
        certificate.as_os_str(),
        "--tls-key".as_ref(),
        key.as_os_str(),
    ];
    let service = NodeProcess::start_command(&arguments).await;
    assert!(service.url.starts_with("https://127.0.0.1:"), "{}", service.line);
    let root = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([root]).build().unwrap();
    let url = format!("{}/public/api/auth/info", service.url);
    let answer = client.get(url).bearer_auth(first_key(&data)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_official_clients_play_the_story_of_three_users() {
    for version in Version::ALL {
        let folder = TempDir::new().unwrap();
        let seed = folder.path().join("seed.json");
        std::fs::write(&seed, SEED).unwrap();
        let arguments = ["--seed", seed.to_str().unwrap()];
        let nodes = [
            NodeProcess::start(&arguments).await,
            NodeProcess::start(&arguments).await,
            NodeProcess::start(&arguments).await,
        ];
        let service = serve(folder.path()).await;
        let lines: Vec<_> = nodes.iter().map(|node| node.line.trim_end()).collect();
        let environment = [
            ("SERVICE_URL", service.url.clone()),
            ("SERVICE_KEY", first_key(folder.path())),
            ("NODES", format!("[{}]", lines.join(","))),
        ];
        let script = "crates/project-deployer-cli/tests/cli/service_story.py";
        let Some(printed) = run_script(version, script, &environment).await else { return };
        assert!(printed.ends_with("remove everything\n"), "{version:?}: {printed}");
        assert_eq!(printed.lines().count(), 19, "{version:?}: {printed}");
    }
}

/// The blocks of a language on the page, joined.
fn blocks(page: &str, language: &str) -> String {
    let begins = format!("```{language}\n");
    let blocks = page.split(&begins).skip(1);
    blocks.map(|rest| rest.split_once("```").unwrap().0).collect()
}

#[tokio::test]
async fn the_script_on_the_page_of_the_service_runs_as_it_stands() {
    let page = include_str!("../../../../docs/service.md");
    for version in Version::ALL {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("node.json"), blocks(page, "json")).unwrap();
        let seed = folder.path().join("node.json");
        let node = NodeProcess::start(&["--seed", seed.to_str().unwrap()]).await;
        std::fs::write(folder.path().join("node.line"), &node.line).unwrap();
        let service = serve(&folder.path().join("trial")).await;
        let script = blocks(page, "python");
        assert_eq!(script.matches("http://127.0.0.1:11300").count(), 1);
        let script = script.replace("http://127.0.0.1:11300", &service.url);
        let Some(printed) = run_text(version, &script, folder.path()).await else { return };
        assert_eq!(printed, "HEALTHY\n", "{version:?}");
    }
}
