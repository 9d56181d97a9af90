use std::path::{Path, PathBuf};

use project_deployer_testkit::{BundleBuilder, BundleScenario, MockGroup, MockNode, MockUser};
use tempfile::TempDir;

use crate::command::{NodeProcess, run_with};

/// A service with an administrator, a node, and files for the command.
pub(super) struct Installation {
    pub(super) folder: TempDir,
    pub(super) node: MockNode,
    pub(super) service: NodeProcess,
    pub(super) key: String,
}

impl Installation {
    pub(super) async fn start() -> Self {
        let node = MockNode::builder("auto-prod")
            .group(MockGroup::creators("deployers"))
            .user(MockUser::new("dana").in_group("deployers"))
            .start()
            .await;
        let folder = tempfile::tempdir().unwrap();
        let (data, hooks) = (folder.path().join("data"), folder.path().join("hooks"));
        program(&hooks, "freeze", "printf '{\"status\": \"SUCCESS\", \"message\": \"no freeze\"}'");
        let service = NodeProcess::start_command(&[
            "serve",
            "--data",
            data.to_str().unwrap(),
            "--listen",
            "127.0.0.1:0",
            "--hook-programs",
            hooks.to_str().unwrap(),
            "--until-stdin-closes",
        ])
        .await;
        let key = std::fs::read_to_string(data.join("admin-key")).unwrap().trim().to_owned();
        let this = Self { folder, node, service, key };
        std::fs::write(this.file("node.key"), this.node.admin_api_key()).unwrap();
        for (bundle, notes) in
            [("v1", "First model"), ("v2", "Second model"), ("v3", "Third model")]
        {
            let archive = BundleBuilder::new("CHURN", bundle)
                .release_notes(notes)
                .scenario(BundleScenario::new("smoke").inactive().marked_as_test());
            archive.write_to(this.file(&format!("churn-{bundle}.zip"))).unwrap();
        }
        this
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn path(&self, name: &str) -> String {
        self.file(name).display().to_string()
    }

    /// Runs the command over HTTP as the administrator.
    pub(super) async fn http(&self, arguments: &[&str]) -> (i32, String, String) {
        self.http_with(arguments, "").await
    }

    pub(super) async fn http_with(&self, arguments: &[&str], input: &str) -> (i32, String, String) {
        let environment = [("DKU_DSS_URL", self.service.url.as_str()), ("DKU_API_KEY", &self.key)];
        run_with(arguments, &environment, input).await
    }

    /// Runs the command on the data directory.
    pub(super) async fn local_with(
        &self,
        arguments: &[&str],
        input: &str,
    ) -> (i32, String, String) {
        let data = self.path("data");
        run_with(&[arguments, &["--data", &data]].concat(), &[], input).await
    }

    /// An infrastructure, a group with rights on it, `dana` in the group, and a project with two bundles.
    pub(super) async fn fill(&self) {
        let rights = r#"{"permissions": [{"group": "releasers", "deploy": true, "read": true}]}"#;
        let (key, v1, v2) =
            (self.path("node.key"), self.path("churn-v1.zip"), self.path("churn-v2.zip"));
        let steps: [(&[&str], &str); 6] = [
            (&["group", "create", "releasers", "--may-create-projects"], ""),
            (&["user", "create", "dana", "--group", "releasers"], ""),
            (
                &[
                    "infra",
                    "create",
                    "prod",
                    "--stage",
                    "Production",
                    "--node-url",
                    self.node.url(),
                    "--node-key-file",
                    &key,
                ],
                "",
            ),
            (&["infra", "edit", "prod", "--patch", "-"], rights),
            (&["bundle", "upload", &v1, "--as", "dana"], ""),
            (&["bundle", "upload", &v2, "--as", "dana"], ""),
        ];
        for (arguments, input) in steps {
            let (code, output, errors) = self.http_with(arguments, input).await;
            assert_eq!(code, 0, "{arguments:?}: {output}{errors}");
        }
    }
}

/// The binary of the command, which is in this directory.
pub(super) fn bin() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_deployer")).parent().unwrap()
}

/// A program that hooks may run.
fn program(folder: &Path, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir(folder).unwrap();
    std::fs::write(folder.join(name), format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
}
