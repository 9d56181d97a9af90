use std::fs;

use super::*;

fn environment(name: &str) -> Result<Option<String>, String> {
    match name {
        "BINARY" => Err("`BINARY` is not UTF-8".to_owned()),
        _ => Ok((name == "PROD_KEY").then(|| "canary-of-prod".to_owned())),
    }
}

fn read(file: &str, text: &str) -> Result<Inventory, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("test.key"), "canary-of-test\n").unwrap();
    fs::write(folder.path().join("ca.pem"), "authority").unwrap();
    let path = folder.path().join(file);
    fs::write(&path, text).unwrap();
    let stdin = NamedSecrets::read("ldap=canary-of-ldap\n".as_bytes()).unwrap();
    Inventory::read(&path, &Secrets::new(stdin, environment)).map_err(|error| error.to_string())
}

const YAML: &str = "
deployer:
  url: https://deployer.example:11300
  adminApiKey: {env: PROD_KEY}
infrastructures:
  - id: prod
    stage: Prod
    automationNodeUrl: https://prod.example:11200
    adminApiKey: {env: PROD_KEY}
    deployAsUser: robot
  - id: test
    stage: Test
    type: MULTI_AUTOMATION_NODE
    automationNodes:
      - {nodeId: a, automationNodeUrl: 'https://a.example:11200', adminApiKey: {file: test.key}}
      - {nodeId: b, automationNodeUrl: 'https://b.example:11200'}
nodeKeys:
  - {infra: test, node: b, adminApiKey: {env: PROD_KEY}}
requesters: [ann]
directories:
  - {url: 'ldap://dir.example/dc=example', bindDN: 'cn=reader', bindPassword: {stdin: ldap}}
  - {url: 'ldap://old.example/dc=example', ldif: export.ldif}
certificateAuthorities: [ca.pem]
";

#[test]
fn yaml_json_and_toml_say_the_same() {
    let yaml = read("inventory.yaml", YAML).unwrap();
    let document: serde_json::Value = serde_saphyr::from_str(YAML).unwrap();
    let json = read("inventory.json", &document.to_string()).unwrap();
    let toml = read("inventory.toml", &toml::to_string(&document).unwrap()).unwrap();
    for inventory in [&yaml, &json, &toml] {
        let keys: Vec<Option<&str>> = inventory
            .infras
            .iter()
            .flat_map(|infra| infra.target.entries())
            .map(|entry| entry.admin_api_key.as_ref().map(ApiKeySecret::expose))
            .collect();
        assert_eq!(keys, [Some("canary-of-prod"), Some("canary-of-test"), None]);
        assert_eq!(inventory.deployer.as_ref().unwrap().admin_api_key.expose(), "canary-of-prod");
        assert_eq!(inventory.node_keys.len(), 1);
        assert_eq!(inventory.requesters, [Login::parse("ann").unwrap()]);
        assert_eq!(inventory.certificate_authorities, [b"authority".to_vec()]);
        assert!(inventory.directories[0].bind_password.is_some());
        assert!(inventory.directories[1].ldif.as_ref().unwrap().is_absolute());
    }
    assert_eq!(format!("{yaml:?}").replace("canary", ""), format!("{yaml:?}"), "R13");
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_its_mend() {
    for (text, expected) in [
        ("infrastructure: []", "unknown field `infrastructure`"),
        ("requesters: ['']", "`requesters[0]`: "),
        ("infrastructures: [{id: a, stage: Dev, adminApiKey: canary}]", "{env: NAME}"),
        ("infrastructures: [{id: a, stage: Dev, adminApiKey: {env: NONE}}]", "`NONE` is not set"),
        ("infrastructures: [{id: a, stage: Dev, adminApiKey: {env: BINARY}}]", "not UTF-8"),
        ("infrastructures: [{id: a, stage: Dev, adminApiKey: {stdin: x}}]", "--secrets -"),
        ("infrastructures: [{id: a, stage: Dev, adminApiKey: {file: no.key}}]", "no.key"),
        ("infrastructures: [{id: a, stage: Dev, automationNodeURL: x}]", "`automationNodeURL`"),
        ("infrastructures: [{id: a, stage: Dev, automationNodeUrl: canary}]", "automationNodeUrl"),
        ("infrastructures: [{id: '', stage: Dev}]", "`id`"),
        ("directories: [{url: 'http://x'}]", "`directories[0]`: `url`: "),
        ("deployer: {url: 'https://x', adminApiKey: canary}", "`deployer.adminApiKey`: a secret"),
        ("a: [", "invalid YAML at line"),
        ("nodeKeys: [x]", "`nodeKeys[0]`: the value is not an object"),
        ("nodeKeys: [{infra: a}]", "missing field `adminApiKey`"),
        ("infrastructures: [{id: a, stage: D}, {id: a, stage: D}]", "`a` is listed twice"),
        (
            "infrastructures: [{id: a, stage: D, type: MULTI_AUTOMATION_NODE, automationNodes: \
             [{nodeId: b, automationNodeURL: x}, {nodeId: c}]}]",
            "`automationNodeURL`",
        ),
        (
            "infrastructures: [{id: a, stage: D, type: MULTI_AUTOMATION_NODE, automationNodes: \
             [{nodeId: b}, {nodeId: b}]}]",
            "node `b` is listed twice",
        ),
    ] {
        let error = read("inventory.yaml", text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let error = read("inventory.txt", "").unwrap_err();
    assert!(error.contains(".yaml"), "{error}");
}

#[test]
fn a_list_of_infrastructures_has_stages_of_its_own() {
    for stage in ["production", "Prod", "TEST"] {
        let text = format!("infrastructures: [{{id: a, stage: {stage}}}]");
        assert_eq!(read("inventory.yaml", &text).unwrap().infras[0].stage.as_str(), stage);
    }
}

#[test]
fn no_error_repeats_what_may_be_a_secret() {
    // R13
    for (file, text) in [
        ("i.yaml", "deployer: {url: 'https://x', adminApiKey: canary}"),
        ("i.yaml", "deployer: {url: 'https://x', adminApiKey: {key: canary}}"),
        ("i.yaml", "adminApiKey: canary\n  x: ["),
        ("i.json", r#"{"adminApiKey": "canary", }"#),
        ("i.toml", "adminApiKey = canary"),
        ("i.yaml", "nodeKeys: [canary]"),
        ("i.yaml", "deployer: canary"),
        ("i.yaml", "deployer: {canary: x}"),
        ("i.yaml", "canary: 1"),
        ("i.yaml", "directories: {canary: 1}"),
    ] {
        let error = read(file, text).unwrap_err();
        assert!(!error.contains("canary"), "{file}: {text}: {error}");
    }
    let error = NamedSecrets::read("just-a-canary".as_bytes()).unwrap_err();
    assert!(error.contains("line 1") && !error.contains("canary"), "{error}");
}
