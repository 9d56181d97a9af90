use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use futures::StreamExt as _;
use project_deployer_client::{
    AutomationNode as _, BundleProjectOptions, ExternalUser, HttpConnector, HttpNode, HttpTimeouts,
    Identity, NewPersonalKey, NewProject, NodeAccounts as _, NodeError, ProjectChange, RetryPolicy,
    ScenarioChange, Upload,
};
use project_deployer_core::accounts::SourceType;
use project_deployer_core::deployment::BundleContainerSettings;
use project_deployer_core::infra::NodeSettings;
use project_deployer_core::node::{ProjectPermissions, ProjectVariables};
use project_deployer_core::{ApiKeySecret, BundleId, Login, NodeAddress, ProjectKey};
use tokio::runtime::Runtime;

/// Bodies of answers follow each other with a NUL between them; each begins with a byte for its status.
/// The first byte of all says which call is made. Whatever a node answers, the call ends, and says what
/// to do where it failed; a task that never ends is given up in time.
pub fn node_calls(bytes: &[u8]) {
    let [call, answers @ ..] = bytes else { return };
    NODE.with(|node| node.borrow_mut().get_or_insert_with(Node::start).call(*call, answers));
}

thread_local! {
    /// One server for all calls: starting one takes longer than a call.
    static NODE: RefCell<Option<Node>> = const { RefCell::new(None) };
}

const KEY: &str = "canary-of-the-key";
const HANG: Duration = Duration::from_secs(10);

type Answers = Arc<Mutex<VecDeque<Vec<u8>>>>;

struct Node {
    runtime: Runtime,
    answers: Answers,
    client: HttpNode,
}

impl Node {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answers = Answers::default();
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&answers));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { client: client(&address), runtime, answers }
    }

    fn call(&self, call: u8, answers: &[u8]) {
        let bodies = answers.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = bodies;
        let call = async { tokio::time::timeout(HANG, make(&self.client, call)).await };
        if let Err(error) = self.runtime.block_on(call).expect("the call ends") {
            assert!(!error.kind.hint().is_empty(), "{error}");
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains(KEY), "{shown}");
        }
    }
}

fn client(address: &str) -> HttpNode {
    let short = Duration::from_millis(100);
    let poll = Duration::from_millis(1);
    let timeouts = HttpTimeouts::default()
        .with_call(short)
        .with_task(short)
        .with_first_poll(poll)
        .with_longest_poll(poll);
    let connector = HttpConnector::builder().timeouts(timeouts).retries(RetryPolicy::never());
    let settings =
        NodeSettings::new(NodeAddress::parse(address).unwrap(), ApiKeySecret::new(KEY).unwrap());
    connector.build().unwrap().node(&settings, &Identity::ApiKey).unwrap()
}

/// Takes the request to its end and gives the next answer; a refusal when there is none left.
async fn answer(State(answers): State<Answers>, request: Request) -> Response<Body> {
    let mut body = request.into_body().into_data_stream();
    while body.next().await.is_some() {}
    let next = answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let next = next.unwrap_or_else(|| b"\xff".to_vec());
    let (head, body) = next.split_first().map_or((b' ', &[][..]), |(head, body)| (*head, body));
    let (status, content_type) = match head {
        b'h' => (200, "text/html"),
        b'3' => (302, "text/plain"),
        b'4' => (404, "application/json"),
        b'f' => (403, "application/json"),
        b'c' => (409, "application/json"),
        b'b' => (429, "application/json"),
        b'5' => (500, "application/json"),
        0xff => (503, "text/plain"),
        _ => (200, "application/json"),
    };
    let response = Response::builder().status(StatusCode::from_u16(status).unwrap());
    response.header("Content-Type", content_type).body(Body::from(body.to_vec())).unwrap()
}

async fn make(node: &HttpNode, call: u8) -> Result<(), NodeError> {
    let key = ProjectKey::parse("CHURN").unwrap();
    let v1 = BundleId::parse("v1").unwrap();
    let mina = Login::parse("mina").unwrap();
    let bundle = || Upload::from_bytes("bundle.zip", b"PK\x05\x06".to_vec());
    match call % 25 {
        0 => drop(node.instance_info().await?),
        1 => drop(node.auth_info().await?),
        2 => drop(node.resources().await?),
        3 => drop(node.project_folder(None).await?),
        4 => drop(node.project(&key).await?),
        5 => node.create_project(&new_project(key, mina)).await?,
        6 => {
            let options = BundleProjectOptions::default();
            drop(node.create_project_from_bundle(bundle(), &options).await?);
        }
        7 => node.import_bundle(&key, bundle()).await?,
        8 => drop(node.preload_bundle(&key, &v1).await?),
        9 => drop(node.activate_bundle(&key, &v1, &BTreeMap::new()).await?),
        10 => drop(node.project_configuration(&key).await?),
        11 => {
            let change = ProjectChange::ContainerSettings(BundleContainerSettings::default());
            node.configure_project(&key, &change).await?;
        }
        12 => {
            let change = ProjectChange::Variables(ProjectVariables::default());
            node.configure_project(&key, &change).await?;
        }
        13 => {
            let change = ProjectChange::Permissions(ProjectPermissions::default());
            node.configure_project(&key, &change).await?;
        }
        14 => drop(node.scenarios(&key).await?),
        15 => {
            let change =
                ScenarioChange::default().with_active(Some(true)).with_run_as_user(Some(mina));
            node.configure_scenario(&key, "NIGHTLY", &change).await?;
        }
        16 => drop(node.run_scenario(&key, "NIGHTLY").await?),
        17 => drop(node.whole_users().await?),
        18 => drop(node.groups().await?),
        19 => drop(node.ldap_settings().await?),
        20 => drop(node.external_users(&SourceType::Ldap).await?),
        21 => node.provision_users(&SourceType::Ldap, &[person(mina)]).await?,
        22 => node.set_user_enabled(&mina, false).await?,
        23 => drop(node.create_personal_key(&new_key(mina)).await?),
        _ => drop(node.users().await?),
    }
    Ok(())
}

fn new_project(key: ProjectKey, owner: Login) -> NewProject {
    NewProject::new(key, owner).with_name("Customer churn")
}

fn person(login: Login) -> ExternalUser {
    ExternalUser::new(login)
}

fn new_key(user: Login) -> NewPersonalKey {
    NewPersonalKey::new(user, "deployer").with_description("for updates")
}
