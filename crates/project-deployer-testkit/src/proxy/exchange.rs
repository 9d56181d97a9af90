use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Shared;
use super::answer::WholeAnswer;
use super::message::{Head, Reader};
use crate::fault::{Fault, FaultPoint, Gate, Kind};
use crate::journal::{Call, CallNumber};
use crate::server::GARBAGE;

/// Carries out the one call of a connection.
pub(super) async fn carry_out(client: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut reader = Reader::new(client);
    let Some(head) = reader.head().await? else { return Ok(()) };
    let call = call_of(&head);
    let fault = shared.traffic.faults().take(&call.method, &call.path);
    let number = shared.traffic.journal().start(call);
    let resets =
        matches!(&fault, Some(Fault { kind: Kind::Reset, moment: FaultPoint::Before, .. }));
    // Faults without effect read what is sent all the same, so that the caller gets their answer and
    // not a broken pipe. Only a reset comes before that.
    let body = if resets { Ok(Vec::new()) } else { reader.body(&head).await };
    let ended = match body {
        Err(error) => Err(error),
        Ok(body) => {
            let exchange = Exchange { shared: Arc::clone(&shared), number, head, body };
            exchange.carry_out(fault, reader.stream).await
        }
    };
    match ended {
        // The gate lets the call end.
        Ok(Ended::Later) => Ok(()),
        Ok(Ended::With(status)) => {
            shared.traffic.journal().end(number, status);
            Ok(())
        }
        Err(error) => {
            shared.traffic.journal().end(number, None);
            Err(error)
        }
    }
}

/// How far a call has come when its caller has its answer.
enum Ended {
    With(Option<u16>),
    /// The server has still to be asked.
    Later,
}

/// A call that was read to its end.
struct Exchange {
    shared: Arc<Shared>,
    number: CallNumber,
    head: Head,
    body: Vec<u8>,
}

impl Exchange {
    async fn carry_out(self, fault: Option<Fault>, client: TcpStream) -> io::Result<Ended> {
        let Some(Fault { kind, moment, .. }) = fault else {
            return self.relay(client).await.map(Ended::With);
        };
        match moment {
            FaultPoint::Before if kind.waits() => {
                kind.wait_out().await;
                self.relay(client).await.map(Ended::With)
            }
            FaultPoint::During(gate) if kind.waits() => {
                gate.pass().await;
                kind.wait_out().await;
                self.relay(client).await.map(Ended::With)
            }
            FaultPoint::Before => send(kind, WholeAnswer::empty(), client).await.map(Ended::With),
            FaultPoint::During(gate) => {
                let status = send(kind, WholeAnswer::empty(), client).await?;
                tokio::spawn(self.ask_later(gate, status));
                Ok(Ended::Later)
            }
            FaultPoint::After => {
                let answer = self.ask().await?;
                kind.wait_out().await;
                send(kind, answer, client).await.map(Ended::With)
            }
        }
    }

    async fn ask_later(self, gate: Gate, status: Option<u16>) {
        gate.pass().await;
        // The caller has its answer already, whatever comes of this.
        let _ = self.ask().await;
        self.shared.traffic.journal().end(self.number, status);
    }

    /// Gives the server the call, and does not close the way of its answer.
    async fn forward(&self) -> io::Result<TcpStream> {
        let mut server = TcpStream::connect(&self.shared.server).await?;
        server.set_nodelay(true)?;
        let head = self.head.clone().without(&["connection", "keep-alive", "expect"]);
        server.write_all(&head.with("connection", "close").to_bytes()).await?;
        server.write_all(&self.body).await?;
        Ok(server)
    }

    /// The server's whole answer.
    async fn ask(&self) -> io::Result<WholeAnswer> {
        let mut server = self.forward().await?;
        let mut bytes = Vec::new();
        server.read_to_end(&mut bytes).await?;
        self.note_reached();
        WholeAnswer::parse(&bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Passes the server's response on as it arrives.
    async fn relay(self, mut client: TcpStream) -> io::Result<Option<u16>> {
        let mut server = self.forward().await?;
        let mut first = vec![0; 16 * 1024];
        let read = server.read(&mut first).await?;
        first.truncate(read);
        if read > 0 {
            self.note_reached();
        }
        client.write_all(&first).await?;
        tokio::io::copy(&mut server, &mut client).await?;
        client.shutdown().await?;
        Ok(Head::parse(&first).word(1).parse().ok())
    }

    fn note_reached(&self) {
        self.shared.traffic.journal().update(self.number, |call| call.reached = true);
    }
}

/// Ends the call of a client with a fault instead of that response, and returns the status.
async fn send(kind: Kind, answer: WholeAnswer, mut client: TcpStream) -> io::Result<Option<u16>> {
    let client = &mut client;
    let status = answer.status();
    match kind {
        Kind::Reset => {
            client.set_zero_linger()?;
            return Ok(None);
        }
        Kind::Garbage => {
            client.write_all(GARBAGE).await?;
            client.shutdown().await?;
            return Ok(None);
        }
        Kind::Answer(replacement) => {
            let answer = WholeAnswer::replacement(replacement);
            write(&answer, answer.body().len(), answer.body(), client).await?;
            client.shutdown().await?;
            return Ok(answer.status());
        }
        Kind::Delay(_) | Kind::Held(_) => {
            write(&answer, answer.body().len(), answer.body(), client).await
        }
        // An answer without a body cannot be truncated unless it promises one.
        Kind::Truncated => write(&answer, answer.body().len().max(2), answer.half(), client).await,
        Kind::HalfBody => write(&answer, answer.half().len(), answer.half(), client).await,
        Kind::NoBody => write(&answer, 0, &[], client).await,
        Kind::Dripping(pause) => {
            write(&answer, answer.body().len(), &[], client).await?;
            drip(answer.body(), pause, client).await
        }
    }?;
    client.shutdown().await?;
    Ok(status)
}

/// Writes the head of an answer that promises a body of some length, and what there is of a body.
async fn write(
    answer: &WholeAnswer,
    promised: usize,
    body: &[u8],
    client: &mut TcpStream,
) -> io::Result<()> {
    client.write_all(&answer.head_for(promised)).await?;
    client.write_all(body).await
}

async fn drip(bytes: &[u8], pause: Duration, client: &mut TcpStream) -> io::Result<()> {
    for byte in bytes {
        tokio::time::sleep(pause).await;
        client.write_all(&[*byte]).await?;
    }
    Ok(())
}

fn call_of(head: &Head) -> Call {
    let (path, query) = match head.word(1).split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (head.word(1), None),
    };
    Call {
        acting_as: head.header("x-dku-proxyuser").map(str::to_owned),
        query,
        ..Call::new(head.word(0), path)
    }
}
