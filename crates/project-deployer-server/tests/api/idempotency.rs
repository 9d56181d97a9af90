//! A POST that is sent again.

use project_deployer::store::{MemoryArchive, MemoryStore};
use project_deployer::{Deployer, Principal};
use project_deployer_server::DeployerService;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::installation::{Answer, Installation, TestClock, answer_of, fleet, parsed, request};

async fn create(installation: &Installation, key: &str, body: Value) -> Answer {
    let headers = [("idempotency-key", key)];
    installation.send("POST", "/projects", &installation.key, &headers, body).await
}

#[tokio::test]
async fn the_answer_is_repeated_and_the_work_is_not() {
    let installation = Installation::new().await;
    let first = create(&installation, "k-1", json!({"key": "NEW"})).await;
    assert_eq!(first.status.as_u16(), 201, "{}", first.text());
    let again = create(&installation, "k-1", json!({"key": "NEW"})).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("location"), "projects/NEW");
    // Without the key, or with another one, the work is tried again.
    let other = create(&installation, "k-2", json!({"key": "NEW"})).await;
    assert_eq!(other.code(), "already-exists");
}

#[tokio::test]
async fn another_request_with_the_same_key_is_refused() {
    let installation = Installation::new().await;
    create(&installation, "k-1", json!({"key": "NEW"})).await;
    let other = create(&installation, "k-1", json!({"key": "OTHER"})).await;
    assert_eq!((other.status.as_u16(), other.code().as_str()), (422, "idempotency-other-request"));
    let headers = [("idempotency-key", "k-1")];
    let path = "/infrastructures";
    let other = installation.send("POST", path, &installation.key, &headers, json!({"key": "NEW"}));
    assert_eq!(other.await.code(), "idempotency-other-request");
    for key in ["", &"x".repeat(256)] {
        assert_eq!(
            create(&installation, key, json!({"key": "X"})).await.code(),
            "request-malformed"
        );
    }
}

#[tokio::test]
async fn keys_of_one_caller_mean_nothing_to_another() {
    let installation = Installation::new().await;
    create(&installation, "k-1", json!({"key": "NEW"})).await;
    let zoe = installation.user("zoe", "askers").await;
    let headers = [("idempotency-key", "k-1")];
    let answer =
        installation.send("POST", "/projects", &zoe, &headers, json!({"key": "NEW"})).await;
    assert_eq!(answer.status.as_u16(), 403, "{}", answer.text());
}

#[tokio::test]
async fn a_refused_request_may_be_sent_again() {
    let installation = Installation::new().await;
    let refused = create(&installation, "k-1", json!({"key": "CHURN"})).await;
    assert_eq!(refused.code(), "already-exists");
    let path = "/deployments/churn-prod";
    installation.send("DELETE", path, &installation.key, &[], Value::Null).await;
    let path = "/projects/CHURN";
    installation.send("DELETE", path, &installation.key, &[], Value::Null).await;
    let created = create(&installation, "k-1", json!({"key": "CHURN"})).await;
    assert_eq!(created.status.as_u16(), 201, "{}", created.text());
}

#[tokio::test]
async fn a_secret_is_not_shown_again() {
    let installation = Installation::new().await;
    let headers = [("idempotency-key", "k-1")];
    let ask = async || {
        installation.send("POST", "/keys", &installation.key, &headers, json!({"label": "a"})).await
    };
    let first = ask().await;
    let secret = first.json()["secret"].as_str().unwrap().to_owned();
    let again = ask().await;
    assert_eq!((again.status.as_u16(), again.code().as_str()), (409, "idempotency-shown-once"));
    assert!(!again.text().contains(&secret));
}

#[tokio::test]
async fn answers_are_forgotten_after_a_day() {
    let installation = Installation::new().await;
    create(&installation, "k-1", json!({"key": "NEW"})).await;
    installation.clock.advance(24 * 3600 * 1000 - 1);
    let again = create(&installation, "k-1", json!({"key": "NEW"})).await;
    assert_eq!(again.status.as_u16(), 201);
    installation.clock.advance(1);
    assert_eq!(create(&installation, "k-1", json!({"key": "NEW"})).await.code(), "already-exists");
}

#[tokio::test]
async fn two_servers_on_one_store_carry_a_request_out_once() {
    let (store, archive, clock) = (MemoryStore::new(), MemoryArchive::new(), TestClock::new());
    let deployer =
        || Deployer::builder(fleet()).clock(clock.clone()).on(store.clone(), archive.clone());
    let (one, other) = (deployer(), deployer());
    let first = one.first_administrator(parsed("admin")).await.unwrap().unwrap();
    let key = first.create().await.unwrap().secret.expose_secret().to_owned();
    let routers =
        [&one, &other].map(|deployer| DeployerService::new(deployer.clone()).into_router());
    let ask = |number: usize, id: &str| {
        let headers = [("idempotency-key", "k-1")];
        let request = request("POST", "/projects", &key, &headers, json!({"key": id}));
        answer_of(routers[number % 2].clone(), request)
    };
    let answers = futures::future::join_all((0..8).map(|number| ask(number, "NEW"))).await;
    let created = answers.iter().filter(|answer| answer.status.as_u16() == 201);
    assert!(created.clone().count() >= 1);
    let done = created.filter(|answer| !answer.headers.contains_key("idempotency-replayed"));
    assert_eq!(done.count(), 1);
    for answer in answers.iter().filter(|answer| answer.status.as_u16() != 201) {
        assert_eq!(answer.code(), "idempotency-running", "{}", answer.text());
    }
    for number in 0..2 {
        let again = ask(number, "NEW").await;
        assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (201, "true"));
        assert_eq!(ask(number, "OTHER").await.code(), "idempotency-other-request");
    }
}

#[tokio::test]
async fn a_request_that_runs_elsewhere_is_not_carried_out_again() {
    let installation = Installation::new().await;
    let caller = Principal::user(parsed("admin"));
    // Another process began it, and has not answered.
    let running = installation.deployer.once(caller.login(), "k-1", "another").await.unwrap();
    assert!(format!("{running:?}").starts_with("New"), "{running:?}");
    let refused = create(&installation, "k-1", json!({"key": "NEW"})).await;
    assert_eq!(refused.code(), "idempotency-other-request");
    let projects = installation.get("/projects", &installation.key).await.json();
    assert_eq!(projects["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_kind_of_a_body_is_no_part_of_the_request() {
    // Bodies are JSON, whatever a client calls them.
    let installation = Installation::new().await;
    for (kind, replayed) in [("application/json", ""), ("text/plain", "true"), ("", "true")] {
        let headers = [("idempotency-key", "k-1"), ("content-type", kind)];
        let body = json!({"key": "NEW"});
        let key = &installation.key;
        let answer = installation.send("POST", "/projects", key, &headers, body).await;
        assert_eq!(answer.status.as_u16(), 201, "{kind}: {}", answer.text());
        assert_eq!(answer.header("idempotency-replayed"), replayed, "{kind}");
        assert_eq!(answer.header("content-type"), "application/json", "{kind}");
    }
}
