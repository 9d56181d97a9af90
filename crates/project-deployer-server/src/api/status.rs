//! The live status of deployments, and the board of all of them.

use axum::Json;
use axum::extract::State;
use project_deployer::board::{Board as EngineBoard, Row};
use project_deployer::core::messages::{InfoMessage, InfoMessages};
use project_deployer::core::status::DeploymentHeavyStatus;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::request::{Answer, Caller, word};
use crate::service::ServiceContext;

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(board))
}

/// The health of a deployment, as its nodes report it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LiveStatus {
    /// `HEALTHY`, `WARNING`, `UNKNOWN`, `OUT_OF_SYNC`, `UNHEALTHY` or `ERROR`.
    health: String,
    /// The reasons.
    messages: Vec<Message>,
    /// The names of its scenarios, by the outcome of the last run.
    scenarios: Scenarios,
}

/// A reason.
#[derive(Debug, Serialize, ToSchema)]
struct Message {
    /// `SUCCESS`, `INFO`, `WARNING` or `ERROR`.
    severity: String,
    /// A stable id.
    code: String,
    /// The subject.
    title: String,
    /// The reason.
    text: String,
}

/// Scenarios of a deployed project.
#[derive(Debug, Serialize, ToSchema)]
struct Scenarios {
    failed: Vec<String>,
    warning: Vec<String>,
    successful: Vec<String>,
    aborted: Vec<String>,
    running: Vec<String>,
}

pub(super) fn live(status: DeploymentHeavyStatus) -> LiveStatus {
    let monitoring = status.monitoring;
    LiveStatus {
        health: word(&status.health),
        messages: messages(status.health_messages),
        scenarios: Scenarios {
            failed: monitoring.failed,
            warning: monitoring.warning,
            successful: monitoring.successful,
            aborted: monitoring.aborted,
            running: monitoring.running,
        },
    }
}

fn messages(messages: InfoMessages) -> Vec<Message> {
    let message = |message: InfoMessage| Message {
        severity: word(&message.severity),
        code: message.code,
        title: message.title,
        text: message.message,
    };
    messages.0.into_iter().map(message).collect()
}

/// All deployments that the caller may see, by stage.
#[derive(Debug, Serialize, ToSchema)]
struct Board {
    /// One column for each stage.
    stages: Vec<BoardStage>,
}

/// A stage of the board.
#[derive(Debug, Serialize, ToSchema)]
struct BoardStage {
    /// The stage.
    stage: String,
    /// Its infrastructures.
    infrastructures: Vec<String>,
    /// Its deployments.
    deployments: Vec<BoardDeployment>,
}

/// A deployment on the board.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BoardDeployment {
    id: String,
    infrastructure: String,
    project: String,
    /// The project key on the nodes.
    deployed_as: String,
    bundle: String,
    /// The first line of the release notes of the bundle.
    release_note: Option<String>,
    /// `HEALTHY`, `WARNING`, `UNKNOWN`, `OUT_OF_SYNC`, `UNHEALTHY` or `ERROR`.
    health: String,
    messages: Vec<Message>,
    superseded: bool,
    /// When the last update began, in milliseconds since 1970.
    last_update: Option<i64>,
    /// How it ended, or `RUNNING`.
    last_update_status: Option<String>,
}

impl From<Row> for BoardDeployment {
    fn from(row: Row) -> Self {
        Self {
            id: row.deployment.to_string(),
            infrastructure: row.infra.to_string(),
            project: row.project.to_string(),
            deployed_as: row.deployed_as.to_string(),
            bundle: row.bundle.to_string(),
            release_note: row.origin.release_note,
            health: word(&row.health),
            messages: messages(row.messages),
            superseded: row.superseded,
            last_update: row.last_update.as_ref().map(|update| update.start_timestamp.as_millis()),
            last_update_status: row.last_update.map(|update| word(&update.status)),
        }
    }
}

impl From<EngineBoard> for Board {
    fn from(board: EngineBoard) -> Self {
        let stages = board.stages.into_iter().map(|column| BoardStage {
            stage: column.stage.to_string(),
            infrastructures: column.infras.iter().map(ToString::to_string).collect(),
            deployments: column.rows.into_iter().map(Into::into).collect(),
        });
        Self { stages: stages.collect() }
    }
}

/// Get all deployments by stage, with their live health. All nodes are asked.
#[utoipa::path(get, path = "/board", operation_id = "getBoard", tag = "board",
    responses((status = 200, body = Board)))]
async fn board(State(context): State<ServiceContext>, caller: Caller) -> Answer<Json<Board>> {
    let board = caller.apart(&context, |session| async move { Ok(session.board().await?) });
    Ok(Json(board.await?.into()))
}
