//! Long tasks: they go on after the answer, with progress. A task of the API is known to the process that runs it;
//! an update is a task of the store, which every process knows.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use project_deployer::DeployerError;
use project_deployer::core::{Login, Timestamp};
use serde::Serialize;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::reply::{Accepted, segment};
use super::request::{Answer, Caller, Ids};
use crate::service::ServiceContext;

/// How many tasks are remembered; and how many run, for one caller and for all.
const REMEMBERED: usize = 100;
const RUNNING_OF_ONE: usize = 2;
const RUNNING: usize = 8;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one, abort))
}

/// A long task.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Task {
    /// Its id.
    id: String,
    /// What it does: `parity`, `remedies`, `audit-verification`, `estate-plan`, `estate-apply`, `estate-schedule` or `key-rotation`.
    kind: &'static str,
    /// Who started it.
    requester: String,
    /// When it began, in milliseconds since 1970.
    started: i64,
    /// When it ended; none while it runs.
    ended: Option<i64>,
    /// `running`, `done`, `failed` or `aborted`.
    state: &'static str,
    /// How far it is.
    progress: Progress,
    /// Its result.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// How far a task is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Progress {
    /// Steps that are done.
    done: usize,
    /// All steps.
    of: usize,
    /// What it does now.
    text: String,
}

/// The tasks of a process.
#[derive(Debug, Default)]
pub(crate) struct Tasks(Mutex<VecDeque<Kept>>);

#[derive(Debug)]
struct Kept {
    task: Task,
    requester: Login,
    abort: Option<oneshot::Sender<()>>,
}

/// Says how far a task is.
#[derive(Debug, Clone)]
pub(super) struct Reporter {
    tasks: Arc<Tasks>,
    id: String,
}

impl Tasks {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A task of a caller who may read its result.
    async fn of(&self, id: &str, caller: &Caller) -> Answer<Task> {
        if !may_read(caller).await? {
            return Err(unknown(id));
        }
        let login = caller.principal.login();
        let tasks = self.lock();
        let found = tasks.iter().find(|kept| kept.task.id == id && kept.requester == *login);
        found.map(|kept| kept.task.clone()).ok_or_else(|| unknown(id))
    }

    /// Whether a caller may abort a task: their own, even without the right to read its result any more, and as an
    /// administrator that of anybody.
    async fn may_abort(&self, id: &str, caller: &Caller) -> Answer<()> {
        let (all, login) = (may_read(caller).await?, caller.principal.login());
        let is_it = |kept: &Kept| kept.task.id == id && (all || kept.requester == *login);
        if self.lock().iter().any(is_it) { Ok(()) } else { Err(unknown(id)) }
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Kept)) {
        if let Some(kept) = self.lock().iter_mut().find(|kept| kept.task.id == id) {
            change(kept);
        }
    }
}

/// Whether the caller may read results of tasks now: they have logins of all nodes, and so do the tasks of somebody who
/// was an administrator once.
async fn may_read(caller: &Caller) -> Answer<bool> {
    match caller.session.may_edit_accounts().await {
        Ok(()) => Ok(true),
        Err(DeployerError::Forbidden(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn unknown(id: &str) -> Problem {
    Problem::new("task-unknown", format!("there is no task `{id}`"))
        .with_fix("start the task again: its process may have ended")
}

impl Reporter {
    /// The next step begins.
    pub(super) fn step(&self, done: usize, text: impl Into<String>) {
        self.tasks.change(&self.id, |kept| {
            kept.task.progress.done = done;
            kept.task.progress.text = text.into();
        });
    }
}

/// Starts a task of a caller, on a thread of its own: what it does need not move between threads.
pub(super) fn start<F>(
    context: &ServiceContext,
    caller: &Caller,
    kind: &'static str,
    steps: usize,
    work: impl FnOnce(Reporter) -> F + Send + 'static,
) -> Answer<Task>
where
    F: Future<Output = Answer<Value>>,
{
    let (tasks, requester) = (&context.frontends.tasks, caller.principal.login());
    let mut all = tasks.lock();
    let running = all.iter().filter(|kept| kept.task.ended.is_none());
    let of_one = running.clone().filter(|kept| kept.requester == *requester).count();
    if running.count() >= RUNNING || of_one >= RUNNING_OF_ONE {
        let text = "too many tasks are running; wait for the end of one, or abort it";
        return Err(Problem::new("too-many-tasks", text));
    }
    if all.len() >= REMEMBERED
        && let Some(oldest) = all.iter().position(|kept| kept.task.ended.is_some())
    {
        all.remove(oldest);
    }
    let task = Task {
        id: format!("{}-{}", context.deployer.now().as_millis(), random()),
        kind,
        requester: requester.to_string(),
        started: context.deployer.now().as_millis(),
        ended: None,
        state: "running",
        progress: Progress { done: 0, of: steps, text: "begins".to_owned() },
        result: None,
        error: None,
    };
    let (deployer, id) = (context.deployer.clone(), task.id.clone());
    let reporter = Reporter { tasks: Arc::clone(tasks), id: id.clone() };
    let ending = Arc::clone(tasks);
    let (abort, aborted) = oneshot::channel();
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        runtime.block_on(async {
            let outcome = tokio::select! {
                biased;
                Ok(()) = aborted => return,
                outcome = work(reporter) => outcome,
            };
            let now = deployer.now();
            ending.change(&id, |kept| ended(&mut kept.task, now, outcome));
        });
    });
    let (abort, requester) = (Some(abort), requester.clone());
    all.push_back(Kept { task: task.clone(), requester, abort });
    Ok(task)
}

fn ended(task: &mut Task, now: Timestamp, outcome: Answer<Value>) {
    task.ended = Some(now.as_millis());
    match outcome {
        Ok(result) => {
            (task.state, task.result) = ("done", Some(result));
            task.progress.done = task.progress.of;
            task.progress.text = "done".to_owned();
        }
        Err(problem) => (task.state, task.error) = ("failed", Some(problem.text().to_owned())),
    }
}

fn random() -> String {
    let mut bytes = [0; 8];
    // Without random numbers the time alone distinguishes tasks.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Task {
    /// The answer to the request that started it. `tasks` is where the tasks are, relative to that request.
    pub(super) fn accepted(self, tasks: &str) -> Accepted<Self> {
        Accepted(format!("{tasks}/{}", segment(&self.id)), self)
    }
}

/// The tasks of the caller.
#[derive(Debug, Serialize, ToSchema)]
struct TaskList {
    /// The tasks, the latest first, without their results.
    items: Vec<Task>,
}

/// List the tasks of the caller, the latest first.
#[utoipa::path(get, path = "/tasks", operation_id = "listTasks", tag = "tasks",
    responses((status = 200, body = TaskList)))]
async fn list(State(context): State<ServiceContext>, caller: Caller) -> Answer<Json<TaskList>> {
    if !may_read(&caller).await? {
        return Ok(Json(TaskList { items: Vec::new() }));
    }
    let all = context.frontends.tasks.lock();
    let own = all.iter().rev().filter(|kept| kept.requester == *caller.principal.login());
    let items = own.map(|kept| Task { result: None, ..kept.task.clone() }).collect();
    Ok(Json(TaskList { items }))
}

/// Get a task of the caller, with its result.
#[utoipa::path(get, path = "/tasks/{task}", operation_id = "getTask", tag = "tasks",
    params(("task" = String, Path, description = "The id of the task")), responses((status = 200, body = Task)))]
async fn one(
    State(context): State<ServiceContext>,
    caller: Caller,
    ids: Ids,
) -> Answer<Json<Task>> {
    Ok(Json(context.frontends.tasks.of(ids.text("task"), &caller).await?))
}

/// Abort a task of the caller, or as an administrator that of anybody. Calls that were sent to nodes have their effect.
#[utoipa::path(delete, path = "/tasks/{task}", operation_id = "abortTask", tag = "tasks",
    params(("task" = String, Path, description = "The id of the task")), responses((status = 204)))]
async fn abort(
    State(context): State<ServiceContext>,
    caller: Caller,
    ids: Ids,
) -> Answer<StatusCode> {
    let (tasks, id) = (&context.frontends.tasks, ids.text("task"));
    tasks.may_abort(id, &caller).await?;
    let now = context.deployer.now();
    tasks.change(id, |kept| {
        if let (None, Some(abort)) = (kept.task.ended, kept.abort.take()) {
            // It ends at its next pause.
            let _ = abort.send(());
            (kept.task.state, kept.task.ended) = ("aborted", Some(now.as_millis()));
        }
    });
    Ok(StatusCode::NO_CONTENT)
}
