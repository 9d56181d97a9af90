//! Parsed identifiers. The text of a value of these types follows its rule.
//!
//! No source states which characters the product allows in the ids of infrastructures, deployments
//! and bundles (wire-facts 8.3, item 4). The rule here refuses characters that would break a path, a log
//! line or the official client, which puts ids into paths without encoding them. It allows all others.
//!
//! Identifiers that lists repeat share their text: to copy one allocates nothing.

use std::fmt;
use std::sync::Arc;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

mod rule;

use rule::IdentifierRule;
pub(crate) use rule::shortened;
pub use rule::{IdentifierError, IdentifierFault};

/// All characters except control characters and those with a meaning in URL paths.
#[inline]
fn path_safe(character: char) -> bool {
    !character.is_control() && !matches!(character, '/' | '\\' | '?' | '#' | '%')
}

/// Logins and groups also come from directories, which allow more characters.
#[inline]
fn nameable(character: char) -> bool {
    !character.is_control() && !matches!(character, '/' | '\u{feff}')
}

#[inline]
fn project_key_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

#[inline]
fn hexadecimal(character: char) -> bool {
    character.is_ascii_hexdigit()
}

/// Reads a text into an identifier without an intermediate copy.
struct Text<T>(fn(&str) -> Result<T, IdentifierError>);

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident($text:ty), $kind:literal, $limit:literal, $allows:ident, $hint:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($text);

        impl $name {
            const RULE: IdentifierRule =
                IdentifierRule { kind: $kind, limit: $limit, allows: $allows, hint: $hint };

            /// Checks the text against the rule of this kind.
            ///
            /// # Errors
            ///
            /// The text breaks the rule; the error says where, and what to write.
            pub fn parse(text: impl Into<String>) -> Result<Self, IdentifierError> {
                let text = text.into();
                Self::check(&text)?;
                Ok(Self(text.into()))
            }

            fn read(text: &str) -> Result<Self, IdentifierError> {
                Self::check(text)?;
                Ok(Self(text.into()))
            }

            /// Checks a text without taking it.
            ///
            /// # Errors
            ///
            /// As for [`Self::parse`].
            // A fast path for plain ASCII words: lists have hundreds of thousands of them.
            #[inline]
            pub fn check(text: &str) -> Result<(), IdentifierError> {
                let plain = |byte: u8| byte.is_ascii_graphic() && $allows(char::from(byte));
                let begins = |first: u8| first != b'.';
                let is_plain = text.len() <= $limit
                    && text.bytes().next().is_some_and(begins)
                    && text.bytes().all(plain);
                if is_plain { Ok(()) } else { Self::RULE.check(text) }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdentifierError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::read(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdentifierError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = IdentifierError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::read(text)
            }
        }

        impl From<$name> for String {
            fn from(identifier: $name) -> Self {
                identifier.as_str().to_owned()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text(Self::read))
            }
        }
    };
}

identifier!(
    /// The id of an infrastructure: unique on a Deployer and never changed (R-I3).
    ///
    /// 1 to 128 characters, none of them a control character or one of `/ \ ? # %`, no blank at
    /// either end.
    ///
    /// ```
    /// use project_deployer_core::InfraId;
    /// assert_eq!(InfraId::parse("prod-eu")?.as_str(), "prod-eu");
    /// let refused = InfraId::parse("prod/eu").unwrap_err().to_string();
    /// assert!(refused.contains("`/` at position 5"), "{refused}");
    /// # Ok::<(), project_deployer_core::IdentifierError>(())
    /// ```
    InfraId(Arc<str>), "infrastructure id", 128, path_safe,
    "1 to 128 characters without control characters and / \\ ? # %, for example `prod-eu`"
);

identifier!(
    /// The id of a lifecycle stage, which is also its name (wire-facts 2.2).
    ///
    /// The same rule as [`InfraId`].
    StageId(Arc<str>), "stage", 128, path_safe,
    "1 to 128 characters without control characters and / \\ ? # %, for example `Production`"
);

identifier!(
    /// The id of a node of the product, as the node reports it (`nodeId` of `/instance-info`).
    ///
    /// The same rule as [`InfraId`].
    NodeId(Box<str>), "node id", 128, path_safe,
    "1 to 128 characters without control characters and / \\ ? # %, for example `auto-eu-1`"
);

identifier!(
    /// The id of a fleet on this Deployer (I1). Whoever configures it chooses it.
    ///
    /// The same rule as [`InfraId`].
    FleetId(Arc<str>), "fleet id", 128, path_safe,
    "1 to 128 characters without control characters and / \\ ? # %, for example `cloud-eu`"
);

identifier!(
    /// The name of a window in which updates may start, or may not (B5). Whoever adds it chooses it.
    ///
    /// The same rule as [`InfraId`].
    WindowName(Box<str>), "name of a window", 128, path_safe,
    "1 to 128 characters without control characters and / \\ ? # %, for example `nights`"
);

identifier!(
    /// The id of a bundle, unique within its project (R-D10).
    ///
    /// The same rule as [`InfraId`].
    BundleId(Arc<str>), "bundle id", 128, path_safe,
    "1 to 128 characters without control characters and / \\ ? # %, for example `v1.4`"
);

identifier!(
    /// The id of a Git commit, whole or abbreviated: 1 to 64 hexadecimal digits.
    ///
    /// ```
    /// use project_deployer_core::GitCommit;
    /// assert!(GitCommit::parse("9fceb02").is_ok() && GitCommit::parse("main").is_err());
    /// ```
    GitCommit(Box<str>), "Git commit", 64, hexadecimal,
    "1 to 64 hexadecimal digits, for example `9fceb02`"
);

identifier!(
    /// The id of a deployment, visible on the Deployer only (R-D3).
    ///
    /// The same rule as [`InfraId`].
    DeploymentId(Arc<str>), "deployment id", 128, path_safe,
    "1 to 128 characters without control characters and / \\ ? # %, for example `CHURN-on-prod-eu`"
);

identifier!(
    /// A project key: of a published project, or of the project on a node.
    ///
    /// 1 to 100 ASCII letters, digits and underscores. Upper case is the product's habit, not a rule.
    ///
    /// ```
    /// use project_deployer_core::ProjectKey;
    /// assert!(ProjectKey::parse("CHURN_PROD").is_ok());
    /// assert!(ProjectKey::parse("customer churn").is_err());
    /// ```
    ProjectKey(Arc<str>), "project key", 100, project_key_character,
    "1 to 100 letters, digits and underscores, for example `CHURN_PROD`"
);

identifier!(
    /// The name of a group of users on a node of the product.
    ///
    /// 1 to 255 characters, no control character, no slash, no blank at either end. The product asks
    /// for less when it creates a group ([`GroupName::creatable`]); names that are only read may
    /// come from a directory. A clone shares the text: many users are in one group.
    GroupName(Arc<str>), "group", 255, nameable,
    "1 to 255 characters without control characters and slashes, for example `ops`"
);

identifier!(
    /// The login of a user on a node, as it is spelled there. Case is significant.
    ///
    /// 1 to 255 characters, no control character, no slash, no blank at either end. The product asks
    /// for less when it creates a user ([`Login::creatable`]); logins that are only read may come
    /// from a directory.
    Login(Box<str>), "login", 255, nameable,
    "1 to 255 characters without control characters and slashes, for example `mina`"
);

impl Login {
    /// Whether a node would accept this login for a new user: 3 to 80 letters, digits and
    /// `@ . + _ -` (page "ERR_SECURITY_CRUD_INVALID_SETTINGS").
    #[must_use]
    pub fn creatable(&self) -> bool {
        (3..=80).contains(&self.0.chars().count()) && self.0.chars().all(creatable_character)
    }
}

impl GroupName {
    /// Whether a node would accept this name for a new group: 1 to 80 letters, digits and
    /// `@ . + _ -` (page "ERR_SECURITY_CRUD_INVALID_SETTINGS").
    #[must_use]
    pub fn creatable(&self) -> bool {
        self.0.chars().count() <= 80 && self.0.chars().all(creatable_character)
    }
}

fn creatable_character(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '@' | '.' | '+' | '_' | '-')
}

#[cfg(test)]
mod tests;
