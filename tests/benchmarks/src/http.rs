//! A bare HTTP client: it keeps one connection, and counts or returns the bytes of an answer without looking at them. It
//! takes as little of the processors as a client can that reads everything.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// One connection.
#[derive(Debug)]
pub struct Connection {
    stream: BufReader<TcpStream>,
    address: String,
    line: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body as it was transferred.
    pub body: Vec<u8>,
    /// The bytes of head and body.
    pub transferred: usize,
}

impl Connection {
    /// Connects to a host and a port.
    ///
    /// # Errors
    ///
    /// Nobody answers.
    pub fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let stream = BufReader::with_capacity(1 << 16, stream);
        Ok(Self { stream, address: address.to_owned(), line: String::new() })
    }

    /// Reads a path. `head` are further lines of the head, each with its end.
    ///
    /// # Errors
    ///
    /// The connection fails, or the answer is no HTTP.
    pub fn get(&mut self, path: &str, head: &str) -> io::Result<Answer> {
        self.send("GET", path, head, "")
    }

    /// Sends a request with a body.
    ///
    /// # Errors
    ///
    /// The connection fails, or the answer is no HTTP.
    pub fn send(&mut self, method: &str, path: &str, head: &str, body: &str) -> io::Result<Answer> {
        let (address, length) = (&self.address, body.len());
        let length =
            if body.is_empty() { String::new() } else { format!("content-length: {length}\r\n") };
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n{head}{length}\r\n{body}");
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.answer()
    }

    fn answer(&mut self) -> io::Result<Answer> {
        let first = self.next_line()?;
        let status = first.split(' ').nth(1).and_then(|text| text.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no HTTP: {first}")))?;
        let (mut transferred, mut length, mut is_chunked) = (first.len() + 2, 0, false);
        loop {
            let line = self.next_line()?.to_ascii_lowercase();
            transferred += line.len() + 2;
            if line.is_empty() {
                break;
            }
            if let Some(text) = line.strip_prefix("content-length:") {
                length = text.trim().parse().map_err(io::Error::other)?;
            }
            is_chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
        }
        let mut body = Vec::with_capacity(length);
        match is_chunked {
            false => self.read(&mut body, length)?,
            true => loop {
                let size = self.next_line()?;
                let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
                self.read(&mut body, size)?;
                self.next_line()?;
                if size == 0 {
                    break;
                }
            },
        }
        transferred += body.len();
        Ok(Answer { status, body, transferred })
    }

    fn read(&mut self, body: &mut Vec<u8>, length: usize) -> io::Result<()> {
        let start = body.len();
        body.resize(start + length, 0);
        self.stream.read_exact(body.get_mut(start..).unwrap_or_default())
    }

    fn next_line(&mut self) -> io::Result<String> {
        self.line.clear();
        if self.stream.read_line(&mut self.line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(self.line.trim_end().to_owned())
    }
}
