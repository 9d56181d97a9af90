//! Random estates over few names, so that they meet.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use project_deployer_core::{InfraId, NodeAddress};
use serde_json::{Map, Value, json};

use super::{empty, parsed, seen};
use crate::estate::document::Estate;
use crate::estate::observed::{ObservedEstate, Reserved, SeenAccounts, SeenProject};
use crate::estate::plan::{EstateKind, PlanOptions};
use crate::estate::text::EstateFormat;
use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::published_project::PublishedProjectSettings;

const STAGES: [&str; 6] = ["Development", "Test", "Production", "Lab", "Live", "x: y 'é"];
const GROUPS: [&str; 4] = ["ops", "devs", "a b", "no"];
const LOGINS: [&str; 3] = ["", "robot", "ann@corp"];
const NAMES: [&str; 5] = ["sql", "sql.dev", "py 3", "é", "1"];

/// How many random estates a test makes. `cargo xtask ci --full` asks for many more.
#[expect(clippy::disallowed_methods, reason = "where these tests read the environment")]
pub(super) fn runs() -> u64 {
    match std::env::var("PROJECT_DEPLOYER_ESTATES") {
        Ok(text) if !text.is_empty() => text.parse().unwrap(),
        _ => 5_000,
    }
}

/// An installation with an administrator, and with projects and their bundles.
pub(super) fn with_bundles() -> ObservedEstate {
    let mut observed = empty();
    let group = Group::new(parsed("administrators")).with_admin(true);
    let user = User::new(parsed("root"), SourceType::Local).in_groups([group.name.clone()]);
    observed.set_accounts(Reserved::Seen(SeenAccounts {
        groups: [(group.name.clone(), seen(group, 1))].into(),
        users: [(user.login.clone(), seen(user, 2))].into(),
        caller: parsed("root"),
    }));
    for key in ["CHURN", "RISK"] {
        let settings = PublishedProjectSettings::new(parsed(key), parsed("root"));
        let bundles = ["v1", "v2", "v3"].map(parsed).into_iter().collect();
        observed
            .add_project(parsed(key), SeenProject { settings: Some(seen(settings, 3)), bundles });
    }
    observed
}

pub(super) fn options(rng: &mut Rng) -> PlanOptions {
    let prune: BTreeSet<_> = EstateKind::ALL.into_iter().filter(|_| rng.u8(..7) == 0).collect();
    PlanOptions::default().with_prune(prune).with_deploy(rng.bool())
}

/// A random estate as the value of a JSON file.
pub(super) fn document(rng: &mut Rng) -> Value {
    let mut estate = Map::new();
    estate.insert("version".to_owned(), json!(1));
    if rng.u8(..4) > 0 {
        let mut stages: Vec<_> = STAGES.into_iter().filter(|_| rng.u8(..3) > 0).collect();
        rng.shuffle(&mut stages);
        if stages.is_empty() {
            stages.push("Test");
        }
        estate.insert("stages".to_owned(), stages.iter().map(|id| stage(rng, id)).collect());
    }
    let infras = ["dev", "test", "prod"];
    let infras: Vec<_> = infras.into_iter().filter(|_| rng.u8(..4) > 0).collect();
    let windows = windows(rng, &infras);
    let mut infras: Vec<_> = infras.into_iter().map(|id| infra(rng, id)).collect();
    if rng.u8(..8) == 0 {
        infras.push(json!({"id": "auto-eu", "fleet": "cloud", "deployAsUser": "robot"}));
    }
    let groups = ["administrators", "ops", "devs"].into_iter().filter(|_| rng.bool());
    let groups: Vec<_> = groups.collect::<Vec<_>>().into_iter().map(|it| group(rng, it)).collect();
    let users: Vec<_> = ["root", "amy", "robot"].into_iter().filter(|_| rng.bool()).collect();
    let users: Vec<_> = users.into_iter().map(|login| user(rng, login)).collect();
    let fleets: Vec<_> = ["cloud", "space", "list"].into_iter().filter(|_| rng.bool()).collect();
    let fleets: Vec<_> = fleets.into_iter().map(|id| fleet(rng, id)).collect();
    let keys: Vec<_> = ["CHURN", "RISK", "NEW"].into_iter().filter(|_| rng.bool()).collect();
    let projects: Vec<_> = keys.into_iter().map(|key| project(rng, key)).collect();
    let ids: Vec<_> =
        ["churn-dev", "churn-prod", "risk"].into_iter().filter(|_| rng.bool()).collect();
    let deployments: Vec<_> = ids.into_iter().map(|id| deployment(rng, id)).collect();
    for (section, entries) in [
        ("groups", groups),
        ("users", users),
        ("fleets", fleets),
        ("infrastructures", infras),
        ("windows", windows),
        ("projects", projects),
        ("deployments", deployments),
    ] {
        if !entries.is_empty() || rng.bool() {
            estate.insert(section.to_owned(), Value::Array(entries));
        }
    }
    Value::Object(estate)
}

pub(super) fn estate(document: &Value) -> Estate {
    let text = document.to_string();
    Estate::parse(&text, EstateFormat::Json).unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

fn some(rng: &mut Rng, fields: &mut Value, name: &str, value: impl FnOnce(&mut Rng) -> Value) {
    if rng.bool() {
        let value = value(rng);
        fields[name] = value;
    }
}

fn one<'a>(rng: &mut Rng, of: &[&'a str]) -> &'a str {
    of[rng.usize(..of.len())]
}

fn stage(rng: &mut Rng, id: &str) -> Value {
    let mut stage = json!({"id": id});
    some(rng, &mut stage, "description", |rng| json!(one(rng, &["", "a", "two\nlines"])));
    stage
}

fn names(rng: &mut Rng, mut value: impl FnMut(&mut Rng) -> Value) -> Value {
    let chosen: Vec<_> = NAMES.into_iter().filter(|_| rng.u8(..3) == 0).collect();
    let named: BTreeMap<_, _> = chosen.into_iter().map(|name| (name, value(rng))).collect();
    json!(named)
}

fn remapping(rng: &mut Rng) -> Value {
    let mut remapping = json!({});
    for kind in ["connections", "codeEnvs", "containerExecs"] {
        some(rng, &mut remapping, kind, |rng| names(rng, |rng| json!(one(rng, &["a", "b.c"]))));
    }
    remapping
}

fn node(rng: &mut Rng, number: usize) -> Value {
    let url = NodeAddress::parse(&format!("https://auto-{number}.example:11200")).unwrap();
    let mut node = json!({"id": format!("auto-{number}"), "url": url.to_string()});
    some(rng, &mut node, "externalUrl", |rng| json!(one(rng, &["", "https://front.example"])));
    node["adminApiKey"] = match rng.bool() {
        true => json!({"env": format!("KEY_{number}")}),
        false => json!({"file": format!("keys/{number}")}),
    };
    some(rng, &mut node, "trustAllSSLCertificates", |rng| json!(rng.bool()));
    node
}

fn infra(rng: &mut Rng, id: &str) -> Value {
    let stage = one(rng, &["Development", "Test", "Production"]);
    let mut infra = json!({"id": parsed::<InfraId>(id), "stage": stage});
    some(rng, &mut infra, "nodes", |rng| {
        let count = rng.usize(1..4);
        (0..count).map(|number| node(rng, number)).collect()
    });
    some(rng, &mut infra, "governCheckPolicy", |rng| json!(one(rng, &["WARN", "NO_CHECK"])));
    let words = ["NONE", "READ_ONLY", "ALL"];
    some(rng, &mut infra, "permissionsPropagationPolicy", |rng| json!(one(rng, &words)));
    some(rng, &mut infra, "rights", |rng| {
        let chosen: Vec<_> = GROUPS.into_iter().filter(|_| rng.bool()).collect();
        let right = |rng: &mut Rng| one(rng, &["view", "deploy", "admin"]);
        json!(chosen.into_iter().map(|it| (it, right(rng))).collect::<BTreeMap<_, _>>())
    });
    some(rng, &mut infra, "remapping", remapping);
    for user in ["deployAsUser", "scenariosRunAsUser", "webappsRunAsUser"] {
        some(rng, &mut infra, user, |rng| json!(one(rng, &LOGINS)));
    }
    some(rng, &mut infra, "mergeAuthorizedObjects", |rng| json!(rng.bool()));
    some(rng, &mut infra, "hooks", |rng| {
        let hook =
            json!({"name": one(rng, &["a", "b"]), "code": "canary-hook", "timeout": rng.u8(..)});
        json!({"pre": [hook], "post": []})
    });
    infra
}

/// Windows of everything, of a stage that is shipped, and of infrastructures of the file.
fn windows(rng: &mut Rng, infras: &[&str]) -> Vec<Value> {
    let infras = infras.iter().map(|id| format!("infrastructure/{id}"));
    let scopes = ["everything", "stage/Test", "stage/Production"].map(str::to_owned);
    let scopes: Vec<_> = scopes.into_iter().chain(infras).filter(|_| rng.u8(..3) == 0).collect();
    let mut windows = Vec::new();
    for scope in scopes {
        for name in ["nights", "freeze", "y: 'é"] {
            if rng.bool() {
                windows.push(window(rng, &scope, name));
            }
        }
    }
    rng.shuffle(&mut windows);
    windows
}

/// Some with what the next one may leave out, so that it stays.
fn window(rng: &mut Rng, scope: &str, name: &str) -> Value {
    let crons = ["0 22 * * MON-FRI", "0 9  * * SAT#1", "30 1 L * *", " 0 4 * * * "];
    let mut window = json!({
        "scope": scope, "name": name, "effect": one(rng, &["allow", "deny"]),
        "cron": one(rng, &crons), "minutes": rng.u32(1..=129_600), "reason": one(rng, &["why", " x: 'é "]),
    });
    some(rng, &mut window, "zone", |rng| json!(one(rng, &["Europe/Berlin", "etc/utc", "UTC"])));
    window
}

fn group(rng: &mut Rng, name: &str) -> Value {
    let mut group = json!({"name": name});
    some(rng, &mut group, "description", |rng| json!(one(rng, &["", "a: b"])));
    // Now and then nobody would be an administrator.
    some(rng, &mut group, "admin", |rng| json!(rng.u8(..8) > 0));
    some(rng, &mut group, "ldapGroupNames", |rng| json!([one(rng, &["eu-ops", "ü, x"])]));
    for field in ["mayCreateProjects", "mayCreatePublishedProjects", "mayWriteInRootProjectFolder"]
    {
        some(rng, &mut group, field, |rng| json!(rng.bool()));
    }
    group
}

fn user(rng: &mut Rng, login: &str) -> Value {
    let source = if login == "amy" { "LDAP" } else { "LOCAL" };
    let mut user = json!({"login": login, "sourceType": source});
    some(rng, &mut user, "displayName", |rng| json!(one(rng, &["Amy", "R. 'x'"])));
    some(rng, &mut user, "email", |rng| json!(one(rng, &["", "a@b.example"])));
    some(rng, &mut user, "profile", |rng| json!(one(rng, &["", "DESIGNER"])));
    some(rng, &mut user, "groups", |rng| {
        let all = ["administrators", "ops", "devs", "elsewhere"];
        json!(all.into_iter().filter(|_| rng.u8(..3) > 0).collect::<Vec<_>>())
    });
    some(rng, &mut user, "enabled", |rng| json!(rng.u8(..8) > 0));
    user
}

fn fleet(rng: &mut Rng, id: &str) -> Value {
    let url = one(rng, &["https://fm-1.example", "https://fm-2.example"]);
    let mut source = match id {
        "cloud" => json!({"kind": "fleet-manager", "url": url, "keyId": "id"}),
        "space" => json!({"kind": "launchpad", "space": one(rng, &["a", "b"]), "keyId": "id"}),
        _ => {
            let count = rng.usize(..3);
            json!({"kind": "list", "nodes": (0..count).map(|number| {
                let mut node = json!({"nodeId": format!("auto-{number}")});
                some(rng, &mut node, "url", |_| json!(format!("https://auto-{number}.example")));
                some(rng, &mut node, "adminKey", |rng| json!({"env": one(rng, &["A", "B"])}));
                node
            }).collect::<Vec<_>>()})
        }
    };
    if id != "list" && rng.u8(..4) > 0 {
        source["keySecret"] = json!({"env": one(rng, &["FLEET_KEY", "OTHER_KEY"])});
    }
    if id == "cloud" {
        some(rng, &mut source, "tenant", |rng| json!(one(rng, &["main", "eu"])));
        some(rng, &mut source, "readAdminKeys", |rng| json!(rng.bool()));
    }
    let stage = one(rng, &["Development", "Production"]);
    let mut fleet = json!({"id": id, "source": source, "newInfras": {"stage": stage}});
    some(rng, &mut fleet, "infraId", |rng| json!(one(rng, &["{node}", "eu-{node}"])));
    for field in ["trustNodeCertificates", "registerAll", "enabled"] {
        some(rng, &mut fleet, field, |rng| json!(rng.bool()));
    }
    some(rng, &mut fleet, "ignoredNodes", |rng| json!([one(rng, &["auto-1", "auto-9"])]));
    some(rng, &mut fleet, "mostMissingPercent", |rng| json!(rng.u8(..=100)));
    some(rng, &mut fleet, "intervalSeconds", |rng| json!(rng.u64(30..=604_800)));
    fleet
}

fn project(rng: &mut Rng, key: &str) -> Value {
    let mut project = json!({"key": key});
    some(rng, &mut project, "name", |rng| json!(one(rng, &["Churn", "Risk: all"])));
    some(rng, &mut project, "owner", |rng| json!(one(rng, &["amy", "root"])));
    some(rng, &mut project, "rights", |rng| {
        let chosen: Vec<_> = GROUPS.into_iter().filter(|_| rng.bool()).collect();
        let words = |rng: &mut Rng| vec![one(rng, &["read", "write", "deploy", "admin"])];
        json!(chosen.into_iter().map(|it| (it, words(rng))).collect::<BTreeMap<_, _>>())
    });
    project
}

fn deployment(rng: &mut Rng, id: &str) -> Value {
    let (project, infra) = if id == "risk" { ("RISK", "test") } else { ("CHURN", &id[6..]) };
    let mut deployment = json!({
        "id": id, "project": project, "infrastructure": infra, "bundle": one(rng, &["v1", "v2"]),
    });
    some(rng, &mut deployment, "projectFolderId", |rng| json!(one(rng, &["", "folder"])));
    some(rng, &mut deployment, "tags", |rng| json!([one(rng, &["a", "b"])]));
    some(rng, &mut deployment, "remapping", remapping);
    some(rng, &mut deployment, "includeInfraRemappings", |rng| json!(rng.bool()));
    some(
        rng,
        &mut deployment,
        "codeEnvs",
        |rng| json!({"importTimeMode": one(rng, &["INSTALL_IF_MISS", "DO_NOTHING"])}),
    );
    some(rng, &mut deployment, "localVariables", |rng| {
        names(rng, |rng| if rng.bool() { json!({"a": [1, 2.5]}) } else { json!("canary-value") })
    });
    some(rng, &mut deployment, "secretVariables", |_| json!({"token": {"env": "TOKEN"}}));
    some(rng, &mut deployment, "scenariosToActivate", |rng| names(rng, |rng| json!(rng.bool())));
    some(rng, &mut deployment, "disableAutomaticTriggers", |rng| json!(rng.bool()));
    deployment
}
