use project_deployer_store::{JournalEntry, JournalStream, StoreError};

use super::{Check, Fault, FaultKind, PAGE};
use crate::causes::with_causes;
use crate::state::{TaskId, typed};
use crate::state_admin::Progress;
use crate::update::UpdateEvent;

impl Check<'_> {
    pub(super) async fn journals(&mut self, progress: Progress<'_>) {
        let mut after: Option<JournalStream> = None;
        loop {
            let page = match self.view.journals(after.as_ref(), PAGE).await {
                Ok(page) => page,
                Err(error) => return self.cannot_list("journals", &error),
            };
            let is_last = page.len() < PAGE;
            after = page.last().cloned();
            for stream in page {
                self.journal(&stream).await;
                self.facts.has_journal(stream);
            }
            progress.report(format_args!("entries of journals: {}", self.facts.entries));
            if is_last {
                return;
            }
        }
    }

    async fn journal(&mut self, stream: &JournalStream) {
        let mut after = 0;
        loop {
            let page = match self.view.journal(stream, after, PAGE).await {
                Ok(page) => page,
                Err(_) => return self.one_by_one(stream, after).await,
            };
            let is_last = page.len() < PAGE;
            for entry in page {
                after = self.entry(stream, after, &entry);
            }
            if is_last {
                return;
            }
        }
    }

    /// An entry that cannot be read fails its page, so the entries are read one by one.
    async fn one_by_one(&mut self, stream: &JournalStream, mut after: u64) {
        let mut failures = 0;
        loop {
            match self.view.journal(stream, after, 1).await {
                Ok(page) => match page.first() {
                    Some(entry) => after = self.entry(stream, after, entry),
                    None => return,
                },
                Err(error) => {
                    after += 1;
                    failures += 1;
                    self.unreadable_entry(stream, after, &error);
                    // A journal that cannot be read at all has no end.
                    if failures > PAGE {
                        return;
                    }
                }
            }
        }
    }

    fn unreadable_entry(&mut self, stream: &JournalStream, sequence: u64, error: &StoreError) {
        self.faulty_entry(stream, sequence, with_causes(error));
    }

    /// Entries are counted from 1 without gaps.
    fn entry(&mut self, stream: &JournalStream, after: u64, entry: &JournalEntry) -> u64 {
        self.facts.entries += 1;
        for missing in (after + 1..entry.sequence).take(PAGE) {
            self.faulty_entry(stream, missing, "it is missing".to_owned());
        }
        if stream.0.starts_with(TaskId::JOURNALS)
            && let Err(error) = typed::<UpdateEvent>(entry.body.clone())
        {
            self.faulty_entry(stream, entry.sequence, error.to_string());
        }
        entry.sequence
    }

    /// An entry with a checksum that does not fit is one fault, not two.
    fn faulty_entry(&mut self, stream: &JournalStream, sequence: u64, what: String) {
        let object = format!("entry {sequence} of journal {stream}");
        let is_known = self.faults.iter().any(|fault| fault.object == object);
        if !is_known {
            self.faults.insert(Fault::new(FaultKind::Journal, object, what));
        }
    }
}
