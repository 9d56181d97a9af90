use project_deployer::client::{UpdateOperations as _, Warnings};
use project_deployer::core::node::FutureState;
use project_deployer::core::{BundleId, DeploymentId, InfraId, Timestamp, WindowName};
use project_deployer::maintenance::MaintenanceScope;
use project_deployer::windows::{InfraWindows, Window, WindowRequest, WindowSet};
use project_deployer_client::request::frontend;
use project_deployer_client::request::frontend::windows::{
    self as calls, InfraWindowsFound, NewWindow, WindowFound,
};
use serde::Serialize;

use super::{Face, Listed, service};
use crate::failure::Failure;

/// A window, from here or from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WindowFacts {
    /// `everything`, `stage/ID` or `infrastructure/ID`.
    pub(crate) scope: String,
    pub(crate) name: String,
    /// `allow` or `deny`.
    pub(crate) effect: String,
    pub(crate) cron: String,
    pub(crate) minutes: u32,
    pub(crate) zone: String,
    pub(crate) reason: String,
    pub(crate) owner: String,
    pub(crate) since: Timestamp,
    /// The window in words.
    #[serde(skip)]
    pub(crate) text: String,
}

/// The windows about an infrastructure, and whether updates may start now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InfraWindowFacts {
    pub(crate) windows: Vec<WindowFacts>,
    /// Why they may not.
    pub(crate) refused: Option<String>,
    /// When they may start.
    pub(crate) opens: Option<Timestamp>,
}

/// Windows in which updates may start, or may not. Over HTTP a Deployer of this project has them.
///
/// # Errors
///
/// The Deployer refuses the action, or has no call for it.
impl Face {
    pub(crate) async fn list_windows(&self) -> Result<Listed<WindowFacts>, Failure> {
        match self {
            Self::Engine(session) => {
                let items = WindowFacts::all(session.windows().await?);
                let unreadable =
                    session.unreadable_windows().await?.iter().map(ToString::to_string).collect();
                Ok(Listed { items, unreadable })
            }
            Self::Remote(remote) => {
                let found = service::call(remote, &calls::windows(), "list windows").await?;
                let items = found.items.into_iter().map(Into::into).collect();
                let unreadable = found.unreadable.into_iter().map(|found| found.text).collect();
                Ok(Listed { items, unreadable })
            }
        }
    }

    pub(crate) async fn windows_of(&self, infra: &InfraId) -> Result<InfraWindowFacts, Failure> {
        match self {
            Self::Engine(session) => Ok(session.infra_windows(infra).await?.into()),
            Self::Remote(remote) => {
                let what = format!("list the windows of infrastructure `{infra}`");
                Ok(service::call(remote, &calls::infra_windows(infra), &what).await?.into())
            }
        }
    }

    pub(crate) async fn put_window(&self, request: WindowRequest) -> Result<WindowFacts, Failure> {
        match self {
            Self::Engine(session) => {
                let scope = request.scope.clone();
                Ok(WindowFacts::of(&scope, session.add_window(request).await?))
            }
            Self::Remote(remote) => {
                let WindowRequest { scope, name, effect, recurrence, reason, .. } = request;
                let (cron, minutes, zone) =
                    (recurrence.cron(), recurrence.minutes(), recurrence.zone());
                let new = NewWindow::new(effect.as_str(), cron, minutes, zone, &reason);
                let call = calls::add_window(&scope.to_string(), &name, new);
                Ok(service::call(remote, &call, "add a window").await?.into())
            }
        }
    }

    pub(crate) async fn drop_window(
        &self,
        scope: &MaintenanceScope,
        name: &WindowName,
    ) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => Ok(session.remove_window(scope, name).await?),
            Self::Remote(remote) => {
                let call = calls::remove_window(&scope.to_string(), name);
                service::call(remote, &call, "remove a window").await
            }
        }
    }

    /// Removes all windows of a scope, also those that cannot be read.
    pub(crate) async fn drop_windows(&self, scope: &MaintenanceScope) -> Result<(), Failure> {
        match self {
            Self::Engine(session) => Ok(session.remove_windows(scope).await?),
            Self::Remote(remote) => {
                service::call(remote, &calls::remove_windows(&scope.to_string()), "remove windows")
                    .await
            }
        }
    }

    /// Refuses a Deployer that has no windows, and so no call to start updates outside them.
    pub(crate) async fn has_windows(&self) -> Result<(), Failure> {
        match self {
            Self::Engine(_) => Ok(()),
            Self::Remote(remote) => {
                let what = "start updates outside windows";
                service::call(remote, &frontend::me(), what).await.map(drop)
            }
        }
    }

    /// Starts an update, also outside windows.
    pub(crate) async fn start_anyway(
        &self,
        id: &DeploymentId,
        reason: &str,
    ) -> Result<FutureState, Failure> {
        match self {
            Self::Engine(session) => Ok(session.breaking_glass(reason).start_update(id).await?),
            Self::Remote(remote) => {
                let what = format!("start an update of `{id}` outside windows");
                let call = calls::start_breaking_glass(id, reason);
                service::start(remote, &call, &what).await
            }
        }
    }

    /// The same to a bundle, also an earlier one, which the settings have from then on, or nothing changes.
    pub(crate) async fn update_anyway(
        &self,
        id: &DeploymentId,
        bundle: &BundleId,
        warnings: Warnings,
        reason: &str,
    ) -> Result<FutureState, Failure> {
        match self {
            Self::Engine(session) => {
                Ok(session.breaking_glass(reason).update_to(id, bundle, warnings).await?)
            }
            Self::Remote(remote) => {
                let what = format!("start an update of `{id}` outside windows");
                let call = calls::roll_back_breaking_glass(id, bundle, warnings, reason);
                service::start(remote, &call, &what).await
            }
        }
    }
}

impl WindowFacts {
    fn of(scope: &MaintenanceScope, window: Window) -> Self {
        Self {
            text: window.to_string(),
            scope: scope.to_string(),
            name: window.name.to_string(),
            effect: window.effect.as_str().to_owned(),
            cron: window.recurrence.cron().to_owned(),
            minutes: window.recurrence.minutes(),
            zone: window.recurrence.zone().to_owned(),
            reason: window.reason,
            owner: window.owner.to_string(),
            since: window.since,
        }
    }

    fn all(sets: Vec<WindowSet>) -> Vec<Self> {
        let of_set = |set: WindowSet| {
            let windows = set.windows.into_iter().map(|window| Self::of(&set.scope, window));
            windows.collect::<Vec<_>>()
        };
        sets.into_iter().flat_map(of_set).collect()
    }
}

impl InfraWindowFacts {
    /// Whether updates may start now, in words.
    pub(crate) fn in_words(&self) -> String {
        match (&self.refused, self.opens) {
            (None, _) => "updates may start now".to_owned(),
            (Some(why), Some(opens)) => format!("updates may start from {opens} on: {why}"),
            (Some(why), None) => {
                format!("no time at which updates may start was found: {why}")
            }
        }
    }
}

impl From<InfraWindows> for InfraWindowFacts {
    fn from(found: InfraWindows) -> Self {
        let refused = found.why_refused();
        Self { windows: WindowFacts::all(found.sets), refused, opens: found.opens }
    }
}

impl From<InfraWindowsFound> for InfraWindowFacts {
    fn from(found: InfraWindowsFound) -> Self {
        let windows = found.items.into_iter().map(Into::into).collect();
        Self { windows, refused: found.reason.filter(|_| !found.allowed), opens: found.opens }
    }
}

impl From<WindowFound> for WindowFacts {
    fn from(found: WindowFound) -> Self {
        Self {
            scope: found.scope,
            name: found.name,
            effect: found.effect,
            cron: found.cron,
            minutes: found.minutes,
            zone: found.zone,
            reason: found.reason,
            owner: found.owner,
            since: found.since,
            text: found.text,
        }
    }
}
