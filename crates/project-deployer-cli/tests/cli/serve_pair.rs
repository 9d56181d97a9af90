//! Two services on one PostgreSQL and one S3, of which one is killed again and again while both have work.
//!
//! No update is lost or doubled, every call ends in an answer or an error that may be tried again, and a subscriber that
//! reconnects sees the end of every update.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use project_deployer::store::Keyring;
use project_deployer_testkit::servers::{PostgresServer, S3Server};
use project_deployer_testkit::{BundleBuilder, MockGroup, MockNode, MockUser};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::command::{NodeProcess, run_with};
use crate::state::servers::started;

/// How many deployments are updated at the same time, each of a project of its own.
const DEPLOYMENTS: usize = 4;

/// How often a service is killed, unless the variable below says for how long.
const KILLS: usize = 5;

/// For how many seconds services are killed.
const SECONDS: &str = "PROJECT_DEPLOYER_SERVERS_SECONDS";

/// How soon something is looked at or tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// Codes of errors after which a call may be sent again (docs/problems.md). The first one also says that a process died
/// with the request.
const RETRYABLE: [&str; 7] = [
    "idempotency-running",
    "update-running",
    "project-busy",
    "changed-meanwhile",
    "shutting-down",
    "state-unavailable",
    "too-many-at-once",
];

/// An update: its deployment and its start.
type Update = (String, i64);

#[expect(clippy::disallowed_methods, reason = "the environment configures tests")]
fn seconds() -> Option<Duration> {
    let text = std::env::var(SECONDS).ok()?;
    Some(Duration::from_secs(text.parse().unwrap()))
}

/// Both services, and what they share.
struct Pair {
    folder: TempDir,
    node: MockNode,
    database: PostgresServer,
    _bucket: S3Server,
    environment: Vec<(&'static str, String)>,
    services: RefCell<[Option<NodeProcess>; 2]>,
    urls: RefCell<[String; 2]>,
    key: String,
    client: Client,
    /// The work is over.
    is_over: Cell<bool>,
}

impl Pair {
    /// None if a server is not installed and is to be left out.
    async fn start() -> Option<Self> {
        let (database, bucket) = (started(PostgresServer::start())?, started(S3Server::start())?);
        let node = MockNode::builder("auto-prod")
            .group(MockGroup::creators("deployers"))
            .user(MockUser::new("dana").in_group("deployers"))
            .start()
            .await;
        let folder = tempfile::tempdir().unwrap();
        Keyring::from_file_or_new(&folder.path().join("state.key")).unwrap();
        let environment = vec![
            ("AWS_ENDPOINT_URL", bucket.address().to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "canary-d07a".to_owned()),
        ];
        let url = database.url("postgres");
        let mut this = Self {
            folder,
            node,
            database,
            _bucket: bucket,
            environment,
            services: RefCell::default(),
            urls: RefCell::default(),
            key: String::new(),
            client: Client::builder().no_proxy().build().unwrap(),
            is_over: Cell::new(false),
        };
        for place in 0..2 {
            this.serve(place, &url).await;
        }
        let key = std::fs::read_to_string(this.folder.path().join("data-0/admin-key")).unwrap();
        this.key = key.trim().to_owned();
        Some(this)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    async fn serve(&self, place: usize, database: &str) {
        let (data, key) = (self.path(&format!("data-{place}")), self.path("state.key"));
        let (archives, key) = (format!("s3://{}/pair", S3Server::BUCKET), format!("file:{key}"));
        let arguments = [
            &["serve", "--data", &data, "--database", database, "--archives", &archives][..],
            &["--key", &key, "--listen", "127.0.0.1:0", "--lease-seconds", "3"],
            &["--log-level", "error", "--until-stdin-closes"],
        ];
        let environment: Vec<_> =
            self.environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let service = NodeProcess::start_command_with(&arguments.concat(), &environment).await;
        assert!(!service.url.is_empty(), "{}", service.line);
        self.urls.borrow_mut()[place] = service.url.clone();
        self.services.borrow_mut()[place] = Some(service);
    }

    /// Kills a service, and starts it again.
    async fn kill(&self, place: usize, database: &str) {
        let killed = self.services.borrow_mut()[place].take().unwrap();
        killed.send_signal("KILL").await;
        killed.end().await;
        self.serve(place, database).await;
    }

    async fn command(&self, arguments: &[&str], input: &str) {
        let url = self.urls.borrow()[0].clone();
        let environment = [("DKU_DSS_URL", url.as_str()), ("DKU_API_KEY", self.key.as_str())];
        let (code, _, errors) = run_with(arguments, &environment, input).await;
        assert_eq!(code, 0, "{arguments:?}: {errors}");
    }

    /// An infrastructure, and a deployment of each project with two bundles.
    async fn fill(&self) {
        std::fs::write(self.folder.path().join("node.key"), self.node.admin_api_key()).unwrap();
        let key = self.path("node.key");
        let create = ["infra", "create", "prod", "--stage", "Production", "--node-url"];
        let node = [self.node.url(), "--node-key-file", &key];
        self.command(&[&create[..], &node].concat(), "").await;
        let acting = r#"{"deployAsUser": "dana"}"#;
        self.command(&["infra", "edit", "prod", "--patch", "-"], acting).await;
        for number in 0..DEPLOYMENTS {
            let project = format!("P{number}");
            for bundle in ["v1", "v2"] {
                let file = self.path(&format!("{project}-{bundle}.zip"));
                BundleBuilder::new(&project, bundle).write_to(&file).unwrap();
                self.command(&["bundle", "upload", &file], "").await;
            }
            let id = deployment(number);
            let create = ["deployment", "create", &id, "--infra", "prod", "--bundle", "v1"];
            self.command(&[&create[..], &["--project", &project]].concat(), "").await;
        }
    }

    /// One call to one of the services. None if it had no answer.
    async fn ask(
        &self,
        place: usize,
        (method, path): (Method, &str),
        once: Option<&str>,
        body: &Value,
    ) -> Option<(StatusCode, Value)> {
        let url = format!("{}/api/v1{path}", self.urls.borrow()[place % 2]);
        let mut request = self.client.request(method, url).bearer_auth(&self.key);
        if let Some(key) = once {
            request = request.header("idempotency-key", key).body(body.to_string());
        }
        let answer = request.timeout(Duration::from_secs(60)).send().await.ok()?;
        let status = answer.status();
        let text = answer.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or_default()))
    }

    /// Reads until somebody answers.
    async fn read(&self, path: &str) -> Value {
        for place in 0.. {
            match self.ask(place, (Method::GET, path), None, &Value::Null).await {
                Some((StatusCode::OK, answer)) => return answer,
                Some((status, answer)) => is_retryable(path, status, &answer),
                None => {}
            }
            tokio::time::sleep(PAUSE).await;
        }
        unreachable!()
    }

    /// The ended updates of a deployment, by the history: the start and the status of each.
    async fn history(&self, id: &str) -> BTreeMap<i64, String> {
        let (mut all, mut after) = (BTreeMap::new(), String::new());
        loop {
            let page = self.read(&format!("/updates?deployment={id}&limit=1000{after}")).await;
            for update in page["items"].as_array().unwrap() {
                let (start, status) = (update["start"].as_i64().unwrap(), &update["status"]);
                let twice = all.insert(start, status.as_str().unwrap().to_owned());
                assert_eq!(twice, None, "{id}: {update}");
            }
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return all,
            }
        }
    }
}

fn deployment(number: usize) -> String {
    format!("d{number}")
}

fn is_retryable(what: &str, status: StatusCode, answer: &Value) {
    let code = answer["code"].as_str().unwrap_or_default();
    assert!(RETRYABLE.contains(&code), "{what}: {status} {answer}");
}

/// What one deployment has to do: an update to the other bundle, wait for its end, the next one.
async fn work(pair: &Pair, number: usize, ended: &RefCell<BTreeSet<Update>>) -> usize {
    let (id, mut unknown) = (deployment(number), 0);
    for round in 0.. {
        if pair.is_over.get() {
            break;
        }
        let body = json!({ "bundle": if round % 2 == 0 { "v2" } else { "v1" } });
        let Some(start) = begun(pair, &id, (number, round), &body).await else {
            unknown += 1;
            continue;
        };
        let path = format!("/deployments/{id}/updates/{start}");
        while pair.read(&path).await["end"].is_null() {
            tokio::time::sleep(PAUSE).await;
        }
        assert!(ended.borrow_mut().insert((id.clone(), start)), "{id} {start}: it began twice");
    }
    unknown
}

/// Starts an update, whichever service answers. None if a service died with the request: nobody knows what became of it.
async fn begun(
    pair: &Pair,
    id: &str,
    (number, round): (usize, usize),
    body: &Value,
) -> Option<i64> {
    let (path, key) = (format!("/deployments/{id}/updates"), format!("{id}-{round}"));
    let mut has_no_answer = false;
    for attempt in 0.. {
        let place = number + round + attempt;
        match pair.ask(place, (Method::POST, &path), Some(&key), body).await {
            Some((StatusCode::ACCEPTED, answer)) => return answer["start"].as_i64(),
            Some((_, answer)) if has_no_answer && answer["code"] == "idempotency-running" => {
                return None;
            }
            Some((status, answer)) => is_retryable(&path, status, &answer),
            None => has_no_answer = true,
        }
        tokio::time::sleep(PAUSE).await;
    }
    None
}

/// Kills a service again and again: the next time when both have done something since.
async fn killing(pair: &Pair, database: &str, ended: &RefCell<BTreeSet<Update>>) -> usize {
    let (begun, mut random, mut kills) = (Instant::now(), fastrand::Rng::with_seed(7), 0);
    loop {
        let before = ended.borrow().len();
        while ended.borrow().len() < before + DEPLOYMENTS {
            tokio::time::sleep(PAUSE).await;
        }
        let is_enough = match seconds() {
            Some(seconds) => begun.elapsed() >= seconds,
            None => kills == KILLS,
        };
        if is_enough {
            pair.is_over.set(true);
            return kills;
        }
        pair.kill(random.usize(0..2), database).await;
        kills += 1;
    }
}

/// Follows the changes, and reconnects to the other service where the stream ends. Returns the updates that ended, with
/// their status, once the project `END` appears.
async fn subscribe(pair: &Pair) -> (BTreeMap<Update, String>, usize) {
    let (mut seen, mut last, mut streams) = (BTreeMap::new(), String::new(), 0);
    for place in 0.. {
        let url = format!("{}/api/v1/events", pair.urls.borrow()[place % 2]);
        let mut request = pair.client.get(url).bearer_auth(&pair.key);
        if !last.is_empty() {
            request = request.header("last-event-id", &last);
        }
        if let Ok(mut answer) = request.send().await
            && answer.status() == StatusCode::OK
        {
            streams += 1;
            let mut text = String::new();
            while let Ok(Some(piece)) = answer.chunk().await {
                text.push_str(std::str::from_utf8(&piece).unwrap());
                while let Some((message, rest)) = text.split_once("\n\n") {
                    let is_end = take(message, &mut last, &mut seen);
                    text = rest.to_owned();
                    if is_end {
                        return (seen, streams);
                    }
                }
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    unreachable!()
}

/// Takes one event. True at the end.
fn take(message: &str, last: &mut String, seen: &mut BTreeMap<Update, String>) -> bool {
    let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name));
    if let Some(id) = field("id:") {
        id.trim().clone_into(last);
    }
    assert_ne!(field("event:").map(str::trim), Some("reset"), "changes are missing");
    let Some(data) = field("data:") else { return false };
    let data: Value = serde_json::from_str(data).unwrap();
    let changes = data["changes"].as_array().unwrap();
    for change in changes.iter().filter(|change| change["kind"] == "update") {
        let status = change["status"].as_str().unwrap();
        if status == "RUNNING" {
            continue;
        }
        let update = (change["id"].as_str().unwrap(), change["start"].as_i64().unwrap());
        seen.insert((update.0.to_owned(), update.1), status.to_owned());
    }
    changes.iter().any(|change| change["kind"] == "project" && change["id"] == "END")
}

#[tokio::test]
async fn two_services_of_which_one_is_killed_again_and_again_lose_and_double_nothing() {
    // R1, R2, R5, F12, F19
    let Some(pair) = Pair::start().await else { return };
    let database = pair.database.url("postgres");
    pair.fill().await;
    let ended = RefCell::default();
    let working = async {
        let all = (0..DEPLOYMENTS).map(|number| work(&pair, number, &ended));
        let (unknown, kills) =
            tokio::join!(futures::future::join_all(all), killing(&pair, &database, &ended));
        pair.command(&["project", "create", "END"], "").await;
        (unknown.iter().sum::<usize>(), kills)
    };
    let ((unknown, kills), (seen, streams)) = tokio::join!(working, subscribe(&pair));
    let ended = ended.into_inner();
    println!("{} updates, {kills} kills, {streams} streams, {unknown} unknown", ended.len());
    assert!(kills >= KILLS.min(1) && streams > 1, "{kills} kills, {streams} streams");

    let mut history = BTreeMap::new();
    for id in (0..DEPLOYMENTS).map(deployment) {
        let of_one = pair.history(&id).await.into_iter();
        history.extend(of_one.map(|(start, status)| ((id.clone(), start), status)));
        let health = pair.read(&format!("/deployments/{id}/status")).await;
        assert_eq!(health["health"], "HEALTHY", "{id}: {health}");
    }
    let lost: Vec<_> = ended.iter().filter(|update| !history.contains_key(*update)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    let more = history.len() - ended.len();
    assert!(more <= unknown, "{more} updates nobody asked for, {unknown} calls without an answer");
    assert_eq!(seen, history, "the subscriber and the history differ");
    // One that nobody knew of is ended by the start of the next one, which says so.
    for (update, status) in history.iter().filter(|(_, status)| *status != "SUCCESS") {
        let log = pair.read(&format!("/deployments/{}/updates/{}/log", update.0, update.1)).await;
        let is_left = log.to_string().contains("a new update of the project was requested");
        assert!(is_left && !ended.contains(update), "{update:?} {status}: {log}");
    }
}
