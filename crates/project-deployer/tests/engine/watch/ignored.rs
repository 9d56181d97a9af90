//! M18: rules by which findings are ignored.

use project_deployer::DeployerSession;
use project_deployer::watch::{Check, FindingKind, IgnoreRequest, WatchRequest, WatchScope};
use project_deployer_core::rights::{InfraGrant, InfraRight};

use super::{dev, open, run, updated};
use crate::installation::{Installation, parsed};

#[tokio::test]
async fn what_is_ignored_is_counted_apart_and_its_rule_stays_when_the_times_change() {
    // M18
    let installation = updated().await;
    let admin = installation.admin();
    installation.publish("v2").await;
    installation.change("churn-dev", |settings| settings["bundleId"] = "v2".into()).await;
    let scope = WatchScope::Infra(dev());
    let request = IgnoreRequest::new(scope.clone(), FindingKind::OutOfSync, "it is a trial");
    let request = request.with_field(Some("bundle*".to_owned()));
    let early = admin.ignore_findings(request.clone()).await.unwrap_err();
    assert_eq!(early.code(), "not-possible", "there is no setting that it could be part of");
    let set = async || {
        let request = WatchRequest::new(scope.clone()).with_health_every(Some(60));
        admin.set_watch(request).await.unwrap();
    };
    set().await;
    let rule = admin.ignore_findings(request).await.unwrap();
    set().await;
    let done = run(&admin, Check::Health).await;
    assert_eq!((done.opened, done.open, done.ignored), (0, 0, 1));
    let found = open(&installation.dana()).await;
    assert_eq!(found[0].ignored, Some(rule.clone()), "whoever sees the deployment sees it");
    let counts = async || {
        let watched = admin.watched().await.unwrap().remove(0).checks.remove(0);
        (watched.open, watched.ignored)
    };
    assert_eq!(counts().await, (0, 1));
    admin.stop_ignoring(&scope, &rule.id).await.unwrap();
    assert_eq!(counts().await, (1, 0), "at once");
    assert_eq!(run(&admin, Check::Health).await.opened, 1);
    let again = admin.stop_ignoring(&scope, &rule.id).await.unwrap_err();
    assert_eq!(again.code(), "not-found");
}

#[tokio::test]
async fn rules_are_for_administrators_of_the_infrastructure_and_those_about_logins_for_global_ones()
{
    // M18, R-P2
    let installation = Installation::new().await.with_infras().await;
    let owners = InfraGrant::new(parsed("owners"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(owners)).await;
    let owner = installation.member("olga", &["owners"]);
    let (admin, dana) = (installation.admin(), installation.dana());
    let scope = WatchScope::Infra(dev());
    admin.set_watch(WatchRequest::new(scope.clone())).await.unwrap();
    let rule = |kind| IgnoreRequest::new(scope.clone(), kind, "it is known");
    let refused = dana.ignore_findings(rule(FindingKind::Scenario)).await.unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    let own = owner.ignore_findings(rule(FindingKind::Scenario)).await.unwrap();
    owner.stop_ignoring(&scope, &own.id).await.unwrap();
    let refused = owner.ignore_findings(rule(FindingKind::Login)).await.unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    let made = admin.ignore_findings(rule(FindingKind::Login)).await.unwrap();
    let refused = dana.stop_ignoring(&scope, &made.id).await.unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    let refused = owner.stop_ignoring(&scope, &made.id).await.unwrap_err();
    assert_eq!(refused.code(), "not-found", "as one that is unknown");
    let set = owner.set_watch(WatchRequest::new(scope.clone())).await.unwrap();
    assert_eq!(set.ignored, [], "it names logins");
    assert_eq!(owner.remove_watch(&scope).await.unwrap_err().code(), "forbidden");
    let shown =
        async |session: &DeployerSession| session.watch_settings().await.unwrap()[0].ignored.len();
    assert_eq!((shown(&admin).await, shown(&dana).await), (1, 0), "it names logins");
}
