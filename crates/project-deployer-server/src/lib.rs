#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod authenticator;
mod console;
mod impersonation;
mod normalize;
mod operations;
mod public_api;
mod service;

pub use api::{FrontendOptions, openapi_document};
pub use authenticator::{ApiKeyAuthenticator, AuthenticationError, Authenticator, Credentials};
pub use operations::{AtOnce, EventStreams, Limits, RunningRequests};
pub use service::DeployerService;
