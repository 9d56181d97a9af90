use bytes::Bytes;
use project_deployer_core::accounts::{
    ArrivingUsers, BrokenList, Unreadable, UserCollection, read_users,
};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::attempts::Received;
use super::{Transport, head};
use crate::documents::readable;
use crate::error::{NodeError, NodeErrorKind};
use crate::http::exchange::Body;
use crate::request::NodeRequest;
use crate::response::NodeResponse;

/// Pieces that have arrived and wait to be read, beside the one that is being read.
const AHEAD: usize = 1;

type ReadUsers<C> = Result<(C, Vec<Unreadable>), BrokenList>;

/// The answer to a question for all users.
enum Answered<C> {
    /// A list, read while it arrived: as text it would take as much memory again.
    List(C, Vec<Unreadable>),
    /// Anything else.
    Other(NodeResponse),
}

impl Transport {
    /// All users of a node, which may be hundreds of thousands.
    pub(in crate::http) async fn users<C: UserCollection>(
        &self,
        request: &NodeRequest,
    ) -> Result<C, NodeError> {
        let users = match self.attempts(request, None).await? {
            Answered::List(users, unreadable) => readable(ReadUsers::Ok((users, unreadable))),
            Answered::Other(answer) => {
                answer.into_json().and_then(|value| readable(read_users(value))).map(|users| {
                    let mut collected = C::default();
                    collected.extend(users);
                    collected
                })
            }
        };
        users.map_err(|kind| self.error(request, kind))
    }

    /// Hands the pieces of a list to somebody who reads them meanwhile, on a thread of its own: it
    /// takes longer than other calls could wait.
    async fn read_list<C: UserCollection>(
        &self,
        request: &NodeRequest,
        start: Vec<u8>,
        mut body: Body,
    ) -> Result<Answered<C>, NodeError> {
        let (pieces, arriving) = mpsc::channel(AHEAD);
        let reading = spawn_blocking(move || read_arriving(arriving));
        let mut piece = Some(start.into());
        while let Some(bytes) = piece {
            // Whoever reads stops at what is no list, and says so.
            if pieces.send(bytes).await.is_err() {
                break;
            }
            piece = body.next().await.map_err(|unfinished| self.unfinished(request, unfinished))?;
        }
        drop(pieces);
        outcome(reading).await.map_err(|kind| self.error(request, kind))
    }
}

impl<C: UserCollection> Received for Answered<C> {
    async fn receive(
        transport: &Transport,
        request: &NodeRequest,
        answer: reqwest::Response,
    ) -> Result<Self, NodeError> {
        let head = head(&answer);
        if !head.is_success() || head.is_named_html() {
            return transport.read(request, answer).await.map(Self::Other);
        }
        let unfinished = |reason| transport.unfinished(request, reason);
        let mut body = Body::new(answer, request.answer.bytes());
        let mut start = Vec::new();
        while start.iter().all(u8::is_ascii_whitespace) {
            match body.next().await.map_err(unfinished)? {
                Some(piece) => start.extend_from_slice(&piece),
                None => break,
            }
        }
        if start.trim_ascii_start().starts_with(b"[") {
            return transport.read_list(request, start, body).await;
        }
        let all = body.rest(start).await.map_err(unfinished)?;
        Ok(Self::Other(transport.read_answer(request, head, all)))
    }

    fn problem(&self) -> Option<NodeErrorKind> {
        match self {
            Self::List(..) => None,
            Self::Other(answer) => answer.problem(),
        }
    }
}

fn read_arriving<C: UserCollection>(mut arriving: mpsc::Receiver<Bytes>) -> ReadUsers<C> {
    let mut users = ArrivingUsers::<C>::default();
    while let Some(piece) = arriving.blocking_recv() {
        users.take(&piece)?;
    }
    users.end()
}

async fn outcome<C>(reading: JoinHandle<ReadUsers<C>>) -> Result<Answered<C>, NodeErrorKind> {
    match reading.await {
        Ok(Ok((users, unreadable))) => Ok(Answered::List(users, unreadable)),
        Ok(Err(broken)) => Err(NodeErrorKind::Malformed(broken.to_string())),
        // The runtime shuts down.
        Err(_) => Err(NodeErrorKind::Interrupted),
    }
}
