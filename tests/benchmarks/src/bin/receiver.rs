//! A server with only the parts of HTTP/1.1 that the benchmarks need, built for speed: it discards bodies,
//! answers from memory, and uses one thread per connection. It prints its address.
#![expect(clippy::print_stdout, reason = "a command line")]

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// The size of the read buffer for bodies.
const PIECE: usize = 256 * 1024;

fn main() -> io::Result<()> {
    let answer = match std::env::args_os().nth(1) {
        Some(file) => std::fs::read(file)?,
        None => b"{}".to_vec(),
    };
    let answer = Arc::new(answer);
    let received = Arc::new(AtomicU64::new(0));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    for connection in listener.incoming() {
        let (connection, answer, received) =
            (connection?, Arc::clone(&answer), Arc::clone(&received));
        // A peer that closes its connection ends only its own thread.
        thread::spawn(move || serve(&connection, &answer, &received));
    }
    Ok(())
}

fn serve(mut connection: &TcpStream, answer: &[u8], received: &AtomicU64) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(PIECE, connection);
    while let Some(head) = Head::read(&mut reader)? {
        if head.expects {
            connection.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let got = discard(&mut reader, head.length)?;
        received.fetch_add(got, Ordering::Relaxed);
        if head.path == "/received" {
            let count = received.swap(0, Ordering::Relaxed).to_string();
            respond(connection, count.as_bytes())?;
        } else if head.method == "GET" {
            respond(connection, answer)?;
        } else {
            respond(connection, b"{}")?;
        }
        if head.closes {
            break;
        }
    }
    Ok(())
}

fn respond(mut connection: &TcpStream, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
    .into_bytes();
    // One packet for small answers, no copy of large ones.
    if length < PIECE {
        answer.extend_from_slice(body);
        return connection.write_all(&answer);
    }
    connection.write_all(&answer)?;
    connection.write_all(body)
}

/// The parts of a request's head that the server uses.
#[derive(Default)]
struct Head {
    method: String,
    path: String,
    length: u64,
    expects: bool,
    closes: bool,
}

impl Head {
    /// None if the peer sends no further request.
    fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split(' ').map(str::to_owned);
        let mut head = Self {
            method: words.next().unwrap_or_default(),
            path: words.next().unwrap_or_default(),
            ..Self::default()
        };
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let field = line.trim_end().to_ascii_lowercase();
            match field.split_once(':').map(|(name, value)| (name, value.trim())) {
                Some(("content-length", length)) => {
                    head.length = length.parse().map_err(io::Error::other)?;
                }
                Some(("expect", _)) => head.expects = true,
                Some(("connection", value)) => head.closes = value == "close",
                Some(_) => {}
                None => return Ok(Some(head)),
            }
        }
    }
}

fn discard(reader: &mut impl BufRead, length: u64) -> io::Result<u64> {
    let mut body = reader.take(length);
    let mut got = 0;
    loop {
        let piece = body.fill_buf()?.len();
        if piece == 0 {
            return Ok(got);
        }
        body.consume(piece);
        got += piece as u64;
    }
}
