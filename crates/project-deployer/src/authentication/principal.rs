use std::sync::Arc;

use project_deployer_core::Login;
use project_deployer_core::rights::Caller;

use super::credential::Credential;
use crate::session::Who;

/// Who asks, and how that is known. A host with an identity provider of its own makes it with
/// [`user`](Self::user) or [`caller`](Self::caller); [`Deployer::authenticate`](crate::Deployer::authenticate) makes
/// it of an API key.
#[derive(Debug, Clone)]
pub struct Principal {
    pub(crate) who: Who,
    pub(crate) authentication: Authentication,
    pub(crate) impersonated_by: Option<Login>,
    /// The login of a global API key that acts as a user.
    pub(crate) key: Option<Login>,
    pub(crate) request: Option<Arc<str>>,
    /// What it depends on. A principal of a host depends on nothing that the Deployer knows.
    pub(crate) credentials: Arc<[Credential]>,
}

/// How a principal was authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authentication {
    /// By an API key of the Deployer.
    ApiKey {
        /// The id of the key, which is no secret.
        id: String,
    },
    /// By a session of a browser.
    Session,
    /// By the host.
    Host,
}

impl Principal {
    /// One of the Deployer's own users, authenticated by the host. Each operation reads the groups of the user.
    #[must_use]
    pub fn user(login: Login) -> Self {
        Self::authenticated(Who::User(login), Authentication::Host)
    }

    /// A caller whose groups the host supplies.
    #[must_use]
    pub fn caller(caller: Caller) -> Self {
        Self::authenticated(Who::Caller(Arc::new(caller)), Authentication::Host)
    }

    pub(crate) fn authenticated(who: Who, authentication: Authentication) -> Self {
        let credentials = Arc::default();
        Self { who, authentication, impersonated_by: None, key: None, request: None, credentials }
    }

    pub(crate) fn depending_on(self, credentials: Vec<Credential>) -> Self {
        Self { credentials: credentials.into(), ..self }
    }

    /// The principal with the id of its request, for the audit. A host takes it from a header, or makes one.
    #[must_use]
    pub fn with_request_id(self, id: impl Into<Arc<str>>) -> Self {
        Self { request: Some(id.into()), ..self }
    }

    /// The id of the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request.as_deref()
    }

    /// The login that operations are carried out for.
    #[must_use]
    pub fn login(&self) -> &Login {
        match &self.who {
            Who::Caller(caller) => &caller.login,
            Who::User(login) => login,
        }
    }

    /// How the principal was authenticated.
    #[must_use]
    pub fn authentication(&self) -> &Authentication {
        &self.authentication
    }

    /// The administrator who acts as this login, if it is not the login itself.
    #[must_use]
    pub fn impersonated_by(&self) -> Option<&Login> {
        self.impersonated_by.as_ref()
    }

    /// Who acts, if that is somebody else than the login that operations are carried out for.
    pub(crate) fn acting(&self) -> Option<String> {
        self.impersonated_by.as_ref().or(self.key.as_ref()).map(ToString::to_string)
    }

    /// Whether operations are carried out for a user of the Deployer. Otherwise they are carried out for a global
    /// API key, or for a caller of the host.
    #[must_use]
    pub fn is_user(&self) -> bool {
        matches!(self.who, Who::User(_))
    }
}
