//! Webhooks, which global administrators make.

use project_deployer_client::{DeployerError, ResourceRef};
use project_deployer_core::rights::{Operation, Scope};
use project_deployer_store::{Commit, CommitId, Expected};

use super::{DeployerSession, View, allow};
use crate::audit::{Action, Change};
use crate::state::{Record as _, RecordCommit as _};
use crate::webhooks::{
    DeliveryRecord, NewWebhook, Webhook, WebhookDelivery, WebhookRecord, WebhookRequest, post,
    test_event,
};

/// What came of a webhook that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookTrial {
    /// The id of the message. No event has it.
    pub id: String,
    /// The HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// What was wrong; none is a success.
    pub error: Option<String>,
}

/// Webhooks (G8, J8). They are for global administrators: what they send names objects that not everybody sees.
impl DeployerSession {
    /// All webhooks, without their secrets.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or the store does not answer.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, DeployerError> {
        self.view_of_webhooks("").await?;
        self.repository().readable_below::<Webhook>("").await
    }

    /// Makes a webhook. The answer has its secret, which nothing shows again.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, the id is in use or is none, or it would get no events.
    pub async fn create_webhook(
        &self,
        request: WebhookRequest,
    ) -> Result<NewWebhook, DeployerError> {
        let named = ResourceRef::new(WebhookRecord::NOUN, &request.id);
        let work = async {
            let view = self.view_of_webhooks(&request.id).await?;
            if self.repository().find::<WebhookRecord>(&request.id).await?.is_some() {
                return Err(DeployerError::AlreadyExists(named.clone()));
            }
            let (new, _) = request.made(None, view.login.clone(), self.deployer.now())?;
            // What waited for an earlier one with this id is not for this one. Without a webhook nothing is added.
            let left = self.deliveries_of(&new.webhook.id).await?;
            let commit = left.into_iter().fold(Commit::new().create(&new)?, |commit, record| {
                commit.delete(DeliveryRecord::KIND.key(record.record_id()), Expected::Any)
            });
            self.commit(commit, Change::created(&new)?).await?;
            Ok(NewWebhook { webhook: new.webhook, secret: Some(new.secret) })
        };
        self.attempt(Action::Create, named.clone(), work).await
    }

    /// Replaces a webhook. It keeps its secret unless a new one is wanted, which the answer has. One that was disabled
    /// since it failed gets what waits for it.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such webhook, or it would get no events.
    pub async fn edit_webhook(&self, request: WebhookRequest) -> Result<NewWebhook, DeployerError> {
        let named = ResourceRef::new(WebhookRecord::NOUN, &request.id);
        let work = async {
            let view = self.view_of_webhooks(&request.id).await?;
            let found = self.repository().existing::<WebhookRecord>(&request.id).await?;
            let (new, has_new_secret) =
                request.made(Some(&found.value), view.login.clone(), self.deployer.now())?;
            let commit = Commit::new().replace(&found, &new)?;
            let commit = self.deployer.with_webhook_finding(&new.webhook.id, None, commit).await?;
            self.commit(commit, Change::edited(&found.value, &new)?).await?;
            let secret = has_new_secret.then_some(new.secret);
            Ok(NewWebhook { webhook: new.webhook, secret })
        };
        self.attempt(Action::Edit, named, work).await
    }

    /// Deletes a webhook, with what waits for it.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or there is no such webhook.
    pub async fn delete_webhook(&self, id: &str) -> Result<(), DeployerError> {
        let work = async {
            self.view_of_webhooks(id).await?;
            let found = self.repository().existing::<WebhookRecord>(id).await?;
            let commit = Commit::new().remove(&found);
            let commit = self.deployer.with_webhook_finding(id, None, commit).await?;
            let waiting = self.deliveries_of(id).await?.into_iter();
            let commit = waiting.fold(commit, |commit, record| {
                commit.delete(DeliveryRecord::KIND.key(record.record_id()), Expected::Any)
            });
            self.commit(commit, Change::deleted(&found.value)?).await
        };
        self.attempt(Action::Delete, ResourceRef::new(WebhookRecord::NOUN, id), work).await?;
        // What was committed since it was listed. The webhook is gone all the same.
        if let Err(error) = self.deployer.clear_deliveries_of(id).await {
            tracing::warn!(webhook = id, %error, "what waits for a webhook that is gone could not be removed");
        }
        Ok(())
    }

    /// Sends an event to a webhook now, which says that it is a test. What waits is not sent.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, or there is no such webhook. A receiver that does not answer is no error
    /// here: see the outcome.
    pub async fn try_webhook(&self, id: &str) -> Result<WebhookTrial, DeployerError> {
        let begun = async {
            self.view_of_webhooks(id).await?;
            let found = self.repository().existing::<WebhookRecord>(id).await?;
            // Before it is sent: what cannot be recorded is not done.
            let change = Change::of(Action::TryWebhook, WebhookRecord::KIND.name(), &id);
            self.commit(Commit::new(), change).await?;
            Ok(found.value)
        };
        let named = ResourceRef::new(WebhookRecord::NOUN, id);
        let webhook = self.attempt(Action::TryWebhook, named, begun).await?;
        let now = self.deployer.now();
        let event = test_event(&webhook.webhook, now, &CommitId::random().to_string());
        let message = event.delivery.id.clone();
        let Some(sender) = self.deployer.inner.hooks.sender() else {
            let error = "this Deployer sends no calls; use a connector that does".to_owned();
            return Ok(WebhookTrial { id: message, status: None, error: Some(error) });
        };
        let sent = post(&*sender, &webhook, &event, now).await;
        Ok(WebhookTrial { id: message, status: sent.status, error: sent.error })
    }

    /// What was sent to a webhook, and what waits, the latest first. What was delivered is kept for 30 days, and the last
    /// 200 of a webhook.
    ///
    /// # Errors
    ///
    /// The caller is no global administrator, there is no such webhook, or the store does not answer.
    pub async fn webhook_deliveries(
        &self,
        id: &str,
    ) -> Result<Vec<WebhookDelivery>, DeployerError> {
        self.view_of_webhooks(id).await?;
        self.repository().existing::<WebhookRecord>(id).await?;
        let records = self.deliveries_of(id).await?;
        Ok(records.into_iter().rev().map(|record| record.delivery).collect())
    }

    async fn deliveries_of(&self, id: &str) -> Result<Vec<DeliveryRecord>, DeployerError> {
        self.repository().readable_below::<DeliveryRecord>(&format!("{id}/")).await
    }

    async fn view_of_webhooks(&self, id: &str) -> Result<View, DeployerError> {
        let view = self.view().await?;
        // Whoever may change all accounts may do anything.
        let named = ResourceRef::new(WebhookRecord::NOUN, id);
        allow(&view, Operation::EditAccounts, Scope::deployer(), named)?;
        Ok(view)
    }
}
