//! The whole estate as one file: planned and applied as long tasks, and exported.

use std::collections::BTreeMap;
use std::path::Path;

use axum::Json;
use axum::extract::State;
use project_deployer::estate::{
    AppliedEstate, Estate, EstateAccess, EstateError, EstateFormat, EstatePlan, EstateProblems,
    EstateSecrets, ExportOptions, ObservedEstate, PlanOptions, PlannedChange, SecretRef,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::reply::Accepted;
use super::request::{Answer, Body, Caller, Parameters, json as written};
use super::tasks::{self, Reporter, Task};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(export)).routes(routes!(plan)).routes(routes!(apply))
}

/// A file of the estate, and what may be done with it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EstateRequest {
    /// The text of the file. docs/estate.md describes it.
    file: String,
    /// `yaml`, `json` or `toml`; `yaml` without it.
    format: Option<String>,
    /// Kinds of which an object that the file does not mention is deleted: `groups`, `users`, `stages`, `fleets`,
    /// `infrastructures`, `windows`, `projects`, `deployments`.
    #[serde(default)]
    prune: Vec<String>,
    /// Whether the deployments that change are updated too, and those whose nodes are behind.
    #[serde(default)]
    deploy: bool,
    /// Whether to go on where an infrastructure warns of a bundle that is not approved.
    #[serde(default)]
    accept_warnings: bool,
    /// The secrets that the file names. The service reads none of its own environment or files.
    #[serde(default)]
    secrets: EstateRequestSecrets,
    /// Only for applying and scheduling: the digest of a plan. Nothing is written if the file, its secrets or what is there are others
    /// now.
    digest: Option<String>,
}

/// Secrets by the names that the file gives to them.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EstateRequestSecrets {
    /// What the file names as `{env: NAME}`.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// What the file names as `{file: PATH}`.
    #[serde(default)]
    file: BTreeMap<String, String>,
}

/// What an estate would change, and with `applied` what it has changed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EstatePlanned {
    /// For `digest` of `applyEstate`. It covers the whole file, its secrets, and the versions of what is there.
    digest: String,
    /// The changes in order, each with `kind`, `id`, `action` and its `fields`. Secrets are withheld.
    #[schema(value_type = Vec<Object>)]
    changes: Value,
    /// What prevents the plan (`severity` is `ERROR`), what it warns of, and what is worth knowing.
    #[schema(value_type = Vec<Object>)]
    notes: Value,
    /// How many notes prevent the plan. Nothing is written then.
    blockers: usize,
    /// How many of them say only that windows refuse updates now. A plan without others can be scheduled.
    blockers_by_windows: usize,
    /// What was done; none if nothing was tried.
    applied: Option<EstateApplied>,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
struct EstateApplied {
    /// How many objects were created, changed or deleted.
    changes: usize,
    /// The updates that were started.
    updates: Vec<EstateUpdate>,
    /// Deployments whose projects use objects of each other in a circle, so that no order suits them.
    cycles: Vec<Vec<String>>,
}

/// An update that was started, or was to be.
#[derive(Debug, Serialize, ToSchema)]
struct EstateUpdate {
    /// The deployment.
    deployment: String,
    /// How it ended; none if it did not start.
    status: Option<String>,
    /// Why it did not start.
    error: Option<String>,
}

/// A file that was accepted.
pub(super) struct Accept {
    pub(super) estate: Estate,
    pub(super) secrets: EstateSecrets,
    options: PlanOptions,
    digest: Option<String>,
}

impl EstateRequest {
    /// Reads the file. All its mistakes are in the problem.
    pub(super) fn accept(self) -> Answer<Accept> {
        let format = format_of(self.format.as_deref())?;
        let kinds = self.prune.iter().map(|kind| kind.parse());
        let prune = kinds
            .collect::<Result<_, String>>()
            .map_err(|rule| Problem::field("prune", "it is no kind of object", &rule))?;
        let estate = Estate::parse(&self.file, format)?;
        let given = self.secrets;
        let secrets = EstateSecrets::resolve(&estate, |place| given.find(place))?;
        let options = PlanOptions::default()
            .with_prune(prune)
            .with_deploy(self.deploy)
            .with_accept_warnings(self.accept_warnings);
        Ok(Accept { estate, secrets, options, digest: self.digest })
    }
}

impl EstateRequestSecrets {
    fn find(&self, place: &SecretRef) -> Result<SecretString, String> {
        let given = match place {
            SecretRef::Env(name) => self.env.get(name),
            SecretRef::File(path) => path.to_str().and_then(|path| self.file.get(path)),
            _ => None,
        };
        let given = given.cloned().map(SecretString::from);
        given.ok_or_else(|| "it is not among the `secrets` of the request".to_owned())
    }
}

fn format_of(name: Option<&str>) -> Answer<EstateFormat> {
    let name = name.filter(|name| !name.is_empty()).unwrap_or("yaml");
    EstateFormat::of(Path::new(&format!("estate.{name}"))).ok_or_else(|| {
        Problem::field("format", "it is no format of a file", "send `yaml`, `json` or `toml`")
    })
}

impl Accept {
    /// Refuses a plan that is not the one that the request names, if it names one.
    fn refuse_another(&self, plan: &EstatePlan) -> Answer<()> {
        let Some(digest) = &self.digest else { return Ok(()) };
        if plan.has_fingerprint(digest, &self.estate, &self.secrets)? {
            return Ok(());
        }
        let text = "the plan is not the one that was named; nothing was written";
        Err(Problem::new("changed-meanwhile", text).with_fix("plan again"))
    }

    /// Plans the file and checks its nodes: the first two steps of a task.
    pub(super) async fn plan(
        &self,
        access: EstateAccess<'_>,
        reporter: &Reporter,
    ) -> Answer<EstatePlan> {
        reporter.step(0, "reads what is there");
        let observed = ObservedEstate::read(access, &self.estate, &self.options).await?;
        let mut plan = EstatePlan::of(&self.estate, &observed, &self.secrets, &self.options);
        drop(observed);
        self.refuse_another(&plan)?;
        reporter.step(1, "checks nodes");
        plan.check(access).await?;
        Ok(plan)
    }
}

/// The file of what is there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EstateFile {
    /// The text of the file.
    file: String,
    /// What was left out, each in words: what the caller may not read, and what may be secret.
    left_out: Vec<String>,
}

/// What a file of the estate gets.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// `yaml`, `json` or `toml`; `yaml` without it.
    format: Option<String>,
    /// Whether the values of local variables are written, which may be secret.
    #[serde(default)]
    variables: bool,
    /// Whether the code and the settings of hooks are written, which may be secret.
    #[serde(default)]
    hooks: bool,
    /// Whether users are written, with their names and mail addresses. Only administrators see them.
    #[serde(default)]
    users: bool,
}

/// Write the file of what is there, as far as the caller may read it. Planning it at once shows no difference.
#[utoipa::path(get, path = "/estate", operation_id = "exportEstate", tag = "estate", params(ExportQuery),
    responses((status = 200, body = EstateFile)))]
async fn export(
    State(context): State<ServiceContext>,
    caller: Caller,
    Parameters(query): Parameters<ExportQuery>,
) -> Answer<Json<EstateFile>> {
    let format = format_of(query.format.as_deref())?;
    let options = ExportOptions::default()
        .with_variables(query.variables)
        .with_hooks(query.hooks)
        .with_users(query.users);
    let file = caller.apart(&context, move |session| async move {
        let observed = ObservedEstate::read_all(EstateAccess::Engine(&session)).await?;
        let exported = observed.export(&options);
        let text = exported.estate.to_text(format);
        let file = text.map_err(|error| Problem::new("not-possible", error.to_string()))?;
        Ok(EstateFile { file, left_out: exported.left_out })
    });
    Ok(Json(file.await?))
}

/// Plan a file of the estate: what would change, and what prevents it. Nothing is changed. The result of the task is an
/// `EstatePlanned`.
#[utoipa::path(post, path = "/estate/plan", operation_id = "planEstate", tag = "estate",
    request_body = EstateRequest, responses((status = 202, body = Task)))]
async fn plan(
    State(context): State<ServiceContext>,
    caller: Caller,
    Body(request): Body<EstateRequest>,
) -> Answer<Accepted<Task>> {
    caller.session.may_edit_accounts().await?;
    // Only what is written may have to be the plan of a digest.
    let accepted = Accept { digest: None, ..request.accept()? };
    let session = caller.session.clone();
    let work = move |reporter: Reporter| async move {
        let plan = accepted.plan(EstateAccess::Engine(&session), &reporter).await?;
        written(&EstatePlanned::of(&plan, &accepted, None)?)
    };
    Ok(tasks::start(&context, &caller, "estate-plan", 2, work)?.accepted("../tasks"))
}

/// Apply a file of the estate: plan it, and unless something prevents the plan, change what differs. The result of the
/// task is an `EstatePlanned`. Send it again after an interruption.
#[utoipa::path(post, path = "/estate/apply", operation_id = "applyEstate", tag = "estate",
    request_body = EstateRequest, responses((status = 202, body = Task)))]
async fn apply(
    State(context): State<ServiceContext>,
    caller: Caller,
    Body(request): Body<EstateRequest>,
) -> Answer<Accepted<Task>> {
    caller.session.may_edit_accounts().await?;
    let accepted = request.accept()?;
    let session = caller.session.clone();
    let work = move |reporter: Reporter| async move {
        let access = EstateAccess::Engine(&session);
        let plan = accepted.plan(access, &reporter).await?;
        if plan.blockers().next().is_some() {
            return written(&EstatePlanned::of(&plan, &accepted, None)?);
        }
        let begins = |change: &PlannedChange| {
            let text = format!("{} {} {}", change.action, change.kind.noun(), change.id);
            reporter.step(2, text.trim_end());
        };
        let applied = plan.apply(access, &accepted.estate, &accepted.secrets, &begins).await?;
        written(&EstatePlanned::of(&plan, &accepted, Some(&applied))?)
    };
    Ok(tasks::start(&context, &caller, "estate-apply", 3, work)?.accepted("../tasks"))
}

impl EstatePlanned {
    fn of(plan: &EstatePlan, file: &Accept, applied: Option<&AppliedEstate>) -> Answer<Self> {
        let changes: Vec<_> = plan.changes().collect();
        let blockers = plan.blockers().count();
        Ok(Self {
            digest: plan.fingerprint(&file.estate, &file.secrets)?,
            changes: written(&changes)?,
            notes: written(&plan.notes())?,
            blockers,
            blockers_by_windows: blockers - plan.lasting_blockers().count(),
            applied: applied.map(EstateApplied::of),
        })
    }
}

impl EstateApplied {
    fn of(applied: &AppliedEstate) -> Self {
        let updates = applied.updates.iter().map(|(id, end)| EstateUpdate {
            deployment: id.to_string(),
            status: end.as_ref().ok().map(ToString::to_string),
            error: end.as_ref().err().map(ToString::to_string),
        });
        let cycles =
            applied.cycles.iter().map(|cycle| cycle.iter().map(ToString::to_string).collect());
        Self { changes: applied.changes, updates: updates.collect(), cycles: cycles.collect() }
    }
}

impl From<EstateProblems> for Problem {
    fn from(problems: EstateProblems) -> Self {
        let fields = problems.iter().map(|problem| {
            let place = problem.line.map(|line| format!("line {line}: ")).unwrap_or_default();
            (problem.path.clone(), format!("{place}{}", problem.what), problem.hint.clone())
        });
        Self::mistakes(problems.to_string(), fields)
    }
}

impl From<EstateError> for Problem {
    fn from(error: EstateError) -> Self {
        match error {
            EstateError::Document(problems) => problems.into(),
            EstateError::Deployer(error) => error.into(),
            EstateError::Stopped { ref source, .. } => {
                Self::new("not-possible", format!("{error}: {source}"))
            }
            EstateError::Outdated { .. } => Self::new("changed-meanwhile", error.to_string()),
            other => Self::new("not-possible", other.to_string()),
        }
    }
}
