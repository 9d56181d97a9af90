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
pub mod maintenance;
pub mod store;

/// One test per case of [`store`], each with a new store from the expression. No case waits, so the suite
/// runs on a database as well. The expression may `await`.
///
/// `as NAME` before the expression makes one test of all cases, for a store whose server takes longer to start than the
/// cases take. It prints each case before it starts.
#[macro_export]
macro_rules! store_conformance {
    ($store:expr) => {
        $crate::store_conformance!(@all cases ($store));
    };
    (as $name:ident, $store:expr) => {
        $crate::store_conformance!(@all one_test ($name, $store));
    };
    (@all $form:ident $arguments:tt) => {
        $crate::store_conformance!(@$form $arguments;
            a_document_is_read_as_it_was_written,
            an_absent_document_is_none,
            a_list_has_one_kind_in_order,
            a_list_can_have_a_prefix,
            a_write_that_expects_another_revision_is_refused,
            a_revision_is_never_reused,
            a_commit_has_the_next_revision,
            a_commit_happens_as_a_whole_or_not_at_all,
            a_commit_happens_once_however_often_it_is_sent,
            another_commit_under_a_written_id_is_refused,
            a_malformed_commit_is_refused,
            odd_values_come_back_as_they_were,
            what_some_store_cannot_hold_is_refused,
            a_name_that_cannot_be_is_not_found,
            of_many_writers_of_one_revision_one_wins,
            changes_are_read_in_order,
            a_commit_is_on_one_page_of_changes,
            a_reader_of_changes_misses_nothing,
            compaction_forgets_deletions,
            a_journal_counts_from_one_without_gaps,
            a_removed_journal_is_empty,
            a_lease_has_one_holder,
            a_lease_that_was_given_back_can_be_taken,
            a_lease_that_ran_out_goes_to_the_next_with_a_larger_token,
            a_lease_that_ran_out_and_was_not_taken_is_still_ours,
            a_renewed_lease_does_not_run_out,
            a_stale_holder_cannot_write_renew_or_release
        );
    };
    (@cases ($store:expr); $($case:ident),*) => {
        $(
            #[tokio::test]
            async fn $case() {
                let store = $store;
                $crate::conformance::store::$case(&store).await;
            }
        )*
    };
    (@one_test ($name:ident, $store:expr); $($case:ident),*) => {
        #[tokio::test]
        async fn $name() {
            $(
                println!("case {}", stringify!($case));
                let store = $store;
                $crate::conformance::store::$case(&store).await;
            )*
        }
    };
}

/// One test per case of [`maintenance`], each with a new store from the expression, or in a field of it. `as NAME`
/// before the expression makes one test of all cases, as in [`store_conformance!`].
#[macro_export]
macro_rules! maintenance_conformance {
    (as $name:ident, $store:expr) => {
        $crate::maintenance_conformance!(@all one_test ($name, $store));
    };
    ($store:expr $(, $field:ident)?) => {
        $crate::maintenance_conformance!(@all cases ($store, ($(. $field)?)));
    };
    (@all $form:ident $arguments:tt) => {
        $crate::maintenance_conformance!(@$form $arguments;
            everything_is_counted,
            all_keys_are_listed_in_order,
            journals_with_entries_are_listed_in_order,
            counters_only_grow,
            a_snapshot_stays_as_it_is,
            a_store_that_is_whole_has_no_damage,
            maintenance_changes_no_document
        );
    };
    (@cases ($store:expr, $field:tt); $($case:ident),*) => {
        $($crate::maintenance_conformance!(@case $store, $field, $case);)*
    };
    (@one_test ($name:ident, $store:expr); $($case:ident),*) => {
        #[tokio::test]
        async fn $name() {
            $(
                println!("case {}", stringify!($case));
                let store = $store;
                $crate::conformance::maintenance::$case(&store).await;
            )*
        }
    };
    (@case $store:expr, ($($field:tt)*), $case:ident) => {
        #[tokio::test]
        async fn $case() {
            let store = $store;
            $crate::conformance::maintenance::$case(&store $($field)*).await;
        }
    };
}

/// One test per case of [`archive`], each with a new archive from the expression.
#[macro_export]
macro_rules! archive_conformance {
    ($archive:expr) => {
        $crate::archive_conformance!(@cases $archive;
            bytes_come_back_under_their_digest,
            bytes_are_read_from_an_offset,
            the_same_bytes_are_kept_once,
            absent_bytes_are_none,
            deleted_bytes_are_gone,
            a_list_is_read_in_pages,
            a_stream_that_fails_leaves_nothing,
            other_bytes_than_announced_are_refused,
            of_many_who_put_the_same_bytes_all_succeed,
            an_archive_of_several_parts_comes_back,
            of_two_who_put_a_large_archive_both_succeed,
            a_file_comes_back_under_its_digest,
            a_file_from_elsewhere_comes_back,
            a_large_file_comes_back,
            the_same_file_is_kept_once,
            a_deleted_file_can_be_put_again,
            a_file_is_stored_when_it_is_put,
            of_many_who_put_the_same_file_all_succeed,
            archives_have_one_owner
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
