use std::sync::Arc;

use clap::Subcommand;
use project_deployer::LdapConnector;
use project_deployer::core::InfraId;
use project_deployer::ldap::DirectoryConnector;
use project_deployer::watch::{Check, WatchRequest, WatchScope};
use serde_json::{Value, json};

use super::{Common, Connection, FORMATS};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};
use crate::output::Output;
use crate::target::Work;

const KIND: &str = "watch";
const COLUMNS: &[Column] = &[
    ("infrastructure", "/infra"),
    ("check", "/check"),
    ("every", "/every"),
    ("last", "/last"),
    ("next", "/next"),
    ("open", "/open"),
];

/// Say how often infrastructures are watched, and watch one now. `deployer serve` watches them. Only with --data: the public
/// API has no such calls.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_value_name = "ACTION",
    subcommand_help_heading = "Actions",
    mut_args(|option| option.global(true)),
    mut_arg("output", |output| output.value_parser(Output::described(FORMATS)))
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show what is watched, how often, and with what result.
    Show,
    /// Say how often something is watched. Without a time it is not.
    Set {
        #[command(flatten)]
        place: PlaceArguments,

        /// The seconds from one round of health to the next, at least 60.
        #[arg(long, value_name = "SECONDS")]
        health: Option<u64>,

        /// The seconds from one round of parity to the next, at least 300.
        #[arg(long, value_name = "SECONDS")]
        parity: Option<u64>,
    },
    /// Remove a setting: its infrastructure has then that for everything.
    Remove {
        #[command(flatten)]
        place: PlaceArguments,
    },
    /// Watch an infrastructure now.
    Run {
        /// The infrastructure.
        #[arg(value_name = "ID")]
        infra: InfraId,

        /// What to look at: health or parity. Both without it.
        #[arg(long, value_name = "CHECK")]
        check: Option<Check>,
    },
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct PlaceArguments {
    /// This infrastructure.
    #[arg(long, value_name = "ID")]
    infra: Option<InfraId>,

    /// All infrastructures without a setting of their own.
    #[arg(long)]
    everything: bool,
}

impl PlaceArguments {
    fn scope(self) -> WatchScope {
        self.infra.map_or(WatchScope::Everything, WatchScope::Infra)
    }
}

/// Carries an action out.
///
/// # Errors
///
/// The Deployer does not answer, refuses the action, or has no call for it.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Arguments { action, common } = arguments;
    common.with(Work::Calls, async |connection| act(connection, action).await).await
}

async fn act(connection: &Connection, action: Action) -> Result<Exit, Failure> {
    let session = connection.deployer().on_this_machine()?;
    match action {
        Action::Show => {
            let watched = session.watched().await?;
            let shown = watched.iter().flat_map(|watched| {
                watched.checks.iter().map(|it| {
                    json!({
                        "infra": watched.infra, "check": it.check,
                        "every": it.every.map(|every| format!("{every} s")),
                        "last": it.last.as_ref().map(|last| last.ended.to_string()),
                        "next": it.next.map(|next| next.to_string()),
                        "inMaintenance": it.in_maintenance, "open": it.open,
                        "unknown": it.last.as_ref().map(|last| &last.unknown),
                    })
                })
            });
            connection.show(ObjectsView::list(KIND, shown.collect::<Vec<Value>>(), COLUMNS))
        }
        Action::Set { place, health, parity } => {
            let request = WatchRequest::new(place.scope());
            let request = request.with_health_every(health).with_parity_every(parity);
            let set = session.set_watch(request).await?;
            connection.done(KIND, "set", &set.scope)
        }
        Action::Remove { place } => {
            let scope = place.scope();
            session.remove_watch(&scope).await?;
            connection.done(KIND, "removed", &scope)
        }
        Action::Run { infra, check } => {
            let directories: Arc<dyn DirectoryConnector> = Arc::new(LdapConnector::default());
            let checks = check.map_or(Check::ALL.to_vec(), |check| vec![check]);
            let mut shown = Vec::with_capacity(checks.len());
            for check in checks {
                let run = Box::pin(session.run_watch(&infra, check, &directories)).await?;
                shown.push(json!({
                    "infra": run.infra, "check": run.check, "last": run.round.ended.to_string(),
                    "opened": run.opened, "changed": run.changed, "resolved": run.resolved,
                    "open": run.open, "unknown": run.round.unknown,
                }));
            }
            const DONE: &[Column] = &[
                ("check", "/check"),
                ("opened", "/opened"),
                ("changed", "/changed"),
                ("resolved", "/resolved"),
                ("open", "/open"),
            ];
            connection.show(ObjectsView::list(KIND, shown, DONE))
        }
    }
}
