use clap::Subcommand;
use project_deployer::core::{InfraId, WindowName};
use project_deployer::windows::{Recurrence, WindowEffect, WindowRequest};
use serde_json::json;

use super::Connection;
use super::maintenance::PlaceArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::objects::{Column, ObjectsView};

const KIND: &str = "window";
const COLUMNS: &[Column] = &[
    ("where", "/scope"),
    ("name", "/name"),
    ("effect", "/effect"),
    ("opens at", "/cron"),
    ("minutes", "/minutes"),
    ("zone", "/zone"),
    ("reason", "/reason"),
];

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the windows that there are; or those about an infrastructure, also of its stage and of everything, and whether
    /// updates may start now.
    List {
        /// About this infrastructure.
        #[arg(long, value_name = "ID")]
        infra: Option<InfraId>,
    },
    /// Add a window, or replace the one of this name.
    #[command(
        after_help = "Examples:\n  deployer window add nights --infra prod --allow --cron '0 22 * * MON-FRI' --for 8h \
                      --zone Europe/Berlin --reason 'few users'\n  deployer window add year-end --everything --deny \
                      --cron '0 0 20 12 *' --for 14d --zone UTC --reason 'annual accounts'"
    )]
    Add {
        name: WindowName,

        #[command(flatten)]
        place: PlaceArguments,

        #[command(flatten)]
        effect: EffectArguments,

        /// When it opens: minute, hour, day of the month, month and day of the week, as for cron. The minute is one number.
        #[arg(long, value_name = "EXPRESSION")]
        cron: String,

        /// How long it is open, such as 90min, 8h, 14d or 1d12h: 90 days at most.
        #[arg(long = "for", value_name = "LENGTH", value_parser = minutes)]
        length: u32,

        /// The time zone of the expression, a name of the IANA database such as Europe/Berlin.
        #[arg(long, value_name = "ZONE", default_value = "UTC")]
        zone: String,

        /// Why: whoever is refused reads it.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Remove a window, or all of a place. Also those that this version of the program cannot read.
    Remove {
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        name: Option<WindowName>,

        /// All windows of the place.
        #[arg(long)]
        all: bool,

        #[command(flatten)]
        place: PlaceArguments,
    },
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct EffectArguments {
    /// Updates may start within it, and outside of all such windows they may not.
    #[arg(long)]
    allow: bool,

    /// Updates may not start within it.
    #[arg(long)]
    deny: bool,
}

/// Carries out an action.
///
/// # Errors
///
/// The Deployer does not answer, refuses the action, or has no call for it.
pub(super) async fn act(connection: &Connection, action: Action) -> Result<Exit, Failure> {
    let deployer = connection.deployer();
    match action {
        Action::List { infra: None } => {
            let found = deployer.list_windows().await?;
            found.unreadable.iter().for_each(|text| connection.progress.report(text));
            connection.show(ObjectsView::list(KIND, found.items, COLUMNS))
        }
        Action::List { infra: Some(infra) } => {
            let found = deployer.windows_of(&infra).await?;
            connection.progress.report(&found.in_words());
            connection.show(ObjectsView::list(KIND, found.windows, COLUMNS))
        }
        Action::Add { name, place, effect, cron, length, zone, reason } => {
            let recurrence = Recurrence::new(&cron, length, &zone).map_err(Failure::usage)?;
            let effect = if effect.deny { WindowEffect::Deny } else { WindowEffect::Allow };
            let request = WindowRequest::new(place.scope(), name, recurrence, reason);
            let added = deployer.put_window(request.with_effect(effect)).await?;
            let sentence = format!("added to {}: {}", added.scope, added.text);
            let object = json!({ "id": added.name, "scope": added.scope });
            connection.write(&ObjectsView::done(KIND, "added", object, sentence))
        }
        Action::Remove { name, all, place } => {
            let scope = place.scope();
            if let Some(name) = name.filter(|_| !all) {
                deployer.drop_window(&scope, &name).await?;
                return connection.done(KIND, "removed", &name);
            }
            deployer.drop_windows(&scope).await?;
            let sentence = format!("removed all windows of {scope}");
            let object = json!({ "id": scope });
            connection.write(&ObjectsView::done(KIND, "removed", object, sentence))
        }
    }
}

/// Reads a length as people write it.
fn minutes(text: &str) -> Result<u32, String> {
    let wrong = || "write a length such as 90min, 8h, 14d or 1d12h".to_owned();
    let mut rest = text;
    let mut sum = 0_u32;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = rest.split_at(digits);
        let end = unit.find(|letter: char| letter.is_ascii_digit()).unwrap_or(unit.len());
        let minutes = match &unit[..end] {
            "min" => 1,
            "h" => 60,
            "d" => 1440,
            _ => return Err(wrong()),
        };
        let part = number.parse::<u32>().ok().and_then(|number| number.checked_mul(minutes));
        sum = part.and_then(|part| sum.checked_add(part)).ok_or_else(wrong)?;
        rest = &unit[end..];
    }
    if sum == 0 { Err(wrong()) } else { Ok(sum) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_read_as_people_write_it() {
        for (text, read) in [("90min", 90), ("8h", 480), ("14d", 20_160), ("1d12h30min", 2190)] {
            assert_eq!(minutes(text).unwrap(), read, "{text}");
        }
        for text in ["", "8", "h", "8x", "8h5", "0d", "99999999999h", "99999999d", "8hä", "ü8h"] {
            assert!(minutes(text).is_err(), "{text}");
        }
    }
}
