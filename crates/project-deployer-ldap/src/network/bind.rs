//! The identity with which a directory is searched.

use std::collections::HashMap;
use std::fmt;

use project_deployer_core::accounts::LdapSettings;
use secrecy::{ExposeSecret, SecretString};

use crate::caseless::shortened;
use crate::dn::Dn;
use crate::fetched::{Fetched, Reason};
use crate::supplier::LdapUrl;

/// An anonymous bind, or a name with a password. A name without a password cannot be built: directories
/// treat such a bind as anonymous and answer it with success (RFC 4513, 5.1.2; R12).
#[derive(Clone, Default)]
pub struct Bind(Option<Credentials>);

#[derive(Clone)]
struct Credentials {
    name: String,
    password: SecretString,
}

/// Why a bind is not valid. Errors never repeat a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The name is blank or has control characters.
    #[error(
        "the bind DN `{name}` is empty or has control characters; write a DN, or leave it out for an anonymous bind"
    )]
    Name {
        /// The name, shortened.
        name: String,
    },
    /// The password is blank. A directory would treat the bind as anonymous.
    #[error(
        "the bind password of `{name}` is empty, and an empty password is never sent; provide the password"
    )]
    EmptyPassword {
        /// The name, shortened.
        name: String,
    },
}

impl Bind {
    /// An anonymous bind.
    #[must_use]
    pub fn anonymous() -> Self {
        Self(None)
    }

    /// A bind with a password. The name is a DN, or another form that the directory accepts (Active
    /// Directory: `user@domain`).
    ///
    /// # Errors
    ///
    /// The name is blank or has control characters, or the password is blank.
    pub fn simple(name: &str, password: SecretString) -> Result<Self, BindError> {
        let name = name.trim();
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(BindError::Name { name: shortened(name) });
        }
        if password.expose_secret().trim().is_empty() {
            return Err(BindError::EmptyPassword { name: shortened(name) });
        }
        Ok(Self(Some(Credentials { name: name.to_owned(), password })))
    }

    /// The name; none for an anonymous bind.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.as_ref().map(|credentials| credentials.name.as_str())
    }

    /// Name and password for the request; both are empty for an anonymous bind.
    pub(super) fn request(&self) -> (&str, &str) {
        self.0.as_ref().map_or(("", ""), |credentials| {
            (credentials.name.as_str(), credentials.password.expose_secret())
        })
    }

    /// Removes the password from a text that a directory sent.
    pub(super) fn without_password(&self, text: &str) -> String {
        match &self.0 {
            Some(Credentials { password, .. }) => text.replace(password.expose_secret(), "…"),
            None => text.to_owned(),
        }
    }
}

impl fmt::Debug for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(Credentials { name, .. }) => write!(f, "Bind({name:?}, password withheld)"),
            None => f.write_str("Bind(anonymous)"),
        }
    }
}

/// Bind passwords for settings that have none: a node may withhold its password or mask it. Each password
/// belongs to one URL and one bind DN, so that it is not sent elsewhere.
#[derive(Clone, Default)]
pub struct BindPasswords {
    by_place: HashMap<(LdapUrl, String), SecretString>,
}

impl BindPasswords {
    /// No passwords.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds the password of a bind DN at a directory.
    #[must_use]
    pub fn with(mut self, url: LdapUrl, bind_dn: &str, password: SecretString) -> Self {
        self.by_place.insert((url, normal(bind_dn)), password);
        self
    }

    fn of(&self, url: &LdapUrl, bind_dn: &str) -> Option<SecretString> {
        self.by_place.get(&(url.clone(), normal(bind_dn))).cloned()
    }

    /// The bind for the settings of a location. An empty bind DN means an anonymous bind (R-L8).
    pub(super) fn bind_of(&self, settings: &LdapSettings, url: &LdapUrl) -> Fetched<Bind> {
        let name = settings.bind_dn.as_deref().unwrap_or_default().trim();
        if name.is_empty() {
            return Ok(Bind::anonymous());
        }
        let password = settings.bind_password.clone();
        let password = password.filter(|password| !is_withheld(password.expose_secret()));
        let password = password.or_else(|| self.of(url, name)).ok_or_else(|| {
            Reason::new(format!(
                "the bind password of `{}` at `{url}` is withheld; provide it as one of the bind passwords",
                shortened(name)
            ))
        })?;
        Bind::simple(name, password).map_err(|error| Reason::of(&error))
    }
}

impl fmt::Debug for BindPasswords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.by_place.keys().map(|(url, name)| format!("{name} at {url}")))
            .finish()
    }
}

/// The key of a DN: two spellings of one DN have the same key.
fn normal(bind_dn: &str) -> String {
    let dn = Dn::parse(bind_dn).ok().filter(|dn| dn.depth() > 0);
    dn.map_or_else(|| bind_dn.trim().to_lowercase(), |dn| dn.normal().to_owned())
}

/// Whether a password is empty, masked, or encrypted with a key that only the node has.
fn is_withheld(password: &str) -> bool {
    let text = password.trim();
    text.chars().all(|character| matches!(character, '*' | '•')) || text.starts_with("e:AES:")
}

#[cfg(test)]
mod tests;
