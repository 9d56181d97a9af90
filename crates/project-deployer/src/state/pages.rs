use project_deployer_client::DeployerError;
use project_deployer_store::{ListedDocument, Listing, Secrets};

use super::repository::{Record, Repository, Stored, decode, unavailable};

/// How many documents or entries are read at once.
const PAGE: usize = 500;

/// Lists, which are read page by page.
impl Repository {
    /// All records of a kind, by id, without their secrets; an error when one of them cannot be read. For
    /// decisions.
    pub(crate) async fn all<T: Record>(&self) -> Result<Vec<T>, DeployerError> {
        self.all_below("").await
    }

    /// The records of a kind whose ids begin with a prefix, like [`Self::all`].
    pub(crate) async fn all_below<T: Record>(&self, prefix: &str) -> Result<Vec<T>, DeployerError> {
        let mut records = Vec::new();
        let mut pages = self.pages::<T>(prefix);
        while let Some(page) = pages.next().await? {
            for document in page {
                records.push(read(document)?);
            }
        }
        Ok(records)
    }

    /// The records of a kind that can be read, by id, without their secrets: for lists, which must not fail
    /// because of one record (R-I9). Records that cannot be read are logged.
    pub(crate) async fn readable<T: Record>(&self) -> Result<Vec<T>, DeployerError> {
        let mut records = Vec::new();
        let mut pages = self.pages::<T>("");
        while let Some(page) = pages.next().await? {
            records.extend(page.into_iter().filter_map(|document| {
                let key = T::KIND.key(&document.id);
                read(document)
                    .inspect_err(|error| tracing::error!(%key, %error, "a record cannot be read"))
                    .ok()
            }));
        }
        Ok(records)
    }

    /// The pages of the records of a kind, with a prefix.
    pub(crate) fn pages<T: Record>(&self, prefix: &str) -> Pages<'_> {
        Pages { repository: self, next: Some(Listing::of(T::KIND, PAGE).below(prefix)) }
    }
}

/// The pages of a list that are not read yet.
#[derive(Debug)]
pub(crate) struct Pages<'a> {
    repository: &'a Repository,
    next: Option<Listing>,
}

impl Pages<'_> {
    /// The next page; none after the last one.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<ListedDocument>>, DeployerError> {
        let Some(listing) = self.next.take() else { return Ok(None) };
        let page = self.repository.store.list(&listing).await.map_err(unavailable)?;
        if let Some(last) = page.last().filter(|_| page.len() >= listing.limit) {
            self.next = Some(listing.after(last.id.clone()));
        }
        Ok(Some(page))
    }
}

/// A record of a list.
pub(crate) fn read<T: Record>(document: ListedDocument) -> Result<T, DeployerError> {
    let key = T::KIND.key(&document.id);
    decode(&key, Stored { body: document.body, secrets: Secrets::new() })
}
