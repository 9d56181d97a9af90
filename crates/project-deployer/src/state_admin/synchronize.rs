//! Makes one store the same as another. It may be interrupted at any commit, and repeated.

use std::cmp::Ordering;

use futures::StreamExt as _;
use futures::stream;
use project_deployer_store::{
    Commit, Document, DocumentKey, Expected, JournalEntry, JournalStream, Maintenance, StoreError,
};
use secrecy::ExposeSecret as _;

use super::alone::Alone;
use super::{Progress, StateError};
use crate::archives::name_of_the_owner;
use crate::state::{Record as _, StateMark};

/// How many keys, documents or entries are read at once.
const PAGE: usize = 500;

/// How many documents are read at the same time.
const AT_ONCE: usize = 8;

/// How many writes are in a commit.
const BATCH: usize = 200;

/// What was written to make two stores the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Written {
    pub(super) documents: u64,
    pub(super) entries: u64,
    pub(super) removed: u64,
}

impl Written {
    pub(super) fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// Makes `to` the same as `from`, but for marks, and for the name of the owner of archives unless `to` takes the
/// place of `from`: documents with their secrets, and journals.
pub(super) async fn synchronize(
    (from, to): (&dyn Maintenance, &dyn Maintenance),
    takes_its_place: bool,
    alone: &Alone,
    progress: Progress<'_>,
) -> Result<Written, StateError> {
    let mut copy = Copy { from, to, takes_its_place, alone, progress, written: Written::default() };
    copy.documents().await?;
    copy.journals().await?;
    Ok(copy.written)
}

struct Copy<'a> {
    from: &'a dyn Maintenance,
    to: &'a dyn Maintenance,
    takes_its_place: bool,
    alone: &'a Alone,
    progress: Progress<'a>,
    written: Written,
}

/// What has to happen with a document or a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Difference<K> {
    /// It is only in the source.
    New(K),
    /// It is in both, and may differ.
    Both(K),
    /// It is only in the target.
    Gone(K),
}

/// Merges two pages of sorted names. The names after the end of a page that is not the last one stay unknown,
/// so the second value is the last name that was compared; none if everything was.
fn merged<K: Ord + Clone>(from: &[K], to: &[K], page: usize) -> (Vec<Difference<K>>, Option<K>) {
    let open_end = |names: &[K]| names.last().filter(|_| names.len() >= page).cloned();
    let end = [open_end(from), open_end(to)].into_iter().flatten().min();
    let within = |name: &&K| end.as_ref().is_none_or(|end| *name <= end);
    let mut from = from.iter().take_while(within).peekable();
    let mut to = to.iter().take_while(within).peekable();
    let mut differences = Vec::new();
    loop {
        let order = match (from.peek(), to.peek()) {
            (None, None) => return (differences, end),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => one.cmp(other),
        };
        let next = match order {
            Ordering::Less => from.next().cloned().map(Difference::New),
            Ordering::Greater => to.next().cloned().map(Difference::Gone),
            Ordering::Equal => {
                to.next();
                from.next().cloned().map(Difference::Both)
            }
        };
        differences.extend(next);
    }
}

impl Copy<'_> {
    async fn documents(&mut self) -> Result<(), StateError> {
        let mut after: Option<DocumentKey> = None;
        loop {
            let from = self.from.keys(after.as_ref(), PAGE).await?;
            let to = self.to.keys(after.as_ref(), PAGE).await?;
            let (mut found, end) = merged(&from, &to, PAGE);
            found.retain(|difference| self.is_copied(key_of(difference)));
            for part in found.chunks(BATCH) {
                self.write_documents(part).await?;
            }
            let Some(end) = end else { return Ok(()) };
            self.progress.report(format_args!("documents up to {end}"));
            after = Some(end);
        }
    }

    fn is_copied(&self, key: &DocumentKey) -> bool {
        key.collection != StateMark::KIND && (self.takes_its_place || *key != name_of_the_owner())
    }

    async fn write_documents(
        &mut self,
        differences: &[Difference<DocumentKey>],
    ) -> Result<(), StateError> {
        let (from, to) = (self.from, self.to);
        let read = |difference: Difference<DocumentKey>| async move {
            Ok::<_, StoreError>(match &difference {
                Difference::New(key) => (difference.clone(), from.read(key).await?, None),
                Difference::Both(key) => {
                    (difference.clone(), from.read(key).await?, to.read(key).await?)
                }
                Difference::Gone(_) => (difference, None, None),
            })
        };
        let mut reading = stream::iter(differences.iter().cloned().map(read)).buffered(AT_ONCE);
        let mut commit = self.alone.commit();
        while let Some(found) = reading.next().await {
            let (difference, wanted, present) = found?;
            let key = key_of(&difference).clone();
            match wanted {
                Some(wanted) if present.as_ref().is_some_and(|found| same(&wanted, found)) => {}
                Some(Document { body, secrets, .. }) => {
                    commit = commit.put_sealed(key, Expected::Any, body, secrets);
                    self.written.documents += 1;
                }
                None => {
                    commit = commit.delete(key, Expected::Any);
                    self.written.removed += 1;
                }
            }
        }
        drop(reading);
        self.write(commit).await
    }

    async fn journals(&mut self) -> Result<(), StateError> {
        let mut after: Option<JournalStream> = None;
        loop {
            let from = self.from.journals(after.as_ref(), PAGE).await?;
            let to = self.to.journals(after.as_ref(), PAGE).await?;
            let (found, end) = merged(&from, &to, PAGE);
            for difference in found {
                self.write_journal(difference).await?;
            }
            let Some(end) = end else { return Ok(()) };
            self.progress.report(format_args!("journals up to {end}"));
            after = Some(end);
        }
    }

    async fn write_journal(
        &mut self,
        difference: Difference<JournalStream>,
    ) -> Result<(), StateError> {
        let (stream, present) = match difference {
            Difference::Gone(stream) => return self.remove(stream).await,
            Difference::New(stream) => (stream, 0),
            Difference::Both(stream) => match self.common(&stream).await? {
                Some(entries) => (stream, entries),
                None => {
                    self.remove(stream.clone()).await?;
                    (stream, 0)
                }
            },
        };
        let mut after = present;
        loop {
            let page = self.from.journal(&stream, after, BATCH).await?;
            let is_last = page.len() < BATCH;
            after = page.last().map_or(after, |entry| entry.sequence);
            let mut commit = self.alone.commit();
            self.written.entries += page.len() as u64;
            for entry in page {
                commit = commit.append(stream.clone(), entry.body);
            }
            self.write(commit).await?;
            if is_last {
                return Ok(());
            }
        }
    }

    /// How many entries the target has, if the journal of the source begins with them.
    async fn common(&self, stream: &JournalStream) -> Result<Option<u64>, StateError> {
        let mut after = 0;
        loop {
            let from = self.from.journal(stream, after, PAGE).await?;
            let to = self.to.journal(stream, after, PAGE).await?;
            if !from.starts_with(&to) {
                return Ok(None);
            }
            let Some(last) = to.last().map(|entry: &JournalEntry| entry.sequence) else {
                return Ok(Some(after));
            };
            after = last;
        }
    }

    async fn remove(&mut self, stream: JournalStream) -> Result<(), StateError> {
        self.written.removed += 1;
        self.write(self.alone.commit().remove_journal(stream)).await
    }

    async fn write(&self, commit: Commit) -> Result<(), StateError> {
        if commit.writes.is_empty()
            && commit.entries.is_empty()
            && commit.removed_journals.is_empty()
        {
            return Ok(());
        }
        // Repeated: a store writes a commit once.
        match self.to.commit(commit.clone()).await {
            Err(StoreError::Unknown { .. }) => self.to.commit(commit).await?,
            written => written?,
        };
        Ok(())
    }
}

fn key_of<K>(difference: &Difference<K>) -> &K {
    match difference {
        Difference::New(key) | Difference::Both(key) | Difference::Gone(key) => key,
    }
}

/// Whether two documents have the same body and the same secrets. Their revisions differ.
fn same(one: &Document, other: &Document) -> bool {
    let secrets = |document: &Document| -> Vec<(String, String)> {
        let plain = |(field, secret): (&String, &secrecy::SecretString)| {
            (field.clone(), secret.expose_secret().to_owned())
        };
        document.secrets.iter().map(plain).collect()
    };
    one.body == other.body && secrets(one) == secrets(other)
}

#[cfg(test)]
mod tests;
