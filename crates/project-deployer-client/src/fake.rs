//! A node in memory, and a fleet of such nodes, for tests without the product.
//!
//! [`FakeNode`] is plain maps and a script of failures. It keeps the rules of [`crate::conformance`] and no others.

mod accounts;
mod call;
mod contents;
mod fleet;
mod fleet_service;
mod keys;
mod node;
mod projects;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use project_deployer_core::ProjectKey;
use project_deployer_core::bundle::BundleContents;

pub use call::{Failure, FakeCall, Operation};
use contents::{Answer, Caller, Contents, KEY_ID, Right, find_project, forbidden, refused};
pub use fleet::FakeFleet;
pub use fleet_service::FakeFleetService;
use projects::Project;

use crate::conformance::NodeSeed;
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
    /// The id of the key that asks; none if the node does not know the key.
    key: Option<Arc<str>>,
    name: Arc<str>,
    stop: Option<StopOrder>,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    contents: Contents,
    reader: BundleReader,
    reachable: bool,
    calls: Vec<FakeCall>,
    script: Script,
}

/// Which calls fail. What happens once comes before what goes on.
#[derive(Default)]
struct Script {
    next: VecDeque<(Operation, Failure)>,
    /// By the operation and what it is about.
    always: BTreeMap<(Operation, Option<String>), Failure>,
}

impl Script {
    fn failure_of(&mut self, call: &FakeCall) -> Option<Failure> {
        let once = self.next.iter().position(|(operation, _)| *operation == call.operation);
        let once = once.and_then(|position| self.next.remove(position));
        let always = || self.always.get(&(call.operation, call.object.clone())).cloned();
        once.map(|(_, failure)| failure).or_else(always)
    }
}

impl FakeNode {
    /// A node without users, groups and resources, seen with its admin key. It calls itself `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self::seeded(NodeSeed::default().with_name(name))
    }

    /// A node with all that a seed names.
    pub fn seeded(seed: NodeSeed) -> Self {
        let name = seed.name.as_str().into();
        let shared = Shared {
            contents: Contents::of(seed),
            reader: Arc::new(|bytes| serde_json::from_slice(bytes).ok()),
            reachable: true,
            calls: Vec::new(),
            script: Script::default(),
        };
        let (key, shared) = (Some(KEY_ID.into()), Arc::new(Mutex::new(shared)));
        Self { acting: Identity::ApiKey, key, name, stop: None, shared }
    }

    /// The same node as another caller sees it.
    pub fn as_caller(&self, acting: Identity) -> Self {
        Self { acting, ..self.clone() }
    }

    /// The same node, whose tasks are stopped by an order.
    pub fn stopped_by(&self, order: Option<StopOrder>) -> Self {
        Self { stop: order, ..self.clone() }
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
        self.lock().script.next.push_back((operation, failure));
    }

    /// Makes every call of an operation about this object fail from now on; without a failure, no longer.
    fn fail_always(&self, operation: Operation, object: String, failure: Option<Failure>) {
        let call = (operation, Some(object));
        let always = &mut self.lock().script.always;
        match failure {
            Some(failure) => always.insert(call, failure),
            None => always.remove(&call),
        };
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
        let (failure, answer) = self.lock().answer(call, self.key.is_some(), act);
        let answer = match failure {
            None | Some(Failure::Before(_)) => answer,
            Some(Failure::ReplyLost) => Err(NodeErrorKind::Interrupted),
            Some(Failure::RunsUntilStopped) => match &self.stop {
                Some(order) => {
                    order.given().await;
                    answer
                }
                None => pending().await,
            },
            Some(Failure::NoReply | Failure::Stuck) => pending().await,
            #[expect(clippy::panic, reason = "a test ordered it")]
            Some(Failure::Panics) => panic!("{text} panics, as a test ordered"),
        };
        answer.map_err(|kind| NodeError::new(&*self.name, text, kind))
    }

    /// A call for administrators.
    async fn administer<T: Send>(
        &self,
        call: FakeCall,
        act: impl FnOnce(&mut Contents) -> Answer<T> + Send,
    ) -> Result<T, NodeError> {
        self.call(call, |node, caller| match caller.admin {
            true => act(node),
            false => Err(forbidden(format!("{} is no administrator of this node", caller.name()))),
        })
        .await
    }

    /// A call about a project, in which the caller needs a right.
    async fn in_project<T: Send>(
        &self,
        call: FakeCall,
        key: &ProjectKey,
        right: Right,
        act: impl FnOnce(&mut Project) -> Answer<T> + Send,
    ) -> Result<T, NodeError> {
        self.call(call.on(key), |node, caller| {
            act(find_project(&mut node.projects, caller, key, right)?)
        })
        .await
    }

    /// A call with a bundle.
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
        let contents = contents
            .ok_or_else(|| refused("ERR_PROJECT_INVALID_ARCHIVE: not the archive of a bundle"));
        self.call(call, |node, caller| act(node, caller, contents?)).await
    }
}

impl Shared {
    /// The answer of the node, and what becomes of it on the way.
    fn answer<T>(
        &mut self,
        call: FakeCall,
        key_is_known: bool,
        act: impl FnOnce(&mut Contents, &Caller) -> Answer<T>,
    ) -> (Option<Failure>, Answer<T>) {
        if !self.reachable {
            return (None, Err(NodeErrorKind::Unreachable));
        }
        // What takes no effect has no answer that could be lost.
        let is_lost = |failure: &Failure| matches!(failure, Failure::ReplyLost | Failure::NoReply);
        let failure = self.script.failure_of(&call);
        let failure = failure.filter(|failure| key_is_known || !is_lost(failure));
        let caller = self.contents.recognise(&call.acting);
        self.calls.push(call);
        let answer = match &failure {
            Some(Failure::Before(kind)) => Err(kind.clone()),
            Some(Failure::Stuck | Failure::RunsUntilStopped | Failure::Panics) => {
                Err(NodeErrorKind::Aborted)
            }
            _ if !key_is_known => Err(NodeErrorKind::Unauthorized("unknown API key".to_owned())),
            _ => caller.and_then(|caller| act(&mut self.contents, &caller)),
        };
        (failure, answer)
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
