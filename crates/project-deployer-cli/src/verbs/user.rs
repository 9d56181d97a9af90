use std::path::PathBuf;

use clap::Subcommand;
use project_deployer::core::accounts::{SourceType, User};
use project_deployer::core::{GroupName, Login};

use super::Connection;
use super::document::{PatchArguments, secret_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};

const KIND: &str = "user";
const COLUMNS: &[Column] = &[
    ("login", "/login"),
    ("name", "/displayName"),
    ("source", "/sourceType"),
    ("groups", "/groups"),
    ("enabled", "/enabled"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List all users.
    List,
    /// Show a user, without credentials.
    Show { login: Login },
    /// Create a local user.
    Create(CreateArguments),
    /// Change a user, for example its groups or whether it is enabled.
    Edit {
        login: Login,
        #[command(flatten)]
        patch: PatchArguments,
    },
    /// Delete a user with its API keys.
    Delete { login: Login },
}

#[derive(Debug, clap::Args)]
pub(crate) struct CreateArguments {
    login: Login,

    /// The name that people see.
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,

    /// The mail address.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,

    /// A group of the user; may be given several times.
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<GroupName>,

    /// File with the password, or `-` for standard input. A Deployer of this project keeps it with --data only: its
    /// public API ignores passwords.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// Carries out an action.
///
/// # Errors
///
/// The Deployer does not answer or refuses it.
pub(super) async fn act(connection: &Connection, action: Action) -> Result<Exit, Failure> {
    let deployer = connection.deployer();
    match action {
        Action::List => {
            let all = deployer.all_users().await?;
            connection.show(ObjectsView::list(KIND, all.into_iter().map(shown), COLUMNS))
        }
        Action::Show { login } => {
            let seen = deployer.user_seen(&login).await?;
            let document = serde_json::to_value(shown(seen.value))?;
            connection.write(&ObjectsView::settings(KIND, document, seen.revision))
        }
        Action::Create(arguments) => create(connection, arguments).await,
        Action::Edit { login, patch } => {
            let seen = deployer.user_seen(&login).await?;
            let Some(changed) = patch.apply(&seen, serde_json::to_value(&seen.value)?)? else {
                return connection.done(KIND, "unchanged", &login);
            };
            deployer.change_user(&changed, &seen.revision).await?;
            connection.done(KIND, "edited", &login)
        }
        Action::Delete { login } => {
            deployer.remove_user(&login).await?;
            connection.done(KIND, "deleted", &login)
        }
    }
}

async fn create(connection: &Connection, arguments: CreateArguments) -> Result<Exit, Failure> {
    let login = arguments.login;
    let name = arguments.display_name.unwrap_or_else(|| login.to_string());
    let user = User::new(login.clone(), SourceType::Local)
        .with_display_name(name)
        .with_email(arguments.email)
        .in_groups(arguments.groups);
    let password = arguments.password_file.map(|path| secret_of(&path)).transpose()?;
    connection.deployer().add_user(&user, password.map(Into::into)).await?;
    connection.done(KIND, "created", &login)
}

/// A user without the fields that we do not know: the product keeps credentials there.
fn shown(mut user: User) -> User {
    user.extra = Default::default();
    user
}
