//! A state in PostgreSQL. Nothing is beside it: its keys and its archives have to be named.

use std::sync::Arc;

use project_deployer_store::{
    KeySource, PostgresOpenError, PostgresOptions, PostgresStore, SecretsAtRest,
};
use secrecy::SecretString;

use super::{Keys, StatePlace, location_at};
use crate::state::StateMark;
use crate::state_admin::marks::mark;
use crate::state_admin::{State, StateError};

/// A password in the URL counts more than one beside it.
pub(super) fn options(
    url: &str,
    password: Option<&SecretString>,
) -> Result<PostgresOptions, StateError> {
    let options = PostgresOptions::parse(url)?;
    Ok(match password {
        Some(password) if !options.has_password() => options.password(password),
        _ => options,
    })
}

impl StatePlace {
    pub(super) async fn open_postgres(
        &self,
        options: &PostgresOptions,
    ) -> Result<State, StateError> {
        let (secrets, keys) = self.secrets_of_postgres()?;
        let store = PostgresStore::open_existing(options, secrets).await?;
        // A backup may name archives elsewhere.
        let elsewhere = mark(&store, StateMark::ARCHIVES).await?;
        let archives = self.archives.clone().or(elsewhere);
        self.state_in_postgres(store, (archives, keys), false).await
    }

    pub(super) async fn create_postgres(
        &self,
        options: &PostgresOptions,
    ) -> Result<State, StateError> {
        // Before anything is created.
        self.archives.as_ref().ok_or_else(|| self.lacks_archives())?;
        let (secrets, keys) = self.secrets_of_postgres()?;
        let store = PostgresStore::open(options, secrets).await?;
        self.state_in_postgres(store, (self.archives.clone(), keys), true).await
    }

    /// Whether there is a state. One that is sealed with another key is one as well.
    pub(super) async fn is_in_postgres(
        &self,
        options: &PostgresOptions,
    ) -> Result<bool, StateError> {
        let (secrets, _) = self.secrets_of_postgres()?;
        match PostgresStore::open_existing(options, secrets).await {
            Ok(_)
            | Err(PostgresOpenError::WrongKey { .. } | PostgresOpenError::OtherSealing { .. }) => {
                Ok(true)
            }
            Err(PostgresOpenError::Absent { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn state_in_postgres(
        &self,
        store: PostgresStore,
        (archives, keys): (Option<String>, Option<KeySource>),
        creates: bool,
    ) -> Result<State, StateError> {
        let url = archives.ok_or_else(|| self.lacks_archives())?;
        self.with_archives(Arc::new(store), keys, location_at(&url)?, creates).await
    }

    fn secrets_of_postgres(&self) -> Result<(SecretsAtRest, Option<KeySource>), StateError> {
        Ok(match &self.keys {
            Keys::Unencrypted => (SecretsAtRest::Plain, None),
            Keys::Known(ring, source) => {
                (SecretsAtRest::Sealed(ring.clone()), Some(source.clone()))
            }
            Keys::From(source) => (SecretsAtRest::Sealed(source.read()?), Some(source.clone())),
            Keys::Beside => return Err(self.lacks("key", "--key file:PATH")),
        })
    }

    fn lacks_archives(&self) -> StateError {
        self.lacks("bundle archives", "--archives-at file:PATH")
    }

    fn lacks(&self, what: &'static str, option: &'static str) -> StateError {
        StateError::Incomplete { url: self.url.clone(), what, option }
    }
}
