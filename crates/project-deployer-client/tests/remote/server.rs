use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use project_deployer_client::{
    HttpConnector, HttpNode, HttpTimeouts, Identity, RemoteDeployer, RetryPolicy,
};
use project_deployer_core::infra::NodeSettings;
use project_deployer_core::{ApiKeySecret, NodeAddress};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The secret of every key here; no output may contain it.
pub(crate) const KEY: &str = "canary-4711";

/// `KEY:` as the user name of Basic authentication.
pub(crate) const AUTHORIZATION: &str = "Basic Y2FuYXJ5LTQ3MTE6";

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// `GET /project-deployer/infras?a=b`, without the prefix of the API.
    pub(crate) line: String,
    pub(crate) authorization: String,
    pub(crate) login: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

type Answers = Arc<Mutex<VecDeque<Response<Body>>>>;

/// A server that gives its answers in order and fails when there are more questions.
pub(crate) struct Server {
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Shared {
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Answers,
}

pub(crate) fn answer(status: u16, body: impl Into<Body>) -> Response<Body> {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
}

pub(crate) fn json_answer(status: u16, body: &Value) -> Response<Body> {
    let mut answer = answer(status, body.to_string());
    answer.headers_mut().insert("content-type", "application/json".parse().unwrap());
    answer
}

/// The product's error envelope (wire-facts 1.7).
pub(crate) fn refusal(status: u16, error_type: &str, message: &str) -> Response<Body> {
    let body = serde_json::json!({"errorType": error_type, "message": message});
    json_answer(status, &body)
}

impl Server {
    pub(crate) async fn with(answers: impl IntoIterator<Item = Response<Body>>) -> Self {
        let shared = Shared {
            seen: Arc::default(),
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
        };
        let seen = Arc::clone(&shared.seen);
        Self::serving(Router::new().fallback(next_answer).with_state(shared), seen).await
    }

    /// Answers as a router does, and writes nothing down.
    pub(crate) async fn routing(router: Router) -> Self {
        Self::serving(router, Arc::default()).await
    }

    async fn serving(router: Router, seen: Arc<Mutex<Vec<Seen>>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, seen, task }
    }

    pub(crate) async fn json(body: Value) -> Self {
        Self::with([json_answer(200, &body)]).await
    }

    /// An answer without a body.
    pub(crate) async fn empty() -> Self {
        Self::with([answer(200, "")]).await
    }

    pub(crate) fn settings(&self) -> NodeSettings {
        NodeSettings::new(
            NodeAddress::parse(&self.address).unwrap(),
            ApiKeySecret::new(KEY).unwrap(),
        )
    }

    pub(crate) fn deployer(&self) -> RemoteDeployer {
        self.deployer_that(RetryPolicy::never())
    }

    /// A Deployer that is asked again as this policy says.
    pub(crate) fn deployer_that(&self, policy: RetryPolicy) -> RemoteDeployer {
        RemoteDeployer::new(Arc::new(connector(policy)), self.settings()).unwrap()
    }

    pub(crate) fn connector(&self) -> HttpConnector {
        connector(RetryPolicy::never())
    }

    pub(crate) fn node(&self) -> HttpNode {
        connector(RetryPolicy::never()).node(&self.settings(), &Identity::ApiKey).unwrap()
    }

    /// What was asked so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The one request that was made.
    pub(crate) fn only(&self) -> Seen {
        let mut seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Without pauses, so that no test waits.
fn connector(policy: RetryPolicy) -> HttpConnector {
    let timeouts =
        HttpTimeouts::default().with_first_poll(Duration::ZERO).with_longest_poll(Duration::ZERO);
    HttpConnector::builder().timeouts(timeouts).retries(policy).build().unwrap()
}

async fn next_answer(State(shared): State<Shared>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let header =
        |name: &str| head.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let line = head.uri.to_string();
    let line = line.strip_prefix("/dip/publicapi").unwrap_or("another prefix").to_owned();
    let seen = Seen {
        line: format!("{} {line}", head.method),
        authorization: header("authorization").unwrap_or_default(),
        login: header("x-dku-proxyuser"),
        content_type: header("content-type"),
        body: to_bytes(body, usize::MAX).await.unwrap().to_vec(),
    };
    shared.seen.lock().unwrap().push(seen);
    let next = shared.answers.lock().unwrap().pop_front();
    next.unwrap_or_else(|| refusal(400, "UnexpectedQuestion", "no test expects this request"))
}
