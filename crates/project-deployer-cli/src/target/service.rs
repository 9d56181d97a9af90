//! Calls below `/api/v1`, which a Deployer of this project has and the product has not.

use project_deployer::client::{NodeError, NodeErrorKind, RemoteDeployer};
use project_deployer::core::node::FutureState;
use project_deployer_client::request::Call;
use project_deployer_client::request::frontend::{self, StartedUpdate};

use crate::failure::Failure;

/// Sends a call. `what` is what it does, as an infinitive.
///
/// # Errors
///
/// The Deployer refuses it or does not answer, or it is one of the product, which has no such call.
pub(super) async fn call<T>(
    remote: &RemoteDeployer,
    call: &Call<T>,
    what: &str,
) -> Result<T, Failure> {
    match remote.node().call(call).await {
        Ok(answer) => Ok(answer),
        Err(error) => Err(failure_of(remote, error, what).await),
    }
}

/// Starts an update, and says what its task is.
///
/// # Errors
///
/// As for [`call`].
pub(super) async fn start(
    remote: &RemoteDeployer,
    start: &Call<StartedUpdate>,
    what: &str,
) -> Result<FutureState, Failure> {
    let started = call(remote, start, what).await?;
    let mut state = FutureState::default();
    state.job_id = Some(started.task);
    state.start_time = started.start;
    state.alive = true;
    Ok(state)
}

/// Why a call below `/api/v1` failed.
pub(super) async fn failure_of(remote: &RemoteDeployer, error: NodeError, what: &str) -> Failure {
    if has_no_such_page(&error) && !is_ours(remote).await {
        return Failure::usage(format!(
            "a Deployer of the product has no call to {what}; one of this project has, over HTTP and with --data on its machine"
        ));
    }
    Failure::of_service(error)
}

/// Whether it has the API of this project. Only then anything is sent to it that the product should not get.
///
/// # Errors
///
/// It does not answer, or refuses the key.
pub(super) async fn is_one_of_ours(remote: &RemoteDeployer) -> Result<bool, Failure> {
    match remote.node().call(&frontend::me()).await {
        Ok(_) => Ok(true),
        Err(error) if has_no_such_page(&error) || is_kept_away(&error) => Ok(false),
        Err(error) => Err(Failure::of_service(error)),
    }
}

/// The product answers an unknown path with a page for people.
pub(super) fn has_no_such_page(error: &NodeError) -> bool {
    matches!(error.kind, NodeErrorKind::NotFound(_) | NodeErrorKind::UnexpectedServer(_))
}

/// A gateway that lets only the public API pass refuses other paths as it likes.
fn is_kept_away(error: &NodeError) -> bool {
    matches!(
        error.kind,
        NodeErrorKind::Forbidden(_)
            | NodeErrorKind::Refused { status: 405, .. }
            | NodeErrorKind::Redirected(_)
    )
}

/// Whether it has the API at all. If that is unknown, the first answer counts.
async fn is_ours(remote: &RemoteDeployer) -> bool {
    match remote.node().call(&frontend::me()).await {
        Ok(_) => true,
        Err(error) => !has_no_such_page(&error),
    }
}
