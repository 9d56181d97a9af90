//! Hooks that misbehave in every way, again and again: nothing of them is left, and no slot is lost (R19, H3).

mod receiver;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use futures::StreamExt as _;
use project_deployer::hooks::{HookLimits, HookPrograms, HookResult};
use project_deployer::{Deployer, DeployerSession};
use project_deployer_client::InfraCreation;
use project_deployer_client::prelude::*;
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::{Hook, HookPhase};
use project_deployer_core::rights::Caller;
use project_deployer_tests::Canary;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use self::receiver::Receiver;
use crate::installation::{parsed, usual};
use crate::processes::{working_in, zombies};

/// How long a hook may run whose run ends by its deadline, in seconds.
const SHORT: u64 = 1;
/// And one that ends by itself.
const LONG: u64 = 60;

/// What a program or a receiver does: its name, the seconds that it may run, and whether a run is an error.
type Way = (&'static str, u64, bool);

/// The programs, each with its text.
const PROGRAMS: [(Way, &str); 8] = [
    (("works", LONG, false), "cat > /dev/null; echo done"),
    (("fails", LONG, true), "head -c 99999 /dev/urandom >&2; exit 9"),
    (("forks", LONG, false), "sleep 99 & (sleep 99; :) & echo done"),
    (("answers-garbage", LONG, true), "printf '{\"status\": \\377\\0'; head -c 999 /dev/urandom"),
    (("answers-late", SHORT, true), "sleep 5; echo '{\"status\": \"SUCCESS\"}'"),
    (
        ("prints-without-end", SHORT, true),
        "while :; do head -c 9000 /dev/zero | tr '\\0' x; sleep 0.02; done",
    ),
    (("ignores-sigterm", SHORT, true), "trap '' TERM; while :; do sleep 9; done"),
    (
        ("forks-and-ignores-sigterm", SHORT, true),
        "trap '' TERM; (sleep 99; :) & (sleep 99; :) & wait",
    ),
];

/// The ways of a receiver.
const RECEIVED: [Way; 8] = [
    ("works", LONG, false),
    ("garbage", LONG, true),
    ("no-result", LONG, true),
    ("resets", LONG, true),
    ("floods", LONG, true),
    ("keeps", SHORT, true),
    ("trickles", SHORT, true),
    ("late", SHORT, true),
];

/// How many run at a time in a test with this many runs.
fn at_a_time(runs: usize) -> usize {
    (runs / 3).clamp(3, 64)
}

struct Scene {
    deployer: Deployer,
    programs: TempDir,
    _receiver: Receiver,
}

fn program(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
}

impl Scene {
    async fn new(runs: usize) -> Self {
        let programs = TempDir::new().unwrap();
        for ((name, ..), text) in PROGRAMS {
            program(programs.path(), name, text);
        }
        let receiver = Receiver::start().await;
        let limits = HookLimits::default()
            .with_at_a_time(at_a_time(runs))
            .with_pre_wait(Duration::from_secs(3600));
        let deployer = Deployer::builder(usual())
            .hook_limits(limits)
            .hook_programs(HookPrograms::in_directory(programs.path()))
            .in_memory();
        let admin = admin(&deployer);
        let creation = InfraCreation::new(parsed("dev"), parsed("Development"));
        admin.create_infra(&creation).await.unwrap();
        let mut settings = admin.infra_settings(&parsed("dev")).await.unwrap();
        let processes = PROGRAMS.map(|((name, seconds, _), _)| {
            json!({"name": name, "type": "process", "program": name, "timeoutSeconds": seconds})
        });
        let calls = RECEIVED.map(|(name, seconds, _)| {
            json!({
                "name": format!("http-{name}"), "type": "http", "url": receiver.url(name),
                "secret": Canary::KEY, "timeoutSeconds": seconds,
            })
        });
        let hooks = processes.into_iter().chain(calls);
        settings.hooks.pre = hooks.map(|hook| Hook::from_document(hook).unwrap()).collect();
        admin.save_infra_settings(&settings).await.unwrap();
        Self { deployer, programs, _receiver: receiver }
    }

    /// Whether processes, file descriptors and slots are as they were.
    async fn is_clean(&self, descriptors: usize) -> bool {
        let queue = admin(&self.deployer).hook_queue().await.unwrap();
        queue.is_empty()
            && working_in(self.programs.path()).is_empty()
            && zombies().is_empty()
            && open_descriptors() <= descriptors
    }
}

fn admin(deployer: &Deployer) -> DeployerSession {
    deployer.acting_as(Caller::administrator(parsed("root")))
}

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// The hooks by name, and whether a run of one is an error.
fn kinds() -> Vec<(String, bool)> {
    let programs = PROGRAMS.map(|((name, _, fails), _)| (name.to_owned(), fails));
    let received = RECEIVED.map(|(name, _, fails)| (format!("http-{name}"), fails));
    programs.into_iter().chain(received).collect()
}

/// One run. Some are given up by their caller while they run.
async fn run(scene: &Scene, kind: &(String, bool), gives_up: bool) -> (String, &'static str) {
    let (admin, (name, fails)) = (admin(&scene.deployer), kind);
    let dev = parsed("dev");
    let trial = admin.try_hook(&dev, HookPhase::Pre, name);
    if gives_up {
        let patience = Duration::from_millis(300);
        return match timeout(patience, trial).await {
            Ok(_) => (name.clone(), "ended before its caller gave up"),
            Err(_) => (name.clone(), "given up"),
        };
    }
    let trial = trial.await.unwrap();
    let is_error = trial.outcome.status == HookResult::Error;
    assert_eq!(is_error, *fails, "{name}: {:?}", trial.outcome);
    assert!(trial.outcome.message.chars().count() <= 2001, "{name}");
    (name.clone(), trial.outcome.status.as_str())
}

#[expect(clippy::print_stdout, reason = "the counts are to look at")]
async fn runs(seed: u64, count: usize) {
    let mut random = fastrand::Rng::with_seed(seed);
    let (scene, kinds) = (Scene::new(count).await, kinds());
    // What a process opens once, it keeps.
    for name in ["works", "http-works"] {
        run(&scene, &(name.to_owned(), false), false).await;
    }
    let before = open_descriptors();
    let drawn: Vec<_> = (0..count)
        .map(|number| {
            // All of them, and then as they come.
            let kind = if number < kinds.len() { number } else { random.usize(..kinds.len()) };
            (kind, number >= kinds.len() && random.u8(..8) == 0)
        })
        .collect();
    let began = Instant::now();
    let work = drawn.into_iter().map(|(kind, gives_up)| run(&scene, &kinds[kind], gives_up));
    let ended = futures::stream::iter(work).buffer_unordered(2 * at_a_time(count));
    // Each has 1 s, and 4 s more if it ignores SIGTERM; more than that many times over is a deadlock.
    let bound =
        Duration::from_secs(120) + Duration::from_millis(400) * u32::try_from(count).unwrap();
    let ended: Vec<_> = timeout(bound, ended.collect())
        .await
        .unwrap_or_else(|_| panic!("seed {seed}: a slot is lost"));
    let mut counts = BTreeMap::<_, usize>::new();
    for end in ended {
        *counts.entry(end).or_default() += 1;
    }
    let settled = async {
        while !scene.is_clean(before).await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    if timeout(Duration::from_secs(60), settled).await.is_err() {
        let left = (working_in(scene.programs.path()), zombies(), open_descriptors(), before);
        panic!("seed {seed}: processes, zombies, descriptors, and those before: {left:?}");
    }
    println!("seed {seed}: {count} runs in {} s", began.elapsed().as_secs());
    for ((name, end), number) in counts {
        println!("  {number:>5} {name}: {end}");
    }
}

#[tokio::test]
async fn sixty_runs_of_hooks_that_misbehave_leave_nothing_behind() {
    // R19, H3
    runs(1, 60).await;
}

#[tokio::test]
#[ignore = "a part of `cargo xtask ci --full`"]
async fn ten_thousand_runs_of_hooks_that_misbehave_leave_nothing_behind() {
    #[expect(clippy::disallowed_methods, reason = "the environment configures tests")]
    let seed = std::env::var("PROJECT_DEPLOYER_SEED").ok().and_then(|text| text.parse().ok());
    runs(seed.unwrap_or(2), 10_000).await;
}
