//! Reads what is watched.

use project_deployer_client::DeployerError;

use super::setting::WatchSetting;
use crate::causes::with_causes;
use crate::deployer::Deployer;
use crate::state::Below;

/// Under what the log knows a setting.
const LOGGED: &str = "a setting of watching: ";

impl Deployer {
    /// The settings of watching. One that cannot be read does not count, which whoever looks at what is watched sees as well.
    /// It is logged once, and again if it cannot be read for another reason, or was well in between.
    pub(crate) async fn watch_settings(&self) -> Result<Below<WatchSetting>, DeployerError> {
        let found = self.inner.repository.below::<WatchSetting>("").await?;
        let life = &self.inner.life;
        life.forget_except(|object| {
            let id = object.strip_prefix(LOGGED);
            id.is_none_or(|id| found.unreadable.iter().any(|(unread, _)| unread == id))
        });
        for (scope, error) in &found.unreadable {
            let error = with_causes(error);
            if life.is_news(&format!("{LOGGED}{scope}"), &error) {
                tracing::error!(
                    scope,
                    error,
                    "a setting of watching cannot be read, and does not count"
                );
            }
        }
        Ok(found)
    }
}
