#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod api;
mod bundle;
mod caller;
mod closed_port;
mod codes;
mod debug_fields;
mod deployer;
mod directory;
mod fault;
mod fleet_manager;
mod fnv;
mod journal;
mod launchpad;
mod moment;
mod node;
mod other_fields;
mod pattern;
mod proxy;
mod random;
mod routes;
mod seed;
mod server;
#[cfg(feature = "servers")]
pub mod servers;
mod service;
mod state;
mod tls;
mod traffic;

pub use bundle::{BundleBuilder, BundleError, BundleLayout, BundleScenario};
pub use closed_port::ClosedPort;
pub use deployer::{
    GovernPolicy, MockDeployer, MockDeployerBuilder, MockDeployment, MockGrant, MockInfra,
    MockPublishedProject, MockUpdate,
};
pub use directory::{MockDirectory, MockPerson};
pub use fault::{Fault, FaultScript, FaultSeed, Gate};
pub use fleet_manager::{MockFleetManager, MockFleetManagerBuilder, MockInstance, MockNetwork};
pub use journal::Call;
pub use launchpad::{MockLaunchpad, MockLaunchpadBuilder};
pub use node::{
    LoginRefused, MockNode, MockNodeBuilder, MockProject, MockPublication, MockScenario, StartError,
};
pub use other_fields::OtherFields;
pub use proxy::FaultProxy;
pub use seed::{
    AccountSource, CodeEnvLanguage, MockCodeEnv, MockConnection, MockFolder, MockGroup,
    MockLdapSettings, MockPermission, MockPlugin, MockUser, NodeKind, Outcome, Profile, Quirk,
    SeedFile, SeedFileError, SeedProblem,
};
pub use tls::{TestTls, TestTlsError};
