use bytes::Bytes;
use project_deployer_core::accounts::{
    BrokenList, StreamingUserParser, Unreadable, UserCollection, read_users,
};
use tokio::task::{JoinSet, yield_now};

use super::attempts::Received;
use super::{Transport, head};
use crate::documents::{all_readable, readable};
use crate::error::{NodeError, NodeErrorKind};
use crate::http::exchange::{Body, Unfinished};
use crate::request::NodeRequest;
use crate::response::NodeResponse;

/// After so many bytes, which take about a tenth of a millisecond, other tasks have their turn.
const TURN: usize = 64 * 1024;

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
            Answered::List(users, unreadable) => all_readable(users, &unreadable),
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

    /// Has a list read while it arrives, by a task of its own that ends with this call: those of several
    /// nodes are read at once where the runtime has several threads.
    async fn read_list<C: UserCollection>(
        &self,
        request: &NodeRequest,
        start: Vec<u8>,
        body: Body,
    ) -> Result<Answered<C>, NodeError> {
        let mut reading = JoinSet::new();
        reading.spawn(read_arriving(start.into(), body));
        match reading.join_next().await {
            Some(Ok(Ok((users, unreadable)))) => Ok(Answered::List(users, unreadable)),
            Some(Ok(Err(Failed::NoList(broken)))) => {
                Err(self.error(request, NodeErrorKind::Malformed(broken.to_string())))
            }
            Some(Ok(Err(Failed::Unfinished(unfinished)))) => {
                Err(self.unfinished(request, unfinished))
            }
            // The runtime shuts down.
            Some(Err(_)) | None => Err(self.error(request, NodeErrorKind::Interrupted)),
        }
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

/// Why a list was not read.
enum Failed {
    NoList(BrokenList),
    Unfinished(Unfinished),
}

async fn read_arriving<C: UserCollection>(
    start: Bytes,
    mut body: Body,
) -> Result<(C, Vec<Unreadable>), Failed> {
    let mut users = StreamingUserParser::<C>::default();
    let (mut piece, mut turn) = (Some(start), 0);
    while let Some(bytes) = piece {
        for stretch in bytes.chunks(TURN) {
            users.take(stretch).map_err(Failed::NoList)?;
            turn += stretch.len();
            if turn >= TURN {
                turn = 0;
                yield_now().await;
            }
        }
        // The connection may use its memory again.
        drop(bytes);
        piece = body.next().await.map_err(Failed::Unfinished)?;
    }
    users.end().map_err(Failed::NoList)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::http;
    use project_deployer_core::accounts::UserList;

    use super::*;

    #[tokio::test]
    async fn others_have_their_turn_while_a_list_is_read() {
        // One piece, and one thread.
        let users = vec![r#"{"login":"mina","groups":["ops"]}"#; 40 * TURN / 32];
        let text = format!("[{}]", users.join(","));
        let (length, turns) = (text.len(), Arc::new(AtomicUsize::new(0)));
        let other = Arc::clone(&turns);
        let other = tokio::spawn(async move {
            loop {
                other.fetch_add(1, Ordering::Relaxed);
                yield_now().await;
            }
        });
        let body = Body::new(http::Response::new(text).into(), u64::MAX);
        let read = read_arriving::<UserList>(Bytes::new(), body).await;
        assert!(
            read.is_ok_and(|(list, malformed)| list.len() == users.len() && malformed.is_empty())
        );
        assert!(turns.load(Ordering::Relaxed) >= length / TURN, "{turns:?} turns");
        other.abort();
    }
}
