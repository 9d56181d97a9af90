use project_deployer_client::{DeployerError, ResourceRef};

use super::Action;
use crate::authentication::{Authentication, Principal};

/// Who asks, as records say it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Who acts. None is the Deployer itself, or somebody who is unknown.
    pub(super) actor: Option<String>,
    pub(super) on_behalf_of: Option<String>,
    pub(super) authentication: Option<String>,
    pub(super) request: Option<String>,
    pub(super) address: Option<String>,
}

/// An attempt that was refused.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) asked: Asked,
    pub(crate) action: Action,
    pub(crate) object: ResourceRef,
    pub(crate) code: &'static str,
}

impl Asked {
    pub(crate) fn of(principal: &Principal) -> Self {
        let login = principal.login().to_string();
        let (actor, on_behalf_of) = match principal.acting() {
            Some(acting) => (acting, Some(login)),
            None => (login, None),
        };
        Self {
            actor: Some(actor),
            on_behalf_of,
            authentication: Some(match principal.authentication() {
                Authentication::ApiKey { id } => format!("api-key {id}"),
                Authentication::Session => "session".to_owned(),
                Authentication::Host => "host".to_owned(),
            }),
            request: principal.request_id().map(str::to_owned),
            address: None,
        }
    }

    /// Nobody who is known.
    pub(crate) fn unknown(request: Option<&str>, address: Option<&str>) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self { request: owned(request), address: owned(address), ..Self::default() }
    }
}

impl Refused {
    pub(crate) fn new(
        asked: Asked,
        action: Action,
        object: ResourceRef,
        error: &DeployerError,
    ) -> Self {
        Self { asked, action, object, code: error.code() }
    }
}
