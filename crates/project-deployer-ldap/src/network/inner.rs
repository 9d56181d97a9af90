//! The socket pair between the gate and the LDAP library. The library accepts only sockets of the
//! operating system.

use std::io;

use ldap3::StdStream;

#[cfg(unix)]
pub(super) type Inner = tokio::net::UnixStream;
#[cfg(not(unix))]
pub(super) type Inner = tokio::net::TcpStream;

/// The URL that is passed to the library.
#[cfg(unix)]
pub(super) const INNER_URL: &str = "ldapi:///";
#[cfg(not(unix))]
pub(super) const INNER_URL: &str = "ldap://localhost";

#[cfg(unix)]
pub(super) async fn inner_pair() -> io::Result<(Inner, StdStream)> {
    let (ours, theirs) = tokio::net::UnixStream::pair()?;
    Ok((ours, StdStream::Unix(theirs.into_std()?)))
}

#[cfg(not(unix))]
pub(super) async fn inner_pair() -> io::Result<(Inner, StdStream)> {
    let (ours, theirs) = over_loopback().await?;
    Ok((ours, StdStream::Tcp(theirs.into_std()?)))
}

/// A pair over loopback, for systems without socket pairs. A connection of another process is not used as
/// the other end.
#[cfg(any(not(unix), test))]
async fn over_loopback() -> io::Result<(tokio::net::TcpStream, tokio::net::TcpStream)> {
    use tokio::net::{TcpListener, TcpStream};

    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let ours = TcpStream::connect(listener.local_addr()?).await?;
    loop {
        let (theirs, from) = listener.accept().await?;
        if from == ours.local_addr()? {
            ours.set_nodelay(true)?;
            theirs.set_nodelay(true)?;
            return Ok((ours, theirs));
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn both_ends_of_the_loopback_pair_belong_together() {
        let (mut ours, mut theirs) = over_loopback().await.unwrap();
        ours.write_all(b"to").await.unwrap();
        theirs.write_all(b"and fro").await.unwrap();
        let (mut to, mut fro) = ([0; 2], [0; 7]);
        theirs.read_exact(&mut to).await.unwrap();
        ours.read_exact(&mut fro).await.unwrap();
        assert_eq!((&to, &fro), (b"to", b"and fro"));
    }
}
