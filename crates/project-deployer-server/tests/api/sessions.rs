//! How many sessions a user has, and what the audit says of them.

use std::num::NonZeroU32;

use project_deployer::audit::{AuditFilter, AuditRecord};
use project_deployer_server::{DeployerService, Limits};
use serde_json::{Value, json};

use crate::credentials::{FROM_PAGE, PASSWORD, cookie_of, me, sign_in, with_session};
use crate::installation::{Answer, Installation, answer_of, parsed, request};

async fn newest(installation: &Installation) -> AuditRecord {
    let page = installation.admin().audit(&AuditFilter::default(), None, 1).await.unwrap();
    page.entries[0].record.clone()
}

#[tokio::test(start_paused = true)]
async fn whoever_signs_in_with_a_key_too_often_has_to_wait() {
    let installation = Installation::new().await;
    let limits = Limits::default().with_requests(Some(NonZeroU32::MIN));
    let router = DeployerService::new(installation.deployer.clone()).limits(limits).into_router();
    let ask = async |key: &str| -> Answer {
        let request = request("POST", "/session", "", &[FROM_PAGE], json!({"apiKey": key}));
        answer_of(router.clone(), request).await
    };
    for _ in 0..10 {
        assert_eq!(ask(&installation.key).await.status.as_u16(), 201);
    }
    let refused = ask(&installation.key).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "too-many-requests"));
    assert_eq!(refused.header("retry-after"), "1");
}

#[tokio::test]
async fn a_user_has_so_many_sessions_and_a_new_one_ends_the_oldest() {
    let installation = Installation::new().await;
    let first = with_session(&installation).await;
    let other = installation.send(
        "POST",
        "/session",
        "",
        &[FROM_PAGE],
        json!({"apiKey": installation.key}),
    );
    let other = cookie_of(&other.await);
    let key = installation.user("zoe", "askers").await;
    let mut last = String::new();
    for _ in 0..32 {
        installation.clock.advance(1);
        let body = json!({"apiKey": key});
        last = cookie_of(&installation.send("POST", "/session", "", &[FROM_PAGE], body).await);
    }
    assert_eq!(me(&installation, &first).await.code(), "session-ended");
    for cookie in [last, other] {
        assert_eq!(me(&installation, &cookie).await.status.as_u16(), 200);
    }
    let page = installation.admin().audit(&AuditFilter::default(), None, 100).await.unwrap();
    let ended = page.entries.iter().map(|entry| &entry.record);
    let ended: Vec<_> = ended.filter(|it| it.action == "delete" && it.kind == "session").collect();
    let [ended] = ended[..] else { panic!("{ended:?}") };
    assert_eq!((ended.actor.as_deref(), ended.id.as_str()), (Some("zoe"), "zoe"));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_tried_for_a_session_counts_by_its_id() {
    let installation = Installation::new().await;
    let ask = async |number: u32| {
        let body = json!({"apiKey": format!("pdk_0123456789abcdef_{number}")});
        installation.send("POST", "/session", "", &[FROM_PAGE], body).await
    };
    for number in 0..10 {
        assert_eq!(ask(number).await.code(), "key-unknown", "{number}");
    }
    assert_eq!(ask(10).await.status.as_u16(), 429);
}

#[tokio::test]
async fn the_audit_has_who_signed_in_and_out() {
    let installation = Installation::new().await;
    with_session(&installation).await;
    let headers = [FROM_PAGE, ("x-request-id", "in-1")];
    let body = json!({"login": "zoe", "password": PASSWORD});
    let cookie = cookie_of(&installation.send("POST", "/session", "", &headers, body).await);
    let opened = newest(&installation).await;
    assert_eq!((opened.action.as_str(), opened.kind.as_str()), ("create", "session"));
    assert_eq!(opened.request_id.as_deref(), Some("in-1"));
    let headers = [("cookie", cookie.as_str()), FROM_PAGE, ("x-request-id", "out-1")];
    for _ in 0..2 {
        let answer = installation.send("DELETE", "/session", "", &headers, Value::Null).await;
        assert_eq!(answer.status.as_u16(), 204);
    }
    let closed = newest(&installation).await;
    assert_eq!((closed.action.as_str(), closed.kind.as_str()), ("delete", "session"));
    assert_eq!((closed.actor.as_deref(), closed.id.as_str()), (Some("zoe"), "zoe"));
    assert_eq!(closed.request_id.as_deref(), Some("out-1"));
    let page = installation.admin().audit(&AuditFilter::default(), None, 100).await.unwrap();
    let ends = page.entries.iter().filter(|entry| entry.record.action == "delete").count();
    assert_eq!(ends, 1);
}

#[tokio::test]
async fn one_limit_counts_every_failed_login_of_an_address_once() {
    let installation = Installation::new().await;
    with_session(&installation).await;
    // As many as are free, and the right one is served then.
    for _ in 0..9 {
        assert_eq!(sign_in(&installation, "zoe", "wrong wrong wrong").await.status.as_u16(), 401);
    }
    assert_eq!(sign_in(&installation, "zoe", PASSWORD).await.status.as_u16(), 201);
}

#[tokio::test]
async fn of_two_changes_of_a_password_at_the_same_time_one_is_done() {
    let installation = Installation::new().await;
    let key = installation.user("zoe", "askers").await;
    let zoe = parsed("zoe");
    installation.admin().set_password(&zoe, PASSWORD.into()).await.unwrap();
    let passwords = ["the first long password", "the second long password"];
    let change = |new: &'static str| {
        let body = json!({"old": PASSWORD, "new": new});
        installation.send("PUT", "/me/password", &key, &[], body)
    };
    let (one, other) = futures::join!(change(passwords[0]), change(passwords[1]));
    let done = [&one, &other].map(|answer| answer.status.as_u16() == 204);
    assert_eq!(done.iter().filter(|done| **done).count(), 1, "{one:?} {other:?}");
    for (password, done) in passwords.into_iter().zip(done) {
        let answer = sign_in(&installation, "zoe", password).await;
        assert_eq!(answer.status.as_u16() == 201, done, "{}", answer.text());
    }
}
