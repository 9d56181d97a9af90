//! A receiver of hooks that misbehaves as its path says. It ends a connection only where the path says so, and then as soon as
//! the caller is gone.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use project_deployer_tests::http_answer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{interval, sleep};

/// It stops when it is dropped.
pub(super) struct Receiver {
    address: SocketAddr,
    listening: JoinHandle<()>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Whoever calls may go away at any time.
                tokio::spawn(async move { converse(stream).await.unwrap_or_default() });
            }
        });
        Self { address, listening }
    }

    pub(super) fn url(&self, way: &str) -> String {
        format!("http://{}/{way}", self.address)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn converse(mut stream: TcpStream) -> io::Result<()> {
    let Some(way) = request(&mut stream).await? else { return Ok(()) };
    let result = http_answer("200 OK", "", br#"{"status": "SUCCESS", "message": "done"}"#);
    match way.as_str() {
        "works" => stream.write_all(&result).await,
        "late" => {
            sleep(Duration::from_secs(5)).await;
            stream.write_all(&result).await
        }
        "garbage" => stream.write_all(b"\x16\x03\x01 no HTTP at all\r\n\r\n").await,
        "no-result" => stream.write_all(&http_answer("200 OK", "", b"<html>Log in</html>")).await,
        "resets" => stream.set_zero_linger(),
        "trickles" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n{").await?;
            let mut rhythm = interval(Duration::from_millis(20));
            loop {
                rhythm.tick().await;
                stream.write_all(b" ").await?;
            }
        }
        "floods" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await?;
            loop {
                stream.write_all(&[b' '; 16 * 1024]).await?;
            }
        }
        // Keeps the connection until the caller is gone.
        _ => {
            while stream.read(&mut [0; 1024]).await? > 0 {}
            Ok(())
        }
    }
}

/// Reads a request whole, and returns its path; none if it does not come to its end.
async fn request(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().filter_map(|line| line.split_once(':'));
        let length = length.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length = length.filter_map(|(_, value)| value.trim().parse::<usize>().ok()).next();
        if body.len() >= length.unwrap_or_default() {
            let path = head.split(' ').nth(1).unwrap_or_default();
            return Ok(Some(path.trim_start_matches('/').to_owned()));
        }
    }
}
