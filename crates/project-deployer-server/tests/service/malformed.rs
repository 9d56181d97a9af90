//! Requests that no client of the product sends.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::installation::Installation;
use crate::routes::routes;

const INFRAS: &str = "/public/api/project-deployer/infras";

#[tokio::test]
async fn all_problems_of_a_document_are_reported_at_once() {
    let installation = Installation::new().await;
    let body = json!({"id": "a/b", "stage": 7, "governCheckPolicy": "LATER"}).to_string();
    let answer = installation.send("POST", INFRAS, &installation.key, body).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    for part in ["`id`", "`stage`", "`governCheckPolicy`"] {
        assert!(answer.text().contains(part), "{part}: {}", answer.text());
    }
}

#[tokio::test]
async fn settings_for_another_object_are_refused() {
    let installation = Installation::new().await;
    for (path, body) in [
        ("infras/prod/settings", json!({"id": "dev", "stage": "Test", "type": "AUTOMATION_NODE"})),
        ("projects/CHURN/settings", json!({"id": "OTHER", "name": "x"})),
        (
            "deployments/churn-prod/settings",
            json!({"id": "b", "infraId": "prod", "publishedProjectKey": "CHURN", "bundleId": "v1"}),
        ),
    ] {
        let path = format!("/public/api/project-deployer/{path}");
        let answer = installation.send("PUT", &path, &installation.key, body.to_string()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(answer.text().contains("an id cannot be changed"), "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn bodies_over_the_limit_and_over_the_depth_are_refused() {
    let installation = Installation::new().await;
    let long = format!("{{\"id\": \"{}\"}}", "x".repeat(3 * 1024 * 1024));
    let answer = installation.send("POST", INFRAS, &installation.key, long).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.text());
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = installation.send("POST", INFRAS, &installation.key, deep).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
}

/// JSON of many shapes, often with the fields of real documents.
fn value(random: &mut fastrand::Rng, depth: usize) -> Value {
    const NAMES: [&str; 12] = [
        "id",
        "stage",
        "login",
        "name",
        "groups",
        "permissions",
        "publishedProjectKey",
        "infraId",
        "bundleId",
        "deploymentId",
        "automationNodeUrl",
        "user",
    ];
    const TEXTS: [&str; 10] =
        ["prod", "CHURN", "v1", "churn-prod", "Test", "", "a/b", "\u{202e}", "admin", "NO_CHECK"];
    match random.usize(0..if depth == 0 { 5 } else { 8 }) {
        0 => Value::Null,
        1 => json!(random.bool()),
        2 => json!(random.i64(..)),
        3 | 4 => json!(TEXTS[random.usize(0..TEXTS.len())]),
        5 => (0..random.usize(0..4)).map(|_| value(random, depth - 1)).collect(),
        _ => {
            let fields = (0..random.usize(0..9)).map(|_| {
                (NAMES[random.usize(0..NAMES.len())].to_owned(), value(random, depth - 1))
            });
            Value::Object(fields.collect())
        }
    }
}

/// Text that is not always JSON.
fn body(random: &mut fastrand::Rng) -> Vec<u8> {
    let mut text = value(random, 3).to_string().into_bytes();
    if random.usize(0..4) == 0 && !text.is_empty() {
        let place = random.usize(0..text.len());
        text[place] = random.u8(..);
    }
    text
}

/// `cargo xtask ci --full` asks for more.
#[expect(clippy::disallowed_methods, reason = "where this test reads the environment")]
fn random_bodies() -> usize {
    match std::env::var("PROJECT_DEPLOYER_BODIES") {
        Ok(text) if !text.is_empty() => text.parse().unwrap(),
        _ => 10_000,
    }
}

#[tokio::test]
async fn random_bodies_and_ids_never_make_the_service_fail() {
    let seed = 20_261_128;
    let mut random = fastrand::Rng::with_seed(seed);
    let accounts = [
        ("POST", "/admin/users"),
        ("PUT", "/admin/users/zoe"),
        ("POST", "/admin/groups"),
        ("PUT", "/admin/groups/askers"),
        ("POST", "/personal-api-keys"),
        ("POST", "/admin/personal-api-keys"),
        ("POST", "/admin/global-api-keys"),
        ("PUT", "/current-user"),
        ("PUT", "/admin/general-settings"),
    ];
    let deployer = routes();
    let deployer =
        deployer.iter().map(|route| (route.method, format!("/project-deployer{}", route.path)));
    let accounts = accounts.map(|(method, path)| (method, path.to_owned()));
    let paths: Vec<_> = deployer.chain(accounts).collect();
    let installation = Installation::new().await;
    for round in 0..random_bodies() {
        let (method, path) = &paths[random.usize(0..paths.len())];
        let path = match random.usize(0..5) {
            0 => path.replace("prod", "%ff%00").replace("CHURN", "%2e%2e"),
            1 => format!("{path}?ignoreWarnings=%ff&bundleId=%2f"),
            _ => path.clone(),
        };
        let request = Request::builder()
            .method(*method)
            .uri(format!("/public/api{path}"))
            .header("authorization", format!("Bearer {}", installation.key));
        let answer = installation.ask(request.body(Body::from(body(&mut random))).unwrap()).await;
        // A node does not answer, or the Deployer does not do what the product does.
        let is_documented =
            matches!(answer.status, StatusCode::BAD_GATEWAY | StatusCode::NOT_IMPLEMENTED);
        assert!(
            !answer.status.is_server_error() || is_documented,
            "seed {seed}, round {round}: {method} {path}: {} {}",
            answer.status,
            answer.text()
        );
        if !answer.status.is_success() {
            assert!(answer.json()["message"].is_string(), "{method} {path}: {}", answer.text());
        }
    }
}
