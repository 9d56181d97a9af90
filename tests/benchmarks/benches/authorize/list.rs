//! 10,000 deployments, filtered for a user in 50 groups, with 200 entries of rights on each infrastructure.
//!
//! The read model decides once for each infrastructure and each project. What its decisions take is what the list
//! of the user takes longer than that of an administrator, for whom nothing is decided. The peer decides on each
//! deployment: it has to be allowed on its infrastructure and on its project.

use std::collections::{HashMap, HashSet};
use std::io;
use std::time::Instant;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use project_deployer::store::{MemoryArchive, MemoryStore};
use project_deployer::{Deployer, DeployerSession};
use project_deployer_benchmarks::installation::{
    DEPLOYMENTS, INFRAS, Installation, MANY, OWN_GROUPS, PROJECTS, infra_groups, project_group,
};
use project_deployer_benchmarks::rounds::{Contender, medians};
use project_deployer_benchmarks::table::Row;
use project_deployer_client::FakeFleet;
use project_deployer_client::prelude::*;
use tokio::runtime::Runtime;

use crate::{Asked, entity};

/// How many times faster a decision has to be.
const FASTER: f64 = 50.0;

pub(crate) fn measure() -> Asked<()> {
    let runtime = Runtime::new()?;
    let deployer = Deployer::builder(FakeFleet::new()).on(MemoryStore::new(), MemoryArchive::new());
    let ours = runtime.block_on(Installation::make(deployer, DEPLOYMENTS, MANY))?;
    let cedar = Cedar::new()?;
    let contenders = [
        Contender::new(|| runtime.block_on(listed(ours.admin()))),
        Contender::new(|| runtime.block_on(listed(ours.user()))),
        Contender::new(|| cedar.lap()),
    ];
    let [admin, user, peer] = medians(contenders)?;
    let each = |seconds: f64| seconds / DEPLOYMENTS as f64;
    let what = "a decision among 10,000 deployments, 50 groups, 200 entries, in a list";
    let limit = Some(1.0 / FASTER);
    println!("{}", Row::ratio(what, each(user - admin), "`cedar-policy`", each(peer), limit));
    let what = "the whole list, with the statuses of the deployments, each";
    println!("{}", Row::ratio(what, each(user), "`cedar-policy`", each(peer), None));
    Ok(())
}

async fn listed(session: DeployerSession) -> io::Result<f64> {
    let start = Instant::now();
    let found = session.deployments().await.map_err(io::Error::other)?.len();
    let seconds = start.elapsed().as_secs_f64();
    all(found).map(|()| seconds)
}

fn all(found: usize) -> io::Result<()> {
    match found {
        DEPLOYMENTS => Ok(()),
        _ => Err(io::Error::other(format!("{found} deployments"))),
    }
}

struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    requests: Vec<Request>,
}

impl Cedar {
    fn new() -> Asked<Self> {
        let policies: PolicySet = r#"
            permit(principal, action == Action::"view", resource)
                when { principal in resource.infra.view && principal in resource.project.read };"#
            .parse()?;
        let uid = |kind: &str, number: usize| entity(kind, &number.to_string());
        let set = |groups: &mut dyn Iterator<Item = usize>| -> Asked<RestrictedExpression> {
            let uids: Asked<Vec<EntityUid>> = groups.map(|number| uid("Group", number)).collect();
            let uids = uids?.into_iter().map(RestrictedExpression::new_entity_uid);
            Ok(RestrictedExpression::new_set(uids))
        };
        let one = |name: &str, value| HashMap::from([(name.to_owned(), value)]);
        let mut entities = Vec::new();
        for number in 0..OWN_GROUPS + MANY {
            entities.push(Entity::new_no_attrs(uid("Group", number)?, HashSet::new()));
        }
        for number in 0..INFRAS {
            let view = one("view", set(&mut infra_groups(number, MANY))?);
            entities.push(Entity::new(uid("Infra", number)?, view, HashSet::new())?);
        }
        for number in 0..PROJECTS {
            let read = one("read", set(&mut std::iter::once(project_group(number)))?);
            entities.push(Entity::new(uid("Project", number)?, read, HashSet::new())?);
        }
        let (user, view) = (entity("User", "ursula")?, entity("Action", "view")?);
        let own: Asked<_> = (0..OWN_GROUPS).map(|number| uid("Group", number)).collect();
        entities.push(Entity::new_no_attrs(user.clone(), own?));
        let mut requests = Vec::new();
        for number in 0..DEPLOYMENTS {
            let id = uid("Deployment", number)?;
            let side = |kind, number| uid(kind, number).map(RestrictedExpression::new_entity_uid);
            let sides = HashMap::from([
                ("infra".to_owned(), side("Infra", number % INFRAS)?),
                ("project".to_owned(), side("Project", number % PROJECTS)?),
            ]);
            entities.push(Entity::new(id.clone(), sides, HashSet::new())?);
            requests.push(Request::new(user.clone(), view.clone(), id, Context::empty(), None)?);
        }
        let entities = Entities::from_entities(entities, None)?;
        Ok(Self { authorizer: Authorizer::new(), policies, entities, requests })
    }

    fn lap(&self) -> io::Result<f64> {
        let start = Instant::now();
        let allowed = self.requests.iter().filter(|request| {
            let answer = self.authorizer.is_authorized(request, &self.policies, &self.entities);
            answer.decision() == Decision::Allow
        });
        let found = allowed.count();
        let seconds = start.elapsed().as_secs_f64();
        all(found).map(|()| seconds)
    }
}
