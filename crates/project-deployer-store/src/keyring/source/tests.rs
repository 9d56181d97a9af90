use std::fs;

use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::KeySource;
use crate::keyring::{Keyring, KeyringError};

#[test]
fn a_source_is_written_as_a_word_and_a_place() {
    let read = |text: &str| text.parse::<KeySource>();
    assert_eq!(read("file:/etc/k").unwrap(), KeySource::File("/etc/k".into()));
    assert_eq!(read("env:K").unwrap(), KeySource::Variable("K".into()));
    let words = ["pass", "show", "deployer"].map(str::to_owned).to_vec();
    assert_eq!(read("command:pass show  deployer").unwrap(), KeySource::Command(words));
    for wrong in ["", "file:", "env:", "command: ", "/etc/k", "vault:x"] {
        assert!(matches!(read(wrong), Err(KeyringError::Source { .. })), "{wrong}");
    }
}

#[cfg(unix)]
#[test]
fn a_command_prints_the_keys_and_its_arguments_are_not_shown() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("printed");
    let key = Keyring::new_key().unwrap();
    fs::write(&file, format!("# newest\n{}\n", key.expose_secret())).unwrap();
    let source: KeySource = format!("command:cat {}", file.display()).parse().unwrap();
    let ring = source.read().unwrap();
    assert_eq!(ring.newest(), Keyring::parse(&key).unwrap().newest());
    assert_eq!(format!("{source:?}"), "KeySource(command `cat`)");
    assert_eq!(ring.again().unwrap().newest(), ring.newest());
}

#[cfg(unix)]
#[test]
fn a_command_that_fails_is_named() {
    for (line, why) in [("command:false", "exit status"), ("command:/absent/x", "No such file")] {
        let error = line.parse::<KeySource>().unwrap().read().unwrap_err();
        assert!(matches!(error, KeyringError::Command { .. }), "{error:?}");
        assert!(error.to_string().contains(why), "{error}");
    }
    let empty = "command:true".parse::<KeySource>().unwrap().read().unwrap_err();
    assert!(matches!(empty, KeyringError::Empty), "{empty:?}");
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    let source = KeySource::Variable("PROJECT_DEPLOYER_NO_SUCH_KEY".to_owned());
    let error = source.read().unwrap_err();
    assert!(error.to_string().contains("PROJECT_DEPLOYER_NO_SUCH_KEY"), "{error}");
}
