//! What surrounds the API: changes of clients that are gone, rests of bodies, limits, health, metrics, ids of requests.

use std::net::SocketAddr;
use std::num::NonZeroU32;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use futures::FutureExt as _;
use futures::StreamExt as _;
use project_deployer::Deployer;
use project_deployer::audit::{AuditFilter, AuditRecord};
use project_deployer::core::rights::Caller;
use project_deployer::prelude::*;
use project_deployer::store::{MemoryArchive, MemoryStore};
use project_deployer_client::FakeFleet;
use project_deployer_server::{DeployerService, Limits};
use project_deployer_store::PacedStore;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

use crate::installation::{Answer, Installation, OneCaller, answer_of, asker, parsed};

const INFO: &str = "/public/api/auth/info";
const INFRAS: &str = "/public/api/project-deployer/infras";

fn limited(installation: &Installation, limits: Limits) -> Router {
    DeployerService::new(installation.deployer.clone()).limits(limits).into_router()
}

fn request(path: &str, key: &str, address: [u8; 4]) -> Request<Body> {
    let request = Request::builder().uri(path).header("authorization", format!("Bearer {key}"));
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 4711))));
    request
}

/// A key that nobody has.
fn wrong(id: u64) -> String {
    format!("pdk_{id:016x}_{}", "0".repeat(64))
}

async fn newest(deployer: &Deployer) -> AuditRecord {
    let admin = deployer.acting_as(Caller::administrator(parsed("root")));
    let page = admin.audit(&AuditFilter::default(), None, 1).await.unwrap();
    page.entries[0].record.clone()
}

#[tokio::test]
async fn a_change_ends_although_its_client_is_gone() {
    let store = PacedStore::yielding(MemoryStore::new());
    let deployer = Deployer::builder(FakeFleet::new()).on(store, MemoryArchive::new());
    let caller = OneCaller(Caller::administrator(parsed("root")));
    let service = DeployerService::new(deployer.clone()).authenticator(caller);
    let running = service.running_requests();
    let body = json!({"id": "late", "stage": "Test", "governCheckPolicy": "NO_CHECK"}).to_string();
    let request = Request::builder().method("POST").uri(INFRAS).body(Body::from(body)).unwrap();
    let mut asked = Box::pin(service.into_router().oneshot(request));
    // The change has begun, and is not done.
    assert!((&mut asked).now_or_never().is_none());
    drop(asked);
    running.ended().await;
    let admin = deployer.acting_as(Caller::administrator(parsed("root")));
    admin.infra(&parsed("late")).await.unwrap();
}

#[tokio::test]
async fn a_client_that_sends_what_nobody_reads_still_reads_its_answer() {
    let installation = Installation::empty().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = installation.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    for (path, key, status) in
        [("/nothing", "", "404"), (INFO, "wrong", "401"), (INFO, installation.key.as_str(), "405")]
    {
        let mut client = TcpStream::connect(address).await.unwrap();
        let body = vec![b'x'; 4 * 1024 * 1024];
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {key}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        client.write_all(head.as_bytes()).await.unwrap();
        client.write_all(&body).await.unwrap();
        // The connection goes on.
        let next = "GET /livez HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        client.write_all(next.as_bytes()).await.unwrap();
        let mut answers = String::new();
        client.read_to_string(&mut answers).await.unwrap();
        assert!(answers.starts_with(&format!("HTTP/1.1 {status} ")), "{answers}");
        assert!(answers.ends_with("ok"), "{answers}");
    }
}

#[tokio::test]
async fn a_rest_that_is_too_long_ends_the_connection() {
    let installation = Installation::empty().await;
    let request =
        Request::builder().method("POST").uri("/nothing").header("content-length", "9000000");
    let answer = installation.ask(request.body(vec![0; 9_000_000].into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.headers["connection"], "close");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_sends_too_much_is_told_when_to_try_again_and_others_are_served() {
    let installation = Installation::new().await;
    let other = installation.user("zoe", "askers").await;
    let limits = Limits::default().with_requests(Some(NonZeroU32::MIN));
    let router = limited(&installation, limits);
    let ask = async |key: &str| answer_of(router.clone(), request(INFO, key, [192, 0, 2, 1])).await;
    for _ in 0..10 {
        assert_eq!(ask(&installation.key).await.status, StatusCode::OK);
    }
    let refused = ask(&installation.key).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(refused.json()["code"], "too-many-requests");
    assert_eq!(ask(&other).await.status, StatusCode::OK);
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(ask(&installation.key).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn failed_logins_are_slowed_and_nobody_is_locked_out() {
    let installation = Installation::empty().await;
    let router = limited(&installation, Limits::default());
    let ask = async |key: &str, address| -> Answer {
        answer_of(router.clone(), request(INFO, key, address)).await
    };
    let (attacker, elsewhere) = ([192, 0, 2, 1], [198, 51, 100, 1]);
    let began = tokio::time::Instant::now();
    for id in 0..50 {
        assert_eq!(ask(&wrong(id), attacker).await.status, StatusCode::UNAUTHORIZED);
    }
    assert!(began.elapsed().is_zero(), "a person who mistypes a key does not wait");
    for id in 50..60 {
        let refused = ask(&wrong(id), attacker).await;
        // One more is free after a pause, which is longer each time.
        let expected = [StatusCode::TOO_MANY_REQUESTS, StatusCode::UNAUTHORIZED];
        assert!(expected.contains(&refused.status), "{refused:?}");
        if refused.status == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(refused.json()["code"], "too-many-failed-logins");
            assert!(refused.headers.contains_key("retry-after"));
        }
    }
    assert!(began.elapsed().as_secs() >= 5, "{:?}", began.elapsed());
    // Good credentials from the same address are served at once, and so is a mistake from elsewhere.
    let now = tokio::time::Instant::now();
    assert_eq!(ask(&installation.key, attacker).await.status, StatusCode::OK);
    assert_eq!(ask(&wrong(99), elsewhere).await.status, StatusCode::UNAUTHORIZED);
    // Whoever knows the id of a key cannot keep its owner out, from wherever.
    let id = installation.key.split('_').nth(1).unwrap();
    let mut slowed = 0;
    for address in 0..30 {
        let guess = format!("pdk_{id}_{}", "0".repeat(64));
        let answer = ask(&guess, [203, 0, 113, address]).await;
        slowed += u32::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(slowed >= 10, "{slowed}");
    assert!(now.elapsed().as_secs() >= 10);
    assert_eq!(ask(&installation.key, [203, 0, 113, 78]).await.status, StatusCode::OK);
    let admin = installation.deployer.acting_as(Caller::administrator(parsed("root")));
    let filter = AuditFilter::default().with_action(Some("authenticate".to_owned()));
    let page = admin.audit(&filter, None, 1).await.unwrap();
    let record = &page.entries[0].record;
    assert_eq!(record.code.as_deref(), Some("key-unknown"));
    assert!(record.address.is_some());
}

#[tokio::test(start_paused = true)]
async fn bodies_that_nobody_finishes_take_bounded_memory() {
    let installation = Installation::empty().await;
    let router = limited(&installation, Limits::default().with_json_memory(64 * 1024));
    let send = async |body: Body| -> Answer {
        let request = Request::builder()
            .method("POST")
            .uri(INFRAS)
            .header("authorization", format!("Bearer {}", installation.key));
        answer_of(router.clone(), request.body(body).unwrap()).await
    };
    let piece = || Ok::<_, std::io::Error>(vec![b' '; 60 * 1024]);
    let stalled = futures::stream::iter([piece()]).chain(futures::stream::pending());
    let holding = send(Body::from_stream(stalled));
    let waiting = send(Body::from(vec![b' '; 10 * 1024]));
    let (held, busy) = futures::join!(holding, waiting);
    assert_eq!(busy.status, StatusCode::SERVICE_UNAVAILABLE, "{}", busy.text());
    assert_eq!(
        (busy.json()["code"].as_str(), &busy.headers["retry-after"]),
        (Some("service-busy"), &"1".parse().unwrap())
    );
    assert_eq!(held.status, StatusCode::BAD_REQUEST, "{}", held.text());
    assert!(held.text().contains("takes too long"), "{}", held.text());
    let after = send(Body::from(vec![b' '; 10 * 1024])).await;
    assert_eq!(after.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn everybody_may_ask_whether_the_service_lives_and_is_ready() {
    let installation = Installation::empty().await;
    let ask = async |path| {
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        installation.ask(request).await
    };
    for path in ["/livez", "/readyz"] {
        let answer = ask(path).await;
        assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "ok"), "{path}");
    }
    let _ = installation.deployer.shutdown(std::time::Duration::from_secs(1)).await;
    assert_eq!(ask("/livez").await.status, StatusCode::OK);
    assert_eq!(ask("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn metrics_are_open_metrics_for_administrators() {
    let installation = Installation::new().await;
    let zoe = installation.user("zoe", "askers").await;
    installation.get("/public/api/nothing", &installation.key).await;
    assert_eq!(installation.get("/metrics", "wrong").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(installation.get("/metrics", &zoe).await.status, StatusCode::FORBIDDEN);
    let answer = installation.get("/metrics", &installation.key).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    let text = answer.text();
    for line in [
        "deployer_requests_total{method=\"GET\",status=\"404\"} 1",
        "deployer_failed_logins_total 1",
        "deployer_request_duration_seconds_count ",
        "deployer_updates_running 0",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.ends_with("# EOF\n"), "{text}");
    let open = DeployerService::new(installation.deployer.clone()).open_metrics(true).into_router();
    let request = Request::builder().uri("/metrics").body(Body::empty()).unwrap();
    assert_eq!(answer_of(open, request).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_id_of_a_request_is_in_its_answer_and_in_the_audit() {
    let installation = Installation::empty().await;
    let request = Request::builder()
        .method("POST")
        .uri("/public/api/admin/groups")
        .header("authorization", format!("Bearer {}", installation.key))
        .header("x-request-id", "build-17");
    let request = request.body(Body::from(json!({"name": "ops"}).to_string())).unwrap();
    let response = installation.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "build-17");
    let record = newest(&installation.deployer).await;
    assert_eq!(record.request_id.as_deref(), Some("build-17"));
    assert_eq!(record.actor.as_deref(), Some("admin"));
}

#[tokio::test]
async fn an_authenticator_of_a_host_is_limited_by_login() {
    let installation = Installation::empty().await;
    let router = DeployerService::new(installation.deployer.clone())
        .authenticator(OneCaller(asker(false)))
        .limits(Limits::default().with_requests(Some(NonZeroU32::MIN)))
        .into_router();
    let mut last = StatusCode::OK;
    for _ in 0..11 {
        let request = Request::builder().uri(INFO).body(Body::empty()).unwrap();
        last = answer_of(router.clone(), request).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}
