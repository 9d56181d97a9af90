use project_deployer::store::{
    Collection, Commit, Expected, JournalStream, Listing, SqliteStore, Store as _, StoreError,
};
use serde_json::{Value, json};

/// How many documents are written over and over.
const SLOTS: u64 = 16;
/// How many journals there are.
const JOURNALS: u64 = 5;
/// More than any list of a test.
const ALL: usize = 100_000;

/// What `store-that-writes` writes, and whether a store has it: wholly or not at all.
#[derive(Debug, Clone, Copy)]
pub struct Written {
    seed: u64,
}

/// What a store has of the commits.
#[derive(Debug, Default)]
pub struct Found {
    /// The commits that it has, by number.
    pub commits: Vec<u64>,
    /// What is there in part, or not as it was written.
    pub faults: Vec<String>,
}

const FIRST: Collection = Collection::new("first");
const SECOND: Collection = Collection::new("second");
const SLOT: Collection = Collection::new("slot");

impl Written {
    /// What a seed writes.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A number for a number.
    #[must_use]
    pub fn draw(self, number: u64) -> u64 {
        let mixed = (number ^ self.seed.rotate_left(17)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33
    }

    /// The document of a commit; some are longer than a page of the file.
    fn body(self, number: u64) -> Value {
        let length = usize::try_from(self.draw(number) % 6_000).unwrap_or_default();
        json!({"number": number, "filler": "x".repeat(length)})
    }

    /// The commit with this number.
    pub fn commit(self, number: u64) -> Commit {
        let id = format!("{number:06}");
        let journal = JournalStream(format!("journal/{}", number % JOURNALS));
        Commit::new()
            .put(FIRST.key(&*id), Expected::Absent, self.body(number))
            .put(SECOND.key(&*id), Expected::Absent, json!(number))
            .put(SLOT.key((number % SLOTS).to_string()), Expected::Any, json!(number))
            .append(journal, json!(number))
    }

    /// Reads a store.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub async fn find(self, store: &SqliteStore) -> Result<Found, StoreError> {
        let mut found = Found::default();
        for document in store.list(&Listing::of(FIRST, ALL)).await? {
            let number = document.body["number"].as_u64().unwrap_or(u64::MAX);
            if document.damage.is_some() || document.body != self.body(number) {
                found.faults.push(format!("document {} is another one", document.id));
            }
            found.commits.push(number);
        }
        let second = store.list(&Listing::of(SECOND, ALL)).await?;
        let second: Vec<_> = second.iter().filter_map(|document| document.body.as_u64()).collect();
        if second != found.commits {
            found.faults.push("the two documents of a commit are not there together".to_owned());
        }
        let mut entries = Vec::new();
        for journal in 0..JOURNALS {
            let stream = JournalStream(format!("journal/{journal}"));
            let journal = store.journal(&stream, 0, ALL).await?;
            entries.extend(journal.iter().filter_map(|entry| entry.body.as_u64()));
        }
        entries.sort_unstable();
        if entries != found.commits {
            found.faults.push("a document and its journal entry are not there together".to_owned());
        }
        for slot in store.list(&Listing::of(SLOT, ALL)).await? {
            let of_slot = |number: &&u64| (*number % SLOTS).to_string() == slot.id;
            let newest = found.commits.iter().filter(of_slot).max();
            if slot.body.as_u64() != newest.copied() {
                found.faults.push(format!("slot {} has {}, not {newest:?}", slot.id, slot.body));
            }
        }
        let revision = store.status().await?.revision.0;
        if revision != found.commits.len() as u64 {
            found.faults.push(format!("revision {revision} after other commits"));
        }
        Ok(found)
    }
}
