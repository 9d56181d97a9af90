use project_deployer_client::DeployerError;
use project_deployer_store::{Collection, ListedDocument, Listing, Secrets};

use super::repository::{Record, Repository, Stored, decode, unavailable};

/// How many documents are read at once.
const PAGE: usize = 500;

/// Documents as they are stored, whether or not this program can read them.
impl Repository {
    /// The documents of a kind whose ids begin with a prefix, by id.
    pub(crate) async fn stored_below(
        &self,
        kind: Collection,
        prefix: &str,
    ) -> Result<Vec<ListedDocument>, DeployerError> {
        let mut documents = Vec::new();
        let mut next = Some(Listing::of(kind, PAGE).below(prefix));
        while let Some(listing) = next.take() {
            let page = self.store.list(&listing).await.map_err(unavailable)?;
            if let Some(last) = page.last().filter(|_| page.len() >= listing.limit) {
                next = Some(listing.after(last.id.clone()));
            }
            documents.extend(page);
        }
        Ok(documents)
    }

    /// The records among them that can be read: for lists, which must not fail because of one record (R-I9).
    /// Records that cannot be read are logged.
    pub(crate) async fn readable_below<T: Record>(
        &self,
        prefix: &str,
    ) -> Result<Vec<T>, DeployerError> {
        let documents = self.stored_below(T::KIND, prefix).await?;
        let record = |document: ListedDocument| {
            let key = T::KIND.key(&document.id);
            let stored = Stored { body: document.body, secrets: Secrets::new() };
            let record = decode(&key, stored);
            record.inspect_err(|error| tracing::warn!(%key, %error, "a record cannot be read")).ok()
        };
        Ok(documents.into_iter().filter_map(record).collect())
    }
}
