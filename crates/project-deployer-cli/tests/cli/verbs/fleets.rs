use super::installation::Installation;
use crate::command::{NodeProcess, run};

const FLEET: &str = "id: cloud
source:
  kind: list
  nodes:
    - {nodeId: auto-1, url: 'https://auto-1.example:11200', adminKey: {file: node.key}}
newInfras: {stage: Production}
";

#[tokio::test]
async fn a_fleet_registers_the_nodes_of_a_file_and_its_secret_stays_out_of_sight() {
    // I1, I2, R13
    tokio::join!(registers("http"), registers("local"));
}

async fn registers(way: &str) {
    let installation = Installation::start().await;
    let path = installation.path("cloud.yaml");
    std::fs::write(&path, FLEET).unwrap();
    let run = async |arguments: &[&str]| match way {
        "http" => installation.http(arguments).await,
        _ => installation.local_with(arguments, "").await,
    };
    let (code, _, errors) = run(&["fleet", "create", "--settings", &path]).await;
    assert_eq!(code, 0, "{errors}");
    let (code, planned, errors) = run(&["fleet", "plan", "cloud"]).await;
    assert_eq!(code, 1, "there is something to do: {planned}{errors}");
    assert!(planned.contains("register") && planned.contains("auto-1"), "{planned}");
    let (code, synced, errors) = run(&["fleet", "sync", "cloud"]).await;
    assert_eq!(code, 0, "{synced}{errors}");
    let (code, planned, errors) = run(&["fleet", "plan", "cloud"]).await;
    assert_eq!(code, 0, "there is nothing to do any more: {planned}{errors}");
    let (_, listed, _) = run(&["fleet", "list", "--output", "csv"]).await;
    assert!(listed.contains("cloud,list,1,0,"), "{listed}");
    let (code, shown, errors) = run(&["fleet", "show", "cloud", "--output", "json"]).await;
    assert_eq!(code, 0, "{errors}");
    assert!(!shown.contains(&installation.node.admin_api_key()), "{shown}");
    let show = ["fleet", "show", "cloud", "--output", "json"];
    let both = (installation.http(&show).await.1, installation.local_with(&show, "").await.1);
    assert_eq!(objects(&both.0), objects(&both.1), "both ways show the same");
    let (code, output, errors) = run(&["infra", "delete", "auto-1"]).await;
    assert!(code != 0 && errors.contains("managed by fleet `cloud`"), "{output}{errors}");

    // Without the node, nothing is done before the answer is confirmed.
    let empty = FLEET.replace(
        "    - {nodeId: auto-1, url: 'https://auto-1.example:11200', adminKey: {file: node.key}}\n",
        "    []\n",
    );
    std::fs::write(&path, empty).unwrap();
    let (code, _, errors) = run(&["fleet", "edit", "--settings", &path]).await;
    assert_eq!(code, 0, "{errors}");
    let (code, held, errors) = run(&["fleet", "sync", "cloud"]).await;
    assert_eq!(code, 1, "{held}{errors}");
    let command = held.split("`deployer fleet confirm cloud ").nth(1);
    let answer = command.and_then(|rest| rest.split('`').next()).unwrap_or_default().to_owned();
    let (code, confirmed, errors) = run(&["fleet", "confirm", "cloud", &answer]).await;
    assert!(code == 0 && confirmed.contains("quarantine"), "{confirmed}{errors}");
    for arguments in [&["fleet", "release", "cloud", "auto-1"][..], &["fleet", "delete", "cloud"]] {
        let (code, output, errors) = run(arguments).await;
        assert_eq!(code, 0, "{arguments:?}: {output}{errors}");
    }
}

#[tokio::test]
async fn the_nodes_of_a_mock_fleet_register_themselves() {
    // I1, J5
    let labels = ["mock-fleet", "--node", "auto-dev", "--node", "auto-prod"];
    let fleet = NodeProcess::start_command(&labels).await;
    let started: serde_json::Value = serde_json::from_str(&fleet.line).unwrap();
    let installation = Installation::start().await;
    let secret = installation.path("fleet.key");
    std::fs::write(&secret, started["keySecret"].as_str().unwrap()).unwrap();
    let settings = format!(
        "id: cloud\nsource:\n  kind: fleet-manager\n  url: '{}'\n  keyId: {}\n  keySecret: {{file: fleet.key}}\n\
         newInfras: {{stage: Production}}\n",
        fleet.url, started["keyId"]
    );
    let path = installation.path("cloud.yaml");
    std::fs::write(&path, settings).unwrap();
    for arguments in [&["fleet", "create", "--settings", &path][..], &["fleet", "sync", "cloud"]] {
        let (code, output, errors) = installation.http(arguments).await;
        assert_eq!(code, 0, "{arguments:?}: {output}{errors}");
    }
    for node in started["nodes"].as_array().unwrap() {
        let text = |name: &str| node[name].as_str().unwrap();
        let (label, url) = (text("label"), text("url"));
        let settings = ["infra", "settings", label, "--output", "json"];
        let (code, shown, errors) = installation.http(&settings).await;
        assert!(code == 0 && shown.contains(url), "{label} at {url}: {shown}{errors}");
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let asked = client.get(format!("{url}/public/api/instance-info"));
        let answer = asked.bearer_auth(text("adminApiKey")).send().await.unwrap();
        let info: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(info["nodeId"], label);
    }
}

#[tokio::test]
async fn a_mock_fleet_with_two_nodes_of_one_label_is_refused() {
    let (code, _, errors) =
        run(&["mock-fleet", "--node", "auto", "--node", "prod", "--node", "auto"]).await;
    assert!(code == 2 && errors.contains("two nodes have the label `auto`"), "{code}: {errors}");
}

fn objects(output: &str) -> serde_json::Value {
    let shown: serde_json::Value = serde_json::from_str(output).unwrap();
    shown["objects"].clone()
}

#[tokio::test]
async fn a_secret_in_the_file_of_a_fleet_is_refused_without_showing_it() {
    // R13
    let installation = Installation::start().await;
    let path = installation.path("cloud.yaml");
    std::fs::write(&path, FLEET.replace("{file: node.key}", "canary-5b1c")).unwrap();
    let create = ["fleet", "create", "--settings", &path];
    let (code, output, errors) = installation.local_with(&create, "").await;
    assert!(code != 0 && errors.contains("`adminKey`"), "{output}{errors}");
    assert!(!errors.contains("canary"), "{errors}");
}
