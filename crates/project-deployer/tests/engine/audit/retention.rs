//! Old records go, and the chain stays verifiable.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use project_deployer::audit::AuditRetention;
use project_deployer::{Clock, Deployer};
use project_deployer_client::FakeFleet;
use project_deployer_core::Timestamp;
use project_deployer_core::stage::Stage;
use project_deployer_store::{
    Collection, Commit, Expected, MemoryArchive, MemoryStore, Store as _,
};

use super::{administrator, line, records};
use crate::installation::parsed;

const DAY: i64 = 86_400_000;

/// A clock that a test sets. It begins on 2026-01-01.
#[derive(Debug, Clone)]
struct Days(Arc<AtomicI64>);

impl Days {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_767_225_600_000)))
    }

    fn next(&self) {
        self.0.fetch_add(DAY, Ordering::SeqCst);
    }
}

impl Clock for Days {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

fn deployer(store: &MemoryStore, clock: &Days, retention: AuditRetention) -> Deployer {
    Deployer::builder(FakeFleet::new())
        .clock(clock.clone())
        .audit_retention(retention)
        .on(store.clone(), MemoryArchive::new())
}

/// Three records a day for thirty days.
async fn month(deployer: &Deployer, clock: &Days) {
    let admin = administrator(deployer);
    for day in 0..30 {
        for number in 0..3 {
            let stage = Stage::new(parsed(&format!("s-{day}-{number}")), "");
            admin.add_stage(stage).await.unwrap();
        }
        deployer.seal_audit().await.unwrap();
        clock.next();
    }
}

#[tokio::test]
async fn old_days_go_and_what_is_left_verifies() {
    let (store, clock) = (MemoryStore::new(), Days::new());
    let ten_days = AuditRetention::default().with_age(Some(Duration::from_secs(10 * 86_400)));
    let deployer = deployer(&store, &clock, ten_days);
    month(&deployer, &clock).await;
    let head = administrator(&deployer).verify_audit(None).await.unwrap().head.unwrap();
    let trimmed = deployer.trim_audit().await.unwrap();
    assert_eq!((trimmed.days, trimmed.records), (20, 60));
    assert_eq!(deployer.trim_audit().await.unwrap().days, 0);
    let found = administrator(&deployer).verify_audit(Some(&head)).await.unwrap();
    assert_eq!(found.faults, []);
    assert_eq!((found.trimmed, found.sealed, found.unsealed), (60, 30, 1));
    let left = records(&deployer).await;
    assert_eq!(left.len(), 31);
    assert_eq!(line(left.last().unwrap()), "trim audit 2026-01-20");
    // Later on, the next days go.
    clock.next();
    deployer.seal_audit().await.unwrap();
    assert_eq!(deployer.trim_audit().await.unwrap().records, 3);
    let found = administrator(&deployer).verify_audit(None).await.unwrap();
    assert_eq!((found.faults, found.trimmed), (Vec::new(), 63));
}

#[tokio::test]
async fn the_number_of_records_is_a_limit_as_well() {
    let (store, clock) = (MemoryStore::new(), Days::new());
    let deployer = deployer(&store, &clock, AuditRetention::default().with_records(Some(50)));
    month(&deployer, &clock).await;
    assert_eq!(deployer.trim_audit().await.unwrap().records, 39);
    assert_eq!(administrator(&deployer).verify_audit(None).await.unwrap().faults, []);
}

#[tokio::test]
async fn nothing_goes_by_default() {
    let (store, clock) = (MemoryStore::new(), Days::new());
    let deployer = deployer(&store, &clock, AuditRetention::default());
    month(&deployer, &clock).await;
    assert_eq!(deployer.trim_audit().await.unwrap().days, 0);
    assert_eq!(records(&deployer).await.len(), 90);
}

#[tokio::test]
async fn a_day_with_records_that_are_not_sealed_stays() {
    let (store, clock) = (MemoryStore::new(), Days::new());
    let none = AuditRetention::default().with_records(Some(0));
    let deployer = deployer(&store, &clock, none);
    month(&deployer, &clock).await;
    // A process with a clock that is far behind.
    let late = Days::new();
    let other = self::deployer(&store, &late, AuditRetention::default());
    administrator(&other).add_stage(Stage::new(parsed("late"), "")).await.unwrap();
    assert_eq!(deployer.trim_audit().await.unwrap().days, 0);
    deployer.seal_audit().await.unwrap();
    // Its block is the last one of the chain, so the day goes when everything before it goes.
    assert_eq!(deployer.trim_audit().await.unwrap().days, 0);
    assert_eq!(administrator(&deployer).verify_audit(None).await.unwrap().faults, []);
}

#[tokio::test]
async fn an_anchor_that_nobody_signed_off_is_found() {
    // R18
    let (store, clock) = (MemoryStore::new(), Days::new());
    let deployer = deployer(&store, &clock, AuditRetention::default());
    month(&deployer, &clock).await;
    // Somebody removes the first three days, with everything that names them, and writes an anchor.
    let block = |number: u64| Collection::new("audit-block").key(format!("{number:020}"));
    let third = store.read(&block(3)).await.unwrap().unwrap().body;
    let anchor = serde_json::json!({"format": 1, "document": {
        "block": 3, "hash": third["document"]["hash"], "records": 9,
        "day": "2026-01-03", "trimmedAt": 7,
    }});
    let mut commit =
        Commit::new().put(Collection::new("audit-anchor").key("anchor"), Expected::Any, anchor);
    for (number, day) in (1..=3).map(|day| (day, format!("2026-01-{day:02}"))) {
        commit = commit
            .delete(block(number), Expected::Any)
            .delete(Collection::new("audit-day").key(&day), Expected::Any)
            .delete(Collection::new("audit-seal").key(&day), Expected::Any)
            .remove_journal(project_deployer_store::JournalStream(format!("audit/{day}")));
    }
    store.commit(commit).await.unwrap();
    let found = administrator(&deployer).verify_audit(None).await.unwrap();
    assert_eq!(found.faults.len(), 1, "{:?}", found.faults);
    assert_eq!(found.faults[0].object, "the anchor of the chain");
}
