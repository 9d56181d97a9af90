//! The API of a server as a table: for each method and path one function over the state of the server
//! and the call.

mod call;
mod reply;

use std::future::ready;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{Method, Uri};
use axum::routing::{MethodFilter, on};

use crate::answer::{Answer, Refusal};
use crate::server::Shared;
use crate::state::NodeState;
use crate::state::project::Project;

pub(crate) use call::ApiCall;
pub(crate) use reply::{Archive, Created, Reply};

/// The routes of a server whose state is `S`.
pub(crate) struct Routes<S = NodeState> {
    router: Router<Arc<Shared<S>>>,
    guard: Guard<S>,
}

/// What decides whether a call reaches its route at all.
type Guard<S> = fn(&S, &ApiCall) -> Answer<()>;

impl<S: Send + 'static> Routes<S> {
    /// No route. Those that are added are for all callers.
    pub(crate) fn new() -> Self {
        Self { router: Router::new(), guard: |_, _| Ok(()) }
    }

    /// What is added from here on is for global administrators.
    pub(crate) fn for_admins(self) -> Self {
        self.guarded_by(|_, call| call.caller.must_be_admin())
    }

    /// What is added from here on is for calls that a guard lets pass.
    pub(crate) fn guarded_by(self, guard: Guard<S>) -> Self {
        Self { guard, ..self }
    }

    pub(crate) fn get<R: Reply>(self, path: &str, handler: impl Handler<S, R>) -> Self {
        self.route(MethodFilter::GET, path, handler)
    }

    pub(crate) fn post<R: Reply>(self, path: &str, handler: impl Handler<S, R>) -> Self {
        self.route(MethodFilter::POST, path, handler)
    }

    pub(crate) fn put<R: Reply>(self, path: &str, handler: impl Handler<S, R>) -> Self {
        self.route(MethodFilter::PUT, path, handler)
    }

    pub(crate) fn delete<R: Reply>(self, path: &str, handler: impl Handler<S, R>) -> Self {
        self.route(MethodFilter::DELETE, path, handler)
    }

    fn route<R: Reply>(
        self,
        method: MethodFilter,
        path: &str,
        handler: impl Handler<S, R>,
    ) -> Self {
        let guard = self.guard;
        let carry_out = move |State(server): State<Arc<Shared<S>>>, call: ApiCall| {
            let mut state = server.state();
            let answer = guard(&state, &call).map(|()| handler(&mut state, &call).reply());
            ready(answer)
        };
        Self { router: self.router.route(path, on(method, carry_out)), ..self }
    }

    /// With the routes of another table.
    pub(crate) fn merge(self, other: Self) -> Self {
        Self { router: self.router.merge(other.router), ..self }
    }

    /// The routes for axum, which answers other paths and methods as the product does.
    pub(crate) fn router(self) -> Router<Arc<Shared<S>>> {
        self.router.fallback(no_route).method_not_allowed_fallback(wrong_method)
    }
}

impl Routes<NodeState> {
    /// No route of a node.
    pub(crate) fn of_node() -> Self {
        Self::new()
    }

    /// A GET of a path that begins with a project, for callers with this right on it.
    pub(crate) fn read<R: Reply>(
        self,
        path: &str,
        right: &'static str,
        handler: impl Fn(&Project, &ApiCall) -> Answer<R> + Clone + Send + Sync + 'static,
    ) -> Self {
        self.get(path, move |node: &mut NodeState, call: &ApiCall| {
            handler(node.project(&call.caller, call.id(), right)?, call)
        })
    }

    /// A PUT on a path that begins with a project, for callers with this right on it.
    pub(crate) fn save<R: Reply>(
        self,
        path: &str,
        right: &'static str,
        handler: impl Fn(&mut Project, &ApiCall) -> Answer<R> + Clone + Send + Sync + 'static,
    ) -> Self {
        self.put(path, changing(right, handler))
    }
}

/// A function over one project, for callers with this right on it.
pub(crate) fn changing<R: Reply>(
    right: &'static str,
    handler: impl Fn(&mut Project, &ApiCall) -> Answer<R> + Clone + Send + Sync + 'static,
) -> impl Handler<NodeState, Answer<R>> {
    move |node: &mut NodeState, call: &ApiCall| {
        handler(node.project_mut(&call.caller, call.id(), right)?, call)
    }
}

/// What decides over a call.
pub(crate) trait Handler<S, R>:
    Fn(&mut S, &ApiCall) -> R + Clone + Send + Sync + 'static
{
}

impl<S, R, F: Fn(&mut S, &ApiCall) -> R + Clone + Send + Sync + 'static> Handler<S, R> for F {}

pub(crate) async fn no_route(uri: Uri) -> Refusal {
    Refusal::not_found("API route", uri.path())
}

async fn wrong_method(method: Method, uri: Uri) -> Refusal {
    Refusal::wrong_method(format!("{method} is not supported on {}", uri.path()))
}
