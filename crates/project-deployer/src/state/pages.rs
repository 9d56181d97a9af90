use project_deployer_client::DeployerError;
use project_deployer_store::{
    Collection, JournalEntry, JournalStream, ListedDocument, Listing, Secrets,
};

use super::repository::{Record, Repository, Stored, decode, unavailable};

/// How many documents or entries are read at once.
const PAGE: usize = 500;

/// Records of a list.
#[derive(Debug)]
pub(crate) struct Below<T> {
    pub(crate) readable: Vec<T>,
    /// The ids of those that cannot be read, and why.
    pub(crate) unreadable: Vec<(String, DeployerError)>,
}

/// Lists, which are read page by page.
impl Repository {
    /// The records of a kind that can be read and whose ids begin with a prefix, by id, without their secrets:
    /// for lists, which must not fail because of one record (R-I9). Records that cannot be read are logged.
    pub(crate) async fn readable_below<T: Record>(
        &self,
        prefix: &str,
    ) -> Result<Vec<T>, DeployerError> {
        let Below { readable, unreadable } = self.below(prefix).await?;
        for (id, error) in unreadable {
            tracing::warn!(key = %T::KIND.key(id), %error, "a record cannot be read");
        }
        Ok(readable)
    }

    /// The same, with those that cannot be read.
    pub(crate) async fn below<T: Record>(&self, prefix: &str) -> Result<Below<T>, DeployerError> {
        let mut below = Below { readable: Vec::new(), unreadable: Vec::new() };
        let mut next = Some(Listing::of(T::KIND, PAGE).below(prefix));
        while let Some(listing) = next.take() {
            let page = self.store.list(&listing).await.map_err(unavailable)?;
            if let Some(last) = page.last().filter(|_| page.len() >= listing.limit) {
                next = Some(listing.after(last.id.clone()));
            }
            for document in page {
                let id = document.id.clone();
                match read(document) {
                    Ok(record) => below.readable.push(record),
                    Err(error) => below.unreadable.push((id, error)),
                }
            }
        }
        Ok(below)
    }

    /// The last document of a kind whose id begins with a prefix.
    pub(crate) async fn last_below(
        &self,
        kind: &Collection,
        prefix: &str,
    ) -> Result<Option<ListedDocument>, DeployerError> {
        let mut listing = Listing::of(kind.clone(), PAGE).below(prefix);
        let mut last = None;
        loop {
            let mut page = self.store.list(&listing).await.map_err(unavailable)?;
            // The last page may be empty.
            let Some(found) = page.pop() else { return Ok(last) };
            listing = listing.after(found.id.clone());
            last = Some(found);
        }
    }

    /// The first entry of a journal.
    pub(crate) async fn first_entry(
        &self,
        stream: &JournalStream,
    ) -> Result<Option<JournalEntry>, DeployerError> {
        let page = self.store.journal(stream, 0, 1).await.map_err(unavailable)?;
        Ok(page.into_iter().next())
    }

    /// All entries of a journal after a sequence number.
    pub(crate) async fn journal(
        &self,
        stream: &JournalStream,
        after: u64,
    ) -> Result<Vec<JournalEntry>, DeployerError> {
        let mut entries = Vec::new();
        let mut after = after;
        loop {
            let page = self.store.journal(stream, after, PAGE).await.map_err(unavailable)?;
            let is_last = page.len() < PAGE;
            after = page.last().map_or(after, |entry| entry.sequence);
            entries.extend(page);
            if is_last {
                return Ok(entries);
            }
        }
    }
}

/// A record of a list.
pub(crate) fn read<T: Record>(document: ListedDocument) -> Result<T, DeployerError> {
    let key = T::KIND.key(&document.id);
    if let Some(damage) = document.damage {
        return Err(DeployerError::state(key.to_string(), damage));
    }
    decode(&key, Stored { body: document.body, secrets: Secrets::new() })
}
