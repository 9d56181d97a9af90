//! The service allows what the engine's matrix of rights allows, and nothing else.

use axum::Router;
use axum::http::StatusCode;
use project_deployer::core::infra::InfraSettings;
use project_deployer::core::published_project::PublishedProjectSettings;
use project_deployer::core::rights::{
    Caller, InfraGrant, InfraRight, Operation, Outcome, ProjectGrant, ProjectRight, Scope,
    authorize,
};
use project_deployer_server::DeployerService;

use crate::installation::{Answer, Installation, OneCaller, answer_of, asker, parsed};
use crate::routes::{Route, Target, routes};

const INFRA_RIGHTS: [Option<InfraRight>; 4] =
    [None, Some(InfraRight::View), Some(InfraRight::Deploy), Some(InfraRight::Admin)];

const PROJECT_RIGHTS: [Option<ProjectRight>; 5] = [
    None,
    Some(ProjectRight::Read),
    Some(ProjectRight::Write),
    Some(ProjectRight::Deploy),
    Some(ProjectRight::Admin),
];

/// What the engine decides.
fn expected(
    route: &Route,
    infra_right: Option<InfraRight>,
    project_right: Option<ProjectRight>,
    creator: bool,
) -> Outcome {
    let mut infra = InfraSettings::new(parsed("prod"), parsed("Production"));
    infra.permissions.extend(infra_right.map(|right| InfraGrant::new(parsed("askers"), right)));
    let mut project = PublishedProjectSettings::new(parsed("CHURN"), parsed("admin"));
    project
        .permissions
        .extend(project_right.map(|right| ProjectGrant::new(parsed("askers"), &[right])));
    let scope = match route.target {
        Target::Deployer => Scope::deployer(),
        Target::Infra => Scope::infra(&infra),
        Target::Project => Scope::project(&project),
        Target::Deployment => Scope::deployment(&infra, &project),
    };
    match authorize(&asker(creator), route.operation, scope) {
        Ok(()) => Outcome::Allowed,
        // A hidden project is as absent, and an absent one would be created by the upload.
        Err(_)
            if route.operation == Operation::UploadBundle
                && project_right.is_none()
                && !creator =>
        {
            Outcome::Forbidden
        }
        Err(refusal) => refusal.outcome,
    }
}

/// What the service decided.
fn decided(answer: &Answer) -> Outcome {
    match answer.status {
        StatusCode::FORBIDDEN => Outcome::Forbidden,
        StatusCode::NOT_FOUND if is_about_the_object(answer) => Outcome::Hidden,
        // Who may create a project learns that its key is in use.
        _ if answer.json()["code"] == "already-exists" => Outcome::Hidden,
        _ => Outcome::Allowed,
    }
}

/// Whether the object of the route is what does not exist: an update may be absent, too.
fn is_about_the_object(answer: &Answer) -> bool {
    !answer.text().contains("there is no update")
}

/// An installation that takes everybody for this caller, whose groups have these rights.
async fn router_for(
    caller: &Caller,
    infra: Option<InfraRight>,
    project: Option<ProjectRight>,
) -> Router {
    let installation = Installation::new().await;
    installation.grant(infra, project).await;
    let service = DeployerService::new(installation.deployer.clone());
    service.authenticator(OneCaller(caller.clone())).into_router()
}

/// Asks as somebody with these rights for each route, and counts what was allowed.
///
/// What is only read or refused is asked of one installation: it must change nothing.
async fn ask_for_every_route(
    infra: Option<InfraRight>,
    project: Option<ProjectRight>,
    creator: bool,
) -> usize {
    let mut allowed = 0;
    let shared = router_for(&asker(creator), infra, project).await;
    for route in routes() {
        let expected = expected(&route, infra, project, creator);
        let router = if expected == Outcome::Allowed && route.method != "GET" {
            router_for(&asker(creator), infra, project).await
        } else {
            shared.clone()
        };
        let answer = answer_of(router, route.request(route.path, "")).await;
        let what = format!("{route:?} {infra:?} {project:?}: {}", answer.text());
        assert_eq!(decided(&answer), expected, "{what}");
        allowed += usize::from(expected == Outcome::Allowed);
    }
    allowed
}

#[tokio::test]
async fn every_route_with_every_right_decides_as_the_engine() {
    // R-P2 to R-P10
    let mut allowed = 0;
    for infra in INFRA_RIGHTS {
        for project in PROJECT_RIGHTS {
            for creator in [false, true] {
                allowed += ask_for_every_route(infra, project, creator).await;
            }
        }
    }
    assert!(allowed > 300, "{allowed}");
}

#[tokio::test]
async fn a_hidden_object_answers_like_an_absent_one() {
    // R-P2: the same status, headers and body, except for the id that the caller sent
    for route in routes().iter().filter(|route| route.target != Target::Deployer) {
        let installation = Installation::new().await;
        let key = installation.user("zoe", "askers").await;
        let hidden = installation.ask(route.request(route.path, &key)).await;
        let path = route.absent_path();
        let absent = installation.ask(route.request(&path, &key)).await;
        // A new deployment names its project and infrastructure in the body, which is the same.
        let named = |text: String| {
            text.replace("none", "prod").replace("NOONE", "CHURN").replace("nothi-", "churn-")
        };
        // An upload to an absent project would create it.
        if route.operation != Operation::UploadBundle {
            assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{route:?}: {}", hidden.text());
        }
        assert_eq!(absent.status, hidden.status, "{route:?}");
        assert_eq!(named(absent.text()), hidden.text(), "{route:?}");
        assert_eq!(absent.headers, hidden.headers, "{route:?}");
    }
}

#[tokio::test]
async fn lists_show_what_the_caller_may_see() {
    let installation = Installation::new().await;
    let key = installation.user("zoe", "askers").await;
    for list in ["infras", "projects", "deployments"] {
        let path = format!("/public/api/project-deployer/{list}");
        assert_eq!(installation.get(&path, &key).await.text(), "[]", "{list}");
    }
    installation.grant(Some(InfraRight::View), Some(ProjectRight::Read)).await;
    for list in ["infras", "projects", "deployments"] {
        let path = format!("/public/api/project-deployer/{list}");
        let listed = installation.get(&path, &key).await.json();
        assert_eq!(listed.as_array().unwrap().len(), 1, "{list}: {listed}");
    }
}

#[tokio::test]
async fn the_key_of_a_node_is_for_administrators_of_its_infrastructure() {
    // R-P5, R13
    let path = "/public/api/project-deployer/infras/prod/settings";
    for (right, shown) in [(InfraRight::Deploy, false), (InfraRight::Admin, true)] {
        let installation = Installation::new().await;
        let key = installation.user("zoe", "askers").await;
        installation.grant(Some(right), Some(ProjectRight::Admin)).await;
        let answer = installation.get(path, &key).await;
        assert_eq!(answer.text().contains("key-of-the-node"), shown, "{}", answer.text());
    }
}
