use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A TCP server on a free port of 127.0.0.1 that says to every request what a test wants. It shares
/// nothing with a node, and does what no HTTP library would. It stops when it is dropped.
#[derive(Debug)]
pub struct RawServer {
    address: SocketAddr,
    requests: Requests,
    listening: JoinHandle<()>,
}

/// What is said to a request. The connection is closed after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Nothing.
    Nothing,
    /// Nothing, and the connection is reset.
    Reset,
    /// Nothing, ever, and the connection stays.
    Silence,
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes, and then the connection is reset.
    BytesAndReset(Vec<u8>),
    /// These bytes, each in a packet of its own.
    ByteByByte(Vec<u8>),
    /// These bytes, and then blanks for ever, one each millisecond.
    Trickle(Vec<u8>),
}

type Requests = Arc<Mutex<Vec<Vec<u8>>>>;
type Answering = Arc<dyn Fn(&str) -> Reply + Send + Sync>;

/// How a server treats a connection.
#[derive(Clone)]
enum Manner {
    /// Closes it without reading a word.
    HangUp,
    /// Answers as soon as the head is there, and lets the rest come.
    AnswerHead(Answering),
    /// Reads the request whole.
    ReadAll(Answering),
}

impl RawServer {
    /// Starts a server that reads each request whole, and answers by its head: request line and
    /// headers.
    ///
    /// # Panics
    ///
    /// There is no free port: a test cannot go on without one.
    pub async fn start(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(Manner::ReadAll(Arc::new(answer))).await
    }

    /// Starts a server that says the same to every request.
    ///
    /// # Panics
    ///
    /// There is no free port: a test cannot go on without one.
    pub async fn saying(reply: Reply) -> Self {
        Self::start(move |_| reply.clone()).await
    }

    /// Starts a server that says so as soon as the head of a request is there, as a gateway does that
    /// takes no large bodies.
    ///
    /// # Panics
    ///
    /// There is no free port: a test cannot go on without one.
    pub async fn saying_early(reply: Reply) -> Self {
        Self::listen(Manner::AnswerHead(Arc::new(move |_| reply.clone()))).await
    }

    /// Starts a server that closes every connection without reading a word.
    ///
    /// # Panics
    ///
    /// There is no free port: a test cannot go on without one.
    pub async fn hanging_up() -> Self {
        Self::listen(Manner::HangUp).await
    }

    #[expect(clippy::unwrap_used, reason = "a test cannot go on without its server")]
    async fn listen(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Requests::default();
        let listening = tokio::spawn(accept(listener, manner, Arc::clone(&requests)));
        Self { address, requests, listening }
    }

    /// The base URL: protocol, host and port.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request that was read, head and body, in the order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// An answer over HTTP/1.1 that says how long it is, and that it is the last one.
#[must_use]
pub fn http_answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// The same with a body in JSON.
#[must_use]
pub fn json_answer(status: &str, body: &str) -> Vec<u8> {
    http_answer(status, "content-type: application/json\r\n", body.as_bytes())
}

async fn accept(listener: TcpListener, manner: Manner, requests: Requests) {
    while let Ok((stream, _)) = listener.accept().await {
        let (manner, requests) = (manner.clone(), Arc::clone(&requests));
        // Whoever asks may go away at any time: how it ends is for the client to say.
        tokio::spawn(async move { converse(stream, manner, &requests).await.unwrap_or_default() });
    }
}

async fn converse(mut stream: TcpStream, manner: Manner, requests: &Requests) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (answer, reads_all) = match manner {
        Manner::HangUp => return Ok(()),
        Manner::AnswerHead(answer) => (answer, false),
        Manner::ReadAll(answer) => (answer, true),
    };
    let Some((head, request)) = read_request(&mut stream, reads_all).await? else {
        return Ok(());
    };
    requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    say(&mut stream, answer(&head)).await?;
    if !reads_all {
        // A close with bytes unread would be a reset, which can overtake the answer.
        stream.shutdown().await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    }
    Ok(())
}

/// The head of a request, and as much of it as is wanted; none when it does not come to its end.
async fn read_request(
    stream: &mut TcpStream,
    reads_all: bool,
) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut request = Vec::new();
    let mut head = None;
    let mut wanted = usize::MAX;
    while request.len() < wanted {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(None);
        }
        if head.is_none()
            && let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n")
        {
            let text = String::from_utf8_lossy(&request[..end]).into_owned();
            wanted = end + 4 + if reads_all { content_length(&text) } else { 0 };
            request.reserve(wanted.saturating_sub(request.len()));
            head = Some(text);
        }
    }
    Ok(head.map(|head| (head, request)))
}

fn content_length(head: &str) -> usize {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths.next().and_then(|(_, length)| length.trim().parse().ok()).unwrap_or_default()
}

async fn say(stream: &mut TcpStream, reply: Reply) -> io::Result<()> {
    match reply {
        Reply::Nothing => Ok(()),
        Reply::Reset => stream.set_zero_linger(),
        Reply::Silence => std::future::pending().await,
        Reply::Bytes(bytes) => stream.write_all(&bytes).await,
        Reply::BytesAndReset(bytes) => {
            stream.write_all(&bytes).await?;
            stream.set_zero_linger()
        }
        Reply::ByteByByte(bytes) => {
            for byte in bytes {
                stream.write_all(&[byte]).await?;
                // The other side reads this one before there is a next one.
                tokio::task::yield_now().await;
            }
            Ok(())
        }
        Reply::Trickle(bytes) => {
            stream.write_all(&bytes).await?;
            let mut rhythm = tokio::time::interval(Duration::from_millis(1));
            loop {
                rhythm.tick().await;
                stream.write_all(b" ").await?;
            }
        }
    }
}
