//! Many subscribers in one process.

use std::io::Write as _;
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::Answer;

/// How many streams begin at the same time.
const AT_ONCE: usize = 50;

/// What a subscriber saw.
enum Seen {
    /// The stream began.
    Begun,
    /// A change arrived.
    Change(Instant),
}

/// Follows with so many streams. Prints `ready` when all have begun, and then for each change the seconds from the first
/// subscriber to the last one, when all of them have it.
pub(super) async fn follow(address: &str, key: &str, count: usize) -> Answer<()> {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    for begun in 0..count {
        tokio::spawn(one(address.to_owned(), key.to_owned(), sender.clone()));
        if begun >= AT_ONCE {
            expect_begun(receiver.recv().await)?;
        }
    }
    for _ in 0..AT_ONCE.min(count) {
        expect_begun(receiver.recv().await)?;
    }
    say("ready")?;
    loop {
        let mut times = Vec::with_capacity(count);
        while times.len() < count {
            match receiver.recv().await {
                Some(Ok(Seen::Change(at))) => times.push(at),
                Some(Ok(Seen::Begun)) => return Err("a stream began twice".into()),
                Some(Err(error)) => return Err(error.into()),
                None => return Ok(()),
            }
        }
        let (first, last) = (times.iter().min(), times.iter().max());
        let spread = first.zip(last).map(|(first, last)| last.duration_since(*first));
        say(&spread.unwrap_or_default().as_secs_f64().to_string())?;
    }
}

fn expect_begun(seen: Option<Result<Seen, String>>) -> Answer<()> {
    match seen {
        Some(Ok(Seen::Begun)) => Ok(()),
        Some(Ok(Seen::Change(_))) | None => Err("a stream did not begin".into()),
        Some(Err(error)) => Err(error.into()),
    }
}

fn say(text: &str) -> Answer<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{text}")?;
    Ok(output.flush()?)
}

async fn one(address: String, key: String, sender: mpsc::UnboundedSender<Result<Seen, String>>) {
    if let Err(error) = subscribed(&address, &key, &sender).await {
        let _ = sender.send(Err(error.to_string()));
    }
}

async fn subscribed(
    address: &str,
    key: &str,
    sender: &mpsc::UnboundedSender<Result<Seen, String>>,
) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET /api/v1/events HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let (mut text, mut piece, mut has_begun) = (String::new(), [0; 4096], false);
    loop {
        let count = stream.read(&mut piece).await?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let now = Instant::now();
        text.push_str(&String::from_utf8_lossy(piece.get(..count).unwrap_or_default()));
        while let Some((message, rest)) = text.split_once("\n\n") {
            // The first message with an id says from where on it follows.
            let seen = match has_begun {
                false => message.contains("id:").then_some(Seen::Begun),
                true => message.contains("event: change").then_some(Seen::Change(now)),
            };
            has_begun |= matches!(seen, Some(Seen::Begun));
            if let Some(seen) = seen
                && sender.send(Ok(seen)).is_err()
            {
                return Ok(());
            }
            text = rest.to_owned();
        }
    }
}
