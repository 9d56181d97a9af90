//! Every route of the public API, with a request that would succeed but for rights.

use axum::body::Body;
use axum::http::Request;
use project_deployer::core::rights::Operation;
use serde_json::{Value, json};

use crate::installation::{Installation, answer_of, bundle, upload_of};

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Deployer,
    Infra,
    Project,
    Deployment,
}

/// A route of the Project Deployer, with the operation that it carries out.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) operation: Operation,
    pub(crate) target: Target,
}

/// The rows of wire-facts 2.1 that are about one object, or create one.
pub(crate) fn routes() -> Vec<Route> {
    use Operation::*;
    use Target::{Deployer, Deployment, Infra, Project};
    let rows = [
        ("GET", "/stages", ViewStages, Deployer),
        ("POST", "/infras", CreateInfra, Deployer),
        ("GET", "/infras/prod", ViewInfra, Infra),
        ("DELETE", "/infras/prod", DeleteInfra, Infra),
        ("GET", "/infras/prod/settings", ReadInfraSettings, Infra),
        ("PUT", "/infras/prod/settings", EditInfraSettings, Infra),
        ("POST", "/infras/prod/generate-personal-api-key", CreateOwnNodeKey, Infra),
        ("POST", "/projects", CreateProject, Deployer),
        ("GET", "/projects/CHURN", ViewProject, Project),
        ("DELETE", "/projects/CHURN", DeleteProject, Project),
        ("GET", "/projects/CHURN/settings", ReadProjectSettings, Project),
        ("PUT", "/projects/CHURN/settings", EditProjectSettings, Project),
        ("POST", "/projects/bundles?projectKey=CHURN", UploadBundle, Project),
        ("GET", "/projects/CHURN/bundles/v1", DownloadBundle, Project),
        ("DELETE", "/projects/CHURN/bundles/v1", DeleteBundle, Project),
        ("GET", "/projects/CHURN/bundles/v1/project-standards-report", ViewProject, Project),
        ("POST", "/deployments", CreateDeployment, Deployment),
        ("GET", "/deployments/churn-prod", ViewDeployment, Deployment),
        ("DELETE", "/deployments/churn-prod", DeleteDeployment, Deployment),
        ("GET", "/deployments/churn-prod/status", ViewDeployment, Deployment),
        ("GET", "/deployments/churn-prod/governance-status", ViewDeployment, Deployment),
        ("GET", "/deployments/churn-prod/settings", ViewDeployment, Deployment),
        ("PUT", "/deployments/churn-prod/settings", EditDeployment, Deployment),
        ("POST", "/deployments/churn-prod/actions/update", UpdateDeployment, Deployment),
        ("GET", "/deployments/churn-prod/testing-status", ViewDeployment, Deployment),
        ("POST", "/deployments/churn-prod/run-test-scenarios", RunTestScenarios, Deployment),
        ("GET", "/deployments/churn-prod/update", ViewDeployment, Deployment),
        ("GET", "/deployments/churn-prod/update/1", ViewDeployment, Deployment),
        ("GET", "/deployments/churn-prod/last-update", ViewDeployment, Deployment),
    ];
    let route = |(method, path, operation, target)| Route { method, path, operation, target };
    rows.into_iter().map(route).collect()
}

impl Route {
    /// The path of the route about objects that do not exist, with ids as long as those of the objects that do.
    pub(crate) fn absent_path(&self) -> String {
        self.path.replace("prod", "none").replace("CHURN", "NOONE").replace("churn-", "nothi-")
    }

    /// The body of the request.
    fn body(&self) -> Option<Value> {
        Some(match (self.method, self.path) {
            ("POST", "/infras") => json!({"id": "new", "stage": "Test"}),
            ("PUT", "/infras/prod/settings") => json!({
                "id": "prod", "type": "AUTOMATION_NODE", "stage": "Production",
                "automationNodeUrl": "https://auto.example:11200"
            }),
            ("POST", "/projects") => json!({"publishedProjectKey": "NEW"}),
            ("PUT", "/projects/CHURN/settings") => json!({"id": "CHURN", "name": "Churn"}),
            ("POST", "/deployments") => json!({
                "deploymentId": "new", "publishedProjectKey": "CHURN", "infraId": "prod", "bundleId": "v1"
            }),
            ("PUT", "/deployments/churn-prod/settings") => json!({
                "id": "churn-prod", "infraId": "prod", "publishedProjectKey": "CHURN", "bundleId": "v1"
            }),
            _ => return None,
        })
    }

    /// The request at a path, which has to be that of the route or one like it.
    pub(crate) fn request(&self, path: &str, key: &str) -> Request<Body> {
        let request = Request::builder()
            .method(self.method)
            .uri(format!("/public/api/project-deployer{path}"))
            .header("authorization", format!("Bearer {key}"));
        if self.operation == Operation::UploadBundle {
            let (body, kind) = upload_of(&bundle("v2"));
            return request.header("content-type", kind).body(body.into()).unwrap();
        }
        let mut body = self.body();
        // Whatever the path names, the body names as well.
        if let Some(id) = path.split('/').nth(2).filter(|_| self.method == "PUT")
            && let Some(body) = &mut body
        {
            body["id"] = json!(id);
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        request.body(body.into()).unwrap()
    }
}

#[tokio::test]
async fn every_route_exists_in_every_spelling() {
    for route in routes().into_iter().filter(|route| route.method == "GET") {
        let installation = Installation::new().await;
        let mut answers = Vec::new();
        for prefix in ["/public/api", "/dip/publicapi", "//dip//publicapi/"] {
            for slash in ["", "/"] {
                let (path, query) = route.path.split_once('?').unwrap_or((route.path, ""));
                let uri = format!("{prefix}/project-deployer{path}{slash}?{query}");
                let answer = installation.get(&uri, &installation.key).await;
                answers.push((answer.status, answer.body));
            }
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{route:?}: {answers:?}");
        // The deployment has no update yet.
        let is_update = route.path.contains("update");
        assert!(answers[0].0.is_success() || is_update, "{route:?}: {:?}", answers[0]);
    }
}

#[tokio::test]
async fn the_service_can_be_nested_into_a_host() {
    let installation = Installation::new().await;
    let host = axum::Router::new().nest("/deployer", installation.router.clone());
    let request = Request::builder()
        .uri("/deployer/public/api/project-deployer/stages")
        .header("authorization", format!("Bearer {}", installation.key));
    let answer = answer_of(host, request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.json().as_array().unwrap().len(), 3, "{}", answer.text());
}

#[tokio::test]
async fn unknown_routes_and_methods_have_the_envelope_of_the_product() {
    // wire-facts 1.7
    let installation = Installation::new().await;
    for (method, path, status) in [
        ("GET", "/public/api/nothing", 404),
        ("GET", "/public/api/project-deployer/nothing", 404),
        ("GET", "/public-api/project-deployer/stages", 404),
        ("GET", "/", 404),
        ("DELETE", "/public/api/project-deployer/stages", 405),
        ("PATCH", "/public/api/project-deployer/infras/prod", 405),
    ] {
        let answer = installation.send(method, path, &installation.key, "").await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        let envelope = answer.json();
        for field in ["errorType", "message", "detailedMessage", "code"] {
            assert!(envelope[field].is_string(), "{method} {path}: {envelope}");
        }
    }
}
