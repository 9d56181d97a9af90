use clap::Subcommand;
use project_deployer::core::{GroupName, Login};
use project_deployer_client::request::keys::GlobalKeyRights;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::Connection;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};
use crate::target::{KeyChange, KeyKind, KeyRights, NewKey};

const KIND: &str = "key";
const COLUMNS: &[Column] = &[
    ("key", "/id"),
    ("user", "/user"),
    ("label", "/label"),
    ("groups", "/groups"),
    ("administers", "/admin"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List API keys, without their secrets.
    List(Whose),
    /// Show an API key, without its secret.
    Show {
        id: String,
        #[command(flatten)]
        whose: Whose,
    },
    /// Create an API key. Its secret is written to standard output, and nobody can read it again.
    #[command(
        after_help = "Examples:\n  deployer key create --label pipeline\n  deployer key create --label pipeline \
                            --global --group deployers"
    )]
    Create(CreateArguments),
    /// Change the label and the description of an API key, or replace all rights of a global one. Its secret and its owner
    /// stay.
    #[command(
        after_help = "Examples:\n  deployer key edit ID --label nightly\n  deployer key edit ID --global --group releasers"
    )]
    Edit(EditArguments),
    /// Delete an API key. It is refused from then on.
    Delete {
        id: String,
        #[command(flatten)]
        whose: Whose,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct CreateArguments {
    /// A name for it.
    #[arg(long, value_name = "TEXT")]
    label: String,

    /// What it is for.
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,

    /// A key of another user. It needs the rights of an administrator.
    #[arg(long = "for", value_name = "LOGIN", conflicts_with = "global")]
    owner: Option<Login>,

    /// A group whose rights a global key has; may be given several times.
    #[arg(long = "group", value_name = "NAME", requires = "global")]
    groups: Vec<GroupName>,

    /// A global key that may do everything.
    #[arg(long, requires = "global", conflicts_with = "groups")]
    administrator: bool,

    #[command(flatten)]
    whose: Whose,
}

/// What is not named stays.
#[derive(Debug, clap::Args)]
pub(crate) struct EditArguments {
    id: String,

    /// A name for it.
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,

    /// What it is for.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// A group whose rights the global key has from now on, in place of those that it has; may be given several times.
    #[arg(long = "group", value_name = "NAME", requires = "global")]
    groups: Vec<GroupName>,

    /// The global key may do everything from now on.
    #[arg(long, requires = "global", conflicts_with = "groups")]
    administrator: bool,

    #[command(flatten)]
    whose: Whose,
}

impl EditArguments {
    fn change(self) -> Result<KeyChange, Failure> {
        let rights = match (self.administrator, self.groups.is_empty()) {
            (true, _) => Some(GlobalKeyRights::Admin),
            (false, false) => Some(GlobalKeyRights::Groups(self.groups)),
            (false, true) => None,
        };
        let change = KeyChange { label: self.label, description: self.description, rights };
        if change == KeyChange::default() {
            return Err(Failure::usage(
                "nothing to change; pass --label, --description, --group or --administrator",
            ));
        }
        Ok(change)
    }
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Whose {
    /// Global API keys, which belong to no user. It needs the rights of an administrator.
    #[arg(long)]
    global: bool,
}

impl Whose {
    fn kind(self) -> KeyKind {
        if self.global { KeyKind::Global } else { KeyKind::Own }
    }
}

impl CreateArguments {
    /// A key that administers the Deployer has to be asked for: nobody gets one by leaving something out.
    fn key(self) -> Result<NewKey, Failure> {
        let rights = match (self.whose.global, self.administrator) {
            (false, _) => KeyRights::Of(self.owner),
            (true, true) => KeyRights::Admin,
            (true, false) if self.groups.is_empty() => {
                return Err(Failure::usage(
                    "a global key needs rights; pass --group NAME, or --administrator for a key that may do everything",
                ));
            }
            (true, false) => KeyRights::Groups(self.groups),
        };
        Ok(NewKey { label: self.label, description: self.description, rights })
    }
}

/// Carries out an action.
///
/// # Errors
///
/// The Deployer does not answer or refuses it.
pub(super) async fn act(connection: &Connection, action: Action) -> Result<Exit, Failure> {
    let deployer = connection.deployer();
    match action {
        Action::List(whose) => {
            connection.show(ObjectsView::list(KIND, deployer.keys(whose.kind()).await?, COLUMNS))
        }
        Action::Show { id, whose } => {
            let key = deployer.key(&id, whose.kind()).await?;
            connection.show(ObjectsView::document(KIND, &key))
        }
        Action::Create(arguments) => create(connection, arguments.key()?).await,
        Action::Edit(arguments) => {
            let (id, kind) = (arguments.id.clone(), arguments.whose.kind());
            deployer.edit_key(&id, kind, arguments.change()?).await?;
            connection.done(KIND, "edited", &id)
        }
        Action::Delete { id, whose } => {
            deployer.delete_key(&id, whose.kind()).await?;
            connection.done(KIND, "deleted", &id)
        }
    }
}

async fn create(connection: &Connection, key: NewKey) -> Result<Exit, Failure> {
    let (id, secret) = connection.deployer().create_key(key).await?;
    connection.progress.report(&format!("created key `{id}`; its secret is shown only now"));
    let secret = secret.expose_secret().to_owned();
    let object = json!({ "id": id, "secret": secret });
    connection.write(&ObjectsView::done(KIND, "created", object, secret))
}
