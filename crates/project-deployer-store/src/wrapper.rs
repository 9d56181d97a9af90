/// Makes a wrapper a [`Store`](crate::Store): its `pass` returns the inner store before each operation, or fails
/// it; its `pass_commit` does the same for a commit and carries it out.
macro_rules! wrapper_of_a_store {
    ($wrapper:ident) => {
        #[async_trait::async_trait]
        impl<S: crate::Store> crate::Store for $wrapper<S> {
            async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
                self.pass("read").await?.read(key).await
            }

            async fn list(
                &self,
                collection: Collection,
            ) -> Result<Vec<(String, Document)>, StoreError> {
                self.pass("list").await?.list(collection).await
            }

            async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
                self.pass_commit(commit).await
            }

            async fn journal(
                &self,
                stream: &JournalStream,
                after: u64,
            ) -> Result<Vec<JournalEntry>, StoreError> {
                self.pass("read a journal").await?.journal(stream, after).await
            }

            async fn take_lease(
                &self,
                name: &str,
                holder: &str,
                time: Duration,
            ) -> Result<Lease, StoreError> {
                self.pass("take a lease").await?.take_lease(name, holder, time).await
            }

            async fn renew_lease(&self, lease: &Lease, time: Duration) -> Result<(), StoreError> {
                self.pass("renew a lease").await?.renew_lease(lease, time).await
            }

            async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
                self.pass("release a lease").await?.release_lease(lease).await
            }
        }
    };
}
pub(crate) use wrapper_of_a_store;
