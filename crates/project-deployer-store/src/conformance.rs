//! The conformance suites that every store and every archive passes.
//!
//! ```
//! # mod example {
//! mod a_store {
//!     project_deployer_store::store_conformance!(project_deployer_store::MemoryStore::new());
//! }
//! # }
//! ```
#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite of tests")]

pub mod archive;
pub mod store;

/// One test per case of [`store`], each with a new store from the expression. The tests run on a
/// paused clock that advances only when every task waits.
#[macro_export]
macro_rules! store_conformance {
    ($store:expr) => {
        $crate::store_conformance!(@cases $store;
            a_document_is_read_as_it_was_written,
            an_absent_document_is_none,
            a_list_has_one_kind_in_order,
            a_write_that_expects_another_version_is_refused,
            a_version_is_never_reused,
            a_commit_happens_as_a_whole_or_not_at_all,
            of_two_writers_of_one_version_one_wins,
            a_journal_counts_from_one_without_gaps,
            a_lease_has_one_holder,
            a_lease_that_was_given_back_can_be_taken,
            a_lease_that_ran_out_goes_to_the_next_with_a_larger_token,
            a_lease_that_ran_out_and_was_not_taken_is_still_ours,
            a_renewed_lease_does_not_run_out,
            a_stale_holder_cannot_write_renew_or_release
        );
    };
    (@cases $store:expr; $($case:ident),*) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $case() {
                let store = $store;
                $crate::conformance::store::$case(&store).await;
            }
        )*
    };
}

/// One test per case of [`archive`], each with a new archive from the expression.
#[macro_export]
macro_rules! archive_conformance {
    ($archive:expr) => {
        $crate::archive_conformance!(@cases $archive;
            bytes_come_back_under_their_digest,
            the_same_bytes_are_kept_once,
            absent_bytes_are_none,
            deleted_bytes_are_gone,
            a_stream_that_fails_leaves_nothing
        );
    };
    (@cases $archive:expr; $($case:ident),*) => {
        $(
            #[tokio::test]
            async fn $case() {
                let archive = $archive;
                $crate::conformance::archive::$case(&archive).await;
            }
        )*
    };
}
