//! A Deployer process is killed while a hook of its update runs, and another one goes on (H5, R1, R2).

use std::ops::Range;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use project_deployer_client::prelude::*;
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::{Hook, HookPhase};
use project_deployer_core::status::UpdateStatus;
use project_deployer_testkit::MockNode;
use project_deployer_tests::{Canary, RawServer, Reply, http_answer};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::process::Dying;
use super::{AT_ONCE, FINAL, Place, admin, final_update, prepare, quiet};
use crate::installation::{ACTIVATE, CREATE, active, node_of_dana, parsed};
use crate::processes::working_in;

/// Keeps its payload, and waits until it may go on. The second run finds that it may.
const PROGRAM: &str =
    "#!/bin/sh\n{ cat; echo; } >> calls\nwhile [ ! -e goes-on ]; do sleep 0.05; done\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Process,
    Http,
}

/// What a hook does, and how often it was run.
enum Running {
    /// The directory of the program.
    Process(PathBuf),
    /// A receiver that keeps its first connection, and how many calls it got.
    Http(RawServer, watch::Receiver<usize>),
}

impl Running {
    async fn new(kind: Kind, place: &Place) -> Self {
        let directory = place.folder.path().join("hooks");
        std::fs::create_dir(&directory).unwrap();
        program(&directory, "refuses", "#!/bin/sh\nexit 1\n");
        match kind {
            Kind::Process => {
                program(&directory, "waits", PROGRAM);
                Self::Process(directory)
            }
            Kind::Http => {
                let (calls, seen) = watch::channel(0);
                let number = Arc::new(AtomicUsize::new(0));
                let server = RawServer::start(move |_| {
                    let earlier = number.fetch_add(1, Ordering::SeqCst);
                    calls.send_replace(earlier + 1);
                    match earlier {
                        0 => Reply::Silence,
                        _ => Reply::Bytes(http_answer("204 No Content", "", b"")),
                    }
                });
                Self::Http(server.await, seen)
            }
        }
    }

    fn hook(&self) -> Hook {
        let document = match self {
            Self::Process(_) => json!({"name": "waits", "type": "process", "program": "waits"}),
            Self::Http(server, _) => json!({
                "name": "waits", "type": "http", "url": server.url(), "secret": Canary::KEY,
            }),
        };
        Hook::from_document(document).unwrap()
    }

    /// Waits until it runs.
    async fn begins(&self) {
        match self {
            Self::Process(_) => {
                while self.payloads().is_empty() {
                    sleep(Duration::from_millis(20)).await;
                }
            }
            Self::Http(_, seen) => {
                let _ = seen.clone().wait_for(|calls| *calls > 0).await;
            }
        }
    }

    /// Lets it go on. A receiver answers its second call by itself.
    fn goes_on(&self) {
        if let Self::Process(directory) = self {
            std::fs::write(directory.join("goes-on"), "").unwrap();
        }
    }

    /// What each run got.
    fn payloads(&self) -> Vec<Value> {
        let texts: Vec<String> = match self {
            Self::Process(directory) => {
                let calls = std::fs::read_to_string(directory.join("calls")).unwrap_or_default();
                // The last line is whole once its end is there.
                let lines = calls.split_inclusive('\n').filter(|line| line.ends_with('\n'));
                lines.map(str::to_owned).collect()
            }
            Self::Http(server, _) => {
                let requests = server.requests().into_iter();
                let requests = requests.map(|bytes| String::from_utf8(bytes).unwrap());
                requests.map(|text| text.split_once("\r\n\r\n").unwrap().1.to_owned()).collect()
            }
        };
        texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }
}

fn program(directory: &std::path::Path, name: &str, text: &str) {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
}

async fn with_hook(place: &Place, phase: HookPhase, hook: Hook) {
    let deployer = quiet(place).await;
    let admin = admin(&deployer);
    let mut settings = admin.infra_settings(&parsed("dev")).await.unwrap();
    match phase {
        HookPhase::Pre => settings.hooks.pre = vec![hook],
        HookPhase::Post => settings.hooks.post = vec![hook],
        _ => {
            let refuses = json!({"name": "refuses", "type": "process", "program": "refuses"});
            settings.hooks.pre = vec![Hook::from_document(refuses).unwrap()];
            settings.hooks.on_failure = vec![hook];
        }
    }
    admin.save_infra_settings(&settings).await.unwrap();
}

fn done(node: &MockNode) -> (usize, usize) {
    let done = |path| node.calls_to("POST", path).iter().filter(|call| call.reached).count();
    (done(CREATE), done(ACTIVATE))
}

/// Runs an update whose process is killed within a hook, and another process that goes on.
async fn round(phase: HookPhase, kind: Kind) {
    let what = format!("{phase} {kind:?}");
    let (node, place) = (node_of_dana("dev").start().await, Place::in_a_file());
    prepare(&place, &node).await;
    let running = Running::new(kind, &place).await;
    with_hook(&place, phase, running.hook()).await;
    let mut dying = Dying::begin(&place, &["update"]);
    assert!(dying.until(running.begins()).await, "{what}: the hook does not run");
    dying.kill().await;
    let before = done(&node);
    running.goes_on();
    let ended = timeout(FINAL, final_update(&place)).await;
    let update = ended.unwrap_or_else(|_| panic!("{what}: the update is not final")).unwrap();
    let log = update.logs.unwrap().lines.join("\n");
    let payloads = running.payloads();
    let keys: Vec<_> = payloads.iter().map(|payload| payload["data"]["key"].clone()).collect();
    assert!(keys.iter().all(|key| key.is_string() && *key == keys[0]), "{what}: {keys:?}");
    assert!(payloads.iter().all(|payload| *payload == payloads[0]), "{what}: {payloads:?}");
    if phase == HookPhase::OnFailure {
        assert_eq!(update.status, UpdateStatus::Failed, "{what}: {log}");
        assert_eq!((keys.len(), done(&node)), (1, (0, 0)), "{what}: {log}");
        assert!(log.contains("the outcome of on-failure hook `waits` is unknown"), "{log}");
    } else {
        assert_eq!(update.status, UpdateStatus::Success, "{what}: {log}");
        assert_eq!((keys.len(), done(&node)), (2, (1, 1)), "{what}: {log}");
        assert_eq!(active(&node).as_deref(), Some("v1"), "{what}: {log}");
    }
    let expected = if phase == HookPhase::Post { (1, 1) } else { (0, 0) };
    assert_eq!(before, expected, "{what}: what was done when it died");
    if let Running::Process(directory) = &running {
        // The program of the dead process ends by itself: nobody is left to end it.
        let gone = async {
            while !working_in(directory).is_empty() {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(FINAL, gone).await.unwrap_or_else(|_| panic!("{what}: a program is left"));
    }
}

async fn rounds(which: impl IntoIterator<Item = (HookPhase, Kind)>) {
    let rounds = which.into_iter().map(|(phase, kind)| round(phase, kind));
    futures::stream::iter(rounds).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}

fn drawn(seeds: Range<u64>) -> impl Iterator<Item = (HookPhase, Kind)> {
    seeds.map(|seed| {
        let mut random = fastrand::Rng::with_seed(seed);
        let kind = if random.bool() { Kind::Process } else { Kind::Http };
        (HookPhase::ALL[random.usize(..HookPhase::ALL.len())], kind)
    })
}

#[tokio::test]
async fn a_deployer_that_is_killed_within_a_hook_repeats_it_with_its_key_and_nothing_else() {
    // H5, R1, R2: a hook after a failure runs once.
    rounds(HookPhase::ALL.into_iter().flat_map(|it| [(it, Kind::Process), (it, Kind::Http)])).await;
}

#[tokio::test]
#[ignore = "a part of `cargo xtask ci --full`"]
async fn a_deployer_that_is_killed_a_hundred_times_within_hooks_repeats_them_with_their_keys() {
    rounds(drawn(0..100)).await;
}
