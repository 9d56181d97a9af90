//! What a Deployer runs hooks with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use project_deployer_client::HookSender;
use project_deployer_core::infra::{HookPhase, Hooks};
use project_deployer_core::{ApiKeySecret, Timestamp};

use super::definition::{HookDefinition, HookKind, PlannedHooks, named};
use super::in_process::{HookCall, UpdateHook};
use super::outcome::HookOutcome;
use super::slots::{HookLimits, HookSlot, HookSlots, QueuedHook};
use super::{http, in_process};

/// The programs that process hooks may run. Without it a Deployer runs none: whoever administers an infrastructure
/// could otherwise run any program on the machine of the Deployer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct HookPrograms {
    directory: PathBuf,
    variables: BTreeSet<String>,
}

impl HookPrograms {
    /// The programs in a directory, and none below it. Only its owner should be able to write there.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        let directory = directory.into();
        // Programs start in it, where a relative path would lead elsewhere.
        let directory = std::path::absolute(&directory).unwrap_or(directory);
        Self { directory, variables: BTreeSet::new() }
    }

    /// Adds the name of a variable of the Deployer's environment that hooks may name.
    pub fn with_variable(mut self, name: impl Into<String>) -> Self {
        self.variables.insert(name.into());
        self
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }
}

/// One run of a hook.
#[derive(Debug)]
pub(crate) struct HookDelivery<'a> {
    pub(crate) definition: &'a HookDefinition,
    pub(crate) secret: Option<&'a ApiKeySecret>,
    pub(crate) at: Timestamp,
    pub(crate) call: HookCall,
}

/// What a Deployer runs hooks with.
#[derive(Debug)]
pub(crate) struct HookHost {
    limits: HookLimits,
    slots: HookSlots,
    sender: Option<Arc<dyn HookSender>>,
    programs: Option<HookPrograms>,
    registered: BTreeMap<String, Arc<dyn UpdateHook>>,
}

impl HookHost {
    pub(crate) fn new(
        limits: HookLimits,
        sender: Option<Arc<dyn HookSender>>,
        programs: Option<HookPrograms>,
        registered: BTreeMap<String, Arc<dyn UpdateHook>>,
    ) -> Self {
        let slots = HookSlots::new(&limits);
        Self { limits, slots, sender, programs, registered }
    }

    /// What sends signed calls; none if this Deployer sends none.
    pub(crate) fn sender(&self) -> Option<Arc<dyn HookSender>> {
        self.sender.clone()
    }

    /// The hooks that run or wait.
    pub(crate) fn queue(&self) -> Vec<QueuedHook> {
        self.slots.queue()
    }

    /// The hooks of an infrastructure for a plan, or every reason why some cannot be run here (R-H4).
    pub(crate) fn plan(&self, hooks: &Hooks) -> Result<PlannedHooks, Vec<String>> {
        let planned = PlannedHooks::read(hooks)?;
        let all = HookPhase::ALL
            .into_iter()
            .flat_map(|phase| planned.of(phase).iter().map(move |hook| (phase, hook)));
        let objections: Vec<_> = all
            .filter_map(|(phase, hook)| Some(named(phase, &hook.name, &self.objection(hook)?)))
            .collect();
        if objections.is_empty() { Ok(planned) } else { Err(objections) }
    }

    /// Why this Deployer cannot run a hook.
    pub(crate) fn objection(&self, hook: &HookDefinition) -> Option<String> {
        match &hook.kind {
            HookKind::Http { .. } => self
                .sender
                .is_none()
                .then(|| "this Deployer sends no HTTP hooks; use a connector that does".to_owned()),
            HookKind::Process { program, variables, .. } => self.no_process(program, variables),
            HookKind::InProcess { hook } => (!self.registered.contains_key(hook)).then(|| {
                format!(
                    "no hook `{hook}` is registered with this Deployer; its host has to register it"
                )
            }),
        }
    }

    fn no_process(&self, program: &str, variables: &[String]) -> Option<String> {
        if cfg!(not(unix)) {
            return Some("process hooks run on Unix only".to_owned());
        }
        let Some(programs) = &self.programs else {
            return Some(
                "this Deployer runs no programs; start it with a directory of hook programs"
                    .to_owned(),
            );
        };
        if let Some(name) = variables.iter().find(|name| !programs.variables.contains(*name)) {
            return Some(format!(
                "variable `{name}` is not among those that the Deployer passes to hooks"
            ));
        }
        let is_there = programs.directory.join(program).is_file();
        (!is_there)
            .then(|| format!("there is no program `{program}` in the directory of hook programs"))
    }

    /// Waits for a slot; the outcome of a hook that got none in time.
    pub(crate) async fn slot(&self, hook: QueuedHook) -> Result<HookSlot<'_>, HookOutcome> {
        let wait = self.limits.wait(hook.phase);
        self.slots.take(hook, wait).await.ok_or_else(|| {
            HookOutcome::error(format!(
                "it waited {} s for others and did not run: {} hooks run at a time",
                wait.as_secs(),
                self.limits.at_a_time
            ))
        })
    }

    /// Runs a hook in its slot, until it ends, until its time is over, or until it is stopped.
    pub(crate) async fn run(
        &self,
        _slot: &HookSlot<'_>,
        delivery: &HookDelivery<'_>,
        stopped: impl Future<Output = ()>,
    ) -> HookOutcome {
        if let Some(objection) = self.objection(delivery.definition) {
            return HookOutcome::error(objection);
        }
        let timeout = delivery.definition.timeout();
        let ends = async {
            tokio::select! {
                biased;
                () = stopped => HookOutcome::error("it was stopped, since the update was cancelled"),
                () = tokio::time::sleep(timeout) => HookOutcome::error(format!(
                    "it did not end within {} s, and was stopped", timeout.as_secs()
                )),
            }
        };
        match &delivery.definition.kind {
            HookKind::Process { program, arguments, variables } => {
                self.run_process(program, arguments, variables, delivery, ends).await
            }
            other => {
                tokio::select! {
                    biased;
                    outcome = self.run_in_memory(other, delivery) => outcome,
                    outcome = ends => outcome,
                }
            }
        }
    }

    async fn run_in_memory(&self, kind: &HookKind, delivery: &HookDelivery<'_>) -> HookOutcome {
        match kind {
            HookKind::Http { url, trust_all_certificates } => match &self.sender {
                Some(sender) => http::run(&**sender, url, *trust_all_certificates, delivery).await,
                None => HookOutcome::error("this Deployer sends no HTTP hooks"),
            },
            HookKind::InProcess { hook } => match self.registered.get(hook) {
                Some(hook) => in_process::run(&**hook, &delivery.call).await,
                None => HookOutcome::error(format!("no hook `{hook}` is registered")),
            },
            HookKind::Process { .. } => HookOutcome::error("it is a process"),
        }
    }

    #[cfg(unix)]
    async fn run_process(
        &self,
        program: &str,
        arguments: &[String],
        variables: &[String],
        delivery: &HookDelivery<'_>,
        ends: impl Future<Output = HookOutcome>,
    ) -> HookOutcome {
        let Some(programs) = &self.programs else {
            return HookOutcome::error("this Deployer runs no programs");
        };
        let start = super::process::Start {
            program: programs.directory().join(program),
            directory: programs.directory(),
            arguments,
            variables,
            input: delivery.call.payload.to_string().into_bytes(),
        };
        super::process::run(start, ends).await
    }

    #[cfg(not(unix))]
    async fn run_process(
        &self,
        _program: &str,
        _arguments: &[String],
        _variables: &[String],
        _delivery: &HookDelivery<'_>,
        _ends: impl Future<Output = HookOutcome>,
    ) -> HookOutcome {
        HookOutcome::error("process hooks run on Unix only")
    }
}
