//! What a user changes of its own account (wire-facts 3.2).

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::accounts::User;
use project_deployer_core::document::Document as _;
use serde_json::{Map, Value};

use super::DeployerSession;
use super::accounts::ATTEMPTS;
use super::administrators::{AccountChange, Change};
use crate::audit::Action;
use crate::state::Record as _;

/// The fields of a user that are its own. Groups, names and the rest are for administrators.
const OWN: [&str; 2] = ["userProperties", "preferences"];

impl DeployerSession {
    /// The user who asks, with the fields that are its own.
    ///
    /// # Errors
    ///
    /// The caller is no user of the Deployer.
    pub async fn own_user(&self) -> Result<User, DeployerError> {
        let view = self.view().await?;
        let user = view.model.user(&view.login)?;
        let user = user
            .map(|kept| User::clone(&kept.value))
            .ok_or_else(|| DeployerError::not_found(User::NOUN, &view.login))?;
        let mut document = fields_of(&user)?;
        let known = fields_of(&User::new(user.login.clone(), user.source_type.clone()))?;
        document.retain(|field, _| {
            known.contains_key(field) || field == "email" || OWN.contains(&field.as_str())
        });
        read(&user, document)
    }

    /// Replaces what the caller may change of itself: properties and preferences. Other fields stay as they are.
    ///
    /// # Errors
    ///
    /// The caller is no user of the Deployer.
    pub async fn edit_own_user(&self, sent: &Map<String, Value>) -> Result<(), DeployerError> {
        let login = self.view().await?.login.clone();
        let mut attempts = 0;
        let work = async {
            loop {
                let view = self.view().await?;
                let kept = view.model.user(&view.login)?;
                let kept = kept.ok_or_else(|| DeployerError::not_found(User::NOUN, &view.login))?;
                let mut document = fields_of(&kept.value)?;
                let own = OWN.iter().filter_map(|field| Some((*field, sent.get(*field)?)));
                document.extend(own.map(|(field, value)| (field.to_owned(), value.clone())));
                let edited = read(&kept.value, document)?;
                let change = AccountChange::User(Change::Edit(&edited));
                let (commit, record) = view.account_commit(change)?;
                attempts += 1;
                match self.commit(commit, record).await {
                    Err(DeployerError::ChangedMeanwhile(_)) if attempts < ATTEMPTS => {}
                    other => return other,
                }
            }
        };
        self.attempt(Action::Edit, ResourceRef::new(User::NOUN, &login), work).await
    }
}

fn fields_of(user: &User) -> Result<Map<String, Value>, DeployerError> {
    match serde_json::to_value(user) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Ok(Map::new()),
        Err(error) => Err(DeployerError::state(User::KIND.key(&user.login).to_string(), error)),
    }
}

fn read(user: &User, document: Map<String, Value>) -> Result<User, DeployerError> {
    User::from_document(Value::Object(document)).map_err(|problems| DeployerError::Invalid {
        object: ResourceRef::new(User::NOUN, &user.login),
        problems,
    })
}
