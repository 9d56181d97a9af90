//! R13: a thousand secrets in a state on disk: in its database and log, archives, backups, copies, diagnostics, and in
//! what runs meanwhile.

use std::fs;
use std::io::{Cursor, ErrorKind, Read as _};
use std::path::Path;

use project_deployer::state_admin::{
    Archives, Progress, StatePlace, backup, compact, move_state, restore, rotate_key, status,
    verify,
};
use project_deployer::store::SecretsAtRest;
use project_deployer::{Deployer, DeployerSession};
use project_deployer_client::prelude::*;
use project_deployer_client::{InfraCreation, Upload, Warnings};
use project_deployer_core::deployment::DeploymentCreation;
use project_deployer_core::infra::{NodeEntry, Target};
use project_deployer_core::rights::Caller;
use project_deployer_core::{ApiKeySecret, NodeAddress};
use project_deployer_testkit::{BundleBuilder, Fault, MockNode};
use project_deployer_tests::{Canary, single_attempts};
use serde_json::json;
use tempfile::TempDir;
use zip::ZipArchive;

use super::Heard;

/// So many infrastructures, with so many nodes each: a key for every node.
const INFRAS: usize = 40;
const NODES: usize = 25;

fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().unwrap()
}

/// The files below a folder that give a secret away.
fn telltales(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(telltales(&path));
            continue;
        }
        match fs::read(&path) {
            Ok(bytes) if Canary::is_in(&String::from_utf8_lossy(&bytes)) => {
                found.push(path.display().to_string());
            }
            Ok(_) => {}
            // A Deployer that was dropped closes its files when its tasks end.
            Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{error}"),
        }
    }
    found
}

/// The command lines of all processes that give a secret away.
fn talkative_processes() -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).into_owned());
    lines.filter(|line| Canary::is_in(line)).collect()
}

/// What a zip has in its files.
fn unpacked(zip: Vec<u8>) -> String {
    let mut zip = ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut text = String::new();
    for index in 0..zip.len() {
        zip.by_index(index).unwrap().read_to_string(&mut text).unwrap();
    }
    text
}

fn admin(deployer: &Deployer) -> DeployerSession {
    deployer.acting_as(Caller::administrator(parsed("admin")))
}

/// Registers infrastructures, every node with a secret of its own, and writes each twice: an older secret must not
/// stay either.
async fn fill(admin: &DeployerSession, infras: usize, heard: &mut Heard) {
    for number in 0..infras {
        let id = parsed(&format!("infra-{number}"));
        admin.create_infra(&InfraCreation::new(id, parsed("Production"))).await.unwrap();
        let mut infra = admin.infra_settings(&parsed(&format!("infra-{number}"))).await.unwrap();
        let nodes = (0..NODES).map(|node| {
            let address = format!("https://node-{number}-{node}.example.test:11200");
            let key = ApiKeySecret::new(heard.secret()).unwrap();
            let id = parsed(&format!("node-{number}-{node}"));
            NodeEntry::new(NodeAddress::parse(&address).unwrap(), key).with_node_id(Some(id))
        });
        infra.target = Target::MultiNode(nodes.collect());
        admin.save_infra_settings(&infra).await.unwrap();
        let mut infra = admin.infra_settings(&infra.id).await.unwrap();
        if let Target::MultiNode(nodes) = &mut infra.target {
            nodes.truncate(NODES - 1);
        }
        admin.save_infra_settings(&infra).await.unwrap();
        heard.show(&infra);
    }
}

/// An update that succeeds and one that fails with the key in the answer of the node; and what explains both.
async fn update(admin: &DeployerSession, heard: &mut Heard) {
    let key = heard.secret();
    let node = MockNode::builder("auto").admin_api_key(&key).start().await;
    let infra = InfraCreation::new(parsed("dev"), parsed("Development"))
        .with_node(parsed(node.url()), parsed(&key));
    admin.create_infra(&infra).await.unwrap();
    let bundle = BundleBuilder::new("CHURN", "v1").build().unwrap();
    admin.upload_bundle(Upload::from_bytes("v1.zip", bundle), None).await.unwrap();
    let creation = DeploymentCreation::parse("churn", "CHURN", "dev", "v1").unwrap();
    admin.create_deployment(&creation, Warnings::Ignore).await.unwrap();
    for is_refused in [false, true] {
        if is_refused {
            let said = json!({"errorType": "X", "message": format!("you sent {key}")});
            node.fault(Fault::json(403, &said).on("POST", "/projects/**"));
        }
        let task = admin.start_update(&parsed("churn")).await.unwrap();
        let detail = admin.wait(&task).await.unwrap();
        heard.show(&detail);
        let zip = admin.diagnostics(&parsed("churn"), detail.start_timestamp).await.unwrap();
        let text = unpacked(zip);
        assert!(text.contains("journal"), "{text}");
        heard.shown.push_str(&text);
    }
}

/// Everything that an administrator does with a state.
async fn administer(folder: &Path, heard: &mut Heard) {
    let place = |name: &str| {
        StatePlace::at(format!("sqlite:{}", folder.join(name).join("deployer.db").display()))
    };
    let one = place("one").open().await.unwrap();
    let silent = Progress::silent;
    assert!(heard.show_outcome(&backup(&one, &place("backup"), Archives::Copy, silent()).await));
    assert!(heard.show_outcome(&rotate_key(&one, silent()).await));
    assert!(heard.show_outcome(&status(&one).await));
    assert!(heard.show_outcome(&verify(&one, silent()).await));
    assert!(heard.show_outcome(&compact(&one, 0, silent()).await));
    assert!(heard.show_outcome(&restore(&one, &place("restored"), silent()).await));
    let restored = place("restored").open().await.unwrap();
    assert!(heard.show_outcome(&move_state(&restored, &place("moved"), silent()).await));
    assert!(!heard.show_outcome(&restore(&one, &place("moved"), silent()).await));
    heard.show(&(&one, &place("moved")));
}

#[tokio::test]
async fn no_file_of_a_state_and_nothing_done_with_it_gives_a_secret_away() {
    let folder = TempDir::new().unwrap();
    let mut heard = Heard::listening();
    let connector = || single_attempts().build().unwrap();
    let url = format!("sqlite:{}", folder.path().join("one/deployer.db").display());
    let deployer = Deployer::builder(connector()).open(&url).await.unwrap();
    heard.show(&deployer);
    fill(&admin(&deployer), INFRAS, &mut heard).await;
    update(&admin(&deployer), &mut heard).await;
    // Its log is there while it runs.
    assert!(folder.path().join("one/deployer.db-wal").exists());
    assert_eq!(telltales(folder.path()), Vec::<String>::new());
    assert_eq!(talkative_processes(), Vec::<String>::new());
    drop(deployer);
    administer(folder.path(), &mut heard).await;
    assert_eq!(telltales(folder.path()), Vec::<String>::new());
    heard.assert_nothing_given_away(1_000);
}

#[tokio::test]
async fn a_secret_in_a_file_would_be_found() {
    // Else nothing is shown above.
    let folder = TempDir::new().unwrap();
    let mut heard = Heard::listening();
    let url = format!("sqlite:{}", folder.path().join("deployer.db").display());
    let builder = Deployer::builder(single_attempts().build().unwrap());
    let deployer = builder.secrets(SecretsAtRest::Plain).open(&url).await.unwrap();
    fill(&admin(&deployer), 1, &mut heard).await;
    assert_ne!(telltales(folder.path()), Vec::<String>::new());
}
