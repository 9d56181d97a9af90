use std::fmt::{Debug, Display};

use project_deployer_core::{
    ApiKeySecret, BundleDigest, BundleId, DeploymentId, GroupName, IdentifierError, InfraId, Login,
    NodeId, ProjectKey, StageId,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::shown::assert_fit_to_show;

/// An identifier is taken just when it follows its rule, which is told here a second time, and stays
/// what it is.
pub fn identifiers(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let path_safe = |text: &str| !matches!(text, "." | "..") && !text.contains(URL_CHARACTERS);
    check::<InfraId>(&text, path_safe(&text) && is_name(&text, 128));
    check::<StageId>(&text, path_safe(&text) && is_name(&text, 128));
    check::<NodeId>(&text, path_safe(&text) && is_name(&text, 128));
    check::<BundleId>(&text, path_safe(&text) && is_name(&text, 128));
    check::<DeploymentId>(&text, path_safe(&text) && is_name(&text, 128));
    let is_word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    check::<ProjectKey>(&text, is_word && (1..=100).contains(&text.len()));
    let nameable = !matches!(&*text, "." | "..") && !text.contains(['/', '\u{feff}']);
    check::<GroupName>(&text, nameable && is_name(&text, 255));
    check::<Login>(&text, nameable && is_name(&text, 255));
    digest(&text);
    key(&text);
}

const URL_CHARACTERS: [char; 5] = ['/', '\\', '?', '#', '%'];

fn is_name(text: &str, limit: usize) -> bool {
    let ends = [text.chars().next(), text.chars().next_back()];
    ends.iter().all(|end| end.is_some_and(|character| !character.is_whitespace()))
        && text.chars().count() <= limit
        && !text.contains(char::is_control)
}

trait Identifier:
    for<'a> TryFrom<&'a str, Error = IdentifierError>
    + AsRef<str>
    + Debug
    + Display
    + Serialize
    + DeserializeOwned
    + PartialEq
{
}

impl<T> Identifier for T where
    T: for<'a> TryFrom<&'a str, Error = IdentifierError>
        + AsRef<str>
        + Debug
        + Display
        + Serialize
        + DeserializeOwned
        + PartialEq
{
}

fn check<T: Identifier>(text: &str, follows_the_rule: bool) {
    let json = serde_json::to_string(text).unwrap();
    match T::try_from(text) {
        Ok(identifier) => {
            assert!(follows_the_rule, "{identifier:?}");
            assert_eq!(identifier.as_ref(), text);
            assert_eq!(identifier.to_string(), text);
            assert_eq!(serde_json::to_string(&identifier).unwrap(), json);
            assert_eq!(serde_json::from_str::<T>(&json).unwrap(), identifier);
        }
        Err(error) => {
            assert!(!follows_the_rule, "{error}");
            assert_fit_to_show(&error, 700);
            assert!(serde_json::from_str::<T>(&json).is_err());
        }
    }
}

fn digest(text: &str) {
    match BundleDigest::parse(text) {
        Ok(digest) => assert_eq!(BundleDigest::parse(digest.as_str()).unwrap(), digest),
        Err(error) => assert_fit_to_show(&error, 700),
    }
}

/// R13: neither a key nor what is refused as one is shown.
fn key(text: &str) {
    const OTHER: &str = "another-key";
    let shown = |text: &str| match ApiKeySecret::new(text) {
        Ok(key) => {
            assert_eq!(key.expose(), text);
            format!("{key:?}")
        }
        Err(error) => {
            assert_fit_to_show(&error, 700);
            String::new()
        }
    };
    let text = shown(text);
    assert!(text.is_empty() || text == shown(OTHER), "{text}");
}
