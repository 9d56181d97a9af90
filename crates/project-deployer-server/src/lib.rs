#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod authenticator;
mod normalize;
mod operations;
mod public_api;
mod service;

pub use authenticator::{ApiKeyAuthenticator, AuthenticationError, Authenticator, Credentials};
pub use operations::{Limits, RunningRequests};
pub use service::DeployerService;
