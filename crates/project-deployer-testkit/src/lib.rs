#![doc = include_str!("../README.md")]

mod answer;
mod bundle;
mod caller;
mod directory;
mod fault;
mod journal;
mod node;
mod other_fields;
mod pattern;
mod routes;
mod seed;
mod server;
mod state;
mod tls;

pub use bundle::{BundleBuilder, BundleError, BundleScenario};
pub use directory::{MockDirectory, MockPerson};
pub use fault::{Fault, Gate};
pub use journal::Call;
pub use node::{LoginRefused, MockNode, MockNodeBuilder, MockProject, MockScenario, StartError};
pub use other_fields::OtherFields;
pub use seed::{
    AccountSource, CodeEnvLanguage, MockCodeEnv, MockConnection, MockFolder, MockGroup,
    MockLdapSettings, MockPermission, MockPlugin, MockUser, NodeKind, Outcome, Quirk,
};
pub use tls::{TestTls, TestTlsError};
