use std::fs;

use tempfile::TempDir;

use super::*;

fn home(file: &str, text: &str) -> (TempDir, Environment) {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".dataiku")).unwrap();
    fs::write(home.path().join(".dataiku").join(file), text).unwrap();
    let environment = Environment { home: Some(home.path().to_owned()), ..Environment::default() };
    (home, environment)
}

const TWO: &str = r#"{
  "dss_instances": {
    "test": {"url": "https://test.example:11300", "api_key": "key-test"},
    "prod": {"url": "https://prod.example:11300", "api_key": "key-prod", "no_check_certificate": true}
  },
  "default_instance": "prod"
}"#;

#[test]
fn both_names_of_the_configuration_file_are_read() {
    for file in ["config.json", ".config.json"] {
        let (_home, environment) = home(file, TWO);
        let prod = DeployerAccess::default().settings(&environment).unwrap();
        assert_eq!(prod.address.to_string(), "https://prod.example:11300");
        assert_eq!(prod.admin_api_key.expose(), "key-prod");
        assert!(prod.trust_all_certificates);
        let named = DeployerAccess { instance: Some("test".to_owned()), ..Default::default() };
        let test = named.settings(&environment).unwrap();
        assert_eq!(test.admin_api_key.expose(), "key-test");
        assert!(!test.trust_all_certificates);
    }
}

#[test]
fn an_option_goes_before_the_environment_and_that_before_the_file() {
    let (_home, file) = home("config.json", TWO);
    let environment = Environment {
        url: Some("https://env.example".to_owned()),
        api_key: Some(ApiKeyText::new("key-env".to_owned())),
        ..file
    };
    let by_env = DeployerAccess::default().settings(&environment).unwrap();
    assert_eq!(by_env.admin_api_key.expose(), "key-env");
    let option = DeployerAccess {
        deployer_url: Some("http://opt.example".to_owned()),
        ..Default::default()
    };
    let by_option = option.settings(&environment).unwrap();
    assert_eq!(by_option.address.to_string(), "http://opt.example");
}

#[test]
fn what_is_missing_is_said_with_its_mend() {
    let error = |access: DeployerAccess, environment: &Environment| {
        access.settings(environment).unwrap_err().to_string()
    };
    let nothing = Environment::default();
    assert!(error(DeployerAccess::default(), &nothing).contains("--deployer-url"));
    let url = Some("https://deployer.example".to_owned());
    let no_key = error(DeployerAccess { deployer_url: url, ..Default::default() }, &nothing);
    assert!(no_key.contains("DKU_API_KEY"), "{no_key}");
    let (_home, environment) = home("config.json", TWO);
    let other = DeployerAccess { instance: Some("dev".to_owned()), ..Default::default() };
    let other = error(other, &environment);
    assert!(other.contains("`dev`") && other.contains("prod, test"), "{other}");
}

#[test]
fn no_error_repeats_a_key() {
    // R13
    let (_home, environment) = home("config.json", r#"{"dss_instances": {"a": "canary-key"}}"#);
    let error = DeployerAccess::default().settings(&environment).unwrap_err();
    assert!(!format!("{error:?} {error}").contains("canary"), "{error:?}");
    let environment = Environment {
        url: Some("https://deployer.example".to_owned()),
        api_key: Some(ApiKeyText::new("canary\u{7}".to_owned())),
        ..Environment::default()
    };
    let error = DeployerAccess::default().settings(&environment).unwrap_err();
    assert!(!format!("{error:?} {error} {environment:?}").contains("canary"), "{error:?}");
}
