use std::fmt;

use project_deployer_client::DeployerError;
use project_deployer_core::accounts::{Group, SourceType, User};
use project_deployer_core::{GroupName, Login};
use project_deployer_store::Commit;
use secrecy::SecretString;

use super::{ApiKeyRequest, ApiKeyRights, NewApiKey};
use crate::audit::{Asked, Change};
use crate::deployer::Deployer;
use crate::session::{api_key_record, refuse_reserved};
use crate::state::{ApiKeyRecord, RecordCommit as _};

/// The group of the first administrator.
const GROUP: &str = "administrators";

/// The first user of a Deployer, who is not created yet: keep the [`secret`](Self::secret) first, so that it is not
/// lost if the program dies.
#[must_use = "nothing is created until `create` is called"]
pub struct FirstAdministrator {
    deployer: Deployer,
    group: Group,
    user: User,
    key: ApiKeyRecord,
    secret: SecretString,
}

impl Deployer {
    /// Prepares the first user of a Deployer that has none: a global administrator, in the group `administrators`,
    /// with a personal API key. None if there are users or groups already.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or the system gives no random numbers.
    pub async fn first_administrator(
        &self,
        login: Login,
    ) -> Result<Option<FirstAdministrator>, DeployerError> {
        refuse_reserved(&login)?;
        let model = self.snapshot().await?;
        model.all_readable::<User>()?;
        model.all_readable::<Group>()?;
        if model.users().next().is_some() || model.groups().next().is_some() {
            return Ok(None);
        }
        let name =
            GroupName::parse(GROUP).map_err(|error| DeployerError::state("a group", error))?;
        let group = Group::new(name.clone()).with_admin(true);
        let user = User::new(login.clone(), SourceType::Local).in_groups([name]);
        let rights = ApiKeyRights::Personal { user: login.clone() };
        let request = ApiKeyRequest::new(rights, "first key");
        let (key, secret) = api_key_record(request, login, self.now())?;
        Ok(Some(FirstAdministrator { deployer: self.clone(), group, user, key, secret }))
    }
}

impl FirstAdministrator {
    /// The id of the API key, which is no secret.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key.id
    }

    /// The text of the API key.
    #[must_use]
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// Creates the user, the group and the key.
    ///
    /// # Errors
    ///
    /// The store cannot be written, or another process did the same at the same time.
    pub async fn create(self) -> Result<NewApiKey, DeployerError> {
        let commit = Commit::new().create(&self.group)?.create(&self.user)?.create(&self.key)?;
        let change = Change::created(&self.user)?;
        self.deployer.commit_change(Asked::default(), commit, change).await?;
        Ok(NewApiKey { key: self.key.into(), secret: self.secret })
    }
}

impl fmt::Debug for FirstAdministrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirstAdministrator")
            .field("login", &self.user.login)
            .finish_non_exhaustive()
    }
}
