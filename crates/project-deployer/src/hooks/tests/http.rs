use std::collections::{BTreeMap, VecDeque};
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use project_deployer_client::{HookPost, HookReply, HookSender, NodeErrorKind};
use project_deployer_core::infra::HookPhase;
use project_deployer_core::{ApiKeySecret, InfraId, NodeAddress, Timestamp};
use serde_json::json;
use tokio::time::Instant;

use crate::hooks::{
    HookCall, HookDefinition, HookDelivery, HookHost, HookKind, HookLimits, HookOutcome,
    HookResult, QueuedHook,
};

/// Answers in order; without an answer left, it keeps the connection.
#[derive(Debug, Default)]
struct Scripted {
    answers: Mutex<VecDeque<Result<HookReply, NodeErrorKind>>>,
    posts: Mutex<Vec<HookPost>>,
}

#[async_trait]
impl HookSender for Scripted {
    async fn post(&self, post: &HookPost) -> Result<HookReply, NodeErrorKind> {
        self.posts.lock().unwrap().push(post.clone());
        let answer = self.answers.lock().unwrap().pop_front();
        match answer {
            Some(answer) => answer,
            None => pending().await,
        }
    }
}

async fn called(answers: Vec<Result<HookReply, NodeErrorKind>>) -> (HookOutcome, Vec<HookPost>) {
    let sender =
        Arc::new(Scripted { answers: Mutex::new(answers.into()), posts: Mutex::default() });
    let host =
        HookHost::new(HookLimits::default(), Some(Arc::clone(&sender) as _), None, BTreeMap::new());
    let definition = HookDefinition {
        name: "freeze".to_owned(),
        timeout_seconds: 30,
        kind: HookKind::Http {
            url: NodeAddress::parse("https://h.example/freeze").unwrap(),
            trust_all_certificates: false,
        },
    };
    let secret = ApiKeySecret::new("canary-4711").unwrap();
    let call = HookCall {
        phase: HookPhase::Pre,
        name: "freeze".to_owned(),
        key: "hook_1".to_owned(),
        is_trial: false,
        payload: json!({"data": {}}),
    };
    let at = Timestamp::from_millis(5000);
    let delivery = HookDelivery { definition: &definition, secret: Some(&secret), at, call };
    let queued = QueuedHook {
        infra: InfraId::parse("prod").unwrap(),
        deployment: None,
        phase: HookPhase::Pre,
        name: "freeze".to_owned(),
        since: at,
        is_running: false,
    };
    let slot = host.slot(queued).await.unwrap();
    let outcome = host.run(&slot, &delivery, pending()).await;
    let posts = sender.posts.lock().unwrap().clone();
    (outcome, posts)
}

fn reply(status: u16, body: &str) -> Result<HookReply, NodeErrorKind> {
    Ok(HookReply::new(status, body))
}

#[tokio::test(start_paused = true)]
async fn what_may_have_arrived_is_sent_again_with_the_same_key_and_signature() {
    // H5
    let lost = vec![Err(NodeErrorKind::Interrupted), reply(503, ""), reply(204, "")];
    let (outcome, posts) = called(lost).await;
    assert_eq!(outcome, HookOutcome::success(""));
    assert_eq!(posts.len(), 3);
    assert!(
        posts.iter().all(|post| post.headers == posts[0].headers && post.body == posts[0].body)
    );
    assert_eq!(posts[0].headers[0], ("webhook-id", "hook_1".to_owned()));
    assert!(posts[0].headers[2].1.starts_with("v1,"));
    assert!(!format!("{posts:?}").contains("canary-4711"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_decides_is_final() {
    let veto = r#"{"status": "ERROR", "message": "frozen until Monday"}"#;
    for (answer, expected) in [
        (reply(200, veto), "frozen until Monday"),
        (reply(200, "<html>Log in</html>"), "no result"),
        (reply(200, "{"), "no result"),
        (reply(403, veto), "403: frozen until Monday"),
        (reply(500, "x"), "it answered 500"),
        (reply(302, ""), "redirects are not followed"),
        (Err(NodeErrorKind::TooLarge(HookReply::MOST_BYTES)), "larger"),
    ] {
        let (outcome, posts) = called(vec![answer]).await;
        assert_eq!((outcome.status, posts.len()), (HookResult::Error, 1), "{outcome:?}");
        assert!(outcome.message.contains(expected), "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn three_attempts_are_the_most() {
    let down = (0..9).map(|_| Err(NodeErrorKind::Unreachable)).collect();
    let (outcome, posts) = called(down).await;
    assert_eq!((outcome.status, posts.len()), (HookResult::Error, 3));
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_keeps_the_connection_has_its_time_and_no_more() {
    // H3
    let began = Instant::now();
    let (outcome, posts) = called(vec![]).await;
    assert_eq!(began.elapsed(), Duration::from_secs(30));
    assert_eq!((outcome.status, posts.len()), (HookResult::Error, 1));
    assert!(outcome.message.contains("did not end within 30 s"), "{outcome:?}");
}
