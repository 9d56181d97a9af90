//! What a node offers beyond what a Deployer asks of it: code environments, connections, plugins, folders,
//! users, keys, settings. Feature `administration`.

mod code_envs;
mod connections;
mod exported;
mod folders;
mod general;
mod groups;
mod imported;
mod keys;
mod plugins;
mod projects;
mod scenarios;
mod suppliers;
mod tasks;
mod text;
mod tolerant;
mod user_documents;
mod users;
mod webapps;

pub use code_envs::{CodeEnvVersion, ListedCodeEnv};
pub use connections::ConnectionTest;
pub use exported::{ExportedBundle, Publication};
pub use folders::{Folder, FolderPermission, FolderSettings};
pub use general::{AuthorizationMatrix, GovernNode};
pub use keys::{CreatedGlobalKey, GlobalKey, ListedPersonalKey};
pub use projects::{ListedProject, ProjectMetadata};
pub use scenarios::{ScenarioRun, TriggerFire};
pub use tasks::ListedTask;
pub use user_documents::{BulkOutcome, NewUser, UserActivity, UserChange};
pub use webapps::ListedWebapp;
