//! The official Python client, in the versions that it is tested in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use axum::http::Uri;
use project_deployer_testkit::{
    BundleBuilder, BundleScenario, MockCodeEnv, MockDeployer, MockDeployerBuilder, MockDirectory,
    MockFleetManager, MockFolder, MockGroup, MockInfra, MockInstance, MockLaunchpad,
    MockLdapSettings, MockNode, MockNodeBuilder, MockPerson, MockUser, NodeKind,
};
use project_deployer_tests::Canary;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::recorder::{Exchange, Recorder, Source};
use crate::table::here;

/// A version of the client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Version {
    pub(crate) number: &'static str,
    variable: &'static str,
    environment: &'static str,
}

/// The newest one, and the newest one of the major release before.
pub(crate) const VERSIONS: [Version; 2] = [
    Version { number: "15.2.0", variable: "PROJECT_DEPLOYER_PYTHON", environment: "python" },
    Version {
        number: "14.3.3",
        variable: "PROJECT_DEPLOYER_PYTHON_14",
        environment: "python-14.3.3",
    },
];

/// Says that nothing can be fetched: what needs the client is left out.
const OFFLINE: &str = "PROJECT_DEPLOYER_OFFLINE";

/// What came of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// The client is content.
    Works,
    /// This version of the client has no such call.
    Absent,
    /// The service said no, and the client raised it.
    Refused,
    /// The client stumbled over the answer.
    Broken,
}

/// What the script reports about an operation.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Reported {
    pub(crate) operation: String,
    pub(crate) result: Outcome,
    #[serde(default)]
    pub(crate) why: String,
}

/// Every operation of every service, called with one version.
#[derive(Debug, Default)]
pub(crate) struct Called {
    pub(crate) reported: BTreeMap<String, Reported>,
    pub(crate) exchanges: Vec<Exchange>,
    /// Ids that the services gave, by names of the table.
    pub(crate) noted: BTreeMap<String, String>,
}

/// How to reach a service.
#[derive(Default)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) url: String,
    pub(crate) key_id: String,
    pub(crate) key: String,
    /// What the operations need to know besides.
    pub(crate) environment: Vec<(&'static str, String)>,
}

#[expect(clippy::disallowed_methods, reason = "where these tests read the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Version {
    /// The Python that has it; none when this run has to do without.
    pub(crate) fn python(self) -> Option<PathBuf> {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
        let usual = || target.join(self.environment).join("bin/python");
        let python = variable(self.variable).map_or_else(usual, PathBuf::from);
        if python.exists() {
            return Some(python);
        }
        assert!(
            variable(OFFLINE).as_deref() == Some("1"),
            "version {} of the official Python client is not installed ({} is missing); run `cargo \
             xtask test`, or set {OFFLINE}=1 to leave this out",
            self.number,
            python.display()
        );
        None
    }

    /// Calls every operation; none when this run has to do without.
    pub(crate) async fn call_all(self) -> Option<Called> {
        let Some(python) = self.python() else {
            leave_out(self.number);
            return None;
        };
        let bundles = tempfile::tempdir().unwrap();
        let (node, design) = (node().start().await, design().start().await);
        let deployer = deployer().start().await;
        let (fleet, launchpad) = (fleet().start().await, launchpad().start().await);
        write_bundles(bundles.path(), &node);
        design.put_design_project(&bundle("v0")).unwrap();
        deployer.publish(&BundleBuilder::new("SCORED", "v1")).unwrap();
        deployer.set_standards_report("SCORED", "v1", report());
        let mut called = Called::default();
        for service in [
            Service {
                name: "node",
                url: node.url().to_owned(),
                key: node.admin_api_key(),
                ..Service::default()
            },
            Service {
                name: "deployer",
                url: deployer.url().to_owned(),
                key: deployer.admin_api_key(),
                ..Service::default()
            },
            Service {
                name: "design",
                url: design.url().to_owned(),
                key: design.admin_api_key(),
                ..Service::default()
            },
            Service {
                name: "fleet",
                url: fleet.url().to_owned(),
                key_id: fleet.key_id().to_owned(),
                key: fleet.key_secret().to_owned(),
                ..Service::default()
            },
            Service {
                name: "launchpad",
                url: launchpad.url().to_owned(),
                key_id: launchpad.key_id().to_owned(),
                key: launchpad.key_secret().to_owned(),
                ..Service::default()
            },
        ] {
            called.add(self, &python, &service, bundles.path()).await;
        }
        Some(called)
    }
}

impl Called {
    pub(crate) async fn add(
        &mut self,
        version: Version,
        python: &Path,
        service: &Service,
        bundles: &Path,
    ) {
        let uri: Uri = service.url.parse().unwrap();
        let origin = format!("http://{}", uri.authority().unwrap());
        let recorder = Recorder::start(Source::Service(origin)).await;
        let url = format!("{}{}", recorder.url(), uri.path().trim_end_matches('/'));
        let output = Command::new(python)
            .arg(here().join("operations.py"))
            .arg(service.name)
            .env_clear()
            .env("NO_PROXY", "127.0.0.1")
            .env("CLIENT_VERSION", version.number)
            .env("ANNOUNCE_URL", recorder.url())
            .env("SERVICE_URL", url)
            .env("SERVICE_KEY_ID", &service.key_id)
            .env("SERVICE_KEY", &service.key)
            .envs(service.environment.iter().cloned())
            .env("BUNDLE_V1", bundles.join("v1.zip"))
            .env("BUNDLE_V2", bundles.join("v2.zip"))
            .kill_on_drop(true)
            .output();
        let output = output.await.unwrap();
        let reported = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(!Canary::is_in(&reported) && !Canary::is_in(&errors), "R13: {reported}{errors}");
        assert!(output.status.success(), "{}:\n{reported}{errors}", service.name);
        reported.lines().for_each(|line| self.take(line));
        self.exchanges.extend(recorder.exchanges());
    }

    fn take(&mut self, line: &str) {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if let Some(noted) = line.get_mut("noted") {
            self.noted.extend(serde_json::from_value::<BTreeMap<_, _>>(noted.take()).unwrap());
        } else {
            let reported: Reported = serde_json::from_value(line).unwrap();
            self.reported.insert(reported.operation.clone(), reported);
        }
    }
}

#[expect(clippy::print_stdout, reason = "a run without some tests should show which")]
fn leave_out(version: &str) {
    println!("left out, since {OFFLINE}=1: version {version} of the official client");
}

/// A node with everything that the operations are about.
pub(crate) fn node() -> MockNodeBuilder {
    let directory = MockDirectory::new().with(MockPerson::new("ann").in_group("cn-data"));
    MockNode::builder("auto-prod")
        .admin_api_key(Canary::KEY)
        .connection("sql", "PostgreSQL")
        .code_env(MockCodeEnv::python("py-prod"))
        .plugin("geo", "1.2.0")
        .folder(MockFolder::new("live", "Live"))
        .group(MockGroup::creators("deployers").mapped_to("cn-data"))
        .user(MockUser::new("dana").in_group("deployers"))
        .ldap(MockLdapSettings::on().on_demand(), &directory)
}

/// A Deployer with an infrastructure of two nodes; another one comes by the operations.
fn deployer() -> MockDeployerBuilder {
    let node = MockNode::builder("deployer").admin_api_key(Canary::KEY);
    let both = MockInfra::new("both", "Production")
        .node("auto-1", "https://auto-1.example", "key-1")
        .node("auto-2", "https://auto-2.example", "key-2");
    MockDeployer::on(node.user(MockUser::new("dana"))).infra(both)
}

/// A Project Standards report (wire-facts 2.13).
fn report() -> Value {
    let check = json!({
        "id": "owned", "name": "Has an owner", "description": "", "checkElementType": "owner",
        "checkParams": {}, "tags": []
    });
    let result = json!({"status": "RUN_SUCCESS", "severity": 0, "message": "ok", "details": {}});
    json!({
        "projectKey": "SCORED", "scope": "default", "requester": "dana",
        "startTime": 1_767_225_600_000_i64, "totalDurationMs": 12,
        "bundleChecksRunInfo": {"owned": {
            "check": check, "result": result, "durationMs": 12, "expandedCheckParams": {}
        }},
    })
}

fn design() -> MockNodeBuilder {
    MockNode::builder("design").kind(NodeKind::Design).admin_api_key(Canary::KEY)
}

fn fleet() -> project_deployer_testkit::MockFleetManagerBuilder {
    MockFleetManager::builder().instance(MockInstance::automation("auto-1"))
}

fn launchpad() -> project_deployer_testkit::MockLaunchpadBuilder {
    let nodes =
        MockLaunchpad::builder().node("design-0", "design").node("automation-0", "automation");
    nodes.user("ann@example.test").group("ops")
}

/// Writes the bundles, for the client to send and for the node to find.
pub(crate) fn write_bundles(folder: &Path, node: &MockNode) {
    for id in ["v1", "v2"] {
        let archive = archive(id);
        let path = folder.join(format!("{id}.zip"));
        std::fs::write(&path, &archive).unwrap();
        node.put_archive(path.to_str().unwrap(), archive);
    }
}

pub(crate) fn archive(id: &str) -> Vec<u8> {
    bundle(id).build().unwrap()
}

fn bundle(id: &str) -> BundleBuilder {
    BundleBuilder::new("CHURN", id)
        .connection("sql", "PostgreSQL")
        .python_env("py-prod")
        .variable("release", id)
        .scenario(BundleScenario::new("NIGHTLY").trigger("nightly", "temporal"))
        .webapp("BOARD")
}
