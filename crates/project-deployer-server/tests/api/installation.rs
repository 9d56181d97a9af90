//! A Deployer behind its service, and how tests ask it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, StatusCode};
use project_deployer::core::accounts::{Group, SourceType, User};
use project_deployer::core::deployment::DeploymentCreation;
use project_deployer::core::document::Document as _;
use project_deployer::core::infra::Hook;
use project_deployer::core::rights::{
    Caller, GlobalRight, InfraGrant, InfraRight, ProjectGrant, ProjectRight,
};
use project_deployer::core::{GroupName, Login, Timestamp};
use project_deployer::hooks::{HookCall, HookOutcome, UpdateHook};
use project_deployer::prelude::*;
use project_deployer::store::{MemoryArchive, MemoryStore};
use project_deployer::{
    ApiKeyRequest, ApiKeyRights, Clock, Deployer, DeployerSession, InfraCreation, Principal,
    Upload, Warnings,
};
use project_deployer_client::conformance::NodeSeed;
use project_deployer_client::{FakeFleet, FakeNode};
use project_deployer_server::{
    AuthenticationError, Authenticator, DeployerService, EventStreams, FrontendOptions,
};
use project_deployer_testkit::BundleBuilder;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tower::ServiceExt as _;

pub(crate) fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is not valid"))
}

pub(crate) const NODE: &str = "https://auto.example:11200";

/// A clock that stands still until it is moved.
#[derive(Debug, Clone)]
pub(crate) struct TestClock(Arc<Mutex<i64>>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(1_800_000_000_000)))
    }

    pub(crate) fn advance(&self, millis: i64) {
        *self.0.lock().unwrap() += millis;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(*self.0.lock().unwrap())
    }
}

/// A hook that succeeds, once the gate is open. It is open unless a test closes it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gate {
    closed: Arc<AtomicBool>,
    opened: Arc<Notify>,
}

impl Gate {
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    pub(crate) fn open(&self) {
        self.closed.store(false, Ordering::SeqCst);
        self.opened.notify_one();
    }
}

#[async_trait]
impl UpdateHook for Gate {
    async fn run(&self, _: &HookCall) -> HookOutcome {
        while self.closed.load(Ordering::SeqCst) {
            self.opened.notified().await;
        }
        HookOutcome::success("open")
    }
}

/// Infrastructure `prod` with one node, published project `CHURN` with bundle `v1`, deployment `churn-prod`.
pub(crate) struct Installation {
    pub(crate) deployer: Deployer,
    pub(crate) router: Router,
    pub(crate) streams: EventStreams,
    /// The key of `admin`.
    pub(crate) key: String,
    pub(crate) clock: TestClock,
    pub(crate) store: MemoryStore,
    pub(crate) node: FakeNode,
    pub(crate) gate: Gate,
}

/// An answer, as far as callers can compare it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

pub(crate) fn fleet() -> FakeFleet {
    fleet_of(FakeNode::seeded(NodeSeed::usual()))
}

fn fleet_of(node: FakeNode) -> FakeFleet {
    FakeFleet::new().with_node(parsed(NODE), parsed("key-of-the-node"), node)
}

impl Installation {
    pub(crate) async fn new() -> Self {
        Self::with(FrontendOptions::default()).await
    }

    pub(crate) async fn with(options: FrontendOptions) -> Self {
        let this = Self::empty(options).await;
        let admin = this.admin();
        let infra = InfraCreation::new(parsed("prod"), parsed("Production"))
            .with_node(parsed(NODE), parsed("key-of-the-node"));
        admin.create_infra(&infra).await.unwrap();
        let mut settings = admin.infra_settings(&parsed("prod")).await.unwrap();
        let hook = json!({"name": "gate", "type": "in-process", "hook": "gate"});
        settings.hooks.on_failure = vec![Hook::from_document(hook).unwrap()];
        admin.save_infra_settings(&settings).await.unwrap();
        admin.upload_bundle(Upload::from_bytes("v1.zip", bundle("v1")), None).await.unwrap();
        let creation = DeploymentCreation::parse("churn-prod", "CHURN", "prod", "v1").unwrap();
        admin.create_deployment(&creation, Warnings::AsErrors).await.unwrap();
        this
    }

    /// With the first administrator and nothing else.
    pub(crate) async fn empty(options: FrontendOptions) -> Self {
        let clock = TestClock::new();
        let store = MemoryStore::new();
        let node = FakeNode::seeded(NodeSeed::usual());
        let gate = Gate::default();
        let deployer = Deployer::builder(fleet_of(node.clone()))
            .clock(clock.clone())
            .hook("gate", gate.clone())
            .on(store.clone(), MemoryArchive::new());
        let first = deployer.first_administrator(parsed("admin")).await.unwrap().unwrap();
        let key = first.create().await.unwrap().secret.expose_secret().to_owned();
        let service = DeployerService::new(deployer.clone()).frontends(options);
        let streams = service.event_streams();
        Self { deployer, router: service.into_router(), streams, key, clock, store, node, gate }
    }

    pub(crate) fn admin(&self) -> DeployerSession {
        self.deployer.acting_as_user(parsed::<Login>("admin"))
    }

    /// Grants these rights to group `askers`.
    pub(crate) async fn grant(&self, infra: Option<InfraRight>, project: Option<ProjectRight>) {
        let admin = self.admin();
        if let Some(right) = infra {
            let mut settings = admin.infra_settings(&parsed("prod")).await.unwrap();
            settings.permissions.push(InfraGrant::new(parsed("askers"), right));
            admin.save_infra_settings(&settings).await.unwrap();
        }
        if let Some(right) = project {
            let mut settings = admin.project_settings(&parsed("CHURN")).await.unwrap();
            settings.permissions.push(ProjectGrant::new(parsed("askers"), &[right]));
            admin.save_project_settings(&settings).await.unwrap();
        }
    }

    /// A user in a group, with a personal key.
    pub(crate) async fn user(&self, login: &str, group: &str) -> String {
        let admin = self.admin();
        let name: GroupName = parsed(group);
        admin.save_group(&Group::new(name.clone())).await.unwrap();
        let user = User::new(parsed(login), SourceType::Local).in_groups([name]);
        admin.save_user(&user).await.unwrap();
        let rights = ApiKeyRights::Personal { user: parsed(login) };
        let key = admin.create_api_key(ApiKeyRequest::new(rights, "test")).await.unwrap();
        key.secret.expose_secret().to_owned()
    }

    pub(crate) async fn get(&self, path: &str, key: &str) -> Answer {
        self.send("GET", path, key, &[], Value::Null).await
    }

    /// Sends a request below `/api/v1`.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        key: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        self.ask(request(method, path, key, headers, body)).await
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        answer_of(self.router.clone(), request).await
    }
}

#[expect(clippy::needless_pass_by_value, reason = "bodies are written in place")]
pub(crate) fn request(
    method: &str,
    path: &str,
    key: &str,
    headers: &[(&str, &str)],
    body: Value,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    if !key.is_empty() {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    request.body(body).unwrap()
}

pub(crate) async fn answer_of(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub(crate) fn bundle(id: &str) -> Vec<u8> {
    BundleBuilder::new("CHURN", id).build().unwrap()
}

/// A host whose every caller is one and the same.
#[derive(Debug)]
pub(crate) struct OneCaller(pub(crate) Caller);

#[async_trait]
impl Authenticator for OneCaller {
    async fn authenticate(&self, _: &Parts) -> Result<Principal, AuthenticationError> {
        Ok(Principal::caller(self.0.clone()))
    }
}

/// A caller in group `askers`.
pub(crate) fn asker(may_create_projects: bool) -> Caller {
    let caller = Caller::new(parsed("zoe")).in_groups([parsed("askers")]);
    if may_create_projects {
        return caller.with_right(GlobalRight::CreatePublishedProjects);
    }
    caller
}

/// The id that an answer calls its request.
pub(crate) fn without_request_id(mut answer: Answer) -> Answer {
    answer.headers.remove("x-request-id");
    let mut body = answer.json();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("requestId");
        answer.body = json!(body).to_string().into_bytes();
        answer.headers.remove("content-length");
    }
    answer
}
