use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use project_deployer_core::accounts::LdapSettings;

use crate::directory::Directory;
use crate::fetched::{Fetched, Reason};
use crate::supplier::LdapUrl;

/// Turns the LDAP settings of a location into a directory that can be searched. Programs may implement it for
/// directories of their own.
pub trait DirectoryConnector: fmt::Debug + Send + Sync {
    /// The directory that the settings name.
    ///
    /// # Errors
    ///
    /// The directory cannot be searched. The reason is a text for people, and the people of the directory
    /// are unknown then.
    fn connect(&self, settings: &LdapSettings) -> Fetched<Arc<dyn Directory>>;
}

/// Directories in memory, by the URL in the settings.
#[derive(Debug, Clone, Default)]
pub struct Directories {
    by_url: HashMap<LdapUrl, Arc<dyn Directory>>,
}

impl Directories {
    /// No directory: the people of every directory are unknown.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a directory under a URL.
    #[must_use]
    pub fn with(mut self, url: LdapUrl, directory: impl Directory + 'static) -> Self {
        self.by_url.insert(url, Arc::new(directory));
        self
    }
}

impl DirectoryConnector for Directories {
    fn connect(&self, settings: &LdapSettings) -> Fetched<Arc<dyn Directory>> {
        let url = LdapUrl::parse(&settings.url).map_err(|error| Reason::of(&error))?;
        let directory = self.by_url.get(&url).map(Arc::clone);
        directory.ok_or_else(|| Reason::new(format!("no directory `{url}` was provided")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryDirectory;

    #[test]
    fn a_directory_that_is_not_at_hand_is_a_reason_and_not_an_empty_directory() {
        // R10
        let url = LdapUrl::parse("ldap://one.example/dc=example").unwrap();
        let directories = Directories::none().with(url, MemoryDirectory::new([]));
        let settings = |url: &str| LdapSettings::default().with_url(url);
        assert!(directories.connect(&settings("ldap://ONE.example/DC=example")).is_ok());
        let absent = directories.connect(&settings("ldap://two.example/dc=example")).unwrap_err();
        assert!(absent.as_str().contains("two.example"), "{absent}");
        assert!(directories.connect(&settings("nonsense")).is_err());
    }
}
