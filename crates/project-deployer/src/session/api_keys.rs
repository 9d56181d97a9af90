use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::accounts::User;
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_core::{Login, Timestamp};
use project_deployer_store::{Commit, DocumentKey, Expected};
use secrecy::SecretString;

use super::{DeployerSession, Versioned, View, allow, may};
use crate::audit::{Action, Change};
use crate::authentication::{
    ApiKey, ApiKeyRequest, ApiKeyRights, KeyText, NewApiKey, enabled_object,
};
use crate::estate::{EstateScheduleOutcome, EstateScheduleRecord};
use crate::state::{
    ApiKeyRecord, Found, PasswordRecord, Record as _, RecordCommit as _, ScheduleRecord,
    StoredRights, references_to,
};

/// The longest label and description of a key, in bytes.
const MAX_LABEL: usize = 255;
const MAX_DESCRIPTION: usize = 4096;

/// API keys of the Deployer (wire-facts 5.5). A user reads, creates and deletes personal keys of their own;
/// global administrators do so with every key.
impl DeployerSession {
    /// The keys that the caller may read: all of them for a global administrator. One that cannot be read is left
    /// out.
    ///
    /// # Errors
    ///
    /// The store cannot be read.
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>, DeployerError> {
        let view = self.view().await?;
        let all = self.repository().readable_below::<ApiKeyRecord>("").await?;
        let visible = all.into_iter().filter(|key| is_visible(&view, key));
        Ok(visible.map(ApiKey::from).collect())
    }

    /// One key.
    ///
    /// # Errors
    ///
    /// There is no such key for the caller.
    pub async fn api_key(&self, id: &str) -> Result<ApiKey, DeployerError> {
        Ok(self.api_key_at(id).await?.value)
    }

    /// One key, with the revision that a change of it may expect.
    ///
    /// # Errors
    ///
    /// There is no such key for the caller.
    pub async fn api_key_at(&self, id: &str) -> Result<Versioned<ApiKey>, DeployerError> {
        let view = self.view().await?;
        let found = self.repository().existing::<ApiKeyRecord>(id).await?;
        match is_visible(&view, &found.value) {
            true => Ok(Versioned::of(found.value.clone().into(), &found)),
            false => Err(DeployerError::not_found(ApiKeyRecord::NOUN, id)),
        }
    }

    /// Creates a key. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, and the key is not a personal one of its own; or the user of the key
    /// does not exist or is disabled.
    pub async fn create_api_key(&self, request: ApiKeyRequest) -> Result<NewApiKey, DeployerError> {
        let named = ResourceRef::new(ApiKeyRecord::NOUN, "");
        self.attempt(Action::Create, named, self.create_key(request)).await
    }

    async fn create_key(&self, request: ApiKeyRequest) -> Result<NewApiKey, DeployerError> {
        let view = self.view().await?;
        let user = match &request.rights {
            ApiKeyRights::Personal { user } => Some(user),
            ApiKeyRights::Global { acts_as, .. } => acts_as.as_ref(),
        };
        let is_own =
            matches!(&request.rights, ApiKeyRights::Personal { user } if *user == view.login);
        if !is_own {
            let named = ResourceRef::new(ApiKeyRecord::NOUN, &request.label);
            allow(&view, Operation::EditAccounts, Scope::deployer(), named)?;
        }
        refuse_long(&request)?;
        let mut commit = Commit::new();
        if let Some(user) = user {
            enabled_object(&view.model, user)?;
            // Its deletion removes the keys that there are.
            commit = commit.refer(keys_of(user));
        }
        let (record, secret) = api_key_record(request, view.login.clone(), self.deployer.now())?;
        self.commit(commit.create(&record)?, Change::created(&record)?).await?;
        Ok(NewApiKey { key: record.into(), secret })
    }

    /// Replaces label, description and rights of a key. Its secret stays. A personal key keeps its user, and a global
    /// one does not become personal.
    ///
    /// # Errors
    ///
    /// There is no such key for the caller, it is not the one that the caller expects, the key would become another kind or
    /// get another owner, or the user that it acts as does not exist or is disabled.
    pub async fn edit_api_key(
        &self,
        id: &str,
        request: ApiKeyRequest,
    ) -> Result<ApiKey, DeployerError> {
        let work = self.edit_key(id, request);
        self.attempt(Action::Edit, ResourceRef::new(ApiKeyRecord::NOUN, id), work).await
    }

    async fn edit_key(&self, id: &str, request: ApiKeyRequest) -> Result<ApiKey, DeployerError> {
        let view = self.view().await?;
        let found = self.repository().existing::<ApiKeyRecord>(id).await?;
        if !is_visible(&view, &found.value) {
            return Err(DeployerError::not_found(ApiKeyRecord::NOUN, id));
        }
        self.as_expected(&found)?;
        refuse_long(&request)?;
        let rights = StoredRights::from(request.rights);
        refuse_other_kind(&found.value.rights, &rights)?;
        let mut commit = Commit::new();
        if let Some(user) = rights.user().filter(|user| found.value.rights.user() != Some(*user)) {
            enabled_object(&view.model, user)?;
            commit = commit.refer(keys_of(user));
        }
        let (label, description) = (request.label, request.description);
        let edited = ApiKeyRecord { rights, label, description, ..found.value.clone() };
        let change = Change::edited(&found.value, &edited)?;
        self.commit(commit.replace(&found, &edited)?, change).await?;
        Ok(edited.into())
    }

    /// Deletes a key. It authenticates nobody from then on.
    ///
    /// # Errors
    ///
    /// There is no such key for the caller.
    pub async fn delete_api_key(&self, id: &str) -> Result<(), DeployerError> {
        let work = async {
            let view = self.view().await?;
            let found = self.repository().existing::<ApiKeyRecord>(id).await?;
            if !is_visible(&view, &found.value) {
                return Err(DeployerError::not_found(ApiKeyRecord::NOUN, id));
            }
            self.as_expected(&found)?;
            self.commit(Commit::new().remove(&found), Change::deleted(&found.value)?).await
        };
        self.attempt(Action::Delete, ResourceRef::new(ApiKeyRecord::NOUN, id), work).await
    }
}

impl DeployerSession {
    /// Adds to the commit of a user's deletion that its password, and the keys which act as the user, are removed. So
    /// its sessions end as well.
    pub(super) async fn without_keys_of(
        &self,
        view: &View,
        login: &Login,
        commit: Commit,
    ) -> Result<Commit, DeployerError> {
        // Of the snapshot, which is older than the listing: a key that is created meanwhile is noticed.
        let guard = view.model.guard(keys_of(login));
        let keys = self.repository().readable_below::<ApiKeyRecord>("").await?;
        let commit = commit.delete(PasswordRecord::KIND.key(login), Expected::Any);
        let of_user = keys.into_iter().filter(|key| key.rights.user() == Some(login));
        let commit = of_user.fold(commit.without_guard(&guard), |commit, key| {
            commit.delete(ApiKeyRecord::KIND.key(&key.id), Expected::Any)
        });
        let commit = self.without_schedules_of(login, commit).await?;
        self.without_files_of(login, commit).await
    }

    /// The same for updates that wait for their time. One that is settled, or makes way for that of somebody else meanwhile, is
    /// noticed, and decided again by the caller.
    async fn without_schedules_of(
        &self,
        login: &Login,
        mut commit: Commit,
    ) -> Result<Commit, DeployerError> {
        let is_left = |it: &ScheduleRecord| it.requester == *login && it.outcome.is_none();
        let schedules = self.repository().readable_below::<ScheduleRecord>("").await?;
        for listed in schedules.into_iter().filter(is_left) {
            let id = &listed.deployment;
            let found = self.repository().find_readable::<ScheduleRecord>(id).await?;
            if let Found::Readable(found) = found
                && is_left(&found.value)
            {
                commit = commit.remove(&found);
            }
        }
        Ok(commit)
    }

    /// The same for scheduled files of the estate, which are settled. One that is begun or settled meanwhile is noticed, and
    /// decided again by the caller.
    async fn without_files_of(
        &self,
        login: &Login,
        mut commit: Commit,
    ) -> Result<Commit, DeployerError> {
        let files = self.repository().readable_below::<EstateScheduleRecord>("").await?;
        let is_left = |it: &EstateScheduleRecord| it.requester == *login && it.outcome.is_none();
        for listed in files.into_iter().filter(is_left) {
            let found = self.repository().find_readable::<EstateScheduleRecord>(&listed.id).await?;
            let Found::Readable(found) = found else { continue };
            if !is_left(&found.value) {
                continue;
            }
            let at = self.deployer.now();
            let reason = "the user was deleted whose rights it would have had".to_owned();
            let outcome = match found.value.begun {
                None => EstateScheduleOutcome::Withdrawn { at, reason },
                Some(_) => EstateScheduleOutcome::Stopped { at, reason },
            };
            commit = commit.replace(&found, &found.value.settled(outcome))?;
        }
        Ok(commit)
    }
}

/// Written by every key that acts as a user.
fn keys_of(login: &Login) -> DocumentKey {
    references_to(&User::KIND, format_args!("{login} keys"))
}

fn refuse_long(request: &ApiKeyRequest) -> Result<(), DeployerError> {
    let (label, description) = (request.label.len(), request.description.len());
    if label <= MAX_LABEL && description <= MAX_DESCRIPTION {
        return Ok(());
    }
    Err(DeployerError::not_possible(
        format!("the label has {label} bytes and the description {description}"),
        format!("write at most {MAX_LABEL} and {MAX_DESCRIPTION} bytes"),
    ))
}

/// Who acts by a key, and whose rights it has, is decided when it is created.
fn refuse_other_kind(old: &StoredRights, new: &StoredRights) -> Result<(), DeployerError> {
    let same = match (old, new) {
        (StoredRights::Personal { user: old }, StoredRights::Personal { user: new }) => old == new,
        (StoredRights::Global { .. }, StoredRights::Global { .. }) => true,
        _ => false,
    };
    if same {
        return Ok(());
    }
    Err(DeployerError::not_possible(
        "a key keeps its kind, and a personal key keeps its user",
        "create another key, and delete this one",
    ))
}

fn is_visible(view: &View, key: &ApiKeyRecord) -> bool {
    let is_own = matches!(&key.rights, StoredRights::Personal { user } if *user == view.login);
    is_own || may(view, Operation::EditAccounts, Scope::deployer())
}

/// A new key and its secret.
pub(crate) fn api_key_record(
    request: ApiKeyRequest,
    created_by: Login,
    created_on: Timestamp,
) -> Result<(ApiKeyRecord, SecretString), DeployerError> {
    let key = KeyText::random()?;
    let record = ApiKeyRecord {
        id: key.id().to_owned(),
        rights: request.rights.into(),
        label: request.label,
        description: request.description,
        created_by,
        created_on,
        digest: key.digest(),
    };
    Ok((record, key.text()))
}
