use fastrand::Rng;
use project_deployer::fleets::FleetNoteKind;
use project_deployer_client::fleet::{Discovery, Gap};
use project_deployer_store::{CountingStore, FailingStore, FailureMode, MemoryStore};

use super::*;

/// A Deployer with a fleet of these nodes that was never synchronized, on a store.
async fn begun(store: &MemoryStore, names: &[&str]) -> FakeFleetService {
    let service = FakeFleetService::new();
    service.lists(nodes(names));
    let admin = admin_on(store.clone(), &service, "first");
    admin.create_fleet(&settings()).await.unwrap();
    service
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_at_any_commit_registers_nothing_twice() {
    // I1, R1: before and after every commit of a synchronization that registers, moves, and puts into quarantine
    let names = ["a", "b", "c", "d", "e", "f"];
    let modes: [fn(usize) -> FailureMode; 5] = [
        FailureMode::Before,
        FailureMode::After,
        FailureMode::Missed,
        FailureMode::AnswerLost,
        FailureMode::ReadOnlyFrom,
    ];
    for (mode, at) in modes.iter().flat_map(|mode| (0..9).map(move |at| (mode, at))) {
        let what = format!("{:?}", mode(at));
        let store = MemoryStore::new();
        let service = begun(&store, &names[..4]).await;
        let first = admin_on(store.clone(), &service, "first");
        first.sync_fleet(&cloud()).await.unwrap();
        let mut next = nodes(&names[1..]);
        next[0].url = FleetUrl::Known(address("moved"));
        service.lists(next);
        let held = first.sync_fleet(&cloud()).await.unwrap();
        assert!(held.shrunken.is_some());
        let dying = admin_on(FailingStore::new(store.clone(), mode(at)), &service, "dying");
        let _ = dying.confirm_fleet(&cloud(), &held.answer).await;
        // The lease of a process that died expires.
        tokio::time::sleep(std::time::Duration::from_secs(120)).await;
        let second = admin_on(store.clone(), &service, "second");
        let mut last = second.sync_fleet(&cloud()).await.unwrap();
        if last.shrunken.is_some() {
            last = second.confirm_fleet(&cloud(), &last.answer).await.unwrap();
        }
        assert!(!last.has_failed(), "{what}: {last:?}");
        assert_eq!(infras_of(&second).await, names, "{what}");
        let overview = second.fleet(&cloud()).await.unwrap().value;
        let in_quarantine: Vec<_> = overview
            .infras
            .iter()
            .filter(|infra| infra.quarantine.is_some())
            .map(|infra| infra.infra.as_str())
            .collect();
        assert_eq!(in_quarantine, ["a"], "{what}");
        let moved = second.infra_settings(&parsed("b")).await.unwrap();
        assert_eq!(moved.target.entries()[0].address, Some(address("moved")), "{what}");
        assert_eq!(second.sync_fleet(&cloud()).await.unwrap().changes, [], "{what}");
    }
}

#[tokio::test]
async fn five_hundred_nodes_are_read_once_and_a_second_run_sends_no_write() {
    // I1
    let names: Vec<String> = (0..500).map(|number| format!("auto-{number:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let store = MemoryStore::new();
    let service = begun(&store, &names).await;
    let counting = CountingStore::new(store.clone());
    let admin = admin_on(counting.clone(), &service, "counted");
    counting.take();
    let sync = admin.sync_fleet(&cloud()).await.unwrap();
    assert!(sync.changes.len() == 500 && !sync.has_failed(), "{}", sync.changes.len());
    assert_eq!(service.asked(), 1);
    let counts = counting.take();
    assert_eq!(counts.calls["commit"], 501, "one for each infrastructure, and what came of it");
    let again = admin.sync_fleet(&cloud()).await.unwrap();
    assert_eq!((again.changes.len(), again.unchanged, service.asked()), (0, 500, 2));
    let counts = counting.take();
    assert_eq!(counts.calls.get("commit"), None, "{counts:?}");
    assert_eq!(counts.written, 0);
    assert_eq!(infras_of(&admin).await.len(), 500);
}

/// Any of the faults of a fleet's service, some of which say so.
fn answers(rng: &mut Rng, service: &FakeFleetService, names: &mut Vec<String>, number: &mut u32) {
    let mut found: Vec<_> = names.iter().map(|name| node(name)).collect();
    match rng.u8(0..9) {
        0 => found.clear(),
        1 => found.truncate(rng.usize(0..=names.len())),
        2 => found.extend(found.first().cloned()),
        3 if !names.is_empty() => {
            // It has another name from now on.
            *number += 1;
            let at = rng.usize(0..names.len());
            names[at] = format!("renamed-{number}");
            found = names.iter().map(|name| node(name)).collect();
        }
        4 if !found.is_empty() => {
            *number += 1;
            let at = rng.usize(0..found.len());
            found[at].url = FleetUrl::Known(address(&format!("moved-{number}")));
        }
        5 => return service.is_silent(),
        6 => {
            let reason = "it has no `label`".to_owned();
            let gap = Gap::Unreadable { position: 0, label: None, reason };
            let rest = found.into_iter().skip(1).collect();
            return service.answers(Discovery::new("fleet.example", rest, vec![gap]));
        }
        7 => {
            *number += 1;
            names.push(format!("new-{number}"));
            found = names.iter().map(|name| node(name)).collect();
        }
        _ => {}
    }
    service.lists(found);
}

#[tokio::test]
async fn whatever_a_fleet_answers_nothing_is_removed_or_registered_twice_and_each_is_said() {
    // I3, I4
    let (mut held, mut silent) = (0, 0);
    for seed in 0..200 {
        let mut rng = Rng::with_seed(seed);
        let mut names: Vec<String> = (0..rng.usize(1..6)).map(|at| format!("auto-{at}")).collect();
        let (store, mut number) = (MemoryStore::new(), 0);
        let service = begun(&store, &[]).await;
        let admin = admin_on(store, &service, "random");
        let mut known = Vec::new();
        for _ in 0..6 {
            answers(&mut rng, &service, &mut names, &mut number);
            match admin.sync_fleet(&cloud()).await {
                Ok(sync) => {
                    assert!(!sync.has_failed(), "seed {seed}: {sync:?}");
                    held += usize::from(sync.shrunken.is_some());
                    let asked = service.asked();
                    let state = admin.fleet(&cloud()).await.unwrap().value.state;
                    assert_eq!(state.pending.is_some(), sync.shrunken.is_some(), "seed {seed}");
                    assert_eq!((state.notes, asked), (sync.notes, service.asked()), "seed {seed}");
                }
                Err(error) => {
                    silent += 1;
                    assert_eq!(error.code(), "fleet-unavailable", "seed {seed}: {error}");
                    let state = admin.fleet(&cloud()).await.unwrap().value.state;
                    assert!(state.problem.is_some(), "seed {seed}: nobody says so");
                }
            }
            let now = infras_of(&admin).await;
            assert!(known.iter().all(|id| now.contains(id)), "seed {seed}: {known:?} {now:?}");
            known = now;
            let mut owners: Vec<_> = admin.fleet(&cloud()).await.unwrap().value.infras;
            assert_eq!(owners.len(), known.len(), "seed {seed}");
            owners.sort_by(|one, other| one.node.cmp(&other.node));
            owners.dedup_by(|one, other| one.node == other.node);
            assert_eq!(owners.len(), known.len(), "seed {seed}: one node, two infrastructures");
        }
    }
    assert!(held > 50 && silent > 50, "{held} {silent}");
}

#[tokio::test]
async fn a_node_without_a_valid_id_for_its_infrastructure_stops_no_other() {
    // R-I9
    let (installation, service) = with_fleet(&["auto-1"]).await;
    let admin = installation.admin();
    let long = "n".repeat(128);
    let mut settings = document();
    settings["infraId"] = json!("cloud-{node}");
    admin.save_fleet(&FleetSettings::from_document(settings).unwrap()).await.unwrap();
    service.lists(nodes(&["auto-1", &long]));
    let sync = admin.sync_fleet(&cloud()).await.unwrap();
    assert_eq!(done(&sync), [(FleetActionKind::Register, "cloud-auto-1".to_owned())]);
    assert_eq!(sync.notes[0].kind, FleetNoteKind::LeftOut);
    assert!(sync.notes[0].text.contains("at most 128"), "{:?}", sync.notes);
}
