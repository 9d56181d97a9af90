//! Server-sent events: what changed, as it changes. A client that reconnects with the id of its last event misses
//! nothing.

mod hub;
mod log;
mod stream;

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::future::select;
use futures::{Stream, StreamExt as _, stream as streams};
use project_deployer::store::Revision;
use project_deployer::{ChangedObject, ObjectChange};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use self::hub::Hub;
use self::log::LogStream;
use super::deployments::{id_in, start_in};
use super::problem::Problem;
use super::request::{Answer, Caller, Ids, Parameters, word};
use super::updates::LogPart;
use crate::operations::{BoundedPlace, EventStreams, Place};
use crate::service::ServiceContext;

/// How often a stream without events says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a stream lasts. The browser reconnects by itself, and authenticates again.
const LONGEST: Duration = Duration::from_secs(900);
const LONGEST_FOR_ANOTHER: Duration = Duration::from_secs(30);

/// How much later its place is free. A stream whose client reads nothing does not end by itself.
const GRACE: Duration = Duration::from_secs(10);

/// How soon a browser reconnects, in milliseconds.
const RETRY: Duration = Duration::from_secs(1);

pub(super) fn routes() -> OpenApiRouter<ServiceContext> {
    OpenApiRouter::new().routes(routes!(events)).routes(routes!(update_events))
}

/// The data of an event `change`: the objects that one commit changed.
#[derive(Debug, Serialize, ToSchema)]
struct ChangeEvent {
    /// The revision of the commit, which is also the id of the event.
    revision: u64,
    /// The objects.
    changes: Vec<Changed>,
}

/// An object that changed.
#[derive(Debug, Serialize, ToSchema)]
struct Changed {
    /// `deployment`, `update`, `infrastructure`, `project`, `bundle`, `stages`, `user` or `group`. A change of an
    /// infrastructure or a project also stands for its deployments.
    kind: &'static str,
    /// Its id; of an update, that of its deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The project of a bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    /// The start of an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<i64>,
    /// The status of an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// Whether it is gone for the caller.
    deleted: bool,
}

impl From<&ObjectChange> for Changed {
    fn from(change: &ObjectChange) -> Self {
        let (kind, id) = match &change.object {
            ChangedObject::Stages => ("stages", None),
            ChangedObject::Infra(id) => ("infrastructure", Some(id.to_string())),
            ChangedObject::Project(key) => ("project", Some(key.to_string())),
            ChangedObject::Bundle(_, id) => ("bundle", Some(id.to_string())),
            ChangedObject::Deployment(id) => ("deployment", Some(id.to_string())),
            ChangedObject::Update { deployment, .. } => ("update", Some(deployment.to_string())),
            ChangedObject::User(login) => ("user", Some(login.to_string())),
            ChangedObject::Group(name) => ("group", Some(name.to_string())),
            _ => ("other", None),
        };
        let mut changed =
            Self { kind, id, project: None, start: None, status: None, deleted: change.deleted };
        match &change.object {
            ChangedObject::Bundle(project, _) => changed.project = Some(project.to_string()),
            ChangedObject::Update { start, status, .. } => {
                (changed.start, changed.status) = (Some(start.as_millis()), Some(word(status)));
            }
            _ => {}
        }
        changed
    }
}

/// From where on events are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// The id of the last event, for clients that cannot send the header `Last-Event-ID`.
    last_event_id: Option<u64>,
}

/// Follow what changes. Event `change` has the objects of one commit. Event `reset` says: read everything again. Both
/// have the revision as id; a client that reconnects with `Last-Event-ID` misses nothing. Several changes of one object may
/// be one event, the last one: no object is left in an earlier state. Each update is an object of its own, so that the end
/// of every update is an event.
#[utoipa::path(get, path = "/events", operation_id = "followEvents", tag = "events",
    params(EventsQuery, ("Last-Event-ID" = Option<u64>, Header, description = "The id of the last event")),
    responses((status = 200, body = ChangeEvent, content_type = "text/event-stream")))]
async fn events(
    State(context): State<ServiceContext>,
    caller: Caller,
    headers: HeaderMap,
    Parameters(query): Parameters<EventsQuery>,
) -> Answer<Response> {
    let _ = caller.caller().await?;
    let last = headers.get("last-event-id").map(|value| {
        let text = value.to_str().ok().and_then(|text| text.trim().parse().ok());
        text.ok_or_else(|| {
            Problem::field("Last-Event-ID", "it is no id of an event", "send the id of an event")
        })
    });
    let after = last.transpose()?.or(query.last_event_id).map(Revision);
    let place = context.operations.streams.take(caller.principal.login().as_str())?;
    let longest = longest(&caller);
    let messages = context.frontends.hub.messages(&context.deployer, caller, after);
    let (at, messages) = messages.await?;
    let stop = context.operations.event_streams.clone();
    Ok(sse((place, stop), longest, (at.0, messages)))
}

/// Follow an update. Event `log` has lines, and its id is where the log goes on; event `end` has the update, with its
/// steps.
#[utoipa::path(get, path = "/deployments/{deployment}/updates/{start}/events", operation_id = "followUpdate",
    tag = "events",
    params(("deployment" = String, Path, description = "The id of the deployment"),
        ("start" = i64, Path, description = "The start of the update"),
        ("Last-Event-ID" = Option<u64>, Header, description = "The id of the last event")),
    responses((status = 200, body = LogPart, content_type = "text/event-stream")))]
async fn update_events(
    State(context): State<ServiceContext>,
    caller: Caller,
    headers: HeaderMap,
    ids: Ids,
) -> Answer<Response> {
    let (id, start) = (id_in(&ids)?, start_in(&ids)?);
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let place = context.operations.streams.take(caller.principal.login().as_str())?;
    let progress = context.deployer.progress();
    let at = last.unwrap_or(0);
    let first = caller.update_log(&id, start, at).await?;
    let longest = longest(&caller);
    let stop = context.operations.event_streams.clone();
    let log = LogStream::new(context.deployer, caller, (id, start), (progress, first));
    Ok(sse((place, stop), longest, (at, log.messages())))
}

/// In another's name, a stream does not see that the administrator who asked is none any more. It is asked for again soon.
fn longest(caller: &Caller) -> Duration {
    if caller.principal.impersonated_by().is_some() { LONGEST_FOR_ANOTHER } else { LONGEST }
}

/// A stream of events as an answer. A client that is too slow is dropped: it reconnects with the id of its last event.
/// So does one whose stream ends since the service stops, and therefore every stream begins with an id: also one that ends
/// at its begin.
fn sse(
    (place, stop): (Place, EventStreams),
    longest: Duration,
    (at, messages): (u64, impl Stream<Item = Event> + Send + 'static),
) -> Response {
    let first = Event::default().retry(RETRY).comment("follows").id(at.to_string());
    let first = streams::once(async move { first });
    let over = select(Box::pin(tokio::time::sleep(longest)), Box::pin(stop.ended()));
    // It has its place until its client is gone, or it ends.
    let place = place.at_most(longest + GRACE);
    let all = first.chain(messages.take_until(over)).map(move |event| {
        let _: &BoundedPlace = &place;
        Ok::<_, Infallible>(event)
    });
    let mut response = Sse::new(all).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A proxy that collects an answer would hold events back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
