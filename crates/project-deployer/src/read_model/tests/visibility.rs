//! The fast decision of lists is compared with `explain` of the core.

use std::collections::BTreeSet;

use fastrand::Rng;
use project_deployer_core::deployment::{DeploymentCreation, DeploymentSettings};
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::{
    Caller, InfraGrant, InfraRight, Operation, Outcome, ProjectGrant, Scope, explain,
};
use project_deployer_core::{DeploymentId, GroupName};

use super::super::visible::Visibility;
use super::*;
use crate::state::{DeploymentRecord, Record};

const OBJECTS: usize = 4;
const GROUPS: usize = 70;

fn group(random: &mut Rng) -> GroupName {
    format!("group-{}", random.usize(..GROUPS)).parse().unwrap()
}

fn infra(number: usize, random: &mut Rng) -> InfraSettings {
    let (id, stage) = (format!("infra-{number}"), "Production");
    let mut infra = InfraSettings::new(id.parse().unwrap(), stage.parse().unwrap());
    for _ in 0..random.usize(..5) {
        let mut grant = InfraGrant::new(group(random), InfraRight::View);
        (grant.read, grant.deploy, grant.admin) = (random.bool(), random.bool(), random.bool());
        infra.permissions.push(grant);
    }
    infra
}

fn published(number: usize, random: &mut Rng) -> PublishedProjectSettings {
    let mut project = project(&format!("P{number}"));
    project.owner = random.bool().then(|| "root".parse().unwrap());
    for _ in 0..random.usize(..5) {
        let mut grant = ProjectGrant::new(group(random), &[]);
        (grant.read, grant.write) = (random.bool(), random.bool());
        (grant.deploy, grant.admin) = (random.bool(), random.bool());
        project.permissions.push(grant);
    }
    project
}

fn deployment(number: usize, infra: &InfraSettings) -> DeploymentRecord {
    let (id, project) = (format!("d{number:02}"), format!("P{}", number / OBJECTS));
    let creation = DeploymentCreation::parse(&id, &project, infra.id.as_str(), "v1").unwrap();
    DeploymentRecord {
        settings: DeploymentSettings::for_new(&creation, infra),
        created_by: "root".parse().unwrap(),
        modified_by: "root".parse().unwrap(),
        uid: None,
    }
}

fn caller(random: &mut Rng) -> Caller {
    let login = ["root", "dana"][random.usize(..2)].parse().unwrap();
    let caller = match random.u32(..8) {
        0 => Caller::administrator(login),
        _ => Caller::new(login),
    };
    let (groups, stranger) = (random.usize(..40), "nobody-names-it".parse().unwrap());
    caller.in_groups((0..groups).map(|_| group(random)).chain([stranger]))
}

async fn put<T: Record>(store: &MemoryStore, record: &T) {
    store.commit(Commit::new().delete(T::KIND.key(record.id()), Expected::Any)).await.unwrap();
    store.commit(Commit::new().create(record).unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_list_shows_what_the_rights_of_the_core_allow() {
    let mut random = Rng::with_seed(13);
    let (mut shown, mut hidden) = (0, 0);
    for _ in 0..20 {
        let store = MemoryStore::new();
        let model = model(store.clone());
        let infras: Vec<_> = (0..OBJECTS).map(|number| infra(number, &mut random)).collect();
        let records: Vec<_> = (0..OBJECTS * OBJECTS)
            .map(|number| deployment(number, &infras[number % OBJECTS]))
            .collect();
        for record in &records {
            put(&store, record).await;
        }
        // The rights change while the read model exists.
        for _ in 0..3 {
            let infras: Vec<_> = (0..OBJECTS).map(|number| infra(number, &mut random)).collect();
            let projects: Vec<_> =
                (0..OBJECTS).map(|number| published(number, &mut random)).collect();
            for number in 0..OBJECTS {
                put(&store, &infras[number]).await;
                put(&store, &projects[number]).await;
            }
            let snapshot = model.snapshot().await.unwrap();
            for _ in 0..20 {
                let caller = caller(&mut random);
                let allowed: BTreeSet<&DeploymentId> = (0..records.len())
                    .filter(|number| {
                        let sides = (&infras[number % OBJECTS], &projects[number / OBJECTS]);
                        let scope = Scope::deployment(sides.0, sides.1);
                        let decided = explain(&caller, Operation::ViewDeployment, scope);
                        decided.outcome == Outcome::Allowed
                    })
                    .map(|number| &records[number].settings.id)
                    .collect();
                let visibility = Visibility::of(&snapshot, &caller);
                let seen = visibility.deployments().map(|found| &found.record.settings.id);
                assert_eq!(seen.collect::<BTreeSet<_>>(), allowed, "{caller:?}");
                shown += allowed.len();
                hidden += records.len() - allowed.len();
            }
        }
    }
    assert!(shown > 1_000 && hidden > 1_000, "{shown} shown, {hidden} hidden");
}
