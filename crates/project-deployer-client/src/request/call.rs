use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use std::ops::Deref;

use super::NodeRequest;
use crate::error::NodeErrorKind;
use crate::response::{NodeResponse, decode};

type Read<T> = Result<T, NodeErrorKind>;

/// A request with the meaning of its answer. [`HttpNode::call`](crate::HttpNode::call) sends it.
#[must_use]
pub struct Call<T> {
    request: NodeRequest,
    pub(crate) answer: Answer<T>,
}

/// How an answer is read.
pub(crate) enum Answer<T> {
    /// As a whole.
    Whole(fn(NodeResponse) -> Read<T>),
    /// Its JSON.
    Json(fn(Value) -> Read<T>),
    /// The result of the task that the node works on, or the answer itself where there is none.
    Result(fn(Value) -> Read<T>),
    /// Its text, such as a log.
    Text(fn(String) -> T),
}

impl<T> Call<T> {
    fn new(request: NodeRequest, answer: Answer<T>) -> Self {
        Self { request, answer }
    }
}

impl NodeRequest {
    /// Answered by a body that means nothing.
    pub(crate) fn nothing(self) -> Call<()> {
        self.whole(NodeResponse::into_nothing)
    }

    pub(crate) fn whole<T>(self, read: fn(NodeResponse) -> Read<T>) -> Call<T> {
        Call::new(self, Answer::Whole(read))
    }

    pub(crate) fn json<T: DeserializeOwned>(self) -> Call<T> {
        self.reading(decode)
    }

    pub(crate) fn reading<T>(self, read: fn(Value) -> Read<T>) -> Call<T> {
        Call::new(self, Answer::Json(read))
    }

    /// Answered by a result or by a future.
    pub(crate) fn result<T>(self, read: fn(Value) -> Read<T>) -> Call<T> {
        Call::new(self, Answer::Result(read))
    }

    pub(crate) fn text(self) -> Call<String> {
        Call::new(self, Answer::Text(|text| text))
    }
}

impl<T> Deref for Call<T> {
    type Target = NodeRequest;

    fn deref(&self) -> &NodeRequest {
        &self.request
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(f)
    }
}
