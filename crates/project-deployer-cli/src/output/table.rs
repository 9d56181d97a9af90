use std::fmt::Write as _;

use crate::status::Tone;
use crate::view::{CellView, ParityView, StepView};
use project_deployer::ldap::matching::Actor;

/// A report for a terminal: a status for each login and location, the findings, and the remedies.
pub(super) fn parity(view: &ParityView) -> String {
    let mut text = grid(view);
    for note in &view.notes {
        let kind = if note.is_finding { "finding" } else { "note" };
        let _ = writeln!(text, "{kind}: {}: {}", note.location, note.text);
    }
    let logins = view.logins.iter().map(|login| ("", &login.login, &login.at));
    let groups = view.groups.iter().map(|group| ("group ", &group.group, &group.at));
    for (kind, name, cells) in logins.chain(groups) {
        for cell in cells.iter().filter(|cell| is_finding(cell)) {
            let _ = writeln!(text, "{kind}`{name}` on {}: {}", quoted(&cell.location), cell.text);
        }
    }
    if view.remedies.is_empty() {
        text.push_str(if view.has_findings() {
            "no remedy is known, since the facts are incomplete\n"
        } else if view.logins.is_empty() {
            "no login is needed anywhere: there are no deployments and no requesters; list `requesters` \
             in an inventory, or pass --all\n"
        } else {
            "nothing to do\n"
        });
        return text;
    }
    text.push_str("\nwhat to do:\n");
    for (index, step) in view.remedies.iter().enumerate() {
        let who = if step.actor == Actor::System { "automatic" } else { "manual" };
        let target = target(step);
        let _ = writeln!(text, "{:>3}. [{who}] {target}: {}", index + 1, step.remedy);
    }
    text
}

fn is_finding(cell: &CellView) -> bool {
    cell.needed && cell.status.tone() != Tone::Good
}

fn grid(view: &ParityView) -> String {
    let head = std::iter::once("login").chain(view.locations.iter().map(|at| at.name.as_str()));
    let rows = view.logins.iter().map(|login| {
        let cells = login.at.iter().map(|cell| cell.status.label());
        std::iter::once(login.login.as_str()).chain(cells).collect::<Vec<_>>()
    });
    format!("{}\n", plain(head, rows))
}

/// Columns without lines between them.
pub(crate) fn plain<H, R>(
    head: impl IntoIterator<Item = H>,
    rows: impl IntoIterator<Item: IntoIterator<Item = R>>,
) -> String
where
    H: Into<comfy_table::Cell>,
    R: Into<comfy_table::Cell>,
{
    let mut table = comfy_table::Table::new();
    let head: Vec<comfy_table::Cell> = head.into_iter().map(Into::into).collect();
    table.load_style(comfy_table::presets::NOTHING).set_header(head);
    for row in rows {
        table.add_row(row.into_iter().map(Into::into).collect::<Vec<comfy_table::Cell>>());
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    format!("{}\n", lines.join("\n"))
}

/// The logins and locations of a step.
fn target(step: &StepView) -> String {
    let logins = shortened(step.logins.iter().map(|login| format!("`{login}`")));
    let places = shortened(step.locations.iter().map(|name| quoted(name)));
    match (logins.is_empty(), step.in_directory) {
        (true, _) => places,
        (false, true) => format!("{logins} (needed on {places})"),
        (false, false) => format!("{logins} on {places}"),
    }
}

/// A location in a sentence.
fn quoted(location: &str) -> String {
    match location {
        "Deployer" => "the Deployer".to_owned(),
        node => format!("`{node}`"),
    }
}

/// At most ten names.
fn shortened(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(10);
    let mut shown = names.take(10).collect::<Vec<_>>().join(", ");
    if more > 0 {
        let _ = write!(shown, " and {more} more");
    }
    shown
}
