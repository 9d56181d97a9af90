//! The infrastructures, bundles and deployments before anything goes wrong.

use project_deployer::Deployer;
use project_deployer_client::Warnings;
use project_deployer_client::prelude::*;
use project_deployer_core::infra::Target as Nodes;
use project_deployer_core::rights::{Caller, InfraGrant, InfraRight};

use super::world::{BUNDLES, TARGETS};
use crate::installation::{creation, dana, deployment, entry, parsed, upload};

pub(super) async fn prepare(deployer: &Deployer) {
    let admin = deployer.acting_as(Caller::administrator(parsed("root")));
    let dana = deployer.acting_as(dana());
    let infras = [
        ("dev", Nodes::SingleNode(entry("dev"))),
        ("pair", Nodes::MultiNode(vec![entry("left"), entry("right")])),
    ];
    for (id, nodes) in infras {
        admin.create_infra(&creation(id, "Development")).await.unwrap();
        let settings = admin.infra_settings(&parsed(id)).await.unwrap();
        let mut settings = settings.with_target(nodes);
        settings.permissions = vec![InfraGrant::new(parsed("deployers"), InfraRight::Deploy)];
        admin.save_infra_settings(&settings).await.unwrap();
    }
    for bundle in BUNDLES {
        dana.upload_bundle(upload(bundle), None).await.unwrap();
    }
    for target in TARGETS {
        let mut creation = deployment(target.deployment, target.infra, "v1");
        creation.deployed_project_key = Some(parsed(target.key));
        dana.create_deployment(&creation, Warnings::AsErrors).await.unwrap();
    }
}
