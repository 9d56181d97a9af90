//! Random changes of one estate, applied to the engine one after the other.

use fastrand::Rng;
use project_deployer::estate::PlanOptions;

use super::{TEXT, apply, estate, plan};
use crate::installation::Installation;

/// More than the other tests need: windows, which are of a stage and of an infrastructure of the text.
const WINDOWS: &str = "\
windows:
  - {scope: stage/Production, name: nights, effect: allow, cron: 0 22 * * *, minutes: 480, reason: few users}
  - {scope: stage/Production, name: freeze, effect: deny, cron: 0 0 20 12 *, minutes: 20160, reason: accounts}
  - {scope: infrastructure/dev, name: days, effect: allow, cron: 0 8 * * *, minutes: 60, zone: Europe/Berlin, reason: tests}
";

/// The text with some of its parts changed.
fn varied(rng: &mut Rng) -> String {
    let parts = [
        ("devs: view", "devs: admin"),
        ("sql-dev: sql-prod", "sql-dev: other"),
        ("Customer churn", "Churn"),
        ("[write, deploy]", "[read]"),
        ("Users look at it", "Everybody"),
        ("stage: Production", "stage: Acceptance"),
        ("{deployers: deploy, devs: view}", "{}"),
        ("effect: allow", "effect: deny"),
        ("minutes: 480", "minutes: 60"),
        ("Europe/Berlin", "America/New_York"),
        (
            "  - {scope: stage/Production, name: freeze",
            "  # - {scope: stage/Production, name: freeze",
        ),
    ];
    let chosen = parts.into_iter().filter(|_| rng.bool());
    chosen.fold(format!("{TEXT}{WINDOWS}"), |text, (from, to)| text.replace(from, to))
}

#[tokio::test]
async fn what_was_applied_needs_no_second_plan() {
    // J6
    let installation = Installation::new().await;
    let admin = installation.admin();
    let options = PlanOptions::default();
    for seed in 0..60 {
        let wanted = estate(&varied(&mut Rng::with_seed(seed)));
        let made = plan(&admin, &wanted, &options).await.unwrap();
        let applied = apply(&admin, &wanted, &made).await.unwrap();
        assert_eq!(applied.changes, made.changes().len(), "seed {seed}");
        let again = plan(&admin, &wanted, &options).await.unwrap();
        assert!(again.is_empty(), "seed {seed}: {again:?}");
    }
}
