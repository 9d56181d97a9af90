use project_deployer::readiness::{Check, Finding, Readiness};
use project_deployer_client::prelude::*;
use project_deployer_client::{DeployerError, Upload};
use project_deployer_core::accounts::User;
use project_deployer_core::infra::Target;
use project_deployer_core::messages::Severity;
use project_deployer_core::{ApiKeySecret, NodeAddress};
use serde_json::json;

use crate::installation::{Installation, archive, entry, parsed};

async fn readiness(installation: &Installation) -> Readiness {
    installation.admin().readiness(&parsed("dev")).await.unwrap()
}

fn of(readiness: &Readiness, check: Check) -> Vec<&Finding> {
    readiness.findings.iter().filter(|finding| finding.check == check).collect()
}

/// A installation whose deployment acts as `dana`, and whose administrator is known on the node.
async fn installation() -> Installation {
    let installation = Installation::new().await.with_deployment().await;
    let root = User::new(parsed("root"), Default::default()).in_groups([parsed("administrators")]);
    let _ = installation.dev.clone().with_user(root);
    installation
}

#[tokio::test]
async fn a_node_that_is_ready_has_no_finding() {
    let installation = installation().await;
    let found = readiness(&installation).await;
    assert!(found.findings.is_empty() && found.is_ready(), "{:#?}", found.findings);
}

#[tokio::test]
async fn a_check_changes_nothing() {
    let installation = installation().await;
    readiness(&installation).await;
    assert!(installation.dev.calls().iter().all(|call| !call.operation.changes()));
}

#[tokio::test]
async fn what_is_missing_on_the_node_is_found_before_a_deployment_fails() {
    let installation = installation().await;
    installation.dev.remove_connection("sql-prod");
    installation.dev.remove_user(&parsed("dana"));
    let found = readiness(&installation).await;
    assert!(!found.is_ready());
    let connection = of(&found, Check::Connections);
    assert_eq!(connection.len(), 1);
    assert!(connection[0].what.contains("`sql-prod`, which churn-dev needs"), "{connection:?}");
    let login = of(&found, Check::LoginParity);
    assert!(login[0].what.contains("no user `dana`"), "{login:?}");
    assert!(login[0].remedy.contains("log in once at https://dev.example:11200"), "{login:?}");
}

#[tokio::test]
async fn an_archive_that_some_readers_cannot_read_is_pointed_at() {
    let installation = installation().await;
    installation
        .dana()
        .upload_bundle(Upload::from_bytes("v9.zip", with_an_unmarked_name()), None)
        .await
        .unwrap();
    installation.change("churn-dev", |settings| settings["bundleId"] = "v9".into()).await;
    let found = readiness(&installation).await;
    let archives = of(&found, Check::BundleArchives);
    assert!(found.is_ready() && archives.len() == 1, "{found:#?}");
    let what = &archives[0].what;
    assert!(what.contains("churn-dev: a node may refuse this archive: entry `data/é`"), "{what}");
}

#[tokio::test]
async fn a_plugin_that_the_design_node_only_has_installed_is_no_warning() {
    // wire-facts 9.1
    let installation = installation().await;
    let installed: Vec<_> = (10..22).map(|id| json!({"pluginId": format!("p{id}")})).collect();
    let manifest = json!({
        "projectKey": null, "originalProjectKey": "CHURN", "plugins": ["p10"],
        "exportedWithPlugins": installed,
    });
    let bundle = Upload::from_bytes("v9.zip", archive("CHURN", "v9", manifest));
    installation.dana().upload_bundle(bundle, None).await.unwrap();
    installation.change("churn-dev", |settings| settings["bundleId"] = "v9".into()).await;
    let found = readiness(&installation).await;
    let [used, unused] = &of(&found, Check::Plugins)[..] else { panic!("{found:#?}") };
    assert_eq!(used.severity, Severity::Warning);
    assert_eq!(used.what, "there is no plugin `p10`, which churn-dev needs");
    assert_eq!(unused.severity, Severity::Info);
    assert!(unused.what.contains("`p11`, `p12`") && unused.what.contains(" and 1 more,"));
}

/// The bundle `v9` with a file whose name is UTF-8 and not marked as such.
fn with_an_unmarked_name() -> Vec<u8> {
    let sound = std::io::Cursor::new(archive("CHURN", "v9", serde_json::json!({})));
    let mut zip = zip::ZipWriter::new_append(sound).unwrap();
    zip.start_file("data/é", zip::write::SimpleFileOptions::default()).unwrap();
    let mut bytes = zip.finish().unwrap().into_inner();
    for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        for at in 0..bytes.len() {
            if bytes[at..].starts_with(signature) {
                bytes[at + flags + 1] &= !8;
            }
        }
    }
    bytes
}

#[tokio::test]
async fn a_login_that_is_present_is_not_yet_permitted() {
    let installation = installation().await;
    let rights = |login: &str, group: &str| {
        User::new(parsed(login), Default::default()).in_groups([parsed(group)])
    };
    let _ = installation.dev.clone().with_user(rights("dana", "analysts"));
    let found = readiness(&installation).await;
    let login = of(&found, Check::ActingLogin);
    assert_eq!(login.len(), 1, "{login:?}");
    assert!(login[0].what.contains("`dana` may not create projects"), "{login:?}");
    let _ = installation.dev.clone().with_user(rights("dana", "deployers").with_enabled(false));
    let found = readiness(&installation).await;
    assert_eq!(of(&found, Check::LoginParity)[0].what, "user `dana` is disabled");
}

#[tokio::test]
async fn a_dead_node_and_a_wrong_key_are_told_apart() {
    let installation = installation().await;
    installation.dev.set_reachable(false);
    let found = readiness(&installation).await;
    assert_eq!(of(&found, Check::Reachability).len(), 1, "{found:?}");
    assert_eq!(found.findings.len(), 1, "what is unknown is not reported: {found:?}");
    installation.dev.set_reachable(true);
    let wrong = Some(ApiKeySecret::new("canary-wrong").unwrap());
    let target = Target::SingleNode(entry("dev").with_admin_api_key(wrong));
    installation.change_infra("dev", |infra| infra.target = target).await;
    let found = readiness(&installation).await;
    let key = of(&found, Check::AdminKey);
    assert_eq!(key[0].severity, Severity::Error);
    assert!(!format!("{found:?}").contains("canary"), "R13: {found:?}");
}

#[tokio::test]
async fn an_address_without_port_or_encryption_is_pointed_at() {
    let installation = installation().await;
    let address = NodeAddress::parse("http://dev.example").unwrap();
    let target = Target::SingleNode(entry("dev").with_address(Some(address)));
    installation.change_infra("dev", |infra| infra.target = target).await;
    let found = readiness(&installation).await;
    let what: Vec<_> = of(&found, Check::Address).iter().map(|f| f.what.clone()).collect();
    assert_eq!(what.len(), 2, "{what:?}");
    assert!(what[0].contains("80 is used") && what[1].contains("in clear"), "{what:?}");
}

#[tokio::test]
async fn an_address_of_ones_own_network_is_shown_and_one_where_no_node_is_counts_as_an_error() {
    // R17
    for (address, severity, expected) in [
        ("https://10.0.0.7:443", Severity::Info, "a private network"),
        ("https://100.64.1.1:443", Severity::Info, "a provider's shared network"),
        ("https://0xA9.0376.43518:443", Severity::Error, "the metadata service of a cloud"),
        ("https://[fe80::1]:443", Severity::Error, "the local link"),
    ] {
        let installation = installation().await;
        let address = Some(NodeAddress::parse(address).unwrap());
        let target = Target::SingleNode(entry("dev").with_address(address));
        installation.change_infra("dev", |infra| infra.target = target).await;
        let found = readiness(&installation).await;
        let found = of(&found, Check::Address);
        assert_eq!((found.len(), found[0].severity), (1, severity), "{found:?}");
        assert!(found[0].what.contains(expected), "{found:?}");
    }
}

#[tokio::test]
async fn only_administrators_of_the_infrastructure_check_it() {
    let installation = installation().await;
    let refused = installation.dana().readiness(&parsed("dev")).await.unwrap_err();
    assert!(matches!(refused, DeployerError::Forbidden(_)), "{refused}");
    assert!(installation.dana().infra(&parsed("dev")).await.is_ok());
}
