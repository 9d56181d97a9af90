//! A server between a client and a service that writes down what is asked and answered.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::asked::{Asked, decoded};

/// One request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// The operation that it belongs to; empty before the first one.
    pub(crate) operation: String,
    /// `before` while the operation is prepared, `call` while it runs.
    pub(crate) phase: String,
    pub(crate) asked: Asked,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Where answers come from.
pub(crate) enum Source {
    /// A service that listens there.
    Service(String),
    /// What services said before, in the same operation and, for what is not there, in all of them.
    Record(Arc<Vec<Exchange>>),
}

/// The server. It stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Recorder {
    url: String,
    book: Arc<Book>,
    running: JoinHandle<()>,
}

#[derive(Default)]
struct Notes {
    operation: String,
    phase: String,
    exchanges: Vec<Exchange>,
}

struct Book {
    source: Source,
    client: reqwest::Client,
    notes: Mutex<Notes>,
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Book").finish_non_exhaustive()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Recorder {
    pub(crate) async fn start(source: Source) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let book = Arc::new(Book { source, client, notes: Mutex::default() });
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&book));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let running = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, book, running }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// From now on everything belongs to this operation.
    pub(crate) fn begin(&self, phase: &str, operation: &str) {
        self.book.begin(phase, operation);
    }

    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.book.notes().exchanges.clone()
    }
}

impl Book {
    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The script announces the next operation by a path of its own.
    fn announced(&self, uri: &Uri) -> bool {
        let path = decoded(uri.path());
        let mut words = path.trim_start_matches('/').splitn(3, '/');
        let (Some("-"), Some(phase), Some(operation)) = (words.next(), words.next(), words.next())
        else {
            return false;
        };
        self.begin(phase, operation);
        true
    }

    fn begin(&self, phase: &str, operation: &str) {
        let mut notes = self.notes();
        (notes.phase, notes.operation) = (phase.to_owned(), operation.to_owned());
    }

    async fn reply(
        &self,
        method: Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
        asked: &Asked,
    ) -> (StatusCode, HeaderMap, Bytes) {
        match &self.source {
            Source::Service(base) => self.forward(base, method, uri, headers, body).await,
            Source::Record(exchanges) => {
                let notes = self.notes();
                let own = notes.exchanges.iter().filter(|had| had.operation == notes.operation);
                let used = own.filter(|had| had.asked.is_like(asked)).count();
                recorded(exchanges, &notes.operation, asked, used)
            }
        }
    }

    async fn forward(
        &self,
        base: &str,
        method: Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
    ) -> (StatusCode, HeaderMap, Bytes) {
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let mut request = self.client.request(method, format!("{base}{target}")).body(body);
        for name in ["authorization", "content-type", "x-dku-proxyuser"] {
            if let Some(value) = headers.get(name) {
                request = request.header(name, value);
            }
        }
        let answer = request.send().await.unwrap();
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        for name in ["content-length", "transfer-encoding", "connection"] {
            headers.remove(name);
        }
        (status, headers, answer.bytes().await.unwrap())
    }
}

/// The answer to the same question: of the operation in turn, else the last one, else of another one.
fn recorded(
    exchanges: &[Exchange],
    operation: &str,
    asked: &Asked,
    used: usize,
) -> (StatusCode, HeaderMap, Bytes) {
    let like = |had: &&Exchange| had.asked.is_like(asked);
    let own: Vec<_> =
        exchanges.iter().filter(|had| had.operation == operation).filter(like).collect();
    let found = own.get(used).or(own.last()).copied();
    match found.or_else(|| exchanges.iter().rev().find(|had| like(had) && had.status.is_success()))
    {
        Some(had) => (had.status, had.headers.clone(), had.body.clone()),
        None => {
            let said =
                format!("no operation sent this request before: {} {}", asked.method, asked.path);
            (StatusCode::NOT_IMPLEMENTED, HeaderMap::new(), said.into())
        }
    }
}

async fn answer(
    State(book): State<Arc<Book>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    if book.announced(&uri) {
        return Response::new(Body::empty());
    }
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let asked = Asked::new(&method, &uri, &headers, &body);
    let (status, headers, body) = book.reply(method, &uri, &headers, body, &asked).await;
    let mut response = Response::new(Body::from(body.clone()));
    *response.status_mut() = status;
    *response.headers_mut() = headers.clone();
    let mut notes = book.notes();
    let (operation, phase) = (notes.operation.clone(), notes.phase.clone());
    notes.exchanges.push(Exchange { operation, phase, asked, status, headers, body });
    response
}
