//! B5, M3: windows that this version of the program cannot read.

use project_deployer::audit::{AuditFilter, AuditOutcome};
use project_deployer::maintenance::MaintenanceScope;
use project_deployer::{Deployer, DeployerError, DeployerSession};
use project_deployer_core::rights::{InfraGrant, InfraRight};
use project_deployer_core::status::UpdateStatus;
use project_deployer_store::{Collection, Commit, Expected, MeanwhileStore, Store as _};
use serde_json::{Value, json};

use super::{ScheduleTime, admin, churn_dev, freeze, nights, parsed, refused, user};
use crate::installation::Installation;

async fn put(installation: &Installation, scope: &str, body: Value) {
    let key = Collection::new("windows").key(scope);
    installation.store.commit(Commit::new().put(key, Expected::Any, body)).await.unwrap();
}

/// Puts a window of a newer program in the place of `nights`.
async fn spoil(installation: &Installation, scope: &str) {
    let key = Collection::new("windows").key(scope);
    let mut body = installation.store.read(&key).await.unwrap().unwrap().body;
    let windows = body["document"]["windows"].as_array_mut().unwrap();
    let newer = windows.iter_mut().find(|window| window["name"] == "nights").unwrap();
    newer["recurrence"]["zone"] = "Atlantis/Capital".into();
    put(installation, scope, body).await;
}

/// An error with its causes.
fn whole(error: &DeployerError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(found) = cause {
        text.push_str(&format!(": {found}"));
        cause = found.source();
    }
    text
}

fn names(sets: &[project_deployer::windows::WindowSet]) -> Vec<String> {
    let of = |set: &project_deployer::windows::WindowSet| {
        set.windows.iter().map(|it| format!("{} {}", set.scope, it.name)).collect::<Vec<_>>()
    };
    sets.iter().flat_map(of).collect()
}

#[tokio::test]
async fn a_window_that_cannot_be_read_hides_no_other_one_and_is_removed_by_its_name() {
    // B5, M3, R-P2
    let installation = Installation::new().await.with_infras().await;
    let owners = InfraGrant::new(parsed("owners"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(owners)).await;
    let (admin, olga) = (installation.admin(), installation.member("olga", &["owners"]));
    admin.add_window(nights("infrastructure/dev")).await.unwrap();
    admin.add_window(nights("infrastructure/prod")).await.unwrap();
    admin.add_window(freeze("infrastructure/prod")).await.unwrap();
    spoil(&installation, "infrastructure/prod").await;

    let (of_dev, of_prod) = ("infrastructure/dev nights", "infrastructure/prod freeze");
    assert_eq!(names(&olga.windows().await.unwrap()), [of_dev]);
    assert_eq!(names(&admin.windows().await.unwrap()), [of_dev, of_prod]);
    let unreadable = admin.unreadable_windows().await.unwrap();
    assert_eq!(unreadable[0].scope, parsed("infrastructure/prod"));
    assert_eq!(unreadable[0].names, [parsed("nights")]);
    assert!(unreadable[0].reason.contains("recurrence"), "{unreadable:?}");
    let dana = installation.dana();
    assert_eq!(names(&dana.windows().await.unwrap()), [of_dev, of_prod]);
    for session in [&olga, &dana] {
        assert_eq!(session.unreadable_windows().await.unwrap(), [], "it may not remove them");
    }
    let prod = parsed("infrastructure/prod");
    assert_eq!(olga.remove_window(&prod, &parsed("nights")).await.unwrap_err().code(), "not-found");
    let absent = admin.remove_window(&prod, &parsed("days")).await.unwrap_err();
    assert_eq!(absent.code(), "not-found");
    let more = admin.add_window(freeze("infrastructure/prod")).await.unwrap_err().to_string();
    assert!(more.contains("cannot be read") && more.contains("remove those"), "{more}");
    admin.remove_window(&prod, &parsed("nights")).await.unwrap();
    assert_eq!(admin.unreadable_windows().await.unwrap(), []);
    admin.add_window(freeze("infrastructure/prod")).await.unwrap();
    assert_eq!(names(&admin.windows().await.unwrap()), [of_dev, of_prod]);
}

#[tokio::test]
async fn names_and_causes_of_windows_that_cannot_be_read_are_for_those_who_may_remove_them() {
    // B5, M3, R-P2
    let installation = Installation::new().await.with_deployment().await;
    let (admin, dana) = (installation.admin(), installation.dana());
    admin.add_window(nights("infrastructure/dev")).await.unwrap();
    spoil(&installation, "infrastructure/dev").await;
    let seen = async |session: &DeployerSession| {
        let seen = session.infra_windows(&parsed("dev")).await.unwrap();
        let found = &seen.unreadable[0];
        (found.names.len(), found.reason.contains("recurrence"), seen.opens)
    };
    assert_eq!(seen(&admin).await, (1, true, None));
    assert_eq!(seen(&dana).await, (0, false, None));
}

#[tokio::test]
async fn windows_that_were_removed_or_repaired_meanwhile_are_shown_as_they_are() {
    // B5, M3
    let installation = Installation::new().await.with_infras().await;
    let store = MeanwhileStore::new(installation.store.clone());
    let other = Deployer::builder(installation.fleet.clone())
        .name("second")
        .on(store.clone(), installation.archive.clone());
    let (slow, root) = (admin(&other), installation.admin());
    let scope: MaintenanceScope = parsed("stage/Development");
    for is_repaired in [false, true] {
        put(&installation, "stage/Development", json!({"format": 9})).await;
        assert_eq!(slow.unreadable_windows().await.unwrap().len(), 1);
        let (repairing, of) = (root.clone(), scope.clone());
        store.after_changes(0, async move {
            repairing.remove_windows(&of).await.unwrap();
            if is_repaired {
                repairing.add_window(nights("stage/Development")).await.unwrap();
            }
        });
        let seen = slow.infra_windows(&parsed("dev")).await.unwrap();
        assert!(store.is_done());
        assert_eq!((seen.unreadable.len(), seen.sets.len()), (0, usize::from(is_repaired)));
    }
}

#[tokio::test]
async fn windows_of_which_nothing_can_be_read_refuse_updates_and_are_removed_with_their_scope() {
    // B5, M3
    for body in [json!({"format": 9}), json!({"format": 1, "document": "x"}), json!(null)] {
        let installation = Installation::new().await.with_deployment().await;
        let (admin, dana) = (installation.admin(), installation.dana());
        let scope = parsed("stage/Development");
        put(&installation, "stage/Development", body.clone()).await;
        let as_user = user(&installation, &installation.deployer).await;
        let scheduled = as_user.schedule_update(&churn_dev(), ScheduleTime::NextWindow).await;
        let plan = dana.plan_deployment(&churn_dev(), None).await.unwrap();
        let start = whole(&refused(&dana).await);
        for text in [start, whole(&scheduled.unwrap_err()), plan.outside_window.unwrap().reason] {
            assert!(text.contains("windows of stage `Development`"), "{body}: {text}");
            assert!(text.contains("those who may remove them"), "{body}: {text}");
            assert!(!text.contains("windows/stage"), "{body}: {text}");
        }
        let seen = dana.infra_windows(&parsed("dev")).await.unwrap();
        assert_eq!((seen.opens, seen.unreadable.len()), (None, 1), "{body}");
        let why = seen.why_refused().unwrap();
        assert!(why.contains("windows of stage `Development` cannot be read"), "{body}: {why}");
        assert!(!why.contains("windows/stage"), "{body}: {why}");
        let cause = admin.infra_windows(&parsed("dev")).await.unwrap().why_refused().unwrap();
        assert!(cause.contains("windows/stage/Development"), "{body}: {cause}");
        assert_eq!(admin.windows().await.unwrap(), []);
        assert_eq!(admin.unreadable_windows().await.unwrap()[0].names, []);
        admin.add_window(nights("stage/Development")).await.unwrap_err();
        admin.remove_window(&scope, &parsed("nights")).await.unwrap_err();
        assert_eq!(dana.remove_windows(&scope).await.unwrap_err().code(), "forbidden");
        admin.remove_windows(&scope).await.unwrap();
        let removals = AuditFilter::default().with_action(Some("delete".to_owned()));
        let removals = removals.with_outcome(Some(AuditOutcome::Done));
        let page = admin.audit(&removals, None, 1).await.unwrap();
        assert_eq!(page.entries[0].record.id, "stage/Development", "{body}");
        assert_eq!(admin.remove_windows(&scope).await.unwrap_err().code(), "not-found");
        assert_eq!(installation.update("churn-dev").await.status, UpdateStatus::Success);
    }
}

#[tokio::test]
async fn all_windows_of_a_scope_are_removed_at_once() {
    // B5
    let installation = Installation::new().await.with_infras().await;
    let admin = installation.admin();
    for scope in ["everything", "infrastructure/dev"] {
        admin.add_window(nights(scope)).await.unwrap();
        admin.add_window(freeze(scope)).await.unwrap();
    }
    admin.remove_windows(&parsed("everything")).await.unwrap();
    let left = names(&admin.windows().await.unwrap());
    assert_eq!(left, ["infrastructure/dev freeze", "infrastructure/dev nights"]);
}
