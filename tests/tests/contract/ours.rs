//! Our client: every request that it has, each with the call that makes it and reads its answer.

mod accounts;
mod clients;
mod deployer;
mod fleet;
mod node;
mod projects;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::{HeaderMap, Method, Uri};
use project_deployer_client::request::{Call, NodeRequest};
use reqwest::Url;
use serde_json::Value;

use crate::asked::Asked;
use crate::recorder::{Exchange, Recorder, Source};

pub(crate) use clients::Clients;

/// Ids that services gave to the official client.
pub(crate) struct Noted(pub(crate) BTreeMap<String, String>);

type Reading = Pin<Box<dyn Future<Output = Result<(), String>>>>;

/// A request of ours, with the call of our client that sends it.
pub(crate) struct Operation {
    pub(crate) name: String,
    /// The request as its function builds it.
    pub(crate) built: Asked,
    pub(crate) call: Box<dyn FnOnce(Arc<Clients>) -> Reading>,
}

/// What came of the call of our client.
pub(crate) struct Made {
    pub(crate) asked: Vec<Asked>,
    pub(crate) read: Result<(), String>,
}

/// All of them, with these ids in them.
pub(crate) fn operations(noted: &Arc<Noted>) -> Vec<Operation> {
    let areas = [
        node::operations(noted),
        projects::operations(noted),
        accounts::operations(noted),
        deployer::operations(noted),
        fleet::operations(noted),
    ];
    areas.into_iter().flatten().collect()
}

impl Noted {
    /// An id; a placeholder where this version of the client could not get one.
    pub(crate) fn get(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_else(|| format!("no-{name}"))
    }
}

/// Our client before a server that answers what the services answered the official client.
pub(crate) struct Replay {
    recorder: Recorder,
    clients: Arc<Clients>,
}

impl Replay {
    pub(crate) async fn of(exchanges: &Arc<Vec<Exchange>>) -> Self {
        let recorder = Recorder::start(Source::Record(Arc::clone(exchanges))).await;
        let clients = Arc::new(Clients::of(recorder.url()));
        Self { recorder, clients }
    }

    pub(crate) async fn make(&self, operation: Operation) -> Made {
        self.recorder.begin("call", &operation.name);
        let read = (operation.call)(Arc::clone(&self.clients)).await;
        let own =
            self.recorder.exchanges().into_iter().filter(|had| had.operation == operation.name);
        Made { asked: own.map(|had| had.asked).collect(), read }
    }
}

/// A request as a server would see it.
pub(crate) trait Built {
    fn asked(&self) -> Asked;
}

impl<T> Built for Call<T> {
    fn asked(&self) -> Asked {
        NodeRequest::asked(self)
    }
}

impl Built for NodeRequest {
    fn asked(&self) -> Asked {
        asked(&self.to_string(), &self.url(&base()), self.body.as_ref())
    }
}

fn base() -> Url {
    "http://127.0.0.1".parse().unwrap()
}

fn asked(text: &str, url: &Url, body: Option<&Value>) -> Asked {
    let method: Method = text.split(' ').next().unwrap().parse().unwrap();
    let uri: Uri = url.as_str().parse().unwrap();
    let body = body.map(Value::to_string).unwrap_or_default();
    Asked::new(&method, &uri, &HeaderMap::new(), body.as_bytes())
}

pub(crate) fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is not valid"))
}

/// `operation!(area::function(arguments), |clients| call)`: the request, named by its function, and the
/// call; `operation!(area::function(arguments))` where the node makes it.
macro_rules! operation {
    ($($part:ident)::+ ($($argument:expr),* $(,)?)) => {{
        let request = $($part)::+($($argument),*);
        $crate::ours::Operation {
            name: $crate::ours::name(stringify!($($part)::+)),
            built: $crate::ours::Built::asked(&*request),
            call: Box::new(move |us: std::sync::Arc<$crate::ours::Clients>| {
                Box::pin(async move {
                    let outcome = us.node.call(&request).await;
                    outcome.map(drop).map_err(|error| format!("{error:?}"))
                })
            }),
        }
    }};
    ($($part:ident)::+ ($($argument:expr),* $(,)?), |$clients:ident| $call:expr) => {{
        let request = $($part)::+($($argument),*);
        $crate::ours::Operation {
            name: $crate::ours::name(stringify!($($part)::+)),
            built: $crate::ours::Built::asked(&request),
            call: Box::new(move |$clients: std::sync::Arc<$crate::ours::Clients>| {
                Box::pin(async move {
                    let outcome = async { $call }.await;
                    outcome.map(drop).map_err(|error| format!("{error:?}"))
                })
            }),
        }
    }};
}
pub(crate) use operation;

/// The name without the blanks that `stringify` may put into it.
pub(crate) fn name(path: &str) -> String {
    path.replace(' ', "")
}
