//! A node in memory, and a fleet of such nodes, for tests without the product.
//!
//! [`FakeNode`] has users, groups, resources and projects. It records calls, and fails as a test orders. It keeps
//! the rules of [`crate::conformance`] and no others.

mod accounts;
mod call;
mod contents;
mod fleet;
mod fleet_service;
mod keys;
mod node;
mod projects;

use std::collections::VecDeque;
use std::fmt;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use project_deployer_core::bundle::BundleContents;

pub use call::{Failure, FakeCall, Operation};
use contents::{Answer, Caller, Contents, KEY_ID, refused};
pub use fleet::FakeFleet;
pub use fleet_service::FakeFleetService;

use crate::connector::Identity;
use crate::error::{NodeError, NodeErrorKind};
use crate::stop_order::StopOrder;
use crate::upload::Upload;

/// Reads the archive of a bundle; none when it is no bundle.
pub type BundleReader = Arc<dyn Fn(&[u8]) -> Option<BundleContents> + Send + Sync>;

/// An Automation node in memory, as one caller sees it. Clones and views share one node.
///
/// The archive of a bundle is the JSON of its [`BundleContents`], unless
/// [`with_bundle_reader`](Self::with_bundle_reader) says otherwise.
///
/// ```
/// use project_deployer_client::{
///     AutomationNode, BundleProjectOptions, SideEffect, Failure, FakeNode, Operation, Upload,
/// };
/// use project_deployer_core::bundle::BundleContents;
/// use project_deployer_core::{BundleId, ProjectKey};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let node = FakeNode::new("auto-1");
/// node.fail_next(Operation::CreateProjectFromBundle, Failure::ReplyLost);
///
/// let contents = BundleContents::empty(ProjectKey::parse("CHURN")?, BundleId::parse("v1")?);
/// let archive = Upload::from_bytes("v1.zip", serde_json::to_vec(&contents)?);
/// let options = BundleProjectOptions::default();
/// let error = node.create_project_from_bundle(archive, &options).await.unwrap_err();
///
/// assert_eq!(error.kind.side_effect(), SideEffect::Unknown);
/// assert!(node.project(&contents.project_key).await?.is_some(), "it is there all the same");
/// assert_eq!(node.calls().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct FakeNode {
    acting: Identity,
    key_is_known: bool,
    /// The id of the key that asks.
    key_id: Arc<str>,
    name: Arc<str>,
    stop: Option<StopOrder>,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    contents: Contents,
    reader: BundleReader,
    reachable: bool,
    calls: Vec<FakeCall>,
    failures: VecDeque<(Operation, Failure)>,
}

impl FakeNode {
    /// A node without users, groups and resources, seen with its admin key. It calls itself `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self::holding(Contents { name: name.into(), ..Contents::default() })
    }

    fn holding(contents: Contents) -> Self {
        let name = contents.name.as_str().into();
        let shared = Shared {
            contents,
            reader: Arc::new(|bytes| serde_json::from_slice(bytes).ok()),
            reachable: true,
            calls: Vec::new(),
            failures: VecDeque::new(),
        };
        let shared = Arc::new(Mutex::new(shared));
        let (acting, key_id) = (Identity::ApiKey, KEY_ID.into());
        Self { acting, key_is_known: true, key_id, name, stop: None, shared }
    }

    /// The same node as another caller sees it.
    pub fn as_caller(&self, acting: Identity) -> Self {
        Self { acting, ..self.clone() }
    }

    /// The same node, whose tasks are stopped by an order.
    pub fn stopped_by(&self, order: Option<StopOrder>) -> Self {
        Self { stop: order, ..self.clone() }
    }

    /// The same node, asked with a wrong admin key.
    pub fn with_wrong_key(&self) -> Self {
        Self { key_is_known: false, ..self.clone() }
    }

    fn with_key_id(&self, id: &str) -> Self {
        Self { key_id: id.into(), ..self.clone() }
    }

    /// Bundles are read by this function.
    pub fn with_bundle_reader(self, reader: BundleReader) -> Self {
        self.lock().reader = reader;
        self
    }

    /// Sets whether calls reach the node from now on.
    pub fn set_reachable(&self, reachable: bool) {
        self.lock().reachable = reachable;
    }

    /// Makes the next call of an operation fail, for any caller. Several failures of one operation happen one
    /// after the other.
    pub fn fail_next(&self, operation: Operation, failure: Failure) {
        self.lock().failures.push_back((operation, failure));
    }

    /// The calls that reached the node so far, in order, refused ones included.
    #[must_use]
    pub fn calls(&self) -> Vec<FakeCall> {
        self.lock().calls.clone()
    }

    /// The same, and forgets them.
    #[must_use]
    pub fn take_calls(&self) -> Vec<FakeCall> {
        std::mem::take(&mut self.lock().calls)
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn asks(&self, operation: Operation) -> FakeCall {
        FakeCall { acting: self.acting.clone(), operation, project: None, object: None }
    }

    /// One call: it is logged, may fail as the script says, and otherwise is what `act` makes of the
    /// node and of the caller.
    async fn call<T: Send>(
        &self,
        call: FakeCall,
        act: impl FnOnce(&mut Contents, &Caller) -> Answer<T> + Send,
    ) -> Result<T, NodeError> {
        let text = call.to_string();
        let answered = self.lock().answer(call, self.key_is_known, act);
        let answer = match answered {
            Answered::At(answer) => answer,
            Answered::Never => pending().await,
            Answered::Stopped => match &self.stop {
                Some(order) => {
                    order.given().await;
                    Err(NodeErrorKind::Aborted)
                }
                None => pending().await,
            },
            #[expect(clippy::panic, reason = "a test ordered it")]
            Answered::Panic => panic!("{text} panics, as a test ordered"),
        };
        answer.map_err(|kind| NodeError::new(&*self.name, text, kind))
    }

    /// The same with a bundle.
    async fn call_with<T: Send>(
        &self,
        mut call: FakeCall,
        bundle: Upload,
        act: impl FnOnce(&mut Contents, &Caller, BundleContents) -> Answer<T> + Send,
    ) -> Result<T, NodeError> {
        let archive = bundle.collect().await.map_err(|error| {
            let kind = NodeErrorKind::Archive(error.to_string());
            NodeError::new(&*self.name, call.to_string(), kind).caused_by(error)
        })?;
        let reader = Arc::clone(&self.lock().reader);
        let contents = reader(&archive);
        if let Some(contents) = &contents {
            call.project.get_or_insert_with(|| contents.project_key.clone());
            call = call.about(&contents.bundle_id);
        }
        self.call(call, |node, caller| match contents {
            Some(contents) => act(node, caller, contents),
            None => Err(refused("ERR_PROJECT_INVALID_ARCHIVE: not the archive of a bundle")),
        })
        .await
    }
}

/// When a call is answered.
enum Answered<T> {
    At(Answer<T>),
    Never,
    Stopped,
    Panic,
}

impl Shared {
    fn answer<T>(
        &mut self,
        call: FakeCall,
        key_is_known: bool,
        act: impl FnOnce(&mut Contents, &Caller) -> Answer<T>,
    ) -> Answered<T> {
        if !self.reachable {
            return Answered::At(Err(NodeErrorKind::Unreachable));
        }
        let position = self.failures.iter().position(|(operation, _)| *operation == call.operation);
        let failure = position.and_then(|position| self.failures.remove(position));
        let caller = self.contents.recognise(&call.acting);
        self.calls.push(call);
        match failure {
            Some((_, Failure::Before(kind))) => return Answered::At(Err(kind)),
            Some((_, Failure::Stuck)) => return Answered::Never,
            Some((_, Failure::RunsUntilStopped)) => return Answered::Stopped,
            Some((_, Failure::Panics)) => return Answered::Panic,
            _ => {}
        }
        if !key_is_known {
            let unknown = NodeErrorKind::Unauthorized("unknown API key".to_owned());
            return Answered::At(Err(unknown));
        }
        let answer = caller.and_then(|caller| act(&mut self.contents, &caller));
        match failure {
            Some((_, Failure::NoReply)) => Answered::Never,
            Some(_) => Answered::At(Err(NodeErrorKind::Interrupted)),
            None => Answered::At(answer),
        }
    }
}

impl fmt::Debug for FakeNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeNode")
            .field("name", &self.name)
            .field("acting", &self.acting)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
