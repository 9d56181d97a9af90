use secrecy::{ExposeSecret as _, SecretString};

use super::{SealError, Slot};
use crate::keyring::{Keyring, KeyringError};

fn keyring() -> Keyring {
    Keyring::parse(&Keyring::new_key().unwrap()).unwrap()
}

fn slot<'a>(id: &'a str, field: &'a str) -> Slot<'a> {
    Slot { store: b"store", collection: "infrastructure", id, field }
}

fn secret() -> SecretString {
    SecretString::from("canary")
}

#[test]
fn a_secret_opens_in_its_own_place_only() {
    // R13
    let keyring = keyring();
    let sealed = keyring.seal(slot("dev", "key"), &secret()).unwrap();
    assert_eq!(keyring.open(slot("dev", "key"), &sealed).unwrap().expose_secret(), "canary");
    for other in [
        slot("prod", "key"),
        slot("dev", "keys"),
        slot("devk", "ey"),
        Slot { store: b"other", ..slot("dev", "key") },
        Slot { collection: "users", ..slot("dev", "key") },
    ] {
        assert!(matches!(keyring.open(other, &sealed), Err(SealError::Broken)), "{other:?}");
    }
}

#[test]
fn every_changed_bit_is_found() {
    let keyring = keyring();
    let sealed = keyring.seal(slot("dev", "key"), &secret()).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(keyring.open(slot("dev", "key"), &changed).is_err(), "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert!(keyring.open(slot("dev", "key"), &sealed[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn no_two_seals_are_equal_and_none_shows_the_secret() {
    let keyring = keyring();
    let [one, other] = [(), ()].map(|()| keyring.seal(slot("dev", "key"), &secret()).unwrap());
    assert_ne!(one, other);
    assert!(!one.windows(6).any(|part| part == b"canary"));
}

#[test]
fn the_newest_key_seals_and_older_ones_open() {
    let [old, new] = [(), ()].map(|()| Keyring::new_key().unwrap());
    let before = Keyring::parse(&old).unwrap();
    let sealed = before.seal(slot("dev", "key"), &secret()).unwrap();
    let both = format!("# new\n{}\n\n{}\n", new.expose_secret(), old.expose_secret());
    let both = Keyring::parse(&SecretString::from(both)).unwrap();
    assert_eq!(both.newest(), Keyring::parse(&new).unwrap().newest());
    assert_eq!(both.ids().count(), 2);
    both.open(slot("dev", "key"), &sealed).unwrap();
    let later = both.seal(slot("dev", "key"), &secret()).unwrap();
    match before.open(slot("dev", "key"), &later) {
        Err(SealError::UnknownKey { key }) => assert_eq!(key, both.newest().as_str()),
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn what_is_no_key_is_refused_by_its_line_and_not_repeated() {
    let malformed = Keyring::parse(&SecretString::from("\ncanary\n")).unwrap_err();
    assert!(matches!(malformed, KeyringError::Malformed { line: 2 }));
    assert!(!format!("{malformed} {malformed:?}").contains("canary"));
    let empty = Keyring::parse(&SecretString::from("# none\n"));
    assert!(matches!(empty, Err(KeyringError::Empty)));
}

#[test]
fn debug_shows_no_key() {
    let key = Keyring::new_key().unwrap();
    let shown = format!("{:?} {key:?}", Keyring::parse(&key).unwrap());
    assert!(!shown.contains(key.expose_secret()), "{shown}");
}

#[cfg(unix)]
#[test]
fn a_key_file_is_made_once_and_only_its_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deployer.key");
    let made = Keyring::from_file_or_new(&path).unwrap();
    let again = Keyring::from_file_or_new(&path).unwrap();
    assert_eq!(made.newest(), again.newest());
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "no draft is left");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let refused = Keyring::from_file(&path);
    assert!(matches!(refused, Err(KeyringError::Readable { mode: 0o640, .. })), "{refused:?}");
}
