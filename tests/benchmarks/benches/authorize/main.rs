//! A decision on rights, compared with policy engines: a caller in 50 groups, an infrastructure with 200
//! permission entries, one call that is allowed and one that is refused. The benchmark checks that all
//! three give the same answers before it measures them. Then all deployments of an installation, which an engine
//! filters for a caller.
#![expect(clippy::print_stdout, reason = "a command line")]

mod list;

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use casbin::{CoreApi as _, DefaultModel, Enforcer, MemoryAdapter, MgmtApi as _};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request,
    RestrictedExpression,
};
use criterion::Criterion;
use project_deployer_benchmarks::process::scratch;
use project_deployer_benchmarks::table::Row;
use project_deployer_core::infra::InfraSettings;
use project_deployer_core::rights::{Caller, InfraGrant, InfraRight, Operation, Scope, authorize};
use project_deployer_core::{GroupName, InfraId, Login, StageId};

/// The requested right: admin on the infrastructure.
const WANTED: Operation = Operation::EditInfraSettings;
const LOGIN: &str = "ann";
const INFRA: &str = "prod-eu";
const ENTRIES: usize = 200;

/// The caller is in every fourth of the 200 groups, which makes 50.
fn own(entry: usize) -> bool {
    entry % 4 == 3
}

/// The caller's groups may only view and all other groups have every right, which is the most work for an
/// engine that visits all entries. If the call is allowed, the last entry grants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Allowed,
    Refused,
}

impl Case {
    fn right(self, entry: usize) -> InfraRight {
        let decides = self == Self::Allowed && entry == ENTRIES - 1;
        if decides || !own(entry) { InfraRight::Admin } else { InfraRight::View }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
        }
    }
}

fn group(entry: usize) -> String {
    format!("team-{entry:03}")
}

type Asked<T> = Result<T, Box<dyn Error>>;

/// The decision of this project.
struct Ours {
    caller: Caller,
    infra: InfraSettings,
}

impl Ours {
    fn new(case: Case) -> Asked<Self> {
        let name = |entry| GroupName::parse(group(entry));
        let groups: Result<Vec<_>, _> =
            (0..ENTRIES).filter(|entry| own(*entry)).map(name).collect();
        let mut infra = InfraSettings::new(InfraId::parse(INFRA)?, StageId::parse("Production")?);
        for entry in 0..ENTRIES {
            infra.permissions.push(InfraGrant::new(name(entry)?, case.right(entry)));
        }
        Ok(Self { caller: Caller::new(Login::parse(LOGIN)?).in_groups(groups?), infra })
    }

    fn ask(&self) -> bool {
        authorize(&self.caller, WANTED, Scope::infra(&self.infra)).is_ok()
    }
}

/// Cedar with one policy for each right, over sets of groups at the infrastructure: faster than a
/// policy for each entry.
struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    request: Request,
}

impl Cedar {
    fn new(case: Case) -> Asked<Self> {
        let policies: PolicySet = r#"
            permit(principal, action == Action::"view", resource)
                when { principal in resource.view };
            permit(principal, action == Action::"deploy", resource)
                when { principal in resource.deploy };
            permit(principal, action == Action::"admin", resource)
                when { principal in resource.admin };"#
            .parse()?;
        let group = |entry| entity("Group", &group(entry));
        let (infra, login) = (entity("Infra", INFRA)?, entity("User", LOGIN)?);
        let (mut entities, mut parents) = (Vec::new(), HashSet::new());
        let mut attributes = HashMap::new();
        for entry in 0..ENTRIES {
            entities.push(Entity::new_no_attrs(group(entry)?, HashSet::new()));
            if own(entry) {
                parents.insert(group(entry)?);
            }
        }
        let rights = [
            ("view", InfraRight::View),
            ("deploy", InfraRight::Deploy),
            ("admin", InfraRight::Admin),
        ];
        for (name, right) in rights {
            let having = (0..ENTRIES).filter(|entry| case.right(*entry) >= right);
            let having: Result<Vec<_>, _> = having
                .map(|entry| group(entry).map(RestrictedExpression::new_entity_uid))
                .collect();
            attributes.insert(name.to_owned(), RestrictedExpression::new_set(having?));
        }
        entities.push(Entity::new_no_attrs(login.clone(), parents));
        entities.push(Entity::new(infra.clone(), attributes, HashSet::new())?);
        let action = entity("Action", "admin")?;
        Ok(Self {
            authorizer: Authorizer::new(),
            policies,
            entities: Entities::from_entities(entities, None)?,
            request: Request::new(login, action, infra, Context::empty(), None)?,
        })
    }

    fn ask(&self) -> bool {
        let answer = self.authorizer.is_authorized(&self.request, &self.policies, &self.entities);
        answer.decision() == Decision::Allow
    }
}

fn entity(kind: &str, id: &str) -> Asked<EntityUid> {
    Ok(format!("{kind}::\"{id}\"").parse::<EntityUid>()?)
}

/// casbin with its own model of roles.
struct Casbin {
    enforcer: Enforcer,
}

impl Casbin {
    async fn new(case: Case) -> Asked<Self> {
        const MODEL: &str = "[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act";
        let model = DefaultModel::from_str(MODEL).await?;
        let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await?;
        let (mut policies, mut roles) = (Vec::new(), Vec::new());
        for entry in 0..ENTRIES {
            for right in [InfraRight::View, InfraRight::Deploy, InfraRight::Admin] {
                if case.right(entry) >= right {
                    policies.push(vec![group(entry), INFRA.to_owned(), right.to_string()]);
                }
            }
            if own(entry) {
                roles.push(vec![LOGIN.to_owned(), group(entry)]);
            }
        }
        enforcer.add_policies(policies).await?;
        enforcer.add_grouping_policies(roles).await?;
        Ok(Self { enforcer })
    }

    fn ask(&self) -> bool {
        self.enforcer.enforce((LOGIN, INFRA, "admin")).is_ok_and(|allowed| allowed)
    }
}

fn main() -> Asked<()> {
    let folder = scratch()?.join("criterion");
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut criterion = Criterion::default()
        .output_directory(&folder)
        .without_plots()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    for case in [Case::Allowed, Case::Refused] {
        let (ours, cedar) = (Ours::new(case)?, Cedar::new(case)?);
        let casbin = runtime.block_on(Casbin::new(case))?;
        let answers = [ours.ask(), cedar.ask(), casbin.ask()];
        if answers != [case == Case::Allowed; 3] {
            return Err(format!("{case:?}: the answers differ: {answers:?}").into());
        }
        let mut group = criterion.benchmark_group(case.name());
        group.bench_function("ours", |bencher| bencher.iter(|| black_box(&ours).ask()));
        group.bench_function("cedar", |bencher| bencher.iter(|| black_box(&cedar).ask()));
        group.bench_function("casbin", |bencher| bencher.iter(|| black_box(&casbin).ask()));
        group.finish();
    }
    criterion.final_summary();
    for case in [Case::Allowed, Case::Refused] {
        for (peer, name) in [("cedar", "`cedar-policy`"), ("casbin", "`casbin`")] {
            let what = format!("Decision, 50 groups, 200 entries, {}", case.name());
            let (ours, peer) = (median(&folder, case, "ours")?, median(&folder, case, peer)?);
            println!("{}", Row::ratio(what, ours, name, peer, None));
        }
    }
    list::measure()
}

/// The median that criterion wrote down, in seconds.
fn median(folder: &Path, case: Case, contender: &str) -> io::Result<f64> {
    let file: PathBuf = [case.name(), contender, "new", "estimates.json"].iter().collect();
    let estimates: serde_json::Value = serde_json::from_slice(&fs::read(folder.join(file))?)?;
    let nanoseconds = estimates["median"]["point_estimate"].as_f64();
    nanoseconds.map(|time| time / 1e9).ok_or_else(|| io::Error::other("criterion wrote no median"))
}
