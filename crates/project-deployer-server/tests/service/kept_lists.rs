//! The list of deployments that is kept is at every moment the list that would be made anew.

use std::num::NonZeroU32;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::Request;
use futures::StreamExt as _;
use project_deployer::core::GroupName;
use project_deployer::core::accounts::{Group, SourceType, User};
use project_deployer::core::deployment::DeploymentCreation;
use project_deployer::core::rights::{InfraGrant, InfraRight, ProjectGrant, ProjectRight};
use project_deployer::prelude::*;
use project_deployer::store::{MemoryArchive, MemoryStore};
use project_deployer::{
    ApiKeyRequest, ApiKeyRights, Deployer, DeployerSession, InfraCreation, Upload, Warnings,
};
use project_deployer_client::FakeFleet;
use project_deployer_server::{DeployerService, Limits};
use project_deployer_testkit::BundleBuilder;
use secrecy::ExposeSecret as _;
use tower::ServiceExt as _;

use crate::installation::{Answer, Installation, answer_of, bundle, parsed};

const LIST: &str = "/public/api/project-deployer/deployments";

fn request(key: &str) -> Request<Body> {
    let request = Request::builder().uri(LIST).header("authorization", format!("Bearer {key}"));
    request.body(Body::empty()).unwrap()
}

pub(crate) async fn list(router: &Router, key: &str) -> Answer {
    answer_of(router.clone(), request(key)).await
}

/// A service that keeps no list.
fn anew(deployer: &Deployer) -> Router {
    let limits = unlimited().with_list_memory(0);
    DeployerService::new(deployer.clone()).limits(limits).into_router()
}

pub(crate) fn keeping(deployer: &Deployer) -> Router {
    DeployerService::new(deployer.clone()).limits(unlimited()).into_router()
}

/// Disabled users ask again and again.
fn unlimited() -> Limits {
    Limits::default().with_requests(None).with_failed_logins(NonZeroU32::new(10_000).unwrap())
}

pub(crate) async fn personal_key(admin: &DeployerSession, login: &str) -> String {
    key(admin, ApiKeyRights::Personal { user: parsed(login) }).await
}

async fn key(admin: &DeployerSession, rights: ApiKeyRights) -> String {
    let made = admin.create_api_key(ApiKeyRequest::new(rights, "")).await.unwrap();
    made.secret.expose_secret().to_owned()
}

/// The memory of the list that a request gets.
async fn memory(router: &Router, key: &str) -> Bytes {
    let response = router.clone().oneshot(request(key)).await.unwrap();
    response.into_body().into_data_stream().next().await.unwrap().unwrap()
}

#[tokio::test]
async fn a_list_is_made_once_for_each_caller_and_shared_by_none() {
    // R-P2
    let installation = Installation::new().await;
    let deployer = &installation.deployer;
    let (zoe, lee) =
        (installation.user("zoe", "askers").await, installation.user("lee", "askers").await);
    installation.grant(Some(InfraRight::View), Some(ProjectRight::Read)).await;
    let router = keeping(deployer);
    let mut seen = Vec::new();
    for key in [&installation.key, &zoe, &lee] {
        let first = memory(&router, key).await;
        let second = memory(&router, key).await;
        assert_eq!(first.as_ptr(), second.as_ptr());
        seen.push(first);
    }
    // All three see the same, and each has its own text.
    assert!(seen.iter().all(|list| *list == seen[0]));
    assert!(seen[0].as_ptr() != seen[1].as_ptr() && seen[1].as_ptr() != seen[2].as_ptr());
    // What the list does not depend on does not end it: here a record of a refused login.
    list(&router, "pdk_0_0").await;
    assert_eq!(memory(&router, &zoe).await.as_ptr(), seen[1].as_ptr());
}

/// Changes the installation as its administrator, so that the list of `zoe` in group `askers` changes.
type Step = (&'static str, fn(DeployerSession) -> futures::future::BoxFuture<'static, ()>);

fn steps() -> Vec<Step> {
    vec![
        ("a grant is removed", |admin| {
            Box::pin(async move {
                let mut settings = admin.infra_settings(&parsed("prod")).await.unwrap();
                settings.permissions.clear();
                admin.save_infra_settings(&settings).await.unwrap();
            })
        }),
        ("a grant is added", |admin| {
            Box::pin(async move {
                let mut settings = admin.infra_settings(&parsed("prod")).await.unwrap();
                settings.permissions = vec![InfraGrant::new(parsed("askers"), InfraRight::View)];
                admin.save_infra_settings(&settings).await.unwrap();
            })
        }),
        ("a user leaves a group", |admin| {
            Box::pin(async move {
                admin.save_user(&User::new(parsed("zoe"), SourceType::Local)).await.unwrap();
            })
        }),
        ("a group of a user gets all rights", |admin| {
            Box::pin(async move {
                let user = User::new(parsed("zoe"), SourceType::Local);
                let user = user.in_groups([parsed::<GroupName>("askers"), parsed("chiefs")]);
                let mut chiefs = Group::new(parsed("chiefs"));
                chiefs.admin = true;
                admin.save_group(&chiefs).await.unwrap();
                let mut settings = admin.project_settings(&parsed("CHURN")).await.unwrap();
                settings.permissions.clear();
                admin.save_project_settings(&settings).await.unwrap();
                admin.save_user(&user).await.unwrap();
            })
        }),
        ("a group of a user is deleted", |admin| {
            Box::pin(async move { admin.delete_group(&parsed("chiefs")).await.unwrap() })
        }),
        ("a project gets another owner", |admin| {
            Box::pin(async move {
                let mut settings = admin.project_settings(&parsed("CHURN")).await.unwrap();
                settings.owner = Some(parsed("zoe"));
                admin.save_project_settings(&settings).await.unwrap();
            })
        }),
        ("an infrastructure moves to another stage", |admin| {
            Box::pin(async move {
                let mut settings = admin.infra_settings(&parsed("prod")).await.unwrap();
                settings.stage = parsed("Test");
                admin.save_infra_settings(&settings).await.unwrap();
            })
        }),
        ("a stage gets another name", |admin| {
            Box::pin(async move {
                let name = parsed("Check");
                admin.edit_stage(&parsed("Test"), Some(&name), None).await.unwrap();
            })
        }),
        ("a bundle is published", |admin| {
            Box::pin(async move {
                let upload = Upload::from_bytes("v2.zip", bundle("v2"));
                admin.upload_bundle(upload, None).await.unwrap();
            })
        }),
        ("a deployment is deployed", |admin| {
            Box::pin(async move {
                let id = parsed("churn-prod");
                admin.start_update(&id).await.unwrap();
            })
        }),
        ("settings of a deployment change", |admin| {
            Box::pin(async move {
                let mut settings = admin.deployment_settings(&parsed("churn-prod")).await.unwrap();
                settings.tags = vec!["changed".to_owned()];
                admin.save_deployment_settings(&settings, Warnings::Ignore).await.unwrap();
            })
        }),
        ("a user is disabled", |admin| {
            Box::pin(async move {
                let user = admin.user_settings(&parsed("zoe")).await.unwrap();
                admin.save_user(&user.with_enabled(false)).await.unwrap();
            })
        }),
    ]
}

#[tokio::test]
async fn what_changes_a_list_is_in_the_very_next_answer() {
    // R-P2
    let installation = Installation::new().await;
    let zoe = installation.user("zoe", "askers").await;
    installation.grant(Some(InfraRight::View), Some(ProjectRight::Read)).await;
    let (kept, anew) = (keeping(&installation.deployer), anew(&installation.deployer));
    let mut before = list(&kept, &zoe).await;
    for (what, change) in steps() {
        assert_eq!(list(&kept, &zoe).await, before, "before {what}");
        change(installation.admin()).await;
        let after = list(&kept, &zoe).await;
        assert_ne!(after, before, "{what}");
        assert_eq!(after, list(&anew, &zoe).await, "{what}");
        before = after;
    }
}

#[tokio::test]
async fn a_key_that_is_deleted_gets_no_list_that_is_kept() {
    let installation = Installation::new().await;
    let admin = installation.admin();
    let zoe = installation.user("zoe", "askers").await;
    let other = key(&admin, ApiKeyRights::Personal { user: parsed("zoe") }).await;
    let router = keeping(&installation.deployer);
    assert_eq!(list(&router, &zoe).await, list(&router, &other).await);
    for key in admin.api_keys().await.unwrap().iter().filter(|key| other.contains(&key.id)) {
        admin.delete_api_key(&key.id).await.unwrap();
    }
    assert_eq!(list(&router, &other).await.status.as_u16(), 401);
    assert_eq!(list(&router, &zoe).await.status.as_u16(), 200);
}

#[tokio::test]
async fn a_change_of_another_process_is_in_the_very_next_answer() {
    let store = MemoryStore::new();
    let archive = MemoryArchive::new();
    let deployer = || Deployer::builder(FakeFleet::new()).on(store.clone(), archive.clone());
    let (one, other) = (deployer(), deployer());
    let first = one.first_administrator(parsed("admin")).await.unwrap().unwrap();
    let key = first.create().await.unwrap().secret.expose_secret().to_owned();
    let router = keeping(&one);
    let admin = other.acting_as_user(parsed("admin"));
    admin.create_infra(&InfraCreation::new(parsed("prod"), parsed("Production"))).await.unwrap();
    admin.upload_bundle(Upload::from_bytes("v1.zip", bundle("v1")), None).await.unwrap();
    for number in 0..5 {
        assert_eq!(list(&router, &key).await.json().as_array().unwrap().len(), number);
        create(&admin, &format!("d{number}"), "CHURN", "prod", "v1").await.unwrap();
    }
}

pub(crate) async fn create(
    admin: &DeployerSession,
    id: &str,
    project: &str,
    infra: &str,
    bundle: &str,
) -> Result<(), project_deployer::DeployerError> {
    let mut creation = DeploymentCreation::parse(id, project, infra, bundle).unwrap();
    creation.deployed_project_key = Some(parsed(&id.to_uppercase()));
    admin.create_deployment(&creation, Warnings::Ignore).await
}

/// A world of infrastructures, projects, deployments, users and groups that changes at random.
struct World {
    random: fastrand::Rng,
    admin: DeployerSession,
}

const PLACES: usize = 3;

impl World {
    fn one(&mut self, prefix: &str, of: usize) -> String {
        format!("{prefix}{}", self.random.usize(..of))
    }

    fn groups<T>(&mut self, make: impl Fn(GroupName, usize) -> T) -> Vec<T> {
        let chosen: Vec<_> = (0..4).filter(|_| self.random.bool()).collect();
        let group = |number: usize| parsed(&format!("g{number}"));
        chosen.into_iter().map(|number| make(group(number), self.random.usize(..3))).collect()
    }

    async fn fill(&mut self) {
        for number in 0..PLACES {
            let infra = InfraCreation::new(parsed(&format!("i{number}")), parsed("Production"));
            self.admin.create_infra(&infra).await.unwrap();
            self.publish(&format!("P{number}"), "v0").await;
        }
        for number in 0..PLACES {
            let [infra, project] = ["i", "P"].map(|prefix| format!("{prefix}{number}"));
            create(&self.admin, &format!("d{number}"), &project, &infra, "v0").await.unwrap();
        }
        for number in 0..4 {
            self.admin.save_group(&Group::new(parsed(&format!("g{number}")))).await.unwrap();
        }
    }

    async fn publish(&mut self, project: &str, bundle: &str) {
        let notes = if self.random.bool() { "fixes" } else { "" };
        let archive = BundleBuilder::new(project, bundle).release_notes(notes).build().unwrap();
        // The second time it is another bundle of the same name, which is refused.
        let _ = self.admin.upload_bundle(Upload::from_bytes("b.zip", archive), None).await;
    }

    /// One change. A change that is refused is one as well: it must not change the list.
    async fn step(&mut self) {
        let admin = self.admin.clone();
        let (infra, project) = (self.one("i", PLACES), self.one("P", PLACES));
        let (deployment, bundle) = (self.one("d", 6), self.one("v", 3));
        match self.random.usize(..10) {
            0 | 1 => drop(create(&admin, &deployment, &project, &infra, &bundle).await),
            2 => drop(admin.delete_deployment(&parsed(&deployment)).await),
            3 => {
                let rights = [InfraRight::View, InfraRight::Deploy, InfraRight::Admin];
                let mut settings = admin.infra_settings(&parsed(&infra)).await.unwrap();
                settings.permissions =
                    self.groups(|group, right| InfraGrant::new(group, rights[right]));
                settings.stage =
                    parsed(["Development", "Test", "Production"][self.random.usize(..3)]);
                drop(admin.save_infra_settings(&settings).await);
            }
            4 => {
                let rights = [ProjectRight::Read, ProjectRight::Write, ProjectRight::Admin];
                let mut settings = admin.project_settings(&parsed(&project)).await.unwrap();
                settings.permissions =
                    self.groups(|group, right| ProjectGrant::new(group, &[rights[right]]));
                settings.owner = Some(parsed(&self.one("u", 3)));
                settings.name = self.one("name ", 3);
                drop(admin.save_project_settings(&settings).await);
            }
            5 => {
                let user = User::new(parsed(&self.one("u", 3)), SourceType::Local);
                let user = user.in_groups(self.groups(|group, _| group));
                let enabled = self.random.usize(..5) > 0;
                admin.save_user(&user.with_enabled(enabled)).await.unwrap();
            }
            6 => {
                let mut group = Group::new(parsed(&self.one("g", 4)));
                group.admin = self.random.usize(..4) == 0;
                admin.save_group(&group).await.unwrap();
            }
            7 => drop(admin.delete_group(&parsed(&self.one("g", 4))).await),
            8 => match self.random.bool() {
                true => self.publish(&project, &bundle).await,
                false => drop(admin.delete_bundle(&parsed(&project), &parsed(&bundle)).await),
            },
            _ => {
                let Ok(mut settings) = admin.deployment_settings(&parsed(&deployment)).await else {
                    return;
                };
                settings.tags = vec![self.one("tag", 3)];
                settings.bundle_id = parsed(&bundle);
                drop(admin.save_deployment_settings(&settings, Warnings::Ignore).await);
            }
        }
    }
}

#[tokio::test]
async fn a_kept_list_is_byte_for_byte_the_list_that_is_made_anew() {
    // R-P2: whatever changes, and whoever asks in which order.
    let (mut shown, mut hidden) = (0, 0);
    for seed in 0..8 {
        let installation = Installation::empty().await;
        let admin = installation.admin();
        let mut world = World { random: fastrand::Rng::with_seed(seed), admin: admin.clone() };
        world.fill().await;
        let mut keys = vec![installation.key.clone()];
        for login in ["u0", "u1", "u2"] {
            admin.save_user(&User::new(parsed(login), SourceType::Local)).await.unwrap();
            keys.push(personal_key(&admin, login).await);
        }
        let groups = vec![parsed("g0"), parsed("g1")];
        keys.push(key(&admin, ApiKeyRights::Global { admin: false, groups, acts_as: None }).await);
        let (kept, anew) = (keeping(&installation.deployer), anew(&installation.deployer));
        for step in 0..60 {
            world.step().await;
            let mut order = [0, 1, 2, 3, 4];
            world.random.shuffle(&mut order);
            for asker in order {
                let expected = list(&anew, &keys[asker]).await;
                for _ in 0..2 {
                    let found = list(&kept, &keys[asker]).await;
                    assert_eq!(found, expected, "seed {seed}, step {step}, caller {asker}");
                }
                match expected.text().len() {
                    0..=2 => hidden += 1,
                    _ => shown += 1,
                }
            }
        }
    }
    // Of 2,400 answers.
    assert!(shown > 100 && hidden > 100, "{shown} lists and {hidden} empty ones");
}
