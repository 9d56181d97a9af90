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

use clap::Subcommand;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::ObjectsView;
use crate::output::{Formats, Output};
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
    /// List, show, create, edit and delete infrastructures, try their hooks, and rotate their keys.
    Infra(ObjectArguments<infra::Action>),
    /// List lifecycle stages. On its machine also create, edit and delete them.
    Stage(ObjectArguments<stage::Action>),
    /// List, show, create, edit and delete published projects.
    Project(ObjectArguments<project::Action>),
    /// List, show, compare, upload, download and delete bundles of published projects.
    Bundle(ObjectArguments<bundle::Action>),
    /// List, show, create, edit and delete deployments.
    Deployment(ObjectArguments<deployment::Action>),
    /// Start, follow, list, show and abort updates of deployments.
    Update(ObjectArguments<update::Action>),
    Rollback(rollback::Arguments),
    // Boxed: it has many more options than the others.
    Release(Box<release::Arguments>),
    /// List, show, create, edit and delete users. It needs the rights of an administrator.
    User(ObjectArguments<user::Action>),
    /// List, show, create, edit and delete groups. It needs the rights of an administrator.
    Group(ObjectArguments<group::Action>),
    /// List, show, create, edit and delete API keys: your own, or global ones with --global.
    Key(ObjectArguments<key::Action>),
    /// Start and end maintenance: new updates and deletions are refused meanwhile, and updates that run go on. A
    /// Deployer of the product has no such calls.
    Maintenance(ObjectArguments<maintenance::Action>),
    /// Add and remove windows in which updates may start, or may not. A Deployer of the product has no such calls.
    ///
    /// A window that denies wins over one that allows. Where there are windows that allow, updates may start only within
    /// one; those of an infrastructure narrow those of its stage. Updates that run go on when a window closes.
    Window(ObjectArguments<window::Action>),
    /// Say how often infrastructures are watched, and watch one now. `deployer serve` watches them. A Deployer of the
    /// product has no such calls.
    Watch(ObjectArguments<watch::Action>),
    /// List what watching found, and acknowledge it. A Deployer of the product has no such calls.
    Finding(ObjectArguments<finding::Action>),
    /// Make, try and delete webhooks, which get what watching finds. A Deployer of the product has no such calls.
    Webhook(ObjectArguments<webhook::Action>),
    /// Fleets: Fleet Managers, Launchpads and lists whose nodes register themselves as infrastructures. A Deployer of the
    /// product has no such calls.
    Fleet(ObjectArguments<fleet::Action>),
    CanI(can_i::Arguments),
}

/// Carries a subcommand out.
///
/// # Errors
///
/// The command line is wrong, or the Deployer refuses the action or does not answer.
pub(crate) async fn run(verb: Verb) -> Result<Exit, Failure> {
    match verb {
        Verb::Infra(arguments) => arguments.run(Work::Calls, infra::act).await,
        Verb::Stage(arguments) => arguments.run(Work::Calls, stage::act).await,
        Verb::Project(arguments) => arguments.run(Work::Calls, project::act).await,
        Verb::Bundle(arguments) => arguments.run(Work::Calls, bundle::act).await,
        Verb::Deployment(arguments) => {
            let work = arguments.action.work();
            arguments.run(work, deployment::act).await
        }
        Verb::Update(arguments) => {
            let work = arguments.action.work();
            arguments.run(work, update::act).await
        }
        Verb::Rollback(arguments) => rollback::run(arguments).await,
        Verb::Release(arguments) => release::run(*arguments).await,
        Verb::User(arguments) => arguments.run(Work::Calls, user::act).await,
        Verb::Group(arguments) => arguments.run(Work::Calls, group::act).await,
        Verb::Key(arguments) => arguments.run(Work::Calls, key::act).await,
        Verb::Maintenance(arguments) => arguments.run(Work::Calls, maintenance::act).await,
        Verb::Window(arguments) => arguments.run(Work::Calls, window::act).await,
        Verb::Watch(arguments) => arguments.run(Work::Calls, watch::act).await,
        Verb::Finding(arguments) => arguments.run(Work::Calls, finding::act).await,
        Verb::Webhook(arguments) => arguments.run(Work::Calls, webhook::act).await,
        Verb::Fleet(arguments) => arguments.run(Work::Calls, fleet::act).await,
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

/// What such a subcommand does with objects of one kind, in its own subcommands.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_value_name = "ACTION",
    subcommand_help_heading = "Actions",
    mut_args(|option| option.global(true)),
    mut_arg("output", |output| output.value_parser(Output::described(FORMATS)))
)]
pub(crate) struct ObjectArguments<A: Subcommand> {
    #[command(subcommand)]
    action: A,

    #[command(flatten)]
    common: Common,
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

impl<A: Subcommand> ObjectArguments<A> {
    /// Carries the action out.
    ///
    /// # Errors
    ///
    /// As [`Common::with`].
    async fn run(
        self,
        work: Work,
        act: impl AsyncFnOnce(&Connection, A) -> Result<Exit, Failure>,
    ) -> Result<Exit, Failure> {
        let Self { action, common } = self;
        common.with(work, async |connection| act(connection, action).await).await
    }
}

impl Connection {
    /// The Deployer.
    pub(crate) fn deployer(&self) -> &Face {
        self.target.face()
    }

    /// Whether updates run in this process.
    pub(crate) fn is_local(&self) -> bool {
        self.target.is_local()
    }

    /// Writes a result.
    pub(crate) fn write(&self, view: &ObjectsView) -> Result<Exit, Failure> {
        self.show.write(view)?;
        Ok(Exit::Clean)
    }

    /// Writes a list or a document.
    pub(crate) fn show(&self, view: serde_json::Result<ObjectsView>) -> Result<Exit, Failure> {
        self.write(&view?)
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
