//! The suite that every store passes.

mod sealed {
    project_deployer_store::store_conformance!(match crate::servers::new_store().await {
        Some(store) => store,
        None => return,
    });
}

/// Everybody else would have to set this, and a database can have it set for all.
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

    project_deployer_store::store_conformance!(match store().await {
        Some(store) => store,
        None => return,
    });
}
