//! Subcommands that work on the objects of a Deployer: on this machine, or another one over its public API.

pub(crate) mod bundle;
pub(crate) mod can_i;
pub(crate) mod deployment;
mod document;
pub(crate) mod finding;
pub(crate) mod fleet;
mod follow;
pub(crate) mod group;
pub(crate) mod infra;
pub(crate) mod key;
pub(crate) mod maintenance;
pub(crate) mod project;
pub(crate) mod release;
pub(crate) mod rollback;
pub(crate) mod stage;
pub(crate) mod update;
pub(crate) mod user;
pub(crate) mod watch;
pub(crate) mod webhook;
pub(crate) mod window;

use std::fmt;
use std::io;

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::ObjectsView;
use crate::output::{self, Formats};
use crate::progress::Progress;
use crate::subcommands::ShowArguments;
use crate::target::{Face, Target, TargetArguments, Work};

/// The formats of the results.
pub(crate) const FORMATS: Formats = Formats {
    table: "One line for each object, or the document of one",
    csv: "CSV with one line for each object, or for each field of one",
};

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Infra(infra::Arguments),
    Stage(stage::Arguments),
    Project(project::Arguments),
    Bundle(bundle::Arguments),
    Deployment(deployment::Arguments),
    Update(update::Arguments),
    Rollback(rollback::Arguments),
    // Boxed: it has many more options than the others.
    Release(Box<release::Arguments>),
    User(user::Arguments),
    Group(group::Arguments),
    Key(key::Arguments),
    Maintenance(maintenance::Arguments),
    Window(window::Arguments),
    Watch(watch::Arguments),
    Finding(finding::Arguments),
    Webhook(webhook::Arguments),
    Fleet(fleet::Arguments),
    CanI(can_i::Arguments),
}

/// Carries a subcommand out.
///
/// # Errors
///
/// The command line is wrong, or the Deployer refuses the action or does not answer.
pub(crate) async fn run(verb: Verb) -> Result<Exit, Failure> {
    match verb {
        Verb::Infra(arguments) => infra::run(arguments).await,
        Verb::Stage(arguments) => stage::run(arguments).await,
        Verb::Project(arguments) => project::run(arguments).await,
        Verb::Bundle(arguments) => bundle::run(arguments).await,
        Verb::Deployment(arguments) => deployment::run(arguments).await,
        Verb::Update(arguments) => update::run(arguments).await,
        Verb::Rollback(arguments) => rollback::run(arguments).await,
        Verb::Release(arguments) => release::run(*arguments).await,
        Verb::User(arguments) => user::run(arguments).await,
        Verb::Group(arguments) => group::run(arguments).await,
        Verb::Key(arguments) => key::run(arguments).await,
        Verb::Maintenance(arguments) => maintenance::run(arguments).await,
        Verb::Window(arguments) => window::run(arguments).await,
        Verb::Watch(arguments) => watch::run(arguments).await,
        Verb::Finding(arguments) => finding::run(arguments).await,
        Verb::Webhook(arguments) => webhook::run(arguments).await,
        Verb::Fleet(arguments) => fleet::run(arguments).await,
        Verb::CanI(arguments) => can_i::run(arguments).await,
    }
}

/// What every one of these subcommands takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    #[command(flatten)]
    target: TargetArguments,

    #[command(flatten)]
    show: ShowArguments,
}

/// A Deployer, and how results are shown.
#[derive(Debug)]
pub(crate) struct Connection {
    target: Target,
    pub(crate) progress: Progress,
    show: ShowArguments,
}

impl Common {
    /// Carries an action out, and then frees what it used.
    ///
    /// # Errors
    ///
    /// No Deployer is named, it cannot be used, or the action fails.
    pub(crate) async fn with(
        self,
        work: Work,
        action: impl AsyncFnOnce(&Connection) -> Result<Exit, Failure>,
    ) -> Result<Exit, Failure> {
        let target = self.target.open(work).await?;
        let progress = Progress::always(self.show.quiet);
        let connection = Connection { target, progress, show: self.show };
        let ended = action(&connection).await;
        connection.target.close().await;
        ended
    }
}

impl Connection {
    /// The Deployer.
    pub(crate) fn deployer(&self) -> &dyn Face {
        self.target.face()
    }

    /// Whether updates run in this process.
    pub(crate) fn is_local(&self) -> bool {
        self.target.is_local()
    }

    /// Writes a result.
    pub(crate) fn write(&self, view: &ObjectsView) -> Result<Exit, Failure> {
        output::write(view, self.show.output, io::stdout().lock())?;
        Ok(Exit::Clean)
    }

    /// Writes a list or a document.
    pub(crate) fn show(&self, view: serde_json::Result<ObjectsView>) -> Result<Exit, Failure> {
        self.write(&view.map_err(Failure::failed)?)
    }

    /// Writes what was done to an object with this id.
    pub(crate) fn done(
        &self,
        kind: &'static str,
        action: &'static str,
        id: &dyn fmt::Display,
    ) -> Result<Exit, Failure> {
        let sentence = format!("{action} {kind} `{id}`");
        let object = serde_json::json!({ "id": id.to_string() });
        self.write(&ObjectsView::done(kind, action, object, sentence))
    }
}

/// Something that no Deployer does.
fn not_possible(what: &str, instead: &str) -> Failure {
    Failure::usage(format!("{what} is not possible; {instead}"))
}
