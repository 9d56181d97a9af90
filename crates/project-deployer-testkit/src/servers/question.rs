//! Asks a directory whether it answers.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// A search for the entry of the server itself (RFC 4511): `(objectClass=*)` at the empty name, no attribute.
const QUESTION: [u8; 44] = [
    0x30, 0x2a, 0x02, 0x01, 0x01, 0x63, 0x25, 0x04, 0x00, 0x0a, 0x01, 0x00, 0x0a, 0x01, 0x00, 0x02,
    0x01, 0x00, 0x02, 0x01, 0x00, 0x01, 0x01, 0x00, 0x87, 0x0b, b'o', b'b', b'j', b'e', b'c', b't',
    b'C', b'l', b'a', b's', b's', 0x30, 0x05, 0x04, 0x03, b'1', b'.', b'1',
];

/// An answer of any kind to request 1 is an answer.
const MESSAGE: u8 = 0x30;

/// Returns once the server has answered.
///
/// # Errors
///
/// There is no answer within the time, or the connection ends without one.
pub(super) fn answers(port: u16, within: Duration) -> io::Result<()> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(within))?;
    stream.write_all(&QUESTION)?;
    let mut first = [0];
    stream.read_exact(&mut first)?;
    if first == [MESSAGE] {
        Ok(())
    } else {
        Err(io::Error::other("what answers is no LDAP server"))
    }
}
