//! B5: a window that this version of the program cannot read.

use project_deployer_core::rights::{InfraGrant, InfraRight};
use project_deployer_store::{Collection, Commit, Expected, Store as _};

use super::{freeze, nights, parsed};
use crate::installation::Installation;

#[tokio::test]
async fn a_window_that_cannot_be_read_hides_no_other_place_and_is_removed_by_its_name() {
    // B5, R-P2
    let installation = Installation::new().await.with_infras().await;
    let owners = InfraGrant::new(parsed("owners"), InfraRight::Admin);
    installation.change_infra("dev", |infra| infra.permissions.push(owners)).await;
    let (admin, olga) = (installation.admin(), installation.member("olga", &["owners"]));
    admin.add_window(nights("infrastructure/dev")).await.unwrap();
    admin.add_window(nights("infrastructure/prod")).await.unwrap();
    admin.add_window(freeze("infrastructure/prod")).await.unwrap();
    let key = Collection::new("windows").key("infrastructure/prod");
    let mut body = installation.store.read(&key).await.unwrap().unwrap().body;
    let windows = body["document"]["windows"].as_array_mut().unwrap();
    let newer = windows.iter_mut().find(|window| window["name"] == "nights").unwrap();
    newer["recurrence"]["zone"] = "Atlantis/Capital".into();
    installation.store.commit(Commit::new().put(key, Expected::Any, body)).await.unwrap();

    let seen = olga.windows().await.unwrap();
    assert_eq!(seen.len(), 1, "whoever does not see it hears nothing of it");
    assert_eq!(seen[0].scope, parsed("infrastructure/dev"));
    let error = admin.windows().await.unwrap_err().to_string();
    assert!(error.contains("infrastructure/prod"), "{error}");
    let prod = parsed("infrastructure/prod");
    assert_eq!(olga.remove_window(&prod, &parsed("nights")).await.unwrap_err().code(), "not-found");
    let absent = admin.remove_window(&prod, &parsed("days")).await.unwrap_err();
    assert_eq!(absent.code(), "not-found");
    admin.remove_window(&prod, &parsed("nights")).await.unwrap();
    let left = admin.windows().await.unwrap();
    let names: Vec<_> =
        left.iter().flat_map(|set| &set.windows).map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["nights", "freeze"], "of `dev`, and the other one of `prod`");
}
