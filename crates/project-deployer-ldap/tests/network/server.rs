//! A server that follows a script, connection by connection.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use ldap3_proto::LdapCodec;
use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapBindResponse, LdapMsg, LdapOp, LdapPartialAttribute, LdapResult, LdapResultCode,
    LdapSearchResultEntry,
};
use project_deployer_ldap::network::{LdapBudgets, LdapDirectory};
use project_deployer_ldap::supplier::LdapUrl;
use project_deployer_ldap::{Directory, DirectoryError, Dn, Filter, Scope, SearchResult};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::codec::Framed;

pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

type Script = dyn Fn(Line) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

/// Listens on its own port until it is dropped.
pub(crate) struct FakeServer {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<LdapMsg>>>,
    task: JoinHandle<()>,
}

/// One connection, from the server's side.
pub(crate) struct Line {
    /// Counted from 0.
    pub(crate) number: usize,
    pub(crate) stream: Framed<Box<dyn Stream>, LdapCodec>,
    heard: Arc<Mutex<Vec<LdapMsg>>>,
}

impl FakeServer {
    pub(crate) async fn start<F, A>(script: F) -> Self
    where
        F: Fn(Line) -> A + Send + Sync + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        let script: Arc<Script> = Arc::new(move |line| Box::pin(script(line)));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, heard) = (Arc::new(AtomicUsize::new(0)), Arc::default());
        let task =
            tokio::spawn(listen(listener, script, Arc::clone(&connections), Arc::clone(&heard)));
        Self { port, connections, heard, task }
    }

    pub(crate) fn url(&self) -> LdapUrl {
        LdapUrl::parse(&format!("ldap://127.0.0.1:{}/dc=example,dc=test", self.port)).unwrap()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Every request so far.
    pub(crate) fn heard(&self) -> Vec<LdapMsg> {
        self.heard.lock().unwrap().clone()
    }

    /// A directory with an anonymous bind, in clear text.
    pub(crate) fn directory(&self, budgets: LdapBudgets) -> LdapDirectory {
        LdapDirectory::builder(self.url()).budgets(budgets).build().unwrap()
    }

    /// One search for all entries, within budgets that are short enough for tests.
    pub(crate) async fn everything(&self) -> Result<SearchResult, DirectoryError> {
        everything(&self.directory(budgets())).await
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(
    listener: TcpListener,
    script: Arc<Script>,
    connections: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<LdapMsg>>>,
) {
    let mut lines = tokio::task::JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let number = connections.fetch_add(1, Ordering::SeqCst);
        lines.spawn(script(Line::new(number, Box::new(stream), Arc::clone(&heard))));
    }
}

impl Line {
    fn new(number: usize, stream: Box<dyn Stream>, heard: Arc<Mutex<Vec<LdapMsg>>>) -> Self {
        Self { number, stream: Framed::new(stream, LdapCodec::default()), heard }
    }

    /// The same connection, encrypted from now on.
    pub(crate) async fn encrypted(self, tls: &tokio_rustls::TlsAcceptor) -> Option<Self> {
        let stream = tls.accept(self.stream.into_inner()).await.ok()?;
        Some(Self::new(self.number, Box::new(stream), self.heard))
    }

    /// The next request; none if the client has closed the connection.
    pub(crate) async fn request(&mut self) -> Option<LdapMsg> {
        let message = self.stream.next().await?.ok()?;
        self.heard.lock().unwrap().push(message.clone());
        Some(message)
    }

    pub(crate) async fn say(&mut self, msgid: i32, op: LdapOp) {
        self.say_with(msgid, op, vec![]).await;
    }

    pub(crate) async fn say_with(&mut self, msgid: i32, op: LdapOp, ctrl: Vec<LdapControl>) {
        // The client may have closed the connection already.
        let _ = self.stream.send(LdapMsg { msgid, op, ctrl }).await;
    }

    pub(crate) async fn raw(&mut self, bytes: &[u8]) {
        let _ = self.stream.get_mut().write_all(bytes).await;
        let _ = self.stream.get_mut().flush().await;
    }

    /// Accepts the client's bind.
    pub(crate) async fn bind(&mut self) -> LdapMsg {
        let request = self.request().await.unwrap();
        let response = LdapBindResponse { res: result(LdapResultCode::Success), saslcreds: None };
        self.say(request.msgid, LdapOp::BindResponse(response)).await;
        request
    }

    /// Accepts the client's bind, and reads its first search.
    pub(crate) async fn first_search(&mut self) -> LdapMsg {
        self.bind().await;
        self.request().await.unwrap()
    }

    /// Sends nothing until the client closes the connection.
    pub(crate) async fn hang(mut self) {
        while let Some(Ok(_)) = self.stream.next().await {}
        let _ = self.stream.get_mut().read(&mut [0]).await;
    }
}

pub(crate) fn result(code: LdapResultCode) -> LdapResult {
    LdapResult { code, matcheddn: String::new(), message: String::new(), referral: vec![] }
}

pub(crate) fn done(code: LdapResultCode) -> LdapOp {
    LdapOp::SearchResultDone(result(code))
}

pub(crate) fn person(login: &str) -> LdapOp {
    entry(&format!("uid={login},dc=example,dc=test"), &[("uid", &[login])])
}

pub(crate) fn entry(dn: &str, attributes: &[(&str, &[&str])]) -> LdapOp {
    let attribute = |(name, values): &(&str, &[&str])| LdapPartialAttribute {
        atype: (*name).to_owned(),
        vals: values.iter().map(|value| value.as_bytes().to_vec()).collect(),
    };
    let attributes = attributes.iter().map(attribute).collect();
    LdapOp::SearchResultEntry(LdapSearchResultEntry { dn: dn.to_owned(), attributes })
}

pub(crate) fn cookie(cookie: &[u8]) -> Vec<LdapControl> {
    vec![LdapControl::SimplePagedResults { size: 0, cookie: cookie.to_vec() }]
}

/// Short enough for a test, long enough for a busy machine.
pub(crate) fn budgets() -> LdapBudgets {
    LdapBudgets::default()
        .connect(Duration::from_secs(5))
        .operation(Duration::from_secs(5))
        .search(Duration::from_secs(20))
}

/// Budgets that a test runs out of.
pub(crate) fn short() -> LdapBudgets {
    budgets().connect(Duration::from_millis(300)).operation(Duration::from_millis(300))
}

pub(crate) async fn everything(directory: &LdapDirectory) -> Result<SearchResult, DirectoryError> {
    let filter = Filter::parse("(uid=*)").unwrap();
    directory.search(&base(), Scope::Subtree, &filter, &[]).await
}

pub(crate) fn base() -> Dn {
    Dn::parse("dc=example,dc=test").unwrap()
}

/// The logins of an answer.
pub(crate) fn logins(found: &SearchResult) -> Vec<String> {
    let uid = project_deployer_ldap::AttributeName::parse("uid").unwrap();
    found.entries.iter().flat_map(|entry| entry.texts(&uid)).map(str::to_owned).collect()
}
