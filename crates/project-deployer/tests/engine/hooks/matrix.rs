//! Every call of an update fails in every way, on one and on three nodes, with hooks before the update, after it and after its
//! failure (H2, H4).

use std::collections::{BTreeMap, BTreeSet};

use project_deployer_client::{Failure, FakeNode, NodeErrorKind, Operation};
use project_deployer_core::ApiKeySecret;
use project_deployer_core::infra::Target;

use super::*;
use crate::installation::{KEY, address, entry, node};

/// How a call of an update to a node goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    /// The node refuses it.
    Refused,
    /// The node is away for a moment.
    Away,
    /// The node fails, as often as it is asked.
    Broken,
    /// The call has its effect, and its answer is lost.
    AnswerLost,
    /// The same, as often as it is made.
    AnswersLost,
}

/// What hooks do beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Well,
    PreFails,
    PostFails,
    OnFailureFails,
}

const WRONG: [Wrong; 5] =
    [Wrong::Refused, Wrong::Away, Wrong::Broken, Wrong::AnswerLost, Wrong::AnswersLost];
const FATES: [Fate; 4] = [Fate::Well, Fate::PreFails, Fate::PostFails, Fate::OnFailureFails];

impl Wrong {
    fn failures(self) -> Vec<Failure> {
        let refused = NodeErrorKind::Refused { status: 400, message: "no".to_owned() };
        let broken = NodeErrorKind::Failed { status: 500, message: "disk full".to_owned() };
        match self {
            Self::Refused => vec![Failure::Before(refused)],
            Self::Away => vec![Failure::Before(NodeErrorKind::Unreachable)],
            Self::Broken => vec![Failure::Before(broken); 9],
            Self::AnswerLost => vec![Failure::ReplyLost],
            Self::AnswersLost => vec![Failure::ReplyLost; 9],
        }
    }
}

/// An infrastructure with so many nodes, and its hooks.
struct World {
    installation: Installation,
    nodes: Vec<FakeNode>,
    pre: Recorder,
    post: Recorder,
    on_failure: Recorder,
}

/// How an update ended.
struct End {
    status: UpdateStatus,
    log: String,
    /// How often each hook ran.
    ran: [usize; 3],
    /// The calls that change a node, of all nodes.
    writes: usize,
    /// The nodes on which the bundle is active.
    active: usize,
}

impl World {
    async fn new(nodes: usize, fate: Fate) -> Self {
        let recorder = |fails| Recorder { fails, ..Recorder::default() };
        let pre = recorder(fate == Fate::PreFails);
        let post = recorder(fate == Fate::PostFails);
        let on_failure = recorder(fate == Fate::OnFailureFails);
        let mut installation = Installation::new().await;
        let third = node("auto-third");
        let key = ApiKeySecret::new(KEY).unwrap();
        let fleet = installation.fleet.clone().with_node(address("third"), key, third.clone());
        installation.deployer = Deployer::builder(fleet)
            .name("first")
            .hook("pre", pre.clone())
            .hook("post", post.clone())
            .hook("on-failure", on_failure.clone())
            .on(installation.store.clone(), installation.archive.clone());
        let names = &["dev", "prod", "third"][..nodes];
        let target = match names {
            [one] => Target::SingleNode(entry(one)),
            more => Target::MultiNode(more.iter().map(|name| entry(name)).collect()),
        };
        installation.register("many", "Test", target).await;
        installation
            .change_infra("many", |infra| {
                infra.scenarios_run_as_user = Some(parsed("rita"));
                infra.webapps_run_as_user = Some(parsed("rita"));
                infra.hooks.pre = vec![in_process("gate", "pre")];
                infra.hooks.post = vec![in_process("note", "post")];
                infra.hooks.on_failure = vec![in_process("page", "on-failure")];
            })
            .await;
        installation.publish("v1").await;
        installation.deploy("d", "many", "v1").await;
        installation
            .change("d", |document| {
                document["localVariables"] = json!({"threshold": 0.7});
                document["scenariosToActivate"] = json!({"NIGHTLY": true});
                document["disableAutomaticTriggers"] = json!(false);
            })
            .await;
        let all = [installation.dev.clone(), installation.prod.clone(), third];
        let nodes = all[..nodes].to_vec();
        for node in &nodes {
            let _ = node.take_calls();
        }
        Self { installation, nodes, pre, post, on_failure }
    }

    async fn update(&self) -> End {
        let detail = self.installation.update("d").await;
        let mut writes = 0;
        for node in &self.nodes {
            writes += node.take_calls().iter().filter(|call| call.operation.changes()).count();
        }
        let mut active = 0;
        for node in &self.nodes {
            // Failures that no call of the update met are for this one.
            let project = loop {
                if let Ok(found) = node.project(&churn()).await {
                    break found;
                }
            };
            let bundle = project.and_then(|project| project.active_bundle);
            active += usize::from(bundle.is_some_and(|bundle| bundle.as_str() == "v1"));
        }
        let ran = [&self.pre, &self.post, &self.on_failure].map(|hook| hook.phases().len());
        End { status: detail.status, log: log(&detail), ran, writes, active }
    }
}

/// The calls of an update to a node, each once.
async fn calls_of_an_update() -> Vec<Operation> {
    let world = World::new(1, Fate::Well).await;
    let detail = world.installation.update("d").await;
    assert_eq!(detail.status, UpdateStatus::Success, "{}", log(&detail));
    let mut calls = Vec::new();
    for call in world.nodes[0].take_calls() {
        if !calls.contains(&call.operation) {
            calls.push(call.operation);
        }
    }
    assert!(calls.len() > 9, "{calls:?}");
    calls
}

/// One update; returns whether it failed.
async fn holds(nodes: usize, sick: usize, call: Operation, wrong: Wrong, fate: Fate) -> bool {
    let case = format!("{nodes} nodes, {call} on node {sick}: {wrong:?}, {fate:?}");
    let world = World::new(nodes, fate).await;
    for failure in wrong.failures() {
        world.nodes[sick].fail_next(call, failure);
    }
    let end = world.update().await;
    let failed = end.status == UpdateStatus::Failed;
    let log = &end.log;
    if fate == Fate::PreFails {
        assert!(failed, "{case}: {log}");
        assert_eq!((end.ran, end.writes, end.active), ([1, 0, 1], 0, 0), "{case}: {log}");
        return true;
    }
    let (post, on_failure) = (usize::from(!failed), usize::from(failed));
    assert_eq!(end.ran, [1, post, on_failure], "{case}: {log}");
    if failed {
        assert!(log.contains("this step failed"), "{case}: {log}");
        assert!(!log.contains("post hook"), "no hook after a success ran: {case}: {log}");
    } else {
        assert_eq!(end.active, nodes, "{case}: {log}");
        let warns = fate == Fate::PostFails;
        assert!(!warns || end.status == UpdateStatus::Warning, "{case}: {log}");
    }
    assert_eq!(
        log.contains("on-failure hook `page` failed"),
        failed && fate == Fate::OnFailureFails
    );
    failed
}

/// What came of the updates, by the fate of the hooks: all of them, and those that failed.
#[derive(Default)]
struct Tally(BTreeMap<&'static str, (usize, usize)>);

impl Tally {
    fn note(&mut self, fate: Fate, failed: bool) {
        let name = match fate {
            Fate::Well => "hooks well",
            Fate::PreFails => "pre-hook fails",
            Fate::PostFails => "post-hook fails",
            Fate::OnFailureFails => "on-failure hook fails",
        };
        let (all, bad) = self.0.entry(name).or_default();
        (*all, *bad) = (*all + 1, *bad + usize::from(failed));
    }

    #[expect(clippy::print_stdout, reason = "the counts are to look at")]
    fn print(&self, calls: usize) {
        let all: usize = self.0.values().map(|(all, _)| all).sum();
        println!("{calls} calls, {} ways to go wrong: {all} updates", WRONG.len());
        for (name, (all, failed)) in &self.0 {
            println!("  {name}: {all}, of which {failed} failed");
        }
        let (all, failed) = self.0["hooks well"];
        assert!(0 < failed && failed < all, "some calls may fail, and others not");
    }
}

#[tokio::test(start_paused = true)]
async fn every_call_goes_wrong_in_every_way_between_hooks() {
    // H2, H4: the fate of the hooks and the sick node change from case to case.
    let (calls, mut tally, mut number) = (calls_of_an_update().await, Tally::default(), 0);
    let mut combinations = BTreeSet::new();
    for &call in &calls {
        for wrong in WRONG {
            for nodes in [1, 3] {
                // Three for each way to go wrong, and four fates: numbers without a common divisor.
                let (fate, sick) = (number % FATES.len(), number / 3 % nodes);
                let failed = holds(nodes, sick, call, wrong, FATES[fate]).await;
                tally.note(FATES[fate], failed);
                combinations.insert((nodes, sick, fate));
                number += 1;
            }
            number += 1;
        }
    }
    tally.print(calls.len());
    assert_eq!(combinations.len(), (1 + 3) * FATES.len(), "{combinations:?}");
}

#[tokio::test(start_paused = true)]
#[ignore = "a part of `cargo xtask ci --full`"]
async fn every_call_on_every_node_goes_wrong_in_every_way_with_every_fate_of_hooks() {
    // H2, H4: a hook after a success changes nothing of whether an update fails.
    let (calls, mut tally) = (calls_of_an_update().await, Tally::default());
    for &call in &calls {
        for wrong in WRONG {
            for (nodes, sick) in [(1, 0), (3, 0), (3, 1), (3, 2)] {
                let well = holds(nodes, sick, call, wrong, Fate::Well).await;
                tally.note(Fate::Well, well);
                for fate in [Fate::PreFails, Fate::PostFails, Fate::OnFailureFails] {
                    let failed = holds(nodes, sick, call, wrong, fate).await;
                    tally.note(fate, failed);
                    let expected = well || fate == Fate::PreFails;
                    assert_eq!(failed, expected, "{call} {wrong:?} {nodes} {sick} {fate:?}");
                }
            }
        }
    }
    tally.print(calls.len());
}
