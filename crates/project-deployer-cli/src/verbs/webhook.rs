use std::collections::BTreeSet;

use clap::Subcommand;
use project_deployer::core::{InfraId, NodeAddress, StageId};
use project_deployer::watch::WatchEventKind;
use project_deployer::webhooks::WebhookRequest;
use serde_json::json;

use super::Connection;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};
use crate::target::MadeWebhook;

const KIND: &str = "webhook";
const DELIVERY: &str = "delivery";
const COLUMNS: &[Column] = &[
    ("id", "/id"),
    ("address", "/url"),
    ("events", "/events"),
    ("enabled", "/enabled"),
    ("disabled", "/disabled"),
];
const SENT: &[Column] = &[
    ("id", "/id"),
    ("event", "/event"),
    ("created", "/createdAt"),
    ("state", "/state"),
    ("attempts", "/attempts"),
    ("status", "/lastStatus"),
    ("error", "/lastError"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the webhooks.
    List,
    /// Make a webhook, and show its secret, which nothing shows again.
    Create {
        #[command(flatten)]
        webhook: WebhookArguments,
    },
    /// Replace a webhook. It keeps its secret.
    Edit {
        #[command(flatten)]
        webhook: WebhookArguments,

        /// Send nothing to it.
        #[arg(long)]
        off: bool,

        /// Make a new secret, and show it.
        #[arg(long)]
        new_secret: bool,
    },
    /// Delete a webhook, with what waits for it.
    Delete {
        /// The webhook.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Send a test to a webhook.
    Try {
        /// The webhook.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// List what was sent to a webhook, and what waits.
    Deliveries {
        /// The webhook.
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct WebhookArguments {
    /// Its id: letters, digits, - and _.
    #[arg(value_name = "ID")]
    id: String,

    /// Where calls go.
    #[arg(long, value_name = "URL", value_parser = address)]
    url: NodeAddress,

    /// Which events it gets: finding.opened, finding.changed, finding.resolved, health.changed. May be repeated. All about
    /// findings without it.
    #[arg(long = "event", value_name = "EVENT")]
    events: Vec<WatchEventKind>,

    /// Only of infrastructures of this stage. May be repeated.
    #[arg(long = "stage", value_name = "STAGE")]
    stages: Vec<StageId>,

    /// Only of this infrastructure. May be repeated.
    #[arg(long = "infra", value_name = "ID")]
    infras: Vec<InfraId>,

    /// Accept any certificate.
    #[arg(long)]
    trust_all_certificates: bool,
}

fn address(text: &str) -> Result<NodeAddress, String> {
    NodeAddress::parse(text).map_err(|error| error.to_string())
}

impl WebhookArguments {
    fn request(self) -> WebhookRequest {
        let request = WebhookRequest::new(self.id, self.url)
            .with_stages(self.stages.into_iter().collect::<BTreeSet<_>>())
            .with_infras(self.infras.into_iter().collect::<BTreeSet<_>>())
            .with_trust_all_certificates(self.trust_all_certificates);
        match self.events.is_empty() {
            true => request,
            false => request.with_events(self.events.into_iter().collect::<BTreeSet<_>>()),
        }
    }
}

/// Carries an action out.
///
/// # Errors
///
/// The Deployer does not answer, refuses the action, or has no call for it.
pub(super) async fn act(connection: &Connection, action: Action) -> Result<Exit, Failure> {
    let deployer = connection.deployer();
    match action {
        Action::List => {
            connection.show(ObjectsView::list(KIND, deployer.list_webhooks().await?, COLUMNS))
        }
        Action::Create { webhook } => {
            made(connection, "created", &deployer.new_webhook(webhook.request()).await?)
        }
        Action::Edit { webhook, off, new_secret } => {
            let request = webhook.request().with_enabled(!off).with_new_secret(new_secret);
            made(connection, "edited", &deployer.change_webhook(request).await?)
        }
        Action::Delete { id } => {
            deployer.drop_webhook(&id).await?;
            connection.done(KIND, "deleted", &id)
        }
        Action::Try { id } => {
            let tried = deployer.test_webhook(&id).await?;
            let object = json!(tried);
            match tried.error {
                Some(error) => {
                    Err(Failure::failed(format!("webhook `{id}` did not take it: {error}")))
                }
                None => {
                    let text = format!("webhook `{id}` took message {}", tried.id);
                    connection.write(&ObjectsView::done(KIND, "tried", object, text))
                }
            }
        }
        Action::Deliveries { id } => {
            connection.show(ObjectsView::list(DELIVERY, deployer.sent_to(&id).await?, SENT))
        }
    }
}

/// Shows a secret that was made: only now.
fn made(connection: &Connection, action: &'static str, new: &MadeWebhook) -> Result<Exit, Failure> {
    let id = &new.id;
    let secret = new.secret.as_ref().map(|secret| secret.expose());
    let text = match secret {
        Some(secret) => format!("webhook `{id}` was {action}; its secret is {secret}"),
        None => format!("webhook `{id}` was {action}"),
    };
    let object = json!({"id": id, "secret": secret});
    connection.write(&ObjectsView::done(KIND, action, object, text))
}
