use std::fs;

use tempfile::TempDir;

use super::KeyFile;
use crate::keyring::{Keyring, KeyringError};

#[test]
fn a_new_key_is_in_front_and_the_old_one_stays_until_it_is_forgotten() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("deployer.key");
    let old = Keyring::from_file_or_new(&path).unwrap().newest().clone();
    let file = KeyFile::lock(&path).unwrap();
    let new = file.add().unwrap();
    let ring = file.ring().unwrap();
    assert_eq!((ring.newest(), ring.ids().count()), (&new, 2));
    assert!(file.forget(old.as_str()).unwrap());
    assert!(!file.forget(old.as_str()).unwrap());
    assert_eq!(file.ring().unwrap().ids().collect::<Vec<_>>(), [&new]);
    let last = file.forget(new.as_str()).unwrap_err();
    assert!(matches!(last, KeyringError::Empty), "{last:?}");
    assert_eq!(file.ring().unwrap().newest(), &new);
    let names = fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["deployer.key"]);
}

#[cfg(unix)]
#[test]
fn one_process_at_a_time_changes_a_key_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("deployer.key");
    Keyring::from_file_or_new(&path).unwrap();
    let first = KeyFile::lock(&path).unwrap();
    assert!(matches!(KeyFile::lock(&path), Err(KeyringError::Busy { .. })));
    first.add().unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    drop(first);
    KeyFile::lock(&path).unwrap();
}
