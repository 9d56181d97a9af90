use std::time::Duration;

use serde_json::json;

use super::{entries, journal, prod};
use crate::commit::{Commit, Expected};
use crate::error::StoreError;
use crate::store::Store;

const MINUTE: Duration = Duration::from_secs(60);

/// The time of a lease that has expired when it was taken: no case waits.
const EXPIRED: Duration = Duration::ZERO;

fn is_lost<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::LeaseLost { .. }))
}

/// Even when the name is the same (R5).
pub async fn a_lease_has_one_holder(store: &dyn Store) {
    let ours = store.take_lease("d", "deployer-1", MINUTE).await.unwrap();
    match store.take_lease("d", "deployer-1", MINUTE).await {
        Err(StoreError::Held { holder, .. }) => assert_eq!(holder, "deployer-1"),
        other => panic!("expected a held lease, found {other:?}"),
    }
    store.take_lease("e", "deployer-2", MINUTE).await.unwrap();
    store.commit(Commit::new().append(journal(), json!(1)).fenced_by(&ours)).await.unwrap();
}

/// At once, by any holder.
pub async fn a_lease_that_was_given_back_can_be_taken(store: &dyn Store) {
    let first = store.take_lease("d", "deployer-1", MINUTE).await.unwrap();
    store.release_lease(&first).await.unwrap();
    let second = store.take_lease("d", "deployer-2", MINUTE).await.unwrap();
    assert!(second.token() > first.token());
}

/// So that a dead holder blocks no other (R1).
pub async fn a_lease_that_ran_out_goes_to_the_next_with_a_larger_token(store: &dyn Store) {
    let first = store.take_lease("d", "deployer-1", EXPIRED).await.unwrap();
    let second = store.take_lease("d", "deployer-2", MINUTE).await.unwrap();
    assert!(second.token() > first.token());
}

/// A slow holder without a successor may continue.
pub async fn a_lease_that_ran_out_and_was_not_taken_is_still_ours(store: &dyn Store) {
    let ours = store.take_lease("d", "deployer-1", EXPIRED).await.unwrap();
    store.commit(Commit::new().append(journal(), json!(1)).fenced_by(&ours)).await.unwrap();
    store.renew_lease(&ours, MINUTE).await.unwrap();
    assert!(store.take_lease("d", "deployer-2", MINUTE).await.is_err());
}

/// However short it was before.
pub async fn a_renewed_lease_does_not_run_out(store: &dyn Store) {
    let ours = store.take_lease("d", "deployer-1", EXPIRED).await.unwrap();
    store.renew_lease(&ours, EXPIRED).await.unwrap();
    store.renew_lease(&ours, MINUTE).await.unwrap();
    assert!(store.take_lease("d", "deployer-2", MINUTE).await.is_err());
}

/// Once another holder has had the lease, whether or not it was released (R5).
pub async fn a_stale_holder_cannot_write_renew_or_release(store: &dyn Store) {
    let stale = store.take_lease("d", "deployer-1", EXPIRED).await.unwrap();
    let current = store.take_lease("d", "deployer-2", MINUTE).await.unwrap();
    let write = |lease| {
        let commit = Commit::new().put(prod(), Expected::Any, json!(1)).fenced_by(lease);
        store.commit(commit.append(journal(), json!(1)))
    };
    assert!(is_lost(&write(&stale).await));
    assert!(is_lost(&store.renew_lease(&stale, MINUTE).await));
    store.release_lease(&stale).await.unwrap();
    write(&current).await.unwrap();
    store.release_lease(&current).await.unwrap();
    assert!(is_lost(&write(&current).await));
    assert!(is_lost(&write(&stale).await));
    assert_eq!(entries(store).await.len(), 1);
}
