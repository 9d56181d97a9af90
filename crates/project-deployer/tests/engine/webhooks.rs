//! G8, J8: changes of state that go out as signed calls, and reach their receiver in the end.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use project_deployer::ldap::{Directories, DirectoryConnector};
use project_deployer::watch::{
    Check, FindingFilter, FindingKind, IgnoreRequest, WatchEventKind, WatchRequest, WatchScope,
};
use project_deployer::webhooks::{DeliveryState, WebhookRequest};
use project_deployer::{Clock, Deployer, DeployerSession};
use project_deployer_client::{
    AutomationNode, FakeFleet, HookPost, HookReply, HookSender, Identity, NodeAccounts,
    NodeConnector, NodeError, NodeErrorKind,
};
use project_deployer_core::infra::NodeSettings;
use project_deployer_core::rights::Caller;
use project_deployer_core::{NodeAddress, Timestamp};
use project_deployer_store::{Collection, Commit, Expected, Listing, Store as _};
use serde_json::Value;
use sha2::Sha256;

use crate::installation::{Installation, parsed};

/// Answers in order, by the host of the address. Without an answer left it keeps the connection.
#[derive(Debug, Clone, Default)]
struct Receivers {
    answers: Arc<Mutex<VecDeque<(String, u16)>>>,
    posts: Arc<Mutex<Vec<HookPost>>>,
}

impl Receivers {
    fn will_answer(&self, host: &str, statuses: &[u16]) {
        let answers = statuses.iter().map(|status| (host.to_owned(), *status));
        self.answers.lock().unwrap().extend(answers);
    }

    fn ids(&self) -> Vec<String> {
        self.posts.lock().unwrap().iter().map(|post| header(post, "webhook-id")).collect()
    }
}

#[async_trait]
impl HookSender for Receivers {
    async fn post(&self, post: &HookPost) -> Result<HookReply, NodeErrorKind> {
        self.posts.lock().unwrap().push(post.clone());
        let url = post.address.to_string();
        let answer = {
            let mut answers = self.answers.lock().unwrap();
            let place = answers.iter().position(|(host, _)| url.contains(host.as_str()));
            place.and_then(|place| answers.remove(place))
        };
        match answer {
            Some((_, status)) => Ok(HookReply::new(status, "")),
            None => pending().await,
        }
    }
}

/// The nodes of a fleet, and receivers of calls.
#[derive(Debug)]
struct Connected(FakeFleet, Receivers);

impl NodeConnector for Connected {
    fn connect(
        &self,
        node: &NodeSettings,
        acting: Identity,
    ) -> Result<Arc<dyn AutomationNode>, NodeError> {
        self.0.connect(node, acting)
    }

    fn accounts(&self, node: &NodeSettings) -> Result<Arc<dyn NodeAccounts>, NodeError> {
        self.0.accounts(node)
    }

    fn hook_sender(&self) -> Option<Arc<dyn HookSender>> {
        Some(Arc::new(self.1.clone()))
    }
}

#[derive(Debug, Clone)]
struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// `dev` and `prod`, of which the nodes do not answer.
struct World {
    installation: Installation,
    receivers: Receivers,
    clock: Hand,
    deployer: Deployer,
}

impl World {
    async fn new() -> Self {
        let installation = Installation::new().await.with_infras().await;
        installation.dev.set_reachable(false);
        let clock = Hand(Arc::new(AtomicI64::new(1_800_000_000_000)));
        let receivers = Receivers::default();
        let deployer = process(&installation, &receivers, &clock, "one");
        Self { installation, receivers, clock, deployer }
    }

    fn admin(&self) -> DeployerSession {
        self.deployer.acting_as(Caller::administrator(parsed("root")))
    }

    async fn watch(&self) {
        let directories: Arc<dyn DirectoryConnector> = Arc::new(Directories::none());
        let dev = parsed("dev");
        Box::pin(self.admin().run_watch(&dev, Check::Health, &directories)).await.unwrap();
    }

    /// A finding that is opened and resolved: two events.
    async fn opened_and_resolved(&self) {
        self.watch().await;
        self.later(1);
        self.installation.dev.set_reachable(true);
        self.watch().await;
        self.watch().await;
    }

    fn later(&self, millis: i64) {
        self.clock.0.fetch_add(millis, Ordering::SeqCst);
    }
}

fn process(
    installation: &Installation,
    receivers: &Receivers,
    clock: &Hand,
    name: &str,
) -> Deployer {
    Deployer::builder(Connected(installation.fleet.clone(), receivers.clone()))
        .name(name)
        .clock(clock.clone())
        .on(installation.store.clone(), installation.archive.clone())
}

fn request(id: &str) -> WebhookRequest {
    WebhookRequest::new(id, NodeAddress::parse(&format!("https://{id}.example/events")).unwrap())
}

fn header(post: &HookPost, name: &str) -> String {
    post.headers.iter().find(|(known, _)| *known == name).unwrap().1.clone()
}

/// What a receiver checks, written after the text of Standard Webhooks and not after the code that signs.
fn is_authentic(post: &HookPost, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let body = std::str::from_utf8(&post.body).unwrap();
    let signed = [&header(post, "webhook-id"), &header(post, "webhook-timestamp"), body].join(".");
    header(post, "webhook-signature").split(' ').any(|signature| {
        let Some(sent) = signature.strip_prefix("v1,") else { return false };
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(signed.as_bytes());
        mac.verify_slice(&STANDARD.decode(sent).unwrap()).is_ok()
    })
}

#[tokio::test]
async fn an_opened_finding_goes_out_once_signed_and_a_receiver_can_check_it() {
    // G8, J8, R13
    let world = World::new().await;
    let made = world.admin().create_webhook(request("ops")).await.unwrap();
    let secret = made.secret.unwrap().expose().to_owned();
    world.watch().await;
    world.receivers.will_answer("ops", &[204]);
    assert_eq!(world.deployer.send_webhooks().await.unwrap(), 1);
    assert_eq!(world.deployer.send_webhooks().await.unwrap(), 0, "nothing waits");
    let posts = world.receivers.posts.lock().unwrap().clone();
    assert!(is_authentic(&posts[0], &secret));
    assert!(!is_authentic(&posts[0], &format!("whsec_{}", STANDARD.encode([1; 32]))));
    let body: Value = serde_json::from_slice(&posts[0].body).unwrap();
    assert_eq!(body["type"], "finding.opened");
    assert_eq!(body["data"]["finding"]["kind"], "node-unknown");
    assert!(!body.to_string().contains(&secret));
    let listed = world.admin().webhooks().await.unwrap();
    assert!(!format!("{listed:?}").contains(&secret));
    let deliveries = world.admin().webhook_deliveries("ops").await.unwrap();
    assert_eq!(deliveries[0].state, DeliveryState::Delivered);
    assert_eq!((deliveries[0].attempts, deliveries[0].last_status), (1, Some(204)));
}

#[tokio::test]
async fn what_waits_survives_the_process_and_is_sent_again_with_the_same_id() {
    // J8
    let world = World::new().await;
    world.admin().create_webhook(request("ops")).await.unwrap();
    world.watch().await;
    world.receivers.will_answer("ops", &[503, 200]);
    assert_eq!(world.deployer.send_webhooks().await.unwrap(), 0);
    assert_eq!(world.deployer.send_webhooks().await.unwrap(), 0, "it pauses after a failure");
    let World { installation, receivers, clock, deployer } = world;
    drop(deployer);
    clock.0.fetch_add(5001, Ordering::SeqCst);
    let two = process(&installation, &receivers, &clock, "two");
    assert_eq!(two.send_webhooks().await.unwrap(), 1);
    let ids = receivers.ids();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1], "the receiver recognises it");
    let admin = two.acting_as(Caller::administrator(parsed("root")));
    let deliveries = admin.webhook_deliveries("ops").await.unwrap();
    assert_eq!((deliveries.len(), deliveries[0].attempts), (1, 2));
    assert_eq!(deliveries[0].id, ids[0]);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_hangs_delays_no_other() {
    // G8, G10
    let world = World::new().await;
    for id in ["hangs", "answers"] {
        world.admin().create_webhook(request(id)).await.unwrap();
    }
    world.watch().await;
    world.receivers.will_answer("answers", &[200]);
    world.deployer.send_webhooks_always();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let answers = world.admin().webhook_deliveries("answers").await.unwrap();
    assert_eq!(answers[0].state, DeliveryState::Delivered);
    tokio::time::sleep(Duration::from_secs(20)).await;
    let hangs = world.admin().webhook_deliveries("hangs").await.unwrap();
    assert_eq!((hangs[0].state, hangs[0].attempts), (DeliveryState::Waiting, 1));
    assert!(hangs[0].last_error.as_ref().unwrap().contains("15 s"), "{hangs:?}");
}

#[tokio::test]
async fn a_webhook_that_fails_for_days_is_disabled_with_a_finding_and_loses_nothing() {
    // G8
    let world = World::new().await;
    let admin = world.admin();
    admin.create_webhook(request("ops")).await.unwrap();
    world.opened_and_resolved().await;
    for _ in 0..60 {
        world.receivers.will_answer("ops", &[500]);
        world.deployer.send_webhooks().await.unwrap();
        world.later(4 * 3600 * 1000);
    }
    let webhook = admin.webhooks().await.unwrap().remove(0);
    assert!(!webhook.is_active(), "{webhook:?}");
    let is_about_it = |kind| kind == FindingKind::WebhookDisabled;
    let open = async || {
        let all = admin.findings(&FindingFilter::default()).await.unwrap();
        all.into_iter().filter(|it| is_about_it(it.subject.kind)).count()
    };
    assert_eq!(open().await, 1);
    let dana = world.installation.dana();
    let seen = dana.findings(&FindingFilter::default()).await.unwrap();
    assert!(!seen.iter().any(|it| is_about_it(it.subject.kind)), "it is for administrators");
    world.receivers.answers.lock().unwrap().clear();
    world.receivers.will_answer("ops", &[200, 200]);
    assert_eq!(world.deployer.send_webhooks().await.unwrap(), 0);
    admin.edit_webhook(request("ops")).await.unwrap();
    assert_eq!(open().await, 0);
    assert_eq!(world.deployer.send_webhooks().await.unwrap(), 2);
    let deliveries = admin.webhook_deliveries("ops").await.unwrap();
    let states: Vec<_> = deliveries.iter().map(|it| (it.state, it.attempts)).collect();
    assert_eq!(states, [(DeliveryState::Delivered, 1), (DeliveryState::Delivered, 21)]);
    let ids = world.receivers.ids();
    assert_eq!((ids.len(), &ids[0]), (22, &ids[20]), "the receiver recognises it");
}

#[tokio::test]
async fn webhooks_are_for_global_administrators() {
    // G8, R-P2
    let world = World::new().await;
    let dana = world.deployer.acting_as(crate::installation::dana());
    assert_eq!(dana.create_webhook(request("ops")).await.unwrap_err().code(), "forbidden");
    assert_eq!(dana.webhooks().await.unwrap_err().code(), "forbidden");
    let admin = world.admin();
    admin.create_webhook(request("ops")).await.unwrap();
    assert_eq!(admin.create_webhook(request("ops")).await.unwrap_err().code(), "already-exists");
    assert_eq!(dana.try_webhook("ops").await.unwrap_err().code(), "forbidden");
    world.receivers.will_answer("ops", &[404]);
    let tried = admin.try_webhook("ops").await.unwrap();
    assert_eq!((tried.status, tried.error.as_deref()), (Some(404), Some("it answered 404")));
    assert_eq!(admin.webhook_deliveries("ops").await.unwrap(), [], "a trial is no event");
    world.watch().await;
    admin.delete_webhook("ops").await.unwrap();
    assert_eq!(admin.webhook_deliveries("ops").await.unwrap_err().code(), "not-found");
    admin.create_webhook(request("ops")).await.unwrap();
    assert_eq!(admin.webhook_deliveries("ops").await.unwrap(), [], "it begins anew");
}

#[tokio::test]
async fn a_delivery_that_the_receiver_refuses_does_not_hold_up_the_next_one() {
    // G8
    let world = World::new().await;
    world.admin().create_webhook(request("ops")).await.unwrap();
    world.opened_and_resolved().await;
    world.receivers.will_answer("ops", &[400, 400, 400, 204]);
    let mut sent = 0;
    for _ in 0..3 {
        sent += world.deployer.send_webhooks().await.unwrap();
        world.later(301_000);
    }
    assert_eq!(sent, 1);
    let deliveries = world.admin().webhook_deliveries("ops").await.unwrap();
    let states: Vec<_> = deliveries.iter().map(|it| (it.state, it.attempts)).collect();
    assert_eq!(states, [(DeliveryState::Delivered, 1), (DeliveryState::GivenUp, 3)]);
    let posts = world.receivers.posts.lock().unwrap();
    assert!(posts.iter().all(|post| post.ignore_body), "the status says everything");
}

#[tokio::test]
async fn what_is_left_of_an_earlier_webhook_is_not_for_a_new_one_with_its_id() {
    // J8
    let world = World::new().await;
    world.admin().create_webhook(request("ops")).await.unwrap();
    world.watch().await;
    let kind = Collection::new("webhook-delivery");
    let store = &world.installation.store;
    let left = store.list(&Listing::of(kind.clone(), 10)).await.unwrap().remove(0);
    world.admin().delete_webhook("ops").await.unwrap();
    let commit = Commit::new().put(kind.key(&left.id), Expected::Any, left.body);
    store.commit(commit).await.unwrap();
    world.admin().create_webhook(request("ops")).await.unwrap();
    assert_eq!(world.admin().webhook_deliveries("ops").await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_webhook_that_is_gone_is_removed_by_the_next_process() {
    // J8
    let world = World::new().await;
    for id in ["ops", "other"] {
        world.admin().create_webhook(request(id)).await.unwrap();
    }
    world.watch().await;
    let kind = Collection::new("webhook-delivery");
    let store = &world.installation.store;
    let all = Listing::of(kind.clone(), 10);
    let listed = async || store.list(&all).await.unwrap();
    let left = listed().await.remove(0);
    world.admin().delete_webhook("ops").await.unwrap();
    let commit = Commit::new().put(kind.key(&left.id), Expected::Any, left.body.clone());
    store.commit(commit).await.unwrap();
    assert_eq!(listed().await.len(), 2);
    world.receivers.will_answer("other", &[204]);
    world.deployer.send_webhooks_always();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let ids: Vec<_> = listed().await.into_iter().map(|it| it.id).collect();
    assert!(ids.len() == 1 && ids[0].starts_with("other/"), "{ids:?}");
}

#[tokio::test]
async fn what_is_ignored_goes_to_no_webhook_and_opens_when_it_is_ignored_no_more() {
    // M18, G8
    let world = World::new().await;
    let admin = world.admin();
    admin.create_webhook(request("ops")).await.unwrap();
    let scope = WatchScope::Infra(parsed("dev"));
    admin.set_watch(WatchRequest::new(scope.clone())).await.unwrap();
    let until = Timestamp::from_millis(1_800_000_060_000);
    let rule = IgnoreRequest::new(scope, FindingKind::NodeUnknown, "it is replaced");
    admin.ignore_findings(rule.with_until(Some(until))).await.unwrap();
    world.watch().await;
    assert_eq!(admin.webhook_deliveries("ops").await.unwrap(), []);
    let found = admin.findings(&FindingFilter::default()).await.unwrap();
    assert_eq!(found[0].ignored.as_ref().unwrap().reason, "it is replaced");
    world.later(60_000);
    let found = admin.findings(&FindingFilter::default()).await.unwrap();
    assert_eq!(found[0].ignored, None, "the rule has ended");
    world.watch().await;
    let events: Vec<_> =
        admin.webhook_deliveries("ops").await.unwrap().iter().map(|it| it.event).collect();
    assert_eq!(events, [WatchEventKind::FindingOpened]);
}
