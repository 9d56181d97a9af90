//! The suite that every store passes.

project_deployer_store::store_conformance!(
    as a_store_passes_the_suite,
    match crate::servers::new_store().await {
        Some(store) => store,
        None => return,
    }
);

/// A database may be set so that transactions fail where they would have to wait. The store repeats them.
mod serializable {
    use crate::servers::{database, open, sealed, session};
    use project_deployer_store::PostgresStore;

    async fn store() -> Option<PostgresStore> {
        let url = database().await?;
        let name = url.rsplit('/').next().unwrap();
        let set = "SET default_transaction_isolation = serializable";
        session(&url).await.batch_execute(&format!("ALTER DATABASE {name} {set}")).await.unwrap();
        Some(open(&url, sealed()).await)
    }

    project_deployer_store::store_conformance!(
        @one_test (
            transactions_that_fail_where_they_would_wait_are_repeated,
            match store().await {
                Some(store) => store,
                None => return,
            }
        );
        a_commit_happens_once_however_often_it_is_sent,
        of_many_writers_of_one_revision_one_wins,
        a_reader_of_changes_misses_nothing,
        a_stale_holder_cannot_write_renew_or_release
    );
}

/// Each transaction may run in another session, and sessions are shared.
mod pooled {
    use std::sync::LazyLock;

    use crate::servers::{database, open, sealed, shared, started};
    use project_deployer_store::PostgresStore;
    use project_deployer_testkit::servers::TransactionPooler;

    pub(super) async fn store() -> Option<PostgresStore> {
        static POOLER: LazyLock<Option<TransactionPooler>> =
            LazyLock::new(|| started(TransactionPooler::before(shared()?)));
        let url = database().await?;
        let name = url.rsplit('/').next().unwrap();
        Some(open(&POOLER.as_ref()?.url(name), sealed()).await)
    }

    project_deployer_store::store_conformance!(
        as a_store_behind_a_pooler_passes_the_suite,
        match store().await {
            Some(store) => store,
            None => return,
        }
    );
}

/// What an administrator does, on a server and behind a pooler.
mod maintenance {
    use crate::servers::{database, new_store, open};
    use project_deployer_store::{SecretsAtRest, maintenance_conformance};

    maintenance_conformance!(
        as a_sealed_store_passes_the_suite,
        match new_store().await {
            Some(store) => store,
            None => return,
        }
    );

    maintenance_conformance!(
        as a_plain_store_passes_the_suite,
        match database().await {
            Some(url) => open(&url, SecretsAtRest::Plain).await,
            None => return,
        }
    );

    maintenance_conformance!(
        as a_store_behind_a_pooler_passes_the_suite,
        match super::pooled::store().await {
            Some(store) => store,
            None => return,
        }
    );
}
