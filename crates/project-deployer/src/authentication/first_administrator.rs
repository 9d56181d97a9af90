use project_deployer_client::DeployerError;
use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::{GroupName, Login};
use project_deployer_store::Commit;

use super::{ApiKeyRequest, ApiKeyRights, NewApiKey};
use crate::deployer::Deployer;
use crate::session::api_key_record;
use crate::state::RecordCommit as _;

impl Deployer {
    /// Creates the first user of a Deployer that has none: a global administrator, in the group `administrators`,
    /// with a personal API key. None if there are users or groups already.
    ///
    /// # Errors
    ///
    /// The store cannot be read or written, or another process did the same at the same time.
    pub async fn create_first_administrator(
        &self,
        login: Login,
    ) -> Result<Option<NewApiKey>, DeployerError> {
        let model = self.inner.model.snapshot().await?;
        model.all_readable::<User>()?;
        model.all_readable::<Group>()?;
        if model.users().next().is_some() || model.groups().next().is_some() {
            return Ok(None);
        }
        let name = GroupName::parse("administrators")
            .map_err(|error| DeployerError::state("a group", error))?;
        let group = Group::new(name.clone()).with_admin(true);
        let user = User::new(login.clone(), SourceType::Local).in_groups([name]);
        let rights = ApiKeyRights::Personal { user: login.clone() };
        let request = ApiKeyRequest::new(rights, "first key");
        let (record, secret) = api_key_record(request, login, self.now())?;
        let commit = Commit::new().create(&group)?.create(&user)?.create(&record)?;
        self.inner.repository.commit(commit).await?;
        Ok(Some(NewApiKey { key: record.into(), secret }))
    }
}
