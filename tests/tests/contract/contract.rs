//! What is checked of each operation, with one version of the official client.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::asked::Asked;
use crate::official::{Called, Outcome, Reported, Version};
use crate::ours::{Made, Noted, Replay, operations};
use crate::recorder::Exchange;
use crate::table::{Row, Table};

/// How the operations of the table fared.
pub(crate) struct Contract {
    pub(crate) version: Version,
    pub(crate) found: BTreeMap<String, Found>,
    breaches: Vec<String>,
}

/// How one operation fared.
#[derive(Debug)]
pub(crate) struct Found {
    /// What came of it with the official client; none where that has no call for it.
    pub(crate) outcome: Option<Outcome>,
    /// Where our request is another one; none where there was nothing to compare.
    pub(crate) differences: Option<BTreeSet<String>>,
    /// Whether our client read the answer; none where there was none.
    pub(crate) read: Option<bool>,
    /// What came of it on our own service; none where that has no such operation to serve.
    pub(crate) served: Option<Outcome>,
}

impl Contract {
    pub(crate) async fn of(
        table: &Table,
        version: Version,
        called: Called,
        served: Called,
    ) -> Self {
        let Called { reported, exchanges, noted } = called;
        let (exchanges, noted) = (Arc::new(exchanges), Arc::new(Noted(noted)));
        let replay = Replay::of(&exchanges).await;
        let mut ours = BTreeMap::new();
        for operation in operations(&noted) {
            let (name, built) = (operation.name.clone(), operation.built.clone());
            ours.insert(name, (built, replay.make(operation).await));
        }
        let mut contract = Self { version, found: BTreeMap::new(), breaches: Vec::new() };
        for row in table.rows() {
            contract.judge(row, reported.get(&row.operation), ours.get(&row.operation), &exchanges);
            if let Some(served) = served.reported.get(&row.operation) {
                contract.judge_service(row, served);
            }
        }
        contract
    }

    /// What does not hold, each in one line with what to do.
    pub(crate) fn breaches(&self) -> impl Iterator<Item = String> {
        let number = self.version.number;
        self.breaches.iter().map(move |breach| format!("{number} {breach}"))
    }

    fn judge(
        &mut self,
        row: &Row,
        reported: Option<&Reported>,
        ours: Option<&(Asked, Made)>,
        exchanges: &[Exchange],
    ) {
        let outcome = reported.map(|reported| reported.result);
        let mut found = Found { outcome, differences: None, read: None, served: None };
        if let Some(reported) = reported {
            self.judge_outcome(row, reported);
        }
        if let Some((built, made)) = ours {
            if !made.asked.iter().any(|asked| asked.is_like(built)) {
                self.breach(
                    row,
                    &format!("our call does not send {} {}", built.method, built.path),
                );
            }
            let absent = matches!(outcome, None | Some(Outcome::Absent));
            if !absent {
                found.differences = self.judge_request(row, made, exchanges);
            }
            if outcome == Some(Outcome::Works) {
                found.read = Some(self.judge_reading(row, made));
            }
        }
        self.found.insert(row.operation.clone(), found);
    }

    /// Our service has to do what the mock does, or to refuse what the table says.
    fn judge_service(&mut self, row: &Row, served: &Reported) {
        let on_mock = self.found.get(&row.operation).and_then(|found| found.outcome);
        let refused = row.refused_by_service.as_ref().map(|_| Outcome::Refused);
        let expected = refused.filter(|_| on_mock != Some(Outcome::Absent)).or(on_mock);
        if expected != Some(served.result) {
            let text = format!("is {:?} on our service: {}", served.result, served.why);
            self.breach(row, &text);
        }
        if let Some(found) = self.found.get_mut(&row.operation) {
            found.served = Some(served.result);
        }
    }

    fn judge_outcome(&mut self, row: &Row, reported: &Reported) {
        let absent = row.absent.iter().any(|version| version == self.version.number);
        match reported.result {
            Outcome::Absent if absent => {}
            _ if absent => self.breach(row, "is in this version: take it out of `absent`"),
            Outcome::Works if row.refused.is_some() => {
                self.breach(row, "works: take `refused` away");
            }
            Outcome::Works => {}
            Outcome::Absent => self.breach(row, "is not in this version: put it into `absent`"),
            Outcome::Refused if row.refused.is_some() => {}
            Outcome::Broken if row.refused.is_some() && !row.is_not_served() => {}
            Outcome::Refused => self.breach(row, &format!("is refused: {}", reported.why)),
            Outcome::Broken => self.breach(row, &format!("breaks the client: {}", reported.why)),
        }
    }

    /// Compares the first request of the official call that ours makes, too: some calls look for the object
    /// first, where ours has its id.
    fn judge_request(
        &mut self,
        row: &Row,
        made: &Made,
        exchanges: &[Exchange],
    ) -> Option<BTreeSet<String>> {
        let official = || {
            let own = exchanges.iter().filter(|had| had.operation == row.operation);
            own.filter(|had| had.phase == "call").map(|had| &had.asked)
        };
        let pair = official().find_map(|official| {
            let mine = made.asked.iter().rev().find(|asked| asked.is_like(official))?;
            Some((official, mine))
        });
        let Some((official, mine)) = pair else {
            let theirs: Vec<_> =
                official().map(|asked| format!("{} {}", asked.method, asked.path)).collect();
            let mine: Vec<_> =
                made.asked.iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect();
            self.breach(row, &format!("asks {theirs:?}, ours asks {mine:?}"));
            return None;
        };
        let found = Asked::differences(official, mine);
        let accepted = row.accepted(self.version.number);
        for place in found.difference(&accepted) {
            self.breach(row, &format!("differs in `{place}`: {official:?} is not {mine:?}"));
        }
        for place in accepted.difference(&found) {
            self.breach(
                row,
                &format!("does not differ in `{place}`: take it out of `differences`"),
            );
        }
        Some(found)
    }

    fn judge_reading(&mut self, row: &Row, made: &Made) -> bool {
        match (&made.read, &row.unread) {
            (Ok(()), Some(_)) => self.breach(row, "is read: take `unread` away"),
            (Err(error), None) => self.breach(row, &format!("is not read by ours: {error}")),
            (Ok(()), None) | (Err(_), Some(_)) => {}
        }
        made.read.is_ok()
    }

    fn breach(&mut self, row: &Row, what: &str) {
        self.breaches.push(format!("{}: {what}", row.operation));
    }
}
