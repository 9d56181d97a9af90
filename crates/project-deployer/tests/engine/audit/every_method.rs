//! Every public method that writes leaves exactly one record, and one more where it is refused.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use project_deployer::estate::{
    Estate, EstateAccess, EstateFormat, EstatePlan, EstateSecrets, ObservedEstate, PlanOptions,
};
use project_deployer::fleets::FleetSettings;
use project_deployer::ldap::{Directories, DirectoryConnector};
use project_deployer::maintenance::{MaintenanceRequest, MaintenanceScope};
use project_deployer::remedies::{Mode, OptIn};
use project_deployer::watch::{
    Check, FindingFilter, FindingKind, IgnoreRequest, WatchRequest, WatchScope,
};
use project_deployer::webhooks::WebhookRequest;
use project_deployer::windows::{Recurrence, WindowRequest};
use project_deployer::{
    ApiKeyRequest, ApiKeyRights, Clock as _, DeployerError, DeployerSession, LdapConnector,
    SystemClock,
};
use project_deployer_client::prelude::*;
use project_deployer_client::{NodeKeyRequest, Warnings};
use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::document::Document as _;
use project_deployer_core::infra::{HookPhase, Target};
use project_deployer_core::stage::Stage;
use project_deployer_core::{ApiKeySecret, NodeAddress, StageId, Timestamp};

use serde_json::json;

use super::methods::{READS, WRITES};
use super::{line, records};
use crate::hooks::{Recorder, in_process};
use crate::installation::{Installation, churn, creation, deployment, entry, parsed, upload};

/// The names of public async methods in the files of a folder.
fn methods_in(folder: &str, start: &str, names: &mut BTreeSet<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs")
            || path.file_name().is_some_and(|name| name == "tests.rs")
        {
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let found = text.split(start).skip(1).filter_map(|rest| rest.split('(').next());
        names.extend(found.map(str::to_owned));
    }
}

#[test]
fn every_method_of_a_session_is_known_to_read_or_to_write() {
    let mut known: BTreeSet<String> = READS.iter().map(|name| (*name).to_owned()).collect();
    known.extend(WRITES.iter().map(|name| (*name).to_owned()));
    let mut found = BTreeSet::new();
    methods_in("src/session", "    pub async fn ", &mut found);
    methods_in("../project-deployer-client/src/project_deployer", "    async fn ", &mut found);
    found.insert("caller".to_owned());
    assert_eq!(
        found, known,
        "say of each method whether it writes; one that does needs a step below"
    );
}

#[test]
fn sessions_commit_nothing_without_a_record() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/session");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("unaudited") && !text.contains("store.commit"), "{path:?}");
        }
    }
}

/// Counts the records of each step.
struct Steps {
    installation: Installation,
    seen: usize,
    done: BTreeSet<&'static str>,
}

impl Steps {
    /// A call that has to leave exactly this record.
    async fn step<T>(
        &mut self,
        method: &'static str,
        expected: &str,
        call: impl Future<Output = Result<T, DeployerError>>,
    ) -> T {
        let result = call.await.unwrap_or_else(|error| panic!("{method}: {error}"));
        let all = records(&self.installation.deployer).await;
        let new: Vec<_> = all[self.seen..].iter().map(line).collect();
        assert_eq!(new, [expected], "{method}");
        self.seen = all.len();
        self.done.insert(method);
        result
    }

    /// A call that is refused, and leaves exactly this record.
    async fn refused<T>(
        &mut self,
        expected: &str,
        call: impl Future<Output = Result<T, DeployerError>>,
    ) {
        let error = call.await.err().unwrap_or_else(|| panic!("it is not refused: {expected}"));
        let all = records(&self.installation.deployer).await;
        let new: Vec<_> = all[self.seen..].iter().map(line).collect();
        assert_eq!(new, [expected], "{error}");
        self.seen = all.len();
    }
}

async fn steps() -> Steps {
    let hook = Recorder::default();
    let installation = Installation::set_up(|builder| builder.hook("pre", hook)).await;
    let installation = installation.with_bundle().await;
    let seen = records(&installation.deployer).await.len();
    Steps { installation, seen, done: BTreeSet::new() }
}

#[tokio::test(start_paused = true)]
async fn every_method_that_writes_leaves_exactly_one_record() {
    // R18
    let mut steps = steps().await;
    stages_and_infras(&mut steps).await;
    fleets(&mut steps).await;
    accounts(&mut steps).await;
    projects(&mut steps).await;
    deployments(&mut steps).await;
    let missing: Vec<_> = WRITES.iter().filter(|name| !steps.done.contains(*name)).collect();
    assert!(missing.is_empty(), "no step calls {missing:?}");
}

async fn stages_and_infras(steps: &mut Steps) {
    let admin = steps.installation.admin();
    let edit = "edit stages catalogue";
    let (qa, canary) = (parsed::<StageId>("QA"), parsed::<StageId>("Canary"));
    steps.step("add_stage", edit, admin.add_stage(Stage::new(qa.clone(), "a"))).await;
    steps.step("describe_stage", edit, admin.describe_stage(&qa, "b")).await;
    let rename = "rename stages catalogue";
    steps.step("rename_stage", rename, admin.rename_stage(&qa, &canary)).await;
    let both = admin.edit_stage(&canary, Some(&qa), Some("c"));
    steps.step("edit_stage", rename, both).await;
    let described = admin.edit_stage(&qa, None, Some("d"));
    steps.step("edit_stage", edit, described).await;
    steps.step("rename_stage", rename, admin.rename_stage(&qa, &canary)).await;
    let mut order: Vec<_> =
        admin.stages().await.unwrap().iter().map(|stage| stage.id.clone()).collect();
    order.reverse();
    steps.step("reorder_stages", edit, admin.reorder_stages(&order)).await;
    steps.step("remove_stage", edit, admin.remove_stage(&canary)).await;
    let stages = admin.stages().await.unwrap();
    let described = stages.describe(&parsed("Test"), "c").unwrap();
    steps.step("save_stages", edit, admin.save_stages(&described)).await;
    let new = creation("both", "Test");
    steps.step("create_infra", "create infrastructure both", admin.create_infra(&new)).await;
    let settings = admin.infra_settings(&parsed("both")).await.unwrap();
    let mut both = settings.with_target(Target::MultiNode(vec![entry("dev"), entry("prod")]));
    both.hooks.pre = vec![in_process("gate", "pre")];
    let edit = "edit infrastructure both";
    steps.step("save_infra_settings", edit, admin.save_infra_settings(&both)).await;
    let request = NodeKeyRequest::default().with_label("a").with_for_user(Some(parsed("dana")));
    let both = parsed("both");
    let tried = admin.try_hook(&both, HookPhase::Pre, "gate");
    steps.step("try_hook", "try-hook infrastructure both", tried).await;
    let made = Box::pin(admin.create_node_key(&both, &request));
    steps.step("create_node_key", "create-node-key infrastructure both", made).await;
    // A key that another address has as well is not rotated.
    let single = admin.infra_settings(&both).await.unwrap();
    let single = single.with_target(Target::SingleNode(entry("dev")));
    steps.step("save_infra_settings", edit, admin.save_infra_settings(&single)).await;
    let prod = admin.infra_settings(&parsed("prod")).await.unwrap();
    let other = ApiKeySecret::new("key-of-prod").unwrap();
    let other = entry("prod").with_admin_api_key(Some(other));
    let prod = prod.with_target(Target::SingleNode(other));
    let edit = "edit infrastructure prod";
    steps.step("save_infra_settings", edit, admin.save_infra_settings(&prod)).await;
    let rotated = Box::pin(admin.rotate_node_keys(&both));
    let done = steps.step("rotate_node_keys", "rotate-key infrastructure both", rotated).await;
    assert!(done.is_done(), "{done:?}");
    let scope = MaintenanceScope::Infra(both.clone());
    let begun = admin.start_maintenance(MaintenanceRequest::new(scope.clone(), "disk"));
    let created = "create maintenance infrastructure/both";
    steps.step("start_maintenance", created, begun).await;
    let deleted = "delete maintenance infrastructure/both";
    steps.step("end_maintenance", deleted, admin.end_maintenance(&scope)).await;
    let recurrence = Recurrence::new("0 22 * * *", 60, "UTC").unwrap();
    let window = WindowRequest::new(scope.clone(), parsed("nights"), recurrence, "few users");
    let created = "create windows infrastructure/both";
    steps.step("add_window", created, admin.add_window(window.clone())).await;
    let nights = parsed("nights");
    let removed = admin.remove_window(&scope, &nights);
    steps.step("remove_window", "delete windows infrastructure/both", removed).await;
    steps.step("add_window", created, admin.add_window(window)).await;
    let removed = admin.remove_windows(&scope);
    steps.step("remove_windows", "delete windows infrastructure/both", removed).await;
    watching(steps).await;
    steps
        .step("delete_infra", "delete infrastructure both", admin.delete_infra(&parsed("both")))
        .await;
}

async fn watching(steps: &mut Steps) {
    let admin = steps.installation.admin();
    let (both, scope) = (parsed("both"), WatchScope::Infra(parsed("both")));
    let request = WatchRequest::new(scope.clone()).with_health_every(Some(60));
    let set = admin.set_watch(request);
    steps.step("set_watch", "create watch infrastructure/both", set).await;
    let rule = IgnoreRequest::new(scope.clone(), FindingKind::Scenario, "they are tests");
    let ignored = admin.ignore_findings(rule);
    steps.step("ignore_findings", "edit watch infrastructure/both", ignored).await;
    let settings = admin.watch_settings().await.unwrap();
    let rule = settings[0].ignored[0].id.as_str();
    let stopped = admin.stop_ignoring(&scope, rule);
    steps.step("stop_ignoring", "edit watch infrastructure/both", stopped).await;
    let directories: Arc<dyn DirectoryConnector> = Arc::new(Directories::none());
    steps.installation.dev.set_reachable(false);
    let run = Box::pin(admin.run_watch(&both, Check::Health, &directories));
    steps.step("run_watch", "watch infrastructure both", run).await;
    steps.installation.dev.set_reachable(true);
    let found = admin.findings(&FindingFilter::default()).await.unwrap();
    let id = found[0].id.as_str();
    let acknowledged = admin.acknowledge_finding(id, "the disk is replaced", None);
    steps.step("acknowledge_finding", &format!("acknowledge finding {id}"), acknowledged).await;
    let withdrawn = admin.unacknowledge_finding(id);
    steps.step("unacknowledge_finding", &format!("unacknowledge finding {id}"), withdrawn).await;
    let url = NodeAddress::parse("https://h.example/events").unwrap();
    let request = WebhookRequest::new("ops", url);
    let created = admin.create_webhook(request.clone());
    steps.step("create_webhook", "create webhook ops", created).await;
    let edited = admin.edit_webhook(request.with_enabled(false));
    steps.step("edit_webhook", "edit webhook ops", edited).await;
    steps.step("try_webhook", "try-webhook webhook ops", admin.try_webhook("ops")).await;
    steps.step("delete_webhook", "delete webhook ops", admin.delete_webhook("ops")).await;
    let removed = admin.remove_watch(&scope);
    steps.step("remove_watch", "delete watch infrastructure/both", removed).await;
}

async fn fleets(steps: &mut Steps) {
    let admin = steps.installation.admin();
    let listing = |nodes: serde_json::Value| {
        let source = json!({"kind": "list", "nodes": nodes});
        let document = json!({"id": "cloud", "source": source, "newInfras": {"stage": "Test"}});
        FleetSettings::from_document(document).unwrap()
    };
    let (all, none) = (listing(json!([{"nodeId": "auto-9"}])), listing(json!([])));
    let (cloud, auto) = (all.id.clone(), parsed("auto-9"));
    steps.step("create_fleet", "create fleet cloud", admin.create_fleet(&all)).await;
    let synced = admin.sync_fleet(&cloud);
    steps.step("sync_fleet", "create infrastructure auto-9", synced).await;
    steps.step("save_fleet", "edit fleet cloud", admin.save_fleet(&none)).await;
    let held = admin.sync_fleet(&cloud).await.unwrap();
    assert!(held.shrunken.is_some(), "it leaves no record, since it changes nothing");
    steps.step("save_fleet", "edit fleet cloud", admin.save_fleet(&all)).await;
    let confirmed = admin.confirm_fleet(&cloud, &held.answer);
    steps.step("confirm_fleet", "confirm-answer fleet cloud", confirmed).await;
    let released = admin.release_infra(&cloud, &auto);
    steps.step("release_infra", "release infrastructure auto-9", released).await;
    let adopted = admin.adopt_infra(&cloud, &auto, None);
    steps.step("adopt_infra", "adopt infrastructure auto-9", adopted).await;
    let in_use = "managed-by-fleet delete infrastructure auto-9";
    steps.refused(in_use, admin.delete_infra(&auto)).await;
    let released = admin.release_infra(&cloud, &auto);
    steps.step("release_infra", "release infrastructure auto-9", released).await;
    steps.step("delete_fleet", "delete fleet cloud", admin.delete_fleet(&cloud)).await;
    steps.step("delete_infra", "delete infrastructure auto-9", admin.delete_infra(&auto)).await;
}

async fn accounts(steps: &mut Steps) {
    let admin = steps.installation.admin();
    let group = Group::new(parsed("ops"));
    let user = User::new(parsed("lee"), SourceType::Local);
    steps.step("create_group", "create group ops", admin.create_group(&group)).await;
    steps.step("edit_group", "edit group ops", admin.edit_group(&group)).await;
    steps.step("save_group", "edit group ops", admin.save_group(&group)).await;
    steps.step("create_user", "create user lee", admin.create_user(&user)).await;
    steps.step("edit_user", "edit user lee", admin.edit_user(&user)).await;
    steps.step("save_user", "edit user lee", admin.save_user(&user)).await;
    let (first, second) = ("a password of lee", "another password of lee");
    let set = admin.set_password(&user.login, first.into());
    steps.step("set_password", "edit password lee", set).await;
    let own = steps.installation.deployer.acting_as_user(user.login.clone());
    let changed = own.change_own_password(first.into(), second.into());
    steps.step("change_own_password", "edit password lee", changed).await;
    let properties = serde_json::Map::from_iter([("userProperties".to_owned(), json!({"a": "b"}))]);
    let edited = own.edit_own_user(&properties);
    steps.step("edit_own_user", "edit user lee", edited).await;
    let removed = admin.remove_password(&user.login);
    steps.step("remove_password", "delete password lee", removed).await;
    let scope = admin.parity_scope(Some(&parsed("dev"))).await.unwrap();
    let (nowhere, opt_in) = (LdapConnector::default(), OptIn::default());
    let applied = Box::pin(admin.remediate(&scope, &nowhere, &opt_in, Mode::Apply));
    steps.step("remediate", "remediate logins dev", applied).await;
    let personal = || ApiKeyRights::Personal { user: parsed("lee") };
    for method in ["create_api_key", "delete_api_key"] {
        let all = records(&steps.installation.deployer).await.len();
        let made = admin.create_api_key(ApiKeyRequest::new(personal(), method)).await.unwrap();
        let entries = records(&steps.installation.deployer).await;
        let new: Vec<_> = entries[all..].iter().map(line).collect();
        assert_eq!(new, [format!("create api-key {}", made.key.id)]);
        steps.seen = entries.len();
        steps.done.insert("create_api_key");
        let renamed = admin.edit_api_key(&made.key.id, ApiKeyRequest::new(personal(), "renamed"));
        steps.step("edit_api_key", &format!("edit api-key {}", made.key.id), renamed).await;
        let expected = format!("delete api-key {}", made.key.id);
        if method == "delete_api_key" {
            steps.step("delete_api_key", &expected, admin.delete_api_key(&made.key.id)).await;
        }
    }
    steps.step("delete_user", "delete user lee", admin.delete_user(&parsed("lee"))).await;
    let last = records(&steps.installation.deployer).await.pop().unwrap().record;
    assert_eq!(last.also.len(), 1, "the key that goes with the user: {last:?}");
    steps.step("delete_group", "delete group ops", admin.delete_group(&parsed("ops"))).await;
}

async fn projects(steps: &mut Steps) {
    let (admin, dana) = (steps.installation.admin(), steps.installation.dana());
    let key = parsed("OTHER");
    let other = "create published-project OTHER";
    steps.step("create_project", other, admin.create_project(&key)).await;
    let settings = admin.project_settings(&key).await.unwrap();
    let edit = "edit published-project OTHER";
    steps.step("save_project_settings", edit, admin.save_project_settings(&settings)).await;
    let delete = "delete published-project OTHER";
    steps.step("delete_project", delete, admin.delete_project(&key)).await;
    let published = "publish bundle CHURN/v2";
    steps.step("upload_bundle", published, dana.upload_bundle(upload("v2"), None)).await;
    let (churn, bundle) = (churn(), parsed("v2"));
    let deleted = dana.delete_bundle(&churn, &bundle);
    steps.step("delete_bundle", "delete bundle CHURN/v2", deleted).await;
    // The archive of a known bundle is stored again.
    let digests = steps.installation.stored_digests().await;
    for digest in &digests {
        use project_deployer_store::BundleArchive as _;
        steps.installation.archive.delete(digest).await.unwrap();
    }
    let repaired = "repair bundle CHURN/v1";
    steps.step("upload_bundle", repaired, dana.upload_bundle(upload("v1"), None)).await;
}

/// Only a user schedules.
async fn schedule(steps: &mut Steps) {
    let id = parsed("churn-dev");
    let user = User::new(parsed("dana"), SourceType::Local).in_groups([parsed("deployers")]);
    let admin = steps.installation.admin();
    let group = Group::new(parsed("deployers"));
    let made = admin.create_group(&group);
    steps.step("create_group", "create group deployers", made).await;
    let created = admin.create_user(&user);
    steps.step("create_user", "create user dana", created).await;
    let session = steps.installation.deployer.acting_as_user(parsed("dana"));
    let at = Timestamp::from_millis(SystemClock.now().as_millis() + 3_600_000);
    let scheduled = session.schedule_update(&id, at);
    steps.step("schedule_update", "schedule deployment churn-dev", scheduled).await;
    let withdrawn = session.unschedule_update(&id);
    steps.step("unschedule_update", "unschedule deployment churn-dev", withdrawn).await;

    let chiefs = Group::new(parsed("chiefs")).with_admin(true);
    steps.step("create_group", "create group chiefs", admin.create_group(&chiefs)).await;
    let chief = User::new(parsed("chief"), SourceType::Local).in_groups([parsed("chiefs")]);
    steps.step("create_user", "create user chief", admin.create_user(&chief)).await;
    let chief = steps.installation.deployer.acting_as_user(parsed("chief"));
    let (estate, plan, secrets) = planned(&chief).await;
    let scheduled = chief.schedule_estate(&estate, &plan, &secrets, at);
    steps.step("schedule_estate", "schedule estate-schedule 1", scheduled).await;
    let withdrawn = chief.unschedule_estate("1");
    steps.step("unschedule_estate", "unschedule estate-schedule 1", withdrawn).await;
}

/// A file of the estate with one change.
async fn planned(session: &DeployerSession) -> (Estate, EstatePlan, EstateSecrets) {
    let text = "{version: 1, groups: [{name: chiefs, description: They decide}]}";
    let estate = Estate::parse(text, EstateFormat::Yaml).unwrap();
    let (secrets, options) = (EstateSecrets::default(), PlanOptions::default());
    let access = EstateAccess::Engine(session);
    let observed = ObservedEstate::read(access, &estate, &options).await.unwrap();
    let plan = EstatePlan::of(&estate, &observed, &secrets, &options);
    (estate, plan, secrets)
}

async fn deployments(steps: &mut Steps) {
    let dana = steps.installation.dana();
    let id = parsed("churn-dev");
    let new = deployment("churn-dev", "dev", "v1");
    let created = dana.create_deployment(&new, Warnings::AsErrors);
    steps.step("create_deployment", "create deployment churn-dev", created).await;
    let settings = dana.deployment_settings(&id).await.unwrap();
    let saved = dana.save_deployment_settings(&settings, Warnings::AsErrors);
    steps.step("save_deployment_settings", "edit deployment churn-dev", saved).await;
    let begun = "update deployment churn-dev";
    let bundle = settings.bundle_id.clone();
    let updated = dana.update_to(&id, &bundle, Warnings::AsErrors);
    let task = steps.step("update_to", begun, updated).await;
    dana.wait(&task).await.unwrap();
    let digest = dana.plan_deployment(&id, None).await.unwrap().digest;
    let planned = dana.update_as_planned(&id, None, &digest, Warnings::AsErrors);
    let task = steps.step("update_as_planned", begun, Box::pin(planned)).await;
    dana.wait(&task).await.unwrap();
    let task = steps.step("start_update", begun, dana.start_update(&id)).await;
    dana.wait(&task).await.unwrap();
    let tested = dana.run_test_scenarios(&id, None);
    steps.step("run_test_scenarios", "test deployment churn-dev", Box::pin(tested)).await;
    schedule(steps).await;
    let cancelled = "cancel deployment churn-dev";
    // The node holds the update until it is cancelled.
    use project_deployer_client::{Failure, Operation};
    steps.installation.dev.fail_next(Operation::Project, Failure::Stuck);
    let task = steps.step("start_update", begun, dana.start_update(&id)).await;
    let start = Timestamp::from_millis(task.start_time);
    steps.step("cancel_update", cancelled, dana.cancel_update(&id, start)).await;
    dana.wait(&task).await.unwrap();
    steps.installation.dev.fail_next(Operation::Project, Failure::Stuck);
    let task = steps.step("start_update", begun, dana.start_update(&id)).await;
    let job = task.job_id.clone().unwrap();
    steps.step("abort_future", cancelled, dana.abort_future(&job)).await;
    dana.wait(&task).await.unwrap();
    let gone = dana.delete_deployment(&id);
    steps.step("delete_deployment", "delete deployment churn-dev", gone).await;
}

#[tokio::test]
async fn every_refused_attempt_leaves_exactly_one_record() {
    // R18
    let mut steps = steps().await;
    steps.installation.deploy("churn-dev", "dev", "v1").await;
    steps.seen = records(&steps.installation.deployer).await.len();
    let nobody = steps.installation.member("mallory", &[]);
    let deployer = steps.installation.member("eve", &["deployers"]);
    let (infra, id) = (parsed("dev"), parsed("churn-dev"));
    let forbidden = "forbidden";
    let absent = "not-found";
    let stage = Stage::new(parsed("QA"), "");
    let stages = format!("{forbidden} edit stages ");
    steps.refused(&stages, nobody.add_stage(stage)).await;
    let group = Group::new(parsed("ops"));
    steps.refused(&format!("{forbidden} create group ops"), nobody.create_group(&group)).await;
    let user = User::new(parsed("lee"), SourceType::Local);
    steps.refused(&format!("{forbidden} save user lee"), nobody.save_user(&user)).await;
    steps
        .refused(&format!("{forbidden} delete user lee"), nobody.delete_user(&parsed("lee")))
        .await;
    let new = creation("x", "Test");
    let created = format!("{forbidden} create infrastructure x");
    steps.refused(&created, nobody.create_infra(&new)).await;
    let hidden = format!("{absent} delete infrastructure dev");
    steps.refused(&hidden, nobody.delete_infra(&infra)).await;
    let seen = format!("{forbidden} delete infrastructure dev");
    steps.refused(&seen, deployer.delete_infra(&infra)).await;
    let settings = steps.installation.admin().infra_settings(&infra).await.unwrap();
    let edit = format!("{forbidden} edit infrastructure dev");
    steps.refused(&edit, deployer.save_infra_settings(&settings)).await;
    let tried = format!("{forbidden} try-hook infrastructure dev");
    steps.refused(&tried, deployer.try_hook(&infra, HookPhase::Pre, "gate")).await;
    let request = NodeKeyRequest::default();
    let key = deployer.create_node_key(&infra, &request);
    steps.refused("not-possible create-node-key infrastructure dev", Box::pin(key)).await;
    let project = format!("{forbidden} create published-project X");
    steps.refused(&project, nobody.create_project(&parsed("X"))).await;
    let upload_refused = format!("{forbidden} publish published-project ");
    steps.refused(&upload_refused, nobody.upload_bundle(upload("v3"), None)).await;
    let bundle = format!("{absent} delete bundle CHURN/v1");
    steps.refused(&bundle, nobody.delete_bundle(&churn(), &parsed("v1"))).await;
    let new = deployment("y", "dev", "v1");
    let created = format!("{absent} create deployment y");
    steps.refused(&created, nobody.create_deployment(&new, Warnings::AsErrors)).await;
    steps.refused(&format!("{absent} update deployment churn-dev"), nobody.start_update(&id)).await;
    let later = Timestamp::from_millis(4_102_444_800_000);
    let schedule = nobody.schedule_update(&id, later);
    steps.refused(&format!("{absent} schedule deployment churn-dev"), schedule).await;
    let unschedule = nobody.unschedule_update(&id);
    steps.refused(&format!("{absent} unschedule deployment churn-dev"), unschedule).await;
    let (estate, plan, secrets) = planned(&nobody).await;
    let schedule = nobody.schedule_estate(&estate, &plan, &secrets, later);
    steps.refused(&format!("{forbidden} schedule estate-schedule "), Box::pin(schedule)).await;
    let unschedule = nobody.unschedule_estate("1");
    steps.refused(&format!("{forbidden} unschedule estate-schedule 1"), unschedule).await;
    let cancel = nobody.cancel_update(&id, Timestamp::from_millis(1));
    steps.refused(&format!("{absent} cancel deployment churn-dev"), cancel).await;
    steps.refused(&format!("{absent} cancel task 7"), nobody.abort_future("7")).await;
    let tests = nobody.run_test_scenarios(&id, None);
    steps.refused(&format!("{absent} test deployment churn-dev"), Box::pin(tests)).await;
    steps.refused(&format!("{absent} delete api-key 7"), nobody.delete_api_key("7")).await;
    let request = ApiKeyRequest::new(ApiKeyRights::Personal { user: parsed("lee") }, "");
    let made = nobody.create_api_key(request);
    steps.refused(&format!("{forbidden} create api-key "), made).await;
}
