//! Names of what is watched, in documents, addresses and errors.

use project_deployer_client::DeployerError;

/// Gives an enum the names of its variants: the list of all, `as_str`, `Display`, and `FromStr`, whose error begins
/// with these words and lists the names.
macro_rules! names {
    ($type:ident, $unknown:literal, { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl $type {
            /// All of them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// Its name in documents and addresses.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $type {
            type Err = project_deployer_client::DeployerError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.into_iter().find(|known| known.as_str() == text);
                found.ok_or_else(|| $crate::watch::unknown($unknown, text, &[$($name),+]))
            }
        }
    };
}
pub(crate) use names;

/// The error of a text that is none of these names.
pub(crate) fn unknown(what: &str, text: &str, known: &[&str]) -> DeployerError {
    let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    DeployerError::not_possible(
        format!("{what} `{text}`"),
        format!("write one of {}", known.join(", ")),
    )
}
