use std::cell::RefCell;
use std::io::{Cursor, Write as _};
use std::pin::pin;
use std::str::FromStr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use axum::http::{Request, Response};
use futures::StreamExt as _;
use project_deployer::core::deployment::DeploymentCreation;
use project_deployer::prelude::*;
use project_deployer::{Deployer, InfraCreation, Upload, Warnings};
use project_deployer_client::conformance::NodeSeed;
use project_deployer_client::{FakeFleet, FakeNode};
use project_deployer_core::Login;
use project_deployer_server::DeployerService;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::task::spawn_blocking;
use tokio::time::{advance, pause};
use tower::ServiceExt as _;
use zip::write::SimpleFileOptions;

/// A request as HTTP/1.1 writes it, without the version: `GET /public/api/…`, headers, an empty line, and the body. Without
/// an `Authorization` or a `Cookie` it comes from an administrator. Whatever it asks, the service answers: by a documented
/// status, and with an error that says what was wrong.
pub fn requests(bytes: &[u8]) {
    SERVICE.with(|service| {
        let mut service = service.borrow_mut();
        if let Some(done) = service.take_if(|service| service.asked >= TOGETHER) {
            done.stop();
        }
        let service = service.get_or_insert_with(Service::start);
        service.ask(bytes);
    });
}

thread_local! {
    static SERVICE: RefCell<Option<Service>> = const { RefCell::new(None) };
}

/// How many requests a service gets before a new one takes its place: what they create is kept in memory, and what the last
/// one found may need those before it.
const TOGETHER: usize = 100;

/// How often the clock is moved on by a minute before something counts as hanging.
const MINUTES: usize = 60;

/// How long nothing may happen before the clock is moved, in real time.
const MOMENT: Duration = Duration::from_millis(20);

/// How much of a stream is read, which may have no end.
const PIECES: usize = 5;

const NODE: &str = "https://auto.example:11200";

struct Service {
    runtime: Runtime,
    deployer: Deployer,
    router: Router,
    key: String,
    asked: usize,
}

fn parsed<T: FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is not valid"))
}

impl Service {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (deployer, key) = runtime.block_on(async {
            pause();
            installation().await
        });
        let router = DeployerService::new(deployer.clone()).into_router();
        Self { runtime, deployer, router, key, asked: 0 }
    }

    /// Ends what requests began: work on another thread outlives no runtime.
    fn stop(self) {
        let ended = within_an_hour(self.deployer.shutdown(Duration::from_secs(600)));
        self.runtime.block_on(ended).expect("the Deployer ends");
    }

    fn ask(&mut self, bytes: &[u8]) {
        let Some(request) = request(bytes, &self.key) else { return };
        let asked = format!("{} {}", request.method(), request.uri());
        let is_public = !request.uri().path().starts_with("/api/v1");
        self.asked += 1;
        let router = self.router.clone();
        self.runtime.block_on(async {
            let answer = within_an_hour(router.oneshot(request)).await;
            let Ok(answer) = answer.expect("the service answers");
            check(&asked, is_public, answer).await;
        });
    }
}

/// What a future results in, if that takes no longer than an hour of a clock that stands still. Work on a thread beside the
/// runtime keeps the clock from going on by itself, and may wait for it.
async fn within_an_hour<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..MINUTES {
        tokio::select! {
            biased;
            done = &mut future => return Some(done),
            _ = spawn_blocking(|| std::thread::sleep(MOMENT)) => {}
        }
        advance(Duration::from_secs(60)).await;
    }
    None
}

/// Infrastructure `prod` with a node, published project `CHURN` with bundle `v1`, deployment `churn-prod`, and the key of
/// an administrator.
async fn installation() -> (Deployer, String) {
    let node = FakeNode::seeded(NodeSeed::usual());
    let fleet = FakeFleet::new().with_node(parsed(NODE), parsed("key-of-the-node"), node);
    let deployer = Deployer::builder(fleet).in_memory();
    let first = deployer.first_administrator(parsed("admin")).await.unwrap().unwrap();
    let key = first.create().await.unwrap().secret.expose_secret().to_owned();
    let admin = deployer.acting_as_user(parsed::<Login>("admin"));
    let infra = InfraCreation::new(parsed("prod"), parsed("Production"))
        .with_node(parsed(NODE), parsed("key-of-the-node"));
    admin.create_infra(&infra).await.unwrap();
    admin.upload_bundle(Upload::from_bytes("v1.zip", bundle()), None).await.unwrap();
    let creation = DeploymentCreation::parse("churn-prod", "CHURN", "prod", "v1").unwrap();
    admin.create_deployment(&creation, Warnings::AsErrors).await.unwrap();
    (deployer, key)
}

fn bundle() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("export-manifest.json", SimpleFileOptions::default()).unwrap();
    zip.write_all(br#"{"projectKey": "CHURN", "bundleId": "v1"}"#).unwrap();
    zip.finish().unwrap().into_inner()
}

/// The request that some bytes are; none if no client could send it.
fn request(bytes: &[u8], key: &str) -> Option<Request<Body>> {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n")?;
    let (head, body) = (&bytes[..end], &bytes[end + 2..]);
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = std::str::from_utf8(lines.next()?).ok()?;
    let (method, target) = first.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(target);
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        request = request.header(&line[..colon], line[colon + 1..].trim_ascii());
    }
    let mut request = request.body(Body::from(body.to_vec())).ok()?;
    if !request.uri().path().starts_with('/') {
        return None;
    }
    let headers = request.headers_mut();
    if !headers.contains_key(AUTHORIZATION) && !headers.contains_key(COOKIE) {
        headers.insert(AUTHORIZATION, format!("Bearer {key}").parse().ok()?);
    }
    Some(request)
}

async fn check(asked: &str, is_public: bool, answer: Response<Body>) {
    let (parts, body) = answer.into_parts();
    let status = parts.status;
    // A node does not answer, the Deployer does not do what the product does, or it is asked too much.
    let is_documented = matches!(status.as_u16(), 501..=504);
    assert!(!status.is_server_error() || is_documented, "{asked}: {status}");
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default();
    let has_no_end = kind.starts_with("text/event-stream");
    let mut pieces = body.into_data_stream().take(PIECES);
    let mut text = Vec::new();
    loop {
        match within_an_hour(pieces.next()).await {
            Some(Some(piece)) => {
                text.extend_from_slice(&piece.expect("a body that was begun comes"))
            }
            Some(None) => break,
            None => {
                assert!(has_no_end, "{asked}: its body does not end");
                break;
            }
        }
    }
    let is_refused = status.is_client_error() || status.is_server_error();
    if !is_refused || asked.starts_with("HEAD ") || !is_api(asked) {
        return;
    }
    assert!(kind.contains("json"), "{asked}: {status}, {kind}");
    let error: Value = serde_json::from_slice(&text).expect("an error is JSON");
    let wanted = if is_public { "message" } else { "code" };
    assert!(error[wanted].is_string(), "{asked}: {error}");
}

/// Whether it was asked of an API, where each error says what was wrong.
fn is_api(asked: &str) -> bool {
    let apis = ["/public/api/", "/dip/publicapi/", "/api/v1/"];
    asked.split(' ').nth(1).is_some_and(|target| apis.iter().any(|api| target.starts_with(api)))
}
