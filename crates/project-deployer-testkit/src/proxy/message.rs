use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The longest head that is read.
const MAX_HEAD: usize = 64 * 1024;

/// The head of a message: its first line and its headers.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) first_line: String,
    pub(super) headers: Vec<(String, String)>,
}

impl Head {
    /// What stands before the empty line. Headers are bytes, and are kept as far as they are text.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.split("\r\n").map(str::to_owned);
        let first_line = lines.next().unwrap_or_default();
        let header = |line: String| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        };
        Self { first_line, headers: lines.filter_map(header).collect() }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn is_chunked(&self) -> bool {
        self.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked"))
    }

    pub(super) fn content_length(&self) -> usize {
        self.header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default()
    }

    pub(super) fn without(mut self, names: &[&str]) -> Self {
        let goes = |name: &str| names.iter().any(|gone| gone.eq_ignore_ascii_case(name));
        self.headers.retain(|(name, _)| !goes(name));
        self
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{}\r\n", self.first_line);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.into_bytes()
    }

    /// A word of the first line.
    pub(super) fn word(&self, index: usize) -> &str {
        self.first_line.split(' ').nth(index).unwrap_or_default()
    }
}

/// What was read of a stream, and what was not used of it yet.
#[derive(Debug)]
pub(super) struct Reader<S> {
    pub(super) stream: S,
    unused: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Reader<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, unused: Vec::new() }
    }

    /// The head of the next message; none when the stream ends before there is a whole one.
    pub(super) async fn head(&mut self) -> io::Result<Option<Head>> {
        loop {
            if let Some(end) = find(&self.unused, b"\r\n\r\n") {
                let head = Head::parse(&self.unused[..end]);
                self.unused.drain(..end + 4);
                return Ok(Some(head));
            }
            if self.unused.len() > MAX_HEAD || self.fill().await? == 0 {
                return Ok(None);
            }
        }
    }

    /// The body that belongs to a head, as it is on the wire.
    pub(super) async fn body(&mut self, head: &Head) -> io::Result<Vec<u8>> {
        if head.header("expect").is_some() {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        loop {
            let end = if head.is_chunked() {
                chunks(&self.unused).map(|(_, end)| end)
            } else {
                Some(head.content_length()).filter(|length| *length <= self.unused.len())
            };
            if let Some(end) = end {
                return Ok(self.unused.drain(..end).collect());
            }
            if self.fill().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    async fn fill(&mut self) -> io::Result<usize> {
        self.stream.read_buf(&mut self.unused).await
    }
}

pub(super) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// What a chunked body holds, and where it ends; none while it is not whole. Trailers are left out.
pub(super) fn chunks(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut content, mut at) = (Vec::new(), 0);
    loop {
        let line = find(bytes.get(at..)?, b"\r\n")?;
        let size = std::str::from_utf8(bytes.get(at..at + line)?).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        at += line + 2;
        if size == 0 {
            let end = find(bytes.get(at..)?, b"\r\n")?;
            // Trailers end with an empty line.
            let end = if end == 0 { 2 } else { find(bytes.get(at..)?, b"\r\n\r\n")? + 4 };
            return Some((content, at + end));
        }
        content.extend_from_slice(bytes.get(at..at.checked_add(size)?)?);
        at += size + 2;
    }
}
