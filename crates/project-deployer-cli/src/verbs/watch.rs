use clap::Subcommand;
use project_deployer::core::{InfraId, Timestamp};
use project_deployer::watch::{Check, FindingKind, IgnoreRequest, WatchRequest, WatchScope};

use super::Connection;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};
use crate::subcommands::moment;

const KIND: &str = "watch";
const RULE: &str = "ignore-rule";
const COLUMNS: &[Column] = &[
    ("infrastructure", "/infra"),
    ("check", "/check"),
    ("every", "/every"),
    ("last", "/last"),
    ("next", "/next"),
    ("open", "/open"),
    ("ignored", "/ignored"),
    ("problem", "/problem"),
];
const RULES: &[Column] = &[
    ("id", "/id"),
    ("where", "/scope"),
    ("kind", "/kind"),
    ("name", "/name"),
    ("field", "/field"),
    ("reason", "/reason"),
    ("until", "/until"),
];
const DONE: &[Column] = &[
    ("check", "/check"),
    ("opened", "/opened"),
    ("changed", "/changed"),
    ("resolved", "/resolved"),
    ("open", "/open"),
    ("ignored", "/ignored"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
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
    /// Ignore findings from now on: they stay in the list, and go to no webhook.
    Ignore {
        #[command(flatten)]
        place: PlaceArguments,

        /// The kind of findings, such as login or out-of-sync.
        #[arg(long, value_name = "KIND")]
        kind: FindingKind,

        /// Only those whose login, group, scenario, deployment or node is so; * stands for anything.
        #[arg(long, value_name = "PATTERN")]
        name: Option<String>,

        /// With the kind out-of-sync: only those in which nothing but fields that are so differs; * stands for anything.
        #[arg(long, value_name = "PATTERN")]
        field: Option<String>,

        /// Why: others read it.
        #[arg(long, value_name = "TEXT")]
        reason: String,

        /// When it ends by itself: a day such as 2026-11-01, or a time such as 2026-11-01T10:00:00Z.
        #[arg(long, value_parser = moment, value_name = "TIME")]
        until: Option<Timestamp>,
    },
    /// List the rules by which findings are ignored.
    Ignored,
    /// Remove a rule. What it ignored is open again.
    Unignore {
        #[command(flatten)]
        place: PlaceArguments,

        /// The rule.
        #[arg(value_name = "ID")]
        rule: String,
    },
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct PlaceArguments {
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
pub(super) async fn act(connection: &Connection, action: Action) -> Result<Exit, Failure> {
    let deployer = connection.deployer();
    match action {
        Action::Show => connection.show(ObjectsView::list(KIND, deployer.checks().await?, COLUMNS)),
        Action::Set { place, health, parity } => {
            let request = WatchRequest::new(place.scope());
            let request = request.with_health_every(health).with_parity_every(parity);
            let scope = request.scope.clone();
            deployer.begin_watching(request).await?;
            connection.done(KIND, "set", &scope)
        }
        Action::Remove { place } => {
            let scope = place.scope();
            deployer.end_watching(&scope).await?;
            connection.done(KIND, "removed", &scope)
        }
        Action::Run { infra, check } => {
            let checks = check.map_or(Check::ALL.to_vec(), |check| vec![check]);
            let mut done = Vec::with_capacity(checks.len());
            for check in checks {
                done.push(deployer.watch_now(&infra, check).await?);
            }
            connection.show(ObjectsView::list(KIND, done, DONE))
        }
        Action::Ignore { place, kind, name, field, reason, until } => {
            let request = IgnoreRequest::new(place.scope(), kind, reason);
            let request = request.with_name(name).with_field(field).with_until(until);
            let rule = deployer.ignore(request).await?;
            connection.done(RULE, "created", &rule.id)
        }
        Action::Ignored => connection.show(ObjectsView::list(RULE, deployer.rules().await?, RULES)),
        Action::Unignore { place, rule } => {
            deployer.unignore(&place.scope(), &rule).await?;
            connection.done(RULE, "deleted", &rule)
        }
    }
}
