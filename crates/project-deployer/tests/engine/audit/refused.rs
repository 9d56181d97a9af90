//! Who acted, on whose behalf, and what an attacker can make the audit keep.

use project_deployer::{ApiKeyRequest, ApiKeyRights, DeployerError, Principal};
use project_deployer_client::prelude::*;
use project_deployer_core::Login;
use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_store::MemoryStore;
use secrecy::ExposeSecret as _;

use super::{administrator, deployer_on, lines, records};
use crate::installation::{creation, parsed};

#[tokio::test]
async fn a_record_says_who_acted_on_whose_behalf_and_in_which_request() {
    let deployer = deployer_on(MemoryStore::new());
    let first = deployer.first_administrator(parsed("admin")).await.unwrap().unwrap();
    let made = first.create().await.unwrap();
    let dana = User::new(parsed("dana"), SourceType::Local).in_groups([parsed("administrators")]);
    let principal = deployer.authenticate(made.secret.expose_secret()).await.unwrap();
    let principal = principal.with_request_id("r-1");
    let admin = deployer.acting_as_principal(&principal);
    admin.create_user(&dana).await.unwrap();
    let as_dana = deployer.impersonate(&principal, &parsed("dana")).await.unwrap();
    let as_dana = deployer.acting_as_principal(&as_dana);
    as_dana.create_infra(&creation("prod", "Production")).await.unwrap();
    let rights =
        ApiKeyRights::Global { admin: false, groups: Vec::new(), acts_as: Some(parsed("dana")) };
    let key = admin.create_api_key(ApiKeyRequest::new(rights, "robot")).await.unwrap();
    let robot = deployer.authenticate(key.secret.expose_secret()).await.unwrap();
    let robot = deployer.acting_as_principal(&robot);
    robot.create_infra(&creation("test", "Test")).await.unwrap();
    let host = Principal::user(parsed("dana"));
    deployer.acting_as_principal(&host).create_infra(&creation("dev", "Test")).await.unwrap();

    let api_key = format!("api-key {}", made.key.id);
    let robot_key = format!("api-key {}", key.key.id);
    let robot_login = format!("api:{}", key.key.id);
    let expected = [
        ("create user admin", None, None, None, None),
        ("create user dana", Some("admin"), None, Some(api_key.as_str()), Some("r-1")),
        ("create infrastructure prod", Some("admin"), Some("dana"), Some(&*api_key), Some("r-1")),
        ("create api-key", Some("admin"), None, Some(&*api_key), Some("r-1")),
        ("create infrastructure test", Some(&*robot_login), Some("dana"), Some(&*robot_key), None),
        ("create infrastructure dev", Some("dana"), None, Some("host"), None),
    ];
    let all = records(&deployer).await;
    assert_eq!(all.len(), expected.len());
    for (entry, (line, actor, behalf, authentication, request)) in all.iter().zip(expected) {
        let record = &entry.record;
        assert!(super::line(entry).starts_with(line), "{}", super::line(entry));
        assert_eq!(record.actor.as_deref(), actor, "{line}");
        assert_eq!(record.on_behalf_of.as_deref(), behalf, "{line}");
        assert_eq!(record.authentication.as_deref(), authentication, "{line}");
        assert_eq!(record.request_id.as_deref(), request, "{line}");
        assert_eq!(record.process, "first");
    }
}

#[tokio::test]
async fn refused_impersonation_and_logins_are_recorded() {
    let deployer = deployer_on(MemoryStore::new());
    let admin = administrator(&deployer);
    admin.create_group(&Group::new(parsed("ops"))).await.unwrap();
    admin.create_user(&User::new(parsed("dana"), SourceType::Local)).await.unwrap();
    let dana = Principal::user(parsed("dana"));
    let refused = deployer.impersonate(&dana, &parsed::<Login>("root")).await;
    assert!(matches!(refused, Err(DeployerError::Denied(_))), "{refused:?}");
    let error = deployer.authenticate("pdk_x").await.unwrap_err();
    deployer.record_refused_login(&error, Some("r-2"), Some("192.0.2.7")).await;
    let all = records(&deployer).await;
    let lines: Vec<_> = all.iter().map(super::line).skip(2).collect();
    let expected = ["denied impersonate user root", "key-unknown authenticate user "];
    assert_eq!(lines, expected);
    assert_eq!(all[2].record.actor.as_deref(), Some("dana"));
    assert_eq!(all[3].record.actor, None);
    assert_eq!(all[3].record.address.as_deref(), Some("192.0.2.7"));
}

#[tokio::test(start_paused = true)]
async fn an_attacker_fills_no_disk_and_no_attempt_is_lost() {
    let deployer = deployer_on(MemoryStore::new());
    let mallory = deployer.acting_as(project_deployer_core::rights::Caller::new(parsed("mallory")));
    for _ in 0..300 {
        mallory.create_infra(&creation("x", "Test")).await.unwrap_err();
    }
    // Whoever else is refused has a record all the same.
    let eve = deployer.acting_as(project_deployer_core::rights::Caller::new(parsed("eve")));
    eve.create_infra(&creation("x", "Test")).await.unwrap_err();
    deployer.keep_audit_always();
    let _ = deployer.shutdown(std::time::Duration::from_secs(5)).await;
    let all = records(&deployer).await;
    let of = |login: &str| {
        let its = all.iter().filter(|entry| entry.record.actor.as_deref() == Some(login));
        its.count() as u64
    };
    let counted: u64 = all.iter().flat_map(|entry| entry.record.attempts.values()).sum();
    assert_eq!((of("mallory"), of("eve")), (50, 1));
    assert_eq!(of("mallory") + counted, 300, "{:?}", lines(&deployer).await);
    assert!(all.len() < 60, "{}", all.len());
    assert!(all.iter().all(|entry| entry.sealed.is_some()), "a shutdown seals");
}

#[tokio::test]
async fn the_logins_of_api_keys_are_no_users() {
    let deployer = deployer_on(MemoryStore::new());
    let admin = administrator(&deployer);
    for login in ["api:3f9a", "API:x"] {
        let user = User::new(parsed(login), SourceType::Local);
        for refused in [admin.create_user(&user).await, admin.save_user(&user).await] {
            let error = refused.unwrap_err();
            assert!(matches!(error, DeployerError::NotPossible { .. }), "{error:?}");
            assert!(error.to_string().contains("begins with `api:`"), "{error}");
        }
        assert!(deployer.first_administrator(parsed(login)).await.is_err());
    }
    admin.create_user(&User::new(parsed("api"), SourceType::Local)).await.unwrap();
    admin.create_user(&User::new(parsed("apis:x"), SourceType::Local)).await.unwrap();
}
