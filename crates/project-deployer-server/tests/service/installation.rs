//! A Deployer behind its service, and how tests ask it.

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Request, StatusCode};
use project_deployer::core::accounts::{Group, SourceType, User};
use project_deployer::core::infra::InfraSettings;
use project_deployer::core::published_project::PublishedProjectSettings;
use project_deployer::core::rights::{
    Caller, GlobalRight, InfraGrant, InfraRight, ProjectGrant, ProjectRight,
};
use project_deployer::core::{GroupName, Login};
use project_deployer::prelude::*;
use project_deployer::{
    Deployer, DeployerBuilder, DeployerSession, InfraCreation, Principal, Upload, Warnings,
};
use project_deployer_client::conformance::NodeSeed;
use project_deployer_client::{FakeFleet, FakeNode};
use project_deployer_server::{AuthenticationError, Authenticator, DeployerService};
use project_deployer_testkit::BundleBuilder;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub(crate) fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is not valid"))
}

pub(crate) const NODE: &str = "https://auto.example:11200";

/// Infrastructure `prod` with one node, published project `CHURN` with bundle `v1`, deployment `churn-prod`.
pub(crate) struct Installation {
    pub(crate) deployer: Deployer,
    pub(crate) router: Router,
    /// The key of `admin`.
    pub(crate) key: String,
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
}

impl Installation {
    pub(crate) async fn new() -> Self {
        let this = Self::empty().await;
        let admin = this.admin();
        let infra = InfraCreation::new(parsed("prod"), parsed("Production"))
            .with_node(parsed(NODE), parsed("key-of-the-node"));
        admin.create_infra(&infra).await.unwrap();
        admin.upload_bundle(Upload::from_bytes("v1.zip", bundle("v1")), None).await.unwrap();
        let creation = project_deployer::core::deployment::DeploymentCreation::parse(
            "churn-prod",
            "CHURN",
            "prod",
            "v1",
        );
        admin.create_deployment(&creation.unwrap(), Warnings::AsErrors).await.unwrap();
        this
    }

    /// With the first administrator and nothing else.
    pub(crate) async fn empty() -> Self {
        Self::built(|builder| builder).await
    }

    /// The same with another builder.
    pub(crate) async fn built(change: impl FnOnce(DeployerBuilder) -> DeployerBuilder) -> Self {
        let node = FakeNode::seeded(NodeSeed::usual());
        let fleet = FakeFleet::new().with_node(parsed(NODE), parsed("key-of-the-node"), node);
        let deployer = change(Deployer::builder(fleet)).in_memory();
        let first = deployer.first_administrator(parsed("admin")).await.unwrap().unwrap();
        let key = first.create().await.unwrap().secret.expose_secret().to_owned();
        let router = DeployerService::new(deployer.clone()).into_router();
        Self { deployer, router, key }
    }

    pub(crate) fn admin(&self) -> DeployerSession {
        self.deployer.acting_as_user(parsed::<Login>("admin"))
    }

    /// Grants these rights to group `askers`.
    pub(crate) async fn grant(&self, infra: Option<InfraRight>, project: Option<ProjectRight>) {
        let admin = self.admin();
        if let Some(right) = infra {
            let settings: InfraSettings = admin.infra_settings(&parsed("prod")).await.unwrap();
            let mut settings = settings;
            settings.permissions.push(InfraGrant::new(parsed("askers"), right));
            admin.save_infra_settings(&settings).await.unwrap();
        }
        if let Some(right) = project {
            let settings: PublishedProjectSettings =
                admin.project_settings(&parsed("CHURN")).await.unwrap();
            let mut settings = settings;
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
        let path = "/public/api/admin/personal-api-keys";
        let made = self.send("POST", path, &self.key, json!({"user": login}).to_string()).await;
        made.json()["key"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn get(&self, path: &str, key: &str) -> Answer {
        self.send("GET", path, key, String::new()).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        key: &str,
        body: impl Into<Body>,
    ) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {key}"));
        self.ask(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        answer_of(self.router.clone(), request).await
    }
}

pub(crate) async fn answer_of(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.unwrap();
    let (mut parts, body) = response.into_parts();
    // Each answer has another one.
    assert!(parts.headers.remove("x-request-id").is_some());
    let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub(crate) fn bundle(id: &str) -> Vec<u8> {
    BundleBuilder::new("CHURN", id).build().unwrap()
}

/// A multipart body with an archive, and its content type.
pub(crate) fn upload_of(archive: &[u8]) -> (Vec<u8>, &'static str) {
    let head = "--zz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"v.zip\"\r\n\r\n";
    let body = [head.as_bytes(), archive, b"\r\n--zz--\r\n"].concat();
    (body, "multipart/form-data; boundary=zz")
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
