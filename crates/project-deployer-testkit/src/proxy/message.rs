use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The longest head that is read.
const MAX_HEAD: usize = 64 * 1024;

const TOO_LARGE: io::ErrorKind = io::ErrorKind::InvalidData;

/// The head of a message: its first line and its headers.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) first_line: String,
    pub(super) headers: Vec<(String, String)>,
}

impl Head {
    /// What precedes the empty line. Headers are bytes, and are kept as far as they are text.
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
        let end =
            if head.is_chunked() { self.end_of_chunks().await? } else { head.content_length() };
        self.fill_to(end).await?;
        Ok(self.unused.drain(..end).collect())
    }

    /// Where the chunks that begin here end, their trailers included.
    async fn end_of_chunks(&mut self) -> io::Result<usize> {
        let mut at = 0;
        loop {
            let end = self.end_of_line(at).await?;
            let size = size_of_chunk(self.unused.get(at..end).unwrap_or_default());
            let size = size.ok_or(io::ErrorKind::InvalidData)?;
            at = end + 2;
            if size == 0 {
                break;
            }
            at = at.checked_add(size).and_then(|at| at.checked_add(2)).ok_or(TOO_LARGE)?;
        }
        loop {
            let end = self.end_of_line(at).await?;
            if end == at {
                return Ok(end + 2);
            }
            at = end + 2;
        }
    }

    /// Where the line that begins there ends.
    async fn end_of_line(&mut self, from: usize) -> io::Result<usize> {
        self.fill_to(from).await?;
        loop {
            let rest = self.unused.get(from..).unwrap_or_default();
            if let Some(length) = find(rest, b"\r\n") {
                return Ok(from + length);
            }
            if rest.len() > MAX_HEAD {
                return Err(io::ErrorKind::InvalidData.into());
            }
            self.fill_to(self.unused.len() + 1).await?;
        }
    }

    async fn fill_to(&mut self, length: usize) -> io::Result<()> {
        while self.unused.len() < length {
            if self.fill().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    async fn fill(&mut self) -> io::Result<usize> {
        self.stream.read_buf(&mut self.unused).await
    }
}

pub(super) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// What a chunked body holds; none when it is not whole. Trailers are left out.
pub(super) fn content_of_chunks(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let line = find(bytes, b"\r\n")?;
        let size = size_of_chunk(bytes.get(..line)?)?;
        if size == 0 {
            return Some(content);
        }
        let chunk = bytes.get(line + 2..)?;
        content.extend_from_slice(chunk.get(..size)?);
        bytes = chunk.get(size.checked_add(2)?..)?;
    }
}

fn size_of_chunk(line: &[u8]) -> Option<usize> {
    let line = std::str::from_utf8(line).ok()?;
    usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()
}

#[cfg(test)]
mod tests;
