/// Makes a wrapper a [`Store`](crate::Store): its `pass` returns the inner store before each operation, or fails
/// it; its `pass_commit` does the same for a commit and carries it out. With `answered`, this method of the wrapper
/// ends before each answer arrives; it gets what the operation does.
macro_rules! wrapper_of_a_store {
    ($wrapper:ident) => {
        $crate::wrapper::wrapper_of_a_store! { $wrapper, $crate::wrapper::at_once }
    };
    ($wrapper:ident, answered) => {
        $crate::wrapper::wrapper_of_a_store! { $wrapper, Self::answered }
    };
    ($wrapper:ident, $answered:expr) => {
        $crate::wrapper::wrapper_of_a_store! { @methods $wrapper, $answered,
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
    (@methods $wrapper:ident, $answered:expr,
        $($method:ident($($name:ident: $type:ty),*) -> $answer:ty, $action:literal;)*
    ) => {
        #[async_trait::async_trait]
        impl<S: $crate::Store> $crate::Store for $wrapper<S> {
            fn lasts(&self) -> bool {
                self.inner.lasts()
            }

            async fn commit(
                &self,
                commit: $crate::Commit,
            ) -> Result<$crate::Revision, $crate::StoreError> {
                self.pass_commit(commit).await
            }

            $(
                async fn $method(&self, $($name: $type),*) -> Result<$answer, $crate::StoreError> {
                    let answer = self.pass($action).await?.$method($($name),*).await;
                    ($answered)(self, $action).await;
                    answer
                }
            )*
        }
    };
}
pub(crate) use wrapper_of_a_store;

/// An answer that arrives without a delay.
pub(crate) async fn at_once<S: Sync>(_wrapper: &S, _action: &str) {}
