//! A bare LDAP client: it writes searches in advance on several connections, and looks only for the end of each
//! answer. It is as fast as a client can be that checks nothing.

use std::io::{self, Read, Write as _};
use std::net::TcpStream;

/// How many searches a connection sends before it reads their answers.
const AT_ONCE: usize = 64;

const SEARCH_DONE: u8 = 0x65;

/// One search below the base, in BER.
#[derive(Debug, Clone)]
pub struct Search {
    body: Vec<u8>,
}

impl Search {
    /// A subtree search with this filter, in BER, for these attributes.
    #[must_use]
    pub fn new<'a>(
        base: &str,
        filter: &[u8],
        attributes: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut body = element(0x04, base.as_bytes());
        // The whole subtree, aliases never, no limits, values as well.
        body.extend(b"\x0a\x01\x02\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00");
        body.extend_from_slice(filter);
        let names: Vec<u8> =
            attributes.into_iter().flat_map(|name| element(0x04, name.as_bytes())).collect();
        body.extend(element(0x30, &names));
        Self { body: element(0x63, &body) }
    }

    fn message(&self, id: u32) -> Vec<u8> {
        let mut content = element(0x02, &id.to_be_bytes());
        content.extend_from_slice(&self.body);
        element(0x30, &content)
    }
}

/// `(attribute=value)`
#[must_use]
pub fn equals(attribute: &str, value: &str) -> Vec<u8> {
    element(0xa3, &[element(0x04, attribute.as_bytes()), element(0x04, value.as_bytes())].concat())
}

/// `(&…)`
#[must_use]
pub fn all_of(parts: &[Vec<u8>]) -> Vec<u8> {
    element(0xa0, &parts.concat())
}

/// `(|…)`
#[must_use]
pub fn any_of(parts: &[Vec<u8>]) -> Vec<u8> {
    element(0xa1, &parts.concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => bytes.push(short),
        _ => {
            bytes.push(0x84);
            let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

/// Sends all searches over so many connections without a bind. Returns how many messages arrived.
///
/// # Errors
///
/// A connection fails.
pub fn send(address: &str, searches: &[Search], connections: usize) -> io::Result<usize> {
    let share = searches.len().div_ceil(connections.max(1)).max(1);
    std::thread::scope(|scope| {
        let shares = searches.chunks(share);
        let threads: Vec<_> =
            shares.map(|share| scope.spawn(move || send_share(address, share))).collect();
        threads.into_iter().try_fold(0, |sum, thread| {
            let arrived = thread.join().map_err(|_| io::Error::other("a connection failed"))?;
            Ok(sum + arrived?)
        })
    })
}

fn send_share(address: &str, searches: &[Search]) -> io::Result<usize> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let (mut buffer, mut messages, mut id) = (Vec::new(), 0, 0);
    for window in searches.chunks(AT_ONCE) {
        let mut request = Vec::new();
        for search in window {
            id += 1;
            request.extend(search.message(id));
        }
        stream.write_all(&request)?;
        let mut open = window.len();
        while open > 0 {
            let mut at = 0;
            while let Some((operation, end)) = message(&buffer[at..]) {
                at += end;
                messages += 1;
                open -= usize::from(operation == SEARCH_DONE);
            }
            buffer.drain(..at);
            if open > 0 {
                let mut piece = [0; 1 << 16];
                let count = stream.read(&mut piece)?;
                if count == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                buffer.extend_from_slice(&piece[..count]);
            }
        }
    }
    Ok(messages)
}

/// The operation and the end of the first message, if all of it is there.
fn message(bytes: &[u8]) -> Option<(u8, usize)> {
    let (start, length) = content(bytes)?;
    let message = bytes.get(start..start + length)?;
    let (id, id_length) = content(message)?;
    Some((*message.get(id + id_length)?, start + length))
}

/// Where the content of an element starts, and its length.
fn content(bytes: &[u8]) -> Option<(usize, usize)> {
    match usize::from(*bytes.get(1)?) {
        length @ 0..0x80 => Some((2, length)),
        long => {
            let count = long - 0x80;
            let length = bytes.get(2..2 + count)?;
            let length = length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            Some((2 + count, length))
        }
    }
}
