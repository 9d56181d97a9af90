use std::collections::BTreeSet;
use std::time::Duration;
use std::{fmt, io};

use futures::{StreamExt as _, TryStreamExt as _};
use project_deployer_client::{
    BundleProjectOptions, NewProject, NodeError, NodeErrorKind, ProjectChange, Retry, SideEffect,
    Upload,
};
use project_deployer_core::messages::InfoMessages;
use project_deployer_core::node::{Dropped, propagate};
use project_deployer_core::sync::SyncState;
use project_deployer_store::{ArchiveError, BundleArchive, Damage};

use super::code_env_logs::CodeEnvLogs;
use super::node_session::NodeSession;
use super::observe_deployment;
use super::webapps::Webapps;
use crate::update::{NodeHas, NodeProgress, NodeView, Step, StepOutcome, UpdatePlan, check_needs};
use crate::upstream::which_exist;

/// The pause before a retry of a step, unless the node asks for another one (R7).
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// Carries out one step. It decides nothing.
pub(super) async fn carry_out(
    step: Step,
    plan: &UpdatePlan,
    progress: &NodeProgress,
    session: &NodeSession,
    archive: &dyn BundleArchive,
) -> StepOutcome {
    let context = StepContext { plan, progress, session, archive };
    match context.take(step).await {
        Ok(outcome) => outcome,
        Err(error) => context.fail(step, &error).await,
    }
}

/// The logs that the node may write to during a step, as they are before it. Logs of code environments are for
/// administrators.
pub(super) async fn logs_before(
    step: Step,
    plan: &UpdatePlan,
    progress: &NodeProgress,
    session: &NodeSession,
) -> Option<CodeEnvLogs> {
    let (needed, missing) = (&plan.needed_code_envs, &progress.missing_code_envs);
    match step {
        Step::Preload => Some(CodeEnvLogs::before(&*session.key, needed, missing).await),
        _ => None,
    }
}

#[derive(Clone, Copy)]
struct StepContext<'a> {
    plan: &'a UpdatePlan,
    progress: &'a NodeProgress,
    session: &'a NodeSession,
    archive: &'a dyn BundleArchive,
}

impl StepContext<'_> {
    async fn take(self, step: Step) -> Result<StepOutcome, NodeError> {
        let (plan, acting) = (self.plan, &self.session.acting);
        let (key, bundle) = (&plan.project_key, &plan.bundle.id);
        match step {
            Step::CheckNeeds => return self.check_needs().await,
            Step::Inspect => return self.inspect().await,
            Step::CreateFromBundle => return self.create_from_bundle().await,
            Step::CreateEmpty => self.create_empty().await?,
            Step::Import => acting.import_bundle(key, self.archive().await?).await?,
            Step::WriteContainerSettings => {
                let settings = plan.desired.container_settings.clone();
                acting.configure_project(key, &ProjectChange::ContainerSettings(settings)).await?;
            }
            Step::Preload => return Ok(done(acting.preload_bundle(key, bundle).await?)),
            Step::InspectWebapps => return self.webapps().list().await,
            Step::Activate => {
                let triggers = plan.triggers_at_activation();
                return Ok(done(acting.activate_bundle(key, bundle, &triggers).await?));
            }
            Step::WriteVariables => self.write_variables().await?,
            Step::SetUpScenarios => self.set_up_scenarios().await?,
            Step::MergeAuthorizedObjects => self.merge_authorized_objects().await?,
            Step::SetUpWebapps => return self.webapps().set_up().await,
            Step::RestartWebapps => return self.webapps().restart().await,
            Step::ApplyPermissions => return self.apply_permissions().await,
            Step::Verify => return self.verify().await,
        }
        Ok(StepOutcome::done())
    }

    async fn check_needs(self) -> Result<StepOutcome, NodeError> {
        let plan = self.plan;
        let known = match plan.needed_code_envs.is_empty() {
            true => Ok(Vec::new()),
            false => match self.session.key.code_envs().await {
                Ok(Some(known)) => Ok(known),
                Ok(None) => Err("the node does not report them".to_owned()),
                Err(error) => Err(self.unknown(error)?),
            },
        };
        let (mut absent, mut unknown) = (Vec::new(), Vec::new());
        // As the acting login: the administrator's key would say that a project exists which the login may not see.
        for (project, found) in which_exist(&*self.session.acting, &plan.needed_projects).await {
            match found {
                Ok(Some(true)) => {}
                Ok(Some(false)) => absent.push(project),
                Ok(None) => unknown.push((project, "it is one of too many to ask for".to_owned())),
                // Some nodes hide a project in this way, and some say so of one that does not exist (wire-facts 9.2).
                Err(error) if error.is_forbidden() => {}
                Err(error) => unknown.push((project, self.unknown(error)?)),
            }
        }
        Ok(check_needs(plan, &NodeHas::new(known).without(absent).unsure_of(unknown)))
    }

    /// What a failed question about the needs means: they are unknown, unless the question may be repeated, or the node
    /// does not answer at all.
    fn unknown(self, error: NodeError) -> Result<String, NodeError> {
        let is_silent = matches!(
            error.kind,
            NodeErrorKind::Unreachable
                | NodeErrorKind::Tls(_)
                | NodeErrorKind::AddressRefused(_)
                | NodeErrorKind::Unauthorized(_)
                | NodeErrorKind::InvalidRequest(_)
        );
        let repeats = error.kind.retry().pause(PAUSE).is_some()
            && self.progress.tried(Step::CheckNeeds) < Retry::MOST_ATTEMPTS;
        if is_silent || repeats { Err(error) } else { Ok(error.to_string()) }
    }

    async fn inspect(self) -> Result<StepOutcome, NodeError> {
        let project = self.session.key.project(&self.plan.project_key).await?;
        let view = NodeView::of(project.as_ref(), &self.plan.bundle.id);
        Ok(StepOutcome::Seen { view })
    }

    async fn create_from_bundle(self) -> Result<StepOutcome, NodeError> {
        let options = BundleProjectOptions::default()
            .with_folder(self.plan.folder.clone())
            .with_permissions_propagation(self.plan.permissions_propagation);
        let upload = self.archive().await?;
        let made = self.session.acting.create_project_from_bundle(upload, &options).await?;
        if made == self.plan.project_key {
            return Ok(StepOutcome::done());
        }
        let reason = format!(
            "the node created project {made} instead of {}; delete it there, and choose {made} as the key of the deployment",
            self.plan.project_key
        );
        Ok(StepOutcome::Failed { reason, retry_after_ms: None })
    }

    async fn create_empty(self) -> Result<(), NodeError> {
        let plan = self.plan;
        let name = plan.bundle.project_name.clone();
        let project = NewProject::new(plan.project_key.clone(), plan.acting.clone())
            .with_name(name.unwrap_or_else(|| plan.project_key.to_string()))
            .with_folder(plan.folder.clone());
        self.session.acting.create_project(&project).await
    }

    async fn write_variables(self) -> Result<(), NodeError> {
        let key = &self.plan.project_key;
        let mut variables = self.session.acting.project_configuration(key).await?.variables;
        variables.local = self.plan.desired.local_variables_over(&variables.local);
        self.session.acting.configure_project(key, &ProjectChange::Variables(variables)).await
    }

    async fn set_up_scenarios(self) -> Result<(), NodeError> {
        let key = &self.plan.project_key;
        for scenario in self.session.acting.scenarios(key).await? {
            if let Some(change) = self.plan.change_of(&scenario) {
                self.session.acting.configure_scenario(key, &scenario.id, &change).await?;
            }
        }
        Ok(())
    }

    fn webapps(&self) -> Webapps<'_> {
        Webapps { plan: self.plan, progress: self.progress, session: self.session }
    }

    async fn merge_authorized_objects(self) -> Result<(), NodeError> {
        let (key, acting) = (&self.plan.project_key, &self.session.acting);
        let Some(objects) = &self.plan.desired.authorized_objects else { return Ok(()) };
        let current = acting.project_configuration(key).await?.permissions;
        let merged = current.clone().authorizing(objects);
        if merged != current {
            acting.configure_project(key, &ProjectChange::Permissions(merged)).await?;
        }
        Ok(())
    }

    /// When the node creates a project from a bundle, it grants the permissions itself, and does
    /// not report which users and groups it left out. For a project that was created empty, this
    /// step writes them.
    async fn apply_permissions(self) -> Result<StepOutcome, NodeError> {
        let plan = self.plan;
        let users = self.session.accounts.users().await?;
        let users: BTreeSet<_> = users.to_users().into_iter().map(|user| user.login).collect();
        let groups = self.session.accounts.groups().await?;
        let groups: BTreeSet<_> = groups.into_iter().map(|group| group.name).collect();
        let policy = plan.permissions_propagation;
        let (kept, dropped) = propagate(policy, &plan.bundle.permissions, &users, &groups);
        if self.progress.created_by == Some(Step::CreateEmpty) {
            let key = &plan.project_key;
            let current = self.session.acting.project_configuration(key).await?.permissions;
            let permissions = current.granting(kept);
            self.session
                .acting
                .configure_project(key, &ProjectChange::Permissions(permissions))
                .await?;
        }
        Ok(StepOutcome::Done { messages: InfoMessages::default(), dropped })
    }

    async fn verify(self) -> Result<StepOutcome, NodeError> {
        let (key, desired) = (&self.plan.project_key, &self.plan.desired);
        let observed = observe_deployment(&*self.session.key, key, desired).await?;
        let (differences, unknown) = match observed.sync {
            SyncState::InSync => (Vec::new(), None),
            SyncState::OutOfSync(differences) => (differences, None),
            SyncState::Unknown(what) => (Vec::new(), Some(what)),
        };
        Ok(StepOutcome::Compared { differences, unknown })
    }

    /// The archive. It ends with an error before its last bytes if they are not those of the bundle, so that the
    /// node never takes a damaged archive for a whole one: it has seen the beginning of an upload that was
    /// broken off, and has changed nothing.
    async fn archive(self) -> Result<Upload, NodeError> {
        let bundle = &self.plan.bundle;
        let failed = |reason: String| {
            let operation = format!("send bundle {}", bundle.id);
            NodeError::new("the Deployer", operation, NodeErrorKind::Archive(reason))
        };
        let stored = self.archive.open(&bundle.digest, 0).await;
        let stored = stored.map_err(|error| failed(error.to_string()))?;
        let stored = stored.ok_or_else(|| failed("its bytes are missing".to_owned()))?;
        let stored = stored.checked(&bundle.digest, bundle.size);
        let stored = stored.map_err(|error| failed(reason(error.damage(), &error)))?;
        let bytes = stored.bytes.map_err(|error| {
            let reason = reason(ArchiveError::damage_in(&error), &error);
            io::Error::new(error.kind(), reason)
        });
        let file_name = format!("{}-{}.zip", bundle.project_key, bundle.id);
        Ok(Upload::new(file_name, stored.length, bytes.boxed()))
    }

    /// What a failed call means for its step.
    async fn fail(self, step: Step, error: &NodeError) -> StepOutcome {
        let reason = error.to_string();
        let pause = error.kind.retry().pause(PAUSE);
        let retry_after_ms = pause.and_then(|pause| u64::try_from(pause.as_millis()).ok());
        if error.kind.side_effect() == SideEffect::Unknown && !step.only_reads() {
            return StepOutcome::Ambiguous { reason, retry_after_ms };
        }
        let refused =
            matches!(error.kind, NodeErrorKind::Forbidden(_) | NodeErrorKind::Unauthorized(_));
        let hint = if refused && !step.only_reads() { self.why_refused().await } else { None };
        StepOutcome::Failed {
            // For a login that is missing or disabled, only that hint is useful.
            reason: match hint {
                Some(hint) => format!("{} was refused: {hint}", error.operation),
                None => reason,
            },
            retry_after_ms,
        }
    }

    /// A login that is missing on the node or disabled is the usual reason for a refusal (R-S9).
    async fn why_refused(self) -> Option<String> {
        let login = &self.plan.acting;
        let user = self.session.accounts.user(login).await.ok()?;
        let address = &self.session.address_for_people;
        match user {
            None => Some(format!(
                "there is no user `{login}` on this node yet: if a directory supplies the user, log in once at {address}, else create the user there"
            )),
            Some(user) if !user.enabled => {
                Some(format!("user `{login}` is disabled on this node: enable the user there"))
            }
            Some(_) => None,
        }
    }
}

/// Why an archive cannot be sent. What to do about it is in the error of the call.
fn reason(damage: Option<&Damage>, error: &impl fmt::Display) -> String {
    damage.map_or_else(|| error.to_string(), |damage| format!("it is damaged: {damage}"))
}

fn done(messages: InfoMessages) -> StepOutcome {
    StepOutcome::Done { messages, dropped: Dropped::default() }
}
