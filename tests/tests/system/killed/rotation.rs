//! A Deployer process is killed within the rotation of a key: at each commit, and in each call to the node (R1, R4).

use std::ops::Range;
use std::time::Duration;

use futures::StreamExt as _;
use project_deployer::store::{Collection, Listing, Store as _};
use project_deployer_client::prelude::*;
use project_deployer_client::{ListedGlobalKey, NodeConnector as _, NodeError};
use project_deployer_core::ApiKeySecret;
use project_deployer_testkit::{Fault, FaultScript, Gate, MockNode};
use project_deployer_tests::{connector, settings_at, store_at};
use tokio::time::{sleep, timeout};

use super::process::Dying;
use super::{AT_ONCE, FINAL, Place, admin, quiet, register};
use crate::installation::{node_of_dana, parsed};

const KEYS: &str = "/admin/global-api-keys";
const KEY: &str = "/admin/global-api-keys/*";
const IDENTITY: &str = "/auth/info";

/// The calls of a rotation to its node, each with the number of earlier ones to the same path.
const CALLS: [(&str, &str, usize); 7] = [
    ("GET", IDENTITY, 0),
    ("GET", KEYS, 0),
    ("GET", KEYS, 1),
    ("POST", KEYS, 0),
    ("GET", IDENTITY, 1),
    ("GET", IDENTITY, 2),
    ("DELETE", KEY, 0),
];

/// The commits of a rotation: its beginning, one after each of its eight steps, and that of the settings with the new key.
const COMMITS: usize = 10;

/// When a process is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// `before` or `after` this commit, counted from 0.
    Commit(&'static str, usize),
    /// In this call, before or after it has its effect.
    Call(usize, bool),
}

impl Moment {
    fn drawn(random: &mut fastrand::Rng) -> Self {
        if random.bool() {
            let side = if random.bool() { "before" } else { "after" };
            Self::Commit(side, random.usize(..COMMITS))
        } else {
            Self::Call(random.usize(..CALLS.len()), random.bool())
        }
    }

    /// Runs a process until it is there, and kills it. False if it never got there.
    async fn dies(self, place: &Place, node: &MockNode) -> bool {
        match self {
            Self::Commit(side, number) => {
                let mut dying = Dying::begin(place, &["rotate", side, &number.to_string()]);
                let stood = dying.stands().await;
                dying.kill().await;
                stood
            }
            Self::Call(number, has_effect) => {
                let (method, path, earlier) = CALLS[number];
                let gate = Gate::new();
                let held = Fault::held_by(&gate);
                let held = if has_effect { held.after_effect() } else { held };
                let script = FaultScript::on(method, path);
                let script = (0..earlier).fold(script, |script, _| script.succeeds());
                node.follow(script.fails(held));
                let mut dying = Dying::begin(place, &["rotate"]);
                let was_called = dying.until(gate.reached_by(1)).await;
                dying.kill().await;
                // A node ends what it began, whoever has gone away.
                gate.open();
                was_called
            }
        }
    }
}

/// Runs a rotation whose process is killed, and another process that goes on. Whether the first one got as far as that.
async fn round(moment: Moment) -> bool {
    let (node, place) = (node_of_dana("dev").start().await, Place::in_a_file());
    register(&admin(&quiet(&place).await), &node).await;
    if !moment.dies(&place, &node).await {
        return false;
    }
    // Whenever it died, the key of the settings opens the node.
    let known =
        known_keys(&place, &node).await.unwrap_or_else(|error| panic!("{moment:?}: {error}"));
    assert!((1..=2).contains(&known.len()), "{moment:?}: {known:?}");
    let ended = timeout(FINAL, resumed(&place)).await;
    let end = ended.unwrap_or_else(|_| panic!("{moment:?}: the rotation does not end"));
    let keys =
        known_keys(&place, &node).await.unwrap_or_else(|error| panic!("{moment:?}: {error}"));
    assert_eq!(keys.len(), 1, "{moment:?}: no second key stays: {keys:?}");
    let made = node.calls_to("POST", KEYS).iter().filter(|call| call.reached).count();
    let Some(end) = end else {
        assert_eq!((keys[0].id.as_str(), made), ("admin-key", 0), "{moment:?}: it never began");
        return true;
    };
    assert_eq!(end, "rotated", "{moment:?}");
    assert!(keys[0].admin && keys[0].id != "admin-key", "{moment:?}: {keys:?}");
    // A key whose secret died with the process is replaced, and revoked by its label.
    let revoked = node.calls_to("DELETE", KEY).iter().filter(|call| call.succeeded()).count();
    assert!(made <= 2 && revoked == made, "{moment:?}: {made} made, {revoked} revoked");
    let old = settings_at(node.url(), &node_key());
    let old = connector().keys(&old).unwrap().unwrap();
    assert!(old.identity().await.is_err(), "{moment:?}: the old key is revoked");
    true
}

fn node_key() -> String {
    project_deployer_tests::Canary::KEY.to_owned()
}

/// The global keys of the node, asked for with the key of the settings, which is one of them.
async fn known_keys(place: &Place, node: &MockNode) -> Result<Vec<ListedGlobalKey>, NodeError> {
    let settings = admin(&quiet(place).await).infra_settings(&parsed("dev")).await.unwrap();
    let key: ApiKeySecret = settings.target.entries()[0].admin_api_key.clone().unwrap();
    let settings = project_deployer_core::infra::NodeSettings::new(parsed(node.url()), key);
    let node = connector().keys(&settings).unwrap()?;
    let own = node.identity().await?.auth_identifier;
    let keys = node.global_keys().await?;
    assert!(keys.iter().any(|key| key.id == own), "{own}: {keys:?}");
    Ok(keys)
}

/// Goes on in another process until the rotation has ended, and returns how; none if it never began.
async fn resumed(place: &Place) -> Option<String> {
    let deployer = quiet(place).await;
    let store = store_at(&place.url).await.unwrap();
    loop {
        // The lease of the dead process has to run out.
        deployer.resume_key_rotations().await.unwrap();
        let all = store.list(&Listing::of(Collection::new("key-rotation"), 10)).await.unwrap();
        let rotation = all.first()?;
        if let Some(end) = rotation.body["document"]["end"].as_str() {
            return Some(end.to_owned());
        }
        sleep(Duration::from_millis(200)).await;
    }
}

async fn rounds(moments: impl IntoIterator<Item = Moment>) {
    let rounds = moments.into_iter().map(async |moment| {
        assert!(round(moment).await, "{moment:?}: a rotation does not get there");
    });
    futures::stream::iter(rounds).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}

fn drawn(seeds: Range<u64>) -> impl Iterator<Item = Moment> {
    seeds.map(|seed| Moment::drawn(&mut fastrand::Rng::with_seed(seed)))
}

#[tokio::test]
async fn a_deployer_that_is_killed_after_any_commit_of_a_rotation_locks_no_node_out() {
    // R1, R4
    rounds((0..COMMITS).map(|number| Moment::Commit("after", number))).await;
    assert!(!round(Moment::Commit("after", COMMITS)).await, "a rotation has one more commit");
}

#[tokio::test]
async fn a_deployer_that_is_killed_in_a_call_of_a_rotation_leaves_no_second_key() {
    // R1, R4: the secret of a key that was made is lost; a key that was deleted is not deleted twice.
    rounds([Moment::Call(3, true), Moment::Call(3, false), Moment::Call(6, true)]).await;
}

#[tokio::test]
#[ignore = "a part of `cargo xtask ci --full`"]
async fn a_deployer_that_is_killed_a_hundred_times_in_rotations_locks_no_node_out() {
    rounds(drawn(0..100)).await;
}
