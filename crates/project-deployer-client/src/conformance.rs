//! The behaviour that all nodes share: one suite for all implementations of
//! [`AutomationNode`] and [`NodeAccounts`].
//!
//! An implementation says with [`NodeUnderTest`] how a node comes to be; the macro
//! [`automation_node_conformance!`](crate::automation_node_conformance) makes the tests.
//!
//! ```
//! # mod example {
//! mod a_fake_node {
//!     use std::sync::Arc;
//!
//!     use project_deployer_client::conformance::{NodeSeed, NodeUnderTest};
//!     use project_deployer_client::{Identity, AutomationNode, FakeNode, NodeAccounts};
//!     use project_deployer_core::bundle::BundleContents;
//!
//!     struct Fake(FakeNode);
//!
//!     #[async_trait::async_trait]
//!     impl NodeUnderTest for Fake {
//!         async fn start(seed: NodeSeed) -> Self {
//!             Self(FakeNode::seeded(seed))
//!         }
//!         async fn node(&self, acting: Identity) -> Arc<dyn AutomationNode> {
//!             Arc::new(self.0.as_caller(acting))
//!         }
//!         async fn accounts(&self) -> Arc<dyn NodeAccounts> {
//!             Arc::new(self.0.clone())
//!         }
//!         fn bundle(&self, contents: &BundleContents) -> Vec<u8> {
//!             serde_json::to_vec(contents).unwrap()
//!         }
//!     }
//!
//!     project_deployer_client::automation_node_conformance!(Fake);
//! }
//! # }
//! ```
#![expect(clippy::unwrap_used, reason = "a suite of tests")]

pub mod accounts;
pub mod activation;
pub mod bundles;
pub mod code_envs;
pub mod configuration;
mod fixture;
pub mod instance;
pub mod projects;
pub mod scenarios;
mod seed;
pub mod webapps;

use std::sync::Arc;

use async_trait::async_trait;
use project_deployer_core::bundle::BundleContents;

pub use seed::{FolderSeed, NodeSeed};

use crate::automation_node::AutomationNode;
use crate::connector::Identity;
use crate::node_accounts::NodeAccounts;

/// How an implementation takes part in the suite. What it starts runs until it is dropped.
#[async_trait]
pub trait NodeUnderTest: Sized + Send + Sync {
    /// A new node with what the seed names, and with a valid admin key.
    async fn start(seed: NodeSeed) -> Self;

    /// The node for a caller. The node may not know the caller.
    async fn node(&self, acting: Identity) -> Arc<dyn AutomationNode>;

    /// The accounts of the node, with the admin key.
    async fn accounts(&self) -> Arc<dyn NodeAccounts>;

    /// The archive of a bundle that holds this, as the node reads it.
    fn bundle(&self, contents: &BundleContents) -> Vec<u8>;
}

/// One test per case of the suite, each with a new node of this type, which implements
/// [`NodeUnderTest`](crate::conformance::NodeUnderTest).
#[macro_export]
macro_rules! automation_node_conformance {
    ($node:ty) => {
        $crate::automation_node_conformance!(@cases $node; instance;
            the_node_tells_its_name,
            the_key_is_taken_for_an_administrator,
            a_login_is_taken_for_its_user,
            an_unknown_login_is_refused,
            a_disabled_login_is_refused,
            resources_list_connections_with_their_type,
            resources_list_code_envs_and_plugins,
            no_administrator_learns_more_than_names_of_usable_connections,
            a_folder_tells_its_name_and_its_projects,
            a_folder_that_is_absent_or_hidden_is_none
        );
        $crate::automation_node_conformance!(@cases $node; projects;
            an_absent_project_is_none,
            an_empty_project_has_no_bundle,
            a_second_creation_is_refused,
            a_login_without_the_right_creates_no_project,
            a_folder_for_others_takes_no_project,
            the_root_folder_takes_projects_of_who_may_write_there,
            a_hidden_project_does_not_read_as_absent
        );
        $crate::automation_node_conformance!(@cases $node; bundles;
            a_project_is_created_from_a_bundle_without_activation,
            a_second_creation_from_a_bundle_is_refused,
            a_login_without_the_right_creates_no_project_from_a_bundle,
            what_is_no_bundle_is_refused,
            an_archive_that_breaks_off_creates_nothing,
            a_new_project_belongs_to_its_creator_alone,
            permissions_are_propagated_without_unknown_users_and_groups,
            limited_propagation_makes_readers,
            a_bundle_is_imported_into_a_project_of_another_key,
            a_bundle_is_imported_once,
            a_bundle_is_not_imported_into_an_absent_project,
            preloading_installs_what_is_missing,
            preloading_fails_for_what_is_missing_where_the_settings_say_so,
            an_absent_bundle_is_not_preloaded
        );
        $crate::automation_node_conformance!(@cases $node; activation;
            activation_makes_a_bundle_the_active_one,
            an_earlier_bundle_is_activated_again,
            activation_is_safe_to_repeat,
            an_absent_bundle_is_not_activated,
            activate_fails_and_leaves_the_node_as_it_was_when_a_connection_is_missing,
            activate_fails_when_a_connection_has_another_type,
            activate_fails_when_the_caller_may_not_use_a_connection,
            activate_fails_when_a_code_env_is_missing,
            activate_fails_when_a_code_env_was_not_preloaded,
            a_remapped_connection_is_found_under_its_other_name,
            a_remapping_to_an_absent_connection_fails,
            a_missing_plugin_is_a_warning
        );
        $crate::automation_node_conformance!(@cases $node; configuration;
            container_settings_come_back_as_written,
            variables_come_back_as_written,
            permissions_come_back_as_written,
            authorized_objects_come_back_as_written,
            a_flag_that_is_off_gives_no_right,
            a_change_of_one_part_leaves_the_others,
            an_absent_project_has_no_configuration
        );
        $crate::automation_node_conformance!(@cases $node; scenarios;
            activation_brings_the_scenarios_of_the_bundle,
            activation_sets_the_triggers_that_it_names,
            local_scenario_state_survives_a_second_activation,
            a_change_of_a_scenario_leaves_the_rest,
            a_scenario_run_ends_with_an_outcome,
            an_absent_scenario_is_not_found
        );
        $crate::automation_node_conformance!(@cases $node; code_envs;
            a_code_env_that_a_preload_made_has_a_log,
            no_administrator_reads_no_log_of_a_code_env,
            an_absent_code_env_has_no_log
        );
        $crate::automation_node_conformance!(@cases $node; webapps;
            activation_brings_the_webapps_of_the_bundle,
            a_webapp_takes_another_user_and_keeps_the_rest,
            a_restart_makes_a_backend_run,
            a_change_of_the_user_leaves_the_backend_alone,
            a_reader_changes_no_webapp,
            an_absent_webapp_is_not_found
        );
        $crate::automation_node_conformance!(@cases $node; accounts;
            users_are_told,
            groups_are_told,
            ldap_settings_are_told,
            external_users_are_told_with_their_groups,
            provisioning_is_refused_when_the_settings_do_not_allow_it,
            provisioning_creates_the_account_of_a_directory_user,
            provisioning_leaves_an_account_of_another_source_alone,
            a_resync_is_refused_when_the_settings_do_not_allow_it,
            a_resync_brings_the_groups_of_the_directory,
            rules_for_accounts_are_told,
            a_user_is_kept_out_and_let_in_again,
            an_absent_user_is_not_found,
            a_personal_key_is_told_once_and_never_in_debug
        );
    };
    (@cases $node:ty; $group:ident; $($case:ident),*) => {
        $(
            #[tokio::test]
            async fn $case() {
                $crate::conformance::$group::$case::<$node>().await;
            }
        )*
    };
}

#[cfg(test)]
mod tests;
