//! The steps about webapps: which run, as whom, and their restart.

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_client::{NodeError, NodeErrorKind, Retry};
use project_deployer_core::messages::{InfoMessage, InfoMessages, Severity};
use project_deployer_core::node::{Webapp, WebappBackend};

use super::carry_out::PAUSE;
use super::node_session::NodeSession;
use crate::update::{NodeProgress, StepOutcome, UpdatePlan};

/// The webapps of the project on one node.
#[derive(Clone, Copy)]
pub(super) struct Webapps<'a> {
    pub(super) plan: &'a UpdatePlan,
    pub(super) progress: &'a NodeProgress,
    pub(super) session: &'a NodeSession,
}

impl Webapps<'_> {
    /// Those that run, and those that the update before left down.
    pub(super) async fn list(self) -> Result<StepOutcome, NodeError> {
        let webapps = self.session.key.webapps(&self.plan.project_key).await?;
        let mut running = running(&webapps);
        running.extend(self.progress.left_down.iter().cloned());
        Ok(listed(running, InfoMessages::default()))
    }

    /// Backends that somebody started since they were noted run as another user as well: all that run now are noted, after
    /// the last user was set. Of which nobody knows whether they run are left alone: a restart would start what somebody stopped.
    pub(super) async fn set_up(self) -> Result<StepOutcome, NodeError> {
        let (key, acting) = (&self.plan.project_key, &self.session.acting);
        let Some(user) = &self.plan.desired.webapps_run_as else { return Ok(StepOutcome::done()) };
        let webapps = acting.webapps(key).await?;
        let other = |webapp: &&Webapp| webapp.run_as_user.as_deref() != Some(user.as_str());
        let others: Vec<_> = webapps.iter().filter(other).collect();
        for webapp in &others {
            acting.configure_webapp(key, &webapp.id, user).await?;
        }
        let webapps = if others.is_empty() { webapps } else { acting.webapps(key).await? };
        let unknown = webapps.iter().filter_map(|webapp| match &webapp.backend {
            WebappBackend::Unknown(reason)
                if !self.progress.running_webapps.contains(&webapp.id) =>
            {
                Some(may_run(&webapp.id, reason))
            }
            _ => None,
        });
        Ok(listed(running(&webapps), InfoMessages(unknown.collect())))
    }

    /// Restarts the webapps that ran before and that the bundle still has. One that cannot be restarted keeps no other from
    /// it, and is reported. So is a backend that was asked to start and does not run: it may only be slow.
    pub(super) async fn restart(self) -> Result<StepOutcome, NodeError> {
        let (key, acting) = (&self.plan.project_key, &self.session.acting);
        let ran = |id: &String| self.progress.running_webapps.contains(id);
        let mut failed = BTreeMap::new();
        for webapp in acting.webapps(key).await?.iter().filter(|webapp| ran(&webapp.id)) {
            if let Err(error) = self.restart_one(&webapp.id).await {
                failed.insert(webapp.id.clone(), error);
            }
        }
        let after = acting.webapps(key).await?;
        let reported = after.iter().filter(|webapp| ran(&webapp.id)).filter_map(|webapp| {
            match (failed.get(&webapp.id), &webapp.backend) {
                (Some(error), backend) => Some(not_restarted(&webapp.id, backend, error)),
                (None, WebappBackend::Running) => None,
                (None, WebappBackend::Unknown(reason)) => Some(may_not_run(&webapp.id, reason)),
                (None, _) => Some(does_not_run(&webapp.id)),
            }
        });
        let messages = InfoMessages(reported.collect());
        // One that was restarted runs as far as anybody knows.
        let runs = |webapp: &&Webapp| match &webapp.backend {
            WebappBackend::Running => true,
            WebappBackend::Unknown(_) => !failed.contains_key(&webapp.id),
            _ => false,
        };
        let running: BTreeSet<_> = after.iter().filter(runs).map(|it| it.id.clone()).collect();
        let down = self.progress.running_webapps.difference(&running).cloned().collect();
        Ok(StepOutcome::Webapps { running, down, messages })
    }

    /// Restarts one webapp, again where that may pass by itself.
    async fn restart_one(self, webapp: &str) -> Result<(), NodeError> {
        let mut attempt = 1;
        loop {
            let restarted =
                self.session.acting.restart_webapp(&self.plan.project_key, webapp).await;
            let Err(error) = restarted else { return Ok(()) };
            let passes = matches!(
                error.kind,
                NodeErrorKind::Busy(_) | NodeErrorKind::Unreachable | NodeErrorKind::Interrupted
            );
            match error.kind.retry().pause(PAUSE).filter(|_| passes) {
                Some(pause) if attempt < Retry::MOST_ATTEMPTS => tokio::time::sleep(pause).await,
                _ => return Err(error),
            }
            attempt += 1;
        }
    }
}

fn running(webapps: &[Webapp]) -> BTreeSet<String> {
    let running = webapps.iter().filter(|webapp| webapp.is_running());
    running.map(|webapp| webapp.id.clone()).collect()
}

fn listed(running: BTreeSet<String>, messages: InfoMessages) -> StepOutcome {
    StepOutcome::Webapps { running, down: BTreeSet::new(), messages }
}

fn not_restarted(webapp: &str, backend: &WebappBackend, error: &NodeError) -> InfoMessage {
    let state = match backend {
        WebappBackend::Down => "does not run",
        _ => "may run with the user and the code of before",
    };
    let text =
        format!("webapp `{webapp}` was not restarted and {state}: {error}; restart it on the node");
    InfoMessage::new(Severity::Warning, "WARN_WEBAPP_DOES_NOT_RUN", "Webapps", text)
}

fn may_run(webapp: &str, reason: &str) -> InfoMessage {
    let text = format!(
        "whether webapp `{webapp}` runs is unknown: {reason}; it was not restarted, so restart it on the node if it is to run"
    );
    InfoMessage::new(Severity::Warning, "WARN_WEBAPP_STATE_UNKNOWN", "Webapps", text)
}

fn may_not_run(webapp: &str, reason: &str) -> InfoMessage {
    let text = format!(
        "webapp `{webapp}` was restarted, and whether it runs is unknown: {reason}; look at it on the node"
    );
    InfoMessage::new(Severity::Warning, "WARN_WEBAPP_STATE_UNKNOWN", "Webapps", text)
}

fn does_not_run(webapp: &str) -> InfoMessage {
    let text =
        format!("webapp `{webapp}` does not run after its restart; read its log on the node");
    InfoMessage::new(Severity::Warning, "WARN_WEBAPP_DOES_NOT_RUN", "Webapps", text)
}
