/// Makes a wrapper a [`Store`](crate::Store): its `pass` returns the inner store before each operation, or fails
/// it; its `pass_commit` does the same for a commit and carries it out.
macro_rules! wrapper_of_a_store {
    ($wrapper:ident) => {
        $crate::wrapper::wrapper_of_a_store! { @methods $wrapper
            read(key: &$crate::DocumentKey) -> Option<$crate::Document>, "read";
            list(listing: &$crate::Listing) -> Vec<$crate::ListedDocument>, "list";
            committed(id: $crate::CommitId) -> Option<$crate::Revision>, "look for a commit";
            changes(after: $crate::Revision, limit: usize) -> $crate::Changes, "read changes";
            journal(stream: &$crate::JournalStream, after: u64, limit: usize)
                -> Vec<$crate::JournalEntry>, "read a journal";
            take_lease(name: &str, holder: &str, time: std::time::Duration)
                -> $crate::Lease, "take a lease";
            renew_lease(lease: &$crate::Lease, time: std::time::Duration) -> (), "renew a lease";
            release_lease(lease: &$crate::Lease) -> (), "release a lease";
            compact(until: $crate::Revision) -> (), "compact";
            status() -> $crate::StoreStatus, "report its status";
        }
    };
    (@methods $wrapper:ident
        $($method:ident($($name:ident: $type:ty),*) -> $answer:ty, $action:literal;)*
    ) => {
        #[async_trait::async_trait]
        impl<S: $crate::Store> $crate::Store for $wrapper<S> {
            async fn commit(
                &self,
                commit: $crate::Commit,
            ) -> Result<$crate::Revision, $crate::StoreError> {
                self.pass_commit(commit).await
            }

            $(
                async fn $method(&self, $($name: $type),*) -> Result<$answer, $crate::StoreError> {
                    self.pass($action).await?.$method($($name),*).await
                }
            )*
        }
    };
}
pub(crate) use wrapper_of_a_store;
