use std::time::Duration;

use project_deployer_core::infra::HookPhase;
use project_deployer_core::{InfraId, Timestamp};
use tokio::time::Instant;

use crate::hooks::slots::{HookLimits, HookSlots, QueuedHook};

fn hook(name: &str) -> QueuedHook {
    QueuedHook {
        infra: InfraId::parse("prod").unwrap(),
        deployment: None,
        phase: HookPhase::Pre,
        name: name.to_owned(),
        since: Timestamp::from_millis(0),
        is_running: false,
    }
}

fn names(slots: &HookSlots) -> Vec<(String, bool)> {
    slots.queue().into_iter().map(|hook| (hook.name, hook.is_running)).collect()
}

#[tokio::test(start_paused = true)]
async fn three_hooks_run_and_others_wait_for_their_time() {
    // H3: three at a time; 10 s before an update, 60 s after it.
    let limits = HookLimits::default();
    assert_eq!(limits.wait(HookPhase::Pre), Duration::from_secs(10));
    assert_eq!(limits.wait(HookPhase::Post), Duration::from_secs(60));
    let slots = HookSlots::new(&limits);
    let wait = limits.wait(HookPhase::Pre);
    let a = slots.take(hook("a"), wait).await.unwrap();
    let b = slots.take(hook("b"), wait).await.unwrap();
    let _c = slots.take(hook("c"), wait).await.unwrap();
    let began = Instant::now();
    assert!(slots.take(hook("d"), wait).await.is_none());
    assert_eq!(began.elapsed(), wait);
    let mut waiting = Box::pin(slots.take(hook("e"), wait));
    assert!(futures::poll!(&mut waiting).is_pending());
    let expected = [("a", true), ("b", true), ("c", true), ("e", false)];
    let expected: Vec<_> = expected.map(|(name, runs)| (name.to_owned(), runs)).into();
    assert_eq!(names(&slots), expected, "what gave up is in no queue");
    drop(a);
    let _e = waiting.await.unwrap();
    drop(b);
    assert!(names(&slots).iter().all(|(_, runs)| *runs));
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_runs_at_the_limit_leave_nothing_behind() {
    // R19
    let slots = HookSlots::new(&HookLimits::default());
    let runs = (0..10_000).map(|number| {
        let slots = &slots;
        async move {
            let slot = slots.take(hook("x"), Duration::from_secs(3600)).await;
            // Some are dropped while they wait, others while they run.
            tokio::time::sleep(Duration::from_millis(number % 7)).await;
            slot.is_some()
        }
    });
    let done = futures::future::join_all(runs).await;
    assert!(done.into_iter().all(|ran| ran));
    assert!(slots.queue().is_empty());
}
