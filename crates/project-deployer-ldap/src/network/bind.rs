//! Who asks a directory.

use std::collections::HashMap;
use std::fmt;

use project_deployer_core::accounts::LdapSettings;
use secrecy::{ExposeSecret, SecretString};

use crate::caseless::shortened;
use crate::dn::Dn;
use crate::fetched::{Fetched, Reason};
use crate::supplier::LdapUrl;

/// Who asks. A name without a password cannot be made: directories take such a bind for an anonymous
/// one and answer it with success (RFC 4513, 5.1.2; R12).
#[derive(Clone, Default)]
pub struct Bind(Option<Credentials>);

#[derive(Clone)]
struct Credentials {
    name: String,
    password: SecretString,
}

/// Why nobody can bind like this. A password is never repeated.
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
    /// The password is blank. A directory would take the bind for an anonymous one.
    #[error(
        "the bind password of `{name}` is empty, and an empty password is never sent; hand in the password"
    )]
    EmptyPassword {
        /// The name, shortened.
        name: String,
    },
}

impl Bind {
    /// Nobody.
    #[must_use]
    pub fn anonymous() -> Self {
        Self(None)
    }

    /// Somebody with a password. The name is a DN, or what else the directory takes for one
    /// (Active Directory: `user@domain`).
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

    /// Who it is; none for nobody.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.as_ref().map(|credentials| credentials.name.as_str())
    }

    /// Name and password as the request has them; both empty for nobody.
    pub(super) fn request(&self) -> (&str, &str) {
        self.0.as_ref().map_or(("", ""), |credentials| {
            (credentials.name.as_str(), credentials.password.expose_secret())
        })
    }

    /// The text without the password, should a directory repeat it.
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

/// Bind passwords for settings that do not have theirs: a node may keep its password to itself, or
/// show it masked. Each belongs to one URL and one bind DN, so that none goes elsewhere.
#[derive(Clone, Default)]
pub struct BindPasswords {
    by_place: HashMap<(LdapUrl, String), SecretString>,
}

impl BindPasswords {
    /// None so far.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// With the password of a bind DN at a directory.
    #[must_use]
    pub fn with(mut self, url: LdapUrl, bind_dn: &str, password: SecretString) -> Self {
        self.by_place.insert((url, normal(bind_dn)), password);
        self
    }

    fn of(&self, url: &LdapUrl, bind_dn: &str) -> Option<SecretString> {
        self.by_place.get(&(url.clone(), normal(bind_dn))).cloned()
    }

    /// Who binds by the settings of a location. An empty bind DN means nobody (R-L8).
    pub(super) fn bind_of(&self, settings: &LdapSettings, url: &LdapUrl) -> Fetched<Bind> {
        let name = settings.bind_dn.as_deref().unwrap_or_default().trim();
        if name.is_empty() {
            return Ok(Bind::anonymous());
        }
        let told = settings.bind_password.clone();
        let password = told.filter(|password| !is_withheld(password.expose_secret()));
        let password = password.or_else(|| self.of(url, name)).ok_or_else(|| {
            Reason::new(format!(
                "the bind password of `{}` at `{url}` is withheld; hand it in as one of the bind passwords",
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

/// Two spellings of one DN are one.
fn normal(bind_dn: &str) -> String {
    let dn = Dn::parse(bind_dn).ok().filter(|dn| dn.depth() > 0);
    dn.map_or_else(|| bind_dn.trim().to_lowercase(), |dn| dn.normal().to_owned())
}

/// Empty, masked, or encrypted with a key that only the node has.
fn is_withheld(password: &str) -> bool {
    let text = password.trim();
    text.chars().all(|character| matches!(character, '*' | '•')) || text.starts_with("e:AES:")
}

#[cfg(test)]
mod tests;
